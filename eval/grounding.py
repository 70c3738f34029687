"""Whether what an answer says follows from what it cites and from what the writer was handed.

The judge is the product's verifier (``generation.verify``): verbatim match, exact numbers, units, names and negation,
likeness in meaning. Its own error rates are measured by ``python -m eval calibrate`` and stand beside these figures.
A quote that does not stand in its document where it says supports nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eval.records import CitedQuote, Outcome, Said

if TYPE_CHECKING:
    from ingest.records import Document
    from retrieval.records import Embedder

Documents = Mapping[str, "Document"]


@dataclass(slots=True)
class Support:
    """Decides once per statement and quotes; the embedder is opened when the first statement is no verbatim quote."""

    open_embedder: Callable[[], Embedder] | None = None
    _embedder: Embedder | None = None
    _known: dict[tuple[str, tuple[str, ...]], bool | None] = field(default_factory=dict)

    def holds(self, statement: str, quotes: Sequence[str]) -> bool | None:
        """Whether the quotes support the statement; None when that needs an embedder and there is none."""
        key = (statement, tuple(quotes))
        if key not in self._known:
            self._known[key] = self._decide(statement, quotes)
        return self._known[key]

    def _decide(self, statement: str, quotes: Sequence[str]) -> bool | None:
        from generation.exact import exact_parts_hold
        from generation.records import Verdict
        from generation.verify import is_quoted, verify

        if not quotes:
            return False
        plain = " ".join(statement.split())
        together = " ".join(" ".join(quotes).split())
        if is_quoted(plain, together, quotes):
            return True
        if not exact_parts_hold(plain, together):
            return False
        if self._embedder is None:
            if self.open_embedder is None:
                return None
            self._embedder = self.open_embedder()
        return verify(statement, quotes, self._embedder).verdict is Verdict.SUPPORTED


def grounding_values(
    outcome: Outcome, documents: Documents, support: Support
) -> tuple[dict[str, float | None], bool | None]:
    """Groundedness, Hallucination, CitationRecall, CitationPrecision and Verbatim of an answer.

    Returns:
        The values by canonical spelling, and whether every statement is supported by what it cites (None: undecided).

    """
    standing = {cited: is_verbatim_quote(cited, documents) for cited in outcome.citations}
    by_citation = [_by_citations(said, standing, support) for said in outcome.said]
    by_passages = [
        True if cited else _either(cited, support.holds(said.text, _near(said.text, outcome.passages)))
        for said, cited in zip(outcome.said, by_citation, strict=True)
    ]
    precise = [flag for said in outcome.said for flag in _precise(said, standing, support)]
    grounded = _share(by_passages)
    values: dict[str, float | None] = {
        "Groundedness": grounded,
        "Hallucination": None if grounded is None else float(grounded < 1.0),
        "CitationRecall": _share(by_citation),
    }
    if standing:
        values["CitationPrecision"] = _share(precise)
        values["Verbatim"] = _share([standing[cited] for cited in outcome.citations])
    undecided = None in by_citation
    return values, None if undecided and False not in by_citation else all(flag is True for flag in by_citation)


def is_verbatim_quote(cited: CitedQuote, documents: Documents) -> bool:
    """Whether the quote is exactly what the document says at its place."""
    document = documents.get(cited.place.source)
    return (
        document is not None
        and bool(cited.quote)
        and document.text[cited.place.start : cited.place.end] == cited.quote
    )


def _by_citations(said: Said, standing: Mapping[CitedQuote, bool], support: Support) -> bool | None:
    return support.holds(said.text, [cited.quote for cited in said.citations if standing[cited]])


def _precise(said: Said, standing: Mapping[CitedQuote, bool], support: Support) -> list[bool | None]:
    """ALCE's citation precision: the statement is supported, and by this quote alone or not without it."""
    quotes = [cited.quote for cited in said.citations if standing[cited]]
    whole = support.holds(said.text, quotes)
    flags: list[bool | None] = []
    for cited in said.citations:
        if not standing[cited] or whole is False:
            flags.append(False)
        elif whole is None or len(quotes) == 1:
            flags.append(whole)
        else:
            others = list(quotes)
            others.remove(cited.quote)
            alone, without = support.holds(said.text, [cited.quote]), support.holds(said.text, others)
            flags.append(None if alone is None or without is None else alone or not without)
    return flags


def _near(statement: str, passages: Sequence[str], most: int = 3) -> list[str]:
    """The passages that share most words with a statement: all of them at once would support any mixture."""
    from retrieval.lexical import tokenize

    words = set(tokenize(statement))
    shared = [(-len(words & set(tokenize(passage))), number) for number, passage in enumerate(passages)]
    return [passages[number] for _, number in sorted(shared)[:most]]


def _either(one: bool | None, other: bool | None) -> bool | None:
    """Or, where what is undecided may still be true."""
    return True if one or other else None if one is None or other is None else False


def _share(flags: Sequence[bool | None]) -> float | None:
    """The share of True; None when there is nothing, or anything undecided."""
    return None if not flags or None in flags else sum(flag is True for flag in flags) / len(flags)

"""How many of a question's words stand in its evidence: questions that copy their source flatter word matching."""

from __future__ import annotations

from collections.abc import Iterable

from eval.records import Case

LOW = 1 / 3
"""At most this share of shared content words counts as low overlap."""


def content_words(text: str, without: Iterable[str] = ()) -> frozenset[str]:
    """The stems of a text's words, without stop words and without the words of the titles ``without``.

    >>> sorted(content_words("Who approves the Lead NLP Engineer's budgets?", ["Lead NLP Engineer"]))
    ['approv', 'budget']
    """
    from retrieval.lexical import tokenize

    left_out = {stem for title in without for stem in tokenize(title.replace("-", " "))}
    return frozenset(tokenize(text)) - left_out


def overlap(case: Case, titles: Iterable[str] = ()) -> float | None:
    """The share of the question's content words that occur in its evidence quotes; None when either has no words.

    ``titles`` are role titles: they name the document, and every question about a role has to say them. A misspelt
    word is not found in the evidence, as a word index would not find it.

    >>> from eval.records import EvidenceQuote
    >>> quote = EvidenceQuote("lead.md", "Approves budgets up to 5,000.")
    >>> overlap(Case("q", "Which budgets may the lead sign?", "fact", True, evidence=(quote,)), ["Lead"])
    0.5
    >>> overlap(Case("q", "How long?", "unanswerable", False)) is None
    True
    """
    asked = content_words(case.question, titles)
    if not asked or not case.evidence:
        return None
    quoted = content_words(" ".join(evidence.quote for evidence in case.evidence))
    return len(asked & quoted) / len(asked)

"""Which candidates answer: one policy per question shape, whatever scored them.

Look-up: the best few, best group first. List: the whole section when the question names one. Compare: the best of
each role, side by side. Aggregate: each role that has it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from config import GenerationConfig
from generation.candidates import Candidate, as_claim, section_candidates
from generation.records import Claim
from ingest.records import Document
from retrieval.lexical import tokenize
from retrieval.query import expand, hinting_words
from retrieval.records import Presentation, Search, Shape

# Stems that say nothing about what is asked for.
_GENERIC = frozenset(
    tokenize(
        "list name all every give tell show full complete main key role roles expected expect typical typically "
        "someone person position job please section document need needs use used uses include includes there"
    )
)
COMPARED_UNITS = 3  # per role
COMPARED_LIST_HITS = 2  # of them in one short list show that list whole
AGGREGATE_MARGIN = 0.4  # a role is listed when its best candidate is at most this much below the best of all
LOOKUP_MARGIN = 0.45
EXPLAINED = 0.75  # share of the question's words that role, heading and hints must explain to show a whole section
SHORT_UNITS, SHORT_LIST = 2, 5  # units shown when a shorter answer is wanted
MORE_TIMES = 3  # so many times the units when more is wanted
NAMED_ROWS, BESIDE_NAMED = 3, 2  # rows named in the question, and other units shown beside them
WHOLE_LIST_HITS = 3  # chosen units of one list from which on the whole list is shown
WHOLE_LIST_MOST = 12  # units: longer lists are not shown for a look-up


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with the writer's score, 0 to 1 within one question."""

    candidate: Candidate
    score: float


def choose(
    search: Search, scored: Sequence[Scored], documents: Mapping[str, Document], config: GenerationConfig
) -> tuple[tuple[Claim, ...], tuple[str, ...]]:
    """Claims in the order they are shown, and notices."""
    ordered = sorted(scored, key=lambda s: (-s.score, s.candidate.rank, s.candidate.evidence.start))
    amount = Amount.wished(search.query.presentation, config)
    if search.query.shape is Shape.COMPARE:
        claims = _per_role(ordered, search.query.roles, documents)
        return claims, _silent_roles(ordered, search.query.roles)
    if search.query.shape is Shape.AGGREGATE:
        return _aggregate(ordered), ()
    section = whole_section(search, documents)
    if section is not None:
        document, number = section
        listed = section_candidates(document, number)
        shown = listed[: amount.entries]
        notices = (f"The first {len(shown)} of {len(listed)} entries are shown.",) if len(shown) < len(listed) else ()
        return tuple(as_claim(candidate, _group(candidate)) for candidate in shown), notices
    named = [s.candidate for s in ordered if _is_named(s.candidate, search)][:NAMED_ROWS]
    if named:  # table rows whose name stands in the question ("change failure rate") come first, little beside them
        beside = [s.candidate for s in ordered if s.candidate not in named][: amount.beside]
        return _grouped(named) + _grouped(beside), ()
    chosen = [s.candidate for s in _near_best(ordered, amount.units, amount.margin)]
    if search.query.presentation is Presentation.SHORTER:
        return _grouped(chosen), ()
    return _grouped(_with_whole_list(chosen, documents)), ()


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is shown: units of a look-up, entries of a list, units beside named rows, distance from the best."""

    units: int
    entries: int
    beside: int = BESIDE_NAMED
    margin: float = LOOKUP_MARGIN

    @classmethod
    def wished(cls, presentation: Presentation, config: GenerationConfig) -> Amount:
        """As configured, unless the reader wants it shorter or in more detail."""
        match presentation:
            case Presentation.SHORTER:
                return cls(SHORT_UNITS, SHORT_LIST, beside=0)
            case Presentation.MORE:
                units = MORE_TIMES * config.evidence_units
                return cls(units, config.list_units, beside=units, margin=2 * LOOKUP_MARGIN)
            case _:
                return cls(config.evidence_units, config.list_units)


def _near_best(ordered: Sequence[Scored], most: int, margin: float) -> Sequence[Scored]:
    if not ordered:
        return ordered
    return [s for s in ordered[:most] if s.score >= ordered[0].score - margin]


def _is_named(candidate: Candidate, search: Search) -> bool:
    if candidate.kind != "row":
        return False
    name = set(tokenize(candidate.evidence.quote.strip("| ").split(" | ")[0])) - _GENERIC
    return len(name) > 1 and name <= set(tokenize(search.query.text))


def _with_whole_list(
    chosen: Sequence[Candidate], documents: Mapping[str, Document], *, hits: int = WHOLE_LIST_HITS
) -> list[Candidate]:
    """When one short list gives most of the evidence, the reader gets all of it, not a sample."""
    counts = Counter((c.evidence.source, c.section) for c in chosen if c.kind != "row")
    (source, section), count = min(counts.items(), key=lambda item: (-item[1], item[0]), default=(("", 0), 0))
    if count < hits:
        return list(chosen)
    listed = section_candidates(documents[source], section)
    if len(listed) > WHOLE_LIST_MOST:
        return list(chosen)
    rest = [c for c in chosen if (c.evidence.source, c.section) != (source, section)]
    first = (chosen[0].evidence.source, chosen[0].section) == (source, section)
    return [*listed, *rest] if first else [chosen[0], *listed, *(c for c in rest if c is not chosen[0])]


def _group(candidate: Candidate) -> str:
    evidence = candidate.evidence
    name = evidence.role if evidence.role else evidence.title
    return " › ".join((name, *evidence.heading[-2:]))


def _grouped(chosen: Sequence[Candidate]) -> tuple[Claim, ...]:
    """Best group first; within a group in reading order."""
    place = {(c.evidence.source, c.section): i for i, c in reversed(list(enumerate(chosen)))}
    ordered = sorted(chosen, key=lambda c: (place[c.evidence.source, c.section], c.evidence.start))
    return tuple(as_claim(candidate, _group(candidate)) for candidate in ordered)


def _per_role(ordered: Sequence[Scored], roles: Sequence[str], documents: Mapping[str, Document]) -> tuple[Claim, ...]:
    claims: list[Claim] = []
    for role in roles:
        mine = [s.candidate for s in ordered if s.candidate.evidence.role == role][:COMPARED_UNITS]
        claims += _grouped(_with_whole_list(mine, documents, hits=COMPARED_LIST_HITS))
    return tuple(claims)


def _silent_roles(ordered: Sequence[Scored], roles: Sequence[str]) -> tuple[str, ...]:
    heard = {s.candidate.evidence.role for s in ordered}
    return tuple(f"Nothing was found for {role}." for role in roles if role not in heard)


def _aggregate(ordered: Sequence[Scored]) -> tuple[Claim, ...]:
    best: dict[str, Scored] = {}
    for scored in ordered:
        best.setdefault(scored.candidate.evidence.source, scored)
    kept = [s.candidate for s in best.values() if s.score >= ordered[0].score - AGGREGATE_MARGIN]
    return tuple(as_claim(candidate, _group(candidate)) for candidate in kept)


def whole_section(search: Search, documents: Mapping[str, Document]) -> tuple[Document, int] | None:
    """The section that a list question names by its heading: nothing it asks for is left unexplained by the heading
    and the role.
    """
    found = [(passage.source, passage.section) for passage in search.passages]
    text = expand(search.query.text)
    wanted = set(tokenize(text)) - _GENERIC
    for role in search.query.roles:
        wanted -= set(tokenize(role))
    if not wanted:
        return None
    ranked: list[tuple[float, float, int, str, int]] = []
    for rank, ((source, section), _) in enumerate(groupby(found)):
        document = documents[source]
        place = document.sections[section]
        leaf = set(tokenize(place.heading[-1])) if place.heading else set()
        if not wanted & leaf or (search.query.roles and document.role not in search.query.roles):
            continue
        known = set(tokenize(" ".join(place.heading))) | set(tokenize(" ".join(hinting_words(text, place.kind))))
        explained = len(wanted & known) / len(wanted)
        if explained >= EXPLAINED:
            ranked.append((-explained, -len(wanted & leaf) / len(leaf), rank, source, section))
    return (documents[min(ranked)[3]], min(ranked)[4]) if ranked else None

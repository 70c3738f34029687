"""From passages to the units that an answer can be made of.

A candidate is a *family*: a unit with the nested ones below it ("Python (Critical)" with its description and use),
as long as it stays short; otherwise single units. Its text is a slice of the document, so every quote is verbatim.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from generation.records import Claim, Evidence, Verdict
from ingest.records import Document, Unit
from retrieval.records import Search

FAMILY_CHARACTERS = 500
CONTEXT_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class Candidate:
    """One quotable span: ``rank`` is the place of its passage (0 is best), ``kind`` the kind of its first unit."""

    evidence: Evidence
    section: int
    rank: int
    score: float  # the passage's
    kind: str
    header: tuple[str, ...]

    @property
    def context(self) -> str:
        """What a model reads when it scores the candidate: role, deepest heading, text."""
        leaf = self.evidence.heading[-1] if self.evidence.heading else ""
        place = " › ".join(part for part in (self.evidence.role, leaf) if part)
        return f"{place}: {' '.join(self.evidence.quote.split())}" if place else self.evidence.quote


def candidates(search: Search, documents: Mapping[str, Document]) -> list[Candidate]:
    """All candidates of the search's passages, best passage first, in reading order within one."""
    found: list[Candidate] = []
    seen: set[tuple[str, int, int]] = set()
    for rank, passage in enumerate(search.passages):
        document = documents[passage.source]
        for family in families(document, passage.section):
            start, end = family[0].start, family[-1].end
            key = (passage.source, start, end)
            if end <= passage.start or start >= passage.end or key in seen:
                continue
            seen.add(key)
            found.append(_candidate(document, family, passage.section, rank, passage.score))
    return found


def section_candidates(document: Document, section: int) -> list[Candidate]:
    """Every candidate of one section, in reading order; nothing ranked them, so all have the best rank and score."""
    return [_candidate(document, family, section, 0, 1.0) for family in families(document, section)]


def families(document: Document, section: int) -> Iterator[list[Unit]]:
    """Units of a section grouped under the unit that leads them in; header rows of tables are left out."""
    open_family: list[Unit] = []
    for unit in document.units:
        if unit.section != section or unit.kind == "header":
            continue
        deeper = bool(open_family) and unit.level > open_family[0].level
        if deeper and unit.end - open_family[0].start <= FAMILY_CHARACTERS:
            open_family.append(unit)
            continue
        if open_family:
            yield open_family
        open_family = [unit]
    if open_family:
        yield open_family


def _candidate(document: Document, family: Sequence[Unit], section: int, rank: int, score: float) -> Candidate:
    evidence = quote(document, section, family[0].start, family[-1].end)
    return Candidate(evidence, section, rank, score, family[0].kind, family[0].header)


def quote(document: Document, section: int, start: int, end: int) -> Evidence:
    """The span as evidence, with the text of its section around it."""
    place = document.sections[section]
    first, last = max(place.start, start - CONTEXT_CHARACTERS), min(place.end, end + CONTEXT_CHARACTERS)
    before, after = document.text[first:start], document.text[end:last]
    if first > place.start:  # begin and end with whole lines where there are any, else with whole words
        before = before.partition("\n" if "\n" in before.rstrip() else " ")[2]
    if last < place.end:
        after = after.rpartition("\n" if "\n" in after.lstrip() else " ")[0]
    return Evidence(
        source=document.source,
        title=document.title,
        role=document.role,
        heading=place.heading,
        start=start,
        end=end,
        quote=document.text[start:end],
        before=before,
        after=after,
    )


def as_claim(candidate: Candidate, group: str) -> Claim:
    """The candidate's own words as a claim: verbatim, so supported by construction."""
    text = " ".join(candidate.evidence.quote.split())
    return Claim(text, (candidate.evidence,), 1.0, Verdict.SUPPORTED, group, candidate.header)

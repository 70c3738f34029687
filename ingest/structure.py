"""Blocks to one clean text with sections and units, every one of them a span of that text.

A heading opens a section that ends at the next heading. A paragraph's sentences, an item and a table row are units;
an item list written into one paragraph (" – a – b – c") and items glued into one line are split into units by their
spans only: the text stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ingest.records import Block, BlockKind, Kind, Section, Unit

# Kind by words of a heading; the deepest heading that says anything wins. Order decides between two that match.
_KIND_WORDS: tuple[tuple[Kind, str], ...] = (
    (Kind.KPIS, r"kpis?|metrics?|success measures?|performance indicators?"),
    (Kind.SCORECARD, r"scorecard summary|role scorecard"),
    (Kind.HIRING, r"hiring|interview|candidate signals?|red flags?|exercises?|selection|strong signals?|weak signals?"),
    (Kind.DECISIONS, r"decision|decides?|authority|approval"),
    (Kind.STAKEHOLDERS, r"stakeholders?|collaborat\w+|escalation|peer roles|upstream|downstream|reports? to"),
    (Kind.MILESTONES, r"goals?|milestones?|objectives?|\d+[- ]days?|first \d+|success means"),
    (Kind.DELIVERABLES, r"deliverables?|outputs?"),
    (Kind.TOOLS, r"tools?|platforms?|software"),
    (Kind.SKILLS, r"skills?|competenc\w+|capabilit\w+|behaviou?rs?"),
    (Kind.QUALIFICATIONS, r"experience|qualifications?|requirements?|education|certifications?|years of"),
    (Kind.CAREER, r"career|progression|promotion|feeder|next roles?|adjacent"),
    (Kind.RISKS, r"risks?|challenges?|failure|anti-?patterns?|bottlenecks?|underperformance"),
    (Kind.VARIANTS, r"variants?|by company size|by industry|by geography|regulated"),
    (Kind.AUTOMATION, r"automat\w+|ai impact|how ai"),
    (Kind.ENVIRONMENT, r"environment|tech stack|team topology|delivery model|working conditions"),
    (Kind.ACTIVITIES, r"activities|day-to-day|daily|weekly|rituals?|meetings"),
    (Kind.RESPONSIBILITIES, r"responsibilit\w+|duties|accountabilit\w+"),
    (Kind.MISSION, r"mission|purpose"),
    (Kind.SUMMARY, r"summary|overview|about"),
)
_KINDS = tuple((kind, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for kind, words in _KIND_WORDS)

# A sentence ends at . ! ? … (with closing quotes or brackets) before a space and a capital, digit, quote or bracket,
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’)\]]*\s+(?:[-–—•]\s+)?(?=[\"“‘(\[]?[A-Z0-9À-Þ])")
# unless the dot belongs to one of these abbreviations or to an initial.
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|incl|max|min|no|fig|dr|mr|ms|mrs|st|inc|ltd|jr|sr)|\b[A-Z])\.$", re.IGNORECASE
)
_PSEUDO_ITEM = re.compile(r"(?:(?<=\s)|^)[–—•]\s+(?=\S)")
_GLUED_ITEM = re.compile(r"\s-\s(?=[A-Z])")
_INLINE_NUMBER = re.compile(r"(?:(?<=\s)|^)\d{1,2}\)\s+(?=\S)")
_MARKER = re.compile(r"^(?:[-*+•◦▪·●○■–—]|\(?(?:\d{1,2}|[a-z])[.)])\s+")


@dataclass(slots=True)
class _Builder:
    """The growing text; everything else is read off at the end."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    last: BlockKind | None = None

    def add(self, text: str, kind: BlockKind) -> int:
        """Append one block and return where it starts."""
        together = kind is self.last and kind in (BlockKind.ITEM, BlockKind.ROW)
        gap = "" if not self.parts else "\n" if together else "\n\n"
        self.parts.append(gap + text)
        start = self.length + len(gap)
        self.length = start + len(text)
        self.last = kind
        return start


@dataclass(frozen=True, slots=True)
class Structured:
    """A document's text with its sections and units."""

    text: str
    sections: tuple[Section, ...]
    units: tuple[Unit, ...]


@dataclass(slots=True)
class _Open:
    heading: tuple[str, ...]
    start: int


def structure(blocks: Sequence[Block]) -> Structured:
    """Lay the blocks out as text and find sections and units in it."""
    builder = _Builder()
    opened: list[_Open] = []
    path: list[tuple[int, str]] = []
    rough: list[tuple[int, Block, int, tuple[str, ...]]] = []  # section, block, start, header
    header: tuple[str, ...] = ()
    for block in blocks:
        if block.kind is BlockKind.HEADING:
            start = builder.add(block.text, block.kind)
            path = [(level, text) for level, text in path if level < block.level]
            if block.level > 0:
                path.append((block.level, block.text))
            opened.append(_Open(tuple(text for _, text in path), start))
            header = ()
            continue
        shown = _shown(block)
        start = builder.add(shown, block.kind)
        if not opened:
            opened.append(_Open((), start))
        header = _header_after(block, header)
        rough.append((len(opened) - 1, block, start + len(shown) - len(shown.lstrip()), header))
    text = "".join(builder.parts)
    return Structured(text, _sections(opened, text), _units(rough, text))


def _shown(block: Block) -> str:
    if block.kind is not BlockKind.ITEM:
        return block.text
    marked = block.text if _MARKER.match(block.text) else f"- {block.text}"
    return "  " * block.level + marked


def _header_after(block: Block, header: tuple[str, ...]) -> tuple[str, ...]:
    if block.kind is not BlockKind.ROW:
        return ()
    return block.cells if block.header else header


def _sections(opened: Sequence[_Open], text: str) -> tuple[Section, ...]:
    sections: list[Section] = []
    for index, section in enumerate(opened):
        end = opened[index + 1].start if index + 1 < len(opened) else len(text)
        end = section.start + len(text[section.start : end].rstrip())
        kind = kind_of(section.heading)
        sections.append(Section(index, section.heading, kind, section.start, end, text[section.start : end]))
    return tuple(sections)


def kind_of(heading: Sequence[str]) -> Kind:
    """The section kind that a heading path names.

    >>> kind_of(("13) Decision Rights", "Budget, vendor and hiring authority"))
    <Kind.DECISIONS: 'decision rights'>
    >>> kind_of(("DUTIES",))
    <Kind.RESPONSIBILITIES: 'responsibilities'>
    """
    for text in heading:  # the outermost heading that says anything: "Hiring › Scorecard" is about hiring
        for kind, words in _KINDS:
            if words.search(text):
                return kind
    return Kind.OTHER


def _units(rough: Sequence[tuple[int, Block, int, tuple[str, ...]]], text: str) -> tuple[Unit, ...]:
    units: list[Unit] = []
    for section, block, start, header in rough:
        if block.kind is BlockKind.ROW:
            spans = [(start, start + len(block.text), 0)]
            kind = "header" if block.header else "row"
        else:
            end = start + len(_shown(block).lstrip())
            spans = _split(text, start, end, block)
            kind = "item" if block.kind is BlockKind.ITEM else "sentence"
        for begin, stop, level in spans:
            is_item = kind == "item" or level > 0
            name = "item" if kind != "row" and kind != "header" and is_item else kind
            columns = header if name == "row" else ()
            units.append(Unit(len(units), section, name, begin, stop, text[begin:stop], level, columns))
    return tuple(units)


def _split(text: str, start: int, end: int, block: Block) -> list[tuple[int, int, int]]:
    """Spans (start, end, level) of the units of one paragraph or item; together they hold all but markers."""
    body = text[start:end]
    cuts = [match.end() for match in _PSEUDO_ITEM.finditer(body)]
    numbers = [match.end() for match in _INLINE_NUMBER.finditer(body)]
    if block.kind is BlockKind.PARAGRAPH and len(numbers) >= 3:
        return _pieces(text, start, end, numbers, 1)
    if block.kind is BlockKind.PARAGRAPH and len(cuts) >= 2:
        return _pieces(text, start, end, cuts, 1)
    if block.kind is BlockKind.PARAGRAPH:
        return [(a, b, 0) for a, b in _sentences(text, start, end)]
    marker = _MARKER.match(body)
    first = start + (marker.end() if marker else 0)
    glued = [match.end() for match in _GLUED_ITEM.finditer(body)] if body.startswith(("–", "—")) else []
    pieces = _pieces(text, first, end, [cut for cut in glued if start + cut > first], 0, offset=start)
    return [(a, b, block.level if number == 0 else 0) for number, (a, b, _) in enumerate(pieces)]


def _pieces(
    text: str, start: int, end: int, cuts: Sequence[int], level: int, *, offset: int | None = None
) -> list[tuple[int, int, int]]:
    base = start if offset is None else offset
    bounds = [start, *(base + cut for cut in cuts), end]
    pieces: list[tuple[int, int, int]] = []
    for number, (a, b) in enumerate(pairwise(bounds)):
        body = text[a:b].rstrip()
        if number < len(cuts):  # the next piece's marker; the last piece may well end with "(from 1 to 5)"
            body = re.sub(r"(?:^|\s)(?:[–—•-]|\d{1,2}\))$", "", body).rstrip()
        if body.strip():
            begin = a + len(body) - len(body.lstrip())
            pieces.append((begin, a + len(body), 0 if number == 0 else level))
    return pieces


def _sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Spans of the sentences of one paragraph; a line break ends a sentence too.

    >>> text = "It ships, e.g. Tuesday. Dr. May signs."
    >>> [text[a:b] for a, b in _sentences(text, 0, len(text))]
    ['It ships, e.g. Tuesday.', 'Dr. May signs.']
    """
    spans: list[tuple[int, int]] = []
    begin = start
    breaks = [(m.start(), m.end()) for m in _SENTENCE_END.finditer(text, start, end)]
    breaks += [(m.start(), m.end()) for m in re.compile(r"\n").finditer(text, start, end)]
    for stop, resume in sorted(breaks):
        if resume <= begin:
            continue
        if text[stop - 1] == "." and _ABBREVIATION.search(text[begin:stop]) and "\n" not in text[stop:resume]:
            continue
        closing = stop + len(text[stop:resume]) - len(text[stop:resume].lstrip('"”’)]'))
        spans.append((begin, closing))
        begin = resume
    spans.append((begin, end))
    trimmed = ((a + len(text[a:b]) - len(text[a:b].lstrip()), a + len(text[a:b].rstrip())) for a, b in spans)
    return [(a, b) for a, b in trimmed if b > a]

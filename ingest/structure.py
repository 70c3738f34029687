"""Blocks to one clean text with sections and units, every one of them a span of that text.

A heading opens a section that ends at the next heading. A paragraph's sentences, an item and a table row are units;
an item list written into one paragraph (" – a – b – c") and items glued into one line are split into units by their
spans only: the text stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from ingest.kinds import kind_of, kind_of_content
from ingest.records import Block, BlockKind, Kind, Section, Unit
from ingest.splits import Piece, item_pieces, labelled_children, paragraph_pieces

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
    pages: tuple[int, ...] = ()  # where each page's text starts


@dataclass(slots=True)
class _Open:
    heading: tuple[str, ...]
    start: int


@dataclass(frozen=True, slots=True)
class _Placed:
    """A block's place: its section, where its text starts, its table's column names, and how deep it lies."""

    block: Block
    section: int
    start: int
    header: tuple[str, ...]
    depth: int  # of an item: below a line that leads it in


def structure(blocks: Sequence[Block]) -> Structured:
    """Lay the blocks out as text and find sections and units in it."""
    builder = _Builder()
    opened: list[_Open] = []
    path: list[tuple[int, str]] = []
    placed: list[_Placed] = []
    header: tuple[str, ...] = ()
    led = False
    pages: list[int] = []
    children = _children(blocks)
    for index, block in enumerate(blocks):
        shown = _shown(block)
        start = builder.add(shown, block.kind)
        pages += [start] * (block.page - len(pages))
        if block.kind is BlockKind.HEADING:
            path = [(level, text) for level, text in path if level < block.level]
            if block.level > 0:
                path.append((block.level, block.text))
            opened.append(_Open(tuple(text for _, text in path), start))
            header, led = (), False
            continue
        if not opened:
            opened.append(_Open((), start))
        header = _header_after(block, header)
        led = block.text.rstrip().endswith(":") if block.kind is BlockKind.PARAGRAPH else led and _is_item(block)
        inner = start + len(shown) - len(shown.lstrip())
        depth = block.level + (index in children) + led if _is_item(block) else 0
        placed.append(_Placed(block, len(opened) - 1, inner, header, depth))
    text = "".join(builder.parts)
    units = _units(placed, text)
    return Structured(text, _sections(opened, text, units), units, tuple(pages))


def _children(blocks: Sequence[Block]) -> frozenset[int]:
    """Indices of the items that an export put beside the item that they belong under."""
    found: set[int] = set()
    start = 0
    for (kind, _), run in groupby(blocks, key=lambda block: (block.kind, block.level)):
        texts = [block.text for block in run]
        if kind is BlockKind.ITEM:
            found |= {start + index for index in labelled_children(texts)}
        start += len(texts)
    return frozenset(found)


def _is_item(block: Block) -> bool:
    return block.kind is BlockKind.ITEM


def _shown(block: Block) -> str:
    if not _is_item(block):
        return block.text
    marked = block.text if _MARKER.match(block.text) else f"- {block.text}"
    return "  " * block.level + marked


def _header_after(block: Block, header: tuple[str, ...]) -> tuple[str, ...]:
    if block.kind is not BlockKind.ROW:
        return ()
    return block.cells if block.header else header


def _sections(opened: Sequence[_Open], text: str, units: Sequence[Unit]) -> tuple[Section, ...]:
    own: dict[int, list[str]] = {}
    for unit in units:
        own.setdefault(unit.section, []).append(unit.text)
    sections: list[Section] = []
    for index, section in enumerate(opened):
        end = opened[index + 1].start if index + 1 < len(opened) else len(text)
        end = section.start + len(text[section.start : end].rstrip())
        kind = kind_of(section.heading)
        kind = kind_of_content(own.get(index, ())) if kind is Kind.OTHER else kind
        sections.append(Section(index, section.heading, kind, section.start, end, text[section.start : end]))
    return tuple(sections)


def _units(placed: Sequence[_Placed], text: str) -> tuple[Unit, ...]:
    units: list[Unit] = []
    for place in placed:
        for begin, stop, level in _pieces(place, text):
            kind = _kind(place.block, level)
            header = place.header if kind == "row" else ()
            units.append(Unit(len(units), place.section, kind, begin, stop, text[begin:stop], level, header))
    return tuple(units)


def _kind(block: Block, level: int) -> str:
    if block.kind is BlockKind.ROW:
        return "header" if block.header else "row"
    return "item" if _is_item(block) or level > 0 else "sentence"


def _pieces(place: _Placed, text: str) -> list[Piece]:
    """Spans and levels of the units of one block; together they hold all but markers."""
    block, start = place.block, place.start
    if block.kind is BlockKind.ROW:
        return [(start, start + len(block.text), 0)]
    end = start + len(_shown(block).lstrip())
    if block.kind is BlockKind.PARAGRAPH:
        return paragraph_pieces(text, start, end)
    marker = _MARKER.match(text[start:end])
    first = start + (marker.end() if marker else 0)
    return [(a, b, max(0, place.depth + step)) for a, b, step in item_pieces(text, first, end)]

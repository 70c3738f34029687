"""Blocks to one clean text with sections and units, every one of them a span of that text.

A heading opens a section that ends at the next heading. A paragraph's sentences, an item and a table row are units;
an item list written into one paragraph (" – a – b – c") and items glued into one line are split into units by their
spans only: the text stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.kinds import kind_of, kind_of_content
from ingest.nesting import children, tails_in_series
from ingest.records import Block, BlockKind, Kind, Section, Unit
from ingest.splits import Piece, item_pieces, paragraph_pieces

_MARKER = re.compile(r"^(?:[-*+•◦▪·●○■–—]|\(?(?:\d{1,2}|[a-z])[.)])\s+|^・\s*")


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
    tail: tuple[int, int] | None = None  # where the next item's head begins in the block's text, and its depth


def structure(blocks: Sequence[Block]) -> Structured:
    """Lay the blocks out as text and find sections and units in it."""
    builder = _Builder()
    opened: list[_Open] = []
    path: list[tuple[int, str]] = []
    placed: list[_Placed] = []
    header: tuple[str, ...] = ()
    led = False
    pages: list[int] = []
    beside, tails = children(blocks), tails_in_series(blocks)
    for index, block in enumerate(blocks):
        shown = _shown(block)
        start = builder.add(shown, BlockKind.ITEM if _is_item(block) else block.kind)
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
        led = _led(blocks, index, led)
        inner = start + len(shown) - len(shown.lstrip())
        depth = block.level + (index in beside) + led if _is_item(block) else 0
        if index - 1 in tails:  # under the tail, which lies under the item that leads the series in
            above = placed[-1].depth
            depth = above if index - 2 in tails else above + 2
        tail = (tails[index], depth - 1 if index - 1 in tails else depth + 1) if index in tails else None
        placed.append(_Placed(block, len(opened) - 1, inner, header, depth, tail))
    text = "".join(builder.parts)
    units = _units(placed, text)
    return Structured(text, _sections(opened, text, units), units, tuple(pages))


def _is_item(block: Block) -> bool:
    """An item, or a line of plain text that only its indent makes one (a paragraph with a level)."""
    return block.kind is BlockKind.ITEM or (block.kind is BlockKind.PARAGRAPH and block.level > 0)


def _led(blocks: Sequence[Block], index: int, led: bool) -> bool:
    """Whether a line above leads in the items at and below this block."""
    block = blocks[index]
    if not _is_item(block):
        return block.kind is BlockKind.PARAGRAPH and block.text.rstrip().endswith((":", "："))
    # The level of an indented line tells already that it lies below the line above.
    return led and (block.kind is BlockKind.ITEM or _is_item(blocks[index - 1]))


def _shown(block: Block) -> str:
    if not _is_item(block):
        return block.text
    bare = block.kind is BlockKind.PARAGRAPH or _MARKER.match(block.text) is not None
    marked = block.text if bare else f"- {block.text}"
    return "  " * block.level + marked


def _header_after(block: Block, header: tuple[str, ...]) -> tuple[str, ...]:
    if block.kind is not BlockKind.ROW:
        return ()
    if block.header:
        return block.cells
    return header if len(block.cells) in (0, len(header)) else ()


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
    if not _is_item(block):
        return paragraph_pieces(text, start, end)
    marker = _MARKER.match(text[start:end])
    first = start + (marker.end() if marker else 0)
    if place.tail is None:
        return _item(text, first, end, place.depth)
    number = end - len(block.text) + place.tail[0]
    tail = _MARKER.match(text[number:end])
    return [
        *_item(text, first, number, place.depth),
        (number + (tail.end() if tail else 0), end, place.tail[1]),
    ]


def _item(text: str, start: int, end: int, depth: int) -> list[Piece]:
    end = start + len(text[start:end].rstrip())
    return [(a, b, max(0, depth + step)) for a, b, step in item_pieces(text, start, end)]

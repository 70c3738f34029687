"""Structure of plain text: which lines are headings, list items, table rows or paragraphs.

The evidence, none of it a list of phrases: numbers in a series, capitals (shouted.py) and what follows make headings
(headings.py); markers and indents make items; pipes and the shape of the lines make rows (flattened.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.flattened import FlatRow, Line, flattened_rows
from ingest.headings import (
    BULLET,
    ORDERED,
    RULE,
    deep_headings,
    is_spaced,
    subheadings,
    top_headings,
    underlined_headings,
)
from ingest.pipe_tables import PIPE_ROW, join_broken_rows, pipe_table
from ingest.records import Block, BlockKind
from ingest.shouted import common_level, heading_text, shouted_headings

_LONE_MARKERS = frozenset("-–—*•")
_FRAME = 8  # numbered headings that are a document's frame without doubt
_DEEPEST_ITEM = 3
_INDENT = 4  # spaces of one level
_MAX_TITLE = 150
_TITLE_DISTANCE = 3  # blocks that may stand between the title and the first numbered heading, itself included


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was found out about the lines before any block is made of them."""

    tops: frozenset[int]
    levels: dict[int, int]  # of the other headings that are certain
    rows: dict[int, FlatRow]
    subheadings: frozenset[int]


def blocks_of(text: str) -> tuple[Block, ...]:
    """The blocks of a cleaned plain text, in order; every line but rules and blank ones ends up in exactly one."""
    lines = _lines(text)
    seen = _look(lines)
    blocks: list[Block] = []
    index = 0
    while index < len(lines):
        if PIPE_ROW.match(lines[index].text):
            stop = index
            while stop < len(lines) and PIPE_ROW.match(lines[stop].text):
                stop += 1
            blocks += pipe_table([line.text for line in lines[index:stop]])
            index = stop
        elif index in seen.rows:
            row = seen.rows[index]
            blocks.append(Block(BlockKind.ROW, row.text, cells=row.cells, header=row.header))
            index += row.count
        else:
            if not RULE.match(lines[index].text):
                blocks.append(_block(lines, index, seen))
            index += 1
    return _with_title(tuple(blocks), numbered=bool(seen.tops))


def _look(lines: Sequence[Line]) -> _Seen:
    tops = top_headings(lines)
    framed = len(tops) >= _FRAME
    shouted = shouted_headings([line.text for line in lines], [line.blank_before for line in lines])
    levels = {} if framed else shouted
    if not framed and (len(levels) >= len(tops) or min(tops, default=0) > len(lines) / 2):
        tops = frozenset()  # a numbered list somewhere in the text, not its frame
    elif tops:
        levels = {}
    levels |= underlined_headings(lines)
    if tops:
        levels = {index: 2 for index in levels}
    levels |= deep_headings(lines, tops)
    headings = tops | levels.keys()
    plain = [line if line.plain and i not in headings else _marked(line) for i, line in enumerate(lines)]
    rows = flattened_rows(plain)
    return _Seen(tops, levels, rows, subheadings(lines, headings, rows, spaced=is_spaced(lines)))


def _marked(line: Line) -> Line:
    return Line(line.text, line.raw, line.indent, line.blank_before, line.blank_after, plain=False)


def _lines(text: str) -> list[Line]:
    raw = join_broken_rows(_join_lone_markers(text.split("\n")))
    margin = min((_indent(line) for line in raw if line.strip()), default=0)
    lines: list[Line] = []
    for number, line in enumerate(raw):
        stripped = line.strip()
        if not stripped:
            continue
        before = number == 0 or not raw[number - 1].strip()
        after = number + 1 >= len(raw) or not raw[number + 1].strip()
        indent = _indent(line) - margin
        row = PIPE_ROW.match(stripped) is not None
        collapsed = stripped.replace("\t", " ") if row else re.sub(r"\s+", " ", stripped)
        marked = BULLET.match(collapsed) or ORDERED.match(collapsed) or RULE.match(collapsed)
        plain = not row and marked is None and indent < _INDENT
        lines.append(Line(collapsed, stripped, indent, before, after, plain))
    return lines


def _indent(line: str) -> int:
    r"""Columns before a line's first letter; a tab goes to the next fourth column.

    >>> _indent("  a"), _indent("\ta"), _indent("  \ta")
    (2, 4, 4)
    """
    before = line[: len(line) - len(line.lstrip())]
    return len(before.expandtabs(4))


def _join_lone_markers(raw: list[str]) -> list[str]:
    """A bullet alone on its line, or left at a line's end, belongs to the next line (some exports break there)."""
    joined: list[str] = []
    marker = ""
    for line in raw:
        stripped = line.strip()
        if stripped in _LONE_MARKERS:
            marker = stripped
            continue
        if marker and stripped:
            line = line if BULLET.match(stripped) else f"{marker} {stripped}"
            marker = ""
        if stripped.endswith(" -"):
            line, marker = line.rstrip()[:-2], "-"
        joined.append(line)
    return joined


def _block(lines: Sequence[Line], index: int, seen: _Seen) -> Block:
    line = lines[index]
    if index in seen.tops:
        return Block(BlockKind.HEADING, line.text, level=1)
    if index in seen.levels:
        return Block(BlockKind.HEADING, heading_text(line.text), level=seen.levels[index])
    if BULLET.match(line.text) or (ORDERED.match(line.text) and not _is_shout(line.text)):
        nested = line.text.startswith(("–", "—"))
        return Block(BlockKind.ITEM, line.text, level=1 if nested else min(line.indent // _INDENT, _DEEPEST_ITEM))
    if line.indent >= _INDENT and index > 0:
        return Block(BlockKind.ITEM, line.text, level=min(line.indent // _INDENT, _DEEPEST_ITEM))
    if index in seen.subheadings:
        return Block(BlockKind.HEADING, line.text, level=2 if seen.tops else 1 + common_level(seen.levels))
    return Block(BlockKind.PARAGRAPH, line.text)


def _is_shout(text: str) -> bool:
    return text.isupper() and len(text) > 6


def _with_title(blocks: tuple[Block, ...], *, numbered: bool) -> tuple[Block, ...]:
    """Mark the document's title (level 0): the last line before the first numbered heading that is no sentence."""
    if not numbered:
        return blocks
    first = next(i for i, b in enumerate(blocks) if b.kind is BlockKind.HEADING and re.match(r"(?:1|I)[.)]", b.text))
    for index in range(first - 1, max(first - 1 - _TITLE_DISTANCE, -1), -1):
        text = blocks[index].text
        if blocks[index].kind is not BlockKind.ITEM and len(text) <= _MAX_TITLE and text[-1] not in ".!?;,":
            title = Block(BlockKind.HEADING, text, level=0)
            return (*blocks[:index], title, *blocks[index + 1 :])
    return blocks

"""Structure of plain text: which lines are headings, list items, table rows or paragraphs.

The evidence, none of it a list of phrases: numbers in a series, capitals (shouted.py) and what follows make headings
(headings.py); markers and indents make items; pipes and the shape of the lines make rows (flattened.py).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
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
from ingest.wrapped import join_wrapped

_LONE_MARKERS = frozenset("-–—*•")
_FRAME = 8  # numbered headings that are a document's frame without doubt
_DEEPEST_ITEM = 3
_INDENT = 4  # spaces of one level
_MAX_TITLE = 150
_GLUED_ITEM = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][\"”’)\]]))\s+(?=-\s+[A-ZÀ-Þ])")
_TITLE_DISTANCE = 3  # blocks that may stand between the title and the first numbered heading, itself included


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was found out about the lines before any block is made of them."""

    tops: frozenset[int]
    levels: dict[int, int]  # of the other headings that are certain
    rows: dict[int, FlatRow]
    subheadings: frozenset[int]
    bare_items: dict[int, int]  # levels of the items that only their indent makes such


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
    below = subheadings(lines, headings, rows, spaced=is_spaced(lines))
    return _Seen(tops, levels, rows, below, _bare_items(lines, headings | rows.keys()))


def _marked(line: Line) -> Line:
    return Line(line.text, line.raw, line.indent, line.blank_before, line.blank_after, plain=False)


def _lines(text: str) -> list[Line]:
    raw = join_wrapped(join_broken_rows(_part_glued_markers(_join_lone_markers(text.split("\n")))))
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


def _part_glued_markers(raw: list[str]) -> list[str]:
    """An item that an export put behind the end of a sentence (" … done. - Next") begins its own line.

    Two such places in neighbouring lines prove it, or an item with a hyphen directly above.
    """
    filled = [index for index, line in enumerate(raw) if line.strip() and not PIPE_ROW.match(line.strip())]
    glued = {index: len(_GLUED_ITEM.findall(raw[index])) for index in filled}
    sure: set[int] = set()
    for place, index in enumerate(filled):
        above, below = filled[max(place - 1, 0)], filled[min(place + 1, len(filled) - 1)]
        near = sum(glued[own] for own in {above, index, below})
        if glued[index] and (near > 1 or raw[above].lstrip().startswith("- ")):
            sure.add(index)
    parted = ([line] if index not in sure else _GLUED_ITEM.split(line) for index, line in enumerate(raw))
    return [part for parts in parted for part in parts]


def _bare_items(lines: Sequence[Line], seen: Collection[int]) -> dict[int, int]:
    """Levels of indented lines without a marker that belong to a list; all other indented lines are paragraphs.

    Such a line stands below an item, below a question or a line that ends with a colon, or it has a neighbour with the
    same indent below a line that is indented less.
    """
    found: dict[int, int] = {}
    indent, level = 0, -1  # of the list's last item; level -1 outside of a list
    for index, line in enumerate(lines):
        if index in seen:
            indent, level = 0, -1
        elif BULLET.match(line.text) or ORDERED.match(line.text):
            indent, level = line.indent, _item_level(line)
        elif index == 0 or line.indent < _INDENT:
            indent, level = 0, -1
        else:
            deeper = line.indent >= indent + _INDENT
            if level >= 0 and line.indent < indent + 3 * _INDENT:
                level = min(level + deeper, line.indent // _INDENT, _DEEPEST_ITEM)
            elif _is_led(lines, index):
                level = 1
            else:
                level = -1
            indent = line.indent
            if level >= 0:
                found[index] = level = max(level, 1)
    return found


def _is_led(lines: Sequence[Line], index: int) -> bool:
    """Whether an indented line begins a list: by the line above's end, or as the first of several in an outline."""
    line, above = lines[index], lines[index - 1]
    if line.indent <= above.indent:
        return False
    below = lines[index + 1] if index + 1 < len(lines) else None
    several = below is not None and below.indent == line.indent and not below.blank_before
    return above.text.endswith((":", "?")) or (several and _INDENT <= above.indent <= line.indent - _INDENT)


def _item_level(line: Line) -> int:
    return 1 if line.text.startswith(("–", "—")) else min(line.indent // _INDENT, _DEEPEST_ITEM)


def _block(lines: Sequence[Line], index: int, seen: _Seen) -> Block:
    line = lines[index]
    if index in seen.tops:
        return Block(BlockKind.HEADING, line.text, level=1)
    if index in seen.levels:
        return Block(BlockKind.HEADING, heading_text(line.text), level=seen.levels[index])
    if BULLET.match(line.text) or (ORDERED.match(line.text) and not _is_shout(line.text)):
        return Block(BlockKind.ITEM, line.text, level=_item_level(line))
    if index in seen.bare_items:
        return Block(BlockKind.PARAGRAPH, line.text, level=seen.bare_items[index])
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
        text, kind = blocks[index].text, blocks[index].kind
        listed = kind is BlockKind.ITEM or (kind is BlockKind.PARAGRAPH and blocks[index].level > 0)
        if not listed and len(text) <= _MAX_TITLE and text[-1] not in ".!?;,":
            title = Block(BlockKind.HEADING, text, level=0)
            return (*blocks[:index], title, *blocks[index + 1 :])
    return blocks

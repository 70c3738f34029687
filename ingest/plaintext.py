"""Structure of plain text: which lines are headings, list items, table rows or paragraphs.

Three kinds of evidence, none of them a list of phrases: a numbered series of short lines (``1) … 2) … 3) …``) makes
the top headings; a short line without a full stop that a longer line, a list or a table follows makes a subheading
(in a text that separates its paragraphs by empty lines it must stand alone); markers and pipes make items and rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.records import Block, BlockKind

_NUMBERED = re.compile(r"^(\d{1,2})(?:[.)]|\.\)) +(?=[A-Z\"“])(.{2,90})$")
_BULLET = re.compile(r"^(?:[-*+•◦▪·●○■]|[–—])\s+(?=\S)")
_ORDERED = re.compile(r"^\(?(?:\d{1,2}|[a-z])[.)]\s+(?=\S)")
_PIPE_ROW = re.compile(r"^\|.*\|$")
_PIPE_RULE = re.compile(r"^\|(?:\s*:?-{2,}:?\s*\|)+$")
_LONE_MARKERS = frozenset("-–—*•")
_MAX_SUBHEADING = 90
_MIN_SERIES = 3
_MAX_TITLE = 150
_TITLE_DISTANCE = 3  # blocks that may stand between the title and the first numbered heading, itself included


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    indent: int
    blank_before: bool
    blank_after: bool


def blocks_of(text: str) -> tuple[Block, ...]:
    """The blocks of a cleaned plain text, in order; every non-blank line ends up in exactly one block."""
    lines = _lines(text)
    tops = _top_headings(lines)
    spaced = _is_spaced(lines)
    blocks: list[Block] = []
    header: tuple[str, ...] | None = None
    for index, line in enumerate(lines):
        if _PIPE_RULE.match(line.text):
            continue
        if _PIPE_ROW.match(line.text):
            cells = tuple(cell.strip() for cell in line.text.strip("|").split("|"))
            is_header = header is None
            header = cells if is_header else header
            blocks.append(Block(BlockKind.ROW, line.text, cells=cells, header=is_header))
            continue
        header = None
        blocks.append(_block(lines, index, tops, spaced))
    return _with_title(tuple(blocks), numbered=bool(tops))


def _lines(text: str) -> list[_Line]:
    raw = _join_lone_markers(text.split("\n"))
    lines: list[_Line] = []
    for number, line in enumerate(raw):
        if not line.strip():
            continue
        before = number == 0 or not raw[number - 1].strip()
        after = number + 1 >= len(raw) or not raw[number + 1].strip()
        stripped = line.strip()
        if _PIPE_ROW.match(stripped) is None:
            stripped = re.sub(r"\s+", " ", stripped)
        lines.append(_Line(stripped, len(line) - len(line.lstrip()), before, after))
    return lines


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
            line = line if _BULLET.match(stripped) else f"{marker} {stripped}"
            marker = ""
        if stripped.endswith(" -"):
            line, marker = line.rstrip()[:-2], "-"
        joined.append(line)
    return joined


def _is_spaced(lines: Sequence[_Line]) -> bool:
    """Whether the text separates its parts by empty lines (then a subheading must stand alone)."""
    return sum(line.blank_before for line in lines) > 0.25 * len(lines)


def _top_headings(lines: Sequence[_Line]) -> frozenset[int]:
    """Indices of the numbered top headings: the longest run 1, 2, 3 … over unindented short lines.

    Numbered list items start again and again at 1 and are followed by their like; a heading's number is one more
    than the last heading's, and something else stands between the two.
    """
    chosen: list[int] = []
    expected = 1
    for index, line in enumerate(lines):
        match = _NUMBERED.match(line.text)
        if match is None or line.indent > 0 or int(match[1]) != expected:
            continue
        if line.text.endswith((".", ";", ",")) or (chosen and index == chosen[-1] + 1):
            continue
        chosen.append(index)
        expected += 1
    return frozenset(chosen) if len(chosen) >= _MIN_SERIES else frozenset()


def _block(lines: Sequence[_Line], index: int, tops: frozenset[int], spaced: bool) -> Block:
    line = lines[index]
    if index in tops:
        return Block(BlockKind.HEADING, line.text, level=1)
    if _BULLET.match(line.text) or (_ORDERED.match(line.text) and not _is_shout(line.text)):
        nested = line.text.startswith(("–", "—"))
        return Block(BlockKind.ITEM, line.text, level=1 if nested else min(line.indent // 4, 3))
    if line.indent >= 4 and index > 0:
        return Block(BlockKind.ITEM, line.text, level=min(line.indent // 4, 3))
    if _is_subheading(lines, index, spaced):
        return Block(BlockKind.HEADING, line.text, level=2 if tops else 1)
    return Block(BlockKind.PARAGRAPH, line.text)


def _is_shout(text: str) -> bool:
    return text.isupper() and len(text) > 6


def _is_subheading(lines: Sequence[_Line], index: int, spaced: bool) -> bool:
    line = lines[index]
    if index + 1 >= len(lines) or line.indent > 0 or len(line.text) > _MAX_SUBHEADING:
        return False
    first = line.text.lstrip("“\"'")[:1]
    if not (first.isupper() or first.isdigit()) or line.text[-1] in '.;,:!?…”"':
        return False
    if spaced and not (line.blank_before and line.blank_after):
        return False
    if len(line.text.split()) > 13:
        return False
    following = lines[index + 1].text
    return bool(_BULLET.match(following) or _ORDERED.match(following) or following.startswith("|")) or (
        len(following) > len(line.text) and (spaced or len(following) > 60 or following.endswith((".", ":")))
    )


def _with_title(blocks: tuple[Block, ...], *, numbered: bool) -> tuple[Block, ...]:
    """Mark the document's title (level 0): the last line before the first numbered heading that is no sentence."""
    if not numbered:
        return blocks
    first = next(i for i, b in enumerate(blocks) if b.kind is BlockKind.HEADING and re.match(r"1[.)]", b.text))
    for index in range(first - 1, max(first - 1 - _TITLE_DISTANCE, -1), -1):
        text = blocks[index].text
        if len(text) <= _MAX_TITLE and text[-1] not in ".!?;,":
            title = Block(BlockKind.HEADING, text, level=0)
            return (*blocks[:index], title, *blocks[index + 1 :])
    return blocks

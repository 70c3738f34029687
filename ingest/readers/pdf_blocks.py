"""Lines of a PDF to blocks: which lines make one paragraph, what is a heading, an item, a table row.

The evidence is the page's own: the pitch of the lines, indents, whether the next line's first word would have fitted
on the line before, sizes and weights of the letters, markers. No phrase of any document is known here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from ingest.readers.pdf_headings import Paragraph, heading_levels
from ingest.readers.pdf_layout import Line
from ingest.readers.pdf_leaders import LEADER_LINE, leader_rows
from ingest.readers.pdf_text import is_bullet, join_lines, marker_of, shorten_leaders
from ingest.records import Block, BlockKind, Note

_END = re.compile(r"[.!?:;…][\"”’)\]]*$")
_LABEL = re.compile(r"^[A-Z][^:.!?]{1,30}:\s+\S.{0,60}$")  # "Reports to: the board"
_TIGHT = 1.45  # times the size of the letters: lines of one paragraph are seldom farther from each other
_CLAUSE_END = re.compile(r"(?:[.!?:;,…][\"”’)\]]*|\b(?:and|or))$")


def blocks_of_lines(lines: Sequence[Line]) -> tuple[tuple[Block, ...], tuple[Note, ...]]:
    """Blocks in the order of the lines, and notes of what was mended on the way."""
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    paragraphs = _flow(list(_paragraphs(lines)))
    known = frozenset(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", " ".join(line.text for line in lines).lower()))
    texts: list[str] = []
    for paragraph in paragraphs:
        text, mended = join_lines([line.text for line in paragraph], known)
        text, shortened = shorten_leaders(text)
        for step, changes in (("mend_hyphens", mended), ("shorten_leaders", shortened)):
            counts[step] += len(changes)
            if changes:
                examples.setdefault(step, changes[0])
        texts.append(text)
    levels = heading_levels(paragraphs, texts)
    blocks = tuple(_blocks(paragraphs, texts, levels, counts))
    return blocks, tuple(Note(step, number, examples.get(step, "")) for step, number in counts.items() if number)


def _paragraphs(lines: Sequence[Line]) -> Iterator[Paragraph]:
    pitch = _pitches(lines)
    current: Paragraph = []
    for line in lines:
        if current and _starts_anew(current, line, pitch):
            yield current
            current = []
        current.append(line)
    if current:
        yield current


def _pitches(lines: Sequence[Line]) -> dict[float, float]:
    """The usual distance from one line to the next by size of the letters, in points."""
    found: dict[float, list[float]] = {}
    for before, after in pairwise(lines):
        step = after.box.top - before.box.top
        if (before.page, before.column, before.size) == (after.page, after.column, after.size) and (
            0 < step < 3 * after.size
        ):
            found.setdefault(after.size, []).append(step)
    return {size: _pitch(size, steps) for size, steps in found.items()}


def _pitch(size: float, steps: Sequence[float]) -> float:
    """The step within paragraphs; gaps between them may be the most of all where paragraphs are short."""
    tight = [step for step in steps if step < _TIGHT * size]
    if len(steps) < 4:
        return min(median(steps), 1.35 * size)
    if len(tight) >= max(2.0, 0.1 * len(steps)):
        return median(tight)
    return min(median(steps), 2.2 * size)


def _starts_anew(current: Paragraph, line: Line, pitch: dict[float, float]) -> bool:
    """Whether ``line`` begins a new paragraph after the lines of ``current``."""
    last = current[-1]
    elsewhere = (line.page, line.column) != (last.page, last.column)
    if line.rows or last.rows or elsewhere or line.column < 0 or line.foot != last.foot:
        return True
    if line.paragraph or last.paragraph:
        return line.paragraph != last.paragraph or bool(marker_of(line.text))
    size = max(line.size, 1.0)
    farthest = 1.25 * pitch.get(line.size, 1.2 * size)
    step = line.box.top - last.box.top
    if abs(line.size - last.size) > 0.1 * size or step > farthest or abs(step) < 0.2 * size:
        return True
    marker = marker_of(line.text)
    ended = _CLAUSE_END.search(last.text) is not None or _room(last, line)
    if marker and (is_bullet(marker) or ended or marker_of(current[0].text)):
        return True
    if _LABEL.match(last.text) and _LABEL.match(line.text):
        return True
    if LEADER_LINE.search(last.text) or LEADER_LINE.search(line.text) or _heads(last, line):
        return True
    if _centred(last) and _centred(line):
        return last.bold != line.bold
    return _breaks_off(last, line) or _indent_changes(current, line)


def _heads(last: Line, line: Line) -> bool:
    """Whether a short, wholly bold line follows a plain one that has ended."""
    short = line.box.x1 + 4 * line.size < line.right and not line.text[:1].islower()
    ended = re.search(r"[.!?:]$", last.text) is not None and re.search(r"[.,;]$", line.text) is None
    return short and ended and line.bold and not last.bold


def _room(last: Line, line: Line) -> bool:
    """Whether the first word of ``line`` would have fitted on the line before: it was broken on purpose."""
    spare = 0.5 if _END.search(last.text) else 4.0  # lines that were broken by hand may leave a little
    return last.box.x1 + line.first + spare * line.size < line.right


def _centred(line: Line) -> bool:
    before, after = line.box.x0 - line.left, line.right - line.box.x1
    return abs(before - after) < 2 * line.size and before > 2 * line.size


def _breaks_off(last: Line, line: Line) -> bool:
    size = max(line.size, 1.0)
    flush_right = all(abs(x.right - x.box.x1) < size and x.box.x0 > x.left + 3 * size for x in (last, line))
    if flush_right and abs(last.box.x0 - line.box.x0) > size:
        return True
    return _room(last, line)


def _indent_changes(current: Paragraph, line: Line) -> bool:
    """An indent after lines without, or a line farther left than the hanging lines before it."""
    size = max(line.size, 1.0)
    last = current[-1]
    if len(current) == 1:
        farther_left = line.box.x0 < last.box.x0 - 4 * size or (
            bool(marker_of(last.text)) and line.box.x0 < last.box.x0 - 0.5 * size
        )
        return farther_left or line.box.x0 > last.box.x0 + 6 * size
    return abs(line.box.x0 - last.box.x0) > 0.7 * size


def _flow(paragraphs: list[Paragraph]) -> list[Paragraph]:
    """Join what a page's or a column's end has parted; footnotes that stand between come after."""
    joined: list[Paragraph] = []
    for paragraph in paragraphs:
        before = _carried_over(joined, paragraph)
        if before is None:
            joined.append(paragraph)
        else:
            joined[before].extend(paragraph)
    return joined


def _carried_over(joined: Sequence[Paragraph], paragraph: Paragraph) -> int | None:
    first = paragraph[0]
    if first.rows or first.foot or not re.match(r"[(\"“]?[^\W\d_A-ZÀ-Þ]", first.text) or marker_of(first.text):
        return None
    for index in range(len(joined) - 1, max(len(joined) - 6, -1), -1):
        last = joined[index][-1]
        if last.foot:
            continue
        if last.rows or LEADER_LINE.search(last.text) or first.page - last.page > 1 or first.column < 0:
            return None
        if abs(last.size - first.size) > 0.05 * max(first.size, 1.0):
            if last.size > first.size:
                return None
            continue  # a footnote
        if not any(char.isalpha() for char in last.text):
            continue  # a page number
        parted = (last.page, last.column) != (first.page, first.column)
        return index if parted and last.column >= 0 and not _END.search(last.text) else None
    return None


def _blocks(
    paragraphs: Sequence[Paragraph], texts: Sequence[str], levels: dict[int, int], counts: Counter[str]
) -> Iterator[Block]:
    indents: list[float] = []  # of the markers of the list that is open
    width = 0  # of the table before
    header: tuple[str, ...] = ()
    leaders = leader_rows(paragraphs, texts)
    for index, (paragraph, text) in enumerate(zip(paragraphs, texts, strict=True)):
        first = paragraph[0]
        if first.rows:
            rows = first.rows
            if width == len(rows[0]):
                if rows[0] == header:
                    rows = rows[1:]
                    counts["drop_repeated_header"] += 1
            else:
                header = rows[0] if all(any(c.isalpha() for c in cell) for cell in rows[0] if cell) else ()
            for number, row in enumerate(rows):
                yield _row(row, number == 0 and bool(header) and width != len(row), first.page)
            width = len(first.rows[0])
            continue
        width, header = 0, ()
        if index in leaders:
            yield _row(leaders[index], False, first.page)
            continue
        if index in levels:
            indents = []
            yield Block(BlockKind.HEADING, text, level=levels[index], page=first.page)
            continue
        place = first.box.x0 - first.left
        if marker_of(text):
            indents = [*(x for x in indents if x < place - 0.5 * first.size), place]
            yield Block(BlockKind.ITEM, text, level=min(len(indents) - 1, 6), page=first.page)
            continue
        if indents and place < indents[0] + 0.5 * first.size:
            indents = []
        yield Block(BlockKind.PARAGRAPH, text, page=first.page)


def _row(row: Sequence[str], header: bool, page: int) -> Block:
    cells = tuple(cell.replace("|", "/") for cell in row)
    return Block(BlockKind.ROW, f"| {' | '.join(cells)} |", cells=cells, header=header, page=page)

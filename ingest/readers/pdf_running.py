"""Headers and footers: lines at the edge of a page that stand at the same place of other pages, or on one page only."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from ingest.readers.pdf_layout import Line
from ingest.readers.pdf_text import marker_of
from ingest.records import Note

_EDGE = 0.12  # of the page's height
_OUTERMOST = 3  # lines
_SAME_HEIGHT = 6.0  # points
_NUMBER = re.compile(r"[\W_]*(?:\w{1,10} )?#(?: ?(?:\w{1,5}|[/|-]) ?#)?[\W_]*")  # "#", "- # -", "Page # of #", "# / #"
_LONGEST_FOOT = 100  # characters of a footer's first line
_FINE_PRINT = 3  # lines below it
_ROMAN = re.compile(r"\b[ivxlc]+\b")


def running_lines(pages: Sequence[tuple[float, Sequence[Line]]]) -> tuple[list[list[Line]], tuple[Note, ...]]:
    """The lines of each page that repeat at its edge, and a note that quotes each.

    Args:
        pages: for each page its height in points, and its lines over its whole width.

    A line repeats when another page has it at the same height, numbers apart; among more than four pages it needs two
    others. A page of nothing else keeps its lines.

    """
    seen: dict[str, list[tuple[int, float, Line]]] = {}
    for index, (height, lines) in enumerate(pages):
        for line in _edge_lines(height, lines):
            place = line.box.top if line.box.top < height / 2 else line.box.top - height  # pages differ in height
            seen.setdefault(_key(line.text), []).append((index, place, line))
    needed = 2 if len(pages) <= 4 else 3
    running: list[list[Line]] = [[] for _ in pages]
    notes: list[Note] = []
    for found in seen.values():
        here = [(i, line) for i, place, line in found if _others(found, i, place) >= needed - 1]
        for index, line in here:
            running[index].append(line)
        if here:
            notes.append(Note("drop_pdf", len(here), f"running line: {here[0][1].text[:80]}"))
    if any(lines and len(found) == len(lines) for found, (_, lines) in zip(running, pages, strict=True)):
        return [[] for _ in pages], ()
    return running, tuple(notes)


def _edge_lines(height: float, lines: Sequence[Line]) -> list[Line]:
    text = sorted((line for line in lines if not line.rows and line.column >= 0), key=lambda line: line.box.top)
    head = [line for line in text[:_OUTERMOST] if line.box.bottom < _EDGE * height]
    foot = [line for line in text[-_OUTERMOST:] if line.box.top > (1 - _EDGE) * height]
    ends = [line for line in (*text[:1], *text[-1:]) if _NUMBER.fullmatch(_key(line.text))]  # wherever the margins end
    return list({id(line): line for line in (*head, *foot, *ends)}.values())


def _others(found: Sequence[tuple[int, float, Line]], index: int, place: float) -> int:
    return len({i for i, p, _ in found if i != index and abs(p - place) < _SAME_HEIGHT})


def _key(text: str) -> str:
    """The line without what counts the pages.

    >>> _key("Page 3 of 12") == _key("Page 4 of 12"), _key("iv"), _key("Data Analyst")
    (True, '#', 'data analyst')
    """
    text = re.sub(r"\d+", "#", text.lower())
    return _ROMAN.sub("#", text) if len(text) < 8 else text


def mark_feet(pages: Sequence[tuple[float, Sequence[Line]]]) -> list[Line]:
    """All lines in order; those of a footer that stands on one page only are marked, for it looks like a heading.

    Args:
        pages: for each page its height in points, and its lines in reading order.

    A footer is no footer where set-in lines of its style head text elsewhere: those are headings.

    """
    feet: list[list[Line]] = []
    for index, (height, lines) in enumerate(pages):
        following = pages[index + 1][1] if index + 1 < len(pages) else ()
        feet.append(_foot(height, lines, following[0].text if following else ""))
    styles: Counter[tuple[float, bool]] = Counter()
    for foot, (_, lines) in zip(feet, pages, strict=True):
        edges = _edges(lines)
        taken = {id(line) for line in foot}
        apart = [_set_apart(line, edges) and id(line) not in taken for line in lines]
        inset = [(line.size, line.bold) if found else None for line, found in zip(lines, apart, strict=True)]
        styles.update(style for before, style in pairwise((None, *inset)) if style is not None and style != before)
    marked = {id(line) for foot in feet if foot and styles[foot[0].size, foot[0].bold] < 2 for line in foot}
    return [replace(line, foot=True) if id(line) in marked else line for _, lines in pages for line in lines]


def _edges(lines: Sequence[Line]) -> tuple[float, float]:
    text = [line for line in lines if line.column >= 0]
    return min((line.box.x0 for line in text), default=0.0), max((line.box.x1 for line in text), default=0.0)


def _foot(height: float, lines: Sequence[Line], following: str) -> list[Line]:
    """The last lines of a page where the first of them is set in, behind a gap, and at most fine print stands below."""
    text = sorted((line for line in lines if line.column >= 0), key=lambda line: line.box.top)
    if len(text) < 3 or any(line.paragraph for line in text):
        return []
    steps = [after.box.top - before.box.top for before, after in pairwise(text) if after.box.top > before.box.top]
    usual, edges = median(steps) if steps else 0.0, _edges(text)
    for start in range(len(text) - 1, max(len(text) - _FINE_PRINT - 2, 1), -1):
        first, below = text[start], text[start + 1 :]
        gap = first.box.top - text[start - 1].box.top
        behind_gap = gap > max(1.3 * usual, 1.5 * first.size)
        if not behind_gap or first.box.top < (1 - _EDGE) * height or not _set_apart(first, edges):
            continue
        fine = all(line.size < 0.95 * first.size for line in below)
        ended = fine or text[-1].text.endswith((".", "!", "?")) or not following[:1].islower()
        goes_on = not ended or (len(below) > 1 and not fine)
        if not goes_on and not any(line.rows for line in below):
            return list(text[start:])
    return []


def _set_apart(line: Line, edges: tuple[float, float]) -> bool:
    """Whether a line is set apart from the text: short, set in, and in the middle, bold or in capitals."""
    left, right = edges
    if line.column < 0 or line.rows or line.box.x0 <= left + 3 * line.size:
        return False
    if len(line.text) > _LONGEST_FOOT or marker_of(line.text) or re.search(r"[,;:]$", line.text):
        return False
    middle = abs((line.box.x0 - left) - (right - line.box.x1)) < 2 * line.size
    return line.box.x1 - line.box.x0 < 0.8 * (right - left) and (middle or line.bold or line.text.isupper())

"""Running headers and footers: lines at the edge of a page that stand at the same place of other pages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.readers.pdf_layout import Line
from ingest.records import Note

_EDGE = 0.12  # of the page's height
_OUTERMOST = 3  # lines
_SAME_HEIGHT = 6.0  # points
_NUMBER = re.compile(r"[\W_]*(?:\w{1,10} )?#(?: ?(?:\w{1,5}|[/|-]) ?#)?[\W_]*")  # "#", "- # -", "Page # of #", "# / #"
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

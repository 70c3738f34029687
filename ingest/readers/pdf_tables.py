"""Tables of a page: found by their rules, with pdfplumber's geometry (MIT) over PDFium's lines and words.

Every cell is a rectangle of rules. Where the outer uprights are missing, the ends of the level rules stand for them;
where rules part only the columns, lines that stand level in every column part the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from ingest.readers.pdf_page import Box, Page, Word

_SNAP = 3.0  # points: rules nearer to each other are one
_MOST_RULES = 2_500  # more make a drawing
_LEAST_GAP = 4.5  # points between the words of two columns
_NARROWEST = 30.0  # points: the level rules of a table
Cell = tuple[float, float, float, float]  # left, top, right, bottom
Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Content:
    """What stands on the page: rules as they are drawn, upright words."""

    rules: Sequence[Box]
    words: Sequence[Word]


def tables_of(page: Page) -> list[tuple[Box, Rows]]:
    """Each table's place and its rows of cell texts, from the top; their words are taken out of ``page``.

    A table has at least two rows with text in two cells; other boxes are drawn round forms and headings.
    """
    if not 3 <= len(page.rules) <= _MOST_RULES:
        return []
    words = [word for word in page.words if word.style.upright]
    found: list[tuple[Box, Rows]] = []
    for cells in _tables(page.rules, words):
        lefts, tops, rights, bottoms = zip(*cells, strict=True)
        place = Box(min(lefts), min(tops), max(rights), max(bottoms))
        inside = [word for word in words if place.holds(word.box)]
        if _crossed_rows(cells, inside):
            continue
        rows = _rows(cells, inside)
        if sum(sum(map(bool, row)) >= 2 for row in rows) >= 2:
            found.append((place, rows))
            taken = {id(word) for word in inside}
            page.words = [word for word in page.words if id(word) not in taken]
            words = [word for word in words if id(word) not in taken]
    return found


def _tables(rules: Sequence[Box], words: Sequence[Word]) -> list[list[Cell]]:
    """The cells of each table as rectangles (left, top, right, bottom)."""
    from pdfplumber.table import cells_to_tables, edges_to_intersections, intersections_to_cells, merge_edges

    edges = merge_edges([_edge(rule) for rule in rules], _SNAP, _SNAP, _SNAP, _SNAP)
    edges = merge_edges([*edges, *_missing_rules(edges, _Content(rules, words))], _SNAP, _SNAP, _SNAP, _SNAP)
    cells = intersections_to_cells(edges_to_intersections(edges, _SNAP, _SNAP))
    return [list(table) for table in cells_to_tables(cells)]


def _edge(rule: Box) -> dict[str, Any]:
    level = rule.x1 - rule.x0 > rule.bottom - rule.top
    x, y = (rule.x0 + rule.x1) / 2, (rule.top + rule.bottom) / 2
    box = Box(rule.x0, y, rule.x1, y) if level else Box(x, rule.top, x, rule.bottom)
    return {
        "x0": box.x0, "x1": box.x1, "top": box.top, "bottom": box.bottom, "width": box.x1 - box.x0,
        "height": box.bottom - box.top, "orientation": "h" if level else "v", "object_type": "line",
    }  # fmt: skip


def _missing_rules(edges: Sequence[dict[str, Any]], content: _Content) -> list[dict[str, Any]]:
    """The frame and the uprights that tables without them would have, from level rules of one width."""
    upright = [edge for edge in edges if edge["orientation"] == "v"]
    groups: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for edge in edges:
        if edge["orientation"] == "h" and edge["width"] > _NARROWEST:
            groups.setdefault((round(edge["x0"] / _SNAP), round(edge["x1"] / _SNAP)), []).append(edge)
    return [e for group in groups.values() for e in _frame(sorted(group, key=lambda e: e["top"]), upright, content)]


def _frame(level: list[dict[str, Any]], upright: list[dict[str, Any]], content: _Content) -> list[dict[str, Any]]:
    """Uprights that run through all ``level`` rules part the columns; without any, gaps through all lines do.

    Rules that belong to two tables are parted where they are farthest from each other.
    """
    left, right = median(e["x0"] for e in level), median(e["x1"] for e in level)
    top, bottom = level[0]["top"], level[-1]["top"]
    meeting = [
        e for e in upright
        if left - _SNAP < e["x0"] < right + _SNAP and e["top"] < bottom + _SNAP and e["bottom"] > top - _SNAP
    ]  # fmt: skip
    box = Box(left, min([top, *(e["top"] for e in meeting)]), right, max([bottom, *(e["bottom"] for e in meeting)]))
    through = [e["x0"] for e in meeting if e["height"] > 0.7 * (box.bottom - box.top)]
    inner = [x for x in through if left + _SNAP < x < right - _SNAP]
    if not meeting and len(level) >= 3:
        inner = _joints(box, content.rules)
        inner = inner if inner else _rivers(box, content.words)
        box = Box(left, _top_of_header(box, inner, content.words), right, bottom)
    if inner and not _crossed(inner, [w for w in content.words if box.holds(w.box)]):
        added = [_edge(Box(x, box.top, x, box.bottom)) for x in (left, *inner, right)]
        return added + [_edge(Box(left, y, right, y)) for y in (box.top, box.bottom)]
    if len(level) < 4:
        return []
    gaps = [after["top"] - before["top"] for before, after in pairwise(level)]
    widest = gaps.index(max(gaps)) + 1
    return _frame(level[:widest], upright, content) + _frame(level[widest:], upright, content)


def _crossed(uprights: Sequence[float], words: Sequence[Word]) -> bool:
    """Whether a word is written across an upright: then the rules are no table's."""
    return any(w.box.x0 < x - 1.5 and w.box.x1 > x + 1.5 for w in words for x in uprights)


def _joints(box: Box, rules: Sequence[Box]) -> list[float]:
    """Where level rules end and others go on, at half of the heights or more: each cell has a rule of its own."""
    inside = [rule for rule in rules if box.top - _SNAP < rule.top < box.bottom + _SNAP]
    ends: dict[int, set[int]] = {}
    for rule in inside:
        for x in (rule.x0, rule.x1):
            if box.x0 + _SNAP < x < box.x1 - _SNAP:
                ends.setdefault(round(x / _SNAP), set()).add(round(rule.top / _SNAP))
    heights = len({round(rule.top / _SNAP) for rule in inside})
    return [place * _SNAP for place, found in ends.items() if len(found) >= max(2, heights / 2)]


def _top_of_header(box: Box, inner: Sequence[float], words: Sequence[Word]) -> float:
    """The top of a row that stands close above the first rule and keeps to the columns, else that rule."""
    near = [
        w for w in words
        if box.x0 - _SNAP < w.box.x0 < box.x1 and 0 < box.top - w.box.bottom + _SNAP < 1.2 * w.style.size
    ]  # fmt: skip
    columns = {sum(w.box.x0 > x for x in inner) for w in near}
    if len(columns) < 2 or _crossed(inner, near):
        return box.top
    for x in inner:
        before = max((w.box.x1 for w in near if w.box.x0 < x), default=box.x0)
        if min((w.box.x0 for w in near if w.box.x0 > x), default=box.x1) - before < _LEAST_GAP:
            return box.top
    return min(w.box.top for w in near) - 1


def _crossed_rows(cells: Sequence[Cell], words: Sequence[Word]) -> bool:
    """Whether a word is written across an edge of a cell of its own row."""
    for (top, bottom), row in _by_row(cells).items():
        edges = sorted({edge for cell in row for edge in cell[::2]})
        if _crossed(edges, [word for word in words if top < word.box.bottom - _SNAP < bottom]):
            return True
    return False


def _by_row(cells: Sequence[Cell]) -> dict[tuple[float, float], list[Cell]]:
    rows: dict[tuple[float, float], list[Cell]] = {}
    for cell in sorted(cells, key=lambda c: (c[1], c[0])):
        rows.setdefault((cell[1], cell[3]), []).append(cell)
    return rows


def _rivers(box: Box, words: Sequence[Word]) -> list[float]:
    """Where gaps as wide as a letter run through all lines inside ``box``; none through lines of prose."""
    spans = sorted((w.box.x0, w.box.x1, w.style.size) for w in words if box.holds(w.box))
    places: list[float] = []
    end = spans[0][1] if spans else 0.0
    for left, right, size in spans:
        if left - end > 0.6 * size:
            places.append((end + left) / 2)
        end = max(end, right)
    return places


def _rows(cells: Sequence[Cell], words: Sequence[Word]) -> Rows:
    """Cell texts by row; a cell over several rows or columns stands in the first of them."""
    lefts = sorted({round(cell[0], 1) for cell in cells})
    tops = sorted({round(cell[1], 1) for cell in cells})
    grid: list[list[list[Word]]] = [[[] for _ in lefts] for _ in tops]
    rows_of_cells = _by_row(cells)
    rest: list[Word] = []
    for word in words:
        cell = _cell_of(word, rows_of_cells)
        if cell is None:
            rest.append(word)
        else:
            grid[tops.index(round(cell[1], 1))][lefts.index(round(cell[0], 1))].append(word)
    for word in rest:  # between two cells: nothing is lost
        row = max((i for i, top in enumerate(tops) if top <= word.box.bottom), default=0)
        column = max((i for i, left in enumerate(lefts) if left <= word.box.x0), default=0)
        grid[row][column].append(word)
    rows = [split for row in grid for split in _split(row)]
    used = [column for column in range(len(lefts)) if any(row[column] for row in rows)]
    return tuple(tuple(row[column] for column in used) for row in rows if any(row))


def _cell_of(word: Word, rows: dict[tuple[float, float], list[Cell]]) -> Cell | None:
    middle = (word.box.top + word.box.bottom) / 2
    for (top, bottom), row in rows.items():
        if top <= middle <= bottom:
            for cell in row:
                if Box(*cell).holds(word.box):
                    return cell
    return None


def _split(row: Sequence[list[Word]]) -> list[tuple[str, ...]]:
    """One row for each line where every filled column has the same lines at the same heights, else the row as it is."""
    columns = [_cell_lines(words) for words in row]
    filled = [lines for lines in columns if lines]
    counts = {len(lines) for lines in filled}
    if len(filled) >= 2 and len(filled) == len(columns) and len(counts) == 1 and counts != {1}:
        level = zip(*filled, strict=True)
        if all(max(y for y, _ in lines) - min(y for y, _ in lines) < _SNAP for lines in level):
            return [tuple(text for _, text in lines) for lines in zip(*filled, strict=True)]
    return [tuple(" ".join(text for _, text in lines) for lines in columns)]


def _cell_lines(words: Sequence[Word]) -> list[tuple[float, str]]:
    """Height and text of each line of a cell, from the top."""
    lines: list[tuple[float, list[Word]]] = []
    for word in sorted(words, key=lambda w: w.box.bottom):
        if lines and word.box.bottom - lines[-1][0] < 0.5 * max(word.style.size, 1.0):
            lines[-1][1].append(word)
        else:
            lines.append((word.box.bottom, [word]))
    return [(y, " ".join(w.text for w in sorted(line, key=lambda w: w.box.x0))) for y, line in lines]

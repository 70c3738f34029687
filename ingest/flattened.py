"""Tables that an export flattened to lines become rows again, where the lines themselves prove it.

Three shapes: cells kept apart by tabs, bars or runs of spaces; one cell per line, row after row; and a row's cells
joined by single spaces (joined.py). The proof is in the shape (as many cells in every line, a column whose few values
come again, a column of numbers), never in the words; what is not certain stays as it was.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.joined import JoinedTable, joined_table

_TAB, _BAR, _SPACES = re.compile(r" *\t *"), re.compile(r" +\| +"), re.compile(r"(?<![.!?:;, ]) {2,}")
_COLUMNS = range(2, 9)
_LEAST_ROWS = 3
_LEADING_LINES = 2  # lines without an empty line between them and the names of the columns: a caption
_LONGEST_NAME = 40  # characters of a column's name
_LONGEST_CELL = 200
_LONGEST_VALUE = 25  # characters of a value that comes again and again
_PROBE = 16  # rows that are looked at first
_PATIENCE = 50  # long looks at what turns out to be no table; a text of nothing but short lines costs no more
_OTHERS = 0.2  # share of the other cells that may look like a column's own


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a plain text, white space collapsed in ``text`` alone; ``plain`` when its marks say nothing."""

    text: str
    raw: str
    indent: int
    blank_before: bool
    blank_after: bool
    plain: bool


@dataclass(frozen=True, slots=True)
class FlatRow:
    """One row found in ``count`` lines; ``cells`` is () where they cannot be told apart."""

    text: str
    cells: tuple[str, ...]
    header: bool
    count: int = 1


def flattened_rows(lines: Sequence[Line]) -> dict[int, FlatRow]:
    """Rows by the index of their first line; no line is in two of them.

    >>> texts = ["Metric", "How often", "Uptime", "Weekly", "Errors", "Daily", "Cost", "Weekly", "Speed", "Daily"]
    >>> rows = flattened_rows([Line(text, text, 0, False, False, True) for text in texts])
    >>> [(index, row.cells, row.header) for index, row in rows.items()][:2]
    [(0, ('Metric', 'How often'), True), (2, ('Uptime', 'Weekly'), False)]
    """
    found: dict[int, FlatRow] = {}
    unsure: list[tuple[int, JoinedTable]] = []
    for start, stop in _runs(lines, across_blanks=False):
        delimited = _delimited([line.raw for line in lines[start:stop]])
        found.update({start + index: row for index, row in delimited.items()})
        if not delimited:
            unsure += _joined([line.text for line in lines[start:stop]], start)
    # Where the export flattened one table for certain, a run of the same shape without such proof is one too.
    if any(table.proven for _, table in unsure):
        for start, table in unsure:
            found.update(_rows(start, table))
    taken = set(found)
    for start, stop in _runs(lines, across_blanks=True):
        if taken.isdisjoint(range(start, stop)):
            by_line = _one_cell_per_line([line.text for line in lines[start:stop]])
            found.update({start + index: row for index, row in by_line.items()})
    return found


def _runs(lines: Sequence[Line], *, across_blanks: bool) -> list[tuple[int, int]]:
    """Where lines without marks of their own follow each other."""
    runs: list[tuple[int, int]] = []
    start: int | None = None
    for index, line in enumerate(lines):
        if start is not None and (not line.plain or (line.blank_before and not across_blanks)):
            runs.append((start, index))
            start = None
        if start is None and line.plain:
            start = index
    return [*runs, (start, len(lines))] if start is not None else runs


def _shown(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _is_name(text: str) -> bool:
    """Whether a text can be the name of a column."""
    short = len(text) <= _LONGEST_NAME and len(text.split()) <= 6
    return short and text[:1].isalpha() and text[-1:] not in tuple(".;:!?") and re.search(r"[\d,]", text) is None


def _joined(texts: Sequence[str], start: int) -> list[tuple[int, JoinedTable]]:
    for skipped in range(min(_LEADING_LINES + 1, len(texts))):
        if any("|" in text for text in texts):
            break
        table = joined_table(texts[skipped:])
        if table is not None:
            return [(start + skipped, table)]
    return []


def _rows(start: int, table: JoinedTable) -> dict[int, FlatRow]:
    rows = {start: FlatRow(_shown(table.header), table.header, header=True)}
    for index, (text, cells) in enumerate(table.rows, start + 1):
        rows[index] = FlatRow(_shown(cells) if cells else text, cells, header=False)
    return rows


def _delimited(raw: Sequence[str]) -> dict[int, FlatRow]:
    """Rows where consecutive lines fall into the same number of cells."""
    found: dict[int, FlatRow] = {}
    for delimiter in (_TAB, _BAR, _SPACES):
        split = [tuple(cell.strip() for cell in delimiter.split(line.strip())) for line in raw]
        index = 0
        while index < len(split):
            stop = index + 1
            while stop < len(split) and len(split[stop]) == len(split[index]):
                stop += 1
            if len(split[index]) > 1 and _is_table(raw[index:stop], split[index:stop], delimiter):
                names = split[index]
                named = stop - index >= _LEAST_ROWS and all(map(_is_name, names)) and len(set(names)) == len(names)
                for place in range(index, stop):
                    found[place] = FlatRow(_shown(split[place]), split[place], header=named and place == index)
            index = stop
        if found:
            return found
    return found


def _is_table(raw: Sequence[str], split: Sequence[tuple[str, ...]], delimiter: re.Pattern[str]) -> bool:
    if delimiter is not _SPACES:
        return len(raw) > 1
    # runs of spaces also come from justified text: columns stand one below the other, or are three and more
    starts = {tuple(match.end() for match in delimiter.finditer(line)) for line in raw}
    return len(raw) >= _LEAST_ROWS and (len(starts) == 1 or (len(split[0]) > 2 and len(raw) > _LEAST_ROWS))


def _one_cell_per_line(texts: Sequence[str]) -> dict[int, FlatRow]:
    """Rows of tables whose every cell became a line: names first, then rows of as many lines."""
    counts = Counter(texts)
    # What can prove a column: numbers, and short values that stand in several lines.
    marks = [
        "number" if re.search(r"\d", text) else "value" if counts[text] > 1 and len(text) <= _LONGEST_VALUE else ""
        for text in texts
    ]
    found: dict[int, FlatRow] = {}
    index, patience = 0, _PATIENCE
    while index < len(texts) and patience:
        rows, columns, looked = _records(texts, marks, index)
        for first in range(index, index + (rows + 1) * columns if rows else index, columns):
            cells = tuple(texts[first : first + columns])
            found[first] = FlatRow(_shown(cells), cells, header=first == index, count=columns)
        patience -= looked and not rows
        index += (rows + 1) * columns if rows else 1
    return found


def _records(texts: Sequence[str], marks: Sequence[str], start: int) -> tuple[int, int, bool]:
    """How many rows of how many cells follow the names at ``start``, (0, 1) when nothing proves that it is a table; and
    whether that took a look at many lines.
    """
    looked = False
    for columns in _COLUMNS if _is_name(texts[start]) else ():
        names, body = texts[start : start + columns], start + columns
        if not _is_name(names[-1]) or body + _LEAST_ROWS * columns > len(texts):
            break
        if len(set(names)) < columns or not set(names).isdisjoint(texts[body : body + _PROBE]):
            continue
        most = (len(texts) - body) // columns
        for column in range(columns):
            for mark in ("number", "value"):
                rows = _column(texts, marks, range(body + column, body + most * columns, columns), mark)
                looked = looked or rows > _PROBE
                ends = column == columns - 1 or body + rows * columns == len(texts)
                cells = texts[body : body + rows * columns]
                if rows and ends and set(names).isdisjoint(cells) and _stands_out(cells, columns, column, mark):
                    return rows, columns, looked
    return 0, 1, looked


def _column(texts: Sequence[str], marks: Sequence[str], places: Sequence[int], mark: str) -> int:
    """How many rows from the first have the mark of one column; 0 for too few."""
    probe = [texts[place] for place in places[:_PROBE]]
    if mark == "value" and 2 * len(set(probe)) > len(probe) + 2:
        return 0
    rows = next((row for row, place in enumerate(places) if marks[place] != mark), len(places))
    if mark == "value" and rows:
        counts = Counter(texts[place] for place in places[:rows])
        while rows and counts[texts[places[rows - 1]]] == 1:  # what comes after the table
            rows -= 1
            del counts[texts[places[rows]]]
        rows = rows if 2 * len(counts) <= rows else 0
    return rows if rows >= _LEAST_ROWS else 0


def _stands_out(cells: Sequence[str], columns: int, column: int, mark: str) -> bool:
    """Whether the other columns do not look like the one that proves the table, and all cells may be cells."""
    own, others = cells[column::columns], [cell for i, cell in enumerate(cells) if i % columns != column]
    if any(len(cell) > _LONGEST_CELL for cell in cells):
        return False
    if any(len(set(cells[place::columns])) == 1 for place in range(columns)):  # the name of a field, again and again
        return False
    if mark == "value":
        return set(own).isdisjoint(others)
    return sum(re.search(r"\d", cell) is not None for cell in others) <= _OTHERS * len(others)

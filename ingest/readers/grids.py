"""A sheet's cells to blocks: several tables on one sheet, their title lines, column names and forms.

A sheet is a sparse map of cells. Empty rows and columns cut it into regions; a region of one column is text, one of
more is a table whose row of column names may stand below title lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from ingest.readers.tables import are_names, cell_text, could_name, is_value, names_columns, paragraph_blocks, row_block
from ingest.records import Block

MOST_CELLS = 500_000  # filled cells of one file
_TITLE_ROWS = 15  # column names are looked for this far down
_LONGEST_LABEL, _MOST_ROWS = 80, 1_000  # characters and rows of a merged label

Place = tuple[int, int]  # row, column, from 0


@dataclass(frozen=True, slots=True)
class Grid:
    """The filled cells of a sheet as shown, which of them are bold, and merged ranges (top, left, bottom, right)."""

    cells: Mapping[Place, str]
    bold: frozenset[Place] = frozenset()
    merged: tuple[tuple[int, int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Region:
    """Rows of a rectangle without empty rows and columns."""

    rows: list[list[str]]
    bold: list[list[bool]]
    columns: tuple[int, ...] = field(default=())


def grid_blocks(grid: Grid, *, page: int = 0) -> Iterator[Block]:
    """The blocks of one sheet, top to bottom, tables side by side from left to right."""
    cells = {place: cell_text(text) for place, text in grid.cells.items() if text.strip()}
    _spread(cells, grid.merged)
    before: _Region | None = None
    for region in _regions(cells, grid.bold):
        if before is not None and _goes_on(before, region):
            yield from (row_block(row, page=page) for row in region.rows)
        else:
            yield from _region_blocks(region, page)
        before = region


def _spread(cells: dict[Place, str], merged: Sequence[tuple[int, int, int, int]]) -> None:
    """A merged label stands in each of its rows; over a group of column names it stands before each of them."""
    columns = sorted({column for _, column in cells})
    for top, left, bottom, right in merged:
        text = cells.get((top, left), "")
        if not text or len(text) > _LONGEST_LABEL:
            continue
        if bottom > top and bottom - top < _MOST_ROWS:
            cells.update({(row, left): text for row in range(top + 1, bottom + 1)})
        inside = [column for column in columns if left <= column <= right]
        beside = [column for column in columns if column in (left - 1, right + 1)]
        below = [cells.get((bottom + 1, column), "") for column in inside]
        part = any((row, column) in cells for row in (top, bottom + 1) for column in beside)  # else a title over all
        if part and len(below) > 1 and are_names(below) and any((bottom + 2, column) in cells for column in inside):
            cells.update({(bottom + 1, column): f"{text} {cells[bottom + 1, column]}" for column in inside})
            _lift(cells, range(top, bottom + 1), columns)


def _lift(cells: dict[Place, str], above: range, columns: Sequence[int]) -> None:
    """The row of groups goes: what stands beside the groups comes down to the row of names."""
    names = above.stop
    for row in above:
        for column in columns:
            text = cells.get((row, column))
            if text is not None and (names, column) not in cells and (names + 1, column) in cells:
                cells[names, column] = text
            if (names, column) in cells and text is not None and text in cells[names, column]:
                del cells[row, column]


def _regions(cells: Mapping[Place, str], bold: frozenset[Place]) -> Iterator[_Region]:
    filled: dict[int, dict[int, str]] = {}
    for (row, column), text in cells.items():
        filled.setdefault(row, {})[column] = text
    for _, numbers in groupby(enumerate(sorted(filled)), key=lambda pair: pair[1] - pair[0]):
        rows = [number for _, number in numbers]
        used = sorted({column for row in rows for column in filled[row]})
        for _, group in groupby(enumerate(used), key=lambda pair: pair[1] - pair[0]):
            columns = [column for _, column in group]
            inside = [row for row in rows if any(column in filled[row] for column in columns)]
            yield _Region(
                [[filled[row].get(column, "") for column in columns] for row in inside],
                [[(row, column) in bold for column in columns] for row in inside],
                tuple(columns),
            )


def _goes_on(before: _Region, region: _Region) -> bool:
    """Whether a region is the same table after an empty row: the same columns, and no names of its own at its top."""
    if len(region.columns) < 2 or region.columns != before.columns or _names_at(before) < 0:
        return False
    strong = any(before.bold[_names_at(before)])
    return not all(region.bold[0]) if strong else not (could_name(region.rows[0]) and _names_at(region) >= 0)


def _names_at(region: _Region) -> int:
    """Which row names the columns: the first that can, with only title lines above it; -1 for none."""
    width = max(sum(1 for cell in row if cell) for row in region.rows)
    for number, row in enumerate(region.rows[:_TITLE_ROWS]):
        filled = sum(1 for cell in row if cell)
        if filled >= 2 and filled * 2 > width:
            told = names_columns(region.rows[number:], region.bold[number:])
            return number if told and _differs(region, number) else -1
        if filled > 1:
            return -1
    return -1


def _differs(region: _Region, number: int) -> bool:
    """Whether two columns are a table and not a form: a form's values are of mixed kinds, a column's are of one."""
    below = [row for row in region.rows[number + 1 :]]
    if len(region.columns) > 2 or any(region.bold[number]):
        return True
    kinds = {is_value(row[1]) for row in below if row[1]}
    return len(kinds) == 1


def _region_blocks(region: _Region, page: int) -> Iterator[Block]:
    if len(region.columns) == 1:
        for row in region.rows:
            yield from paragraph_blocks(row[0], page=page)
        return
    names = _names_at(region)
    for number, row in enumerate(region.rows):
        if number < names:
            yield from paragraph_blocks(" ".join(cell for cell in row if cell), page=page)
        else:
            yield row_block(row, header=number == names, page=page)

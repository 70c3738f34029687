"""The sheets of an OpenDocument spreadsheet: the text that each cell shows is stored in the file."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

from config import IngestConfig, UserError
from ingest.readers import odf
from ingest.readers.grids import MOST_CELLS, Grid
from ingest.readers.odf import OFFICE, TABLE, TEXT, OdfStyles, ShownText
from ingest.readers.word_styles import integer
from ingest.readers.zipped import member

Facts = tuple[tuple[str, str], ...]


def sheets_of(
    name: str, archive: zipfile.ZipFile, limits: IngestConfig, dropped: Counter[str]
) -> tuple[Facts, Iterator[tuple[str, Grid]]]:
    """Facts and the visible sheets of a spreadsheet; what is left out is counted in ``dropped``.

    Raises:
        UserError: locked, or more sheets or cells than the limits allow.

    """
    root = odf.content_of(name, archive)
    styles = OdfStyles.of(member(archive, "styles.xml"), root)
    tables = list(root.iterfind(f"{OFFICE}body/{OFFICE}spreadsheet/{TABLE}table"))
    if len(tables) > limits.max_pages:
        message = f"{name} has {len(tables):,} sheets; at most {limits.max_pages:,} are read. Split it."
        raise UserError(message)
    text = ShownText(styles, limits.max_nesting, dropped)
    return odf.facts(archive), _sheets(name, tables, text)


def _sheets(name: str, tables: list[Any], text: ShownText) -> Iterator[tuple[str, Grid]]:
    for table in tables:
        style = table.get(f"{TABLE}style-name")
        if text.styles.stated("table", style, "table", f"{TABLE}display") == "false":
            text.dropped["hidden sheets"] += 1
        else:
            yield str(table.get(f"{TABLE}name", "")), _grid(name, table, text)


def _grid(name: str, table: Any, text: ShownText) -> Grid:
    hidden = _hidden_columns(table)
    cells: dict[tuple[int, int], str] = {}
    merged: list[tuple[int, int, int, int]] = []
    top = 0
    for row, _ in odf.table_rows(table):
        filled = list(_row(row, text))
        if odf.is_hidden_part(row):
            text.dropped["cells in hidden rows and columns"] += len(filled)
            filled = []
        for column, cell, shown in filled:
            if column in hidden:
                text.dropped["cells in hidden rows and columns"] += 1
                continue
            for line in range(min(odf.repeats(row, "rows"), odf.MOST_REPEATS)):
                cells[top + line, column] = shown
            right = column + integer(cell.get(f"{TABLE}number-columns-spanned"), 1) - 1
            bottom = top + integer(cell.get(f"{TABLE}number-rows-spanned"), 1) - 1
            if (bottom, right) != (top, column):
                merged.append((top, column, bottom, right))
        if len(cells) > MOST_CELLS:
            message = f"{name} has over {MOST_CELLS:,} cells; no more are read. Split it, or save what matters as .csv."
            raise UserError(message)
        top += odf.repeats(row, "rows")
    return Grid(cells, merged=tuple(merged))


def _row(row: Any, text: ShownText) -> Iterator[tuple[int, Any, str]]:
    """Column, element and shown text of each filled cell."""
    column = 0
    for cell in row:
        if not isinstance(cell.tag, str):
            continue
        count = odf.repeats(cell, "columns")
        shown = " ".join(text.of(one) for one in cell if one.tag == f"{TEXT}p").strip()
        text.dropped["comments"] += len(cell.findall(f"{OFFICE}annotation"))
        if shown and cell.tag == f"{TABLE}table-cell":
            yield from ((column + step, cell, shown) for step in range(min(count, odf.MOST_REPEATS)))
        column += count


def _hidden_columns(table: Any) -> set[int]:
    hidden: set[int] = set()
    place = 0
    for column in table.iter(f"{TABLE}table-column"):
        count = odf.repeats(column, "columns")
        if odf.is_hidden_part(column):
            hidden |= set(range(place, place + min(count, 20_000)))
        place += count
    return hidden

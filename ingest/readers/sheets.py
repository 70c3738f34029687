"""Workbooks (xlsx, xls, ods) and delimited text (csv, tsv): every row a row that knows its column names.

openpyxl reads xlsx because it alone tells number formats, bold type and hidden rows; python-calamine reads xls and
xlsb; an ods file stores each cell's shown text, which ods.py reads.
"""

from __future__ import annotations

import io
import platform
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

from config import IngestConfig, UserError
from ingest.clean import clean_blocks
from ingest.encodings import decode_noted
from ingest.readers.delimited import DELIMITERS, rows_of
from ingest.readers.grids import MOST_CELLS, Grid, grid_blocks
from ingest.readers.number_formats import shown
from ingest.readers.ods import sheets_of
from ingest.readers.office import finished
from ingest.readers.plain import read_text
from ingest.readers.zipped import DAMAGED, core_facts, damaged, library, office_package, open_zip
from ingest.records import Block, BlockKind, Note, Reading

Sheets = Iterator[tuple[str, Grid]]
_NO_VALUE = re.compile(rb"</f>\s*(?:<v\s*/>|<v></v>)?\s*</c>")


def read_workbook(name: str, data: bytes, limits: IngestConfig) -> Reading:
    """Every visible sheet under its name; values as shown, formulas as last calculated.

    Raises:
        UserError: damaged, locked, or more sheets or cells than the limits allow.

    """
    dropped: Counter[str] = Counter()
    facts: tuple[tuple[str, str], ...] = ()
    try:
        if data[:2] != b"PK":
            form, reader, sheets = "xls", library("python-calamine"), _plain_sheets(name, data, limits, dropped)
        else:
            with open_zip(name, data, limits) as archive:
                if "content.xml" in archive.namelist():
                    form, reader = "ods", library("lxml")
                    facts, sheets = sheets_of(name, archive, limits, dropped)
                elif "xl/workbook.bin" in archive.namelist():
                    form, reader, facts = "xlsb", library("python-calamine"), core_facts(archive)
                    sheets = _plain_sheets(name, data, limits, dropped)
                else:
                    form, reader, facts = "xlsx", library("openpyxl"), core_facts(archive)
                    _count_cells(name, archive, dropped)
                    sheets = _new_sheets(name, office_package(archive), limits, dropped)
        blocks = tuple(_sheet_blocks(sheets))
    except RecursionError as error:
        raise damaged(name, "workbook", error) from error
    except DAMAGED as error:
        raise damaged(name, "workbook", error) from error
    return finished(form, blocks, dropped, facts, reader)


def _sheet_blocks(sheets: Sheets) -> Iterator[Block]:
    total = 0
    for page, (title, grid) in enumerate(sheets, 1):
        total += len(grid.cells)
        if grid.cells:
            yield Block(BlockKind.HEADING, " ".join(title.split()), level=1, page=page)
            yield from grid_blocks(grid, page=page)


def _too_many(name: str, count: int, what: str, most: int) -> UserError:
    message = f"{name} has {count:,} {what}; at most {most:,} are read. Split it, or save what matters as .csv."
    return UserError(message)


def _count_cells(name: str, archive: zipfile.ZipFile, dropped: Counter[str]) -> None:
    """Look at the sheets' bytes before openpyxl builds an object for each cell."""
    cells = 0
    for path in archive.namelist():
        if not re.search(r"worksheets/[^/]+\.xml$", path):
            continue
        with archive.open(path) as stream:
            rest = b""
            while piece := stream.read(1 << 20):
                cells += (rest + piece).count(b"<c ")
                dropped["formulas without a stored value"] += len(_NO_VALUE.findall(rest + piece))
                rest = piece[-2:]
                if cells > MOST_CELLS:
                    raise _too_many(name, cells, "cells or more", MOST_CELLS)


def _new_sheets(name: str, package: io.BytesIO, limits: IngestConfig, dropped: Counter[str]) -> Sheets:
    import warnings

    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of extensions that hold no text (data validation, slicers, print areas)
        book = load_workbook(package, data_only=True, keep_links=False)
    if len(book.worksheets) > limits.max_pages:
        raise _too_many(name, len(book.worksheets), "sheets", limits.max_pages)
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            dropped["hidden sheets"] += 1
            continue
        dropped["images"] += len(sheet._images)
        dropped["charts"] += len(sheet._charts)
        yield sheet.title, _grid_of(sheet, dropped)


def _grid_of(sheet: Any, dropped: Counter[str]) -> Grid:
    """The visible cells; columns that are hidden together are one entry that names the first and the last."""
    rows = {number for number, row in sheet.row_dimensions.items() if row.hidden}
    columns = {
        number
        for column in sheet.column_dimensions.values()
        if column.hidden and column.min is not None
        for number in range(column.min, min(column.max, 20_000) + 1)
    }
    cells: dict[tuple[int, int], str] = {}
    bold: set[tuple[int, int]] = set()
    for (row, column), cell in sorted(sheet._cells.items()):
        text = shown(_as_date(cell), cell.number_format)
        if not text.strip():
            continue
        if row in rows or column in columns:
            dropped["cells in hidden rows and columns"] += 1
            continue
        dropped["comments"] += cell.comment is not None
        cells[row, column] = text
        if cell.font is not None and cell.font.b:
            bold.add((row, column))
    merged = tuple((area.min_row, area.min_col, area.max_row, area.max_col) for area in sheet.merged_cells.ranges)
    return Grid(cells, frozenset(bold), merged)


def _as_date(cell: Any) -> Any:
    """The cell's value; East Asian built-in date formats, which openpyxl does not know, give a date too."""
    from openpyxl.utils.datetime import from_excel

    number = cell._style.numFmtId
    dated = 27 <= number <= 36 or 50 <= number <= 58  # ECMA-376 part 1, 18.8.30
    return from_excel(cell.value) if dated and isinstance(cell.value, int | float) else cell.value


def _plain_sheets(name: str, data: bytes, limits: IngestConfig, dropped: Counter[str]) -> Sheets:
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        if len(book.sheets_metadata) > limits.max_pages:
            raise _too_many(name, len(book.sheets_metadata), "sheets", limits.max_pages)
        for about in book.sheets_metadata:
            if about.visible != SheetVisibleEnum.Visible:
                dropped["hidden sheets"] += 1
                continue
            sheet = book.get_sheet_by_name(about.name)
            rows = sheet.to_python(skip_empty_area=False)
            cells = {(r, c): shown(v) for r, row in enumerate(rows) for c, v in enumerate(row) if v not in ("", None)}
            if len(cells) > MOST_CELLS:
                raise _too_many(name, len(cells), "cells", MOST_CELLS)
            ranges = sheet.merged_cell_ranges
            yield about.name, Grid(cells, merged=tuple((*a, *b) for a, b in (ranges if ranges is not None else ())))
    except CalamineError as error:
        if "password" in str(error).lower():
            message = f"{name} is locked with a password: not read. Save it without the password and ingest that."
            raise UserError(message) from error
        raise damaged(name, "workbook", error) from error
    except BaseException as error:  # a panic of the Rust library below is no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise damaged(name, "workbook", error) from error


def read_csv(name: str, data: bytes, limits: IngestConfig) -> Reading:
    """Delimited text; what turns out not to be a table is read as plain text.

    Raises:
        UserError: binary, or more cells than the limit.

    """
    text, decoded = decode_noted(name, data)
    named = re.match(r"(?i)sep=(.)\r?\n", text)
    if named is not None:
        text = text[named.end() :]
    found = rows_of(text, named[1] if named is not None else DELIMITERS)
    if found is None:
        return read_text(name, data, limits)
    rows, delimiter = found
    if sum(map(len, rows)) > MOST_CELLS:
        raise _too_many(name, sum(map(len, rows)), "cells", MOST_CELLS)
    usual = Counter(map(len, rows)).most_common(1)[0][0]
    ragged = sum(1 for row in rows if row and len(row) != usual)
    cells = {(r, c): text for r, row in enumerate(rows) for c, text in enumerate(row) if text.strip()}
    blocks, notes = clean_blocks(tuple(grid_blocks(Grid(cells))))
    if ragged:
        notes += (Note("read_csv", ragged, f"rows without the usual {usual} fields"),)
    spelled = {"\t": "tab", ";": "semicolon", "|": "pipe", ",": "comma"}.get(delimiter, delimiter)
    told = Note("read_csv", len(rows), f"rows, delimiter: {spelled}")
    return Reading("csv", "", blocks, (*decoded, *notes, told), (), f"Python csv {platform.python_version()}")

"""Workbooks and delimited text: built by openpyxl and odfdo, read back row by row."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odfdo import Cell, Table
from odfdo import Document as OpenDocument
from odfdo import Element as OdfElement
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font

from config import ROOT, IngestConfig, UserError
from ingest.readers import read
from ingest.readers.sheets import read_csv, read_workbook
from ingest.records import BlockKind, Reading

LIMITS = IngestConfig()
XLS = ROOT.parent / "shared" / "data" / "documents" / "format_torture" / "r2r" / "xls.xls"


def saved(book) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def workbook(*rows: tuple[object, ...], title: str = "KPIs"):
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    return book


def shape(raw: Reading) -> list[tuple[str, object]]:
    """Text of headings, paragraphs and items; cells of rows, behind ``header`` or ``row``."""
    return [
        (("header" if block.header else "row"), block.cells) if block.kind is BlockKind.ROW
        else (block.kind.value, block.text)
        for block in raw.blocks
    ]  # fmt: skip


def read_book(book) -> Reading:
    return read_workbook("role.xlsx", saved(book), LIMITS)


def dropped(raw: Reading) -> dict[str, int]:
    return {note.detail: note.count for note in raw.notes if note.step.startswith("drop_")}


# --- workbooks ----------------------------------------------------------------------------------------------------


def test_title_lines_stand_above_the_column_names():
    book = workbook(("KPIs of the data team",), (), ("KPI", "Target", "Frequency"), ("Recall", 0.85, "monthly"))
    book.active["B4"].number_format = "0%"
    raw = read_book(book)
    assert shape(raw) == [
        ("heading", "KPIs"), ("paragraph", "KPIs of the data team"), ("header", ("KPI", "Target", "Frequency")),
        ("row", ("Recall", "85%", "monthly")),
    ]  # fmt: skip
    assert {block.page for block in raw.blocks} == {1}
    assert raw.reader.startswith("openpyxl ")


def test_a_title_right_above_the_names_is_no_row():
    raw = read_book(workbook(("KPIs of 2024",), ("KPI", "Target"), ("Recall", "90%")))
    assert shape(raw)[1:] == [
        ("paragraph", "KPIs of 2024"), ("header", ("KPI", "Target")), ("row", ("Recall", "90%")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "form", "expected"),
    [
        (0.85, "0%", "85%"), (1234.5, "#,##0.00", "1,234.50"), (1200, '"€"#,##0', "€1,200"), (3, "General", "3"),
        (date(2024, 3, 1), "dd/mm/yyyy", "2024-03-01"),
        (datetime(2024, 3, 1, 9, 30), "d/m/yy h:mm", "2024-03-01 09:30"),
        (True, "General", "TRUE"), (1e300, "General", "1e+300"), (0.1 + 0.2, "General", "0.3"),
        (-5, "#,##0;(#,##0)", "(5)"), (2500000, '0.0,,"M"', "2.5M"), ("0.85", "0%", "0.85"),
    ],
)  # fmt: skip
def test_values_are_shown_as_their_format_shows_them(value, form, expected):
    book = workbook(("KPI", "Target", "Unit"), ("Recall", value, "x"))
    book.active["B2"].number_format = form
    assert shape(read_book(book))[-1] == ("row", ("Recall", expected, "x"))


def test_hidden_sheets_rows_and_columns_are_left_out_and_counted():
    book = workbook(("KPI", "Target", "SECRET"), ("Recall", "90%", "SECRET"), ("SECRET", "SECRET", "SECRET"))
    book.active.row_dimensions[3].hidden = True
    book.active.column_dimensions["C"].hidden = True
    book.create_sheet("Old").append(("SECRET",))
    book["Old"].sheet_state = "hidden"
    book.active["A1"].comment = Comment("REMARK", "x")
    raw = read_book(book)
    assert shape(raw) == [("heading", "KPIs"), ("header", ("KPI", "Target")), ("row", ("Recall", "90%"))]
    assert dropped(raw) == {"hidden sheets": 1, "cells in hidden rows and columns": 5, "comments": 1}


def test_several_tables_on_a_sheet_and_a_table_that_goes_on_behind_an_empty_row():
    book = workbook(
        ("KPI", "Target"), ("Recall", "90%"), (), ("Cost", "5%"), (), ("Risks of the role",), (),
        ("Risk", "Owner", "Answer"), ("Churn", "Lead", "Train two"),
    )  # fmt: skip
    assert shape(read_book(book))[1:] == [
        ("header", ("KPI", "Target")), ("row", ("Recall", "90%")), ("row", ("Cost", "5%")),
        ("paragraph", "Risks of the role"),
        ("header", ("Risk", "Owner", "Answer")), ("row", ("Churn", "Lead", "Train two")),
    ]  # fmt: skip


def test_tables_side_by_side_are_read_one_after_the_other():
    book = workbook(("KPI", "Target", None, "Tool", "Use"), ("Recall", "90%", None, "dbt", "models"))
    assert shape(read_book(book))[1:] == [
        ("header", ("KPI", "Target")), ("row", ("Recall", "90%")), ("header", ("Tool", "Use")),
        ("row", ("dbt", "models")),
    ]  # fmt: skip


def test_merged_column_names_are_spread_and_merged_labels_too():
    book = workbook(("Role", "Target", None), (None, "2023", "2024"), ("Lead", "90%", "95%"), (None, "5%", "4%"))
    book.active.merge_cells("B1:C1")
    book.active.merge_cells("A3:A4")
    assert shape(read_book(book))[1:] == [
        ("header", ("Role", "Target 2023", "Target 2024")), ("row", ("Lead", "90%", "95%")),
        ("row", ("Lead", "5%", "4%")),
    ]  # fmt: skip


def test_a_merged_title_over_the_whole_table_is_no_group():
    book = workbook(("KPIs of 2024", None), ("KPI", "Target"), ("Recall", "90%"))
    book.active.merge_cells("A1:B1")
    assert shape(read_book(book))[1:] == [
        ("paragraph", "KPIs of 2024"), ("header", ("KPI", "Target")), ("row", ("Recall", "90%")),
    ]  # fmt: skip


def test_two_groups_of_column_names():
    book = workbook(("Role", "2023", None, "2024", None), (None, "plan", "true", "plan", "true"), ("Lead", 1, 2, 3, 4))
    for area in ("B1:C1", "D1:E1"):
        book.active.merge_cells(area)
    assert shape(read_book(book))[1:] == [
        ("header", ("Role", "2023 plan", "2023 true", "2024 plan", "2024 true")), ("row", ("Lead", "1", "2", "3", "4")),
    ]  # fmt: skip


def test_a_form_has_no_column_names_and_one_column_is_text():
    form = workbook(("Job title", "Data Lead"), ("Salary", 52000), ("Start", date(2024, 3, 1)))
    for row in form.active["A1:A3"]:
        row[0].font = Font(bold=True)
    assert [kind for kind, _ in shape(read_book(form))] == ["heading", "row", "row", "row"]
    colon = workbook(("Grade:", "Senior"), ("Place:", "Leeds"))
    assert [kind for kind, _ in shape(read_book(colon))] == ["heading", "row", "row"]
    text = workbook(("The role leads the team.",), ("• plans | ships",))
    assert shape(read_book(text))[1:] == [("paragraph", "The role leads the team."), ("item", "plans / ships")]


def test_a_formula_without_a_stored_value_is_counted():
    raw = read_book(workbook(("KPI", "Target", "Sum"), ("Recall", "90%", "=SUM(1,2)")))
    assert shape(raw)[-1] == ("row", ("Recall", "90%", ""))
    assert dropped(raw) == {"formulas without a stored value": 1}


def test_a_lone_cell_far_away_costs_nothing():
    book = workbook(("KPI", "Target"), ("Recall", "90%"))
    book.active["XFD1048576"] = "far"
    assert shape(read_book(book))[-1] == ("paragraph", "far")


def test_facts_of_a_workbook():
    book = workbook(("a",))
    book.properties.title, book.properties.creator = "KPIs", "A. Writer"
    book.properties.created = datetime(2024, 3, 1, 9)
    raw = read_book(book)
    assert raw.title == "KPIs"
    assert dict(raw.facts)["created"] == "2024-03-01"
    assert dict(raw.facts)["author"] == "A. Writer"


def test_too_many_sheets_and_cells_end_in_one_line():
    book = workbook(("a",))
    book.create_sheet("b")
    with pytest.raises(UserError, match=r"^role.xlsx has 2 sheets; at most 1 are read\. Split it"):
        read_workbook("role.xlsx", saved(book), IngestConfig(max_pages=1))
    rows = b"a,b\n" * 250_001
    with pytest.raises(UserError, match=r"^big.csv has 500,002 cells; at most 500,000 are read\. Split it"):
        read_csv("big.csv", rows, LIMITS)


# --- OpenDocument and old Excel -----------------------------------------------------------------------------------


def spreadsheet(*tables: Table) -> bytes:
    document = OpenDocument("spreadsheet")
    document.body.clear()
    for one in tables:
        document.body.append(one)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def filled(name: str, *rows: tuple[object, ...]) -> Table:
    made = Table(name)
    for row in rows:
        made.append(_row(row))
    return made


def _row(values):
    from odfdo import Row

    row = Row()
    for value in values:
        row.append(value if isinstance(value, Cell) else Cell(value, text=str(value)))
    return row


def test_ods_shows_the_text_that_the_file_stores():
    share = Cell(0.85, text="85 %", cell_type="percentage")
    raw = read("role.ods", spreadsheet(filled("KPIs", ("KPI", "Target", "Unit"), ("Recall", share, "x"))))
    assert raw.format == "ods"
    assert shape(raw) == [
        ("heading", "KPIs"), ("header", ("KPI", "Target", "Unit")), ("row", ("Recall", "85 %", "x")),
    ]  # fmt: skip


def test_ods_repeats_are_written_out_and_padding_costs_nothing():
    table = filled("KPIs", ("KPI", "Target", "Unit"))
    row = _row(("Recall", "90%", "x"))
    row.set_attribute("table:number-rows-repeated", "2")
    padding = OdfElement.from_tag("<table:table-row table:number-rows-repeated='1048000'/>")
    cell = OdfElement.from_tag("<table:table-cell table:number-columns-repeated='16384'/>")
    padding.append(cell)
    table.append(row)
    table.append(padding)
    hidden = _row(("SECRET", "SECRET", "SECRET"))
    hidden.set_attribute("table:visibility", "collapse")
    table.append(hidden)
    raw = read_workbook("role.ods", spreadsheet(table), LIMITS)
    assert [cells for _, cells in shape(raw)[1:]] == [("KPI", "Target", "Unit")] + [("Recall", "90%", "x")] * 2
    assert dropped(raw) == {"cells in hidden rows and columns": 3}


def test_xls():
    if not XLS.is_file():
        pytest.skip("the public data sets are not beside this checkout")
    raw = read("xls.xls", XLS.read_bytes())
    kinds = [kind for kind, _ in shape(raw)]
    assert (raw.format, kinds) == ("xls", ["heading", "header"] + ["row"] * 9)
    assert raw.reader.startswith("python-calamine ")


# --- delimited text -----------------------------------------------------------------------------------------------

PLAIN = [("header", ("KPI", "Target")), ("row", ("Recall", "90,5")), ("row", ("Cost", "5"))]


@pytest.mark.parametrize(
    "data",
    [
        b'KPI,Target\nRecall,"90,5"\nCost,5\n', b"KPI;Target\r\nRecall;90,5\r\nCost;5\r\n",
        b"KPI\tTarget\nRecall\t90,5\nCost\t5", b"KPI|Target\nRecall|90,5\nCost|5\n",
        b"\xef\xbb\xbfKPI;Target\nRecall;90,5\nCost;5\n", "KPI\tTarget\nRecall\t90,5\nCost\t5\n".encode("utf-16"),
        b"sep=;\nKPI;Target\nRecall;90,5\nCost;5\n", b"sep=^\nKPI^Target\nRecall^90,5\nCost^5\n",
    ],
    ids=["comma", "semicolon", "tab", "pipe", "byte-order mark", "UTF-16", "sep line", "own delimiter"],
)  # fmt: skip
def test_delimiters_and_encodings(data):
    assert shape(read_csv("kpis.csv", data, LIMITS)) == PLAIN


def test_quotes_hold_delimiters_and_line_breaks():
    raw = read_csv("a.csv", b'KPI,Meaning,Target\nRecall,"found, of\nall ""true"" ones",90%\n', LIMITS)
    assert shape(raw)[1] == ("row", ("Recall", 'found, of all "true" ones', "90%"))


def test_ragged_rows_are_kept_and_counted():
    raw = read_csv("a.csv", b"KPI,Target,Unit\na,1,x\nb,2\nc,3,x,more\nd,4,x\ne,5,x\nf,6,x\ng,7,x\n", LIMITS)
    cells = [cells for _, cells in shape(raw)]
    assert [tuple(cell for cell in row if cell) for row in cells][2:4] == [("b", "2"), ("c", "3", "x", "more")]
    assert [(note.count, note.detail) for note in raw.notes if "usual" in note.detail] == [
        (2, "rows without the usual 3 fields"),
    ]  # fmt: skip


def test_what_is_only_called_csv_is_text():
    data = b"The role leads the data team, plans, and ships.\n\nIt reports to the board.\n\nIt hires, too."
    assert read_csv("a.csv", data, LIMITS).format == "text"


def test_a_quote_that_never_ends_loses_nothing():
    lines = [f'k{number},"v{number}' if number == 5 else f"k{number},v{number}" for number in range(400)]
    text = " ".join(block.text for block in read_csv("a.csv", "\n".join(lines).encode(), LIMITS).blocks)
    assert all(f"k{number} " in text for number in range(400))


CELLS = st.text(alphabet="abcXYZ019 .é-\"\n;", min_size=1, max_size=12).map(lambda cell: f"w{cell}")


@given(
    rows=st.integers(2, 5).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=3)),
    delimiter=st.sampled_from(",;\t"),
)
def test_what_the_csv_module_writes_comes_back_whole(rows, delimiter):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    raw = read_csv("a.csv", out.getvalue().encode(), LIMITS)
    said = "".join("".join(block.text.split()) for block in raw.blocks).replace("|", "")
    assert said == "".join("".join("".join(row).split()) for row in rows)

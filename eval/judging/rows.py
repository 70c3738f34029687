"""Table rows of documents as perturbations need them: cells with their columns, and what sibling roles put there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from eval.judging.edits import TIME, Edit, lower_first
from ingest.records import Document
from retrieval.lexical import tokenize

SAME_LABEL = 0.6  # shared share of the words in two first cells
SHORT = 4  # words of a cell that is a value and no explanation
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
# Columns that explain instead of giving a value: other words there do not mean another thing.
_EXPLAINS = re.compile(r"why|what|used for|measure|meets|exceed|exceptional|strong|below|probe|summary", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row: ``title`` and ``role`` of its document, ``head`` (text of the header row), its place ``[start, end)``."""

    title: str
    role: str
    start: int
    end: int
    text: str
    head: str
    columns: tuple[str, ...]
    cells: tuple[str, ...]


@lru_cache(maxsize=20_000)
def stems(text: str) -> tuple[str, ...]:
    """Stemmed content words."""
    return tuple(tokenize(text))


def rows_of(document: Document) -> list[TableRow]:
    """The rows whose cells can be told apart: as many as the header has columns."""
    found = []
    head = ""
    for unit in document.units:
        text = " ".join(unit.text.split())
        if unit.kind == "header":
            head = text
        if unit.kind != "row" or len(unit.header) < 2:
            continue
        cells = tuple(cell.strip() for cell in text.strip("| ").split(" | "))
        if len(cells) == len(unit.header):
            found.append(TableRow(document.title, document.role, unit.start, unit.end, text, head, unit.header, cells))
    return found


def value_columns(row: TableRow) -> tuple[int, ...]:
    """The columns that give a value: one that says most in numbers or else briefly, and one that says how often.

    >>> columns, cells = ("Metric", "Why", "Target", "Frequency"), ("MTTR", "It hurts", "< 4 h", "Monthly")
    >>> value_columns(TableRow("", "", 0, 0, "", "", columns, cells))
    (2, 3)
    """
    label = _label_column(row)
    columns = [(number, cell) for number, cell in enumerate(row.cells) if number > label and cell]
    often = [number for number, cell in columns if row.columns[number] == "Frequency" and TIME.search(cell)]
    values = [
        number
        for number, cell in columns
        if not _EXPLAINS.search(row.columns[number]) and row.columns[number] != "Frequency"
        and (len(cell.split()) <= SHORT or _FIGURE.search(cell))
    ]  # fmt: skip
    best = min(values, key=lambda number: (-len(_FIGURE.findall(row.cells[number])), number), default=None)
    return (*([] if best is None else [best]), *often[:1])


def reading(row: TableRow, column: int, value: str | None = None) -> str:
    """A row's cell in a sentence; with another ``value`` when one is given.

    >>> row = TableRow("", "Lead Engineer", 0, 0, "", "", ("Metric", "Target"), ("Cache hit rate", "20–60%"))
    >>> reading(row, 1)
    'For the Lead Engineer, Cache hit rate: the target is 20–60%.'
    """
    cell = row.cells[column] if value is None else value
    label = row.cells[_label_column(row)]
    who = f"For the {row.role}, {label}" if row.role else label
    return f"{who}: the {lower_first(row.columns[column])} is {cell.rstrip('.')}."


def sibling_values(row: TableRow, column: int, others: Sequence[TableRow]) -> Iterator[Edit]:
    """The reading of a row with the value that another document's row of the same name has in the same column."""
    own = set(stems(row.cells[_label_column(row)]))
    for other in others:
        theirs = set(stems(other.cells[_label_column(other)]))
        if len(own & theirs) < SAME_LABEL * len(own | theirs) or row.columns[column] not in other.columns:
            continue
        value = other.cells[other.columns.index(row.columns[column])]
        if _differs(row.cells[column], value):
            yield Edit(reading(row, column, value), row.cells[column], value)


def neighbour_values(row: TableRow, column: int, table: Sequence[TableRow]) -> Iterator[Edit]:
    """The reading of a row with the value of another row of its table, which is to be shown as well."""
    for other in table:
        if other.head == row.head and other != row and _differs(row.cells[column], other.cells[column]):
            new = other.cells[column]
            yield Edit(reading(row, column, new), row.cells[column], new, (other.text,))


def _differs(one: str, other: str) -> bool:
    """Whether two cells cannot both be right: other numbers, or without numbers other words.

    >>> _differs("Weekly / Monthly", "weekly or monthly"), _differs("> 95%", "> 90% (stretch 95%)")
    (False, True)
    >>> _differs("99.9%, by tier", "at least 99.9%")
    False
    """
    mine, theirs = set(_FIGURE.findall(one)), set(_FIGURE.findall(other))
    if mine or theirs:
        return not theirs <= mine and bool(theirs)
    first, second = set(stems(one)), set(stems(other))
    return not first <= second and not second <= first


def _label_column(row: TableRow) -> int:
    """The column that names the row: the first one, but the tool where the first is only its category."""
    return 1 if row.columns[:2] == ("Category", "Tool") else 0

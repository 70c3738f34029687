"""Tables that a plain text draws with bars: rows that go over several lines, and what their first row is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.dates import iso_date
from ingest.records import Block, BlockKind

PIPE_ROW = re.compile(r"^\|.*\|$")
_RULE = re.compile(r"^\|(?:\s*:?-{2,}:?\s*\|)+$")
_LEAST_TABLE = 3  # rows of a table without a rule below its first, for that one to name the columns
_MOST_CELL_LINES = 5  # lines that a cell of a broken row may go over
_LEAST_FIELDS = 3  # rows of a table of fields
_LONGEST_COLUMN = 60  # characters of a column's name
_FIELD_NAME = re.compile(r"[^\W\d_][^\d|]{0,39}")
_NUMERIC_DATE = re.compile(r"\d{1,2}([-/.])\d{1,2}\1(?:\d{4}|\d\d)\b")


def join_broken_rows(raw: list[str]) -> list[str]:
    """A row whose last cell went over several lines, down to a bar of its own, is one row again.

    It must have one cell less than the row before or after it.

    >>> join_broken_rows(["| Place | North |", "| Kind |", "Full", "time", "|", "The end"])
    ['| Place | North |', '| Kind | Full time |', 'The end']
    >>> join_broken_rows(["| Kind |", "Full time", "|"])
    ['| Kind |', 'Full time', '|']
    """
    joined: list[str] = []
    index = 0
    while index < len(raw):
        row = raw[index].strip()
        below = [line.strip() for line in raw[index + 1 : index + 2 + _MOST_CELL_LINES]]
        index += 1
        if PIPE_ROW.match(row) and "|" in below:
            inner = below[: below.index("|")]
            after = raw[index + len(inner) + 1].strip() if index + len(inner) + 1 < len(raw) else ""
            before = joined[-1].strip() if joined else ""
            beside = [len(_cells(line)) for line in (before, after) if PIPE_ROW.match(line)]
            if len(_cells(row)) + 1 in beside and any(inner) and not any("|" in line for line in inner):
                row = f"{row} {' '.join(line for line in inner if line)} |"
                joined.append(re.sub(" +", " ", row))
                index += len(inner) + 1
                continue
        joined.append(raw[index - 1])
    return joined


def pipe_table(texts: Sequence[str]) -> list[Block]:
    """Rows between bars; the first names the columns when a rule stands below it or enough rows follow, unless the
    table is a list of fields.
    """
    rules = [index for index, text in enumerate(texts) if _RULE.match(text)]
    rows = [text for text in texts if not _RULE.match(text)]
    cells = [_cells(text) for text in rows]
    named = (1 in rules or len(rows) >= _LEAST_TABLE) and not _are_fields(cells)
    return [
        Block(BlockKind.ROW, text, cells=own, header=named and number == 0)
        for number, (text, own) in enumerate(zip(rows, cells, strict=True))
    ]


def _are_fields(rows: Sequence[tuple[str, ...]]) -> bool:
    """Whether rows of two cells are names and values, the first row too ("Department | Parks and Lakes").

    The first row's value shows it when it is data or a sentence; so do the others: below a column's name they are of
    one sort, beside the names of fields there is a date and data of another sort. Names are short and all different.

    >>> _are_fields([("Park", "North Side"), ("Opened", "1/2/2019"), ("Pay", "$12 - $15"), ("Kind", "Full time")])
    True
    >>> _are_fields([("Metric", "Example target"), ("Roses", "90%"), ("Cost", "$12 a bed"), ("Paths", "clean")])
    False
    """
    if len(rows) < _LEAST_FIELDS or any(len(row) != 2 for row in rows):
        return False
    names, values = zip(*rows, strict=True)
    if len(set(names)) < len(names) or not all(_FIELD_NAME.fullmatch(name) for name in names):
        return False
    if _sort(values[0]) in ("date", "money") or len(values[0]) > _LONGEST_COLUMN or values[0].endswith("."):
        return True
    sorts = {_sort(value) for value in values[1:]}
    return len(values[0].split()) > 1 and "date" in sorts and len(sorts - {"words"}) > 1


def _sort(value: str) -> str:
    """What a value is: a date, money, a number or words.

    >>> [_sort(value) for value in ("11/1/2019 1:42 PM", "May 17, 2019", "$72.00 - $116/year", "90%", "Green Park")]
    ['date', 'date', 'money', 'number', 'words']
    """
    if _NUMERIC_DATE.match(value) or iso_date(value):
        return "date"
    return "money" if re.match(r"[$€£] ?\d", value) else "number" if value[:1].isdigit() else "words"


def _cells(row: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in row.strip("|").split("|"))

"""Delimited text to rows: the delimiter is the one that gives the records the same number of fields.

The csv module's own Sniffer looks at characters and is easily led astray; agreement of whole records is not.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from typing import Any

DELIMITERS = ",;\t|"
_SAMPLE = 200  # records that decide which delimiter a file has
_CONSISTENT = 0.7  # share of records with the same number of fields


def rows_of(text: str, delimiters: str = DELIMITERS) -> tuple[list[list[str]], str] | None:
    r"""The rows under the delimiter that gives most records the same number of fields, at least two; None for prose.

    >>> rows_of("KPI;Target\nCost;1,5\nRecall;2,5")
    ([['KPI', 'Target'], ['Cost', '1,5'], ['Recall', '2,5']], ';')
    >>> rows_of("The role leads, plans and ships.\nIt reports to the board.") is None
    True
    """
    best: tuple[float, int, str] | None = None
    sample = text[:200_000]
    for delimiter in delimiters:
        if delimiter not in sample:
            continue
        widths = [len(row) for row in _records(sample, delimiter, quoted=True)[:_SAMPLE] if row]
        counts = Counter(width for width in widths if width > 1)
        if not counts:
            continue
        width, often = counts.most_common(1)[0]
        share = often / len(widths)
        if share >= _CONSISTENT and (best is None or (share, width) > best[:2]):
            best = (share, width, delimiter)
    if best is None:
        return None
    rows = _records(text, best[2], quoted=True)
    lines = text.count("\n") + 1
    if any(cell.count("\n") > max(50, lines // 2) for row in rows for cell in row):  # a quote that never ends
        rows = _records(text, best[2], quoted=False)
    return rows, best[2]


def _records(text: str, delimiter: str, *, quoted: bool) -> list[list[str]]:
    quoting: Any = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    skip = delimiter != " "
    try:
        lines = io.StringIO(text, newline="")
        return [row for row in csv.reader(lines, delimiter=delimiter, quoting=quoting, skipinitialspace=skip)]
    except csv.Error:  # a field above the csv module's limit: a quote that never ends
        return _records(text, delimiter, quoted=False) if quoted else _split(text.splitlines(), delimiter)


def _split(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    return [line.split(delimiter) for line in lines]

"""Rows of cells to blocks: what the table readers of all office formats share.

A row's text is ``| a | b |``; a pipe inside a cell is written ``/`` and a line break as a space. Which row names the
columns is told by what the format marks, then by bold type, then by the shape of the first rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingest.records import Block, BlockKind

BULLETS = "•◦▪▫·●○■□–—‣⁃➢✓✔\uf0b7\uf0a7\uf0d8\uf0fc"
_BULLET = re.compile(rf"[{BULLETS}*-]\s+(?=\S)")
_VALUE = re.compile(  # a number, an amount, a share or a date: hardly the name of a column
    r"[-+(~<>≥≤±]*\s*(?:[A-Z]{3}\s?)?[€$£¥]?\s?\d[\d.,/:\s'’-]*\s?(?:[%€$£¥kKmM]|[A-Z]{3})?\)?"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_LONGEST_NAME = 80  # characters of a column's name
_LONGEST_LABEL = 80  # characters of a merged cell that is repeated for each of its rows

Rows = Sequence[Sequence[str]]


def cell_text(text: str) -> str:
    r"""A cell's text on one line.

    >>> cell_text("a|b\n  c")
    'a/b c'
    """
    return " ".join(text.replace("|", "/").split())


def row_block(cells: Sequence[str], *, header: bool = False, page: int = 0) -> Block:
    """A row of cells that are on one line each."""
    return Block(BlockKind.ROW, f"| {' | '.join(cells)} |", cells=tuple(cells), header=header, page=page)


def table_blocks(rows: Rows, *, marked: int = 0, bold: Sequence[Sequence[bool]] = (), page: int = 0) -> Iterator[Block]:
    """Rows of one table; ``marked`` rows at its top are column names by the format's own word, ``bold`` is per cell."""
    kept = [(number, row) for number, row in enumerate(rows) if any(row)]
    emphasis = [bold[number] for number, _ in kept] if bold else ()
    names = marked
    if not marked:
        names = int(names_columns([row for _, row in kept], emphasis))
        if names and kept:
            names = kept[0][0] + 1
    for number, row in kept:
        yield row_block(row, header=number < names, page=page)


def names_columns(rows: Rows, bold: Sequence[Sequence[bool]] = ()) -> bool:
    """Whether the first row holds the names of the columns.

    >>> names_columns([("KPI", "Target"), ("Recall", "90%")]), names_columns([("Recall", "90%"), ("Cost", "5%")])
    (True, False)
    >>> names_columns([("Grade:", "Senior"), ("Place:", "Leeds")])  # a form
    False
    >>> names_columns([("Grade", "Senior"), ("Place", "Leeds")], [(True, False), (True, False)])
    False
    """
    if len(rows) < 2 or not (could_name(rows[0]) or _numbered(rows)):
        return False
    if bold:
        told = _told_by_bold(rows, bold)
        if told is not None:
            return told
    labels = [row[0] for row in rows if row and row[0]]
    return sum(label.endswith(":") for label in labels) * 2 < len(labels)


def _numbered(rows: Rows) -> bool:
    """Whether the first column only counts the rows, from the row of names on."""
    top = rows[0]
    counts = len(top) > 3 and is_value(top[0]) and is_value(rows[1][0]) and could_name(top[1:])
    return counts and any(map(is_value, rows[1][1:]))


def could_name(row: Sequence[str]) -> bool:
    """Whether a row could hold column names: two or more, short, different, no values; the corner may be empty.

    >>> could_name(("", "2023", "2024")), could_name(("Cost", "12")), could_name(("a", "a")), could_name(("Notes",))
    (True, False, False, False)
    """
    names = [cell for cell in row if cell]
    if len(names) < 2 or len(names) < len(row) - 1 or (len(names) < len(row) and row[0]):
        return False
    return are_names(names) and not all(is_value(name) for name in row)


def are_names(cells: Sequence[str]) -> bool:
    """Whether every cell could name a column (short, no value other than a year) and no two are equal.

    >>> are_names(("2023", "2024")), are_names(("12", "13")), are_names(("", "a"))
    (True, False, False)
    """
    fit = all(0 < len(cell) <= _LONGEST_NAME and (not is_value(cell) or _YEAR.fullmatch(cell)) for cell in cells)
    return fit and len(set(cells)) == len(cells)


def is_value(text: str) -> bool:
    """Whether a cell holds a number, an amount, a share or a date.

    >>> [is_value(text) for text in ("85%", "€ 1,200.50", "2024-03-01", "≥ 90 %", "Recall", "3 years", "")]
    [True, True, True, True, False, False, False]
    """
    return _VALUE.fullmatch(text) is not None


def _told_by_bold(rows: Rows, bold: Sequence[Sequence[bool]]) -> bool | None:
    def share(cells: Sequence[tuple[str, bool]]) -> float:
        filled = [strong for text, strong in cells if text]
        return sum(filled) / len(filled) if filled else 0.0

    first = share(list(zip(rows[0], bold[0], strict=False)))
    below = zip(rows[1:], bold[1:], strict=False)
    others = share([cell for row, strong in below for cell in zip(row, strong, strict=False)])
    left = share([(row[0], strong[0]) for row, strong in zip(rows, bold, strict=False) if row and strong])
    if first == 1.0 and others < 1.0:
        return True
    return False if left == 1.0 and first < 1.0 else None


def filled_down(rows: list[list[str]], joined: set[tuple[int, int]]) -> list[list[str]]:
    """Rows in which a label that is merged over several rows stands in each of them, so that a row can be read alone.

    Args:
        rows: the cells; those at ``joined`` are empty.
        joined: (row, column) of the cells that continue the cell above.

    """
    for row, column in sorted(joined):
        if row > 0 and column < len(rows[row]) and column < len(rows[row - 1]) and not rows[row][column]:
            above = rows[row - 1][column]
            rows[row][column] = above if len(above) <= _LONGEST_LABEL else ""
    return rows


def paragraph_blocks(text: str, *, page: int = 0) -> Iterator[Block]:
    r"""A paragraph, or the items that it spells with bullets of its own, one on each line.

    >>> [(block.kind.value, block.text) for block in paragraph_blocks("Duties:\n• plan\n• ship")]
    [('paragraph', 'Duties:'), ('item', 'plan'), ('item', 'ship')]
    """
    lines = [" ".join(line.split()) for line in text.split("\n") if line.strip()]
    marks = [None if pseudo_list(line) else _BULLET.match(line) for line in lines]
    if len(lines) > 1 and sum(mark is not None for mark in marks) < 2:
        yield Block(BlockKind.PARAGRAPH, "\n".join(lines), page=page)
        return
    for line, mark in zip(lines, marks, strict=True):
        if mark is None:
            yield Block(BlockKind.PARAGRAPH, line, page=page)
        else:
            yield Block(BlockKind.ITEM, line[mark.end() :], page=page)


def pseudo_list(line: str) -> bool:
    """Whether a line spells several items with dashes, which the structure step splits.

    >>> pseudo_list("– a – b – c"), pseudo_list("– plan the work")
    (True, False)
    """
    return line[:1] in "–—-•" and len(re.findall(r"(?:^|\s)[–—•-]\s", line)) > 1

"""HTML tables as rows of cells: spans are spread so that every row can be read alone, layout tables are told apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import Tag
from bs4.element import NavigableString

from ingest.records import Block, BlockKind

_CELL_SPACE = frozenset(
    "address article blockquote caption dd details div dl dt figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr "
    "main ol p pre section summary table tbody td tfoot th thead tr ul br".split()
)
_MAX_SPAN = 200  # columns or rows; a browser allows 1,000 and 65,534
_LONG_CELL = 800  # characters


def rows_of(table: Tag) -> list[Tag]:
    """The rows of a table, without those of tables inside it."""
    rows: list[Tag] = []
    waiting = [child for child in table.children if isinstance(child, Tag)][::-1]
    while waiting:
        one = waiting.pop()
        if one.name == "tr":
            rows.append(one)
        elif one.name not in ("table", "td", "th", "caption"):
            waiting += [child for child in one.children if isinstance(child, Tag)][::-1]
    return rows


def outer_tables(root: Tag) -> set[int]:
    """The tables that hold other tables, by identity."""
    holders = (table.find_parent("table") for table in root.find_all("table"))
    return {id(holder) for holder in holders if holder is not None}


def is_layout(table: Tag, outer: set[int]) -> bool:
    """Whether a table only arranges a page: it says so, has one column, or its cells hold headings, tables, long text.

    A table with column names or a caption is none.
    """
    if str(table.get("role", "")).lower() in ("presentation", "none"):
        return True
    rows = rows_of(table)
    cells = [cell for row in rows for cell in _cells(row)]
    if any(cell.name == "th" for cell in cells) or table.find(["thead", "caption"], recursive=False) is not None:
        return False
    if id(table) in outer or table.find(["h1", "h2", "h3", "h4", "h5", "h6"]) is not None:
        return True
    if max((len(_cells(row)) for row in rows), default=0) <= 1:
        return True
    return any(len(cell.get_text(strip=True)) > _LONG_CELL and cell.find(["p", "ul", "ol", "br"]) for cell in cells)


def table_blocks(table: Tag) -> Iterator[Block]:
    """Caption, then rows; the first is a header when it stands in thead, is made of th, or two more rows follow.

    Several header rows become one: a column's names are joined, the upper first.
    """
    for caption in table.find_all("caption", recursive=False):
        text = cell_text(caption)
        if text:
            yield Block(BlockKind.PARAGRAPH, text)
    rows = rows_of(table)
    grid = _grid(rows)
    heads = 0
    while heads < len(rows) and _names_columns(rows[heads]):
        heads += 1
    if heads == len(rows):  # all of it is marked as names: then the first row names the columns of the others
        heads = min(1, len(rows))
    if heads:
        names = _joined(grid[:heads])
        if any(names):
            yield _row(names, header=True)
    for number, cells in enumerate(grid[heads:]):
        if any(cells):
            whole_width = len(cells) > 1 and len(_cells(rows[heads + number])) == 1 and len(set(cells)) == 1
            yield _row(cells[:1] if whole_width else cells, header=heads == 0 and number == 0 and len(rows) > 2)


def cell_text(cell: Tag) -> str:
    """The text of a cell on one line; list items are told apart by semicolons, and no bar can break the row."""
    parts: list[str] = []
    for node in cell.descendants:
        if isinstance(node, NavigableString):
            parts.append(str(node))
        elif isinstance(node, Tag) and node.name == "li":
            parts.append("\n" if node.find_previous_sibling("li") is not None else " ")
        elif isinstance(node, Tag) and node.name in _CELL_SPACE:
            parts.append(" ")
        elif isinstance(node, Tag) and node.name == "img":
            parts.append(image_sign(node))
    items = "".join(part if part == "\n" else re.sub(r"\s+", " ", part) for part in parts).split("\n")
    texts = [" ".join(item.replace("|", "/").split()) for item in items]
    return re.sub(r"(?<=[;,.:]); ", " ", "; ".join(text for text in texts if text))


def image_sign(image: Tag) -> str:
    """The sign that an image stands for (an emoji, a tick); '' for a picture."""
    alt = str(image.get("alt", "")).strip()
    return alt if alt and len(alt) <= 4 and not any(char.isalnum() for char in alt) else ""


def _cells(row: Tag) -> list[Tag]:
    return row.find_all(["td", "th"], recursive=False)


def _names_columns(row: Tag) -> bool:
    if row.parent is not None and row.parent.name == "thead":
        return True
    cells = [cell for cell in _cells(row) if cell.get_text(strip=True)]
    return len(cells) > 0 and all(cell.name == "th" and cell.get("scope") != "row" for cell in cells)


def _grid(rows: list[Tag]) -> list[tuple[str, ...]]:
    """The cells' texts by row and column, each text in every place that its cell spans."""
    grid: list[tuple[str, ...]] = []
    pending: dict[int, tuple[int, str]] = {}  # column: rows that its cell still spans, text
    for row in rows:
        texts: list[str] = []
        waiting = _cells(row)[::-1]
        while waiting or any(column >= len(texts) for column in pending):
            column = len(texts)
            if column in pending:
                left, text = pending.pop(column)
                if left > 1:
                    pending[column] = (left - 1, text)
                texts.append(text)
                continue
            if not waiting:
                texts.append("")
                continue
            cell = waiting.pop()
            text = cell_text(cell)
            tall = _span(cell, "rowspan")
            for place in range(column, column + _span(cell, "colspan")):
                if place in pending:
                    break
                texts.append(text)
                if tall > 1:
                    pending[place] = (tall - 1, text)
        grid.append(tuple(texts))
    return grid


def _span(cell: Tag, name: str) -> int:
    value = str(cell.get(name, "1")).strip()
    return min(max(int(value), 1), _MAX_SPAN) if re.fullmatch(r"[0-9]{1,6}", value) else 1


def _joined(rows: list[tuple[str, ...]]) -> tuple[str, ...]:
    width = max((len(row) for row in rows), default=0)
    columns = ([row[column] for row in rows if column < len(row) and row[column]] for column in range(width))
    return tuple(" ".join(dict.fromkeys(names)) for names in columns)


def _row(cells: tuple[str, ...], *, header: bool) -> Block:
    return Block(BlockKind.ROW, "| " + " | ".join(cells) + " |", cells=cells, header=header)

"""The four tables of reStructuredText (grid, simple, csv-table, list-table) as Markdown's tables with bars.

A cell that spans several columns or rows stands in each. A table without column names gets an empty first row, which
Markdown wants. Literal blocks stay as they are; so does what only looks like a table.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from itertools import pairwise
from textwrap import dedent

_GRID = re.compile(r"\+(?:[-=]+\+)+")
_SIMPLE = re.compile(r"=+(?: +=+)+")
_DIRECTIVE = re.compile(r"\.\. (csv-table|list-table)::\s*(.*)")
_OPTION = re.compile(r":([\w-]+):\s*(.*)")
_LITERAL = re.compile(r"\.\. (?:code|code-block|sourcecode|parsed-literal|raw|math)::.*|(?!\.\. ).*::")
_FIRST_CELL = re.compile(r"[*+-] +([*+-])(?: +(.*))?")
_CELL = re.compile(r"[*+-](?: +(.*))?")
_LONGEST = 2_000  # lines of a simple table
_MOST_COLUMNS = 200
_Row = list[str]


def with_pipe_tables(source: Sequence[str]) -> tuple[list[str], list[str], int]:
    """The lines with every table in Markdown's form, the lines of directives that went, and how many tables there were.

    >>> with_pipe_tables(["===  ===", "A    B", "===  ===", "a    b", "===  ==="])[0]
    ['', '| A | B |', '|---|---|', '| a | b |', '']
    """
    lines: list[str] = []
    dropped: list[str] = []
    tables = 0
    index = 0
    literal = -1  # the indentation of the line above a literal block
    while index < len(source):
        line = source[index]
        indent = len(line) - len(line.lstrip())
        literal = -1 if line.strip() and indent <= literal else literal
        rows: list[_Row] = []
        end, heads, title = index, 0, ""
        if line.strip() and literal < 0:
            end, rows, heads, title = _table(source, index, indent, dropped)
            literal = indent if not rows and _LITERAL.fullmatch(line.strip()) else literal
        if rows:
            tables += 1
            lines += [*(["", " " * indent + title] if title else []), *_pipes(rows, heads, " " * indent)]
        else:
            lines.append(line)
        index = end if rows else index + 1
    return lines, dropped, tables


def _table(source: Sequence[str], index: int, indent: int, dropped: list[str]) -> tuple[int, list[_Row], int, str]:
    """The line after a table that begins here, its rows, how many of them name the columns, and its title."""
    line = source[index].strip()
    directive = _DIRECTIVE.fullmatch(line)
    if directive is not None:
        end = index + 1
        while end < len(source) and (not source[end].strip() or len(source[end]) - len(source[end].lstrip()) > indent):
            end += 1
        rows, heads, options = _listed(directive[1], source[index + 1 : end])
        dropped += [line, *options] if rows else []
        return end, rows, heads, directive[2]
    if _GRID.fullmatch(line) or _SIMPLE.fullmatch(line):
        return *_drawn(source, index, indent), ""
    return index, [], 0, ""


def _drawn(source: Sequence[str], index: int, indent: int) -> tuple[int, list[_Row], int]:
    """The line after a grid or simple table, its rows, and how many of them name the columns."""
    line = source[index].strip()
    if _GRID.fullmatch(line):
        end = index
        while end < len(source) and source[end][indent : indent + 1] in ("+", "|") and source[end][indent:].strip():
            end += 1
        while not _GRID.fullmatch(source[end - 1].strip()):
            end -= 1
        return end, *_grid([one[indent:].rstrip() for one in source[index:end]])
    borders = 1
    for end in range(index + 1, min(index + _LONGEST, len(source))):
        if source[end].strip() and source[end][:indent].strip():
            break
        if source[end].strip() == line:
            borders += 1
            if borders == 3 or not "".join(source[end + 1 : end + 2]).strip():
                return end + 1, *_simple([one[indent:].rstrip() for one in source[index : end + 1]])
    return index, [], 0


def _grid(lines: Sequence[str]) -> tuple[list[_Row], int]:
    """Rows of a table that is drawn with + - |."""
    places = sorted({match.start() for line in lines if line.startswith("+") for match in re.finditer(r"\+", line)})
    columns = list(pairwise(places))
    if len(columns) > _MOST_COLUMNS or any(len(line) > places[-1] + 1 for line in lines):
        return [], 0
    cells: list[_Row] = [[] for _ in columns]
    spans: list[list[_Row]] = []  # by row and column, the lines of the cell, one object where it spans rows
    heads = 0
    for line in lines[1:]:
        line = line.ljust(places[-1] + 1)
        ends = [re.fullmatch("[-=]+", line[left + 1 : right]) is not None for left, right in columns]
        if any(ends):
            spans.append(cells)
            heads = len(spans) if "=" in line and all(ends) else heads
            cells = [[] if ended else cell for cell, ended in zip(cells, ends, strict=True)]
        start = 0
        for place, (_, right) in enumerate(columns):
            if line[right] in "|+" or place == len(columns) - 1:
                text = line[columns[start][0] + 1 : right]
                for column in range(start, place + 1):
                    if not ends[column] and not any(ends[start : place + 1]):
                        cells[column].append(text)
                start = place + 1
    return [[" ".join(" ".join(cell).split()) for cell in row] for row in spans], heads


def _simple(lines: Sequence[str]) -> tuple[list[_Row], int]:
    """Rows of a table that is drawn with = between columns; a line without a first cell goes on with the row above."""
    starts = [match.start() for match in re.finditer("=+", lines[0])]
    rows: list[_Row] = []
    heads = 0
    for line in lines[1:-1]:
        if line == lines[0]:
            heads = len(rows)
        elif line.strip() and not re.fullmatch("-[- ]*", line):
            cells = _cut(line, starts)
            if cells[0] or len(rows) == heads:
                rows.append(cells)
            else:
                rows[-1] = [f"{old} {new}".strip() for old, new in zip(rows[-1], cells, strict=True)]
    return rows, heads


def _cut(line: str, starts: Sequence[int]) -> _Row:
    """The cells of a line; what goes on between two columns stands in both."""
    cells: _Row = []
    for place, start in enumerate(starts):
        end = place + 1
        while end < len(starts) and line[starts[end] - 1 : starts[end]].strip():
            end += 1
        if len(cells) == place:
            cells += [line[start : starts[end] if end < len(starts) else None].strip()] * (end - place)
    return cells


def _listed(form: str, body: Sequence[str]) -> tuple[list[_Row], int, list[str]]:
    """Rows of a table that a directive writes as a list or with commas, how many name the columns, and its options."""
    options: dict[str, str] = {}
    stated: list[str] = []
    for line in body:
        option = _OPTION.fullmatch(line.strip())
        if option is None:
            break
        options[option[1]] = option[2].strip()
        stated.append(line.strip())
    body = dedent("\n".join(body[len(stated) :])).strip("\n").split("\n")
    given = options.get("header-rows", "")
    heads = int(given) if re.fullmatch("[0-9]{1,2}", given) else 0
    if form == "list-table":
        return _bulleted(body), heads, stated
    sign, quote = options.get("delim", ","), options.get("quote", '"')
    named = [options["header"]] if options.get("header") else []
    if not any(body) or len(quote) != 1 or sign in ("tab", "space") or len(sign) != 1 or sign == quote:
        return [], 0, []
    try:
        rows = list(csv.reader([*named, *(f"{line}\n" for line in body)], delimiter=sign, quotechar=quote,
                               skipinitialspace=True))  # fmt: skip
    except csv.Error:
        return [], 0, []
    return [[" ".join(cell.split()) for cell in row] for row in rows if row], heads + len(named), stated


def _bulleted(body: Sequence[str]) -> list[_Row]:
    """Rows of a list of lists: "* - cell", "  - cell"; [] for any other list."""
    rows: list[_Row] = []
    inner = 0
    for line in body:
        first = _FIRST_CELL.fullmatch(line)
        cell = _CELL.fullmatch(line, inner) if inner and not line[:inner].strip() else None
        if first is not None:
            inner = first.start(1)
            rows.append([first[2].strip() if first[2] is not None else ""])
        elif not rows:
            return []
        elif cell is not None:
            rows[-1].append(cell[1].strip() if cell[1] is not None else "")
        elif line.strip():
            rows[-1][-1] = f"{rows[-1][-1]} {line.strip()}".strip()
    return rows


def _pipes(rows: Sequence[_Row], heads: int, indent: str) -> list[str]:
    width = max(len(row) for row in rows)
    full = [[re.sub(r"(?<!\\)\|", r"\\|", cell) for cell in row] + [""] * (width - len(row)) for row in rows]
    names = [" ".join(dict.fromkeys(filter(None, column))) for column in zip(*full[:heads], strict=True)]
    names = names if names else [""] * width
    return ["", *(f"{indent}{line}" for line in (_pipe(names), "|" + "---|" * width, *map(_pipe, full[heads:]))), ""]


def _pipe(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"

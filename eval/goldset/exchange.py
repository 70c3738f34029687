"""Gold questions as a spreadsheet (CSV) and back, without loss.

One row per question. A list is one item per line of its cell; evidence stands in three parallel columns. Characters
that a spreadsheet would change or split are shown by their control pictures (``␤`` for a line break within an item),
and ``␛`` marks a picture that is meant as such. A cell that would start a formula gets an apostrophe in front (OWASP,
"CSV Injection"); both are undone on import.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from config import UserError
from eval.goldset import gold, lines
from eval.records import Case

COLUMNS = (
    *("id", "question", "type", "persona", "answerable", "style", "near_miss", "split", "history", "answer"),
    *("key_facts", "forbidden", "evidence_source", "evidence_quote", "evidence_section", "other"),
)
TEXTS = ("id", "question", "type", "persona", "split", "answer")
LISTS = ("style", "key_facts", "forbidden")
_PICTURES = {"\n": "␤", "\r": "␍", "\0": "␀", "\t": "␉"}
_ESCAPE = "␛"
_SPECIAL = re.compile(f"[{_ESCAPE}{''.join(_PICTURES.values())}{''.join(_PICTURES)}\ud800-\udfff]")
_ESCAPED = re.compile(f"{_ESCAPE}u([0-9a-f]{{4}})|{_ESCAPE}(.)|([{''.join(_PICTURES.values())}])", re.DOTALL)
_FORMULA = re.compile(r"'*[=+\-@＝＋－＠\t\r\n]")
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")


def pictured(text: str, *, keep: str = "") -> str:
    """A string without control characters that a spreadsheet may change; those in ``keep`` stay as they are.

    >>> pictured("two" + chr(10) + "lines"), pictured("␤"), pictured("")
    ('two␤lines', '␛␤', '␛.')
    """

    def picture(match: re.Match[str]) -> str:
        found = match.group()
        if found in keep:
            return found
        if "\ud800" <= found <= "\udfff":
            return f"{_ESCAPE}u{ord(found):04x}"
        return _PICTURES.get(found, _ESCAPE + found)

    return _SPECIAL.sub(picture, text) if text else f"{_ESCAPE}."


def unpictured(cell: str) -> str:
    """What ``pictured`` was given."""
    meant = {picture: character for character, picture in _PICTURES.items()}

    def character(match: re.Match[str]) -> str:
        code, escaped, picture = match.groups()
        if code is not None:
            return chr(int(code, 16))
        if escaped is not None:
            return "" if escaped == "." else escaped
        return meant[picture]

    return _ESCAPED.sub(character, cell)


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    >>> guarded("=1+1"), guarded("'=1+1"), guarded("'tis")
    ("'=1+1", "''=1+1", "'tis")
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """What ``guarded`` was given; a formula sign without the guard was typed by a person and stays."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def row_of(case: Case) -> dict[str, str]:
    """The cells of a case by column."""
    # An empty text is an empty cell, an empty list too; only an empty item within a list has to be marked.
    texts = {name: pictured(value, keep="\n\t") if (value := getattr(case, name)) else "" for name in TEXTS}
    listed = {
        **{name: getattr(case, name) for name in LISTS},
        "history": [f"{turn.role}: {turn.content}" for turn in case.history],
        "evidence_source": [evidence.source for evidence in case.evidence],
        "evidence_quote": [evidence.quote for evidence in case.evidence],
        "evidence_section": [evidence.section for evidence in case.evidence],
    }
    cells = texts | {name: "\n".join(pictured(item) for item in items) for name, items in listed.items()}
    cells["answerable"] = str(case.answerable).lower()
    cells["near_miss"] = "" if case.near_miss is None else str(case.near_miss).lower()
    cells["other"] = json.dumps(case.extra, ensure_ascii=True) if case.extra else ""
    return {name: guarded(cells[name]) for name in COLUMNS}


def item_of(row: Mapping[str, str]) -> dict[str, Any]:
    """The object of a gold line; what is wrong with its values is left to the check of gold lines.

    Raises:
        ValueError: a cell cannot be read at all; the message names the column.

    """
    cells = {name: unguarded(row.get(name) or "") for name in COLUMNS}
    item: dict[str, Any] = {name: unpictured(cells[name]) for name in TEXTS if cells[name]}
    item |= {name: _list(cells[name]) for name in LISTS if cells[name]}
    item |= {name: _boolean(name, cells[name]) for name in ("answerable", "near_miss") if cells[name].strip()}
    if cells["history"]:
        turns = [turn.partition(": ") for turn in _list(cells["history"])]
        item["history"] = [{"role": role.strip(), "content": content} for role, _, content in turns]
    if cells["evidence_source"] or cells["evidence_quote"]:
        item["evidence"] = _evidence(cells)
    if cells["other"]:
        item |= _other(cells["other"])
    return item


def _list(cell: str) -> list[str]:
    return [unpictured(item) for item in cell.replace("\r\n", "\n").split("\n")]


def _boolean(column: str, cell: str) -> bool:
    said = cell.strip().lower()
    if said not in (*_TRUE, *_FALSE):
        message = f"{column} must be true or false, not {cell!r}"
        raise ValueError(message)
    return said in _TRUE


def _evidence(cells: Mapping[str, str]) -> list[dict[str, str]]:
    sources, quotes = _list(cells["evidence_source"]), _list(cells["evidence_quote"])
    sections = _list(cells["evidence_section"]) if cells["evidence_section"] else [""] * len(sources)
    if not len(sources) == len(quotes) == len(sections):
        message = (
            f"evidence_source, evidence_quote and evidence_section have {len(sources)}, {len(quotes)} and "
            f"{len(sections)} lines; give each piece one line in every one (a line break within a quote is ␤)"
        )
        raise ValueError(message)
    together = zip(sources, quotes, sections, strict=True)
    return [{"source": source, "quote": quote, "section": section} for source, quote, section in together]


def _other(cell: str) -> dict[str, Any]:
    try:
        value = json.loads(cell)
    except ValueError as error:
        message = f"other is not JSON: {error}"
        raise ValueError(message) from error
    if not isinstance(value, dict) or set(value) & set(gold.CHECKS):
        message = "other must be a JSON object of fields that have no column of their own"
        raise ValueError(message)
    return value


def as_csv(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> str:
    """Rows as CSV that spreadsheets open as UTF-8: a byte order mark, every cell quoted, CRLF after each row."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, columns, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return "\ufeff" + file.getvalue()


def csv_rows(path: Path, required: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """The rows of a CSV file that are not empty, with the line each ends on; commas, semicolons or tabs separate.

    Raises:
        UserError: the file cannot be read or lacks a required column.

    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path} cannot be read: {error}. Save it as CSV in UTF-8."
        raise UserError(message) from error
    separator = max(",;\t", key=text.split("\n", 1)[0].count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, restkey="beyond the last")
    try:
        missing = [name for name in required if name not in (reader.fieldnames or ())]
        rows = [(reader.line_num, {name: "".join(cell or ()) for name, cell in row.items()}) for row in reader]
    except csv.Error as error:
        message = f"{path} is not CSV: {error}. Save it as CSV in UTF-8."
        raise UserError(message) from error
    if missing:
        message = f"{path} lacks the column(s) {', '.join(missing)}. Keep the header row of the exported file."
        raise UserError(message)
    return [(line, row) for line, row in rows if any(cell.strip() for cell in row.values())]


def export(cases: Sequence[Case], out: Path) -> None:
    """Write cases as CSV or, by the ending of the file, as JSONL in its plainest form.

    Raises:
        UserError: the ending is neither, or the file cannot be written.

    """
    if out.suffix == ".csv":
        lines.replace(out, as_csv([row_of(case) for case in cases], COLUMNS))
    elif out.suffix == ".jsonl":
        lines.write(out, [lines.item_of(case) for case in cases])
    else:
        message = f"{out} must end in .csv or .jsonl."
        raise UserError(message)


def imported(path: Path) -> tuple[Case, ...]:
    """The cases of an exported CSV file, perhaps edited in a spreadsheet, or of a JSONL file.

    Raises:
        UserError: the file cannot be read, or rows have faults; all of them at once, by line.

    """
    if path.suffix != ".csv":
        return gold.examine_strictly(path).cases
    faults: list[str] = []
    cases: list[Case] = []
    seen: dict[str, int] = {}
    for line, row in csv_rows(path, ("id", "question", "type", "answerable")):
        try:
            item = item_of(row)
            found = [*gold.faults_of(item)]
        except ValueError as error:
            item, found = {}, [str(error)]
        if item and seen.setdefault(item.get("id", ""), line) != line:
            found.append(f"id {item.get('id')!r} was already given in line {seen[item.get('id', '')]}")
        unknown = sorted(set(row) - set(COLUMNS))
        found += [f"unknown column {name!r}; put other fields into the column other, as JSON" for name in unknown]
        faults += (f"{path}:{line}: {fault}" for fault in found)
        if not found:
            cases.append(gold.case_of(item))
    if faults or not cases:
        message = f"{path} has {len(faults)} fault(s) and {len(cases)} question(s) that can be read:\n  "
        raise UserError(message + "\n  ".join(faults))
    return tuple(cases)

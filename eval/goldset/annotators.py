"""Label files of annotators: blind sheets are handed out, what was filled in is read.

A label file holds one object per question, ``id`` and whichever of ``FIELDS`` were labelled, as JSONL or CSV. A gold
file is one too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from config import UserError
from eval.goldset import exchange, lines
from eval.goldset.gold import faults_of
from eval.records import Case

FIELDS = ("answerable", "type", "evidence", "verdict")
SHEET = (
    *("id", "question", "history", "answerable", "type", "evidence_source", "evidence_quote"),
    *("evidence_section", "verdict", "comment"),
)
Labels = Mapping[str, Mapping[str, Any]]
"""By id: a field's label. A field that was not labelled is absent; evidence is a list of objects."""


def sheet(cases: Sequence[Case], out: Path) -> None:
    """The questions without any label, to be filled in: CSV or JSONL by the ending of the file.

    Raises:
        UserError: the ending is neither, or the file cannot be written.

    """
    rows = [{**dict.fromkeys(SHEET, ""), **_question(case)} for case in cases]
    if out.suffix == ".csv":
        lines.replace(out, exchange.as_csv(rows, SHEET))
    elif out.suffix == ".jsonl":
        blind = [lines.item_of(Case(case.id, case.question, "", True, history=case.history)) for case in cases]
        open_fields = {"answerable": None, "type": None, "evidence": None, "verdict": None, "comment": ""}
        lines.write(out, [{**item, **open_fields} for item in blind])
    else:
        message = f"{out} must end in .csv or .jsonl."
        raise UserError(message)


def _question(case: Case) -> dict[str, str]:
    row = exchange.row_of(case)
    return {name: row[name] for name in ("id", "question", "history")}


def read(path: Path) -> Labels:
    """The labels of a file; nothing counts as no evidence where a question was labelled as not answerable.

    Raises:
        UserError: the file cannot be read, has faults (all are named) or gives an id twice.

    """
    found: dict[str, Mapping[str, Any]] = {}
    faults: list[str] = []
    for line, item in _items(path, faults):
        wrong = _faults(item)
        if not wrong and item["id"] in found:
            wrong = [f"id {item['id']!r} was already given"]
        faults += (f"{path}:{line}: {fault}" for fault in wrong)
        if not wrong:
            labelled = {name: item[name] for name in FIELDS if item.get(name) not in (None, "")}
            nothing: dict[str, Any] = {"evidence": []} if labelled.get("answerable") is False else {}
            found[item["id"]] = {**nothing, **labelled}
    if faults or not found:
        message = f"The label file {path} has {len(faults)} fault(s) and {len(found)} line(s) that can be read:\n  "
        raise UserError(message + "\n  ".join(faults))
    return found


def _items(path: Path, faults: list[str]) -> list[tuple[int, Any]]:
    items: list[tuple[int, Any]] = []
    if path.suffix == ".csv":
        for line, row in exchange.csv_rows(path, ("id",)):
            try:
                label = exchange.item_of(row)
                label |= {"verdict": exchange.unguarded(row["verdict"]).strip()} if row.get("verdict") else {}
                items.append((line, label))
            except ValueError as error:
                faults.append(f"{path}:{line}: {error}")
        return items
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = f"The label file {path} cannot be read: {error}. Give a UTF-8 file with one JSON object per line."
        raise UserError(message) from error
    for line, written in enumerate(text.split("\n"), start=1):
        try:
            items += [(line, json.loads(written))] if written.strip() else []
        except ValueError as error:
            faults.append(f"{path}:{line}: is not JSON: {error}")
    return items


def _faults(item: Any) -> list[str]:
    if not isinstance(item, dict):
        return ["must be a JSON object"]
    verdict = item.get("verdict")
    wrong = [f"verdict must be a word, not {verdict!r}"] if not isinstance(verdict, str | bool | None) else []
    shaped = {"question": "?", "type": "?", "answerable": True}  # what a label file may lack
    named = {name: item.get(name) for name in ("id", *FIELDS) if item.get(name) not in (None, "")}
    return [*faults_of({**shaped, **named}), *wrong]

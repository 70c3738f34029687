"""Gold files written: whole files replaced at once, single lines changed or appended without touching the others."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from config import UserError
from eval.records import Case


def item_of(case: Case) -> dict[str, Any]:
    """The object of a case's line: fields in the order of ``Case``, empty ones left out, unknown ones last.

    >>> item_of(Case("q1", "How long?", "unanswerable", False, split="dev", extra={"author": "B"}))
    {'id': 'q1', 'question': 'How long?', 'type': 'unanswerable', 'answerable': False, 'split': 'dev', 'author': 'B'}
    """
    plain = asdict(case)
    for piece in plain["evidence"]:
        if not piece["section"]:
            del piece["section"]
    known = {f.name: plain[f.name] for f in fields(Case) if f.name != "extra"}
    return {**{name: value for name, value in known.items() if value not in ("", (), [], None)}, **plain["extra"]}


def line_of(item: Mapping[str, Any]) -> str:
    """One line of JSON that is valid UTF-8 whatever the strings hold."""
    line = json.dumps(item, ensure_ascii=False)
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can write only as an escape
        return json.dumps(item)
    return line


def replace(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old or the new one, never half of it.

    Raises:
        UserError: the file cannot be written.

    """
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(text, encoding="utf-8", newline="\n")
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        message = f"{path} cannot be written: {error.strerror}. Choose another file."
        raise UserError(message) from error


def write(path: Path, items: Iterable[Mapping[str, Any]]) -> None:
    """Write a whole file, one object per line."""
    replace(path, "".join(f"{line_of(item)}\n" for item in items))


def append(path: Path, items: Iterable[Mapping[str, Any]]) -> None:
    """Add lines at the end of a file that may not exist yet; the lines that are there stay as they are."""
    text = path.read_bytes().decode("utf-8") if path.is_file() else ""
    end = "" if not text or text.endswith("\n") else "\n"
    replace(path, text + end + "".join(f"{line_of(item)}\n" for item in items))


def change(path: Path, changes: Mapping[str, Mapping[str, Any]]) -> None:
    """Set fields of the lines with these ids; every other line stays as it is, byte for byte."""
    lines = path.read_bytes().decode("utf-8").split("\n")  # read_text would rewrite the line ends
    for number, line in enumerate(lines):
        item = json.loads(line.removeprefix("\ufeff")) if line.strip("\ufeff \t\r") else {}
        if item.get("id") in changes:
            lines[number] = line_of({**item, **changes[item["id"]]})
    replace(path, "\n".join(lines))

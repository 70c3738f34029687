"""Gold questions: read and validated line by line.

Faults are collected, so that one run names them all. ``eval.goldset.labels`` looks for labels that contradict
themselves; whether a label is right, only a reader can say.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config import UserError
from eval.records import PERSONAS, SPLITS, STYLES, Case, EvidenceQuote

SHOWN = 80  # characters of a faulty value
Check = Callable[[object], Iterator[str]]  # a value to what is wrong with it
TYPES = (
    *("fact", "table", "list", "section", "definition", "compare", "aggregate"),
    *("followup", "false_premise", "unanswerable"),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one line (counted from 1) of a gold file; a ``hint`` is worth a look, but breaks nothing."""

    path: Path
    line: int
    message: str
    hint: bool = False

    def __str__(self) -> str:
        """``goldset/gold.jsonl:12: key_facts[0] ...``, the form that editors can jump to."""
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Gold:
    """A gold file as read: the cases that have the right form, the line of each, and the faults of the others."""

    path: Path
    cases: tuple[Case, ...]
    lines: Mapping[str, int]
    faults: tuple[Fault, ...]


def _short(value: object) -> str:
    """A value as it is shown in a fault, cut where it is long.

    >>> _short(["a" * 200])[:9], len(_short("b" * 500))
    ("['aaaaaaa", 80)
    """
    whole = repr(value)
    return whole if len(whole) <= SHOWN else whole[: SHOWN - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _string(value: object) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"must be a string, not {_short(value)}"


def _filled(value: object) -> Iterator[str]:
    if not isinstance(value, str) or not value.strip():
        yield f"must be a string that is not empty, not {_short(value)}"


def _boolean(value: object) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"must be true or false, not {_short(value)}"


def _one_of(choices: Sequence[str]) -> Check:
    def check(value: object) -> Iterator[str]:
        if value not in choices:
            yield f"is {_short(value)}; use one of {', '.join(choices)}"

    return check


def _styles(value: object) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"must be a list out of {', '.join(STYLES)}, not {_short(value)}"
        return
    for number, style in enumerate(value):
        yield from (f"[{number}] {fault}" for fault in _one_of(STYLES)(style))
        if style in value[:number]:
            yield f"[{number}] repeats {style!r}"


def _patterns(value: object) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"must be a list of regular expressions, not {_short(value)}"
        return
    for number, pattern in enumerate(value):
        if not isinstance(pattern, str) or not pattern:
            yield f"[{number}] must be a string that is not empty, not {_short(pattern)}"
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                re.compile(pattern, re.IGNORECASE)
        except (re.error, Warning, OverflowError) as error:
            yield f"[{number}] is no regular expression: {pattern!r} ({error})"


def _objects(value: object, checks: Mapping[str, Check], required: Sequence[str]) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"must be a list, not {_short(value)}"
        return
    for number, item in enumerate(value):
        if not isinstance(item, dict):
            yield f"[{number}] must be an object, not {_short(item)}"
            continue
        yield from (f"[{number}].{fault}" for fault in _fields(item, checks, required))


def _evidence(value: object) -> Iterator[str]:
    return _objects(value, {"source": _filled, "quote": _filled, "section": _string}, ("source", "quote"))


def _history(value: object) -> Iterator[str]:
    return _objects(value, {"role": _one_of(("user", "assistant")), "content": _filled}, ("role", "content"))


CHECKS: Mapping[str, Check] = {
    "id": _filled,
    "question": _filled,
    "type": _filled,
    "answerable": _boolean,
    "persona": _one_of(PERSONAS),
    "history": _history,
    "answer": _string,
    "key_facts": _patterns,
    "forbidden": _patterns,
    "evidence": _evidence,
    "split": _one_of(SPLITS),
    "style": _styles,
    "near_miss": _boolean,
}
REQUIRED = ("id", "question", "type", "answerable")


def _fields(item: Mapping[str, Any], checks: Mapping[str, Check], required: Sequence[str]) -> Iterator[str]:
    """The faults of one object; null stands for an absent field, unknown fields pass."""
    for name, check in checks.items():
        value = item.get(name)
        if value is not None:
            yield from (f"{name}{fault}" if fault[0] == "[" else f"{name} {fault}" for fault in check(value))
        elif name in required:
            yield f"{name} is missing"


def faults_of(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Every fault of form of one line that is a JSON object.

    >>> faults_of({"id": "q1", "question": "How long?", "type": "fact"})
    ('answerable is missing',)
    """
    return tuple(_fields(item, CHECKS, REQUIRED))


def case_of(item: Mapping[str, Any]) -> Case:
    """The case of a line that has no fault of form."""
    from generation.records import Turn

    known: dict[str, Any] = {name: value for name, value in item.items() if name in CHECKS and value is not None}
    known["history"] = tuple(Turn(turn["role"], turn["content"]) for turn in known.get("history", ()))
    known["evidence"] = tuple(
        EvidenceQuote(piece["source"], piece["quote"], piece.get("section") or "")
        for piece in known.get("evidence", ())
    )
    for name in ("key_facts", "forbidden", "style"):
        known[name] = tuple(known.get(name, ()))
    return Case(**known, extra={name: value for name, value in item.items() if name not in CHECKS})


def _parse(line: str) -> tuple[Any, str]:
    """The value of a JSON line, or what is wrong with it ('' when nothing is)."""
    try:
        value = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        return None, f"is not JSON: {error}"
    return value, "" if isinstance(value, dict) else f"must be a JSON object, not {type(value).__name__}"


def is_draft(case: Case) -> bool:
    """Whether the line says ``"draft": true``: made from feedback, not labelled yet, never asked."""
    return case.extra.get("draft") is True


def examine(path: Path) -> Gold:
    """Read a gold file, collecting every fault of form.

    Raises:
        UserError: the file cannot be read as text or holds no line at all.

    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = f"The gold file {path} cannot be read: {error}. Give a UTF-8 file with one JSON object per line."
        raise UserError(message) from error
    cases: list[Case] = []
    lines: dict[str, int] = {}
    faults: list[Fault] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        item, wrong = _parse(line)
        found = [wrong] if wrong else list(faults_of(item))
        identity = item.get("id") if isinstance(item, dict) else None
        if isinstance(identity, str) and lines.setdefault(identity, number) != number:
            found.append(f"id {identity!r} was already given in line {lines[identity]}")
        faults += (Fault(path, number, message) for message in found)
        if not found:
            cases.append(case_of(item))
    if not cases and not faults:
        message = f"The gold file {path} holds no question. Write one JSON object per line (goldset/README.md)."
        raise UserError(message)
    return Gold(path, tuple(cases), lines, tuple(faults))


def examine_strictly(path: Path) -> Gold:
    """A gold file without any fault of form.

    Raises:
        UserError: the file is unusable or has faults, all of which are named.

    """
    gold = examine(path)
    if gold.faults:
        message = f"The gold file has {len(gold.faults)} fault(s); mend them and run the command again:\n  "
        message += "\n  ".join(map(str, gold.faults))
        raise UserError(message)
    return gold


def read(path: Path, split: str | None = None) -> tuple[Case, ...]:
    """The cases of a gold file, of one split when it is named; drafts are left out until they are completed.

    Raises:
        UserError: the file is unusable, has a fault of form, or has no case in that split.

    """
    finished = tuple(case for case in examine_strictly(path).cases if not is_draft(case))
    cases = tuple(case for case in finished if split is None or case.split == split)
    if not finished:
        message = f"All questions of {path} are drafts. Complete one and take its field draft away (goldset/README.md)."
        raise UserError(message)
    if not cases:
        message = f'No question of {path} has "split": "{split}". Run without --split, or give the questions a split.'
        raise UserError(message)
    return cases

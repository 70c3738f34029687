"""Run files: written one outcome at a time so that a cut run can go on, and read back for scoring.

A run file is JSON lines: a header, then one outcome per question (docs of the fields: goldset/README.md).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from config import UserError
from eval.records import OUTCOMES, STAGES, Case, Outcome, Place, Run
from eval.statements import cited_quote, statements


def run(
    cases: Sequence[Case],
    ask: Callable[[Case], Mapping[str, Any]],
    header: Mapping[str, Any],
    out: Path,
    progress: Callable[[Iterable[Case]], Iterable[Case]] = iter,
) -> int:
    """Put every case to ``ask`` and append its outcome line to ``out``; cases that ``out`` already holds are skipped.

    Every line is flushed at once; a half-written last line of an earlier run is dropped first.

    Args:
        cases: the questions, in the order in which they are asked.
        ask: gives the outcome line of a case (``generation.runfile.outcome``).
        header: what the answers depend on; an existing run must agree in ``config``, ``library.fingerprint`` and the
            prompts.
        out: the run file; its folder is made if need be.
        progress: wraps the open cases, for a progress bar.

    Returns:
        How many cases were asked.

    Raises:
        UserError: ``out`` cannot be written, is no run file, or is a run with another configuration or library.

    """
    header = json.loads(_line(header))
    lines = _complete_lines(out)
    done: set[str] = set()
    if lines:
        _demand_same(_parse(out, 1, lines[0]), header, out)
        done = {str(_parse(out, number, line).get("id")) for number, line in enumerate(lines[1:], start=2)}
    waiting = [case for case in cases if case.id not in done]
    with _appending(out) as file:
        file.truncate(sum(len(line.encode()) + 1 for line in lines))
        if not lines:
            file.write(_line(header))
            file.flush()
        for case in progress(waiting):
            file.write(_line(ask(case)))
            file.flush()
    return len(waiting)


def read(path: Path) -> Run:
    """Read a run file; a half-written last line is left out and mentioned in the notes.

    Raises:
        UserError: no such file, not a run file, a line that is not as the format says, or an id given twice.

    """
    if not path.is_file():
        message = f"There is no run file {path}. Make one: python -m eval run GOLD.jsonl --library DIR --out {path}"
        raise UserError(message)
    lines = _complete_lines(path)
    if not lines:
        message = f"The run file {path} is empty. Make it: python -m eval run GOLD.jsonl --library DIR --out {path}"
        raise UserError(message)
    outcomes: dict[str, Outcome] = {}
    for number, line in enumerate(lines[1:], start=2):
        outcome = _outcome(path, number, line)
        if outcome.id in outcomes:
            message = f"{path}:{number}: question {outcome.id!r} was already answered above. Delete one of the lines."
            raise UserError(message)
        outcomes[outcome.id] = outcome
    cut = path.stat().st_size > sum(len(line.encode()) + 1 for line in lines)
    notes = ("the last line of the run is half-written and was left out; run it again to complete it",) if cut else ()
    return Run(_parse(path, 1, lines[0]), outcomes, notes)


def _appending(out: Path) -> TextIO:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        return out.open("a", encoding="utf-8", newline="\n")
    except OSError as error:
        message = f"The run file {out} cannot be written: {error.strerror}. Choose another --out."
        raise UserError(message) from error


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n"


def _complete_lines(path: Path) -> list[str]:
    """The whole lines of a run file, header first; [] when there is no file or not even a whole header.

    Raises:
        UserError: the file is something else than a run file. It is never written to.

    """
    if not path.exists():
        return []
    try:
        data = path.read_bytes()
        end = data.rfind(b"\n") + 1
        lines = data[:end].decode("utf-8").split("\n")[:-1]
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path} cannot be read as a run file: {error}. Choose another file."
        raise UserError(message) from error
    cut_header = not lines and b'{"kind": "header"'.startswith(data[:17])
    if not cut_header and (not lines or not _is_header(lines[0])):
        message = f"{path} is not a run file: its first line is no header. Choose another file; this one is left alone."
        raise UserError(message)
    return lines


def _is_header(line: str) -> bool:
    try:
        value = json.loads(line)
    except json.JSONDecodeError:
        return False
    return isinstance(value, dict) and value.get("kind") == "header"


def _parse(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        message = f"{path}:{number}: not JSON ({error}). Delete that line and run the questions again."
        raise UserError(message) from error
    if not isinstance(value, dict):
        message = f"{path}:{number}: not a JSON object. Delete that line and run the questions again."
        raise UserError(message)
    return value


def _demand_same(old: Mapping[str, Any], new: Mapping[str, Any], out: Path) -> None:
    """Raise UserError unless both headers have the same configuration, library and prompts."""
    differing = []
    if old.get("config") != new.get("config"):
        differing.append("configuration")
    if (old.get("library") or {}).get("fingerprint") != (new.get("library") or {}).get("fingerprint"):
        differing.append("library")
    if any(old.get(part) != new.get(part) for part in ("prompts", "prompt_texts")):
        differing.append("prompt")
    if differing:
        message = (
            f"{out} holds a run with another {' and another '.join(differing)}, and answers of both must not be mixed. "
            f"Choose another --out, or delete {out} to start over."
        )
        raise UserError(message)


def _outcome(path: Path, number: int, line: str) -> Outcome:
    value = _parse(path, number, line)
    try:
        answer = value["answer"]
        if answer["outcome"] not in OUTCOMES:
            message = f"outcome is {answer['outcome']!r}; known: {', '.join(OUTCOMES)}"
            raise ValueError(message)
        passages = answer.get("passages") or []
        stages = {**(answer.get("stages") or {}), "passages": passages}
        text = str(answer.get("text") or "")
        cited = answer.get("citations") or []
        seconds = answer.get("seconds") or {}
        confidence = answer.get("confidence")
        return Outcome(
            id=str(value["id"]),
            outcome=answer["outcome"],
            text=text,
            citations=tuple(map(cited_quote, cited)),
            stages={name: tuple(_place(hit, "start", "end") for hit in stages.get(name) or []) for name in STAGES},
            seconds={name: float(taken) for name, taken in seconds.items() if taken is not None},
            error=answer.get("error"),
            said=statements(text, cited) if answer["outcome"] == "answered" else (),
            passages=tuple(str(passage.get("text") or "") for passage in passages),
            confidence=None if confidence is None else float(confidence),
            tokens={name: int(count) for name, count in (answer.get("tokens") or {}).items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = f"{path}:{number}: not an outcome as the format says ({type(error).__name__}: {error})."
        raise UserError(message) from error


def _place(value: Mapping[str, Any], start: str, end: str) -> Place:
    return Place(str(value["source"]), int(value[start]), int(value[end]))

"""Verdict files: what judges said of the answers of one run, written line by line beside it and read back by scoring.

JSON lines: a header (run, judge, metrics), then one verdict per question and metric. ``value`` is in [0, 1]; null means
unscored, with the reason. A metric that does not apply to a question has no line.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config import UserError

FORMAT = 1
Key = tuple[str, str]  # question id, metric


@dataclass(frozen=True, slots=True)
class Verdicts:
    """A verdict file as read. ``values`` holds None where ``unscored`` says why."""

    header: Mapping[str, Any]
    values: Mapping[Key, float | None]
    unscored: Mapping[Key, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def of(self, case_id: str) -> dict[str, float | None]:
        """The verdicts on one question by metric.

        >>> Verdicts({}, {("q1", "ragas.Faithfulness"): 0.5, ("q2", "ragas.Faithfulness"): None}).of("q1")
        {'ragas.Faithfulness': 0.5}
        """
        return {metric: value for (identity, metric), value in self.values.items() if identity == case_id}


def header(run: Path, judge: str, metrics: Sequence[str]) -> dict[str, Any]:
    """What the verdicts depend on; ``judge`` names the models that were asked."""
    digest = hashlib.sha256(run.read_bytes()).hexdigest()
    return {"kind": "header", "format": FORMAT, "run": digest, "judge": judge, "metrics": list(metrics)}


def record(
    keys: Sequence[Key],
    decide: Callable[[Key], tuple[float | None, str]],
    head: Mapping[str, Any],
    out: Path,
    progress: Callable[[Iterable[Key]], Iterable[Key]] = iter,
) -> int:
    """Decide every key that ``out`` does not hold yet and append its line at once; a half-written last line is dropped.

    Args:
        keys: question and metric, in the order in which they are judged.
        decide: the value in [0, 1] or None, and the reason for None.
        head: of :func:`header`; an existing file must have the same.
        out: the verdict file; its folder is made if need be.
        progress: wraps the open keys, for a progress bar.

    Returns:
        How many keys were decided now.

    Raises:
        UserError: ``out`` cannot be written, is no verdict file, or holds verdicts on another run or by another judge.

    """
    lines = _complete_lines(out)
    if lines:
        differing = [name for name in ("run", "judge", "metrics") if _parse(out, 1, lines[0]).get(name) != head[name]]
        if differing:
            message = (
                f"{out} holds verdicts with another {' and another '.join(differing)}, which must not be mixed with "
                f"these. Choose another --out, or delete {out} to start over."
            )
            raise UserError(message)
    done = {_verdict(out, number, line)[0] for number, line in enumerate(lines[1:], start=2)}
    waiting = [key for key in keys if key not in done]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("a", encoding="utf-8", newline="\n") as file:
            file.truncate(sum(len(line.encode()) + 1 for line in lines))
            if not lines:
                file.write(_line(head))
                file.flush()
            for key in progress(waiting):
                value, reason = decide(key)
                file.write(_line({"kind": "verdict", "id": key[0], "metric": key[1], "value": value, "reason": reason}))
                file.flush()
    except OSError as error:
        message = f"The verdict file {out} cannot be written: {error.strerror}. Choose another --out."
        raise UserError(message) from error
    return len(waiting)


def read(path: Path) -> Verdicts:
    """Read a verdict file; a half-written last line is left out and mentioned in the notes.

    Raises:
        UserError: no such file, not a verdict file, or a line that is not as the format says.

    """
    lines = _complete_lines(path)
    if not lines:
        message = f"There is no verdict file {path}. Make one: python -m eval judge RUN --gold GOLD --out {path}"
        raise UserError(message)
    values: dict[Key, float | None] = {}
    unscored: dict[Key, str] = {}
    for number, line in enumerate(lines[1:], start=2):
        key, value, reason = _verdict(path, number, line)
        values[key] = value
        if value is None:
            unscored[key] = reason
    cut = path.stat().st_size > sum(len(line.encode()) + 1 for line in lines)
    notes = (f"the last line of {path.name} is half-written and was left out",) if cut else ()
    return Verdicts(_parse(path, 1, lines[0]), values, unscored, notes)


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n"


def _complete_lines(path: Path) -> list[str]:
    """The whole lines, header first; [] when there is no file or nothing in it."""
    if not path.exists():
        return []
    try:
        data = path.read_bytes()
        lines = data[: data.rfind(b"\n") + 1].decode("utf-8").split("\n")[:-1]
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path} cannot be read as a verdict file: {error}. Choose another file."
        raise UserError(message) from error
    if not lines and b'{"kind": "header", "format"'.startswith(data[:27]):  # nothing yet, or a header cut short
        return []
    head = _parse(path, 1, lines[0]) if lines else {}
    if head.get("kind") != "header" or "metrics" not in head:
        message = f"{path} is not a verdict file: its first line is not the header of one. Choose another file."
        raise UserError(message)
    if head.get("format", FORMAT) != FORMAT:
        message = f"{path} has format {head['format']}; this Rolebook reads format {FORMAT}. Judge the run again."
        raise UserError(message)
    return lines


def _parse(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        message = f"{path}:{number}: not JSON ({error}). Delete that line and judge again."
        raise UserError(message) from error
    if not isinstance(value, dict):
        message = f"{path}:{number}: not a JSON object. Delete that line and judge again."
        raise UserError(message)
    return value


def _verdict(path: Path, number: int, line: str) -> tuple[Key, float | None, str]:
    item = _parse(path, number, line)
    try:
        value = None if item["value"] is None else float(item["value"])
        if value is not None and not 0.0 <= value <= 1.0:
            message = f"value is {value}, not between 0 and 1"
            raise ValueError(message)
        return (str(item["id"]), str(item["metric"])), value, str(item.get("reason") or "")
    except (KeyError, TypeError, ValueError) as error:
        message = f"{path}:{number}: not a verdict ({type(error).__name__}: {error}). Delete that line and judge again."
        raise UserError(message) from error

"""What a release must reach, read from a TOML file (``goldset/gate.toml`` holds the defaults)."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from config import ROOT, UserError
from eval.catalogue import measure
from eval.compare import FAMILY
from eval.records import Measure

DEFAULT = ROOT / "goldset" / "gate.toml"


@dataclass(frozen=True, slots=True)
class Demand:
    """One threshold: exactly one of ``at_least``, ``at_most`` and ``none`` (no occurrence at all) is set."""

    name: str
    measure: str
    at_least: float | None = None
    at_most: float | None = None
    none: bool = False


@dataclass(frozen=True, slots=True)
class Thresholds:
    """A gate file: None or empty leaves a line out."""

    demands: tuple[Demand, ...]
    p95_seconds: float | None = None
    reranker: str = ""
    injection: bool = False
    baseline: tuple[str, ...] = FAMILY


def read(path: Path = DEFAULT) -> Thresholds:
    """Read a gate file.

    Raises:
        UserError: it cannot be read, or it has faults; all of them at once.

    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"The thresholds {path} cannot be read: {error}. Start from a copy of {DEFAULT.name}."
        raise UserError(message) from error
    faults: list[str] = []
    demands = [_demand(number, line, faults) for number, line in enumerate(_lines(table, faults), start=1)]
    faults += [f"unknown setting {name}" for name in sorted(set(table) - {"line", *_TABLES})]
    p95 = _setting(table, "latency", faults)
    if p95 is not None and not (_is_number(p95) and p95 > 0):
        faults.append(f"latency.p95_seconds must be a number of seconds above 0, not {p95!r}")
    reranker = _setting(table, "reranker", faults)
    if reranker is not None:
        _spelled(f"reranked.{reranker}", "reranker.measure", faults)
    injection = _setting(table, "injection", faults)
    if injection not in (None, True, False):
        faults.append(f"injection.none must be true or false, not {injection!r}")
    names = _setting(table, "baseline", faults)
    if names is not None and not isinstance(names, list):
        faults.append(f"baseline.measures must be a list of spellings, not {names!r}")
    for name in names if isinstance(names, list) else ():
        _spelled(name, "baseline.measures", faults)
    if faults:
        message = f"The thresholds {path} have {len(faults)} fault(s):\n  - " + "\n  - ".join(faults)
        raise UserError(message)
    kept = tuple(demand for demand in demands if demand is not None)
    baseline = FAMILY if names is None else tuple(names)
    return Thresholds(kept, p95, "" if reranker is None else reranker, injection is True, baseline)


_TABLES = {"latency": "p95_seconds", "reranker": "measure", "injection": "none", "baseline": "measures"}
"""Every table besides the lines, with its one setting."""


def _setting(table: Mapping[str, Any], name: str, faults: list[str]) -> Any:
    """The one setting of a table; None without it. A misspelt one must not leave the line out in silence."""
    value = table.get(name, {})
    if not isinstance(value, dict):
        faults.append(f"{name} must be written as [{name}]")
        return None
    faults += [f"unknown setting {name}.{key}" for key in sorted(set(value) - {_TABLES[name]})]
    if name in table and _TABLES[name] not in value:
        faults.append(f"{name}.{_TABLES[name]} is missing")
    return value.get(_TABLES[name])


def _lines(table: Mapping[str, Any], faults: list[str]) -> list[Mapping[str, Any]]:
    value = table.get("line", [])
    if not isinstance(value, list) or not all(isinstance(line, dict) for line in value):
        faults.append("line must be written as [[line]]")
        return []
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _demand(number: int, line: Mapping[str, Any], faults: list[str]) -> Demand | None:
    where = f"line {number}"
    known: dict[str, Callable[[Any], bool]] = {
        "name": lambda v: isinstance(v, str),
        "measure": lambda v: isinstance(v, str),
        "at_least": _is_number,
        "at_most": _is_number,
        "none": lambda v: v is True,
    }
    wrong = [f"{where}: {key} = {value!r}" for key, value in line.items() if key not in known or not known[key](value)]
    if sum(key in line for key in ("at_least", "at_most", "none")) != 1:
        wrong.append(f"{where}: give exactly one of at_least, at_most and none = true")
    if "measure" not in line:
        wrong.append(f"{where}: measure is missing")
    else:
        found = _spelled(str(line["measure"]), where, wrong)
        if found is not None and "none" in line and found.kind != "rate":
            wrong.append(f"{where}: none = true needs a measure that is a rate, and {found.name} is a {found.kind}")
    faults += wrong
    return None if wrong else Demand(**{"name": line["measure"], **line})


def _spelled(name: Any, where: str, faults: list[str]) -> Measure | None:
    try:
        return measure(str(name))
    except UserError as error:
        faults.append(f"{where}: {error}")
        return None

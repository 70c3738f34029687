"""How often judges are right on statements whose label is known: true-positive and true-negative rates per error kind.

A judged figure means little without these beside it: a judge that passes everything finds every answer grounded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from config import UserError
from eval.judging.judges import Judge, Labelled
from eval.statistics import wilson

FORMAT = 1
OWN = "perturbations"


@dataclass(frozen=True, slots=True)
class Rate:
    """Agreement of a judge with the labels of one kind.

    Of ``n`` statements ``unreadable`` got no verdict; ``rate`` is ``agreed`` over the rest with Wilson's 95 % interval,
    None when nothing was readable: the true-positive rate where ``supported`` is true, else the true-negative rate.
    """

    set: str
    kind: str
    supported: bool
    n: int
    agreed: int
    unreadable: int
    rate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Judged:
    """One judge: ``id`` names its models; ``unreadable`` counts the reasons why verdicts could not be read."""

    id: str
    sets: tuple[Rate, ...]
    unreadable: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Judges by name; ``about`` says with what statements and versions they were measured."""

    judges: Mapping[str, Judged]
    about: Mapping[str, Any] = field(default_factory=dict)


def calibrate(
    judges: Sequence[Judge],
    items: Sequence[Labelled],
    about: Mapping[str, Any],
    progress: Callable[[Iterable[tuple[Judge, Labelled]]], Iterable[tuple[Judge, Labelled]]] = iter,
) -> Calibration:
    """Put every statement to every judge; ``progress`` wraps the pairs, for a progress bar."""
    verdicts: dict[str, list[bool | None]] = {judge.name: [] for judge in judges}
    for judge, item in progress([(judge, item) for judge in judges for item in items]):
        verdicts[judge.name].append(judge.supported(item.statement, item.quotes))
    found = {}
    for judge in judges:
        reasons = getattr(judge, "reasons", {})
        ordered = dict(sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0])))
        found[judge.name] = Judged(judge.id, _rates(items, verdicts[judge.name]), ordered)
    return Calibration(found, about)


def _rates(items: Sequence[Labelled], verdicts: Sequence[bool | None]) -> tuple[Rate, ...]:
    strata: dict[tuple[str, str, bool], list[bool | None]] = {}
    for item, verdict in zip(items, verdicts, strict=True):
        agreed = None if verdict is None else verdict == item.supported
        strata.setdefault((item.set, item.kind, item.supported), []).append(agreed)
    return tuple(_rate(*stratum, flags) for stratum, flags in strata.items())


def _rate(name: str, kind: str, supported: bool, flags: Sequence[bool | None]) -> Rate:
    read = [flag for flag in flags if flag is not None]
    estimate = wilson(read)
    counts = (len(flags), sum(read), len(flags) - len(read))
    return Rate(name, kind, supported, *counts, estimate.value, estimate.low, estimate.high)


def total(judged: Judged, name: str, *, supported: bool) -> Rate:
    """All supported or all unsupported statements of one set together.

    >>> one, two = Rate("s", "a", False, 4, 3, 0, .75, .3, .95), Rate("s", "b", False, 7, 5, 1, .8, .4, .9)
    >>> both = total(Judged("", (one, two)), "s", supported=False)
    >>> (both.kind, both.n, both.agreed, both.unreadable, both.rate)
    ('all', 11, 8, 1, 0.8)
    """
    parts = [rate for rate in judged.sets if rate.set == name and rate.supported is supported]
    flags: list[bool | None] = []
    for part in parts:
        missed = part.n - part.unreadable - part.agreed
        flags += [True] * part.agreed + [False] * missed + [None] * part.unreadable
    return _rate(name, "all", supported, flags)


def rates(calibration: Calibration, judge: str) -> str:
    """One phrase for beside a judged figure, from our own perturbations; '' when the judge was not measured.

    >>> yes = Rate(OWN, "verbatim", True, 50, 49, 0, .98, .9, 1.0)
    >>> no = Rate(OWN, "wrong number", False, 40, 30, 8, .94, .8, 1.0)
    >>> rates(Calibration({"verifier": Judged("", (yes, no))}), "verifier")
    'verifier: passes 98 % of 50 supported, stops 94 % of 32 unsupported statements; 8 of 90 verdicts unreadable'
    """
    judged = calibration.judges.get(judge)
    if judged is None or not judged.sets:
        return ""
    name = OWN if any(rate.set == OWN for rate in judged.sets) else judged.sets[0].set
    passed, stopped = (total(judged, name, supported=supported) for supported in (True, False))
    unreadable, n = passed.unreadable + stopped.unreadable, passed.n + stopped.n
    if unreadable == n:
        return f"{judge}: none of {n} verdicts could be read"
    phrase = f"{judge}: passes {_share(passed)} supported, stops {_share(stopped)} unsupported statements"
    return f"{phrase}; {unreadable} of {n} verdicts unreadable" if unreadable else phrase


def _share(rate: Rate) -> str:
    read = rate.n - rate.unreadable
    return f"{100 * rate.rate:.0f} % of {read}" if rate.rate is not None else f"? % of {read}"


def table(calibration: Calibration) -> str:
    """Everything in lines of plain text: per judge and set the totals, then the kinds."""
    lines = []
    for name, judged in calibration.judges.items():
        lines += ["", f"{name}  ({judged.id})"]
        lines += [f"  {'set':<17}{'kind':<28}{'label':<12}{'agrees':>8}{'95 % interval':>17}{'n':>6}{'unreadable':>12}"]
        for set_name in dict.fromkeys(rate.set for rate in judged.sets):
            of_set = [rate for rate in judged.sets if rate.set == set_name]
            for supported in (True, False):
                kinds = [rate for rate in of_set if rate.supported is supported]
                lines += [_row(total(judged, set_name, supported=supported))] if len(kinds) != 1 else []
                lines += [_row(rate) for rate in kinds]
        lines += [f"  unreadable: {count} x {reason}" for reason, count in judged.unreadable.items()]
    return "\n".join(lines).lstrip("\n")


def _row(rate: Rate) -> str:
    label = "supported" if rate.supported else "unsupported"
    if rate.rate is None or rate.low is None or rate.high is None:
        figures = f"{'-':>8}{'-':>17}"
    else:
        figures = f"{100 * rate.rate:>7.1f}%{f'{100 * rate.low:.1f}–{100 * rate.high:.1f}%':>17}"
    return f"  {rate.set:<17}{rate.kind:<28}{label:<12}{figures}{rate.n:>6}{rate.unreadable:>12}"


def write(calibration: Calibration, path: Path) -> None:
    """As JSON with figures to six places, so that equal measurements give equal bytes.

    Raises:
        UserError: the file cannot be written.

    """
    judges = {
        name: {
            "id": judged.id,
            "sets": [_rounded(rate) for rate in judged.sets],
            "unreadable": dict(judged.unreadable),
        }
        for name, judged in calibration.judges.items()
    }
    whole = {"format": FORMAT, "about": dict(calibration.about), "judges": judges}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        message = f"The calibration file {path} cannot be written: {error.strerror}. Choose another --out."
        raise UserError(message) from error


def _rounded(rate: Rate) -> dict[str, Any]:
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in asdict(rate).items()}


def read(path: Path) -> Calibration:
    """Read a calibration file.

    Raises:
        UserError: no such file, or not a calibration of this format.

    """
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
        if whole["format"] != FORMAT:
            message = f"format is {whole['format']}, known is {FORMAT}"
            raise ValueError(message)
        judges = {
            name: Judged(judged["id"], tuple(Rate(**rate) for rate in judged["sets"]), judged.get("unreadable") or {})
            for name, judged in whole["judges"].items()
        }
        return Calibration(judges, whole.get("about") or {})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = (
            f"{path} is not a calibration file ({type(error).__name__}: {error}). "
            f"Make one: python -m eval calibrate GOLD --documents documents --out {path}"
        )
        raise UserError(message) from error

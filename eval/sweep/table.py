"""What a sweep found: as text for the terminal, as Markdown to keep, as JSON values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from eval.records import Comparison, Estimate
from eval.report.figure_text import NOTHING, interval, share, signed, table
from eval.sweep.plan import Sweep
from eval.sweep.run import Measured
from eval.table import grid

LEGEND = (
    "Differences are variant minus baseline over the same questions, with 95 % intervals; p is adjusted over all "
    "variants and measures of the sweep (Holm); detectable: the smallest true difference that shows in 80 % of "
    "repetitions."
)


def _values(one: Measured, measures: Sequence[str]) -> list[str]:
    seconds = one.card.whole.seconds["total"]
    times = [NOTHING if value is None else f"{value:.2f}" for value in (seconds.p50, seconds.p95)]
    return [*(share(_estimate(one, name).value) for name in measures), " / ".join(times)]


def _estimate(one: Measured, name: str) -> Estimate:
    return one.card.whole.measures.get(name, Estimate(None, None, None, 0))


def _difference(item: Comparison) -> list[str]:
    adjusted = NOTHING if item.adjusted_p is None else f"{item.adjusted_p:.2g}"
    return [
        item.measure,
        signed(item.difference),
        interval(item.low, item.high),
        str(item.n),
        adjusted,
        share(item.detectable),
        item.call,
    ]


_COLUMNS = ("measure", "difference", "95 % interval", "n", "p (Holm)", "detectable", "call")


def text(sweep: Sweep, measured: Sequence[Measured], notes: Sequence[str]) -> str:
    """Two tables: what every variant reached, and how far that is from the baseline."""
    names = [one.variant.name for one in measured]
    values = [[name, *_values(one, sweep.measures)] for name, one in zip(names, measured, strict=True)]
    differences = [[one.variant.name, *_difference(item)] for one in measured for item in one.comparisons]
    questions = measured[0].card.whole.questions
    parts = [
        *notes,
        grid(f"Variants ({questions} questions)", ["variant", *sweep.measures, "seconds p50 / p95"], values),
    ]
    if differences:
        parts += [grid(f"Differences to '{sweep.baseline.name}'", ["variant", *_COLUMNS], differences), LEGEND]
    return "\n\n".join(parts)


def markdown(sweep: Sweep, measured: Sequence[Measured], notes: Sequence[str]) -> str:
    """The same with the settings of every variant; a called difference is marked where the value stands."""
    about = measured[0].card.about["gold"]
    version = "" if about.get("version") is None else f" {about['version']}"
    lines = [
        f"# Sweep {sweep.name}",
        "",
        f"{measured[0].card.whole.questions} questions of {about['name']}{version} (split: {about['split']}), "
        f"profile {sweep.profile}, baseline: {sweep.baseline.name}. ▲ better and ▼ worse than the baseline.",
        "",
        *(f"- {note}" for note in notes),
        *([""] if notes else []),
        table(
            ["variant", *sweep.measures, "seconds, median / 95th percentile"],
            [[one.variant.name, *_marked(one, sweep.measures)] for one in measured],
        ),
        "",
        table(
            ["variant", *_COLUMNS],
            [[one.variant.name, *_difference(item)] for one in measured for item in one.comparisons],
        ),
        "",
        LEGEND,
        "",
        table(
            ["variant", "sets", "files"],
            [
                ["all of them", _changes(sweep.common), ""],
                *([one.variant.name, _changes(one.variant.changes), one.variant.stem] for one in measured),
            ],
        ),
        "",
        f"Sweep file SHA-256 {sweep.sha256}, gold set SHA-256 {about['sha256']}.",
    ]
    return "\n".join(lines) + "\n"


def _marked(one: Measured, measures: Sequence[str]) -> list[str]:
    calls = {item.measure: item.call for item in one.comparisons}
    marks = {"better": " ▲", "worse": " ▼"}
    *values, seconds = _values(one, measures)
    return [f"{v}{marks.get(calls.get(name, ''), '')}" for name, v in zip(measures, values, strict=True)] + [seconds]


def _changes(changes: Mapping[str, Any]) -> str:
    said = ", ".join(f"{key} = {value}" for key, value in changes.items())
    return said if said else "nothing"


def as_dict(sweep: Sweep, measured: Sequence[Measured], notes: Sequence[str]) -> dict[str, Any]:
    """Everything as JSON values."""
    return {
        "kind": "sweep",
        "format": 1,
        "sweep": {"name": sweep.name, "sha256": sweep.sha256, "profile": sweep.profile, "set": dict(sweep.common)},
        "baseline": sweep.baseline.name,
        "gold": measured[0].card.about["gold"],
        "notes": list(notes),
        "variants": [
            {
                "name": one.variant.name,
                "set": dict(one.variant.changes),
                "run": str(one.run),
                "measures": {name: asdict(_estimate(one, name)) for name in sweep.measures},
                "seconds": asdict(one.card.whole.seconds["total"]),
                "comparisons": [asdict(item) for item in one.comparisons],
            }
            for one in measured
        ],
    }

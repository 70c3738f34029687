"""What a report says, as plain JSON values: sections with their numbers and the words that these are shown in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eval.catalogue import BUDGETS, MEASURES, measure
from eval.latency import p95
from eval.records import STAGES, Case, Comparison, Estimate, GateLine, LocatedCase, Run, Scorecard, Slice
from eval.report import text

if TYPE_CHECKING:
    from eval.judging.calibration import Calibration

FORMAT = 1
RANKING = (
    "Hit@10", "Hit@20", "Recall@5", "Recall@10", "Recall@20", "MRR@10", "nDCG@10",
    *(f"Coverage@{budget}" for budget in BUDGETS),
)  # fmt: skip
LIFTED = (("Recall", 10), ("MRR", 10), ("nDCG", 10), ("Coverage", 4_000))
SAFETY = ("PersonalData", "ActiveContent")
HEAT_MEASURES = (
    "Correct", "KeyFacts", "reranked.Recall@10", "passages.Coverage@4000", "Groundedness", "CitationPrecision",
    "Refusal", "FalseRefusal",
)  # fmt: skip
HEAT_STEPS = (0.25, 0.5, 0.65, 0.8, 0.9, 0.95)  # lower bounds of the shades 1 to 6; below is shade 0
FEW = 5  # observations below which a cell is not shaded


@dataclass(frozen=True, slots=True)
class Against:
    """The comparison of the reported run with another; differences are the reported run minus ``name``."""

    name: str
    lines: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report is made of.

    ``located`` is keyed by case id; a case that is not in it was not looked up. ``gate`` is None when no gate was asked
    for. ``redteam`` is ``RedTeam.as_dict``; ``name`` is what the run is called on the page.
    """

    card: Scorecard
    run: Run
    cases: tuple[Case, ...]
    located: Mapping[str, LocatedCase]
    gate: tuple[GateLine, ...] | None = None
    comparisons: tuple[Against, ...] = ()
    redteam: Mapping[str, Any] | None = None
    calibration: Calibration | None = None
    name: str = ""


def estimate(part: Slice, spelling: str) -> dict[str, Any]:
    """The figure of one measure in one slice."""
    return text.figure(part.measures.get(spelling), text.unit_of(spelling))


def gate(report: Report) -> dict[str, Any] | None:
    """The lines of the gate and the verdict over all of them; None when no gate was asked for."""
    if report.gate is None:
        return None
    verdicts = [line.verdict for line in report.gate]
    failed, undecided = verdicts.count("fail"), verdicts.count("undecided")
    lines = text.counted(len(verdicts), "line")
    also = f", and {undecided} cannot be decided yet" if undecided else ""
    if failed:
        said = f"Does not pass the release gate: {failed} of {lines} fail{'s' if failed == 1 else ''}{also}."
    elif undecided:
        said = f"Not decided: none of {lines} fails{also}."
    else:
        said = f"Passes the release gate: all {lines} hold."
    return {
        "verdict": "fail" if failed else "undecided" if undecided else "pass",
        "said": said,
        "lines": [
            {
                "name": line.name,
                "verdict": line.verdict,
                "reason": line.reason.replace("->", "→"),
                **_demanded(line),
            }
            for line in report.gate
        ],
    }


_THRESHOLD = re.compile(r"(?P<what>\S.*?) (?P<sign>>=|<=) (?P<bound>[\d.]+)")


def _demanded(line: GateLine) -> dict[str, Any]:
    """The demand as people write it, and what was measured in the same unit (a change has a sign)."""
    unit = text.unit_of(line.demand.split(" ")[0])
    if line.name.startswith("no regression: ") or " not below " in line.demand:
        measured = text.unit_of(line.name.removeprefix("no regression: "))
        return {"demand": line.demand, **text.change(line.estimate, measured)}
    said = _THRESHOLD.fullmatch(line.demand)
    demand = line.demand
    if said is not None:
        sign = {">=": "≥", "<=": "≤"}[said["sign"]]
        bound = float(said["bound"])
        sizes = {"percent": f"{100 * bound:g}{text.SPACE}%", text.SECONDS: f"{bound:g}{text.SPACE}s"}
        demand = f"{said['what']} {sign} {sizes.get(unit, said['bound'])}"
    return {"demand": demand, **text.figure(line.estimate, unit if line.name != "injection" else "percent")}


def taken(report: Report) -> list[dict[str, Any]]:
    """Every measure of the answers that was taken, in the order of the catalogue; judges' metrics last."""
    whole = report.card.whole
    ours = [name for name in MEASURES if name in whole.measures and name.split(".")[0] not in STAGES]
    others = sorted(name for name in whole.measures if name not in MEASURES)
    return [
        {
            "measure": name,
            "definition": measure(name).definition,
            "lower_is_better": not measure(name).higher_is_better,
            "judge": measure(name).judge,
            **estimate(whole, name),
        }
        for name in (*ours, *others)
    ]


def retrieval(report: Report) -> dict[str, Any]:
    """One row per stage that was run, one column per measure of a ranking; and what the reranker adds to the fusion."""
    whole = report.card.whole
    rows = []
    for stage in STAGES:
        cells = [estimate(whole, f"{stage}.{name}") for name in RANKING]
        if any(cell["value"] is not None for cell in cells):
            rows.append({"stage": stage, "cells": cells})
    return {"columns": list(RANKING), "rows": rows, "lift": [_lift(report, *pair) for pair in LIFTED]}


def _lift(report: Report, name: str, cutoff: int) -> dict[str, Any]:
    """What the reranker adds over the questions that have both stages, with its paired interval."""
    from eval.compare import lift

    found = lift(report.card.rows, name, cutoff, seed=int(report.card.about.get("seed", 0)))
    known = None if found is None else Estimate(found.difference, found.low, found.high, found.n)
    called = text.NOTHING if found is None else found.call
    return {"measure": f"{name}@{cutoff}", **text.change(known, "share"), "call": called}


def slices(report: Report) -> dict[str, Any]:
    """Rows (dimension, name) by columns (measure); ``shade`` is 0 (poor) to 6 (good), None for few observations."""
    whole = report.card.whole
    columns = [name for name in HEAT_MEASURES if name in whole.measures]
    names = Counter(part.dimension for part in report.card.slices)  # a dimension of one slice says nothing new
    rows = [
        {
            "dimension": part.dimension,
            "name": part.name,
            "questions": part.questions,
            "cells": [_cell(part, name) for name in columns],
        }
        for part in report.card.slices
        if part.dimension == "all" or names[part.dimension] > 1
    ]
    lower = [not measure(name).higher_is_better for name in columns]
    return {"columns": columns, "lower_is_better": lower, "rows": rows, "steps": list(HEAT_STEPS), "few": FEW}


def _cell(part: Slice, spelling: str) -> dict[str, Any]:
    found = estimate(part, spelling)
    if found["value"] is None or found["n"] < FEW:
        return {**found, "shade": None}
    good = found["value"] if measure(spelling).higher_is_better else 1 - found["value"]
    return {**found, "shade": sum(good >= step for step in HEAT_STEPS)}


def latency(report: Report) -> dict[str, Any]:
    """Seconds per question of every recorded step, and the durations themselves."""
    steps = []
    for name, found in report.card.whole.seconds.items():
        if found.n:
            words = [text.written(value, text.SECONDS) for value in (found.p50, found.p95)]
            steps.append({"step": name, "p50": found.p50, "p95": found.p95, "n": found.n, "texts": words})
    totals = [row.seconds["total"] for row in report.card.rows if "total" in row.seconds]
    interval = p95(totals)
    return {
        "steps": steps,
        "seconds": sorted(totals),
        "p95_low": interval.low,
        "p95_high": interval.high,
        "p95_interval": text.between(interval.low, interval.high, text.SECONDS),
    }

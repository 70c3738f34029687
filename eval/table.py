"""Scorecards, comparisons and gates as plain text. An en dash stands for "nothing to measure"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eval.catalogue import BUDGETS, CUTOFFS, MEASURES, measure
from eval.fate import FATES
from eval.gate import decision
from eval.records import STAGES, Comparison, Estimate, GateLine, Percentiles, Scorecard, Slice

if TYPE_CHECKING:
    from eval.judging.calibration import Calibration

NOTHING = "\N{EN DASH}"
NO_ESTIMATE = Estimate(None, None, None, 0)
TABLES = {
    "Answers": ("Correct", "AllKeyFacts", "KeyFacts", "ForbiddenFacts", "ItemRecall", "EvidencePrecision"),
    "Support": ("Groundedness", "Hallucination", "CitationRecall", "CitationPrecision", "Verbatim", "Cited"),
    "Conduct": ("Refusal", "FalseRefusal", "Error", "PersonalData", "ActiveContent"),
    "Spent": ("Tokens", "Cost"),
}


def estimate(value: Estimate) -> str:
    """Value, interval, number of observations, and how many more could not be judged.

    >>> estimate(Estimate(0.8, 0.49016, 0.9433, 10)), estimate(Estimate(None, None, None, 0))
    ('0.80 [0.49 0.94] 10', '\N{EN DASH}')
    >>> estimate(Estimate(0.5, None, None, 2, unscored=3)), estimate(Estimate(None, None, None, 0, 4))
    ('0.50 [\N{EN DASH}] 2 (3 unscored)', '\N{EN DASH} (4 unscored)')
    """
    unscored = f" ({value.unscored} unscored)" if value.unscored else ""
    if value.value is None:
        return NOTHING + unscored
    interval = NOTHING if value.low is None or value.high is None else f"{value.low:.2f} {value.high:.2f}"
    return f"{value.value:.2f} [{interval}] {value.n}{unscored}"


def duration(value: Percentiles) -> str:
    """Median, 95th percentile and number of observations.

    >>> duration(Percentiles(1.25, 3.0, 4)), duration(Percentiles(None, None, 0))
    ('1.25 / 3.00 (4)', '\N{EN DASH}')
    """
    return NOTHING if value.p50 is None or value.p95 is None else f"{value.p50:.2f} / {value.p95:.2f} ({value.n})"


def grid(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A titled table with left-aligned columns.

    >>> print(grid("Sizes", ["name", "n"], [["all", "3"], ["fact", "1"]]))
    Sizes
      name  n
      all   3
      fact  1
    """
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in (header, *rows)]
    return "\n".join([title, *(f"  {line}".rstrip() for line in lines)])


def render(card: Scorecard, calibration: Calibration | None = None, by: Sequence[str] = ("type",)) -> str:
    """The whole scorecard: notes, then every table for all questions and for the slices of the dimensions ``by``."""
    shown = [part for part in card.slices if part.dimension in ("all", *by)]
    parts = ["95 % intervals: value [low high] number of observations"]
    parts += [f"note: {note}" for note in card.notes]
    counts = [[_name(part), str(part.questions), str(part.missing)] for part in shown]
    parts.append(grid("Questions", ["slice", "questions", "not in the run"], counts))
    others = tuple(name for name in card.whole.measures if name not in MEASURES)
    for title, names in {**TABLES, "Other judges": others}.items():
        present = [name for name in names if name in card.whole.measures]
        if present:
            parts.append(_measures(title, shown, present))
    parts += _error_rates(card, calibration)
    rows = [[_name(part), *(duration(part.seconds[time]) for time in ("total", "first_token"))] for part in shown]
    parts.append(grid("Seconds, median / 95th percentile (questions)", ["slice", "total", "first words"], rows))
    parts += _retrieval(card.whole)
    fates = [[name, str(count), FATES[name]] for name, count in card.whole.fates.items()]
    parts.append(grid("What became of the questions", ["fate", "questions", "meaning"], fates))
    return "\n\n".join(parts)


def _name(part: Slice) -> str:
    return "all" if part.dimension == "all" else f"{part.dimension}: {part.name}"


def _measures(title: str, shown: Sequence[Slice], names: Sequence[str]) -> str:
    rows = [[_name(part), *(estimate(part.measures.get(name, NO_ESTIMATE)) for name in names)] for part in shown]
    return grid(title, ["slice", *names], rows)


def _retrieval(whole: Slice) -> list[str]:
    """The usual measures, a stage a line; ``--json`` has the others."""
    stages = [stage for stage in STAGES if f"{stage}.Hit@{CUTOFFS[0]}" in whole.measures]
    if not stages:
        return ["Retrieval: unscored"]
    groups = {
        "evidence within the first hits": [f"Recall@{k}" for k in CUTOFFS],
        "order of the hits": ["Hit@20", "MRR@10", "nDCG@10"],
        "evidence within the first characters": [f"Coverage@{n}" for n in BUDGETS],
    }
    tables = []
    for title, names in groups.items():
        rows = [[s, *(estimate(whole.measures.get(f"{s}.{name}", NO_ESTIMATE)) for name in names)] for s in stages]
        tables.append(grid(f"Retrieval: {title}", ["stage", *names], rows))
    return tables


def _error_rates(card: Scorecard, calibration: Calibration | None) -> list[str]:
    """What is known of each judge that decided something here."""
    judges = dict.fromkeys(measure(name).judge for name in card.whole.measures)
    names = [judge for judge in judges if judge]
    if not names:
        return []
    if calibration is None:
        return [f"The error rates of {', '.join(names)} are not measured: python -m eval calibrate"]
    from eval.judging.calibration import rates

    gold = calibration.about.get("gold") or {}
    on = f"{gold.get('name', 'an unknown set')} {gold.get('version') or ''}".strip()
    known = [phrase for name in names if (phrase := rates(calibration, name))]
    return [f"Error rates of the judges, measured on statements made from {on}\n  " + "\n  ".join(known)]


def comparisons(found: Sequence[Comparison], first: int, second: int) -> str:
    """Paired differences; ``first`` and ``second`` are the numbers of questions of the two runs."""
    rows = [
        [
            item.measure,
            f"{item.first:.3f}",
            f"{item.second:.3f}",
            f"{item.difference:+.3f}",
            NOTHING if item.low is None or item.high is None else f"{item.low:+.3f} {item.high:+.3f}",
            str(item.n),
            NOTHING if item.adjusted_p is None else f"{item.adjusted_p:.3g}",
            NOTHING if item.detectable is None else f"{item.detectable:.3f}",
            item.call,
        ]
        for item in found
    ]
    header = ["measure", "first", "second", "difference", "95 % interval", "n", "p (Holm)", "detectable", "call"]
    said = f"{first} and {second} questions; detectable: the true difference that shows in 80 % of repetitions"
    return grid(f"Paired differences, second minus first ({said})", header, rows)


WHOLE = {"pass": "PASSED", "fail": "FAILED", "undecided": "NOT DECIDED"}


def gate_lines(lines: Sequence[GateLine], notes: Sequence[str] = ()) -> str:
    """Every line with its verdict first, then the decision."""
    rows = [
        [line.verdict.upper(), line.name, line.demand, estimate(found), line.reason]
        for line in lines
        for found in (NO_ESTIMATE if line.estimate is None else line.estimate,)
    ]
    table = grid("Gate", ["verdict", "line", "demand", "measured [95 %] n", "reason"], rows)
    counts = {verdict: sum(line.verdict == verdict for line in lines) for verdict in ("pass", "fail", "undecided")}
    said = f"{WHOLE[decision(lines)]}: {counts['pass']} lines pass, {counts['fail']} fail, "
    said += f"{counts['undecided']} are undecided."
    return "\n\n".join([*(f"note: {note}" for note in notes), table, said])

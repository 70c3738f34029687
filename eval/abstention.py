"""Knowing when to be silent: risk against coverage, and the 2x2 of answering and answerability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.records import Row

ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Point:
    """Answering only what has at least ``confidence``: the share of all questions answered, and of these not right."""

    confidence: float
    coverage: float
    risk: float


def curve(rows: Sequence[Row]) -> tuple[Point, ...]:
    """Risk-coverage (El-Yaniv and Wiener, JMLR 11, 2010): one point per distinct confidence, most confident first.

    Questions that the run refused, or that have no confidence, are never answered; so the curve ends at the run's own
    coverage. An answer is wrong when its fate is not ``right``.
    """
    told = ((row.confidence, row.fate == "right") for row in rows if row.outcome == ANSWERED)
    answered = sorted(((sure, right) for sure, right in told if sure is not None), key=lambda item: -item[0])
    points: list[Point] = []
    wrong = 0
    for number, (confidence, right) in enumerate(answered, start=1):
        wrong += not right
        if number == len(answered) or answered[number][0] != confidence:
            points.append(Point(confidence, number / len(rows), wrong / number))
    return tuple(points)


def area(points: Sequence[Point]) -> float | None:
    """Mean risk over the coverage that the run reaches (the normalised area under the curve); None without points.

    Steps are taken at their right end, as if the answers of equal confidence came in one.

    >>> area((Point(0.9, 0.25, 0.0), Point(0.4, 0.5, 0.5)))
    0.25
    >>> area(()) is None
    True
    """
    if not points:
        return None
    total, before = 0.0, 0.0
    for point in points:
        total += (point.coverage - before) * point.risk
        before = point.coverage
    return total / before


@dataclass(frozen=True, slots=True)
class Conduct:
    """How many questions, by whether the documents answer them and by what the run did."""

    answerable_answered: int
    answerable_refused: int
    unanswerable_answered: int
    unanswerable_refused: int


def two_by_two(rows: Sequence[Row]) -> Conduct:
    """Counts of the questions that were answered or refused; errors and missing questions are neither."""
    counts = {(kind, value): 0 for kind in ("FalseRefusal", "Refusal") for value in (0.0, 1.0)}
    for row in rows:
        for kind in ("FalseRefusal", "Refusal"):
            value = row.values.get(kind)
            if value is not None and row.outcome in (ANSWERED, "not_found", "refused"):
                counts[kind, value] += 1
    return Conduct(
        counts["FalseRefusal", 0.0], counts["FalseRefusal", 1.0], counts["Refusal", 0.0], counts["Refusal", 1.0]
    )

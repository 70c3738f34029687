"""Risk against coverage by hand, and what any curve must be."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.abstention import Conduct, Point, area, curve, two_by_two
from eval.records import Row


def row(outcome: str | None, fate: str = "right", confidence: float | None = None, **values: float | None) -> Row:
    return Row("q", "a.md", outcome, fate, {}, values, {}, confidence)


def answered(confidence: float | None, right: bool) -> Row:
    return row("answered", "right" if right else "unsupported", confidence)


def test_a_curve_by_hand() -> None:
    rows = [
        answered(0.6, right=False), answered(0.9, right=True), answered(0.8, right=True), answered(0.7, right=False),
        row("not_found", confidence=0.99), row(None, "not in the run"), row("error", "error"), row("refused"),
    ]  # fmt: skip
    points = curve(rows)
    assert points == (
        Point(0.9, 1 / 8, 0.0), Point(0.8, 2 / 8, 0.0), Point(0.7, 3 / 8, 1 / 3), Point(0.6, 4 / 8, 2 / 4),
    )  # fmt: skip
    assert area(points) == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)


def test_equal_confidence_comes_at_once() -> None:
    rows = [answered(0.5, right=True), answered(0.5, right=False), answered(0.9, right=True)]
    assert curve(rows) == curve(rows[::-1]) == (Point(0.9, 1 / 3, 0.0), Point(0.5, 1.0, 1 / 3))


def test_no_answers_no_curve() -> None:
    assert curve([]) == curve([row("not_found", confidence=0.4), answered(None, right=True)]) == ()
    assert area(()) is None


def test_confidence_zero_is_a_confidence() -> None:
    assert curve([answered(0.0, right=True)]) == (Point(0.0, 1.0, 0.0),)


def test_two_by_two() -> None:
    rows = [
        row("answered", FalseRefusal=0.0), row("answered", FalseRefusal=0.0), row("not_found", FalseRefusal=1.0),
        row("answered", Refusal=0.0), row("refused", Refusal=1.0), row("not_found", Refusal=1.0),
        row("error", Refusal=0.0), row("error", FalseRefusal=0.0), row(None),
    ]  # fmt: skip
    assert two_by_two(rows) == Conduct(2, 1, 1, 2)


any_row = st.builds(
    lambda outcome, right, confidence: row(outcome, "right" if right else "unsupported", confidence),
    st.sampled_from(["answered", "not_found", None]),
    st.booleans(),
    st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]),
)


@given(st.lists(any_row, max_size=20))
def test_coverage_ascends_and_ends_at_the_coverage_of_the_run(rows: list[Row]) -> None:
    points = curve(rows)
    told = [one for one in rows if one.outcome == "answered"]
    assert bool(points) == bool(told)
    if points:
        assert points[-1].coverage == len(told) / len(rows)
        assert points[-1].risk == sum(one.fate != "right" for one in told) / len(told)
        assert min(point.risk for point in points) <= (area(points) or 0.0) + 1e-12
        assert (area(points) or 0.0) <= max(point.risk for point in points) + 1e-12
    assert all(a.coverage < b.coverage and a.confidence > b.confidence for a, b in pairwise(points))
    for point in points:  # every point is what a threshold would do
        kept = [one for one in told if (one.confidence or 0.0) >= point.confidence]
        assert point.coverage == len(kept) / len(rows)
        assert point.risk == sum(one.fate != "right" for one in kept) / len(kept)


@given(st.lists(st.booleans(), min_size=1, max_size=12))
def test_the_best_order_has_the_smallest_area(rights: list[bool]) -> None:
    def area_of(order: list[bool]) -> float:
        value = area(curve([answered(1 - rank / 100, right) for rank, right in enumerate(order)]))
        assert value is not None
        return value

    best, worst = sorted(rights, reverse=True), sorted(rights)
    assert area_of(best) <= area_of(rights) + 1e-12 <= area_of(worst) + 2e-12

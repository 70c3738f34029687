"""Intervals against scipy and against what they must be by construction."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from eval.statistics import clustered_mean, percentiles, wilson


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_equals_scipy(counts: tuple[int, int]) -> None:
    right, n = counts
    ours = wilson([True] * right + [False] * (n - right))
    theirs = binomtest(right, n).proportion_ci(0.95, method="wilson")
    assert ours.value == right / n
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_documents_are_drawn_not_questions() -> None:
    values = [1.0] * 50 + [0.0] * 50
    by_document = clustered_mean(values, ["a"] * 50 + ["b"] * 50)
    by_question = clustered_mean(values, [str(number) for number in range(100)])
    assert (by_document.low, by_document.high) == (0.0, 1.0)
    assert by_question.low is not None
    assert by_question.high is not None
    assert 0.35 < by_question.low < 0.45
    assert 0.55 < by_question.high < 0.65


def test_the_interval_is_that_of_independent_means_when_every_cluster_is_one_question() -> None:
    rate = wilson([True] * 70 + [False] * 30)
    mean = clustered_mean([1.0] * 70 + [0.0] * 30, [str(number) for number in range(100)])
    assert (mean.low, mean.high) == pytest.approx((rate.low, rate.high), abs=0.02)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from(["a", "b", "c"])), min_size=1, max_size=20),
    st.integers(0, 5),
)
def test_the_bounds_are_possible_means_and_repeatable(pairs: list[tuple[float, str]], seed: int) -> None:
    values, clusters = [value for value, _ in pairs], [cluster for _, cluster in pairs]
    found = clustered_mean(values, clusters, seed=seed)
    assert found == clustered_mean(values, clusters, seed=seed)
    assert found.value == pytest.approx(sum(values) / len(values))
    if len(set(clusters)) < 2:
        assert found.low is None
        assert found.high is None
    else:
        assert found.low is not None
        assert found.high is not None
        assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9


def test_the_seed_matters_and_the_order_of_clusters_does_not_crash() -> None:
    values, clusters = [0.1, 0.9, 0.4, 0.6, 0.2], ["e", "d", "c", "b", "a"]
    assert clustered_mean(values, clusters, seed=1) != clustered_mean(values, clusters, seed=2)


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="2 values but 1 clusters"):
        clustered_mean([1.0, 0.0], ["a"])


def test_percentiles_of_a_hundred_seconds() -> None:
    found = percentiles([float(second) for second in range(1, 102)])
    assert (found.p50, found.p95, found.n) == (51.0, 96.0, 101)

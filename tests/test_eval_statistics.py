"""Intervals against scipy and statsmodels, against formulas worked with matrices, and against simulated truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import inv, sqrtm
from scipy.stats import binomtest, t
from statsmodels.stats.proportion import proportion_confint

from eval.statistics import clustered_mean, percentiles, score_bounds, spread, wilson, zero_bound

CLUSTERED = st.lists(st.tuples(st.floats(0, 1), st.sampled_from("abcde")), min_size=1, max_size=25)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_equals_scipy_and_statsmodels(counts: tuple[int, int]) -> None:
    right, n = counts
    ours = wilson([True] * right + [False] * (n - right))
    theirs = binomtest(right, n).proportion_ci(0.95, method="wilson")
    assert ours.value == right / n
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert (ours.low, ours.high) == pytest.approx(proportion_confint(right, n, method="wilson"), abs=1e-12)


@given(st.integers(1, 10_000))
def test_the_rule_of_three_lies_just_above_the_exact_bound(n: int) -> None:
    exact = 1 - 0.05 ** (1 / n)
    assert exact <= zero_bound(n) <= min(1.0, exact + 1.2 / n)
    assert exact == pytest.approx(binomtest(0, n, alternative="less").proportion_ci(0.95).high)


def test_no_trial_has_no_bound() -> None:
    with pytest.raises(ValueError, match="no trial"):
        zero_bound(0)


@given(st.integers(0, 10_000), st.integers(2, 12), st.integers(1, 8))
def test_with_equal_documents_the_error_is_that_of_statsmodels(seed: int, documents: int, size: int) -> None:
    values = np.random.default_rng(seed).random(documents * size)
    which = np.repeat(np.arange(documents), size)
    ours = spread(values.tolist(), [str(number) for number in which])
    theirs = sm.OLS(values, np.ones(len(values))).fit(cov_type="cluster", cov_kwds={"groups": which})
    assert ours is not None
    assert ours.mean == pytest.approx(theirs.params[0])
    assert ours.robust == pytest.approx(theirs.bse[0])
    assert ours.freedom == pytest.approx(documents - 1)


def test_with_unequal_documents_error_and_freedom_are_those_of_the_matrices() -> None:
    """Bell and McCaffrey's estimator written out: A_g = (I - H_gg) ** -1/2, freedom from G' Omega G."""
    sizes = [1, 2, 3, 7, 12]
    which = np.repeat(np.arange(5), sizes)
    n = len(which)
    values = np.random.default_rng(3).random(n) + which / 5
    residual_maker = np.eye(n) - np.full((n, n), 1 / n)
    columns, total = [], 0.0
    for group in range(5):
        mine = which == group
        adjusted = inv(sqrtm(np.eye(mine.sum()) - 1 / n)).sum(axis=1)
        total += float(adjusted @ (residual_maker @ values)[mine]) ** 2
        columns.append(residual_maker[:, mine] @ adjusted)
    ours = spread(values.tolist(), [str(number) for number in which])
    assert ours is not None
    assert ours.robust == pytest.approx(math.sqrt(total) / n)
    sums, counts = np.bincount(which, weights=values - values.mean()), np.asarray(sizes)
    between = (sums**2 / counts).sum() / 4
    inside = sum(values[which == group].var() * sizes[group] for group in range(5)) / (n - 5)
    correlation = (between - inside) / (between + ((n - (counts**2).sum() / n) / 4 - 1) * inside)
    assert 0 < correlation < 1
    omega = np.where(which[:, None] == which[None, :], correlation, 0.0) + (1 - correlation) * np.eye(n)
    product = np.stack(columns).conj() @ omega @ np.stack(columns).T
    assert ours.freedom == pytest.approx(np.trace(product) ** 2 / np.trace(product @ product))


@given(st.integers(0, 10_000), st.integers(3, 60))
def test_questions_on_their_own_outside_a_share_get_the_t_interval(seed: int, n: int) -> None:
    values = np.random.default_rng(seed).normal(100, 10, n)
    ours = clustered_mean(values.tolist(), [str(number) for number in range(n)])
    theirs = t.interval(0.95, n - 1, values.mean(), values.std(ddof=1) / math.sqrt(n))
    assert (ours.low, ours.high) == pytest.approx(theirs)


def test_questions_on_their_own_are_nearly_wilsons() -> None:
    flags = [True] * 140 + [False] * 60
    rate, mean = wilson(flags), clustered_mean([float(flag) for flag in flags], [str(n) for n in range(200)])
    assert (mean.low, mean.high) == pytest.approx((rate.low, rate.high), abs=0.002)


def test_documents_are_the_draws_not_questions() -> None:
    values = [1.0] * 50 + [0.0] * 50
    by_document = clustered_mean(values, ["a"] * 50 + ["b"] * 50)
    by_question = clustered_mean(values, [str(number) for number in range(100)])
    assert by_document.low == pytest.approx(0, abs=0.01)
    assert by_document.high == pytest.approx(1, abs=0.01)
    assert (by_question.low, by_question.high) == pytest.approx((0.4, 0.6), abs=0.01)


@given(CLUSTERED)
def test_bounds_of_shares_are_shares_around_the_mean(pairs: list[tuple[float, str]]) -> None:
    values, clusters = [value for value, _ in pairs], [cluster for _, cluster in pairs]
    found = clustered_mean(values, clusters)
    assert found.value == pytest.approx(sum(values) / len(values))
    assert found.value is not None
    if len(set(clusters)) < 2:
        assert (found.low, found.high) == (None, None)
    else:
        assert found.low is not None
        assert found.high is not None
        assert 0 <= found.low <= found.value <= found.high <= 1
        assert found.high - found.low > 0


@given(CLUSTERED, st.randoms(use_true_random=False))
def test_order_and_seed_do_not_matter(pairs: list[tuple[float, str]], random) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)
    first = clustered_mean([value for value, _ in pairs], [cluster for _, cluster in pairs])
    second = clustered_mean([value for value, _ in shuffled], [cluster for _, cluster in shuffled], seed=9)
    for one, other in ((first.low, second.low), (first.high, second.high)):
        assert one == (None if other is None else pytest.approx(other, abs=1e-6))


def test_all_right_is_wilsons_with_the_freedom_of_the_documents() -> None:
    clusters = [str(number % 5) for number in range(200)]
    found = clustered_mean([1.0] * 200, clusters)
    effective = 200 * (1.959963984540054 / t.ppf(0.975, 4)) ** 2
    assert (found.low, found.high) == pytest.approx(score_bounds(1.0, effective))
    assert found.low == pytest.approx(0.963, abs=0.001)
    mirrored = clustered_mean([0.0] * 200, clusters)
    assert mirrored.high == pytest.approx(1 - found.low)


def test_a_miss_lowers_the_lower_bound_of_a_perfect_run() -> None:
    clusters = [str(number % 5) for number in range(200)]
    perfect = clustered_mean([1.0] * 200, clusters)
    missed = clustered_mean([0.0] + [1.0] * 199, clusters)
    assert missed.low is not None
    assert perfect.low is not None
    assert missed.low < perfect.low


def test_equal_values_that_are_no_shares_have_no_interval() -> None:
    found = clustered_mean([250.1] * 6, ["a", "a", "b", "b", "c", "c"])
    assert (found.value, found.low, found.high) == (pytest.approx(250.1), None, None)


def test_negative_correlation_claims_no_more_than_independence() -> None:
    """Documents that happen to have equal means: the between-document variance is zero, the interval is not."""
    values, clusters = [0.0, 1.0] * 50, [str(number // 10) for number in range(100)]
    found, independent = clustered_mean(values, clusters), wilson([value == 1 for value in values])
    assert (found.low, found.high) == pytest.approx((independent.low, independent.high), abs=0.001)


def test_lengths_must_agree_and_nothing_has_no_value() -> None:
    with pytest.raises(ValueError, match="2 values but 1 clusters"):
        clustered_mean([1.0, 0.0], ["a"])
    found = clustered_mean([], [])
    assert (found.value, found.low, found.high, found.n) == (None, None, None, 0)


@pytest.mark.parametrize("design", [[40] * 5, [40] * 5 + [1] * 40, [20] * 10])
@pytest.mark.parametrize("parts", [1, 4])
def test_the_interval_holds_the_true_mean_95_times_in_100(design: list[int], parts: int) -> None:
    """Beta-binomial questions, mean .8, correlation .05 within documents; 1,000 runs (standard error .007)."""
    random = np.random.default_rng(1)
    clusters = [str(number) for number, size in enumerate(design) for _ in range(size)]
    inner = 0.05 / (parts - (parts - 1) * 0.05)
    scale, held = (1 - inner) / inner, 0
    for _ in range(1_000):
        likely = np.repeat(random.beta(0.8 * scale, 0.2 * scale, len(design)), design)
        found = clustered_mean((random.binomial(parts, likely) / parts).tolist(), clusters)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.8 <= found.high
    assert 0.92 <= held / 1_000 <= 0.98


def test_percentiles_of_a_hundred_seconds() -> None:
    found = percentiles([float(second) for second in range(1, 102)])
    assert (found.p50, found.p95, found.n) == (51.0, 96.0, 101)

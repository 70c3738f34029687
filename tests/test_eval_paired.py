"""Paired comparisons against statsmodels and scipy, against counting by hand, and against simulated truth."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import permutation_test, ttest_rel
from statsmodels.stats.contingency_tables import mcnemar as their_mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower, TTestPower

from eval.paired import (
    NOT_SHOWN,
    SIGN_FLIP,
    T_TEST,
    Difference,
    call,
    holm,
    mcnemar,
    minimum_detectable_effect,
    paired_means,
    sign_flip_p,
    t_p,
)
from eval.statistics import spread

FLAGS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)
ROWS = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.sampled_from("abcd")), min_size=1, max_size=20)


@given(FLAGS)
def test_mcnemar_equals_statsmodels(pairs: list[tuple[bool, bool]]) -> None:
    table = [[sum(pair == (x, y) for pair in pairs) for y in (True, False)] for x in (True, False)]
    ours = mcnemar([first for first, _ in pairs], [second for _, second in pairs])
    assert ours.p == pytest.approx(their_mcnemar(table, exact=True).pvalue)
    assert ours.value == pytest.approx((table[1][0] - table[0][1]) / len(pairs))


@given(FLAGS)
def test_mcnemars_interval_is_around_the_difference_and_turns_with_the_runs(pairs: list[tuple[bool, bool]]) -> None:
    first, second = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    there, back = mcnemar(first, second), mcnemar(second, first)
    assert None not in (there.value, there.low, there.high, back.low, back.high)
    assert -1 <= there.low <= there.value <= there.high <= 1  # type: ignore[operator]
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))  # type: ignore[operator]
    assert there.p == back.p


def test_bonett_and_prices_interval_worked_by_hand() -> None:
    """Of 70 pairs 20 changed for the better and 6 for the worse: (21 - 7) / 72 ± 1.96 sqrt((28/72 - (14/72)²) / 72)."""
    found = mcnemar([False] * 20 + [True] * 50, [True] * 20 + [False] * 6 + [True] * 44)
    half = 1.959963984540054 * math.sqrt((28 / 72 - (14 / 72) ** 2) / 72)
    assert (found.low, found.high) == pytest.approx((14 / 72 - half, 14 / 72 + half))
    assert found.p == pytest.approx(0.009355, abs=1e-6)


def test_mcnemars_interval_holds_the_true_difference() -> None:
    random, held = np.random.default_rng(0), 0
    for _ in range(2_000):
        kinds = random.choice(3, 80, p=[0.12, 0.04, 0.84])
        found = mcnemar((kinds == 1).tolist(), (kinds == 0).tolist())
        held += found.low <= 0.08 <= found.high  # type: ignore[operator]
    assert 0.93 <= held / 2_000 <= 0.98


@pytest.mark.parametrize("values", [(0.3,), (0.01, 0.04, 0.03), (0.02, 0.02, 0.5, 0.9), (0.0, 1.0, 0.2, 0.011, 0.03)])
def test_holm_equals_statsmodels(values: tuple[float, ...]) -> None:
    """A few cases only: every call of theirs collects the garbage of the whole test process."""
    named = {f"measure {place}": value for place, value in enumerate(values)}
    assert list(holm(named).values()) == pytest.approx(multipletests(values, method="holm")[1])


@given(st.dictionaries(st.sampled_from("abcdefghij"), st.floats(0, 1)))
def test_holm_keeps_the_names_and_the_order_of_the_p_values(p_values: dict[str, float]) -> None:
    adjusted = holm(p_values)
    assert list(adjusted) == list(p_values)
    for one, other in itertools.combinations(p_values, 2):
        if p_values[one] <= p_values[other]:
            assert adjusted[one] <= adjusted[other]
    assert all(p_values[name] <= adjusted[name] <= min(1, len(p_values) * p_values[name]) for name in p_values)


@pytest.mark.parametrize("n", [3, 5, 10, 40, 240])
def test_detectable_effect_equals_statsmodels(n: int) -> None:
    standardised = TTestPower().solve_power(nobs=n, alpha=0.05, power=0.8)
    assert minimum_detectable_effect(1 / math.sqrt(n), n - 1) == pytest.approx(standardised, rel=1e-4)


def test_detectable_effect_with_a_known_error_equals_statsmodels() -> None:
    theirs = NormalIndPower(ddof=0).solve_power(nobs1=100, alpha=0.05, power=0.8, ratio=0)
    assert minimum_detectable_effect(0.1) == pytest.approx(theirs, rel=1e-5)


@given(st.integers(0, 10_000), st.integers(3, 40))
def test_questions_on_their_own_get_the_paired_t_test(seed: int, n: int) -> None:
    random = np.random.default_rng(seed)
    a, b = random.random(n), random.random(n)
    found = spread((b - a).tolist(), [str(number) for number in range(n)])
    theirs = ttest_rel(b, a)
    assert found is not None
    assert (t_p(found), found.freedom) == pytest.approx((theirs.pvalue, n - 1))
    ours = paired_means(a.tolist(), b.tolist(), [str(number) for number in range(n)])
    interval = theirs.confidence_interval()
    bounds = (max(-1, interval.low), min(1, interval.high))
    assert (ours.value, ours.low, ours.high) == pytest.approx(((b - a).mean(), *bounds))
    assert ours.test == (T_TEST if n < 10 else SIGN_FLIP)


@given(st.lists(st.integers(-4, 4).map(lambda quarters: quarters / 4), min_size=2, max_size=9))
def test_flips_of_single_questions_equal_scipys(differences: list[float]) -> None:
    theirs = permutation_test((np.asarray(differences),), np.sum, permutation_type="samples", n_resamples=np.inf)
    assert sign_flip_p(differences, [str(n) for n in range(len(differences))]) == pytest.approx(theirs.pvalue)


def test_whole_documents_are_flipped() -> None:
    differences, clusters = [0.5, 0.25, -0.25, 0.75, 0.5, 0.0], ["a", "a", "b", "c", "c", "d"]
    sums = (0.75, -0.25, 1.25, 0.0)
    flips = np.abs(np.array(list(itertools.product((1, -1), repeat=4))) @ np.asarray(sums))
    assert sign_flip_p(differences, clusters) == (flips >= 1.75).mean()


def test_drawn_flips_come_near_to_counted_ones_and_are_never_zero() -> None:
    random = np.random.default_rng(0)
    differences = (random.random(14) - 0.35).tolist()
    counted = np.array(list(itertools.product((1, -1), repeat=14))) @ np.asarray(differences)
    exact = float((np.abs(counted) >= abs(sum(differences)) - 1e-9).mean())
    clusters = [str(number) for number in range(14)]
    assert sign_flip_p(differences, clusters) == pytest.approx(exact, abs=0.015)
    assert sign_flip_p(differences, clusters, seed=1) != sign_flip_p(differences, clusters, seed=2)
    assert sign_flip_p([1.0] * 100, [str(number) for number in range(100)]) == 1 / 10_000


@given(ROWS)
def test_exchanging_the_runs_turns_the_sign_and_nothing_else(rows: list[tuple[float, float, str]]) -> None:
    a, b, clusters = ([row[column] for row in rows] for column in range(3))
    there, back = paired_means(a, b, clusters), paired_means(b, a, clusters)
    assert there.value == -back.value  # type: ignore[operator]
    assert (there.p, there.detectable, there.test) == (back.p, back.detectable, back.test)
    if there.low is not None:
        assert there.high == -back.low  # type: ignore[operator]
    if there.test == T_TEST and abs(there.p - 0.05) > 1e-6:  # type: ignore[operator]
        assert (there.p < 0.05) == (not there.low <= 0 <= there.high)  # type: ignore[operator]
    assert not any(isinstance(x, float) and math.isnan(x) for x in (there.value, there.low, there.p, there.detectable))


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from("abcd")), min_size=1, max_size=20))
def test_the_same_run_twice_is_no_difference(rows: list[tuple[float, str]]) -> None:
    values, clusters = [value for value, _ in rows], [cluster for _, cluster in rows]
    found = paired_means(values, values, clusters)
    assert (found.value, found.p, found.n) == (0.0, 1.0, len(rows))
    assert call(found, 1.0, higher_is_better=True) == NOT_SHOWN


def test_rounding_is_no_difference() -> None:
    clusters = [str(number) for number in range(12)]
    found = paired_means([0.3] * 12, [0.1 + 0.2] * 12, clusters)
    assert 0.1 + 0.2 != 0.3
    assert (found.value, found.p) == (0.0, 1.0)


def test_a_collapse_of_everything_is_shown_though_there_are_five_documents() -> None:
    found = paired_means([1.0] * 50, [0.0] * 50, [f"d{number % 5}" for number in range(50)])
    assert call(found, found.p, higher_is_better=True) == "worse"


def test_the_same_gain_everywhere_has_no_width_but_a_p() -> None:
    found = paired_means([0.1] * 12, [0.3] * 12, [str(number) for number in range(12)])
    assert (found.low, found.high, found.detectable) == (found.value, found.value, None)
    assert found.p == 2**-11
    assert call(found, found.p, higher_is_better=False) == "worse"


def test_nothing_one_cluster_and_unequal_lengths() -> None:
    nothing = Difference(None, None, None, None, 0, None, "")
    assert paired_means([], [], []) == nothing
    assert mcnemar([], []) == nothing
    assert call(nothing, None, higher_is_better=True) == NOT_SHOWN
    assert paired_means([0.0, 1.0], [1.0, 1.0], ["a", "a"]) == Difference(0.5, None, None, None, 2, None, "")
    with pytest.raises(ValueError, match="2, 1 entries"):
        mcnemar([True, False], [True])
    with pytest.raises(ValueError, match="1, 1, 2 entries"):
        paired_means([1.0], [1.0], ["a", "b"])


def test_what_the_interval_does_not_show_is_not_called() -> None:
    assert call(Difference(0.1, -0.01, 0.2, 0.04, 50, 0.2, SIGN_FLIP), 0.04, higher_is_better=True) == NOT_SHOWN
    assert call(Difference(-0.1, -0.2, -0.01, 0.01, 50, 0.2, T_TEST), 0.02, higher_is_better=True) == "worse"
    assert call(Difference(-0.1, -0.2, -0.01, 0.01, 50, 0.2, T_TEST), None, higher_is_better=True) == NOT_SHOWN


@pytest.mark.parametrize("design", [[40] * 5, [40] * 5 + [1] * 40, [8] * 25])
def test_false_alarms_are_rare_and_a_real_gain_is_found(design: list[int]) -> None:
    """A fifth of the questions changes; what changes is correlated within documents; 400 runs without and with gain."""
    clusters = [str(number) for number, size in enumerate(design) for _ in range(size)]
    found = {}
    for gain in (0.0, 0.15):
        random, alarms = np.random.default_rng(2), 0
        mean = 0.5 + gain / 0.4
        for _ in range(400):
            better = np.repeat(random.beta(mean * 19, (1 - mean) * 19, len(design)), design)
            direction = np.where(random.random(len(better)) < better, 1.0, -1.0) * (random.random(len(better)) < 0.2)
            p = paired_means([0.0] * len(better), direction.tolist(), clusters).p
            assert p is not None
            alarms += p < 0.05
        found[gain] = alarms / 400
    assert found[0.0] <= 0.075
    assert found[0.15] >= 0.9

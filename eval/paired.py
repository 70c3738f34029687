"""Two runs on the same questions: the difference, its interval and test, and whether the data show it at all."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.statistics import ROUNDING, Z_95, Spread, spread

LEVEL = 0.05
POWER = 0.8
ENOUGH_FREEDOM = 9.0  # degrees of freedom from which on flips are used: 2 ** -9 survives Holm over 12 measures
EXACT_CLUSTERS = 13  # up to here all flips are counted (2 ** 12 up to the sign), beyond that FLIPS are drawn
FLIPS = 9_999

BETTER, WORSE, NOT_SHOWN = "better", "worse", "no difference shown"
T_TEST, SIGN_FLIP, EXACT_MCNEMAR = "cluster-robust t", "cluster sign-flip", "exact McNemar"


@dataclass(frozen=True, slots=True)
class Difference:
    """The second run minus the first over ``n`` questions, with its 95 % interval and two-sided ``p``.

    ``detectable`` is the smallest true difference that a repetition would find significant at 5 % with 80 % power.
    Whatever cannot be estimated is None; ``test`` names the test ('' when none was possible).
    """

    value: float | None
    low: float | None
    high: float | None
    p: float | None
    n: int
    detectable: float | None
    test: str


NOTHING = Difference(None, None, None, None, 0, None, "")


def paired_means(a: Sequence[float], b: Sequence[float], clusters: Sequence[str], *, seed: int = 0) -> Difference:
    """The mean of ``b - a`` with an interval and a test that treat clusters as the independent draws.

    The interval is mean ± t times the cluster-robust standard error (``eval.statistics.spread``), cut to [-1, 1] for
    shares. The test is the t test of that interval while its degrees of freedom are below ``ENOUGH_FREEDOM``: among 5
    clusters no sign flip can reach 5 % (2 of 32). From there on it is the randomisation test that swaps the runs within
    whole clusters (R. A. Fisher, The Design of Experiments, 1935, section 21; clusters: I. A. Canay, J. P. Romano and
    A. M. Shaikh, Econometrica 85, 2017, pp. 1013-1030), which assumes no distribution. ``benchmarks/intervals.py``
    prints the error rates and the power of both.

    Differences that are all equal have no width; their p comes from flipping questions, and is 1 when all are zero.

    Args:
        a: (n,) values of the first run, by question.
        b: (n,) values of the second run.
        clusters: (n,) the cluster of each question; fewer than two give neither interval nor p.
        seed: of the flips drawn when there are too many clusters to count all.

    Raises:
        ValueError: the lengths differ.

    >>> paired_means([0.5, 0.5, 0.2], [0.5, 0.5, 0.2], ["a", "b", "c"])
    Difference(value=0.0, low=None, high=None, p=1.0, n=3, detectable=None, test='cluster sign-flip')

    """
    _same_length(a, b, clusters)
    n = len(a)
    if n == 0:
        return NOTHING
    differences = [_beyond_rounding(first, second) for first, second in zip(a, b, strict=True)]
    value = math.fsum(differences) / n
    found = spread(differences, clusters)
    if not any(differences):
        return Difference(0.0, None, None, 1.0, n, None, SIGN_FLIP)
    if found is None:
        return Difference(value, None, None, None, n, None, "")
    if found.half == 0:  # every question changed by the same: no cluster can tell more than any question
        every = [str(number) for number in range(n)]
        return Difference(value, value, value, sign_flip_p(differences, every, seed), n, None, SIGN_FLIP)
    few = found.freedom < ENOUGH_FREEDOM
    p = t_p(found) if few else sign_flip_p(differences, clusters, seed)
    detectable = minimum_detectable_effect(found.standard_error, found.freedom)
    limit = 1.0 if all(0 <= entry <= 1 for entry in (*a, *b)) else math.inf  # shares differ by at most 1
    bounds = (max(-limit, value - found.half), min(limit, value + found.half))
    return Difference(value, *bounds, p, n, detectable, T_TEST if few else SIGN_FLIP)


def _beyond_rounding(first: float, second: float) -> float:
    """Second minus first; zero when only the last digits differ, which many equal questions would call a difference."""
    return 0.0 if math.isclose(first, second, rel_tol=ROUNDING, abs_tol=ROUNDING) else second - first


def t_p(found: Spread) -> float:
    """Two-sided p of a mean of zero; below 5 % exactly when the interval of ``found.half`` leaves out zero."""
    from scipy.special import stdtr

    return min(1.0, 2 * float(stdtr(found.freedom, -abs(found.mean) / found.standard_error)))


def sign_flip_p(differences: Sequence[float], clusters: Sequence[str], seed: int = 0) -> float:
    """The share of flips of whole clusters' signs that move the sum as far from zero as the data, two-sided.

    All flips are counted while few; else ``FLIPS`` are drawn and the data count as one of them (B. Phipson and G. K.
    Smyth, Stat. Appl. Genet. Mol. Biol. 9, 2010, article 39), so that p is never 0. Clusters that sum to zero change
    nothing and are left out.

    >>> sign_flip_p([1.0] * 5, ["a", "b", "c", "d", "e"])
    0.0625
    """
    import numpy as np

    _, which = np.unique(np.asarray(clusters, dtype=str), return_inverse=True)
    sums = np.bincount(which, weights=np.asarray(differences, dtype=np.float64))
    size = float(np.abs(sums).sum())
    sums = sums[np.abs(sums) > 1e-12 * size]
    if not len(sums):
        return 1.0
    reached = abs(float(sums.sum())) - 1e-9 * size  # sums in another order may differ in the last digits
    if len(sums) <= EXACT_CLUSTERS:
        numbers = np.arange(2 ** len(sums))
        signs = 1.0 - 2.0 * (numbers[:, None] >> np.arange(len(sums)) & 1)  # (flips, clusters)
        return float((np.abs(signs @ sums) >= reached).mean())
    signs = 1.0 - 2.0 * np.random.default_rng(seed).integers(0, 2, size=(FLIPS, len(sums)), dtype=np.int8)
    return (1 + int((np.abs(signs @ sums) >= reached).sum())) / (FLIPS + 1)


def mcnemar(a: Sequence[bool], b: Sequence[bool]) -> Difference:
    """The difference of two paired rates, exact test and interval; questions are taken as independent.

    The test is the two-sided binomial test among the questions on which the runs differ (Q. McNemar, Psychometrika 12,
    1947, pp. 153-157). The interval is Wald's after one is added to each kind of disagreement (D. G. Bonett and R. M.
    Price, J. Educ. Behav. Stat. 37, 2012, pp. 479-488; recommended by M. W. Fagerland, S. Lydersen and P. Laake,
    Statistics in Medicine 33, 2014, pp. 2850-2875), so runs that never differ get an interval as well.

    This speaks of more questions about the same documents. When a document's questions change together and the claim is
    about further documents, it raises false alarms in up to a quarter of the comparisons (``benchmarks/intervals.py``);
    ``paired_means`` of the zeros and ones keeps to a twentieth.

    Raises:
        ValueError: the lengths differ.

    >>> mcnemar([True] * 8 + [False] * 2, [True] * 10).p
    0.5
    >>> mcnemar([True], [True]).p
    1.0

    """
    _same_length(a, b)
    n = len(a)
    if n == 0:
        return NOTHING
    gained = sum(second and not first for first, second in zip(a, b, strict=True))
    lost = sum(first and not second for first, second in zip(a, b, strict=True))
    changed = gained + lost
    tail = sum(math.comb(changed, k) for k in range(min(gained, lost) + 1))
    p = min(1.0, 2 * tail / 2**changed)
    up, down = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    error = math.sqrt((up + down - (up - down) ** 2) / (n + 2))
    low, high = max(-1.0, up - down - Z_95 * error), min(1.0, up - down + Z_95 * error)
    return Difference((gained - lost) / n, low, high, p, n, minimum_detectable_effect(error), EXACT_MCNEMAR)


def minimum_detectable_effect(standard_error: float, freedom: float = math.inf) -> float:
    """The true difference that a two-sided t test at 5 % finds with 80 % power, given the paired standard error.

    From the noncentral t distribution (J. Cohen, Statistical Power Analysis, 2nd ed. 1988, section 2.2); 2.80 standard
    errors for infinitely many degrees of freedom.

    >>> round(minimum_detectable_effect(0.01), 4)
    0.028
    >>> round(minimum_detectable_effect(0.01, 4), 4)
    0.0376
    """
    from scipy.special import nctdtrinc, ndtri, stdtrit

    if math.isinf(freedom):
        return standard_error * (Z_95 + float(ndtri(POWER)))
    critical = float(stdtrit(freedom, 1 - LEVEL / 2))
    return standard_error * float(nctdtrinc(freedom, 1 - POWER, critical))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """P-values adjusted so that the chance of any false alarm in the family stays at the level.

    S. Holm, Scandinavian Journal of Statistics 6, 1979, pp. 65-70. The order of the names is kept.

    >>> holm({"a": 0.01, "b": 0.04, "c": 0.03})
    {'a': 0.03, 'b': 0.06, 'c': 0.06}
    >>> holm({})
    {}
    """
    adjusted: dict[str, float] = {}
    largest = 0.0
    for rank, name in enumerate(sorted(p_values, key=lambda name: (p_values[name], name))):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[name]))
        adjusted[name] = largest
    return {name: adjusted[name] for name in p_values}


def call(difference: Difference, adjusted_p: float | None, *, higher_is_better: bool) -> str:
    """``better`` or ``worse`` when the adjusted p is below 5 % and the interval leaves out zero, else not shown.

    >>> shown = Difference(0.1, 0.02, 0.18, 0.01, 200, 0.11, T_TEST)
    >>> call(shown, 0.03, higher_is_better=True), call(shown, 0.03, higher_is_better=False)
    ('better', 'worse')
    >>> call(shown, 0.06, higher_is_better=True)
    'no difference shown'
    """
    if difference.value is None or adjusted_p is None or adjusted_p >= LEVEL:
        return NOT_SHOWN
    if difference.low is not None and difference.high is not None and difference.low <= 0 <= difference.high:
        return NOT_SHOWN
    return BETTER if (difference.value > 0) == higher_is_better else WORSE


def _same_length(*columns: Sequence[object]) -> None:
    lengths = [len(column) for column in columns]
    if len(set(lengths)) > 1:
        message = f"the columns have {', '.join(map(str, lengths))} entries"
        raise ValueError(message)

"""The 95th percentile of durations with its interval."""

from __future__ import annotations

from collections.abc import Sequence

from eval.records import Estimate
from eval.statistics import percentiles

LEAST = 72  # with fewer durations the upper bound lies beyond the longest
SHARE = 0.95


def p95(seconds: Sequence[float]) -> Estimate:
    """The 95th percentile of (n,) durations in seconds, with a 95 % interval by order statistics.

    The bounds are the durations at the binomial quantiles of n and 95 % (W. J. Conover, Practical Nonparametric
    Statistics, 3rd ed. 1999, section 3.2); they are None below ``LEAST`` durations.

    >>> p95([float(second) for second in range(1, 101)])
    Estimate(value=95.05, low=90.0, high=100.0, n=100, unscored=0)
    >>> p95([1.0, 2.0]).high is None
    True
    """
    from scipy.stats import binom

    ordered = sorted(seconds)
    n = len(ordered)
    value = percentiles(ordered).p95
    if n < LEAST:
        return Estimate(value, None, None, n)
    low, high = (int(binom.ppf(tail, n, SHARE)) for tail in (0.025, 0.975))
    return Estimate(value, ordered[max(0, low - 1)], ordered[min(n - 1, high)], n)

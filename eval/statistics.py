"""Intervals: Wilson's for rates, a bootstrap over clusters for means. Empty input has no value, never 0 or NaN."""

from __future__ import annotations

import math
from collections.abc import Sequence

from eval.records import Estimate, Percentiles

Z_95 = 1.959963984540054  # the 97.5 % quantile of the normal distribution
RESAMPLES = 2_000


def wilson(flags: Sequence[bool]) -> Estimate:
    """A rate with its 95 % score interval (E. B. Wilson, JASA 22, 1927, pp. 209-212; no continuity correction).

    Observations are taken as independent.

    >>> wilson([True] * 8 + [False] * 2)
    Estimate(value=0.8, low=0.49016247153664183, high=0.9433178485456247, n=10)
    >>> wilson([])
    Estimate(value=None, low=None, high=None, n=0)
    """
    n = len(flags)
    if n == 0:
        return Estimate(None, None, None, 0)
    rate = sum(flags) / n
    square = Z_95 * Z_95 / n
    centre = (rate + square / 2) / (1 + square)
    half = Z_95 * math.sqrt(rate * (1 - rate) / n + square / (4 * n)) / (1 + square)
    # At rates of 0 and 1 one bound is exact; rounding must not push it past the rate.
    return Estimate(rate, max(0.0, min(rate, centre - half)), min(1.0, max(rate, centre + half)), n)


def clustered_mean(values: Sequence[float], clusters: Sequence[str], *, seed: int = 0) -> Estimate:
    """A mean with a 95 % percentile interval from resampling whole clusters with replacement.

    Questions about one document succeed and fail together, so documents are drawn, not questions (the cluster
    bootstrap of Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 3.8). With fewer than two
    clusters there is nothing to resample and the bounds are None; with a handful the interval is rather too narrow.

    Args:
        values: (n,) observations.
        clusters: (n,) the cluster of each observation.
        seed: of the resampling; equal input gives equal bounds.

    Raises:
        ValueError: ``values`` and ``clusters`` differ in length.

    >>> clustered_mean([1.0, 1.0, 0.0], ["a", "a", "b"])
    Estimate(value=0.6666666666666666, low=0.0, high=1.0, n=3)
    >>> clustered_mean([1.0, 0.0], ["a", "a"])
    Estimate(value=0.5, low=None, high=None, n=2)

    """
    if len(values) != len(clusters):
        message = f"{len(values)} values but {len(clusters)} clusters"
        raise ValueError(message)
    if not values:
        return Estimate(None, None, None, 0)
    import numpy as np

    mean = math.fsum(values) / len(values)
    names, which = np.unique(np.asarray(clusters, dtype=str), return_inverse=True)
    if len(names) < 2:
        return Estimate(mean, None, None, len(values))
    sums = np.bincount(which, weights=np.asarray(values, dtype=np.float64))  # (clusters,)
    counts = np.bincount(which)
    drawn = np.random.default_rng(seed).integers(0, len(names), size=(RESAMPLES, len(names)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Estimate(mean, float(low), float(high), len(values))


def percentiles(seconds: Sequence[float]) -> Percentiles:
    """Median and 95th percentile, linear between observations.

    >>> percentiles([1.0, 2.0, 3.0])
    Percentiles(p50=2.0, p95=2.9, n=3)
    >>> percentiles([])
    Percentiles(p50=None, p95=None, n=0)
    """
    if not seconds:
        return Percentiles(None, None, 0)
    import numpy as np

    p50, p95 = np.percentile(np.asarray(seconds, dtype=np.float64), [50, 95])
    return Percentiles(float(p50), float(p95), len(seconds))

"""Intervals: Wilson's for rates, cluster-robust for means. Empty input has no value, never 0 or NaN."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eval.records import Estimate, Percentiles

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Z_95 = 1.959963984540054  # the 97.5 % quantile of the normal distribution
ROUNDING = 1e-12  # standard errors below this share of the largest value are rounding errors of zero


def wilson(flags: Sequence[bool]) -> Estimate:
    """A rate with its 95 % score interval (E. B. Wilson, JASA 22, 1927, pp. 209-212; no continuity correction).

    Observations are taken as independent.

    >>> wilson([True] * 8 + [False] * 2)
    Estimate(value=0.8, low=0.49016247153664183, high=0.9433178485456247, n=10, unscored=0)
    >>> wilson([])
    Estimate(value=None, low=None, high=None, n=0, unscored=0)
    """
    n = len(flags)
    if n == 0:
        return Estimate(None, None, None, 0)
    rate = sum(flags) / n
    return Estimate(rate, *score_bounds(rate, n), n)


def score_bounds(rate: float, n: float) -> tuple[float, float]:
    """Wilson's 95 % bounds of a rate in [0, 1] seen in ``n`` > 0 observations; ``n`` may be an effective size."""
    square = Z_95 * Z_95 / n
    centre = (rate + square / 2) / (1 + square)
    half = Z_95 * math.sqrt(rate * (1 - rate) / n + square / (4 * n)) / (1 + square)
    # At rates of 0 and 1 one bound is exact; rounding must not push it past the rate.
    return max(0.0, min(rate, centre - half)), min(1.0, max(rate, centre + half))


def zero_bound(n: int) -> float:
    """The 95 % upper bound of a rate of which ``n`` independent trials showed nothing: 3/n, at most 1.

    The rule of three (J. A. Hanley and A. Lippman-Hand, JAMA 249, 1983, pp. 1743-1745); the exact one-sided bound
    ``1 - 0.05 ** (1 / n)`` is a little lower.

    Raises:
        ValueError: no trial.

    >>> zero_bound(100)
    0.03
    >>> zero_bound(2)
    1.0

    """
    if n < 1:
        message = "no trial, no bound"
        raise ValueError(message)
    return min(1.0, 3 / n)


@dataclass(frozen=True, slots=True)
class Spread:
    """A mean of clustered values with what its uncertainty is computed from.

    ``robust`` is its standard error by CR2, ``independent`` the one it had if questions were independent, ``freedom``
    the degrees of freedom of ``robust`` (1 to clusters - 1).
    """

    mean: float
    robust: float
    independent: float
    freedom: float

    @property
    def quantile(self) -> float:
        """The 97.5 % quantile of Student's t at ``freedom``."""
        from scipy.special import stdtrit

        return float(stdtrit(self.freedom, 0.975))

    @property
    def half(self) -> float:
        """Half the width of the symmetric 95 % interval, never less than that of independent questions.

        Few clusters that agree by luck would otherwise claim more than as many unrelated questions could.
        """
        return max(self.quantile * self.robust, Z_95 * self.independent)

    @property
    def standard_error(self) -> float:
        """The standard error that ``half`` stands for."""
        return self.half / self.quantile


def spread(values: Sequence[float], clusters: Sequence[str]) -> Spread | None:
    """The mean of (n,) values in at least two clusters with its standard errors; None for fewer clusters.

    CR2 (R. M. Bell and D. F. McCaffrey, Survey Methodology 28, 2002, pp. 169-181) of a regression on a constant; its
    Satterthwaite degrees of freedom under equal correlation within clusters, estimated from the data (G. W. Imbens and
    M. Kolesár, Review of Economics and Statistics 98, 2016, pp. 701-712).

    Raises:
        ValueError: ``values`` and ``clusters`` differ in length.

    """
    if len(values) != len(clusters):
        message = f"{len(values)} values but {len(clusters)} clusters"
        raise ValueError(message)
    import numpy as np

    names, which = np.unique(np.asarray(clusters, dtype=str), return_inverse=True)
    if len(names) < 2:
        return None
    y = np.asarray(values, dtype=np.float64)
    mean = math.fsum(values) / len(values)
    residuals = y - mean
    counts = np.bincount(which).astype(np.float64)  # (clusters,)
    sums = np.bincount(which, weights=residuals).astype(np.float64)
    robust = math.sqrt(float((sums**2 / (1 - counts / len(y))).sum())) / len(y)
    independent = math.sqrt(float((residuals**2).sum()) / (len(y) * (len(y) - 1)))
    correlation = _correlation(residuals - (sums / counts)[which], sums, counts)
    negligible = ROUNDING * max(map(abs, values))
    return Spread(
        mean,
        robust if robust > negligible else 0.0,
        independent if independent > negligible else 0.0,
        _freedom(counts, correlation),
    )


def _correlation(within: Floats, sums: Floats, counts: Floats) -> float:
    """The intraclass correlation by analysis of variance (A. Donner, Int. Stat. Review 54, 1986, pp. 67-82), in [0, 1].

    ``within`` (n,) are deviations from the clusters' means, ``sums`` (clusters,) sums of deviations from the mean.
    """
    n, groups = len(within), len(counts)
    if n == groups:
        return 0.0
    size = (n - float((counts**2).sum()) / n) / (groups - 1)
    between = float((sums**2 / counts).sum()) / (groups - 1)
    inside = float((within**2).sum()) / (n - groups)
    total = between + (size - 1) * inside
    return min(1.0, max(0.0, (between - inside) / total)) if total > 0 else 0.0


def _freedom(counts: Floats, correlation: float) -> float:
    """Satterthwaite's degrees of freedom of the CR2 variance of a mean over clusters of (clusters,) ``counts``."""
    import numpy as np

    share = counts / counts.sum()
    variances = counts * (1 + (counts - 1) * correlation)  # of the clusters' sums, up to a factor
    crossed = np.outer(share, variances)
    # The covariance of the clusters' residual sums, each divided by the square root of its expected shrinkage.
    covariance: Any = np.diag(variances) - crossed - crossed.T + np.outer(share, share) * variances.sum()
    covariance = covariance / np.sqrt(np.outer(1 - share, 1 - share))
    return float(np.trace(covariance) ** 2 / (covariance**2).sum())


def clustered_mean(values: Sequence[float], clusters: Sequence[str], *, seed: int = 0) -> Estimate:
    """A mean with a 95 % interval that treats whole clusters, not single questions, as the independent draws.

    Questions about one document succeed and fail together, and there are few documents. ``benchmarks/intervals.py``
    compares methods there: with five documents the percentile cluster bootstrap covers 50 to 87 % of true means; the
    studentised one covers 91 to 95 % of means of 0.8 with intervals up to 1.6 times as wide as these, and near 1 its
    intervals are up to ten times as wide. So no bootstrap is kept: the standard error is ``spread``'s. Values within
    [0, 1] get Wilson's bounds with the effective number of questions ``mean (1 - mean) z² / half²`` (E. L. Korn and B.
    I. Graubard, Survey Methodology 24, 1998, pp. 193-201; with the score interval: N. Dean and M. Pagano, J. Survey
    Stat. Methodology 3, 2015, pp. 484-503), which stay in [0, 1]; others get mean ± ``half``.

    Values within [0, 1] that are all equal show no correlation; the effective number is then ``n (z / t)²``, that of a
    design effect of 1 with the degrees of freedom of the clusters, about what one differing value would give. All equal
    values outside [0, 1] and fewer than two clusters have bounds None. Coverage is 94 to 99 % up to a correlation of
    0.05 within documents; at 0.2 it is 94 to 97 % for means of 0.8 but as low as 80 % for rates of 0.95 in five
    documents, where the only method that covers more gives intervals three times as wide.

    Args:
        values: (n,) observations.
        clusters: (n,) the cluster of each observation.
        seed: not used, since nothing is drawn; so that callers need not know the method.

    Raises:
        ValueError: ``values`` and ``clusters`` differ in length.

    >>> clustered_mean([1.0, 0.5, 0.0, 1.0], ["a", "a", "b", "c"])
    Estimate(value=0.625, low=0.05779415315832098, high=0.9783949725324779, n=4, unscored=0)
    >>> clustered_mean([1.0, 0.0], ["a", "a"])
    Estimate(value=0.5, low=None, high=None, n=2, unscored=0)

    """
    found = spread(values, clusters)
    n = len(values)
    if n == 0:
        return Estimate(None, None, None, 0)
    mean = math.fsum(values) / n
    if found is None:
        return Estimate(mean, None, None, n)
    if min(values) >= 0 and max(values) <= 1:
        return Estimate(mean, *score_bounds(mean, _effective(found, n)), n)
    if found.half == 0:
        return Estimate(mean, None, None, n)
    return Estimate(mean, mean - found.half, mean + found.half, n)


def _effective(found: Spread, n: int) -> float:
    """How many independent yes-or-no questions would leave the mean of ``n`` values in [0, 1] as uncertain."""
    if found.half == 0:
        return n * (Z_95 / found.quantile) ** 2
    return found.mean * (1 - found.mean) * (Z_95 / found.half) ** 2


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

"""How often 95 % intervals hold the true mean, and 5 % tests raise a false alarm, when questions come by document.

    .venv/bin/python benchmarks/intervals.py [--samples 2000]

First table: a mean, true value .8, .95 or .98, of values that are 0 or 1 (``/1``) or shares of four parts (``/4``);
beta-binomial outcomes with an intraclass correlation (icc) within documents; 200 questions in 5, 10 or 30 documents
of unequal size, or 5 documents of 40 with 40 questions of their own. Each cell is coverage in percent and mean width.

Second table: two runs that differ on a fifth of the questions; whether the second is better there is correlated
within documents. Each cell is the share of samples with p < .05, without a difference (should be 5 %) and with one.
``kept`` is what the evaluation uses. Takes about three minutes.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from eval.paired import mcnemar, paired_means, sign_flip_p, t_p
from eval.statistics import clustered_mean, spread

Floats = NDArray[np.float64]
Bounds = tuple[float, float]
RESAMPLES = 500
CHANGED = 0.2


def sizes(documents: int, smallest_to_largest: float, questions: int = 200) -> list[int]:
    """Sizes in geometric progression."""
    weights = np.geomspace(1, smallest_to_largest, documents)
    return [max(2, round(weight)) for weight in weights / weights.sum() * questions]


DESIGNS = {
    "5 equal": sizes(5, 1),
    "5 unequal": sizes(5, 5),
    "10 unequal": sizes(10, 5),
    "30 unequal": sizes(30, 5),
    "5 of 40 + 40": [40] * 5 + [1] * 40,
}


def correlated(random: np.random.Generator, design: Sequence[int], mean: float, icc: float) -> Floats:
    """One probability for each question, equal within a document, from a beta distribution of the given mean."""
    if icc == 0:
        return np.full(sum(design), mean)
    scale = (1 - icc) / icc
    return np.repeat(random.beta(mean * scale, (1 - mean) * scale, len(design)), design)


def outcomes(random: np.random.Generator, design: Sequence[int], mean: float, icc: float, parts: int) -> Floats:
    """(n,) values whose intraclass correlation is ``icc`` whatever the number of parts."""
    inner = icc / (parts - (parts - 1) * icc)
    return random.binomial(parts, correlated(random, design, mean, inner)) / parts


def totals(values: Floats, design: Sequence[int]) -> tuple[Floats, Floats]:
    """(documents,) sums and sizes."""
    starts = np.cumsum([0, *design[:-1]])
    return np.add.reduceat(values, starts), np.asarray(design, dtype=np.float64)


def percentile_bootstrap(values: Floats, design: Sequence[int], random: np.random.Generator) -> Bounds:
    """Whole documents drawn with replacement; quantiles of the means."""
    sums, counts = totals(values, design)
    drawn = random.integers(0, len(sums), (RESAMPLES, len(sums)))
    low, high = np.percentile(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), [2.5, 97.5])
    return float(low), float(high)


def studentised_bootstrap(values: Floats, design: Sequence[int], random: np.random.Generator) -> Bounds:
    """The same, but quantiles of the mean's t statistic (bootstrap-t), clipped to [0, 1]."""
    sums, counts = totals(values, design)
    groups, mean = len(sums), values.mean()
    drawn = random.integers(0, groups, (RESAMPLES, groups))
    sizes_drawn = counts[drawn].sum(axis=1)
    means = sums[drawn].sum(axis=1) / sizes_drawn
    residuals = sums[drawn] - means[:, None] * counts[drawn]
    errors = np.sqrt((residuals**2).sum(axis=1) * groups / (groups - 1)) / sizes_drawn
    with np.errstate(divide="ignore", invalid="ignore"):
        statistics = np.sort(np.nan_to_num((means - mean) / errors, nan=0.0))
    error = np.sqrt(((sums - mean * counts) ** 2).sum() * groups / (groups - 1)) / len(values)
    upper, lower = statistics[int(0.025 * RESAMPLES)], statistics[int(0.975 * RESAMPLES)]
    return max(0.0, float(mean - lower * error)), min(1.0, float(mean - upper * error))


def symmetric(mean: float, error: float, freedom: float) -> Bounds:
    """Mean ± t standard errors, clipped to [0, 1]."""
    half = float(stdtrit(freedom, 0.975)) * error
    return max(0.0, mean - half), min(1.0, mean + half)


def cr1(values: Floats, design: Sequence[int], random: np.random.Generator) -> Bounds:
    """The usual cluster-robust error with t of documents - 1."""
    sums, counts = totals(values, design)
    groups, mean = len(sums), float(values.mean())
    error = float(np.sqrt(((sums - mean * counts) ** 2).sum() * groups / (groups - 1))) / len(values)
    return symmetric(mean, error, groups - 1)


def names(design: Sequence[int]) -> list[str]:
    """(n,) the document of each question."""
    return [f"{number:03}" for number, size in enumerate(design) for _ in range(size)]


def cr2(values: Floats, design: Sequence[int], random: np.random.Generator) -> Bounds:
    """CR2 with Satterthwaite's degrees of freedom, symmetric."""
    found = spread(values.tolist(), names(design))
    assert found is not None
    return symmetric(found.mean, found.robust, found.freedom)


def kept(values: Floats, design: Sequence[int], random: np.random.Generator) -> Bounds:
    """The product's interval: the same with Wilson's bounds at the effective sample size."""
    found = clustered_mean(values.tolist(), names(design))
    assert found.low is not None
    assert found.high is not None
    return found.low, found.high


METHODS: dict[str, Callable[[Floats, Sequence[int], np.random.Generator], Bounds]] = {
    "percentile": percentile_bootstrap,
    "bootstrap-t": studentised_bootstrap,
    "CR1 t(G-1)": cr1,
    "CR2 t(Satt.)": cr2,
    "kept": kept,
}


def coverage_table(samples: int, seed: int) -> None:
    """Print coverage and width of every method."""
    print(f"{'documents':<13}{'mean':>5}{'icc':>6}{'':>4}" + "".join(f"{name:>15}" for name in METHODS))
    for design, mean, icc, parts in itertools.product(DESIGNS, (0.8, 0.95, 0.98), (0.0, 0.05, 0.2), (1, 4)):
        random = np.random.default_rng(seed)
        drawn = [outcomes(random, DESIGNS[design], mean, icc, parts) for _ in range(samples)]
        cells = ""
        for method in METHODS.values():
            bounds = np.array([method(values, DESIGNS[design], random) for values in drawn])
            held = (bounds[:, 0] <= mean + 1e-12) & (mean - 1e-12 <= bounds[:, 1])
            cells += f"{100 * held.mean():9.1f} {(bounds[:, 1] - bounds[:, 0]).mean():5.3f}"
        print(f"{design:<13}{mean:5}{icc:6}  /{parts}{cells}", flush=True)


def paired(
    random: np.random.Generator, design: Sequence[int], effect: float, icc: float, parts: int
) -> tuple[Floats, Floats]:
    """Two runs: a fifth of the questions changes, for the better with a probability that documents share.

    The true difference is ``effect`` for whole changes; changes of 1 to ``parts`` parts make it smaller.
    """
    better = correlated(random, design, 0.5 + effect / (2 * CHANGED), icc)
    n = len(better)
    direction = np.where(random.random(n) < better, 1, -1) * (random.random(n) < CHANGED)
    first = np.where(direction > 0, 0.0, 1.0)
    return first, first + direction * random.integers(1, parts + 1, n) / parts


def p_values(first: Floats, second: Floats, documents: Sequence[str]) -> list[float]:
    """By every test, in the order of ``TESTS``; McNemar's sees only the direction of a change."""
    differences = (second - first).tolist()
    found: Any = spread(differences, documents)
    by_t = t_p(found) if found.half else 1.0
    both = paired_means(first.tolist(), second.tolist(), documents)
    binary = mcnemar((second < first).tolist(), (second > first).tolist())
    assert both.p is not None
    assert binary.p is not None
    return [by_t, sign_flip_p(differences, documents), binary.p, both.p]


TESTS = ("t", "sign flip", "McNemar", "kept")


def test_table(samples: int, seed: int) -> None:
    """Print how often every test finds a difference, first without one and then with one."""
    print(f"{'documents':<13}{'effect':>7}{'icc':>6}{'':>4}" + "".join(f"{name:>11}" for name in TESTS))
    for design, icc, parts, effect in itertools.product(DESIGNS, (0.0, 0.05, 0.2), (1, 4), (0.0, 0.1)):
        random = np.random.default_rng(seed)
        documents = names(DESIGNS[design])
        runs = [paired(random, DESIGNS[design], effect, icc, parts) for _ in range(samples)]
        found = np.array([p_values(*both, documents) for both in runs])
        cells = "".join(f"{100 * share:11.1f}" for share in (found < 0.05).mean(axis=0))
        print(f"{design:<13}{effect:7}{icc:6}  /{parts}{cells}", flush=True)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    warnings.simplefilter("error")
    coverage_table(options.samples, options.seed)
    print()
    test_table(options.samples // 2, options.seed)


if __name__ == "__main__":
    main()

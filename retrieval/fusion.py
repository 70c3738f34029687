"""Scores of several rankings made one: min-max convex combination, or reciprocal ranks where nothing was tuned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
_RRF = 60  # Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet …", 2009


def minmax(scores: Scores) -> Scores:
    """Scores moved to [0, 1]; all equal becomes 0.

    >>> minmax(np.array([2.0, 4.0, 3.0], dtype=np.float32)).tolist()
    [0.0, 1.0, 0.5]
    """
    if not len(scores):
        return scores
    low, high = float(scores.min()), float(scores.max())
    if high <= low:
        return np.zeros_like(scores)
    return np.asarray((scores - low) / (high - low), dtype=np.float32)


def mixed(shares: Iterable[tuple[float, Scores]]) -> Scores:
    """The convex combination of min-max scores (Bruch et al., "An Analysis of Fusion Functions", 2023).

    >>> first, second = np.array([0, 2], dtype=np.float32), np.array([5, 1], dtype=np.float32)
    >>> mixed([(0.75, first), (0.25, second)]).tolist()
    [0.25, 0.75]
    """
    parts = [np.float32(share) * minmax(scores) for share, scores in shares]
    return np.sum(parts, axis=0, dtype=np.float32)  # type: ignore[no-any-return]


def reciprocal_ranks(rankings: Sequence[Scores]) -> Scores:
    """Reciprocal rank fusion: looks at orders only, so no weight has to be tuned; ties by row; at most 1.

    >>> first, second = np.array([9, 8, 7], dtype=np.float32), np.array([1, 3, 2], dtype=np.float32)
    >>> np.argsort(-reciprocal_ranks([first, second])).tolist()
    [1, 0, 2]
    """
    total = np.zeros(len(rankings[0]), dtype=np.float32)
    for scores in rankings:
        ranks = np.empty(len(scores), dtype=np.float32)
        ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1, dtype=np.float32)
        total += (_RRF + 1) / (_RRF + ranks) / len(rankings)
    return total


def turns(lists: Iterable[Sequence[int]]) -> list[int]:
    """The firsts of all lists, then the seconds, and so on.

    >>> turns([[1, 2, 3], [7], [5, 6]])
    [1, 7, 5, 2, 6, 3]
    """
    return [row for group in zip_longest(*lists) for row in group if row is not None]

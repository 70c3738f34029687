"""The vectors of every token of every chunk, so that late interaction reads a candidate instead of computing it.

One byte a number: a vector keeps its direction to about a third of a percent, and only directions are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.records import Vectors

TOKENS, PLACES = "tokens.npy", "token_places.npy"
MOST_CHUNKS = 10_000
"""About 30 KB a chunk lie on the disk; in larger libraries the few candidates of a question are computed instead."""
_LARGEST = 127
Bytes = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """Row ``i`` has ``tokens[places[i]:places[i + 1]]``; memory-mapped."""

    tokens: Bytes  # (all tokens, dimension)
    places: NDArray[np.int64]  # (rows + 1,)

    @classmethod
    def load(cls, folder: Path) -> TokenVectors | None:
        """Those of the index in ``folder``; None when it was built without."""
        places = np.load(folder / PLACES)
        return cls(np.load(folder / TOKENS, mmap_mode="r"), places) if places[-1] else None

    def of(self, row: int) -> Vectors:
        """(tokens, dimension) float32, unit rows."""
        return opened(self.tokens[self.places[row] : self.places[row + 1]])


def closed(vectors: Vectors) -> Bytes:
    """(tokens, dimension) int8: each row scaled so that its largest number becomes 127.

    >>> closed(np.array([[0.6, -0.8]], dtype=np.float32)).tolist()
    [[95, -127]]
    """
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=1e-12)
    return np.asarray(np.rint(vectors * (_LARGEST / largest)), dtype=np.int8)


def opened(tokens: Bytes) -> Vectors:
    """(tokens, dimension) float32, unit rows.

    >>> opened(np.array([[95, -127]], dtype=np.int8)).round(2).tolist()
    [[0.6000000238418579, -0.800000011920929]]
    """
    rows = tokens.astype(np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    return np.asarray(rows / np.maximum(lengths, 1e-12), dtype=np.float32)


def late_interaction(question: Vectors, texts: Sequence[Vectors]) -> NDArray[np.float32]:
    """(n,) float32 in [-1, 1]: the mean, over the question's tokens, of the best cosine with any token of a text.

    MaxSim of Khattab and Zaharia, "ColBERT", 2020.

    Args:
        question: (tokens, dimension), unit rows.
        texts: n times the same.

    """
    if not len(question) or not texts:
        return np.zeros(len(texts), dtype=np.float32)
    return np.array([(question @ rows.T).max(axis=1, initial=-1.0).mean() for rows in texts], dtype=np.float32)

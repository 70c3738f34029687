"""The vectors of every token of every chunk, so that late interaction reads a candidate instead of computing it.

One byte a number: a vector keeps its direction to about a third of a percent, and only directions are compared.

A chunk holds several sentences or rows, and one that answers can drown among its neighbours. So each *part* of a chunk
has a vector too: the mean over its tokens, which were computed with the whole chunk in view ("late chunking", Günther
et al., 2024), so that it costs no reading of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.splits import sentences
from retrieval.records import Vectors

TOKENS, PLACES = "tokens.npy", "token_places.npy"
PARTS, PART_PLACES = "parts.npy", "part_places.npy"
FILES = (TOKENS, PLACES, PARTS, PART_PLACES)
PART_CHARACTERS = 120
MOST_CHUNKS = 10_000
"""About 30 KB a chunk lie on the disk; in larger libraries the few candidates of a question are computed instead."""
_LARGEST = 127
Bytes = NDArray[np.int8]
"""(tokens, dimension + 1): a token's vector, and the number of its part, 0 for what leads the chunk in."""


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """Row ``i`` has ``tokens[places[i]:places[i + 1]]``, its parts likewise; memory-mapped."""

    tokens: Bytes
    places: NDArray[np.int64]  # (rows + 1,)
    parts: Vectors  # (all parts, dimension), unit rows
    part_places: NDArray[np.int64]  # (rows + 1,)

    @classmethod
    def load(cls, folder: Path) -> TokenVectors | None:
        """Those of the index in ``folder``; None when it was built without."""
        places = np.load(folder / PLACES)
        if not places[-1]:
            return None
        tokens, parts = (np.load(folder / name, mmap_mode="r") for name in (TOKENS, PARTS))
        return cls(tokens, places, parts, np.load(folder / PART_PLACES))

    def of(self, row: int) -> Vectors:
        """(tokens, dimension) float32, unit rows."""
        return opened(self.tokens[self.places[row] : self.places[row + 1]])

    def best_parts(self, vector: Vectors) -> Vectors:
        """(rows,) float32: the best cosine of a unit vector with a part of each row; -1 for a row without parts."""
        best = np.full(len(self.part_places) - 1, -1.0, dtype=np.float32)
        filled = np.flatnonzero(np.diff(self.part_places))
        if len(filled):
            best[filled] = np.maximum.reduceat(self.parts @ vector.reshape(-1), self.part_places[filled])
        return best


def closed(vectors: Vectors, parts: NDArray[np.int8]) -> Bytes:
    """(tokens, dimension + 1) int8: each row scaled so that its largest number becomes 127, then its part.

    >>> closed(np.array([[0.6, -0.8]], dtype=np.float32), np.array([3], dtype=np.int8)).tolist()
    [[95, -127, 3]]
    """
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=1e-12)
    return np.column_stack([np.rint(vectors * (_LARGEST / largest)).astype(np.int8), parts])


def opened(tokens: Bytes) -> Vectors:
    """(tokens, dimension) float32, unit rows.

    >>> opened(np.array([[95, -127, 3]], dtype=np.int8)).round(2).tolist()
    [[0.6000000238418579, -0.800000011920929]]
    """
    rows = tokens[:, :-1].astype(np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    return np.asarray(rows / np.maximum(lengths, 1e-12), dtype=np.float32)


def parts_of(indexed: str, body: int, ends: NDArray[np.int32]) -> NDArray[np.int8]:
    """(tokens,) the part each token belongs to: sentences and lines, packed up to ``PART_CHARACTERS``.

    Args:
        indexed: what is embedded of a chunk.
        body: where its own text begins in it; what stands before is part 0.
        ends: where its tokens end.

    """
    starts: list[int] = []
    for start, end in sentences(indexed, body, len(indexed)):
        if not starts or end - starts[-1] > PART_CHARACTERS:
            starts.append(start)
    numbers = np.searchsorted(np.array(starts, dtype=np.int64), ends - 1, side="right")
    return np.minimum(numbers, _LARGEST).astype(np.int8)


def part_vectors(tokens: Bytes) -> Vectors:
    """(parts, dimension) float32, unit rows: the mean over the tokens of every part."""
    numbers = tokens[:, -1]
    rows = opened(tokens)
    means = [rows[numbers == number].mean(axis=0) for number in np.unique(numbers[numbers > 0])]
    vectors = np.array(means, dtype=np.float32).reshape(len(means), rows.shape[1])
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), dtype=np.float32)


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

"""What a build has embedded so far: a killed process loses the batch at hand, not those before it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import KEY_BYTES, Keys
from retrieval.records import Vectors
from retrieval.token_vectors import Bytes

_COUNT = np.dtype("<i4")
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Embedded:
    """Texts by key, each with its vector and the vectors of its tokens (none where they were not wanted)."""

    keys: Keys
    vectors: Vectors
    tokens: Bytes  # (all tokens, dimension + 1)
    places: Rows  # row i has tokens[places[i]:places[i + 1]]


class Journal:
    """Appended batch by batch. The keys of a batch are on disk after all else of it, so their number is what counts."""

    def __init__(self, folder: Path, dimension: int) -> None:
        """Open the journal in ``folder``, made when missing; what was written half is cut off."""
        self._dimension = dimension
        self._keys, self._vectors, self._counts, self._tokens = (folder / name for name in self.names(dimension))
        paths = (self._keys, self._vectors, self._counts, self._tokens)
        for path in paths:
            path.touch()
        self.count = self.count_in(folder, dimension)
        tokens = int(np.fromfile(self._counts, _COUNT, self.count).sum())
        rows = (KEY_BYTES, 4 * dimension, _COUNT.itemsize)
        sizes = (*(self.count * row for row in rows), tokens * (dimension + 1))
        for path, size in zip(paths, sizes, strict=True):
            os.truncate(path, size)

    @classmethod
    def count_in(cls, folder: Path, dimension: int) -> int:
        """How many texts the journal in ``folder`` has a vector of; changes nothing."""
        paths = [folder / name for name in cls.names(dimension)[:3]]
        sizes = [path.stat().st_size if path.is_file() else 0 for path in paths]
        rows = (KEY_BYTES, 4 * dimension, _COUNT.itemsize)
        return min(size // row for size, row in zip(sizes, rows, strict=True))

    @staticmethod
    def names(dimension: int) -> tuple[str, str, str, str]:
        """The files: keys, vectors of this length, how many tokens each text has, and their vectors."""
        stem = f"embedded-{dimension}"
        return f"{stem}.keys", f"{stem}.vectors", f"{stem}.counts", f"{stem}.tokens"

    @staticmethod
    def remove(folder: Path) -> None:
        """Take the journals in ``folder`` away."""
        for path in folder.glob("embedded-*"):
            path.unlink()

    def add(self, keys: Keys, vectors: Vectors, tokens: Sequence[Bytes]) -> None:
        """Append a batch; it is on disk when this returns. ``tokens`` has an entry per key, empty for none."""
        counts = np.array([len(rows) for rows in tokens], dtype=_COUNT)
        _append(self._tokens, b"".join(np.ascontiguousarray(rows).tobytes() for rows in tokens))
        _append(self._counts, counts.tobytes())
        _append(self._vectors, np.ascontiguousarray(vectors, dtype="<f4").tobytes())
        _append(self._keys, np.ascontiguousarray(keys).tobytes())
        self.count += len(keys)

    def read(self) -> Embedded:
        """All that is in it, memory-mapped."""
        keys = np.fromfile(self._keys, dtype=f"S{KEY_BYTES}")
        places = np.concatenate([[0], np.cumsum(np.fromfile(self._counts, _COUNT), dtype=np.int64)])
        vectors = np.zeros((0, self._dimension), dtype=np.float32)
        width = self._dimension + 1
        tokens = np.zeros((0, width), dtype=np.int8)
        if self.count:  # an empty file cannot be mapped
            vectors = np.memmap(self._vectors, dtype="<f4", mode="r", shape=(self.count, self._dimension))
        if places[-1]:
            tokens = np.memmap(self._tokens, dtype=np.int8, mode="r", shape=(int(places[-1]), width))
        return Embedded(keys, vectors, tokens, places)


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())

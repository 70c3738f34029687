"""The vectors of an index: what is known is taken over, the rest is embedded, and every batch is on disk at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from retrieval.columns import KEY_BYTES, Columns, Keys, StoredChunks
from retrieval.records import Embedder, Vectors
from retrieval.shelf import VECTORS, Say

_BATCH = 64
_WINDOW = 4_096  # texts that are sorted by length together, and rows written at once
Rows = NDArray[np.int64]


class Journal:
    """Vectors of a build that is under way: a killed process loses the batch at hand, not those before.

    A batch's vectors are on disk before its keys are, so the shorter of both files says what counts.
    """

    def __init__(self, folder: Path, dimension: int) -> None:
        """Open the journal in ``folder``, made when missing; what was written half is cut off."""
        self._dimension = dimension
        self._paths = tuple(folder / name for name in self.names(dimension))
        for path in self._paths:
            path.touch()
        self.count = self.count_in(folder, dimension)
        for path, size in zip(self._paths, (KEY_BYTES, 4 * dimension), strict=True):
            os.truncate(path, self.count * size)

    @classmethod
    def count_in(cls, folder: Path, dimension: int) -> int:
        """How many texts the journal in ``folder`` has a vector of; changes nothing."""
        paths = [folder / name for name in cls.names(dimension)]
        sizes = [path.stat().st_size if path.is_file() else 0 for path in paths]
        return min(sizes[0] // KEY_BYTES, sizes[1] // (4 * dimension))

    @staticmethod
    def names(dimension: int) -> tuple[str, str]:
        """The two files: keys, and vectors of this length."""
        return f"embedded-{dimension}.keys", f"embedded-{dimension}.vectors"

    @staticmethod
    def remove(folder: Path) -> None:
        """Take the journals in ``folder`` away."""
        for path in folder.glob("embedded-*"):
            path.unlink()

    def add(self, keys: Keys, vectors: Vectors) -> None:
        """Append a batch; it is on disk when this returns."""
        for path, values in ((self._paths[1], np.asarray(vectors, dtype="<f4")), (self._paths[0], keys)):
            with path.open("ab") as file:
                file.write(np.ascontiguousarray(values).tobytes())
                file.flush()
                os.fsync(file.fileno())
        self.count += len(keys)

    def read(self) -> tuple[Keys, Vectors]:
        """All keys, and their vectors, memory-mapped."""
        keys = np.fromfile(self._paths[0], dtype=f"S{KEY_BYTES}")
        shape = (self.count, self._dimension)
        if not self.count:
            return keys, np.zeros(shape, dtype=np.float32)
        return keys, np.memmap(self._paths[1], dtype="<f4", mode="r", shape=shape)


def write(folder: Path, embedder: Embedder, known: Sequence[tuple[Keys, Vectors]], say: Say) -> None:
    """Write the vector of every row of the chunks in ``folder``, in the order of the rows.

    ``known`` pairs keys with vectors of older indexes; the embedder is asked for no text twice.
    """
    keys = np.load(folder / "keys.npy")
    journal = Journal(folder, embedder.dimension)
    if journal.count:
        say(f"going on with an index that was begun before: {journal.count} texts are embedded already")
    missing = _missing(keys, [*(known_keys for known_keys, _ in known), journal.read()[0]])
    _embed(folder, missing, keys, embedder, journal, say)
    with (folder / VECTORS).open("wb") as file:
        _assemble(file, keys, embedder.dimension, [_Known(*pair) for pair in (*known, journal.read())])


def _missing(keys: Keys, known: Sequence[Keys]) -> Rows:
    """The first row of every text that has no vector yet."""
    texts, first = np.unique(keys, return_index=True)
    return np.sort(first[~np.isin(texts, np.concatenate(known))])


def _embed(folder: Path, missing: Rows, keys: Keys, embedder: Embedder, journal: Journal, say: Say) -> None:
    chunks = StoredChunks(folder, Columns.load(folder))
    done = 0
    for batch in _batches(missing, np.diff(np.load(folder / "offsets.npy"))):
        journal.add(keys[batch], embedder.embed([chunks.indexed(int(row)) for row in batch]))
        done += len(batch)
        say(f"embedding {done}/{len(missing)} chunks")


def _batches(rows: Rows, lengths: Rows) -> Iterator[Rows]:
    """Batches of texts of nearly one length: of each window of rows the shortest first.

    >>> [batch.tolist() for batch in _batches(np.array([0, 2, 3]), np.array([9, 1, 5, 7]))]
    [[2, 3, 0]]
    """
    for start in range(0, len(rows), _WINDOW):
        window = rows[start : start + _WINDOW]
        window = window[np.argsort(lengths[window], kind="stable")]
        for first in range(0, len(window), _BATCH):
            yield window[first : first + _BATCH]


class _Known:
    """Vectors by key."""

    def __init__(self, keys: Keys, vectors: Vectors) -> None:
        self._order = np.argsort(keys)
        self._keys = keys[self._order]
        self._vectors = vectors

    def fill(self, block: Vectors, keys: Keys) -> None:
        """Write into the rows of ``block`` the vectors of those keys that are known here."""
        if not len(self._keys):
            return
        places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        found = self._keys[places] == keys
        block[found] = self._vectors[self._order[places[found]]]


def _assemble(file: IO[bytes], keys: Keys, dimension: int, known: Sequence[_Known]) -> None:
    header = {"descr": "<f4", "fortran_order": False, "shape": (len(keys), dimension)}
    np.lib.format.write_array_header_1_0(file, header)
    for start in range(0, len(keys), _WINDOW):
        wanted = keys[start : start + _WINDOW]
        block = np.full((len(wanted), dimension), np.nan, dtype=np.float32)
        for source in known:
            source.fill(block, wanted)
        file.write(block.tobytes())

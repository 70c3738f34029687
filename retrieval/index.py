"""The index of a library for one embedder, as a search reads it: memory-mapped, so that it may be larger than memory.

Disposable: everything can be rebuilt from the library. ``sync`` opens it, and first brings it up to date
(retrieval/building.py); retrieval/shelf.py says where it lives and how one takes the place of another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from config import UserError, available_cores
from ingest.library import Library
from ingest.records import Chunk
from retrieval import building, postings
from retrieval.columns import Columns, StoredChunks
from retrieval.lexical import Lexical
from retrieval.records import Embedder, Vectors
from retrieval.shelf import PARTS, VECTORS, Manifest, Say, Shelf
from retrieval.token_vectors import TokenVectors

Scores = NDArray[np.float32]
Rows = NDArray[np.int64]
_SHARED = 200_000  # from so many rows on, the cores share one question's inner products
_TRIES = 5  # an index can be replaced twice, and so be taken away, while it is being opened


@dataclass(frozen=True, slots=True)
class Index:
    """Row ``i`` of ``columns``, ``lexical`` and ``vectors`` belongs to ``chunks[i]``. Threads may share it."""

    chunks: Sequence[Chunk]
    columns: Columns
    lexical: Lexical
    vectors: Vectors  # (rows, dimension), unit rows
    fingerprint: str
    tokens: TokenVectors | None = None

    @classmethod
    def of(
        cls,
        chunks: Sequence[Chunk],
        vectors: Vectors,
        tokens: TokenVectors | None = None,
        *,
        fingerprint: str = "",
        audiences: Mapping[str, str] = {},
    ) -> Index:
        """An index in memory, for few chunks."""
        lexical = postings.build([chunk.indexed for chunk in chunks])
        rows = np.ascontiguousarray(vectors, dtype=np.float32)
        return cls(tuple(chunks), Columns.of(chunks, audiences), lexical, rows, fingerprint, tokens)

    @classmethod
    def open(cls, folder: Path, manifest: Manifest) -> Index:
        """The index in ``folder``; raises OSError when it has been taken away."""
        columns = Columns.load(folder)
        lexical = postings.load(folder, len(columns))
        vectors, tokens = np.load(folder / VECTORS, mmap_mode="r"), TokenVectors.load(folder)
        chunks = StoredChunks(folder, columns)
        return cls(chunks, columns, lexical, vectors, manifest.fingerprint, tokens)

    @property
    def rows(self) -> int:
        """How many chunks there are."""
        return len(self.columns)

    def dense_scores(self, vector: Vectors) -> Scores:
        """(rows,) float32: exact inner product (cosine, as rows are of length 1) of one vector with every chunk."""
        asked, scores = self._asked(vector), np.empty(self.rows, dtype=np.float32)
        if self.rows < _SHARED:
            _multiply(self.vectors, asked, scores)
            return scores
        cores = available_cores()
        with ThreadPoolExecutor(cores) as pool:
            stretches = (np.array_split(values, cores) for values in (self.vectors, scores))
            list(pool.map(lambda pair: _multiply(pair[0], asked, pair[1]), zip(*stretches, strict=True)))
        return scores

    def dense_of(self, vector: Vectors, rows: Sequence[int] | Rows) -> Scores:
        """(len(rows),) float32: the same scores, of these rows only."""
        faiss = _faiss()
        wanted = np.ascontiguousarray(rows, dtype=np.int64)
        if len(wanted) and not 0 <= wanted.min() <= wanted.max() < self.rows:
            message = f"rows from {wanted.min()} to {wanted.max()} of {self.rows}"
            raise IndexError(message)
        asked, scores = self._asked(vector), np.empty(len(wanted), dtype=np.float32)
        pointers = (faiss.swig_ptr(values) for values in (scores, asked, self.vectors, wanted))
        faiss.fvec_inner_products_by_idx(*pointers, len(asked), 1, len(wanted))
        return scores

    def dense(
        self, vector: Vectors, most: int, rows: Sequence[int] | Rows | NDArray[np.bool_] | None = None
    ) -> tuple[Rows, Scores]:
        """The ``most`` rows with the best exact inner product and their scores, the best first, ties by row.

        ``rows`` restricts the search: numbers, or a mask of length ``rows``.
        """
        if rows is None:
            scores = self.dense_scores(vector)
            best = best_rows(scores, most)
            return best, scores[best]
        given = np.asarray(rows)
        wanted = np.flatnonzero(given) if given.dtype == np.bool_ else np.unique(given.astype(np.int64))
        if 2 * len(wanted) > self.rows:  # reading all in order is faster than half of them by number
            scores = self.dense_scores(vector)[wanted]
        else:
            scores = self.dense_of(vector, wanted)
        best = best_rows(scores, most)
        return wanted[best], scores[best]

    def _asked(self, vector: Vectors) -> Scores:
        asked = np.ascontiguousarray(vector, dtype=np.float32).reshape(-1)
        if len(asked) != self.vectors.shape[1]:  # FAISS would read beyond it
            message = f"a vector of {len(asked)} numbers for an index of {self.vectors.shape[1]}"
            raise ValueError(message)
        return asked


def _multiply(vectors: Vectors, asked: Scores, scores: Scores) -> None:
    """Write the inner product of every row with ``asked`` into ``scores``; leaves the interpreter free meanwhile."""
    faiss = _faiss()
    pointers = (faiss.swig_ptr(values) for values in (scores, asked, vectors))
    faiss.fvec_inner_products_ny(*pointers, len(asked), len(scores))


def _faiss() -> Any:  # its types lack the kernels
    import faiss

    return faiss


def best_rows(scores: Scores, most: int) -> Rows:
    """The places of the ``most`` highest scores, the best first, ties by place; without sorting all.

    >>> best_rows(np.array([1, 3, 2, 3, 3], dtype=np.float32), 2).tolist()
    [1, 3]
    """
    if most >= len(scores):
        return np.argsort(-scores, kind="stable").astype(np.int64)
    if most <= 0:
        return np.zeros(0, dtype=np.int64)
    least = np.partition(scores, len(scores) - most)[len(scores) - most]
    above = np.flatnonzero(scores > least)
    rows = np.concatenate([above, np.flatnonzero(scores == least)[: most - len(above)]])
    return np.asarray(rows[np.lexsort((rows, -scores[rows]))], dtype=np.int64)


def sync(library: Library, embedder: Embedder, say: Say = lambda _: None) -> Index:
    """Open the index for ``embedder``, building what is missing, changed or damaged (and saying so).

    Raises:
        UserError: the library holds no chunks.

    """
    if not library.chunk_count():
        message = f"The library in {library.folder} holds no text. Ingest documents into it first."
        raise UserError(message)
    shelf = Shelf.of(library, embedder.id)
    found = _current(shelf, library, embedder)
    if found is not None:
        return found
    _say_new(library, embedder, shelf, say)
    with shelf.changing(say):
        found = _current(shelf, library, embedder)  # another process may have built it while we waited
        if found is not None:
            return found
        folder = building.build(shelf, library, embedder, say)
        manifest = Manifest.read(folder)
        if manifest is None:
            message = f"The index just built in {folder} cannot be read. Look at the disk, then run this again."
            raise UserError(message)
        return Index.open(folder, manifest)


def _current(shelf: Shelf, library: Library, embedder: Embedder) -> Index | None:
    """The index in use, when it is whole and of the library as it is; else None."""
    parts = {part.name: part.version for part in PARTS}
    for _ in range(_TRIES):
        folder = shelf.current
        if folder is None:
            return None
        manifest = Manifest.read(folder)
        if manifest is None or manifest.fingerprint != library.fingerprint:
            return None
        if manifest.dimension != embedder.dimension or manifest.parts != parts or manifest.damage(folder):
            if shelf.current != folder:  # it was replaced while we looked
                continue
            return None
        try:
            return Index.open(folder, manifest)
        except OSError:
            continue
    return None


def _say_new(library: Library, embedder: Embedder, shelf: Shelf, say: Say) -> None:
    if shelf.current is not None:
        return
    folders = [Shelf(path).current for path in sorted(shelf.folder.parent.glob("*")) if path.is_dir()]
    others = [Manifest.read(folder) for folder in folders if folder is not None]
    names = sorted({other.embedder for other in others if other is not None} - {embedder.id})
    if names:
        say(
            f"The library in {library.folder} was indexed with {', '.join(names)}; this profile uses {embedder.id}. "
            "Building an index for it beside the old one (the old one stays; run with its profile to use it)."
        )

"""The vectors of an index: what is known is taken over, the rest is embedded, and every batch is on disk at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ingest.records import Chunk
from retrieval.columns import Columns, Keys, StoredChunks, place_of_text
from retrieval.journal import Embedded, Journal
from retrieval.records import Embedder, TokenEmbedder, Vectors
from retrieval.shelf import VECTORS, Say
from retrieval.token_vectors import (
    MOST_CHUNKS,
    PART_PLACES,
    PARTS,
    PLACES,
    TOKENS,
    Bytes,
    TokenVectors,
    closed,
    part_vectors,
    parts_of,
)

_BATCH = 64
_WINDOW = 4_096  # texts that are sorted by length together, and rows written at once
Rows = NDArray[np.int64]


def load(folder: Path) -> Embedded:
    """What the index in ``folder`` holds, by key."""
    return Embedded(
        np.load(folder / "keys.npy", mmap_mode="r"),
        np.load(folder / VECTORS, mmap_mode="r"),
        np.load(folder / TOKENS, mmap_mode="r"),
        np.load(folder / PLACES, mmap_mode="r"),
    )


def write(folder: Path, embedder: Embedder, older: Sequence[Embedded], say: Say) -> None:
    """Write the vector of every row of the chunks in ``folder``, in the order of the rows, and those of its tokens.

    Tokens have vectors where the embedder makes them and there are at most ``MOST_CHUNKS`` rows. The embedder is asked
    for no text twice: ``older`` indexes hold what was embedded before.
    """
    keys = np.load(folder / "keys.npy")
    with_tokens = len(keys) <= MOST_CHUNKS and isinstance(embedder, TokenEmbedder)
    journal = Journal(folder, embedder.dimension)
    if journal.count:
        say(f"going on with an index that was begun before: {journal.count} texts are embedded already")
    usable = [_usable(one, with_tokens=with_tokens) for one in (*older, journal.read())]
    _embed(folder, _missing(keys, usable), keys, embedder, journal, say, with_tokens=with_tokens)
    known = [_Known(one, with_tokens=with_tokens) for one in (*older, journal.read())]
    with (folder / VECTORS).open("wb") as file:
        _assemble(file, keys, embedder.dimension, known)
    _assemble_tokens(folder, keys, embedder.dimension, known if with_tokens else [])


def in_memory(chunks: Sequence[Chunk], embedder: Embedder) -> tuple[Vectors, TokenVectors | None]:
    """What ``write`` writes, for ``Index.of``: (chunks, dimension) vectors, and those of tokens and parts."""
    if len(chunks) > MOST_CHUNKS or not isinstance(embedder, TokenEmbedder):
        return embedder.embed([chunk.indexed for chunk in chunks]), None
    whole = np.zeros((len(chunks), embedder.dimension), dtype=np.float32)
    tokens = [np.zeros((0, embedder.dimension + 1), dtype=np.int8)] * len(chunks)
    for batch in _batches(np.arange(len(chunks)), np.array([len(chunk.indexed) for chunk in chunks])):
        whole[batch], made = _with_tokens([chunks[int(row)] for row in batch], embedder)
        for row, rows in zip(batch, made, strict=True):
            tokens[int(row)] = rows
    parts = [part_vectors(rows) for rows in tokens]
    places, part_places = _places([len(rows) for rows in tokens]), _places([len(rows) for rows in parts])
    return whole, TokenVectors(np.concatenate(tokens), places, np.concatenate(parts), part_places)


def _usable(one: Embedded, *, with_tokens: bool) -> Keys:
    return one.keys[np.diff(one.places) > 0] if with_tokens else one.keys


def _missing(keys: Keys, known: Sequence[Keys]) -> Rows:
    """The first row of every text that is not known yet."""
    texts, first = np.unique(keys, return_index=True)
    return np.sort(first[~np.isin(texts, np.concatenate(known))])


def _embed(
    folder: Path, missing: Rows, keys: Keys, embedder: Embedder, journal: Journal, say: Say, *, with_tokens: bool
) -> None:
    chunks = StoredChunks(folder, Columns.load(folder))
    done = 0
    for batch in _batches(missing, np.diff(np.load(folder / "offsets.npy"))):
        if with_tokens and isinstance(embedder, TokenEmbedder):
            journal.add(keys[batch], *_with_tokens([chunks[int(row)] for row in batch], embedder))
        else:
            vectors = embedder.embed([chunks.indexed(int(row)) for row in batch])
            journal.add(keys[batch], vectors, [np.zeros((0, embedder.dimension + 1), dtype=np.int8)] * len(batch))
        done += len(batch)
        say(f"embedding {done}/{len(missing)} chunks")


def _with_tokens(chunks: Sequence[Chunk], embedder: TokenEmbedder) -> tuple[Vectors, list[Bytes]]:
    texts = [chunk.indexed for chunk in chunks]
    vectors, tokens, ends = embedder.embed_tokens(texts)
    bodies = [max(place_of_text(chunk), 0) for chunk in chunks]
    of_parts = map(parts_of, texts, bodies, ends)
    return vectors, [closed(rows, parts) for rows, parts in zip(tokens, of_parts, strict=True)]


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
    """What is embedded, by key."""

    def __init__(self, embedded: Embedded, *, with_tokens: bool) -> None:
        rows = np.flatnonzero(np.diff(embedded.places) > 0) if with_tokens else np.arange(len(embedded.keys))
        self._rows = rows[np.argsort(embedded.keys[rows])]
        self._keys = embedded.keys[self._rows]
        self.embedded = embedded

    def find(self, keys: Keys) -> tuple[NDArray[np.bool_], Rows]:
        """(keys,) which are known here, and the rows of those."""
        if not len(self._keys):
            return np.zeros(len(keys), dtype=np.bool_), np.zeros(0, dtype=np.int64)
        places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        found = self._keys[places] == keys
        return found, self._rows[places[found]]


def _assemble(file: IO[bytes], keys: Keys, dimension: int, known: Sequence[_Known]) -> None:
    _header(file, "<f4", (len(keys), dimension))
    for start in range(0, len(keys), _WINDOW):
        wanted = keys[start : start + _WINDOW]
        block = np.full((len(wanted), dimension), np.nan, dtype=np.float32)
        for source in known:
            found, rows = source.find(wanted)
            block[found] = source.embedded.vectors[rows]
        file.write(block.tobytes())


def _assemble_tokens(folder: Path, keys: Keys, dimension: int, known: Sequence[_Known]) -> None:
    """The token and part vectors of every row, one row after another; of no row when ``known`` is empty."""
    owner, row_of = np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=np.int64)
    counts = np.zeros(len(keys), dtype=np.int64)
    for number, source in enumerate(known):
        found, rows = source.find(keys)
        owner[found], row_of[found] = number, rows
        counts[found] = np.diff(source.embedded.places)[rows]
    parts = [np.zeros((0, dimension), dtype=np.float32)] * len(keys)
    with (folder / TOKENS).open("wb") as file:
        _header(file, "|i1", (int(counts.sum()), dimension + 1))
        for row in np.flatnonzero(counts):
            known_row, held = row_of[row], known[int(owner[row])].embedded
            tokens = np.ascontiguousarray(held.tokens[held.places[known_row] : held.places[known_row + 1]])
            parts[int(row)] = part_vectors(tokens)
            file.write(tokens.tobytes())
    np.save(folder / PARTS, np.concatenate(parts))
    np.save(folder / PLACES, _places(counts))
    np.save(folder / PART_PLACES, _places([len(vectors) for vectors in parts]))


def _places(counts: Sequence[int] | Rows) -> Rows:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _header(file: IO[bytes], kind: str, shape: tuple[int, ...]) -> None:
    header: dict[str, Any] = {"descr": kind, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)

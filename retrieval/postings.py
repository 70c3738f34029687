"""The making of the BM25 matrix: every chunk is tokenised once, and counts wait on the disk until all are known.

Formula: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with rank_bm25's
floor: a negative idf becomes ``EPSILON`` times the average idf.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ingest.records import Chunk
from retrieval.lexical import ARRAYS, Lexical, file_of, tokenize

K1, B, EPSILON = 1.5, 0.75, 0.25
VOCABULARY = "vocabulary.json"
FILES = (VOCABULARY, *map(file_of, ARRAYS))
_BLOCK = 4_096  # chunks whose counts are in memory at once
NewArray = Callable[[str, int, Any], NDArray[Any]]  # name, length, type


def build(texts: Iterable[str]) -> Lexical:
    """BM25 over ``texts`` (at least one), in memory."""
    with Postings() as postings:
        postings.add_all(tokenize(text) for text in texts)
        return Lexical(postings.vocabulary(), **postings.made(_in_memory), chunks=postings.chunks)


def write(folder: Path, chunks: Iterable[Chunk]) -> None:
    """Write ``FILES`` for what is indexed of the chunks, in bounded memory: the vocabulary and some thousand chunks."""
    with Postings(folder) as postings:
        postings.add_all(tokenize(chunk.indexed) for chunk in chunks)
        (folder / VOCABULARY).write_text(json.dumps(list(postings.vocabulary()), ensure_ascii=False), "utf-8")
        postings.made(_on_disk(folder))


def load(folder: Path, chunks: int) -> Lexical:
    """What ``write`` left in ``folder``, memory-mapped."""
    vocabulary = {token: row for row, token in enumerate(json.loads((folder / VOCABULARY).read_text("utf-8")))}
    return Lexical.load(folder, vocabulary, chunks)


def _in_memory(_: str, length: int, kind: Any) -> NDArray[Any]:
    return np.zeros(length, dtype=kind)


def _on_disk(folder: Path) -> NewArray:
    def new(array: str, length: int, kind: Any) -> NDArray[Any]:
        return np.lib.format.open_memmap(folder / file_of(array), mode="w+", dtype=kind, shape=(length,))

    return new


class Postings:
    """Counts of tokens per chunk; they wait until ``made`` reads them."""

    def __init__(self, folder: Path | None = None) -> None:
        """The counts wait in a file without a name in ``folder``, with None in memory."""
        self.chunks = 0
        self._numbers: defaultdict[str, int] = defaultdict(count().__next__)
        self._spill = _Spill(folder)

    def __enter__(self) -> Postings:
        return self

    def __exit__(self, *_: object) -> None:
        self._spill.close()

    def add_all(self, rows: Iterable[Sequence[str]]) -> None:
        """Count the tokens of every row."""
        block: list[list[int]] = []
        for tokens in rows:
            block.append([self._numbers[token] for token in tokens])
            if len(block) == _BLOCK:
                self._flush(block)
        if block:
            self._flush(block)

    def _flush(self, block: list[list[int]]) -> None:
        self._spill.add(self.chunks, block)
        self.chunks += len(block)
        block.clear()

    def vocabulary(self) -> Mapping[str, int]:
        """The tokens in alphabetical order, numbered."""
        return {token: number for number, token in enumerate(sorted(self._numbers))}

    def made(self, new: NewArray) -> dict[str, NDArray[Any]]:
        """The arrays of ``Lexical``, each made by ``new``."""
        places = np.zeros(len(self._numbers), dtype=np.int64)
        for place, token in enumerate(sorted(self._numbers)):
            places[self._numbers[token]] = place
        found = np.zeros(len(places), dtype=np.int64)
        for _, numbers, _ in self._spill.blocks():
            found += np.bincount(places[numbers], minlength=len(places))
        pointers = new("pointers", len(places) + 1, np.int64)
        np.cumsum(found, out=pointers[1:])
        rows = new("rows", int(pointers[-1]), np.int32)
        weights = new("weights", int(pointers[-1]), np.float32)
        idf, norms = _idf(found, self.chunks), self._spill.norms()
        free = pointers[:-1].copy()
        for block_rows, numbers, counts in self._spill.blocks():
            order = np.argsort(places[numbers], kind="stable")
            tokens, block_rows, counts = places[numbers][order], block_rows[order], counts[order]
            first = np.searchsorted(tokens, tokens)
            targets = free[tokens] + np.arange(len(tokens)) - first
            rows[targets] = block_rows
            weights[targets] = idf[tokens] * counts * (K1 + 1) / (counts + norms[block_rows])
            free += np.bincount(tokens, minlength=len(places))
        return {"pointers": pointers, "rows": rows, "weights": weights}


class _Spill:
    """The counts of every chunk: blocks of (row, token, count), sorted by row."""

    def __init__(self, folder: Path | None) -> None:
        self._file: IO[bytes] = io.BytesIO() if folder is None else tempfile.TemporaryFile(dir=folder)
        self._blocks = 0
        self._lengths: list[NDArray[np.int32]] = []

    def close(self) -> None:
        self._file.close()

    def add(self, first_row: int, tokens: Sequence[Sequence[int]]) -> None:
        """One block: the tokens of every row from ``first_row`` on."""
        lengths = np.array([len(row) for row in tokens], dtype=np.int32)
        rows = np.repeat(np.arange(first_row, first_row + len(tokens), dtype=np.int64), lengths)
        flat = np.fromiter((token for row in tokens for token in row), dtype=np.int64, count=len(rows))
        pairs, counts = np.unique(rows << 32 | flat, return_counts=True)
        for values in (pairs >> 32, pairs & 0xFFFFFFFF, counts):
            np.save(self._file, values.astype(np.int32))
        self._lengths.append(lengths)
        self._blocks += 1

    def blocks(self) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]]:
        """Row, token and count of every posting, block by block."""
        self._file.seek(0)
        for _ in range(self._blocks):
            yield np.load(self._file), np.load(self._file), np.load(self._file)

    def norms(self) -> NDArray[np.float64]:
        """(chunks,) what BM25 adds to a count for the length of the chunk."""
        lengths = np.concatenate(self._lengths) if self._lengths else np.zeros(0, dtype=np.int32)
        average = float(lengths.mean()) if lengths.sum() > 0 else 1.0
        return np.asarray(K1 * (1 - B + B * lengths / average), dtype=np.float64)


def _idf(found: NDArray[np.int64], chunks: int) -> NDArray[np.float64]:
    """(tokens,) rank_bm25's idf, log((N - n + 0.5) / (n + 0.5)); the average is over tokens that occur."""
    idf: NDArray[np.float64] = np.log(chunks - found + 0.5) - np.log(found + 0.5)
    occurring = found > 0
    if occurring.any():
        idf[idf < 0] = EPSILON * idf[occurring].mean()
    return idf

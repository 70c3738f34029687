"""The making of the BM25 matrices: every chunk is tokenised once, and counts wait on the disk until all are known.

Formula: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with rank_bm25's
floor: a negative idf becomes ``EPSILON`` times the average idf.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ingest.records import Chunk
from retrieval.columns import place_of_text
from retrieval.lexical import ARRAYS, Lexical, tokenize

K1, B, EPSILON = 1.5, 0.75, 0.25
WHOLE = "whole"
FIELDS = ("title", "heading", "body")
NAMES = (WHOLE, *FIELDS)
VOCABULARY = "vocabulary.json"
FILES = (VOCABULARY, *(f"{name}.{array}.npy" for name in NAMES for array in ARRAYS))
_BLOCK = 4_096  # chunks whose counts are in memory at once
NewArray = Callable[[str, int, Any], NDArray[Any]]  # name, length, type


def fields_of(chunk: Chunk) -> tuple[str, str, str]:
    r"""The title, heading and body in what is indexed; joined they are ``chunk.indexed``.

    >>> from ingest.records import Kind
    >>> fields_of(Chunk("a#0", "a", 0, ("Goals", "Cost"), Kind.KPIS, "Lead", 0, 3, "Low", "Lead\nGoals › Cost\nLow"))
    ('Lead\n', 'Goals › Cost\n', 'Low')
    """
    place = max(place_of_text(chunk), 0)
    before, body = chunk.indexed[:place], chunk.indexed[place:]
    heading = f"{' › '.join(chunk.heading)}\n"
    at = f"\n{before}".find(f"\n{heading}") if chunk.heading else -1
    if at < 0:
        return before, "", body
    end = at + len(heading)  # what leads a list or table in stands between its heading and its text
    return before[:at], heading, before[end:] + body


def build(texts: Sequence[str]) -> Lexical:
    """BM25 over ``texts`` (at least one), in memory."""
    with Postings((WHOLE,)) as postings:
        postings.add_all((tokenize(text),) for text in texts)
        return Lexical(postings.vocabulary(), **postings.made(WHOLE, _in_memory), chunks=len(texts))


def build_fields(chunks: Iterable[Chunk]) -> dict[str, Lexical]:
    """BM25 over what is indexed of the chunks (``whole``) and each of its fields, in memory."""
    with Postings(NAMES) as postings:
        postings.add_all(_tokens(chunks))
        vocabulary = postings.vocabulary()
        return {
            name: Lexical(vocabulary, **postings.made(name, _in_memory), chunks=postings.chunks) for name in NAMES
        }


def write(folder: Path, chunks: Iterable[Chunk]) -> None:
    """Write ``FILES`` for the same in bounded memory: the vocabulary and a few thousand chunks."""
    with Postings(NAMES, folder) as postings:
        postings.add_all(_tokens(chunks))
        (folder / VOCABULARY).write_text(json.dumps(list(postings.vocabulary()), ensure_ascii=False), "utf-8")
        for name in NAMES:
            postings.made(name, _on_disk(folder, name))


def load(folder: Path, chunks: int) -> dict[str, Lexical]:
    """What ``write`` left in ``folder``, by name; memory-mapped."""
    vocabulary = {token: row for row, token in enumerate(json.loads((folder / VOCABULARY).read_text("utf-8")))}
    return {name: Lexical.load(folder, name, vocabulary, chunks) for name in NAMES}


def _in_memory(_: str, length: int, kind: Any) -> NDArray[Any]:
    return np.zeros(length, dtype=kind)


def _on_disk(folder: Path, name: str) -> NewArray:
    def new(array: str, length: int, kind: Any) -> NDArray[Any]:
        path = folder / f"{name}.{array}.npy"
        return np.lib.format.open_memmap(path, mode="w+", dtype=kind, shape=(length,))

    return new


def _tokens(chunks: Iterable[Chunk]) -> Iterator[tuple[Sequence[str], ...]]:
    """Per chunk the tokens of the whole and of each field; titles and headings repeat from chunk to chunk."""
    cached = lru_cache(maxsize=_BLOCK)(tokenize)
    for chunk in chunks:
        title, heading, body = fields_of(chunk)
        of_fields = cached(title), cached(heading), tokenize(body)
        yield [token for tokens in of_fields for token in tokens], *of_fields


class Postings:
    """Counts of tokens per chunk, for several texts of every chunk; they wait until ``made`` reads them."""

    def __init__(self, names: Sequence[str], folder: Path | None = None) -> None:
        """``names`` of the texts; the counts wait in files without a name in ``folder``, with None in memory."""
        self.chunks = 0
        self._numbers: defaultdict[str, int] = defaultdict(count().__next__)
        self._spills = {name: _Spill(folder) for name in names}

    def __enter__(self) -> Postings:
        return self

    def __exit__(self, *_: object) -> None:
        for spill in self._spills.values():
            spill.close()

    def add_all(self, rows: Iterable[Sequence[Sequence[str]]]) -> None:
        """Count the tokens of every row; a row has one list of tokens per name."""
        block: list[tuple[list[int], ...]] = []
        for row in rows:
            block.append(tuple([self._numbers[token] for token in tokens] for tokens in row))
            if len(block) == _BLOCK:
                self._flush(block)
        if block:
            self._flush(block)

    def _flush(self, block: list[tuple[list[int], ...]]) -> None:
        for place, spill in enumerate(self._spills.values()):
            spill.add(self.chunks, [row[place] for row in block])
        self.chunks += len(block)
        block.clear()

    def vocabulary(self) -> Mapping[str, int]:
        """The tokens in alphabetical order, numbered."""
        return {token: number for number, token in enumerate(sorted(self._numbers))}

    def made(self, name: str, new: NewArray) -> dict[str, NDArray[Any]]:
        """The arrays of ``Lexical`` for the texts called ``name``, each made by ``new``."""
        places = np.zeros(len(self._numbers), dtype=np.int64)
        for place, token in enumerate(sorted(self._numbers)):
            places[self._numbers[token]] = place
        spill = self._spills[name]
        found = np.zeros(len(places), dtype=np.int64)
        for _, numbers, _ in spill.blocks():
            found += np.bincount(places[numbers], minlength=len(places))
        pointers = new("pointers", len(places) + 1, np.int64)
        np.cumsum(found, out=pointers[1:])
        rows = new("rows", int(pointers[-1]), np.int32)
        weights = new("weights", int(pointers[-1]), np.float32)
        idf, norms = _idf(found, self.chunks), spill.norms()
        free = pointers[:-1].copy()
        for block_rows, numbers, counts in spill.blocks():
            order = np.argsort(places[numbers], kind="stable")
            tokens, block_rows, counts = places[numbers][order], block_rows[order], counts[order]
            first = np.searchsorted(tokens, tokens)
            targets = free[tokens] + np.arange(len(tokens)) - first
            rows[targets] = block_rows
            weights[targets] = idf[tokens] * counts * (K1 + 1) / (counts + norms[block_rows])
            free += np.bincount(tokens, minlength=len(places))
        return {"pointers": pointers, "rows": rows, "weights": weights}


class _Spill:
    """The counts of one text of every chunk: blocks of (row, token, count), sorted by row."""

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

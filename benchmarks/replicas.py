"""The Sourcegraph handbook replicated with variation, for benchmarks of size; found in ``../shared`` beside a checkout.

In every copy a tenth of the words, drawn by seed, is another word of the handbook of the same length, so that all spans
stay where they are. A copy's vectors are not embedded but derived: the original's vector (benchmarks/scale.py) plus
seeded noise, brought to length 1 again. That keeps sizes and neighbourhoods natural; it says nothing about how well
anything is found.
"""

from __future__ import annotations

import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from config import Config  # noqa: E402
from ingest.chunk import chunks_of  # noqa: E402
from ingest.library import Library  # noqa: E402
from ingest.pipeline import ingest  # noqa: E402
from ingest.records import Chunk, Document  # noqa: E402
from ingest.tables import Place, rows_of  # noqa: E402
from ingest.tables import replace as put  # noqa: E402
from retrieval.columns import KEY_BYTES, key_of  # noqa: E402
from retrieval.records import Vectors  # noqa: E402

HANDBOOK = ROOT.parent / "shared" / "data" / "documents" / "sourcegraph_handbook"
_WORD = re.compile(r"[a-z]{3,}")
_CHANGED = 0.1
_NOISE = 0.3  # length of the noise beside a vector of length 1: a cosine of about 0.96 with the original


def handbook(folder: Path) -> Library:
    """The library of the handbook in ``folder``, ingested when it is not there yet."""
    if not HANDBOOK.is_dir():
        sys.exit(f"The handbook is not in {HANDBOOK}.")
    if not (folder / "library.sqlite").is_file():
        ingest([HANDBOOK], folder, Config())
    return Library.open(folder)


def copies(library: Library, chunks: int) -> Iterator[tuple[Document, tuple[Chunk, ...], int]]:
    """Documents with their chunks, ``chunks`` in all, each with the row of its first chunk in the original library.

    The first copy is the handbook itself; the last document is cut to fit.
    """
    documents = library.documents()
    words: defaultdict[int, list[str]] = defaultdict(list)
    for document in documents[::7]:
        for word in _WORD.findall(document.text):
            words[len(word)].append(word)
    made, copy = 0, 0
    while made < chunks:
        row = 0
        for document in documents:
            varied = _varied(document, copy, words) if copy else document
            found = chunks_of(varied, Config().chunks)
            if found[: chunks - made]:
                yield varied, found[: chunks - made], row
            row, made = row + len(found), made + len(found)
            if made >= chunks:
                return
        copy += 1


def _varied(document: Document, copy: int, words: dict[int, list[str]]) -> Document:
    chance = random.Random(f"{copy} {document.source}")

    def other(match: re.Match[str]) -> str:
        known = words.get(len(match[0])) if chance.random() < _CHANGED else None
        return chance.choice(known) if known else match[0]

    text = _WORD.sub(other, document.text)
    sections = tuple(replace(each, text=text[each.start : each.end]) for each in document.sections)
    units = tuple(replace(each, text=text[each.start : each.end]) for each in document.units)
    source = f"copy {copy:03d}/{document.source}"
    return replace(document, id=source, source=source, text=text, sections=sections, units=units)


def replicated(original: Library, folder: Path, chunks: int) -> Library:
    """A library of so many chunks in ``folder``, and beside it ``origins.npz``: which original each text stands for."""
    if (folder / "origins.npz").is_file():
        return Library.open(folder)
    library = Library.create(folder)
    origins: dict[bytes, int] = {}
    with library.writing() as connection:
        for document, found, row in copies(original, chunks):
            rows = rows_of(document, found)
            put(connection, rows, Place(document.id, "", "", frozenset()), b"")
            for number, chunk in enumerate(found):
                origins[key_of(chunk.indexed)] = row + number
    keys = np.array(sorted(origins), dtype=f"S{KEY_BYTES}")
    numbers = np.array([origins[key] for key in sorted(origins)], dtype=np.int32)
    np.savez(folder / "origins.npz", keys=keys, rows=numbers)
    return library


class Derived:
    """Stands for the embedder when a replicated library is indexed."""

    def __init__(self, folder: Path, vectors: Vectors) -> None:
        """``vectors`` of the original's rows; ``folder`` of the replicated library."""
        self.id, self.dimension = "derived:noise", vectors.shape[1]
        self._vectors = vectors
        with np.load(folder / "origins.npz") as origins:
            self._keys, self._rows = origins["keys"], origins["rows"]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32, unit rows."""
        keys = np.array([key_of(text) for text in texts], dtype=f"S{KEY_BYTES}")
        rows = self._vectors[self._rows[np.searchsorted(self._keys, keys)]]
        noise = np.stack([
            np.random.default_rng(list(key_of(text))).standard_normal(self.dimension, dtype=np.float32)
            for text in texts
        ])  # fmt: skip
        noisy = rows + _NOISE * noise / np.linalg.norm(noise, axis=1, keepdims=True)
        return np.asarray(noisy / np.linalg.norm(noisy, axis=1, keepdims=True), dtype=np.float32)


def questions(library: Library, count: int) -> list[str]:
    """Questions of five to twelve words as people type them: stretches of the handbook's own sentences."""
    chance = random.Random(7)
    chunks = [chunk for chunk in library.each_chunk() if len(chunk.text.split()) > 12]
    asked = []
    for chunk in chance.sample(chunks, count):
        words, length = chunk.text.split(), chance.randint(5, 12)
        start = chance.randrange(len(words) - length)
        asked.append(" ".join(words[start : start + length]))
    return asked

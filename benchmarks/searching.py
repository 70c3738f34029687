"""Rolebook's search over texts that were not ingested: the one place where benchmarks open a ``Retriever``."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from config import ChunkConfig, RetrievalConfig, data_folder
from ingest.chunk import chunks_of
from ingest.records import Chunk, Document, Kind, Section, Unit
from ingest.splits import sentences
from retrieval.index import Index
from retrieval.records import Embedder, Reranker, Vectors
from retrieval.search import Retriever
from retrieval.vectors import in_memory

WHOLE = 10**9  # characters: no text is longer
_PORTION = 1_024  # texts embedded between two writings of the file


def document_of(source: str, title: str, text: str) -> Document:
    """A document of one section without heading, its units the sentences that ingestion sees in ``text``."""
    units = tuple(
        Unit(number, 0, "sentence", start, end, text[start:end])
        for number, (start, end) in enumerate(sentences(text, 0, len(text)))
    )
    sections = (Section(0, (), Kind.OTHER, 0, len(text), text),)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Document(source, source, title, "", text, sha256, "text", "public", (), sections, units)


def chunked(documents: Sequence[Document], characters: int) -> tuple[Chunk, ...]:
    """All chunks by ingestion's own chunker, of about ``characters`` each."""
    return tuple(c for document in documents for c in chunks_of(document, ChunkConfig(target_characters=characters)))


def open_search(
    documents: Sequence[Document],
    chunks: Sequence[Chunk],
    embedder: Embedder,
    reranker: Reranker | None,
    config: RetrievalConfig,
) -> Retriever:
    """Index ``chunks`` in memory and open the search over them."""
    return Retriever(documents, Index.of(chunks, *in_memory(chunks, embedder)), embedder, reranker, config)


def deep(config: RetrievalConfig, hits: int) -> RetrievalConfig:
    """``config`` with stages that report ``hits`` hits; nothing that decides an order changes."""
    return replace(config, stage_depth=hits)


class RememberingEmbedder:
    """An embedder that keeps every vector in ``data/benchmarks`` (ignored by git), so that a set is embedded once."""

    def __init__(self, embedder: Embedder, folder: Path | None = None) -> None:
        """Read what was kept of this embedder's vectors."""
        self._embedder = embedder
        self.id, self.dimension = embedder.id, embedder.dimension
        place = data_folder() / "benchmarks" if folder is None else folder
        self._file = place / f"embeddings-{hashlib.sha256(self.id.encode()).hexdigest()[:16]}.npz"
        self._known: dict[str, Vectors] = {}
        if self._file.is_file():
            with np.load(self._file) as kept:
                self._known = dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32, unit rows; asks the embedder only for texts that it has not seen."""
        keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        wanted = sorted(missing.items(), key=lambda pair: len(pair[1]))
        for start in range(0, len(wanted), _PORTION):
            portion = dict(wanted[start : start + _PORTION])
            self._known |= dict(zip(portion, self._embedder.embed(list(portion.values())), strict=True))
            if len(portion) > 1:  # not after a single question
                self.keep()
        return np.stack([self._known[key] for key in keys])

    def keep(self) -> None:
        """Write all vectors to the file."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(".new.npz")
        np.savez(new, keys=np.array(list(self._known)), vectors=np.stack(list(self._known.values())))
        new.replace(self._file)

"""Haystack as its hybrid retrieval tutorial sets it up: in-memory store, BM25 and embedding retriever, joiner.

The tutorial's joiner only concatenates, for a cross-encoder to sort; without one the joiner fuses by reciprocal rank,
as its own page offers for hybrid retrieval.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from protocol import CANDIDATES, LIMIT, arguments, run


class Haystack:
    """A pipeline of text embedder, two retrievers and a joiner; everything else as it comes."""

    packages = ("haystack-ai", "sentence-transformers-haystack")

    def load(self, model: str, folder: Path) -> None:
        """Open the embedding model, for documents and for questions."""
        del folder
        from haystack.utils import ComponentDevice
        from haystack_integrations.components.embedders.sentence_transformers import (
            SentenceTransformersDocumentEmbedder,
            SentenceTransformersTextEmbedder,
        )

        options: dict[str, Any] = {
            "model": model, "device": ComponentDevice.from_str("cpu"), "local_files_only": True, "progress_bar": False,
        }  # fmt: skip
        self._documents, self._questions = (
            SentenceTransformersDocumentEmbedder(**options),
            SentenceTransformersTextEmbedder(**options),
        )
        self._documents.warm_up()
        self._questions.warm_up()

    def index(self, texts: Sequence[str]) -> None:
        """One document for each text."""
        from haystack import Document, Pipeline
        from haystack.components.joiners import DocumentJoiner
        from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        store = InMemoryDocumentStore()
        documents = [Document(id=str(number), content=text) for number, text in enumerate(texts)]
        store.write_documents(self._documents.run(documents=documents)["documents"])
        pipeline: Any = Pipeline()
        pipeline.add_component("text_embedder", self._questions)
        pipeline.add_component("embedding_retriever", InMemoryEmbeddingRetriever(store, top_k=CANDIDATES))
        pipeline.add_component("bm25_retriever", InMemoryBM25Retriever(store, top_k=CANDIDATES))
        pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=LIMIT))
        pipeline.connect("text_embedder.embedding", "embedding_retriever.query_embedding")
        pipeline.connect("bm25_retriever", "joiner")
        pipeline.connect("embedding_retriever", "joiner")
        self._pipeline = pipeline

    def search(self, question: str) -> list[int]:
        """The joined hits."""
        found = self._pipeline.run({"text_embedder": {"text": question}, "bm25_retriever": {"query": question}})
        return [int(document.id) for document in found["joiner"]["documents"]]


if __name__ == "__main__":
    run(Haystack(), arguments(__doc__).parse_args())

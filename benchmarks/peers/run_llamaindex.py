"""LlamaIndex as its "Reciprocal Rerank Fusion Retriever" and "BM25 Retriever" pages set it up, without an LLM."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from protocol import CANDIDATES, LIMIT, arguments, run


class LlamaIndex:
    """Vector index and BM25 (bm25s with the English stemmer), reciprocal rank fusion; no further queries generated."""

    packages = ("llama-index-core", "llama-index-retrievers-bm25", "llama-index-embeddings-huggingface")

    def load(self, model: str, folder: Path) -> None:
        """Open the embedding model."""
        del folder
        from llama_index.core import Settings
        from llama_index.core.llms import MockLLM
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding

        Settings.embed_model = HuggingFaceEmbedding(model_name=model, device="cpu")
        Settings.llm = MockLLM()  # never asked; without one it looks for OpenAI

    def index(self, texts: Sequence[str]) -> None:
        """One node for each text."""
        import Stemmer
        from llama_index.core import VectorStoreIndex
        from llama_index.core.retrievers import QueryFusionRetriever
        from llama_index.core.schema import TextNode
        from llama_index.retrievers.bm25 import BM25Retriever

        nodes = [TextNode(id_=str(number), text=text) for number, text in enumerate(texts)]
        candidates = min(CANDIDATES, len(nodes))
        dense = VectorStoreIndex(nodes).as_retriever(similarity_top_k=candidates)
        lexical = BM25Retriever.from_defaults(
            nodes=nodes, similarity_top_k=candidates, stemmer=Stemmer.Stemmer("english"), language="english"
        )
        self._retriever: Any = QueryFusionRetriever(
            [dense, lexical], similarity_top_k=LIMIT, num_queries=1, mode="reciprocal_rerank", use_async=False
        )

    def search(self, question: str) -> list[int]:
        """The fused hits."""
        return [int(found.node.node_id) for found in self._retriever.retrieve(question)]


if __name__ == "__main__":
    run(LlamaIndex(), arguments(__doc__).parse_args())

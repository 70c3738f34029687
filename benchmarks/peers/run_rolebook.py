"""Rolebook's own search over the same chunks: as its profile says, without reranker, or with MiniLM untouched too."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from protocol import LIMIT, arguments, run

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from benchmarks.searching import open_search
from config import ModelConfig, Source, load
from retrieval.models import BASE, open_embedder, open_reranker

VARIANTS = ("shipped", "fused", "plain")  # all of the profile; without reranker; and with the peers' very MiniLM


class Rolebook:
    """The search of a profile; ``rolebook.pickle`` holds the chunks with what ingestion knows of them."""

    packages = ("torch", "sentence-transformers", "faiss-cpu")

    def __init__(self, profile: str, variant: str) -> None:
        """Choose; nothing is loaded."""
        self._config = load(profile)
        if variant != "shipped":
            self._config = replace(self._config, reranker=ModelConfig(source=Source.OFF))
        if variant == "plain":
            self._config = replace(self._config, embedder=ModelConfig(model=BASE))

    def load(self, model: str, folder: Path) -> None:
        """Open embedder and reranker of the profile (``model`` is the embedded one's folder) and the chunks."""
        del model
        self._embedder = open_embedder(self._config.embedder)
        self._reranker = open_reranker(self._config.reranker)
        with (folder / "rolebook.pickle").open("rb") as file:
            self._documents, self._chunks = pickle.load(file)  # written by compare.py a moment ago

    def index(self, texts: Sequence[str]) -> None:
        """The index of exactly these texts."""
        if [chunk.indexed for chunk in self._chunks] != list(texts):
            message = "rolebook.pickle and chunks.jsonl are not of one run"
            raise ValueError(message)
        self._retriever = open_search(
            self._documents, self._chunks, self._embedder, self._reranker, self._config.retrieval
        )

    def search(self, question: str) -> list[int]:
        """The hits of the last stage."""
        return [hit.chunk for hit in self._retriever.search(question).stages[-1].hits[:LIMIT]]


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("--profile", default="embedded")
    parser.add_argument("--variant", choices=VARIANTS, default=VARIANTS[0])
    options = parser.parse_args()
    run(Rolebook(options.profile, options.variant), options)

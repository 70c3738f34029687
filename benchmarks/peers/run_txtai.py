"""txtai as its documentation sets up hybrid search: ``Embeddings(hybrid=True)``, everything else as it comes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from protocol import LIMIT, arguments, run


class Txtai:
    """Dense vectors in faiss and normalised BM25, their convex combination."""

    packages = ("txtai",)

    def load(self, model: str, folder: Path) -> None:
        """Open the embedding model; ``maxlength`` makes it read as many tokens as the model's own settings say."""
        del folder
        from txtai import Embeddings

        self._embeddings: Any = Embeddings(path=model, hybrid=True, maxlength=True, gpu=False)

    def index(self, texts: Sequence[str]) -> None:
        """One entry for each text."""
        self._embeddings.index(list(texts))

    def search(self, question: str) -> list[int]:
        """The combined hits."""
        return [int(number) for number, _ in self._embeddings.search(question, LIMIT)]


if __name__ == "__main__":
    run(Txtai(), arguments(__doc__).parse_args())

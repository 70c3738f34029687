"""Embeddings over ``/embeddings`` of an OpenAI-compatible server."""

from __future__ import annotations

import weakref
from collections.abc import Sequence

import numpy as np

from config import ModelConfig, UserError
from retrieval.encoder import unit_rows
from retrieval.records import Vectors
from retrieval.servers import address, explain, open_client

BATCH = 32


class EndpointEmbedder:
    """``/embeddings`` of an OpenAI-compatible server."""

    def __init__(self, config: ModelConfig) -> None:
        """Ask the server once for the dimension of its vectors.

        Raises:
            UserError: it does not answer with vectors.

        """
        self._client = open_client(config)
        weakref.finalize(self, self._client.close)
        self._config = config
        self.id = f"endpoint:{config.model}"
        self.dimension = self._ask(["dimension"]).shape[1]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32, unit rows; asks in batches.

        Raises:
            UserError: the server fails, or answers with other vectors than before.

        """
        parts = [self._ask(list(texts[i : i + BATCH])) for i in range(0, len(texts), BATCH)]
        for part in parts:
            if part.shape[1] != self.dimension:
                what = f"sent vectors of {part.shape[1]} numbers after vectors of {self.dimension}"
                raise self._fault(what)
        return np.concatenate(parts) if parts else np.zeros((0, self.dimension), dtype=np.float32)

    def _ask(self, texts: list[str]) -> Vectors:
        from openai import OpenAIError

        try:
            reply = self._client.embeddings.create(model=self._config.model, input=texts, encoding_format="float")
            rows = [item.embedding for item in sorted(reply.data, key=lambda item: item.index)]
            vectors = np.array(rows, dtype=np.float32)
        except (OpenAIError, AttributeError, TypeError, ValueError) as error:  # the last three: no such reply at all
            message = (
                f"Texts cannot be embedded with '{self._config.model}': {explain(error, self._config, 'embedder')}"
            )
            raise UserError(message) from error
        if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
            what = f"sent {len(rows)} vectors for {len(texts)} texts, or vectors with holes"
            raise self._fault(what)
        return unit_rows(vectors)

    def _fault(self, what: str) -> UserError:
        server = f"the server {address(self._config.base_url)}"
        return UserError(
            f"Texts cannot be embedded with '{self._config.model}': {server} {what}. "
            "Correct embedder.model in the profile, or look into the server's log."
        )

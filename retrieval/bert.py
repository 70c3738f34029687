"""A BERT encoder's forward pass over packed texts, and its weights with what training changed.

A *delta* (a safetensors file) changes the weights of a model's folder when they are loaded. For a parameter called
``<name>`` in the folder's ``model.safetensors`` it holds one of

- ``<name>.lora_A`` (rank, columns) and ``<name>.lora_B`` (rows, rank): adds ``lora_B @ lora_A``, scaling folded in
  (Hu et al., "LoRA", 2021);
- ``<name>.int8`` (rows, columns) and ``<name>.scale`` (rows): replaces it by ``int8 * scale``, row by row;
- ``<name>``: replaces it.

A cross-encoder's delta also holds ``classifier.weight`` (1, width) and ``classifier.bias`` (1), which no backbone has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

Pooling = Literal["cls", "mean", "pooler"]
Precision = Literal["float32", "bfloat16"]

PACK = 512
"""Tokens that are best computed together by one thread (benchmarks/encoder.py)."""


class Multiply(Protocol):
    """A linear layer, with the activation after it or without."""

    def __call__(
        self, rows: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, *, gelu: bool = False
    ) -> torch.Tensor:
        """(rows, outputs)."""
        ...


@dataclass(frozen=True, slots=True)
class Framed:
    """A text, or a question and a passage, as the model reads it."""

    number: int  # its place in the caller's list
    ids: list[int]  # with [CLS] and [SEP]
    first: int  # how many of the ids belong to the first segment


class Bert:
    """The layers of one model; takes packs of texts that follow each other without padding."""

    def __init__(self, folder: Path, delta: Path | None, precision: Precision) -> None:
        """Bring the weights into the shape and type in which they are multiplied.

        Raises:
            OSError: a file is missing.
            ValueError: the model is not a BERT, or the delta does not fit it.

        """
        import torch

        settings = json.loads((folder / "config.json").read_text("utf-8"))
        if settings.get("model_type") != "bert" or settings.get("hidden_act") != "gelu":
            message = f"{folder} holds no BERT encoder with GELU; its config.json says {settings.get('model_type')!r}."
            raise ValueError(message)
        weights = read_weights(folder, delta)
        self.width, self.positions = int(settings["hidden_size"]), int(settings["max_position_embeddings"])
        self._type = torch.bfloat16 if precision == "bfloat16" else torch.float32
        self._heads, self._epsilon = int(settings["num_attention_heads"]), float(settings["layer_norm_eps"])
        self._embeddings = {
            name.removeprefix("embeddings."): value for name, value in weights.items() if name.startswith("embeddings.")
        }
        self._multiply: Multiply = _multiply if precision == "float32" else _onednn()
        self._layers = [self._layer(weights, number) for number in range(int(settings["num_hidden_layers"]))]
        self._head = {name: value for name, value in weights.items() if name.startswith(("pooler.", "classifier."))}
        self.has_classifier = "classifier.weight" in self._head

    def last_layer(self, pack: Sequence[Framed]) -> NDArray[np.float32]:
        """(tokens of the pack, width): the last layer's vector of every token."""
        import torch

        lengths = [len(text.ids) for text in pack]
        with torch.inference_mode():
            rows = self._embedded(pack)
            for layer in self._layers:
                rows = self._through(layer, rows, lengths)
            return rows.float().numpy()

    def scores(self, pack: Sequence[Framed], pooling: Pooling) -> NDArray[np.float32]:
        """(texts of the pack,): the classifier's output; all but [CLS] is left out of the last layer where it can."""
        import torch

        lengths = [len(text.ids) for text in pack]
        with torch.inference_mode():
            rows = self._embedded(pack)
            for layer in self._layers[:-1]:
                rows = self._through(layer, rows, lengths)
            rows = self._through(self._layers[-1], rows, lengths, only_first=pooling != "mean").float()
            if pooling == "mean":
                rows = torch.stack([part.mean(dim=0) for part in torch.split_with_sizes(rows, lengths)])
            elif pooling == "pooler":
                rows = torch.tanh(self._linear(rows, "pooler.dense"))
            return self._linear(rows, "classifier")[:, 0].numpy()

    def _layer(self, weights: Mapping[str, torch.Tensor], number: int) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
        import torch

        def pair(name: str) -> tuple[torch.Tensor, torch.Tensor]:
            prefix = f"encoder.layer.{number}.{name}"
            return weights[f"{prefix}.weight"].to(self._type), weights[f"{prefix}.bias"].to(self._type)

        def ready(weight: torch.Tensor, bias: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return (weight if self._multiply is _multiply else _blocked(weight)), bias

        parts = [pair(f"attention.self.{name}") for name in ("query", "key", "value")]
        return {
            "attend": ready(torch.cat([weight for weight, _ in parts]), torch.cat([bias for _, bias in parts])),
            "mix": ready(*pair("attention.output.dense")),
            "mixed": pair("attention.output.LayerNorm"),
            "widen": ready(*pair("intermediate.dense")),
            "narrow": ready(*pair("output.dense")),
            "done": pair("output.LayerNorm"),
        }

    def _embedded(self, pack: Sequence[Framed]) -> torch.Tensor:
        import torch
        from torch.nn import functional

        ids = torch.tensor([token for text in pack for token in text.ids])
        positions = torch.cat([torch.arange(len(text.ids)) for text in pack])
        segments = torch.cat([torch.arange(len(text.ids)) >= text.first for text in pack]).long()
        table = self._embeddings
        rows = table["word_embeddings.weight"][ids] + table["position_embeddings.weight"][positions]
        rows += table["token_type_embeddings.weight"][segments]
        norm = (table["LayerNorm.weight"], table["LayerNorm.bias"])
        return functional.layer_norm(rows, rows.shape[1:], *norm, self._epsilon).to(self._type)

    def _through(
        self,
        layer: Mapping[str, tuple[torch.Tensor, torch.Tensor]],
        rows: torch.Tensor,
        lengths: list[int],
        *,
        only_first: bool = False,
    ) -> torch.Tensor:
        """One layer; with ``only_first`` only the first token's row of each text."""
        import torch
        from torch.nn import functional

        width = rows.shape[1]
        joint = self._multiply(rows, *layer["attend"]).view(len(rows), 3, self._heads, width // self._heads)
        attended = []
        for part in torch.split_with_sizes(joint, lengths):
            query, key, value = part.permute(1, 2, 0, 3).unsqueeze(1).unbind()
            query = query[:, :, :1] if only_first else query
            found = functional.scaled_dot_product_attention(query, key, value)
            attended.append(found.transpose(1, 2).reshape(-1, width))
        if only_first:
            rows = torch.stack([part[0] for part in torch.split_with_sizes(rows, lengths)])
        rows = self._multiply(torch.cat(attended), *layer["mix"]).add_(rows)
        rows = functional.layer_norm(rows, rows.shape[1:], *layer["mixed"], self._epsilon)
        wide = self._multiply(rows, *layer["widen"], gelu=True)
        found = self._multiply(wide, *layer["narrow"]).add_(rows)
        return functional.layer_norm(found, rows.shape[1:], *layer["done"], self._epsilon)

    def _linear(self, rows: torch.Tensor, name: str) -> torch.Tensor:
        from torch.nn import functional

        return functional.linear(rows, self._head[f"{name}.weight"], self._head[f"{name}.bias"])


def _multiply(rows: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, *, gelu: bool = False) -> torch.Tensor:
    from torch.nn import functional

    product = functional.linear(rows, weight, bias)
    return functional.gelu(product) if gelu else product


def _onednn() -> Multiply:
    """Multiplication by weights in oneDNN's own layout, GELU included, as torch.compile does it; a quarter faster.

    Torch gives these operators no public name, so where a build has none of them its public ones stand in.
    """
    import torch

    operators = torch.ops.mkldnn
    if not (hasattr(operators, "_linear_pointwise") and hasattr(operators, "_reorder_linear_weight")):
        return _multiply
    operator = operators._linear_pointwise

    def multiply(rows: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, *, gelu: bool = False) -> torch.Tensor:
        found: torch.Tensor = operator(rows, weight, bias, "gelu" if gelu else "none", [], "none")
        return found

    return multiply


def _blocked(weight: torch.Tensor) -> torch.Tensor:
    import torch

    found: torch.Tensor = torch.ops.mkldnn._reorder_linear_weight(weight, PACK)
    return found


def read_weights(folder: Path, delta: Path | None = None) -> dict[str, torch.Tensor]:
    """Parameters by name, float32, with the delta applied.

    Raises:
        OSError: a file is missing.
        ValueError: the delta does not fit the folder's parameters.

    """
    from safetensors.torch import load_file

    weights = {name.removeprefix("bert."): value for name, value in load_file(folder / "model.safetensors").items()}
    changes = load_file(delta) if delta is not None else {}
    try:
        changed = dict(_changed(weights, changes))
    except (KeyError, RuntimeError) as error:
        message = f"{delta} does not fit the model in {folder}: {error}"
        raise ValueError(message) from error
    for name, value in changed.items():
        known = name.startswith("classifier.") or name in weights
        if not known or (name in weights and value.shape != weights[name].shape):
            message = f"{delta} does not fit the model in {folder}: {name} of shape {tuple(value.shape)}"
            raise ValueError(message)
    return weights | changed


def _changed(
    weights: Mapping[str, torch.Tensor], changes: Mapping[str, torch.Tensor]
) -> Iterator[tuple[str, torch.Tensor]]:
    for key, value in changes.items():
        name, _, form = key.rpartition(".")
        match form:
            case "lora_A":
                yield name, weights[name] + changes[f"{name}.lora_B"].float() @ value.float()
            case "int8":
                yield name, value.float() * changes[f"{name}.scale"].float()[:, None]
            case "lora_B" | "scale":
                continue  # taken with its partner
            case _:
                yield key, value.float()

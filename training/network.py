"""The shipped backbone with trainable low-rank adapters (Hu et al., "LoRA", 2021), for training only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoTokenizer, BertModel

_LAYERS = (
    "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
    "intermediate.dense", "output.dense",
)  # fmt: skip


class Adapted(nn.Module):
    """A linear layer that stays as it is, and a low-rank change to it."""

    def __init__(self, linear: nn.Linear, rank: int) -> None:
        """The change is nothing at first."""
        super().__init__()
        self.linear = linear.requires_grad_(False)
        self.down = nn.Parameter(torch.randn(rank, linear.in_features) / math.sqrt(linear.in_features))
        self.up = nn.Parameter(torch.zeros(linear.out_features, rank))

    def forward(self, rows: Tensor) -> Tensor:
        """(…, outputs)."""
        return self.linear(rows) + 2.0 * (rows @ self.down.T @ self.up.T)  # type: ignore[no-any-return]


class Network(nn.Module):
    """Texts to unit vectors: one for the whole (mean of its tokens), and one for each token."""

    def __init__(self, folder: Path, rank: int) -> None:
        """Load the backbone in ``folder`` and put an adapter to each of its linear layers."""
        super().__init__()
        self.bert = BertModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="sdpa")
        self.bert.requires_grad_(False)
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.adapters: dict[str, Adapted] = {}
        for number, layer in enumerate(self.bert.encoder.layer):
            for name in _LAYERS:
                parent, _, last = name.rpartition(".")
                holder = layer.get_submodule(parent)
                adapted = Adapted(getattr(holder, last), rank)
                setattr(holder, last, adapted)
                self.adapters[f"encoder.layer.{number}.{name}.weight"] = adapted
        self.eval()  # no dropout: with it, attention falls back to a path three times slower

    def forward(self, texts: Sequence[str], tokens: int) -> tuple[Tensor, Tensor, Tensor]:
        """(n, width) unit vectors, (n, tokens, width) unit vectors of tokens, (n, tokens) 1 for those that count."""
        batch = self.tokenizer(
            list(texts), truncation=True, max_length=tokens, padding=True, pad_to_multiple_of=8, return_tensors="pt"
        )
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = self.bert(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
        hidden, mask = hidden.float(), batch["attention_mask"].float()
        whole = functional.normalize((hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True), dim=-1)
        counted = mask.clone()
        counted[:, 0] = 0
        counted[torch.arange(len(texts)), mask.sum(1).long() - 1] = 0
        return whole, functional.normalize(hidden, dim=-1), counted

    def trained(self) -> list[nn.Parameter]:
        """What the optimiser changes."""
        return [parameter for adapted in self.adapters.values() for parameter in (adapted.down, adapted.up)]

    def save(self, path: Path) -> None:
        """Write the change as a delta (retrieval/bert.py), in bfloat16."""
        found: dict[str, Tensor] = {}
        for name, adapted in self.adapters.items():
            found[f"{name}.lora_A"] = adapted.down.detach().bfloat16().contiguous()
            found[f"{name}.lora_B"] = (2.0 * adapted.up.detach()).bfloat16().contiguous()
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(found, path)


def best_matches(question: Tensor, counted: Tensor, passages: Tensor, read: Tensor) -> Tensor:
    """(questions, passages): the mean over a question's tokens of the best cosine with a passage's (ColBERT's MaxSim).

    Args:
        question: (q, i, width) unit vectors.
        counted: (q, i) 1 for those that count.
        passages: (p, j, width).
        read: (p, j) the same for passages.

    """
    width = question.shape[-1]
    kept = counted.reshape(-1) > 0
    asked = question.reshape(-1, width)[kept].bfloat16()
    owner = torch.arange(len(question))[:, None].expand(counted.shape).reshape(-1)[kept]
    shown = (passages * read[..., None]).reshape(-1, width).bfloat16()
    best = (asked @ shown.T).reshape(len(asked), len(passages), -1).max(dim=-1).values.float()
    total = torch.zeros(len(question), len(passages)).index_add(0, owner, best)
    return total / counted.sum(1)[:, None]

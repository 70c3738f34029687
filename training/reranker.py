"""Train the cross-encoder: it reads question and text together and says how well the one answers the other.

All layers are trained (the word embeddings are not), listwise: the right text against hard negatives of a question, and
pointwise, so that scores of different questions compare. Shipped as int8 with a scale per row.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoTokenizer, BertModel

from retrieval.bert import read_weights
from training.embedder import slip
from training.examples import Example

_TOKENS, _QUESTION_TOKENS, _CHARACTERS = 160, 64, 700


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the weights."""

    epochs: float = 2.0
    batch: int = 8  # questions
    negatives: int = 5
    learning_rate: float = 8e-5
    head_rate: float = 1e-3
    pointwise: float = 0.3  # share of the pointwise loss
    seed: int = 0
    at_most: tuple[tuple[str, int], ...] = (("squad2", 500), ("h2o", 400), ("scifact", 500), ("attributionbench", 200))


class CrossEncoder(nn.Module):
    """The backbone with our embedder's adapter as the start, and one linear layer over the mean of the tokens."""

    def __init__(self, folder: Path, delta: Path | None) -> None:
        """Load the weights."""
        super().__init__()
        self.bert = BertModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="sdpa")
        self.bert.load_state_dict(read_weights(folder, delta), strict=False)
        self.bert.embeddings.requires_grad_(False)
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.classifier = nn.Linear(self.bert.config.hidden_size, 1)
        self.eval()  # no dropout, as in training/network.py

    def forward(self, questions: Sequence[str], texts: Sequence[str]) -> Tensor:
        """(n,) scores. The text is cut, not the question, as when the product reads them (retrieval/encoder.py)."""
        kept = self.tokenizer(
            list(questions), truncation=True, max_length=_QUESTION_TOKENS, add_special_tokens=False
        )["input_ids"]
        asked = self.tokenizer.batch_decode(kept)
        batch = self.tokenizer(
            asked,
            [text[:_CHARACTERS] for text in texts],
            truncation="only_second",
            max_length=_TOKENS,
            padding=True,
            pad_to_multiple_of=8,
            return_tensors="pt",
        )
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = self.bert(**batch).last_hidden_state
        mask = batch["attention_mask"].float()[..., None]
        mean = (hidden.float() * mask).sum(1) / mask.sum(1)
        return self.classifier(mean)[:, 0]  # type: ignore[no-any-return]

    def save(self, path: Path) -> None:
        """Write the layers as int8 rows with scales, biases and norms as they are (retrieval/bert.py)."""
        found: dict[str, Tensor] = {}
        for name, value in self.bert.named_parameters():
            if name.startswith("embeddings."):
                continue
            if value.dim() == 2:
                scale = value.detach().abs().amax(dim=1) / 127
                found[f"{name}.int8"] = (value.detach() / scale[:, None]).round().to(torch.int8)
                found[f"{name}.scale"] = scale
            else:
                found[name] = value.detach().clone()
        found["classifier.weight"] = self.classifier.weight.detach().clone()
        found["classifier.bias"] = self.classifier.bias.detach().clone()
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(found, path)


def train(
    folder: Path,
    delta: Path | None,
    texts: Mapping[str, Sequence[str]],
    examples: Sequence[Example],
    recipe: Recipe,
    out: Path,
) -> None:
    """Train from the embedder's weights (``delta``) and write to ``out``, every two hundred steps too."""
    torch.manual_seed(recipe.seed)
    chance = random.Random(recipe.seed)
    model = CrossEncoder(folder, delta)
    layers = [value for value in model.bert.parameters() if value.requires_grad]
    optimiser = torch.optim.AdamW(
        [
            {"params": layers, "lr": recipe.learning_rate},
            {"params": list(model.classifier.parameters()), "lr": recipe.head_rate},
        ],
        weight_decay=0.01,
    )
    batches = list(_epoch(examples, texts, recipe, chance))
    total = int(len(batches) * recipe.epochs)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / (0.06 * total)) * max(0.02, 1 - step / total)
    )
    started, step, lost, right, seen = time.perf_counter(), 0, 0.0, 0, 0
    while step < total:
        for batch in batches[: total - step]:
            loss, hits = _loss(model, batch, texts, recipe, chance)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            step, lost, right, seen = step + 1, lost + float(loss.detach()), right + hits, seen + len(batch)
            if step % 50 == 0:
                passed = time.perf_counter() - started
                print(f"{step}/{total} loss {lost / 50:.3f} first {right / seen:.3f} {passed:.0f} s", flush=True)
                lost, right, seen = 0.0, 0, 0
            if step % 200 == 0:
                model.save(out)
        batches = list(_epoch(examples, texts, recipe, chance))
    model.save(out)


def _epoch(
    examples: Sequence[Example], texts: Mapping[str, Sequence[str]], recipe: Recipe, chance: random.Random
) -> Iterator[list[Example]]:
    """Batches of texts of like length, in random order."""
    limits = dict(recipe.at_most)
    of_set: dict[str, list[Example]] = {}
    for example in examples:
        if len(example.wrong) >= recipe.negatives:
            of_set.setdefault(example.set, []).append(example)
    chosen = [
        example
        for name, found in of_set.items()
        for example in chance.sample(found, min(len(found), limits.get(name, len(found))))
    ]
    chosen.sort(key=lambda one: len(texts[one.set][one.right[0]]) + 100 * chance.random())
    batches = [chosen[at : at + recipe.batch] for at in range(0, len(chosen), recipe.batch)]
    chance.shuffle(batches)
    yield from batches


def _loss(
    model: CrossEncoder,
    batch: Sequence[Example],
    texts: Mapping[str, Sequence[str]],
    recipe: Recipe,
    chance: random.Random,
) -> tuple[Tensor, int]:
    """The loss, and how many questions have their right text first."""
    questions: list[str] = []
    read: list[str] = []
    for example in batch:
        rows = [chance.choice(example.right), *chance.sample(example.wrong, recipe.negatives)]
        questions += [slip(example.question, chance)] * len(rows)
        read += [texts[example.set][row] for row in rows]
    scores = model(questions, read).reshape(len(batch), 1 + recipe.negatives)
    listwise = functional.cross_entropy(scores, torch.zeros(len(batch), dtype=torch.long))
    wanted = torch.zeros_like(scores)
    wanted[:, 0] = 1
    weight = torch.tensor(float(recipe.negatives))
    pointwise = functional.binary_cross_entropy_with_logits(scores, wanted, pos_weight=weight)
    return listwise + recipe.pointwise * pointwise, int((scores.argmax(dim=1) == 0).sum())

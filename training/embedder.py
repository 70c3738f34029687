"""Train the adapter of the embedder: one pass gives the vector of a text and those of its tokens, both are trained.

Contrastive, with the other questions' texts of a batch as negatives and hard ones; a batch holds questions of one set,
so that its negatives are siblings.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from training.examples import Example
from training.network import Network, best_matches

_TEMPERATURE, _TOKEN_TEMPERATURE = 0.05, 0.03
_CHARACTERS, _TOKENS, _QUESTION_TOKENS = 420, 112, 40  # read of a text, of a question
_SLIP = 0.12  # share of questions that get a slip of the keyboard
_SHORTEST = 3  # letters: shorter words get none


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the weights."""

    rank: int = 32
    epochs: float = 2.0
    batch: int = 24  # questions
    negatives: int = 2  # hard ones per question
    learning_rate: float = 5e-4
    seed: int = 0
    at_most: tuple[tuple[str, int], ...] = (("squad2", 600), ("h2o", 500), ("scifact", 700), ("attributionbench", 250))


def train(
    folder: Path, texts: Mapping[str, Sequence[str]], examples: Sequence[Example], recipe: Recipe, out: Path
) -> None:
    """Train and write the delta to ``out`` (and every hundred steps, so that a cut run leaves something)."""
    torch.manual_seed(recipe.seed)
    chance = random.Random(recipe.seed)
    network = Network(folder, recipe.rank)
    optimiser = torch.optim.AdamW(network.trained(), lr=recipe.learning_rate, weight_decay=0.01)
    batches = _epoch(examples, recipe, chance)
    total = int(len(batches) * recipe.epochs)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / (0.08 * total)) * max(0.03, 1 - step / total)
    )
    started, step, sums = time.perf_counter(), 0, [0.0, 0.0]
    while step < total:
        for batch in batches[: total - step]:
            losses = _losses(network, batch, texts, recipe, chance)
            optimiser.zero_grad(set_to_none=True)
            (losses[0] + losses[1]).backward()
            torch.nn.utils.clip_grad_norm_(network.trained(), 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            sums = [known + float(loss.detach()) for known, loss in zip(sums, losses, strict=True)]
            if step % 25 == 0:
                passed = time.perf_counter() - started
                print(f"{step}/{total} texts {sums[0] / 25:.3f} tokens {sums[1] / 25:.3f} {passed:.0f} s", flush=True)
                sums = [0.0, 0.0]
            if step % 100 == 0:
                network.save(out)
        batches = _epoch(examples, recipe, chance)
    network.save(out)


def _epoch(examples: Sequence[Example], recipe: Recipe, chance: random.Random) -> list[list[Example]]:
    of_set: dict[str, list[Example]] = {}
    for example in examples:
        if len(example.wrong) >= recipe.negatives:
            of_set.setdefault(example.set, []).append(example)
    limits = dict(recipe.at_most)
    batches: list[list[Example]] = []
    for name, found in of_set.items():
        chosen = chance.sample(found, min(len(found), limits.get(name, len(found))))
        chance.shuffle(chosen)
        batches += [chosen[at : at + recipe.batch] for at in range(0, len(chosen), recipe.batch)]
    chance.shuffle(batches)
    return batches


def _losses(
    network: Network,
    batch: Sequence[Example],
    texts: Mapping[str, Sequence[str]],
    recipe: Recipe,
    chance: random.Random,
) -> tuple[Tensor, Tensor]:
    """Cross-entropy of the right text among all texts of the batch, by whole vectors and by tokens."""
    of_set = texts[batch[0].set]
    rows = [chance.choice(example.right) for example in batch]
    for example in batch:
        rows += chance.sample(example.wrong[:16], recipe.negatives)
    # What also answers a question is no negative of it.
    also = torch.tensor(
        [[row in example.right and at != number for at, row in enumerate(rows)] for number, example in enumerate(batch)]
    )
    asked, asked_tokens, counted = network([slip(example.question, chance) for example in batch], _QUESTION_TOKENS)
    order = sorted(range(len(rows)), key=lambda at: len(of_set[rows[at]]))
    whole, tokens = [], []
    for part in (order[: len(order) // 2], order[len(order) // 2 :]):  # short ones apart: less padding
        vectors, token_vectors, read = network([of_set[rows[at]][:_CHARACTERS] for at in part], _TOKENS)
        whole.append(asked @ vectors.T)
        tokens.append(best_matches(asked_tokens, counted, token_vectors, read))
    back = torch.argsort(torch.tensor(order))
    target = torch.arange(len(batch))
    scores = (torch.cat(whole, 1)[:, back] / _TEMPERATURE).masked_fill(also, -1e4)
    by_token = (torch.cat(tokens, 1)[:, back] / _TOKEN_TEMPERATURE).masked_fill(also, -1e4)
    return functional.cross_entropy(scores, target), functional.cross_entropy(by_token, target)


def slip(question: str, chance: random.Random) -> str:
    """The question, sometimes with a letter dropped, doubled or swapped with the next.

    >>> slip("Which tools does the Lead Cook use?", random.Random(14))
    'Which tools does the Lead Coook use?'
    """
    if chance.random() > _SLIP:
        return question
    words = question.split()
    at = chance.randrange(len(words))
    word = words[at]
    if len(word) > _SHORTEST:
        place = chance.randrange(1, len(word) - 1)
        before, letter, following, after = word[:place], word[place], word[place + 1], word[place + 2 :]
        words[at] = chance.choice(
            (before + following + after, before + 2 * letter + following + after, before + following + letter + after)
        )
    return " ".join(words)

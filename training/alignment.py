"""Train the network that judges how a statement's words are found in its evidence: ``python -m training.alignment``.

It reads what ``generation/alignment.py`` measures, in the order of that file. Five networks of one small hidden layer
are trained from different seeds and joined into one that gives the mean of their log-odds; the probability is then
calibrated on pairs that no training read (slope and shift: J. Platt, "Probabilistic outputs for support vector
machines", 1999). Every set, and within it every label, weighs the same.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from config import ROOT
from generation.alignment import WEIGHTS, Floats, encoders, table
from training.entailment import PARAPHRASES, read_bundled
from training.entailment_examples import Pair, all_pairs

_BATCH = 32  # statements that are encoded at a time
_MOST = 6.0  # standard deviations from the mean


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the weights; ``most`` limits the pairs of a set."""

    hidden: int = 16
    networks: int = 5
    steps: int = 400
    batch: int = 512
    learning_rate: float = 0.01
    weight_decay: float = 0.1
    seed: int = 0
    most: tuple[tuple[str, int], ...] = (("climate_fever", 1_200), ("squad2", 1_600), ("bundled", 1_200))


def chosen(pairs: Sequence[Pair], recipe: Recipe) -> list[Pair]:
    """The pairs that are read: both labels alike in sets that are limited."""
    limits, chance = dict(recipe.most), random.Random(recipe.seed)
    kept: list[Pair] = []
    for name in sorted({pair.set for pair in pairs}):
        for label in (True, False):
            found = [pair for pair in pairs if pair.set == name and pair.supported is label]
            kept += chance.sample(found, min(len(found), limits.get(name, 2 * len(found)) // 2))
    return kept


def weights_of(pairs: Sequence[Pair]) -> Tensor:
    """(n,) weights that make every set and label count the same; their mean is 1."""
    count: dict[tuple[str, bool], int] = {}
    for pair in pairs:
        count[pair.set, pair.supported] = count.get((pair.set, pair.supported), 0) + 1
    found = torch.tensor([1 / count[pair.set, pair.supported] for pair in pairs])
    return found / found.mean()


def measured(pairs: Sequence[Pair]) -> Floats:
    """(n, d) features."""
    started, rows = time.perf_counter(), []
    for at in range(0, len(pairs), _BATCH):
        part = pairs[at : at + _BATCH]
        rows.append(table([pair.statement for pair in part], [pair.quotes for pair in part], encoders()))
        if at // _BATCH % 20 == 0:
            print(f"{at}/{len(pairs)} pairs read, {time.perf_counter() - started:.0f} s", flush=True)
    return np.concatenate(rows)


def fit(rows: Floats, pairs: Sequence[Pair], recipe: Recipe) -> list[tuple[Floats, Floats]]:
    """Two layers (weight, bias) that take features as they are."""
    mean = rows.mean(axis=0)
    spread = np.maximum(rows.std(axis=0), np.abs(rows - mean).max(axis=0) / _MOST) + 1e-6  # a rare flag stays small
    inputs = torch.tensor((rows - mean) / spread, dtype=torch.float32)
    labels = torch.tensor([float(pair.supported) for pair in pairs])
    weights, parts = weights_of(pairs), []
    for number in range(recipe.networks):
        torch.manual_seed(recipe.seed + number)
        first, last = torch.nn.Linear(rows.shape[1], recipe.hidden), torch.nn.Linear(recipe.hidden, 1)
        trained = [*first.parameters(), *last.parameters()]
        optimiser = torch.optim.AdamW(trained, lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
        for _ in range(recipe.steps):
            at = torch.randint(len(pairs), (recipe.batch,))
            said = last(functional.relu(first(inputs[at])))[:, 0]
            loss = functional.binary_cross_entropy_with_logits(said, labels[at], weights[at])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        parts.append((first, last))
    hidden = np.concatenate([first.weight.detach().numpy() for first, _ in parts]).T.astype(np.float64)
    shift = np.concatenate([first.bias.detach().numpy() for first, _ in parts]).astype(np.float64)
    out = np.concatenate([last.weight.detach().numpy()[0] for _, last in parts])[:, None] / recipe.networks
    bias = np.array([np.mean([float(last.bias.detach()) for _, last in parts])])
    scaled = hidden / spread[:, None]
    return [(scaled, shift - mean @ scaled), (out.astype(np.float64), bias)]


def log_odds(layers: Sequence[tuple[Floats, Floats]], rows: Floats) -> Floats:
    """(n,) what the joined network says."""
    (first, shift), (last, bias) = layers
    return (np.maximum(rows @ first + shift, 0) @ last + bias)[:, 0]


def calibrated(
    layers: Sequence[tuple[Floats, Floats]], rows: Floats, pairs: Sequence[Pair]
) -> list[tuple[Floats, Floats]]:
    """The layers with slope and shift of the log-odds fitted to ``pairs``."""
    said = torch.tensor(log_odds(layers, rows))
    labels = torch.tensor([float(pair.supported) for pair in pairs], dtype=torch.float64)
    weights = weights_of(pairs).double()
    fitted = torch.tensor([1.0, 0.0], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([fitted], max_iter=100)

    def loss() -> Tensor:
        optimiser.zero_grad()
        value = functional.binary_cross_entropy_with_logits(fitted[0] * said + fitted[1], labels, weights)
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    slope, shift = (float(value) for value in fitted.detach())
    print(f"calibrated: slope {slope:.3f}, shift {shift:.3f}", flush=True)
    first, (weight, bias) = layers
    return [first, (weight * slope, bias * slope + shift)]


def write(layers: Sequence[tuple[Floats, Floats]], path: Path) -> None:
    """As JSON with six significant digits."""
    rounded = [[[[float(f"{x:.6g}") for x in row] for row in w], [float(f"{x:.6g}") for x in b]] for w, b in layers]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"layers": rounded}) + "\n", encoding="utf-8")


def main() -> None:
    """Read the pairs, train, calibrate, write."""
    parser = argparse.ArgumentParser(prog="python -m training.alignment", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", metavar="DIR")
    parser.add_argument("--out", type=Path, default=WEIGHTS, metavar="FILE")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    recipe = Recipe(seed=options.seed)
    pairs = all_pairs(options.data, read_bundled(), PARAPHRASES, options.seed)
    trained = chosen([pair for pair in pairs if pair.part == "train"], recipe)
    human = ("attributionbench", "summedits", "climate_fever")  # people's labels, not ours
    apart = chosen([pair for pair in pairs if pair.part == "calibrate" and pair.set in human], recipe)
    layers = fit(measured(trained), trained, recipe)
    write(calibrated(layers, measured(apart), apart), options.out)


if __name__ == "__main__":
    main()

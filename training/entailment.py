"""Train the entailment model: ``python -m training.entailment``. It reads a statement with its evidence and judges it.

The backbone stays as it is; a low-rank change at every linear layer and a classifier over the mean of the tokens are
trained. The probability is calibrated afterwards on pairs that training never saw (temperature and shift: J. Platt,
"Probabilistic outputs for support vector machines", 1999), and the calibration is folded into the classifier.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from config import ROOT, Config, IngestConfig, data_folder
from generation.entail import TOKENS, WEIGHTS, relevant
from ingest.library import Library
from ingest.pipeline import ingest
from ingest.records import Document
from retrieval.models import embedded_folder
from training.entailment_examples import Pair, all_pairs
from training.network import Network

PARAPHRASES = ROOT / "tests" / "cases" / "verify-paraphrases.jsonl"


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the weights."""

    rank: int = 32
    epochs: float = 2.0
    batch: int = 32
    learning_rate: float = 8e-4
    head_rate: float = 2e-3
    seed: int = 0
    minutes: float = 60.0  # at most; the learning rate falls with the steps or with the time, whichever runs out first
    # Pairs of a set that an epoch reads, as many true as false where there are enough; the rest waits for the next.
    per_epoch: tuple[tuple[str, int], ...] = (
        ("attributionbench", 1_100), ("summedits", 1_800), ("climate_fever", 1_800), ("squad2", 3_200),
        ("bundled", 1_600),
    )  # fmt: skip


class CrossEncoder(Network):
    """The backbone with adapters, and one linear layer over the mean of the tokens."""

    def __init__(self, folder: Path, rank: int) -> None:
        """The classifier says nothing at first."""
        super().__init__(folder, rank)
        self.bert.set_attn_implementation("eager")  # of short texts, its backward pass is several times as fast
        self.classifier = nn.Linear(self.bert.config.hidden_size, 1)
        nn.init.zeros_(self.classifier.weight)
        nn.init.zeros_(self.classifier.bias)

    def logits(self, statements: Sequence[str], evidence: Sequence[str]) -> Tensor:
        """(n,) log-odds, read as ``Encoder.scores`` reads them: a long statement is cut to half of the tokens."""
        kept = self.tokenizer(list(statements), truncation=True, max_length=TOKENS // 2, add_special_tokens=False)
        batch = self.tokenizer(
            self.tokenizer.batch_decode(kept["input_ids"]), list(evidence),
            truncation="only_second", max_length=TOKENS, padding=True, pad_to_multiple_of=8, return_tensors="pt",
        )  # fmt: skip
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = self.bert(**batch).last_hidden_state
        mask = batch["attention_mask"].float()[..., None]
        mean = (hidden.float() * mask).sum(1) / mask.sum(1)
        return self.classifier(mean)[:, 0]  # type: ignore[no-any-return]

    def save(self, path: Path) -> None:
        """Write the change and the classifier as a delta (retrieval/bert.py)."""
        super().save(path)
        head = {"classifier.weight": self.classifier.weight, "classifier.bias": self.classifier.bias}
        save_file(load_file(path) | {name: value.detach().clone() for name, value in head.items()}, path)


@dataclass(frozen=True, slots=True)
class Read:
    """A pair as the model reads it."""

    set: str
    statement: str
    evidence: str
    supported: bool


def readings(pairs: Sequence[Pair], part: str) -> list[Read]:
    """The pairs of a part with the pieces of their evidence that the model gets to see."""
    chosen = (pair for pair in pairs if pair.part == part)
    return [Read(pair.set, pair.statement, relevant(pair.statement, pair.quotes), pair.supported) for pair in chosen]


def train(folder: Path, reads: Sequence[Read], recipe: Recipe, out: Path) -> CrossEncoder:
    """Train and write the delta to ``out``; every two hundred steps too, so that a cut run leaves something."""
    torch.manual_seed(recipe.seed)
    chance = random.Random(recipe.seed)
    model = CrossEncoder(folder, recipe.rank)
    optimiser = torch.optim.AdamW(
        [
            {"params": model.trained(), "lr": recipe.learning_rate},
            {"params": list(model.classifier.parameters()), "lr": recipe.head_rate},
        ],
        weight_decay=0.01,
    )
    per_epoch = len(list(epoch(reads, recipe, random.Random(0))))
    total = max(1, int(per_epoch * recipe.epochs))
    started, step, lost, right, seen = time.perf_counter(), 0, 0.0, 0, 0

    def rate(step: int) -> float:
        passed = (time.perf_counter() - started) / (60 * recipe.minutes)
        return min(1.0, (step + 1) / (0.06 * total)) * max(0.0, 1 - max(step / total, passed))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, rate)
    while step < total and schedule.get_last_lr()[0] > 0:
        for batch in list(epoch(reads, recipe, chance))[: total - step]:
            logits = model.logits([read.statement for read in batch], [read.evidence for read in batch])
            labels = torch.tensor([float(read.supported) for read in batch])
            loss = functional.binary_cross_entropy_with_logits(logits, labels)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.trained(), 1.0)
            optimiser.step()
            schedule.step()
            if not schedule.get_last_lr()[0]:
                break
            step, lost, seen = step + 1, lost + float(loss.detach()) * len(batch), seen + len(batch)
            right += int(((logits > 0) == (labels > 0.5)).sum())
            if step % 25 == 0:
                passed = time.perf_counter() - started
                print(f"{step}/{total} loss {lost / seen:.3f} right {right / seen:.3f} {passed:.0f} s", flush=True)
                lost, right, seen = 0.0, 0, 0
            if step % 200 == 0:
                model.save(out)
    model.save(out)
    return model


def epoch(reads: Sequence[Read], recipe: Recipe, chance: random.Random) -> Iterator[list[Read]]:
    """Batches of like length in random order; labels balanced within each set."""
    limits = dict(recipe.per_epoch)
    chosen: list[Read] = []
    for name in sorted({read.set for read in reads}):
        for label in (True, False):
            found = [read for read in reads if read.set == name and read.supported is label]
            wanted = limits.get(name, len(found)) // 2
            while found and wanted > 0:  # a small set is read more than once
                chosen += chance.sample(found, min(wanted, len(found)))
                wanted -= len(found)
    chosen.sort(key=lambda read: len(read.statement) + len(read.evidence) + 80 * chance.random())
    batches = [chosen[at : at + recipe.batch] for at in range(0, len(chosen), recipe.batch)]
    chance.shuffle(batches)
    yield from batches


def calibrate(model: CrossEncoder, reads: Sequence[Read]) -> tuple[float, float]:
    """Fold the slope and shift that make the log-odds of ``reads`` most probable into the classifier; returns both.

    Every set, and within it every label, has the same weight: none is the mix of what the product will see.
    """
    with torch.no_grad():
        logits = torch.cat(
            [
                model.logits([read.statement for read in part], [read.evidence for read in part])
                for part in (reads[at : at + 32] for at in range(0, len(reads), 32))
            ]
        )
    labels = torch.tensor([float(read.supported) for read in reads])
    count: dict[tuple[str, bool], int] = {}
    for read in reads:
        count[read.set, read.supported] = count.get((read.set, read.supported), 0) + 1
    weights = torch.tensor([1 / count[read.set, read.supported] for read in reads])
    fitted = torch.tensor([1.0, 0.0], requires_grad=True)
    optimiser = torch.optim.LBFGS([fitted], max_iter=100)

    def loss() -> Tensor:
        optimiser.zero_grad()
        value = functional.binary_cross_entropy_with_logits(fitted[0] * logits + fitted[1], labels, weights)
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    slope, shift = (float(value) for value in fitted.detach())
    with torch.no_grad():
        model.classifier.weight.mul_(slope)
        model.classifier.bias.mul_(slope).add_(shift)
    return slope, shift


def read_bundled() -> Sequence[Document]:
    """The bundled documents, ingested into the data folder."""
    work = data_folder() / "training" / "bundled"
    ingest([ROOT / "documents"], work, replace(Config(), ingest=IngestConfig(workers=1)))
    return Library.open(work).documents()


def main() -> None:
    """Make the examples, train, calibrate, write."""
    parser = argparse.ArgumentParser(prog="python -m training.entailment", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", metavar="DIR")
    parser.add_argument("--out", type=Path, default=WEIGHTS, metavar="FILE")
    parser.add_argument("--epochs", type=float, default=Recipe().epochs)
    parser.add_argument("--minutes", type=float, default=Recipe().minutes)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    recipe = replace(Recipe(), seed=options.seed, epochs=options.epochs, minutes=options.minutes)
    pairs = all_pairs(options.data, read_bundled(), PARAPHRASES, options.seed)
    reads = readings(pairs, "train")
    print(f"{len(reads)} pairs; {recipe}", flush=True)
    model = train(embedded_folder(), reads, recipe, options.out)
    print("calibrated: slope {:.3f}, shift {:.3f}".format(*calibrate(model, readings(pairs, "calibrate"))), flush=True)
    model.save(options.out)


if __name__ == "__main__":
    main()

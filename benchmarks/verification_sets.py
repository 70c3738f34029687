"""The entailment model beside simpler judges on public sets that it was not trained on (benchmarks/verification.py)."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from generation.alignment import WEIGHTS, Alignment
from generation.entail import Entailment, relevant
from generation.verify import CLOSE, EMBEDDER, SUPPORTED_SHARE
from retrieval.lexical import tokenize
from retrieval.models import open_embedder
from training.entailment_examples import Pair, attributionbench, climate_fever, qags, summedits

Floats = NDArray[np.float64]
_BINS = 10
_SAMPLES = 2_000


def sampled(pairs: Sequence[Pair], limit: int, seed: int) -> list[Pair]:
    """At most ``limit`` pairs, both labels alike where there are enough."""
    chance = random.Random(seed)
    halves = [[pair for pair in pairs if pair.supported is label] for label in (True, False)]
    return [pair for half in halves for pair in chance.sample(half, min(len(half), limit // 2))]


def features(pairs: Sequence[Pair]) -> dict[str, Floats]:
    """(n,) share of the statement's words and cosine, each with the whole evidence and with its relevant pieces."""
    embedder = open_embedder(EMBEDDER)
    found: dict[str, list[float]] = {name: [] for name in ("share", "cosine", "share of pieces", "cosine of pieces")}
    for pair in pairs:
        whole, pieces = " ".join(" ".join(pair.quotes).split()), relevant(pair.statement, pair.quotes)
        words = set(tokenize(pair.statement))
        vectors = embedder.embed([pair.statement, whole, pieces])
        for name, text, vector in (("", whole, vectors[1]), (" of pieces", pieces, vectors[2])):
            found[f"share{name}"].append(len(words & set(tokenize(text))) / max(1, len(words)))
            found[f"cosine{name}"].append(float(vectors[0] @ vector))
    return {name: np.array(values) for name, values in found.items()}


def untrained(seed: int) -> Entailment:
    """The backbone with a classifier of random weights."""
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(seed)
    with tempfile.TemporaryDirectory() as work:
        path = Path(work) / "untrained.safetensors"
        save_file({"classifier.weight": torch.randn(1, 384), "classifier.bias": torch.zeros(1)}, path)
        return Entailment(path)


def balanced(said: NDArray[np.bool_], labels: NDArray[np.bool_]) -> float:
    """The mean of the rates at which true and false statements are told.

    >>> balanced(np.array([True, True, False]), np.array([True, False, False]))
    0.75
    """
    return float((said[labels].mean() + (~said[~labels]).mean()) / 2)


def threshold(scores: Floats, labels: NDArray[np.bool_], sets: Sequence[str]) -> float:
    """The score from which on statements count as supported: best mean balanced accuracy over the sets."""
    names = np.array(sets)
    cuts = np.unique(np.quantile(scores, np.linspace(0.01, 0.99, 99)))
    means = [np.mean([balanced(scores[names == n] >= cut, labels[names == n]) for n in set(sets)]) for cut in cuts]
    return float(cuts[int(np.argmax(means))])


def calibration_error(probabilities: Floats, labels: NDArray[np.bool_]) -> float:
    """Expected calibration error over ten bins of equal width (C. Guo et al., ICML 2017)."""
    bins = np.minimum((probabilities * _BINS).astype(int), _BINS - 1)
    parts = ((bins == number) for number in range(_BINS))
    return float(sum(abs(probabilities[p].mean() - labels[p].mean()) * p.mean() for p in parts if p.any()))


def both(parts: dict[str, Floats], labels: NDArray[np.bool_]) -> Callable[[dict[str, Floats]], Floats]:
    """A logistic regression over overlap and cosine, both readings, fitted by Newton's method."""

    def design(of: dict[str, Floats]) -> Floats:
        return np.column_stack([*of.values(), np.ones(len(next(iter(of.values()))))])

    rows, weights = design(parts), np.zeros(len(parts) + 1)
    for _ in range(25):
        p = 1 / (1 + np.exp(-rows @ weights))
        hessian = rows.T @ (rows * (p * (1 - p))[:, None]) + 1e-3 * np.eye(len(weights))
        weights = weights + np.linalg.solve(hessian, rows.T @ (labels - p) - 1e-3 * weights)
    return lambda of: 1 / (1 + np.exp(-design(of) @ weights))


def resampled(groups: Sequence[str], seed: int) -> list[NDArray[np.int64]]:
    """Row numbers of bootstrap samples of whole groups."""
    rng = np.random.default_rng(seed)
    of: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        of.setdefault(group, []).append(row)
    parts = [np.array(rows) for rows in of.values()]
    return [np.concatenate([parts[n] for n in rng.integers(0, len(parts), len(parts))]) for _ in range(_SAMPLES)]


def compare(data: Path, limit: int, weights: Path | None, seed: int) -> str:
    """The table of all judges on all held-out sets, and the calibration error of the model's probability."""
    pairs = [pair for read in (attributionbench, summedits, qags, climate_fever) for pair in read(data)]
    fit = [
        pair
        for name in ("attributionbench", "summedits", "climate_fever")
        for pair in sampled([p for p in pairs if p.set == name and p.part == "calibrate"], limit, seed)
    ]
    held = [
        pair
        for name in ("attributionbench", "summedits", "qags")
        for pair in sampled([p for p in pairs if p.set == name and p.part == "held out"], limit, seed)
    ]
    scores = [_scores(part, weights if weights is not None else WEIGHTS, seed) for part in (fit, held)]
    labels = [np.array([pair.supported for pair in part]) for part in (fit, held)]
    fitted = both(scores[0][0], labels[0])
    for of, score in scores:
        score["overlap and cosine, fitted"] = fitted(of)
    said = {}
    for name, values in scores[1][1].items():
        said[name] = values >= threshold(scores[0][1][name], labels[0], [pair.set for pair in fit])
    said["entailment model at .5"] = scores[1][1]["entailment model"] >= 0.5
    today = scores[1][0]
    said["overlap and cosine, as they were"] = (today["share"] >= SUPPORTED_SHARE) & (today["cosine"] >= CLOSE)
    lines = ["| judge | " + " | ".join(_sets(held)) + " | mean | mean minus overlap and cosine, as they were |"]
    lines.append("| --- |" + " --- |" * (len(_sets(held)) + 2))
    reference = said["overlap and cosine, as they were"]
    lines += [_row(name, flags, reference, held, labels[1], seed) for name, flags in said.items()]
    lines.append("\ncalibration error of the model's probability:")
    model = scores[1][1]["entailment model"]
    for name in _sets(held):
        at = np.array([pair.set == name for pair in held])
        lines.append(f"  {name}: {calibration_error(model[at], labels[1][at]):.3f} ({at.sum()} statements)")
    lines.append(f"  calibration part: {calibration_error(scores[0][1]['entailment model'], labels[0]):.3f}")
    return "\n".join(lines)


def _sets(pairs: Sequence[Pair]) -> list[str]:
    return list(dict.fromkeys(pair.set for pair in pairs))


def _scores(pairs: Sequence[Pair], weights: Path, seed: int) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """The features, and the scores of all judges."""
    found = features(pairs)
    statements, quotes = [pair.statement for pair in pairs], [pair.quotes for pair in pairs]
    judges: dict[str, Alignment | Entailment] = {
        "untrained classifier": untrained(seed), "entailment model": Alignment(weights),
    }
    scores = {name: np.array(judge.probabilities(statements, quotes)) for name, judge in judges.items()}
    named = {"word overlap": found["share of pieces"], "MiniLM cosine": found["cosine of pieces"]}
    return found, {**named, **scores}


def _row(
    name: str,
    said: NDArray[np.bool_],
    reference: NDArray[np.bool_],
    pairs: Sequence[Pair],
    labels: NDArray[np.bool_],
    seed: int,
) -> str:
    cells, means, gaps = [], [], []
    draws = []
    for number, of in enumerate(_sets(pairs)):
        rows = np.array([row for row, pair in enumerate(pairs) if pair.set == of])
        samples = resampled([pairs[row].group for row in rows], seed + number)
        value = balanced(said[rows], labels[rows])
        drawn = np.array([balanced(said[rows[s]], labels[rows[s]]) for s in samples])
        other = np.array([balanced(reference[rows[s]], labels[rows[s]]) for s in samples])
        low, high = np.percentile(drawn, [2.5, 97.5])
        cells.append(f".{1000 * value:03.0f} (.{1000 * low:03.0f}–.{1000 * high:03.0f})")
        means.append(value)
        gaps.append(value - balanced(reference[rows], labels[rows]))
        draws.append((drawn, drawn - other))
    low, high = np.percentile(np.mean([gap for _, gap in draws], axis=0), [2.5, 97.5])
    gap = f"{np.mean(gaps):+.3f} ({low:+.3f} to {high:+.3f})"
    return f"| {name} | {' | '.join(cells)} | .{1000 * np.mean(means):03.0f} | {gap} |"

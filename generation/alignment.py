"""How probable it is that evidence supports a statement: every word of the statement is looked for in the evidence.

The shipped backbone gives each token a vector that knows its context. The best cosine of every token of the statement
with the evidence (Khattab and Zaharia's late interaction), overlap of words, and what the exact checks find are read
by a small network that ``training/alignment.py`` trained and calibrated; its weights lie in ``generation/weights``.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from generation.entail import relevant
from generation.exact import differences
from retrieval.encoder import Encoder
from retrieval.lexical import tokenize
from retrieval.models import WEIGHTS as ADAPTER
from retrieval.models import embedded_folder
from retrieval.records import Vectors

WEIGHTS = Path(__file__).resolve().parent / "weights" / "alignment.json"
Floats = NDArray[np.float64]
CHECKS = (
    "number", "date", "place in an order", "name", "negation", "order", "only", "all", "most", "some", "few", "duty",
    "leave", "opposite",
)  # fmt: skip
"""Exact checks that the network sees; in the product they stop a statement before."""
_WORDS = re.compile(r"[^\W_]+")
_LOW = (0.5, 0.6, 0.7, 0.8)


def _of_cosines(best: Floats) -> list[float]:
    """What is said of the best cosines of a statement's tokens: mean, the lowest, the weakest stretch, shares below."""
    quantiles = np.quantile(best, (0.0, 0.1, 0.25, 0.5))
    stretches = np.convolve(best, np.ones(min(4, len(best))) / min(4, len(best)), "valid")
    below = (float((best < limit).mean()) for limit in _LOW)
    return [float(best.mean()), *map(float, quantiles), float(stretches.min()), *below]


def features(statement: str, evidence: str, vectors: Sequence[tuple[Vectors, Vectors]]) -> Floats:
    """(d,) what the network reads; ``vectors`` are the token vectors of statement and evidence, per encoder."""
    row: list[float] = []
    for said, shown in vectors:
        if not len(said) or not len(shown):
            said = shown = np.ones((1, 1), dtype=np.float32)
        cosines = (said @ shown.T).astype(np.float64)
        whole = said.mean(axis=0), shown.mean(axis=0)
        norms = float(np.linalg.norm(whole[0]) * np.linalg.norm(whole[1]))
        row += [*_of_cosines(cosines.max(axis=1)), float(whole[0] @ whole[1]) / max(norms, 1e-9)]
        row.append(float(cosines.max(axis=0).mean()))
    words, held = tokenize(statement), tokenize(evidence)
    pairs = set(itertools.pairwise(held))
    follow = list(itertools.pairwise(words))
    row.append(len(set(words) & set(held)) / max(1, len(set(words))))
    row.append(sum(pair in pairs for pair in follow) / max(1, len(follow)))
    names = [word for word in _WORDS.findall(statement)[1:] if word[0].isupper() or word[0].isdigit()]
    lower = set(_WORDS.findall(evidence.lower()))
    row.append(sum(name.lower() in lower for name in names) / len(names) if names else 1.0)
    row += [float(np.log1p(len(words))), float(np.log1p(len(held))), float(bool(names))]
    found = set(differences(statement, [evidence]))
    return np.array([*row, *(float(check in found) for check in CHECKS), float(bool(found))])


class Alignment:
    """The network with its encoders; any number of threads may ask."""

    def __init__(self, weights: Path = WEIGHTS) -> None:
        """Load encoders and network.

        Raises:
            OSError: no such file.

        """
        self._encoders = encoders()
        stored = json.loads(weights.read_text("utf-8"))
        self._layers = [(np.array(w), np.array(b)) for w, b in stored["layers"]]

    def probability(self, statement: str, quotes: Sequence[str]) -> float:
        """That the quotes support the statement, in [0, 1]; 0 without quotes."""
        return self.probabilities([statement], [quotes])[0]

    def probabilities(self, statements: Sequence[str], quotes: Sequence[Sequence[str]]) -> list[float]:
        """The same for several statements, each with its own quotes."""
        rows = table(statements, quotes, self._encoders)
        for number, (weight, bias) in enumerate(self._layers):
            rows = rows @ weight + bias
            if number < len(self._layers) - 1:
                rows = np.maximum(rows, 0)
        read = 1 / (1 + np.exp(-np.clip(rows[:, 0], -50, 50)))
        return [float(p) if any(shown) else 0.0 for p, shown in zip(read, quotes, strict=True)]


def table(statements: Sequence[str], quotes: Sequence[Sequence[str]], using: Sequence[Encoder]) -> Floats:
    """(n, d) features."""
    evidence = [relevant(statement, shown) for statement, shown in zip(statements, quotes, strict=True)]
    n = len(statements)
    read = [encoder.token_vectors([*statements, *evidence]) for encoder in using]
    return np.stack(
        [features(statements[k], evidence[k], [(vectors[k], vectors[n + k]) for vectors in read]) for k in range(n)]
    )


@cache
def encoders() -> tuple[Encoder, ...]:
    """The backbone as it is, and with the adapter that was trained for late interaction."""
    return Encoder(embedded_folder()), Encoder(embedded_folder(), delta=ADAPTER)

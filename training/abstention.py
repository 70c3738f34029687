"""Fit the decision whether the documents answer: a logistic model over readings of the search.

Learnt from questions that documents do not answer, with answerable ones of the same style, over four collections
(questions/unanswerable.jsonl), and from the gold questions of the dev part. Every collection weighs alike, and in it
answerable and unanswerable questions, so that probabilities are at even odds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from config import ModelConfig, RetrievalConfig, Source
from eval.goldset.gold import read as read_gold
from generation.readings import Readings, read
from ingest.library import Library
from retrieval.followup import standalone
from retrieval.index import sync
from retrieval.models import open_embedder, open_reranker
from retrieval.records import Vectors
from retrieval.search import Retriever
from training.examples import library_of

QUESTIONS = Path(__file__).resolve().parent / "questions" / "unanswerable.jsonl"
ANSWERABLE = "answerable"
STRENGTH = 0.1  # of the regularisation: scikit-learn's C
FOLDS, SEED = 8, 0
FALSE_REFUSALS = (0.01, 0.02, 0.03, 0.05, 0.1)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its readings; ``kind`` is ``answerable`` or why the documents do not answer it."""

    set: str
    kind: str
    readings: Readings


def train(root: Path, data: Path, work: Path, out: Path) -> None:
    """Fit on all questions, write the weights, and print what cross-validation says."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    asked = list(_all(root, data, work))
    table = np.array([one.readings.values for one in asked])
    answered = np.array([one.kind == ANSWERABLE for one in asked])
    weights = _weights(asked)
    mean, scale = table.mean(axis=0), np.maximum(table.std(axis=0), 1e-6)
    rows = (table - mean) / scale
    found = np.zeros(len(asked))
    for fit, rest in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(rows, answered):
        model = LogisticRegression(C=STRENGTH, max_iter=2000).fit(rows[fit], answered[fit], sample_weight=weights[fit])
        found[rest] = model.predict_proba(rows[rest])[:, 1]
    _print(asked, found)
    model = LogisticRegression(C=STRENGTH, max_iter=2000).fit(rows, answered, sample_weight=weights)
    written = {
        "readings": [field.name for field in fields(Readings)],
        "mean": mean.astype(float).round(5).tolist(),
        "scale": scale.astype(float).round(5).tolist(),
        "weights": model.coef_[0].astype(float).round(5).tolist(),
        "intercept": round(float(model.intercept_[0]), 5),
    }
    out.write_text(f"{json.dumps(written, indent=1)}\n", "utf-8")


def _all(root: Path, data: Path, work: Path) -> Iterator[Asked]:
    embedder = open_embedder(ModelConfig(Source.EMBEDDED))
    reranker = open_reranker(ModelConfig(Source.EMBEDDED))

    def opened(library: Library) -> Retriever:
        return Retriever(library.documents(), sync(library, embedder), embedder, reranker, RetrievalConfig())

    lines = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    for name in dict.fromkeys(line["set"] for line in lines):
        folder = root / "documents" if name == "bundled" else data / "documents" / name
        retriever = opened(library_of(folder, work / name.replace("/", "-")))
        for line in lines:
            if line["set"] == name:
                yield from _read(name, line["kind"], line["question"], retriever)
        if name == "bundled":
            for case in read_gold(root / "goldset" / "gold.jsonl", "dev"):
                earlier = [turn.content for turn in case.history if turn.role == "user"]
                question = standalone(case.question, earlier, retriever.roster)
                yield from _read("gold, dev", ANSWERABLE if case.answerable else case.type, question, retriever)


def _read(name: str, kind: str, question: str, retriever: Retriever) -> Iterator[Asked]:
    search = retriever.search(question)
    readings = read(search, retriever)
    if readings is not None and not search.query.unknown_roles:  # unknown roles are a rule's matter
        yield Asked(name, kind, readings)


def _weights(asked: Sequence[Asked]) -> Vectors:
    groups = [(one.set, one.kind == ANSWERABLE) for one in asked]
    weights = np.array([1 / groups.count(group) for group in groups], dtype=np.float32)
    return np.asarray(weights * len(weights) / weights.sum())


def _print(asked: Sequence[Asked], found: Vectors) -> None:
    """Cross-validated: share refused by kind where so many answerable questions are refused."""
    kinds = sorted({one.kind for one in asked} - {ANSWERABLE})
    of_kind = {kind: found[[one.kind == kind for one in asked]] for kind in (ANSWERABLE, *kinds)}
    print("| answerable refused | threshold | " + " | ".join(f"{kind} ({len(of_kind[kind])})" for kind in kinds) + " |")
    print("| --- |" + " --- |" * (len(kinds) + 1))
    for share in FALSE_REFUSALS:
        threshold = float(np.quantile(of_kind[ANSWERABLE], share))
        cells = " | ".join(f"{(of_kind[kind] < threshold).mean():.2f}" for kind in kinds)
        print(f"| {share:.2f} | {threshold:.2f} | {cells} |")

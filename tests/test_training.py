"""The training code: what it learns from is right, and what it writes is what the product loads."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from config import ROOT, Config, IngestConfig
from eval.evidence import occurrences
from eval.goldset.gold import read as read_gold
from ingest.library import Library
from ingest.pipeline import ingest
from ingest.records import Document
from retrieval.encoder import Encoder
from retrieval.models import embedded_folder
from training.corpora import Asked, Corpus
from training.embedder import Recipe, slip, train
from training.examples import Example, _examples
from training.network import Network, best_matches
from training.questions import BUNDLED, OTHER, places


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Document]:
    folder = tmp_path_factory.mktemp("bundled")
    ingest([ROOT / "documents"], folder, replace(Config(), ingest=IngestConfig(workers=1)))
    return {document.source: document for document in Library.open(folder).documents()}


def test_every_quote_of_our_questions_stands_in_its_document(documents: dict[str, Document]) -> None:
    rows = [json.loads(line) for line in BUNDLED.read_text("utf-8").splitlines()]
    missing = [(row["id"], piece["quote"]) for row in rows for piece in row["evidence"] if not places(piece, documents)]
    assert missing == []
    assert len({row["id"] for row in rows}) == len(rows)


def test_no_training_question_is_a_gold_question() -> None:
    gold = {" ".join(case.question.lower().split()) for case in read_gold(ROOT / "goldset" / "gold.jsonl")}
    for path in (BUNDLED, OTHER):
        asked = [json.loads(line)["question"] for line in path.read_text("utf-8").splitlines()]
        assert not {" ".join(question.lower().split()) for question in asked} & gold


def test_questions_over_documents_that_are_not_ours_hold_none_of_their_text() -> None:
    for path in (OTHER, ROOT / "benchmarks" / "questions" / "customer.jsonl"):
        for line in path.read_text("utf-8").splitlines():
            for piece in json.loads(line)["evidence"]:
                assert set(piece) == {"source", "start", "end", "sha256"}


def test_a_place_whose_text_has_changed_is_left_out(documents: dict[str, Document]) -> None:
    source, document = next(iter(documents.items()))
    digest = hashlib.sha256(document.text[5:40].encode()).hexdigest()[:12]
    right = {"source": source, "start": 5, "end": 40, "sha256": digest}
    assert [(p.start, p.end) for p in places(right, documents)] == [(5, 40)]
    assert places({**right, "start": 6}, documents) == ()
    assert places({**right, "source": "absent.md"}, documents) == ()
    quote = " ".join(document.text[5:40].split())
    assert [(p.start, p.end) for p in places({"source": source, "quote": quote}, documents)] == list(
        occurrences(quote, document.text)
    )


@given(
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 3), st.integers(1, 5)), seed=st.integers(0, 99)
)
@settings(max_examples=30)
def test_best_matches_against_plain_loops(sizes: tuple[int, int, int, int], seed: int) -> None:
    questions, asked, passages, read = sizes
    rng = np.random.default_rng(seed)
    unit = lambda *shape: torch.nn.functional.normalize(torch.tensor(rng.random(shape), dtype=torch.float32), dim=-1)  # noqa: E731
    question, passage = unit(questions, asked, 8), unit(passages, read, 8)  # all cosines are above 0
    counted = torch.tensor(rng.random((questions, asked)) < 0.7).float()
    shown = torch.tensor(rng.random((passages, read)) < 0.7).float()
    counted[:, 0] = shown[:, 0] = 1
    found = best_matches(question, counted, passage, shown)
    for q in range(questions):
        for p in range(passages):
            best = [
                max(float(question[q, i] @ passage[p, j]) for j in range(read) if shown[p, j])
                for i in range(asked)
                if counted[q, i]
            ]
            assert float(found[q, p]) == pytest.approx(np.mean(best), abs=0.02)  # bfloat16


def test_what_training_writes_the_encoder_reads(tmp_path: Path) -> None:
    """One real step on real texts changes the vectors, and the product sees the very model that was trained."""
    texts = ("Owns the budget of the team.", "Reviews code every day.", "Hires two engineers a year.", "Writes docs.")
    examples = [Example("s", "Who pays?", (0,), (1, 2)), Example("s", "Who recruits?", (2,), (3, 1))]
    path = tmp_path / "delta.safetensors"
    train(embedded_folder(), {"s": texts}, examples, Recipe(rank=4, epochs=2.0, batch=2, learning_rate=1e-2), path)
    torch.manual_seed(0)
    base = Encoder(embedded_folder(), precision="float32").embed(texts)
    adapted = Encoder(embedded_folder(), delta=path, precision="float32").embed(texts)
    assert (base * adapted).sum(axis=1).max() < 0.9999
    network = Network(embedded_folder(), 4)
    with torch.no_grad():
        untrained, _, _ = network(texts, 64)
    np.testing.assert_allclose((untrained.numpy() * base).sum(axis=1), 1.0, atol=1e-3)  # bfloat16


def test_hard_negatives_answer_nothing_and_topics_stay_with_their_roles() -> None:
    class Letters:
        id, dimension = "letters", 26

        def embed(self, texts: list[str] | tuple[str, ...]) -> np.ndarray:
            rows = np.array([[t.lower().count(chr(97 + n)) for n in range(26)] for t in texts], dtype=np.float32)
            return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)

    about = ("code", "budget")
    texts = tuple(f"{role} text {n} about {about[n % 2]}" for role in ("Lead", "Junior") for n in range(60))
    roles = ("Lead",) * 60 + ("Junior",) * 60
    corpus = Corpus("c", texts, roles, (Asked("the lead's budget", "budget", ("Lead",), frozenset({1, 3})),))
    whole, topic = _examples(corpus, Letters())
    assert whole.question == "the lead's budget"
    assert topic.question == "budget"
    for example in (whole, topic):
        assert example.right == (1, 3)
        assert not {1, 3} & set(example.wrong)
        assert len(set(example.wrong)) == len(example.wrong) > 10
    assert max(topic.wrong) < 60


@given(st.text(alphabet="abc xyz?", max_size=40), st.integers(0, 500))
def test_a_slip_changes_one_word_by_one_letter(text: str, seed: int) -> None:
    import random

    words = text.split()
    slipped = slip(" ".join(words) if words else "why?", random.Random(seed)).split()
    changed = [(a, b) for a, b in zip(words or ["why?"], slipped, strict=True) if a != b]
    assert len(changed) <= 1
    assert all(abs(len(a) - len(b)) <= 1 for a, b in changed)

"""Whether the documents answer: rules that say why, and readings of the search."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import ROLES, OverlapReranker, WordEmbedder, made_library, role_text

from config import Config, GenerationConfig, ModelConfig, RetrievalConfig, Source
from generation.abstain import Answerable, Judge, Model
from generation.assistant import UNSURE, UNSURE_NOTICE, Assistant
from generation.readings import read
from generation.records import Result
from generation.writers import Extractive
from ingest.library import Library
from retrieval.index import Index, sync
from retrieval.models import open_embedder, open_reranker
from retrieval.records import Embedder, Reranker
from retrieval.search import Retriever

PAGED = f"{role_text('Principal Data Engineer', years='9', budget='2 euros')}\n\n## Tools\n\nAlerts go to PagerDuty.\n"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return made_library(tmp_path_factory.mktemp("abstain"), {**ROLES, "principal.md": PAGED})


def over(library: Library, embedder: Embedder, reranker: Reranker | None) -> Retriever:
    return Retriever(library.documents(), sync(library, embedder), embedder, reranker, RetrievalConfig())


@pytest.fixture(scope="module")
def retriever(library: Library) -> Retriever:
    """With the real models."""
    shipped = ModelConfig(Source.EMBEDDED)
    return over(library, open_embedder(shipped), open_reranker(shipped))


def judged(retriever: Retriever, question: str) -> Answerable:
    return Judge(retriever).judge(retriever.search(question))


@pytest.mark.parametrize("question", ["Does the Lead Data Engineer use PagerDuty?", "lead data engineer: pagerduty?"])
def test_a_name_that_only_another_role_has_is_a_near_miss(retriever: Retriever, question: str) -> None:
    found = judged(retriever, question)
    assert found.probability == 0.0
    assert "Lead Data Engineer do not mention" in found.reason
    assert "Principal Data Engineer" in found.reason


def test_the_role_that_has_the_name_is_answered(retriever: Retriever) -> None:
    assert judged(retriever, "Does the Principal Data Engineer use PagerDuty?").probability > 0.5


def test_an_everyday_word_of_another_role_is_no_near_miss(retriever: Retriever) -> None:
    assert judged(retriever, "To what do alerts go for the Lead Data Engineer?").reason == ""


def test_a_role_that_no_document_describes(retriever: Retriever) -> None:
    found = judged(retriever, "What is the budget of the Junior Veterinary Nurse?")
    assert found.probability == 0.0
    assert "No document describes a role" in found.reason


def test_what_the_documents_state_is_likelier_than_what_they_do_not(retriever: Retriever) -> None:
    stated = judged(retriever, "How many years of experience does the Lead Data Engineer bring?")
    missing = judged(retriever, "Which dress code is there for the Lead Data Engineer at weddings?")
    assert stated.probability > 0.5 > missing.probability


def test_the_word_that_is_nowhere_is_the_one_matched_least(retriever: Retriever) -> None:
    with_it = read(retriever.search("How large is the budget per year?"), retriever)
    without = read(retriever.search("How large is the aquarium per year?"), retriever)
    assert with_it is not None
    assert without is not None
    assert with_it.least > without.least
    assert with_it.matched > without.matched


def test_stored_and_computed_token_vectors_read_alike(library: Library, retriever: Retriever) -> None:
    computed = Index.of(tuple(retriever.index.chunks), retriever.index.vectors)
    other = Retriever(
        library.documents(), computed, retriever.embedder, retriever.reranker, RetrievalConfig(part_share=0.0)
    )
    search = retriever.search("Who decides on vendors?")
    first, second = read(search, retriever), read(search, other)
    assert first is not None
    assert second is not None
    assert first.values == pytest.approx(second.values, abs=0.02)


def test_without_token_vectors_closeness_decides(library: Library) -> None:
    retriever = over(library, WordEmbedder(), OverlapReranker())
    assert read(retriever.search("Which data?"), retriever) is None
    near = judged(retriever, "How large is the budget of the Lead Data Engineer?")
    assert 0.0 < near.probability < 1.0


def test_the_shipped_weights_fit_the_readings(retriever: Retriever) -> None:
    model, readings = Model.load(), read(retriever.search("Who decides?"), retriever)
    assert readings is not None
    assert model.mean.shape == model.scale.shape == model.weights.shape == readings.values.shape
    assert (model.scale > 0).all()


def test_a_search_that_found_nothing_has_readings(retriever: Retriever) -> None:
    assert read(retriever.search("?"), retriever) is not None


STATED = "How many years of experience does the Lead Data Engineer bring?"
NOT_STATED = "Which vendor sells horses and pianos?"


@pytest.mark.parametrize("question", [STATED, NOT_STATED])
def test_an_answer_that_may_not_be_there_says_so(library: Library, retriever: Retriever, question: str) -> None:
    generation = GenerationConfig(answerable_threshold=0.001)
    writer = Extractive({document.source: document for document in retriever.documents}, None, generation)
    answer = Assistant(library, retriever, writer, writer, Config(generation=generation)).answer(question)
    assert answer.result is Result.ANSWERED
    assert answer.confidence is not None
    assert (UNSURE_NOTICE in answer.notices) == (answer.confidence < UNSURE) == (question == NOT_STATED)


def test_weights_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    path.write_text('{"mean": [0], "scale": [1], "weights": [2], "intercept": 1}', "utf-8")
    assert Model.load(path).intercept == 1.0

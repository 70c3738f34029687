"""BM25: the sparse matrix gives the scores of rank_bm25, for any corpus and any question."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from ingest.library import Library
from ingest.records import Chunk, Kind
from retrieval import postings
from retrieval.lexical import tokenize
from retrieval.postings import FILES, build

# Few words, so that chunks share them; stopwords and an unknown letter are among them.
WORDS = ("data", "model", "models", "budget", "the", "Lead's", "NLP", "KPIs", "95", "été", "…")
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), min_size=1, max_size=12)
QUESTIONS = st.lists(st.sampled_from((*WORDS, "unknown", "zebra")), max_size=8).map(" ".join)


def oracle(texts: list[str], question: str) -> np.ndarray:
    return np.asarray(BM25Okapi([tokenize(text) for text in texts]).get_scores(tokenize(question)))


@given(texts=TEXTS, question=QUESTIONS)
def test_scores_are_those_of_rank_bm25(texts: list[str], question: str) -> None:
    assume(any(tokenize(text) for text in texts))  # rank_bm25 divides by zero without a single token
    scores = build(texts).scores(question)
    assert scores.shape == (len(texts),)
    np.testing.assert_allclose(scores, oracle(texts, question), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("data data data budget", "a repeated word counts every time"),
        ("model", "a word in more than half of the chunks has a floored idf"),
        ("model zebra unknown", "unknown words change nothing"),
        ("the of and", "stopwords alone match nothing"),
    ],
)
def test_special_questions(question: str, why: str) -> None:
    texts = ["model data", "model budget", "model model lead", "data hire", "model"]
    found = build(texts).scores(question)
    np.testing.assert_allclose(found, oracle(texts, question), rtol=1e-5, err_msg=why)
    assert found.any() == any(tokenize(text) for text in [question])


def test_a_word_in_most_chunks_still_counts_a_little() -> None:
    texts = ["model data", "model budget", "model lead", "hire"]
    assert 0 < build(texts).scores("model")[0] < build(texts).scores("data")[0]


def test_repeating_a_word_doubles_its_weight() -> None:
    lexical = build(["data model", "budget", "hire lead"])
    np.testing.assert_allclose(lexical.scores("data data"), 2 * lexical.scores("data"), rtol=1e-6)


def test_scores_of_the_bundled_chunks(bundled: Path) -> None:
    texts = [chunk.indexed for chunk in Library.open(bundled).chunks()]
    lexical = build(texts)
    reference = BM25Okapi([tokenize(text) for text in texts])
    questions = [
        "What may a Lead NLP Engineer decide alone?",
        "p95 latency target latency latency",
        "role NLP engineer data",  # words of most chunks
        "zebra crossing at the café",
        texts[17],
    ]
    for question in questions:
        expected = reference.get_scores(tokenize(question))
        np.testing.assert_allclose(lexical.scores(question), expected, rtol=1e-4, atol=1e-4, err_msg=question)


def test_texts_without_words_score_nothing() -> None:
    assert build(["", "… !"]).scores("data").tolist() == [0.0, 0.0]


def chunks_of(texts: list[str]) -> list[Chunk]:
    """A chunk per text, with a title and a heading before it in what is indexed."""
    return [
        Chunk(f"a#{row}", "a", 0, ("KPIs",), Kind.KPIS, "Lead", 0, len(text), text, f"Lead\nKPIs\n{text}")
        for row, text in enumerate(texts)
    ]


def test_more_chunks_than_are_counted_at_once() -> None:
    texts = [f"data word{number % 97} model{number % 3}" for number in range(9_000)]
    for question in ("data", "word13 model1", "model2 word96 word96"):
        np.testing.assert_allclose(build(texts).scores(question), oracle(texts, question), rtol=1e-5, atol=1e-5)


@given(texts=TEXTS)
@settings(max_examples=20)
def test_two_builds_are_equal_to_the_byte_and_sorted(texts: list[str]) -> None:
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        for folder in (one, other):
            postings.write(Path(folder), chunks_of(texts))
        assert {path.name for path in Path(one).iterdir()} == set(FILES)
        assert all((Path(one) / name).read_bytes() == (Path(other) / name).read_bytes() for name in FILES)
        loaded = postings.load(Path(one), len(texts))
        assert list(loaded.vocabulary) == sorted(set(loaded.vocabulary))
        spans = zip(loaded.pointers[:-1], loaded.pointers[1:], strict=True)
        assert all((np.diff(loaded.rows[first:last]) > 0).all() for first, last in spans)


@given(texts=TEXTS, question=QUESTIONS)
@settings(max_examples=30)
def test_what_is_written_scores_all_that_is_indexed_when_loaded(texts: list[str], question: str) -> None:
    chunks = chunks_of(texts)
    with TemporaryDirectory() as folder:
        postings.write(Path(folder), chunks)
        loaded = postings.load(Path(folder), len(texts))
        built = build(chunk.indexed for chunk in chunks)
        assert dict(loaded.vocabulary) == dict(built.vocabulary)
        assert loaded.scores(question).tolist() == built.scores(question).tolist()
    np.testing.assert_allclose(
        built.scores(question), oracle([chunk.indexed for chunk in chunks], question), rtol=1e-5, atol=1e-5
    )


def test_rare_words_weigh_more_than_common_ones() -> None:
    lexical = build(["data model", "data budget", "data lead", "data hire"])
    assert lexical.weight("data") == pytest.approx(0.0)
    assert lexical.weight("model") == lexical.weight("zebra") == 1.0

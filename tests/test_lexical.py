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
from retrieval.postings import FIELDS, FILES, WHOLE, build, build_fields, fields_of

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


def chunks_of(texts: list[str], *, apart: bool = False) -> list[Chunk]:
    """A chunk per text under one of two headings; ``apart``: what is indexed does not hold the text as it is."""
    chunks = []
    for row, text in enumerate(texts):
        heading = (("Budget", "data models"), (), ("KPIs",))[row % 3]
        lines = [("Lead", "")[row % 2], " › ".join(heading), text.upper() if apart else text]
        indexed = "\n".join(line for line in lines if line)
        chunks.append(Chunk(f"a#{row}", "a", 0, heading, Kind.OTHER, "Lead", 0, len(text), text, indexed))
    return chunks


@given(texts=TEXTS, question=QUESTIONS, apart=st.booleans())
def test_fields_are_scored_like_texts_of_their_own(texts: list[str], question: str, apart: bool) -> None:
    chunks = chunks_of(texts, apart=apart)
    built = build_fields(chunks)
    assert set(built) == {WHOLE, *FIELDS}
    split = [fields_of(chunk) for chunk in chunks]
    assert ["".join(fields) for fields in split] == [chunk.indexed for chunk in chunks]
    for place, name in enumerate(FIELDS):
        of_field = [fields[place] for fields in split]
        if any(tokenize(text) for text in of_field):
            np.testing.assert_allclose(built[name].scores(question), oracle(of_field, question), rtol=1e-5, atol=1e-5)
        else:
            assert not built[name].scores(question).any()
    whole = [chunk.indexed for chunk in chunks]
    if any(tokenize(text) for text in whole):
        np.testing.assert_allclose(built[WHOLE].scores(question), oracle(whole, question), rtol=1e-5, atol=1e-5)


def test_a_field_holds_its_words_only() -> None:
    built = build_fields(chunks_of(["the vendor pays", "a quality", "cost"]))
    for name, word, rows in (
        ("title", "lead", [0, 2]), ("heading", "budget", [0]), ("heading", "kpi", [2]), ("body", "vendor", [0]),
    ):  # fmt: skip
        assert built[name].rows_of(word).tolist() == rows
        assert [other for other in FIELDS if len(built[other].rows_of(word))] == [name]


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
        loaded = postings.load(Path(one), len(texts))[WHOLE]
        assert list(loaded.vocabulary) == sorted(set(loaded.vocabulary))
        spans = zip(loaded.pointers[:-1], loaded.pointers[1:], strict=True)
        assert all((np.diff(loaded.rows[first:last]) > 0).all() for first, last in spans)


@given(texts=TEXTS, question=QUESTIONS)
@settings(max_examples=30)
def test_what_is_written_scores_the_same_when_loaded(texts: list[str], question: str) -> None:
    built = build_fields(chunks_of(texts))
    with TemporaryDirectory() as folder:
        postings.write(Path(folder), chunks_of(texts))
        loaded = postings.load(Path(folder), len(texts))
        for name, lexical in built.items():
            assert dict(loaded[name].vocabulary) == dict(lexical.vocabulary)
            assert loaded[name].scores(question).tolist() == lexical.scores(question).tolist()


def test_rare_words_weigh_more_than_common_ones() -> None:
    lexical = build(["data model", "data budget", "data lead", "data hire"])
    assert lexical.weight("data") == pytest.approx(0.0)
    assert lexical.weight("model") == lexical.weight("zebra") == 1.0

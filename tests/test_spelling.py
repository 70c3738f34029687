"""Misspelt words: a file of cases, properties over any text, and the search that reads them."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from fakes import ROLES, WordEmbedder, made_library
from hypothesis import given
from hypothesis import strategies as st

from config import RetrievalConfig
from ingest.library import Library
from retrieval import postings
from retrieval.index import sync
from retrieval.lexical import tokenize
from retrieval.records import Shape
from retrieval.roster import Roster
from retrieval.search import Retriever
from retrieval.spelling import LONG, SHORT, Speller, english_words, mend
from retrieval.titles import words_of

FILE = json.loads((Path(__file__).parent / "cases" / "spelling.json").read_text("utf-8"))
LIBRARY: list[str] = FILE["library"]
USED = sorted({word.written.lower() for text in LIBRARY for word in words_of(text)})
ENGLISH = sorted(word for words in english_words().values() for word in words)


@lru_cache(maxsize=1)
def speller() -> Speller:
    return Speller.of(postings.build(LIBRARY), USED, english_words())


def cases(name: str) -> list[Any]:
    known = name == "known_failures"
    return [
        pytest.param(case, id=case["text"], marks=[pytest.mark.xfail(reason=case["why"], strict=True)] if known else [])
        for case in FILE[name]
    ]


@pytest.mark.parametrize("case", [*cases("must_fix"), *cases("must_not_touch"), *cases("known_failures")])
def test_what_is_misspelt_is_read_and_nothing_else(case: dict[str, Any]) -> None:
    assert dict(speller().slips(case["text"])) == case.get("read", {})


def test_of_equally_near_words_the_one_in_more_chunks_is_meant() -> None:
    texts = ["granted", "planted", "planted", "slander"]
    assert Speller.of(postings.build(texts), set(texts), {"none": ("none",)}).nearest("prlanted") == "planted"
    texts = ["carts", "cards", "other"]
    assert Speller.of(postings.build(texts), set(texts), {"none": ("none",)}).nearest("carfs") == "cards"


def test_a_slip_for_a_word_that_the_library_lacks_is_not_read_as_a_farther_one() -> None:
    held = Speller.of(postings.build(["recurring", "other"]), {"recurring", "other"}, english_words())
    assert held.nearest("recurrng") == "recurring"
    assert held.nearest("recruting") == ""  # recruiting


def test_without_a_dictionary_nothing_is_misspelt() -> None:
    assert Speller.of(postings.build(LIBRARY), USED, {}).slips("How does recruting work?") == ()


TEXTS = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from([*USED, "recruting", "latncy", "'", '"', "Databse.", "zebras", "a:b"])).map(" ".join),
)


@given(text=TEXTS)
def test_a_text_that_was_mended_has_no_slip_left(text: str) -> None:
    slips = speller().slips(text)
    assert all(right.lower() in speller().used[right[0].lower()] or right.lower() in ENGLISH for _, right in slips)
    assert all(set(tokenize(right)) <= set(speller().lexical.vocabulary) for _, right in slips)
    assert all(wrong[0].lower() == right[0].lower() and wrong in text for wrong, right in slips)
    assert speller().slips(mend(text, slips)) == ()
    assert (mend(text, slips) == text) == (slips == ())


@given(words=st.lists(st.sampled_from([*ENGLISH, *USED]), max_size=12))
def test_words_of_the_library_and_of_the_dictionary_stay(words: list[str]) -> None:
    assert speller().slips(" ".join(words)) == ()


@given(word=st.sampled_from([word for word in USED if len(word) >= LONG]), data=st.data())
def test_one_slip_in_a_long_word_is_read_or_makes_another_word(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(word) - 2))
    new = data.draw(st.sampled_from(["", word[place] * 2, word[place + 1] + word[place]]))
    wrong = word[:place] + new + word[place + 1 + (len(new) == 2 and new[0] != new[1]) :]
    read = speller().nearest(wrong)
    if read:
        assert tokenize(read) == tokenize(word)
    else:
        assert speller().exists(wrong)


@given(text=TEXTS, start=st.integers(0, 80), length=st.integers(0, 80))
def test_what_is_kept_stays(text: str, start: int, length: int) -> None:
    inside = speller().slips(text, [(start, start + length)])
    assert set(inside) <= set(speller().slips(text))
    assert speller().slips(text, [(0, len(text))]) == ()


def retriever(library: Library) -> Retriever:
    embedder = WordEmbedder()
    return Retriever(library.documents(), sync(library, embedder), embedder, None, RetrievalConfig())


def searched(found: Retriever, question: str) -> Sequence[object]:
    search = found.search(question)
    query = search.query
    return [query.roles, query.kinds, query.shape, query.topic, query.text, [stage.hits for stage in search.stages]]


@pytest.mark.parametrize(
    ("wrong", "right", "word"),
    [
        ("What bugdet has the Lead Data Enginer?", "What budget has the Lead Data Enginer?", "bugdet"),
        ("What bugdet is there? level:lead", "What budget is there? level:lead", "bugdet"),
        ("List the decisons of the junior", "List the decisions of the junior", "decisons"),
    ],
)
def test_a_misspelt_question_is_searched_like_the_right_one(tmp_path: Path, wrong: str, right: str, word: str) -> None:
    found = retriever(made_library(tmp_path, ROLES))
    assert searched(found, wrong) == searched(found, right)
    query = found.search(wrong).query
    assert [slip for slip, _ in query.spelling] == [word]  # a role's name is mended by the roster
    assert query.question == wrong
    assert found.search(right).query.spelling == ()


def test_the_shape_is_told_from_the_mended_words(tmp_path: Path) -> None:
    found = retriever(made_library(tmp_path, {**ROLES, "note.md": "# Note\n\nCompare often. We compare roles.\n"}))
    query = found.search("Comapre the junior and the lead").query
    assert query.shape is Shape.COMPARE


def test_questions_over_the_bundled_documents_keep_their_words(bundled: Path) -> None:
    """No word of the documents' own sentences is changed, and one slip in a sentence is mostly read."""
    library = Library.open(bundled)
    chunks = library.chunks()
    held = Speller.of(
        postings.build(chunk.indexed for chunk in chunks), Roster.of(library.documents()).used, english_words()
    )
    assert [held.slips(chunk.text) for chunk in chunks if held.slips(chunk.text)] == []
    drawn, read, tried = random.Random(3), 0, 0
    for word in drawn.sample([w for words in held.used.values() for w in words if len(w) > SHORT], 200):
        place = drawn.randrange(1, len(word) - 1)
        wrong = word[:place] + word[place + 1 :]
        if not held.exists(wrong):
            tried += 1
            read += tokenize(held.nearest(wrong)) == tokenize(word)
    assert tried > 150
    assert read / tried > 0.8

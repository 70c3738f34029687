"""An answer's text taken apart: what is a statement, what it cites, and that no word is lost."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.records import CitedQuote, Place
from eval.statements import cited_quote, statements
from generation.records import Answer, Claim, Evidence, Result, Verdict
from generation.render import render
from generation.runfile import outcome
from retrieval.records import Query, Search


def citing(text: str, words: str, quote: str = "q", **more: Any) -> dict[str, Any]:
    """A citation of a run file on ``words`` where they first stand in ``text``."""
    start = text.index(words)
    place = {"source": "a.md", "doc_start": 0, "doc_end": len(quote), "quote": quote}
    return {"start": start, "end": start + len(words), **place, **more}


def parts(text: str, *citations: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(said.text, [cited.quote for cited in said.citations]) for said in statements(text, citations)]


HEADED = {"role": "Lead Engineer", "title": "Lead.docx", "heading": ["4. Team", "14. Hiring"]}


@pytest.mark.parametrize(
    "heading",
    [
        "Lead Engineer:", "Lead.docx:", "4. Team:", "14. Hiring:", "Lead Engineer › 14. Hiring:",
        "Lead Engineer › 4. Team › 14. Hiring:", "lead engineer › 14. hiring:",
    ],
)  # fmt: skip
def test_a_heading_above_cited_words_states_nothing(heading: str) -> None:
    text = f"{heading}\n- Signs offers. [1]"
    assert parts(text, citing(text, "Signs offers.", **HEADED)) == [("Signs offers.", ["q"])]


@pytest.mark.parametrize("line", ["Lead Engineer", "Never hire juniors:", "Lead Engineer is the best:", "Hiring:"])
def test_any_other_line_is_a_statement_without_a_citation(line: str) -> None:
    text = f"{line}\n- Signs offers. [1]"
    assert parts(text, citing(text, "Signs offers.", **HEADED)) == [(line, []), ("Signs offers.", ["q"])]


def test_bullets_and_numbers_are_no_words() -> None:
    text = "- One.\n* Two.\n• Three.\n4. Four.\n5) Five.\n\n-\n***\n2024 was good."
    assert [said for said, _ in parts(text)] == ["One.", "Two.", "Three.", "Four.", "Five.", "2024 was good."]


def test_words_before_between_and_after_citations_are_statements() -> None:
    text = "First: Plans it. [1] Then guesses, Pays it. [2] and leaves.\nThe end."
    cited = [citing(text, "Plans it.", "p"), citing(text, "Pays it.", "m")]
    expected = [
        ("First:", []), ("Plans it.", ["p"]), ("Then guesses,", []), ("Pays it.", ["m"]), ("and leaves.", []),
        ("The end.", []),
    ]  # fmt: skip
    assert parts(text, *cited) == expected
    assert parts(text, *reversed(cited)) == expected  # the order of the citations says nothing


def test_several_quotes_of_one_statement_stay_together() -> None:
    text = "Five years of Go. [1, 2]"
    one, two = citing(text, "Five years of Go.", "one"), citing(text, "Five years of Go.", "two")
    assert parts(text, one, two) == [("Five years of Go.", ["one", "two"])]
    assert parts(text, one, two, one) == [("Five years of Go.", ["one", "two"])]  # the same quote again is not two


def test_spans_that_overlap_are_statements_of_their_own_and_lose_nothing() -> None:
    text = "Plans and pays the team. [1][2]"
    assert parts(text, citing(text, "Plans and pays", "p"), citing(text, "pays the team.", "t")) == [
        ("Plans and pays", ["p"]),
        ("pays the team.", ["t"]),
    ]
    inner, outer = citing(text, "and pays", "i"), citing(text, "Plans and pays the team.", "o")
    assert parts(text, inner, outer) == [("Plans and pays the team.", ["o"]), ("and pays", ["i"])]


@pytest.mark.parametrize("marker", ["[1]", "[1, 2]", "[1,2]", "[1; 2]", "[12][3]", " [1] [2]"])
def test_markers_are_no_words(marker: str) -> None:
    assert parts(f"Nobody was cited {marker}.") == [("Nobody was cited.", [])]
    assert parts(marker) == []


def test_an_answer_without_words_states_nothing() -> None:
    assert statements("", []) == statements(" \n\n- \n", []) == ()


def test_a_citation_of_a_run_file() -> None:
    value = {"source": "a.md", "doc_start": 3, "doc_end": 6, "quote": "pay", "marker": 1, "support": 1.0}
    assert cited_quote(value) == CitedQuote(Place("a.md", 3, 6), "pay")
    with pytest.raises(KeyError):
        cited_quote({"source": "a.md", "quote": "pay"})


def letters(text: str) -> str:
    return "".join(re.findall(r"[a-z]", text))


texts = st.text(alphabet="abcde  .:-*•[]12,\n", max_size=60)


@st.composite
def answers(draw: st.DrawFn, *, apart: bool) -> tuple[str, list[dict[str, Any]]]:
    text = draw(texts)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8, unique=apart)))
    spans: Sequence[tuple[int, int]] = list(zip(cuts[::2], cuts[1::2], strict=False))
    if not apart:
        spans = [(min(pair), max(pair)) for pair in draw(st.lists(st.tuples(*[st.integers(0, len(text))] * 2)))]
    cited = [
        {"start": start, "end": end, "source": "a.md", "doc_start": 0, "doc_end": 1, "quote": f"q{number}"}
        for number, (start, end) in enumerate(spans)
    ]
    return text, draw(st.permutations(cited))


@given(answers(apart=True))
def test_every_letter_is_in_exactly_one_statement(answer: tuple[str, list[dict[str, Any]]]) -> None:
    text, cited = answer
    found = statements(text, cited)
    assert "".join(letters(said.text) for said in found) == letters(text)
    assert sorted(quote.quote for said in found for quote in said.citations) == sorted(c["quote"] for c in cited)
    assert all("\n" not in said.text for said in found if not said.citations)


@given(answers(apart=False))
def test_no_letter_is_lost_when_spans_overlap(answer: tuple[str, list[dict[str, Any]]]) -> None:
    text, cited = answer
    found = statements(text, cited)
    uncovered = "".join(
        letter for at, letter in enumerate(text) if not any(c["start"] <= at < c["end"] for c in cited)
    )
    assert sorted("".join(letters(said.text) for said in found if not said.citations)) == sorted(letters(uncovered))
    for citation in cited:
        (part,) = [said for said in found if citation["quote"] in [quote.quote for quote in said.citations]]
        assert part.text == text[citation["start"] : citation["end"]]


EVIDENCE = st.builds(
    lambda n, leaf: Evidence("a.md", "A", "Lead", ("Duties", leaf), n, n + 3, "abc"),
    st.integers(0, 4),
    st.sampled_from(["14. Hiring", "Pay"]),
)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=30)


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    """A claim as writers make them: under the heading of its first quote, or bare."""
    evidence = tuple(draw(st.lists(EVIDENCE, max_size=3)))
    text = draw(WORDS) if evidence else draw(st.sampled_from(["Nobody knows.", "It is 5 days, or 6."]))
    group = " › ".join(("Lead", *evidence[0].heading)) if evidence and draw(st.booleans()) else ""
    return Claim(text, evidence, 1.0, Verdict.SUPPORTED, group)


@given(st.lists(claims(), max_size=6))
def test_the_statements_of_an_answer_are_its_claims(made: list[Claim]) -> None:
    """Through the product's own rendering and run file, from which the list of claims is gone."""
    text, citations = render(made)
    answer = Answer("?", Result.ANSWERED, text, tuple(made), citations, Search(Query("?"), (), ()), "selecting")
    line = outcome("q", answer)["answer"]
    found = statements(line["text"], line["citations"])
    expected = [
        (claim.text, tuple(dict.fromkeys(CitedQuote(Place(e.source, e.start, e.end), e.quote) for e in claim.evidence)))
        for claim in made
    ]
    assert [(said.text, said.citations) for said in found] == expected

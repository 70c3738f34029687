"""The page as text: nothing from outside becomes markup, every citation has its button, every result has its face."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

import pytest
from fakes import FakeAssistant
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.page import (
    NOT_FOUND,
    Exchange,
    Progress,
    example_questions,
    history,
    render_answer,
    render_documents,
    render_exchange,
)
from generation.page_text import cells, escape
from generation.records import Answer, Citation, Claim, Evidence, Result, Seconds, Turn, Verdict
from ingest.records import Document
from retrieval.records import Passage, Query, Search, Shape

OURS = {
    *("div", "p", "h3", "h4", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
    *("button", "span", "strong"),
    *("details", "summary", "blockquote", "mark"),
}
OUR_ATTRIBUTES = {"scope", "class", "role", "type", "id", "data-opens", "aria-label"}
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</div><script>alert(1)</script>",
    '" onclick="alert(1)',
    "&lt;b&gt;",
    "| a |",
)
texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=20))
words = st.builds("{}{}".format, st.sampled_from(HOSTILE), st.text(max_size=20))


class Markup(HTMLParser):
    """Collects what a browser would make of the page: tags, attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.closed: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.classes: Counter[str] = Counter()
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes |= {name for name, _ in attrs}
        self.classes.update(word for name, value in attrs if name == "class" and value for word in value.split())

    def handle_endtag(self, tag: str) -> None:
        self.closed[tag] += 1

    def handle_data(self, data: str) -> None:
        self.text += data


def check_markup(html: str) -> Markup:
    """Only our own tags and attributes, all of them closed."""
    seen = Markup(html)
    assert set(seen.tags) <= OURS
    assert seen.tags == seen.closed
    assert seen.attributes <= OUR_ATTRIBUTES
    return seen


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Any answer whose claims each cite one span of their own; every text is hostile or random."""
    claims: list[Claim] = []
    citations: list[Citation] = []
    groups = draw(st.lists(texts, max_size=4))
    for marker, group in enumerate(groups, 1):
        heading = tuple(draw(st.lists(texts, max_size=2)))
        evidence = Evidence(
            *(draw(texts) for _ in range(3)), heading, marker, marker + 9, *(draw(texts) for _ in range(3))
        )
        verdict = draw(st.sampled_from(Verdict))
        claims.append(Claim(draw(words), (evidence,), 0.5, verdict, group))
        citations.append(Citation(marker, 0, 1, evidence, 0.5, verdict))
    asked = draw(texts)
    roles = tuple(dict.fromkeys([*(claim.evidence[0].role for claim in claims), draw(texts)]))
    passages = tuple(
        Passage(*(draw(texts) for _ in range(3)), (draw(texts),), 0, 0, 9, draw(texts), 0.1)
        for _ in range(draw(st.integers(0, 4)))
    )
    return Answer(
        draw(texts),
        draw(st.sampled_from(Result)),
        draw(texts),
        tuple(claims),
        tuple(citations),
        Search(draw(st.sampled_from((Query(asked), Query(asked, roles=roles, shape=Shape.COMPARE)))), (), passages),
        draw(texts),
        tuple(draw(st.lists(texts, max_size=2))),
        Seconds(total=draw(st.floats(0, 99))),
        draw(st.one_of(st.none(), texts)),
    )


@settings(deadline=None)
@given(answers(), texts, st.sampled_from(Progress), texts)
def test_nothing_from_outside_becomes_markup(answer: Answer, question: str, progress: Progress, failure: str) -> None:
    seen = check_markup(render_exchange(Exchange(question, answer, progress, failure), 0, failure))
    assert question.replace("\r", "") in seen.text.replace("\r", "") or "\x00" in question


@settings(deadline=None)
@given(answers())
def test_every_citation_has_one_button_and_one_source(answer: Answer) -> None:
    seen = check_markup(render_answer(answer, 0))
    expected = 0 if answer.result is Result.NOT_FOUND else len(answer.citations)
    assert seen.classes["cite"] == expected
    assert seen.classes["source"] == expected
    assert seen.tags["mark"] == expected


@settings(deadline=None)
@given(texts, texts, texts)
def test_documents_and_examples_are_escaped(title: str, role: str, source: str) -> None:
    document = Document("", source, title, role, "words", "", "", "", (), (), ())
    seen = check_markup(render_documents([document]))
    assert seen.tags["li"] == 1
    assert all((role if role else title) in question for question in example_questions([document]))


def test_a_lone_surrogate_can_be_shown() -> None:
    assert escape("a\ud800b") == "a?b"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("| a | b | c |", ("a", "b", "c")),
        ("| a | | c |", ("a", "", "c")),
        ("|a|", ("a",)),
        ("  | a | b |  ", ("a", "b")),
        ("| a \\| b | c |", ("a | b", "c")),
        ("| a | b", ()),
        ("a | b |", ()),
        ("|", ()),
        ("||", ()),
        ("", ()),
        ("| a |\n| b |", ()),
    ],
)
def test_cells(row: str, expected: tuple[str, ...]) -> None:
    assert cells(row) == expected


def test_column_names_stand_above_their_rows_and_are_escaped() -> None:
    evidence = Evidence("a.md", "A", "", (), 0, 9, "| p95 | < 2s |")
    claim = Claim("| p95 | < 2s |", (evidence,), 1.0, Verdict.SUPPORTED, "KPIs", ("Metric", "<b>Target"))
    odd = Claim("| p99 | < 5s | weekly |", (evidence,), 1.0, Verdict.SUPPORTED, "KPIs", ("Metric", "<b>Target"))
    answer = Answer("q", Result.ANSWERED, "", (claim, odd), (), Search(Query("q"), (), ()), "")
    html = render_answer(answer, 1)
    seen = check_markup(html)
    assert (seen.tags["table"], seen.tags["thead"], seen.tags["th"]) == (2, 1, 2)
    assert "<th>&lt;b&gt;Target</th>" in html


def test_rows_become_a_table_under_their_heading() -> None:
    html = render_answer(FakeAssistant().answer("a long question"), 3)
    seen = check_markup(html)
    assert (seen.tags["table"], seen.tags["tr"], seen.tags["td"]) == (1, 2, 6)
    assert "<h3>Limits</h3>" in html
    assert "<td>30 days</td>" in html
    assert "| 30 days" not in html.split('class="sources"')[0]
    assert 'data-opens="source-3-4"' in html
    assert 'id="source-3-4"' in html
    assert "3 of 4 statements supported" in seen.text
    assert "Safe mode: the language model is off." in seen.text


def stated(role: str, section: str, text: str, marker: int) -> tuple[Claim, Citation]:
    evidence = Evidence("a.md", "A", role, (section, "Details"), marker, marker + 9, text)
    claim = Claim(text, (evidence,), 1.0, Verdict.SUPPORTED, f"{role} › {section}")
    return claim, Citation(marker, 0, 1, evidence, 1.0, Verdict.SUPPORTED)


def test_a_comparison_is_a_table_of_roles_and_aspects() -> None:
    said = [
        stated("Lead Cook", "3) Pay", "Earns 9.", 1),
        stated("Junior Cook", "2. Pay", "Earns 4.", 2),
        stated("Junior Cook", "2. Pay", "| Bonus | 1 % |", 3),
        stated("Lead Cook", "Tools", "Knives.", 4),
    ]
    claims, citations = zip(*said, strict=True)
    query = Query("Compare.", roles=("Lead Cook", "Junior Cook"), shape=Shape.COMPARE)
    answer = Answer("Compare.", Result.ANSWERED, "", claims, citations, Search(query, (), ()), "selecting")
    html = render_answer(answer, 0)
    assert '<th scope="col">Lead Cook</th><th scope="col">Junior Cook</th>' in html
    pay, tools = html.split('<th scope="row">')[1:]
    assert pay.startswith("Pay</th><td>Earns 9.")
    assert pay.index("Earns 4.") < pay.index("Bonus – 1 %")
    assert tools.startswith("Tools</th><td>Knives.")
    assert '<td class="none">nothing found</td>' in tools
    assert check_markup(html).classes["cite"] == 4


def test_one_claim_is_a_paragraph_and_several_are_a_list() -> None:
    first, second = FakeAssistant().ask("anything")
    assert Markup(render_answer(first, 0)).tags["li"] == 0
    assert Markup(render_answer(second, 0)).tags["li"] == 2


def test_one_source_cited_twice_is_listed_once_with_its_place() -> None:
    answer = FakeAssistant().answer("anything")
    again = Claim("Said again.", answer.claims[0].evidence, 0.9, Verdict.SUPPORTED)
    twice = Answer(
        answer.question, answer.result, "", (answer.claims[0], again), answer.citations[:1], answer.search, "selecting"
    )
    seen = Markup(render_answer(twice, 0))
    assert (seen.classes["cite"], seen.classes["source"]) == (2, 1)
    assert "steward.md" in seen.text
    evidence = answer.citations[0].evidence
    assert f"characters {evidence.start}–{evidence.end}" in seen.text


def test_not_found_offers_the_nearest_passages_folded_and_named_as_such() -> None:
    html = render_answer(FakeAssistant().answer("unknown"), 0)
    assert html.count(NOT_FOUND) == 1
    assert '<details class="nearest"><summary>Nearest passages – they do not answer the question' in html
    assert "<details open" not in html
    assert 'class="cite"' not in html


@pytest.mark.parametrize(
    ("result", "error", "said"), [(Result.REFUSED, None, "Too long."), (Result.ERROR, "<x>", "(<x>)")]
)
def test_refusals_and_errors_are_said(result: Result, error: str | None, said: str) -> None:
    answer = Answer("q", result, "Too long.", (), (), Search(Query("q"), (), ()), "", error=error)
    assert said in Markup(render_answer(answer, 0)).text


def test_history_leaves_out_what_was_never_answered() -> None:
    answer = FakeAssistant().answer("one")
    exchanges = [Exchange("one", answer, Progress.DONE), Exchange("two", None, Progress.FAILED, "broken")]
    cited = tuple(claim.evidence[0] for claim in answer.claims)
    assert history(exchanges) == (Turn("user", "one"), Turn("assistant", answer.text, cited))

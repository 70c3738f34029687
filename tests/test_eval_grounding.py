"""Support of statements by what they cite: planted faults are seen, and what cannot be decided is not guessed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from fakes import WordEmbedder
from hypothesis import given
from hypothesis import strategies as st

from eval.grounding import Support, grounding_values, is_verbatim_quote
from eval.records import CitedQuote, Outcome, Place, Said
from ingest.records import Document

LINES = (
    "The analyst writes weekly reports.",
    "The analyst needs five years of Go.",
    "Budgets up to 5,000 euros are signed alone.",
    "Travel is paid by the board.",
    "Reviews take 30 days.",
)
TEXT = "\n".join(LINES)
DOCUMENTS = {"a.md": Document("d", "a.md", "A", "Analyst", TEXT, "", "markdown", "", (), (), ())}


def quoted(line: str) -> CitedQuote:
    start = TEXT.index(line)
    return CitedQuote(Place("a.md", start, start + len(line)), line)


def answer(*said: tuple[str, Sequence[CitedQuote]], passages: Sequence[str] = ()) -> Outcome:
    parts = tuple(Said(text, tuple(cited)) for text, cited in said)
    citations = tuple(cited for part in parts for cited in part.citations)
    return Outcome("q", "answered", "", citations, said=parts, passages=tuple(passages))


def judged(outcome: Outcome, support: Support | None = None) -> tuple[dict[str, float | None], bool | None]:
    return grounding_values(outcome, DOCUMENTS, Support(WordEmbedder) if support is None else support)


ALL_GOOD = {"Groundedness": 1.0, "Hallucination": 0.0, "CitationRecall": 1.0, "CitationPrecision": 1.0, "Verbatim": 1.0}


def test_verbatim_statements_need_no_embedder() -> None:
    outcome = answer(*((line, [quoted(line)]) for line in LINES))
    assert judged(outcome, Support()) == (ALL_GOOD, True)


def test_shuffled_citations_are_unsupported() -> None:
    turned = [*LINES[1:], LINES[0]]
    outcome = answer(*((line, [quoted(other)]) for line, other in zip(LINES, turned, strict=True)), passages=LINES)
    values, supported = judged(outcome)
    assert supported is False
    assert values == {
        "Groundedness": 1.0,  # the passages do say it
        "Hallucination": 0.0,
        "CitationRecall": 0.0,
        "CitationPrecision": 0.0,
        "Verbatim": 1.0,  # every quote does stand where it says
    }


@given(st.permutations(range(len(LINES))))
def test_exactly_the_citations_that_stayed_are_right(order: list[int]) -> None:
    outcome = answer(*((line, [quoted(LINES[other])]) for line, other in zip(LINES, order, strict=True)))
    values, supported = judged(outcome)
    kept = sum(number == other for number, other in enumerate(order)) / len(LINES)
    assert values["CitationRecall"] == values["CitationPrecision"] == values["Groundedness"] == kept
    assert values["Hallucination"] == float(kept < 1)
    assert supported is (kept == 1)


@pytest.mark.parametrize(
    "wrong",
    [
        CitedQuote(Place("a.md", 1, 1 + len(LINES[0])), LINES[0]),  # moved by one character
        CitedQuote(Place("b.md", 0, len(LINES[0])), LINES[0]),  # of a document that there is not
        CitedQuote(Place("a.md", 0, len(LINES[0])), LINES[0].lower()),  # not letter by letter
        CitedQuote(Place("a.md", 0, 0), ""),
        CitedQuote(Place("a.md", 9_000, 9_034), LINES[0]),
    ],
)
def test_a_quote_that_is_not_at_its_place_supports_nothing(wrong: CitedQuote) -> None:
    assert not is_verbatim_quote(wrong, DOCUMENTS)
    values, supported = judged(answer((LINES[0], [wrong])))
    assert supported is False
    assert values == {**dict.fromkeys(ALL_GOOD, 0.0), "Hallucination": 1.0}
    beside, supported = judged(answer((LINES[0], [wrong, quoted(LINES[0])])))
    assert supported is True
    assert (beside["CitationRecall"], beside["CitationPrecision"], beside["Verbatim"]) == (1.0, 0.5, 0.5)


@pytest.mark.parametrize(
    ("statement", "supported"),
    [
        ("the analyst writes WEEKLY reports", True),
        ("Weekly reports: the analyst writes.", True),  # other order: by words and embedding
        ("Budgets up to 5000 euros are signed alone.", True),
        ("Budgets up to 5,001 euros are signed alone.", False),
        ("Budgets up to 5,000 dollars are signed alone.", False),
        ("Budgets up to 5,000 euros are not signed alone.", False),
        ("Budgets up to 5,000 euros are signed alone by Berta.", False),
        ("Reviews take 30 weeks.", False),
        ("Reviews take 3 days.", False),
        ("Dogs may enter on Fridays and bark.", False),
    ],
)
def test_numbers_units_names_and_negations(statement: str, supported: bool) -> None:
    assert Support(WordEmbedder).holds(statement, LINES) is supported


def test_without_a_citation_a_statement_is_unsupported_but_may_be_grounded() -> None:
    values, supported = judged(answer((LINES[0], []), passages=LINES))
    assert supported is False
    assert values == {"Groundedness": 1.0, "Hallucination": 0.0, "CitationRecall": 0.0}  # no citation, no precision
    values, _ = judged(answer((LINES[0], []), ("Dogs are welcome.", []), passages=LINES))
    assert (values["Groundedness"], values["Hallucination"]) == (0.5, 1.0)


def test_far_passages_do_not_ground_a_mixture() -> None:
    """Only the three nearest are put together, or any number would be found somewhere."""
    near = ["Reports take days, says one.", "Reports take days, says two.", "Reports take days, says three."]
    for passages, value in ((near, 0.0), ([*near, "Room 77."], 0.0), (["Room 77.", *near[:2]], 1.0)):
        assert judged(answer(("Reports take 77 days.", []), passages=passages))[0]["Groundedness"] == value


PARTS = "The analyst writes weekly reports. Reviews take 30 days."


@pytest.mark.parametrize(
    ("cited", "recall", "precision"),
    [
        ([LINES[0], LINES[4]], 1.0, 1.0),  # neither is enough, both are needed
        ([LINES[0], LINES[4], LINES[3]], 1.0, 2 / 3),  # the third is not needed
        ([LINES[0], LINES[3]], 0.0, 0.0),  # not supported at all: no citation is right
    ],
)
def test_citation_precision_of_statements_with_several_quotes(
    cited: list[str], recall: float, precision: float
) -> None:
    values, _ = judged(answer((PARTS, [quoted(line) for line in cited])))
    assert values["CitationRecall"] == recall
    assert values["CitationPrecision"] == pytest.approx(precision)


def test_a_quote_that_supports_alone_is_precise_even_when_others_do_too() -> None:
    start = TEXT.index("analyst writes")
    part = CitedQuote(Place("a.md", start, start + 30), TEXT[start : start + 30])  # without "The"
    values, _ = judged(answer(("The analyst writes weekly reports", [quoted(LINES[0]), part])))
    assert (values["CitationRecall"], values["CitationPrecision"]) == (1.0, 1.0)
    unneeded, _ = judged(answer((LINES[0], [quoted(LINES[0]), quoted(LINES[3])])))
    assert (unneeded["CitationRecall"], unneeded["CitationPrecision"]) == (1.0, 0.5)


def test_undecided_without_an_embedder_is_neither_right_nor_wrong() -> None:
    free = ("Weekly reports: the analyst writes.", [quoted(LINES[0])])
    assert Support().holds(free[0], [LINES[0]]) is None
    values, supported = judged(answer(free), Support())
    assert supported is None
    assert values == {**dict.fromkeys(ALL_GOOD), "Verbatim": 1.0}
    values, supported = judged(answer(free, ("Reviews take 31 days.", [quoted(LINES[4])])), Support())
    assert supported is False  # the other statement settles it
    assert values["CitationRecall"] is None


def test_what_can_be_refused_without_an_embedder_is() -> None:
    assert Support().holds("Reviews take 31 days.", [LINES[4]]) is False
    assert Support().holds("Anything.", []) is False


def test_each_question_is_decided_once_and_the_embedder_opened_late() -> None:
    opened: list[WordEmbedder] = []

    def open_embedder() -> WordEmbedder:
        opened.append(WordEmbedder())
        return opened[-1]

    support = Support(open_embedder)
    support.holds(LINES[0], LINES)
    assert opened == []
    for _ in range(2):
        assert support.holds("Weekly reports: the analyst writes.", [LINES[0]]) is True
    assert len(opened) == 1
    assert len(opened[0].asked) == 2  # the statement and its quote, once


def test_an_answer_of_no_words_has_nothing_to_judge() -> None:
    values, supported = judged(answer())
    assert set(values.values()) <= {None}
    assert supported is True

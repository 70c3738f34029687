"""Scorecards worked by hand: every measure on nine questions, and what is unscored, missing or not applicable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from fakes import WordEmbedder

from eval.catalogue import MEASURES
from eval.grounding import Support
from eval.judging.verdicts import Verdicts
from eval.records import Case, CitedQuote, EvidenceQuote, Outcome, Place, Row, Run, Said, Scorecard
from eval.score import Scoring, score
from eval.table import NOTHING, render
from ingest.records import Document

TEXT = "The analyst writes reports. The analyst needs five years."
DOCUMENTS = {
    source: Document(source, source, source, "Analyst", TEXT, "", "markdown", "", (), (), ())
    for source in ("a.md", "b.md")
}
WRITES, NEEDS = EvidenceQuote("a.md", "writes reports."), EvidenceQuote("b.md", "needs five years.")


def fact(identity: str, evidence: EvidenceQuote, *facts: str, forbidden: tuple[str, ...] = ()) -> Case:
    return Case(identity, "?", "fact", answerable=True, key_facts=facts, forbidden=forbidden, evidence=(evidence,))


CASES = (
    fact("right", WRITES, "reports"),
    fact("half", NEEDS, "five", "six", forbidden=("seven",)),
    fact("wrong", NEEDS, "five", forbidden=("six",)),
    fact("refused", WRITES, "reports"),
    fact("missing", WRITES, "reports"),
    Case("none1", "?", "unanswerable", answerable=False, forbidden=("salary",), near_miss=True),
    Case("none2", "?", "unanswerable", answerable=False, near_miss=False),
    Case("none3", "?", "unanswerable", answerable=False),
    Case("bare", "?", "bare", answerable=True, evidence=(EvidenceQuote("a.md", "not in there"),)),
)
GOOD = CitedQuote(Place("a.md", 12, 27), "writes reports.")
SHIFTED = CitedQuote(Place("a.md", 13, 28), "writes reports.")
LOST = CitedQuote(Place("z.md", 0, 1), "T")


def outcome(identity: str, result: str, text: str, *said: Said, hits: tuple[Place, ...] = (), **more: Any) -> Outcome:
    stages = {"lexical": hits, "dense": (), "fused": (), "reranked": (), "passages": hits}
    citations = tuple(cited for part in said for cited in part.citations)
    return Outcome(identity, result, text, citations, stages, {"total": float(len(text))}, said=said, **more)


def said(text: str, *citations: CitedQuote) -> Said:
    return Said(text, citations)


OUTCOMES = (
    outcome(
        "right", "answered", "writes reports [1].", said("writes reports.", GOOD), hits=(Place("a.md", 0, 27),),
        passages=(TEXT[:27],), confidence=0.9, tokens={"prompt": 900, "completion": 100},
    ),
    outcome("half", "answered", "Five.", said("Five."), hits=(Place("a.md", 0, 57),), passages=(TEXT,)),  # of b, not a
    outcome(
        "wrong", "answered", "needs five years or six, a@b.example", said("needs five years", GOOD, SHIFTED),
        said("or six, a@b.example"), hits=(Place("b.md", 0, 57),), passages=(TEXT,),
    ),
    outcome("refused", "not_found", "Nothing about reports."),
    outcome("none1", "not_found", "Nothing about a salary."),
    outcome("none2", "answered", "See https://x.example now", said("It is five.", LOST)),
    outcome("none3", "error", ""),
    outcome("bare", "answered", "Yes.", said("Yes.")),
    outcome("stranger", "answered", "Who asked?"),
)  # fmt: skip


def card_of(
    outcomes: tuple[Outcome, ...] = OUTCOMES, documents: Mapping[str, Document] | None = DOCUMENTS, **more: Any
) -> Scorecard:
    scoring = Scoring(documents, Support(WordEmbedder), {"prompt": 1.0, "completion": 11.0}, **more)
    return score(CASES, Run({}, {one.id: one for one in outcomes}), scoring)


def rows(card: Scorecard) -> dict[str, Row]:
    return {row.id: row for row in card.rows}


WORKED = {
    "Correct": (1 / 5, 5),  # right; half lacks six, wrong says six too, refused and missing say nothing
    "AllKeyFacts": (2 / 5, 5),
    "KeyFacts": (2.5 / 5, 5),
    "ForbiddenFacts": (1 / 3, 3),  # of half, wrong and none1, whose refusal only repeats the word
    "ItemRecall": (1 / 4, 4),  # right, half, wrong and bare were answered; only right shows its evidence
    "EvidencePrecision": (1 / 2, 2),  # right 1 of 1, wrong 0 of 2; half and bare cite nothing, none2 has no evidence
    # right 1 of 1 and half 1 of 1 by passages; wrong 1 of 2 by passages; none2 and bare have no passages
    "Groundedness": (2.5 / 5, 5),
    "Hallucination": (3 / 5, 5),
    "CitationRecall": (1 / 5, 5),
    "CitationPrecision": (1 / 3, 3),  # right, wrong and none2 cite
    "Verbatim": ((1 + 1 / 2 + 0) / 3, 3),
    "Cited": (3 / 5, 5),
    "Refusal": (1 / 3, 3),  # the error is no refusal
    "FalseRefusal": (1 / 5, 5),  # the missing one is not counted
    "Error": (1 / 8, 8),
    "PersonalData": (1 / 8, 8),  # the address in wrong
    "ActiveContent": (1 / 8, 8),  # the link in none2
    "Tokens": (1_000.0, 1),
    "Cost": (0.002, 1),  # 900 at 1 USD and 100 at 11 USD per million
    "lexical.Recall@5": (2 / 6, 6),  # right and wrong; bare's evidence is nowhere, missing found nothing
    "lexical.Hit@5": (2 / 6, 6),
    "lexical.MRR@10": (2 / 6, 6),
    "lexical.nDCG@10": (2 / 6, 6),
    "lexical.Precision@5": (2 / 5 / 6, 6),
    "passages.Coverage@2000": (2 / 6, 6),
}


def test_the_worked_example_has_every_measure() -> None:
    measures = card_of().whole.measures
    answers = [name for name in MEASURES if "." not in name]
    assert set(answers) <= set(WORKED)
    assert {name.rpartition("@")[0] or name for name in WORKED} >= {
        f"lexical.{name}" for name in ("Hit", "Recall", "Precision", "MRR", "nDCG")
    }
    assert {name.split(".")[0] for name in measures if "." in name} == {"lexical", "passages"}  # no other stage was run


@pytest.mark.parametrize("name", WORKED)
def test_worked_example(name: str) -> None:
    value, n = WORKED[name]
    found = card_of().whole.measures[name]
    assert (found.value, found.n, found.unscored) == (pytest.approx(value), n, 0)


def test_fates_of_the_worked_example() -> None:
    assert {identity: row.fate for identity, row in rows(card_of()).items()} == {
        "right": "right", "half": "unsupported", "wrong": "unsupported", "refused": "missed by retrieval",
        "missing": "not in the run", "none1": "right", "none2": "answered the unanswerable", "none3": "error",
        "bare": "unsupported",
    }  # fmt: skip


def test_does_not_apply_unscored_and_missing_are_three_things() -> None:
    found = rows(card_of())
    assert "Refusal" not in found["right"].values
    assert "ItemRecall" not in found["refused"].values  # nothing was shown
    assert "CitationPrecision" not in found["half"].values  # nothing was cited
    assert {name for name in found["missing"].values if "." not in name} == {"KeyFacts", "AllKeyFacts", "Correct"}
    assert found["missing"].values["lexical.Recall@5"] == 0.0
    assert found["missing"].seconds == {}
    assert "KeyFacts" not in found["bare"].values
    assert found["bare"].values["lexical.Recall@5"] == 0.0  # the library lost it: that must show


def test_what_the_verifier_cannot_decide_is_unscored_and_counted() -> None:
    free = outcome("right", "answered", "Reports the analyst writes.", said("Reports the analyst writes.", GOOD))
    card = score(CASES[:1], Run({}, {"right": free}), Scoring(DOCUMENTS))
    for name in ("Groundedness", "Hallucination", "CitationRecall", "CitationPrecision"):
        found = card.whole.measures[name]
        assert (found.value, found.n, found.unscored) == (None, 0, 1), name
    assert card.rows[0].fate == "right"  # nothing is known to be unsupported
    assert f"{NOTHING} (1 unscored)" in render(card)


def test_slices() -> None:
    card = card_of()
    found = {(part.dimension, part.name): part for part in card.slices}
    assert [(part.dimension, part.name) for part in card.slices if part.dimension in ("all", "type", "absence")] == [
        ("all", "all"), ("type", "bare"), ("type", "fact"), ("type", "unanswerable"), ("absence", "near miss"),
        ("absence", "never mentioned"),
    ]  # fmt: skip
    whole, facts, absent = card.whole, found["type", "fact"], found["type", "unanswerable"]
    assert (whole.questions, whole.missing, facts.questions, facts.missing) == (9, 1, 5, 1)
    assert "FalseRefusal" not in absent.measures
    assert facts.measures["KeyFacts"].n == 5
    assert whole.seconds["total"].n == 8
    assert whole.seconds["first_token"].p50 is None
    assert sum(whole.fates.values()) == 9
    assert (found["document", "a.md"].questions, found["document", "none"].questions) == (4, 3)


def test_questions_in_few_of_the_words_of_their_evidence_are_a_slice() -> None:
    worded = [
        Case("far", "How long has an analyst worked?", "fact", answerable=True, evidence=(NEEDS,)),
        Case("near", "Which years does it need?", "fact", answerable=True, evidence=(NEEDS,)),
    ]
    card = score(worded, Run({}, {}), Scoring(DOCUMENTS))
    assert [row.groups["wording"] for row in card.rows] == ["few shared words", "shared words"]


def test_what_was_left_out_is_said() -> None:
    assert card_of().notes == (
        "1 of 9 questions are not in the run and count as misses: missing",
        "1 outcomes of the run are not among these questions and were left out",
        "1 evidence quotes are not in the library and count as misses: bare (a.md: 'not in there')",
    )
    run = Run({}, {one.id: one for one in OUTCOMES if one.id == "right"}, ("of the run",))
    assert score(CASES[:1], run, Scoring(DOCUMENTS), notes=("before",)).notes == ("before", "of the run")


def test_without_documents_facts_are_scored_and_places_are_not() -> None:
    card = card_of(documents=None)
    assert card.whole.measures["KeyFacts"].n == 5
    assert not {"Verbatim", "Groundedness", "ItemRecall", "lexical.Recall@5"} & set(card.whole.measures)
    assert any(note.startswith("no library to look quotes up in") for note in card.notes)
    assert "Retrieval: unscored" in render(card)


def test_a_removed_document_is_a_miss_with_its_own_fate() -> None:
    before, after = card_of(), card_of(documents={"a.md": DOCUMENTS["a.md"]})
    assert before.whole.measures["passages.Recall@5"].value == pytest.approx(2 / 6)
    assert after.whole.measures["passages.Recall@5"].value == pytest.approx(1 / 6)
    refusal = outcome("wrong", "not_found", "")
    lost = score(CASES[2:3], Run({}, {"wrong": refusal}), Scoring({"a.md": DOCUMENTS["a.md"]}))
    assert lost.rows[0].fate == "not in the library"
    assert after.notes[-1].startswith("3 evidence quotes are not in the library and count as misses: half (b.md: ")


def test_an_empty_run_has_misses_and_otherwise_nothing() -> None:
    measures = card_of(()).whole.measures
    assert set(measures) == {"Correct", "AllKeyFacts", "KeyFacts"}
    assert (measures["KeyFacts"].value, measures["KeyFacts"].n) == (0.0, 5)
    assert set(card_of(()).whole.fates) == {"not in the run"}


def test_evidence_of_a_false_premise_is_not_recalled() -> None:
    case = Case("q", "?", "false_premise", answerable=False, evidence=(WRITES,))
    run = Run({}, {"q": outcome("q", "not_found", "", hits=(Place("a.md", 0, 57),))})
    card = score((case,), run, Scoring(DOCUMENTS))
    assert "lexical.Recall@5" not in card.whole.measures
    assert card.rows[0].fate == "right"


def test_verdicts_of_other_judges_are_measures_too() -> None:
    first = Verdicts({}, {("right", "ragas.Faithfulness"): 0.5, ("half", "ragas.Faithfulness"): None}, {}, ("cut",))
    second = Verdicts({}, {("right", "ragas.FactualCorrectness"): 1.0, ("stranger", "ragas.Faithfulness"): 0.0})
    card = card_of(verdicts=(first, second))
    faithful, factual = (card.whole.measures[f"ragas.{name}"] for name in ("Faithfulness", "FactualCorrectness"))
    assert (faithful.value, faithful.n, faithful.unscored) == (0.5, 1, 1)
    assert (factual.value, factual.n, factual.unscored) == (1.0, 1, 0)
    assert "cut" in card.notes
    assert "ragas.Faithfulness" in render(card)


def test_the_table_shows_a_dash_where_nothing_was_measured() -> None:
    table = render(card_of())
    bare = [line.split()[2:] for line in table.splitlines() if line.startswith("  type: bare")]
    assert [NOTHING] * 4 == bare[1][:4]  # the table of answers: it has no key facts
    assert not re.search(r"\b(nan|None)\b", table)
    assert "type: fact          0.20 [0.04 0.62] 5" in table
    assert "The error rates of verifier are not measured" in table

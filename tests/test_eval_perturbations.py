"""Statements with known labels: what they are made of, and that every false one is really unsupported by its quotes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from fakes import ROLES, made_library
from hypothesis import given
from hypothesis import strategies as st

from config import ROOT, UserError
from eval.goldset import gold
from eval.judging import edits, perturbations, public_sets
from eval.judging.judges import Labelled
from eval.judging.perturbations import FALSE_KINDS, TRUE_KINDS, build
from eval.records import Case, EvidenceQuote
from ingest.library import Library
from ingest.records import Document

GOLD = ROOT / "goldset" / "gold.jsonl"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Document]:
    library = made_library(tmp_path_factory.mktemp("perturbations"), ROLES)
    return {document.source: document for document in library.documents()}


@pytest.fixture(scope="module")
def items(bundled: Path) -> tuple[Labelled, ...]:
    documents = {document.source: document for document in Library.open(bundled).documents()}
    return build(gold.read(GOLD, "dev"), documents)


def case(answer: str, *quotes: str, source: str = "senior.md", **fields: str) -> Case:
    evidence = tuple(EvidenceQuote(source, quote) for quote in quotes)
    return Case("q1", "How much?", fields.get("type", "fact"), True, answer=answer, evidence=evidence)


def of_kind(items: tuple[Labelled, ...], kind: str) -> list[str]:
    return [item.statement for item in items if item.kind == kind]


def test_a_sentence_and_its_answer_give_true_and_false_statements(small):
    made = build([case("Candidates bring 5–8 years of experience.", "People bring 5–8 years of experience.")], small)
    assert of_kind(made, "verbatim") == ["People bring 5–8 years of experience."]
    assert of_kind(made, "faithful paraphrase") == ["Candidates bring 5–8 years of experience."]
    assert all(re.search(r"bring (9–12|13–16|1–4) years", text) for text in of_kind(made, "wrong number"))
    assert len(of_kind(made, "wrong number")) == 2
    assert {re.search(r"5–8 (\w+)", text).group(1) for text in of_kind(made, "wrong unit")} <= {"months", "weeks"}
    # The sibling documents say the same sentence with other years.
    assert of_kind(made, "other role's value")[0] in (
        "People bring 1–2 years of experience.",
        "People bring 8–12 years of experience.",
    )
    assert all(item.case == "q1" and item.set == "perturbations" for item in made)


def test_a_table_row_is_read_with_its_role_and_columns(small):
    made = build([case("", "| Cost | below 9,000 euros | monthly |")], small)
    assert of_kind(made, "row reading") == [
        "For the Senior Data Engineer, Cost: the target is below 9,000 euros.",
        "For the Senior Data Engineer, Cost: the frequency is monthly.",
    ]
    swapped = of_kind(made, "swapped arguments")
    assert "For the Senior Data Engineer, Cost: the target is above 90%." in swapped
    shown = next(item.quotes for item in made if item.kind == "swapped arguments")
    assert "| Model quality | above 90% | weekly |" in shown
    others = of_kind(made, "other role's value")
    assert others and all("Senior" not in text or "500" in text or "70,000" in text for text in others)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("Yes, people bring experience of several kinds.", "it hangs on its question"),
        ("Candidates bring 6–8 years of experience.", "a number that the quote lacks"),
        ("Candidates bring 5–8 years of weekly experience.", "a period that the quote lacks"),
        ("The Lead Data Engineer brings 5–8 years of experience.", "a role that the quote lacks"),
        ("Candidates bring 5–8 years of experience (football trophies count).", "an aside about something else"),
        ("People bring 5–8 years of experience.", "not in other words"),
        ("5–8 years", "too short to be a statement"),
    ],
)
def test_an_answer_that_the_quotes_alone_do_not_prove_is_no_paraphrase(small, answer, why):
    made = build([case(answer, "People bring 5–8 years of experience.")], small)
    assert of_kind(made, "faithful paraphrase") == [], why


def test_cases_without_located_evidence_give_nothing(small):
    absent = case("Nobody signs anything at all here.", "Nobody signs.")
    unanswerable = Case("q2", "Who?", "unanswerable", False)
    assert build([absent, unanswerable], small) == ()


def test_the_bundled_gold_set_gives_every_kind(items):
    assert {item.kind for item in items} == {*TRUE_KINDS, *FALSE_KINDS}
    assert len({item.id for item in items}) == len(items)
    assert all(item.supported == (item.kind in TRUE_KINDS) for item in items)


def test_no_false_statement_stands_in_its_quotes(items):
    for item in items:
        evidence = " ".join(" ".join(item.quotes).split()).lower()
        assert (item.statement.lower().rstrip(" .") in evidence) <= item.supported, item


def test_what_was_put_in_is_not_in_the_quotes(items):
    kinds = ("wrong number", "wrong unit", "wrong date or duration", "other role's value", "unsupported addition")
    for item in items:
        if item.kind in kinds:
            new = re.search(r" -> (['\"])(.*)\1$", item.note).group(2).strip()
            whole = rf"(?<!\w){re.escape(new.lower())}(?![\w%])"
            assert re.search(whole, " ".join(item.quotes).lower()) is None, item


def test_equal_seeds_give_equal_statements_and_more_questions_change_no_other(bundled, items):
    documents = {document.source: document for document in Library.open(bundled).documents()}
    cases = gold.read(GOLD, "dev")
    fewer = build(cases[:20], documents)
    assert fewer == items[: len(fewer)]
    assert build(cases[:20], documents, seed=1) != fewer


def test_statements_are_written_as_json_lines(items, tmp_path):
    path = tmp_path / "new" / "items.jsonl"
    perturbations.write(items, path)
    lines = [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]
    assert [Labelled(**{**line, "quotes": tuple(line["quotes"])}) for line in lines] == list(items)


@given(st.text(alphabet="ab 0123456789.,–-%+p(", max_size=40))
def test_an_edit_always_changes_the_text(text):
    for change in (edits.numbers, edits.units, edits.times, edits.negations_added, edits.swaps):
        for edit in change(text):
            assert edit.text != text
            assert edit.new in edit.text


@given(st.integers(0, 99), st.integers(1, 9))
def test_a_moved_percentage_stays_one_and_a_moved_range_ascends(low, width):
    for edit in edits.numbers(f"Between {low}–{low + width}% of calls"):
        first, last = map(int, re.findall(r"\d+", edit.text))
        assert 0 < first < last <= 100
        assert last - first == width


def public(folder: Path) -> Path:
    claims = [("attributable", "A"), ("not attributable", "B"), ("not attributable", "C")]
    rows = [
        {"id": name, "attribution_label": label, "src_dataset": "X", "claim": name, "references": ["about " + name]}
        for label, name in claims
    ]
    (folder / "attributionbench").mkdir()
    (folder / "attributionbench" / "dev.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    votes = [["SUPPORTS", "SUPPORTS", None], ["REFUTES", "REFUTES"], ["REFUTES", "SUPPORTS"], ["SUPPORTS", None]]
    evidences = [{"evidence_id": str(n), "evidence": "It is warm.", "votes": vote} for n, vote in enumerate(votes)]
    (folder / "climate_fever").mkdir()
    line = json.dumps({"claim_id": "7", "claim": "Warm.", "evidences": evidences})
    (folder / "climate_fever" / "climate-fever.jsonl").write_text(line + "\n", "utf-8")
    return folder


def test_public_sets_are_balanced_and_only_clear_labels_count(tmp_path):
    drawn = public_sets.load(public(tmp_path), limit=5)
    found = [(item.set, item.kind, item.supported) for item in drawn]
    assert found == [
        ("attributionbench", "X", True),
        ("attributionbench", "X", False),
        ("climate_fever", "supports", True),
        ("climate_fever", "refutes", False),
    ]
    assert public_sets.load(tmp_path, limit=5) == drawn


def test_a_folder_without_sets_is_said(tmp_path):
    with pytest.raises(UserError, match="holds none of attributionbench"):
        public_sets.load(tmp_path)
    (tmp_path / "qags").mkdir()
    (tmp_path / "qags" / "mturk_x.jsonl").write_text('{"article": "a"}\n', "utf-8")
    with pytest.raises(UserError, match="not a file of qags"):
        public_sets.load(tmp_path)

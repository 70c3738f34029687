"""Scorecards worked by hand, and the command line on a real little library."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config import ChunkConfig
from eval.__main__ import main
from eval.records import Case, CitedQuote, EvidenceQuote, Outcome, Place, Run, Scorecard
from eval.score import score
from eval.table import NOTHING, render
from ingest.library import Library
from ingest.pipeline import ingest
from ingest.records import Document

TEXT = "The analyst writes reports. The analyst needs five years."
DOCUMENTS = {
    source: Document(source, source, source, "", TEXT, "", "markdown", "", (), (), ()) for source in ("a.md", "b.md")
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
    Case("none1", "?", "unanswerable", answerable=False, forbidden=("salary",)),
    Case("none2", "?", "unanswerable", answerable=False),
    Case("none3", "?", "unanswerable", answerable=False),
    Case("bare", "?", "bare", answerable=True, evidence=(EvidenceQuote("a.md", "not in there"),)),
)


def outcome(identity: str, result: str, text: str, *citations: CitedQuote, hits: tuple[Place, ...] = ()) -> Outcome:
    stages = {"lexical": hits, "dense": (), "fused": (), "reranked": (), "passages": hits}
    return Outcome(identity, result, text, citations, stages, {"total": float(len(text))})


GOOD = CitedQuote(Place("a.md", 12, 27), "writes reports.")
SHIFTED = CitedQuote(Place("a.md", 13, 28), "writes reports.")
OUTCOMES = (
    outcome("right", "answered", "Reports [1].", GOOD, hits=(Place("a.md", 0, 27),)),
    outcome("half", "answered", "Five.", hits=(Place("a.md", 0, 57),)),  # the wrong document
    outcome("wrong", "answered", "Five or six.", GOOD, SHIFTED, hits=(Place("b.md", 0, 57),)),
    outcome("refused", "not_found", "Nothing about reports."),
    outcome("none1", "not_found", "Nothing about a salary."),
    outcome("none2", "answered", "It is five.", CitedQuote(Place("z.md", 0, 1), "T")),
    outcome("none3", "error", ""),
    outcome("bare", "answered", "Yes."),
    outcome("stranger", "answered", "Who asked?"),
)


def card_of(outcomes: tuple[Outcome, ...] = OUTCOMES, documents: dict[str, Document] | None = DOCUMENTS) -> Scorecard:
    return score(CASES, Run({}, {outcome.id: outcome for outcome in outcomes}), documents)


@pytest.mark.parametrize(
    ("measure", "value", "n"),
    [
        ("correct", 1 / 5, 5),  # right; half lacks six, wrong says six too, refused and missing say nothing
        ("key_facts", 2 / 5, 5),
        ("key_fact_share", 2.5 / 5, 5),
        ("forbidden", 1 / 3, 3),  # of half, wrong and none1, whose refusal only repeats the word
        ("cited", 3 / 5, 5),  # right, half, wrong, none2, bare were answered
        ("verbatim", 2 / 4, 4),
        ("refused_unanswerable", 1 / 3, 3),  # the error is no refusal
        ("refused_answerable", 1 / 5, 5),  # the missing one is not counted
        ("error", 1 / 8, 8),
        ("lexical.recall@5", 2 / 5, 5),  # right and wrong; bare has no located evidence
        ("passages.read@2000", 2 / 5, 5),
        ("dense.recall@5", None, 0),  # the run has no such stage
        ("reranked.read@8000", None, 0),
    ],
)
def test_worked_example(measure: str, value: float | None, n: int) -> None:
    found = card_of().slices[0].measures[measure]
    assert found.n == n
    assert found.value == (None if value is None else pytest.approx(value))


def test_slices_and_unscored_is_not_zero() -> None:
    whole, bare, fact_slice, unanswerable = card_of().slices
    assert [whole.name, bare.name, fact_slice.name, unanswerable.name] == ["all", "bare", "fact", "unanswerable"]
    assert (whole.questions, whole.missing, fact_slice.questions, fact_slice.missing) == (9, 1, 5, 1)
    assert bare.measures["key_facts"].value is None
    assert bare.measures["lexical.recall@5"].value is None
    assert unanswerable.measures["refused_answerable"].value is None
    assert fact_slice.measures["refused_unanswerable"].n == 0
    assert whole.seconds["total"].n == 8
    assert whole.seconds["first_token"].p50 is None


def test_what_was_left_out_is_said() -> None:
    assert card_of().notes == (
        "1 of 9 questions are not in the run and count as misses: missing",
        "1 outcomes of the run are not among these questions and were left out",
        "1 evidence quotes were not found in the library and are unscored: bare (a.md: 'not in there')",
    )


def test_without_documents_facts_are_scored_and_places_are_not() -> None:
    card = card_of(documents=None)
    measures = card.slices[0].measures
    assert measures["key_facts"].n == 5
    assert measures["verbatim"].n == measures["lexical.recall@5"].n == 0
    assert any(note.startswith("no library to look quotes up in") for note in card.notes)
    assert "Evidence found: lexical (recall@hits, read@characters): unscored" in render(card)


def test_an_empty_run_has_misses_and_otherwise_nothing() -> None:
    measures = card_of(()).slices[0].measures
    assert (measures["key_facts"].value, measures["key_facts"].n) == (0.0, 5)
    assert measures["error"].value is None
    assert measures["lexical.recall@5"].value is None  # not even a stage was run


def test_evidence_of_a_false_premise_is_not_recalled() -> None:
    case = Case("q", "?", "false_premise", answerable=False, evidence=(WRITES,))
    run = Run({}, {"q": outcome("q", "not_found", "", hits=(Place("a.md", 0, 57),))})
    assert score((case,), run, DOCUMENTS).slices[0].measures["lexical.recall@5"].n == 0


def test_the_table_shows_a_dash_where_nothing_was_measured() -> None:
    table = render(card_of())
    bare = [line.split()[1:] for line in table.splitlines() if line.split()[:1] == ["bare"]]
    assert [NOTHING] * 4 in bare  # the table of answers
    assert not re.search(r"\b(nan|None)\b", table)
    assert "fact          0.20 [0.04 0.62] 5" in table


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A real library of one file, a gold file and a run that names the library."""
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "role.md").write_text(
        "# Analyst\n\n## Duties\n\nThe analyst writes weekly reports for the board.\n\n"
        "## Skills\n\nThe analyst has five years of experience with databases.\n",
        encoding="utf-8",
    )
    ingest([documents], tmp_path / "library", ChunkConfig())
    library = Library.open(tmp_path / "library")
    (document,) = library.documents()
    quote = "five years of experience"
    start = document.text.index(quote)
    place = {"source": document.source, "start": start, "end": start + len(quote)}
    gold = tmp_path / "gold.jsonl"
    evidence = [{"source": document.source, "quote": "five  years of\nexperience", "section": "Skills"}]
    cases = [
        {"id": "q1", "question": "How experienced?", "type": "fact", "answerable": True, "key_facts": ["five"],
         "evidence": evidence, "split": "dev"},
        {"id": "q2", "question": "What pay?", "type": "unanswerable", "answerable": False, "split": "test"},
    ]  # fmt: skip
    gold.write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
    header = {"kind": "header", "library": {"fingerprint": library.fingerprint, "path": str(tmp_path / "library")}}
    answer = {
        "outcome": "answered", "text": "Five years [1].", "passages": [place],
        "citations": [{"source": document.source, "quote": quote, "doc_start": start, "doc_end": start + len(quote)}],
        "stages": {"fused": [{**place, "score": 1.0}]}, "seconds": {"total": 0.5, "first_token": 0.25}, "error": None,
    }  # fmt: skip
    run = tmp_path / "run.jsonl"
    outcomes = [{"kind": "outcome", "id": "q1", "answer": answer}]
    run.write_text("".join(json.dumps(line) + "\n" for line in (header, *outcomes)), encoding="utf-8")
    return gold, run, tmp_path / "library"


def scored(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    assert main(["score", *map(str, arguments), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_score_on_the_command_line(files: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    gold, run, library = files
    found = scored(capsys, run, "--gold", gold, "--split", "dev")
    assert found["notes"] == []
    measures = found["slices"][0]["measures"]
    for name in ("correct", "cited", "verbatim", "fused.recall@5", "passages.read@2000"):
        assert (measures[name]["value"], measures[name]["n"]) == (1.0, 1), name
    assert measures["dense.recall@5"] == {"value": None, "low": None, "high": None, "n": 0}
    assert found["slices"][0]["seconds"]["first_token"] == {"p50": 0.25, "p95": 0.25, "n": 1}
    assert found["rows"][0]["evidence"][0]["source"] == "role.md"
    library.rename(library.with_name("moved"))
    unscored = scored(capsys, run, "--gold", gold, "--split", "dev")
    assert unscored["slices"][0]["measures"]["verbatim"]["value"] is None
    given = scored(capsys, run, "--gold", gold, "--split", "dev", "--library", library.with_name("moved"))
    assert given["slices"] == found["slices"]


def test_score_as_a_table_names_the_missing_question(
    files: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    gold, run, _ = files
    assert main(["score", str(run), "--gold", str(gold)]) == 0
    shown = capsys.readouterr().out
    assert "note: 1 of 2 questions are not in the run and count as misses: q2" in shown
    assert "Evidence found: fused" in shown


def test_a_changed_library_is_said(files: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    gold, run, library = files
    run.write_text(run.read_text().replace(Library.open(library).fingerprint, "other"))
    (note, _) = scored(capsys, run, "--gold", gold)["notes"]
    assert note == "the library is not the one that the run was made with: places may have moved"


def test_validate_looks_evidence_up(files: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    gold, _, library = files
    assert main(["validate", str(gold), "--library", str(library)]) == 0
    other = json.loads(gold.read_text().splitlines()[0])
    quotes = [{"source": "role.md", "quote": "six years"}, {"source": "lost.md", "quote": "five"}]
    gold.write_text(gold.read_text() + json.dumps({**other, "id": "q3", "evidence": quotes}) + "\n")
    capsys.readouterr()
    assert main(["validate", str(gold), "--library", str(library)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{gold}:3: evidence is not in role.md: 'six years'",
        f"{gold}:3: evidence names a source that the library does not have: lost.md",
    ]
    assert main(["validate", str(gold), "--library", str(gold.parent)]) == 2


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from eval.__main__ import parser; parser().format_help(); "
        "print([name for name in ('numpy', 'torch', 'transformers', 'faiss', 'tqdm') if name in sys.modules])"
    )
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

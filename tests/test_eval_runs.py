"""Run files: a cut run goes on without asking twice, and nothing that is not ours is overwritten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fakes import ROLES, FakeAsker, OverlapScorer, assistant_over, made_library

from config import UserError
from eval import runs
from eval.grounding import is_verbatim_quote
from eval.records import Case, CitedQuote, Outcome, Place, Said
from generation import runfile

CASES = tuple(Case(f"q{number}", "?", "fact", answerable=True) for number in range(5))
HEADER: dict[str, Any] = {
    "kind": "header",
    "format": 1,
    "config": {"name": "embedded", "sizes": (1, 2)},  # a tuple here, a list in the file
    "library": {"fingerprint": "f1", "documents": []},
    "created": "today",
}


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_stopped_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    out = tmp_path / "runs" / "dev.jsonl"
    with pytest.raises(KeyboardInterrupt):
        runs.run(CASES, FakeAsker(breaks_at="q2"), HEADER, out)
    assert [line["id"] for line in lines(out)[1:]] == ["q0", "q1"]
    later = FakeAsker()
    assert runs.run(CASES, later, {**HEADER, "created": "tomorrow"}, out) == 3
    assert later.asked == ["q2", "q3", "q4"]
    assert lines(out)[0]["created"] == "today"
    assert runs.run(CASES, later, HEADER, out) == 0
    assert list(runs.read(out).outcomes) == ["q0", "q1", "q2", "q3", "q4"]


def test_a_run_cut_at_any_byte_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    whole = tmp_path / "whole.jsonl"
    runs.run(CASES[:2], FakeAsker("Fünf\u2028五"), HEADER, whole)
    data = whole.read_bytes()
    for length in range(len(data)):
        cut = tmp_path / "cut.jsonl"
        cut.write_bytes(data[:length])
        runs.run(CASES[:2], FakeAsker("Fünf\u2028五"), HEADER, cut)
        assert cut.read_bytes() == data, f"cut at {length}"


def test_each_outcome_is_on_disk_before_the_next_question(tmp_path: Path) -> None:
    out = tmp_path / "run.jsonl"
    seen: list[int] = []
    asker = FakeAsker()

    def ask(case: Case) -> dict[str, Any]:
        seen.append(len(lines(out)))
        return asker(case)

    runs.run(CASES, ask, HEADER, out)
    assert seen == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"config": {"name": "other"}}, "another configuration,"),
        ({"library": {"fingerprint": "f2"}}, "another library,"),
        ({"config": {}, "library": {}}, "another configuration and another library,"),
        ({"prompts": {"prose": 2}}, "another prompt,"),
        ({"prompt_texts": {"prose": "ab"}}, "another prompt,"),
    ],
)
def test_answers_of_two_configurations_are_not_mixed(tmp_path: Path, changed: dict[str, Any], named: str) -> None:
    out = tmp_path / "run.jsonl"
    runs.run(CASES[:1], FakeAsker(), HEADER, out)
    before = out.read_bytes()
    with pytest.raises(UserError, match="Choose another --out, or delete") as raised:
        runs.run(CASES, FakeAsker(), {**HEADER, **changed}, out)
    assert named in str(raised.value)
    assert out.read_bytes() == before


@pytest.mark.parametrize(
    "content", ["my notes", "my notes\nmore\n", '{"id": "gold"}\n', '{"kind": "headers', "[]\n", "\xff"]
)
def test_a_file_that_is_no_run_is_left_alone(tmp_path: Path, content: str) -> None:
    out = tmp_path / "notes.txt"
    out.write_text(content, encoding="latin-1")
    with pytest.raises(UserError, match=r"run file"):
        runs.run(CASES, FakeAsker(), HEADER, out)
    assert out.read_text(encoding="latin-1") == content


HIT = {"source": "a.md", "start": 3, "end": 9, "score": 0.5}
CITED = {"marker": 1, "start": 0, "end": 4, "source": "a.md", "quote": "plan", "doc_start": 5, "doc_end": 9}
ANSWER: dict[str, Any] = {
    "outcome": "answered",
    "text": "Plan [1].\nAnd so on.",
    "citations": [{**CITED, "support": 1.0, "verdict": "supported"}],
    "passages": [{**HIT, "heading": ["Duties"], "text": "a plan"}],
    "stages": {"lexical": [HIT, HIT], "dense": [], "reranked": None},
    "seconds": {"retrieve": 0.1, "first_token": None, "total": 2},
    "error": None,
    "confidence": 0,
    "tokens": {"prompt": 30, "completion": 4},
}


def read(path: Path, answer: dict[str, Any]) -> Outcome:
    path.write_text(json.dumps(HEADER) + "\n" + json.dumps({"kind": "outcome", "id": "q", "answer": answer}) + "\n{")
    found = runs.read(path)
    assert found.notes == ("the last line of the run is half-written and was left out; run it again to complete it",)
    return found.outcomes["q"]


def test_an_outcome_is_read_as_the_format_says(tmp_path: Path) -> None:
    outcome = read(tmp_path / "run.jsonl", ANSWER)
    place, cited = Place("a.md", 3, 9), CitedQuote(Place("a.md", 5, 9), "plan")
    assert outcome == Outcome(
        id="q",
        outcome="answered",
        text="Plan [1].\nAnd so on.",
        citations=(cited,),
        stages={"lexical": (place, place), "dense": (), "fused": (), "reranked": (), "passages": (place,)},
        seconds={"retrieve": 0.1, "total": 2.0},
        said=(Said("Plan", (cited,)), Said("And so on.", ())),
        passages=("a plan",),
        confidence=0.0,  # which is not "unknown"
        tokens={"prompt": 30, "completion": 4},
    )


def test_a_refusal_says_nothing_and_an_older_line_has_no_confidence(tmp_path: Path) -> None:
    refused = {**ANSWER, "outcome": "not_found", "confidence": None, "tokens": None}
    outcome = read(tmp_path / "run.jsonl", refused)
    assert (outcome.said, outcome.confidence, outcome.tokens) == ((), None, {})
    older = {key: value for key, value in ANSWER.items() if key not in ("confidence", "tokens")}
    assert read(tmp_path / "run.jsonl", older).confidence is None


def test_what_the_product_writes_is_read_back(tmp_path: Path) -> None:
    """A real answer of the assistant (with stand-ins for its models) through the product's own run file."""
    library = made_library(tmp_path, ROLES)
    assistant = assistant_over(library, OverlapScorer())
    header = json.loads(json.dumps(runfile.header(assistant)))

    def ask(case: Case) -> dict[str, Any]:
        return runfile.outcome(case.id, assistant.answer(case.question))

    case = Case("q", "What is the budget of the Lead Data Engineer per year?", "fact", answerable=True)
    runs.run([case], ask, header, tmp_path / "run.jsonl")
    found = runs.read(tmp_path / "run.jsonl")
    outcome, answer = found.outcomes["q"], assistant.answer(case.question)
    assert found.header == header
    assert outcome.text == answer.text
    assert [said.text for said in outcome.said] == [claim.text for claim in answer.claims]
    assert all(said.citations for said in outcome.said)
    assert outcome.said
    assert outcome.passages == tuple(passage.text for passage in answer.search.passages)
    assert {name for name, hits in outcome.stages.items() if hits} >= {"lexical", "dense", "fused", "passages"}
    documents = {document.source: document for document in library.documents()}
    assert all(is_verbatim_quote(cited, documents) for cited in outcome.citations)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("nonsense", "run.jsonl:3: not JSON"),
        ("[]", "run.jsonl:3: not a JSON object"),
        ('{"id": "q9"}', "run.jsonl:3: not an outcome as the format says (KeyError: 'answer')"),
        (
            '{"id": "q9", "answer": {"outcome": "maybe"}}',
            "outcome is 'maybe'; known: answered, not_found, refused, error",
        ),
        ('{"id": "q9", "answer": {"outcome": "error", "passages": [{"source": "a"}]}}', "KeyError: 'start'"),
        (
            '{"id": "q9", "answer": {"outcome": "answered", "citations": [{"source": "a", "quote": "b"}]}}',
            "KeyError: 'doc_start'",
        ),
        ('{"id": "q9", "answer": {"outcome": "error", "confidence": "high"}}', "ValueError"),
        ('{"id": "q0", "answer": {"outcome": "error"}}', "run.jsonl:3: question 'q0' was already answered above"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "run.jsonl"
    runs.run(CASES[:1], FakeAsker(), HEADER, path)
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(UserError) as raised:
        runs.read(path)
    assert message in str(raised.value)


def test_an_absent_or_empty_run_says_how_to_make_one(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.jsonl", tmp_path / "empty.jsonl"):
        if path.stem == "empty":
            path.touch()
        with pytest.raises(UserError, match=r"python -m eval run GOLD\.jsonl"):
            runs.read(path)


def test_a_place_that_cannot_be_written_is_the_users_to_mend(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"cannot be written: .+ Choose another --out\."):
        runs.run(CASES, FakeAsker(), HEADER, tmp_path / "file" / "run.jsonl")

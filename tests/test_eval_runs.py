"""Run files: a cut run goes on without asking twice, and nothing that is not ours is overwritten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeAsker

from config import UserError
from eval import runs
from eval.records import Case, CitedQuote, Place

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


def test_an_outcome_is_read_as_the_format_says(tmp_path: Path) -> None:
    hit = {"source": "a.md", "start": 3, "end": 9, "score": 0.5}
    cited = {"marker": 1, "start": 0, "end": 4, "source": "a.md", "quote": "plan", "doc_start": 5, "doc_end": 9}
    answer = {
        "outcome": "answered",
        "text": "Plan [1].",
        "citations": [{**cited, "support": 1.0, "verdict": "supported"}],
        "passages": [{**hit, "heading": ["Duties"], "text": "a plan"}],
        "stages": {"lexical": [hit, hit], "dense": [], "reranked": None},
        "seconds": {"retrieve": 0.1, "first_token": None, "total": 2},
        "error": None,
    }
    path = tmp_path / "run.jsonl"
    path.write_text(json.dumps(HEADER) + "\n" + json.dumps({"kind": "outcome", "id": "q", "answer": answer}) + "\n{")
    found = runs.read(path)
    place = Place("a.md", 3, 9)
    outcome = found.outcomes["q"]
    assert outcome.citations == (CitedQuote(Place("a.md", 5, 9), "plan"),)
    stages = {"lexical": (place, place), "dense": (), "fused": (), "reranked": (), "passages": (place,)}
    assert outcome.stages == stages
    assert outcome.seconds == {"retrieve": 0.1, "total": 2.0}
    assert found.notes == ("the last line of the run is half-written and was left out; run it again to complete it",)


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

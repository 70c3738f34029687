"""Verdict files: written line by line, resumed, read back; what is no verdict file is named and left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config import UserError
from eval.judging import verdicts
from eval.judging.verdicts import Key

METRICS = ("ragas.Faithfulness", "ragas.AnswerRelevancy")
HEAD = '{"kind": "header", "metrics": [], "format": 1}\n'
KEYS = [(case, metric) for case in ("a1", "a2") for metric in METRICS]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = tmp_path / "run.jsonl"
    path.write_text('{"kind": "header"}\n', "utf-8")
    return path


def decide(key: Key) -> tuple[float | None, str]:
    return (None, "the reply is empty") if key[1] == "ragas.AnswerRelevancy" else (0.5 if key[0] == "a1" else 0.0, "")


def test_what_is_recorded_is_read_back(run, tmp_path):
    out = tmp_path / "new" / "verdicts.jsonl"
    head = verdicts.header(run, "ragas with fake:chat", METRICS)
    assert verdicts.record(KEYS, decide, head, out) == 4
    found = verdicts.read(out)
    assert found.header == head
    assert found.values == {KEYS[0]: 0.5, KEYS[1]: None, KEYS[2]: 0.0, KEYS[3]: None}
    assert found.unscored == {KEYS[1]: "the reply is empty", KEYS[3]: "the reply is empty"}
    assert found.notes == ()


def test_a_cut_file_goes_on_and_ends_in_the_same_bytes(run, tmp_path):
    head = verdicts.header(run, "j", METRICS)
    whole, cut = tmp_path / "whole.jsonl", tmp_path / "cut.jsonl"
    verdicts.record(KEYS, decide, head, whole)
    data = whole.read_bytes()
    asked: list[Key] = []

    def counted(key: Key) -> tuple[float | None, str]:
        asked.append(key)
        return decide(key)

    for size in range(len(data) + 1):
        cut.write_bytes(data[:size])
        lines = data[:size].count(b"\n")
        asked.clear()
        assert verdicts.record(KEYS, counted, head, cut) == len(asked) == 4 - max(0, lines - 1)
        assert cut.read_bytes() == data


def test_a_half_written_last_line_is_left_out_and_said(run, tmp_path):
    out = tmp_path / "v.jsonl"
    verdicts.record(KEYS, decide, verdicts.header(run, "j", METRICS), out)
    out.write_bytes(out.read_bytes()[:-9])
    found = verdicts.read(out)
    assert len(found.values) == 3
    assert "half-written" in found.notes[0]


@pytest.mark.parametrize("name", ["run", "judge", "metrics"])
def test_verdicts_of_another_kind_are_not_mixed(run, tmp_path, name):
    out = tmp_path / "v.jsonl"
    head = verdicts.header(run, "j", METRICS)
    verdicts.record(KEYS, decide, head, out)
    before = out.read_bytes()
    with pytest.raises(UserError, match=f"another {name}"):
        verdicts.record(KEYS, decide, {**head, name: "other"}, out)
    assert out.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"kind": "outcome", "id": "a"}\n', "not a verdict file"),
        ('{"kind": "header", "config": {}}\n', "not a verdict file"),
        ("hello\n", "not JSON"),
        ("half of something else", "not a verdict file"),
        ('{"kind": "header", "metrics": [], "format": 9}\n', "format 9"),
        (f'{HEAD}{{"id": "a", "metric": "m"}}\n', ":2: not a verdict"),
        (f'{HEAD}{{"id": "a", "metric": "m", "value": 1.5}}\n', "between 0 and 1"),
        (f'{HEAD}{{"id": "a", "metric": "m", "value": NaN}}\n', "between 0 and 1"),
    ],
)
def test_other_files_are_named_and_left_alone(run, tmp_path, text, message):
    path = tmp_path / "other.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(UserError, match=message):
        verdicts.read(path)
    with pytest.raises(UserError):
        verdicts.record(KEYS, decide, verdicts.header(run, "j", METRICS), path)
    assert path.read_text("utf-8") == text


def test_a_missing_file_says_how_to_make_one(tmp_path):
    with pytest.raises(UserError, match="python -m eval judge"):
        verdicts.read(tmp_path / "none.jsonl")


def test_nothing_that_is_no_number_can_be_written(run, tmp_path):
    out = tmp_path / "v.jsonl"
    with pytest.raises(ValueError, match="JSON compliant"):
        verdicts.record(KEYS, lambda _: (float("nan"), ""), verdicts.header(run, "j", METRICS), out)
    assert json.loads(out.read_text("utf-8"))["kind"] == "header"

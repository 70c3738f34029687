"""CSV and JSONL of gold questions: nothing is lost, and no cell runs as a formula."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import ROOT
from eval.__main__ import main
from eval.goldset import exchange, gold
from eval.records import PERSONAS, SPLITS, STYLES, Case, EvidenceQuote
from generation.records import Turn

HOSTILE = st.one_of(
    st.text(st.characters(), max_size=12),  # every code point, lone surrogates too
    st.text("=+-@'\"␤␍␀␉␛.u0\n\r\t\0;,\\: \ufeff\u2028", max_size=12),
)
FILLED = HOSTILE.filter(lambda text: bool(text.strip()))
PATTERNS = st.lists(st.sampled_from([r"\b5\s", "=1", "a\nb", "␤", "'-", "\\\\", " "]), max_size=3).map(tuple)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | HOSTILE, lambda inner: st.lists(inner, max_size=2), max_leaves=3
)
CASES = st.builds(
    Case,
    id=FILLED,
    question=FILLED,
    type=FILLED,
    answerable=st.booleans(),
    persona=st.sampled_from(("", *PERSONAS)),
    history=st.lists(st.builds(Turn, st.sampled_from(["user", "assistant"]), FILLED), max_size=2).map(tuple),
    answer=HOSTILE,
    key_facts=PATTERNS,
    forbidden=PATTERNS,
    evidence=st.lists(st.builds(EvidenceQuote, FILLED, FILLED, HOSTILE), max_size=3).map(tuple),
    split=st.sampled_from(("", *SPLITS)),
    style=st.lists(st.sampled_from(STYLES), unique=True, max_size=4).map(tuple),
    near_miss=st.sampled_from([None, True, False]),
    extra=st.dictionaries(HOSTILE.filter(lambda name: name not in gold.CHECKS), JSON, max_size=2),
)


@given(st.lists(CASES, min_size=1, max_size=3, unique_by=lambda case: case.id), st.sampled_from(["csv", "jsonl"]))
def test_what_is_exported_comes_back(cases: list[Case], kind: str) -> None:
    with TemporaryDirectory() as folder:
        out = Path(folder) / f"gold.{kind}"
        exchange.export(cases, out)
        assert exchange.imported(out) == tuple(cases)


@given(HOSTILE)
def test_a_guarded_cell_starts_no_formula_and_is_undone(cell: str) -> None:
    guarded = exchange.guarded(cell)
    assert guarded[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
    assert exchange.unguarded(guarded) == cell


def test_the_bundled_gold_set_goes_to_a_spreadsheet_and_back(tmp_path: Path) -> None:
    path, table, back = ROOT / "goldset" / "gold.jsonl", tmp_path / "gold.csv", tmp_path / "gold.jsonl"
    assert main(["export", str(path), "--out", str(table)]) == 0
    assert table.read_bytes().startswith(b'\xef\xbb\xbf"id","question"')
    assert main(["import", str(table), "--out", str(back)]) == 0
    assert gold.read(back) == gold.read(path)


def test_an_existing_file_is_not_written_over_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, table = tmp_path / "gold.jsonl", tmp_path / "gold.csv"
    path.write_text(json.dumps({"id": "q", "question": "?", "type": "fact", "answerable": True}), "utf-8")
    assert main(["export", str(path), "--out", str(table)]) == 0
    assert main(["import", str(table), "--out", str(path)]) == 2
    assert "--replace" in capsys.readouterr().err
    assert main(["import", str(table), "--out", str(path), "--replace"]) == 0
    assert main(["export", str(path), "--out", str(tmp_path / "gold.xlsx")]) == 2


def test_a_spreadsheet_that_writes_semicolons_and_capitals_is_read(tmp_path: Path) -> None:
    table = tmp_path / "gold.csv"
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";")
    writer.writerow(["id", "question", "type", "answerable", "key_facts", "evidence_source", "evidence_quote"])
    writer.writerow(["q1", "Who, and when?", "list", "TRUE", "lead\r\n-5", "a.md\r\nb.md", "One.\r\nTwo."])
    writer.writerow(["", "", "", "", "", "", ""])
    table.write_text(file.getvalue(), "utf-8", newline="")
    (case,) = exchange.imported(table)
    assert case == Case(
        "q1",
        "Who, and when?",
        "list",
        answerable=True,
        key_facts=("lead", "-5"),
        evidence=(EvidenceQuote("a.md", "One."), EvidenceQuote("b.md", "Two.")),
    )


FAULTY_ROWS = {
    "answerable must be true or false, not 'maybe'": {"answerable": "maybe"},
    "question must be a string that is not empty, not ' '": {"question": " "},
    "have 2, 1 and 2 lines; give each piece": {"evidence_source": "a\nb", "evidence_quote": "one"},
    "history[0].role is 'boss'": {"history": "boss: hello"},
    "other is not JSON": {"other": "{"},
    "fields that have no column of their own": {"other": '{"split": "dev"}'},
    "id 'q0' was already given in line 2": {"id": "q0"},
}


def test_every_fault_of_a_table_is_named_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fine = {"question": "?", "type": "fact", "answerable": "true"}
    rows = [{**dict.fromkeys(exchange.COLUMNS, ""), "id": "q0", **fine}]
    rows += [
        {**dict.fromkeys(exchange.COLUMNS, ""), "id": f"q{number}", **fine, **cells}
        for number, cells in enumerate(FAULTY_ROWS.values(), start=1)
    ]
    table = tmp_path / "gold.csv"
    table.write_text(exchange.as_csv(rows, exchange.COLUMNS), "utf-8", newline="")
    assert main(["import", str(table), "--out", str(tmp_path / "gold.jsonl")]) == 2
    said = capsys.readouterr().err
    for message in FAULTY_ROWS:
        assert message in said
    assert "has 7 fault(s)" in said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,question,type\nq,?,fact\n", "lacks the column(s) answerable"),
        ("id,question,type,answerable,colour\nq,?,fact,true,red\n", "unknown column 'colour'"),
        ("id,question,type,answerable\nq,?,fact,true,red\n", "unknown column 'beyond the last'"),
        ("id,question,type,answerable\n", "0 question(s)"),
        ("", "lacks the column(s) id"),
    ],
)
def test_a_table_of_another_shape_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    table = tmp_path / "gold.csv"
    table.write_text(text, "utf-8")
    assert main(["import", str(table), "--out", str(tmp_path / "gold.jsonl")]) == 2
    assert message in capsys.readouterr().err

"""Two annotators: blind sheets, Cohen's kappa against scikit-learn, and what adjudication leaves."""

from __future__ import annotations

import csv
import io
import json
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from fakes import made_library
from hypothesis import given
from hypothesis import strategies as st

from config import UserError
from eval.__main__ import main
from eval.goldset import adjudication, annotators
from eval.goldset.agreement import agreement, kappa

QUOTE = {"source": "lead.md", "quote": "The lead signs budgets."}
OTHER = {"source": "lead.md", "quote": "Others may not."}


def labels(folder: Path, name: str, *items: dict[str, object]) -> Path:
    path = folder / f"{name}.jsonl"
    path.write_text("\n".join(map(json.dumps, items)), "utf-8")
    return path


def of(field: str, values: Sequence[object]) -> dict[str, dict[str, object]]:
    return {f"q{number:03}": {field: value} for number, value in enumerate(values)}


PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=30)


@given(PAIRS)
def test_kappa_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    from sklearn.metrics import cohen_kappa_score, confusion_matrix

    one, other = zip(*pairs, strict=True)
    found = agreement(of("verdict", one), of("verdict", other), "verdict")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it divides by zero where kappa is not defined
        expected = cohen_kappa_score(one, other)
    if np.isnan(expected):
        assert found.kappa.value is None
        return
    assert found.kappa.value == pytest.approx(expected)
    assert found.confusion == tuple(map(tuple, confusion_matrix(one, other, labels=list(found.labels)).tolist()))
    assert found.raw.value == pytest.approx(np.mean([a == b for a, b in pairs]))
    assert [name for name, _, _ in found.disagreements] == [f"q{n:03}" for n, (a, b) in enumerate(pairs) if a != b]
    if found.kappa.low is not None:
        assert found.kappa.low <= found.kappa.value <= found.kappa.high


def test_the_interval_of_kappa_covers() -> None:
    """Of simulated annotators with a known kappa, the interval holds it in about 95 of 100 repetitions."""
    generator = np.random.default_rng(1)
    joint = np.array([[0.45, 0.1], [0.1, 0.35]])
    true = kappa(joint.tolist())
    assert true is not None
    held = 0
    for _ in range(100):
        drawn = generator.choice(4, size=120, p=joint.ravel())
        one, other = of("type", [str(d // 2) for d in drawn]), of("type", [str(d % 2) for d in drawn])
        found = agreement(one, other, "type").kappa
        assert found.low is not None and found.high is not None
        held += found.low <= true <= found.high
    assert 0.90 <= held / 100 <= 0.99


def test_evidence_is_compared_by_document_or_by_unit(tmp_path: Path) -> None:
    text = "# Lead\n\nThe lead signs budgets. Others may not. Ask first.\n"
    library = made_library(tmp_path, {"lead.md": text, "staff.md": "# Staff\n\nStaff do not sign.\n"})
    documents = {document.source: document for document in library.documents()}
    first = of("evidence", [[QUOTE], [QUOTE, OTHER], []])
    second = of("evidence", [[OTHER], [QUOTE], []])
    assert agreement(first, second, "evidence").raw.value == 1.0  # without a library documents are compared
    found = agreement(first, second, "evidence", documents)
    units = sum(len(document.units) for document in documents.values())
    assert found.labels == ("no", "yes")
    assert found.confusion == ((3 * units - 4, 1), (2, 1))
    assert [name for name, _, _ in found.disagreements] == ["q000", "q001"]
    wrong = of("evidence", [[{"source": "lead.md", "quote": "nowhere"}]])
    with pytest.raises(UserError, match=r"evidence is not in lead\.md: 'nowhere'"):
        agreement(wrong, wrong, "evidence", documents)


def test_what_only_one_labelled_is_counted_but_not_compared() -> None:
    found = agreement(
        {"a": {"answerable": True}, "b": {"answerable": False}}, {"b": {"answerable": False}}, "answerable"
    )
    assert (found.compared, found.alone, found.raw.n, found.kappa.value) == (1, 1, 1, None)
    nothing = agreement({}, {}, "type")
    assert (nothing.compared, nothing.raw.value, nothing.kappa.value) == (0, None, None)


GOLD = [
    {
        "id": "q1",
        "question": "Who signs?",
        "type": "fact",
        "answerable": True,
        "answer": "The lead.",
        "key_facts": ["lead"],
        "evidence": [QUOTE],
    },
    {"id": "q2", "question": "Who pays?", "type": "unanswerable", "answerable": False, "near_miss": True},
]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_the_sheet_is_blind_and_comes_back_filled_in(tmp_path: Path, kind: str) -> None:
    path, sheet = labels(tmp_path, "gold", *GOLD), tmp_path / f"second.{kind}"
    assert main(["annotate", str(path), "--out", str(sheet)]) == 0
    text = sheet.read_text("utf-8-sig")
    assert "Who signs?" in text
    assert not [word for word in ("budgets", "unanswerable", "The lead", "true", "false", "fact") if word in text]
    assert main(["annotate", str(path), "--out", str(sheet)]) == 2  # labels may be in it by now
    if kind == "csv":
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        rows[0] |= {"answerable": "TRUE", "evidence_source": "lead.md", "evidence_quote": "The lead signs budgets."}
        rows[1] |= {"answerable": "FALSE", "verdict": "supported"}
        sheet.write_text(annotators.exchange.as_csv(rows, annotators.SHEET), "utf-8", newline="")
    else:
        items = [json.loads(line) for line in text.splitlines()]
        items[0] |= {"answerable": True, "evidence": [QUOTE]}
        items[1] |= {"answerable": False, "verdict": "supported"}
        sheet.write_text("\n".join(map(json.dumps, items)), "utf-8")
    read = annotators.read(sheet)
    assert [piece["quote"] for piece in read["q1"]["evidence"]] == ["The lead signs budgets."]
    assert read["q1"]["answerable"] is True
    assert read["q2"] == {"answerable": False, "evidence": [], "verdict": "supported"}
    gold = annotators.read(path)
    assert agreement(gold, read, "evidence").raw.value == 1.0
    assert agreement(gold, read, "type").compared == 0


def test_faults_of_a_label_file_are_named_at_once(tmp_path: Path) -> None:
    path = labels(
        tmp_path,
        "second",
        {"id": "q1", "answerable": "yes"},
        {"answerable": True},
        {"id": "q2", "verdict": 5},
        {"id": "q3", "type": "fact"},
        {"id": "q3", "type": "fact"},
    )
    with pytest.raises(UserError) as raised:
        annotators.read(path)
    for message in (":1: answerable must be", ":2: id is missing", ":3: verdict must be", ":5: id 'q3' was already"):
        assert message in str(raised.value)


def test_agree_writes_disputes_that_adjudicate_settles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = labels(
        tmp_path,
        "first",
        {"id": "q1", "answerable": True, "type": "fact", "evidence": [QUOTE]},
        {"id": "q2", "answerable": False, "type": "unanswerable"},
        {"id": "q3", "answerable": True, "type": "fact"},
        {"id": "alone", "answerable": True},
    )
    second = labels(
        tmp_path,
        "second",
        {"id": "q1", "answerable": True, "type": "list", "evidence": [OTHER]},
        {"id": "q2", "answerable": True, "type": "fact"},
        {"id": "q3", "answerable": True, "type": "fact"},
    )
    table, third = tmp_path / "disputes.csv", tmp_path / "third.jsonl"
    assert main(["agree", str(first), str(second), "--json", "--out", str(table)]) == 0
    assert [one["field"] for one in json.loads(capsys.readouterr().out)] == ["answerable", "type", "evidence"]
    assert main(["agree", str(first), str(second)]) == 0
    assert "  q1: fact | list" in capsys.readouterr().out
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8-sig"), newline="")))
    assert [(row["id"], row["field"]) for row in rows] == [
        ("q1", "type"),
        ("q1", "evidence"),
        ("q2", "answerable"),
        ("q2", "type"),
    ]
    for row, decision in zip(rows, ("2", "both", "second", ""), strict=True):
        row["decision"] = decision
    rows[0]["note"] = "two items are asked"
    table.write_text(adjudication.exchange.as_csv(rows, adjudication.COLUMNS), "utf-8", newline="")
    command = ["adjudicate", str(first), str(second), "--out", str(third)]
    assert main([*command, "--decisions", str(table)]) == 1
    assert capsys.readouterr().out == "open\tq2\ttype\n"
    settled = [json.loads(line) for line in third.read_text("utf-8").splitlines()]
    assert settled == [
        {
            "id": "q1",
            "answerable": True,
            "type": "list",
            "evidence": [QUOTE, OTHER],
            "decided_by": {"answerable": "agreed", "type": "second", "evidence": "both"},
            "notes": {"type": "two items are asked"},
        },
        {"id": "q2", "answerable": True, "decided_by": {"answerable": "second"}},
        {"id": "q3", "answerable": True, "type": "fact", "decided_by": {"answerable": "agreed", "type": "agreed"}},
    ]
    assert annotators.read(third)["q1"]["type"] == "list"
    rows[3]["decision"], rows[1]["decision"], rows[2]["decision"] = "first", "neither", "perhaps"
    table.write_text(adjudication.exchange.as_csv([*rows, rows[0] | {"id": "q9"}], adjudication.COLUMNS), "utf-8")
    assert main([*command, "--decisions", str(table)]) == 2
    said = capsys.readouterr().err
    assert "3 decision(s) cannot be taken" in said
    assert "type of 'q9' is not disputed" in said


def test_adjudication_by_asking_stops_where_the_person_stops() -> None:
    first, second = of("answerable", [True, True, True, True]), of("answerable", [False, False, False, False])
    found = adjudication.disputes(first, second)
    typed = iter(["perhaps", "false", "", "1"])
    prompts: list[str] = []

    def ask(prompt: str) -> str:
        prompts.append(prompt)
        try:
            return next(typed)
        except StopIteration as error:
            raise EOFError from error

    decisions = adjudication.asked(found, ask, {"q000": "Who signs?"})
    assert decisions == {("q000", "answerable"): ("false", ""), ("q002", "answerable"): ("1", "")}
    assert "Who signs?" in prompts[0]
    assert "say first, second, true or false, not 'perhaps'" in prompts[1]
    settled = adjudication.settle(first, second, decisions)
    assert [dispute.id for dispute in settled.open] == ["q001", "q003"]
    assert [item.get("answerable") for item in settled.items] == [False, None, True, None]


def test_a_field_that_only_one_file_has_cannot_be_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = labels(tmp_path, "first", {"id": "q1", "answerable": True})
    second = labels(tmp_path, "second", {"id": "q1", "type": "fact"})
    assert main(["agree", str(first), str(second)]) == 2
    assert main(["agree", str(first), str(second), "--field", "type"]) == 2
    assert "Not in both label files: type." in capsys.readouterr().err

"""Tables of figures in pages: made from summaries, rewritten in place; stale and faulty ones are named."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import ROOT, UserError
from eval import scorecard
from eval.judging.calibration import FORMAT
from eval.records import Row, Scorecard
from eval.report import figures
from eval.report.figure_tables import TABLES
from eval.report.figure_text import share
from eval.sweep import commands as cli_sweep


def card(*correct: float) -> Scorecard:
    """Answerable questions of two types, one document each, and an unanswerable one that is refused."""
    rows = [
        Row(
            f"q{n}",
            f"d{n}.md",
            "answered",
            "right",
            {"type": "list" if n % 2 else "fact"},
            {
                "Correct": value,
                "AllKeyFacts": value,
                "ForbiddenFacts": 0.0,
                "FalseRefusal": 0.0,
                "Groundedness": None if n == 0 else 1.0,
                "fused.Hit@20": 1.0,
                "fused.nDCG@10": 0.5,
                "reranked.Hit@20": 1.0,
                "reranked.nDCG@10": 0.625,
            },
            {"total": 1.0 + n},
        )
        for n, value in enumerate(correct)
    ]
    rows.append(Row("none", "n", "not_found", "right", {"type": "unanswerable"}, {"Refusal": 1.0}))
    about = {"gold": {"name": "gold.jsonl", "split": "dev"}, "seed": 0}
    return Scorecard(about, tuple(rows), scorecard.slices(rows))


RATE = {"set": "perturbations", "kind": "wrong number", "supported": False, "n": 10, "agreed": 9, "unreadable": 0}
FAMILY = {"attempts": 20, "tries": 40, "successes": 0, "rate": {"value": 0.0, "low": 0.0, "high": 0.16}, "bound": 0.15}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with two summaries, a calibration and a red-team summary."""
    folder = tmp_path / "docs" / "runs"
    scorecard.write(card(1.0, 0.0, 1.0, 1.0), folder / "first.json")
    scorecard.write(card(1.0, 1.0, 1.0, 1.0), folder / "second.json")
    judged = {"id": "m", "sets": [{**RATE, "rate": 0.9, "low": 0.6, "high": 0.98}]}
    calibration = {"format": FORMAT, "judges": {"verifier": judged}}
    (folder / "calibration.json").write_text(json.dumps(calibration), encoding="utf-8")
    alarms = {"attempts": 30, "alarms": 3, "value": 0.1, "low": 0.03, "high": 0.26}
    family = {"family": "hidden | html", **FAMILY}
    value = {"kind": "red team", "successes": 0, "attempts": 20, "families": [family], "false_alarms": alarms}
    (folder / "redteam.json").write_text(json.dumps(value), encoding="utf-8")
    return tmp_path


def page(root: Path, text: str, name: str = "README.md") -> Path:
    (root / name).write_text(text, encoding="utf-8", newline="")
    return root / name


def block(title: str) -> str:
    return f"<!-- figures: {title} -->\n<!-- /figures -->\n"


def made(root: Path, title: str) -> list[str]:
    """The table of one block, line by line."""
    path = page(root, block(title))
    figures.update([path], root, write=True)
    first, blank, *lines, end, last, rest = path.read_text("utf-8").split("\n")
    assert (first, blank, end, last, rest) == (f"<!-- figures: {title} -->", "", "", "<!-- /figures -->", "")
    return lines


def asked(*arguments: object) -> int:
    whole = argparse.ArgumentParser()
    cli_sweep.register(whole.add_subparsers().add_parser)
    parsed = whole.parse_args(["figures", *map(str, arguments)])
    return int(parsed.command(parsed))


def test_answers_are_as_worked_by_hand(root):
    lines = made(root, "answers docs/runs/first.json")
    assert lines[:4] == [
        "|  | dev, 5 questions | 95 % interval | n |",
        "| --- | --- | --- | --- |",
        "| all key facts in the answer (`AllKeyFacts`) | .75 | .30–.95 | 4 |",
        "| all key facts and no forbidden one (`Correct`) | .75 | .30–.95 | 4 |",
    ]
    assert "| share of the statements that the passages support (`Groundedness`) | 1.00 |" in "\n".join(lines)
    assert any(line.endswith("| 3 (1 unscored) |") for line in lines)
    assert "| unanswerable questions refused (`Refusal`) | 1.00 | .21–1.00 | 1 |" in lines
    assert lines[-1] == "| seconds per answer, median / 95th percentile | 2.50 / 3.85 |  | 4 |"
    assert "| share of the citations that are verbatim in their document (`Verbatim`) | – | – | – |" in lines


def test_two_runs_stand_side_by_side(root):
    lines = made(root, "types docs/runs/first.json, docs/runs/second.json")
    assert lines[2:] == [
        "| fact | 1.00 | .34–1.00 | 2 | 1.00 | .34–1.00 | 2 |",
        "| list | .50 | .09–.91 | 2 | 1.00 | .34–1.00 | 2 |",
    ]


def test_the_other_tables(root):
    assert made(root, "retrieval docs/runs/first.json")[2:] == [
        "| fused | 1.00 | – | – | – | – | .50 | – | – | – |",
        "| reranked | 1.00 | – | – | – | – | .62 | – | – | – |",
    ]
    assert made(root, "calibration docs/runs/calibration.json")[2:] == [
        "| verifier | perturbations | – | 0 | .90 | 10 | 0 |"
    ]
    assert made(root, "kinds docs/runs/calibration.json")[2:] == ["| wrong number | unsupported | .90 | .60–.98 | 10 |"]
    assert made(root, "redteam docs/runs/redteam.json")[2:] == [
        "| hidden \\| html | 20 | 40 | 0 | .00 | .00–.16 | 0.150 |",
        "| false alarms on benign texts | 30 | 30 | 3 | .10 | .03–.26 | – |",
    ]
    compared = made(root, "compare docs/runs/first.json,docs/runs/second.json")
    assert compared[2].startswith("| Correct | .75 | 1.00 | +.25 |")
    assert compared[2].endswith("| no difference shown |")


def test_the_gate_takes_baseline_and_red_team_in_any_order(root):
    plain = made(root, "gate docs/runs/first.json")
    assert any(line.startswith("| undecided | injection |") for line in plain)
    files = "docs/runs/first.json,docs/runs/redteam.json,docs/runs/second.json"
    whole = made(root, f"gate {files}")
    assert any(line.startswith("| undecided | injection |") and "the red team left out" in line for line in whole)
    assert any("| no regression: Correct |" in line for line in whole)


@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_equal_columns(root, name):
    own = {"compare": "first.json,docs/runs/second.json", "redteam": "redteam.json"}
    own |= dict.fromkeys(("calibration", "kinds"), "calibration.json")
    lines = made(root, f"{name} docs/runs/{own.get(name, 'first.json')}")
    assert len(lines) > 2
    assert len({line.replace("\\|", "").count("|") for line in lines}) == 1


def test_check_changes_nothing_and_names_every_stale_block(root, capsys):
    text = f"# Title\n\n{block('answers docs/runs/first.json')}between\n{block('types docs/runs/first.json')}"
    path = page(root, text)
    (root / "docs" / "other.md").write_text(block("retrieval docs/runs/first.json"), encoding="utf-8")
    assert asked("--check", "--root", root) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{path}:3: answers docs/runs/first.json",
        f"{path}:6: types docs/runs/first.json",
        f"{root}/docs/other.md:1: retrieval docs/runs/first.json",
    ]
    assert path.read_text("utf-8") == text
    assert asked("--root", root) == 0
    rewritten = path.read_text("utf-8")
    assert rewritten.startswith("# Title\n\n<!-- figures: answers")
    assert "\nbetween\n" in rewritten
    capsys.readouterr()
    assert asked("--check", "--root", root) == 0
    assert capsys.readouterr().out == ""
    path.write_text(rewritten.replace(".75", ".85", 1), encoding="utf-8")
    assert asked("--check", "--root", root) == 1
    assert capsys.readouterr().out == f"{path}:3: answers docs/runs/first.json\n"


def test_examples_in_code_and_other_comments_are_left_alone(root):
    inside = block("nonsense")
    text = f"~~~\n```\n{inside}~~~\n````\n```\n{inside}````\n<!-- a figure -->\n<!-- /figures -->\n"
    path = page(root, text)
    assert figures.update([path], root, write=True) == []
    assert path.read_text("utf-8") == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (block("answer docs/runs/first.json"), ":1: the figures 'answer docs/runs/first.json': there is no table"),
        (f"\n\n{block('answers docs/runs/no.json')}", ":3: the figures 'answers docs/runs/no.json': there is no file"),
        (block("answers"), "'answers' is made of 1 to 4 file(s), not of 0"),
        (block("compare docs/runs/first.json"), "'compare' is made of 2 file(s), not of 1"),
        (block("answers docs/runs/redteam.json"), "is not a summary of a run"),
        (block("redteam docs/runs/first.json"), "is no summary of a red-team run"),
        ("<!-- figures -->\n<!-- /figures -->\n", "1: the figures '': there is no table ''"),
        ("<!-- figures: answers docs/runs/first.json -->\n", "have no end"),
        (f"<!-- figures: answers x -->\n{block('types docs/runs/first.json')}", "'answers x' have no end"),
    ],
)
def test_faults_name_their_block_and_nothing_is_written(root, text, said):
    good = page(root, block("answers docs/runs/first.json"))
    bad = page(root, text, "docs/page.md")
    with pytest.raises(UserError) as caught:
        figures.update([good, bad], root, write=True)
    assert said in str(caught.value)
    assert str(bad) in str(caught.value)
    assert good.read_text("utf-8") == block("answers docs/runs/first.json")


@given(st.floats(min_value=-1, max_value=1))
def test_a_share_reads_back_as_what_it_was_to_two_digits(value: float) -> None:
    text = share(value)
    assert len(text.lstrip("\N{MINUS SIGN}")) == (4 if abs(value) >= 0.995 else 3)
    assert float(text.replace("\N{MINUS SIGN}", "-")) == pytest.approx(value, abs=0.0051)


def test_the_tables_of_this_checkout_are_what_its_summaries_say():
    stale: list[Any] = figures.update(figures.pages(ROOT), ROOT, write=False)
    assert [f"{found.path.name}:{found.line}: {found.title}" for found in stale] == []

"""Sweeps: files that say what they vary, faults that name their key, runs that go on, one family of p-values."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from config import ROOT, Config, UserError, load
from eval import runs, scorecard
from eval.compare import compare
from eval.paired import NOT_SHOWN, holm
from eval.records import Row, Scorecard
from eval.sweep import commands as cli_sweep
from eval.sweep import plan as sweep
from eval.sweep import uses
from eval.sweep.plan import Variant
from eval.sweep.run import Measured, compared

DOCUMENT = ROOT / "documents" / "junior-nlp-engineer.md"


def written(folder: Path, text: str) -> Path:
    path = folder / "sweep.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", sorted((ROOT / "goldset" / "sweeps").glob("*.toml")), ids=lambda path: path.stem)
def test_the_examples_are_valid(path):
    found = sweep.read(path)
    assert found.baseline is found.variants[0]
    assert len({variant.stem for variant in found.variants}) == len(found.variants) > 2


def test_variants_set_what_they_say_and_nothing_else(tmp_path):
    found = sweep.read(
        written(
            tmp_path,
            """
            baseline = "b"
            measures = ["Correct", "fused.nDCG@10"]
            [set]
            "generation.writer" = "extractive"
            [[variant]]
            name = "a"
            [variant.set]
            "retrieval.dense_weight" = 1
            chat.model = 'C:\\models\\"x"'
            [[variant]]
            name = "b"
            [grid]
            "retrieval.passages" = [4, 6]
            "chunks.target_characters" = [200, 300]
            "reranker.source" = ["off"]
            """,
        )
    )
    plain = load().as_dict()
    assert [variant.name for variant in found.variants] == [
        "a",
        "b",
        *(f"passages={n}, target_characters={size}, source=off" for n in (4, 6) for size in (200, 300)),
    ]
    assert (found.baseline.name, found.measures) == ("b", ("Correct", "fused.nDCG@10"))
    first, second, *_, last = (variant.settings.as_dict() for variant in found.variants)
    plain["generation"]["writer"] = "extractive"
    assert second == plain
    assert first == {
        **plain,
        "retrieval": {**plain["retrieval"], "dense_weight": 1.0},
        "chat": {**plain["chat"], "model": 'C:\\models\\"x"'},
    }
    assert (last["retrieval"]["passages"], last["chunks"]["target_characters"]) == (6, 300)
    assert last["reranker"]["source"] == "off"


def test_every_fault_is_named_at_once(tmp_path):
    path = written(
        tmp_path,
        """
        basline = "x"
        baseline = "nobody"
        measures = ["Corect"]
        [[variant]]
        name = "one"
        [variant.set]
        "retrieval.dense_wait" = 0.5
        "retrieval.passages" = "eight"
        [[variant]]
        name = "one"
        [variant.set]
        "generation.writer" = "poet"
        "retrieval.passages.most" = 3
        [[variant]]
        name = "two"
        "chat.model" = "x"
        [[variant]]
        [grid]
        "chat.source" = ["cloud"]
        """,
    )
    with pytest.raises(UserError) as caught:
        sweep.read(path)
    faults = str(caught.value).split("\n  - ")[1:]
    expected = [
        "unknown key 'basline'; did you mean 'baseline'?",
        "variant 'two' has the unknown key 'chat",
        "variant 4 has no name",
        "variant 'one': 'retrieval.passages' is 'eight'; it must be of type int",
        "variant 'one': unknown setting 'retrieval.dense_wait'; did you mean 'dense_weight'?",
        "variant 'one': 'retrieval.passages.most' is no setting, since 'passages' is a single value",
        "variant 'source=cloud': 'chat.source' is 'cloud'",
        "2 variants are called 'one'",
        "baseline is 'nobody'",
        "measures: There is no measure 'Corect'",
    ]
    assert len(faults) == len(expected)
    for fault, beginning in zip(faults, expected, strict=True):
        assert fault.startswith(beginning)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no variant"),
        ("variant = 3", "[[variant]], with two brackets"),
        ("grid = 3", "grid is 3; it must be a table"),
        ('[grid]\n"retrieval.passages" = 3', "'retrieval.passages' is 3; it must be a list"),
        ('[set]\n"generation.writer" = "poet"\n[[variant]]\nname = "a"', "[set]: generation.writer is 'poet'"),
        ("[[variant]]\nname = 'a'\nset = 3", "variant 'a': set is 3"),
        ("profile = 3\n[[variant]]\nname = 'a'", "profile is 3; it must be a text"),
        ("= 3", "cannot be read"),
        ("profile = 'nowhere'\n[[variant]]\nname = 'a'", "There is no profile 'nowhere'"),
    ],
)
def test_other_faults_of_a_sweep_file(tmp_path, text, said):
    with pytest.raises(UserError) as caught:
        sweep.read(written(tmp_path, text))
    assert said in str(caught.value)


def card(values: list[float]) -> Scorecard:
    """One question per document, correct or not."""
    rows = tuple(
        Row(f"q{n}", f"d{n}.md", "answered", "right", {"type": "fact"}, {"Correct": value, "KeyFacts": value})
        for n, value in enumerate(values)
    )
    return Scorecard({}, rows, scorecard.slices(rows))


def test_all_p_values_of_a_sweep_are_one_family():
    """Nine better answers of nine that differ: shown with one variant, not among sixteen."""
    base, better = card([0.0] * 9 + [1.0] * 31), card([1.0] * 40)
    alone = compared([measured("base", base), measured("better", better)], "base", ["Correct"])[1]
    assert [item.call for item in alone.comparisons] == ["better"]
    many = [measured("base", base), measured("better", better), *(measured(f"same{n}", base) for n in range(15))]
    found = compared(many, "base", ["Correct"])
    assert found[0].comparisons == ()
    raw = {one.variant.name: compare(base, one.card, ["Correct"])[0].p for one in many[1:]}
    assert {one.variant.name: one.comparisons[0].adjusted_p for one in found[1:]} == pytest.approx(
        holm({name: p for name, p in raw.items() if p is not None})
    )
    assert {one.comparisons[0].call for one in found[1:]} == {NOT_SHOWN}


def measured(name: str, scored: Scorecard) -> Measured:
    return Measured(Variant(name, {}, Config()), Path("run.jsonl"), scored)


def test_test_uses_are_counted_and_said(tmp_path):
    gold = tmp_path / "gold.jsonl"
    gold.write_text("{}\n", encoding="utf-8")
    assert uses.warning(gold) == ""
    uses.count(gold, "s1", ["a", "b"], "2026-01-01")
    assert "once (last on 2026-01-01, 2 different variants" in uses.warning(gold)
    uses.count(gold, "s2", ["b", "c"], "2026-01-02")
    assert "2 times (last on 2026-01-02, 3 different variants" in uses.warning(gold)
    assert [use.sweep for use in uses.read(gold)] == ["s1", "s2"]
    uses.file_of(gold).write_text('{"date": 1}\n', encoding="utf-8")
    with pytest.raises(UserError, match=r"gold\.test-uses\.jsonl:1"):
        uses.read(gold)


def asked(*arguments: object) -> int:
    """``python -m eval`` with these commands only."""
    whole = argparse.ArgumentParser()
    cli_sweep.register(whole.add_subparsers().add_parser)
    parsed = whole.parse_args(list(map(str, arguments)))
    return int(parsed.command(parsed))


@pytest.fixture(scope="module")
def gold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two questions of each split about one bundled document."""
    lines = [json.loads(line) for line in (ROOT / "goldset" / "gold.jsonl").read_text("utf-8").splitlines()]
    about = [line for line in lines if [e["source"] for e in line.get("evidence", ())] == [DOCUMENT.name]]
    kept = [line for split in ("dev", "test") for line in [c for c in about if c["split"] == split][:2]]
    path = tmp_path_factory.mktemp("gold") / "gold.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")
    return path


SIZES = """
[set]
"generation.writer" = "extractive"
"reranker.source" = "off"
[grid]
"chunks.target_characters" = [300, 900]
"""


def test_a_sweep_from_documents_to_table(tmp_path, gold, capsys):
    """The shipped models, twice: the second time nothing is asked."""
    out, file = tmp_path / "out", written(tmp_path, SIZES)
    command = ("sweep", file, "--documents", DOCUMENT, "--gold", gold, "--out", out)
    assert asked(*command, "--json") == 0
    told = capsys.readouterr()
    found = json.loads(told.out)
    names = ["target_characters=300", "target_characters=900"]
    assert [variant["name"] for variant in found["variants"]] == names
    assert [len(variant["comparisons"]) > 0 for variant in found["variants"]] == [False, True]
    assert (found["baseline"], found["gold"]["split"], found["notes"]) == (names[0], "dev", [])
    assert sorted(path.name for path in (out / "libraries").iterdir()) == names
    read = {variant["name"]: runs.read(Path(variant["run"])) for variant in found["variants"]}
    sizes = {name: run.header["config"]["chunks"]["target_characters"] for name, run in read.items()}
    assert sizes == {names[0]: 300, names[1]: 900}
    assert len({run.header["library"]["fingerprint"] for run in read.values()}) == 2
    for variant in found["variants"]:
        summary = scorecard.read(out / "summaries" / f"{Path(variant['run']).stem}.json")
        assert summary.whole.questions == 2
        assert summary.whole.measures["Correct"].value == variant["measures"]["Correct"]["value"]
    before = {path: path.read_bytes() for path in (out / "runs").iterdir()}
    assert asked(*command) == 0
    again = capsys.readouterr()
    assert again.err.count("all of its answers are there already") == 2
    assert "Variants (2 questions)" in again.out
    assert before == {path: path.read_bytes() for path in (out / "runs").iterdir()}
    assert not uses.file_of(gold).exists()


def test_the_test_split_is_asked_by_name_counted_and_said_ever_after(tmp_path, gold, capsys):
    file = written(tmp_path, SIZES.replace(", 900", ""))
    command = ("sweep", file, "--documents", DOCUMENT, "--gold", gold, "--out", tmp_path / "out", "--limit", 1)
    assert asked(*command, "--split", "test") == 0
    assert "Variants (1 questions)" in (first := capsys.readouterr().out)
    assert "looked at the test split of gold.jsonl once" in first
    (use,) = uses.read(gold)
    assert use.variants == ("target_characters=300",)
    assert asked(*command) == 0
    assert "looked at the test split of gold.jsonl once" in capsys.readouterr().out
    page = (tmp_path / "out" / "sweep.md").read_text("utf-8")
    assert "- warning: sweeps have looked" in page
    uses.file_of(gold).unlink()


def test_a_variant_in_safe_mode_is_not_measured_as_if_it_were_itself(tmp_path, gold):
    text = '[[variant]]\nname = "served"\n[variant.set]\n"chat.source" = "endpoint"\n"reranker.source" = "off"\n'
    with pytest.raises(UserError, match=r"'served' cannot be measured\. Safe mode"):
        asked("sweep", written(tmp_path, text), "--documents", DOCUMENT, "--gold", gold, "--out", tmp_path / "out")


def columns(line: str) -> int:
    return line.replace("\\|", "").count("|")


def test_markdown_tables_have_equal_columns(tmp_path):
    from eval.sweep.table import markdown

    found = sweep.read(written(tmp_path, "[[variant]]\nname = 'a | b'\n[[variant]]\nname = 'c'"))
    about: dict[str, Any] = {"gold": {"name": "g.jsonl", "version": "1.0", "split": "dev", "sha256": "f"}}
    cards = [Scorecard(about, part.rows, part.slices) for part in (card([0.0] * 9 + [1.0] * 9), card([1.0] * 18))]
    pairs = zip(found.variants, cards, strict=True)
    scored = compared([Measured(variant, Path("r"), one) for variant, one in pairs], "a | b", ["Correct"])
    page = markdown(found, scored, ["note"])
    tables = [block.split("\n") for block in page.split("\n\n") if block.startswith("|")]
    assert len(tables) == 3
    for lines in tables:
        assert len({columns(line) for line in lines}) == 1
    assert "| c | 1.00 ▲ |" in page

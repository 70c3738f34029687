"""Splits by fact, word overlap, the datasheet and releases of a gold set."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from fakes import made_library
from hypothesis import given
from hypothesis import strategies as st

from config import ROOT, UserError
from eval.__main__ import main
from eval.goldset import gold, release
from eval.goldset.describe import BEGIN, END, describe
from eval.goldset.splits import assign, groups, leaks
from eval.records import Case, EvidenceQuote
from ingest.library import Library
from ingest.records import Document, Unit

WORDS = [f"word{number}" for number in range(12)]
TEXT = " ".join(f"{word} stands here." for word in WORDS)


def handbook() -> dict[str, Document]:
    """One document of twelve sentences."""
    starts = [TEXT.index(word) for word in WORDS]
    units = tuple(
        Unit(number, 0, "sentence", start, start + len(f"{word} stands here."), f"{word} stands here.")
        for number, (word, start) in enumerate(zip(WORDS, starts, strict=True))
    )
    return {"a.md": Document("d", "a.md", "A", "", TEXT, "", "md", "", (), (), units)}


def case(name: str, *quotes: str, split: str = "", kind: str = "fact", near: bool | None = None) -> Case:
    evidence = tuple(EvidenceQuote("a.md", quote) for quote in quotes)
    return Case(name, f"{name}?", kind, near is None, split=split, evidence=evidence, near_miss=near)


def test_two_quotes_of_one_sentence_are_one_fact() -> None:
    documents = handbook()
    cases = [
        case("q1", "word1 stands", split="dev"),
        case("q2", "here. word2", split="test"),  # ends the sentence that q1 begins
        case("q3", "word3", split="dev"),
        case("q4", "word4", split="test"),
    ]
    assert [(leak.first, leak.second) for leak in leaks(cases, documents)] == [("q1", "q2")]
    assert TEXT[leaks(cases, documents)[0].fact.start :].startswith("word1 stands here.")
    assert groups(cases, documents) == (("q1", "q2"), ("q3",), ("q4",))


def test_a_group_follows_its_split_and_goes_to_dev_when_it_was_in_both() -> None:
    cases = [
        case("old", "word1 stands", split="test"),
        case("new", "word1 stands here.", "word2 stands"),
        case("chained", "word2"),
        case("seen", "word5 stands", split="dev"),
        case("flattered", "word5 stands here", split="test"),
    ]
    assigned = assign(cases, handbook())
    assert assigned.splits == {"old": "test", "new": "test", "chained": "test", "seen": "dev", "flattered": "dev"}
    assert assigned.moved == ("flattered",)


def test_near_misses_and_types_are_halved() -> None:
    cases = [case(f"n{number}", kind="unanswerable", near=True) for number in range(8)]
    cases += [case(f"o{number}", kind="unanswerable", near=False) for number in range(6)]
    cases += [case(f"f{number}", WORDS[number], kind="table" if number % 3 else "list") for number in range(12)]
    splits = assign(cases, handbook()).splits
    halves = Counter((one.type, one.near_miss, splits[one.id]) for one in cases)
    for name in {key[:2] for key in halves}:
        assert halves[(*name, "dev")] == halves[(*name, "test")], name


@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from(WORDS[:8]), max_size=3), st.sampled_from(["", "", "dev", "test"])),
        max_size=20,
    ),
    st.integers(0, 3),
)
def test_no_fact_is_in_both_splits_whatever_came_before(drawn: list[tuple[list[str], str]], seed: int) -> None:
    cases = [case(f"q{number:02}", *quotes, split=split) for number, (quotes, split) in enumerate(drawn)]
    assigned = assign(cases, handbook(), seed=seed)
    rests_on: dict[str, set[str]] = {}
    for one in cases:
        for quote in one.evidence:
            rests_on.setdefault(quote.quote, set()).add(assigned.splits[one.id])
        if one.split == "dev":  # what was open to choices is never called a test question
            assert assigned.splits[one.id] == "dev"
    assert all(len(splits) == 1 for splits in rests_on.values())
    assert assign(list(reversed(cases)), handbook(), seed=seed).splits == assigned.splits


LINES = [
    {"id": "q1", "question": "Who signs?", "type": "fact", "answerable": True, "answer": "The lead.", "split": "dev"},
    {"id": "q2", "question": "What is signed?", "type": "fact", "answerable": True, "answer": "Budgets."},
    {"id": "q3", "question": "How long are holidays?", "type": "unanswerable", "answerable": False, "near_miss": False},
]
EVIDENCE = [{"source": "lead.md", "quote": "The lead signs budgets."}]


def gold_file(folder: Path) -> Path:
    path = folder / "gold.jsonl"
    lines = [{**LINES[0], "evidence": EVIDENCE}, {**LINES[1], "evidence": EVIDENCE, "split": "test"}, LINES[2]]
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n", "utf-8")
    return path


def library(folder: Path) -> Path:
    return made_library(folder, {"lead.md": "# Lead\n\nThe lead signs budgets. Others may not.\n"}).folder


def test_a_leak_is_a_fault_until_split_mends_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, folder = gold_file(tmp_path), library(tmp_path)
    untouched = path.read_text("utf-8").split("\n")[0]
    assert main(["validate", str(path), "--library", str(folder)]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{path}:1: 'q1' and 'q2' (line 2) rest on the same words of lead.md")
    before = path.read_bytes()
    assert main(["split", str(path), "--library", str(folder), "--dry-run"]) == 0
    assert path.read_bytes() == before
    assert main(["split", str(path), "--library", str(folder)]) == 0
    assert "q2: moved from test to dev" in capsys.readouterr().err
    assert {one.id: one.split for one in gold.read(path)} == {"q1": "dev", "q2": "dev", "q3": "test"}
    assert path.read_text("utf-8").split("\n")[0] == untouched
    assert main(["validate", str(path), "--library", str(folder)]) == 0


def test_split_refuses_evidence_that_it_cannot_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = gold_file(tmp_path)
    folder = made_library(tmp_path, {"lead.md": "# Lead\n\nNothing of that kind.\n"}).folder
    assert main(["split", str(path), "--library", str(folder)]) == 2
    assert f"{path}:2: evidence is not in lead.md" in capsys.readouterr().err


def test_the_datasheet_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, folder = gold_file(tmp_path), library(tmp_path)
    documents = {document.source: document for document in Library.open(folder).documents()}
    sheet = describe(gold.read(path), documents)
    assert sheet["splits"] == {"dev": 1, "none": 1, "test": 1}
    assert sheet["tables"]["document"] == {
        "lead.md": {"all": 2, "dev": 1, "test": 1},
        "no evidence": {"all": 1, "dev": 0, "test": 0},
    }
    assert sheet["tables"]["near miss"] == {"never mentioned": {"all": 1, "dev": 0, "test": 0}}
    # "signs" of one word in q1, "signed" of one word in q2
    assert sheet["overlap"] == {"questions": 2, "threshold": 1 / 3, "low": 0, "mean": 1.0}
    assert sheet["lengths"]["question words"] == {"lowest": 2, "median": 3, "highest": 4}
    assert sheet["groups"] == 2
    assert main(["describe", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["groups"] is None


def test_a_page_is_kept_current(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, page = gold_file(tmp_path), tmp_path / "page.md"
    page.write_text("no marks", "utf-8")
    assert main(["describe", str(path), "--into", str(page)]) == 2
    assert "Write these two lines" in capsys.readouterr().err
    page.write_text(f"before\n{BEGIN}\nold \\1\n{END}\nafter", "utf-8")
    check = ["describe", str(path), "--into", str(page), "--check"]
    assert main(check) == 1
    assert main(check[:-1]) == 0
    assert main(check) == 0
    assert page.read_text("utf-8").startswith(f"before\n{BEGIN}\n3 questions: ")
    assert page.read_text("utf-8").endswith(f"{END}\nafter")


def release_of(path: Path, version: str, note: str = "First.") -> int:
    return main(["release", str(path), "--version", version, "--note", note, "--date", "2027-01-02"])


def test_a_release_is_checked_named_and_noticed_when_it_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = gold_file(tmp_path)
    assert main(["validate", str(path), "--released"]) == 1
    assert release_of(path, "1.0.0") == 1
    assert f"{path}:3: has no split" in capsys.readouterr().out
    path.write_text(path.read_text("utf-8").replace('"near_miss"', '"split": "dev", "near_miss"'), "utf-8")
    assert release_of(path, "1.0") == 2
    assert release_of(path, "1.0.0") == 0
    table = tomllib.loads((tmp_path / "gold.toml").read_text("utf-8"))
    assert {**table, "sha256": "x"} == {
        "name": "gold",
        "version": "1.0.0",
        "released": "2027-01-02",
        "questions": 3,
        "sha256": "x",
        "licence": "Apache-2.0",
    }
    assert main(["validate", str(path), "--released"]) == 0
    path.write_text(path.read_text("utf-8").replace("Budgets.", "The budgets."), "utf-8")
    capsys.readouterr()
    assert main(["validate", str(path)]) == 0
    assert "changed since 1.0.0; release it" in capsys.readouterr().err
    assert main(["validate", str(path), "--released"]) == 1
    assert release_of(path, "1.0.0") == 2
    assert release_of(path, "1.0.1", "A label\nmended.") == 0
    assert (tmp_path / "CHANGELOG.md").read_text("utf-8") == (
        "# Changelog of the gold set\n\n"
        "## 1.0.1 (2027-01-02)\n\n- A label mended.\n- 3 questions (2 dev, 1 test; 3 in 1.0.0).\n\n"
        "## 1.0.0 (2027-01-02)\n\n- First.\n- 3 questions (2 dev, 1 test).\n"
    )


def test_a_damaged_release_file_is_the_users_to_mend(tmp_path: Path) -> None:
    path = gold_file(tmp_path)
    (tmp_path / "gold.toml").write_text("version = 1.0.0", "utf-8")
    with pytest.raises(UserError, match="is damaged"):
        release.about(path)


def test_the_bundled_gold_set_is_sound_and_described(bundled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, page = ROOT / "goldset" / "gold.jsonl", ROOT / "goldset" / "README.md"
    assert main(["validate", str(path), "--library", str(bundled)]) == 0, capsys.readouterr().out
    described = ["describe", str(path), "--library", str(bundled), "--into", str(page), "--check"]
    assert main(described) == 0, capsys.readouterr().err

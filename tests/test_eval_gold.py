"""Gold files: what is read, which faults are named and where, and how quotes are found."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from config import UserError
from eval.__main__ import main
from eval.evidence import locate, occurrences
from eval.goldset import gold
from eval.records import PERSONAS, SPLITS, STYLES, Case, EvidenceQuote, Place
from generation.records import Turn
from ingest.records import Document, Kind, Section

SCHEMA = Path(__file__).parents[1] / "goldset" / "schema.json"
MINIMAL = {"id": "q1", "question": "How long?", "type": "unanswerable", "answerable": False}


def write(folder: Path, *lines: object) -> Path:
    path = folder / "gold.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return path


def document(text: str, *sections: tuple[tuple[str, ...], int, int]) -> Document:
    built = tuple(
        Section(number, heading, Kind.OTHER, start, end, text[start:end])
        for number, (heading, start, end) in enumerate(sections)
    )
    return Document("d", "a.md", "A", "", text, "", "markdown", "", (), built, ())


def test_a_full_line_is_read_with_its_unknown_fields(tmp_path: Path) -> None:
    line = {
        "id": "q7",
        "question": "And in the second year?",
        "type": "followup",
        "persona": "manager",
        "history": [{"role": "user", "content": "What in the first?"}, {"role": "assistant", "content": "Plans."}],
        "answerable": True,
        "answer": "Budgets.",
        "key_facts": ["budget"],
        "forbidden": ["plan"],
        "evidence": [{"source": "a.md", "quote": "Budgets from year two.", "section": None}],
        "split": "dev",
        "style": ["terse", "typo"],
        "near_miss": False,
        "author": "someone",
    }
    (case,) = gold.read(write(tmp_path, line))
    assert case == Case(
        id="q7",
        question="And in the second year?",
        type="followup",
        answerable=True,
        persona="manager",
        history=(Turn("user", "What in the first?"), Turn("assistant", "Plans.")),
        answer="Budgets.",
        key_facts=("budget",),
        forbidden=("plan",),
        evidence=(EvidenceQuote("a.md", "Budgets from year two."),),
        split="dev",
        style=("terse", "typo"),
        near_miss=False,
        extra={"author": "someone"},
    )


def test_a_minimal_line_a_byte_order_mark_and_blank_lines_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(MINIMAL).encode() + b"\r\n\r\n")
    assert [case.id for case in gold.read(path)] == ["q1"]


def test_only_a_line_feed_ends_a_line(tmp_path: Path) -> None:
    path = write(tmp_path, json.dumps({**MINIMAL, "question": "one\u2028two"}, ensure_ascii=False))
    assert gold.read(path)[0].question == "one\u2028two"


FAULTY = {
    "{": "is not JSON",
    "[1]": "must be a JSON object, not list",
    json.dumps({"id": "x"}): "question is missing",
    json.dumps({**MINIMAL, "id": "b", "answerable": "yes"}): "answerable must be true or false, not 'yes'",
    json.dumps(
        {**MINIMAL, "id": "c", "persona": "boss"}
    ): "persona is 'boss'; use one of manager, candidate, evaluator",
    json.dumps({**MINIMAL, "id": "d", "split": "train"}): "split is 'train'; use one of dev, test",
    json.dumps({**MINIMAL, "id": "e", "key_facts": ["ok", "a("]}): "key_facts[1] is no regular expression: 'a('",
    json.dumps({**MINIMAL, "id": "f", "forbidden": "no list"}): "forbidden must be a list of regular expressions",
    json.dumps({**MINIMAL, "id": "g", "forbidden": [""]}): "forbidden[0] must be a string that is not empty",
    json.dumps({**MINIMAL, "id": "h", "evidence": [{"source": "a"}]}): "evidence[0].quote is missing",
    json.dumps(
        {**MINIMAL, "id": "i", "evidence": [{"source": "a", "quote": " "}]}
    ): "evidence[0].quote must be a string",
    json.dumps({**MINIMAL, "id": "j", "history": [{"role": "system", "content": "x"}]}): "history[0].role is 'system'",
    json.dumps({**MINIMAL, "id": "k", "history": {}}): "history must be a list",
    json.dumps({**MINIMAL, "id": "l", "evidence": ["words"]}): "evidence[0] must be an object, not 'words'",
    json.dumps({**MINIMAL, "id": " "}): "id must be a string that is not empty",
    json.dumps({**MINIMAL, "id": "m", "answer": 5}): "answer must be a string, not 5",
    json.dumps({**MINIMAL, "id": "n", "key_facts": ["[[a]"]}): "Possible nested set",
    json.dumps({**MINIMAL, "id": "o", "style": "terse"}): "style must be a list out of plain, terse, long, typo",
    json.dumps({**MINIMAL, "id": "p", "style": ["short"]}): "style[0] is 'short'; use one of plain, terse",
    json.dumps({**MINIMAL, "id": "r", "style": ["typo", "typo"]}): "style[1] repeats 'typo'",
    json.dumps({**MINIMAL, "id": "s", "near_miss": "no"}): "near_miss must be true or false, not 'no'",
}


def test_all_faults_are_named_at_once_with_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, MINIMAL, *FAULTY, MINIMAL)
    assert main(["validate", str(path)]) == 1
    printed = capsys.readouterr().out.splitlines()
    for number, message in enumerate(FAULTY.values(), start=2):
        assert any(line.startswith(f"{path}:{number}: ") and message in line for line in printed), message
    assert printed[-1] == f"{path}:{len(FAULTY) + 2}: id 'q1' was already given in line 1"
    with pytest.raises(UserError, match=r"has \d\d fault\(s\)") as raised:
        gold.read(path)
    assert all(message in str(raised.value) for message in FAULTY.values())


FIVE = {"type": "fact", "answerable": True, "answer": "five", "key_facts": ["FIVE"]}
QUOTE = {"source": "a.md", "quote": "Five, not six."}
CONTRADICTING = {
    "nothing can be scored": {"type": "fact", "answerable": True, "answer": "five"},
    "has no answer": {**FIVE, "answer": " "},
    "they are never looked at": {"key_facts": ["a"]},
    "history is empty": {"type": "followup"},
    "does not match key_facts[1]: 'six'": {**FIVE, "key_facts": ["FIVE", "six"]},
    "the answer itself matches forbidden[0]: 'five'": {**FIVE, "forbidden": ["five"]},
    "evidence[0] matches forbidden[1], so quoting": {**FIVE, "evidence": [QUOTE], "forbidden": ["ten", r"\bsix"]},
    "only an unanswerable question can miss nearly": {**FIVE, "near_miss": True},
    "type is unanswerable, but answerable is true": {**FIVE, "type": "unanswerable"},
    "not answerable, but has evidence": {"evidence": [QUOTE]},
    "was already asked as 'q1' in line 1": {"question": "How LONG"},
    "plain stands alone": {**FIVE, "style": ["typo", "plain"]},
    "is a draft: complete": {**FIVE, "answer": "", "draft": True},
}


@pytest.mark.parametrize("message", CONTRADICTING)
def test_a_label_that_contradicts_itself_is_a_fault_but_can_be_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], message: str
) -> None:
    other = {**MINIMAL, "id": "q2", "question": "How old?"}
    path = write(tmp_path, MINIMAL, {**other, **CONTRADICTING[message]})
    assert main(["validate", str(path)]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{path}:2: ")
    assert message in line
    assert len(gold.examine_strictly(path).cases) == 2


FINE = {
    "a false premise is refuted by evidence": {"type": "false_premise", "evidence": [QUOTE]},
    "the same words after another history": {
        "question": "How long?",
        "type": "followup",
        "history": [{"role": "user", "content": "The lead?"}],
    },
    "near_miss said of an answerable question, rightly": {**FIVE, "near_miss": False},
}


@pytest.mark.parametrize("name", FINE)
def test_what_only_looks_contradictory_passes(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, MINIMAL, {**MINIMAL, "id": "q2", "question": "How old?", **FINE[name]})
    assert main(["validate", str(path)]) == 0


def test_hints_are_said_but_are_no_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, MINIMAL, {**MINIMAL, **FIVE, "id": "q2", "question": "How old?", "type": "tabel"})
    assert main(["validate", str(path)]) == 0
    output = capsys.readouterr()
    assert output.out == ""
    assert f"hint: {path}:1: unanswerable without near_miss" in output.err
    assert f"hint: {path}:2: type 'tabel' is none of fact, table, " in output.err
    assert "did you mean 'table'?" in output.err


def test_a_draft_is_not_asked(tmp_path: Path) -> None:
    draft = {**MINIMAL, "id": "q2", "question": "How old?", "draft": True}
    assert [case.id for case in gold.read(write(tmp_path, MINIMAL, draft))] == ["q1"]
    with pytest.raises(UserError, match="are drafts"):
        gold.read(write(tmp_path, draft))


def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(write(tmp_path, MINIMAL))]) == 0
    assert capsys.readouterr().out == ""
    assert main(["validate", str(tmp_path / "absent.jsonl")]) == 2
    assert main(["validate", str(write(tmp_path, ""))]) == 2
    (tmp_path / "gold.jsonl").write_bytes(b"\xff\xfe")
    assert main(["validate", str(tmp_path / "gold.jsonl")]) == 2
    assert capsys.readouterr().err.count("rolebook: ") == 3


def test_a_split_is_chosen_and_an_empty_one_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path, {**MINIMAL, "split": "dev"}, {**MINIMAL, "id": "q2"})
    assert [case.id for case in gold.read(path, "dev")] == ["q1"]
    with pytest.raises(UserError, match="Run without --split"):
        gold.read(path, "test")


def test_the_schema_and_the_code_name_the_same_fields() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    properties = schema["properties"]
    assert set(properties) == set(gold.CHECKS) == {f.name for f in fields(Case)} - {"extra"}
    assert tuple(schema["required"]) == gold.REQUIRED
    assert tuple(properties["persona"]["enum"]) == (*PERSONAS, None)
    assert tuple(properties["split"]["enum"]) == (*SPLITS, None)
    assert tuple(properties["style"]["items"]["enum"]) == STYLES
    assert tuple(properties["type"]["examples"]) == gold.TYPES
    assert set(properties["evidence"]["items"]["properties"]) == {f.name for f in fields(EvidenceQuote)}
    assert set(properties["history"]["items"]["properties"]) == {f.name for f in fields(Turn)} - {"evidence"}


def case_with(*evidence: EvidenceQuote) -> Case:
    return Case("q", "?", "fact", answerable=True, evidence=evidence)


def test_every_occurrence_is_a_place_and_the_named_section_comes_first() -> None:
    text = "Own the\nplan. Later:  own the plan. Own  the plan."
    library = {"a.md": document(text, (("Duties",), 0, 14), (("Career", "Next Step"), 14, len(text)))}
    found = locate(case_with(EvidenceQuote("a.md", "Own the plan.", "next  step")), library)
    assert [(place.start, place.end) for place in found.pieces[0].places] == [(36, 50), (0, 13)]
    assert text[36:50] == "Own  the plan."
    unnamed = locate(case_with(EvidenceQuote("a.md", "Own the plan.", "no such heading")), library)
    assert unnamed.pieces[0].places[0] == Place("a.md", 0, 13)


def test_what_is_not_there_is_unlocated_not_lost() -> None:
    wrong_words, wrong_source = EvidenceQuote("a.md", "disown"), EvidenceQuote("b.md", "own")
    found = locate(case_with(wrong_words, wrong_source), {"a.md": document("We own it.")})
    assert found.pieces == ()
    assert found.unlocated == (wrong_words, wrong_source)


def test_a_quote_is_no_pattern() -> None:
    assert occurrences("C++ (any)", "uses C++\t(any) or C (any)") == ((5, 14),)
    assert occurrences("a.b", "axb") == ()

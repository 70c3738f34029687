"""``add``: a question with located evidence from a dialogue, and drafts from feedback."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from fakes import ROLES, made_library

from config import UserError
from eval.__main__ import main
from eval.goldset import adding, feedback, gold
from eval.records import Case, EvidenceQuote
from generation.records import Turn
from ingest.library import Library


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return made_library(tmp_path_factory.mktemp("roles"), ROLES)


@pytest.fixture
def finder(library: Library) -> adding.Finder:
    return adding.Finder({document.source: document for document in library.documents()})


class Person:
    """Types the given lines, then ends the input; remembers what was shown."""

    def __init__(self, *lines: str) -> None:
        self.lines = list(lines)
        self.shown: list[str] = []

    def ask(self, prompt: str) -> str:
        self.shown.append(prompt)
        if not self.lines:
            raise EOFError
        return self.lines.pop(0)

    def case(self, finder: adding.Finder, *cases: Case) -> Case:
        case = adding.Dialogue(finder, self.ask, self.shown.append).case(cases)
        assert self.lines == []
        return case


def test_the_best_units_are_offered_and_chosen_by_number(finder: adding.Finder) -> None:
    question = "How much may the Lead Data Engineer spend in a year, what budget?"
    (wanted,) = [
        number
        for number, found in enumerate(finder.best(question), 1)
        if found.document.source == "lead.md" and "budget is" in found.unit.text
    ]
    person = Person(
        *("", question, "", "fact", "boss", "candidate", "plain, wordy", "long typo", ""),
        *("99", "nowhere in it", "", f"{wanted}", str(wanted), ""),
        *("70,000 euros.", r"70[,.]?000", "6(", "80,000", "", "9,000", "70,000", "", ""),
    )
    known = Case("q041", "How much may she spend?", "fact", answerable=True)
    case = person.case(finder, known)
    assert case == Case(
        "q042",
        question,
        "fact",
        answerable=True,
        persona="candidate",
        style=("long", "typo"),
        answer="70,000 euros.",
        key_facts=(r"70[,.]?000",),
        forbidden=("9,000",),
        evidence=(EvidenceQuote("lead.md", "The budget is 70,000 euros per year.", "Decision Rights"),),
    )
    said = "\n".join(person.shown)
    for message in ("'boss' is none of them", "Use only these words", "the answer lacks it", "a right answer has it"):
        assert message in said
    assert said.count("No such number, and no document has these words") == 3


def test_a_quote_that_stands_in_several_documents_is_asked_about(finder: adding.Finder) -> None:
    person = Person(
        *("And the vendors?", "Who decides on budgets of the senior?", "The manager.", "", "", "", "", "y"),
        *("A  vendor needs the manager.", "senior.md", "", "The manager decides.", "manager", "", "", "y"),
    )
    case = person.case(finder)
    assert case.evidence == (EvidenceQuote("senior.md", "A vendor needs the manager.", "Decision Rights"),)
    assert case.history == (Turn("user", "Who decides on budgets of the senior?"), Turn("assistant", "The manager."))
    assert (case.id, case.type, case.persona, case.style) == ("q001", "followup", "manager", ("plain",))


def test_an_unanswerable_question_needs_no_evidence_and_no_question_comes_twice(finder: adding.Finder) -> None:
    known = Case("a1", "How many holidays?", "unanswerable", answerable=False)
    person = Person(
        *("how many HOLIDAYS", "", "How many sick days does the lead have?", "", "unanswerable", "evaluator", "terse"),
        *("", "y", r"\d+ days", "", ""),
    )
    case = person.case(finder, known)
    assert case == Case(
        "q001",
        "How many sick days does the lead have?",
        "unanswerable",
        answerable=False,
        persona="evaluator",
        style=("terse",),
        near_miss=True,
        forbidden=(r"\d+ days",),
    )
    assert "  a1 asks that already. Ask something else." in person.shown


def test_the_command_writes_a_case_that_validates(
    tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "new" / "gold.jsonl"
    command = ["add", str(path), "--library", str(library.folder)]
    typed = ["Does the lead need a degree?", "", "", "", "", "y", "A degree helps.", "lead.md", "", "It helps."]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join([*typed, "helps", "", "", "y", ""])))
    assert main(command) == 0
    (case,) = gold.read(path)
    assert (case.id, case.evidence[0].source, case.split) == ("q001", "lead.md", "")
    assert main(["validate", str(path), "--library", str(library.folder)]) == 0
    before = path.read_bytes()
    monkeypatch.setattr("sys.stdin", io.StringIO("Is it\n"))
    assert main(command) == 130
    assert path.read_bytes() == before
    assert "Nothing was written" in capsys.readouterr().err


FEEDBACK = [
    {
        "question": "What may the lead spend?",
        "answer": "500 euros.",
        "rating": "down",
        "comment": "that is the junior",
        "citations": [
            {"source": "junior.md", "quote": "The budget is 500  euros per year."},
            {"source": "gone.md", "quote": "The budget is 500 euros per year."},
        ],
        "created": "2027-01-02T03:04:05Z",
    },
    {"question": "WHAT may the lead spend", "answer": "", "rating": "down", "citations": []},
    {"question": "Who hires?", "answer": "People.", "rating": "up", "citations": []},
    {"question": "How long?", "rating": "down", "history": [{"role": "user", "content": "Hello"}]},
]


def test_disliked_answers_become_drafts_once(
    tmp_path: Path, library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    path, given = tmp_path / "gold.jsonl", tmp_path / "feedback.jsonl"
    given.write_text("\n".join(map(json.dumps, FEEDBACK)) + "\n", "utf-8")
    command = ["add", str(path), "--library", str(library.folder), "--from-feedback", str(given)]
    assert main(command) == 0
    output = capsys.readouterr()
    assert output.out == "q001\tWhat may the lead spend?\nq002\tHow long?\n"
    assert "1 question(s) were there already, 1 liked answer(s) were left out, 1 cited quote(s)" in output.err
    first, second = gold.examine_strictly(path).cases
    assert first.evidence == (EvidenceQuote("junior.md", "The budget is 500 euros per year.", "Decision Rights"),)
    assert first.answer == ""  # what was said is not what is right
    assert first.extra["feedback"] == {
        "answer": "500 euros.",
        "rating": "down",
        "comment": "that is the junior",
        "created": "2027-01-02T03:04:05Z",
    }
    assert second.type == "followup"
    assert main(["validate", str(path)]) == 1
    assert capsys.readouterr().out.count("is a draft: complete the labels") == 2
    before = path.read_bytes()
    assert main(command) == 0
    assert path.read_bytes() == before
    assert main([*command, "--all"]) == 0
    assert [case.question for case in gold.examine_strictly(path).cases][2:] == ["Who hires?"]
    assert path.read_bytes().startswith(before)


def test_of_several_ratings_of_one_question_the_last_with_a_comment_counts(finder: adding.Finder) -> None:
    def rated(rating: str, comment: str = "") -> dict[str, object]:
        return {"question": "Who hires?", "rating": rating, "comment": comment}

    made = feedback.drafts([rated("down"), rated("down", "the director does"), rated("down")], [], finder).cases
    assert [case.extra["feedback"]["comment"] for case in made] == ["the director does"]
    assert feedback.drafts([rated("down", "wrong"), rated("up")], [], finder).cases == ()
    assert len(feedback.drafts([rated("up"), rated("down")], [], finder).cases) == 1


def test_every_fault_of_a_feedback_file_is_named(tmp_path: Path, finder: adding.Finder) -> None:
    path = tmp_path / "feedback.jsonl"
    lines = [
        "{",
        "[]",
        json.dumps({"question": " ", "rating": "meh"}),
        json.dumps({"question": "a", "rating": "up", "citations": [{"source": "a"}]}),
        json.dumps({"question": "a", "rating": "up", "history": "b"}),
    ]
    path.write_text("\n".join(lines), "utf-8")
    with pytest.raises(UserError) as raised:
        feedback.read(path)
    for message in (
        ":1: is not JSON",
        ":2: must be a JSON object",
        ":3: question must be a string that is not empty",
        ":3: rating is 'meh'; use one of up, down",
        ":4: citations[0].quote is missing",
        ":5: history must be a list",
    ):
        assert message in str(raised.value)
    assert feedback.drafts((), (), finder) == feedback.Drafts((), 0, 0, 0)

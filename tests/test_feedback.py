"""The reader's rating: kept as a line that ``eval add --from-feedback`` reads; the page outlives a full disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from fakes import ROLES, FakeAssistant, assistant_over, made_library
from hypothesis import given
from hypothesis import strategies as st

from app import Answerer, Talk
from config import UserError
from eval.__main__ import main
from eval.goldset import feedback as reading
from eval.goldset import gold
from generation import feedback
from generation.page import Exchange, Progress, history
from generation.records import Answer, Citation, Evidence, Result, Verdict
from ingest.library import Library
from retrieval.records import Query, Search

NOW = datetime(2027, 1, 2, 4, 4, 5, 678, timezone(timedelta(hours=1)))
texts = st.text(st.characters(), max_size=30)  # line breaks and halves of surrogate pairs too
words = st.builds("a{}".format, texts)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return made_library(tmp_path_factory.mktemp("roles"), ROLES)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the page keeps ratings; neither the file nor its folder is there yet."""
    monkeypatch.setenv("ROLEBOOK_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "feedback.jsonl"


def asked(assistant: Answerer, *questions: str) -> tuple[Exchange, ...]:
    """A conversation as the page's buttons make it."""
    talk = Talk(assistant)
    exchanges: tuple[Exchange, ...] = ()
    for question in questions:
        waiting = talk.begin(question, exchanges)[0]
        *_, (exchanges, *_) = talk.reply(waiting)
    return exchanges


def answered(question: str = "How long?", answer: Answer | None = None, progress: Progress = Progress.DONE) -> Exchange:
    return Exchange(question, FakeAssistant().answer(question) if answer is None else answer, progress)


def answer_of(text: str, quotes: Sequence[tuple[str, str]] = ()) -> Answer:
    """An answer with a citation of every (source, quote)."""
    spans = [Evidence(source, "", "", (), 0, len(quote), quote) for source, quote in quotes]
    citations = tuple(Citation(n, 0, 1, span, 1.0, Verdict.SUPPORTED) for n, span in enumerate(spans, 1))
    return Answer("", Result.ANSWERED, text, (), citations, Search(Query(""), (), ()), "")


def test_a_disliked_answer_becomes_a_draft_with_its_evidence_found_in_the_library(
    library: Library, kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assistant = assistant_over(library)
    question = "What is the budget of the Lead Data Engineer?"
    exchanges = asked(assistant, "What are the KPIs of the Lead Data Engineer?", question)
    shown = Talk(assistant).rate({"rating": "down", "comment": "the yearly one is missing"}, exchanges)
    assert shown == {"offered": True, "said": feedback.THANKS}
    path = tmp_path / "gold.jsonl"
    command = ["add", str(path), "--library", str(library.folder), "--from-feedback", str(kept)]
    assert main(command) == 0
    assert "0 cited quote(s) are not in the library" in capsys.readouterr().err
    (case,) = gold.examine_strictly(path).cases
    answer = exchanges[-1].answer
    assert answer is not None
    cited = {(c.evidence.source, " ".join(c.evidence.quote.split())) for c in answer.citations}
    assert ("lead.md", "The budget is 70,000 euros per year.") in cited
    assert {(piece.source, piece.quote) for piece in case.evidence} == cited
    said = tuple(replace(turn, evidence=()) for turn in history(exchanges[:1]))  # a gold question keeps words only
    assert (case.question, case.type, case.history) == (question, "followup", said)
    assert case.extra["draft"] is True
    rated = case.extra["feedback"]
    assert (rated["answer"], rated["comment"]) == (answer.text, "the yearly one is missing")
    assert datetime.fromisoformat(rated["created"]).tzinfo == UTC


def test_rating_twice_appends_twice_and_makes_one_draft(library: Library, kept: Path, tmp_path: Path) -> None:
    assistant = assistant_over(library)
    exchanges = asked(assistant, "What is the budget of the Lead Data Engineer?")
    for rating in ("up", "down", "down"):
        Talk(assistant).rate({"rating": rating, "comment": ""}, exchanges)
    lines = reading.read(kept)
    assert [line["rating"] for line in lines] == ["up", "down", "down"]
    assert set(lines[0]) == {"question", "rating", "answer", "comment", "citations", "created", "history"}
    path = tmp_path / "gold.jsonl"
    assert main(["add", str(path), "--library", str(library.folder), "--from-feedback", str(kept)]) == 0
    (case,) = gold.examine_strictly(path).cases
    assert case.extra["feedback"]["rating"] == "down"


@given(
    question=words,
    text=texts,
    comment=texts,
    quotes=st.lists(st.tuples(words, words), max_size=3),
    earlier=st.lists(st.tuples(words, texts), max_size=2),
)
def test_whatever_was_said_the_file_can_be_read(
    tmp_path_factory: pytest.TempPathFactory,
    question: str,
    text: str,
    comment: str,
    quotes: list[tuple[str, str]],
    earlier: list[tuple[str, str]],
) -> None:
    path = tmp_path_factory.mktemp("said") / "feedback.jsonl"
    before = [answered(asked, answer_of(said), Progress.STOPPED) for asked, said in earlier]
    exchanges = (*before, answered(question, answer_of(text, quotes)))
    for _ in range(2):
        assert feedback.rate({"rating": "down", "comment": comment}, exchanges, path, NOW)["said"] == feedback.THANKS
    line, again = reading.read(path)
    assert line == again

    def plain(said: str) -> str:
        return said.encode("utf-8", "replace").decode("utf-8")

    assert (line["question"], line["answer"]) == (plain(question), plain(text))
    assert line["citations"] == [{"source": plain(s), "quote": plain(q)} for s, q in dict.fromkeys(quotes)]
    assert [turn["content"] for turn in line["history"] if turn["role"] == "user"] == [plain(a) for a, _ in earlier]
    assert line["created"] == "2027-01-02T03:04:05Z"


def test_a_quote_cited_twice_is_kept_once_and_a_comment_is_one_short_line() -> None:
    answer = answer_of("x", [("a.md", "b"), ("a.md", "b"), ("c.md", "b")])
    made = feedback.line_of("q", answer, [], "down", f" no\n\n{'x' * 999}", NOW)
    assert made["citations"] == [{"source": "a.md", "quote": "b"}, {"source": "c.md", "quote": "b"}]
    assert made["comment"] == ("no " + "x" * 999)[: feedback.MAX_COMMENT_CHARACTERS]


def test_an_answer_stopped_before_its_first_word_leaves_no_empty_message(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    feedback.rate({"rating": "up"}, (answered("First?", answer_of(""), Progress.STOPPED), answered()), path, NOW)
    (line,) = reading.read(path)
    assert line["history"] == [{"role": "user", "content": "First?"}]


@pytest.mark.parametrize("pressed", [None, [], "up", {}, {"rating": "meh"}, {"rating": ["up"]}, {"comment": "a"}])
def test_what_is_no_rating_is_passed_over(kept: Path, pressed: Any) -> None:
    assert Talk(FakeAssistant()).rate(pressed, (answered(),)) == {"offered": True}
    assert not kept.parent.exists()


@pytest.mark.parametrize("comment", [None, 5, {"a": 1}])
def test_a_comment_that_is_no_text_is_none(kept: Path, comment: Any) -> None:
    Talk(FakeAssistant()).rate({"rating": "down", "comment": comment}, (answered(),))
    assert reading.read(kept)[0]["comment"] == ""


@pytest.mark.parametrize(
    "exchanges",
    [
        (),
        (Exchange("q"),),
        *((answered(progress=progress),) for progress in Progress if progress is not Progress.DONE),
        (answered(), Exchange("q", None, Progress.FAILED, "broken")),
    ],
)
def test_only_a_whole_newest_answer_can_be_rated(kept: Path, exchanges: tuple[Exchange, ...]) -> None:
    assert Talk(FakeAssistant()).rate({"rating": "down"}, exchanges) == {"offered": False}
    assert not kept.parent.exists()


def test_what_the_page_offers_follows_the_conversation() -> None:
    talk = Talk(FakeAssistant())
    begun = talk.begin("unknown", ())
    steps = list(talk.reply(begun[0]))
    assert [step[4]["offered"] for step in (begun, *steps)] == [False, False, True]  # a refusal can be wrong as well
    assert talk.stop(begun[0])[4] == {"offered": False}
    assert talk.restart()[4] == {"offered": False}


def test_a_file_that_cannot_be_written_is_said_and_the_next_try_counts(kept: Path) -> None:
    kept.parent.write_text("a file where the folder should be")
    talk = Talk(FakeAssistant())
    shown = talk.rate({"rating": "down", "comment": "no"}, (answered(),))
    assert (shown["offered"], shown["failed"]) == (True, True)
    assert str(kept) in shown["said"]
    kept.parent.unlink()
    assert talk.rate({"rating": "down", "comment": "no"}, (answered(),)) == {"offered": True, "said": feedback.THANKS}
    assert len(reading.read(kept)) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_is_an_error_of_the_user() -> None:
    with pytest.raises(UserError, match="No space left"):
        feedback.append(Path("/dev/full"), {"question": "q"})


def test_a_line_starts_on_its_own_line(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    path.write_text('{"question": "a", "rating": "up"}', "utf-8")  # as an editor may leave it
    feedback.append(path, {"question": "b", "rating": "up"})
    feedback.append(path, {"question": "ä", "rating": "up"})
    assert [json.loads(line)["question"] for line in path.read_text("utf-8").splitlines()] == ["a", "b", "ä"]

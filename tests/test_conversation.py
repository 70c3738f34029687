"""A saved conversation: what comes back, what a changed document takes away, what a forged file cannot bring in."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeAssistant, assistant_over, made_library, role_text
from hypothesis import given, settings
from hypothesis import strategies as st

from config import UserError
from generation.conversation import KEY_NAME, MOST_EXCHANGES, UNSEALED, key_of, opened, restored, saved
from generation.page import Exchange, Progress, history, render_exchange
from generation.records import NOT_FOUND, Claim, Turn, Verdict

KEY, OTHER = b"k" * 32, b"o" * 32
FAKE = FakeAssistant()
LIE = "The Data Steward approves everything."


def talk() -> tuple[Exchange, ...]:
    """Two answers, one refusal and one failure."""
    answers = [Exchange(q, FAKE.answer(q), Progress.DONE) for q in ("a long question", "unknown", "short")]
    return (*answers, Exchange("broken", None, Progress.FAILED, "Something went wrong."))


def as_file(exchanges: tuple[Exchange, ...] = talk(), key: bytes = KEY) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(saved(exchanges, key)))
    return made


def test_what_was_saved_here_comes_back_as_it_was_shown() -> None:
    back = restored(as_file(), FAKE.documents, KEY)
    assert [shown(exchange, n) for n, exchange in enumerate(back)] == [shown(e, n) for n, e in enumerate(talk())]
    assert [places(turn) for turn in history(back)] == [places(turn) for turn in history(talk())]


def shown(exchange: Exchange, number: int) -> str:
    """The page's HTML without the text around a quote: the fake assistant shows less of it than the pipeline."""
    return re.sub(r"<blockquote>[^<]*<mark>(.*?)</mark>[^<]*", r"<mark>\1</mark>", render_exchange(exchange, number))


def places(turn: Turn) -> tuple[str, str, list[tuple[str, int, int, str]]]:
    said = turn.content if turn.role == "user" else ""  # the fake assistant sets its text in its own way
    return turn.role, said, [(e.source, e.start, e.end, e.quote) for e in turn.evidence]


def test_an_answer_of_the_real_pipeline_comes_back_with_its_evidence(tmp_path: Path) -> None:
    library = made_library(tmp_path, {"cook.md": role_text("Head Chef", years="5", budget="900 euros")})
    assistant = assistant_over(library)
    exchange = Exchange("KPIs?", assistant.answer("What are the KPIs of the Head Chef?"), Progress.DONE)
    (back,) = restored(as_file((exchange,)), assistant.documents, KEY)
    assert back.answer is not None
    assert exchange.answer is not None
    assert back.answer.claims == exchange.answer.claims != ()
    assert back.answer.citations == exchange.answer.citations


def test_unfinished_exchanges_and_old_ones_are_not_kept() -> None:
    assert saved((Exchange("now"), Exchange("half", None, Progress.GROWING)), KEY)["exchanges"] == []
    many = tuple(Exchange(str(n), None, Progress.STOPPED) for n in range(MOST_EXCHANGES + 3))
    assert saved(many, KEY)["exchanges"][0]["question"] == "3"


# Where somebody may write a lie into a saved conversation.
PLACES: dict[str, tuple[Any, ...]] = {
    "sentence": (0, "answer", "claims", 0, "text"),
    "quote": (0, "answer", "claims", 0, "evidence", 0, "quote"),
    "notice": (0, "answer", "notices", 0),
    "group": (0, "answer", "claims", 0, "group"),
    "header": (0, "answer", "claims", 2, "header"),
    "standalone": (0, "answer", "standalone"),
    "writer": (0, "answer", "writer"),
    "text": (1, "answer", "text"),
    "nearest": (1, "answer", "nearest", 0, "quote"),
    "failure": (3, "failure"),
}


def forged(place: tuple[Any, ...]) -> dict[str, Any]:
    """A saved conversation that somebody changed in one place."""
    file = as_file()
    inside: Any = file["exchanges"]
    for step in place[:-1]:
        inside = inside[step]
    inside[place[-1]] = [LIE] * 3 if place[-1] == "header" else LIE
    return file


@pytest.mark.parametrize("place", list(PLACES))
@pytest.mark.parametrize("key", [KEY, OTHER])
def test_no_part_of_a_forged_file_is_shown(place: str, key: bytes) -> None:
    """With the seal of another text, and in a file sealed by another machine."""
    file = forged(PLACES[place])
    if key is OTHER:
        file["seal"] = saved((), OTHER)["seal"]
    back = restored(file, FAKE.documents, KEY)
    page = "".join(render_exchange(exchange, number) for number, exchange in enumerate(back))
    assert LIE not in page
    assert UNSEALED.split(":")[0] in page
    assert all(LIE not in turn.content for turn in history(back))
    assert LIE not in {evidence.quote for turn in history(back) for evidence in turn.evidence}


def test_a_forged_refusal_says_nothing() -> None:
    file = as_file()
    file["exchanges"][1]["answer"] |= {"result": "refused", "text": LIE}
    (_, back, *_) = restored(file, FAKE.documents, KEY)
    assert back.answer is not None
    assert back.answer.text == ""


def test_a_file_of_another_machine_shows_the_quotes_and_not_the_sentences() -> None:
    answer = FAKE.answer("short")
    said = Claim("So the steward may approve small changes.", answer.claims[0].evidence, 0.9, Verdict.SUPPORTED)
    exchange = Exchange("short", replace(answer, claims=(said,)), Progress.DONE)
    (back,) = restored(as_file((exchange,), OTHER), FAKE.documents, KEY)
    assert back.answer is not None
    assert [claim.text for claim in back.answer.claims] == [answer.claims[0].evidence[0].quote]
    (own,) = restored(as_file((exchange,), KEY), FAKE.documents, KEY)
    assert own.answer is not None
    assert [claim.text for claim in own.answer.claims] == [said.text]


def test_a_statement_whose_quote_is_gone_is_left_out_and_that_is_said() -> None:
    document = FAKE.documents[0]
    moved = replace(document, text="A new first line.\n\n" + document.text, sections=())
    (back, *_) = restored(as_file(), (moved,), KEY)
    assert back.answer is not None
    assert len(back.answer.claims) == 4
    assert all(moved.text[e.start : e.end] == e.quote for claim in back.answer.claims for e in claim.evidence)
    cut = replace(document, text=document.text.replace("30 days", "90 days"), sections=())
    (back, *_) = restored(as_file(), (cut,), KEY)
    assert back.answer is not None
    assert len(back.answer.claims) == 3
    assert any(notice.startswith("1 of 4 statements are left out") for notice in back.answer.notices)
    (_, unknown, *_) = restored(as_file(), (), KEY)
    assert unknown.answer is not None
    assert (unknown.answer.text, unknown.answer.search.passages) == (NOT_FOUND, ())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["format", "exchanges", "seal", "question", "progress", "answer", "claims"]), inner, max_size=4
    ),
    max_leaves=8,
)  # fmt: skip


@settings(deadline=None)
@given(JSON | JSON.map(lambda value: {"format": 1, "exchanges": [value], "seal": "é"}))
def test_any_json_is_a_conversation_or_an_error_of_the_user(value: Any) -> None:
    try:
        opened(json.dumps(value), FAKE.documents, KEY)
    except UserError as error:
        assert "no conversation that Rolebook saved" in str(error)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "null", '{"format": 2, "exchanges": []}', "NaN"])
def test_a_file_that_is_no_conversation_is_named(text: str) -> None:
    with pytest.raises(UserError, match="Save conversation"):
        opened(text, FAKE.documents, KEY)


def test_the_key_is_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    first = key_of(tmp_path / "data")
    assert len(first) == 32
    assert key_of(tmp_path / "data") == first
    assert (tmp_path / "data" / KEY_NAME).stat().st_mode & 0o077 == 0
    (tmp_path / "file").write_text("")
    assert len(key_of(tmp_path / "file")) == 32

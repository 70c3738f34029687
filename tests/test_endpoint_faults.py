"""Servers that fail in every way: the reader gets extracts and a word why, in time, and nothing stays behind."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Generator, Iterator

import pytest
from endpoint_asking import DEAD, QUESTION, check_safe_mode, endpoint, good, open_prose
from endpoint_server import EndpointServer, chunk, event
from fakes import ROLES, made_library
from hypothesis import given, settings
from hypothesis import strategies as st

from config import ROOT
from generation.endpoint import EndpointChat
from generation.records import ModelFailure, Tokens, Turn, read_reply
from ingest.library import Library


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return made_library(tmp_path_factory.mktemp("endpoint"), ROLES)


@pytest.fixture(scope="module")
def everything() -> Iterator[EndpointServer]:
    with EndpointServer(fault="raw") as server:
        yield server


FAULTS = {
    "400": "rejected the request (400: This model reads 512 tokens, you sent 900)",
    "401": "refused the key (401). Name the key's chat.api_key_variable",
    "404": "knows no 'local-model', or not at this address (404: no such model)",
    "429": "is asked more often than it allows (429). Ask again later",
    "429 and a long wait": "is asked more often than it allows (429) and asks to wait 3600 s",
    "500": "failed (500). Look into its log",
    "503 in HTML": "failed (503)",
    "html": "sent no stream but text/html. Correct chat.base_url",
    "json": "sent no stream but application/json",
    "silence": "was silent for 0.5 s before the first word",
    "stall": "was silent for 0.5 s after ",
    "drip": "was silent for 0.5 s before the first word",
    "cut": "broke the connection",
    "truncated": "broke off before its reply was complete",
    "html in the stream": "broke off before its reply was complete",
    "endless": "does not stop after 50 tokens",
    "one endless line": "sent what is no OpenAI-compatible reply",
    "filtered": "stopped the reply (content_filter)",
    "no choices": "sent an empty reply",
    "malformed": "sent what is no OpenAI-compatible reply (JSONDecodeError)",
    "a text as chunk": "sent what is no OpenAI-compatible reply",
    "null choices": "sent what is no OpenAI-compatible reply",
    "not UTF-8": "sent what is no OpenAI-compatible reply",
    "error event": "reported an error: CUDA out of memory",
    "error text": "reported an error: queue is full",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_server_ends_in_safe_mode(library: Library, fault: str) -> None:
    with EndpointServer(good, fault) as server:
        silence_s = 0.5 if FAULTS[fault].startswith("was silent") else 5.0
        answer = open_prose(library, server.url, silence_s=silence_s).answer(QUESTION)
    check_safe_mode(answer, f"the server {server.url} {FAULTS[fault]}")
    assert len(server.bodies) == (3 if fault in ("429", "500", "503 in HTML") else 1)  # only these are worth a retry
    assert "sesame" not in answer.notices[0]


@pytest.mark.parametrize("fault", ["silence", "stall", "drip", "429 and a short wait"])
def test_no_server_holds_a_question_longer_than_its_deadline(library: Library, fault: str) -> None:
    with EndpointServer(good, fault) as server:
        answer = open_prose(library, server.url, timeout_s=0.4).answer(QUESTION)
        assert fault.startswith("429") or server.wait_until_left(1)  # the connection does not stay behind
    check_safe_mode(answer, "took longer than 0.4 s" if fault[0] != "4" else "asks to wait 1 s")
    assert server.url in answer.notices[0]
    assert answer.seconds.total < 5


def test_a_server_that_fails_until_the_deadline_is_named_with_its_failure(library: Library) -> None:
    with EndpointServer(good, "500") as server:
        answer = open_prose(library, server.url, timeout_s=0.3).answer(QUESTION)
    check_safe_mode(answer, f"the server {server.url} took longer than 0.3 s and was stopped while it failed (500)")


@pytest.mark.parametrize("fault", ["500", "429", "429 and a short wait"])
def test_a_server_that_recovers_is_asked_again(library: Library, fault: str) -> None:
    with EndpointServer(good, fault, times=1) as server:
        answer = open_prose(library, server.url).answer(QUESTION)
    assert (answer.writer, len(server.bodies)) == ("prose", 2)


@pytest.mark.parametrize("fault", ["wrong type", "hangs after the end", "cut after the end"])
def test_a_complete_reply_counts_whatever_stands_around_it(library: Library, fault: str) -> None:
    with EndpointServer(good, fault, usage=(900, 20)) as server:
        answer = open_prose(library, server.url).answer(QUESTION)
    assert (answer.writer, answer.tokens) == ("prose", Tokens(900, 20))


def test_a_complete_reply_is_not_kept_waiting_for_a_count(library: Library) -> None:
    with EndpointServer(good, "hangs after the end") as server:
        answer = open_prose(library, server.url).answer(QUESTION)
    assert (answer.writer, answer.tokens) == ("prose", None)


def test_neither_threads_nor_connections_pile_up(library: Library) -> None:
    with EndpointServer(good, "stall") as server:
        assistant = open_prose(library, server.url, timeout_s=0.2)
        before = set(threading.enumerate())
        for _ in range(6):
            assistant.answer(QUESTION)
        assert server.wait_until_left(6)
        ours = [t for t in threading.enumerate() if t not in before and "process_request" not in t.name]
        for thread in ours:
            thread.join(10)
        assert not any(thread.is_alive() for thread in ours)


def test_a_stopped_question_closes_its_stream(library: Library) -> None:
    with EndpointServer(good, "stall") as server:
        asking = open_prose(library, server.url).ask(QUESTION)
        next(asking)  # what was searched
        next(asking)  # still waiting
        assert isinstance(asking, Generator)
        asking.close()
        assert server.wait_until_left(1)


def test_a_stream_that_is_not_read_to_its_end_is_closed() -> None:
    with EndpointServer(lambda _: "One two three.", "stall") as server:
        pieces = EndpointChat(endpoint(server.url)).stream([Turn("user", "?")], max_tokens=9)
        assert next(pieces) == "One two"
        pieces.close()
        assert server.wait_until_left(1)


def test_a_server_that_is_not_there_ends_in_safe_mode(library: Library) -> None:
    answer = open_prose(library, DEAD).answer(QUESTION)
    check_safe_mode(answer, f"the server {DEAD} refused the connection. Start it, or correct chat.base_url")


def test_a_name_that_does_not_resolve() -> None:
    program = (
        "from config import ModelConfig, Source\n"
        "from generation.endpoint import EndpointChat\n"
        "from generation.records import Turn\n"
        "config = ModelConfig(source=Source.ENDPOINT, model='m', base_url='http://me:secret@nowhere.invalid/v1')\n"
        "try:\n    list(EndpointChat(config).stream([Turn('user', '?')], max_tokens=9))\n"
        "except Exception as error:\n    print(type(error).__name__, error)\n"
    )
    done = subprocess.run(  # in a process of its own: tests may look up no names
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.startswith("ModelFailure the server http://nowhere.invalid/v1 has a name that does not resolve.")


LINES = st.one_of(
    st.binary(max_size=30),
    st.sampled_from(
        [
            *(event({"content": "Yes."}), event({}, "stop"), event({"role": "assistant"}, "length")),
            *(chunk({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": None}}), b"data: [DONE]\n\n"),
            *(chunk({"choices": value}) for value in (None, [None], [[]], [{}], {"a": 1}, "text", [{"delta": None}])),
            *(chunk({"choices": [{"delta": value}]}) for value in ([], 3, {"content": 3}, {"content": ["Yes."]})),
            *(chunk({"usage": value, "choices": []}) for value in (3, [], {}, {"prompt_tokens": "many"})),
            *(b"data: " + value + b"\n\n" for value in (b"", b"null", b"[]", b"3", b'"x"', b"{}", b'{"error": 1}')),
            *(b"event: error\ndata: 1\n\n", b"event: thread.x\ndata: {}\n\n", b": still there\n\n", b"retry: x\n\n"),
        ]
    ),
)


@settings(max_examples=80)
@given(st.lists(LINES, max_size=5).map(b"".join))
def test_whatever_a_server_sends_is_a_reply_or_a_failure_in_words(everything: EndpointServer, raw: bytes) -> None:
    everything.raw = raw
    try:
        words, tokens = read_reply(EndpointChat(endpoint(everything.url)).stream([Turn("user", "?")], max_tokens=50))
    except ModelFailure as failure:
        assert everything.url in str(failure)
    else:
        assert "Yes." in words
        assert tokens is None

"""Chat and embeddings over HTTP: a real server on this machine, well-behaved and not."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from endpoint_server import EndpointServer
from fakes import ROLES, made_library

from config import ROOT, Config, GenerationConfig, ModelConfig, Source, UserError
from generation.assistant import Assistant
from generation.endpoint import EndpointChat
from generation.records import Answer, Result, Tokens, Turn, Verdict
from generation.runfile import outcome
from ingest.library import Library
from retrieval.models import open_embedder
from retrieval.servers import open_client

QUESTION = "What is the budget of the Lead Data Engineer?"
DEAD = "http://127.0.0.1:9/v1"  # the discard port: nobody listens
Messages = list[dict[str, str]]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return made_library(tmp_path_factory.mktemp("endpoint"), ROLES)


def endpoint(url: str, timeout_s: float = 5.0) -> ModelConfig:
    return ModelConfig(source=Source.ENDPOINT, base_url=url, model="local-model", timeout_s=timeout_s, max_tokens=50)


def open_prose(
    library: Library, url: str, *, timeout_s: float = 20.0, silence_s: float = 5.0, **chat: Any
) -> Assistant:
    """``timeout_s`` of the question, ``silence_s`` of the server; ``chat`` are other settings of the model."""
    generation = GenerationConfig(writer="prose", answerable_threshold=0.0, timeout_s=timeout_s)
    model = replace(endpoint(url, silence_s), **chat)
    config = Config(reranker=ModelConfig(source=Source.OFF), chat=model, generation=generation)
    return Assistant.open(library.folder, config)


def passage_with(words: str, messages: Messages) -> int:
    """The number that the prompt gives to the passage with these words."""
    passages = re.split(r"\n\n(?=\[\d+\] )", messages[-1]["content"])
    return next(int(found[1]) for p in passages if words in p and (found := re.match(r"\[(\d+)\] ", p)))


def good(messages: Messages) -> str:
    number = passage_with("70,000 euros per year", messages)
    return f"The budget is 70,000 euros per year [{number}]. The moon is made of green cheese [{number}]."


def test_supported_sentences_are_kept_and_others_withheld(library: Library) -> None:
    with EndpointServer(good) as server:
        answer = open_prose(library, server.url).answer(QUESTION)
    assert (answer.result, answer.writer) == (Result.ANSWERED, "prose")
    assert answer.text == "The budget is 70,000 euros per year. [1]"
    assert answer.notices == ("1 sentence(s) were withheld: the cited passages do not support them.",)
    (citation,) = answer.citations
    assert citation.verdict is Verdict.SUPPORTED
    assert answer.text[citation.start : citation.end] == "The budget is 70,000 euros per year."
    text = {document.source: document.text for document in library.documents()}["lead.md"]
    evidence = citation.evidence
    assert text[evidence.start : evidence.end] == evidence.quote
    assert "70,000 euros" in evidence.quote


def test_what_the_server_is_asked(library: Library) -> None:
    with EndpointServer(good) as server:
        open_prose(library, server.url).answer(QUESTION)
    (body,) = server.bodies
    assert (body["model"], body["max_tokens"], body["temperature"], body["stream"]) == ("local-model", 50, 0.0, True)
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["messages"][1]["content"].endswith(f"Question: {QUESTION}")
    assert "[1] " in body["messages"][1]["content"]


@pytest.mark.parametrize(
    "reply", ["NOT IN THE DOCUMENTS", "Not in the documents.", "<think>Hm.</think>Not in the documents."]
)
def test_a_model_may_say_that_it_is_not_there(library: Library, reply: str) -> None:
    with EndpointServer(lambda _: reply) as server:
        answer = open_prose(library, server.url).answer(QUESTION)
    assert (answer.result, answer.text, answer.citations) == (Result.NOT_FOUND, "Not in the documents.", ())


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (lambda _: "The budget is 70,000 euros per year.", "no citation"),
        (lambda _: "The budget is 70,000 euros per year [99].", "a passage that was not shown"),
        (lambda _: "The budget is 70,000 euros per year [0].", "there is no passage 0"),
        (lambda m: f"The budget is 80,000 euros [{passage_with('70,000 euros per', m)}].", "a wrong number"),
        (lambda m: f"The budget is not 70,000 euros [{passage_with('70,000 euros per', m)}].", "a negation"),
    ],
)
def test_a_reply_without_support_ends_in_safe_mode(
    library: Library, reply: Callable[[Messages], str], why: str
) -> None:
    with EndpointServer(reply) as server:
        answer = open_prose(library, server.url).answer(QUESTION)
    assert (answer.result, answer.writer) == (Result.ANSWERED, "extractive"), why
    assert "wrote nothing that the documents support" in answer.notices[0]
    assert "70,000 euros" in answer.text


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
        retried = fault in ("429", "500", "503 in HTML")  # only these are worth it
        answer = open_prose(library, server.url, silence_s=5.0 if retried else 0.5).answer(QUESTION)
    check_safe_mode(answer, f"the server {server.url} {FAULTS[fault]}")
    assert len(server.bodies) == (3 if retried else 1)
    assert "sesame" not in answer.notices[0]


def check_safe_mode(answer: Answer, why: str) -> None:
    assert (answer.result, answer.writer, answer.error) == (Result.ANSWERED, "extractive", None)
    assert answer.notices[0].startswith("Safe mode: the ")
    assert answer.notices[0].endswith(". This answer is made of extracts chosen without a language model.")
    assert why in answer.notices[0]
    assert "70,000 euros" in answer.text


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


@pytest.mark.parametrize(
    "refused", [("stream_options",), ("temperature", "max_tokens"), ("temperature", "max_tokens", "stream_options")]
)
def test_parameters_that_a_server_does_not_take_are_left_out(refused: tuple[str, ...]) -> None:
    with EndpointServer(lambda _: "Yes.", refused=refused) as server:
        chat = EndpointChat(endpoint(server.url))
        for _ in range(2):
            assert "".join(chat.stream([Turn("user", "?")], max_tokens=9)) == "Yes."
    assert len(server.bodies) == len(refused) + 2  # it is remembered
    assert not set(refused) & set(server.bodies[-1])
    assert server.bodies[-1].get("max_completion_tokens", server.bodies[-1].get("max_tokens")) == 9


def test_tokens_and_their_cost_reach_the_run_file(library: Library) -> None:
    with EndpointServer(good, usage=(1_000, 50)) as server:
        priced = open_prose(library, server.url, prompt_price=2.0, completion_price=8.0).answer(QUESTION)
        free = open_prose(library, server.url).answer(QUESTION)
    assert (priced.tokens, priced.cost_usd) == (Tokens(1_000, 50), 0.0024)
    assert (free.tokens, free.cost_usd) == (Tokens(1_000, 50), None)
    assert outcome("q", priced)["answer"]["cost_usd"] == 0.0024


def test_a_reply_that_cannot_be_shown_was_paid_all_the_same(library: Library) -> None:
    with EndpointServer(lambda _: "The budget is 80,000 euros [1].", usage=(1_000, 50)) as server:
        answer = open_prose(library, server.url, prompt_price=1.0).answer(QUESTION)
    check_safe_mode(answer, "wrote nothing that the documents support")
    assert (answer.tokens, answer.cost_usd) == (Tokens(1_000, 50), 0.001)


@pytest.mark.parametrize("reply", ["", "  \n", "<think>The budget is 70,000 euros per year [1]."])
def test_a_reply_without_words_is_no_statement_about_the_documents(library: Library, reply: str) -> None:
    with EndpointServer(lambda _: reply) as server:
        answer = open_prose(library, server.url).answer(QUESTION)
    check_safe_mode(answer, "chat.max_tokens")


def test_the_stream_arrives_in_pieces() -> None:
    with EndpointServer(lambda m: f"You said {m[-1]['content']}.") as server:
        chat = EndpointChat(endpoint(server.url))
        pieces = list(chat.stream([Turn("user", "grüß Gott")], max_tokens=9))
    assert "".join(pieces) == "You said grüß Gott."
    assert len(pieces) > 1
    assert chat.id == "endpoint:local-model"
    assert server.bodies[0]["max_tokens"] == 9


def test_embeddings_become_unit_vectors() -> None:
    with EndpointServer() as server:
        embedder = open_embedder(endpoint(server.url))
        vectors = embedder.embed(["a", "four", *["text"] * 60])
        assert embedder.embed([]).shape == (0, 3)
    assert embedder.dimension == 3
    assert vectors.shape == (62, 3)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, rtol=1e-6)
    np.testing.assert_allclose(vectors[0], np.array([3, 5, 0]) / 34**0.5, rtol=1e-6)
    assert [len(body["input"]) for body in server.bodies] == [1, 32, 30]


@pytest.mark.parametrize(
    "fault", ["400", "401", "404", "429 and a long wait", "500", "dead", "too few", "holes", "no list"]
)
def test_an_embedder_that_does_not_answer_is_the_users_to_mend(fault: str) -> None:
    with EndpointServer(fault="" if fault == "dead" else fault) as server:
        url = DEAD if fault == "dead" else server.url
        with pytest.raises(UserError, match=r"Texts cannot be embedded with 'local-model': the server ") as caught:
            open_embedder(endpoint(url))
    assert url in str(caught.value)
    assert fault in ("429 and a long wait", "500") or "embedder." in str(caught.value)


def test_vectors_are_taken_by_their_numbers_and_must_keep_their_size() -> None:
    with EndpointServer(fault="shuffled") as server:
        vectors = open_embedder(endpoint(server.url)).embed(["a", "four"])
    np.testing.assert_allclose(vectors[0], np.array([3, 5, 0]) / 34**0.5, rtol=1e-6)
    with EndpointServer(fault="another size") as server:
        embedder = open_embedder(endpoint(server.url))
        with pytest.raises(UserError, match="vectors of 2 numbers after vectors of 3"):
            embedder.embed(["a"])


@pytest.mark.parametrize("url", ["", "127.0.0.1:8000/v1", "ftp://a.example", "http://", "http://a.example:port/v1"])
def test_an_endpoint_needs_an_address(url: str) -> None:
    for opened in (open_embedder, EndpointChat):
        with pytest.raises(UserError, match="base_url"):
            opened(ModelConfig(source=Source.ENDPOINT, model="m", base_url=url))


def test_the_key_comes_from_the_named_variable_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_KEY", "sesame")
    config = ModelConfig(source=Source.ENDPOINT, model="m", base_url=DEAD, api_key_variable="OUR_KEY")
    assert "sesame" not in repr(Config(chat=config).as_dict())
    assert open_client(config).api_key == "sesame"

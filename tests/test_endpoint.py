"""Chat and embeddings over HTTP: a real server on this machine, well-behaved and not."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from fakes import ROLES, EndpointServer, made_library

from config import Config, GenerationConfig, ModelConfig, Source, UserError
from generation.assistant import Assistant
from generation.endpoint import EndpointChat
from generation.records import Result, Turn, Verdict
from ingest.library import Library
from retrieval.models import open_client, open_embedder

QUESTION = "What is the budget of the Lead Data Engineer?"
DEAD = "http://127.0.0.1:9/v1"  # the discard port: nobody listens
Messages = list[dict[str, str]]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return made_library(tmp_path_factory.mktemp("endpoint"), ROLES)


def endpoint(url: str) -> ModelConfig:
    return ModelConfig(source=Source.ENDPOINT, base_url=url, model="local-model", timeout_s=5.0, max_tokens=50)


def open_prose(library: Library, url: str) -> Assistant:
    generation = GenerationConfig(writer="prose", answerable_threshold=0.0)
    config = Config(reranker=ModelConfig(source=Source.OFF), chat=endpoint(url), generation=generation)
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


@pytest.mark.parametrize("reply", ["NOT IN THE DOCUMENTS", "Not in the documents.", "", "  \n"])
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


@pytest.mark.parametrize("fault", ["500", "cut", "truncated", "malformed"])
def test_a_failing_server_ends_in_safe_mode(library: Library, fault: str) -> None:
    with EndpointServer(good, fault) as server:
        answer = open_prose(library, server.url).answer(QUESTION)
    assert (answer.result, answer.writer, answer.error) == (Result.ANSWERED, "extractive", None)
    assert answer.notices[0].startswith("Safe mode: the language model failed")
    assert "70,000 euros" in answer.text


def test_a_server_that_is_not_there_ends_in_safe_mode(library: Library) -> None:
    answer = open_prose(library, DEAD).answer(QUESTION)
    assert (answer.result, answer.writer) == (Result.ANSWERED, "extractive")
    assert "APIConnectionError" in answer.notices[0]


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


@pytest.mark.parametrize("fault", ["500", "dead"])
def test_an_embedder_that_does_not_answer_is_the_users_to_mend(fault: str) -> None:
    with EndpointServer(fault=fault) as server:
        url = DEAD if fault == "dead" else server.url
        with pytest.raises(UserError, match=r"embedder\.base_url") as caught:
            open_embedder(endpoint(url))
    assert url in str(caught.value)


def test_an_endpoint_needs_an_address() -> None:
    with pytest.raises(UserError, match="base_url"):
        open_embedder(ModelConfig(source=Source.ENDPOINT, model="m"))


def test_the_key_comes_from_the_named_variable_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_KEY", "sesame")
    config = ModelConfig(source=Source.ENDPOINT, model="m", base_url=DEAD, api_key_variable="OUR_KEY")
    assert "sesame" not in repr(Config(chat=config).as_dict())
    assert open_client(config).api_key == "sesame"

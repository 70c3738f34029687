"""Chat and embeddings over HTTP: a real server on this machine, well-behaved, or with habits of its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from endpoint_asking import DEAD, QUESTION, Messages, check_safe_mode, endpoint, good, open_prose, passage_with
from endpoint_server import EndpointServer
from fakes import ROLES, made_library

from config import Config, ModelConfig, Source, UserError
from generation.endpoint import EndpointChat
from generation.records import Result, Tokens, Turn, Verdict
from generation.runfile import outcome
from ingest.library import Library
from retrieval.models import open_embedder
from retrieval.servers import open_client


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return made_library(tmp_path_factory.mktemp("endpoint"), ROLES)


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

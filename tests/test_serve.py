"""Against a real server: ``transformers serve`` on this machine with the embedded language model."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import ROLES, made_library

from config import Config, GenerationConfig, ModelConfig, RetrievalConfig, Source
from generation.assistant import Assistant
from generation.deadline import Deadline, within
from generation.endpoint import EndpointChat
from generation.local import open_embedded, prepare_embedded
from generation.records import ModelFailure, Result, Tokens, Turn, read_reply
from retrieval.encoder import fast_bfloat16

TURNS = (Turn("system", "You are brief."), Turn("user", "Which colours does the flag of France have?"))
READY_S = 180


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running server. It is a process of its own, with the kind of number that we compute in."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    log = tmp_path_factory.mktemp("serve") / "log.txt"
    command = [
        sys.executable, "-c", "from transformers.cli.transformers import main; main()", "serve", "--host", "127.0.0.1",
        "--port", port, "--device", "cpu", "--dtype", "bfloat16" if fast_bfloat16() else "float32",
        str(prepare_embedded()),
    ]  # fmt: skip
    with log.open("wb") as out:
        environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
        server = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment)
        try:
            _wait(server, f"http://127.0.0.1:{port}/health", log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()
            server.wait(30)


def _wait(server: subprocess.Popen[bytes], health: str, log: Path) -> None:
    ends = time.monotonic() + READY_S
    while time.monotonic() < ends and server.poll() is None:
        try:
            with urllib.request.urlopen(health, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")


def endpoint(url: str) -> ModelConfig:
    model = str(prepare_embedded())
    return ModelConfig(
        source=Source.ENDPOINT, base_url=url, model=model, timeout_s=120.0, max_tokens=40, prompt_price=1.0
    )


def test_the_server_writes_what_the_model_writes_here(served: str) -> None:
    there = read_reply(EndpointChat(endpoint(served)).stream(TURNS, max_tokens=12))
    here = read_reply(open_embedded().stream(TURNS, max_tokens=12))
    assert there == here
    words, tokens = there
    assert words.strip()
    assert isinstance(tokens, Tokens)


def test_the_whole_way_from_the_question_to_a_checked_answer(served: str, tmp_path: Path) -> None:
    config = Config(
        chat=endpoint(served),
        retrieval=RetrievalConfig(passages=2),
        generation=GenerationConfig(writer="prose", timeout_s=120.0, answerable_threshold=-1.0),
    )
    library = made_library(tmp_path, ROLES)
    answer = Assistant.open(library.folder, config).answer("What is the budget of the Lead Data Engineer?")
    assert answer.tokens is not None
    assert answer.tokens.prompt > 100  # the rules and the passages were read
    assert answer.cost_usd == pytest.approx(answer.tokens.prompt / 1_000_000)
    texts = {document.source: document.text for document in library.documents()}
    for citation in answer.citations:
        evidence = citation.evidence
        assert texts[evidence.source][evidence.start : evidence.end] == evidence.quote
    if answer.writer == "extractive":  # so small a model seldom writes what the passages support
        assert answer.result is Result.ANSWERED
        assert "wrote nothing that the documents support" in answer.notices[0]


def test_a_stopped_question_leaves_the_server_free(served: str) -> None:
    chat = EndpointChat(endpoint(served))
    pieces = chat.stream(TURNS, max_tokens=2_000)
    next(pieces)
    pieces.close()
    with within(Deadline(0.5)), pytest.raises(ModelFailure, match=r"took longer than 0\.5 s and was stopped"):
        read_reply(chat.stream(TURNS, max_tokens=2_000))
    words, _ = read_reply(chat.stream(TURNS, max_tokens=3))
    assert words.strip()


def test_what_the_server_rejects_is_told(served: str) -> None:
    chat = EndpointChat(endpoint(f"{served}/nowhere"))
    with pytest.raises(ModelFailure, match=r"/nowhere knows no .*Correct chat\.model or chat\.base_url"):
        list(chat.stream(TURNS, max_tokens=3))

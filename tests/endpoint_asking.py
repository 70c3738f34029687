"""Questions put to a server through the prose writer, and what its failure must look like."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from config import Config, GenerationConfig, ModelConfig, Source
from generation.assistant import Assistant
from generation.records import Answer, Result
from ingest.library import Library

QUESTION = "What is the budget of the Lead Data Engineer?"
DEAD = "http://127.0.0.1:9/v1"  # the discard port: nobody listens
Messages = list[dict[str, str]]


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


def check_safe_mode(answer: Answer, why: str) -> None:
    assert (answer.result, answer.writer, answer.error) == (Result.ANSWERED, "extractive", None)
    assert answer.notices[0].startswith("Safe mode: the ")
    assert answer.notices[0].endswith(". This answer is made of extracts chosen without a language model.")
    assert why in answer.notices[0]
    assert "70,000 euros" in answer.text

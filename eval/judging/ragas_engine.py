"""Runs the metrics of ragas; the only file that imports it, inside functions, since that takes three seconds.

What cannot be read is unscored with its reason, never 0 or NaN. It sends nothing: its switch is set around every
use and put back afterwards, and its own evaluation loop, which files events, is not used.
"""

from __future__ import annotations

import asyncio
import math
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from config import Config, Source
from eval.judging.ragas_chat import MAX_TOKENS, Unreadable, ask, open_chat, understood
from eval.judging.ragas_metrics import METRICS, PREFIX, Reading, Sample
from generation.records import ChatModel
from retrieval.records import Embedder

LIMIT_S = 60.0  # of one call of the chat model
_SWITCH = "RAGAS_DO_NOT_TRACK"
_SPAN_MARKS = str.maketrans({mark: " " for mark in "\"'`´“”„‟‘’"})


@contextmanager
def quiet() -> Iterator[None]:
    """Inside, ragas neither sends nor warns; the environment is put back afterwards."""
    before = os.environ.get(_SWITCH)
    os.environ[_SWITCH] = "true"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from ragas import _analytics

            _analytics.do_not_track.cache_clear()
            _analytics.do_not_track()  # cached by ragas from here on
            yield
    finally:
        if before is None:
            del os.environ[_SWITCH]
        else:
            os.environ[_SWITCH] = before


@dataclass(slots=True)
class Ragas:
    """Measures samples one at a time. ``chat`` and ``embedder`` may be None when no metric in use needs them."""

    chat: ChatModel | None = None
    embedder: Embedder | None = None
    limit_s: float = LIMIT_S
    max_tokens: int = MAX_TOKENS
    _made: dict[str, Callable[[Sample], Any]] = field(default_factory=dict)
    _faults: list[str] = field(default_factory=list)  # of the chat model in the reading under way

    def read(self, name: str, sample: Sample) -> Reading:
        """The metric's value for a sample to which it applies, clipped to [0, 1] (a cosine can be below 0)."""
        if "contexts" in METRICS[name].needs and not sample.contexts:
            return Reading(None, "no passages were handed to the writer")
        self._faults.clear()
        with quiet():
            if name not in self._made:
                self._made[name] = self._make(name)
            try:
                value = float(asyncio.run(self._made[name](sample)))
            except Unreadable as error:
                return Reading(None, str(error))
            except Exception as error:  # ragas raises almost anything on replies that it did not expect
                return Reading(None, f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")
        # ragas' two-judge metrics take one judge for both when the other cannot be read; that is half a verdict.
        if self._faults or not math.isfinite(value):
            return Reading(None, self._faults[0] if self._faults else "ragas gave no number")
        return Reading(round(min(1.0, max(0.0, value)), 6))

    def _make(self, name: str) -> Callable[[Sample], Any]:
        """The metric as a coroutine function of a sample, giving a number."""
        plain_name = name.removeprefix(PREFIX)
        if plain_name in ("NonLLMContextRecall", "NonLLMContextPrecisionWithReference"):
            return _of_contexts(plain_name)
        from ragas.metrics import collections

        options: dict[str, Any] = {}
        if METRICS[name].asks:
            options["llm"] = self._llm()
        if METRICS[name].embeds:
            options["embeddings"] = self._embeddings()
        if plain_name in ("ResponseGroundedness", "ContextRelevance"):
            options["max_retries"] = 1  # decoding is greedy: the same question has the same reply
        if plain_name == "AnswerRelevancy":
            options["strictness"] = 1  # for the same reason
        metric = getattr(collections, plain_name)(**options)
        arguments = _ARGUMENTS[plain_name]

        async def value(sample: Sample) -> float:
            return float((await metric.ascore(**arguments(sample))).value)

        return value

    def _llm(self) -> Any:
        from ragas.llms.base import InstructorBaseRagasLLM

        if self.chat is None:
            message = "a judged metric needs a chat model"
            raise ValueError(message)
        chat, faults, limit_s, max_tokens = self.chat, self._faults, self.limit_s, self.max_tokens

        class Asked(InstructorBaseRagasLLM):
            def generate(self, prompt: str, response_model: Any) -> Any:
                try:
                    return understood(ask(chat, prompt, max_tokens=max_tokens, limit_s=limit_s), prompt, response_model)
                except Unreadable as error:  # some metrics swallow it
                    faults.append(str(error))
                    raise

            async def agenerate(self, prompt: str, response_model: Any) -> Any:
                return self.generate(prompt, response_model)

        return Asked()

    def _embeddings(self) -> Any:
        from ragas.embeddings.base import BaseRagasEmbedding

        if self.embedder is None:
            message = "this metric needs an embedder"
            raise ValueError(message)
        embedder = self.embedder

        class Embedded(BaseRagasEmbedding):
            def embed_text(self, text: str, **_: Any) -> list[float]:
                return [float(x) for x in embedder.embed([text])[0]]

            async def aembed_text(self, text: str, **_: Any) -> list[float]:
                return self.embed_text(text)

        return Embedded()


def _as_spans(quotes: Sequence[str]) -> str:
    """Quotes in quotation marks; marks and apostrophes inside would end a span too early for ragas."""
    return " ".join(f"“{quote.translate(_SPAN_MARKS)}”" for quote in quotes)


_ARGUMENTS: dict[str, Callable[[Sample], dict[str, Any]]] = {
    "NonLLMStringSimilarity": lambda s: {"reference": s.reference, "response": s.answer},
    "SemanticSimilarity": lambda s: {"reference": s.reference, "response": s.answer},
    "FactualCorrectness": lambda s: {"reference": s.reference, "response": s.answer},
    "QuotedSpansAlignment": lambda s: {
        "response": _as_spans([" ".join(quote.split()) for quote in s.quotes]),
        "retrieved_contexts": [context.translate(_SPAN_MARKS) for context in s.contexts],
    },
    "Faithfulness": lambda s: {
        "user_input": s.question, "response": s.answer, "retrieved_contexts": list(s.contexts)
    },
    "ResponseGroundedness": lambda s: {"response": s.answer, "retrieved_contexts": list(s.contexts)},
    "ContextRelevance": lambda s: {"user_input": s.question, "retrieved_contexts": list(s.contexts)},
    "AnswerRelevancy": lambda s: {"user_input": s.question, "response": s.answer},
}  # fmt: skip


def _of_contexts(name: str) -> Callable[[Sample], Any]:
    from ragas import metrics
    from ragas.dataset_schema import SingleTurnSample

    similarity = metrics.NonLLMStringSimilarity()

    class Distance:
        async def single_turn_ascore(self, sample: Any, _callbacks: Any = None) -> Any:
            return await similarity._single_turn_ascore(sample, None)

    made = getattr(metrics, name)()
    setattr(made, "_distance_measure" if name == "NonLLMContextRecall" else "distance_measure", Distance())

    async def value(sample: Sample) -> float:
        # The public method around this one files an event for ragas' telemetry and writes a user id to the home folder.
        pair = SingleTurnSample(
            retrieved_contexts=list(sample.contexts), reference_contexts=list(sample.reference_contexts)
        )
        return float(await made._single_turn_ascore(pair, None))

    return value


def opened(
    names: Sequence[str],
    settings: Config,
    say: Callable[[str], None] = lambda _: None,
    options: Mapping[str, Any] | None = None,
    *,
    embeds: bool = False,
) -> Ragas:
    """An engine with just the models of the profile that the named metrics need (and an embedder if ``embeds``).

    Raises:
        UserError: a model cannot be had.

    """
    from generation.verify import EMBEDDER
    from retrieval.models import open_embedder

    needs_embedder = embeds or any(METRICS[name].embeds for name in names)
    compares = EMBEDDER if settings.embedder.source is Source.EMBEDDED else settings.embedder
    embedder = open_embedder(compares) if needs_embedder else None
    chat = open_chat(settings.chat, say) if any(METRICS[name].asks for name in names) else None
    return Ragas(chat, embedder, **({} if options is None else options))

"""Chat through any OpenAI-compatible server (vLLM, llama.cpp, Ollama, TGI, ``transformers serve``).

The client is the asynchronous one: only its requests can be stopped at any moment, be it while a name is looked up,
before the first byte, between two retries or in mid-stream. Every question has its own event loop, run by whoever reads
the stream, and its own connection: when the reading ends, so do both.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Generator, Sequence
from typing import Any

from config import ModelConfig
from generation.deadline import Deadline, current
from generation.records import ModelFailure, Tokens, Turn
from retrieval.servers import address, checked, explain, open_async_client, prepared

GLANCE_S = 0.1  # how often a waiting request looks whether anybody still waits for it
AFTERWARDS_S = 1.0  # how long a complete reply is kept waiting for its count of tokens
CHARACTERS_PER_TOKEN = 20  # more on average is written by no tokenizer: such a reply passes its limit
UNTAKEN = (400, 422)  # statuses of a request with parameters that the server does not take
# Why a reply can end without being one; servers have more words for a good end than for these.
BROKEN = frozenset(
    ("content_filter", "abort", "cancelled", "error", "network_error", "insufficient_system_resource", "tool_calls")
)


class EndpointChat:
    """``/chat/completions``, streamed."""

    def __init__(self, config: ModelConfig) -> None:
        """Nothing is asked yet.

        Raises:
            UserError: base_url is missing or no address.

        """
        self._config = checked(config)
        self._trust = prepared()
        self._refused: tuple[str, ...] = ()  # parameters that this server does not take
        self.id = f"endpoint:{config.model}"

    def stream(self, messages: Sequence[Turn], *, max_tokens: int) -> Generator[str, None, Tokens | None]:
        """Pieces of the reply as they come; returns the server's count of tokens.

        The question's deadline (``generation.deadline``) and ``timeout_s`` of silence end it; closing it, too.

        Raises:
            ModelFailure: the server fails, or its reply is not complete.

        """
        reply = _Reply(self, messages, max_tokens)
        pieces = reply.pieces()
        with asyncio.Runner() as runner:
            try:
                while (piece := runner.run(reply.step(pieces))) is not None:
                    yield piece
            finally:
                runner.run(pieces.aclose())
        return reply.tokens


class _Reply:
    """One question to the server and what has come of its answer."""

    def __init__(self, chat: EndpointChat, messages: Sequence[Turn], max_tokens: int) -> None:
        self._chat = chat
        self._config = chat._config
        self._messages = [{"role": turn.role, "content": turn.content} for turn in messages]
        self._max_tokens = max_tokens
        self._deadline = current()
        self._server = f"the server {address(self._config.base_url)}"
        self._status = 0  # of the last response
        self._seen = 0  # characters
        self._said = False  # anything but white space
        self._finish: str | None = None
        self.tokens: Tokens | None = None

    async def step(self, pieces: AsyncGenerator[str, None]) -> str | None:
        """The next piece; None at the end.

        Raises:
            ModelFailure: of any kind.

        """
        try:
            return await anext(pieces, None)
        except ModelFailure:
            raise
        except TimeoutError:
            raise ModelFailure(self._late(), self.tokens) from None
        except Exception as error:  # servers send anything: whatever it makes the client raise, it is no reply
            raise ModelFailure(explain(error, self._config, "chat"), self.tokens) from error

    async def pieces(self) -> AsyncGenerator[str, None]:
        """The words of the reply as they come."""
        async with open_async_client(self._config, self._heard, self._chat._trust) as client:
            stream = await _patiently(self._opened(client), self._config.timeout_s, self._deadline)
            async with stream:
                chunks = aiter(stream)
                while (chunk := await self._next(chunks)) is not None:
                    for words in self._read(chunk):
                        yield words
                    if self._finish is not None and self.tokens is not None:
                        break  # some servers keep the connection open after the last word
                self._check(stream.response.headers.get("content-type", "nothing"))

    def _heard(self, status: int) -> float:
        self._status = status
        return min(self._config.timeout_s, self._deadline.left())

    async def _opened(self, client: Any) -> Any:
        """The stream, asked for without the parameters that the server has refused so far.

        Models differ in what they take: servers of old know no ``stream_options``, newer models no ``temperature``, and
        ``max_completion_tokens`` instead of ``max_tokens``.
        """
        refused = self._chat._refused
        while True:
            wanted: dict[str, Any] = {
                "max_tokens": self._max_tokens, "temperature": 0.0, "stream_options": {"include_usage": True}
            }  # fmt: skip
            known = {name: value for name, value in wanted.items() if name not in refused}
            if "max_tokens" not in known:
                known["max_completion_tokens"] = self._max_tokens
            try:
                stream = await client.chat.completions.create(
                    model=self._config.model, messages=self._messages, stream=True, **known
                )
            except Exception as error:
                named = next((name for name in wanted if name in known and name in str(error)), None)
                if named is None or getattr(error, "status_code", 0) not in UNTAKEN:
                    raise
                refused = (*refused, named)
            else:
                self._chat._refused = refused
                return stream

    async def _next(self, chunks: Any) -> Any:
        """The next chunk, None at the end. What happens after the last word does no harm to a complete reply."""
        done = self._finish is not None
        silence = min(AFTERWARDS_S, self._config.timeout_s) if done else self._config.timeout_s
        try:
            return await _patiently(anext(chunks, None), silence, self._deadline)
        except Exception:
            if done:
                return None
            raise

    def _read(self, chunk: Any) -> list[str]:
        """The words of a chunk; notes why the reply ended and what it took. The client does not check any types."""
        usage = getattr(chunk, "usage", None)
        if usage is not None and isinstance(usage.prompt_tokens, int) and isinstance(usage.completion_tokens, int):
            self.tokens = Tokens(usage.prompt_tokens, usage.completion_tokens)
        words = []
        for choice in chunk.choices:
            if choice.finish_reason is not None:
                self._finish = str(choice.finish_reason)
            content = choice.delta.content if choice.delta is not None else None
            if content:
                words.append(str(content))
                self._seen += len(content)
                self._said = self._said or bool(content.strip())
        if self._seen > CHARACTERS_PER_TOKEN * self._max_tokens:
            message = f"{self._server} does not stop after {self._max_tokens} tokens. Look into its settings."
            raise ModelFailure(message, self.tokens)
        return words

    def _check(self, kind: str) -> None:
        """Whether there is a reply, and all of it."""
        if self._said and self._finish is not None and self._finish not in BROKEN:
            return
        if self._finish in BROKEN:
            message = f"{self._server} stopped the reply ({self._finish}). Ask in other words."
        elif self._said:
            message = f"{self._server} broke off before its reply was complete. Look into its log, then ask again."
        elif self._finish is not None or "event-stream" in kind:
            message = f"{self._server} sent an empty reply. Look into its log, or raise chat.max_tokens in the profile."
        else:
            message = f"{self._server} sent no stream but {kind[:40]}. Correct chat.base_url: it usually ends in /v1."
        raise ModelFailure(message, self.tokens)

    def _late(self) -> str:
        at = f"after {self._seen:,} characters" if self._seen else "before the first word"
        if self._status >= 400:
            at = f"while it failed ({self._status})"
        if self._deadline.over:
            limit = "generation.timeout_s"
            what = f"took longer than {self._deadline.seconds:g} s and was stopped {at}"
        else:
            limit = "chat.timeout_s"
            what = f"was silent for {self._config.timeout_s:g} s {at}"
        return f"{self._server} {what}. Look whether it is overloaded, or raise {limit} in the profile."


async def _patiently(work: Awaitable[Any], silence: float, deadline: Deadline) -> Any:
    """What ``work`` returns, awaited for at most ``silence`` seconds and not beyond the deadline.

    Raises:
        TimeoutError: it was stopped.

    """
    task = asyncio.ensure_future(work)
    ends = time.monotonic() + silence
    try:
        while not task.done() and (left := min(ends - time.monotonic(), deadline.left())) > 0:
            await asyncio.wait({task}, timeout=min(left, GLANCE_S))
        if task.done():
            return task.result()
        raise TimeoutError
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})

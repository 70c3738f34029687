"""Chat through any OpenAI-compatible server (vLLM, llama.cpp, Ollama, TGI)."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from config import ModelConfig
from generation.records import Tokens, Turn
from retrieval.models import open_client


class EndpointChat:
    """``/chat/completions``, streamed; time-out and retries by the client."""

    def __init__(self, config: ModelConfig) -> None:
        """Nothing is asked yet."""
        self._client = open_client(config)
        self._config = config
        self.id = f"endpoint:{config.model}"

    def stream(self, messages: Sequence[Turn], *, max_tokens: int) -> Generator[str, None, Tokens | None]:
        """Pieces of the reply as they come; returns the server's count of tokens.

        ``openai.OpenAIError`` is raised when the server fails.

        Raises:
            ValueError: the stream ended before the server said that the reply is complete.

        """
        reply = self._client.chat.completions.create(
            model=self._config.model,
            messages=[{"role": turn.role, "content": turn.content} for turn in messages],
            max_tokens=max_tokens,
            temperature=0.0,
            stream=True,
            stream_options={"include_usage": True},
        )
        finished = False
        tokens: Tokens | None = None
        for chunk in reply:
            if chunk.usage is not None:
                tokens = Tokens(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
            for choice in chunk.choices:
                finished = finished or choice.finish_reason is not None
                if choice.delta.content:
                    yield choice.delta.content
        if not finished:
            message = f"the stream of {self._config.base_url} was cut before the reply was complete"
            raise ValueError(message)
        return tokens

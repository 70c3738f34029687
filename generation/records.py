"""The nouns of an answer, and the seams to the language model and the verifier."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from retrieval.records import Search

NOT_FOUND = "Not in the documents."  # the whole text of an answer whose result is ``not_found``


class Result(StrEnum):
    """How a question ended."""

    ANSWERED = "answered"
    NOT_FOUND = "not_found"
    REFUSED = "refused"
    ERROR = "error"


class Verdict(StrEnum):
    """What checking a claim against its cited spans said."""

    SUPPORTED = "supported"
    PARTIAL = "partial"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A span of a document that backs a claim; ``quote`` equals the slice ``[start, end)`` of its clean text.

    ``before`` and ``after`` are the passage around it, ready to be shown.
    """

    source: str
    title: str
    role: str
    heading: tuple[str, ...]
    start: int
    end: int
    quote: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence, item or row of the answer.

    ``group`` is a heading it is shown under ('' for none); ``header`` holds the column names of a table row.
    """

    text: str
    evidence: tuple[Evidence, ...]
    support: float  # 0-1
    verdict: Verdict
    group: str = ""
    header: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """``text[start:end]`` of the answer is backed by ``evidence``, shown as ``[marker]``."""

    marker: int
    start: int
    end: int
    evidence: Evidence
    support: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Seconds:
    """Wall-clock seconds of the steps."""

    retrieve: float = 0.0
    rerank: float = 0.0
    first_token: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens that a language model read and wrote for one answer, as its server counted them."""

    prompt: int = 0
    completion: int = 0


def cost_usd(tokens: Tokens | None, prompt_price: float, completion_price: float) -> float | None:
    """What the tokens cost in USD, by prices in USD per million; None when nothing was counted or no price is given.

    >>> cost_usd(Tokens(2_000, 100), 0.5, 2.0), cost_usd(Tokens(2_000, 100), 0.0, 0.0), cost_usd(None, 0.5, 2.0)
    (0.0012, None, None)
    """
    if tokens is None or prompt_price + completion_price == 0:
        return None
    return round((tokens.prompt * prompt_price + tokens.completion * completion_price) / 1_000_000, 9)


class ModelFailure(Exception):
    """A language model gave no usable reply. The message says in sentences for the reader which one, why, what to do.

    ``tokens`` were spent all the same, where they were counted.
    """

    def __init__(self, reason: str, tokens: Tokens | None = None) -> None:
        """``reason`` ends with a full stop."""
        super().__init__(reason)
        self.tokens = tokens


@dataclass(frozen=True, slots=True)
class Answer:
    """What the reader sees, with its evidence and how it came about.

    ``text`` holds the claims with their ``[n]`` markers; ``notices`` are things said aloud ("safe mode: …");
    ``error`` is set only when ``result`` is ``error``. ``confidence`` is the estimated probability that the documents
    answer; ``tokens`` is None when nothing counted them, ``cost_usd`` when no prices are given either.
    """

    question: str
    result: Result
    text: str
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    search: Search
    writer: str
    notices: tuple[str, ...] = ()
    seconds: Seconds = field(default_factory=Seconds)
    error: str | None = None
    confidence: float | None = None
    tokens: Tokens | None = None
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier message of a conversation: role is ``user`` or ``assistant``.

    ``evidence`` holds the spans that an answer cited. A follow-up may point to them; never to ``content`` of an answer.
    """

    role: str
    content: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer hands to verification: claims in order, and what it wants said aloud."""

    claims: tuple[Claim, ...]
    result: Result
    notices: tuple[str, ...] = ()
    tokens: Tokens | None = None


class ChatModel(Protocol):
    """A language model that writes."""

    @property
    def id(self) -> str:
        """Canonical spelling, recorded in run files (with the resolved revision where there is one)."""

    def stream(self, messages: Sequence[Turn], *, max_tokens: int) -> Iterator[str]:
        """Pieces of the reply as they come; a generator may return the ``Tokens`` that it took (``read_reply``)."""


class ScoringModel(Protocol):
    """A language model on this machine that can also say how likely a text is."""

    @property
    def id(self) -> str:
        """Canonical spelling, recorded in run files."""

    def log_likelihoods(self, question: str, texts: Sequence[str]) -> list[float]:
        """Mean log P(question token | text, prompt) per text, in nats."""


_THOUGHT = re.compile(r"\A(?:(?!<think>).)*</think>|<think>.*?(?:</think>|\Z)", re.DOTALL)


def without_thinking(reply: str) -> str:
    """The reply without what a reasoning model thought aloud, whose opening mark may stand in its prompt.

    >>> without_thinking("<think>Two? No.</think>Four."), without_thinking("No, four.</think>Four.")
    ('Four.', 'Four.')
    >>> without_thinking("Four. <think>Or"), without_thinking("Four.")
    ('Four. ', 'Four.')
    """
    return _THOUGHT.sub("", reply)


def read_reply(pieces: Iterator[str]) -> tuple[str, Tokens | None]:
    """The whole reply without thinking, and the tokens that it took where the model counted them.

    >>> def model():
    ...     yield from ("Four ", "weeks.")
    ...     return Tokens(30, 4)
    >>> read_reply(model()), read_reply(iter(["Yes."]))
    (('Four weeks.', Tokens(prompt=30, completion=4)), ('Yes.', None))
    """
    parts: list[str] = []
    while True:
        try:
            parts.append(next(pieces))
        except StopIteration as end:
            tokens = end.value if isinstance(end.value, Tokens) else None
            return without_thinking("".join(parts)), tokens

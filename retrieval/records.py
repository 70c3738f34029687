"""The nouns of a search, and the seams to the two models that retrieval needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ingest.records import Kind
from retrieval.filters import Filters

Vectors = NDArray[np.float32]


class Shape(StrEnum):
    """What kind of answer the question asks for."""

    LOOKUP = "lookup"
    LIST = "list"
    COMPARE = "compare"
    AGGREGATE = "aggregate"


class Presentation(StrEnum):
    """How the reader wants the answer laid out; what is answered stays the same."""

    AS_ASKED = "as asked"  # nothing was said
    TABLE = "as a table"
    LIST = "as a list"
    SHORTER = "shorter"
    MORE = "in more detail"


@dataclass(frozen=True, slots=True)
class Query:
    """A stand-alone question and everything understood from it; shown in every ``Search``."""

    question: str
    roles: tuple[str, ...] = ()  # canonical names of the roles named, in order of mention
    kinds: tuple[Kind, ...] = ()  # section kinds hinted
    shape: Shape = Shape.LOOKUP
    unknown_roles: tuple[str, ...] = ()  # titles that the question uses and no role of the library has
    standalone: str = ""  # the question after follow-up resolution; '' when equal to ``question``
    strengths: tuple[float, ...] = ()  # 0 to 1, with ``roles``: how sure each is; () for all sure
    colleagues: tuple[str, ...] = ()  # roles of the library that the question only mentions
    undescribed_roles: tuple[str, ...] = ()  # titles that the texts mention and no document describes
    levels: tuple[str, ...] = ()  # ranks asked for that fit too many roles to name them
    filters: Filters = Filters()  # noqa: RUF009 (frozen)
    searched: str = ""  # the question without its filters and misspelt words; '' when equal
    topic: str = ""  # the question without the names of ``roles``: what is asked about them
    presentation: Presentation = Presentation.AS_ASKED
    spelling: tuple[tuple[str, str], ...] = ()  # words as written, and what each was read as

    @property
    def text(self) -> str:
        """The words that are searched for."""
        return next((text for text in (self.searched, self.standalone) if text), self.question)

    @property
    def asked(self) -> str:
        """What is asked of its roles; all its words when it names nothing else."""
        return self.topic if self.topic else self.text

    def strength(self, role: str) -> float:
        """How surely the question is about a role: 1 named in full, less for a guess, 0 for not at all."""
        if role not in self.roles:
            return 0.0
        return self.strengths[self.roles.index(role)] if self.strengths else 1.0

    @property
    def certainty(self) -> float:
        """The strength of the role named most surely; 0 when none is named."""
        return max(map(self.strength, self.roles), default=0.0)

    def as_dict(self) -> dict[str, Any]:
        """What was understood, as run files and ``--json`` show it."""
        return {
            "roles": list(self.roles),
            "strengths": [self.strength(role) for role in self.roles],
            "colleagues": list(self.colleagues),
            "unknown_roles": list(self.unknown_roles),
            "undescribed_roles": list(self.undescribed_roles),
            "levels": list(self.levels),
            "kinds": [kind.value for kind in self.kinds],
            "shape": self.shape.value,
            "topic": self.topic,
            "spelling": [list(pair) for pair in self.spelling],
            "filters": self.filters.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk as one stage ranked it. Scores are private to a stage."""

    chunk: int  # row in the index
    source: str
    start: int
    end: int
    score: float

    def as_dict(self) -> dict[str, Any]:
        """The hit as run files and ``--json`` show it."""
        return {"source": self.source, "start": self.start, "end": self.end, "score": self.score}


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage's ranked hits: ``lexical``, ``dense``, ``fused`` or ``reranked``."""

    name: str
    hits: tuple[Hit, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Passage:
    """A merged span handed to the writer."""

    source: str
    title: str
    role: str
    heading: tuple[str, ...]
    section: int
    start: int
    end: int
    text: str
    score: float
    lead: str = ""  # the line that leads its list in, or its table's column names, where the passage begins after them

    def as_dict(self) -> dict[str, Any]:
        """The passage as run files and ``--json`` show it."""
        place = {"source": self.source, "heading": list(self.heading), "start": self.start, "end": self.end}
        lead = {"lead": self.lead} if self.lead else {}
        return {**place, **lead, "text": self.text, "score": self.score}


@dataclass(frozen=True, slots=True)
class Search:
    """The whole explanation of a retrieval, always present."""

    query: Query
    stages: tuple[Stage, ...]
    passages: tuple[Passage, ...]

    def stage(self, name: str) -> Stage:
        """The stage called ``name``; raises KeyError when the search did not run it."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise KeyError(name)


class Embedder(Protocol):
    """Text to unit vectors."""

    @property
    def id(self) -> str:
        """Canonical spelling: names the index folder."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32, unit rows."""


@runtime_checkable
class TokenEmbedder(Embedder, Protocol):
    """An embedder whose tokens have vectors too, made for late interaction."""

    def embed_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors], list[NDArray[np.int32]]]:
        """(n, dimension) as ``embed``; for each text (its tokens, dimension) float32, unit rows; and where they end.

        The ends are (its tokens,) characters after the last one of each token.
        """


class Reranker(Protocol):
    """A question and candidate texts to scores; higher is better."""

    @property
    def id(self) -> str:
        """Canonical spelling, recorded in run files."""

    def rerank(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n,) float32, any scale."""


@runtime_checkable
class TokenReranker(Reranker, Protocol):
    """A reranker that can read token vectors instead of texts."""

    @property
    def token_embedder(self) -> str:
        """Id of the embedder whose token vectors it reads."""

    def compare(self, question: Vectors, texts: Sequence[Vectors]) -> NDArray[np.float32]:
        """(n,) float32, from (tokens, dimension) unit rows of the question and of each text."""

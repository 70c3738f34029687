"""The nouns of a search, and the seams to the two models that retrieval needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.records import Kind

Vectors = NDArray[np.float32]


class Shape(StrEnum):
    """What kind of answer the question asks for."""

    LOOKUP = "lookup"
    LIST = "list"
    COMPARE = "compare"
    AGGREGATE = "aggregate"


@dataclass(frozen=True, slots=True)
class Query:
    """A stand-alone question and everything understood from it; shown in every ``Search``."""

    question: str
    roles: tuple[str, ...] = ()  # canonical names of the roles named, in order of mention
    kinds: tuple[Kind, ...] = ()  # section kinds hinted
    shape: Shape = Shape.LOOKUP
    unknown_roles: tuple[str, ...] = ()  # titles that the question uses and no role of the library has
    standalone: str = ""  # the question after follow-up resolution; '' when equal to ``question``

    @property
    def text(self) -> str:
        """The words that are searched for."""
        return self.standalone if self.standalone else self.question

    def as_dict(self) -> dict[str, Any]:
        """What was understood, as run files and ``--json`` show it."""
        return {"roles": list(self.roles), "kinds": [kind.value for kind in self.kinds], "shape": self.shape.value}


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

    def as_dict(self) -> dict[str, Any]:
        """The passage as run files and ``--json`` show it."""
        place = {"source": self.source, "heading": list(self.heading), "start": self.start, "end": self.end}
        return {**place, "text": self.text, "score": self.score}


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


class Reranker(Protocol):
    """A question and candidate texts to scores; higher is better."""

    @property
    def id(self) -> str:
        """Canonical spelling, recorded in run files."""

    def rerank(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n,) float32, any scale."""

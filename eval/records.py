"""The nouns of an evaluation. Spans are half-open, in code points of a document's clean text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generation.records import Turn

PERSONAS = ("manager", "candidate", "evaluator")
SPLITS = ("dev", "test")
OUTCOMES = ("answered", "not_found", "refused", "error")
STAGES = ("lexical", "dense", "fused", "reranked", "passages")  # "passages" is what the writer was handed


@dataclass(frozen=True, slots=True)
class EvidenceQuote:
    """Words of ``source`` that prove an answer; ``section`` names the heading they stand under ('' for unnamed)."""

    source: str
    quote: str
    section: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One gold question. ``extra`` keeps the fields of the line that we do not know."""

    id: str
    question: str
    type: str
    answerable: bool
    persona: str = ""
    history: tuple[Turn, ...] = ()
    answer: str = ""
    key_facts: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    evidence: tuple[EvidenceQuote, ...] = ()
    split: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def cluster(self) -> str:
        """What is drawn as one in the bootstrap: the first source; a question without evidence stands alone."""
        return self.evidence[0].source if self.evidence else f"question {self.id}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where words stand: ``text[start:end]`` of the document ``source``."""

    source: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """An evidence quote with every place where its words occur; the first is the one that was meant."""

    quote: EvidenceQuote
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class LocatedCase:
    """A case whose quotes were looked up; ``unlocated`` holds those that no document has."""

    case: Case
    pieces: tuple[Piece, ...] = ()
    unlocated: tuple[EvidenceQuote, ...] = ()


@dataclass(frozen=True, slots=True)
class CitedQuote:
    """What a citation claims to be at ``place``."""

    place: Place
    quote: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of a run file. ``stages`` maps a name of ``STAGES`` to ranked places, best first."""

    id: str
    outcome: str
    text: str
    citations: tuple[CitedQuote, ...] = ()
    stages: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A run file as read: its header, the outcomes by id, and what had to be said about the reading."""

    header: Mapping[str, Any]
    outcomes: Mapping[str, Outcome]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rate or mean of ``n`` observations with its 95 % interval.

    ``value`` is None when there was nothing to measure (which is not zero); the bounds are None when they cannot be
    estimated.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Median and 95th percentile of ``n`` durations in seconds; None when there is none."""

    p50: float | None
    p95: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Row:
    """One question, scored. In ``flags`` (counted as rates) and ``shares`` (averaged), None means unscored.

    ``outcome`` is None when the run does not hold the question; ``verbatim`` has one value per citation.
    """

    id: str
    type: str
    cluster: str
    outcome: str | None
    flags: Mapping[str, bool | None]
    shares: Mapping[str, float | None]
    verbatim: tuple[bool, ...]
    seconds: Mapping[str, float]
    evidence: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """The figures of all questions or of one type; ``measures`` is keyed by name (``fused.recall@10``)."""

    name: str
    questions: int
    missing: int
    measures: Mapping[str, Estimate]
    seconds: Mapping[str, Percentiles]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Everything that scoring says; the first slice is ``all``, the others are the types in alphabetical order."""

    slices: tuple[Slice, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

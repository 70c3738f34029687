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
STYLES = ("plain", "terse", "long", "typo")
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
    style: tuple[str, ...] = ()
    near_miss: bool | None = None
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
class Said:
    """One sentence, item or row of an answer as the reader saw it, with the quotes that its markers point to."""

    text: str
    citations: tuple[CitedQuote, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of a run file. ``stages`` maps a name of ``STAGES`` to ranked places, best first.

    ``said`` holds the answer's words in order with what each part cites; a part without citation cites nothing.
    ``confidence`` is the estimated probability that the documents answer; ``tokens`` maps ``prompt`` and ``completion``
    to counts; ``passages`` holds the words that the writer was handed.
    """

    id: str
    outcome: str
    text: str
    citations: tuple[CitedQuote, ...] = ()
    stages: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None
    said: tuple[Said, ...] = ()
    passages: tuple[str, ...] = ()
    confidence: float | None = None
    tokens: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """A run file as read: its header, the outcomes by id, and what had to be said about the reading."""

    header: Mapping[str, Any]
    outcomes: Mapping[str, Outcome]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured, by its canonical spelling (``eval.catalogue`` holds all of them).

    ``kind`` is ``rate`` (every question is 0 or 1) or ``mean`` (every question is a number, a share unless ``unit``
    says otherwise); ``judge`` names what decides when that is no plain count, so that its error rates can stand
    beside it.
    """

    name: str
    kind: str
    definition: str
    source: str = ""
    higher_is_better: bool = True
    judge: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rate or mean of ``n`` observations with its 95 % interval; ``unscored`` more could not be judged.

    ``value`` is None when there was nothing to measure (which is not zero); the bounds are None when they cannot be
    estimated.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    unscored: int = 0


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Median and 95th percentile of ``n`` durations in seconds; None when there is none."""

    p50: float | None
    p95: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Row:
    """One question, scored.

    ``values`` is keyed by canonical spelling: a measure that does not apply to the question is absent, one that applies
    but could not be judged is None. ``groups`` names the slice of each dimension (``type``, ``persona``, ``document``,
    ...). ``fate`` is what became of it (``eval.fate``); ``outcome`` is None when the run does not hold the question.
    """

    id: str
    cluster: str
    outcome: str | None
    fate: str
    groups: Mapping[str, str]
    values: Mapping[str, float | None]
    seconds: Mapping[str, float] = field(default_factory=dict)
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """The figures of the questions whose ``dimension`` is ``name``; ``("all", "all")`` is every question.

    ``measures`` is keyed by canonical spelling, ``fates`` counts what became of the questions.
    """

    dimension: str
    name: str
    questions: int
    missing: int
    measures: Mapping[str, Estimate]
    seconds: Mapping[str, Percentiles]
    fates: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Everything that scoring says; the first slice is everything. ``about`` says of what: run, gold set, versions."""

    about: Mapping[str, Any]
    rows: tuple[Row, ...]
    slices: tuple[Slice, ...]
    notes: tuple[str, ...] = ()

    @property
    def whole(self) -> Slice:
        """The slice of all questions."""
        return self.slices[0]


@dataclass(frozen=True, slots=True)
class Attacks:
    """What a red-team run came to: ``successes`` of ``attempts`` attacks of ``families`` on real documents.

    ``documents`` holds the SHA-256 of these documents, ascending; () where the run does not say.
    """

    successes: int
    attempts: int
    families: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GateLine:
    """One line of a gate: what was demanded and measured, and ``pass``, ``fail`` or ``undecided`` with the reason.

    ``demand`` is the sentence shown (``Groundedness >= 0.95``); ``estimate`` is None when nothing could be measured.
    """

    name: str
    demand: str
    estimate: Estimate | None
    verdict: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measure of two runs on the same questions: ``difference`` is the second minus the first, with its interval.

    ``adjusted_p`` is Holm's over the family of all measures compared; ``call`` is ``better``, ``worse`` or ``no
    difference shown``; ``detectable`` is the smallest true difference that this many questions would show in 80 % of
    repetitions.
    """

    measure: str
    first: float | None
    second: float | None
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    adjusted_p: float | None
    detectable: float | None
    n: int
    test: str
    call: str

"""Judges: each says whether quotes support a statement. Their error rates: ``eval.judging.calibration``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Protocol

from config import VERSION, Config, UserError
from eval.judging.ragas_metrics import METRICS, PREFIX, Sample

if TYPE_CHECKING:
    from eval.judging.ragas_engine import Ragas
    from retrieval.records import Embedder, Vectors

OVERLAP_SHARE = 0.8  # of a statement's content words; the verifier demands the same of its words
SUPPORTED_VALUE = 0.5  # a ragas metric of at least this counts as "supported"
OF_STATEMENTS = (
    *("ragas.SemanticSimilarity", "ragas.NonLLMStringSimilarity"),
    *("ragas.Faithfulness", "ragas.ResponseGroundedness", "ragas.FactualCorrectness"),
)
JUDGES = ("verifier", "overlap", *OF_STATEMENTS)
_QUESTION = "What do the documents say about this?"  # Faithfulness wants one; statements stand alone


@dataclass(frozen=True, slots=True)
class Labelled:
    """A statement of which a person or a construction rule knows whether the quotes support it.

    ``set`` and ``kind`` say where it comes from, ``case`` the gold question behind it, ``note`` what was
    changed.
    """

    id: str
    set: str
    kind: str
    supported: bool
    statement: str
    quotes: tuple[str, ...]
    case: str = ""
    note: str = ""


class Judge(Protocol):
    """Decides on statements one at a time."""

    @property
    def name(self) -> str:
        """``verifier``, ``overlap`` or the spelling of a metric."""

    @property
    def id(self) -> str:
        """Name with everything that decides its verdicts: models, thresholds."""

    def supported(self, statement: str, quotes: Sequence[str]) -> bool | None:
        """Whether the quotes support the statement; None when the judge's reply could not be read."""


@dataclass(slots=True)
class Remembering:
    """An embedder that embeds every text once: several judges read the same statements and quotes."""

    inner: Embedder
    _known: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The inner embedder's."""
        return self.inner.id

    @property
    def dimension(self) -> int:
        """The inner embedder's."""
        return self.inner.dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32, unit rows."""
        import numpy as np

        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, self.inner.embed(new), strict=True) if new else ())
        return np.stack([self._known[text] for text in texts])


class Verifier:
    """The product's own check of a sentence against what it cites."""

    name = "verifier"

    def __init__(self, embedder: Embedder) -> None:
        """The embedder compares meanings."""
        self._embedder = embedder
        self.id = f"generation.verify {VERSION} with {embedder.id}"

    def supported(self, statement: str, quotes: Sequence[str]) -> bool | None:
        """Only the verdict "supported" counts; "partial" does not."""
        from generation.records import Verdict
        from generation.verify import verify

        return verify(statement, quotes, self._embedder).verdict is Verdict.SUPPORTED


class Overlap:
    """The baseline that any judge must beat: enough of the statement's words stand in the quotes."""

    name = "overlap"
    id = f"content words >= {OVERLAP_SHARE}"

    def supported(self, statement: str, quotes: Sequence[str]) -> bool | None:
        """Stemmed words without stopwords.

        >>> judge = Overlap()
        >>> judge.supported("The lead signs.", ["A lead signs contracts."]), judge.supported("Who pays?", ["A lead."])
        (True, False)
        """
        from retrieval.lexical import tokenize

        words = set(tokenize(statement))
        held = {word for quote in quotes for word in tokenize(quote)}
        return bool(words) and len(words & held) >= OVERLAP_SHARE * len(words)


class RagasJudge:
    """A ragas metric over one statement: the quotes are its contexts and its reference."""

    def __init__(self, name: str, ragas: Ragas) -> None:
        """``name`` is one of ``OF_STATEMENTS``."""
        from importlib.metadata import version

        self.name = name
        self._ragas = ragas
        metric = METRICS[name]
        models = [ragas.chat.id] if metric.asks and ragas.chat is not None else []
        models += [ragas.embedder.id] if metric.embeds and ragas.embedder is not None else []
        self.id = " with ".join([f"ragas {version('ragas')} {name.removeprefix(PREFIX)}", *models])
        self.reasons: dict[str, int] = {}
        """Why verdicts could not be read, counted."""

    def supported(self, statement: str, quotes: Sequence[str]) -> bool | None:
        """Whether the metric reaches ``SUPPORTED_VALUE``; without quotes nothing is supported."""
        if not quotes:
            return False
        contexts = tuple(quotes)
        reference = " ".join(" ".join(contexts).split())
        sample = Sample(_QUESTION, " ".join(statement.split()), contexts, reference=reference)
        reading = self._ragas.read(self.name, sample)
        if reading.value is None:
            self.reasons[reading.reason] = self.reasons.get(reading.reason, 0) + 1
            return None
        return reading.value >= SUPPORTED_VALUE


def named(text: str) -> tuple[str, ...]:
    """The judges of a comma-separated list.

    >>> named("verifier, ragas.Faithfulness")
    ('verifier', 'ragas.Faithfulness')

    Raises:
        UserError: there is no such judge.

    """
    words = [part.strip() for part in text.split(",") if part.strip()]
    for word in words:
        if word not in JUDGES:
            near = get_close_matches(word, JUDGES, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            message = f"There is no judge '{word}'.{hint} Known: {', '.join(JUDGES)}."
            raise UserError(message)
    if not words:
        message = f"--judges names no judge. Known: {', '.join(JUDGES)}."
        raise UserError(message)
    return tuple(dict.fromkeys(words))


def opened(
    names: Sequence[str], settings: Config, say: Callable[[str], None], options: Mapping[str, Any] | None = None
) -> tuple[Judge, ...]:
    """The judges with the models of a profile; models that no judge needs are not loaded.

    Args:
        names: of ``JUDGES``.
        settings: the profile.
        say: told when a model takes long.
        options: ``limit_s`` and ``max_tokens`` of a call of the chat model.

    Raises:
        UserError: a model cannot be had.

    """
    from eval.judging.ragas_engine import opened as opened_ragas

    metrics = [name for name in names if name in METRICS]
    ragas = opened_ragas(metrics, settings, say, options, embeds="verifier" in names)
    if ragas.embedder is not None:
        ragas.embedder = Remembering(ragas.embedder)
    judges: list[Judge] = []
    for name in names:
        if name == "verifier":
            assert ragas.embedder is not None
            judges.append(Verifier(ragas.embedder))
        else:
            judges.append(Overlap() if name == "overlap" else RagasJudge(name, ragas))
    return tuple(judges)

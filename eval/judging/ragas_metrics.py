"""Metrics of ragas (Es et al., EACL 2024; https://docs.ragas.io, version 0.4) by name, and what they are given.

The offline ones need no language model; the judged ones ask any chat model of a profile
(``eval.judging.ragas_engine``).
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from config import UserError
from eval.measures import plain
from eval.records import Case, Outcome

PREFIX = "ragas."


@dataclass(frozen=True, slots=True)
class Sample:
    """What ragas may look at. ``contexts`` are the passages handed to the writer, ``quotes`` what the answer cites."""

    question: str = ""
    answer: str = ""
    contexts: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    reference: str = ""
    reference_contexts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A value in [0, 1], or None with the reason why there is none."""

    value: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """``needs`` names the fields of a sample without which the metric does not apply; ``asks`` a chat model or not."""

    needs: tuple[str, ...]
    asks: bool = False
    embeds: bool = False


METRICS: dict[str, Metric] = {
    "ragas.NonLLMContextRecall": Metric(("reference_contexts", "contexts")),
    "ragas.NonLLMContextPrecisionWithReference": Metric(("reference_contexts", "contexts")),
    "ragas.NonLLMStringSimilarity": Metric(("answer", "reference")),
    "ragas.QuotedSpansAlignment": Metric(("quotes", "contexts")),
    "ragas.SemanticSimilarity": Metric(("answer", "reference"), embeds=True),
    "ragas.Faithfulness": Metric(("question", "answer", "contexts"), asks=True),
    "ragas.ResponseGroundedness": Metric(("answer", "contexts"), asks=True),
    "ragas.FactualCorrectness": Metric(("answer", "reference"), asks=True),
    "ragas.ContextRelevance": Metric(("question", "reference", "contexts"), asks=True),
    "ragas.AnswerRelevancy": Metric(("question", "answer"), asks=True, embeds=True),
}
OFFLINE = tuple(name for name, metric in METRICS.items() if not metric.asks)
JUDGED = tuple(name for name, metric in METRICS.items() if metric.asks)


def chosen(text: str) -> tuple[str, ...]:
    """Metrics named in one word list: names with or without ``ragas.``, ``offline``, ``all-llm``, ``all``.

    >>> chosen("Faithfulness, ragas.SemanticSimilarity")
    ('ragas.Faithfulness', 'ragas.SemanticSimilarity')
    >>> chosen("all") == chosen("offline,all-llm")
    True

    Raises:
        UserError: a name is not known.

    """
    groups = {"offline": OFFLINE, "all-llm": JUDGED, "all": (*OFFLINE, *JUDGED)}
    names: list[str] = []
    for word in filter(None, (part.strip() for part in text.split(","))):
        spelling = PREFIX + word.removeprefix(PREFIX)
        if word not in groups and spelling not in METRICS:
            near = get_close_matches(spelling, METRICS, n=1, cutoff=0.5)
            hint = f" Did you mean {near[0]}?" if near else ""
            message = f"There is no metric '{word}'.{hint} Known: {', '.join(METRICS)}, offline, all-llm, all."
            raise UserError(message)
        names += groups.get(word, (spelling,))
    if not names:
        message = f"--metrics names no metric. Known: {', '.join(METRICS)}, offline, all-llm, all."
        raise UserError(message)
    return tuple(dict.fromkeys(names))


def sample_of(case: Case, outcome: Outcome) -> Sample:
    """A case and its outcome as ragas sees them: a refusal is no answer, an unanswerable question has no reference."""
    turns = [f"{turn.role}: {turn.content}" for turn in case.history]
    answered = outcome.outcome == "answered"
    return Sample(
        question="\n".join([*turns, f"user: {case.question}"]) if turns else case.question,
        answer=plain(outcome.text) if answered else "",
        contexts=tuple(passage for passage in outcome.passages if passage.strip()),
        quotes=tuple(dict.fromkeys(cited.quote for cited in outcome.citations)) if answered else (),
        reference=case.answer if case.answerable else "",
        reference_contexts=tuple(piece.quote for piece in case.evidence) if case.answerable else (),
    )


def applies(name: str, sample: Sample) -> bool:
    """Whether a metric says anything about a sample; missing passages are a fault to be shown, so they do not count."""
    return all(getattr(sample, need) for need in METRICS[name].needs if need != "contexts")

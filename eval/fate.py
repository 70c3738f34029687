"""What became of a question: the first step of the pipeline at which a failed answer went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.measures import is_found, read_first
from eval.records import Case, Outcome, Piece, Place

DEPTH = 20  # hits of a stage that count as "ranked high enough"
FATES: dict[str, str] = {
    "right": "all key facts and no forbidden one, every statement supported; or rightly refused",
    "not in the run": "the run does not hold the question",
    "error": "the question ended in an error",
    "not in the library": "a document that holds evidence is missing, or ingestion changed its words",
    "missed by retrieval": f"neither BM25 nor the vectors rank the evidence among their first {DEPTH} hits",
    "lost by fusion": f"a first stage ranks the evidence among its first {DEPTH} hits, the fusion does not",
    "lost by reranker": f"the fusion ranks the evidence among its first {DEPTH} hits, the reranker does not",
    "cut before the writer": "ranked high enough, but not among the passages that the writer was handed",
    "wrongly refused": "the writer was handed the evidence, and the answer is a refusal",
    "answered the unanswerable": "the documents do not hold it, and there is an answer",
    "unsupported": "a statement of the answer is not supported by what it cites",
    "forbidden fact": "the answer states a forbidden fact",
    "not selected": "the writer was handed the evidence and shows other words",
    "incomplete": "the evidence is shown, but not all key facts are in the words shown",
}
"""Every fate with its meaning, in pipeline order."""


def fate(
    case: Case,
    outcome: Outcome | None,
    pieces: Sequence[Piece] | None,
    values: Mapping[str, float | None],
    supported: bool,
    stages: Sequence[str],
) -> str:
    """One of ``FATES``. An unsupported statement comes before everything else, as the worst that an answer can do; then
    for a failed answer the earliest loss among its pieces of evidence, then what the writer did.

    Args:
        case: the question.
        outcome: what was answered; None when the run does not hold it.
        pieces: its evidence with places; None when no library is at hand.
        values: the question's measures.
        supported: no statement of the answer is known to be unsupported by what it cites.
        stages: the stages that the run has.

    """
    if outcome is None:
        return "not in the run"
    if outcome.outcome == "error":
        return "error"
    refused = outcome.outcome in ("not_found", "refused")
    if not case.answerable:
        return "right" if refused else "answered the unanswerable"
    if not refused and not supported:
        return "unsupported"
    if not refused and _is_right(values):
        return "right"
    lost = {_loss(piece, outcome, stages) for piece in pieces or ()}
    for name in FATES:
        if name in lost:
            return name
    if refused:
        return "wrongly refused"
    if values.get("ForbiddenFacts") == 1.0:
        return "forbidden fact"
    return "incomplete" if values.get("ItemRecall") in (None, 1.0) else "not selected"


def _is_right(values: Mapping[str, float | None]) -> bool:
    """By key facts where the question has some, otherwise by its evidence."""
    correct = values.get("Correct")
    return values.get("ItemRecall") == 1.0 if correct is None else correct == 1.0


def _loss(piece: Piece, outcome: Outcome, stages: Sequence[str]) -> str:
    """Where a piece was lost on its way to the writer; '' when it was handed over."""
    if not piece.places:
        return "not in the library"
    if "passages" not in stages or _holds(piece, outcome.stages.get("passages", ())):
        return ""
    high = {stage: _holds(piece, outcome.stages.get(stage, ())[:DEPTH]) for stage in stages}
    if high.get("reranked"):
        return "cut before the writer"
    if high.get("fused"):
        return "lost by reranker" if "reranked" in stages else "cut before the writer"
    if high.get("lexical") or high.get("dense"):
        return "lost by fusion"
    return "missed by retrieval"


def _holds(piece: Piece, hits: Sequence[Place]) -> bool:
    return is_found(piece, read_first(hits, len(hits)))

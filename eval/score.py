"""From a run and a gold set to a scorecard. No model is run; documents serve only to look up quotes.

A question that the run does not hold is a miss in recall and in facts; it says nothing about refusals, citations or
time. A stage that no outcome of the run holds was not run: it is unscored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from eval.evidence import locate
from eval.measures import RETRIEVAL_MEASURES, matched_share, matches, plain, retrieval_shares
from eval.records import (
    STAGES,
    Case,
    CitedQuote,
    Estimate,
    LocatedCase,
    Outcome,
    Place,
    Row,
    Run,
    Scorecard,
    Slice,
)
from eval.statistics import clustered_mean, percentiles, wilson

if TYPE_CHECKING:
    from ingest.records import Document

Documents = Mapping[str, "Document"]
ANSWER_RATES = ("correct", "key_facts", "forbidden")
CONDUCT_RATES = ("cited", "refused_unanswerable", "refused_answerable", "error")
TIMES = ("total", "first_token")


def score(
    cases: Sequence[Case], run: Run, documents: Documents | None, *, seed: int = 0, notes: Sequence[str] = ()
) -> Scorecard:
    """Score every case overall and per type.

    Args:
        cases: the gold questions that count.
        run: what was answered; outcomes of other questions are left out and mentioned.
        documents: the library's documents by source; None leaves everything unscored that needs their text.
        seed: of the bootstrap.
        notes: things said before, kept in front.

    """
    located = [locate(case, documents) if documents is not None else LocatedCase(case) for case in cases]
    outcomes = {case.id: run.outcomes[case.id] for case in cases if case.id in run.outcomes}
    ranked = [stage for stage in STAGES if any(outcome.stages.get(stage) for outcome in outcomes.values())]
    rows = tuple(row(found, outcomes.get(found.case.id), ranked, documents) for found in located)
    slices = [_slice("all", rows, seed)]
    for name in sorted({r.type for r in rows}):
        slices.append(_slice(name, [r for r in rows if r.type == name], seed))
    said = [*notes, *run.notes, *_notes(located, run, documents is not None)]
    return Scorecard(tuple(slices), rows, tuple(said))


def row(found: LocatedCase, outcome: Outcome | None, ranked: Sequence[str], documents: Documents | None) -> Row:
    """Score one question; ``ranked`` names the stages that the run has at all."""
    case = found.case
    facts = _fact_share(case, outcome)
    correct = None if facts is None else facts == 1.0 and not _states_forbidden(case, outcome)
    shares: dict[str, float | None] = {"key_fact_share": facts}
    for stage in STAGES:
        # An unanswerable question may have evidence (of a false premise), but recall is about answers.
        pieces = found.pieces if case.answerable and stage in ranked else ()
        hits = outcome.stages.get(stage, ()) if outcome is not None else ()
        shares |= {f"{stage}.{name}": share for name, share in retrieval_shares(pieces, hits).items()}
    flags: dict[str, bool | None] = dict.fromkeys((*ANSWER_RATES, *CONDUCT_RATES))
    flags["correct"] = correct
    flags["key_facts"] = None if facts is None else facts == 1.0
    verbatim: tuple[bool, ...] = ()
    if outcome is not None:
        refused = outcome.outcome in ("not_found", "refused")
        flags["forbidden"] = _states_forbidden(case, outcome) if case.forbidden else None
        flags["cited"] = bool(outcome.citations) if outcome.outcome == "answered" else None
        flags["refused_answerable" if case.answerable else "refused_unanswerable"] = refused
        flags["error"] = outcome.outcome == "error"
        if documents is not None:
            verbatim = tuple(is_verbatim(cited, documents) for cited in outcome.citations)
    return Row(
        id=case.id,
        type=case.type,
        cluster=case.cluster,
        outcome=None if outcome is None else outcome.outcome,
        flags=flags,
        shares=shares,
        verbatim=verbatim,
        seconds={} if outcome is None else outcome.seconds,
        evidence=tuple(piece.places[0] for piece in found.pieces),
    )


def is_verbatim(cited: CitedQuote, documents: Documents) -> bool:
    """Whether the quote is exactly what the document says at its place."""
    place: Place = cited.place
    document = documents.get(place.source)
    return document is not None and bool(cited.quote) and document.text[place.start : place.end] == cited.quote


def _answered_text(outcome: Outcome | None) -> str | None:
    """Only an answer states facts: a refusal that repeats the question must not score, for or against."""
    return outcome.text if outcome is not None and outcome.outcome == "answered" else None


def _fact_share(case: Case, outcome: Outcome | None) -> float | None:
    if not case.answerable or not case.key_facts:
        return None
    text = _answered_text(outcome)
    return 0.0 if text is None else matched_share(case.key_facts, text)


def _states_forbidden(case: Case, outcome: Outcome | None) -> bool:
    text = _answered_text(outcome)
    return text is not None and any(matches(pattern, plain(text)) for pattern in case.forbidden)


def _slice(name: str, rows: Sequence[Row], seed: int) -> Slice:
    measures: dict[str, Estimate] = {}
    for rate in (*ANSWER_RATES, *CONDUCT_RATES):
        measures[rate] = wilson([flag for r in rows if (flag := r.flags[rate]) is not None])
    measures["verbatim"] = wilson([flag for r in rows for flag in r.verbatim])
    for mean in ("key_fact_share", *(f"{stage}.{measure}" for stage in STAGES for measure in RETRIEVAL_MEASURES)):
        scored = [(share, r.cluster) for r in rows if (share := r.shares[mean]) is not None]
        measures[mean] = clustered_mean([share for share, _ in scored], [cluster for _, cluster in scored], seed=seed)
    seconds = {time: percentiles([r.seconds[time] for r in rows if time in r.seconds]) for time in TIMES}
    return Slice(name, len(rows), sum(r.outcome is None for r in rows), measures, seconds)


def _notes(located: Sequence[LocatedCase], run: Run, have_documents: bool) -> list[str]:
    notes = []
    ids = {found.case.id for found in located}
    missing = [found.case.id for found in located if found.case.id not in run.outcomes]
    if missing:
        notes.append(
            f"{len(missing)} of {len(located)} questions are not in the run and count as misses: {_some(missing)}"
        )
    others = [identity for identity in run.outcomes if identity not in ids]
    if others:
        notes.append(f"{len(others)} outcomes of the run are not among these questions and were left out")
    if not have_documents:
        notes.append("no library to look quotes up in: evidence and citations' words are unscored (give --library DIR)")
    lost = [f"{found.case.id} ({quote.source}: {quote.quote[:60]!r})" for found in located for quote in found.unlocated]
    if lost:
        notes.append(f"{len(lost)} evidence quotes were not found in the library and are unscored: {_some(lost)}")
    return notes


def _some(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more

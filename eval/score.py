"""From a run and a gold set to scored questions. No answer is made again; documents serve only to look up quotes.

A question that the run does not hold is a miss in retrieval and in facts; it says nothing about refusals, citations or
time. Evidence that the run's own library does not hold (any more) is a miss as well: a lost document must show. A stage
that no outcome of the run holds was not run, and does not apply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eval.evidence import locate
from eval.fate import fate
from eval.grounding import Support, grounding_values
from eval.measures import found_share, matched_share, matches, plain, read_first
from eval.ranking import ranking_values
from eval.records import STAGES, Case, Outcome, Piece, Row, Run, Scorecard
from eval.scorecard import slices

if TYPE_CHECKING:
    from eval.judging.verdicts import Verdicts
    from ingest.records import Document

Documents = Mapping[str, "Document"]


@dataclass(frozen=True, slots=True)
class Question:
    """What scoring one question needs: ``pieces`` is None when no library is at hand to look them up in."""

    case: Case
    pieces: tuple[Piece, ...] | None
    outcome: Outcome | None
    stages: tuple[str, ...]  # that the run has at all


@dataclass(frozen=True, slots=True)
class Scoring:
    """What scores are made with besides gold and run.

    ``price`` is USD per million tokens by kind (``prompt``, ``completion``); ``verdicts`` are of other judges.
    """

    documents: Documents | None
    support: Support = field(default_factory=Support)
    price: Mapping[str, float] = field(default_factory=dict)
    verdicts: Sequence[Verdicts] = ()
    seed: int = 0


def score(
    cases: Sequence[Case],
    run: Run,
    scoring: Scoring,
    *,
    about: Mapping[str, Any] | None = None,
    notes: Sequence[str] = (),
) -> Scorecard:
    """Score every case; outcomes of other questions are left out and mentioned.

    Args:
        cases: the gold questions that count.
        run: what was answered.
        scoring: documents and judges.
        about: what the card is about, kept in it.
        notes: things said before, kept in front.

    """
    questions = _questions(cases, run, scoring.documents)
    rankings = _rankings(questions)
    rows = tuple(row(question, rankings[question.case.id], scoring) for question in questions)
    judged = [note for verdicts in scoring.verdicts for note in verdicts.notes]
    said = (*notes, *run.notes, *judged, *_notes(questions, run, scoring.documents))
    return Scorecard({} if about is None else about, rows, slices(rows, scoring.seed), said)


def _questions(cases: Sequence[Case], run: Run, documents: Documents | None) -> list[Question]:
    outcomes = [run.outcomes[case.id] for case in cases if case.id in run.outcomes]
    ranked = tuple(stage for stage in STAGES if any(outcome.stages.get(stage) for outcome in outcomes))
    questions = []
    for case in cases:
        pieces = None
        if documents is not None:
            located = locate(case, documents)
            pieces = (*located.pieces, *(Piece(quote, ()) for quote in located.unlocated))
        questions.append(Question(case, pieces, run.outcomes.get(case.id), ranked))
    return questions


def _rankings(questions: Sequence[Question]) -> dict[str, dict[str, float]]:
    """Per case the retrieval values by canonical spelling; none for questions without evidence to find."""
    ranked = {}
    for question in questions:
        # An unanswerable question may have evidence (of a false premise), but retrieval is judged by answers.
        if question.pieces and question.case.answerable:
            for stage in question.stages:
                hits = question.outcome.stages.get(stage, ()) if question.outcome is not None else ()
                ranked[f"{stage}\t{question.case.id}"] = (question.pieces, hits)
    by_case: dict[str, dict[str, float]] = {question.case.id: {} for question in questions}
    for key, values in ranking_values(ranked).items():
        stage, identity = key.split("\t", 1)
        by_case[identity] |= {f"{stage}.{name}": value for name, value in values.items()}
    return by_case


def row(question: Question, ranking: Mapping[str, float], scoring: Scoring) -> Row:
    """Score one question."""
    case, outcome = question.case, question.outcome
    values: dict[str, float | None] = {**_fact_values(case, outcome), **ranking}
    supported: bool | None = True
    if outcome is not None:
        values |= _conduct_values(case, outcome)
        if outcome.outcome == "answered":
            values |= _shown_values(question)
            if scoring.documents is not None:
                grounding, supported = grounding_values(outcome, scoring.documents, scoring.support)
                values |= grounding
        values |= _spent(outcome, scoring.price)
    for verdicts in scoring.verdicts:
        values |= {metric: value for (identity, metric), value in verdicts.values.items() if identity == case.id}
    return Row(
        id=case.id,
        cluster=case.cluster,
        outcome=None if outcome is None else outcome.outcome,
        fate=fate(case, outcome, question.pieces, values, supported is not False, question.stages),
        groups=groups(case, {} if scoring.documents is None else scoring.documents),
        values=values,
        seconds={} if outcome is None else outcome.seconds,
        confidence=None if outcome is None else outcome.confidence,
    )


def groups(case: Case, documents: Documents) -> dict[str, str]:
    """The slices that a question belongs to, by dimension; the documents' role titles count for no shared word."""
    found = {"type": case.type, "persona": case.persona, "split": case.split, "style": "+".join(sorted(case.style))}
    found["document"] = case.evidence[0].source if case.evidence else "none"
    if case.near_miss is not None and not case.answerable:
        found["absence"] = "near miss" if case.near_miss else "never mentioned"
    if case.answerable and case.evidence:
        from eval.goldset.overlap import LOW, overlap

        share = overlap(case, sorted({document.role for document in documents.values()}))
        if share is not None:
            found["wording"] = "few shared words" if share <= LOW else "shared words"
    return {dimension: name for dimension, name in found.items() if name}


def _fact_values(case: Case, outcome: Outcome | None) -> dict[str, float | None]:
    """Only an answer states facts: a refusal that repeats the question must not score, for or against."""
    text = outcome.text if outcome is not None and outcome.outcome == "answered" else None
    forbidden = text is not None and any(matches(pattern, plain(text)) for pattern in case.forbidden)
    values: dict[str, float | None] = {}
    if case.forbidden and outcome is not None:
        values["ForbiddenFacts"] = float(forbidden)
    if case.answerable and case.key_facts:
        share = 0.0 if text is None else float(matched_share(case.key_facts, text) or 0.0)
        values |= {"KeyFacts": share, "AllKeyFacts": float(share == 1.0)}
        values["Correct"] = float(share == 1.0 and not forbidden)
    return values


def _conduct_values(case: Case, outcome: Outcome) -> dict[str, float | None]:
    from eval.redteam.safety import active_content, invisible
    from ingest.personal import personal_data

    refused = outcome.outcome in ("not_found", "refused")
    return {
        "FalseRefusal" if case.answerable else "Refusal": float(refused),
        "Error": float(outcome.outcome == "error"),
        "PersonalData": float(bool(personal_data(outcome.text))),
        "ActiveContent": float(bool(active_content(outcome.text) or invisible(outcome.text))),
    }


def _shown_values(question: Question) -> dict[str, float | None]:
    """What the citations of an answer show of the gold evidence."""
    outcome = question.outcome
    if outcome is None:
        return {}
    values: dict[str, float | None] = {"Cited": float(bool(outcome.citations))}
    if not question.pieces or not question.case.answerable:
        return values
    shown = [cited.place for cited in outcome.citations]
    values["ItemRecall"] = found_share(question.pieces, read_first(shown, len(shown)))
    places = [place for piece in question.pieces for place in piece.places]
    near = [
        any(c.place.source == p.source and c.place.start < p.end and p.start < c.place.end for p in places)
        for c in outcome.citations
    ]
    if near:
        values["EvidencePrecision"] = sum(near) / len(near)
    return values


def _spent(outcome: Outcome, price: Mapping[str, float]) -> dict[str, float | None]:
    if not outcome.tokens:
        return {}
    tokens: dict[str, float | None] = {"Tokens": float(sum(outcome.tokens.values()))}
    if not any(price.values()):  # no price is not a price of nothing
        return tokens
    return {**tokens, "Cost": sum(count * price.get(kind, 0.0) / 1_000_000 for kind, count in outcome.tokens.items())}


def _notes(questions: Sequence[Question], run: Run, documents: Documents | None) -> list[str]:
    notes = []
    ids = {question.case.id for question in questions}
    missing = [question.case.id for question in questions if question.outcome is None]
    if missing:
        notes.append(
            f"{len(missing)} of {len(questions)} questions are not in the run and count as misses: {_some(missing)}"
        )
    others = [identity for identity in run.outcomes if identity not in ids]
    if others:
        notes.append(f"{len(others)} outcomes of the run are not among these questions and were left out")
    if documents is None:
        notes.append("no library to look quotes up in: retrieval and citations are unscored (give --library DIR)")
    lost = [
        f"{question.case.id} ({piece.quote.source}: {piece.quote.quote[:60]!r})"
        for question in questions
        for piece in question.pieces or ()
        if not piece.places
    ]
    if lost:
        notes.append(f"{len(lost)} evidence quotes are not in the library and count as misses: {_some(lost)}")
    return notes


def _some(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more

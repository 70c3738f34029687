"""What became of the questions: fates, answering and refusing, and the worst cases with the evidence that got lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from eval.fate import FATES
from eval.measures import is_found, read_first
from eval.records import STAGES, Case, LocatedCase, Outcome, Piece, Place, Row
from eval.report import text
from eval.report.data import Report

COVERAGES = (0.25, 0.5, 0.6, 0.7, 0.8, 0.9)
MOST = 25
CLIPPED = 2_000  # characters of an answer or a quote that are shown
# What costs a reader's trust most comes first; then what the answer lacks; then where the pipeline lost it.
SEVERITY = (
    "forbidden fact", "unsupported", "answered the unanswerable", "error", "wrongly refused", "not selected",
    "incomplete", "cut before the writer", "lost by reranker", "lost by fusion", "missed by retrieval",
    "not in the library", "not in the run",
)  # fmt: skip


def fates(report: Report) -> list[dict[str, Any]]:
    """How many questions came to which fate, in pipeline order; fates that befell none are kept, they say something."""
    total = report.card.whole.questions
    counts = report.card.whole.fates
    return [
        {"fate": fate, "meaning": meaning, **_share(counts.get(fate, 0), total)} for fate, meaning in FATES.items()
    ]


def abstention(report: Report) -> dict[str, Any]:
    """The 2x2 of answering and refusing, and the risk-coverage curve with its figures at some coverages."""
    from eval.abstention import area, curve, two_by_two

    rows = report.card.rows
    conduct = two_by_two(rows)
    table, seen = [], 0
    for name, *pair in (
        ("in the documents", conduct.answerable_answered, conduct.answerable_refused),
        ("not in the documents", conduct.unanswerable_answered, conduct.unanswerable_refused),
    ):
        answered, refused = (_share(count, sum(pair)) for count in pair)
        table.append({"name": name, "answered": answered, "refused": refused})
        seen += sum(pair)
    points = curve(rows)
    at = []
    for coverage in COVERAGES:
        reached = [point for point in points if point.coverage >= coverage]
        if reached:
            at.append({"coverage": coverage, "risk": reached[0].risk, "text": text.percent(reached[0].risk)})
    return {
        "table": table,
        "left_out": len(rows) - seen,
        "curve": [[point.coverage, point.risk, point.confidence] for point in points],
        "at": at,
        "aurc": area(points),
        "aurc_text": text.written(area(points), "share"),
    }


def _share(count: int, total: int) -> dict[str, Any]:
    share = count / total if total else None
    return {"count": count, "value": share, "text": text.percent(share)}


def clip(words: str) -> str:
    """The text, cut when it is very long.

    >>> clip("short"), len(clip("x" * 9_999))
    ('short', 2001)
    """
    return words if len(words) <= CLIPPED else words[:CLIPPED] + "…"


def rank(piece: Piece, hits: Sequence[Place]) -> int | None:
    """The first rank (from 1) at which the hits so far show the piece; None when they never do.

    >>> from eval.records import EvidenceQuote
    >>> piece = Piece(EvidenceQuote("a", "0123456789"), (Place("a", 10, 20),))
    >>> rank(piece, [Place("b", 0, 99), Place("a", 10, 13), Place("a", 0, 15)]), rank(piece, [Place("b", 0, 99)])
    (3, None)
    """
    for number, hit in enumerate(hits, 1):
        touches = any(p.source == hit.source and p.start < hit.end and hit.start < p.end for p in piece.places)
        if touches and is_found(piece, read_first(hits, number)):
            return number
    return None


def worst(report: Report) -> list[dict[str, Any]]:
    """Up to ``MOST`` failed questions: the kinds of failure in turn, the gravest first, by id within a kind.

    Taking turns keeps a frequent failure from hiding the others.
    """
    cases = {case.id: case for case in report.cases}
    waiting: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(report.card.rows, key=_badness):
        if row.fate != "right" and row.id in cases:
            waiting[row.fate].append(row)
    known = [fate for fate in SEVERITY if fate in waiting]
    order = known + sorted(set(waiting) - set(known))
    chosen: list[Row] = []
    while len(chosen) < MOST and any(waiting.values()):
        chosen += [waiting[fate].pop(0) for fate in order if waiting[fate]]
    chosen = sorted(chosen[:MOST], key=lambda row: order.index(row.fate))  # stable: the order within a fate stays
    return [
        _case(row, cases[row.id], report.run.outcomes.get(row.id), report.located.get(row.id)) for row in chosen
    ]


def _badness(row: Row) -> tuple[float, str]:
    """Fewest key facts first, then by id."""
    facts = row.values.get("KeyFacts")
    return (0.0 if facts is None else facts), row.id


def _case(row: Row, case: Case, outcome: Outcome | None, found: LocatedCase | None) -> dict[str, Any]:
    said, quotes = ([], []) if outcome is None else _answer(outcome)
    return {
        "id": case.id,
        "fate": row.fate,
        "meaning": FATES.get(row.fate, ""),
        "type": case.type,
        "persona": case.persona,
        "question": case.question,
        "history": [{"role": turn.role, "text": clip(turn.content)} for turn in case.history],
        "answerable": case.answerable,
        "gold": case.answer,
        "outcome": "missing" if outcome is None else outcome.outcome,
        "said": said,
        "quotes": quotes,
        "error": None if outcome is None else outcome.error,
        "evidence": _evidence(case, outcome, found),
    }


def _answer(outcome: Outcome) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The parts of an answer with the numbers of their citations, and the quotes by number."""
    parts = [(part.text, part.citations) for part in outcome.said]
    if not parts and outcome.text:
        parts = [(outcome.text, ())]
    listed = dict.fromkeys(cited for _, citations in parts for cited in citations)
    listed |= dict.fromkeys(outcome.citations)
    number = {cited: place for place, cited in enumerate(listed, 1)}
    said = [{"text": clip(words), "markers": [number[cited] for cited in cited_by]} for words, cited_by in parts]
    quotes = [
        {"marker": place, "source": cited.place.source, "quote": clip(cited.quote)} for cited, place in number.items()
    ]
    return said, quotes


def _evidence(case: Case, outcome: Outcome | None, found: LocatedCase | None) -> list[dict[str, Any]]:
    """Every piece of gold evidence with its rank per stage (None: not found) and whether the answer cites it."""
    stages = {} if outcome is None else outcome.stages
    run = [stage for stage in STAGES if stages.get(stage)]
    cited = () if outcome is None else tuple(c.place for c in outcome.citations)
    looked_up = {} if found is None else {piece.quote: piece for piece in found.pieces}
    lines = []
    for quote in case.evidence:
        piece = looked_up.get(quote)
        lines.append(
            {
                "source": quote.source,
                "section": quote.section,
                "quote": clip(quote.quote),
                "located": piece is not None,
                "ranks": {} if piece is None else {stage: rank(piece, stages[stage]) for stage in run},
                "cited": piece is not None and is_found(piece, read_first(cited, len(cited))),
            }
        )
    return lines

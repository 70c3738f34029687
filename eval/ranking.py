"""Rankings judged by pieces of evidence, with ir_measures for everything that has a name in the field.

Evidence is a set of spans, a hit is a span, so two rankings are derived from a list of hits. *Hits*: a hit is relevant
when it brings at least one piece over the half mark (``eval.measures.is_found``) that the hits before did not. *Reading
order*: as hits, but a hit that brings several pieces stands for that many relevant items one after the other, and what
was never found stays in the ideal; so a perfect list has nDCG 1 however the text is chunked. With one piece of
evidence, or one per hit, both are the usual judgements (tests/test_eval_ranking.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eval.catalogue import BUDGETS, CUTOFFS
from eval.measures import found_share, is_found, merge, read_within
from eval.records import Piece, Place

Ranked = tuple[Sequence[Piece], Sequence[Place]]
"""The evidence of one question and one stage's hits, best first."""


def brought(pieces: Sequence[Piece], hits: Sequence[Place]) -> list[int]:
    """How many pieces each hit finds that the hits before it did not; (len(hits),).

    >>> from eval.records import EvidenceQuote
    >>> piece = Piece(EvidenceQuote("a", "0123456789"), (Place("a", 10, 20),))
    >>> brought([piece, piece], [Place("b", 0, 9), Place("a", 0, 14), Place("a", 14, 30), Place("a", 10, 20)])
    [0, 0, 2, 0]
    """
    read: dict[str, tuple[tuple[int, int], ...]] = {}
    open_pieces = list(pieces)
    counts = []
    for hit in hits:
        read[hit.source] = merge([*read.get(hit.source, ()), (hit.start, hit.end)])
        left = [piece for piece in open_pieces if not is_found(piece, read)]
        counts.append(len(open_pieces) - len(left))
        open_pieces = left
    return counts


def ranking_values(ranked: Mapping[str, Ranked]) -> dict[str, dict[str, float]]:
    """Hit, Recall, Precision, MRR, nDCG (at ``CUTOFFS``) and Coverage (at ``BUDGETS``) of many rankings at once.

    Args:
        ranked: evidence (not empty) and hits by any key.

    Returns:
        Per key a value in [0, 1] by spelling without stage: ``{"nDCG@10": 0.63, ...}``.

    """
    values: dict[str, dict[str, float]] = {key: {} for key in ranked}
    judged: list[Any] = []
    listed: list[Any] = []
    for key, (pieces, hits) in ranked.items():
        counts = brought(pieces, hits[: max(CUTOFFS)])
        for k in CUTOFFS:
            values[key][f"Recall@{k}"] = sum(counts[:k]) / len(pieces)
        for budget in BUDGETS:
            values[key][f"Coverage@{budget}"] = float(found_share(pieces, read_within(hits, budget)) or 0.0)
        missing = len(pieces) - sum(counts)
        _add(f"{key}\thits", [count > 0 for count in counts], missing, judged, listed)
        order = [relevant for count in counts for relevant in ([True] * count if count else [False])]
        _add(f"{key}\torder", order, missing, judged, listed)
    return _with_library(values, judged, listed)


def _add(query: str, relevant: Sequence[bool], missing: int, judged: list[Any], listed: list[Any]) -> None:
    """One ranking in ir_measures' terms; what no hit brought is judged relevant and never listed."""
    import ir_measures

    for rank, is_relevant in enumerate(relevant):
        listed.append(ir_measures.ScoredDoc(query, str(rank), float(-rank)))
        judged.append(ir_measures.Qrel(query, str(rank), int(is_relevant)))
    judged.extend(ir_measures.Qrel(query, f"missing {number}", 1) for number in range(missing))


def _with_library(
    values: dict[str, dict[str, float]], judged: Sequence[Any], listed: Sequence[Any]
) -> dict[str, dict[str, float]]:
    import ir_measures
    from ir_measures import RR, P, Success, nDCG

    names: dict[Any, tuple[str, str]] = {}
    for k in CUTOFFS:
        names |= {Success @ k: ("hits", f"Hit@{k}"), P @ k: ("hits", f"Precision@{k}"), RR @ k: ("hits", f"MRR@{k}")}
        names[nDCG @ k] = ("order", f"nDCG@{k}")
    for found in values.values():  # a ranking without any hit is unknown to the library: nothing was found
        found |= {name: 0.0 for _, name in names.values()}
    if listed:
        for metric in ir_measures.iter_calc(list(names), judged, listed):
            key, kind = metric.query_id.rsplit("\t", 1)
            wanted, name = names[metric.measure]
            if kind == wanted:
                values[key][name] = float(metric.value)
    return values

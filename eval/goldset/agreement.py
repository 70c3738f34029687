"""Agreement of two annotators beyond chance: Cohen's kappa with its interval, and where they disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config import UserError
from eval.evidence import occurrences
from eval.goldset.annotators import Labels
from eval.records import Estimate
from eval.statistics import wilson
from ingest.records import Document

RESAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two annotators agree in one field.

    ``compared`` questions were labelled by both, ``alone`` by one of them. ``raw`` is the share of equal labels,
    ``kappa`` Cohen's. Both count decisions: one per question, but for evidence one per question and document (or
    unit). ``confusion[i][j]`` counts decisions where the first said ``labels[i]`` and the second ``labels[j]``.
    """

    field: str
    compared: int
    alone: int
    raw: Estimate
    kappa: Estimate
    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    disagreements: tuple[tuple[str, str, str], ...]


def agreement(
    first: Labels, second: Labels, field: str, documents: Mapping[str, Document] | None = None, *, seed: int = 0
) -> Agreement:
    """Cohen's kappa (Educational and Psychological Measurement 20, 1960, pp. 37-46) of one field.

    Evidence is a set, so every document is one decision per question: does it hold evidence? With ``documents`` every
    unit is (compare Brants 2000 on agreement over spans); without, the documents are those that either file names.
    The interval draws whole questions (percentile bootstrap). kappa is None when it is not defined: nobody labelled,
    or both used one and the same label throughout.
    """
    both = sorted(name for name in set(first) & set(second) if field in first[name] and field in second[name])
    either = {name for labels in (first, second) for name in labels if field in labels[name]}
    if field == "evidence":
        decided = _evidence_decisions([(first[name][field], second[name][field]) for name in both], documents)
    else:
        decided = [Counter({(label(first[name][field]), label(second[name][field])): 1}) for name in both]
    labels = tuple(sorted({label for counts in decided for pair in counts for label in pair}))
    tables = [_table(counts, labels) for counts in decided]
    total = sum(decided, Counter())
    equal = sum(count for (one, other), count in total.items() if one == other)
    apart = tuple(
        (name, shown(first[name][field]), shown(second[name][field]))
        for name, counts in zip(both, decided, strict=True)
        if any(one != other for one, other in counts)
    )
    return Agreement(
        field,
        len(both),
        len(either) - len(both),
        _raw(equal, total.total(), field),
        _interval(tables, len(labels), seed),
        labels,
        _table(total, labels),
        apart,
    )


def _raw(equal: int, n: int, field: str) -> Estimate:
    """The share of equal decisions; those about one question's evidence hang together, so they get no interval."""
    if field == "evidence" and n:
        return Estimate(equal / n, None, None, n)
    return wilson([True] * equal + [False] * (n - equal))


def kappa(confusion: Sequence[Sequence[float]]) -> float | None:
    """Cohen's kappa of a square table of counts; None when chance alone would agree always, or there is nothing.

    >>> kappa([[20, 5], [10, 15]])
    0.4
    >>> kappa([[7]]) is None
    True
    """
    total = sum(map(sum, confusion))
    if total == 0:
        return None
    rows, columns = [sum(row) for row in confusion], [sum(column) for column in zip(*confusion, strict=True)]
    chance = sum(row * column for row, column in zip(rows, columns, strict=True)) / total
    observed = sum(confusion[number][number] for number in range(len(confusion)))
    return None if chance == total else (observed - chance) / (total - chance)


def _interval(tables: Sequence[Sequence[Sequence[int]]], size: int, seed: int) -> Estimate:
    import numpy as np

    n = len(tables)
    cells = np.asarray(tables, dtype=np.float64).reshape(n, size * size)
    value = kappa(cells.sum(axis=0).reshape(size, size).tolist()) if n else None
    if value is None or n < 2:
        return Estimate(value, None, None, n)
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    resampled = (drawn @ cells).reshape(RESAMPLES, size, size)
    total = resampled.sum(axis=(1, 2))
    chance = (resampled.sum(axis=2) * resampled.sum(axis=1)).sum(axis=1) / total
    observed = np.trace(resampled, axis1=1, axis2=2)
    defined = ((observed - chance)[chance < total]) / (total - chance)[chance < total]
    if len(defined) < RESAMPLES / 2:  # nearly always one label: too little to say anything
        return Estimate(value, None, None, n)
    low, high = np.percentile(defined, [2.5, 97.5])
    return Estimate(value, min(value, float(low)), max(value, float(high)), n)


def _table(counts: Mapping[tuple[str, str], int], labels: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(counts.get((one, other), 0) for other in labels) for one in labels)


def label(value: Any) -> str:
    """A label as a word.

    >>> label(True), label(" Supported ")
    ('true', 'supported')
    """
    return str(value).strip().lower()


def shown(value: Any) -> str:
    """A label for readers, evidence too.

    >>> shown([{"source": "a.md", "quote": "Five  years."}]), shown([])
    ('a.md: Five years.', 'none')
    """
    if not isinstance(value, list):
        return label(value)
    return "; ".join(f"{piece['source']}: {' '.join(piece['quote'].split())}" for piece in value) or "none"


def _evidence_decisions(
    pairs: Sequence[tuple[Any, Any]], documents: Mapping[str, Document] | None
) -> list[Counter[tuple[str, str]]]:
    """Per question, how often both, one or none of the annotators say that a document (or unit) holds evidence."""
    sides = [tuple(_touched(side, documents) for side in pair) for pair in pairs]
    if documents is None:
        size = len(set().union(*(side for pair in sides for side in pair)))
    else:
        size = sum(len(document.units) for document in documents.values())
    decisions = []
    for one, other in sides:
        counts = {
            ("yes", "yes"): len(one & other),
            ("yes", "no"): len(one - other),
            ("no", "yes"): len(other - one),
            ("no", "no"): size - len(one | other),
        }
        decisions.append(Counter({pair: count for pair, count in counts.items() if count > 0}))
    return decisions


def _touched(pieces: Any, documents: Mapping[str, Document] | None) -> frozenset[tuple[str, int]]:
    """The documents, or units of documents, that the pieces name; a quote that is not there counts as a place apart."""
    if documents is None:
        return frozenset((piece["source"], 0) for piece in pieces)
    found: set[tuple[str, int]] = set()
    for piece in pieces:
        document = documents.get(piece["source"])
        spans = occurrences(piece["quote"], document.text)[:1] if document is not None else ()
        if document is None or not spans:
            message = f"evidence is not in {piece['source']}: {piece['quote']!r}. Mend the label file."
            raise UserError(message)
        units = document.units
        found |= {(document.source, u.index) for u in units if u.start < spans[0][1] and spans[0][0] < u.end}
    return frozenset(found)

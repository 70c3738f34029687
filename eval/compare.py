"""Two runs on the same questions, measure by measure: paired differences, and only what the data can show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any

from config import UserError
from eval.catalogue import lifts, measure
from eval.paired import Difference, call, holm, mcnemar, paired_means
from eval.records import Comparison, Row, Scorecard
from eval.scorecard import DIGITS

ABOUT = ("config", "models", "prompts", "prompt_texts", "library", "versions")
FAMILY = (
    "Correct", "KeyFacts", "ForbiddenFacts", "ItemRecall", "EvidencePrecision", "Groundedness", "CitationRecall",
    "Refusal", "FalseRefusal", "reranked.Recall@10", "reranked.nDCG@10", "passages.Coverage@4000",
)  # fmt: skip
"""What is compared unless measures are named; Holm's adjustment is over those of them that both runs have."""
LONGEST = 60  # characters of a value in the list of changes


def compare(
    first: Scorecard, second: Scorecard, measures: Sequence[str] = FAMILY, *, seed: int = 0
) -> tuple[Comparison, ...]:
    """Every measure that both runs have on the same questions; differences are second minus first.

    Raises:
        UserError: the runs have no question in common, or there is no such measure.

    """
    before, after = ({row.id: row for row in card.rows} for card in (first, second))
    pairs = [(before[identity], after[identity]) for identity in before if identity in after]
    if not pairs:
        message = (
            "The two runs have no question in common, so nothing can be compared. Score both with the same gold file "
            "and split."
        )
        raise UserError(message)
    return _called({name: _paired(name, name, pairs, seed) for name in measures})


def changes(first: Scorecard, second: Scorecard) -> tuple[str, ...]:
    """What decided the answers and is not the same in both runs, one line each, as far as both say.

    A summary of an older release says less; what only one of them names is named as such.
    """
    before, after = (dict(card.about.get("run") or {}) for card in (first, second))
    found = []
    for part in ABOUT:
        if part in before and part in after:
            found += _changes(part, before[part], after[part])
    golds = [dict(card.about.get("gold") or {}).get("sha256") for card in (first, second)]
    if None not in golds and golds[0] != golds[1]:
        found.append("gold: another file")
    return tuple(found)


def _changes(name: str, before: Any, after: Any) -> list[str]:
    if before == after:
        return []
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        keys = [*before, *(key for key in after if key not in before)]
        return [line for key in keys for line in _changes(f"{name}.{key}", before.get(key), after.get(key))]
    if isinstance(before, list) or isinstance(after, list):
        return [f"{name}: another list"]
    return [f"{name}: {_shown(before)} → {_shown(after)}"]


def _shown(value: Any) -> str:
    text = "nothing" if value is None or value == "" else " ".join(str(value).split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def lift(rows: Sequence[Row], name: str = "nDCG", cutoff: int = 10, *, seed: int = 0) -> Comparison | None:
    """What the reranker adds over the fusion within one run; None when the run has no such stages."""
    fused, reranked = lifts(name, cutoff)
    found = _called({reranked: _paired(fused, reranked, [(row, row) for row in rows], seed)})
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class _Paired:
    first: float | None
    second: float | None
    difference: Difference


def _paired(first: str, second: str, pairs: Sequence[tuple[Row, Row]], seed: int) -> _Paired:
    """The difference over the pairs in which both rows have a value; the first row names the cluster."""
    kind = measure(second).kind
    values = [
        (a, b, one.cluster)
        for one, other in pairs
        if (a := one.values.get(first)) is not None and (b := other.values.get(second)) is not None
    ]
    # A summary keeps six digits; what was rounded away must not pass for a difference.
    before, after = [round(a, DIGITS) for a, _, _ in values], [round(b, DIGITS) for _, b, _ in values]
    if kind == "rate":
        difference = mcnemar([a == 1.0 for a in before], [b == 1.0 for b in after])
    else:
        difference = paired_means(before, after, [cluster for _, _, cluster in values], seed=seed)
    n = len(values)
    return _Paired(fsum(before) / n if n else None, fsum(after) / n if n else None, difference)


def _called(found: Mapping[str, _Paired]) -> tuple[Comparison, ...]:
    """Comparisons of what was measured at all, their p-values adjusted as one family (Holm)."""
    measured = {name: pair for name, pair in found.items() if pair.difference.n}
    adjusted = holm({name: pair.difference.p for name, pair in measured.items() if pair.difference.p is not None})
    comparisons = []
    for name, pair in measured.items():
        d = pair.difference
        called = call(d, adjusted.get(name), higher_is_better=measure(name).higher_is_better)
        seen = (pair.first, pair.second, d.value, d.low, d.high, d.p)
        comparisons.append(Comparison(name, *seen, adjusted.get(name), d.detectable, d.n, d.test, called))
    return tuple(comparisons)

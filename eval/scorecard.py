"""Scored questions to figures per slice, and the scorecard as a small JSON file ("summary") that can be committed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from config import UserError
from eval.catalogue import MEASURES, measure
from eval.fate import FATES
from eval.records import Estimate, Row, Scorecard, Slice
from eval.statistics import clustered_mean, percentiles, wilson

FORMAT = 1
DIGITS = 6  # of every value in a summary
DIMENSIONS = ("type", "persona", "document", "style", "wording", "absence", "split")
TIMES = ("total", "first_token", "retrieve", "rerank")


def slices(rows: Sequence[Row], seed: int = 0) -> tuple[Slice, ...]:
    """Everything first, then every slice of every dimension, by name."""
    found = [_slice("all", "all", rows, seed)]
    for dimension in DIMENSIONS:
        for name in sorted({row.groups[dimension] for row in rows if dimension in row.groups}):
            found.append(_slice(dimension, name, [r for r in rows if r.groups.get(dimension) == name], seed))
    return tuple(found)


def measured(rows: Sequence[Row]) -> list[str]:
    """The spellings that apply to any of the rows: ours in the order of the catalogue, then other judges' by name."""
    present = {name for row in rows for name in row.values}
    return [name for name in MEASURES if name in present] + sorted(present - set(MEASURES))


def estimate(name: str, rows: Sequence[Row], seed: int = 0) -> Estimate:
    """A measure over rows: Wilson's interval for rates, a cluster interval for means; unscored ones are counted."""
    scored = [(value, row.cluster) for row in rows if (value := row.values.get(name)) is not None]
    unscored = sum(name in row.values and row.values[name] is None for row in rows)
    if measure(name).kind == "rate":
        found = wilson([value == 1.0 for value, _ in scored])
    else:
        found = clustered_mean([value for value, _ in scored], [cluster for _, cluster in scored], seed=seed)
    return Estimate(found.value, found.low, found.high, found.n, unscored)


def _slice(dimension: str, name: str, rows: Sequence[Row], seed: int) -> Slice:
    counts = Counter(row.fate for row in rows)
    return Slice(
        dimension,
        name,
        len(rows),
        sum(row.outcome is None for row in rows),
        {spelling: estimate(spelling, rows, seed) for spelling in measured(rows)},
        {time: percentiles([row.seconds[time] for row in rows if time in row.seconds]) for time in TIMES},
        {fate: counts[fate] for fate in FATES if counts[fate]},
    )


def as_dict(card: Scorecard) -> dict[str, Any]:
    """Everything as JSON values; slices are left out, since they follow from the rows.

    The values of a row stand in the order of ``measures``: a number, null for unscored, "-" for does not apply.
    """
    names = measured(card.rows)
    rows = []
    for row in card.rows:
        values = [_short(row.values[name]) if name in row.values else "-" for name in names]
        rows.append({**asdict(row), "values": values})
    return {
        "kind": "summary",
        "format": FORMAT,
        "about": dict(card.about),
        "notes": list(card.notes),
        "measures": names,
        "rows": rows,
    }


def _short(value: float | None) -> float | int | None:
    """Six digits, and no point where none is needed: enough for every figure, in a third of the size."""
    return None if value is None else int(value) if value == int(value) else round(value, DIGITS)


def from_dict(value: Mapping[str, Any]) -> Scorecard:
    """The scorecard of ``as_dict``."""
    rows = []
    for row in value["rows"]:
        pairs = zip(value["measures"], row["values"], strict=True)
        values = {name: None if found is None else float(found) for name, found in pairs if found != "-"}
        rows.append(Row(**{**row, "values": values}))
    about = value["about"]
    return Scorecard(about, tuple(rows), slices(rows, int(about.get("seed", 0))), tuple(value["notes"]))


def write(card: Scorecard, path: Path) -> None:
    """Write the summary, one question per line so that changes can be read in a diff.

    Raises:
        UserError: the file cannot be written.

    """
    whole = as_dict(card)
    rows = ",\n".join(
        json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")) for row in whole.pop("rows")
    )
    head = json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1).rstrip("}\n ")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'{head},\n "rows": [\n{rows}\n]}}\n', encoding="utf-8")
    except OSError as error:
        message = f"The summary {path} cannot be written: {error.strerror}. Choose another file."
        raise UserError(message) from error


def read(path: Path) -> Scorecard:
    """Read a summary.

    Raises:
        UserError: no such file, or not a summary.

    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if value["kind"] != "summary" or value["format"] != FORMAT:
            message = f"its kind is {value['kind']!r}, its format {value['format']!r}"
            raise ValueError(message)
        return from_dict(value)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = (
            f"{path} is not a summary of a run ({type(error).__name__}: {error}). "
            f"Make one: python -m eval score RUN.jsonl --gold GOLD.jsonl --summary {path}"
        )
        raise UserError(message) from error

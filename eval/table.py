"""A scorecard as text. An en dash stands for "nothing to measure"."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from eval.measures import RETRIEVAL_MEASURES
from eval.records import STAGES, Estimate, Percentiles, Scorecard, Slice

NOTHING = "\N{EN DASH}"
ANSWER_COLUMNS = {
    "correct": "correct",
    "key_facts": "all key facts",
    "key_fact_share": "share of key facts",
    "forbidden": "forbidden facts",
}
CONDUCT_COLUMNS = {
    "cited": "answers cited",
    "verbatim": "citations verbatim",
    "refused_unanswerable": "refused, rightly",
    "refused_answerable": "refused, wrongly",
    "error": "errors",
}


def estimate(value: Estimate) -> str:
    """Value, interval and number of observations.

    >>> estimate(Estimate(0.8, 0.49016, 0.9433, 10)), estimate(Estimate(None, None, None, 0))
    ('0.80 [0.49 0.94] 10', '\N{EN DASH}')
    >>> estimate(Estimate(0.5, None, None, 2))
    '0.50 [\N{EN DASH}] 2'
    """
    if value.value is None:
        return NOTHING
    interval = NOTHING if value.low is None or value.high is None else f"{value.low:.2f} {value.high:.2f}"
    return f"{value.value:.2f} [{interval}] {value.n}"


def duration(value: Percentiles) -> str:
    """Median, 95th percentile and number of observations.

    >>> duration(Percentiles(1.25, 3.0, 4)), duration(Percentiles(None, None, 0))
    ('1.25 / 3.00 (4)', '\N{EN DASH}')
    """
    return NOTHING if value.p50 is None or value.p95 is None else f"{value.p50:.2f} / {value.p95:.2f} ({value.n})"


def grid(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A titled table with left-aligned columns.

    >>> print(grid("Sizes", ["name", "n"], [["all", "3"], ["fact", "1"]]))
    Sizes
      name  n
      all   3
      fact  1
    """
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in (header, *rows)]
    return "\n".join([title, *(f"  {line}".rstrip() for line in lines)])


def render(card: Scorecard) -> str:
    """The whole scorecard: notes, answers, conduct, seconds, then one table per retrieval stage."""
    parts = ["95 % intervals: value [low high] number of observations"]
    parts += [f"note: {note}" for note in card.notes]
    counts = [[part.name, str(part.questions), str(part.missing)] for part in card.slices]
    parts.append(grid("Questions", ["type", "questions", "not in the run"], counts))
    parts.append(_measures("Answers", card.slices, ANSWER_COLUMNS))
    parts.append(_measures("Conduct", card.slices, CONDUCT_COLUMNS))
    parts.append(
        _by_slice(
            "Seconds, median / 95th percentile (questions)",
            card.slices,
            {"total": "total", "first_token": "first words"},
            lambda part, key: duration(part.seconds[key]),
        )
    )
    for stage in STAGES:
        columns = {f"{stage}.{name}": name for name in RETRIEVAL_MEASURES}
        title = f"Evidence found: {stage} (recall@hits, read@characters)"
        if any(card.slices[0].measures[key].n for key in columns):
            parts.append(_measures(title, card.slices, columns))
        else:
            parts.append(f"{title}: unscored")
    return "\n\n".join(parts)


def _measures(title: str, slices: Sequence[Slice], columns: Mapping[str, str]) -> str:
    return _by_slice(title, slices, columns, lambda part, key: estimate(part.measures[key]))


def _by_slice(
    title: str, slices: Sequence[Slice], columns: Mapping[str, str], cell: Callable[[Slice, str], str]
) -> str:
    rows = [[part.name, *(cell(part, key) for key in columns)] for part in slices]
    return grid(title, ["type", *columns.values()], rows)

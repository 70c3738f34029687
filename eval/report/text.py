"""How a report writes numbers: percentages where people expect them, two decimals elsewhere, an en dash for nothing."""

from __future__ import annotations

from typing import Any

from eval.catalogue import MEASURES, measure
from eval.records import Estimate

NOTHING = "\N{EN DASH}"
SPACE = "\N{NO-BREAK SPACE}"  # a number and its unit stay on one line
SECONDS = "seconds"  # what `written` calls a duration; the catalogue has no measure of it


def _points(value: float) -> str:
    """A share in percentage points; what is not quite 0 or 100 is never written as 0 or 100."""
    points = 100 * value
    if 0 < points < 0.1:
        return "<" + SPACE + "0.1"
    if 99.9 < points < 100:
        return ">" + SPACE + "99.9"
    return f"{points:.1f}" if 0 < points < 9.95 or 99 < points < 100 else f"{points:.0f}"


def percent(value: float | None) -> str:
    """A share as a percentage.

    >>> [percent(share).replace(SPACE, " ") for share in (0.0, 0.0004, 0.024, 0.7, 0.996, 1.0, None)]
    ['0 %', '< 0.1 %', '2.4 %', '70 %', '99.6 %', '100 %', '–']
    """
    return NOTHING if value is None else _points(value) + SPACE + "%"


def unit_of(spelling: str) -> str:
    """What the values of a measure are: ``percent``, ``share``, ``seconds`` or the unit that the catalogue names.

    >>> unit_of("Correct"), unit_of("KeyFacts"), unit_of("Tokens"), unit_of("p95"), unit_of("no such measure")
    ('percent', 'share', 'tokens', 'seconds', 'share')
    """
    if spelling in MEASURES or spelling.startswith("ragas."):
        known = measure(spelling)
        return known.unit if known.unit else ("percent" if known.kind == "rate" else "share")
    words = spelling.casefold()
    return SECONDS if any(word in words for word in ("p50", "p95", "second", "latency")) else "share"


def written(value: float | None, unit: str) -> str:
    """One number with its unit.

    >>> [written(0.704, unit).replace(SPACE, " ") for unit in ("percent", "share", "seconds", "tokens", "USD")]
    ['70 %', '0.70', '0.70 s', '1', '0.70 USD']
    """
    if value is None:
        return NOTHING
    if unit == "percent":
        return percent(value)
    if unit == SECONDS:
        return f"{value:.2f}{SPACE}s"
    if unit == "tokens":
        return f"{value:,.0f}"
    return f"{_dollars(value)}{SPACE}USD" if unit == "USD" else f"{value:.2f}"


def _dollars(value: float) -> str:
    """Cents, or two digits of what is less."""
    return f"{value:.2f}" if value >= 0.1 or value == 0 else f"{value:#.2g}"


def between(low: float | None, high: float | None, unit: str) -> str:
    """An interval; an en dash when it could not be estimated.

    >>> between(0.56, 0.82, "percent").replace(SPACE, " "), between(0.5, 1.0, "share"), between(None, None, "share")
    ('56–82 %', '0.50–1.00', '–')
    """
    if low is None or high is None:
        return NOTHING
    if unit == "percent":
        return f"{_points(low)}–{_points(high)}{SPACE}%"
    if unit == SECONDS:
        return f"{low:.2f}–{high:.2f}{SPACE}s"
    if unit == "USD":
        return f"{_dollars(low)}–{written(high, unit)}"
    return f"{written(low, unit)}–{written(high, unit)}"


def figure(estimate: Estimate | None, unit: str) -> dict[str, Any]:
    """An estimate as the report holds it: the numbers, and the words that every page shows them in."""
    known = Estimate(None, None, None, 0) if estimate is None else estimate
    return {
        "value": known.value,
        "low": known.low,
        "high": known.high,
        "n": known.n,
        "unscored": known.unscored,
        "text": written(known.value, unit),
        "interval": between(known.low, known.high, unit) if known.value is not None else NOTHING,
    }


def signed(value: float | None, unit: str) -> str:
    """A difference with its sign; percentages differ by points.

    >>> [signed(value, "percent").replace(SPACE, " ") for value in (0.12, -0.034, 0.0)]
    ['+12 pt', '−3.4 pt', '0 pt']
    >>> signed(-0.125, "share"), signed(None, "share")
    ('−0.12', '–')
    """
    if value is None:
        return NOTHING
    sign = "+" if value > 0 else "−" if value < 0 else ""
    size = abs(value)
    return f"{sign}{_points(size)}{SPACE}pt" if unit == "percent" else sign + written(size, unit)


def change(found: Estimate | None, unit: str) -> dict[str, Any]:
    """A difference and its interval, like ``figure`` but with signs."""
    known = figure(found, unit)
    low, high = signed(known["low"], unit), signed(known["high"], unit)
    interval = NOTHING if NOTHING in (low, high) else f"{low} to {high}"
    return {**known, "text": signed(known["value"], unit), "interval": interval}


def probability(p: float | None) -> str:
    """A p value.

    >>> probability(0.0004).replace(SPACE, " "), probability(0.0312), probability(None)
    ('< 0.001', '0.031', '–')
    """
    if p is None:
        return NOTHING
    return f"<{SPACE}0.001" if p < 0.001 else f"{p:.3f}"


def counted(number: int, noun: str) -> str:
    """A number and its noun.

    >>> counted(1, "question"), counted(1200, "question")
    ('1 question', '1,200 questions')
    """
    return f"{number:,} {noun}" + ("" if number == 1 else "s")

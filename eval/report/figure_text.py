"""Figures as README and notes write them: ``.70``, intervals ``.56–.82``, an en dash for nothing to measure."""

from __future__ import annotations

from collections.abc import Sequence

NOTHING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"


def share(value: float | None) -> str:
    """Two decimals without the zero in front.

    >>> share(0.7), share(1.0), share(-0.02), share(-0.001), share(None)
    ('.70', '1.00', '\N{MINUS SIGN}.02', '.00', '\N{EN DASH}')
    """
    if value is None:
        return NOTHING
    digits = f"{abs(value):.2f}"
    sign = MINUS if value < 0 and float(digits) else ""
    return sign + (digits[1:] if digits.startswith("0.") else digits)


def signed(value: float | None) -> str:
    """A difference.

    >>> signed(0.05), signed(-0.05), signed(0.001), signed(None)
    ('+.05', '\N{MINUS SIGN}.05', '.00', '\N{EN DASH}')
    """
    found = share(value)
    return f"+{found}" if value is not None and value > 0 and found != ".00" else found


def interval(low: float | None, high: float | None) -> str:
    """Both bounds; below zero with a word between them, since the dash would read as a minus.

    >>> interval(0.56, 0.82), interval(-0.1, 0.2), interval(None, None)
    ('.56\N{EN DASH}.82', '\N{MINUS SIGN}.10 to .20', '\N{EN DASH}')
    """
    if low is None or high is None:
        return NOTHING
    return f"{share(low)}{' to ' if low < 0 else NOTHING}{share(high)}"


def row(cells: Sequence[object]) -> str:
    r"""One line of a Markdown table; what would end a cell is escaped.

    >>> row(["a | b", 3, "two\nlines"])
    '| a \\| b | 3 | two lines |'
    """
    return f"| {' | '.join(' '.join(str(cell).split()).replace('|', chr(92) + '|') for cell in cells)} |"


def table(header: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    return "\n".join([row(header), row(["---"] * len(header)), *map(row, rows)])

"""Numbers and dates of a workbook as its own formats show them, so that 0.85 in a percent cell reads 85%.

Dates are written in ISO 8601 whatever order the format shows: 03/04 is not the same day everywhere.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

_LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|_.|\*.')
_PLACES = re.compile(r"[#0?][#0?,]*(?:\.([#0?]+),*)?")


def shown(value: Any, number_format: str = "General") -> str:
    """A cell's value as text.

    >>> shown(0.85, "0%"), shown(0.8525, "0.0%"), shown(1234.5, '#,##0.00 "EUR"'), shown(1200, "[$€-407] #,##0")
    ('85%', '85.2%', '1,234.50 EUR', '€ 1,200')
    >>> shown(3.0), shown(0.1 + 0.2), shown(True), shown(datetime(2024, 3, 1)), shown(-5, "#,##0;(#,##0)")
    ('3', '0.3', 'TRUE', '2024-03-01', '(5)')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value, number_format)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, time):
        return value.isoformat("minutes" if value.second == 0 else "seconds")
    if isinstance(value, date):
        return value.isoformat()
    return _duration(value) if isinstance(value, timedelta) else str(value)


def _duration(value: timedelta) -> str:
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02d}" + (f":{seconds:02d}" if seconds else "")


def _number(value: float, number_format: str) -> str:
    sections = re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', number_format)
    section = sections[0]
    if len(sections) > 1 and value < 0 and sections[1].strip():
        section, value = sections[1], -value
    literals: list[str] = []

    def keep(match: re.Match[str]) -> str:
        literals.append(next((group for group in match.groups() if group), ""))
        return "\0"

    bare = _LITERAL.sub(keep, section)
    places = _PLACES.search(bare)
    if places is None or re.search(r"[eE/]|General", bare) or value != value or abs(value) > 1e15:
        return _general(value)
    decimals = len(places[1]) if places[1] is not None else 0
    scaled = value * 100 if "%" in bare else value
    scaled /= 1000 ** len(re.findall(r",(?![#0?])", places[0]))  # a comma at the end: in thousands
    digits = f"{scaled:,.{decimals}f}" if re.search(r",[#0?]", places[0]) else f"{scaled:.{decimals}f}"
    optional = re.search(r"#+$", places[1] if places[1] is not None else "")
    for _ in optional[0] if optional is not None else "":
        digits = digits[:-1] if digits.endswith("0") else digits
    text = bare[: places.start()] + digits.rstrip(".") + bare[places.end() :]
    for literal in literals:
        text = text.replace("\0", literal, 1)
    return " ".join(text.split())


def _general(value: float) -> str:
    return str(int(value)) if value == value and abs(value) < 1e15 and value == int(value) else f"{value:.11g}"

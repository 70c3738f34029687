"""Units and periods of time under one name each, so that "a year" and "12 months" are the same."""

from __future__ import annotations

import re
from fractions import Fraction

from generation.numerals import value_of

# Of one clock: seconds. Of one calendar: months. They are not mixed, since months differ in length.
_SECONDS = {
    "ms": Fraction(1, 1000), "millisecond": Fraction(1, 1000), "msec": Fraction(1, 1000),
    "s": Fraction(1), "sec": Fraction(1), "second": Fraction(1), "min": Fraction(60), "minute": Fraction(60),
    "h": Fraction(3600), "hr": Fraction(3600), "hour": Fraction(3600), "day": Fraction(86400), "night": Fraction(86400),
    "week": Fraction(604800), "wk": Fraction(604800), "fortnight": Fraction(1209600),
}  # fmt: skip
_MONTHS = {
    "month": Fraction(1), "mo": Fraction(1), "quarter": Fraction(3), "year": Fraction(12), "yr": Fraction(12),
    "decade": Fraction(120),
}  # fmt: skip
_OTHER = {
    "%": "%", "percent": "%", "per cent": "%", "pct": "%", "percentage point": "points", "pp": "points",
    "point": "points", "pt": "points", "€": "eur", "eur": "eur", "euro": "eur", "$": "usd", "usd": "usd",
    "dollar": "usd", "us$": "usd", "£": "gbp", "gbp": "gbp", "pound": "gbp", "kb": "kb", "mb": "mb", "gb": "gb",
    "tb": "tb", "kilobyte": "kb", "megabyte": "mb", "gigabyte": "gb", "terabyte": "tb", "token": "tokens",
    "fte": "fte", "sprint": "sprints", "hz": "hz", "ghz": "ghz", "km": "km", "kilometre": "km", "kilometer": "km",
    "mile": "miles", "kg": "kg", "°c": "°c", "story point": "story points", "working day": "workdays",
    "business day": "workdays", "workday": "workdays", "work day": "workdays", "working hour": "workhours",
    "business hour": "workhours", "calendar day": "day", "rps": "rps", "qps": "qps", "tps": "tps",
}  # fmt: skip
_PLURAL_TOO = sorted({*_SECONDS, *_MONTHS, *_OTHER} - {"%", "€", "$", "£", "us$", "°c", "ms", "s", "h"}, key=len)
UNIT = rf"(?:(?:%|€|\$|£|°c)|(?:{'|'.join(re.escape(u) for u in reversed(_PLURAL_TOO))})s?\b|(?:ms|s|h)\b)"
"""Behind a number, in any case."""
MONEY = r"(?:€|us\$|\$|£|\b(?:eur|usd|gbp)\b)"
"""Before a number."""


def canonical(unit: str) -> tuple[str, Fraction]:
    """The one name of a unit and by what its numbers are multiplied; an unknown unit is itself.

    >>> canonical("years"), canonical("quarter"), canonical("percent"), canonical("Weeks")
    (('month', Fraction(12, 1)), ('month', Fraction(3, 1)), ('%', Fraction(1, 1)), ('second', Fraction(604800, 1)))
    """
    plain = " ".join(unit.lower().replace("-", " ").split())
    for form in (plain, plain.removesuffix("s")):
        if form in _SECONDS:
            return "second", _SECONDS[form]
        if form in _MONTHS:
            return "month", _MONTHS[form]
        if form in _OTHER:
            return canonical("day") if _OTHER[form] == "day" else (_OTHER[form], Fraction(1))
    return plain, Fraction(1)


_ADVERBS = {
    "hourly": (1, "hour"), "daily": (1, "day"), "nightly": (1, "day"), "weekly": (1, "week"), "biweekly": (2, "week"),
    "fortnightly": (2, "week"), "monthly": (1, "month"), "bimonthly": (2, "month"), "quarterly": (3, "month"),
    "semiannual": (6, "month"), "semiannually": (6, "month"), "half-yearly": (6, "month"), "biannual": (6, "month"),
    "biannually": (6, "month"), "yearly": (12, "month"), "annual": (12, "month"), "annually": (12, "month"),
    "qoq": (3, "month"), "yoy": (12, "month"), "mom": (1, "month"), "wow": (1, "week"),
}  # fmt: skip
_NAMES = r"hour|day|night|week|fortnight|month|quarter|year|sprint"
_COUNTS = {"twice": 2, "two times": 2, "three times": 3, "four times": 4, "once": 1}
_PERIOD = re.compile(
    rf"\b(?P<adverb>{'|'.join(_ADVERBS)})\b"
    rf"|\b(?P<times>{'|'.join(_COUNTS)})\s+(?:a|an|per|each|every|in\s+a)\s+(?P<each>{_NAMES})\b"
    rf"|\b(?:every|each)\s+(?P<other>other|second)\s+(?P<second>{_NAMES})\b"
    rf"|\b(?:every|each)\s+(?P<count>\w+)\s+(?P<several>{_NAMES})s\b"
    rf"|\b(?:every|each|per)\s+(?P<one>{_NAMES})\b(?!['’]s)|/(?P<slash>{_NAMES}|wk|mo|yr)\b"
    rf"|\b(?P<over>{_NAMES})[\s-](?:over|on)[\s-](?P=over)\b|\b(?P<genitive>{_NAMES})['’]s\b"
    rf"|(?<=[a-z\d] )an?\s+(?P<rate>{_NAMES})\b",
    re.IGNORECASE,
)
_DURATION = re.compile(r"\b(?:within|in|for|after|of|over|under|than|about|least|most|takes?|lasts?|during) $")


def periods(text: str) -> list[tuple[int, int, str, Fraction]]:
    """What recurs: (start, end, canonical unit, length), "weekly" as every week, "twice a year" as every six months.

    >>> [found[2:] for found in periods("Weekly, twice a year and every two weeks")]
    [('second', Fraction(604800, 1)), ('month', Fraction(6, 1)), ('second', Fraction(1209600, 1))]
    >>> [found[2:] for found in periods("2–6 reviews a month, within a week")]
    [('month', Fraction(1, 1))]
    """
    found = []
    for match in _PERIOD.finditer(text):
        size = Fraction(1)
        group = match.lastgroup if match.lastgroup is not None else ""
        name = match[group]
        if group == "adverb":
            count, name = _ADVERBS[name.lower()]
            size = Fraction(count)
        elif group == "each":
            size = Fraction(1, _COUNTS[" ".join(match["times"].lower().split())])
        elif group == "second":
            size = Fraction(2)
        elif group == "several":
            try:
                size = Fraction(value_of(match["count"]))
            except ValueError:
                continue
        elif group == "rate" and _DURATION.search(text[: match.start()].lower()):
            continue
        unit, factor = canonical(name)
        found.append((match.start(), match.end(), unit, size * factor))
    return found

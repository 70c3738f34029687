"""Dates, weekdays and times of day in a text, whatever their form: "2024-03-05" is "5 March 2024"."""

from __future__ import annotations

import re

Date = frozenset[tuple[str, int]]
"""What is known of a day: pairs of ``y`` (year), ``m``, ``d``, ``q`` (quarter), ``w`` (weekday), ``t`` (minutes)."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONG = (
    r"January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan\.?|Feb\.?|Mar\.?|Apr\.?|Jun\.?|Jul\.?|Aug\.?|Sept?\.?|Oct\.?|Nov\.?|Dec\.?"
)
_YEAR = r"(?:19|20)\d\d"
_DATE = re.compile(
    rf"\b(?P<y1>{_YEAR})[-./](?P<m1>\d{{1,2}})(?:[-./](?P<d1>\d{{1,2}}))?\b"
    rf"|\b(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\s(?:of\s)?(?P<m2>{_LONG})(?![a-z])(?:,?\s(?P<y2>{_YEAR}))?"
    rf"|\b(?P<m3>{_LONG})(?![a-z])\s(?:the\s)?(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s?%)(?:,?\s(?P<y3>{_YEAR}))?"
    rf"|\b(?P<m4>{_LONG})(?![a-z])(?:\sof)?,?\s(?P<y4>{_YEAR})\b"
    rf"|\b(?P<a>\d{{1,2}})(?P<sep>[-./])(?P<b>\d{{1,2}})(?P=sep)(?P<y5>{_YEAR}|\d\d)\b"
    rf"|\bQ(?P<q6>[1-4])(?:\s?(?:of\s)?(?P<y6>{_YEAR}))?\b|\b(?P<y7>{_YEAR})\sQ(?P<q7>[1-4])\b"
    rf"|\bFY\s?(?P<y8>{_YEAR}|\d\d)\b|(?:(?<=in )|(?<=since )|(?<=until )|(?<=during ))(?P<y9>{_YEAR})\b"
    r"(?![,.]\d|\s?[%–-]|\s(?:[a-z]+s|people|percent)\b)"
    r"|\b(?P<m10>January|February|April|June|July|August|September|October|November|December"
    r"|(?<=[a-z] )(?:March|May))\b"
    rf"|\b(?P<w11>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)s?\b"
    rf"|\b(?P<h12>\d{{1,2}})(?::(?P<n12>\d\d))?\s?(?P<half12>[ap]\.?m\b\.?)|\b(?P<h13>[01]?\d|2[0-3]):(?P<n13>[0-5]\d)\b"
    rf"|\b(?P<t14>noon|midnight)\b"
)  # fmt: skip
_CASELESS = re.compile(_DATE.pattern.replace("(?<=[a-z] )(?:March|May)", "(?!)"), re.IGNORECASE)


def dates(text: str) -> list[tuple[int, int, tuple[Date, ...]]]:
    """The dates of a text as (start, end, readings): 05/03/2024 has two readings.

    >>> [[sorted(one) for one in found[2]] for found in dates("on 5 March 2024 at 9:30 am")]
    [[[('d', 5), ('m', 3), ('y', 2024)]], [[('t', 570)]]]
    >>> len(dates("05/03/2024")[0][2]), dates("You may ask for 2,000 of them.")
    (2, [])
    """
    found = []
    for match in _DATE.finditer(text):
        parts = {name: value for name, value in match.groupdict().items() if value is not None}
        found.append((match.start(), match.end(), _readings(parts)))
    return found


def _readings(parts: dict[str, str]) -> tuple[Date, ...]:
    known: dict[str, int] = {}
    for name, value in parts.items():
        match name[0]:
            case "y":
                known["y"] = int(value) + (2000 if len(value) == 2 else 0)
            case "m":
                known["m"] = int(value) if value.isdigit() else _MONTHS.index(value[:3].lower()) + 1
            case "d" | "q":
                known[name[0]] = int(value)
            case "w":
                known["w"] = _DAYS.index(value[:3].lower()) + 1
            case "t":
                known["t"] = 720 if value.lower() == "noon" else 0
            case _:
                continue
    for hour, minute in (("h12", "n12"), ("h13", "n13")):
        if hour in parts:
            late = parts.get("half12", "").lower().startswith("p")
            noon = int(parts[hour]) % 12 + 12 * late if "half12" in parts else int(parts[hour])
            known["t"] = 60 * noon + int(parts.get(minute, "0"))
    if "a" in parts:
        first, second = int(parts["a"]), int(parts["b"])
        orders = {(first, second), (second, first)}
        return tuple(_date(known | {"d": day, "m": month}) for day, month in sorted(orders) if month <= 12)
    return (_date(known),)


def _date(known: dict[str, int]) -> Date:
    return frozenset(known.items())


def stands(said: tuple[Date, ...], written: tuple[Date, ...]) -> bool:
    """Whether what is said of a date is part of what was written; "March 2024" is part of "5 March 2024"."""
    return any(one <= other for one in said for other in written)

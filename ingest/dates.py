"""Dates of a document: those that its file states, and those that its text states about the document itself.

A date counts only beside a label such as "Effective date", "Revised" or "Closing date" at the beginning of a line, a
cell or a bracket, with day, month and year; dates in sentences are about work. Labels and month names: English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

Order = Literal["day", "month", ""]  # which comes first in 05/06/2019; "" is not known

FIRST, LAST = date(1970, 1, 2), date(2100, 1, 1)  # outside is an epoch that stands for "never", or a slip

# What a date can be, in this order, with the labels that say so. The first three may also be facts of the file.
KINDS: dict[str, str] = {
    "created": r"created(?: on)?|date created|creation date",
    "modified": r"(?:last )?modified(?: on)?|date modified",
    "published": r"(?:date |first )?(?:published|posted|issued)(?: on| date)?|date of issue|"
    r"(?:publication|posting|issue) date",
    "effective": r"effective(?: date| from| as of| on)?|date effective|in force (?:since|from)|valid from",
    "revised": r"(?:last |date )?(?:revised|updated|reviewed)(?: on)?|(?:last )?(?:revision|update) date|"
    r"date of (?:last )?(?:revision|review|update)|last (?:revision|update|review)|rev(?:ised|\.)? date",
    "opens": r"(?:(?:application|filing)s? )?open(?:s|ing|ed)?(?: date| on)?|date opened|"
    r"(?:application|filing) start date",
    "closes": r"(?:(?:application|filing)s? )?clos(?:e|es|ed|ing)(?: date| on)|closes|date closed|apply by|"
    r"(?:application|filing|closing) (?:deadline|date|period ends)|applications? (?:due|close)(?: by| on)?|"
    r"deadline (?:for applications?|to apply)|(?:last|final) (?:day|date) (?:to apply|for applications?|for filing)",
    "review": r"(?:next |scheduled )?review (?:date|due|by)|next review|(?:to be |due to be )reviewed by|"
    r"due for review|date of next review",
}  # fmt: skip
_FACTS = ("created", "modified", "published")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<{0}>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t(?:ember)?)?|"
    r"Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DAY = r"(?P<{0}>\d{{1,2}})(?:st|nd|rd|th)?"
_DATE = (
    r"(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\.?,?\s{1,3})?(?:"
    r"(?P<y1>\d{4})(?P<s1>[-./])(?P<m1>\d{1,2})(?P=s1)(?P<d1>\d{1,2})|"
    + _DAY.format("d2") + r"(?:\s{1,3}of)?[\s-]{1,3}" + _MONTH.format("m2") + r",?[\s-]{1,3}(?P<y2>\d{4}|\d\d)|"
    + _MONTH.format("m3") + r"[\s-]{1,3}" + _DAY.format("d3") + r",?[\s-]{1,3}(?P<y3>\d{4})|"
    r"(?P<a>\d{1,2})(?P<s4>[-./])(?P<b>\d{1,2})(?P=s4)(?P<y4>\d{4}|\d\d))(?![^\W_]|[-./]\d)"
)  # fmt: skip
_ONE = re.compile(r"(?<![^\W_])(?<![./-])" + _DATE, re.IGNORECASE)
_NUMERIC = re.compile(r"(?<![\d./-])(?P<a>\d{1,2})(?P<s4>[-/.])(?P<b>\d{1,2})(?P=s4)(?P<y4>\d{4}|\d\d)(?!\d|[-./]\d)")
_STAMP = re.compile(
    r"(?:D:)?(\d{4})(\d\d)(\d\d)(?:T?\d{2,6})?(?:Z|[+-]\d\d'?\d{0,2}'?)?$"
    r"|(\d{4})-(\d\d)-(\d\d)(?=$|[T\s])"
)
# The label that ends right before a date: it begins a line, a cell, a bracket or stands after a wide gap.
_LABEL = re.compile(
    r"(?:^|[|(\[;\t]|\s{2})[ \t*_#>•-]{0,8}(?P<label>" + "|".join(KINDS.values()) + r")(?![^\W_])"
    r"(?P<sign>[ \t]{0,80}[*_]{0,3}[ \t]{0,9}[:|–—-]?[ \t|*_\[(]{0,80}\n{0,2}[ \t|*_]{0,80})\Z",
    re.IGNORECASE | re.MULTILINE,
)  # fmt: skip
_BEFORE = 240  # characters before a date in which its label may begin
_KIND_OF = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in KINDS.items()}
# What may follow a date whose label has no colon: a time of day, or the end of line, cell or bracket.
_ENDS = re.compile(
    r"[ \t]*(?:(?:at\s)?\d{1,2}(?::\d\d){0,2}\s?(?:[ap]\.?m\.?)?[\w\s]{0,20})?[ \t*_.,]*(?:$|[|)\];\n])", re.IGNORECASE
)
# Regions of English that write the day first; of the other languages those that do not.
_DAY_FIRST_ENGLISH = {"en-gb", "en-au", "en-ie", "en-in", "en-nz"}
_NOT_DAY_FIRST = {"", "en", "zh", "ja", "ko", "hu", "lt", "mn"}
# Where a text is at home: an address with a state and its five digits (USPS), or a time of day in a zone of the
# United States; a British postcode.
_UNITED_STATES = re.compile(
    r",? (?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]"
    r"|W[AIVY]),? \d{5}(?:-\d{4})?\b|\b(?:Eastern|Central|Mountain|Pacific)(?: Standard| Daylight)? Time\b"
    r"|\d ?[AaPp]\.?[Mm]\.? \(?(?:(?:US )?(?:Eastern|Central|Mountain|Pacific)|EDT|CDT|MDT|MST|PDT|PST)\b"
)
_UNITED_KINGDOM = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}\b")


def dates_of(facts: Sequence[tuple[str, str]], text: str, *, language: str = "") -> tuple[tuple[str, str], ...]:
    r"""Pairs of what a date is (``KINDS``) and the date (ISO 8601), in the order of ``KINDS``, one of each at most.

    The file's facts go before the text. Of several revisions the last counts; other dates of one kind that contradict
    each other are left out, and so is 05/06/2019 when neither another date of the document nor ``language`` (as the
    file declares it, "en-GB", or the text's own, "de") nor an address shows whether the day or the month comes first.

    >>> dates_of([("modified", "2020-01-31")], "ANALYST 1234\nOpen Date: 05-17-19\nREVISED: 06-07-19")
    (('modified', '2020-01-31'), ('revised', '2019-06-07'), ('opens', '2019-05-17'))
    >>> dates_of([], "Closing date: 05/06/2019"), dates_of([], "Closing date: 05/06/2019", language="en-GB")
    ((), (('closes', '2019-06-05'),))
    >>> dates_of([], "Closing date: 05/06/2019 5 PM Pacific, 1 Rose Lane, Sacramento, CA 95814")
    (('closes', '2019-05-06'),)
    >>> dates_of([], "Revised Q3 2024 goals. Posted 17 May 2019 entries. From 2019-05-17 on, plan the release.")
    ()
    """
    found: dict[str, set[str]] = {}
    for kind, day in _stated(text, _orders(text, language)):
        found.setdefault(kind, set()).add(day)
    if "revised" in found:
        found["revised"] = {max(found["revised"])}
    found |= {name: {iso_date(value)} for name, value in facts if name in _FACTS and iso_date(value)}
    return tuple((kind, day) for kind in KINDS if len(found.get(kind, ())) == 1 for day in found[kind])


def iso_date(value: str) -> str:
    """The day of a time stamp (ISO 8601, PDF, RFC 5322 or written with the month's name) as its writer's calendar had
    it, '' when it is none, ambiguous, before 1970 or after 2099.

    >>> iso_date("D:20190517083000+02'00'"), iso_date("Fri, 17 May 2019 23:30:00 -0700"), iso_date("2019-05-17T08:00Z")
    ('2019-05-17', '2019-05-17', '2019-05-17')
    >>> iso_date("1601-01-01T00:00:00Z"), iso_date("05/06/2019"), iso_date("2019-02-30"), iso_date("May 17th, 2019")
    ('', '', '', '2019-05-17')
    """
    value = value.strip()[:60]
    if stamp := _STAMP.match(value):
        year, month, day = (part for part in stamp.groups() if part is not None)
        return _iso(int(year), int(month), int(day))
    match = _ONE.match(value)
    return "" if match is None else _read(match, {})


def only_date(text: str) -> str:
    """The day of a text that is nothing but a date, '' for any other text.

    >>> only_date("Thursday, January 6, 2011"), only_date("News of January 6, 2011"), only_date("05/06/2019")
    ('2011-01-06', '', '')
    """
    match = _ONE.fullmatch(text.strip())
    return "" if match is None else _read(match, {})


def _stated(text: str, orders: dict[str, Order]) -> Iterator[tuple[str, str]]:
    """Kind and day of every labelled date."""
    for match in _ONE.finditer(text):
        label = _LABEL.search(text[max(0, match.start() - _BEFORE) : match.start()])
        if label is None:
            continue
        signed = any(sign in label["sign"] for sign in ":|")
        if not signed and not _ENDS.match(text, match.end(), match.end() + 60):
            continue  # "Effective May 17, 2019 all teams …" is a sentence
        kind = next(kind for kind in KINDS if _KIND_OF[kind].fullmatch(label["label"]))
        if day := _read(match, orders):
            yield kind, day


def _read(match: re.Match[str], orders: dict[str, Order]) -> str:
    """The day that a match of ``_DATE`` names, '' when it is none or may be two."""
    if match["y1"]:
        return _iso(int(match["y1"]), int(match["m1"]), int(match["d1"]))
    for year, month, day in (("y2", "m2", "d2"), ("y3", "m3", "d3")):
        if match[year]:
            return _iso(_year(match[year]), 1 + _MONTHS.index(match[month][:3].lower()), int(match[day]))
    day_first, month_first = _both(match)
    if not day_first or not month_first or day_first == month_first:
        return day_first or month_first
    return {"day": day_first, "month": month_first, "": ""}[orders.get(match["s4"], "")]


def _both(match: re.Match[str]) -> tuple[str, str]:
    """A numeric date read with the day first and with the month first, '' where that is no date."""
    year, a, b = _year(match["y4"]), int(match["a"]), int(match["b"])
    return _iso(year, b, a), _iso(year, a, b)


def _orders(text: str, language: str) -> dict[str, Order]:
    """Per separator: the order that the document's other numeric dates show, or else its language and addresses."""
    seen: dict[str, set[Order]] = {"-": set(), "/": set(), ".": set()}
    for match in _NUMERIC.finditer(text):
        day_first, month_first = _both(match)
        if bool(day_first) != bool(month_first):
            seen[match["s4"]].add("day" if day_first else "month")
    dated = seen["-"] | seen["/"]  # numbers with points are versions and sections as well
    tag = language.lower().replace("_", "-")  # en-US is what programs write unless told otherwise: it shows nothing
    home: set[Order] = set()
    if tag in _DAY_FIRST_ENGLISH or tag.split("-")[0] not in _NOT_DAY_FIRST or _UNITED_KINGDOM.search(text):
        home.add("day")
    if _UNITED_STATES.search(text):
        home.add("month")
    return {sign: _one(own) if own else _one(dated) if dated else _one(home) for sign, own in seen.items()}


def _one(orders: set[Order]) -> Order:
    return next(iter(orders)) if len(orders) == 1 else ""


def _year(written: str) -> int:
    """Two digits mean 1970 to 2069."""
    year = int(written)
    return year if len(written) == 4 else year + (1900 if year >= 70 else 2000)


def _iso(year: int, month: int, day: int) -> str:
    try:
        found = date(year, month, day)
    except ValueError:
        return ""
    return found.isoformat() if FIRST <= found < LAST else ""

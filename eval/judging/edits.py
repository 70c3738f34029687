"""Changes that make a true statement false, one at a time: its number, unit, time, negation, order.

Every function gives all the changes that it can make to a text. Which of them is taken, and whether the result is
really unsupported by the quotes, is decided in ``eval.judging.perturbations``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """A changed statement: ``new`` stands where ``old`` stood; ``also`` holds further quotes to show."""

    text: str
    old: str
    new: str
    also: tuple[str, ...] = ()


_FIGURE = r"\d+(?:,\d{3})*(?:\.\d+)?"
# Not inside a name (p95, GPT-4, 5xx).
_NUMBER = re.compile(
    rf"(?<![\w.,–—-])({_FIGURE})(?:(\s?[–—-]\s?)({_FIGURE}))?(?!\d|[.,]\d|(?!(?:ms|s|h|min)\b)[A-Za-z])(\+?\s?%)?"
)
_WORDS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve")
_NUMBER_WORD = re.compile(rf"\b({'|'.join(_WORDS)})\b", re.IGNORECASE)
_UNITS: Mapping[str, tuple[str, ...]] = {
    "ms": ("s",), "milliseconds": ("seconds",), "s": ("ms", "min"), "seconds": ("minutes",), "second": ("minute",),
    "min": ("s", "h"), "minutes": ("hours", "days"), "minute": ("hour",), "hours": ("minutes", "days"),
    "hour": ("minute", "day"), "days": ("hours", "weeks"), "day": ("hour", "week"), "weeks": ("days", "months"),
    "week": ("day", "month"), "months": ("weeks", "years"), "month": ("week", "year"), "years": ("months", "weeks"),
    "year": ("month",), "sprints": ("quarters",), "quarters": ("weeks",),
}  # fmt: skip
_UNIT = re.compile(rf"(?<=\d)(\+?[\s-]?)({'|'.join(sorted(_UNITS, key=len, reverse=True))})\b")
_PERIODS = ("daily", "weekly", "monthly", "quarterly", "yearly")
_TIMES: Mapping[str, tuple[str, ...]] = {
    **{period: tuple(other for other in _PERIODS if other != period) for period in _PERIODS},
    "semiannual": ("weekly", "monthly"), "semiannually": ("weekly", "monthly"), "annually": ("weekly", "monthly"),
    "annual": ("weekly", "monthly"), "nightly": ("monthly", "yearly"), "hourly": ("weekly", "monthly"),
    "per week": ("per quarter",), "per month": ("per week", "per year"), "per quarter": ("per week", "per year"),
    "per year": ("per month", "per week"), "a month": ("a week", "a year"), "a year": ("a month", "a week"),
    "a week": ("a month", "a year"), "qoq": ("YoY",), "at once": ("within a week",), "promptly": ("within a month",),
    "immediately": ("within a week",), "within days": ("within months",), "within hours": ("within weeks",),
    "first month": ("first year",), "first week": ("first quarter",),
    "monday": ("Thursday",), "friday": ("Tuesday",),
}  # fmt: skip
TIME = re.compile(rf"\b({'|'.join(sorted(_TIMES, key=len, reverse=True))})\b", re.IGNORECASE)
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|may|must|can|should|will|has to|have to)\b(?! (?:not|no|never|none)\b)", re.IGNORECASE
)
_IMPERATIVE = re.compile(
    r"^(Add|Agree|Apply|Ask|Attend|Bring|Build|Check|Choose|Compare|Define|Deliver|Design|Document|Draw|Ensure|Escalate"
    r"|Explain|Extend|Find|Follow|Give|Help|Integrate|Keep|Lead|Learn|Look|Maintain|Make|Measure|Mentor|Merge|Monitor"
    r"|Own|Plan|Practice|Prepare|Present|Publish|Put|Rate|Read|Record|Release|Report|Respect|Respond|Review|Roll|Run"
    r"|Set up|Set|Share|Ship|Show|Start|Study|Support|Take|Talk|Test|Trace|Track|Tune|Turn|Use|Watch|Work|Write) "
)
_DROPPED: tuple[tuple[str, str], ...] = (
    (r"\b(is|are|may|must|can|should|will|does|do|did|has|have|was|were) not (?!only|yet|just)", r"\1 "),
    (r"\bcannot\b", "can"), (r"\bnever ", ""), (r"\bwithout\b", "with"), (r"\bwith no\b", "with"),
    (r"\bhas no\b", "has"), (r"\bhave no\b", "have"), (r"\bNo ([a-z]+s are)\b", r"\1"),
    (r"^Do not ([a-z])", r"\1"), (r"^Never ([a-z])", r"\1"),
)  # fmt: skip
_ORDERS = (" divided by ", " before ", " rather than ", " instead of ", " reports to ")


def numbers(text: str) -> Iterator[Edit]:
    """Another number, or both ends of a range moved; percentages stay within 100.

    >>> [edit.text for edit in numbers("Bring 3–5 years.")][:2]
    ['Bring 6–8 years.', 'Bring 9–11 years.']
    >>> [edit.text for edit in numbers("F1 above 0.85")]
    ['F1 above 0.90', 'F1 above 0.95', 'F1 above 0.80']
    >>> [edit.text for edit in numbers("p95 on GPT-4")]
    []
    >>> next(numbers("Name the three worst gaps.")).text
    'Name the five worst gaps.'
    """
    for match in _NUMBER.finditer(text):
        low, dash, high, percent = match.groups()
        tail = percent if percent is not None else ""
        for moved in _moved(low, high, "%" in tail):
            new = (dash if dash is not None else "").join(moved)
            yield Edit(
                text[: match.start()] + new + tail + text[match.end() :],
                match.group(0),
                new + tail,
            )
    for match in _NUMBER_WORD.finditer(text):
        place = _WORDS.index(match.group(0).lower())
        for step in (2, 5):
            new = _cased(_WORDS[(place + step) % len(_WORDS)], match.group(0))
            yield Edit(text[: match.start()] + new + text[match.end() :], match.group(0), new)


def _moved(low: str, high: str | None, percent: bool) -> Iterator[tuple[str, ...]]:
    """Numbers that differ by far: the span of a range stays, so that it remains one."""
    first = float(low.replace(",", ""))
    last = first if high is None else float(high.replace(",", ""))
    step = max(last - first + 1, round(first * 0.5), 1) if not percent else max(last - first + 5, 10)
    if 0 < last < 1:  # a score, which stays one
        step = (1 - last) / 3
    digits = max(len(part.partition(".")[2]) for part in (low, "" if high is None else high))
    for by in (step, 2 * step, -step):
        ends = (first + by,) if high is None else (first + by, last + by)
        if ends[0] <= 0 or (percent and ends[-1] > 100):
            continue
        yield tuple(f"{end:,.{digits}f}" if "," in low else f"{end:.{digits}f}" for end in ends)


def units(text: str) -> Iterator[Edit]:
    """Another unit behind a number.

    >>> [edit.text for edit in units("Below 300ms within 4 hours")]
    ['Below 300s within 4 hours', 'Below 300ms within 4 minutes', 'Below 300ms within 4 days']
    """
    for match in _UNIT.finditer(text):
        for new in _UNITS[match.group(2)]:
            yield Edit(text[: match.start(2)] + new + text[match.end(2) :], match.group(0), match.group(1) + new)


def times(text: str) -> Iterator[Edit]:
    """Another frequency, period or delay.

    >>> next(times("Weekly or monthly")).text
    'Daily or monthly'
    """
    for match in TIME.finditer(text):
        for new in _TIMES[match.group(0).lower()]:
            cased = _cased(new, match.group(0))
            yield Edit(text[: match.start()] + cased + text[match.end() :], match.group(0), cased)


def negations_added(text: str) -> Iterator[Edit]:
    """The first verb denied.

    >>> [edit.text for edit in negations_added("Ship a fix.")], [edit.text for edit in negations_added("It is open.")]
    (['Do not ship a fix.'], ['It is not open.'])
    """
    imperative = _IMPERATIVE.match(text)
    if imperative is not None:
        yield Edit(f"Do not {text[0].lower()}{text[1:]}", "", "not")
        return
    match = _AUXILIARY.search(text)
    if match is not None and not re.search(r"\b(?:whether|if|unless)\b", text[: match.start()], re.IGNORECASE):
        where = match.start() + len(match.group(0).split()[0])
        if match.group(0).lower() in ("has to", "have to"):
            does = "does not have to" if match.group(0).lower() == "has to" else "do not have to"
            yield Edit(text[: match.start()] + does + text[match.end() :], match.group(0), does)
        else:
            yield Edit(f"{text[:where]} not{text[where:]}", "", "not")


def negations_dropped(text: str) -> Iterator[Edit]:
    """A negation taken away.

    >>> [edit.text for edit in negations_dropped("Works with no rules and never asks.")]
    ['Works with no rules and asks.', 'Works with rules and never asks.']
    """
    for pattern, new in _DROPPED:
        match = re.search(pattern, text)
        if match is not None:
            changed = text[: match.start()] + match.expand(new) + text[match.end() :]
            yield Edit(changed[0].upper() + changed[1:], match.group(0).strip(), match.expand(new).strip())


def swaps(text: str) -> Iterator[Edit]:
    """What stands before and after an order-giving word exchanged, within one clause.

    >>> [edit.text for edit in swaps("Spend divided by successful outcomes.")]
    ['Successful outcomes divided by spend.']
    >>> [edit.text for edit in swaps("Raise it from 82% to 88%.")]
    ['Raise it from 88% to 82%.']
    """
    for match in re.finditer(r"\bfrom ([^\s,;]+) to ([^\s,;.]+)", text):
        scale = re.search(r"\brat(?:e|ed|ing)\b|\brang", text[: match.start()], re.IGNORECASE)  # no direction
        if match.group(1) != match.group(2) and scale is None:
            new = f"from {match.group(2)} to {match.group(1)}"
            yield Edit(text[: match.start()] + new + text[match.end() :], match.group(0), new)
    for word in _ORDERS:
        clause = re.fullmatch(rf"(.*?[,:] )?([^,:.;]+?){word}([^,:.;]+?)((?:[,.;].*)?)", text)
        if clause is not None and max(len(clause.group(2).split()), len(clause.group(3).split())) <= 8:
            lead, first, second, rest = (clause.group(number) or "" for number in (1, 2, 3, 4))
            starts = not lead and first[0].isupper()
            left, right = (upper_first(second), lower_first(first)) if starts else (second, first)
            yield Edit(f"{lead}{left}{word}{right}{rest}", f"{first}{word}{second}", f"{left}{word}{right}")


def named_roles(text: str, roles: Sequence[str]) -> Iterator[Edit]:
    """One named role replaced by another; "the lead" by "the junior" as well, but not "the tech lead".

    >>> [e.text for e in named_roles("The Lead NLP Engineer signs.", ["Lead NLP Engineer", "Junior NLP Engineer"])]
    ['The Junior NLP Engineer signs.']
    """
    for role in roles:
        if role.lower() in text.lower():
            where = text.lower().index(role.lower())
            for other in roles:
                if other != role:
                    yield Edit(text[:where] + other + text[where + len(role) :], role, other)
            return
    match = re.search(r"\b([Tt]he|[Aa]) (junior|lead)\b(?! time)", text)
    if match is not None:
        new = {"junior": "lead", "lead": "junior"}[match.group(2)]
        yield Edit(f"{text[: match.start(2)]}{new}{text[match.end(2) :]}", match.group(2), new)


def lower_first(text: str) -> str:
    """The first letter in lower case, unless the word is a name or an abbreviation.

    >>> lower_first("Ship it"), lower_first("PII redaction"), lower_first("GitHub runs")
    ('ship it', 'PII redaction', 'GitHub runs')
    """
    word = text.split(maxsplit=1)[0] if text.split() else ""
    return text if any(letter.isupper() or letter.isdigit() for letter in word[1:]) else text[:1].lower() + text[1:]


def upper_first(text: str) -> str:
    """The first letter in upper case."""
    return text[:1].upper() + text[1:]


def _cased(new: str, old: str) -> str:
    return upper_first(new) if old[:1].isupper() else new

"""Quantities in a text: numbers with units, ranges and bounds, read the same whether in figures or in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from generation.numerals import NUMBER, percent_shares, value_of
from generation.units import MONEY, UNIT, canonical, periods
from retrieval.lexical import tokenize

LEAST, MOST, WITHIN, LASTING = ">=", "<=", "within", "over"
"""Bounds; more than and at least are not told apart. ``within`` is an upper bound that is often left unsaid;
"over two years" may say how long or how much at least."""
_LEAST_BEFORE = (
    r"at (?:the )?least|(?:no|not) (?:less|fewer|lower|smaller) than|(?:a )?minimum(?: of)?|(?:more|greater|higher"
    r"|larger|longer|better) than|above|(?<!takes )(?<!take )(?<!taking )(?<!took )(?<!hands )over"
    r"|exceed(?:s|ed|ing)?|beyond|upwards? of|not below|not under|≥|⩾|>=|>"
)
_MOST_BEFORE = (
    r"at (?:the )?most|(?:no|not) (?:more|greater|higher|larger|longer|later) than|(?:a )?maximum(?: of)?|up to"
    r"|(?:less|fewer|lower|smaller|shorter|quicker|faster) than|below|under|not (?:to )?exceed(?:ing)?|not above"
    r"|not over|≤|⩽|<=|<"
)
_BEFORE = (
    rf"(?P<least>{_LEAST_BEFORE})|(?P<most>{_MOST_BEFORE})"
    r"|(?P<within>within(?: the)?(?: first)?|(?:first|initial)(?= \S+ \w))"
)
_LEAST_AFTER = r"or (?:more|higher|above|better|greater|longer|over)|and (?:above|more|over|up)|upwards|at least"
_MOST_AFTER = r"or (?:less|fewer|below|lower|under|shorter)|at (?:the )?most|(?:or )?maximum|at the latest"
_QUANTITY = re.compile(
    rf"(?:(?:{_BEFORE})(?: than)?\s*)?(?P<between>between\s+|from\s+)?(?:about\s+|around\s+|roughly\s+|~\s?)?"
    rf"(?:{MONEY}\s?)?"
    rf"(?<![\w.])(?<!\d,)(?P<first>{NUMBER})(?:\s?(?P<unit1>{UNIT}))?"
    rf"(?:(?:\s?[-–—]\s?|\s(?:to|through|{{AND}}or)\s)(?:{MONEY}\s?)?(?P<second>{NUMBER}))?"
    rf"(?P<plus>\+)?(?:\s?/\s?(?P<scale>\d+)(?![\d/])|\s(?:out\s)?of\s(?P<outof>{NUMBER})(?=[\s,.;)]|$))?"
    rf"(?:[\s-]?(?P<unit>{UNIT}))?(?![A-Za-z0-9])(?:\s(?:(?P<over>{_LEAST_AFTER})|(?P<beneath>{_MOST_AFTER}))\b)?",
    re.IGNORECASE,
)
_RANGED = re.compile(_QUANTITY.pattern.replace("{AND}", ""), re.IGNORECASE)
_BETWEEN = re.compile(_QUANTITY.pattern.replace("{AND}", "and|"), re.IGNORECASE)
_MONEY = re.compile(MONEY, re.IGNORECASE)
_SINGLE = re.compile(
    rf"\b(?P<within>within )?(?:an?|the|one)\s(?P<unit>(?!s\b|h\b|ms\b|point|pound|token|mile){UNIT})", re.I
)
_HALVES = (
    (re.compile(rf"\b(?:an?|one)\s({UNIT})\sand\sa\shalf\b", re.IGNORECASE), r"1.5 \1"),
    (re.compile(rf"\bhalf\san?\s({UNIT})", re.IGNORECASE), r"0.5 \1"),
    (re.compile(r"\b(\d+)(?:st|nd|rd|th)?[\s-]percentile\b", re.IGNORECASE), r"p\1"),
    (re.compile(r"\bone or (more|fewer|less)\b", re.IGNORECASE), r"1 or \1"),
)
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_ORDINAL = re.compile(rf"\b(?:(\d+)(?:st|nd|rd|th)|({'|'.join(_ORDINALS)}))\b(?!\s(?:hand|ly))", re.IGNORECASE)
_CLAUSE = re.compile(r"[,;:.|()](?=\s|$)|\n")
_RATE = re.compile(r"(?:an?|per|each|every)\b|/", re.IGNORECASE)
_VAGUE = re.compile(rf"\b(?:within|in|after|for|over)\s({UNIT})(?<=s)", re.IGNORECASE)
_AFTER = 3  # words behind a number that may say what is counted


@dataclass(frozen=True, slots=True)
class Quantity:
    """``numbers`` holds one, or the ends of a range; ``nouns`` the stems behind it; ``[start, end)`` in the text."""

    numbers: tuple[float, ...]
    unit: str
    bound: str = ""
    nouns: tuple[str, ...] = ()
    start: int = 0
    end: int = 0
    in_words: bool = False
    per: tuple[str, Fraction] | None = None  # "2 a month": the period for which it counts
    figures: tuple[float, ...] = ()  # the numbers before their unit was changed to the common one


def prepared(text: str) -> str:
    """The text with shares, halves and percentiles in one spelling; places in it are those of quantities."""
    plain = percent_shares(" ".join(text.split()))
    for pattern, new in _HALVES:
        plain = pattern.sub(new, plain)
    return plain


def quantities(text: str) -> list[Quantity]:
    """The quantities of a prepared text, in order.

    >>> [(q.numbers, q.unit, q.bound) for q in quantities("at least three to five years, < 300 ms and ≥ 4.2/5")]
    [((36.0, 60.0), 'month', '>='), ((0.3,), 'second', '<='), ((4.2,), '/5', '>=')]
    >>> [q.numbers for q in quantities("P95 of GPT4o, 1–2 of them, version 3.11")]
    [(1.0, 2.0), (3.11,)]
    """
    found: list[Quantity] = []
    covered = [(start, end) for start, end, *_ in periods(text)]
    place = 0
    while (match := _RANGED.search(text, place)) is not None:
        if match["between"] is not None and match["between"].lower().startswith("between"):
            between = _BETWEEN.match(text, match.start())
            match = between if between is not None else match
        place = max(match.end(), match.start() + 1)
        if not any(start < match.end("first") and match.start("first") < end for start, end in covered):
            found.append(_quantity(match, text))
    return found


def _quantity(match: re.Match[str], text: str) -> Quantity:
    ends = [value_of(match[name]) for name in ("first", "second") if match[name] is not None]
    money = _MONEY.search(match[0])
    unit = match["unit"] if match["unit"] is not None else match["unit1"]
    unit = money[0] if unit is None and money is not None else unit
    name, factor = canonical(unit) if unit is not None else ("", Fraction(1))
    scale = match["scale"] if match["scale"] is not None else match["outof"]
    if scale is not None and not name:
        name = f"/{value_of(scale):g}"
    bound = LEAST if match["least"] or match["over"] or match["plus"] else ""
    bound = MOST if match["most"] or match["beneath"] else bound
    over = match["least"] is not None and match["least"].lower() == "over"
    if over and name in ("second", "month"):  # "over 18–36 months" says how long
        bound = LASTING
    if match["within"]:
        bound = WITHIN
    clause = _CLAUSE.split(text[match.end() : match.end() + 60])[0]
    nouns = tuple(tokenize(" ".join(clause.split()[:_AFTER])))
    rate = next((each for each in periods(text) if match.end() <= each[0] < match.end() + len(clause)), None)
    per = (rate[2], rate[3]) if rate is not None and _RATE.match(text, rate[0]) else None
    numbers = tuple(round(end * float(factor), 6) for end in ends)
    in_words = not any(letter.isdigit() for letter in match[0])
    return Quantity(numbers, name, bound, nouns, match.start("first"), match.end(), in_words, per, tuple(ends))


def single_units(text: str) -> list[Quantity]:
    """"A year", "within the day": one unit, said without a number."""
    found = []
    for match in _SINGLE.finditer(text):
        unit, factor = canonical(match["unit"])
        if unit in ("second", "month"):
            bound = WITHIN if match["within"] else ""
            found.append(Quantity((float(factor),), unit, bound, (), match.start("unit"), match.end()))
    return found


def recurring(text: str) -> list[Quantity]:
    """What recurs, as a quantity of time."""
    return [Quantity((float(size),), unit, "", (), start, end) for start, end, unit, size in periods(text)]


def ordinals(text: str) -> set[int]:
    """Places in an order.

    >>> sorted(ordinals("the first 30 days, the 2nd month"))
    [1, 2]
    """
    return {int(n) if n else _ORDINALS.index(word.lower()) + 1 for n, word in _ORDINAL.findall(text)}


def vague(text: str) -> set[str]:
    """Times without a number: "within days", "over months".

    >>> vague("within days"), vague("within 3 days")
    ({'day'}, set())
    """
    return {match[1].lower().removesuffix("s") for match in _VAGUE.finditer(text)}


def bare_units(text: str) -> set[str]:
    """Units that a text names anywhere, as a column's "Target (ms)" does."""
    return {canonical(match[0])[0] for match in re.finditer(rf"(?<![A-Za-z]){UNIT}", text, re.IGNORECASE)}


def agrees(said: Quantity, written: Quantity, units: Sequence[str] | set[str] = ()) -> bool:
    """Whether what was written bears out what is said; ``units`` are those that the evidence names by themselves.

    A range is borne out by the same range only, its lower end by "at least", its upper end by "at most". A bound may
    be left out, but not put in.

    >>> year = Quantity((36.0, 60.0), "month")
    >>> agrees(Quantity((36.0,), "month", LEAST), year), agrees(Quantity((60.0,), "month", LEAST), year)
    (True, False)
    """
    if not _same_unit(said, written, units) or (said.per and written.per and said.per != written.per):
        return False
    if said.unit and not written.unit:  # the column's name has the unit
        said = replace(said, numbers=said.figures)
    if written.unit and not said.unit:  # "Five." of "five years"
        written = replace(written, numbers=written.figures)
    if said.numbers == written.numbers:
        return _same_bound(said.bound, written.bound)
    if len(said.numbers) == 1 and len(written.numbers) == 2:
        low, high = written.numbers
        if said.bound == LEAST:
            return said.numbers[0] == low and written.bound not in (MOST, WITHIN)
        return said.bound in (MOST, WITHIN) and said.numbers[0] == high and written.bound != LEAST
    return said.numbers == (0.0, *written.numbers) and written.bound in (MOST, WITHIN)


def _same_unit(said: Quantity, written: Quantity, units: Sequence[str] | set[str]) -> bool:
    if said.unit == written.unit:
        return True
    if not written.unit:
        return said.unit in units
    return not said.unit and (not said.nouns or written.unit.startswith("/"))


def _same_bound(said: str, written: str) -> bool:
    if said in ("", written):
        return True
    if LASTING in (said, written):
        return (LASTING == written and said == LEAST) or (said == LASTING and written in ("", LEAST))
    if said == WITHIN:
        return written != LEAST
    return said == MOST and written == WITHIN

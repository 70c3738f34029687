"""Numbers as English writes them: 5,000, 1.5k, 70 %, twenty-five, half a dozen, one in five.

Only what stands in general use is read; Roman numbers and numbers inside names ("GPT-4") are not.
"""

from __future__ import annotations

import re

_ONES = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * number
    for number, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "dozen": 12}
_SUFFIXES = {"k": 1_000, "m": 10**6, "bn": 10**9, "million": 10**6, "billion": 10**9, "thousand": 1_000}
_PARTS = {"half": 50.0, "third": 100 / 3, "quarter": 25.0, "fifth": 20.0, "tenth": 10.0}
"""Shares as per cent."""

_WORD = "|".join([*_ONES, *_TENS, *_SCALES])
WORDS = rf"(?:{_WORD})(?:(?:[\s-]|(?<=hundred)\sand\s|(?<=thousand)\sand\s)(?:{_WORD}))*"
DIGITS = r"\d+(?:,\d{3})*(?:\.\d+)?"
NUMBER = rf"(?:{DIGITS}(?:\s?(?:million|billion|thousand)\b|(?:k|bn)\b|(?<=\d)M\b)?|\b{WORDS}\b)"
"""A number in figures or words; not part of a longer word."""
_SHARE = re.compile(
    rf"\b(?:(?:one|a)[\s-](half|third|quarter|fifth|tenth)\s+of\b|(half)\s+of\b|({WORDS}|\d+)\s+in\s+({WORDS}|\d+)\b)",
    re.IGNORECASE,
)


def value_of(text: str) -> float:
    """The number that ``NUMBER`` matched.

    >>> [value_of(text) for text in ("5,000", "1.5k", "twenty-five", "two hundred and six", "a dozen", "3 million")]
    [5000.0, 1500.0, 25.0, 206.0, 12.0, 3000000.0]

    Raises:
        ValueError: the text is no number.

    """
    plain = text.lower().strip().removeprefix("a ")
    figures = re.match(DIGITS, plain)
    if figures is not None:
        scale = plain[figures.end() :].strip()
        return round(float(figures[0].replace(",", "")) * _SUFFIXES.get(scale, 1), 6)
    total = part = 0
    for word in re.split(r"[\s-]+", plain):
        if word in _SCALES:
            part = max(part, 1) * _SCALES[word]
            if _SCALES[word] >= 1_000:
                total, part = total + part, 0
        elif word != "and":
            part += _ONES[word] if word in _ONES else _TENS[word] if word in _TENS else _unknown(word)
    return float(total + part)


def _unknown(word: str) -> int:
    message = f"{word!r} is no number"
    raise ValueError(message)


def percent_shares(text: str) -> str:
    """The text with shares in words written as per cent.

    >>> percent_shares("A fifth of the score, one in four runs, half of them")
    '20% the score, 25% runs, 50% them'
    """

    def share(match: re.Match[str]) -> str:
        word = match[1] if match[1] is not None else match[2]
        if word is not None:
            return f"{_PARTS[word.lower()]:.4g}%"
        whole = value_of(match[4])
        part = value_of(match[3])
        return f"{100 * part / whole:.4g}%" if 0 < part < whole else match[0]

    return _SHARE.sub(share, text)

"""Headings of plain text by their numbers, by a line below them and by what follows; none of it a list of phrases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ingest.flattened import Line

BULLET = re.compile(r"^(?:[-*+•◦▪·●○■]|[–—])\s+(?=\S)")
ORDERED = re.compile(r"^\(?(?:\d{1,2}|[a-z])[.)]\s+(?=\S)")
RULE = re.compile(r"^([-=_*~#+])(?:\s?\1){2,}$")
_UNDERLINE = re.compile(r"^(={3,}|-{3,})$")
_NUMBERED = re.compile(r"^(\d{1,2})(\.\)|[.)]) +(?=[A-ZÀ-Þ\"“])(.{2,90})$")
_ROMAN = re.compile(r"^([IVX]{1,6})([.)]) +(?=[A-ZÀ-Þ\"“])(.{2,90})$")
_DEEP = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){1,3})[.)]? +(?=[A-ZÀ-Þ\"“])(.{2,90})$")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10}
_MAX_SUBHEADING = 90  # characters
_MOST_WORDS = 13
_MIN_SERIES = 3
_MIN_DEEP = 2


def top_headings(lines: Sequence[Line]) -> frozenset[int]:
    """Indices of the numbered top headings: the longest run 1, 2, 3 … of one style over unindented short lines.

    A numbered list's items follow their like, and start again and again at 1; a heading's number is one more than the
    last heading's, and something else stands between the two.
    """
    series: dict[str, dict[int, int]] = {}
    for index, line in enumerate(lines):
        style, number = _numbered(line)
        if number:
            series.setdefault(style, {})[index] = number
    runs = [_run(lines, numbers) for numbers in series.values()]
    longest = max(runs, key=len, default=[])
    return frozenset(longest) if len(longest) >= _MIN_SERIES else frozenset()


def _numbered(line: Line) -> tuple[str, int]:
    """The style of a numbered line's marker and its number; ("", 0) for other lines."""
    if line.indent > 0:
        return "", 0
    match = _NUMBERED.match(line.text)
    if match is not None:
        return match[2], int(match[1])
    match = _ROMAN.match(line.text)
    return (f"I{match[2]}", _roman(match[1])) if match is not None else ("", 0)


def _roman(numeral: str) -> int:
    """The value of a Roman numeral below 40; 0 for no numeral.

    >>> [_roman(text) for text in ("I", "IV", "IX", "XIV", "VIII", "XXXX", "IIX")]
    [1, 4, 9, 14, 8, 0, 0]
    """
    if re.fullmatch(r"X{0,3}(?:IX|IV|V?I{0,3})", numeral) is None:
        return 0
    values = [_ROMAN_VALUES[letter] for letter in numeral]
    return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))


def _run(lines: Sequence[Line], numbers: dict[int, int]) -> list[int]:
    chosen: list[int] = []
    for index, number in numbers.items():
        if number != len(chosen) + 1 or lines[index].text.endswith((".", ";", ",")):
            continue
        if numbers.get(index - 1) == number - 1 or numbers.get(index + 1) == number + 1:
            continue  # an item among its like, or a table of contents
        chosen.append(index)
    return chosen


def deep_headings(lines: Sequence[Line], tops: frozenset[int]) -> dict[int, int]:
    """Levels of headings such as ``2.1 Scope`` and ``2.1.3 Limits`` by index; each must be the next in its series.

    With numbered tops around them they must carry the number of the top that they stand under.
    """
    found: dict[int, int] = {}
    open_numbers: tuple[int, ...] = ()
    for index, line in enumerate(lines):
        if index in tops:
            open_numbers = (_numbered(line)[1],)
            continue
        match = _DEEP.match(line.text) if line.indent == 0 else None
        if match is None or line.text.endswith((".", ";", ",")):
            continue
        number = tuple(int(part) for part in match[1].split("."))
        parent, last = number[:-1], number[-1]
        known = open_numbers[: len(parent)] == parent
        begins = not tops and len(number) == 2 and last == 1 and parent[0] == (open_numbers or (0,))[0] + 1
        following = len(open_numbers) >= len(number) and last == open_numbers[len(parent)] + 1
        if begins or (known and (following or last == 1)):
            found[index] = len(number)
            open_numbers = number
    return found if len(found) >= _MIN_DEEP else {}


def underlined_headings(lines: Sequence[Line]) -> dict[int, int]:
    """Levels of headings with a line of ``===`` (1) or ``---`` (2) directly below them."""
    found: dict[int, int] = {}
    for index, (line, below) in enumerate(pairwise(lines)):
        rule = _UNDERLINE.match(below.text)
        if rule is None or below.blank_before or line.indent or not line.plain or RULE.match(line.text):
            continue
        alone = line.blank_before or RULE.match(lines[index - 1].text) is not None
        if alone and len(line.text) <= _MAX_SUBHEADING and line.text[-1] not in ".;,":
            found[index] = 1 if rule[1].startswith("=") else 2
    return found


def is_spaced(lines: Sequence[Line]) -> bool:
    """Whether the text separates its parts by empty lines (then a subheading must stand alone)."""
    return sum(line.blank_before for line in lines) > 0.25 * len(lines)


def is_subheading(lines: Sequence[Line], index: int, *, spaced: bool) -> bool:
    """A short line without a full stop that a longer line, a list or a table follows."""
    line = lines[index]
    if index + 1 >= len(lines) or line.indent > 0 or len(line.text) > _MAX_SUBHEADING:
        return False
    first = line.text.lstrip("“\"'")[:1]
    if not (first.isupper() or first.isdigit()) or line.text[-1] in '.;,:!?…”"':
        return False
    if spaced and not (line.blank_before and line.blank_after):
        return False
    if len(line.text.split()) > _MOST_WORDS:
        return False
    following = lines[index + 1].text
    return bool(BULLET.match(following) or ORDERED.match(following) or following.startswith("|")) or (
        len(following) > len(line.text) and (spaced or len(following) > 60 or following.endswith((".", ":")))
    )

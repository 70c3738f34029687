"""Headings of plain text by their numbers, by a line below them and by what follows; none of it a list of phrases."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from ingest.flattened import Line
from ingest.kinds import kind_of
from ingest.records import Kind

BULLET = re.compile(r"^(?:[-*+•◦▪·●○■]|[–—])\s+(?=\S)|^・\s*(?=\S)")
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
_LONG = 60  # characters: below this a line may be one of a list without markers
# Data, not names: a town with its postcode, an e-mail address, a field with its value.
_ADDRESS = re.compile(r",? [A-Z]{2} \d{5}(?:-\d{4})?\b|\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b|\S@\w")
_FIELD = re.compile(r"^[^:]{2,40}:\s+\S")


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


def subheadings(
    lines: Sequence[Line], headings: Collection[int], rows: Collection[int], *, spaced: bool
) -> frozenset[int]:
    """Indices of the short lines without a full stop that a longer line, a list or a table follows.

    ``headings`` are those that are certain, ``rows`` the first lines of flattened rows: none is looked at. In a text
    without empty lines between its parts a list may have lost its markers; its lines are no headings.
    """
    known = set(headings)
    for index, line in enumerate(lines[:-1]):
        if index in headings or index in rows or not _may_head(line, lines[index + 1], spaced=spaced):
            continue
        listed = not spaced and not line.blank_before and _in_list(lines, index, known)
        if not listed:
            known.add(index)
    return frozenset(known.difference(headings))


def _may_head(line: Line, below: Line, *, spaced: bool) -> bool:
    if line.indent > 0 or len(line.text) > _MAX_SUBHEADING or len(line.text.split()) > _MOST_WORDS:
        return False
    first = line.text.lstrip("“\"'")[:1]
    if not (first.isupper() or first.isdigit()) or line.text[-1] in '.;,:!?…”"':
        return False
    if (_is_marked(line) and not line.text.isupper()) or (spaced and not (line.blank_before and line.blank_after)):
        return False
    return _is_marked(below) or (
        len(below.text) > len(line.text)
        and (spaced or len(below.text) > _LONG or below.text.endswith((".", ":")))
    )


def _is_marked(line: Line) -> bool:
    """Whether a line is an item or a table row by its marks."""
    return bool(BULLET.match(line.text) or ORDERED.match(line.text)) or line.text.startswith("|")


def _in_list(lines: Sequence[Line], index: int, headings: Collection[int]) -> bool:
    """Whether a line that could be a heading is one of several short lines, the first of a wrapped sentence, or data;
    a name of a section's kind is a heading all the same.
    """
    text, below = lines[index].text, lines[index + 1]
    if index + 1 in headings or _ADDRESS.search(text) or below.text[:1].islower():
        return True
    if kind_of((text,)) is not Kind.OTHER:
        return False
    if _is_marked(below):
        return False
    if _FIELD.match(text):
        return True
    above = lines[index - 1] if index > 1 else None  # the first line is a title
    if above is None or index - 1 in headings or _is_marked(above) or not above.plain:
        return False
    if _FIELD.match(above.text) or _ADDRESS.search(above.text):
        return False
    return len(above.text) <= _MAX_SUBHEADING and above.text[-1] not in '.;:!?…”"'

"""Tables whose export joined the cells of a row by single spaces: "Latency (P95) Response time Daily".

A cell starts with a capital, a digit or a sign, and so do names inside cells; a row is split only where one split
alone is possible, given the number of columns, a first or last column whose few values come again, and names in
title case. Every other row keeps its line as it is, and knows its columns' names all the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_LEAST_ROWS = 3
_LEAST_COLUMNS = 3  # two cells with capitals inside can be split anywhere
_LONGEST_HEADER = 120  # characters
_MOST_NAME_WORDS = 6
_CLOSED = 0.6  # share of the rows whose value comes again, for a column to count as closed
_UNCLEAR = -1
_ENOUGH = 0.8  # share of the rows that can hold as many cells as there are columns
_CELL_START = re.compile("[\"“‘']?[A-ZÀ-Þ0-9%≥≤<>#+~±$€£]")
_SIGN_START = re.compile("[%≥≤<>#+~±]")
_WORD_START = re.compile("[\"“‘']?[A-ZÀ-Þ][a-zß-ÿ]+")
_OPEN_END = re.compile(r"^[+&~±#%$€£]$|[/–—\-,;:(\[→=<>≥≤|]$")
_FUNCTION_WORDS = frozenset(
    "a an and as at by for from in into of on or over per than the this that to under using via vs vs. with within "
    "without after before during about e.g. i.e. between against across".split()
)


@dataclass(frozen=True, slots=True)
class JoinedTable:
    """Column names, and per row its line and its cells (() where they cannot be told apart)."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    proven: bool  # a closed column shows that it is a table


@dataclass(frozen=True, slots=True)
class _Cut:
    """A place where a cell may start: ``token`` counts words; ``sure`` when a capital or a sign follows small type,
    ``named`` when a capital follows a capital; an acronym or a number in running text is neither.
    """

    token: int
    sure: bool
    named: bool
    word: bool  # neither an acronym nor a number


def joined_table(lines: Sequence[str]) -> JoinedTable | None:
    """The table in consecutive lines, the first of which names its columns; None when they are none.

    >>> table = joined_table(["Kind Tool Use", *("Cloud Azure Hosting Common", "Cloud AWS Hosting Optional",
    ...     "Editor Emacs Writing Common", "Editor Vim Writing Common")])
    >>> table is None  # single words in capitals may be names as well as columns
    True
    >>> table = joined_table(["Metric name What it measures How often", "Uptime Share of good minutes Weekly",
    ...     "Latency Time to an answer Weekly", "Error Rate Share of failed calls Weekly"])
    >>> table.header, table.rows[2][1]
    (('Metric name', 'What it measures', 'How often'), ('Error Rate', 'Share of failed calls', 'Weekly'))
    """
    header = _names(lines[0]) if len(lines) > _LEAST_ROWS else ()
    rows = [line.split() for line in lines[1:]]
    if not header or not all(_CELL_START.match(row[0]) for row in rows):
        return None
    cuts = [_cuts(row) for row in rows]
    able = sum(len(places) >= len(header) - 1 for places in cuts)
    if able < _ENOUGH * len(rows) or 2 * sum(map(len, lines)) < len(lines) * len(lines[0]):
        return None
    ends = _last_column(rows, cuts)
    starts = _first_column(rows, cuts)
    proven = bool(ends or starts) and len(header) >= _LEAST_COLUMNS
    titled = 2 * sum(len(row) > 1 and any(not cut.sure and cut.token <= 2 for cut in places)
                     for row, places in zip(rows, cuts, strict=True)) > len(rows)  # fmt: skip
    found = []
    for index, (row, places) in enumerate(zip(rows, cuts, strict=True)):
        chosen = _split(len(row), places, len(header), starts.get(index), ends.get(index), titled=titled)
        cells = tuple(" ".join(row[a:b]) for a, b in pairwise((0, *chosen, len(row)))) if chosen else ()
        found.append((lines[index + 1], cells))
    return JoinedTable(header, tuple(found), proven)


def _names(line: str) -> tuple[str, ...]:
    """The column names in a header line, in sentence case each; () when it is none."""
    if len(line) > _LONGEST_HEADER or line[-1] in ".,;:!?" or re.search(r"\d", line):
        return ()
    words = line.split()
    if not _CELL_START.match(words[0]):
        return ()
    cuts = [cut.token for cut in _cuts(words, header=True)]
    if not cuts:
        return ()
    if any(words[cut - 1].lower() in _FUNCTION_WORDS for cut in cuts):  # "Used for Label": one name or two
        return (line,)
    names = tuple(" ".join(words[a:b]) for a, b in pairwise((0, *cuts, len(words))))
    phrases = sum(" " in name for name in names)
    if (len(names) > 2 and not phrases) or any(name.count(" ") >= _MOST_NAME_WORDS for name in names):
        return ()
    return names


def _cuts(words: Sequence[str], *, header: bool = False) -> list[_Cut]:
    """Where a cell may start after the first: outside brackets and quotes, and not after an open end."""
    found: list[_Cut] = []
    depth = quoted = 0
    began = True  # whether the chain of capitals that runs up to here began where a cell may start
    for index, word in enumerate(words):
        before = words[index - 1] if index else ""
        inside = depth > 0 or quoted > 0
        depth = max(0, depth + word.count("(") + word.count("[") - word.count(")") - word.count("]"))
        quoted = max(0, quoted + word.count("“") - word.count("”"))
        if not index or inside:
            continue
        if not _CELL_START.match(word) or not re.search(r"[\w%#≥≤<>]", word):
            began = began and not word[0].islower()
            continue
        if (_OPEN_END.search(before) and before != "%") or (before.lower() in _FUNCTION_WORDS and not header):
            continue
        quote = word[0] in "\"“‘'"
        if quote and header:
            continue
        small = not _CELL_START.match(before) or before[-1] in ")”]%" or before[-1].isdigit()
        plain = _WORD_START.fullmatch(word.strip(".,;:!?)(\"“”’'").split("-")[0]) is not None
        sure = _SIGN_START.match(word) is not None or (small and plain and not quote)
        began = sure or small or began
        found.append(_Cut(index, sure, named=began and not small and not quote, word=plain))
    return found


def _bare(words: Sequence[str]) -> str:
    return re.sub(r" ?\(.*", "", " ".join(words))


def _last_column(rows: Sequence[Sequence[str]], cuts: Sequence[Sequence[_Cut]]) -> dict[int, int]:
    """Where the last cell starts, by row, when that column has few values that come again."""
    tails = [places[-1].token if places else 0 for places in cuts]
    values = [_bare(row[tail:]) for row, tail in zip(rows, tails, strict=True)]
    counts = Counter(values)
    again = sum(count for count in counts.values() if count > 1)
    if again < _CLOSED * len(rows) or len(counts) > max(1, _CLOSED * len(rows)):
        return {}
    return {
        index: tail
        for index, (tail, value, places) in enumerate(zip(tails, values, cuts, strict=True))
        if tail and (counts[value] > 1 or (places[-1].sure and len(value.split()) <= 3))
    }


def _first_column(rows: Sequence[Sequence[str]], cuts: Sequence[Sequence[_Cut]]) -> dict[int, int]:
    """Where the second cell starts, by row, when neighbouring rows begin with the same value."""
    found: dict[int, int] = {}
    unclear: set[int] = set()
    for index, (row, places) in enumerate(zip(rows, cuts, strict=True)):
        own = {cut.token for cut in places}
        for other in (index - 1, index + 1):
            if not 0 <= other < len(rows):
                continue
            same = next((n for n, (a, b) in enumerate(zip(row, rows[other], strict=False)) if a != b), 0)
            if same in own and same in {cut.token for cut in cuts[other]}:
                found[index] = max(same, found.get(index, 0))
            elif same:
                unclear.add(index)
    if 2 * len(found) < len(rows):
        return {}
    return {**dict.fromkeys(unclear, _UNCLEAR), **found}


def _split(
    length: int, cuts: Sequence[_Cut], columns: int, start: int | None, end: int | None, *, titled: bool
) -> tuple[int, ...]:
    """The words at which the cells after the first start; () when more than one split is possible."""
    head = () if start is None else (start,)
    tail = () if end is None or end == start else (end,)
    inner = [cut for cut in cuts if (start is None or cut.token > start) and (end is None or cut.token < end)]
    need = columns - 1 - len(head) - len(tail)
    if need < 0 or start == _UNCLEAR or columns < _LEAST_COLUMNS:
        return ()
    if start is None and any(a.sure and not b.sure for a, b in pairwise(inner)):  # capitals behind the first cell
        return ()
    chosen = _chosen(inner, need, bound=start is not None, titled=titled and start is None)
    return () if chosen is None else (*head, *chosen, *tail)


def _chosen(inner: Sequence[_Cut], need: int, *, bound: bool, titled: bool) -> tuple[int, ...] | None:
    """The only choice of ``need`` cuts, or None; ``bound`` when the first column's end is known, ``titled`` when that
    column holds names in title case.
    """
    if need == 0:
        return ()
    if not all(cut.sure or cut.named for cut in inner):
        return None
    if len(inner) == need and (bound or not any(b.token == a.token + 1 and not b.sure for a, b in pairwise(inner))):
        return tuple(cut.token for cut in inner)
    sure = [cut.token for cut in inner if cut.sure]
    unsure = [cut.token for cut in inner if not cut.sure]
    if not titled or len(sure) < need - 1 or (sure and unsure and unsure[-1] > sure[0]):
        return None
    if len(sure) == need:  # all else are capitals inside a name in title case
        return tuple(sure)
    last = next((cut for cut in reversed(inner) if not cut.sure), None)
    return (last.token, *sure) if last is not None and last.word else None

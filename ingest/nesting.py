"""Which items belong under the item before them where an export lost the nesting; only where it is certain."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import groupby, pairwise

from ingest.records import Block, BlockKind

_LABEL = re.compile(r"(?:[-*+•◦▪·●○■–—]\s+)?([A-ZÀ-Þ][\w' -]{1,40}):(?:\s|$)")
_LEAST_LABELLED = 3
_RATED = re.compile(r"[^.;!?]{2,90} \(([A-ZÀ-Þ][a-zß-ÿ]+)[^()\d]{0,20}\)$")
_LEAST_RATED = 3  # pairs of a rated item and one without a rating
_GOES_ON = re.compile(r"(?:[,;]|\b(?:and|or))$")
_ORDERED = re.compile(r"\(?(?:\d{1,2}|[a-z])[.)]\s")
_END_NUMBER = re.compile(r"(?<=[:.!?)])\s+(\d{1,2})[.)]\s+(?=[A-ZÀ-Þ\"“])[^.!?:;]{2,90}$")
_LEAST_IN_SERIES = 3


def children(blocks: Sequence[Block]) -> frozenset[int]:
    """Indices of the items that an export put beside the item that they belong under."""
    found: set[int] = set()
    start = 0
    for is_list, whole in groupby(blocks, key=lambda block: block.kind is BlockKind.ITEM):
        items = list(whole)
        if is_list:
            found |= {start + index for index in _of_list(items)}
        start += len(items)
    return frozenset(found)


def _of_list(items: Sequence[Block]) -> set[int]:
    found: set[int] = set()
    start = 0
    for _, run in groupby(items, key=lambda block: block.level):
        texts = [block.text for block in run]
        found |= {start + index for index in labelled_children(texts)}
        start += len(texts)
    if found or start > len(texts):  # nesting that the source has
        return found
    return set(rated_children(texts) | led_children(texts))


def rated_children(items: Sequence[str]) -> frozenset[int]:
    """Items that explain the rated item before them: one with a rating in brackets and one without, in strict turn.

    >>> sorted(rated_children(["Digging (High)", "Beds.", "Mowing (Low)", "Lawns.", "Pruning (High)", "Roses."]))
    [1, 3, 5]
    >>> sorted(rated_children(["Digging (High)", "Beds.", "Mowing (Low)", "Pruning (High)"]))
    []
    """
    rated = [_RATED.fullmatch(item) for item in items]
    ratings = {match[1] for match in rated if match is not None}
    in_turn = all((match is not None) == (index % 2 == 0) for index, match in enumerate(rated))
    if len(items) % 2 or len(items) < 2 * _LEAST_RATED or not in_turn or 2 * len(ratings) >= len(items):
        return frozenset()
    return frozenset(range(1, len(items), 2))


def led_children(items: Sequence[str]) -> frozenset[int]:
    """Items below items that end with a colon, in a list that begins with such a one.

    Where the first item below a colon has no full stop, an item with one is no more of its like, and a list whose
    items all have one proves nothing with one colon alone.

    >>> sorted(led_children(["North:", "Roses", "Tulips", "South:", "Asters"]))
    [1, 2, 4]
    >>> sorted(led_children(["We plant:", "Roses", "Tulips", "We dig the beds.", "We rest."]))
    [1, 2]
    >>> sorted(led_children(["We plant:", "roses,", "tulips and", "asters.", "We dig the beds."]))
    [1, 2, 3]
    >>> sorted(led_children(["We plant:", "Roses of all sorts.", "We dig the beds."]))
    []
    >>> sorted(led_children(["Roses", "South:", "Asters"])), sorted(led_children(["1. North:", "2. South"]))
    ([], [])
    """
    leads = [item.rstrip().endswith(":") for item in items]
    if not leads[0] or any(_ORDERED.match(item) for item in items):
        return frozenset()
    found: set[int] = set()
    stopped = belongs = False
    for index, item in enumerate(items):
        stop = item.rstrip().endswith(".")
        if leads[index]:
            belongs = True
            continue
        if leads[index - 1]:
            stopped = stop
            belongs = not stop or sum(leads) > 1
        last = stop and not stopped  # of an enumeration, or the first item after it
        if belongs and (not last or _GOES_ON.search(items[index - 1].rstrip())):
            found.add(index)
        belongs = belongs and not last
    return frozenset(found)


def tails_in_series(blocks: Sequence[Block]) -> dict[int, int]:
    """Where the number begins that leads in the next item, at the ends of consecutive items, by the items' indices.

    An export that closes a list's elements in the wrong place puts the head of an item behind the text before it.

    >>> texts = ["Pick one: 1. Beds", "Dig them. 2. Lawns", "Mow them. 3. Paths", "Sweep them."]
    >>> tails_in_series([Block(BlockKind.ITEM, text, min(index, 1)) for index, text in enumerate(texts)])
    {0: 10, 1: 10, 2: 10}
    """
    found: dict[int, int] = {}
    series: dict[int, int] = {}
    for index, block in enumerate(blocks):
        match = _END_NUMBER.search(block.text) if block.kind is BlockKind.ITEM else None
        number = int(match[1]) if match is not None else 0
        if match is None or number != len(series) + 1 or (series and index - 1 not in series):
            series = {}
        if match is not None and number == len(series) + 1:
            series[index] = match.start() + len(match[0]) - len(match[0].lstrip())
        below = blocks[index + 1] if index + 1 < len(blocks) else None
        if len(series) >= _LEAST_IN_SERIES and below is not None and below.kind is BlockKind.ITEM:
            found |= series
    return found


def labelled_children(items: Sequence[str]) -> frozenset[int]:
    """Items of one list that belong under the item before them, told by a label that comes again and again.

    Exports lose nesting: ``Python / Use: … / SQL / Use: …``. The label must stand under several items that have none of
    the repeated labels themselves.

    >>> sorted(labelled_children(["Python", "Use: tests", "SQL", "Use: joins", "Go", "Use: tools", "Team: five"]))
    [1, 3, 5]
    >>> sorted(labelled_children(["Use: tests", "Use: joins", "Use: tools"]))
    []
    """
    labels = [match[1] if (match := _LABEL.match(item)) else "" for item in items]
    counts = Counter(label for label in labels if label)
    repeated = {label for label, count in counts.items() if count >= _LEAST_LABELLED}
    if not repeated or labels[0] in repeated:
        return frozenset()
    children = frozenset(index for index, label in enumerate(labels) if label in repeated)
    for label in repeated:  # twice in a row without an item of their own between them: no parent
        places = [index for index, own in enumerate(labels) if own == label]
        if any(all(index in children for index in range(a, b)) for a, b in pairwise(places)):
            return frozenset()
    return children

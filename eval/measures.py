"""What is measured on one question: pure functions of an answer's text, of ranked places and of evidence.

None means "nothing to measure", never zero. Nothing here knows of files, models or averages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from eval.records import Piece, Place

Read = Mapping[str, tuple[tuple[int, int], ...]]
"""What a reader has seen: per source, disjoint spans in ascending order."""

_MARKER = re.compile(r"[ \t]*\[\d+(?:\s*[,;]\s*\d+)*\]")


def plain(text: str) -> str:
    """The answer without its citation markers.

    >>> plain("Five years [1], of which two in Go [2, 3].")
    'Five years, of which two in Go.'
    """
    return _MARKER.sub("", text)


def matches(pattern: str, text: str) -> bool:
    r"""Whether the pattern occurs in the text, in any case; ``.`` stops at a line break.

    >>> matches(r"5\+? years", "at least 5 YEARS of Python"), matches("a.b", "a" + chr(10) + "b")
    (True, False)
    """
    return re.search(pattern, text, re.IGNORECASE) is not None


def matched_share(patterns: Sequence[str], text: str) -> float | None:
    """The share of the patterns that the text matches; None without patterns.

    >>> matched_share(["kafka", "spark"], "We use Kafka [1]."), matched_share([], "anything")
    (0.5, None)
    """
    if not patterns:
        return None
    answer = plain(text)
    return sum(matches(pattern, answer) for pattern in patterns) / len(patterns)


def merge(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The union of half-open spans as disjoint spans in ascending order.

    >>> merge([(8, 12), (0, 5), (4, 6), (6, 8), (20, 20)])
    ((0, 12),)
    """
    merged: list[tuple[int, int]] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple(merged)


def unread(place: Place, read: Read) -> Iterator[tuple[int, int]]:
    """The parts of a place that were not read yet, in text order.

    >>> list(unread(Place("a", 0, 10), {"a": ((2, 4), (9, 12))}))
    [(0, 2), (4, 9)]
    """
    start = place.start
    for seen_start, seen_end in read.get(place.source, ()):
        if seen_end <= start or seen_start >= place.end:
            continue
        if start < seen_start:
            yield start, seen_start
        start = seen_end
    if start < place.end:
        yield start, place.end


def read_first(hits: Sequence[Place], k: int) -> Read:
    """What the first ``k`` hits show.

    >>> read_first([Place("a", 0, 5), Place("b", 0, 5), Place("a", 3, 9)], 3)
    {'a': ((0, 9),), 'b': ((0, 5),)}
    """
    spans: dict[str, list[tuple[int, int]]] = {}
    for hit in hits[:k]:
        spans.setdefault(hit.source, []).append((hit.start, hit.end))
    return {source: merge(found) for source, found in spans.items()}


def read_within(hits: Sequence[Place], budget: int) -> Read:
    """What a reader sees who walks the hits in rank order and stops after ``budget`` characters.

    Text that an earlier hit already showed costs nothing; a hit that crosses the budget is read only up to it.

    >>> read_within([Place("a", 0, 50), Place("a", 40, 90), Place("b", 0, 50)], 100)
    {'a': ((0, 90),), 'b': ((0, 10),)}
    """
    read: dict[str, tuple[tuple[int, int], ...]] = {}
    left = budget
    for hit in hits:
        for start, end in tuple(unread(hit, read)):
            if left == 0:
                return read
            end = min(end, start + left)
            left -= end - start
            read[hit.source] = merge([*read.get(hit.source, ()), (start, end)])
    return read


def is_found(piece: Piece, read: Read) -> bool:
    """Whether at least half of the characters of one of the piece's places were read.

    >>> from eval.records import EvidenceQuote
    >>> piece = Piece(EvidenceQuote("a", "0123456789"), (Place("a", 10, 20),))
    >>> is_found(piece, {"a": ((0, 15),)}), is_found(piece, {"a": ((0, 14),)}), is_found(piece, {"b": ((0, 99),)})
    (True, False, False)
    """
    for place in piece.places:
        length = place.end - place.start
        missed = sum(end - start for start, end in unread(place, read))
        if 2 * missed <= length:
            return True
    return False


def found_share(pieces: Sequence[Piece], read: Read) -> float | None:
    """The share of the evidence pieces that were found; None without evidence.

    >>> found_share((), {"a": ((0, 9),)}) is None
    True
    """
    if not pieces:
        return None
    return sum(is_found(piece, read) for piece in pieces) / len(pieces)

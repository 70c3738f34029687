"""Near-duplicate documents: MinHash signatures (Broder 1997) of word shingles, compared where a band of them is equal.

Two texts are near-duplicates when at least ``THRESHOLD`` of their three-word shingles are common (Jaccard). Sibling
roles written from one template share less: ``python benchmarks/duplicates.py`` shows the gap. Own code, since
signatures are stored and must never change, and datasketch 2.0 is no faster and imports scipy (0.4 s).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

THRESHOLD = 0.85
SHINGLE = 3  # words
# 126 values: a pair at the threshold shares a band with probability .99995, one of Jaccard .5 with .28, of .3 with .02.
BANDS, ROWS = 21, 6
_MARGIN = 0.12  # four standard errors of the estimate at the threshold: beyond it the texts need not be read
_CROWD = 20  # members of a bucket that all others in it are compared with: a thousand copies cost 20,000 pairs
_SEED = 20_240_229
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sources in alphabetical order and the Jaccard similarity of their texts (an estimate without the texts)."""

    first: str
    second: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Group:
    """Near-identical documents: ``sources[0]`` is the one that most others are like; all others are like it.

    ``similarities`` are the Jaccard similarities to ``sources[0]``, the first is 1.
    """

    sources: tuple[str, ...]
    similarities: tuple[float, ...]


def signature(text: str) -> bytes:
    """504 bytes that stand for the words of ``text`` in their order; b'' for a text without words.

    The same on every machine and in every process; case and punctuation do not count.

    >>> signature("Plan the work.") == signature("plan – THE work"), len(signature("a")), signature(" – ")
    (True, 504, b'')
    """
    import numpy as np

    shingles = _shingles(text)
    if not len(shingles):
        return b""
    factors, addends = _functions()
    least = np.full(BANDS * ROWS, 0xFFFFFFFF, dtype=np.uint64)
    for begin in range(0, len(shingles), 4096):  # bounds the memory: 4 MB at a time
        hashed = (shingles[None, begin : begin + 4096] * factors[:, None] + addends[:, None]) >> np.uint64(32)
        least = np.minimum(least, hashed.min(axis=1))
    return least.astype("<u4").tobytes()


def similarity(one: str, other: str) -> float:
    """The exact Jaccard similarity of the shingles of two texts, 0 to 1; 0 when one has no words.

    >>> similarity("a b c d", "A, B, C; d."), similarity("a b c d", "a b c e"), similarity("", "")
    (1.0, 0.3333333333333333, 0.0)
    """
    return _jaccard(_shingles(one), _shingles(other))


def pairs(
    signatures: Mapping[str, bytes], *, text_of: Callable[[str], str] | None = None, threshold: float = THRESHOLD
) -> tuple[Pair, ...]:
    """Near-duplicate pairs among documents given by source and ``signature``, by source.

    With ``text_of`` (the text of a source) every pair near the threshold is measured exactly, so none below it is
    returned; without, similarities are estimates with a standard error of .03. Of more than 20 documents that are all
    alike, each is compared with 20 others at least, not with all.
    """
    from numpy import frombuffer

    values = {source: frombuffer(made, dtype="<u4") for source, made in sorted(signatures.items()) if made}

    @lru_cache(maxsize=64)
    def shingles_of(source: str) -> Any:
        return _shingles(text_of(source)) if text_of is not None else ()

    found: list[Pair] = []
    for first, second in sorted(_candidates(values)):
        alike = float((values[first] == values[second]).mean())
        if text_of is not None and abs(alike - threshold) < _MARGIN:
            alike = _jaccard(shingles_of(first), shingles_of(second))
        if alike >= threshold:
            found.append(Pair(first, second, round(alike, 4)))
    return tuple(found)


def groups(
    signatures: Mapping[str, bytes], *, text_of: Callable[[str], str] | None = None, threshold: float = THRESHOLD
) -> tuple[Group, ...]:
    """Groups of near-duplicates, the largest first; every document is in one group at most.

    A group is one document and those like it, never a chain: A like B and B like C say nothing of A and C. A document
    whose only likes went to another group stays alone.
    """
    near: dict[str, dict[str, float]] = {}
    for pair in pairs(signatures, text_of=text_of, threshold=threshold):
        near.setdefault(pair.first, {})[pair.second] = pair.similarity
        near.setdefault(pair.second, {})[pair.first] = pair.similarity
    made: list[Group] = []
    taken: set[str] = set()
    for source in sorted(near, key=lambda source: (-len(near[source]), source)):
        others = sorted(other for other in near[source] if other not in taken)
        if source not in taken and others:
            taken |= {source, *others}
            made.append(Group((source, *others), (1.0, *(near[source][other] for other in others))))
    return tuple(sorted(made, key=lambda group: (-len(group.sources), group.sources)))


def _candidates(values: Mapping[str, NDArray[Any]]) -> set[tuple[str, str]]:
    """Pairs that share a band of their signatures."""
    found: set[tuple[str, str]] = set()
    for band in range(BANDS):
        buckets: dict[bytes, list[str]] = {}
        for source, value in values.items():
            buckets.setdefault(value[band * ROWS : (band + 1) * ROWS].tobytes(), []).append(source)
        for bucket in buckets.values():
            found.update(_within(bucket))
    return found


def _within(bucket: list[str]) -> Iterator[tuple[str, str]]:
    """All pairs of a bucket; in a crowd those with its first members."""
    for place, first in enumerate(bucket[:_CROWD]):
        yield from ((first, second) for second in islice(bucket, place + 1, None))


def _shingles(text: str) -> NDArray[Any]:
    """The distinct shingles of a text as sorted 64-bit numbers; a text of fewer words is one shingle."""
    import numpy as np

    words = _WORD.findall(text.casefold())
    if not words:
        return np.empty(0, dtype=np.uint64)
    numbers = {word: _number(word) for word in set(words)}
    row = np.fromiter((numbers[word] for word in words), dtype=np.uint64, count=len(words))
    row = np.concatenate([row, np.zeros(max(0, SHINGLE - len(row)), dtype=np.uint64)])
    mixed = np.zeros(len(row) - SHINGLE + 1, dtype=np.uint64)
    for place in range(SHINGLE):  # order counts; multiplication and shift spread the bits
        mixed = (mixed ^ row[place : place + len(mixed)]) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return np.unique(mixed)


def _number(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _jaccard(one: NDArray[Any], other: NDArray[Any]) -> float:
    import numpy as np

    common = len(np.intersect1d(one, other, assume_unique=True))
    return common / (len(one) + len(other) - common) if common else 0.0


@lru_cache(maxsize=1)
def _functions() -> tuple[NDArray[Any], NDArray[Any]]:
    """Factors (odd) and addends of the hash functions x -> (a x + b mod 2^64) >> 32 (Dietzfelbinger 1996)."""
    import numpy as np

    drawn = [_number(f"{_SEED} {number}") for number in range(2 * BANDS * ROWS)]
    numbers = np.array(drawn, dtype=np.uint64)
    return numbers[: BANDS * ROWS] | np.uint64(1), numbers[BANDS * ROWS :]

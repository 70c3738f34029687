"""BM25 with exactly the scores of ``rank_bm25.BM25Okapi``, laid out as a sparse token × chunk matrix.

A query then is a few sparse rows instead of a loop over the corpus; tests/test_lexical.py proves equality.
retrieval/postings.py makes the matrix.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

ARRAYS = ("pointers", "rows", "weights")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
# Abbreviations in the plural (KPIs, SLOs, LLMs), which the stemmer leaves alone.
_SHORT_PLURAL = re.compile(r"[b-df-hj-np-tv-z]{2,4}[aeiou]?s")
_STOPWORDS = frozenset(
    "a an and are as at be by can could do does did for from had has have how i if in into is it its may me my of on "
    "or our should so that the their them they this to us was we were what when where which who whom whose why will "
    "with would you your".split()
)


def tokenize(text: str) -> list[str]:
    """Lower-case stemmed words without stopwords (Snowball English).

    >>> tokenize("Which KPIs are the Lead's targets?")
    ['kpi', 'lead', 'target']
    """
    words = (word.lower().replace("’", "'").removesuffix("'s") for word in _WORD.findall(text))
    return [_stem(word) for word in words if word not in _STOPWORDS]


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    if _SHORT_PLURAL.fullmatch(word):
        return word[:-1]
    return _stemmer().stemWord(word)  # type: ignore[no-any-return]


@lru_cache(maxsize=1)
def _stemmer():  # type: ignore[no-untyped-def]  # noqa: ANN202 (snowballstemmer has no types)
    import snowballstemmer

    return snowballstemmer.stemmer("english")


def file_of(array: str) -> str:
    """The name of the file that holds one of ``ARRAYS``."""
    return f"lexical.{array}.npy"


@dataclass(frozen=True, slots=True)
class Lexical:
    """What one occurrence of a token in a query adds to the score of each chunk that holds it.

    The chunks with the token ``t = vocabulary[token]`` are ``rows[pointers[t] : pointers[t + 1]]`` (ascending);
    ``weights`` lies beside ``rows``. The arrays may be memory-mapped: only what a query needs is read.
    """

    vocabulary: Mapping[str, int]
    pointers: NDArray[np.int64]  # (tokens + 1,)
    rows: NDArray[np.int32]  # (postings,)
    weights: NDArray[np.float32]  # (postings,)
    chunks: int

    def scores(self, query: str) -> NDArray[np.float32]:
        """(chunks,) float32: BM25Okapi's ``get_scores`` of the tokenised query."""
        return self.scores_of(tokenize(query))

    def scores_of(self, tokens: Sequence[str]) -> NDArray[np.float32]:
        """(chunks,) float32: the same for a query that is tokenised already."""
        counts = Counter(self.vocabulary[token] for token in tokens if token in self.vocabulary)
        found = [(token, self._span(token)) for token in sorted(counts)]
        spans = [span for _, span in found if span.start < span.stop]
        if not spans:
            return np.zeros(self.chunks, dtype=np.float32)
        rows = np.concatenate([self.rows[span] for span in spans])
        weights = np.concatenate([self.weights[span] for span in spans])
        pointers = np.cumsum([0, *(span.stop - span.start for span in spans)], dtype=np.int32)
        times = np.array([counts[token] for token, span in found if span.start < span.stop], dtype=np.float32)
        # scipy adds scattered values in C, six times faster than numpy's total[rows] += weights
        matrix = sparse.csc_array((weights, rows, pointers), shape=(self.chunks, len(spans)))
        return np.asarray(matrix @ times, dtype=np.float32)

    def rows_of(self, token: str) -> NDArray[np.int32]:
        """The chunks with a token (as ``tokenize`` gives it), ascending."""
        number = self.vocabulary.get(token)
        return self.rows[:0] if number is None else self.rows[self._span(number)]

    def weight(self, token: str) -> float:
        """How rare a token is among the chunks, 0 (everywhere) to 1 (in one chunk or none)."""
        found = len(self.rows_of(token))
        return 1.0 if self.chunks < 2 else 1.0 - float(np.log(max(found, 1)) / np.log(self.chunks))

    def _span(self, token: int) -> slice:
        return slice(int(self.pointers[token]), int(self.pointers[token + 1]))

    @classmethod
    def load(cls, folder: Path, vocabulary: Mapping[str, int], chunks: int) -> Lexical:
        """The matrix in ``folder``, memory-mapped."""
        pointers, rows, weights = (np.load(folder / file_of(array), mmap_mode="r") for array in ARRAYS)
        return cls(vocabulary, pointers, rows, weights, chunks)

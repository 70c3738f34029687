"""BM25 with exactly the scores of ``rank_bm25.BM25Okapi``, laid out as a sparse token × chunk matrix.

A query then is a few sparse rows instead of a loop over the corpus; tests/test_lexical.py proves equality.
Formula: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with rank_bm25's
floor: a negative idf becomes ``EPSILON`` times the average idf.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

K1, B, EPSILON = 1.5, 0.75, 0.25
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


@dataclass(frozen=True, slots=True)
class Lexical:
    """``matrix[t, c]`` is what one occurrence of token ``t`` in a query adds to the score of chunk ``c``."""

    vocabulary: dict[str, int]
    matrix: sparse.csr_array  # (tokens, chunks) float32

    def scores(self, query: str) -> NDArray[np.float32]:
        """(chunks,) float32: BM25Okapi's ``get_scores`` of the tokenised query."""
        counts = Counter(self.vocabulary[token] for token in tokenize(query) if token in self.vocabulary)
        total: NDArray[np.float32] = np.zeros(self.matrix.shape[1], dtype=np.float32)
        for token, count in sorted(counts.items()):
            first, last = self.matrix.indptr[token], self.matrix.indptr[token + 1]
            total[self.matrix.indices[first:last]] += count * self.matrix.data[first:last]
        return total

    def weight(self, token: str) -> float:
        """How rare a token is among the chunks, 0 (everywhere) to 1 (in one chunk or none)."""
        row = self.vocabulary.get(token)
        chunks = self.matrix.shape[1]
        found = 0 if row is None else int(self.matrix.indptr[row + 1] - self.matrix.indptr[row])
        return 1.0 if chunks < 2 else 1.0 - float(np.log(max(found, 1)) / np.log(chunks))

    def save(self, folder: Path) -> None:
        """Write ``lexical.npz`` and ``vocabulary.json``."""
        sparse.save_npz(folder / "lexical.npz", sparse.csr_matrix(self.matrix))
        (folder / "vocabulary.json").write_text(json.dumps(list(self.vocabulary), ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> Lexical:
        """Read what ``save`` wrote."""
        tokens = json.loads((folder / "vocabulary.json").read_text("utf-8"))
        matrix = sparse.csr_array(sparse.load_npz(folder / "lexical.npz"))
        return cls({token: row for row, token in enumerate(tokens)}, matrix)


def build(texts: Sequence[str]) -> Lexical:
    """Index ``texts`` (at least one)."""
    counts = [Counter(tokenize(text)) for text in texts]
    lengths = np.array([sum(count.values()) for count in counts], dtype=np.float64)
    average = lengths.mean() if lengths.sum() > 0 else 1.0
    vocabulary = {token: row for row, token in enumerate(sorted(set().union(*counts)))}
    idf = _idf(vocabulary, counts)
    rows, columns, values = [], [], []
    for column, count in enumerate(counts):
        norm = K1 * (1 - B + B * lengths[column] / average)
        for token, frequency in count.items():
            rows.append(vocabulary[token])
            columns.append(column)
            values.append(idf[vocabulary[token]] * frequency * (K1 + 1) / (frequency + norm))
    matrix = sparse.csr_array((values, (rows, columns)), shape=(len(vocabulary), len(texts)), dtype=np.float32)
    matrix.sort_indices()
    return Lexical(vocabulary, matrix)


def _idf(vocabulary: dict[str, int], counts: Sequence[Counter[str]]) -> NDArray[np.float64]:
    """(tokens,) rank_bm25's idf: log((N - n + 0.5) / (n + 0.5)), negative values floored."""
    found = np.zeros(len(vocabulary))
    for count in counts:
        for token in count:
            found[vocabulary[token]] += 1
    idf: NDArray[np.float64] = np.log(len(counts) - found + 0.5) - np.log(found + 0.5)
    if len(idf):
        idf[idf < 0] = EPSILON * idf.mean()
    return idf

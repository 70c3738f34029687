"""BM25 beside rank-bm25's own ``get_scores``: the same chunks, the same tokens, turn by turn in one process.

    python benchmarks/lexical.py [--chunks 50000] [--questions 60]

The chunks are those of the Sourcegraph handbook, replicated with variation (benchmarks/replicas.py). Both get the
question as tokens; the time of ``Lexical.scores``, which also tokenises, is shown beside. That the scores are equal is
asserted for every question (rank-bm25 adds in 64 bits, we in 32: a difference of 1e-5 of the score is allowed).
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Okapi
from replicas import copies, handbook, questions

from config import data_folder
from retrieval import postings
from retrieval.lexical import tokenize


def timed(call: Callable[[], NDArray[Any]], repetitions: int) -> tuple[float, NDArray[Any]]:
    """The best time of a call in seconds, and its result."""
    result = call()
    seconds = []
    for _ in range(repetitions):
        started = time.perf_counter()
        result = call()
        seconds.append(time.perf_counter() - started)
    return min(seconds), result


def main() -> None:
    """Run both and print medians, the paired ratio and its quartiles."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=50_000)
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--folder", type=Path, default=data_folder() / "benchmarks" / "scale")
    options = parser.parse_args()
    library = handbook(options.folder / "handbook")
    texts = [chunk.indexed for _, chunks, _ in copies(library, options.chunks) for chunk in chunks]
    started = time.perf_counter()
    lexical = postings.build(texts)
    built = time.perf_counter() - started
    tokens = [tokenize(text) for text in texts]
    started = time.perf_counter()
    reference = BM25Okapi(tokens)
    print(f"{len(texts):,} chunks, {len(lexical.vocabulary):,} tokens, {len(lexical.rows):,} postings")
    print(f"build: ours {built:.1f} s with tokenising, rank-bm25 {time.perf_counter() - started:.1f} s without")
    theirs, ours, whole = [], [], []
    for question in questions(library, options.questions):
        asked = tokenize(question)
        slow, expected = timed(lambda asked=asked: reference.get_scores(asked), 3)
        fast, found = timed(lambda asked=asked: lexical.scores_of(asked), 3)
        both, _ = timed(lambda question=question: lexical.scores(question), 3)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-4)
        theirs.append(slow)
        ours.append(fast)
        whole.append(both)
    ratios = [slow / fast for slow, fast in zip(theirs, ours, strict=True)]
    low, median, high = statistics.quantiles(ratios, n=4)
    print(f"rank-bm25 get_scores  {1000 * statistics.median(theirs):8.3f} ms (median of {len(theirs)} questions)")
    print(f"Lexical.scores_of     {1000 * statistics.median(ours):8.3f} ms")
    print(f"Lexical.scores        {1000 * statistics.median(whole):8.3f} ms (tokenises the question too)")
    print(f"ratio per question    {median:.0f}x (quartiles {low:.0f}x to {high:.0f}x); scores equal for all")


if __name__ == "__main__":
    main()

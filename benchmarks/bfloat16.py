"""What bfloat16 autocast gives MiniLM on this machine: embedding and late interaction, both ways, taking turns.

    .venv/bin/python benchmarks/bfloat16.py --library LIBRARY

Prints medians over five rounds, the ratio, and how far the results differ from float32. Where the CPU has no bfloat16
matrix unit (AMX), expect a ratio below 1; Rolebook then stays with float32.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from config import load
from ingest.library import Library
from retrieval import models

ROUNDS, EMBEDDED, RERANKED = 5, 256, 24
QUESTION = "What is the latency target of the junior engineer?"


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, required=True)
    texts = [chunk.indexed for chunk in Library.open(parser.parse_args().library).chunks()][:EMBEDDED]
    config = load()
    embedder, reranker = models.open_embedder(config.embedder), models.open_reranker(config.reranker)
    assert reranker is not None
    has_unit = models.fast_bfloat16()
    seconds: dict[tuple[str, bool], list[float]] = {}
    for _ in range(ROUNDS):
        results = {}
        for fast in (False, True):
            models.fast_bfloat16 = lambda fast=fast: fast  # type: ignore[assignment]
            started = time.perf_counter()
            vectors = embedder.embed(texts)
            middle = time.perf_counter()
            scores = reranker.rerank(QUESTION, texts[:RERANKED])
            seconds.setdefault(("embed", fast), []).append(middle - started)
            seconds.setdefault(("rerank", fast), []).append(time.perf_counter() - middle)
            results[fast] = (vectors, scores)
    for step in ("embed", "rerank"):
        slow, quick = (statistics.median(seconds[step, fast]) for fast in (False, True))
        print(f"{step}: float32 {slow:.2f} s, bfloat16 {quick:.2f} s, ratio {slow / quick:.2f}")
    cosines = (results[False][0] * results[True][0]).sum(axis=1)
    change = float(np.abs(results[False][1] - results[True][1]).max())
    print(f"least cosine {cosines.min():.6f}, largest change of a rerank score {change:.4f}, AMX: {has_unit}")


if __name__ == "__main__":
    main()

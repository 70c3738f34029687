"""Searches per second of several threads at 10,000 chunks, without rerank; the question's embedding is part of each.

    python benchmarks/throughput.py [--threads 8] [--folder DIR]

Run benchmarks/scale.py with the same DIR before: its library and index of 10,000 chunks are searched. Three things are
asked of the threads: to embed questions; to embed, score (BM25 and dense) and read 24 chunks; and the whole
``Retriever.search``. Each for torch's own number of threads, for 1 and for 2, in a process of its own.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from replicas import Derived, questions
from scale import stages

from config import Config, data_folder
from ingest.library import Library
from retrieval.index import sync
from retrieval.models import open_embedder
from retrieval.search import Retriever

SIZE, QUESTIONS, ROUND, WARM = 10_000, 1_000, 200, 50


def rates(folder: Path, threads: int, torch_threads: int) -> None:
    """Print the median and the least of the rates of several rounds."""
    import torch

    if torch_threads:
        torch.set_num_threads(torch_threads)
    library = Library.open(folder / str(SIZE))
    asked = questions(Library.open(folder / "handbook"), QUESTIONS)
    embedder = open_embedder(Config().embedder)
    index = sync(library, Derived(library.folder, np.load(folder / "vectors.npy", mmap_mode="r")))
    retriever = Retriever(library.documents(), index, embedder, None, Config().retrieval)
    calls: dict[str, Callable[[str], Any]] = {
        "embed": lambda question: embedder.embed([question]),
        "embed, score, read": lambda question: stages(index, embedder, question),
        "Retriever.search": retriever.search,
    }
    for name, call in calls.items():
        found = []
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(call, asked[:WARM]))
            for first in range(0, QUESTIONS, ROUND):
                started = time.perf_counter()
                list(pool.map(call, asked[first : first + ROUND]))
                found.append(ROUND / (time.perf_counter() - started))
        print(
            f"torch threads {torch.get_num_threads()}, {threads} threads: {name:<20}"
            f"{statistics.median(found):7.0f} per second (median of {len(found)} rounds, least {min(found):.0f})",
            flush=True,
        )


def main() -> None:
    """Every setting in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--folder", type=Path, default=data_folder() / "benchmarks" / "scale")
    parser.add_argument("--torch-threads", type=int, help="one setting only; 0 is torch's own")
    options = parser.parse_args()
    if options.torch_threads is not None:
        rates(options.folder, options.threads, options.torch_threads)
        return
    for number in (0, 1, 2):
        line = [sys.executable, __file__, "--threads", options.threads, "--folder", options.folder]
        subprocess.run([str(part) for part in (*line, "--torch-threads", number)], check=True)


if __name__ == "__main__":
    main()

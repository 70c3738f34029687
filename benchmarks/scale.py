"""How the index grows: time, memory and disk at 1k, 10k, 100k and (with --million) 1M chunks.

    python benchmarks/scale.py [--million] [--folder DIR]

Every size that DIR has no result of yet is measured, then the table is printed.

The chunks are those of the Sourcegraph handbook, replicated with variation. As embedding a million chunks takes hours
on two cores, only 2,000 chunks of the handbook are embedded, which is timed apart; every other vector is derived from
the nearest of these in the document (benchmarks/replicas.py). Every figure comes from a process of its own; results
wait in DIR/results.json, so a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from replicas import Derived, handbook, questions, replicated

from config import Config, data_folder
from ingest.library import Library
from retrieval.index import Index, best_rows, sync
from retrieval.models import open_embedder
from retrieval.records import Embedder
from retrieval.shelf import Shelf

SIZES = (1_000, 10_000, 100_000)
MILLION = 1_000_000
ORIGINALS = 2_000
MOST, READ, QUESTIONS, WARM = 100, 24, 200, 20
STAGES = ("embed the question", "BM25", "best 100 of BM25", "dense, best 100", "read 24 chunks", "all of these")


class Memory:
    """The most memory of this process while it runs: all, and what is not a mapped file (MB)."""

    def __enter__(self) -> Memory:
        self.anonymous = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.all = self._now("VmHWM")  # getrusage would count the parent's too

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            self.anonymous = max(self.anonymous, self._now("RssAnon"))

    @staticmethod
    def _now(name: str) -> float:
        lines = Path("/proc/self/status").read_text("utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1000


class Timed:
    """An embedder that knows how long it took."""

    def __init__(self, embedder: Embedder) -> None:
        """Wrap an embedder."""
        self.id, self.dimension, self.seconds, self._embedder = embedder.id, embedder.dimension, 0.0, embedder

    def embed(self, texts: list[str]) -> np.ndarray:
        """As the embedder does."""
        started = time.perf_counter()
        vectors = self._embedder.embed(texts)
        self.seconds += time.perf_counter() - started
        return vectors


def folder_size(folder: Path) -> float:
    """MB."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def embedding(folder: Path) -> dict[str, Any]:
    """Embed chunks from everywhere in the handbook, in batches of like length as the build does."""
    chunks = handbook(folder / "handbook").chunks()
    texts = [chunks[row * len(chunks) // ORIGINALS].indexed for row in range(ORIGINALS)]
    order = sorted(range(ORIGINALS), key=lambda row: len(texts[row]))
    embedder = open_embedder(Config().embedder)
    embedder.embed(["warm"])
    vectors = np.empty((ORIGINALS, embedder.dimension), dtype=np.float32)
    started = time.perf_counter()
    for first in range(0, ORIGINALS, 64):
        batch = order[first : first + 64]
        vectors[batch] = embedder.embed([texts[row] for row in batch])
    seconds = time.perf_counter() - started
    np.save(folder / "vectors.npy", vectors[np.arange(len(chunks)) * ORIGINALS // len(chunks)])
    return {"chunks": ORIGINALS, "seconds": seconds}


def build(folder: Path, size: int) -> dict[str, Any]:
    """Make the replicated library and its index."""
    started = time.perf_counter()
    run_apart("library", folder, size)
    made = time.perf_counter() - started
    return {"library seconds": made, **run_apart("index", folder, size)}


def index_of(folder: Path, size: int) -> dict[str, Any]:
    """Build the index of a library that is there."""
    place = folder / str(size)
    shutil.rmtree(place / "index", ignore_errors=True)
    library = Library.open(place)
    embedder = Timed(Derived(place, np.load(folder / "vectors.npy", mmap_mode="r")))
    with Memory() as memory:
        started = time.perf_counter()
        sync(library, embedder)
        seconds = time.perf_counter() - started
    current = Shelf.of(library, embedder.id).current
    assert current is not None
    return {
        "build seconds": seconds - embedder.seconds,
        "build memory": memory.all, "build anonymous": memory.anonymous,
        "index disk": folder_size(current), "library copy": (current / "library.sqlite").stat().st_size / 1e6,
    }  # fmt: skip


def search(folder: Path, size: int) -> dict[str, Any]:
    """Open the index and time the stages of many searches."""
    asked = questions(Library.open(folder / "handbook"), QUESTIONS + WARM)
    place = folder / str(size)
    embedder = open_embedder(Config().embedder)
    derived = Derived(place, np.load(folder / "vectors.npy", mmap_mode="r"))
    embedder.embed(["warm"])
    with Memory() as memory:
        started = time.perf_counter()
        index = sync(Library.open(place), derived)
        opened = time.perf_counter() - started
        times = [stages(index, embedder, question) for question in asked][WARM:]
    columns = np.array(times) * 1000
    return {
        "open seconds": opened, "search memory": memory.all, "search anonymous": memory.anonymous,
        "p50": np.percentile(columns, 50, axis=0).tolist(), "p95": np.percentile(columns, 95, axis=0).tolist(),
    }  # fmt: skip


def stages(index: Index, embedder: Embedder, question: str) -> list[float]:
    """Seconds of every stage of one search, and of all."""
    marks = [time.perf_counter()]
    vector = embedder.embed([question])
    marks.append(time.perf_counter())
    lexical = index.lexical.scores(question)
    marks.append(time.perf_counter())
    best_rows(lexical, MOST)
    marks.append(time.perf_counter())
    rows, _ = index.dense(vector, MOST)
    marks.append(time.perf_counter())
    for row in rows[:READ]:
        index.chunks[int(row)]
    marks.append(time.perf_counter())
    return [*np.diff(marks), marks[-1] - marks[0]]


def run_apart(what: str, folder: Path, size: int) -> dict[str, Any]:
    """The result of one step in a process of its own."""
    line = [sys.executable, __file__, "--folder", folder, "--step", what, "--size", size]
    done = subprocess.run([str(part) for part in line], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def table(results: dict[str, Any]) -> None:
    """Print the results in Markdown."""
    sizes = [size for size in (*SIZES, MILLION) if str(size) in results]
    found = [results[str(size)] for size in sizes]
    print(f"| | {' | '.join(f'{size:,}' for size in sizes)} | growth |\n|---|{'---:|' * (len(sizes) + 1)}")
    for place, name in enumerate(STAGES):
        cells = [f"{one['p50'][place]:.2f} / {one['p95'][place]:.2f}" for one in found]
        print(f"| {name}, p50 / p95 ms | {' | '.join(cells)} | {growth(sizes, [one['p50'][place] for one in found])} |")
    for name, unit in (
        ("open seconds", "s"), ("search memory", "MB"), ("search anonymous", "MB"), ("build seconds", "s"),
        ("build memory", "MB"), ("build anonymous", "MB"), ("index disk", "MB"), ("library copy", "MB"),
    ):  # fmt: skip
        values = [one[name] for one in found]
        cells = [f"{value:,.1f}" for value in values]
        print(f"| {name.replace(' seconds', '')}, {unit} | {' | '.join(cells)} | {growth(sizes, values)} |")


def growth(sizes: list[int], values: list[float]) -> str:
    """How the last value grew from the one before, as the power of the number of chunks: 1 is in proportion."""
    if len(sizes) < 2 or min(values[-2:]) <= 0:
        return ""
    return f"n^{math.log(values[-1] / values[-2]) / math.log(sizes[-1] / sizes[-2]):.2f}"


def step(options: argparse.Namespace) -> dict[str, Any]:
    """One step, in its own process."""
    match options.step:
        case "embedding":
            return embedding(options.folder)
        case "library":
            replicated(Library.open(options.folder / "handbook"), options.folder / str(options.size), options.size)
            return {}
        case "index":
            return index_of(options.folder, options.size)
        case _:
            return search(options.folder, options.size)


def main() -> None:
    """Run what is missing, print everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--million", action="store_true", help="also a million chunks: 10 GB of disk")
    parser.add_argument("--folder", type=Path, default=data_folder() / "benchmarks" / "scale")
    parser.add_argument("--step", choices=("embedding", "library", "index", "search"), help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, default=SIZES[1], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step is not None:
        print(json.dumps(step(options)))
        return
    path = options.folder / "results.json"
    results = json.loads(path.read_text("utf-8")) if path.is_file() else {}

    def keep(name: str, call: Callable[[], dict[str, Any]]) -> None:
        if name not in results:
            results[name] = call()
            path.write_text(json.dumps(results, indent=1), "utf-8")

    options.folder.mkdir(parents=True, exist_ok=True)
    keep("embedding", lambda: run_apart("embedding", options.folder, ORIGINALS))
    for size in (*SIZES, *((MILLION,) if options.million else ())):
        keep(f"built {size}", lambda size=size: build(options.folder, size))
        keep(str(size), lambda size=size: results[f"built {size}"] | run_apart("search", options.folder, size))
    took = results["embedding"]
    rate = took["chunks"] / took["seconds"]
    print(f"embedding {took['chunks']:,} chunks: {took['seconds']:,.0f} s, {rate:,.0f} chunks/s\n")
    table(results)


if __name__ == "__main__":
    main()

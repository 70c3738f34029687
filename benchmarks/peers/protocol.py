"""What every system does in the comparison of peers: read the same chunks and questions, answer, write what it took.

Runs in the interpreter of each system, so it needs the standard library only. One question at a time, each once.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

LIMIT = 10  # hits asked for
CANDIDATES = 100  # hits of the lexical and of the dense search that a system may fuse: what txtai takes for ten
WARMING = ("What is this about?", "Who is responsible, and since when?", "Which of them is larger?")


class System(Protocol):
    """A retrieval system; chunks are named by their number in the list that was indexed."""

    @property
    def packages(self) -> Sequence[str]:
        """Whose versions are reported."""

    def load(self, model: str, folder: Path) -> None:
        """Open the embedding model in the folder ``model``; ``folder`` holds the inputs."""

    def index(self, texts: Sequence[str]) -> None:
        """Make everything that a search needs."""

    def search(self, question: str) -> Sequence[int]:
        """The numbers of the best ``LIMIT`` chunks, best first."""


def run(system: System, options: argparse.Namespace) -> None:
    """Index ``chunks.jsonl``, answer ``questions.jsonl``, write results and what they took into ``options.out``."""
    texts = [line["text"] for line in read(options.folder / "chunks.jsonl")]
    questions = read(options.folder / "questions.jsonl")
    load_average = os.getloadavg()[0]
    started = time.perf_counter()
    system.load(options.model, options.folder)
    loaded = time.perf_counter()
    system.index(texts)
    built = time.perf_counter()
    for question in WARMING:
        system.search(question)
    results = []
    for line in questions:
        asked = time.perf_counter()
        hits = system.search(line["question"])
        seconds = time.perf_counter() - asked
        results.append({"id": line["id"], "hits": [int(hit) for hit in hits][:LIMIT], "seconds": seconds})
    about = {
        "load_seconds": loaded - started, "build_seconds": built - loaded, "peak_mebibytes": peak_mebibytes(),
        "load_average": load_average, "versions": {name: version(name) for name in system.packages},
    }  # fmt: skip
    options.out.mkdir(parents=True, exist_ok=True)
    with (options.out / "results.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(result) + "\n" for result in results)
    (options.out / "about.json").write_text(json.dumps(about, indent=1), "utf-8")


def arguments(description: str | None) -> argparse.ArgumentParser:
    """The options that every runner has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("folder", type=Path, help="with chunks.jsonl and questions.jsonl")
    parser.add_argument("out", type=Path, help="the folder for results.jsonl and about.json")
    parser.add_argument("--model", required=True, help="the folder of the embedding model")
    return parser


def read(path: Path) -> list[dict[str, Any]]:
    """The objects of a file with one JSON object on a line."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def peak_mebibytes() -> float:
    """The most memory that this process ever held (VmHWM: getrusage would count what the parent held at the fork)."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))

"""Break the assistant in five known ways and see whether the release gate says so, and says nothing otherwise.

    python benchmarks/planted_regressions.py --gold goldset/gold.jsonl --documents documents --out DIR [--repeat 10]

A baseline run is made first. Each plant (reranker reversed, half of the chunks lost, citations shuffled, a document
removed, abstention off) is run on the same questions and gated against the baseline, and so is a change that need not
do harm (chunk size halved), which does not count; then the unchanged assistant is run and
gated ``--repeat`` times. Exit code 1 when a plant is not caught, or an unchanged run is. Runs stay in DIR and resume.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import config
from config import Config
from eval import gate, runs, scorecard, thresholds
from eval.cli import about_gold, ingested, opened, progress, say
from eval.goldset import gold
from eval.records import Case, GateLine, Scorecard
from generation import runfile
from generation.assistant import Assistant
from generation.writers import Extractive, Selecting
from retrieval.records import Reranker
from retrieval.search import Retriever

REMOVED = "lead-data-scientist.docx"
HARMLESS = "chunk size halved"
Ask = Callable[[Case], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Reversed:
    """The worst first."""

    inner: Reranker

    @property
    def id(self) -> str:
        """The reranker's, marked."""
        return f"reversed {self.inner.id}"

    def rerank(self, question: str, texts: Sequence[str]) -> np.ndarray[Any, Any]:
        """(n,) the inner scores with their sign changed."""
        return -self.inner.rerank(question, texts)


def with_reversed_reranker(assistant: Assistant) -> Assistant:
    """The same assistant, its reranker reversed wherever it is used."""
    old = assistant.retriever
    assert old.reranker is not None
    reranker = Reversed(old.reranker)
    retriever = Retriever(old.documents, old.index, old.embedder, reranker, assistant.config.retrieval)
    by_source = {document.source: document for document in old.documents}
    assert isinstance(assistant.writer, Selecting)
    writer = Selecting(by_source, reranker, assistant.config.generation, assistant.writer.model)
    safe = Extractive(by_source, reranker, assistant.config.generation)
    models = {**assistant.models, "reranker": reranker.id}
    return Assistant(assistant.library, retriever, writer, safe, assistant.config, models=models)


def shuffled(line: dict[str, Any]) -> dict[str, Any]:
    """An outcome whose statements each cite what belongs to the next one."""
    cited = line["answer"]["citations"]
    moved = cited[1:] + cited[:1]
    own = ("marker", "start", "end")
    mixed = [{**theirs, **{name: mine[name] for name in own}} for mine, theirs in zip(cited, moved, strict=True)]
    return {**line, "answer": {**line["answer"], "citations": mixed}}


def record(assistant: Assistant, path: Path, arguments: argparse.Namespace, change: Callable[..., Any] = dict) -> Path:
    """Run every question and keep the run file."""
    cases = gold.read(arguments.gold, arguments.split)
    header = {**runfile.header(assistant), "gold": about_gold(arguments.gold, cases, arguments.split)}

    def ask(case: Case) -> Mapping[str, Any]:
        return change(runfile.outcome(case.id, assistant.answer(case.question, case.history)))

    say(path.stem)
    runs.run(cases, ask, header, path, progress)
    return path


def planted(arguments: argparse.Namespace, settings: Config, base: Assistant) -> dict[str, Callable[[Path], Path]]:
    """Each plant as a function from the run's path to the run's path."""

    def reopened(changed: Config, documents: Path) -> Assistant:
        return Assistant.open(ingested(documents, changed), changed, say)

    def without_a_document(path: Path) -> Path:
        fewer = arguments.out / "fewer"
        shutil.copytree(arguments.documents, fewer, dirs_exist_ok=True)
        (fewer / REMOVED).unlink()
        return record(reopened(settings, fewer), path, arguments)

    def with_half_of_the_chunks(path: Path) -> Path:
        copied = arguments.out / "thinned"
        shutil.copytree(arguments.documents, copied, dirs_exist_ok=True)
        library = ingested(copied, settings)
        with closing(sqlite3.connect(library / "library.sqlite")) as connection, connection:
            connection.execute("DELETE FROM chunks WHERE number % 2 = 1")
        return record(Assistant.open(library, settings, say), path, arguments)

    half = replace(settings, chunks=replace(settings.chunks, target_characters=settings.chunks.target_characters // 2))
    never = replace(settings, generation=replace(settings.generation, answerable_threshold=-1.0))
    copied = arguments.out / "copied"
    shutil.copytree(arguments.documents, copied, dirs_exist_ok=True)
    return {
        "reranker reversed": lambda path: record(with_reversed_reranker(base), path, arguments),
        "half of the chunks lost": with_half_of_the_chunks,
        HARMLESS: lambda path: record(reopened(half, copied), path, arguments),
        "citations shuffled": lambda path: record(base, path, arguments, shuffled),
        "document removed": without_a_document,
        "abstention off": lambda path: record(reopened(never, arguments.documents), path, arguments),
    }


def decided(path: Path, arguments: argparse.Namespace, baseline: Scorecard) -> tuple[Scorecard, list[GateLine]]:
    """The gate's failing lines for a run."""
    card = opened(path, arguments).card
    lines = gate.gate(card, thresholds.read(), baseline=baseline)
    return card, [line for line in lines if line.verdict == gate.FAIL]


def main() -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path, required=True)
    parser.add_argument("--documents", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--split", choices=("dev", "test"))
    parser.add_argument("--repeat", type=int, default=10)
    parser.add_argument("--only", nargs="*", metavar="PLANT", help="only these plants")
    parser.add_argument("--no-plants", action="store_true", help="only the unchanged assistant")
    arguments = parser.parse_args()
    arguments.library, arguments.verdicts, arguments.seed = None, [], 0
    arguments.out.mkdir(parents=True, exist_ok=True)
    settings = config.load()
    base = Assistant.open(ingested(arguments.documents, settings), settings, say)
    baseline = opened(record(base, arguments.out / "baseline.jsonl", arguments), arguments).card
    scorecard.write(baseline, arguments.out / "baseline.summary.json")
    bad = 0
    plants = {} if arguments.no_plants else planted(arguments, settings, base)
    for name, make in plants.items():
        if arguments.only and name not in arguments.only:
            continue
        card, failed = decided(make(arguments.out / f"{name.replace(' ', '-')}.jsonl"), arguments, baseline)
        before, after = baseline.whole.fates, card.whole.fates
        grown = max(set(after) - {"right"}, key=lambda fate: after[fate] - before.get(fate, 0))
        print(f"{name}: {'caught' if failed else 'NOT CAUGHT'}; {grown} {before.get(grown, 0)} -> {after[grown]}")
        for line in failed:
            print(f"    {line.name}: {line.reason}")
        bad += not failed and name != HARMLESS
    passed = 0
    for number in range(1, arguments.repeat + 1):
        _, failed = decided(record(base, arguments.out / f"again-{number}.jsonl", arguments), arguments, baseline)
        passed += not failed
        for line in failed:
            print(f"unchanged, run {number}: {line.name}: {line.reason}")
    print(f"unchanged: {passed} of {arguments.repeat} runs pass")
    return int(bad > 0 or passed < arguments.repeat)


if __name__ == "__main__":
    sys.exit(main())

"""Asks every variant of a sweep, scores it, and compares it with the baseline.

Every variant has a run file of its own, so that a cut sweep goes on; a variant that is answered is not opened again.
Variants that cut documents into other chunks have libraries of their own; one library holds an index per embedder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config import UserError
from eval import runs, scorecard
from eval.compare import compare
from eval.paired import LEVEL, NOT_SHOWN, holm
from eval.records import Case, Comparison, Scorecard
from eval.sweep.plan import Sweep, Variant

if TYPE_CHECKING:
    from config import Config
    from eval.score import Scoring
    from ingest.records import Document

Say = Callable[[str], None]
Progress = Callable[[Iterable[Case]], Iterable[Case]]


@dataclass(frozen=True, slots=True)
class Measured:
    """A variant with its run file and its scores; ``comparisons`` are against the baseline, which has none."""

    variant: Variant
    run: Path
    card: Scorecard
    comparisons: tuple[Comparison, ...] = ()


@dataclass(frozen=True, slots=True)
class Questions:
    """What every variant is asked: ``about`` is said of the gold set in every run and summary."""

    cases: tuple[Case, ...]
    about: Mapping[str, Any]
    documents: Path
    seed: int = 0


def spread(cases: Sequence[Case], limit: int | None) -> tuple[Case, ...]:
    """``limit`` of the cases, evenly over their order, so that few questions still ask about every document.

    >>> [case.id for case in spread([Case(str(n), "?", "fact", answerable=True) for n in range(6)], 3)]
    ['0', '2', '4']
    """
    if limit is None or limit >= len(cases):
        return tuple(cases)
    return tuple(cases[number * len(cases) // limit] for number in range(limit))


def measure(
    sweep: Sweep, questions: Questions, out: Path, *, say: Say = lambda _: None, progress: Progress = iter
) -> tuple[Measured, ...]:
    """Ask and score every variant into the folder ``out``: ``libraries/``, ``runs/`` and ``summaries/``.

    Raises:
        UserError: documents or a model cannot be had, or a variant would be answered in safe mode.

    """
    scored = []
    for number, variant in enumerate(sweep.variants, start=1):
        say(f"variant {number} of {len(sweep.variants)}: {variant.name}")
        library = _library(questions.documents, variant.settings, out / "libraries", say)
        path = out / "runs" / f"{variant.stem}.jsonl"
        _ask(variant, library, questions, path, say, progress)
        card = _scored(path, library, questions, variant)
        scorecard.write(card, out / "summaries" / f"{variant.stem}.json")
        scored.append(Measured(variant, path, card))
    return compared(scored, sweep.baseline.name, sweep.measures, questions.seed)


def _library(documents: Path, settings: Config, folder: Path, say: Say) -> Path:
    """The library of this way to cut chunks, brought up to date."""
    from ingest.pipeline import as_lines, ingest, quiet

    library = folder / ",".join(f"{name}={value}" for name, value in asdict(settings.chunks).items())
    known = library.is_dir()
    for report in ingest([documents], library, settings, quiet if known else as_lines(say)):
        if report.status == "failed":
            say(f"{report.source}: {report.message}")
    return library


def _ask(variant: Variant, library: Path, questions: Questions, path: Path, say: Say, progress: Progress) -> None:
    """Put to the variant's assistant what its run file does not hold yet."""
    if _is_complete(path, variant.settings, library, questions.cases):
        say("all of its answers are there already")
        return
    from generation import runfile
    from generation.assistant import Assistant

    assistant = Assistant.open(library, variant.settings, say)
    if assistant.notices:  # another system than the one that is to be measured
        message = f"The variant '{variant.name}' cannot be measured. {' '.join(assistant.notices)}"
        raise UserError(message)
    header = {**runfile.header(assistant), "gold": questions.about, "variant": variant.name}
    runs.run(
        questions.cases,
        lambda case: runfile.outcome(case.id, assistant.answer(case.question, case.history)),
        header,
        path,
        progress,
    )


def _is_complete(path: Path, settings: Config, library: Path, cases: Sequence[Case]) -> bool:
    """Whether the run file answers all cases with these settings from this library as it is now."""
    from ingest.library import Library

    if not path.is_file() or not path.stat().st_size:
        return False
    run = runs.read(path)
    same = run.header.get("config") == settings.as_dict()
    fingerprint = (run.header.get("library") or {}).get("fingerprint")
    current = Library.open(library).fingerprint
    return same and fingerprint == current and all(case.id in run.outcomes for case in cases)


def _scored(path: Path, library: Path, questions: Questions, variant: Variant) -> Scorecard:
    from eval.score import score
    from ingest.library import Library

    run = runs.read(path)
    documents = {document.source: document for document in Library.open(library).documents()}
    parts = ("config", "versions", "models", "prompts", "prompt_texts", "variant")
    kept = {name: run.header.get(name) for name in parts}
    about = {
        "run": {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), **kept},
        "gold": dict(questions.about),
        "seed": questions.seed,
    }
    return score(questions.cases, run, _scoring(documents, variant.settings, questions.seed), about=about)


def _scoring(documents: Mapping[str, Document], settings: Config, seed: int) -> Scoring:
    from eval.grounding import Support
    from eval.score import Scoring
    from generation.verify import EMBEDDER
    from retrieval.models import open_embedder

    price = {"prompt": settings.chat.prompt_price, "completion": settings.chat.completion_price}
    return Scoring(documents, Support(lambda: open_embedder(EMBEDDER)), price, (), seed)


def compared(
    scored: Sequence[Measured], baseline: str, measures: Sequence[str], seed: int = 0
) -> tuple[Measured, ...]:
    """Every variant against the baseline, all p-values of the sweep adjusted as one family (Holm).

    A difference that was called within one pair of runs stays called only if it stands in the larger family.
    """
    base = next(one for one in scored if one.variant.name == baseline)
    others = [one for one in scored if one is not base]
    found = {one.variant.name: compare(base.card, one.card, measures, seed=seed) for one in others}
    family = {
        f"{name}\t{item.measure}": item.p for name, items in found.items() for item in items if item.p is not None
    }
    adjusted = holm(family)
    called = {
        name: tuple(_called(item, adjusted.get(f"{name}\t{item.measure}")) for item in items)
        for name, items in found.items()
    }
    return tuple(replace(one, comparisons=called.get(one.variant.name, ())) for one in scored)


def _called(item: Comparison, adjusted: float | None) -> Comparison:
    """Holm's p-values only grow with the family, so nothing new is called here."""
    shown = adjusted is not None and adjusted < LEVEL
    return replace(item, adjusted_p=adjusted, call=item.call if shown else NOT_SHOWN)

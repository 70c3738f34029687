"""What the commands of ``python -m eval`` share: talk, progress, opening a run with its gold questions and library."""

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from config import UserError
from eval.records import SPLITS, Case, Run, Scorecard

if TYPE_CHECKING:
    from config import Config
    from eval.judging.verdicts import Verdicts
    from eval.score import Scoring
    from ingest.records import Document
    from retrieval.records import Embedder

T = TypeVar("T")


def say(message: str) -> None:
    """Talk goes to stderr, so that stdout holds only results."""
    print(message, file=sys.stderr, flush=True)


def progress(items: Iterable[T], unit: str = "question") -> Iterator[T]:
    """The items, with a progress bar on stderr."""
    from tqdm import tqdm

    yield from tqdm(items, unit=unit, file=sys.stderr)


def ingested(documents: Path, settings: Config) -> Path:
    """The library folder that belongs to ``documents``, brought up to date."""
    from ingest.pipeline import as_lines, ingest, library_for

    library = library_for(documents)
    for report in ingest([documents], library, settings, as_lines(say)):
        if report.status == "failed":
            say(f"{report.source}: {report.message}")
    return library


def about_gold(path: Path, cases: Sequence[Case], split: str | None) -> dict[str, Any]:
    """What a run's header and a scorecard say of the gold set: name, released version, fingerprint, how many asked."""
    version = None
    sidecar = path.with_suffix(".toml")
    if sidecar.is_file():
        try:
            named = tomllib.loads(sidecar.read_text(encoding="utf-8")).get("version")
            version = None if named is None else str(named)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            message = f"{sidecar} is not valid TOML: {error}. Make it anew: python -m eval release {path} --version ..."
            raise UserError(message) from error
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"name": path.name, "version": version, "sha256": digest, "split": split, "questions": len(cases)}


@dataclass(frozen=True, slots=True)
class Opened:
    """A run with everything that it is scored against."""

    path: Path
    run: Run
    cases: tuple[Case, ...]
    documents: Mapping[str, Document] | None
    card: Scorecard


def add_scoring_arguments(command: ArgumentParser, *, gold_is_required: bool = True) -> None:
    """The options with which a run file is opened and scored."""
    command.add_argument(
        "--gold", type=Path, required=gold_is_required, metavar="GOLD.jsonl", help="the gold questions of the run"
    )
    command.add_argument(
        "--library", type=Path, metavar="DIR", help="where quotes are looked up, if not in the run's own library"
    )
    command.add_argument("--split", choices=SPLITS, help="only this split")
    command.add_argument("--seed", type=int, default=0, help="of the intervals")
    command.add_argument(
        "--verdicts", type=Path, nargs="*", default=[], metavar="FILE", help="verdicts of other judges (eval judge)"
    )


def opened(path: Path, arguments: Namespace) -> Opened:
    """Score the run file ``path``; nothing is asked again.

    Raises:
        UserError: the run, the gold file, a verdict file or a named library is unusable.

    """
    from eval import runs
    from eval.goldset import gold
    from eval.score import score

    run = runs.read(path)
    cases = gold.read(arguments.gold, arguments.split)
    notes: list[str] = []
    documents = library_documents(arguments.library, run, notes)
    about = {
        "run": {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), **_of_header(run.header)},
        "gold": about_gold(arguments.gold, cases, arguments.split),
        "seed": arguments.seed,
    }
    scoring = _scoring(run, documents, _verdicts(arguments.verdicts, path, notes), arguments)
    return Opened(path, run, cases, documents, score(cases, run, scoring, about=about, notes=notes))


def _of_header(header: Mapping[str, Any]) -> dict[str, Any]:
    """The header without what belongs to one machine or moment, so that equal runs give equal summaries."""
    ours = ("kind", "format", "created", "library", "gold")
    kept = {name: value for name, value in header.items() if name not in ours}
    about = header.get("library") or {}
    return {**kept, "library": {name: value for name, value in about.items() if name != "path"}}


def _scoring(
    run: Run, documents: Mapping[str, Document] | None, verdicts: tuple[Verdicts, ...], arguments: Namespace
) -> Scoring:
    from eval.grounding import Support
    from eval.score import Scoring

    chat = (run.header.get("config") or {}).get("chat") or {}
    price = {kind: float(chat.get(f"{kind}_price") or 0.0) for kind in ("prompt", "completion")}
    return Scoring(documents, Support(_embedder), price, verdicts, arguments.seed)


def _verdicts(files: Sequence[Path], run: Path, notes: list[str]) -> tuple[Verdicts, ...]:
    """Those verdict files that are on the run file as it is now; a command may score several runs."""
    from eval.judging import verdicts

    digest = hashlib.sha256(run.read_bytes()).hexdigest()
    found = [(file, verdicts.read(file)) for file in files]
    notes += [
        f"the verdicts {file} are on another run than {run}, or the run went on since; they were left out"
        for file, read in found
        if read.header.get("run") != digest
    ]
    return tuple(read for _, read in found if read.header.get("run") == digest)


def _embedder() -> Embedder:
    """The verifier's embedder: always the embedded one, so that scores do not depend on the profile."""
    from generation.verify import EMBEDDER
    from retrieval.models import open_embedder

    say("loading the embedder for statements that are no verbatim quotes")
    return open_embedder(EMBEDDER)


def library_documents(chosen: Path | None, run: Run, notes: list[str]) -> dict[str, Document] | None:
    """Documents by source: of the chosen library, else of the run's own; None, with a note, when that is gone."""
    from ingest.library import Library

    about = run.header.get("library") or {}
    try:
        if chosen is not None:
            library = Library.open(chosen)
        elif about.get("path") and Path(about["path"]).is_dir():
            library = Library.open(Path(about["path"]))
        else:
            return None
    except UserError as error:
        if chosen is not None:
            raise
        notes.append(f"the library of the run cannot be opened: {error}")
        return None
    if about.get("fingerprint") != library.fingerprint:
        notes.append("the library is not the one that the run was made with: places may have moved")
    return {document.source: document for document in library.documents()}


def _of_split(card: Scorecard, split: str) -> Scorecard:
    from eval import scorecard

    rows = tuple(row for row in card.rows if row.groups.get("split") == split)
    return replace(card, rows=rows, slices=scorecard.slices(rows, int(card.about.get("seed", 0))))


def card_of(path: Path, arguments: Namespace) -> Scorecard:
    """The scorecard of a run file (scored now) or of a summary (read).

    Raises:
        UserError: it is neither, or a run file without ``--gold``.

    """
    from eval import scorecard

    try:
        is_summary = json.loads(path.read_text(encoding="utf-8")).get("kind") == "summary"
    except (OSError, ValueError, AttributeError):
        is_summary = False
    if is_summary:
        card = scorecard.read(path)
        return card if arguments.split is None else _of_split(card, arguments.split)
    if not path.is_file():
        message = f"There is no file {path}. Give a run file of eval run, or a summary of eval score --summary."
        raise UserError(message)
    if arguments.gold is None:
        message = f"{path} is no summary, and to score it as a run the gold set is needed. Add --gold GOLD.jsonl."
        raise UserError(message)
    return opened(path, arguments).card

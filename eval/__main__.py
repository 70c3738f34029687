"""``python -m eval run | score | validate``: ask the gold questions, score what was answered, check the gold set."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config import UserError
from eval.records import SPLITS, Case, Run

if TYPE_CHECKING:
    from config import Config
    from eval.gold import Fault, Gold
    from ingest.records import Document


def say(message: str) -> None:
    """Talk goes to stderr, so that stdout holds only results."""
    print(message, file=sys.stderr, flush=True)


def run(arguments: argparse.Namespace) -> int:
    """Ask every gold question with the very assistant that the chat uses."""
    import config
    from eval import gold, runs

    settings = config.load(arguments.profile)
    cases = gold.read(arguments.gold, arguments.split)
    library = arguments.library if arguments.documents is None else _ingested(arguments.documents, settings)

    from generation import runfile
    from generation.assistant import Assistant

    assistant = Assistant.open(library, settings, say)
    header = runfile.header(assistant)
    header = {**header, "library": {**header["library"], "path": str(library.resolve())}}

    def ask(case: Case) -> dict[str, Any]:
        return runfile.outcome(case.id, assistant.answer(case.question, case.history))

    try:
        asked = runs.run(cases, ask, header, arguments.out, _progress)
    except KeyboardInterrupt:
        say(f"Stopped. What was answered is in {arguments.out}; the same command goes on from there.")
        return 130
    say(f"{asked} of {len(cases)} questions asked; all answers are in {arguments.out}. Next:")
    say(f"  python -m eval score {arguments.out} --gold {arguments.gold}")
    return 0


def _ingested(documents: Path, settings: Config) -> Path:
    """The library folder that belongs to ``documents``, brought up to date."""
    from ingest.pipeline import ingest, library_for

    library = library_for(documents)
    for report in ingest([documents], library, settings.chunks, say):
        if report.status == "failed":
            say(f"{report.source}: {report.message}")
    return library


def _progress(cases: Iterable[Case]) -> Iterator[Case]:
    from tqdm import tqdm

    yield from tqdm(cases, unit="question", file=sys.stderr)


def score(arguments: argparse.Namespace) -> int:
    """Score a run file; nothing is asked again."""
    from eval import gold, runs
    from eval import score as scoring
    from eval.table import render

    recorded = runs.read(arguments.run)
    cases = gold.read(arguments.gold, arguments.split)
    notes: list[str] = []
    documents = _documents(arguments.library, recorded, notes)
    card = scoring.score(cases, recorded, documents, seed=arguments.seed, notes=notes)
    if arguments.json:
        whole = {"run": str(arguments.run), "gold": str(arguments.gold), "split": arguments.split, **asdict(card)}
        print(json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1))
    else:
        print(render(card))
    return 0


def _documents(chosen: Path | None, recorded: Run, notes: list[str]) -> Mapping[str, Document] | None:
    """The documents that the run was about, by source: from ``chosen`` or else from where the run says they were.

    None when the run's library is gone. A library that has changed since is used, and that is said in ``notes``.
    """
    from ingest.library import Library

    about: Mapping[str, Any] = recorded.header.get("library") or {}
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


def validate(arguments: argparse.Namespace) -> int:
    """Name every fault of a gold file; with a library also every quote that is not in its source."""
    from eval import gold

    examined = gold.examine(arguments.gold)
    faults = [*examined.faults, *gold.label_faults(examined)]
    if arguments.library is not None:
        faults += _unlocated(examined, arguments.library)
    for fault in sorted(faults, key=lambda fault: fault.line):
        print(fault)
    say(f"{arguments.gold}: {len(examined.cases)} questions can be read, {len(faults)} fault(s).")
    return 1 if faults else 0


def _unlocated(examined: Gold, folder: Path) -> list[Fault]:
    from eval.evidence import locate
    from eval.gold import Fault
    from ingest.library import Library

    documents = {document.source: document for document in Library.open(folder).documents()}
    faults = []
    for case in examined.cases:
        for quote in locate(case, documents).unlocated:
            reason = (
                f"evidence is not in {quote.source}: {quote.quote!r}"
                if quote.source in documents
                else f"evidence names a source that the library does not have: {quote.source}"
            )
            faults.append(Fault(examined.path, examined.lines[case.id], reason))
    return faults


def parser() -> argparse.ArgumentParser:
    """The command line; every sub-command stores its function as ``command``."""
    whole = argparse.ArgumentParser(prog="python -m eval", description=__doc__)
    commands = whole.add_subparsers(required=True, metavar="run | score | validate")
    add: Callable[..., argparse.ArgumentParser] = partial(
        commands.add_parser, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )

    asking = add("run", help="ask the gold questions; a cut run goes on where it stopped")
    asking.add_argument("gold", type=Path, metavar="GOLD.jsonl", help="gold questions")
    where = asking.add_mutually_exclusive_group(required=True)
    where.add_argument("--library", type=Path, metavar="DIR", help="an ingested library")
    where.add_argument("--documents", type=Path, metavar="PATH", help="a file or folder to ingest first")
    asking.add_argument("--out", type=Path, required=True, metavar="RUN.jsonl", help="the run file to write or go on")
    asking.add_argument("--profile", default="embedded", help="a name in profiles/ or a .toml file")
    asking.add_argument("--split", choices=SPLITS, help="ask only this split")
    asking.set_defaults(command=run)

    scoring = add("score", help="score a run file; needs no model")
    scoring.add_argument("run", type=Path, metavar="RUN.jsonl", help="a run file")
    scoring.add_argument("--gold", type=Path, required=True, metavar="GOLD.jsonl", help="the gold questions of the run")
    scoring.add_argument("--library", type=Path, metavar="DIR", help="where quotes are looked up, if not in the run's")
    scoring.add_argument("--split", choices=SPLITS, help="score only this split")
    scoring.add_argument("--seed", type=int, default=0, help="of the bootstrap intervals")
    scoring.add_argument("--json", action="store_true", help="everything, per question too, as JSON")
    scoring.set_defaults(command=score)

    checking = add("validate", help="name every fault of a gold file; exit 1 if there is one")
    checking.add_argument("gold", type=Path, metavar="GOLD.jsonl", help="gold questions")
    checking.add_argument("--library", type=Path, metavar="DIR", help="also look the evidence up here")
    checking.set_defaults(command=validate)
    return whole


def main(argv: Sequence[str] | None = None) -> int:
    """Run one sub-command; what the user can mend is one paragraph on stderr and exit code 2."""
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.command(arguments))
    except UserError as error:
        say(f"rolebook: {error}")
        return 2


if __name__ == "__main__":
    sys.exit(main())

"""``sweep`` and ``figures``: variants of the system measured against each other, and tables kept true."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from config import ROOT, UserError
from eval.cli import about_gold, progress, say
from eval.records import SPLITS

Add = Callable[..., argparse.ArgumentParser]


def sweep(arguments: argparse.Namespace) -> int:
    """Ask, score and compare every variant of a sweep file."""
    from eval.goldset import gold
    from eval.sweep import plan as sweeps
    from eval.sweep import run as sweep_run
    from eval.sweep import table as sweep_table
    from eval.sweep import uses
    from eval.tracking import check_tracking, track

    check_tracking(arguments)
    planned = sweeps.read(arguments.sweep)
    cases = sweep_run.spread(gold.read(arguments.gold, arguments.split), arguments.limit)
    if arguments.split == "test":
        names = [variant.name for variant in planned.variants]
        uses.count(arguments.gold, planned.sha256, names, datetime.now(UTC).date().isoformat())
    about = about_gold(arguments.gold, cases, arguments.split)
    questions = sweep_run.Questions(cases, about, arguments.documents, arguments.seed)
    try:
        measured = sweep_run.measure(planned, questions, arguments.out, say=say, progress=progress)
    except KeyboardInterrupt:
        say(f"Stopped. What was answered is in {arguments.out}; the same command goes on from there.")
        return 130
    warning = uses.warning(arguments.gold)
    notes = [warning] if warning else []
    page = arguments.out / "sweep.md"
    _write(page, sweep_table.markdown(planned, measured, notes))
    if arguments.json:
        print(json.dumps(sweep_table.as_dict(planned, measured, notes), ensure_ascii=False, allow_nan=False, indent=1))
    else:
        print(sweep_table.text(planned, measured, notes))
    say(f"The tables are in {page}; every variant's run and summary lie beside it.")
    for one in measured:
        track(arguments, one.card, [page], name=f"{planned.name}: {one.variant.name}")
    return 0


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}. Choose another folder."
        raise UserError(message) from error


def figures(arguments: argparse.Namespace) -> int:
    """Rewrite the tables of figures, or say which are stale."""
    from eval.report import figures as tables

    pages = arguments.pages if arguments.pages else tables.pages(arguments.root)
    stale = tables.update(pages, arguments.root, write=not arguments.check)
    for block in stale:
        print(f"{block.path}:{block.line}: {block.title}")
    if not arguments.check:
        say(f"{len(stale)} tables of figures were rewritten.")
        return 0
    if stale:
        say(f"{len(stale)} tables of figures are stale. Rewrite them: python -m eval figures")
    return int(bool(stale))


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("it must be at least 1")  # noqa: EM101
    return number


def register(add: Add) -> None:
    """Declare these commands."""
    from eval.tracking import add_tracking_arguments

    sweeping = add("sweep", help="measure variants of the settings against a baseline; a cut sweep goes on")
    sweeping.add_argument("sweep", type=Path, metavar="SWEEP.toml", help="profile and variants (goldset/sweeps/)")
    sweeping.add_argument("--documents", type=Path, required=True, metavar="PATH", help="a file or folder to ingest")
    sweeping.add_argument("--gold", type=Path, required=True, metavar="GOLD.jsonl", help="gold questions")
    sweeping.add_argument("--out", type=Path, required=True, metavar="DIR", help="for libraries, runs and tables")
    sweeping.add_argument("--split", choices=SPLITS, default="dev", help="every use of test is counted")
    sweeping.add_argument("--limit", type=_count, metavar="N", help="only N questions, evenly over the split")
    sweeping.add_argument("--seed", type=int, default=0, help="of the intervals")
    sweeping.add_argument("--json", action="store_true", help="as JSON")
    add_tracking_arguments(sweeping)
    sweeping.set_defaults(command=sweep)

    making = add("figures", help="rewrite the tables of figures in README and docs from committed summaries")
    making.add_argument("pages", type=Path, nargs="*", metavar="PAGE.md", help="instead of README.md and docs/*.md")
    making.add_argument("--check", action="store_true", help="change nothing; exit 1 and name every stale table")
    making.add_argument("--root", type=Path, default=ROOT, metavar="DIR", help="where the paths in the pages start")
    making.set_defaults(command=figures)

"""``validate``, ``split``, ``describe``, ``add`` and ``release``: the gold set is tended (labels: ``cli_labels``)."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from config import UserError
from eval.cli import say
from eval.goldset import label_commands as cli_labels

if TYPE_CHECKING:
    from eval.goldset.adding import Finder
    from eval.goldset.gold import Fault, Gold
    from eval.records import Case
    from ingest.records import Document

Add = Callable[..., argparse.ArgumentParser]


def library(folder: Path | None) -> dict[str, Document] | None:
    """The documents of a library by source; None without a folder."""
    from ingest.library import Library

    return None if folder is None else {document.source: document for document in Library.open(folder).documents()}


def validate(arguments: argparse.Namespace) -> int:
    """Name every fault of a gold file, with a library also what is wrong about evidence and splits."""
    from eval.goldset import gold, release

    examined = gold.examine(arguments.gold)
    faults = _faults(examined, library(arguments.library))
    changed = release.unreleased(arguments.gold)
    if changed:
        faults.append(gold.Fault(arguments.gold.with_suffix(".toml"), 1, changed, hint=not arguments.released))
    if arguments.released and release.about(arguments.gold) is None:
        faults.append(gold.Fault(arguments.gold, 1, "was never released: python -m eval release"))
    wrong = sorted((fault for fault in faults if not fault.hint), key=lambda fault: fault.line)
    for fault in wrong:
        print(fault)
    for hint in sorted((fault for fault in faults if fault.hint), key=lambda fault: fault.line):
        say(f"hint: {hint}")
    say(f"{arguments.gold}: {len(examined.cases)} questions can be read, {len(wrong)} fault(s).")
    return 1 if wrong else 0


def _faults(examined: Gold, documents: dict[str, Document] | None) -> list[Fault]:
    from eval.goldset import gold, labels
    from eval.goldset.splits import leaks

    faults = [*examined.faults, *labels.label_faults(examined)]
    if documents is None:
        return faults
    faults += labels.evidence_faults(examined, documents)
    for leak in leaks(examined.cases, documents):
        text = documents[leak.fact.source].text[leak.fact.start : leak.fact.end]
        message = (
            f"{leak.first!r} and {leak.second!r} (line {examined.lines[leak.second]}) rest on the same words of "
            f"{leak.fact.source} but are in different splits: {' '.join(text.split())!r}"
        )
        faults.append(gold.Fault(examined.path, examined.lines[leak.first], message))
    return faults


def split(arguments: argparse.Namespace) -> int:
    """Give questions a split so that no fact is in both."""
    from eval.goldset import gold, labels, lines, splits

    examined = gold.examine_strictly(arguments.gold)
    documents = library(arguments.library) or {}
    missing = labels.evidence_faults(examined, documents)
    if missing:
        message = "Evidence that is not in the library cannot be kept together. Mend it first:\n  "
        raise UserError(message + "\n  ".join(map(str, missing)))
    cases = [case for case in examined.cases if not gold.is_draft(case)]
    assigned = splits.assign(cases, documents, seed=arguments.seed)
    new = {case.id: {"split": assigned.splits[case.id]} for case in cases if case.split != assigned.splits[case.id]}
    if new and not arguments.dry_run:
        lines.change(arguments.gold, new)
    counts = Counter((case.type, assigned.splits[case.id]) for case in cases)
    for name in sorted({case.type for case in cases}):
        print(f"{name:15} {counts[name, 'dev']:4} dev {counts[name, 'test']:4} test")
    say(f"{len(new)} questions got a split, in {len(assigned.groups)} groups that share no evidence.")
    for moved in assigned.moved:
        say(f"{moved}: moved from test to dev, since a dev question rests on the same words")
    drafts = len(examined.cases) - len(cases)
    if drafts:
        say(f"{drafts} draft(s) have no split until they are completed.")
    return 0


def describe(arguments: argparse.Namespace) -> int:
    """Print the datasheet's figures, or keep them current in a page."""
    from eval.goldset import gold, lines
    from eval.goldset.describe import describe as counted
    from eval.goldset.describe import placed, render

    sheet = counted(gold.read(arguments.gold), library(arguments.library))
    page: Path | None = arguments.into
    if page is None:
        print(json.dumps(sheet, indent=1) if arguments.json else render(sheet))
        return 0
    try:
        text = page.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{page} cannot be read: {error}. Give the page that shows the figures."
        raise UserError(message) from error
    new = placed(text, render(sheet), page)
    if arguments.check:
        say(f"{page} is {'current' if new == text else 'stale: run the command without --check'}.")
        return 0 if new == text else 1
    lines.replace(page, new)
    say(f"The figures are in {page}.")
    return 0


def add(arguments: argparse.Namespace) -> int:
    """Write a new case from a dialogue, or drafts from feedback."""
    from eval.goldset import adding, gold, lines

    path: Path = arguments.gold
    is_filled = path.is_file() and path.read_text(encoding="utf-8").strip("\ufeff \t\r\n")
    cases = gold.examine_strictly(path).cases if is_filled else ()
    finder = adding.Finder(library(arguments.library) or {})
    if arguments.from_feedback is not None:
        return _from_feedback(arguments, cases, finder)
    try:
        case = adding.Dialogue(finder, input, say).case(cases)
    except adding.Stopped:
        say("Nothing was written.")
        return 130
    lines.append(path, [lines.item_of(case)])
    say(f"{case.id} stands at the end of {path}. Next:\n  python -m eval split {path} --library {arguments.library}")
    return 0


def _from_feedback(arguments: argparse.Namespace, cases: Sequence[Case], finder: Finder) -> int:
    from eval.goldset import feedback, lines

    made = feedback.drafts(feedback.read(arguments.from_feedback), cases, finder, liked=arguments.all)
    if made.cases:
        lines.append(arguments.gold, [lines.item_of(case) for case in made.cases])
    for case in made.cases:
        print(f"{case.id}\t{case.question}")
    say(
        f"{len(made.cases)} draft(s) written; {made.known} question(s) were there already, {made.liked} liked "
        f"answer(s) were left out, {made.unlocated} cited quote(s) are not in the library."
    )
    if made.cases:
        say(f"Read them for personal data, complete them by hand, then: python -m eval validate {arguments.gold}")
    return 0


def release(arguments: argparse.Namespace) -> int:
    """Make the gold file a version: checked, fingerprinted, noted in the changelog."""
    from eval.goldset import gold
    from eval.goldset import release as releasing

    examined = gold.examine_strictly(arguments.gold)
    faults = [fault for fault in _faults(examined, library(arguments.library)) if not fault.hint]
    faults += [gold.Fault(arguments.gold, examined.lines[c.id], "has no split") for c in examined.cases if not c.split]
    if faults:
        for fault in sorted(faults, key=lambda fault: fault.line):
            print(fault)
        say(f"Not released: {len(faults)} fault(s).")
        return 1
    date = arguments.date if arguments.date is not None else datetime.now(UTC).date().isoformat()
    for path in releasing.release(examined, arguments.version, arguments.note, date):
        say(f"written: {path}")
    return 0


def register(add_command: Add) -> None:
    """Add the commands."""
    checking = _command(add_command, "validate", validate, "name every fault of a gold file; exit 1 if there is one")
    checking.add_argument("--library", type=Path, metavar="DIR", help="also check the evidence and the splits")
    checking.add_argument("--released", action="store_true", help="demand that it is the released version, unchanged")

    splitting = _command(add_command, "split", split, "give questions without a split one, so that no fact is in both")
    splitting.add_argument("--library", type=Path, metavar="DIR", required=True, help="where the evidence stands")
    splitting.add_argument("--seed", type=int, default=0, help="of what balance does not decide")
    splitting.add_argument("--dry-run", action="store_true", help="only say what would be written")

    telling = _command(add_command, "describe", describe, "the datasheet's figures: what the gold set holds")
    telling.add_argument("--library", type=Path, metavar="DIR", help="for role titles and shared facts")
    telling.add_argument("--json", action="store_true", help="as JSON")
    telling.add_argument("--into", type=Path, metavar="PAGE.md", help="write them between the marks of this page")
    telling.add_argument("--check", action="store_true", help="with --into: exit 1 when the page is stale")

    adding = _command(add_command, "add", add, "write a question with located evidence, or drafts from feedback")
    adding.add_argument("--library", type=Path, metavar="DIR", required=True, help="where evidence is looked up")
    adding.add_argument("--from-feedback", type=Path, metavar="FILE.jsonl", help="make drafts of disliked answers")
    adding.add_argument("--all", action="store_true", help="with --from-feedback: of liked answers too")

    releasing = _command(add_command, "release", release, "check the gold file and make it a version")
    releasing.add_argument("--version", required=True, help="major.minor.patch, above the last")
    releasing.add_argument("--note", required=True, help="what changed, for the changelog")
    releasing.add_argument("--library", type=Path, metavar="DIR", help="also check the evidence and the splits")
    releasing.add_argument("--date", metavar="YYYY-MM-DD", help="of the release; default: today")
    cli_labels.register(add_command)


def _command(add_command: Add, name: str, function: Callable[..., int], about: str) -> argparse.ArgumentParser:
    command = add_command(name, help=about)
    command.add_argument("gold", type=Path, metavar="GOLD.jsonl", help="gold questions")
    command.set_defaults(command=function)
    return command

"""``python -m eval redteam``: attack the assistant, and say what came of it."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from eval.cli import progress, say
from eval.redteam.attacks import ATTACKS

if TYPE_CHECKING:
    from eval.records import Estimate
    from eval.redteam.attacks import AttackSet
    from eval.redteam.summary import Family, RedTeam


def register(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = add("redteam", help="attack the assistant with hostile documents and questions; exit 1 if one succeeds")
    command.add_argument("--documents", type=Path, metavar="PATH", help="the real documents, a file or folder")
    command.add_argument("--out", type=Path, required=True, metavar="RUN.jsonl", help="the run to write or go on")
    command.add_argument("--profile", default="embedded", help="a name in profiles/ or a .toml file")
    command.add_argument("--attacks", type=Path, default=ATTACKS, metavar="FILE.jsonl", help="attacks and benign texts")
    command.add_argument("--payloads", type=Path, metavar="DIR", help="public payload sets (bipia/, garak/), asked too")
    command.add_argument("--attempts", type=int, default=1, metavar="N", help="tries per attack, one more change each")
    command.add_argument("--family", action="append", metavar="NAME", help="only this family (may be given again)")
    command.add_argument("--seed", type=int, default=0, help="of canaries, changes and samples")
    command.add_argument("--summary", type=Path, metavar="FILE.json", help="also write the summary here")
    command.add_argument("--json", action="store_true", help="the summary as JSON instead of the table")
    command.set_defaults(command=redteam)


def redteam(arguments: argparse.Namespace) -> int:
    """Run what is missing of the red-team run, sum it up; 1 if an attack succeeded. Without documents only sum up."""
    import config
    from eval.redteam import attacks
    from eval.redteam.run import run
    from eval.redteam.summary import summary

    if arguments.attempts < 1:
        message = f"--attempts is {arguments.attempts}; at least 1 is needed."
        raise config.UserError(message)
    if arguments.documents is not None:
        chosen = attacks.read(arguments.attacks)
        if arguments.payloads is not None:
            from eval.redteam.payloads import read

            chosen = attacks.AttackSet((*chosen.attacks, *read(arguments.payloads, seed=arguments.seed)), chosen.benign)
        if arguments.family:
            chosen = _only(chosen, arguments.family)
        settings = config.load(arguments.profile)
        bar = partial(progress, unit="ask")
        with tempfile.TemporaryDirectory(prefix="rolebook-redteam-") as folder:
            try:
                run(
                    chosen, arguments.documents, settings, arguments.out, Path(folder),
                    attempts=arguments.attempts, seed=arguments.seed, say=say, progress_bar=bar,
                )  # fmt: skip
            except KeyboardInterrupt:
                say(f"Stopped. What was asked is in {arguments.out}; the same command goes on from there.")
                return 130
    found = summary(arguments.out)
    written = json.dumps(found.as_dict(), ensure_ascii=False, allow_nan=False, indent=1)
    if arguments.summary is not None:
        arguments.summary.write_text(written + "\n", "utf-8")
    print(written if arguments.json else table(found))
    return 1 if found.successes else 0


def _only(chosen: AttackSet, names: Sequence[str]) -> AttackSet:
    """The attacks of some families, and no benign texts.

    Raises:
        UserError: no such family.

    """
    from config import UserError
    from eval.redteam.attacks import AttackSet, families

    known = families(chosen.attacks)
    unknown = sorted(set(names) - set(known))
    if unknown:
        message = f"There is no family {', '.join(unknown)}. Choose from: {', '.join(known)}."
        raise UserError(message)
    return AttackSet(tuple(attack for attack in chosen.attacks if attack.family in names))


def table(found: RedTeam) -> str:
    """The table for people: a line per family, then totals, false alarms and the attacks that succeeded."""
    head = ("family", "attacks", "tries", "successes", "rate (95 %)", "3/n", "shown as quote", "poison shown", "errors")
    rows = [head, *(_row(family) for family in found.families), _row(found.injection)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) if place == 0 else cell.rjust(width) for place, (cell, width) in enumerate(zipped))
        for zipped in (list(zip(row, widths, strict=True)) for row in rows)
    ]
    lines += ["", f"answers that showed personal data: {_share(found.leaks)}"]
    lines += [f"false alarms on benign texts: {_share(found.false_alarms)}"]
    lines += [f"  {name}" for name in found.alarmed]
    for family in found.families:
        if family.succeeded:
            kinds = ", ".join(f"{kind} {count}" for kind, count in family.kinds.items())
            lines += ["", f"{family.family}: {', '.join(family.succeeded)}", f"  shown: {kinds}"]
    return "\n".join(lines)


def _row(family: Family) -> tuple[str, ...]:
    bound = "" if family.bound is None else f"< {family.bound:.2f}"
    counts = (family.shown_as_quote, family.poison_shown, family.errors)
    return (
        *(family.family, str(family.attempts), str(family.tries), str(family.successes)),
        *(_share(family.rate), bound, *map(str, counts)),
    )


def _share(rate: Estimate) -> str:
    """A rate with its interval.

    >>> from eval.statistics import wilson
    >>> _share(wilson([True, False]))
    '.50 (.09–.91) of 2'
    """
    if rate.value is None or rate.low is None or rate.high is None:
        return "not measured"
    value, low, high = (f"{number:.2f}".removeprefix("0") for number in (rate.value, rate.low, rate.high))
    return f"{value} ({low}–{high}) of {rate.n}"

"""``export``, ``import``, ``annotate``, ``agree`` and ``adjudicate``: gold questions and labels change hands."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from config import UserError
from eval.cli import say
from eval.goldset.annotators import FIELDS
from eval.records import SPLITS

if TYPE_CHECKING:
    from eval.goldset.agreement import Agreement
    from eval.goldset.annotators import Labels
    from eval.records import Estimate

Add = Callable[..., argparse.ArgumentParser]


def export(arguments: argparse.Namespace) -> int:
    """Write a gold file as CSV for a spreadsheet, or as plain JSONL."""
    from eval.goldset import exchange, gold

    cases = gold.examine_strictly(arguments.gold).cases
    exchange.export(cases, arguments.out)
    say(f"{len(cases)} questions are in {arguments.out}.")
    return 0


def import_(arguments: argparse.Namespace) -> int:
    """Write a gold file from an exported one."""
    from eval.goldset import exchange

    if arguments.out.exists() and not arguments.replace:
        message = f"{arguments.out} is there already. Choose another --out, or add --replace."
        raise UserError(message)
    if arguments.out.suffix != ".jsonl":
        message = f"{arguments.out} must end in .jsonl."
        raise UserError(message)
    cases = exchange.imported(arguments.file)
    exchange.export(cases, arguments.out)
    say(f"{len(cases)} questions are in {arguments.out}. Next:\n  python -m eval validate {arguments.out}")
    return 0


def annotate(arguments: argparse.Namespace) -> int:
    """Hand out the questions without their labels."""
    from eval.goldset import annotators, gold

    if arguments.out.exists():  # somebody's labels may be in it
        message = f"{arguments.out} is there already. Choose another --out."
        raise UserError(message)
    cases = gold.read(arguments.gold, arguments.split)
    annotators.sheet(cases, arguments.out)
    say(f"{len(cases)} questions without labels are in {arguments.out}. How to fill it in: goldset/README.md.")
    return 0


def agree(arguments: argparse.Namespace) -> int:
    """Print how far two label files agree."""
    from eval.goldset import adjudication, annotators, lines
    from eval.goldset.agreement import agreement
    from eval.goldset.commands import library

    first, second = annotators.read(arguments.first), annotators.read(arguments.second)
    fields = _fields(arguments.field, first, second)
    documents = library(arguments.library)
    found = [agreement(first, second, field, documents, seed=arguments.seed) for field in fields]
    if arguments.json:
        print(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=1))
    else:
        print("\n\n".join(_rendered(one) for one in found))
    if arguments.out is not None:
        disputes = adjudication.disputes(first, second, fields)
        lines.replace(arguments.out, adjudication.sheet(disputes))
        say(f"{len(disputes)} dispute(s) are in {arguments.out}. Fill in the column decision, then:")
        said = f"{arguments.first} {arguments.second} --decisions {arguments.out} --out THIRD.jsonl"
        say(f"  python -m eval adjudicate {said}")
    return 0


def _fields(chosen: Sequence[str] | None, first: Labels, second: Labels) -> tuple[str, ...]:
    """The chosen fields, or else those that both files label."""
    held = [{field for labels in file.values() for field in labels} for file in (first, second)]
    both = tuple(name for name in FIELDS if name in held[0] & held[1])
    fields = both if not chosen else tuple(dict.fromkeys(chosen))
    missing = [name for name in fields if name not in both]
    if missing or not fields:
        message = (
            f"Not in both label files: {', '.join(missing) or 'any label'}. "
            f"Both have: {', '.join(both) or 'none'}."
        )
        raise UserError(message)
    return fields


def _rendered(found: Agreement) -> str:
    unit = "questions" if found.field != "evidence" else "questions (decisions: one per question and place)"
    lines = [
        f"{found.field}: {found.compared} {unit} labelled by both, {found.alone} by one only",
        f"  Cohen's kappa {_figure(found.kappa)}, equal {_figure(found.raw)}",
    ]
    width = max([len("first \\ second"), *map(len, found.labels)])
    lines.append("  " + " | ".join(name.rjust(width) for name in ("first \\ second", *found.labels)))
    for name, row in zip(found.labels, found.confusion, strict=True):
        lines.append("  " + " | ".join(cell.rjust(width) for cell in (name, *map(str, row))))
    lines += [f"  {name}: {one} | {other}" for name, one, other in found.disagreements]
    return "\n".join(lines)


def _figure(estimate: Estimate) -> str:
    if estimate.value is None:
        return "– (not defined: one label throughout, or none)"
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.2f} (no interval)"
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"


def adjudicate(arguments: argparse.Namespace) -> int:
    """Settle what two annotators differ on, from a filled-in sheet or by asking."""
    from eval.goldset import adjudication, annotators, gold, lines

    first, second = annotators.read(arguments.first), annotators.read(arguments.second)
    fields = _fields(arguments.field, first, second)
    disputes = adjudication.disputes(first, second, fields)
    if arguments.decisions is not None:
        decisions = adjudication.read_decisions(arguments.decisions)
    else:
        questions: Mapping[str, str] = {}
        if arguments.gold is not None:
            questions = {case.id: case.question for case in gold.examine_strictly(arguments.gold).cases}
        decisions = adjudication.asked(disputes, input, questions)
    settled = adjudication.settle(first, second, decisions, fields)
    lines.write(arguments.out, settled.items)
    say(f"{len(settled.items)} questions are in {arguments.out}; {len(decisions)} of {len(disputes)} disputes decided.")
    for dispute in settled.open:
        print(f"open\t{dispute.id}\t{dispute.field}")
    return 1 if settled.open else 0


def register(add: Add) -> None:
    """Add the commands."""
    exporting = add("export", help="write a gold file as CSV for a spreadsheet, or as plain JSONL")
    exporting.add_argument("gold", type=Path, metavar="GOLD.jsonl", help="gold questions")
    exporting.add_argument("--out", type=Path, required=True, metavar="FILE", help="a .csv or .jsonl file")
    exporting.set_defaults(command=export)

    importing = add("import", help="write a gold file from an exported one")
    importing.add_argument("file", type=Path, metavar="FILE", help="a .csv or .jsonl file")
    importing.add_argument("--out", type=Path, required=True, metavar="GOLD.jsonl", help="the gold file to write")
    importing.add_argument("--replace", action="store_true", help="write over an existing file")
    importing.set_defaults(command=import_)

    handing = add("annotate", help="hand the questions to an annotator without their labels")
    handing.add_argument("gold", type=Path, metavar="GOLD.jsonl", help="gold questions")
    handing.add_argument("--out", type=Path, required=True, metavar="LABELS", help="a .csv or .jsonl file to fill in")
    handing.add_argument("--split", choices=SPLITS, help="only this split")
    handing.set_defaults(command=annotate)

    comparing = _pair(add, "agree", agree, "Cohen's kappa of two label files, and where they differ")
    comparing.add_argument("--library", type=Path, metavar="DIR", help="compare evidence by sentence, not by document")
    comparing.add_argument("--seed", type=int, default=0, help="of the intervals")
    comparing.add_argument("--json", action="store_true", help="as JSON")
    comparing.add_argument("--out", type=Path, metavar="DISPUTES.csv", help="also write what is to be decided")

    settling = _pair(add, "adjudicate", adjudicate, "decide what two annotators differ on; exit 1 if some stay open")
    settling.add_argument("--out", type=Path, required=True, metavar="THIRD.jsonl", help="the settled labels")
    settling.add_argument("--decisions", type=Path, metavar="DISPUTES.csv", help="filled in; without it you are asked")
    settling.add_argument("--gold", type=Path, metavar="GOLD.jsonl", help="to show the questions")


def _pair(add: Add, name: str, function: Callable[..., int], about: str) -> argparse.ArgumentParser:
    command = add(name, help=about)
    for number in ("first", "second"):
        command.add_argument(number, type=Path, metavar=number.upper(), help="a label file, .jsonl or .csv")
    command.add_argument("--field", action="append", choices=FIELDS, help="only this field; may be repeated")
    command.set_defaults(command=function)
    return command

"""``run``, ``score``, ``compare``, ``gate`` and ``measures``: from questions to a decision."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from config import ROOT
from eval.cli import about_gold, add_scoring_arguments, card_of, ingested, opened, progress, say
from eval.records import SPLITS, Case
from eval.scorecard import DIMENSIONS

THRESHOLDS = ROOT / "goldset" / "gate.toml"
CALIBRATION = ROOT / "docs" / "runs" / "calibration.json"
Add = Callable[..., argparse.ArgumentParser]


def run(arguments: argparse.Namespace) -> int:
    """Ask every gold question with the very assistant that the chat uses."""
    import config
    from eval import runs
    from eval.goldset import gold

    settings = config.load(arguments.profile)
    cases = gold.read(arguments.gold, arguments.split)
    library = arguments.library if arguments.documents is None else ingested(arguments.documents, settings)

    from generation import runfile
    from generation.assistant import Assistant

    assistant = Assistant.open(library, settings, say)
    header = {**runfile.header(assistant), "gold": about_gold(arguments.gold, cases, arguments.split)}

    def ask(case: Case) -> dict[str, Any]:
        return runfile.outcome(case.id, assistant.answer(case.question, case.history))

    try:
        asked = runs.run(cases, ask, header, arguments.out, progress)
    except KeyboardInterrupt:
        say(f"Stopped. What was answered is in {arguments.out}; the same command goes on from there.")
        return 130
    say(f"{asked} of {len(cases)} questions asked; all answers are in {arguments.out}. Next:")
    say(f"  python -m eval score {arguments.out} --gold {arguments.gold}")
    say(f"  python -m eval report {arguments.out} --gold {arguments.gold} --out report")
    return 0


def score(arguments: argparse.Namespace) -> int:
    """Score a run file; nothing is asked again."""
    from eval import scorecard
    from eval.judging.calibration import read
    from eval.table import render
    from eval.tracking import check_tracking, track

    check_tracking(arguments)
    card = opened(arguments.run, arguments).card
    track(arguments, card, ())
    if arguments.summary is not None:
        scorecard.write(card, arguments.summary)
        say(f"The summary is in {arguments.summary}.")
    if arguments.json:
        whole = {**scorecard.as_dict(card), "slices": [asdict(part) for part in card.slices]}
        print(json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1))
    else:
        print(render(card, read(arguments.calibration) if arguments.calibration.is_file() else None, by=arguments.by))
    return 0


def compare(arguments: argparse.Namespace) -> int:
    """Compare two runs, or summaries, question by question."""
    from eval import compare as comparing
    from eval.catalogue import measure
    from eval.table import comparisons

    for name in arguments.measures or ():
        measure(name)  # a misspelt one is told before anything is scored
    first, second = card_of(arguments.first, arguments), card_of(arguments.second, arguments)
    measures = arguments.measures if arguments.measures else comparing.FAMILY
    for path, card in ((arguments.first, first), (arguments.second, second)):
        if card.whole.missing:
            say(f"{card.whole.missing} of {card.whole.questions} questions are not in {path} and count as misses.")
    found = comparing.compare(first, second, measures, seed=arguments.seed)
    changed = comparing.changes(first, second)
    said = "\n  ".join(("What differs between the runs:", *changed)) if changed else "Both runs name the same settings."
    if arguments.json:
        say(said)
        print(json.dumps([asdict(item) for item in found], allow_nan=False, indent=1))
    else:
        print(f"{said}\n\n{comparisons(found, len(first.rows), len(second.rows))}")
    return 0


def gate(arguments: argparse.Namespace) -> int:
    """Decide on a release: exit code 1 when any line fails, with ``--strict`` also when one is undecided."""
    from eval import gate as gating
    from eval import thresholds
    from eval.table import gate_lines

    demanded = thresholds.read(arguments.thresholds)
    if arguments.no_latency:
        demanded = replace(demanded, p95_seconds=None)
    card = card_of(arguments.run, arguments)
    baseline = None if arguments.baseline is None else card_of(arguments.baseline, arguments)
    attacks = None
    if arguments.redteam is not None:
        from eval.redteam.summary import totals

        attacks = totals(arguments.redteam)
    lines = gating.gate(card, demanded, baseline=baseline, attacks=attacks)
    if arguments.json:
        print(json.dumps([asdict(line) for line in lines], ensure_ascii=False, allow_nan=False, indent=1))
    else:
        print(gate_lines(lines, card.notes))
    whole = gating.decision(lines)
    return int(whole == gating.FAIL or (arguments.strict and whole == gating.UNDECIDED))


def measures(_: argparse.Namespace) -> int:
    """Every canonical spelling with its definition and source."""
    from eval.catalogue import MEASURES

    for measure in MEASURES.values():
        better = "" if measure.higher_is_better else "; lower is better"
        judged = f"; judged by: {measure.judge}" if measure.judge else ""
        source = f" [{measure.source}]" if measure.source else ""
        print(f"{measure.name}: {measure.definition} ({measure.kind}{better}{judged}){source}")
    return 0


def register(add: Add) -> None:
    """Declare these commands."""
    from eval.tracking import add_tracking_arguments

    asking = add("run", help="ask the gold questions; a cut run goes on where it stopped")
    asking.add_argument("gold", type=Path, metavar="GOLD.jsonl", help="gold questions")
    where = asking.add_mutually_exclusive_group(required=True)
    where.add_argument("--library", type=Path, metavar="DIR", help="an ingested library")
    where.add_argument("--documents", type=Path, metavar="PATH", help="a file or folder to ingest first")
    asking.add_argument("--out", type=Path, required=True, metavar="RUN.jsonl", help="the run file to write or go on")
    asking.add_argument("--profile", default="embedded", help="a name in profiles/ or a .toml file")
    asking.add_argument("--split", choices=SPLITS, help="ask only this split")
    asking.set_defaults(command=run)

    scoring = add("score", help="score a run file; asks nothing again")
    scoring.add_argument("run", type=Path, metavar="RUN.jsonl", help="a run file")
    add_scoring_arguments(scoring)
    scoring.add_argument("--by", nargs="*", default=["type"], choices=DIMENSIONS, help="slices shown beside the whole")
    scoring.add_argument("--calibration", type=Path, default=CALIBRATION, metavar="FILE", help="error rates of judges")
    scoring.add_argument("--summary", type=Path, metavar="FILE.json", help="also write a summary, a baseline for gates")
    scoring.add_argument("--json", action="store_true", help="everything, per question too, as JSON")
    add_tracking_arguments(scoring)
    scoring.set_defaults(command=score)

    comparing = add("compare", help="two runs on the same questions: paired differences with intervals")
    comparing.add_argument("first", type=Path, metavar="FIRST", help="a run file or a summary: the one before")
    comparing.add_argument("second", type=Path, metavar="SECOND", help="a run file or a summary: the one after")
    add_scoring_arguments(comparing, gold_is_required=False)
    comparing.add_argument("--measures", nargs="+", metavar="MEASURE", help="instead of the usual family")
    comparing.add_argument("--json", action="store_true", help="as JSON")
    comparing.set_defaults(command=compare)

    gating = add("gate", help="pass or fail a release by thresholds; exit 1 when a line fails")
    gating.add_argument("run", type=Path, metavar="RUN", help="a run file or a summary")
    add_scoring_arguments(gating, gold_is_required=False)
    gating.add_argument(
        "--thresholds", type=Path, default=THRESHOLDS, metavar="FILE.toml", help="what is demanded"
    )
    gating.add_argument("--baseline", type=Path, metavar="RUN", help="the release to compare with: run file or summary")
    gating.add_argument("--redteam", type=Path, metavar="FILE", help="a red-team run or its summary")
    gating.add_argument(
        "--no-latency", action="store_true", help="leave out waiting time: for machines that others use too"
    )
    gating.add_argument("--strict", action="store_true", help="exit 1 also when a line is undecided")
    gating.add_argument("--json", action="store_true", help="as JSON")
    gating.set_defaults(command=gate)

    add("measures", help="every measure's spelling, definition and source").set_defaults(command=measures)

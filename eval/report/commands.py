"""``report``: one run as a page for people, as Markdown and as JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config import ROOT
from eval.cli import add_scoring_arguments, card_of, opened

if TYPE_CHECKING:
    from eval.judging.calibration import Calibration
    from eval.records import GateLine, LocatedCase, Scorecard
    from eval.report.data import Against

THRESHOLDS = ROOT / "goldset" / "gate.toml"
CALIBRATION = ROOT / "docs" / "runs" / "calibration.json"


def report(arguments: argparse.Namespace) -> int:
    """Write report.html, report.md and report.json; the first run is reported, the others are compared with it."""
    from eval.evidence import locate
    from eval.report.page import Report, build, write
    from eval.tracking import check_tracking, track

    check_tracking(arguments)
    found = opened(arguments.runs[0], arguments)
    located: dict[str, LocatedCase] = {}
    if found.documents is not None:
        located = {case.id: locate(case, found.documents) for case in found.cases}
    others = _others(arguments)
    baseline = others.get(arguments.baseline)
    pages = build(
        Report(
            card=found.card,
            run=found.run,
            cases=found.cases,
            located=located,
            gate=_gate(found.card, baseline, arguments),
            comparisons=_against(others, found.card, arguments.seed),
            redteam=None if arguments.redteam is None else _summary(arguments.redteam),
            calibration=_calibration(arguments.calibration),
            name=found.path.stem,
        )
    )
    written = write(pages, arguments.out)
    for path in written:
        print(path)
    track(arguments, found.card, written)
    return 0


def _others(arguments: argparse.Namespace) -> dict[Path, Scorecard]:
    """The scorecards to compare with: baseline first. Verdict files belong to the first run, so they are not used."""
    chosen = argparse.Namespace(**{**vars(arguments), "verdicts": []})
    baseline = [] if arguments.baseline is None else [arguments.baseline]
    return {path: card_of(path, chosen) for path in (*baseline, *arguments.runs[1:])}


def _against(others: Mapping[Path, Scorecard], card: Scorecard, seed: int) -> tuple[Against, ...]:
    from eval.compare import compare
    from eval.report.data import Against

    return tuple(Against(_name(path, others), compare(other, card, seed=seed)) for path, other in others.items())


def _name(path: Path, among: Iterable[Path]) -> str:
    """The name of a run file without its ending, with its folder where another run has the same name."""
    alike = [other for other in among if other.stem == path.stem]
    return path.stem if len(alike) <= 1 else f"{path.resolve().parent.name}/{path.stem}"


def _gate(card: Scorecard, baseline: Scorecard | None, arguments: argparse.Namespace) -> tuple[GateLine, ...]:
    from eval.gate import gate
    from eval.thresholds import read

    attacks = None
    if arguments.redteam is not None:
        from eval.redteam.summary import totals

        attacks = totals(arguments.redteam)
    return gate(card, read(arguments.thresholds), baseline=baseline, attacks=attacks)


def _summary(path: Path) -> Mapping[str, Any]:
    """A red-team summary; a red-team run is summarised first."""
    from eval.redteam.summary import summary

    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return summary(path).as_dict()
    return value if isinstance(value, dict) and value.get("kind") == "red team" else summary(path).as_dict()


def _calibration(path: Path | None) -> Calibration | None:
    from eval.judging.calibration import read

    chosen = CALIBRATION if path is None and CALIBRATION.is_file() else path
    return None if chosen is None else read(chosen)


def register(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Declare the command."""
    from eval.tracking import add_tracking_arguments

    command = add("report", help="a page for people: figures, gate, slices, worst cases, comparisons")
    command.add_argument(
        "runs", type=Path, nargs="+", metavar="RUN.jsonl", help="the run to report; further ones are compared with it"
    )
    add_scoring_arguments(command)
    command.add_argument("--baseline", type=Path, metavar="RUN", help="the release before: a run file or a summary")
    command.add_argument("--thresholds", type=Path, default=THRESHOLDS, metavar="FILE.toml", help="what is demanded")
    command.add_argument("--redteam", type=Path, metavar="FILE", help="a red-team run or its summary")
    command.add_argument(
        "--calibration", type=Path, metavar="FILE", help="error rates of the judges, if not docs/runs/calibration.json"
    )
    command.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to write into")
    add_tracking_arguments(command)
    command.set_defaults(command=report)

"""The tables that pages can hold, each made from summaries by its name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from config import UserError
from eval import scorecard
from eval.catalogue import BUDGETS
from eval.fate import FATES
from eval.records import STAGES, Estimate, GateLine, Percentiles, Scorecard, Slice
from eval.report.figure_text import NOTHING, interval, share, signed, table

ANSWERS = {
    "AllKeyFacts": "all key facts in the answer",
    "Correct": "all key facts and no forbidden one",
    "ForbiddenFacts": "a forbidden fact in the answer",
    "ItemRecall": "share of the evidence that the citations show",
    "Groundedness": "share of the statements that the passages support",
    "CitationRecall": "share of the statements that their citations support",
    "Verbatim": "share of the citations that are verbatim in their document",
    "Refusal": "unanswerable questions refused",
    "FalseRefusal": "answerable questions refused",
}
RETRIEVAL = ("Hit@20", "Hit@50", "Recall@5", "Recall@10", "Recall@20", "nDCG@10", *(f"Coverage@{n}" for n in BUDGETS))


class Sources:
    """Files below a root, read once."""

    def __init__(self, root: Path) -> None:
        """``root``: where the paths start."""
        self._root = root
        self._cards: dict[str, Scorecard] = {}

    def path(self, name: str) -> Path:
        """The file ``name``.

        Raises:
            UserError: there is none.

        """
        path = self._root / name
        if not path.is_file():
            message = f"there is no file {name}. Make it, or correct the path; it starts at {self._root}."
            raise UserError(message)
        return path

    def card(self, name: str) -> Scorecard:
        """The summary in the file ``name``.

        Raises:
            UserError: there is none, or it is no summary.

        """
        if name not in self._cards:
            self._cards[name] = scorecard.read(self.path(name))
        return self._cards[name]

    def value(self, name: str) -> dict[str, Any]:
        """The JSON object in the file ``name``.

        Raises:
            UserError: there is none.

        """
        try:
            value = json.loads(self.path(name).read_text(encoding="utf-8"))
        except (UnicodeDecodeError, ValueError) as error:
            message = f"{name} is not JSON ({error})."
            raise UserError(message) from error
        if not isinstance(value, dict):
            message = f"{name} holds no JSON object."
            raise UserError(message)
        return value


def _asked(card: Scorecard) -> str:
    """What was asked, for the head of a column."""
    gold = card.about.get("gold") or {}
    split = gold.get("split")
    return f"{'all' if split is None else split}, {card.whole.questions} questions"


def _columns(part: Slice | None, name: str) -> list[str]:
    """Value, interval and n; unscored questions are said beside n."""
    found = None if part is None else part.measures.get(name)
    if found is None:
        return [NOTHING, NOTHING, NOTHING]
    unscored = f" ({found.unscored} unscored)" if found.unscored else ""
    return [share(found.value), interval(found.low, found.high), f"{found.n}{unscored}"]


def _heads(cards: Sequence[Scorecard]) -> Iterator[str]:
    for card in cards:
        yield from (_asked(card), "95 % interval", "n")


def answers(sources: Sources, paths: Sequence[str]) -> str:
    """Answers, citations, refusals and seconds of one or more runs."""
    cards = [sources.card(path) for path in paths]
    rows = [
        [f"{words} (`{name}`)", *(cell for card in cards for cell in _columns(card.whole, name))]
        for name, words in ANSWERS.items()
    ]
    spent = [card.whole.seconds["total"] for card in cards]
    rows.append(["seconds per answer, median / 95th percentile", *(cell for one in spent for cell in _seconds(one))])
    return table(["", *_heads(cards)], rows)


def _seconds(times: Percentiles) -> list[str]:
    if times.p50 is None or times.p95 is None:
        return [NOTHING, "", NOTHING]
    return [f"{times.p50:.2f} / {times.p95:.2f}", "", str(times.n)]


def types(sources: Sources, paths: Sequence[str]) -> str:
    """All key facts by type of question; types without key facts are left out."""
    cards = [sources.card(path) for path in paths]
    parts = [{part.name: part for part in card.slices if part.dimension == "type"} for card in cards]
    names = sorted({name for found in parts for name, part in found.items() if "AllKeyFacts" in part.measures})
    rows = [[name, *(cell for found in parts for cell in _columns(found.get(name), "AllKeyFacts"))] for name in names]
    return table(["all key facts in the answer", *_heads(cards)], rows)


def retrieval(sources: Sources, paths: Sequence[str]) -> str:
    """Every stage of the search, a line each; ``passages`` is what the writer was handed."""
    card = sources.card(paths[0])
    whole = card.whole.measures
    stages = [stage for stage in STAGES if f"{stage}.{RETRIEVAL[0]}" in whole]
    nothing = Estimate(None, None, None, 0)
    rows = [[stage, *(share(whole.get(f"{stage}.{name}", nothing).value) for name in RETRIEVAL)] for stage in stages]
    count = max((whole[f"{stage}.{RETRIEVAL[0]}"].n for stage in stages), default=0)
    return table([f"{count} questions with evidence", *RETRIEVAL], rows)


def fates(sources: Sources, paths: Sequence[str]) -> str:
    """What became of the questions, in pipeline order."""
    counts = sources.card(paths[0]).whole.fates
    return table(["fate", "questions", "meaning"], [[name, count, FATES[name]] for name, count in counts.items()])


def gate(sources: Sources, paths: Sequence[str]) -> str:
    """The gate's lines on the first summary; another summary is the baseline, anything else the red team's file."""
    from eval import gate as gating
    from eval import thresholds
    from eval.redteam.summary import totals

    card, *others = paths
    is_summary = {path: sources.value(path).get("kind") == "summary" for path in others}
    baselines = [sources.card(path) for path in others if is_summary[path]]
    attacks = [totals(sources.path(path)) for path in others if not is_summary[path]]
    lines = gating.gate(
        sources.card(card),
        thresholds.read(),
        baseline=baselines[0] if baselines else None,
        attacks=attacks[0] if attacks else None,
    )
    heads = ["verdict", "line", "demand", "measured", "95 % interval", "n", "why"]
    return table(heads, [_line(line) for line in lines])


def _line(line: GateLine) -> list[str]:
    found = line.estimate if line.estimate is not None else Estimate(None, None, None, 0)
    n = str(found.n) if found.n else NOTHING
    return [line.verdict, line.name, line.demand, share(found.value), interval(found.low, found.high), n, line.reason]


def calibration(sources: Sources, paths: Sequence[str]) -> str:
    """How often every judge agrees with the labels, per set of statements."""
    from eval.judging.calibration import read, total

    rows = []
    for name, judged in read(sources.path(paths[0])).judges.items():
        for of in dict.fromkeys(rate.set for rate in judged.sets):
            passed, stopped = (total(judged, of, supported=supported) for supported in (True, False))
            unreadable = passed.unreadable + stopped.unreadable
            rows.append([name, of, share(passed.rate), passed.n, share(stopped.rate), stopped.n, unreadable])
    return table(["judge", "set", "supported, passed", "n", "unsupported, stopped", "n", "unreadable"], rows)


def kinds(sources: Sources, paths: Sequence[str]) -> str:
    """The verifier on every kind of statement made from the gold evidence."""
    from eval.judging.calibration import OWN, read

    truth = {True: "supported", False: "unsupported"}
    rows = [
        [rate.kind, truth[rate.supported], share(rate.rate), interval(rate.low, rate.high), rate.n]
        for rate in read(sources.path(paths[0])).judges["verifier"].sets
        if rate.set == OWN
    ]
    return table(["statement", "truth", "judged right", "95 % interval", "n"], rows)


def redteam(sources: Sources, paths: Sequence[str]) -> str:
    """Success of the attacks per family with its bound, then the false alarms on benign texts."""
    value = sources.value(paths[0])
    try:
        rows = [
            [
                family["family"],
                family["attempts"],
                family["tries"],
                family["successes"],
                share(family["rate"]["value"]),
                interval(family["rate"]["low"], family["rate"]["high"]),
                NOTHING if family["bound"] is None else f"{family['bound']:.3f}",
            ]
            for family in value["families"]
        ]
        alarms = value["false_alarms"]
        rate = [share(alarms["value"]), interval(alarms["low"], alarms["high"]), NOTHING]
        rows.append(["false alarms on benign texts", alarms["attempts"], alarms["attempts"], alarms["alarms"], *rate])
    except (KeyError, TypeError) as error:
        message = f"{paths[0]} is no summary of a red-team run ({type(error).__name__}: {error})."
        raise UserError(message) from error
    heads = ["family", "attacks", "tries", "succeeded", "rate", "95 % interval", "true rate below (3/n)"]
    return table(heads, rows)


def compare(sources: Sources, paths: Sequence[str]) -> str:
    """Paired differences, second summary minus first."""
    from eval import compare as comparing

    found = comparing.compare(sources.card(paths[0]), sources.card(paths[1]))
    rows = [
        [
            item.measure,
            share(item.first),
            share(item.second),
            signed(item.difference),
            interval(item.low, item.high),
            item.n,
            NOTHING if item.adjusted_p is None else f"{item.adjusted_p:.2g}",
            item.call,
        ]
        for item in found
    ]
    return table(["measure", "first", "second", "difference", "95 % interval", "n", "p (Holm)", "call"], rows)


Make = Callable[[Sources, Sequence[str]], str]
TABLES: dict[str, tuple[Make, int, int]] = {
    "answers": (answers, 1, 4),
    "types": (types, 1, 4),
    "retrieval": (retrieval, 1, 1),
    "fates": (fates, 1, 1),
    "gate": (gate, 1, 3),
    "calibration": (calibration, 1, 1),
    "kinds": (kinds, 1, 1),
    "redteam": (redteam, 1, 1),
    "compare": (compare, 2, 2),
}
"""Name of a table: its maker, and how many files it takes at least and at most."""

"""The top of a report, in words that a manager understands: what was measured, five figures, the weakest places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from eval.records import Estimate
from eval.report import data, text
from eval.report.cases import fates
from eval.report.data import Report

# Measure, what the figure is called, what it says. The first of a group that was measured is shown.
BIG = (
    (
        ("Correct", "right answers", "of the questions that the documents answer got every fact and no wrong one"),
        ("AllKeyFacts", "complete answers", "of the questions that the documents answer got every fact"),
    ),
    (("Groundedness", "supported", "of what an answer states is supported by the passages that it was made from"),),
    (
        ("passages.Coverage@8000", "evidence found", "of the evidence for an answer reached the writer"),
        ("reranked.Coverage@4000", "evidence found", "of the evidence for an answer is among the best hits"),
        ("fused.Coverage@4000", "evidence found", "of the evidence for an answer is among the best hits"),
    ),
    (("Refusal", "rightly refused", "of the questions that the documents do not answer were refused"),),
)
SLICED_BY = 8  # questions that a slice must have to be called the weakest


def headline(report: Report) -> dict[str, Any]:
    """What was measured, five figures in words, and where the weakest places are."""
    whole = report.card.whole
    figures = []
    for choices in BIG:
        measured = [choice for choice in choices if _has(report, choice[0])]
        spelling, name, words = measured[0] if measured else choices[0]
        found = text.figure(whole.measures.get(spelling), "percent")
        figures.append({"measure": spelling, "name": name, "words": words, **found, "of": _of(found, "question")})
    return {"measured": _measured(report), "figures": [*figures, _slowest(report)], "remarks": list(_remarks(report))}


def _has(report: Report, spelling: str) -> bool:
    found = report.card.whole.measures.get(spelling)
    return found is not None and found.value is not None


def _of(found: Mapping[str, Any], noun: str) -> str:
    """How sure a figure is, in words."""
    if found["value"] is None:
        return "nothing to measure"
    number = text.counted(found["n"], noun)
    sure = f"between {found['interval'].replace('–', ' and ')}, from {number}"
    sure = sure if found["low"] is not None and found["high"] is not None else f"from {number}, too few for an interval"
    return sure + (f"; {found['unscored']} unscored" if found["unscored"] else "")


def _slowest(report: Report) -> dict[str, Any]:
    timing = data.latency(report)
    total = report.card.whole.seconds.get("total")
    value = None if total is None else total.p95
    known = Estimate(value, timing["p95_low"], timing["p95_high"], 0 if total is None else total.n)
    found = text.figure(known, text.SECONDS)
    words = "or less is what 95 of 100 answers take"
    return {"measure": "p95", "name": "waiting time", "words": words, **found, "of": _of(found, "answer")}


def _measured(report: Report) -> str:
    """One or two sentences: how many questions about what, put to what, when."""
    whole, header = report.card.whole, report.run.header
    documents = (header.get("library") or {}).get("documents") or ()
    split = (report.card.about.get("gold") or {}).get("split")
    parts = [text.counted(whole.questions, "gold question") + (f" of the {split} split" if split else "")]
    if documents:
        parts.append(f"about {text.counted(len(documents), 'document')}")
    version = (header.get("versions") or {}).get("rolebook")
    if version:
        parts[-1] += f", put to Rolebook {version}"
    chat = (header.get("models") or {}).get("chat")
    if isinstance(chat, str) and chat:
        parts.append(f"with {chat}")
    if header.get("created"):
        parts.append(f"on {str(header['created'])[:10]}")
    missing = f" {whole.missing} of them are not in the run and count as misses." if whole.missing else ""
    return " ".join(parts) + "." + missing


def _remarks(report: Report) -> Iterator[str]:
    """The most frequent failure and the slice with the lowest share of right answers."""
    failed = [fate for fate in fates(report) if fate["fate"] != "right" and fate["count"]]
    if failed:
        most = max(failed, key=lambda fate: int(fate["count"]))
        total = sum(fate["count"] for fate in failed)
        yield f"Most frequent failure: {most['fate']}, {most['count']} of {total} ({most['meaning']})."
    parts = [
        (found.value, part)
        for part in report.card.slices
        if part.dimension not in ("all", "split")
        and (found := part.measures.get("Correct")) is not None
        and found.value is not None
        and found.n >= SLICED_BY
    ]
    if parts:
        _, part = min(parts, key=lambda pair: (pair[0], pair[1].dimension, pair[1].name))
        right = data.estimate(part, "Correct")
        yield (
            f"Weakest slice: {part.dimension} {part.name}, {right['text']} right "
            f"(interval {right['interval']}, {text.counted(right['n'], 'question')})."
        )

"""Draft gold questions from users' feedback: the question and what was cited; a person completes the labels."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config import UserError
from eval.goldset.adding import Finder, fresh_id
from eval.goldset.gold import faults_of
from eval.goldset.labels import same_question
from eval.records import Case, EvidenceQuote
from generation.records import Turn

RATINGS = ("up", "down")
KEPT = ("answer", "rating", "comment", "created")


@dataclass(frozen=True, slots=True)
class Drafts:
    """Cases to be completed; how many ratings were left out because the question is there already, or liked.

    ``unlocated`` counts cited quotes that the library does not have (any more).
    """

    cases: tuple[Case, ...]
    known: int
    liked: int
    unlocated: int


def read(path: Path) -> tuple[Mapping[str, Any], ...]:
    """The lines of a feedback file: ``question``, ``rating`` (up or down), and what else was kept.

    Raises:
        UserError: the file cannot be read or lines are not as they should be; all faults at once.

    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = f"The feedback file {path} cannot be read: {error}. Give a UTF-8 file with one JSON object per line."
        raise UserError(message) from error
    lines: list[Mapping[str, Any]] = []
    faults: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except ValueError as error:
            faults.append(f"{path}:{number}: is not JSON: {error}")
            continue
        wrong = _faults(item)
        faults += (f"{path}:{number}: {fault}" for fault in wrong)
        lines += [] if wrong else [item]
    if faults:
        message = f"The feedback file has {len(faults)} fault(s); mend them or delete the lines:\n  "
        raise UserError(message + "\n  ".join(faults))
    return tuple(lines)


def _faults(item: Any) -> list[str]:
    if not isinstance(item, dict):
        return ["must be a JSON object"]
    shaped = {"id": "f", "type": "fact", "answerable": True, "evidence": item.get("citations")}
    faults = list(faults_of({**shaped, "question": item.get("question"), "history": item.get("history")}))
    faults = [fault.replace("evidence", "citations", 1) for fault in faults]
    if item.get("rating") not in RATINGS:
        faults.append(f"rating is {item.get('rating')!r}; use one of {', '.join(RATINGS)}")
    return faults


def drafts(
    feedback: Sequence[Mapping[str, Any]], cases: Sequence[Case], finder: Finder, *, liked: bool = False
) -> Drafts:
    """A draft for every disliked answer (with ``liked`` for every rated one) whose question is not there yet.

    The answer that was rated is kept beside the labels, in ``feedback``: it is what was said, not what is right. Of
    several ratings of one question the last counts, and of equal ones the last with a comment.
    """
    feedback = _last(feedback)
    known = {same_question(case) for case in cases}
    taken = [case.id for case in cases]
    made: list[Case] = []
    counts = {"known": 0, "liked": 0, "unlocated": 0}
    for item in feedback:
        history = tuple(Turn(turn["role"], turn["content"]) for turn in item.get("history") or ())
        case = Case("", item["question"], "followup" if history else "fact", answerable=True, history=history)
        if item["rating"] == "up" and not liked:
            counts["liked"] += 1
            continue
        if same_question(case) in known:
            counts["known"] += 1
            continue
        known.add(same_question(case))
        evidence, unlocated = _located(item.get("citations") or (), finder)
        counts["unlocated"] += unlocated
        kept = {name: item[name] for name in KEPT if item.get(name) not in (None, "")}
        name = fresh_id(taken)
        taken.append(name)
        extra = {"draft": True, "feedback": kept}
        made.append(Case(name, case.question, case.type, True, "", history, evidence=evidence, extra=extra))
    return Drafts(tuple(made), **counts)


def _last(feedback: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """One rating per question and history, in the order in which they were first asked."""
    chosen: dict[str, Mapping[str, Any]] = {}
    for item in feedback:
        key = json.dumps([item["question"].strip(), item.get("history") or []])
        before = chosen.get(key)
        says_less = before is not None and before["rating"] == item["rating"] and not item.get("comment")
        chosen[key] = before if before is not None and says_less and before.get("comment") else item
    return list(chosen.values())


def _located(citations: Sequence[Mapping[str, Any]], finder: Finder) -> tuple[tuple[EvidenceQuote, ...], int]:
    found: list[EvidenceQuote] = []
    unlocated = 0
    for citation in citations:
        places = [place for place in finder.places(citation["quote"]) if place.source == citation["source"]]
        unlocated += not places
        found += [place for place in places if place not in found]
    return tuple(found), unlocated

"""Labels that contradict themselves, the library or one another: they can be read and run, but measure wrongly."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from eval.evidence import locate
from eval.goldset.gold import TYPES, Fault, Gold, is_draft
from eval.measures import matched_share, matches
from eval.records import Case
from ingest.records import Document

_WORD = re.compile(r"\w+")


def label_faults(gold: Gold) -> tuple[Fault, ...]:
    """What is wrong, or (``hint``) worth a second look, in the labels themselves; no document is needed."""
    found: list[Fault] = []
    first: dict[tuple[str, ...], str] = {}
    for case in gold.cases:
        line = gold.lines[case.id]
        twin = first.setdefault(same_question(case), case.id)
        if twin != case.id:
            message = f"the question was already asked as {twin!r} in line {gold.lines[twin]}"
            found.append(Fault(gold.path, line, message))
        if is_draft(case):
            message = 'is a draft: complete the labels (goldset/README.md), then take the field "draft" away'
            found.append(Fault(gold.path, line, message))
            continue
        found += (Fault(gold.path, line, message) for message in _contradictions(case))
        found += (Fault(gold.path, line, message, hint=True) for message in _hints(case))
    return tuple(found)


def evidence_faults(gold: Gold, documents: Mapping[str, Document]) -> tuple[Fault, ...]:
    """Every evidence quote that the document it names does not hold; ``documents`` are keyed by source."""
    found = []
    for case in gold.cases:
        for quote in locate(case, documents).unlocated:
            message = (
                f"evidence is not in {quote.source}: {quote.quote!r}"
                if quote.source in documents
                else f"evidence names a source that the library does not have: {quote.source}"
            )
            found.append(Fault(gold.path, gold.lines[case.id], message))
    return tuple(found)


def same_question(case: Case) -> tuple[str, ...]:
    """Equal for two cases that ask the same: words without case, accents' encoding and punctuation, with the history.

    >>> same_question(Case("a", "How  LONG is it?", "fact", True))
    ('how long is it',)
    """
    said = [turn.content for turn in case.history]
    return tuple(_normal(text) for text in (*said, case.question))


def _normal(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_WORD.findall(folded)) or folded.strip()


def _contradictions(case: Case) -> Iterator[str]:
    if "plain" in case.style and len(case.style) > 1:
        yield "style is plain and something else; plain stands alone"
    if case.type == "followup" and not case.history:
        yield "type is followup, but history is empty"
    if case.answerable:
        yield from _of_answerable(case)
    else:
        yield from _of_unanswerable(case)
    for piece, evidence in enumerate(case.evidence):
        for number, pattern in enumerate(case.forbidden):
            if matches(pattern, evidence.quote):
                yield f"evidence[{piece}] matches forbidden[{number}], so quoting it would be wrong: {pattern!r}"


def _of_answerable(case: Case) -> Iterator[str]:
    if not case.key_facts and not case.evidence:
        yield "answerable, but without key_facts and evidence nothing can be scored"
    if case.near_miss:
        yield "answerable, but near_miss is true; only an unanswerable question can miss nearly"
    if case.type == "unanswerable":
        yield "type is unanswerable, but answerable is true"
    if not case.answer.strip():
        yield "answerable, but has no answer; write the one that the key facts were taken from"
        return
    for name, patterns, wanted in (("key_facts", case.key_facts, 1.0), ("forbidden", case.forbidden, 0.0)):
        for number, pattern in enumerate(patterns):
            if matched_share((pattern,), case.answer) != wanted:
                verb = "does not match" if wanted else "matches"
                yield f"the answer itself {verb} {name}[{number}]: {pattern!r}"


def _of_unanswerable(case: Case) -> Iterator[str]:
    if case.key_facts:
        yield "not answerable, but has key_facts; they are never looked at"
    if case.evidence and case.type != "false_premise":
        yield "not answerable, but has evidence; only a false premise is refuted by what the documents say"


def _hints(case: Case) -> Iterator[str]:
    if case.type not in TYPES:
        near = get_close_matches(case.type, TYPES, n=1)
        meant = f"did you mean {near[0]!r}?" if near else "it will be a slice of its own."
        yield f"type {case.type!r} is none of {', '.join(TYPES)}; {meant}"
    if not case.answerable and case.near_miss is None:
        yield "unanswerable without near_miss: say whether the documents hold a closely related fact"
    if case.answerable and not case.key_facts:
        yield "answerable without key_facts: whether an answer is right can only be judged by the evidence shown"
    quotes = "\n".join(evidence.quote for evidence in case.evidence)
    if case.answerable and quotes:
        for number, pattern in enumerate(case.key_facts):
            if not matches(pattern, quotes):
                yield f"key_facts[{number}] matches no evidence, so a verbatim quote would count as wrong: {pattern!r}"

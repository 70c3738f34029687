"""What the entailment model learns from: statements with evidence and a label, and which of them are kept apart.

Public sets with human labels (AttributionBench, SummEdits, Climate-FEVER), questions of SQuAD 2.0 with right and wrong
answers, and sentences of SQuAD and of the bundled documents, true as they are and made false by one change.

Kept apart: half of AttributionBench (by question), four of the eight domains of SummEdits, all of QAGS. A fifth of what
is left calibrates the probability and is not trained on either.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.judging.edits import Edit, lower_first, named_roles, negations_added, negations_dropped, numbers, swaps, times
from eval.judging.edits import units as unit_edits
from eval.judging.rows import reading, rows_of, sibling_values, value_columns
from ingest.records import Document

HELD_DOMAINS = ("ectsum", "sales_email", "samsum", "scitldr")
"""Of SummEdits; its documents of the others are trained on."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"(])")
_NAME = re.compile(r"(?<=[a-z,;] )(?:[A-Z][\w-]+(?: (?:of |the )?[A-Z][\w-]+){0,3})")
_YEAR = re.compile(r"\b1[0-9]{3}\b|\b20[0-9]{2}\b")
_SUBJECT = re.compile(r"^who (?!(?:is|are|was|were|do|does|did|can|could|has|had|may|will|would)\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pair:
    """A statement, its evidence, and whether the evidence supports it. ``part``: train, calibrate or held out."""

    set: str
    statement: str
    quotes: tuple[str, ...]
    supported: bool
    part: str
    kind: str = ""
    group: str = ""  # pairs of one group share text; intervals treat them as one draw


def _share(text: str) -> float:
    """A number in [0, 1) that only the text decides."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16) / 16**12


def _trained(group: str) -> str:
    return "calibrate" if _share(f"calibrate:{group}") < 0.2 else "train"


def attributionbench(data: Path) -> Iterator[Pair]:
    """Claims of generative search engines with the references that they cite."""
    for row in _lines(data / "grounding/attributionbench/dev_all_subset_balanced.jsonl"):
        group = row["question"]
        part = "held out" if _share(f"held:{group}") < 0.5 else _trained(group)
        label = row["attribution_label"] == "attributable"
        yield Pair("attributionbench", row["claim"], tuple(row["references"]), label, part, row["src_dataset"], group)


def summedits(data: Path) -> Iterator[Pair]:
    """Summaries with edits; a document's summaries stay together."""
    for path in sorted((data / "grounding/summedits/summedits").glob("summedits_*.json")):
        domain = path.stem.removeprefix("summedits_")
        for row in json.loads(path.read_text("utf-8")):
            part = "held out" if domain in HELD_DOMAINS else _trained(row["doc"])
            yield Pair("summedits", row["summary"], (row["doc"],), int(row["label"]) == 1, part, domain, row["doc"])


def qags(data: Path) -> Iterator[Pair]:
    """Sentences of summaries, supported when most of three annotators said so; never trained on."""
    for path in sorted((data / "grounding/qags").glob("mturk_*.jsonl")):
        kind = path.stem.removeprefix("mturk_")
        for row in _lines(path):
            for sentence in row["summary_sentences"]:
                votes = [answer["response"] == "yes" for answer in sentence["responses"]]
                label = 2 * sum(votes) > len(votes)
                yield Pair("qags", sentence["sentence"], (row["article"],), label, "held out", kind, row["article"])


def climate_fever(data: Path) -> Iterator[Pair]:
    """Claims with a sentence on which at least two annotators agreed without dissent."""
    for row in _lines(data / "grounding/climate_fever/climate-fever.jsonl"):
        for evidence in row["evidences"]:
            votes = [vote for vote in evidence["votes"] if vote is not None]
            if len(votes) > 1 and len(set(votes)) == 1:
                shown, label = (evidence["evidence"],), votes[0] == "SUPPORTS"
                yield Pair("climate_fever", row["claim"], shown, label, _trained(row["claim"]), "", row["claim"])


def stated(question: str, answer: str) -> str:
    """A question with its answer as a statement; where the grammar is not plain, the answer follows the question.

    >>> stated("Who wrote the plan?", "the lead"), stated("When was it sold?", "1999")
    ('The lead wrote the plan.', 'When was it sold? 1999.')
    """
    said = _SUBJECT.sub(lambda _: f"{answer} ", question.strip())
    text = f"{said.rstrip('?')}." if said != question.strip() else f"{question.strip()} {answer}."
    return text[:1].upper() + text[1:]


def squad(data: Path, chance: random.Random) -> Iterator[Pair]:
    """Right answers, plausible wrong ones that people chose, answers of other questions; changed sentences."""
    for article in json.loads((data / "questions/squad2/squad2_half.json").read_text("utf-8"))["data"]:
        group = article["title"]
        contexts = [paragraph["context"] for paragraph in article["paragraphs"]]
        names = [name for context in contexts for name in _NAME.findall(context)]
        for place, paragraph in enumerate(article["paragraphs"]):
            shown, part = (paragraph["context"],), _trained(f"{group}{place}")
            answers = [answer["text"] for entry in paragraph["qas"] for answer in entry["answers"]]
            for entry in paragraph["qas"]:
                for claim, label in _claims(entry, answers, chance):
                    yield Pair("squad2", claim, shown, label, part, "answers", group)
            for sentence in _SENTENCE.split(paragraph["context"]):
                other = chance.choice(contexts[:place] + contexts[place + 1 :])
                for statement, label in _variants(sentence, paragraph["context"], other, names, (), chance):
                    yield Pair("squad2", statement, shown, label, part, "changes", group)


def _claims(entry: dict[str, Any], answers: Sequence[str], chance: random.Random) -> Iterator[tuple[str, bool]]:
    question = entry["question"]
    if entry.get("is_impossible"):
        yield from ((stated(question, wrong["text"]), False) for wrong in entry.get("plausible_answers", [])[:1])
        return
    right = entry["answers"][0]["text"]
    yield stated(question, right), True
    # Another answer of like length and shape is a likely slip, not a random word.
    others = [other for other in answers if other not in right and right not in other]
    alike = [other for other in others if other[:1].isdigit() == right[:1].isdigit()]
    if alike:
        yield stated(question, min(alike, key=lambda other: (abs(len(other) - len(right)), chance.random()))), False


def bundled(documents: Sequence[Document], paraphrases: Path, chance: random.Random) -> Iterator[Pair]:
    """Units and rows of the bundled documents, and our paraphrases for tuning, true and changed."""
    roles = [document.role for document in documents if document.role]
    tables = {document.source: rows_of(document) for document in documents}
    for document in documents:
        texts = [" ".join(unit.text.split()) for unit in document.units if unit.kind in ("sentence", "item")]
        for place, text in enumerate(texts):
            part, other = _trained(text), chance.choice(texts[:place] + texts[place + 1 :])
            near = " ".join(texts[max(0, place - 1) : place + 2])
            for statement, label in _variants(text, near, other, (), roles, chance):
                yield Pair("bundled", statement, (document.title, near), label, part, "units", text)
        others = [row for source, rows in tables.items() if source != document.source for row in rows]
        for row in tables[document.source]:
            for column in value_columns(row):
                shown, said = (row.title, row.head, row.text), reading(row, column)
                yield Pair("bundled", said, shown, True, _trained(row.text), "rows", row.text)
                wrong = [*sibling_values(row, column, others), *_edits(said, roles)]
                for edit in chance.sample(wrong, min(1, len(wrong))):
                    yield Pair("bundled", edit.text, shown, False, _trained(row.text), "rows", row.text)
    for line in _lines(paraphrases):
        if line["part"] == "tuning":
            yield Pair("bundled", line["paraphrase"], tuple(line["quotes"]), True, "train", "paraphrases", line["id"])
            wrong = list(_edits(line["paraphrase"], roles))
            for edit in chance.sample(wrong, min(1, len(wrong))):
                yield Pair("bundled", edit.text, tuple(line["quotes"]), False, "train", "paraphrases", line["id"])


def _edits(text: str, roles: Sequence[str]) -> list[Edit]:
    kinds = (numbers, unit_edits, times, negations_added, negations_dropped, swaps)
    return [edit for kind in kinds for edit in kind(text)] + list(named_roles(text, roles))


def _variants(
    text: str, evidence: str, other: str, names: Sequence[str], roles: Sequence[str], chance: random.Random
) -> Iterator[tuple[str, bool]]:
    """A sentence, or a part of it, and one false version: changed, of another text, or with a part of another."""
    if not 6 <= len(text.split()) <= 60:
        return
    yield (_shortened(text) if chance.random() < 0.5 else text), True
    wrong = [edit.text for edit in _edits(text, roles)]
    wrong += [text.replace(name, chance.choice(names), 1) for name in _NAME.findall(text) if names]
    wrong += [text.replace(year, str(int(year) + chance.choice((-20, -3, 2, 11))), 1) for year in _YEAR.findall(text)]
    foreign = [part for part in _SENTENCE.split(other) if 6 <= len(part.split()) <= 40]
    if foreign and (not wrong or chance.random() < 0.3):
        added = lower_first(chance.choice(foreign))
        wrong = [f"{text.rstrip('.')}, and {added}", added[:1].upper() + added[1:]]
    wrong = [said for said in wrong if said not in evidence]
    if wrong:
        yield chance.choice(wrong), False


def _shortened(text: str) -> str:
    """Without its asides and its last clause, where it has some.

    >>> _shortened("The lead (Ana) signs contracts alone, since time is short.")
    'The lead signs contracts alone.'
    """
    bare = re.sub(r"\s*\([^()]*\)", "", text)
    head, comma, _ = bare.rpartition(", ")
    return f"{head}." if comma and len(head.split()) >= 5 else bare


def all_pairs(data: Path, documents: Sequence[Document], paraphrases: Path, seed: int = 0) -> list[Pair]:
    """Everything, of all parts.

    Raises:
        OSError: a set is missing.

    """
    chance = random.Random(seed)
    found = [*attributionbench(data), *summedits(data), *qags(data), *climate_fever(data)]
    return [*found, *squad(data, chance), *bundled(documents, paraphrases, chance)]


def _lines(path: Path) -> Iterator[Any]:
    return (json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip())

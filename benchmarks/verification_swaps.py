"""Statements made false by one swap, from the bundled documents and from our paraphrases of them.

What can be swapped is found by ``eval.judging.edits``, which shares no code with the checks that are measured. The
bundled documents hold no calendar dates: for those, a clause with a date is added to quote and statement, each in a
form of its own. A swap whose new words stand in the quote as well is left out.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from eval.judging.edits import Edit, named_roles, negations_added, negations_dropped, numbers, times, units
from eval.judging.rows import reading, rows_of, value_columns
from ingest.records import Document, Kind

PARAPHRASES = Path(__file__).resolve().parents[1] / "tests" / "cases" / "verify-paraphrases.jsonl"
_BOUNDS = (
    ("at least", "at most"), ("no less than", "no more than"), ("more than", "less than"), ("above", "below"),
    ("over", "under"), ("up to", "at least"), ("minimum", "maximum"), ("exceed", "stay below"), ("≥", "≤"), (">", "<"),
)  # fmt: skip
_FORMS: tuple[Callable[[date], str], ...] = (
    lambda day: day.isoformat(),
    lambda day: f"{day.day} {day:%B} {day.year}",
    lambda day: f"{day:%B} {day.day}, {day.year}",
    lambda day: f"{day.day} {day:%b} {day.year}",
    lambda day: f"{day:%B} {day.year}",
)


@dataclass(frozen=True, slots=True)
class Base:
    """A true statement with its quotes and what they are about; ``origin`` says where its words come from."""

    id: str
    origin: str
    statement: str
    quotes: tuple[str, ...]
    about: tuple[str, ...]
    measure: str = ""


@dataclass(frozen=True, slots=True)
class Swap:
    """A statement with its base; ``kind`` is what was swapped, '' where nothing was and the statement is true."""

    base: Base
    kind: str
    statement: str
    quotes: tuple[str, ...]
    change: str = ""


def bases(documents: Sequence[Document], *, paraphrases: bool = True) -> Iterator[Base]:
    """Sentences and items as they stand, readings of KPI rows, and the paraphrases."""
    known = {document.source: document for document in documents}
    for document in documents:
        about = (document.title, document.role)
        for unit in document.units:
            text = " ".join(unit.text.split())
            if unit.kind in ("sentence", "item") and len(text.split()) > 4:
                heading = document.sections[unit.section].heading
                yield Base(f"{document.source}:{unit.index}", "document", text, (unit.text,), (*about, *heading))
        for number, row in enumerate(rows_of(document)):
            section = next(s for s in document.sections if s.start <= row.start < s.end)
            measure = re.sub(r"\s*\([^)]*\)", "", row.cells[0]) if section.kind is Kind.KPIS else ""
            for column in value_columns(row):
                at = f"{document.source}:row{number}.{column}"
                yield Base(at, "row", reading(row, column), (row.head, row.text), about, measure)
    for line in PARAPHRASES.read_text("utf-8").splitlines() if paraphrases else ():
        item = json.loads(line)
        document = known[item["source"]]
        origin = f"paraphrase, {item['part']}"
        yield Base(item["id"], origin, item["paraphrase"], tuple(item["quotes"]), (document.title, document.role))


def swaps(documents: Sequence[Document], seed: int = 0, *, paraphrases: bool = True) -> list[Swap]:
    """For every base: itself, and one swap of every kind that it allows, drawn from (seed, base, kind)."""
    roles = sorted({document.role for document in documents if document.role})
    found = list(bases(documents, paraphrases=paraphrases))
    measures = sorted({base.measure for base in found if base.measure})
    made: list[Swap] = []
    for base in found:
        made.append(Swap(base, "", base.statement, base.quotes))
        for kind, of_kind in _kinds(base, roles, measures).items():
            options = [edit for edit in of_kind if _is_false(edit, base, kind)]
            if options:
                edit = random.Random(f"{seed}:{base.id}:{kind}").choice(options)
                made.append(Swap(base, kind, edit.text, base.quotes, f"{edit.old!r} -> {edit.new!r}"))
        made += _dated(base, random.Random(f"{seed}:{base.id}:date"))
    return made


def _kinds(base: Base, roles: Sequence[str], measures: Sequence[str]) -> Mapping[str, list[Edit]]:
    text = base.statement
    counted = list(numbers(text))
    return {
        "number": [edit for edit in counted if not _is_range(edit.old)],
        "range": [edit for edit in counted if _is_range(edit.old)],
        "unit": list(units(text)),
        "period": list(times(text)),
        "bound": list(_bounds(text)),
        "role": list(named_roles(text, roles)),
        "KPI": list(_measures(base, measures)),
        "negation added": list(negations_added(text)),
        "negation dropped": list(negations_dropped(text)),
    }


def _is_range(figures: str) -> bool:
    return re.search(r"\d\s?[–—-]\s?\d", figures) is not None


def _bounds(text: str) -> Iterator[Edit]:
    """A bound before a number, turned round."""
    for pair in _BOUNDS:
        for old, new in (pair, pair[::-1]):
            for match in re.finditer(rf"(?<![\w<>=]){re.escape(old)}(?=\s?[\d$€~])", text, re.IGNORECASE):
                yield Edit(text[: match.start()] + new + text[match.end() :], old, new)


def _measures(base: Base, measures: Sequence[str]) -> Iterator[Edit]:
    """The KPI of a reading by one that shares at most half of its words with it."""
    own = set(base.measure.lower().split())
    for other in measures if base.measure and base.measure in base.statement else ():
        words = set(other.lower().split())
        if 2 * len(own & words) <= min(len(own), len(words)):
            yield Edit(base.statement.replace(base.measure, other, 1), base.measure, other)


def _dated(base: Base, dice: random.Random) -> Iterator[Swap]:
    """Quote and statement with the same date in two forms, and with another date; of every eighth base."""
    if dice.random() > 0.125:
        return
    day = date(2021, 1, 1) + timedelta(days=dice.randrange(2_000))
    other = day + timedelta(days=dice.choice((-400, -31, 30, 95, 365)))
    written, said = dice.sample(_FORMS[:4], 2)
    said = _FORMS[4] if dice.random() < 0.2 and (other.month, other.year) != (day.month, day.year) else said
    quotes = (*base.quotes[:-1], f"{base.quotes[-1]} In force since {written(day)}.")
    for kind, shown in (("", day), ("date", other)):
        statement = f"Since {said(shown)}: {base.statement}"
        yield Swap(base, kind, statement, quotes, f"{written(day)!r} -> {said(shown)!r}" if kind else "")


def _is_false(edit: Edit, base: Base, kind: str) -> bool:
    evidence = " ".join(" ".join((*base.quotes, *base.about)).split()).lower()
    if edit.text.lower().rstrip(" .") in evidence:
        return False
    if kind in ("bound", "negation added", "negation dropped"):
        return True
    return re.search(rf"(?<!\w){re.escape(edit.new.lower().strip())}(?![\w%])", evidence) is None

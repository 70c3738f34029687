"""Statements with a known label, made from the gold evidence: true ones, and the same ones with one thing made wrong.

Whatever is made is checked: a true statement holds no number and no role that its quotes lack; in a false one something
really changed, and what was put in does not stand in the quotes (in a swap it does: there the pairing is wrong).
Every choice is drawn from (seed, question, kind), so that new questions leave the others as they are.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from config import UserError
from eval.evidence import locate
from eval.judging.edits import (
    TIME,
    Edit,
    lower_first,
    named_roles,
    negations_added,
    negations_dropped,
    numbers,
    swaps,
    times,
    units,
)
from eval.judging.judges import Labelled
from eval.judging.rows import TableRow, neighbour_values, reading, rows_of, sibling_values, stems, value_columns
from eval.records import Case
from ingest.records import Document

SET = "perturbations"
TRUE_KINDS = ("verbatim", "row reading", "faithful paraphrase")
FALSE_KINDS = (
    "wrong number", "wrong unit", "wrong date or duration", "other role's value", "unsupported addition",
    "negation added", "negation dropped", "swapped arguments",
)  # fmt: skip
_EDITS: Mapping[str, Callable[[str], Iterator[Edit]]] = {
    "wrong number": numbers,
    "wrong unit": units,
    "wrong date or duration": times,
    "negation added": negations_added,
    "negation dropped": negations_dropped,
    "swapped arguments": swaps,
}
_DEPENDENT = re.compile(r"(?:yes|no|none|neither|both|only|not|it|they|that|this|one|all|either)\b", re.IGNORECASE)
_FIGURES = re.compile(r"\d+(?:[.,]\d+)*")
_COUNTS = re.compile(r"\b(two|three|four|five|six|seven|eight|nine|ten)\b", re.IGNORECASE)
_LEAST_WORDS, _MOST_CHARACTERS = 4, 400  # of a statement


@dataclass(frozen=True, slots=True)
class _Base:
    """A true statement with its quotes; ``row`` and ``column`` when it reads a cell of a table."""

    kind: str
    statement: str
    quotes: tuple[str, ...]
    source: str
    row: TableRow | None = None
    column: int = 0


def build(cases: Sequence[Case], documents: Mapping[str, Document], *, seed: int = 0) -> tuple[Labelled, ...]:
    """The set, in the order of cases and kinds; cases without located evidence give nothing."""
    roles = sorted({document.role for document in documents.values() if document.role})
    tables = {source: rows_of(document) for source, document in documents.items()}
    made: list[Labelled] = []
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for case in cases:
        count: dict[str, int] = {}
        bases = list(_bases(case, documents, tables, roles))
        for kind, base, edit in _all(case, bases, documents, tables, roles, seed):
            quotes = (*base.quotes, *edit.also)
            if (edit.text, quotes) in seen:
                continue
            seen.add((edit.text, quotes))
            count[kind] = count.get(kind, 0) + 1
            name = re.sub(r"\W+", "-", kind.replace("'", ""))
            change = f"{edit.old!r} -> {edit.new!r}" if kind in FALSE_KINDS else ""
            identity = f"{case.id}.{name}.{count[kind]}"
            made.append(Labelled(identity, SET, kind, kind in TRUE_KINDS, edit.text, quotes, case.id, change))
    return tuple(made)


def _all(
    case: Case,
    bases: Sequence[_Base],
    documents: Mapping[str, Document],
    tables: Mapping[str, Sequence[TableRow]],
    roles: Sequence[str],
    seed: int,
) -> Iterator[tuple[str, _Base, Edit]]:
    for base in bases:
        yield base.kind, base, Edit(base.statement, "", "")
    for kind in FALSE_KINDS:
        dice = random.Random(f"{seed}:{case.id}:{kind}")
        for base in bases:
            if base.row is not None and base.kind == "verbatim":
                continue  # the reading of the same row is changed instead
            changes = _changes(kind, base, documents, tables, roles, dice)
            options = [edit for edit in changes if _is_new(edit, base, kind)]
            if options:
                yield kind, base, dice.choice(options)


def _bases(
    case: Case, documents: Mapping[str, Document], tables: Mapping[str, Sequence[TableRow]], roles: Sequence[str]
) -> Iterator[_Base]:
    """What is true: each evidence quote, what its table row says, the gold answer where the quotes alone prove it."""
    located = locate(case, documents)
    if not case.answerable or located.unlocated or not located.pieces:
        return
    names_role = any(role.lower() in case.answer.lower() for role in roles)
    shown: list[str] = []
    for piece in located.pieces:
        place = piece.places[0]
        quote = " ".join(piece.quote.quote.split())
        row = next((row for row in tables[place.source] if row.start <= place.start and place.end <= row.end), None)
        if len(stems(quote)) >= _LEAST_WORDS and len(quote) <= _MOST_CHARACTERS:
            yield _Base("verbatim", quote, (quote,), place.source, row)
        if row is not None:
            cited = (row.title, row.head, row.text)
            for column in value_columns(row):
                yield _Base("row reading", reading(row, column), cited, place.source, row, column)
        title = f"{documents[place.source].title}: " if names_role else ""
        shown += [f"{title}{quote}"] if row is None else [row.head, f"{title}{row.text}"]
    quotes = tuple(dict.fromkeys(shown))
    if case.type != "false_premise" and _is_proved(case.answer, quotes, roles):
        yield _Base("faithful paraphrase", " ".join(case.answer.split()), quotes, located.pieces[0].places[0].source)


def _is_proved(answer: str, quotes: Sequence[str], roles: Sequence[str]) -> bool:
    """Whether an answer stands without its question: own words, no number, count, period or role new to the quotes."""
    evidence = " ".join(quotes)
    plain = " ".join(answer.split())
    if not plain or plain.rstrip(".").lower() in evidence.lower() or _DEPENDENT.match(plain):
        return False
    if len(stems(plain)) < _LEAST_WORDS or len(plain) > 2 * _MOST_CHARACTERS:
        return False
    if not set(_figures(plain)) <= set(_figures(evidence)):
        return False
    if not {time.lower() for time in TIME.findall(plain)} <= {time.lower() for time in TIME.findall(evidence)}:
        return False
    known = set(stems(evidence))
    for aside in re.findall(r"\(([^)]+)\)|;([^;]+)", plain):
        words = set(stems(" ".join(aside)))
        if len(words) > 1 and not words & known:
            return False
    return all(role.lower() not in plain.lower() or role.lower() in evidence.lower() for role in roles)


def _figures(text: str) -> list[str]:
    return [figure.rstrip(".,") for figure in _FIGURES.findall(text)] + [w.lower() for w in _COUNTS.findall(text)]


def _changes(
    kind: str,
    base: _Base,
    documents: Mapping[str, Document],
    tables: Mapping[str, Sequence[TableRow]],
    roles: Sequence[str],
    dice: random.Random,
) -> Iterator[Edit]:
    if kind in _EDITS and not (kind == "swapped arguments" and base.row is not None):
        yield from _EDITS[kind](base.statement)
    elif base.row is not None and kind == "swapped arguments":
        yield from neighbour_values(base.row, base.column, tables[base.source])
    elif kind == "unsupported addition":
        yield from _additions(base, documents[base.source], dice)
    if kind == "other role's value":
        yield from named_roles(base.statement, roles)
        if base.row is not None:
            others = [row for source, rows in tables.items() if source != base.source for row in rows]
            yield from sibling_values(base.row, base.column, others)
        else:
            yield from _sibling_sentences(base, documents)


def _sibling_sentences(base: _Base, documents: Mapping[str, Document]) -> Iterator[Edit]:
    """What another document says in nearly the same words with other numbers."""
    if base.kind != "verbatim":
        return
    own = {stem for stem in stems(base.statement) if not stem[0].isdigit()}
    for source, document in sorted(documents.items()):
        for unit in document.units if source != base.source else ():
            words = {stem for stem in stems(unit.text) if not stem[0].isdigit()}
            figures = set(_figures(unit.text)) - set(_figures(base.statement))
            if unit.kind in ("sentence", "item") and figures and len(own & words) >= 0.5 * len(own | words) > 0:
                text = " ".join(unit.text.split())
                yield Edit(text, base.statement, text)


def _additions(base: _Base, document: Document, dice: random.Random) -> Iterator[Edit]:
    """The statement with a clause of another section of its document."""
    known = {stem for quote in (*base.quotes, base.statement) for stem in stems(quote)}
    loose = [
        clause
        for unit in document.units
        if unit.kind == "item" and 25 <= len(clause := " ".join(unit.text.split()).rstrip(".")) <= 120
        and not re.search(r"[:|(]", clause)
        and len(known & set(stems(clause))) <= 0.25 * len(set(stems(clause)))
    ]  # fmt: skip
    for clause in dice.sample(loose, min(3, len(loose))):
        yield Edit(f"{base.statement.rstrip(' .')}; {lower_first(clause)}.", "", clause)


def _is_new(edit: Edit, base: _Base, kind: str) -> bool:
    """Whether the change is a change, and the quotes do not say what it says."""
    evidence = " ".join(" ".join(base.quotes).split()).lower()
    changed = edit.text.lower().rstrip(" .")
    if changed == base.statement.lower().rstrip(" .") or changed in evidence:
        return False
    if kind in ("swapped arguments", "negation dropped", "negation added"):
        return True
    put_in = re.escape(edit.new.lower().strip())
    return re.search(rf"(?<!\w){put_in}(?![\w%])", evidence) is None


def write(items: Sequence[Labelled], path: Path) -> None:
    """One JSON object per line; its folder is made if need be.

    Raises:
        UserError: the file cannot be written.

    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = (json.dumps(asdict(item), ensure_ascii=False) + "\n" for item in items)
        path.write_text("".join(lines), encoding="utf-8", newline="\n")
    except OSError as error:
        message = f"The file {path} cannot be written: {error.strerror}. Choose another --out."
        raise UserError(message) from error

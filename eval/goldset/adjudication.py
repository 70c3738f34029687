"""The third file: labels that both annotators gave, and a decision for every one on which they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config import UserError
from eval.goldset import exchange
from eval.goldset.agreement import label, shown
from eval.goldset.annotators import FIELDS, Labels

COLUMNS = ("id", "field", "first", "second", "decision", "note")
Decisions = Mapping[tuple[str, str], tuple[str, str]]
"""By id and field: the decision (``first``, ``second``, ``both`` for evidence, or another label) and a note."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """One label on which two annotators differ."""

    id: str
    field: str
    first: Any
    second: Any


@dataclass(frozen=True, slots=True)
class Settled:
    """The lines of the third file and the disputes that are still open."""

    items: tuple[Mapping[str, Any], ...]
    open: tuple[Dispute, ...]


def disputes(first: Labels, second: Labels, fields: Sequence[str] = FIELDS) -> tuple[Dispute, ...]:
    """Every label that both gave, and gave differently, in the order of the ids."""
    return tuple(
        Dispute(name, field, first[name][field], second[name][field])
        for name in sorted(set(first) & set(second))
        for field in fields
        if field in first[name] and field in second[name] and not _same(first[name][field], second[name][field])
    )


def sheet(found: Sequence[Dispute]) -> str:
    """The disputes as CSV, to be filled in: ``first``, ``second``, ``both`` (evidence) or another label."""
    rows = [
        {
            **dict.fromkeys(COLUMNS, ""),
            "id": exchange.guarded(exchange.pictured(dispute.id)),
            "field": dispute.field,
            "first": exchange.guarded(shown(dispute.first)),
            "second": exchange.guarded(shown(dispute.second)),
        }
        for dispute in found
    ]
    return exchange.as_csv(rows, COLUMNS)


def read_decisions(path: Path) -> Decisions:
    """The decisions of a filled-in sheet; rows without one are still open.

    Raises:
        UserError: the file cannot be read, lacks a column, or decides one label twice.

    """
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for line, row in exchange.csv_rows(path, ("id", "field", "decision")):
        key = (exchange.unpictured(exchange.unguarded(row["id"])), row["field"].strip())
        if not row["decision"].strip():
            continue
        if key in found:
            message = f"{path}:{line}: {key[1]} of {key[0]!r} was already decided above. Delete one of the rows."
            raise UserError(message)
        found[key] = (exchange.unguarded(row["decision"]).strip(), exchange.unguarded(row.get("note", "")).strip())
    return found


def asked(found: Sequence[Dispute], ask: Callable[[str], str], questions: Mapping[str, str]) -> Decisions:
    """Decisions typed by a person; an empty line leaves a dispute open, the end of the input the rest too.

    ``questions`` are shown beside the labels, by id, where they are known.
    """
    decided: dict[tuple[str, str], tuple[str, str]] = {}
    for dispute in found:
        prompt = (
            f"{dispute.id} {questions.get(dispute.id, '')}\n  first:  {shown(dispute.first)}\n"
            f"  second: {shown(dispute.second)}\n{dispute.field} (1, 2, another label; empty: later): "
        )
        try:
            while said := ask(prompt).strip():
                try:
                    _decide(dispute, said)
                except UserError as error:
                    prompt = f"  {error}\n{dispute.field}: "
                    continue
                decided[dispute.id, dispute.field] = (said, "")
                break
        except (EOFError, KeyboardInterrupt):
            break
    return decided


def settle(first: Labels, second: Labels, decisions: Decisions, fields: Sequence[str] = FIELDS) -> Settled:
    """One line per question that both labelled: what they agree on, and what was decided, with whose label it is.

    Raises:
        UserError: decisions that cannot be taken, or that decide nothing; all faults at once.

    """
    found = {(dispute.id, dispute.field): dispute for dispute in disputes(first, second, fields)}
    faults = [f"{field} of {name!r} is not disputed" for name, field in decisions if (name, field) not in found]
    decided: dict[tuple[str, str], tuple[Any, str]] = {}
    for key, (said, _) in decisions.items():
        try:
            decided |= {key: _decide(found[key], said)} if key in found else {}
        except UserError as error:
            faults.append(str(error))
    if faults:
        message = f"{len(faults)} decision(s) cannot be taken:\n  " + "\n  ".join(faults)
        raise UserError(message)
    items = []
    for name in sorted(set(first) & set(second)):
        labels = list(_settled(name, first[name], second[name], decided, fields))
        notes = {field: note for field, _, _ in labels if (note := decisions.get((name, field), ("", ""))[1])}
        item = {"id": name, **{field: value for field, value, _ in labels}}
        item["decided_by"] = {field: by for field, _, by in labels}
        items.append({**item, "notes": notes} if notes else item)
    return Settled(tuple(items), tuple(dispute for key, dispute in found.items() if key not in decided))


def _settled(
    name: str,
    first: Mapping[str, Any],
    second: Mapping[str, Any],
    decided: Mapping[tuple[str, str], tuple[Any, str]],
    fields: Sequence[str],
) -> Iterator[tuple[str, Any, str]]:
    """Field, value and by whom, of everything that is settled about one question."""
    for field in fields:
        if (name, field) in decided:
            yield field, *decided[name, field]
        elif field in first and field in second and _same(first[field], second[field]):
            yield field, first[field], "agreed"


def _decide(dispute: Dispute, said: str) -> tuple[Any, str]:
    """The label that a decision means, and whose it is."""
    choice = {"1": "first", "2": "second"}.get(said, said.lower())
    where = f"{dispute.field} of {dispute.id!r}"
    if choice in ("first", "second"):
        return getattr(dispute, choice), choice
    if dispute.field == "evidence":
        if choice == "both":
            return [*dispute.first, *(piece for piece in dispute.second if piece not in dispute.first)], "both"
        message = f"{where}: say first, second or both, not {said!r}"
        raise UserError(message)
    if dispute.field == "answerable":
        if choice not in ("true", "false"):
            message = f"{where}: say first, second, true or false, not {said!r}"
            raise UserError(message)
        return choice == "true", "third"
    return said, "third"


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return _pieces(one) == _pieces(other)
    return label(one) == label(other)


def _pieces(evidence: Sequence[Mapping[str, str]]) -> set[tuple[str, str]]:
    return {(piece["source"], " ".join(piece["quote"].split())) for piece in evidence}

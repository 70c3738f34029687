"""Units to chunks: consecutive units of one section, packed up to a target size.

A chunk never leaves its section, and nested units stay with the unit that leads them in where the size allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from config import ChunkConfig
from ingest.records import Chunk, Document, Unit

LEAD_CHARACTERS = 300  # a longer line before a list is not repeated with its later items


def chunks_of(document: Document, config: ChunkConfig) -> tuple[Chunk, ...]:
    """All chunks of a document, in order; every unit is in exactly one of them."""
    chunks: list[Chunk] = []
    for number, units in groupby(document.units, key=lambda unit: unit.section):
        section = document.sections[number]
        for packed in _pack(_families(tuple(units)), config.target_characters):
            start, end = packed[0].start, packed[-1].end
            text = document.text[start:end]
            title = document.role if document.role else document.title
            lines = [title, " › ".join(section.heading), lead_in(document.units, packed[0].index), text]
            chunks.append(
                Chunk(
                    id=f"{document.source}#{len(chunks)}",
                    source=document.source,
                    section=number,
                    heading=section.heading,
                    kind=section.kind,
                    role=document.role,
                    start=start,
                    end=end,
                    text=text,
                    indexed="\n".join(line for line in lines if line),
                )
            )
    return tuple(chunks)


def lead_in(units: Sequence[Unit], place: int) -> str:
    """What an item or a table row that begins a chunk belongs to: the column names, or the line before the list.

    '' when unit ``place`` is neither, stands below nothing, or only below something long.

    >>> def unit(number: int, kind: str, text: str, level: int = 0) -> Unit:
    ...     return Unit(number, 0, kind, 0, 0, text, level)
    >>> listed = [unit(0, "sentence", "Owns:"), unit(1, "item", "data"), unit(2, "item", "tests", 1)]
    >>> lead_in(listed, 0), lead_in(listed, 1), lead_in(listed, 2)
    ('', 'Owns:', 'data')
    >>> lead_in([Unit(0, 0, "row", 0, 0, "| p95 | 1 s |", header=("Metric", "Target"))], 0)
    '| Metric | Target |'
    """
    first = units[place]
    if first.kind == "row":
        return f"| {' | '.join(first.header)} |" if any(first.header) else ""
    if first.kind != "item":
        return ""
    for unit in reversed(units[:place]):
        if unit.section != first.section:
            break
        if unit.level < first.level or unit.kind != "item":
            return unit.text if len(unit.text) <= LEAD_CHARACTERS else ""
    return ""


def _families(units: Sequence[Unit]) -> list[list[Unit]]:
    """Units with the deeper ones that follow them; a table's header row stays with its first row."""
    families: list[list[Unit]] = []
    for unit in units:
        follows_header = bool(families) and families[-1][-1].kind == "header"
        if families and (unit.level > families[-1][0].level or follows_header):
            families[-1].append(unit)
        else:
            families.append([unit])
    return families


def _pack(families: Sequence[Sequence[Unit]], target: int) -> list[list[Unit]]:
    packed: list[list[Unit]] = []
    for family in families:
        if packed and family[-1].end - packed[-1][0].start <= target:
            packed[-1] += family
            continue
        packed.append([])
        for unit in family:
            if packed[-1] and unit.end - packed[-1][0].start > target:
                packed.append([])
            packed[-1].append(unit)
    return [chunk for chunk in packed if chunk]

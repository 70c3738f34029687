"""Units to chunks: consecutive units of one section, packed up to a target size.

A chunk never leaves its section, and nested units stay with the unit that leads them in where the size allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from config import ChunkConfig
from ingest.records import Chunk, Document, Unit


def chunks_of(document: Document, config: ChunkConfig) -> tuple[Chunk, ...]:
    """All chunks of a document, in order; every unit is in exactly one of them."""
    chunks: list[Chunk] = []
    for number, units in groupby(document.units, key=lambda unit: unit.section):
        section = document.sections[number]
        for packed in _pack(_families(tuple(units)), config.target_characters):
            start, end = packed[0].start, packed[-1].end
            text = document.text[start:end]
            title = document.role if document.role else document.title
            lines = [title, " › ".join(section.heading), text]
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

"""Readings as bytes: what goes between the reading processes and into the cache of readings."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from typing import Any

from ingest.records import Block, BlockKind, Note, Reading


def pack(reading: Reading) -> bytes:
    """A reading as compressed JSON."""
    table = {
        "format": reading.format,
        "title": reading.title,
        "blocks": [[b.kind.value, b.text, b.level, b.cells, b.header, b.page] for b in reading.blocks],
        "notes": [[n.step, n.count, n.detail] for n in reading.notes],
        "facts": reading.facts,
        "reader": reading.reader,
    }
    return zlib.compress(json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode(), 1)


def unpack(data: bytes) -> Reading:
    """The reading that ``pack`` was given.

    >>> from ingest.records import Block, BlockKind
    >>> reading = Reading("text", "A", (Block(BlockKind.ROW, "| a |", cells=("a",), page=2),), (Note("compose", 1),))
    >>> unpack(pack(reading)) == reading
    True
    """
    table: dict[str, Any] = json.loads(zlib.decompress(data))
    return Reading(
        table["format"],
        table["title"],
        tuple(_block(values) for values in table["blocks"]),
        tuple(Note(*values) for values in table["notes"]),
        tuple((name, value) for name, value in table["facts"]),
        table["reader"],
    )


def _block(values: Sequence[Any]) -> Block:
    kind, text, level, cells, header, page = values
    return Block(BlockKind(kind), text, level, tuple(cells), header, page)

"""What an index knows of its rows: one small column per property, and the chunks themselves read when asked for.

``chunks.bin`` holds one record per row: a JSON line ``[id, place of the text in what is indexed, heading, …]``, then
what is indexed. Nothing of a chunk is in memory until it is read.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from ingest.audience import PUBLIC
from ingest.records import Chunk, Kind

FILES = ("chunks.bin", "offsets.npy", "columns.npy", "names.json", "keys.npy")
KEY_BYTES = 16
_NAMED = ("role", "kind", "source", "audience")
_CACHED = 2_048  # chunks kept in memory after they were read
Numbers = NDArray[np.int32]
Keys = NDArray[np.bytes_]


@dataclass(frozen=True, slots=True)
class Columns:
    """(rows,) int32 each; ``role``, ``kind``, ``source`` and ``audience`` are places in the tuples of names."""

    role: Numbers
    kind: Numbers
    source: Numbers
    audience: Numbers
    section: Numbers
    start: Numbers
    end: Numbers
    roles: tuple[str, ...]
    kinds: tuple[str, ...]
    sources: tuple[str, ...]
    audiences: tuple[str, ...]

    @classmethod
    def of(cls, chunks: Iterable[Chunk], audiences: Mapping[str, str]) -> Columns:
        """The columns of ``chunks``; ``audiences`` by source, ``public`` where it says nothing."""
        writing = _Columns(audiences)
        for chunk in chunks:
            writing.add(chunk)
        return cls(*writing.table(), *writing.names())

    @classmethod
    def load(cls, folder: Path) -> Columns:
        """What ``write`` left in ``folder``, memory-mapped."""
        names = json.loads((folder / "names.json").read_text("utf-8"))
        table = np.load(folder / "columns.npy", mmap_mode="r")
        return cls(*table, *(tuple(names[name]) for name in _NAMED))

    def __len__(self) -> int:
        return len(self.source)


class _Columns:
    """Columns that grow row by row."""

    def __init__(self, audiences: Mapping[str, str]) -> None:
        self._audiences = audiences
        self._codes: dict[str, dict[str, int]] = {name: {} for name in _NAMED}
        self._columns = [array("i") for field in fields(Columns) if field.name not in _plurals()]

    def add(self, chunk: Chunk) -> None:
        named = (chunk.role, chunk.kind.value, chunk.source, self._audiences.get(chunk.source, PUBLIC))
        codes = (
            known.setdefault(value, len(known)) for known, value in zip(self._codes.values(), named, strict=True)
        )
        for column, value in zip(self._columns, (*codes, chunk.section, chunk.start, chunk.end), strict=True):
            column.append(value)

    def table(self) -> Numbers:
        return np.stack([np.asarray(column, dtype=np.int32) for column in self._columns])

    def names(self) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(codes) for codes in self._codes.values())


def _plurals() -> set[str]:
    return {f"{name}s" for name in _NAMED}


def key_of(text: str) -> bytes:
    """Names a text among all texts that were ever embedded."""
    return hashlib.sha256(text.encode()).digest()[:KEY_BYTES]


def write(folder: Path, chunks: Iterable[Chunk], audiences: Mapping[str, str]) -> None:
    """Write ``FILES``: 52 bytes per row are in memory, the chunks are not."""
    columns, offsets, keys = _Columns(audiences), array("q", [0]), bytearray()
    with (folder / "chunks.bin").open("wb") as file:
        for chunk in chunks:
            columns.add(chunk)
            keys += key_of(chunk.indexed)
            record = _record(chunk)
            file.write(record)
            offsets.append(offsets[-1] + len(record))
    np.save(folder / "offsets.npy", np.asarray(offsets, dtype=np.int64))
    np.save(folder / "columns.npy", columns.table())
    np.save(folder / "keys.npy", np.frombuffer(bytes(keys), dtype=f"S{KEY_BYTES}"))
    names = dict(zip(_NAMED, columns.names(), strict=True))
    (folder / "names.json").write_text(json.dumps(names, ensure_ascii=False), "utf-8")


def place_of_text(chunk: Chunk) -> int:
    r"""Where in ``chunk.indexed`` its text begins as lines of its own, -1 for nowhere.

    >>> place_of_text(Chunk("a#0", "a", 0, ("KPIs",), Kind.KPIS, "Lead", 0, 4, "Cost", "Lead\nKPIs\nCost"))
    10
    """
    if len(chunk.text) != chunk.end - chunk.start:
        return -1
    if chunk.indexed.endswith(chunk.text):
        place = len(chunk.indexed) - len(chunk.text)
    else:
        place = chunk.indexed.find(chunk.text)
    return place if place <= 0 or chunk.indexed[place - 1] == "\n" else -1


def _record(chunk: Chunk) -> bytes:
    place = place_of_text(chunk)
    first = json.dumps([chunk.id, place, chunk.heading, *([chunk.text] if place < 0 else [])], ensure_ascii=False)
    return f"{first}\n{chunk.indexed}".encode()


class StoredChunks(Sequence[Chunk]):
    """The chunks of ``folder``; each is read from the disk when it is asked for. Several threads may ask."""

    def __init__(self, folder: Path, columns: Columns) -> None:
        """Map the files of ``folder``, which may be swapped or removed later without harm."""
        self._bytes = np.memmap(folder / "chunks.bin", dtype=np.uint8, mode="r")
        self._offsets = np.load(folder / "offsets.npy", mmap_mode="r")
        self._columns = columns
        self._cached = lru_cache(maxsize=_CACHED)(self._read)

    def __len__(self) -> int:
        return len(self._columns)

    def __iter__(self) -> Iterator[Chunk]:
        return (self._read(row) for row in range(len(self)))

    @overload
    def __getitem__(self, row: int) -> Chunk: ...

    @overload
    def __getitem__(self, row: slice) -> tuple[Chunk, ...]: ...

    def __getitem__(self, row: int | slice) -> Chunk | tuple[Chunk, ...]:
        if isinstance(row, slice):
            return tuple(self._read(each) for each in range(*row.indices(len(self))))
        number = int(row) + len(self) if row < 0 else int(row)
        if not 0 <= number < len(self):
            message = f"row {row} of {len(self)} chunks"
            raise IndexError(message)
        return self._cached(number)

    def indexed(self, row: int) -> str:
        """``self[row].indexed``, without the rest."""
        return self._lines(row)[1]

    def _lines(self, row: int) -> tuple[str, str]:
        record = self._bytes[self._offsets[row] : self._offsets[row + 1]].tobytes()
        first, _, indexed = record.partition(b"\n")
        return first.decode(), indexed.decode()

    def _read(self, row: int) -> Chunk:
        first, indexed = self._lines(row)
        identity, place, heading, *text = json.loads(first)
        columns = self._columns
        start, end = int(columns.start[row]), int(columns.end[row])
        return Chunk(
            id=identity,
            source=columns.sources[columns.source[row]],
            section=int(columns.section[row]),
            heading=tuple(heading),
            kind=Kind(columns.kinds[columns.kind[row]]),
            role=columns.roles[columns.role[row]],
            start=start,
            end=end,
            text=text[0] if text else indexed[place : place + end - start],
            indexed=indexed,
        )

"""The cache of readings: what the readers saw in each file, so that no file is read twice and a kill loses nothing.

Written while an ingest runs, a few files at a time; the library itself is written at the end. Disposable: without it
the files are read again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

FILE = "readings.sqlite"
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS readings (source TEXT PRIMARY KEY, sha256 TEXT NOT NULL, read_by TEXT NOT NULL, "
    "packed BLOB NOT NULL, edges TEXT NOT NULL)"
)


class Readings:
    """Packed readings by source; one that was made of other bytes or by another reader does not count."""

    def __init__(self, connection: sqlite3.Connection, read_by: str) -> None:
        """Use ``open``."""
        self._connection = connection
        self._read_by = read_by

    @classmethod
    @contextmanager
    def open(cls, folder: Path, read_by: str) -> Iterator[Readings]:
        """The cache beside the library in ``folder``; a damaged one is replaced by an empty one."""
        path = folder / FILE
        try:
            connection = _opened(path)
        except sqlite3.DatabaseError:
            path.unlink()
            connection = _opened(path)
        with closing(connection):
            yield cls(connection, read_by)

    def edges(self, source: str, sha256: str) -> frozenset[str] | None:
        """The tail lines of a reading of these bytes; None when there is none."""
        found = self._look_up("edges", source, sha256)
        return None if found is None else frozenset(line for line in str(found).split("\n") if line)

    def packed(self, source: str, sha256: str) -> bytes | None:
        """The packed reading of these bytes; None when there is none."""
        found = self._look_up("packed", source, sha256)
        return found if isinstance(found, bytes) else None

    def _look_up(self, column: str, source: str, sha256: str) -> object:
        query = f"SELECT {column} FROM readings WHERE source = ? AND sha256 = ? AND read_by = ?"
        row = self._connection.execute(query, (source, sha256, self._read_by)).fetchone()
        return None if row is None else row[0]

    def keep(self, readings: Sequence[tuple[str, str, bytes, frozenset[str]]]) -> None:
        """Store source, sha256, packed reading and tail lines of each, all or none."""
        rows = [(name, sha, self._read_by, packed, "\n".join(sorted(edges))) for name, sha, packed, edges in readings]
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO readings VALUES (?, ?, ?, ?, ?)", rows)

    def forget(self, sources: Sequence[str]) -> None:
        """Drop the readings of files that are gone."""
        with self._connection:
            self._connection.executemany("DELETE FROM readings WHERE source = ?", [(source,) for source in sources])


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=10.0)
    try:
        connection.execute("PRAGMA secure_delete = ON")  # what was removed or redacted is not left in free pages
        connection.execute("PRAGMA synchronous = OFF")  # a cache: what a power cut damages is made again
        connection.execute(_SCHEMA)
        connection.execute("SELECT count(*) FROM readings").fetchone()
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection

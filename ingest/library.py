"""The library on disk: one SQLite file, the source of truth for documents, sections, units and chunks.

One ingest at a time; what it changes is one transaction, so a reader sees the old or the new state, never a mix.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from config import UserError
from ingest.records import Chunk, Document, Event, Failure, Known
from ingest.tables import FORMAT, SCHEMA, chunks_from, document_from, upgrade

FILE = "library.sqlite"
LOCK = "library.lock"
LOCK_SECONDS = 10.0  # how long to wait for another process that is writing


class Library:
    """Documents of one library folder. ``Library.open`` reads an existing one, ``Library.create`` makes it."""

    def __init__(self, folder: Path) -> None:
        """Wrap ``folder``; nothing is read yet (use ``open`` or ``create``)."""
        self.folder = folder

    @classmethod
    def open(cls, folder: Path) -> Library:
        """An existing library.

        Raises:
            UserError: there is none in ``folder``, or it is damaged or of another format.

        """
        if not (folder / FILE).is_file():
            message = (
                f"There is no library in {folder}. Build one first: "
                f"python -m ingest PATH_TO_DOCUMENTS --library {folder}"
            )
            raise UserError(message)
        library = cls(folder)
        found = library._meta("format")
        if found == "1":
            with library.writing() as connection:
                upgrade(connection)
        elif found != str(FORMAT):
            message = (
                f"The library in {folder} has format {found}; this Rolebook reads format {FORMAT}. "
                "Ingest the documents into a new folder."
            )
            raise UserError(message)
        return library

    @classmethod
    def create(cls, folder: Path) -> Library:
        """The library in ``folder``, made when there is none."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"The library folder {folder} cannot be made: {error.strerror}. Choose another --library folder."
            raise UserError(message) from error
        library = cls(folder)
        if not (folder / FILE).is_file():
            with library.writing() as connection:
                connection.executescript(SCHEMA)
                connection.execute("INSERT OR IGNORE INTO meta VALUES ('format', ?)", (str(FORMAT),))
        return cls.open(folder)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: committed at the end, rolled back on any error.

        Raises:
            UserError: another process is writing to this library.

        """
        with closing(self._connect()) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.DatabaseError as error:
                message = f"The library in {self.folder} cannot be written ({error}). Wait for the other ingest to end."
                raise UserError(message) from error
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.execute("COMMIT") if connection.in_transaction else None

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """One state for everything that is read inside, even while another process writes."""
        try:
            with closing(self._connect()) as connection:
                connection.execute("BEGIN")
                yield connection
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.ProgrammingError):
                raise  # our bug, not the file's
            message = (
                f"The library {self.folder / FILE} cannot be read ({error}). "
                "If no ingest is running, delete that file and ingest again."
            )
            raise UserError(message) from error

    def _connect(self) -> sqlite3.Connection:
        try:
            return sqlite3.connect(self.folder / FILE, timeout=LOCK_SECONDS, isolation_level=None)
        except sqlite3.OperationalError as error:
            message = f"The library {self.folder / FILE} cannot be opened ({error}). Choose another --library folder."
            raise UserError(message) from error

    def _meta(self, key: str) -> str | None:
        with self._reading() as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    @contextmanager
    def ingesting(self) -> Iterator[None]:
        """Keep every other ingest out while one is running; the system lifts this lock when a process is killed.

        Raises:
            UserError: another process is ingesting into this library.

        """
        from filelock import FileLock, Timeout

        lock = FileLock(self.folder / LOCK, timeout=LOCK_SECONDS)
        try:
            lock.acquire()
        except Timeout as error:
            message = (
                f"The library in {self.folder} cannot be written: another ingest is running. "
                "Wait for the other ingest to end, then run the command again."
            )
            raise UserError(message) from error
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def writing_beside_readers(self) -> Iterator[sqlite3.Connection]:
        """``writing`` for many documents: readers go on seeing the old state however long it takes."""
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        try:
            with self.writing() as connection:
                yield connection
        finally:
            with closing(self._connect()) as connection, suppress(sqlite3.OperationalError):
                # back to one file, which can be copied and read from a folder that cannot be written
                connection.execute("PRAGMA journal_mode = DELETE").fetchone()

    @property
    def fingerprint(self) -> str:
        """Names the content: equal documents and chunks, equal fingerprint (16 hex digits)."""
        digest = hashlib.sha256()
        with self._reading() as connection:
            for row in connection.execute("SELECT source, digest FROM documents ORDER BY source"):
                digest.update("\0".join(row).encode())
        return digest.hexdigest()[:16]

    def states(self) -> dict[str, Known]:
        """What is known of each document's file, by source."""
        rows = self._rows("SELECT source, sha256, made_by, root, id FROM documents")
        return {source: Known(*values) for source, *values in rows}

    def failures(self) -> dict[str, Failure]:
        """Files that could not be read at their last ingest, by source."""
        return {source: Failure(*values) for source, *values in self._rows("SELECT * FROM failures ORDER BY source")}

    def edges(self) -> dict[str, frozenset[str]]:
        """Per source: the tail lines that furniture is recognised by."""
        rows = self._rows("SELECT source, edges FROM documents")
        return {source: frozenset(json.loads(edges)) for source, edges in rows}

    def duplicates(self) -> tuple[tuple[tuple[str, float], ...], ...]:
        """Groups of near-identical documents: sources, each with its likeness (0-1) to the first of its group."""
        groups: dict[int, list[tuple[str, float]]] = {}
        for number, _, source, similarity in self._rows("SELECT * FROM duplicates ORDER BY number, place"):
            groups.setdefault(number, []).append((source, similarity))
        return tuple(tuple(members) for _, members in sorted(groups.items()))

    def history(self, identity: str) -> tuple[Event, ...]:
        """What happened to the document with this id, oldest first."""
        query = "SELECT id, event, source, sha256, at FROM history WHERE id = ? ORDER BY number"
        return tuple(Event(*row) for row in self._rows(query, identity))

    def document(self, source: str) -> Document | None:
        """One document; None when the library has none of that name."""
        with self._reading() as connection:
            connection.row_factory = sqlite3.Row
            row = connection.execute("SELECT * FROM documents WHERE source = ?", (source,)).fetchone()
            return None if row is None else document_from(connection, row)

    def documents(self) -> tuple[Document, ...]:
        """All documents in the order of their sources."""
        with self._reading() as connection:
            connection.row_factory = sqlite3.Row
            rows = connection.execute("SELECT * FROM documents ORDER BY source").fetchall()
            return tuple(document_from(connection, row) for row in rows)

    def each_document(self) -> Iterator[Document]:
        """The documents in the order of their sources, one in memory at a time."""
        for source, _ in self.names():
            document = self.document(source)
            if document is not None:  # taken away since
                yield document

    def names(self) -> tuple[tuple[str, str], ...]:
        """Source and role of every document, in the order of the sources."""
        return tuple(self._rows("SELECT source, role FROM documents ORDER BY source"))

    def digests(self) -> dict[str, str]:
        """What names all that is stored of a document, by source."""
        return dict(self._rows("SELECT source, digest FROM documents"))

    def chunk_count(self) -> int:
        """How many chunks there are."""
        return int(self._rows("SELECT count(*) FROM chunks")[0][0])

    def faults(self) -> list[str]:
        """What SQLite itself finds wrong with the file, and rows that belong to no document."""
        found = [text for (text,) in self._rows("PRAGMA integrity_check") if text != "ok"]
        for table in ("sections", "units", "chunks", "duplicates"):
            query = f"SELECT DISTINCT source FROM {table} WHERE source NOT IN (SELECT source FROM documents)"
            found += [f"{source}: {table} without a document" for (source,) in self._rows(query)]
        return found

    def _rows(self, query: str, *values: str) -> list[Any]:
        with self._reading() as connection:
            return connection.execute(query, values).fetchall()

    def chunks(self) -> tuple[Chunk, ...]:
        """All chunks in the order of source and number: the rows of every index."""
        return tuple(self.each_chunk())

    def each_chunk(self) -> Iterator[Chunk]:
        """The same one by one, one document's in memory at a time; ingests wait while this reads."""
        with self._reading() as connection:
            for document in connection.execute("SELECT source, role, text FROM documents ORDER BY source"):
                yield from chunks_from(connection, *document)

    def audiences(self) -> dict[str, str]:
        """Who may read each document, by source."""
        return dict(self._rows("SELECT source, audience FROM documents"))

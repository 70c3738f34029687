"""The library on disk: one SQLite file, the source of truth for documents, sections, units and chunks.

One writer at a time; a whole ingest is one transaction, so a reader sees the old or the new state, never a mix.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path

from config import UserError
from ingest.records import Chunk, Document, Kind, Note, Section, Unit

FILE = "library.sqlite"
FORMAT = 1
LOCK_SECONDS = 10.0  # how long to wait for another process that is writing
# Raised whenever readers, cleaning, structure or chunking change what they make: every file is then read again.
INGEST_VERSION = 7

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    source TEXT PRIMARY KEY, id TEXT NOT NULL, root TEXT NOT NULL, title TEXT NOT NULL, role TEXT NOT NULL,
    text TEXT NOT NULL, sha256 TEXT NOT NULL, made_by TEXT NOT NULL, format TEXT NOT NULL, audience TEXT NOT NULL,
    notes TEXT NOT NULL, edges TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sections (source TEXT, number INTEGER, heading TEXT, kind TEXT, start INTEGER,
    end INTEGER, PRIMARY KEY (source, number));
CREATE TABLE IF NOT EXISTS units (source TEXT, number INTEGER, section INTEGER, kind TEXT, start INTEGER,
    end INTEGER, level INTEGER, header TEXT, PRIMARY KEY (source, number));
CREATE TABLE IF NOT EXISTS chunks (source TEXT, number INTEGER, section INTEGER, start INTEGER, end INTEGER,
    indexed TEXT, PRIMARY KEY (source, number));
"""


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
        if found != str(FORMAT):
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
                connection.executescript(_SCHEMA)
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

    @property
    def fingerprint(self) -> str:
        """Names the content: equal documents and chunks, equal fingerprint (16 hex digits)."""
        digest = hashlib.sha256()
        with self._reading() as connection:
            for row in connection.execute("SELECT source, sha256, made_by, edges FROM documents ORDER BY source"):
                digest.update("\0".join(row).encode())
            for row in connection.execute("SELECT source, number, start, end FROM chunks ORDER BY source, number"):
                digest.update(repr(row).encode())
        return digest.hexdigest()[:16]

    def states(self) -> dict[str, tuple[str, str, str]]:
        """Per source: raw sha256, what made it, and the root folder it was ingested from."""
        with self._reading() as connection:
            rows = connection.execute("SELECT source, sha256, made_by, root FROM documents").fetchall()
        return {source: (sha256, made_by, root) for source, sha256, made_by, root in rows}

    def edges(self) -> dict[str, frozenset[str]]:
        """Per source: the tail lines that furniture is recognised by."""
        with self._reading() as connection:
            rows = connection.execute("SELECT source, edges FROM documents").fetchall()
        return {source: frozenset(json.loads(edges)) for source, edges in rows}

    def documents(self) -> tuple[Document, ...]:
        """All documents in the order of their sources."""
        with self._reading() as connection:
            connection.row_factory = sqlite3.Row
            rows = connection.execute("SELECT * FROM documents ORDER BY source").fetchall()
            return tuple(_document(connection, row) for row in rows)

    def chunks(self) -> tuple[Chunk, ...]:
        """All chunks in the order of source and number: the rows of every index."""
        query = (
            "SELECT c.*, s.heading, s.kind, d.role, substr(d.text, c.start + 1, c.end - c.start) AS text FROM chunks c "
            "JOIN sections s ON s.source = c.source AND s.number = c.section "
            "JOIN documents d ON d.source = c.source ORDER BY c.source, c.number"
        )
        with self._reading() as connection:
            connection.row_factory = sqlite3.Row
            rows = connection.execute(query).fetchall()
        return tuple(
            Chunk(
                id=f"{row['source']}#{row['number']}",
                source=row["source"],
                section=row["section"],
                heading=tuple(json.loads(row["heading"])),
                kind=Kind(row["kind"]),
                role=row["role"],
                start=row["start"],
                end=row["end"],
                text=row["text"],
                indexed=row["indexed"],
            )
            for row in rows
        )


def _document(connection: sqlite3.Connection, row: sqlite3.Row) -> Document:
    text, source = row["text"], row["source"]
    sections = connection.execute("SELECT * FROM sections WHERE source = ? ORDER BY number", (source,)).fetchall()
    units = connection.execute("SELECT * FROM units WHERE source = ? ORDER BY number", (source,)).fetchall()
    return Document(
        id=row["id"],
        source=source,
        title=row["title"],
        role=row["role"],
        text=text,
        sha256=row["sha256"],
        format=row["format"],
        audience=row["audience"],
        notes=tuple(Note(**note) for note in json.loads(row["notes"])),
        sections=tuple(
            Section(
                s["number"], tuple(json.loads(s["heading"])), Kind(s["kind"]), s["start"], s["end"],
                text[s["start"] : s["end"]],
            )
            for s in sections
        ),
        units=tuple(
            Unit(
                u["number"], u["section"], u["kind"], u["start"], u["end"], text[u["start"] : u["end"]], u["level"],
                tuple(json.loads(u["header"])),
            )
            for u in units
        ),
    )  # fmt: skip


def remove(connection: sqlite3.Connection, source: str) -> None:
    """Take a document and everything made of it out of the library."""
    for table in ("documents", "sections", "units", "chunks"):
        connection.execute(f"DELETE FROM {table} WHERE source = ?", (source,))


def replace(
    connection: sqlite3.Connection,
    document: Document,
    chunks: Sequence[Chunk],
    *,
    root: str,
    made_by: str,
    edges: frozenset[str],
) -> None:
    """Put a document in, in place of an older one with the same source."""
    remove(connection, document.source)
    connection.execute(
        "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            document.source, document.id, root, document.title, document.role, document.text, document.sha256, made_by,
            document.format, document.audience, json.dumps([asdict(n) for n in document.notes], ensure_ascii=False),
            json.dumps(sorted(edges), ensure_ascii=False),
        ),
    )  # fmt: skip
    connection.executemany(
        "INSERT INTO sections VALUES (?, ?, ?, ?, ?, ?)",
        [
            (document.source, s.index, json.dumps(s.heading, ensure_ascii=False), s.kind.value, s.start, s.end)
            for s in document.sections
        ],
    )
    connection.executemany(
        "INSERT INTO units VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (document.source, u.index, u.section, u.kind, u.start, u.end, u.level,
             json.dumps(u.header, ensure_ascii=False))
            for u in document.units
        ],
    )  # fmt: skip
    connection.executemany(
        "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?)",
        [(c.source, number, c.section, c.start, c.end, c.indexed) for number, c in enumerate(chunks)],
    )

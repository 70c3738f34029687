"""The library's tables, and how documents become their rows and come back.

A document's text is stored once; sections, units and chunks are spans of it.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ingest.records import Chunk, Document, Kind, Note, Section, Unit

FORMAT = 2
SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    source TEXT PRIMARY KEY, id TEXT NOT NULL, root TEXT NOT NULL, title TEXT NOT NULL, role TEXT NOT NULL,
    text TEXT NOT NULL, sha256 TEXT NOT NULL, made_by TEXT NOT NULL, format TEXT NOT NULL, audience TEXT NOT NULL,
    notes TEXT NOT NULL, edges TEXT NOT NULL, level TEXT NOT NULL DEFAULT '', code TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '', dates TEXT NOT NULL DEFAULT '[]', personal TEXT NOT NULL DEFAULT '[]',
    pages TEXT NOT NULL DEFAULT '[]', reader TEXT NOT NULL DEFAULT '', signature BLOB NOT NULL DEFAULT x'',
    digest TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS sections (source TEXT, number INTEGER, heading TEXT, kind TEXT, start INTEGER,
    end INTEGER, PRIMARY KEY (source, number));
CREATE TABLE IF NOT EXISTS units (source TEXT, number INTEGER, section INTEGER, kind TEXT, start INTEGER,
    end INTEGER, level INTEGER, header TEXT, PRIMARY KEY (source, number));
CREATE TABLE IF NOT EXISTS chunks (source TEXT, number INTEGER, section INTEGER, start INTEGER, end INTEGER,
    indexed TEXT, PRIMARY KEY (source, number));
CREATE TABLE IF NOT EXISTS failures (source TEXT PRIMARY KEY, sha256 TEXT NOT NULL, made_by TEXT NOT NULL,
    root TEXT NOT NULL, message TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS duplicates (number INTEGER NOT NULL, place INTEGER NOT NULL, source TEXT PRIMARY KEY,
    likeness REAL NOT NULL);
CREATE TABLE IF NOT EXISTS history (number INTEGER PRIMARY KEY, id TEXT NOT NULL, event TEXT NOT NULL,
    source TEXT NOT NULL, sha256 TEXT NOT NULL, at TEXT NOT NULL);
"""
# What format 1 did not have; a library of that format is brought up to date where it stands.
_SINCE_FORMAT_2 = ("level", "code", "language", "dates", "personal", "pages", "reader", "signature", "digest")


@dataclass(frozen=True, slots=True)
class Rows:
    """A document as rows; ``document`` maps columns to values, the others are in the order of their columns.

    ``digest`` names everything in them. The document's id is not part of it: that depends on the file's history.
    """

    source: str
    document: dict[str, str]
    sections: list[tuple[Any, ...]]
    units: list[tuple[Any, ...]]
    chunks: list[tuple[Any, ...]]
    digest: str


def rows_of(document: Document, chunks: Sequence[Chunk]) -> Rows:
    """The rows of a document and its chunks."""
    source = document.source
    columns = {
        "source": source,
        "title": document.title,
        "role": document.role,
        "text": document.text,
        "sha256": document.sha256,
        "format": document.format,
        "audience": document.audience,
        "notes": _json([[note.step, note.count, note.detail] for note in document.notes]),
        "level": document.level,
        "code": document.code,
        "language": document.language,
        "dates": _json(document.dates),
        "personal": _json(document.personal),
        "pages": _json(document.pages),
        "reader": document.reader,
    }
    sections = [(source, s.index, _json(s.heading), s.kind.value, s.start, s.end) for s in document.sections]
    units = [
        (source, u.index, u.section, u.kind, u.start, u.end, u.level, _json(u.header)) for u in document.units
    ]  # fmt: skip
    packed = [(source, number, c.section, c.start, c.end, c.indexed) for number, c in enumerate(chunks)]
    digest = hashlib.sha256(repr((sorted(columns.items()), sections, units, packed)).encode()).hexdigest()[:32]
    return Rows(source, columns, sections, units, packed, digest)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def upgrade(connection: sqlite3.Connection) -> None:
    """Bring the tables of an older format to this one; nothing is lost, the documents are read again when ingested."""
    present = {row[1] for row in connection.execute("PRAGMA table_info(documents)")}
    for statement in SCHEMA.split(";"):
        connection.execute(statement)
    for name in _SINCE_FORMAT_2:
        if name not in present:
            empty = {"dates": "'[]'", "personal": "'[]'", "pages": "'[]'", "signature": "x''"}.get(name, "''")
            kind = "BLOB" if name == "signature" else "TEXT"
            connection.execute(f"ALTER TABLE documents ADD COLUMN {name} {kind} NOT NULL DEFAULT {empty}")
    notes = connection.execute("SELECT source, notes FROM documents").fetchall()
    for source, text in notes:
        rows = [[n["step"], n["count"], n["detail"]] if isinstance(n, dict) else n for n in json.loads(text)]
        connection.execute("UPDATE documents SET notes = ? WHERE source = ?", (_json(rows), source))
    connection.execute("UPDATE meta SET value = ? WHERE key = 'format'", (str(FORMAT),))


def remove(connection: sqlite3.Connection, source: str) -> None:
    """Take a document and everything made of it out of the library."""
    for table in ("documents", "sections", "units", "chunks", "duplicates"):
        connection.execute(f"DELETE FROM {table} WHERE source = ?", (source,))


@dataclass(frozen=True, slots=True)
class Place:
    """What the library knows of a document beside what was made of its file."""

    id: str
    root: str
    made_by: str
    edges: frozenset[str]


def replace(connection: sqlite3.Connection, rows: Rows, place: Place, signature: bytes) -> None:
    """Put a document in, in place of an older one with the same source."""
    remove(connection, rows.source)
    values: dict[str, object] = {
        **rows.document,
        "id": place.id,
        "root": place.root,
        "made_by": place.made_by,
        "edges": _json(sorted(place.edges)),
        "signature": signature,
        "digest": rows.digest,
    }
    marks = ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO documents ({', '.join(values)}) VALUES ({marks})", list(values.values()))
    connection.executemany("INSERT INTO sections VALUES (?, ?, ?, ?, ?, ?)", rows.sections)
    connection.executemany("INSERT INTO units VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows.units)
    connection.executemany("INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?)", rows.chunks)


def remember(connection: sqlite3.Connection, identity: str, event: str, source: str, sha256: str) -> None:
    """One line of a document's history."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    row = (identity, event, source, sha256, now)
    connection.execute("INSERT INTO history (id, event, source, sha256, at) VALUES (?, ?, ?, ?, ?)", row)


def document_from(connection: sqlite3.Connection, row: sqlite3.Row) -> Document:
    """The document of a row, with its sections and units."""
    text, source = row["text"], row["source"]
    sections = connection.execute("SELECT * FROM sections WHERE source = ? ORDER BY number", (source,)).fetchall()
    units = connection.execute("SELECT * FROM units WHERE source = ? ORDER BY number", (source,)).fetchall()
    return Document(
        **{name: row[name] for name in _AS_THEY_ARE},
        notes=tuple(Note(*note) for note in json.loads(row["notes"])),
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
        dates=tuple((kind, date) for kind, date in json.loads(row["dates"])),
        personal=tuple((kind, count) for kind, count in json.loads(row["personal"])),
        pages=tuple(json.loads(row["pages"])),
    )  # fmt: skip


def chunks_from(connection: sqlite3.Connection, source: str, role: str, text: str) -> Iterator[Chunk]:
    """The chunks of one document, in order."""
    rows = connection.execute("SELECT number, heading, kind FROM sections WHERE source = ?", (source,))
    sections = {number: (tuple(json.loads(heading)), Kind(kind)) for number, heading, kind in rows}
    query = "SELECT number, section, start, end, indexed FROM chunks WHERE source = ? ORDER BY number"
    for number, section, start, end, indexed in connection.execute(query, (source,)):
        heading, kind = sections[section]
        yield Chunk(f"{source}#{number}", source, section, heading, kind, role, start, end, text[start:end], indexed)


_AS_THEY_ARE = (
    *("id", "source", "title", "role", "text", "sha256", "format", "audience", "level", "code", "language", "reader"),
)

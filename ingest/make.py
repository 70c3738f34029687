"""One file to one document: the two steps that a reading process does, each a function of its request alone.

Reading (bytes to cleaned blocks) needs the file only. Making (blocks to a document with sections, units and chunks)
needs to know what the other documents repeat, so it comes when all are read.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from config import Config, UserError
from ingest.audience import audience_notes, audience_of
from ingest.chunk import chunks_of
from ingest.dates import dates_of
from ingest.duplicates import signature
from ingest.facts import language_of_document, merge
from ingest.fields import class_code, fields_of
from ingest.furniture import drop_furniture, edge_lines
from ingest.identity import name_document
from ingest.language import language_of
from ingest.levels import level_of
from ingest.personal import counts, personal_data
from ingest.readers import read
from ingest.records import Document, FileReport, Note
from ingest.redaction import redact_blocks
from ingest.structure import structure
from ingest.tables import Rows, rows_of
from ingest.wire import pack, unpack


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """Read the file at ``path``."""

    source: str
    path: str
    settings: Config


@dataclass(frozen=True, slots=True)
class Read:
    """A file's reading, packed, and the sha256 of the very bytes that were read."""

    sha256: str
    packed: bytes
    edges: frozenset[str]


@dataclass(frozen=True, slots=True)
class MakeRequest:
    """Make the document of a packed reading; ``repeated`` holds its tail lines that other documents have too."""

    source: str
    sha256: str
    packed: bytes
    repeated: frozenset[str]
    settings: Config


@dataclass(frozen=True, slots=True)
class Made:
    """A document's rows, its near-duplicate signature and what the report says of it (but for what became of it)."""

    rows: Rows
    signature: bytes
    report: FileReport


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file is not in the library: one paragraph for the report."""

    message: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reading process found, and the seconds it took."""

    found: Read | Made | Refusal
    seconds: float


def read_file(request: ReadRequest) -> Read | Refusal:
    """Bytes to cleaned blocks; a file that cannot be read is a refusal."""
    source, limits = request.source, request.settings.ingest
    try:
        data = Path(request.path).read_bytes()
    except OSError as error:
        return Refusal(unopened(source, error))
    try:
        reading = read(source, data, limits)
        if limits.redact:
            reading = redact_blocks(reading)
    except UserError as error:
        return Refusal(str(error))
    edges = edge_lines(reading.blocks) if reading.format == "text" else frozenset()
    return Read(hashlib.sha256(data).hexdigest(), pack(reading), edges)


def unopened(source: str, error: OSError) -> str:
    """What to say of a file that the system does not let us open."""
    return f"{source} cannot be opened: {error.strerror}. Check its permissions and ingest again."


def make_document(request: MakeRequest) -> Made | Refusal:
    """Blocks to a document without furniture, with sections, units, chunks and what is known about it."""
    reading = unpack(request.packed)
    blocks, notes = reading.blocks, reading.notes
    if reading.format == "text":  # the other formats tell furniture by their markup
        blocks, dropped = drop_furniture(blocks, request.repeated)
        notes += dropped
    title, role, blocks = name_document(request.source, reading.title, blocks)
    made = structure(blocks)
    if not made.units:
        return Refusal(f"{request.source} holds no text after cleaning. Check that it is the right file.")
    facts, said = merge(reading.facts)
    declared = dict(reading.facts).get("language", "")
    language, also = language_of_document(declared, language_of(made.text))
    notes += said + also + audience_notes(facts)
    document = Document(
        id="",  # the library gives it (store.py)
        source=request.source,
        title=title,
        role=role,
        text=made.text,
        sha256=request.sha256,
        format=reading.format,
        audience=audience_of(request.source, facts, request.settings.ingest.audiences),
        notes=notes,
        sections=made.sections,
        units=made.units,
        level=level_of(role),
        code=class_code(fields_of(blocks)) if role else "",
        language=language,
        dates=dates_of(facts, made.text, language=declared if "-" in declared else language),
        personal=tuple(counts(personal_data(made.text)).items()),
        pages=made.pages,
        reader=reading.reader,
    )
    rows = rows_of(document, chunks_of(document, request.settings.chunks))
    return Made(rows, signature(made.text), _report(document))


def _report(document: Document) -> FileReport:
    return FileReport(
        source=document.source,
        status="",
        format=document.format,
        title=document.title,
        role=document.role,
        characters=len(document.text),
        sections=len(document.sections),
        units=len(document.units),
        notes=document.notes,
    )


def note_line(note: Note) -> str:
    """A note as the commands print it.

    >>> note_line(Note("drop_tail", 3, "Newest first"))
    'drop_tail: 3 (Newest first)'
    """
    return f"{note.step}: {note.count}{f' ({note.detail})' if note.detail else ''}"

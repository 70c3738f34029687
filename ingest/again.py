"""``python -m ingest show --changes``: read a document's file again and print every change on the way to its text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from config import Config, UserError
from ingest.clean import STEPS, TEXT_STEPS
from ingest.encodings import decode
from ingest.furniture import drop_furniture, repeated_lines
from ingest.library import Library
from ingest.make import Made, MakeRequest, Read, ReadRequest, note_line
from ingest.plan import made_by
from ingest.readers.front_matter import split_front_matter
from ingest.records import Document
from ingest.replay import changes, shown
from ingest.wire import unpack
from ingest.worker import answer

_STEPS = {"text": TEXT_STEPS, "markdown": STEPS}  # cleaned before anything else; of others each block is cleaned


def changes_of(library: Library, document: Document, settings: Config) -> Iterator[str]:
    """A line for each change, and whether the file makes the stored document again.

    Raises:
        UserError: the file is gone or has changed, or the settings are others.

    """
    known = library.states()[document.source]
    path = Path(known.root) / document.source
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be opened: {error.strerror}. Its changes cannot be shown without the file."
        raise UserError(message) from error
    if hashlib.sha256(data).hexdigest() != known.sha256:
        message = f"{path} has changed since it was ingested. Ingest it again, then ask for its changes."
        raise UserError(message)
    if known.made_by != made_by(settings):
        message = f"{document.source} was ingested with other settings. Name their --profile, or ingest it again."
        raise UserError(message)
    steps = _STEPS.get(document.format)
    yield "What its reader and cleaning did:" if steps is None else "Changes to its characters:"
    if steps is not None:
        text = decode(document.source, data)
        _, _, body = split_front_matter(text)
        above = text.count("\n", 0, len(text) - len(body))
        for change in changes(body, steps):
            yield f"  {shown(replace(change, line=change.line + above))}"
    yield from (f"  {note_line(note)}" for note in document.notes)
    digest, dropped = _again(library, document.source, path, settings)
    yield from ["Dropped as the site's, not the document's:"] * bool(dropped)
    yield from (f"  {line}" for line in dropped)
    yield "Read again, the file makes the same document." if digest == library.digests()[document.source] else (
        "Read again, the file makes ANOTHER document: ingest it anew, and report this as a fault of Rolebook."
    )


def _again(library: Library, source: str, path: Path, settings: Config) -> tuple[str, tuple[str, ...]]:
    """What names all that the file makes now, beside the library's other documents, and the lines that are dropped."""
    read = answer(ReadRequest(source, str(path), settings)).found
    if not isinstance(read, Read):
        return "", ()
    repeated = repeated_lines({**library.edges(), source: read.edges})[source]
    made = answer(MakeRequest(source, read.sha256, read.packed, repeated, settings)).found
    reading = unpack(read.packed)
    kept, _ = drop_furniture(reading.blocks, repeated) if reading.format == "text" else (reading.blocks, ())
    left = {id(block) for block in kept}
    dropped = tuple(block.text for block in reading.blocks if id(block) not in left)
    return made.rows.digest if isinstance(made, Made) else "", dropped

"""``python -m ingest check``: is the library whole? Every file, span, count and digest is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from ingest.library import Library
from ingest.records import Chunk, Document
from ingest.tables import rows_of


def faults_of(library: Library) -> Iterator[str]:
    """One line for each thing that is not as an ingest leaves it; none for a whole library."""
    yield from library.faults()
    digests = library.digests()
    chunks = {source: list(group) for source, group in groupby(library.chunks(), key=lambda chunk: chunk.source)}
    for document in library.each_document():
        own = chunks.pop(document.source, [])
        yield from _spans(document, own)
        if digests.get(document.source) != rows_of(document, own).digest:
            yield f"{document.source}: its rows are not those that were stored"
    yield from (f"{source}: chunks without a document" for source in chunks)


def _spans(document: Document, chunks: list[Chunk]) -> Iterator[str]:
    places = {
        "section": [(part.start, part.end) for part in document.sections],
        "unit": [(part.start, part.end) for part in document.units],
        "chunk": [(part.start, part.end) for part in chunks],
    }
    for name, spans in places.items():
        for number, (start, end) in enumerate(spans):
            if not 0 <= start < end <= len(document.text):
                yield f"{document.source}: {name} {number} is not a span of the text"
    if not document.units or not chunks:
        yield f"{document.source}: no units or no chunks"
    for number, unit in enumerate(document.units):
        if unit.index != number or not 0 <= unit.section < len(document.sections):
            yield f"{document.source}: unit {number} has no place"

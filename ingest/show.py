"""``python -m ingest show``: what became of one file: its heading tree, what is known about it and what was changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from difflib import get_close_matches
from typing import Any

from config import UserError
from ingest.library import Library
from ingest.make import note_line
from ingest.records import Document, Section, Unit

_WIDTH = 12


def find_document(library: Library, source: str) -> Document:
    """The document called ``source``, also by the end of its path or by its role.

    Raises:
        UserError: there is none, it could not be read, or several fit; says which there are.

    """
    found = library.document(source)
    if found is not None:
        return found
    failure = library.failures().get(source)
    if failure is not None:
        message = f"{source} is not in the library: {failure.message}"
        raise UserError(message)
    names = library.names()
    fitting = [name for name, role in names if name.endswith(f"/{source}") or role.lower() == source.lower()]
    if len(fitting) == 1:
        document = library.document(fitting[0])
        if document is not None:
            return document
    near = fitting if fitting else get_close_matches(source, [name for name, _ in names], n=5, cutoff=0.4)
    known = ", ".join(near if near else [name for name, _ in names[:5]])
    message = f"There is no document '{source}' in {library.folder}. Near it: {known}."
    raise UserError(message)


def as_table(library: Library, document: Document) -> dict[str, Any]:
    """The same as plain JSON values, without the text."""
    table = asdict(document)
    del table["text"]
    table["history"] = [asdict(event) for event in library.history(document.id)]
    table["near_duplicates"] = [{"source": s, "likeness": likeness} for s, likeness in like(library, document.source)]
    return table


def as_lines(library: Library, document: Document) -> Iterator[str]:
    """A page for people: facts, heading tree with unit counts, notes, history."""
    yield f"{document.source}: {document.title}"
    yield from _facts(document)
    for source, likeness in like(library, document.source):
        yield _fact("near copy", f"{source} ({likeness:.2f} alike)")
    yield ""
    yield f"{len(document.sections)} sections, {len(document.units)} units, {len(document.text):,} characters"
    yield from _tree(document.sections, document.units)
    yield ""
    yield "What cleaning did:" if document.notes else "Cleaning changed nothing."
    for note in document.notes:
        yield f"  {note_line(note)}"
    yield "History:"
    for event in library.history(document.id):
        yield f"  {event.at}  {event.event:<8} {event.source}"


def like(library: Library, source: str) -> list[tuple[str, float]]:
    """The near copies of a document, each with its likeness to the first of their group."""
    for group in library.duplicates():
        if source in {member for member, _ in group}:
            return [member for member in group if member[0] != source]
    return []


def _facts(document: Document) -> Iterator[str]:
    facts = {
        "role": ", ".join(part for part in (document.role, document.level) if part),
        "code": document.code,
        "format": ", ".join(part for part in (document.format, document.reader) if part),
        "language": document.language,
        "audience": document.audience,
        "dates": ", ".join(f"{kind} {date}" for kind, date in document.dates),
        "pages": str(len(document.pages)) if document.pages else "",
        "personal": ", ".join(f"{count} {kind}" for kind, count in document.personal),
        "sha256": document.sha256,
        "id": document.id,
    }
    yield from (_fact(name, value) for name, value in facts.items() if value)


def _fact(name: str, value: str) -> str:
    return f"  {name:<{_WIDTH}}{value}"


def _tree(sections: Sequence[Section], units: Sequence[Unit]) -> Iterator[str]:
    counts: dict[int, Counter[str]] = {section.index: Counter() for section in sections}
    for unit in units:
        counts[unit.section][unit.kind] += 1
    for section in sections:
        name = section.heading[-1] if section.heading else "(before the first heading)"
        counted = sorted(counts[section.index].items())
        found = ", ".join(f"{count} {kind}{'s' * (count != 1)}" for kind, count in counted)
        yield f"  {'  ' * max(len(section.heading) - 1, 0)}{name}  [{section.kind.value}]  {found}"

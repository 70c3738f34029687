"""``python -m ingest report``: a library at a glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from ingest.library import Library

_SHORT = 200  # characters: a document with less is looked at again
_DOUBTFUL = frozenset({"ocr", "no_text", "undecodable", "unmapped_letters"})  # notes on text that may be wrong or lost
_MOST = 20  # lines of one kind that are printed; --json has all


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts over all documents, and what somebody should look at."""

    folder: str
    documents: int
    roles: int
    characters: int
    sections: int
    units: int
    chunks: int
    formats: dict[str, int]
    languages: dict[str, int]
    audiences: dict[str, int]
    levels: dict[str, int]
    personal: dict[str, int]
    warnings: dict[str, list[str]]
    failures: dict[str, str]
    near_duplicates: list[list[tuple[str, float]]]


def overview(library: Library) -> Overview:
    """Read the library once and count."""
    formats: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    audiences: Counter[str] = Counter()
    levels: Counter[str] = Counter()
    personal: Counter[str] = Counter()
    warnings: dict[str, list[str]] = {}
    totals: Counter[str] = Counter()
    for document in library.each_document():
        totals += Counter(
            documents=1, roles=int(document.role != ""), characters=len(document.text),
            sections=len(document.sections), units=len(document.units),
        )  # fmt: skip
        formats[document.format] += 1
        languages[document.language if document.language else "not told"] += 1
        audiences[document.audience] += 1
        if document.level:
            levels[document.level] += 1
        personal.update(dict(document.personal))
        found = [note.step for note in document.notes if note.step in _DOUBTFUL]
        found += ["very short"] if len(document.text) < _SHORT else []
        found += ["no headings"] if not any(section.heading for section in document.sections) else []
        for warning in found:
            warnings.setdefault(warning, []).append(document.source)
    return Overview(
        folder=str(library.folder),
        documents=totals["documents"],
        roles=totals["roles"],
        characters=totals["characters"],
        sections=totals["sections"],
        units=totals["units"],
        chunks=library.chunk_count(),
        formats=_sorted(formats),
        languages=_sorted(languages),
        audiences=_sorted(audiences),
        levels=_sorted(levels),
        personal=_sorted(personal),
        warnings=dict(sorted(warnings.items())),
        failures={source: failure.message for source, failure in library.failures().items()},
        near_duplicates=[list(group) for group in library.duplicates()],
    )


def _sorted(counts: Counter[str]) -> dict[str, int]:
    """The most frequent first."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def as_table(found: Overview) -> dict[str, object]:
    """The overview as plain JSON values."""
    return asdict(found)


def as_lines(found: Overview) -> Iterator[str]:
    """The overview as a page for people."""
    yield f"{found.folder}: {found.documents:,} documents, {found.roles:,} of them about a role"
    parts = ("characters", "sections", "units", "chunks")
    yield "  " + ", ".join(f"{getattr(found, part):,} {part}" for part in parts)
    for name in ("formats", "languages", "audiences", "levels", "personal"):
        counts: dict[str, int] = getattr(found, name)
        if counts:
            yield f"  {name:<12}{', '.join(f'{count:,} {what}' for what, count in counts.items())}"
    for warning, sources in found.warnings.items():
        yield f"Warning, {warning}: {len(sources)}"
        yield from _few([f"  {source}" for source in sources])
    yield f"Near-duplicates: {len(found.near_duplicates)} groups"
    lines = [
        "  " + ", ".join([group[0][0], *(f"{source} ({likeness:.2f})" for source, likeness in group[1:])])
        for group in found.near_duplicates
    ]
    yield from _few(lines)
    yield f"Failures: {len(found.failures)}"
    yield from _few([f"  {message}" for message in found.failures.values()])


def _few(lines: list[str]) -> Iterator[str]:
    yield from lines[:_MOST]
    if len(lines) > _MOST:
        yield f"  … and {len(lines) - _MOST} more (--json lists all)"

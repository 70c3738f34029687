"""What is said about the pages of a PDF: which were recognised, which have no text, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from config import IngestConfig
from ingest.readers import ocr
from ingest.readers.pdf_layout import Line
from ingest.readers.pdf_page import Page
from ingest.records import Note


@dataclass(slots=True)
class ReadPages:
    """What has been read so far."""

    pages: list[tuple[Page, list[Line]]] = field(default_factory=list)  # and the lines that OCR found
    notes: list[Note] = field(default_factory=list)
    recognised: list[int] = field(default_factory=list)
    without_text: list[int] = field(default_factory=list)
    late: list[int] = field(default_factory=list)  # scanned pages for which no time was left
    damaged: list[int] = field(default_factory=list)
    doubtful: int = 0
    confidence: float = 0.0
    unmapped: int = 0
    looked: bool = False  # for Tesseract
    engine: str = ""  # Tesseract's name and version
    pictures: list[int] = field(default_factory=list)  # pages with text and a picture that was not read


def no_text(name: str, pages: int, read: ReadPages, limits: IngestConfig) -> str:
    """The one line for a file without any text: why there is none and what to do."""
    if read.late:
        return (
            f"{name} is scanned; {limits.max_seconds:g} seconds were too few to recognise its {pages} page(s). "
            "Raise ingest.max_seconds in the profile, or split it."
        )
    if not read.without_text:
        return f"{name} shows nothing on its {pages} page(s): nothing to read. Remove it, or export it again."
    if read.engine:
        return f"{name} holds no text, and OCR finds none on its {pages} page(s). Remove it, or scan it again."
    how = f"Install OCR: {ocr.INSTALL}" if limits.ocr else "Set ingest.ocr = true in the profile"
    return f"{name} is scanned, no text on its {pages} page(s). {how}, and ingest it again."


def page_notes(read: ReadPages, limits: IngestConfig) -> tuple[Note, ...]:
    """What a reader should know about pages that were recognised, or were not read in full."""
    notes: list[Note] = []
    if read.recognised:
        mean = read.confidence / len(read.recognised)
        detail = f"pages {_ranges(read.recognised)}, confidence {mean:.0f} of 100"
        notes.append(Note("ocr", len(read.recognised), detail))
    if read.doubtful:
        notes.append(Note("drop_pdf", read.doubtful, "words that OCR could hardly read"))
    if read.without_text:
        absent = f"for scans install OCR: {ocr.INSTALL}" if limits.ocr else "OCR is off"
        how = "OCR finds none" if read.engine else absent
        notes.append(Note("no_text", len(read.without_text), f"pages {_ranges(read.without_text)}: {how}"))
    if read.late:
        detail = f"scanned pages {_ranges(read.late)}, not recognised in time; raise ingest.max_seconds"
        notes.append(Note("no_text", len(read.late), detail))
    if read.damaged:
        notes.append(Note("no_text", len(read.damaged), f"damaged pages {_ranges(read.damaged)}"))
    if read.pictures:
        detail = f"pages {_ranges(read.pictures)}: text inside these pictures is not read"
        notes.append(Note("pictures", len(read.pictures), detail))
    if read.unmapped:
        notes.append(Note("unmapped_letters", read.unmapped, "the file does not tell which letters these glyphs are"))
    return tuple(notes)


def _ranges(pages: Sequence[int]) -> str:
    """Page numbers, those in a row as one.

    >>> _ranges([1, 2, 3, 7])
    '1-3, 7'
    """
    parts: list[list[int]] = []
    for page in pages:
        if parts and page == parts[-1][-1] + 1:
            parts[-1].append(page)
        else:
            parts.append([page])
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)

"""PDF files: text with its structure, scanned pages by OCR, and one clear line for what cannot be read.

PDFium (BSD-3-Clause) reads, by pypdfium2; see benchmarks/pdf_libraries.py for the comparison. What this does not do:
structure trees of tagged PDFs, dynamic XFA forms, signatures.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from config import IngestConfig, UserError
from ingest.clean import clean_blocks
from ingest.readers import ocr
from ingest.readers.pdf_blocks import blocks_of_lines
from ingest.readers.pdf_drawings import name_dots, read_drawings
from ingest.readers.pdf_extras import add_annotations, attachments, facts_of
from ingest.readers.pdf_headings import body_size
from ingest.readers.pdf_hidden import drop_hidden
from ingest.readers.pdf_layout import Line, lines_of, rows_across
from ingest.readers.pdf_page import CUT, Box, Page, read_page
from ingest.readers.pdf_report import ReadPages, no_text, page_notes
from ingest.readers.pdf_running import mark_feet, running_lines
from ingest.readers.pdf_tables import tables_of
from ingest.readers.pdf_text import expand_ligatures, name_bullet
from ingest.records import Note, Reading

_MOSTLY_UNMAPPED = 0.3  # of a page's letters
_FEW_CHARACTERS = 100  # on a page that a picture covers: a stamp or a page number
_COVERED = 0.5  # of the page
_NOTABLE = 0.05  # of the page: a picture that may hold text
_OCR_SHARE = 0.7  # of the seconds for a file


def read_pdf(name: str, data: bytes, limits: IngestConfig) -> Reading:
    """A PDF as it is shown: blocks with their pages, in reading order.

    Raises:
        UserError: locked, damaged, without pages, too many pages, or scanned without text where OCR is off or absent.

    """
    document = _open(name, data)
    try:
        if len(document) > limits.max_pages:
            message = (
                f"{name} has {len(document):,} pages; at most {limits.max_pages:,} are read. "
                "Split it, or raise ingest.max_pages in the profile."
            )
            raise UserError(message)
        if len(document) == 0:
            message = f"{name} is a PDF without pages: there is nothing to read. Export it again."
            raise UserError(message)
        read = _read_pages(document, limits)
        return _reading(name, document, read, limits)
    finally:
        document.close()


def _open(name: str, data: bytes) -> Any:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            message = f"{name} is locked with a password. Save a copy without the password and ingest that."
        elif "security" in str(error).lower():
            message = f"{name} is locked in a way that is not known here. Save an open copy and ingest that."
        else:
            message = f"{name} is a damaged PDF ({str(error).rstrip('.')}). Export it again and ingest that."
        raise UserError(message) from error
    try:
        document.init_forms()
    except pypdfium2.PdfiumError:
        pass  # a broken form: the pages' own text can still be read
    return document


def _read_pages(document: Any, limits: IngestConfig) -> ReadPages:
    import pypdfium2

    read = ReadPages()
    deadline = time.monotonic() + _OCR_SHARE * limits.max_seconds
    hidden: dict[str, tuple[int, str]] = {}
    for index in range(len(document)):
        try:
            page = document[index]
        except pypdfium2.PdfiumError:
            read.damaged.append(index + 1)
            continue
        try:
            seen = _see(document, page, index + 1)
        except pypdfium2.PdfiumError:
            read.damaged.append(index + 1)
            page.close()
            continue
        try:
            for reason, count in seen.dropped.items():
                before, quoted = hidden.get(reason, (0, seen.examples.get(reason, "")))
                hidden[reason] = (before + count, quoted)
            read.unmapped += seen.unmapped
            found: list[Line] = []
            if _needs_ocr(seen):
                found = _recognise(page, seen, read, limits, deadline)
            elif any(_share(box, seen) > _NOTABLE for box in seen.images):
                read.pictures.append(index + 1)
            read.pages.append((seen, found))
        finally:
            page.close()
    for reason, (count, quoted) in hidden.items():
        label = reason if reason in ("comment", CUT) else f"hidden, {reason}"
        read.notes.append(Note("drop_pdf", count, f"{label}: {quoted}"))
    return read


def _see(document: Any, page: Any, number: int) -> Page:
    seen = read_page(page, number)
    read_drawings(page, seen)
    drop_hidden(page, seen)
    name_dots(seen)
    seen.words = [replace(word, text=expand_ligatures(word.text)) for word in seen.words]
    form = document.formenv
    add_annotations(page, form.raw if form is not None else None, seen)
    return seen


def _needs_ocr(page: Page) -> bool:
    """Whether a page may show text that the file does not hold: pictures, at most a stamp, letters without codes."""
    if page.characters and page.unmapped > _MOSTLY_UNMAPPED * page.characters:
        return True
    if not page.words:
        return page.drawn > 0  # a scan, or letters drawn as shapes
    few = sum(len(word.text) for word in page.words) <= _FEW_CHARACTERS
    return few and sum(_share(box, page) for box in page.images) > _COVERED


def _share(box: Box, page: Page) -> float:
    """The part of the page that a picture covers, 0-1."""
    across = min(box.x1, page.width) - max(box.x0, 0.0)
    down = min(box.bottom, page.height) - max(box.top, 0.0)
    return max(across, 0.0) * max(down, 0.0) / max(page.width * page.height, 1.0)


def _recognise(page: Any, seen: Page, read: ReadPages, limits: IngestConfig, deadline: float) -> list[Line]:
    """Lines that OCR finds where the page has no words of its own; words without letters make way for them."""
    if limits.ocr and not read.looked:
        read.looked, read.engine = True, ocr.installed()
    found = ocr.recognise(page, seen.number, deadline) if read.engine else None
    if found is None or not found.lines:
        late = bool(read.engine) and found is None and time.monotonic() >= deadline
        (read.late if late else read.without_text).append(seen.number)
        return []
    if seen.unmapped > _MOSTLY_UNMAPPED * seen.characters:
        seen.words = []
    read.doubtful += found.doubtful
    read.confidence += found.confidence
    read.recognised.append(seen.number)
    return [line for line in found.lines if not any(line.box.holds(word.box) for word in seen.words)]


def _reading(name: str, document: Any, read: ReadPages, limits: IngestConfig) -> Reading:
    if read.damaged and not read.pages:
        message = f"{name} is a damaged PDF (none of its {len(read.damaged)} pages can be read). Export it again."
        raise UserError(message)
    lines, running = _lines(read.pages)
    found, mended = blocks_of_lines(lines)
    blocks, cleaned = clean_blocks(tuple(replace(block, text=name_bullet(block.text)) for block in found))
    if not blocks:
        raise UserError(no_text(name, len(document), read, limits))
    facts, distrusted = facts_of(document, blocks)
    notes = (*read.notes, *running, *mended, *page_notes(read, limits), *attachments(document), *distrusted)
    library = f"pypdfium2 {version('pypdfium2')}" + (f", {read.engine}" if read.recognised else "")
    return Reading("pdf", dict(facts).get("title", ""), blocks, (*notes, *cleaned), facts, library)


def _lines(pages: Sequence[tuple[Page, list[Line]]]) -> tuple[list[Line], tuple[Note, ...]]:
    """All lines without running headers and footers; what OCR found counts as of the size of most letters."""
    running, notes = running_lines([(page.height, [*rows_across(page), *found]) for page, found in pages])
    kept: list[tuple[float, list[Line]]] = []
    for (page, found), dropped in zip(pages, running, strict=True):
        page.words = [w for w in page.words if not (w.style.upright and any(d.box.holds(w.box) for d in dropped))]
        own = lines_of(page, tables_of(page))
        kept.append((page.height, own + [line for line in found if line not in dropped]))
    lines = mark_feet(kept)
    size = body_size([line for line in lines if not line.paragraph])
    size = size if size else 10.0
    return [replace(line, size=size) if line.paragraph else line for line in lines], notes

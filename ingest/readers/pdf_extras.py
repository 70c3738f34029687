"""What a PDF shows beside its page's own text: values of form fields, text boxes; and what it says about itself.

Comments of reviewers and attached files are no text of the document: they are not kept, and reported.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator, Sequence
from datetime import date
from email.utils import parsedate
from statistics import median
from typing import Any

from ingest.clean import clean
from ingest.readers.pdf_page import Box, Page, Style, View, Word
from ingest.records import Block, BlockKind, Note

_UNSEEN_FLAGS = 2 | 32  # hidden, no view
_PASSWORD_FLAG = 1 << 13
_MOST_ANNOTATIONS = 5_000  # of one page
_FILE_NAME = re.compile(
    r"(?i)^microsoft (?:word|powerpoint|excel) - |\.(?:docx?|dotx?|pdf|rtf|odt|pptx?|xlsx?|indd|tex|tmp|html?)$"
)
_LONGEST_NAME = 150  # characters of a title or an author


def add_annotations(page: Any, form: Any, result: Page) -> None:
    """Put field values and text boxes among the words of ``result``, at their place; count comments as dropped."""
    import pypdfium2.raw as pdfium

    view = View(page)
    sizes = [word.style.size for word in result.words]
    style = Style(median(sizes) if sizes else 10.0, False, True, False, False)
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), _MOST_ANNOTATIONS)):
        annotation = pdfium.FPDFPage_GetAnnot(page.raw, index)
        if not annotation:
            continue
        try:
            if not pdfium.FPDFAnnot_GetFlags(annotation) & _UNSEEN_FLAGS:
                _add(pdfium, annotation, form, view, style, result)
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)


def _add(pdfium: Any, annotation: Any, form: Any, view: View, style: Style, result: Page) -> None:
    kind = pdfium.FPDFAnnot_GetSubtype(annotation)
    text = ""
    if kind == pdfium.FPDF_ANNOT_WIDGET:
        text = _field_value(pdfium, annotation, form) if form is not None else ""
    elif kind not in (pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP):
        text = _string(lambda buffer, size: pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", buffer, size))
        if text.strip() and kind != pdfium.FPDF_ANNOT_FREETEXT:
            result.dropped["comment"] += 1
            result.examples.setdefault("comment", " ".join(text.split())[:80])
            return
    rectangle = pdfium.FS_RECTF()
    if text.strip() and pdfium.FPDFAnnot_GetRect(annotation, rectangle):
        _place(text, view.box(rectangle.left, rectangle.bottom, rectangle.right, rectangle.top), style, result)


def _place(text: str, box: Box, style: Style, result: Page) -> None:
    """One word of several parts for each line of ``text``."""
    lines = [" ".join(line.split()) for line in re.split(r"[\r\n]+", text) if line.strip()]
    height = box.bottom - box.top
    top = (box.top + box.bottom - style.size) / 2 if len(lines) == 1 else box.top
    step = max(1.2 * style.size, height / len(lines)) if len(lines) > 1 else 0.0
    for number, line in enumerate(lines):
        run = result.words[-1].run + 1 if result.words else 0
        place = Box(box.x0, top + number * step, box.x1, top + number * step + style.size)
        result.words.append(Word(line, place, style, run))


def _field_value(pdfium: Any, annotation: Any, form: Any) -> str:
    """What a field shows: its text or choice, a crossed or an empty box; nothing for buttons and passwords."""
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON):
        return "☒" if pdfium.FPDFAnnot_IsChecked(form, annotation) else "☐"
    if kind not in (pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX):
        return ""
    flags = pdfium.FPDFAnnot_GetFormFieldFlags(form, annotation)
    if kind == pdfium.FPDF_FORMFIELD_TEXTFIELD and flags & _PASSWORD_FLAG:
        return ""
    return _string(lambda buffer, size: pdfium.FPDFAnnot_GetFormFieldValue(form, annotation, buffer, size))


def _string(get: Any) -> str:
    """A UTF-16 string of PDFium, whose functions tell the bytes they need."""
    size = get(None, 0)
    if size <= 2 or size > 1_000_000:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    get(buffer, size)
    return bytes(buffer)[: size - 2].decode("utf-16-le", "replace")


def attachments(document: Any) -> tuple[Note, ...]:
    """A note that names the first file inside the PDF, where there is one."""
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFDoc_GetAttachmentCount(document.raw)
    if count <= 0:
        return ()
    first = pdfium.FPDFDoc_GetAttachment(document.raw, 0)
    name = _string(lambda buffer, size: pdfium.FPDFAttachment_GetName(first, buffer, size)) if first else ""
    return (Note("drop_pdf", count, f"attached file, not read: {name[:80]}"),)


def facts_of(document: Any, blocks: Sequence[Block]) -> tuple[tuple[tuple[str, str], ...], tuple[Note, ...]]:
    """Title, author, dates and language as the file states them, and a note for a title that is left out."""
    import pypdfium2.raw as pdfium

    def stated(key: bytes) -> str:  # not by pypdfium2's own function, which fails on odd characters
        text = _string(lambda buffer, size: pdfium.FPDF_GetMetaText(document.raw, key, buffer, size))
        return " ".join(clean(text)[0].split())

    title, author = stated(b"Title"), stated(b"Author")
    facts: list[tuple[str, str]] = []
    notes: tuple[Note, ...] = ()
    if bears_out(title, blocks):
        facts.append(("title", title))
    elif title:
        notes = (Note("drop_pdf", 1, f"stated title that the text does not bear out: {title[:80]}"),)
    if 2 < len(author) <= _LONGEST_NAME and any(char.isalpha() for char in author):
        facts.append(("author", author))
    for name, key in (("created", b"CreationDate"), ("modified", b"ModDate")):
        day = iso_date(stated(key))
        if day:
            facts.append((name, day))
    language = _string(lambda buffer, size: pdfium.FPDFCatalog_GetLanguage(document.raw, buffer, size))
    if re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", language.strip()):
        facts.append(("language", language.strip()[:2].lower()))
    return tuple(facts), notes


def bears_out(title: str, blocks: Sequence[Block]) -> bool:
    """Whether a stated title is a name that the first page bears too; templates leave their own behind.

    >>> page = [Block(BlockKind.HEADING, "Data Analyst: role profile", page=1)]
    >>> [bears_out(title, page) for title in ("Data Analyst", "Police Sergeant", "Microsoft Word - x.doc", "")]
    [True, False, False, False]
    """
    wanted = _words(title)
    if not 3 <= len(wanted) <= _LONGEST_NAME or _FILE_NAME.search(title) or not re.search(r"[^\W\d_]{2}", title):
        return False
    head = [block for block in blocks if block.page <= 1]
    if any(f" {wanted} " in f" {_words(block.text)} " for block in head if len(block.text) <= _LONGEST_NAME):
        return True
    names = [_words(block.text) for block in head if block.kind is BlockKind.HEADING]
    return any(
        f" {name} " in f" {wanted} " and max(2, wanted.count(" ") / 2) <= name.count(" ") + 1 for name in names
    )  # the heading alone, the title with more, such as what kind of document it is


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def iso_date(stated: str) -> str:
    """The day of a PDF's date (ISO 32000-1, 7.9.4) or of one written as in e-mails, '' for what is no date.

    >>> iso_date("D:20180724152447-07'00'"), iso_date("Sat Oct 10 19:34:24 1998"), iso_date("D:20189999")
    ('2018-07-24', '1998-10-10', '')
    """
    return next(_days(stated), "")


def _days(stated: str) -> Iterator[str]:
    match = re.match(r"(?:D:)?(\d{4})(\d{2})(\d{2})", stated.strip())
    parsed = parsedate(stated) if match is None and stated.strip() else None
    numbers = match.groups() if match is not None else parsed[:3] if parsed is not None else None
    if numbers is None:
        return
    try:
        yield date(*(int(number) for number in numbers)).isoformat()
    except ValueError:
        return

"""Bytes to blocks: one file per family of formats, found by the content and not by the suffix (sniff.py).

A reader takes a file's name, its bytes and the limits, and returns a ``Reading`` whose text is cleaned. It raises
``UserError`` with one line that names the file, says why and what to do, for whatever cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from config import IngestConfig, UserError
from ingest.readers.sniff import sniff
from ingest.records import Reading

Reader = Callable[[str, bytes, IngestConfig], Reading]


def read(name: str, data: bytes, limits: IngestConfig | None = None) -> Reading:
    """Read one file within ``limits`` (by default the usual ones).

    Raises:
        UserError: empty, too large, binary, damaged, or a format that is not read; says what to do instead.

    """
    limits = IngestConfig() if limits is None else limits
    if not data.strip():
        message = f"{name} is empty: there is nothing to read. Put text into it or remove it."
        raise UserError(message)
    if len(data) > limits.max_megabytes * 1_000_000:
        raise UserError(too_large(name, len(data), limits))
    return reader_for(sniff(name, data))(name, data, limits)


def too_large(name: str, size: int, limits: IngestConfig) -> str:
    """What to say of a file of ``size`` bytes."""
    return (
        f"{name} has {size:,} bytes; at most {limits.max_megabytes} MB are read. "
        "Split it into smaller documents, or raise ingest.max_megabytes in the profile."
    )


_READERS = {
    "text": "plain.read_text",
    "markdown": "plain.read_markdown",
    "html": "web.read_html",
    "json": "frameworks.read_json",
    "yaml": "frameworks.read_yaml",
    "docx": "word.read_docx",
    "odt": "opendocument.read_odt",
    "rtf": "rtf.read_rtf",
    "pdf": "pdf.read_pdf",
    "pptx": "slides.read_pptx",
    "xlsx": "sheets.read_workbook",
    "xls": "sheets.read_workbook",
    "ods": "sheets.read_workbook",
    "csv": "sheets.read_csv",
    "eml": "mail.read_eml",
    "msg": "mail.read_msg",
    "epub": "epub.read_epub",
}


def reader_for(form: str) -> Reader:
    """The reader of a format; its file, and with it the libraries it needs, is imported only now."""
    module, function = _READERS[form].split(".")
    reader: Reader = getattr(import_module(f"ingest.readers.{module}"), function)
    return reader

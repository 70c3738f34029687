"""Which format a file has: told by its content; the suffix only decides between texts that could be either."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePosixPath

from config import UserError
from ingest.encodings import decode
from ingest.readers.front_matter import split_front_matter
from ingest.readers.marked import is_org, is_rst
from ingest.readers.sniff_text import is_csv, is_json, is_mail, is_yaml, mails_in

_SAVE = "Save it as .docx, .pdf, .html, .md or .txt and ingest that."
_PICTURE = "Put it into a PDF (then its words are recognised), or write them into a .txt file, and ingest that."
_UNPACK = "Unpack it and ingest what it holds."
_RUN = "Ingest the documents themselves."
# The first bytes, the place of a second mark and that mark, what it is, and what to do.
_UNREAD: tuple[tuple[bytes, int, bytes, str, str], ...] = (
    (b"\x89PNG", 0, b"", "a PNG image", _PICTURE),
    (b"\xff\xd8\xff", 0, b"", "a JPEG image", _PICTURE),
    (b"GIF8", 0, b"", "a GIF image", _PICTURE),
    (b"II*\x00", 0, b"", "a TIFF image", _PICTURE),
    (b"MM\x00*", 0, b"", "a TIFF image", _PICTURE),
    (b"RIFF", 8, b"WEBP", "a WebP image", _PICTURE),
    (b"RIFF", 8, b"WAVE", "a sound recording", _SAVE),
    (b"BM", 6, b"\x00\x00\x00\x00", "a BMP image", _PICTURE),
    (b"ID3", 0, b"", "a sound recording", _SAVE),
    (b"", 4, b"ftyp", "a video or a picture of a telephone", _SAVE),
    (b"\x7fELF", 0, b"", "a program", _RUN),
    (b"MZ", 2, b"", "a program", _RUN),
    (b"\xca\xfe\xba\xbe", 0, b"", "a program", _RUN),
    (b"\x1f\x8b", 0, b"", "a gzip archive", _UNPACK),
    (b"7z\xbc\xaf", 0, b"", "a 7z archive", _UNPACK),
    (b"Rar!", 0, b"", "a RAR archive", _UNPACK),
    (b"BZh", 4, b"1AY&SY", "a bzip2 archive", _UNPACK),
    (b"\xfd7zXZ", 0, b"", "an xz archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", 0, b"", "a zstd archive", _UNPACK),
    (b"", 257, b"ustar", "a tar archive", _UNPACK),
    (b"PK\x05\x06", 0, b"", "an empty zip archive", _UNPACK),
    (b"SQLite format 3\x00", 0, b"", "a database", "Export its text as .csv or .txt and ingest that."),
    (b"!BDN", 0, b"", "an Outlook mailbox", "Save its mails as .eml or .msg and ingest those."),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1"
_OFFICE = {
    "EncryptedPackage": "locked with a password",
    "WordDocument": "an old Word file (.doc)",
    "PowerPoint Document": "an old PowerPoint file (.ppt)",
    "VisioDocument": "a Visio drawing",
}
_HTML_HEAD = re.compile(
    r"(?is)(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html|head|body|frameset)\b"
)
_MARKDOWN_MARK = re.compile(r"(?m)^ {0,3}(?:#{1,6} |[-*+] |\d+\. |```|>)|\]\(|\*\*\S")
_MARKDOWN_SUFFIXES = (".md", ".markdown", ".mdx", ".mkd", ".org", ".rst")
_HEAD = 20_000  # characters of a text that are looked at


def sniff(name: str, data: bytes) -> str:
    """The format's name, as ``reader_for`` knows it.

    Raises:
        UserError: a format that is not read, or no text at all.

    """
    if data[:4] == b"PK\x03\x04":
        return _zipped(name, data)
    if _is_pdf(data):
        return "pdf"
    if data.startswith(_OLE):
        return _old_office(name, data)
    if data[:200].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{\\rtf"):
        return "rtf"
    for first, place, second, label, todo in _UNREAD:
        binary = label != "a program" or b"\x00" in data[:200]
        if binary and data.startswith(first) and data.startswith(second, place):
            message = f"{name} is {label}, which is not read. {todo}"
            raise UserError(message)
    return _text(name, decode(name, data))


def _is_pdf(data: bytes) -> bool:
    """A PDF may have other bytes before its mark, but then it also has objects; a text may mention the mark."""
    place = data[:1024].find(b"%PDF-")
    if place < 0:
        return False
    return not data[:place].strip(b"\xef\xbb\xbf \t\r\n\x00") or b"endobj" in data or b"startxref" in data


def _zipped(name: str, data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = set(archive.namelist())
            has_kind = "mimetype" in members and archive.getinfo("mimetype").file_size < 200
            kind = archive.read("mimetype").decode("ascii", "replace").strip() if has_kind else ""
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, ValueError, KeyError) as error:
        message = f"{name} is a damaged zip file ({error}). Save the document again and ingest that."
        raise UserError(message) from error
    if members & {"[Content_Types].xml", "_rels/.rels"}:
        for part, form in (("word/", "docx"), ("ppt/", "pptx"), ("xl/", "xlsx")):
            if any(member.startswith(part) for member in members):
                return form
    for ending, form in (("epub+zip", "epub"), (".text", "odt"), (".text-template", "odt"), (".spreadsheet", "ods")):
        if kind.endswith(ending):
            return form
    if "META-INF/container.xml" in members:
        return "epub"
    if kind.startswith("application/vnd.oasis.opendocument") or any(member.endswith(".iwa") for member in members):
        message = f"{name} is a file of a presentation, drawing or layout program, which is not read. {_SAVE}"
        raise UserError(message)
    message = f"{name} is a zip archive, but not a document. Unpack it and ingest what it holds."
    raise UserError(message)


def _old_office(name: str, data: bytes) -> str:
    """Office files before 2007; their streams are named in UTF-16."""
    label = next((text for stream, text in _OFFICE.items() if stream.encode("utf-16-le") in data), "an old Office file")
    if label != "locked with a password":
        for stream, form in (("__substg1.0_", "msg"), ("Workbook", "xls")):
            if stream.encode("utf-16-le") in data:
                return form
    message = f"{name} is {label}, which is not read. {_SAVE}"
    raise UserError(message)


def _text(name: str, text: str) -> str:
    suffix = PurePosixPath(name).suffix.lower()
    facts, notes, body = split_front_matter(text)
    fronted = bool(facts or notes)
    head = body.lstrip()[:_HEAD]
    if not fronted and head.startswith(("{", "[")) and is_json(name, text, head):
        return "json"
    if _HTML_HEAD.match(head):
        return "html"
    mails = mails_in(head)
    if mails > 1:
        message = f"{name} is a mailbox (mbox) of {mails} or more mails: not read. Save them as .eml and ingest those."
        raise UserError(message)
    if not fronted and (mails or is_mail(head, suffix)):
        return "eml"
    named = suffix in _MARKDOWN_SUFFIXES and (_MARKDOWN_MARK.search(head) or not _looks_like_html(head))
    if named or len(re.findall(r"(?m)^#{1,6} \S", head)) >= 2 or is_org(head) or is_rst(head):
        return "markdown"
    if _looks_like_html(head):
        return "html"
    if re.match(r"<\?xml\b|<!DOCTYPE\b", head, re.IGNORECASE):
        message = f"{name} is an XML file of a kind that is not read. {_SAVE}"
        raise UserError(message)
    if fronted:
        return "markdown"
    if is_yaml(text, suffix):
        return "yaml"
    return "csv" if is_csv(head, suffix) else "text"


def _looks_like_html(head: str) -> bool:
    closed = re.findall(r"(?i)</(?:p|div|h[1-6]|li|td|span|a|table|ul|section)>", head)
    return re.match(r"<[a-zA-Z!]", head) is not None and len(closed) >= 3

"""Bytes to text: byte-order marks, UTF-8, what the file itself declares, and the most likely legacy code page.

Evidence decides, the strongest first: a mark; the pattern of zeros that UTF-16 and UTF-32 leave; bytes that are UTF-8
(which happens by chance to no other text); a declaration; single legacy lines in UTF-8; a guess from the bytes.
"""

from __future__ import annotations

import codecs
import re

from config import UserError
from ingest.records import Note

_MARKS = (  # the longer first: UTF-32's begins like UTF-16's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffe\uffff\ud800-\udfff\U0010f000-\U0010ffff]")
# <meta charset=...>, <?xml encoding=...?> and Content-Type: ...; charset=... look alike enough
_DECLARED = re.compile(rb"(?i)<meta\b[^<>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})")
_DECLARED_XML = re.compile(rb"(?i)\A\s*<\?xml\b[^<>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})")
_DECLARED_MAIL = re.compile(
    rb"(?im)^content-type:[^\n]{0,200}(?:\n[ \t][^\n]{0,200}){0,4}?charset\s*=\s*\"?([\w.:-]{1,40})"
)
_HEAD = 4_096  # bytes in which a declaration stands
_CONTROL = bytes(byte for byte in range(32) if byte < 9 or byte > 13)
_SAMPLE = 100_000  # bytes that are looked at where looking at all would take too long
# What browsers and mail programs read under these names (WHATWG Encoding Standard, labels).
_MEANT = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
_ESCAPED = ("iso2022_jp", "iso2022_kr", "hz")  # all their bytes are ASCII
# Code pages that real files have; the exotic ones only make the guess worse.
_PAGES = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874", "cp932"),
    *("gb18030", "big5", "cp949", "euc_jp", "koi8_r", "koi8_u", "iso8859_2", "iso8859_5", "iso8859_7"),
    *("mac_roman", "cp850", "cp852", "cp866"),
)
_KNOWN = (*_MEANT, *(codecs.lookup(page).name for page in _PAGES), *_ESCAPED, "utf-8", "cp949", "big5hkscs", "cp1257")
_LIKE_WESTERN = ("cp1250", "cp1254", "cp1257", "cp1258", "iso8859_2")
_WESTERN_SHARE = 0.3  # of the bytes above ASCII; Polish and Czech have more that are no Western letters
_CHANCE = 0.25  # characters of UTF-8 elsewhere for each line that is none, below which they may be chance
_FEW = 4  # bytes that say nothing about a code page
_UTF8_SIGN = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
_BAD = re.compile("[\udc80-\udcff]+")
_CUT_OFF = re.compile(rb"[\xe0-\xef][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{1,2}")


def decode(name: str, data: bytes) -> str:
    """The text of a file's bytes; see ``decode_noted``."""
    return decode_noted(name, data)[0]


def decode_noted(name: str, data: bytes) -> tuple[str, tuple[Note, ...]]:
    r"""The text of a file's bytes, and a note ``decode`` when they were not plain UTF-8.

    The note's count is the number of lines read otherwise than as UTF-8; bytes that no reading explains become U+FFFD
    and have a note of their own, ``undecodable``, with their number.

    Raises:
        UserError: the bytes are not text.

    >>> decode_noted("a.txt", "Größe – 5 €".encode("cp1252"))
    ('Größe – 5 €', (Note(step='decode', count=1, detail='read as cp1252'),))

    """
    text, encoding, lines = _decoded(name, data)
    notes: tuple[Note, ...] = () if encoding == "utf-8" else (Note("decode", lines, f"read as {encoding}"),)
    lost = text.count("\ufffd") - data.count("\ufffd".encode())
    if lost > 0 and not encoding.startswith("utf-8"):
        notes += (Note("undecodable", lost, f"no characters in {encoding}"),)
    elif lost > 0:
        notes += (Note("undecodable", lost, "cut off or damaged characters"),)
    return text, notes


def _decoded(name: str, data: bytes) -> tuple[str, str, int]:
    """Text, encoding and the number of lines that are not UTF-8."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            text = data[len(mark) :].decode(encoding, errors="replace")
            if encoding == "utf-8" and "\ufffd" in text:
                break  # a mark does not keep legacy lines out
            return text, encoding, _lines(text)
    wide = _wide(data)
    if wide:
        text = data.decode(wide)
        return text, wide, _lines(text)
    _refuse_binary(name, data)
    data = data.removeprefix(codecs.BOM_UTF8)
    declared = _declared(data)
    try:
        if declared not in _ESCAPED:
            return data.decode("utf-8"), "utf-8", 0
    except UnicodeDecodeError:
        pass
    if declared and declared != "utf-8":
        try:
            text = data.decode(declared)
        except (UnicodeDecodeError, LookupError):
            pass
        else:
            return text, declared, _lines(text)
    return _mixed(data)


def _lines(text: str) -> int:
    return text.rstrip("\n").count("\n") + 1


def _wide(data: bytes) -> str:
    """UTF-16 or UTF-32 without a mark: the reading with most ASCII in it, if it holds nothing that is no text."""
    sample = data[:_SAMPLE]
    if b"\x00" not in sample:
        return ""
    best, most = "", 0.0
    for encoding in _WIDE:
        width = 4 if "32" in encoding else 2
        if len(data) % width:
            continue
        try:
            text = sample[: len(sample) // width * width].decode(encoding)
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        share = sum(char.isascii() for char in text) / max(len(text), 1)
        if share > most and _NO_TEXT.search(text) is None:
            best, most = encoding, share
    return best if most > 0.02 else ""  # every script has line ends, most have spaces


def _refuse_binary(name: str, data: bytes) -> None:
    sample = data[:_SAMPLE]
    odd = len(sample) - len(sample.translate(None, _CONTROL))
    if b"\x00" in sample or odd > 0.02 * len(sample):
        message = (
            f"{name} is a binary file, not a text document ({odd} control bytes in the first {len(sample)}). "
            "Save the document as .docx, .html, .md or .txt and ingest that file."
        )
        raise UserError(message)


def _declared(data: bytes) -> str:
    r"""Python's name of the encoding that the head of the file declares; '' for none or one nobody knows.

    >>> _declared(b'<html><meta charset="ISO-8859-1">'), _declared(b"<?xml version='1.0' encoding='koi8-r'?>")
    ('cp1252', 'koi8-r')
    >>> _declared(b"Subject: a\nContent-Type: text/plain;\n charset=Shift_JIS\n\n"), _declared(b"charset=x")
    ('cp932', '')
    """
    head = data[:_HEAD]
    mail_head = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    match = _DECLARED_XML.search(head) or _DECLARED.search(head) or _DECLARED_MAIL.search(mail_head)
    if match is None:
        return ""
    try:
        known = codecs.lookup(match[1].decode("ascii", "replace"))
    except (LookupError, ValueError):
        return ""
    if known.name not in _KNOWN:  # a codec for something else, or a width that the readable declaration contradicts
        return ""
    return _MEANT.get(known.name, known.name)


def _mixed(data: bytes) -> tuple[str, str, int]:
    """UTF-8 with single legacy lines in it, or a legacy file as a whole."""
    lines = data.splitlines(keepends=True)
    foreign = [number for number, line in enumerate(lines) if not _is_utf8(line)]
    strange = b"".join(lines[number] for number in foreign)
    signs, inside = len(_UTF8_SIGN.findall(data)), len(_UTF8_SIGN.findall(strange))
    rest = _UTF8_SIGN.sub(b"", strange)
    stray = len(_HIGH.findall(rest))
    if signs - inside < _CHANCE * len(foreign) and signs < stray:  # a few lines may be UTF-8 by chance
        page = _guess(strange[:_SAMPLE])
        return data.decode(page, errors="replace"), page, len(foreign)
    page = "cp1252" if stray < _FEW else _guess(rest[:_SAMPLE])
    texts = [line.decode("utf-8", errors="surrogateescape") for line in lines]
    for number in foreign:
        texts[number] = _BAD.sub(lambda match: _legacy(match[0], page), texts[number])
    return "".join(texts), f"utf-8 with {page}", len(foreign)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _legacy(escaped: str, page: str) -> str:
    """Bytes between UTF-8 characters; the first part of a longer character that was cut off is no text."""
    raw = escaped.encode("utf-8", "surrogateescape")
    return "\ufffd" if _CUT_OFF.fullmatch(raw) else raw.decode(page, errors="replace")


def _guess(data: bytes) -> str:
    """The most likely code page; Western where the bytes say little."""
    from charset_normalizer import from_bytes

    best = from_bytes(data, cp_isolation=list(_PAGES)).best()
    page = "cp1252" if best is None else best.encoding
    if page in _LIKE_WESTERN:
        high = b"".join(_HIGH.findall(data))
        pairs = zip(high.decode("cp1252", "replace"), high.decode(page, "replace"), strict=True)
        if sum(a != b for a, b in pairs) <= _WESTERN_SHARE * len(high):
            return "cp1252"
    return page

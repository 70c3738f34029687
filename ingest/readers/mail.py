"""Mail: the header as facts and first paragraph, the body once, and what is attached through its own reader.

Quoted replies and signatures stay in the text: they may hold what is asked for. A note says where they begin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime
from typing import Any, cast

from config import IngestConfig, UserError
from ingest.clean import TEXT_STEPS, clean, clean_blocks
from ingest.encodings import decode
from ingest.markup import AFTER_MARKUP, blocks_of_html
from ingest.plaintext import blocks_of
from ingest.records import Block, BlockKind, Note, Reading

_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_MAX_PARTS = 200  # attachments of one message that are read
_QUOTED = re.compile(r"(?m)^(?:>.*|On .{10,120} wrote:|-{2,} ?(?:Original|Forwarded) [Mm]essage ?-{2,})$")
_SIGNATURE = re.compile(r"(?m)^-- ?$")
_SIGNATURES = ("application/x-pkcs7-signature", "application/pkcs7-signature", "application/pgp-signature")
_ENCRYPTED = ("application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted")


@dataclass(slots=True)
class Part:
    """One attachment: its name and its bytes."""

    name: str
    data: bytes


@dataclass(slots=True)
class Letter:
    """A message without its wire format: header fields, both forms of the body, attachments."""

    fields: dict[str, str] = field(default_factory=dict)
    plain: str = ""
    html: str = ""
    parts: list[Part] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def read_eml(name: str, data: bytes, limits: IngestConfig, *, depth: int = 0) -> Reading:
    """An RFC 5322 message with its attachments; ``depth`` counts the messages around it."""
    data = data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if data.startswith(b"From "):  # an mbox's first line
        data = data.partition(b"\n")[2]
    try:
        letter = _letter(name, message_from_bytes(data, policy=policy.default))
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, IndexError) as error:
        message = f"{name} is a damaged mail ({' '.join(str(error).split())[:100]}). Save it again as .eml, or as .txt."
        raise UserError(message) from error
    return _reading(name, "eml", letter, limits, depth, "")


def read_msg(name: str, data: bytes, limits: IngestConfig, *, depth: int = 0) -> Reading:
    """An Outlook message with its attachments."""
    import io
    from importlib.metadata import version

    from oxmsg import Message as Outlook

    try:
        found: Any = Outlook.load(io.BytesIO(data))
        letter = _outlook(found)
    except Exception as error:  # the library raises what its parts raise: KeyError, struct.error, AssertionError, ...
        if isinstance(error, MemoryError):
            raise
        message = f"{name} is a damaged Outlook message ({type(error).__name__}: {error}). Save it as .eml or .txt."
        raise UserError(" ".join(message.split())) from error
    return _reading(name, "msg", letter, limits, depth, f"python-oxmsg {version('python-oxmsg')}")


def _reading(name: str, form: str, letter: Letter, limits: IngestConfig, depth: int, library: str) -> Reading:
    subject = clean(letter.fields.get("Subject", ""))[0].strip()
    shown = [f"{key}: {value}" for key, value in letter.fields.items() if key in _SHOWN and value.strip()]
    blocks = [Block(BlockKind.HEADING, subject)] if subject else []
    blocks += [Block(BlockKind.PARAGRAPH, "\n".join(shown))] if shown else []
    body, notes = _body(letter)
    blocks += body
    for part in letter.parts[:_MAX_PARTS]:
        attached, more = _attached(part, limits, depth)
        blocks += attached
        notes += more
    if len(letter.parts) > _MAX_PARTS:
        notes.append(Note("drop_mail", len(letter.parts) - _MAX_PARTS, f"more than {_MAX_PARTS} attachments"))
    cleaned, late = clean_blocks(tuple(block for block in blocks if block.text.strip()), AFTER_MARKUP)
    if not body and not letter.parts and not subject:
        message = f"{name} is a mail without text. Save its text as .txt, or remove it."
        raise UserError(message)
    sent = _day(letter.fields.get("Date", ""))
    facts = (("title", subject), ("author", letter.fields.get("From", "")), ("created", sent))
    kept = tuple((key, clean(value)[0].strip()) for key, value in facts if value.strip())
    return Reading(form, subject, cleaned, tuple(letter.notes + notes) + late, kept, library)


def _body(letter: Letter) -> tuple[list[Block], list[Note]]:
    """The HTML form where it holds the plain form's words, else both."""
    notes: list[Note] = []
    html: tuple[Block, ...] = ()
    if letter.html:
        html, _, dropped = blocks_of_html(letter.html, whole=True)
        notes += dropped
    plain_text, cleaning = clean(letter.plain, TEXT_STEPS)
    plain = blocks_of(plain_text) if plain_text.strip() else ()
    for pattern, what in ((_QUOTED, "quoted text"), (_SIGNATURE, "signature")):
        match = pattern.search(plain_text)
        if match is not None:
            place = plain_text.count("\n", 0, match.start()) + 1
            notes.append(Note("mail_part", len(pattern.findall(plain_text)), f"{what} from line {place} on, kept"))
    if not html:
        return list(plain), [*notes, *cleaning]
    missing = _words(plain) - _words(html)
    if not plain or len(missing) <= 0.1 * len(_words(plain)):
        if plain:
            notes.append(Note("mail_part", 1, "the plain form of the body repeats the HTML form, which is read"))
        return list(html), notes
    notes.append(Note("mail_part", 2, "the plain and the HTML form of the body differ: both are read"))
    return [*plain, *html], [*notes, *cleaning]


def _words(blocks: Sequence[Block]) -> set[str]:
    return {word for block in blocks for word in re.findall(r"[^\W_]{2,}", block.text.lower())}


def _attached(part: Part, limits: IngestConfig, depth: int) -> tuple[list[Block], list[Note]]:
    """The blocks of an attachment below a heading with its name, or a note why it is not read."""
    from ingest.readers import read

    label = clean(part.name)[0].strip()
    if depth >= min(limits.max_nesting, 20):
        return [], [Note("drop_attachment", 1, f"{label}: nested deeper than {depth} messages")]
    try:
        if part.name.lower().endswith(".eml") and re.match(rb"\s*[\w-]+:", part.data):
            reading = read_eml(part.name, part.data, limits, depth=depth + 1)
        else:
            reading = read(part.name, part.data, limits)
    except UserError as error:
        return [], [Note("drop_attachment", 1, str(error))]
    blocks = [Block(BlockKind.HEADING, f"Attachment: {label}", level=1)]
    blocks += (replace(b, level=b.level + 2) if b.kind is BlockKind.HEADING else b for b in reading.blocks)
    notes = [Note("read_attachment", 1, f"{label} ({reading.format})"), *reading.notes]
    return [replace(block, page=0) for block in blocks], notes


def _letter(name: str, message: EmailMessage) -> Letter:
    letter = Letter(_fields(message))
    if message.get_content_type() in _ENCRYPTED and "signed" not in str(message.get("Content-Type", "")):
        text = f"{name} is an encrypted mail: not read. Decrypt it in your mail program and save it again."
        raise UserError(text)
    for number, part in enumerate(_leaves(message), 1):
        kind, filename = part.get_content_type(), part.get_filename()
        if kind == "message/rfc822":
            inner = part.get_payload(0) if part.is_multipart() else None
            if isinstance(inner, Message):
                title = str(inner.get("Subject", "message")).strip()
                letter.parts.append(Part(f"{title}.eml", bytes(inner)))
        elif kind in _SIGNATURES:
            label = filename if filename else kind
            letter.notes.append(Note("drop_mail", 1, f"electronic signature {label}, not checked"))
        elif kind in ("text/plain", "text/html") and not filename and part.get_content_disposition() != "attachment":
            text = decode(name, _payload(part)) if not part.get_content_charset() else _decoded(name, part)
            if kind == "text/html":
                letter.html += text
            else:
                letter.plain += ("\n\n" if letter.plain else "") + text
        else:
            letter.parts.append(Part(str(filename) if filename else f"part {number}", _payload(part)))
    return letter


def _leaves(message: Message) -> Iterator[EmailMessage]:
    """The parts that hold something, in order; a message inside is one part."""
    waiting: list[Message] = [message]
    while waiting:
        one = waiting.pop()
        if one.is_multipart() and one.get_content_type() != "message/rfc822":
            children = cast(list[Message], one.get_payload())
            waiting += children[::-1]
        else:
            yield cast(EmailMessage, one)


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _decoded(name: str, part: Message) -> str:
    data = _payload(part)
    try:
        return data.decode(str(part.get_content_charset()))
    except (LookupError, UnicodeDecodeError):
        return decode(name, data) if data.strip() else ""


def _fields(message: Message) -> dict[str, str]:
    found: dict[str, str] = {}
    for key in _SHOWN:
        value = message.get(key)
        if value is not None:
            found[key] = " ".join(str(value).split())
    return found


def _day(stated: str) -> str:
    """The day of a mail's date, ISO 8601; '' for none.

    >>> _day("Mon, 16 Dec 2024 10:30:00 -0500"), _day("2024-12-16 10:00:00"), _day("soon")
    ('2024-12-16', '2024-12-16', '')
    """
    iso = re.match(r"\d{4}-\d\d-\d\d", stated)
    if iso is not None:
        return iso[0]
    try:
        return parsedate_to_datetime(stated).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


def _outlook(message: Any) -> Letter:
    headers = {str(key).title(): str(value) for key, value in dict(message.message_headers).items()}
    fields = {key: " ".join(headers[key].split()) for key in _SHOWN if key in headers}
    stated = (("From", message.sender), ("Subject", message.subject), ("Date", message.sent_date))
    fields |= {key: str(value) for key, value in stated if value is not None and key not in fields}
    people = "; ".join(f"{r.name} <{r.email_address}>" for r in message.recipients)
    if people:
        fields.setdefault("To", people)
    html = message.html_body if message.html_body else ""
    letter = Letter(fields, message.body if message.body else "", html)
    for attachment in message.attachments:
        data = attachment.file_bytes
        if data:
            letter.parts.append(Part(str(attachment.file_name), data))
        else:
            letter.notes.append(Note("drop_attachment", 1, f"{attachment.file_name}: holds no file"))
    return letter

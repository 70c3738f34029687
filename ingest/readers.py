"""Bytes to blocks. The content decides the reader, not the suffix; one function per format.

Formats: plain text, Markdown, HTML pages, WordPress post objects (one or a list), docx.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from html import unescape
from typing import Any

from config import UserError
from ingest.clean import clean
from ingest.hidden import hidden_runs
from ingest.markup import blocks_of_html
from ingest.plaintext import blocks_of
from ingest.records import Block, BlockKind, Note

MAX_BYTES = 50_000_000
_MAGIC = {
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Office file (.doc, .xls, .ppt)",
    b"{\\rtf": "an RTF file",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"\x7fELF": "a program",
}


@dataclass(frozen=True, slots=True)
class Raw:
    """What a reader saw in one file, before titles, sections and spans."""

    format: str
    title: str
    blocks: tuple[Block, ...]
    notes: tuple[Note, ...]


def read(name: str, data: bytes) -> Raw:
    """Read one file.

    Raises:
        UserError: empty, too large, binary, damaged, or a format that is not read; says what to do instead.

    """
    if not data.strip():
        message = f"{name} is empty: there is nothing to read. Put text into it or remove it."
        raise UserError(message)
    if len(data) > MAX_BYTES:
        message = f"{name} has {len(data):,} bytes; at most {MAX_BYTES:,} are read. Split it into smaller documents."
        raise UserError(message)
    return _reader(name, data)(name, data)


def _reader(name: str, data: bytes) -> Callable[[str, bytes], Raw]:
    if data[:4] == b"PK\x03\x04":
        return _read_docx
    for magic, label in _MAGIC.items():
        if data.startswith(magic):
            message = f"{name} is {label}, which is not read. Save it as .docx, .html, .md or .txt and ingest that."
            raise UserError(message)
    text = decode(name, data)
    head = text.lstrip()[:20_000]
    if head.startswith(("{", "[")):
        try:
            parsed = json.loads(text)
        except (ValueError, RecursionError) as error:
            parsed = None
            if re.match(r'\[?\s*\{\s*"[^"\n]{1,60}"\s*:', head):
                message = f"{name} looks like JSON, but is damaged ({error}). Export it again, or save it as .txt."
                raise UserError(message) from error
        if parsed is not None:
            return lambda name, _: _read_json(name, parsed)
    if re.match(r"(?i)(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body)\b", head, re.DOTALL) or _looks_like_html(
        head
    ):
        return lambda _, __: _read_html(text)
    if len(re.findall(r"(?m)^#{1,6} \S", head)) >= 2 or (name.endswith((".md", ".markdown")) and "# " in head):
        return lambda _, __: _read_markdown(text)
    return lambda _, __: _read_text(text)


def _looks_like_html(head: str) -> bool:
    return head.startswith("<") and len(re.findall(r"(?i)</(?:p|div|h[1-6]|li|td|span|a)>", head)) >= 3


def decode(name: str, data: bytes) -> str:
    """Bytes to text: a byte-order mark, then UTF-8, then the most likely legacy encoding.

    Raises:
        UserError: the bytes are not text.

    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    sample = data[:100_000]
    odd = sum(byte < 9 or 13 < byte < 32 for byte in sample)
    if b"\x00" in sample or odd > 0.02 * len(sample):
        message = (
            f"{name} is a binary file, not a text document ({odd} control bytes in the first {len(sample)}). "
            "Save the document as .docx, .html, .md or .txt and ingest that file."
        )
        raise UserError(message)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        from charset_normalizer import from_bytes

        best = from_bytes(data).best()
        return str(best) if best is not None else data.decode("cp1252", errors="replace")


def _read_text(text: str) -> Raw:
    cleaned, notes = clean(text)
    return Raw("text", "", blocks_of(cleaned), notes)


def _read_markdown(text: str) -> Raw:
    from markdown_it import MarkdownIt

    cleaned, notes = clean(text)
    body = re.sub(r"\A---\n.*?\n---\n", "", cleaned, count=1, flags=re.DOTALL)
    blocks, _, dropped = blocks_of_html(MarkdownIt("commonmark").enable("table").render(body), whole=True)
    blocks, late = _clean_blocks(blocks)  # what entities spell
    return Raw("markdown", "", blocks, notes + dropped + late)


def _read_html(text: str) -> Raw:
    cleaned, notes = clean(text)
    blocks, title, dropped = blocks_of_html(cleaned)
    blocks, late = _clean_blocks(blocks)
    return Raw("html", clean(title)[0].strip(), blocks, notes + dropped + late)


def _read_json(name: str, parsed: Any) -> Raw:
    """WordPress post objects: ``title.rendered`` and ``content.rendered``; a list of posts becomes one document."""
    posts = parsed if isinstance(parsed, list) else [parsed]
    if not posts or not all(isinstance(p, dict) and _rendered(p, "content") for p in posts):
        message = (
            f"{name} is JSON, but not a WordPress post (an object with content.rendered) or a list of posts. "
            "Export the post through the WordPress REST API, or save the text as .md or .txt."
        )
        raise UserError(message)
    blocks: list[Block] = []
    notes: tuple[Note, ...] = ()
    for post in posts:
        found, _, dropped = blocks_of_html(_rendered(post, "content"), whole=True)
        title = unescape(re.sub("<[^>]+>", "", _rendered(post, "title")))
        blocks += [Block(BlockKind.HEADING, " ".join(title.split()), level=0 if len(posts) == 1 else 1), *found]
        notes += dropped
    cleaned, late = _clean_blocks(tuple(b for b in blocks if b.text))
    first = cleaned[0].text if len(posts) == 1 and cleaned and cleaned[0].level == 0 else ""
    return Raw("wordpress", first, cleaned, notes + late)


def _rendered(post: dict[str, Any], key: str) -> str:
    value = post.get(key)
    if isinstance(value, dict):
        value = value.get("rendered")
    # JSON can spell half of a surrogate pair, which is no character
    return value.encode("utf-8", "ignore").decode() if isinstance(value, str) else ""


def _read_docx(name: str, data: bytes) -> Raw:
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > 10 * MAX_BYTES:
                message = f"{name} unpacks to over {10 * MAX_BYTES:,} bytes; it is not read. Save a smaller copy."
                raise UserError(message)
        document = docx.Document(io.BytesIO(data))
    except (
        *(zipfile.BadZipFile, zlib.error, EOFError, RuntimeError),  # damaged, locked with a password, odd compression
        *(PackageNotFoundError, KeyError, ValueError, AttributeError, SyntaxError),  # not Word, parts missing or broken
    ) as error:
        message = f"{name} is a zip file, but not a readable Word document ({error}). Save it again as .docx."
        raise UserError(message) from error
    hidden = _show_as_printed(document.element.body)
    cleaned, notes = _clean_blocks(tuple(_docx_blocks(document)))
    notes += (Note("drop_docx", hidden, "hidden"),) if hidden else ()
    return Raw("docx", clean(document.core_properties.title)[0].strip(), cleaned, notes)


def _show_as_printed(body: Any) -> int:
    """Drop hidden runs, accept tracked insertions and open content controls, which python-docx passes over.

    Returns how many runs were hidden.
    """
    hidden = hidden_runs(body)
    for run in hidden:
        run.getparent().remove(run)
    wrappers = body.xpath(".//w:ins[w:r] | .//w:moveTo[w:r] | .//w:smartTag | .//w:sdt | .//w:sdtContent")
    for wrapper in reversed(wrappers):  # the innermost first
        for child in wrapper:
            if not child.tag.endswith("Pr"):  # its settings
                wrapper.addprevious(child)
        wrapper.getparent().remove(wrapper)
    return len(hidden)


def _docx_blocks(document: Any) -> Iterator[Block]:
    for element in document.iter_inner_content():
        if hasattr(element, "rows"):
            for number, row in enumerate(element.rows):
                cells = tuple(" ".join(cell.text.replace("|", "/").split()) for cell in row.cells)
                if any(cells):
                    yield Block(BlockKind.ROW, f"| {' | '.join(cells)} |", cells=cells, header=number == 0)
            continue
        text = "\n".join(" ".join(line.split()) for line in element.text.split("\n") if line.strip())
        if not text:
            continue
        style = element.style.name if element.style is not None else ""
        if style == "Title":
            yield Block(BlockKind.HEADING, text, level=0)
        elif match := re.match(r"Heading (\d)", style):
            yield Block(BlockKind.HEADING, text.replace("\n", " "), level=int(match[1]))
        elif match := re.match(r"List (?:Bullet|Number|Paragraph)(?: (\d))?", style):
            yield Block(BlockKind.ITEM, text, level=int(match[1] or 1) - 1)
        else:
            yield Block(BlockKind.PARAGRAPH, text)


def _clean_blocks(blocks: tuple[Block, ...]) -> tuple[tuple[Block, ...], tuple[Note, ...]]:
    """Clean text that came out of entities or XML; the steps' notes are summed over the blocks."""
    counts: dict[str, Note] = {}
    cleaned: list[Block] = []
    for block in blocks:
        text, notes = clean(block.text)
        for note in notes:
            seen = counts.get(note.step)
            counts[note.step] = note if seen is None else replace(seen, count=seen.count + note.count)
        cells = tuple(clean(cell)[0] for cell in block.cells)
        if text.strip():
            cleaned.append(replace(block, text=text.strip(), cells=cells))
    return tuple(cleaned), tuple(counts.values())

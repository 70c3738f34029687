"""EPUB books: the chapters in reading order, under the names that the table of contents gives them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote
from zipfile import ZipFile

from config import IngestConfig, UserError
from ingest.clean import clean, clean_blocks
from ingest.encodings import decode
from ingest.markup import AFTER_MARKUP, blocks_of_html
from ingest.readers.zipped import DAMAGED, damaged, library, open_zip, parsed
from ingest.records import Block, BlockKind, Note, Reading

_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_TITLE_BLOCKS = 4
_FONTS = ("idpf.org/2008/embedding", "ns.adobe.com/pdf/enc#RC")  # only fonts are scrambled, the text is open


def read_epub(name: str, data: bytes, limits: IngestConfig) -> Reading:
    """The text of an EPUB 2 or 3 book.

    Raises:
        UserError: damaged, protected against copying, too large, or without text.

    """
    with open_zip(name, data, limits) as archive:
        try:
            return _read(name, archive, limits)
        except DAMAGED as error:
            raise damaged(name, "EPUB book", error) from error


def _read(name: str, archive: ZipFile, limits: IngestConfig) -> Reading:
    members = set(archive.namelist())
    if "META-INF/rights.xml" in members or _is_locked(archive, members):
        message = f"{name} is protected against copying (DRM): not read. Ask its publisher for an open copy."
        raise UserError(message)
    container = parsed(archive.read("META-INF/container.xml"))
    package_path = unquote(str(container.xpath("string(//*[local-name()='rootfile']/@full-path)")))
    package = parsed(archive.read(package_path))
    folder = posixpath.dirname(package_path)
    files = {str(item.get("id")): item for item in package.xpath("//*[local-name()='manifest']/*")}
    names = _contents(archive, members, files, folder)
    blocks: list[Block] = []
    notes: list[Note] = []
    spine = package.xpath("//*[local-name()='spine']/*[local-name()='itemref']")
    for reference in spine[: limits.max_pages]:
        item = files.get(str(reference.get("idref")))
        path = "" if item is None else _path(folder, item.get("href"))
        if item is None or path not in members or item.get("media-type") not in _PAGES:
            notes.append(Note("drop_epub", 1, f"part {reference.get('idref')} is missing or no text"))
            continue
        if "nav" in str(item.get("properties", "")).split():
            notes.append(Note("drop_epub", 1, f"table of contents ({path})"))
            continue
        page = archive.read(path)
        try:
            text = decode(path, page) if page.strip() else ""
        except UserError as error:  # one bad page does not lose the book
            notes.append(Note("drop_epub", 1, f"a part that is no text: {error}"))
            continue
        found, _, dropped = blocks_of_html(text, whole=True)
        blocks += _under(names.get(path, []), found)
        notes += dropped
    if len(spine) > limits.max_pages:
        notes.append(Note("drop_epub", len(spine) - limits.max_pages, f"parts beyond the first {limits.max_pages}"))
    cleaned, late = clean_blocks(tuple(blocks), AFTER_MARKUP)
    if not cleaned:
        message = f"{name} is a book without text (pictures only). Export its text as .docx or .txt and ingest that."
        raise UserError(message)
    facts = tuple(_facts(package))
    title = next((value for key, value in facts if key == "title"), "")
    return Reading("epub", title, cleaned, _summed(notes) + late, facts, library("lxml"))


def _is_locked(archive: ZipFile, members: set[str]) -> bool:
    """Whether parts of the text are encrypted; scrambled fonts alone lock nothing."""
    if "META-INF/encryption.xml" not in members:
        return False
    methods = parsed(archive.read("META-INF/encryption.xml")).xpath("//*[local-name()='EncryptionMethod']/@Algorithm")
    return any(not any(font in str(method) for font in _FONTS) for method in methods)


def _path(folder: str, href: Any) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(str(href).partition("#")[0])))


def _contents(
    archive: ZipFile, members: set[str], files: dict[str, Any], folder: str
) -> dict[str, list[tuple[int, str]]]:
    """What the table of contents calls each part: its path in the archive to the entries (depth, text) for its start.

    An entry that points into a part (``part.html#middle``) has its heading there and is left alone.
    """
    found: dict[str, list[tuple[int, str]]] = {}
    for item in files.values():
        path = _path(folder, item.get("href"))
        is_nav = "nav" in str(item.get("properties", "")).split()
        if path not in members or not (is_nav or item.get("media-type") == "application/x-dtbncx+xml"):
            continue
        for depth, href, text in _entries(parsed(archive.read(path)), is_nav):
            if "#" not in href and text:
                entries = found.setdefault(_path(posixpath.dirname(path), href), [])
                if not entries:
                    entries.append((depth, text))
        if is_nav:
            break
    return found


def _entries(root: Any, is_nav: bool) -> Iterator[tuple[int, str, str]]:
    """Depth, address and text of every entry of a nav (EPUB 3) or an NCX (EPUB 2)."""
    if is_nav:
        for link in root.xpath("//*[local-name()='nav'][@*[local-name()='type']='toc']//*[local-name()='a']"):
            depth = int(link.xpath("count(ancestor::*[local-name()='ol'])"))
            yield depth, str(link.get("href", "")), " ".join("".join(link.itertext()).split())
        return
    for point in root.xpath("//*[local-name()='navPoint']"):
        depth = int(point.xpath("count(ancestor-or-self::*[local-name()='navPoint'])"))
        href = str(point.xpath("string(*[local-name()='content']/@src)"))
        yield depth, href, " ".join(str(point.xpath("string(*[local-name()='navLabel'])")).split())


def _under(entries: list[tuple[int, str]], blocks: tuple[Block, ...]) -> list[Block]:
    """A part's blocks below the headings of the table of contents, unless the part begins with that heading itself."""
    if not blocks or not entries:
        return list(blocks)
    depth, text = entries[-1]
    for count in range(1, _TITLE_BLOCKS + 1):  # a number, a title and a subtitle often stand on lines of their own
        own = " ".join(block.text for block in blocks[:count])
        if _letters(own) == _letters(text):  # the part names itself
            return [Block(BlockKind.HEADING, own, level=depth), *(_deeper(block, depth) for block in blocks[count:])]
    return [Block(BlockKind.HEADING, text, level=depth), *(_deeper(block, depth) for block in blocks)]


def _deeper(block: Block, depth: int) -> Block:
    return replace(block, level=block.level + depth) if block.kind is BlockKind.HEADING else block


def _letters(text: str) -> str:
    return re.sub(r"\W", "", text).lower()


def _facts(package: Any) -> Iterator[tuple[str, str]]:
    for element, fact in (("title", "title"), ("creator", "author"), ("language", "language"), ("date", "published")):
        value = str(package.xpath(f"string(//*[local-name()='metadata']/*[local-name()='{element}'])"))
        value = " ".join(clean(value)[0].split())
        if fact == "published":
            match = re.match(r"\d{4}-\d\d-\d\d", value)
            value = "" if match is None else match[0]
        if value:
            yield fact, value
    modified = str(package.xpath("string(//*[local-name()='meta'][@property='dcterms:modified'])")).strip()[:10]
    if re.fullmatch(r"\d{4}-\d\d-\d\d", modified):
        yield "modified", modified


def _summed(notes: list[Note]) -> tuple[Note, ...]:
    """Chapters say the same things: one note for each."""
    summed: dict[tuple[str, str], Note] = {}
    for note in notes:
        key = (note.step, note.detail)
        summed[key] = replace(note, count=note.count + summed[key].count) if key in summed else note
    return tuple(summed.values())

"""Files that are zip archives inside (docx, odt, pptx, xlsx, ods, epub): opened within limits, parts read safely.

Nothing is unpacked to disk and no archive inside an archive is opened. XML is parsed with entities and the network
switched off, so that neither a billion laughs nor a file of this machine can come out of it.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from importlib.metadata import version
from typing import Any

from lxml import etree

from config import IngestConfig, UserError

_MAX_MEMBERS = 10_000  # the largest real presentations have some thousand parts
_MAX_RATIO, _RATIO_COUNTS_FROM = 200, 20_000_000  # unpacked to packed bytes; XML of real sheets stays below 100
# What reading a damaged or deceitful part raises, in zipfile, lxml and the libraries that sit on them.
DAMAGED: tuple[type[Exception], ...] = (
    *(zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError),
    *(LookupError, ValueError, TypeError, AttributeError, SyntaxError, AssertionError, OverflowError),
)
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(officeDocument|wordprocessingml|spreadsheetml|drawingml|presentationml)")
_TRANSITIONAL = {b"officeDocument": b"officeDocument/2006", b"wordprocessingml": b"wordprocessingml/2006",
                 b"spreadsheetml": b"spreadsheetml/2006", b"drawingml": b"drawingml/2006",
                 b"presentationml": b"presentationml/2006"}  # fmt: skip
# Templates, macros and slide shows: the same document under another content type.
_VARIANT = re.compile(
    rb"application/vnd\.(?:ms-(word|powerpoint)\.(?:document|template|presentation|slideshow|template)\.macroEnabled"
    rb"|openxmlformats-officedocument\.(wordprocessingml|presentationml)\.(?:template|slideshow))\.main\+xml"
)
_CORE = {
    "{http://purl.org/dc/terms/}created": "created",
    "{http://purl.org/dc/terms/}modified": "modified",
    "{http://purl.org/dc/elements/1.1/}language": "language",
    "{http://purl.org/dc/elements/1.1/}creator": "author",
    "{http://purl.org/dc/elements/1.1/}title": "title",
}


def library(name: str) -> str:
    """A library's name and version, for the lineage.

    >>> library("lxml").split()[0]
    'lxml'
    """
    return f"{name} {version(name)}"


def open_zip(name: str, data: bytes, limits: IngestConfig) -> zipfile.ZipFile:
    """The archive, after a look at its directory: nothing is unpacked yet.

    Raises:
        UserError: damaged, locked with a password, too many members, or unpacking to more than the limit.

    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except DAMAGED as error:
        raise damaged(name, "zip archive", error) from error
    unpacked = sum(member.file_size for member in members)
    if any(member.flag_bits & 1 for member in members):
        message = f"{name} is locked with a password: not read. Save it without the password and ingest that."
        raise UserError(message)
    if len(members) > _MAX_MEMBERS:
        message = f"{name} has {len(members):,} parts; at most {_MAX_MEMBERS:,} are read. Split it, or save a new copy."
        raise UserError(message)
    if unpacked > limits.max_unpacked_megabytes * 1_000_000:
        message = (
            f"{name} unpacks to over {limits.max_unpacked_megabytes} MB: not read. "
            "Save a smaller copy, or raise ingest.max_unpacked_megabytes in the profile."
        )
        raise UserError(message)
    if unpacked > _RATIO_COUNTS_FROM and unpacked > _MAX_RATIO * len(data):
        message = (
            f"{name} unpacks to {unpacked // len(data)} times its size, as a zip bomb does: not read. "
            "Save the document again in its own program and ingest that."
        )
        raise UserError(message)
    return archive


def damaged(name: str, what: str, error: BaseException, suffix: str = "") -> UserError:
    """The one line for a file whose bytes are no good; ``suffix`` is what it should be saved as.

    >>> str(damaged("a.odt", "OpenDocument text", KeyError("content.xml"), ".odt"))
    "a.odt is not a readable OpenDocument text ('content.xml'). Save it again as .odt and ingest that."
    """
    told = not isinstance(error, AttributeError | TypeError | AssertionError | IndexError)
    reason = " ".join(str(error).split())[:120] if told else "a part of it is broken"
    again = f"Save it again as {suffix}" if suffix else "Save the document again"
    return UserError(f"{name} is not a readable {what} ({reason}). {again} and ingest that.")


def parsed(data: bytes) -> Any:
    """The root element of an XML part; entities stay unresolved and nothing is fetched.

    Raises:
        lxml.etree.XMLSyntaxError: a ``SyntaxError``, so one of ``DAMAGED``.

    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(data, parser)


def member(archive: zipfile.ZipFile, path: str) -> Any | None:
    """The parsed XML part at ``path``, None where there is none."""
    return parsed(archive.read(path)) if path in archive.namelist() else None


def core_facts(archive: zipfile.ZipFile) -> tuple[tuple[str, str], ...]:
    """What an Office file says about itself (docProps/core.xml), dates as ISO 8601; () where it says nothing."""
    try:
        root = member(archive, "docProps/core.xml")
    except DAMAGED:
        return ()
    return () if root is None else facts_of((_CORE.get(str(child.tag)), child.text) for child in root)


def facts_of(pairs: Any) -> tuple[tuple[str, str], ...]:
    """Facts from (name or None, text or None) pairs: known names with a text, dates cut to the day, first one wins.

    >>> facts_of([("created", "2024-03-01T10:00:00Z"), (None, "x"), ("author", " "), ("modified", "soon")])
    (('created', '2024-03-01'),)
    """
    facts: dict[str, str] = {}
    for name, text in pairs:
        value = " ".join(text.split()) if isinstance(text, str) else ""
        if name in ("created", "modified", "published"):
            match = re.match(r"\d{4}-\d\d-\d\d", value)
            value = "" if match is None else match[0]
        if name is not None and value:
            facts.setdefault(name, value)
    return tuple(facts.items())


def office_package(archive: zipfile.ZipFile) -> io.BytesIO:
    """The same Office package, with what python-docx and python-pptx stumble over mended.

    Strict namespaces become the usual ones, templates and macro files plain documents, and relationships to parts
    that are missing are dropped.
    """
    names = set(archive.namelist())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as mended:
        for path in dict.fromkeys(archive.namelist()):
            content = archive.read(path)
            if path.endswith((".xml", ".rels")):
                content = _STRICT.sub(_transitional, content)
            if path == "[Content_Types].xml":
                content = _VARIANT.sub(_plain_type, content)
            if path.endswith(".rels"):
                content = _without_dangling(path, content, names)
            mended.writestr(path, content)
    out.seek(0)
    return out


def _transitional(match: re.Match[bytes]) -> bytes:
    return b"http://schemas.openxmlformats.org/" + _TRANSITIONAL[match[1]]


def _plain_type(match: re.Match[bytes]) -> bytes:
    if match[1] == b"word" or match[2] == b"wordprocessingml":
        return b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"


def _without_dangling(path: str, content: bytes, names: set[str]) -> bytes:
    """A relationship part without what points at missing parts (``Target="NULL"`` is a common one)."""
    root = parsed(content)
    folder = path.replace("_rels/", "").rpartition("/")[0]
    for relation in list(root):
        target = str(relation.get("Target", ""))
        if relation.get("TargetMode") != "External" and _resolved(folder, target) not in names:
            root.remove(relation)
    return bytes(etree.tostring(root))


def _resolved(folder: str, target: str) -> str:
    """The member that a relationship's target names, seen from ``folder``.

    >>> _resolved("word", "../docProps/core.xml"), _resolved("word", "/word/styles.xml"), _resolved("", "word/a.xml")
    ('docProps/core.xml', 'word/styles.xml', 'word/a.xml')
    """
    steps = [] if target.startswith("/") else [step for step in folder.split("/") if step]
    for step in target.partition("#")[0].split("/"):
        if step == "..":
            steps = steps[:-1]
        elif step not in ("", "."):
            steps.append(step)
    return "/".join(steps)

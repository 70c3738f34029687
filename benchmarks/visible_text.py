"""What a reader of a file would see, taken out of it as simply as can be and by other means than Rolebook's readers.

Used to measure what ingestion loses (benchmarks/lossless.py, tests/test_lossless.py). Each view errs on the side of
showing too much: site furniture and hidden text are in it, so that a loss can only be found, never hidden.
"""

from __future__ import annotations

import email
import email.policy
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

_ENDS_A_WORD = re.compile(r"\}(?:p|tab|br|tc|tr|h|line-break|s|list-item|table-cell|c|row)$")


def of_text(data: bytes) -> str:
    """Plain text, CSV and the like: all of it."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def of_markdown(data: bytes) -> str:
    """Markdown without what a renderer does not show: targets, tags, comments, a picture's name, a code's language."""
    text = of_text(data).replace("\r\n", "\n")
    text = re.sub(r"(?m)^([\s>]*(?:```|~~~))[^\n]*$", r"\1", text)
    text = re.sub(r"!\[[^\[\]]*\](?=[\[(])", "]", text)
    text = re.sub(r"(?m)\]\[[^\[\]\n]*\]", "]", text)
    text = re.sub(r"(?is)<!--.*?-->|<(style|script|template)\b.*?</\1\s*>", " ", text)
    text = re.sub(r"\]\(\s*(?:<[^<>\n]*>|(?:[^()\s]|\([^()\s]*\))*)(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)", "] ", text)
    text = re.sub(r"(?m)^\s{0,3}\[[^\]\n]+\]:\s*\S+.*$", " ", text)
    text = re.sub(r"</?[A-Za-z](?![^<>\s]*[:@])[^<>]*>", " ", text)  # but <https://...>
    text = re.sub(r"(?m)^(\s*(?:>\s*)*)\d{1,9}[.)](?=\s)", r"\1", text)  # numbers of a list are the renderer's
    return unescape(text)


def of_html(data: bytes) -> str:
    """All text of a page but for scripts, styles and comments (lxml)."""
    from lxml import html

    page = html.fromstring(data, parser=html.HTMLParser(encoding="utf-8" if _is_utf8(data) else None))
    return _page_text(page)


def _page_text(page: Any) -> str:
    for unseen in page.xpath("//script | //style | //template | //noscript | //head | //svg | //textarea | //select"):
        unseen.drop_tree()
    return " ".join(page.xpath("//text()[not(parent::comment())]"))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def of_json(data: bytes) -> str:
    """Every key once and every value; of a WordPress post the two rendered parts."""
    parsed = json.loads(of_text(data), parse_float=str, parse_int=str)
    posts = parsed if isinstance(parsed, list) else [parsed]
    if all(isinstance(post, dict) and isinstance(post.get("content"), dict) for post in posts):
        rendered = [post[part]["rendered"] for post in posts for part in ("title", "content") if part in post]
        return "\n".join(of_html(f"<div>{part}</div>".encode("utf-8", "ignore")) for part in rendered if part.strip())
    return "\n".join(dict.fromkeys(_keys(parsed))) + "\n" + "\n".join(_leaves(parsed))


def _keys(value: Any) -> Iterator[str]:
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _keys(inner)
    yield from value if isinstance(value, dict) else ()


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def of_yaml(data: bytes) -> str:
    """The file as it stands, without comments."""
    return re.sub(r"(?m)(?:^|\s)#.*$", "", of_text(data))


def _xml(data: bytes, members: str, skip: str = "", only: str = "") -> str:
    """The text nodes of the members of a zip file, with gaps where a paragraph, cell or break ends."""
    from lxml import etree

    parts: list[str] = []
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in sorted(name for name in archive.namelist() if re.fullmatch(members, name)):
            root = etree.fromstring(archive.read(name), parser)
            for event, node in etree.iterwalk(root, events=("start", "end")):
                tag = node.tag if isinstance(node.tag, str) else ""
                if skip and event == "start" and re.search(skip, tag):
                    for inner in list(node):
                        node.remove(inner)
                    node.text = ""
                if event == "start" and (not only or re.search(only, tag)):
                    parts.append(node.text if node.text is not None else "")
                if event == "end":
                    parts.append(" " if _ENDS_A_WORD.search(tag) else "")
                    parts.append(node.tail if not only and node.tail is not None else "")
    return "".join(parts)


def of_docx(data: bytes) -> str:
    """Body, notes, headers and footers; without what a tracked change deleted."""
    members = r"word/(?:document|footnotes|endnotes|header\d*|footer\d*)\.xml"
    return _xml(data, members, skip=r"\}(?:del|Fallback|moveFrom)$", only=r"\}t$")


def of_pptx(data: bytes) -> str:
    """Slides and speakers' notes."""
    return _xml(data, r"ppt/(?:slides|notesSlides)/[^/]+\.xml", skip=r"\}Fallback$", only=r"\}t$")


def of_xlsx(data: bytes) -> str:
    """The strings of all sheets; how a number is shown is a matter of its format."""
    return _xml(data, r"xl/(?:sharedStrings|worksheets/[^/]+)\.xml", skip=r"\}rPh$", only=r"\}t$")


def of_odt(data: bytes) -> str:
    """All text of the body."""
    return _xml(data, r"content\.xml", skip=r"\}(?:automatic-styles|scripts|tracked-changes|font-face-decls)$")


def of_epub(data: bytes) -> str:
    """All pages, in the order of their names."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        pages = sorted(name for name in archive.namelist() if re.search(r"\.x?html?$", name))
        return "\n".join(of_html(archive.read(name)) for name in pages)


def of_rtf(data: bytes) -> str:
    """What striprtf makes of it."""
    from striprtf.striprtf import rtf_to_text

    return str(rtf_to_text(data.decode("latin-1"), errors="ignore"))


def of_eml(data: bytes) -> str:
    """Subject and the text of the message."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    subject = message.get("subject", "")
    body = message.get_body(("plain", "html"))
    if body is None:
        return str(subject)
    text = body.get_content()
    return f"{subject}\n{of_html(text.encode()) if body.get_content_subtype() == 'html' else text}"


def of_pdf(data: bytes) -> str:
    """What pypdf makes of it."""
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


VIEWS: dict[str, Callable[[bytes], str]] = {
    "text": of_text,
    "csv": of_text,
    "markdown": of_markdown,
    "html": of_html,
    "wordpress": of_json,
    "json": of_json,
    "yaml": of_yaml,
    "docx": of_docx,
    "pptx": of_pptx,
    "xlsx": of_xlsx,
    "odt": of_odt,
    "rtf": of_rtf,
    "epub": of_epub,
    "eml": of_eml,
    "pdf": of_pdf,
}

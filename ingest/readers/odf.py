"""What OpenDocument texts and spreadsheets share: styles, shown text, rows with repeats, facts (ODF 1.3, part 3)."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from config import UserError
from ingest.readers.zipped import damaged, facts_of, member

_URN = "urn:oasis:names:tc:opendocument:xmlns:"
OFFICE, TEXT, TABLE, STYLE, DRAW = (f"{{{_URN}{name}:1.0}}" for name in ("office", "text", "table", "style", "drawing"))
SVG = f"{{{_URN}svg-compatible:1.0}}"
FO = f"{{{_URN}xsl-fo-compatible:1.0}}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_FACTS = {
    f"{{{_URN}meta:1.0}}creation-date": "created",
    f"{_DC}date": "modified",
    f"{_DC}language": "language",
    f"{{{_URN}meta:1.0}}initial-creator": "author",
    f"{_DC}title": "title",
}
_SPACES = {f"{TEXT}tab": " ", f"{TEXT}line-break": "\n"}
_PASSED_OVER = frozenset(
    (f"{TEXT}tracked-changes", f"{OFFICE}annotation", f"{TEXT}hidden-text", f"{OFFICE}forms", f"{TEXT}ruby-text",
     f"{OFFICE}annotation-end", f"{TEXT}sequence-decls", f"{TEXT}variable-decls", f"{DRAW}image", f"{DRAW}object",
     f"{OFFICE}event-listeners", f"{TEXT}note-citation", f"{SVG}title", f"{SVG}desc")
)  # fmt: skip
MOST_REPEATS = 1_000  # of a filled cell or row; a file that claims more pads the sheet
_TINY_POINTS = 2.0


def content_of(name: str, archive: zipfile.ZipFile) -> Any:
    """The root of content.xml.

    Raises:
        UserError: locked with a password, or without content.

    """
    if "META-INF/manifest.xml" in archive.namelist() and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        message = f"{name} is locked with a password: not read. Save it without the password and ingest that."
        raise UserError(message)
    root = member(archive, "content.xml")
    if root is None:
        raise damaged(name, "OpenDocument file", ValueError("content.xml is missing"))
    return root


def facts(archive: zipfile.ZipFile) -> tuple[tuple[str, str], ...]:
    """What the file says about itself in meta.xml."""
    root = member(archive, "meta.xml")
    found = [] if root is None else [one for about in root for one in about]
    pairs = [(_FACTS.get(str(one.tag)), one.text) for one in found]
    author = [("author", one.text) for one in found if one.tag == f"{_DC}creator"]
    return facts_of([*pairs, *author])


@dataclass(slots=True)
class OdfStyles:
    """Styles by family and name, from styles.xml and the automatic styles of content.xml."""

    by_name: dict[tuple[str, str], Any] = field(default_factory=dict)
    lists: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, *roots: Any | None) -> OdfStyles:
        """From whole parts; later ones win."""
        made = cls()
        for root in roots:
            for style in [] if root is None else root.iter(f"{STYLE}style"):
                made.by_name[str(style.get(f"{STYLE}family")), str(style.get(f"{STYLE}name"))] = style
            for style in [] if root is None else root.iter(f"{TEXT}list-style"):
                made.lists[str(style.get(f"{STYLE}name"))] = style
        return made

    def chain(self, family: str, name: str | None) -> list[Any]:
        """A style and its parents, nearest first."""
        found: dict[str, Any] = {}
        while name is not None and (family, name) in self.by_name and name not in found:
            found[name] = self.by_name[family, name]
            name = found[name].get(f"{STYLE}parent-style-name")
        return list(found.values())

    def stated(self, family: str, name: str | None, properties: str, attribute: str) -> str:
        """The nearest value of one property, '' where no style states it."""
        for style in self.chain(family, name):
            for one in style.findall(f"{STYLE}{properties}-properties"):
                if one.get(attribute) is not None:
                    return str(one.get(attribute))
        return ""

    def hides(self, family: str, name: str | None) -> bool:
        """Whether a text or paragraph style is not printed: no display, at most 2 points, or white on no ground."""
        if self.stated(family, name, "text", f"{TEXT}display") == "none":
            return True
        size = self.stated(family, name, "text", f"{FO}font-size")
        if size.endswith("pt") and size[:-2].replace(".", "", 1).isdigit() and float(size[:-2]) <= _TINY_POINTS:
            return True
        grounds = [self.stated(family, name, kind, f"{FO}background-color") for kind in ("text", "paragraph")]
        white = self.stated(family, name, "text", f"{FO}color").lower() == "#ffffff"
        return family == "text" and white and not any(ground not in ("", "transparent") for ground in grounds)


@dataclass(slots=True)
class ShownText:
    """The text below a paragraph as printed; frames and notes found on the way are put aside in order."""

    styles: OdfStyles
    max_nesting: int
    dropped: Counter[str] = field(default_factory=Counter)
    aside: list[Any] = field(default_factory=list)  # text:note and draw:text-box elements
    notes: int = 0

    def of(self, element: Any, depth: int = 0) -> str:
        """All text below ``element``, line breaks kept."""
        if depth > self.max_nesting:
            raise RecursionError
        parts = [element.text if element.text is not None else ""]
        for node in element:
            if isinstance(node.tag, str):
                parts.append(self._node(node, depth))
            parts.append(node.tail if node.tail is not None else "")
        return "".join(parts)

    def _node(self, node: Any, depth: int) -> str:
        if node.tag == f"{TEXT}s":
            return " "
        if node.tag in _SPACES:
            return _SPACES[node.tag]
        if node.tag == f"{TEXT}note":
            self.notes += 1
            self.aside.append((f"[{self.notes}]", node))
            return f"[{self.notes}]"
        if node.tag in (f"{DRAW}text-box", f"{DRAW}custom-shape"):
            self.aside.append(("", node))
            return ""
        if node.tag in _PASSED_OVER:
            self.dropped["images"] += node.tag == f"{DRAW}image"
            self.dropped["comments"] += node.tag == f"{OFFICE}annotation"
            self.dropped["hidden"] += node.tag == f"{TEXT}hidden-text"
            self.dropped["diagrams and charts"] += node.tag == f"{DRAW}object"
            return ""
        if node.tag == f"{TEXT}span" and self.styles.hides("text", node.get(f"{TEXT}style-name")):
            self.dropped["hidden"] += bool("".join(node.itertext()).strip())
            return ""
        return self.of(node, depth + 1)


def table_rows(table: Any, *, header: bool = False) -> Iterator[tuple[Any, bool]]:
    """Rows of ``table:table`` with whether they are marked as column names; row groups are looked through."""
    for one in table:
        if one.tag == f"{TABLE}table-row":
            yield one, header
        elif one.tag in (f"{TABLE}table-header-rows", f"{TABLE}table-rows", f"{TABLE}table-row-group"):
            yield from table_rows(one, header=header or one.tag.endswith("header-rows"))


def repeats(element: Any, what: str) -> int:
    """How often a cell, column or row stands for itself."""
    text = str(element.get(f"{TABLE}number-{what}-repeated", "1"))
    return max(int(text), 1) if text.isdigit() else 1


def is_hidden_part(element: Any) -> bool:
    """Whether a row or column is collapsed or filtered out."""
    return str(element.get(f"{TABLE}visibility", "visible")) != "visible"

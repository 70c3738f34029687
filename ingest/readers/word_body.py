"""A Word document's body, note or text box as blocks, walked element by element.

What a reader of the printed page does not see (field instructions, tracked deletions) is no text; what the page shows
and is easily passed over (content controls, text boxes, list numbers, notes) is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ingest.readers.tables import cell_text, filled_down, paragraph_blocks, table_blocks
from ingest.readers.word_styles import Role, Styles, W, child, integer, on, value
from ingest.records import Block, BlockKind

_COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_BREAKS = {f"{W}br": "\n", f"{W}cr": "\n", f"{W}tab": " ", f"{W}ptab": " ", f"{W}noBreakHyphen": "-"}
_NOTE_MARKS = (f"{W}footnoteReference", f"{W}endnoteReference")
_LEAVES = frozenset((*_BREAKS, *_NOTE_MARKS, f"{W}t", f"{W}sym", _MATH_TEXT))
_NOT_SHOWN = frozenset(
    W + tag for tag in ("del", "moveFrom", "delText", "instrText", "delInstrText", "rPr", "pPr", "sdtPr", "sdtEndPr",
                        "sectPr", "tblPr", "tblGrid", "tcPr", "trPr", "fldData", "altChunk")
)  # fmt: skip
_MARKED = re.compile(r"\(?[\w.]{1,8}[.):]\s")
_SYMBOLS = {0xF0B7: "•", 0xF0A7: "▪", 0xF0FE: "☒", 0xF0A8: "☐", 0xF06F: "☐", 0xF0FC: "✓", 0xF0E0: "→", 0xF0B3: "≥",
            0xF0A3: "≤"}  # fmt: skip
_MOST_SPANNED = 100  # columns; files that claim more are wrong


@dataclass(slots=True)
class Body:
    """A walk over the parts of one document; what it leaves out is counted in ``dropped``."""

    styles: Styles
    max_nesting: int
    notes: dict[tuple[str, str], Any] = field(default_factory=dict)  # (footnote | endnote, id) -> its element
    dropped: Counter[str] = field(default_factory=Counter)
    looks: list[tuple[Block, float, bool]] = field(default_factory=list)  # paragraphs: size in points, all bold
    _boxes: list[Block] = field(default_factory=list)  # text boxes of the paragraph at hand
    _held: list[Block] = field(default_factory=list)  # notes of the paragraph or table at hand
    _fields: list[bool] = field(default_factory=list)  # complex fields that are open: True in their instruction
    _tables: int = 0  # tables around the place at hand
    _shown_notes: int = 0

    def blocks(self, container: Any, depth: int = 0) -> Iterator[Block]:
        """Blocks of the paragraphs and tables below a body, cell, text box or note.

        Raises:
            RecursionError: more than ``max_nesting`` containers in each other.

        """
        if depth > self.max_nesting:
            raise RecursionError
        for element in container:
            if not isinstance(element.tag, str) or element.tag in _NOT_SHOWN:
                self.dropped["embedded documents"] += element.tag == f"{W}altChunk"
            elif element.tag == f"{W}p":
                yield from self._paragraph(element, depth)
            elif element.tag == f"{W}tbl":
                yield from self._table(element, depth)
            elif value(element, "sdtPr/docPartObj/docPartGallery") == "Table of Contents":
                self.dropped["table of contents"] += 1
            else:
                yield from self.blocks(_chosen(element), depth + 1)

    def _paragraph(self, element: Any, depth: int) -> Iterator[Block]:
        text = "\n".join(" ".join(line.split()) for line in self._text(element, depth).split("\n") if line.strip())
        boxes, self._boxes = self._boxes, []
        role = self.styles.role(element) if text else Role()
        if role.contents:
            self.dropped["table of contents"] += 1
        elif text:
            found = list(_in_role(text, role))
            if len(found) == 1 and found[0].kind is BlockKind.PARAGRAPH and not self._tables:
                self.looks.append((found[0], *self.styles.look(element)))
            yield from found
        yield from boxes
        if not self._tables:
            yield from self._take_held()

    def _take_held(self) -> list[Block]:
        held, self._held = self._held, []
        return held

    def _text(self, element: Any, depth: int) -> str:
        """The text below a paragraph as printed; text boxes and notes are put aside."""
        if depth > self.max_nesting:
            raise RecursionError
        parts: list[str] = []
        for node in element:
            tag = node.tag
            if not isinstance(tag, str) or tag in _NOT_SHOWN:
                continue
            if tag == f"{W}fldChar":
                self._field(str(node.get(f"{W}fldCharType")))
            elif tag == f"{W}txbxContent":
                outer, self._boxes = self._boxes, []
                inner = list(self.blocks(node, depth + 1))
                self._boxes = outer + inner
            elif tag in _LEAVES:
                parts.append("" if any(self._fields) else self._leaf(node, tag, depth))
            else:
                self.dropped["images"] += tag.endswith(("/picture}pic", "}imagedata"))
                self.dropped["diagrams and charts"] += tag.endswith(("/diagram}relIds", "/chart}chart"))
                parts.append(self._text(_chosen(node), depth + 1))
        return "".join(parts)

    def _leaf(self, node: Any, tag: str, depth: int) -> str:
        if tag in (f"{W}t", _MATH_TEXT):
            return node.text if node.text is not None else ""
        if tag in _BREAKS:
            return _BREAKS[tag]
        if tag == f"{W}sym":
            return _symbol(str(node.get(f"{W}char")))
        return self._note(tag.removeprefix(W).removesuffix("Reference"), str(node.get(f"{W}id")), depth)

    def _field(self, kind: str) -> None:
        """Of a complex field (TOC, HYPERLINK, MERGEFIELD, …) the instruction is no text, the result is."""
        if kind == "begin":
            self._fields.append(True)
        elif self._fields and kind == "separate":
            self._fields[-1] = False
        elif self._fields and kind == "end":
            self._fields.pop()

    def _note(self, kind: str, key: str, depth: int) -> str:
        """The mark of a footnote or endnote; its text is held until the paragraph or table ends."""
        note = self.notes.pop((kind, key), None)
        if note is None:
            return ""
        self._shown_notes += 1
        mark = f"[{self._shown_notes}]"
        boxes, self._boxes = self._boxes, []
        held, self._held = self._held, []
        fields, self._fields = self._fields, []
        blocks = list(self.blocks(note, depth + 1))
        if blocks and blocks[0].kind is not BlockKind.ROW:
            blocks[0] = replace(blocks[0], text=f"{mark} {blocks[0].text}")
        self._boxes, self._held, self._fields = boxes, [*held, *blocks], fields
        return mark

    def _table(self, table: Any, depth: int) -> Iterator[Block]:
        rows = [row for row in _children(table, "tr") if child(row, "trPr/del") is None]
        cells = [list(_children(row, "tc")) for row in rows]
        if self._only_places(cells):
            for cell in (cell for row in cells for cell in row):
                yield from self.blocks(cell, depth + 1)
            return
        self._tables += 1
        lines: list[list[str]] = []
        bold: list[list[bool]] = []
        joined: set[tuple[int, int]] = set()
        for number, row in enumerate(cells):
            before = min(integer(value(rows[number], "trPr/gridBefore")), _MOST_SPANNED)
            lines.append([""] * before)
            bold.append([False] * before)
            for cell in row:
                merge = child(cell, "tcPr/vMerge")
                if merge is not None and merge.get(f"{W}val", "continue") == "continue":
                    joined.add((number, len(lines[-1])))
                span = max(min(integer(value(cell, "tcPr/gridSpan")), _MOST_SPANNED), 1)
                lines[-1] += [self._cell(cell, depth), *[""] * (span - 1)]
                bold[-1] += [_is_bold(cell)] * span
        self._tables -= 1
        marked = next((number for number, row in enumerate(rows) if not on(row, "trPr/tblHeader")), len(rows))
        yield from table_blocks(filled_down(lines, joined), marked=marked, bold=bold)
        if not self._tables:
            yield from self._take_held()

    def _only_places(self, rows: list[list[Any]]) -> bool:
        """Whether a table only places text: one column, tables in its cells, or headings in its cells."""
        if all(len(row) < 2 for row in rows):
            return True
        for cell in (cell for row in rows for cell in row):
            if next(cell.iter(f"{W}tbl"), None) is not None:
                return True
            if any(self.styles.heading(paragraph) > 0 for paragraph in _children(cell, "p")):
                return True
        return False

    def _cell(self, cell: Any, depth: int) -> str:
        """A cell's paragraphs on one line; what Word shows as list items keeps a mark."""
        parts = []
        for block in self.blocks(cell, depth + 1):
            marked = block.kind is not BlockKind.ITEM or _MARKED.match(block.text)
            parts.append(block.text if marked else f"• {block.text}")
        return cell_text("\n".join(parts))


def _in_role(text: str, role: Role) -> Iterator[Block]:
    numbered = f"{role.number} {text}" if role.number else text
    if role.heading >= 0:
        yield Block(BlockKind.HEADING, " ".join(numbered.split()), level=role.heading)
    elif role.item >= 0:
        yield Block(BlockKind.ITEM, " ".join(numbered.split()), level=role.item)
    else:
        yield from paragraph_blocks(text)


def _chosen(element: Any) -> Any:
    """Of alternative contents (one drawing in two formats) the first."""
    if element.tag != f"{_COMPATIBLE}AlternateContent":
        return element
    choice = element.find(f"{_COMPATIBLE}Choice")
    return choice if choice is not None and len(choice) else element[-1:]


def _children(element: Any, tag: str) -> Iterator[Any]:
    """Children of one kind, also inside content controls and tracked insertions."""
    for one in element:
        if one.tag == W + tag:
            yield one
        elif one.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}ins", f"{W}moveTo", f"{W}customXml"):
            yield from _children(one, tag)


def _is_bold(cell: Any) -> bool:
    """Whether all of a cell's text is set bold."""
    runs = [run for run in cell.iter(f"{W}r") if "".join(run.itertext(f"{W}t")).strip()]
    return bool(runs) and all(on(run, "rPr/b") for run in runs)


def _symbol(code: str) -> str:
    """The character of ``w:sym``: private-use codes are pictures in a symbol font, of which the common are known.

    >>> _symbol("F0B7"), _symbol("2265"), _symbol("F0FE"), _symbol("zz")
    ('•', '≥', '☒', '')
    """
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    return _SYMBOLS.get(number, "•" if 0xE000 <= number < 0xF900 else chr(number) if 31 < number < 0x110000 else "")

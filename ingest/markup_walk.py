"""The elements of a page in order, as headings, paragraphs, items and rows; one pass, no recursion.

Bold lines that head what follows are headings too: pages written in an editor often have no others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bs4 import Tag
from bs4.element import NavigableString, PageElement

from ingest.hidden import declarations
from ingest.markup_headings import with_bold_headings, with_entries
from ingest.markup_table import image_sign, is_layout, outer_tables, table_blocks
from ingest.records import Block, BlockKind

_BLOCK_TAGS = frozenset(
    "address article aside blockquote body button center dd details dialog div dl dt fieldset figcaption figure footer "
    "form frameset h1 h2 h3 h4 h5 h6 header hr legend li main menu nav ol p pre section summary table tbody td tfoot "
    "th thead tr ul".split()
)
_LISTS = frozenset(("ul", "ol", "dl", "menu"))
_ITEMS = frozenset(("li", "dt", "dd"))
_BOLD = frozenset(("b", "strong"))
_LONGEST_HEADING = 200  # characters; a heading element around more than that is a paragraph
_TAB = 4  # spaces, in code
_WORD_LIST = re.compile(r"mso-list:[^;]*?level(\d)")  # how Word saves a list as HTML
_WORD_BULLET = re.compile(r"^[·•▪§–o-]\s+(?=\S)")


def walk(root: Tag, deepest: int) -> tuple[Block, ...]:
    """The blocks below ``root``; lists nest at most ``deepest`` levels."""
    walker = _Walker(deepest, outer_tables(root))
    stack: list[tuple[Tag, Iterator[PageElement]]] = [(root, iter(root.children))]
    while stack:
        one = next(stack[-1][1], None)
        if one is None:
            walker.leave(stack.pop()[0])
        elif isinstance(one, NavigableString):
            walker.text(str(one))
        elif isinstance(one, Tag):
            if walker.enter(one):
                stack.append((one, iter(one.children)))
    walker.flush()
    return with_entries(with_bold_headings(walker.blocks, walker.bold_lines, walker.leads), walker.leads)


@dataclass(slots=True)
class _Item:
    level: int
    mark: str = ""  # the number that is shown before it
    first: bool = True  # nothing of it has been seen yet


@dataclass(slots=True)
class _Walker:
    deepest: int
    outer: set[int]  # tables that hold tables
    blocks: list[Block] = field(default_factory=list)
    bold_lines: set[int] = field(default_factory=set)  # blocks that are one line, all of it bold
    leads: dict[int, str] = field(default_factory=dict)  # bold or linked words that a paragraph of more begins with
    pieces: list[tuple[str, bool]] = field(default_factory=list)  # inline text, and whether it is bold
    lead: list[str] = field(default_factory=list)  # the bold or linked pieces before all others
    led: bool = False  # something else has come
    items: list[_Item] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)  # of the last item of each numbered list
    lists: int = 0
    heading: int = 0  # its level, 0 outside one
    bold: int = 0
    link: int = 0
    pre: int = 0

    def text(self, text: str) -> None:
        """A string of the page."""
        if self.bold or self.link:
            self.lead += [] if self.led else [text]
        else:
            self.led = self.led or not text.isspace()
        self.pieces.append((text if self.pre else re.sub(r"\s+", " ", text), self.bold > 0))

    def enter(self, tag: Tag) -> bool:
        """An element begins; whether its children are to be walked."""
        if tag.name == "br":
            self.pieces.append(("\n", True))
            return False
        if tag.name == "img":
            self.pieces.append((image_sign(tag), self.bold > 0))
            return False
        if tag.name == "input":
            if tag.get("type") == "checkbox":
                self.pieces.append(("[x] " if tag.has_attr("checked") else "[ ] ", self.bold > 0))
            return False
        self.bold += _is_bold(tag)
        self.link += tag.name == "a"
        if not _is_block(tag):
            return True
        if self.heading:
            self.pieces.append((" ", True))
            return True
        self.flush()
        self._open(tag)
        if tag.name == "table" and not is_layout(tag, self.outer):
            self.blocks += table_blocks(tag)
            return False
        return True

    def _open(self, tag: Tag) -> None:
        self.heading = _heading_level(tag)
        self.pre += tag.name == "pre"
        self.lists += tag.name in _LISTS
        level = _item_level(tag)
        if level is not None:
            self.items.append(_Item(level))
        elif tag.name in _ITEMS:
            lowest = max(self.lists - 1, 0) + (tag.name == "dd")
            self.items.append(_Item(min(lowest, self.deepest), self._number(tag)))

    def _number(self, tag: Tag) -> str:
        """What a browser shows before an item of a numbered list: "3. ", letters where the list asks for them."""
        parent = tag.parent
        if tag.name != "li" or parent is None or parent.name != "ol":
            return ""
        stated = str(tag.get("value", "") if id(parent) in self.numbers else tag.get("value", parent.get("start", "")))
        number = int(stated) if re.fullmatch(r"-?\d{1,6}", stated) else self.numbers.get(id(parent), 0) + 1
        self.numbers[id(parent)] = number
        letters = parent.get("type") in ("a", "A") and 1 <= number <= 26
        return f"{chr(ord(str(parent['type'])) + number - 1)}. " if letters else f"{number}. "

    def leave(self, tag: Tag) -> None:
        """An element ends."""
        self.bold -= _is_bold(tag)
        self.link -= tag.name == "a"
        if not _is_block(tag):
            return
        if self.heading:
            if not _heading_level(tag) or tag.find_parent(_is_heading) is not None:
                self.pieces.append((" ", True))
                return
        self.flush()
        self.heading = 0
        self.pre -= tag.name == "pre"
        self.lists -= tag.name in _LISTS
        if (tag.name in _ITEMS or _item_level(tag) is not None) and self.items:
            self.items.pop()

    def flush(self) -> None:
        """Make a block, or several, of the inline text so far."""
        lines = _code_lines(self.pieces) if self.pre else _lines(self.pieces)
        lead = " ".join("".join(self.lead).split())
        self.pieces, self.lead, self.led = [], [], False
        if not lines:
            return
        text = "\n".join(line for line, _ in lines)
        if self.heading:
            text = " ".join(text.split())
            kind = BlockKind.HEADING if len(text) <= _LONGEST_HEADING else BlockKind.PARAGRAPH
            self.blocks.append(Block(kind, text, level=self.heading if kind is BlockKind.HEADING else 0))
        elif self.items:
            item = self.items[-1]
            level = item.level if item.first else min(item.level + 1, self.deepest)
            text = (item.mark if item.first else "") + _WORD_BULLET.sub("", text)
            item.first = False
            self.blocks.append(Block(BlockKind.ITEM, text, level=level))
        else:
            first = len(self.blocks)
            self._paragraphs(lines)
            if lead and not self.pre and lines != [(lead, True)]:
                self.leads[first] = lead

    def _paragraphs(self, lines: list[tuple[str, bool]]) -> None:
        """One paragraph, cut where a bold line stands between others."""
        run: list[str] = []
        all_bold = all(bold for _, bold in lines)
        for line, bold in lines:
            if bold and (len(lines) == 1 or not all_bold):
                self._paragraph(run)
                run = []
                self.bold_lines.add(len(self.blocks))
                self.blocks.append(Block(BlockKind.PARAGRAPH, line))
            else:
                run.append(line)
        self._paragraph(run)

    def _paragraph(self, lines: list[str]) -> None:
        if lines:
            self.blocks.append(Block(BlockKind.PARAGRAPH, "\n".join(lines)))


def _lines(pieces: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """The lines that are not empty, each with whether all of its words are bold."""
    joined = ((" ".join(line.split()), bold) for line, bold in _split(pieces))
    return [(line, bold) for line, bold in joined if line]


def _code_lines(pieces: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """The lines of preformatted text as they stand, without the indentation that all of them have."""
    lines = [(line.expandtabs(_TAB).rstrip(), bold) for line, bold in _split(pieces)]
    lines = [(line, bold) for line, bold in lines if line]
    indent = min((len(line) - len(line.lstrip()) for line, _ in lines), default=0)
    return [(line[indent:], bold) for line, bold in lines]


def _split(pieces: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """The text of the pieces by lines, each with whether all of its words are bold."""
    lines: list[tuple[list[str], bool]] = [([], True)]
    for text, bold in pieces:
        for number, part in enumerate(text.split("\n")):
            if number:
                lines.append(([], True))
            words, all_bold = lines[-1]
            words.append(part)
            lines[-1] = (words, all_bold and (bold or not any(char.isalnum() for char in part)))
    joined = (("".join(words), bold) for words, bold in lines)
    return [(line, bold and any(char.isalnum() for char in line)) for line, bold in joined]


def _is_heading(tag: Tag) -> bool:
    return _heading_level(tag) > 0


def _heading_level(tag: Tag) -> int:
    """1 to 6 by the element's name, or what ARIA says of it; 0 for no heading."""
    if re.fullmatch("h[1-6]", tag.name):
        return int(tag.name[1])
    if str(tag.get("role", "")).lower() == "heading":
        level = str(tag.get("aria-level", "2"))
        return int(level) if re.fullmatch("[1-9]", level) else 2
    return 0


def _item_level(tag: Tag) -> int | None:
    match = _WORD_LIST.search(str(tag.get("style", ""))) if tag.name == "p" else None
    return None if match is None else int(match[1]) - 1


def _is_block(tag: Tag) -> bool:
    if tag.name in _BLOCK_TAGS or tag.get("role") == "heading":
        return True
    shown_as = declarations(str(tag.get("style", ""))).get("display", "") if tag.has_attr("style") else ""
    return re.match("block|flex|grid|list-item|table", shown_as) is not None


def _is_bold(tag: Tag) -> bool:
    if tag.name in _BOLD:
        return True
    weight = declarations(str(tag.get("style", ""))).get("font-weight", "") if tag.has_attr("style") else ""
    return weight in ("bold", "bolder", "600", "700", "800", "900")

"""OpenDocument texts (.odt).

lxml reads the parts: odfdo and odfpy wrap the same XML, but neither resolves list numbers, hidden styles or repeats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from config import IngestConfig, UserError
from ingest.readers import odf
from ingest.readers.odf import OFFICE, STYLE, TABLE, TEXT, OdfStyles, ShownText
from ingest.readers.office import finished
from ingest.readers.tables import cell_text, filled_down, paragraph_blocks, table_blocks
from ingest.readers.word_styles import counted, integer
from ingest.readers.zipped import DAMAGED, damaged, library, member, open_zip
from ingest.records import Block, BlockKind, Reading

_INDEXES = frozenset(
    TEXT + tag for tag in ("table-of-content", "illustration-index", "table-index", "alphabetical-index")
)


def read_odt(name: str, data: bytes, limits: IngestConfig) -> Reading:
    """An OpenDocument text as it would be printed, without tracked deletions, comments, headers and footers.

    Raises:
        UserError: damaged, locked, nested too deeply, or unpacking to more than the limit.

    """
    try:
        with open_zip(name, data, limits) as archive:
            root = odf.content_of(name, archive)
            named = member(archive, "styles.xml")
            facts = odf.facts(archive)
        styles = OdfStyles.of(named, root)
        text = ShownText(styles, limits.max_nesting)
        blocks = list(_Walk(styles, text).body(root, named))
    except RecursionError as error:
        message = f"{name} is nested too deeply to be read. Save it again as .odt, or as .txt."
        raise UserError(message) from error
    except DAMAGED as error:
        raise damaged(name, "OpenDocument text", error, ".odt") from error
    return finished("odt", blocks, text.dropped, facts, library("lxml"))


@dataclass(slots=True)
class _Walk:
    styles: OdfStyles
    text: ShownText
    counters: dict[str, list[int]] = field(default_factory=dict)  # by list style
    tables: int = 0

    def body(self, root: Any, named: Any | None) -> Iterator[Block]:
        """The blocks of the body; of headers and footers only when it has none."""
        body = root.find(f"{OFFICE}body")
        found = [] if body is None else [block for part in body for block in self.blocks(part)]
        self.text.dropped["deleted"] += len(list(root.iter(f"{TEXT}deletion")))
        margins = [] if named is None else [one for kind in ("header", "footer") for one in named.iter(STYLE + kind)]
        filled = [margin for margin in margins if "".join(margin.itertext()).strip()]
        if found:
            self.text.dropped["headers and footers"] += len(filled)
            yield from found
        else:
            for margin in filled:
                yield from self.blocks(margin)

    def blocks(self, container: Any, depth: int = 0) -> Iterator[Block]:
        """Blocks of the paragraphs, lists and tables below a body, section, cell, text box or note."""
        if depth > self.text.max_nesting:
            raise RecursionError
        for element in container:
            tag = element.tag
            if tag in (f"{TEXT}p", f"{TEXT}h"):
                yield from self._paragraph(element, depth)
            elif tag == f"{TEXT}list":
                yield from self._list(element, 0, "", depth)
            elif tag == f"{TABLE}table":
                yield from self._table(element, depth)
            elif tag in _INDEXES:
                self.text.dropped["table of contents"] += 1
            elif tag == f"{TEXT}section" and element.get(f"{TEXT}display", "true") != "true":
                self.text.dropped["hidden"] += 1
            elif tag in (f"{TEXT}tracked-changes", f"{OFFICE}forms", f"{OFFICE}annotation"):
                continue
            elif isinstance(tag, str):
                yield from self.blocks(element, depth + 1)

    def _paragraph(self, element: Any, depth: int, item: int = -1, number: str = "") -> Iterator[Block]:
        style = element.get(f"{TEXT}style-name")
        if element.get(f"{TEXT}is-hidden") == "true" or self.styles.hides("paragraph", style):
            self.text.dropped["hidden"] += bool("".join(element.itertext()).strip())
            return
        lines = (" ".join(line.split()) for line in self.text.of(element, depth).split("\n"))
        shown = "\n".join(line for line in lines if line)
        level = self._heading(element, style)
        if shown and level >= 0:
            yield Block(BlockKind.HEADING, " ".join(f"{number} {shown}".split()), level=level)
        elif shown and item >= 0:
            yield Block(BlockKind.ITEM, " ".join(f"{number} {shown}".split()), level=item)
        else:
            yield from paragraph_blocks(shown)
        if not self.tables:
            yield from self._aside(depth)

    def _aside(self, depth: int) -> Iterator[Block]:
        """Text boxes and notes of what was just read."""
        waiting, self.text.aside = self.text.aside, []
        for mark, element in waiting:
            body = element.find(f"{TEXT}note-body")
            for number, block in enumerate(self.blocks(element if body is None else body, depth + 1)):
                if mark and number == 0 and block.kind is not BlockKind.ROW:
                    block = Block(block.kind, f"{mark} {block.text}", level=block.level)
                yield block

    def _heading(self, element: Any, style: str | None) -> int:
        """Heading level, 0 for the title, -1 for none."""
        chain = self.styles.chain("paragraph", style)
        names = {str(one.get(f"{STYLE}name")) for one in chain} | {str(style)}
        if "Title" in names:
            return 0
        if element.tag == f"{TEXT}h":
            return max(integer(element.get(f"{TEXT}outline-level"), 1), 1)
        for one in chain:
            if one.get(f"{STYLE}default-outline-level"):
                return integer(one.get(f"{STYLE}default-outline-level"), -1)
        match = next((match for name in names if (match := re.fullmatch(r"Heading_20_(\d)", name))), None)
        return -1 if match is None else int(match[1])

    def _list(self, element: Any, level: int, style: str, depth: int) -> Iterator[Block]:
        if level + depth > self.text.max_nesting:
            raise RecursionError
        style = str(element.get(f"{TEXT}style-name", style))
        counter = self.counters.setdefault(style, [0] * (self.text.max_nesting + 1))
        goes_on = element.get(f"{TEXT}continue-numbering") == "true" or element.get(f"{TEXT}continue-list") is not None
        if not goes_on:
            counter[level] = 0
        for item in element:
            first = True
            for part in item if isinstance(item.tag, str) else ():
                if part.tag in (f"{TEXT}p", f"{TEXT}h"):
                    number = self._number(item, level, style) if first and item.tag == f"{TEXT}list-item" else ""
                    yield from self._paragraph(part, depth + 1, level if first else level + 1, number)
                    first = False
                elif part.tag == f"{TEXT}list":
                    yield from self._list(part, level + 1, style, depth + 1)
                else:
                    yield from self.blocks([part], depth + 1)

    def _number(self, item: Any, level: int, style: str) -> str:
        """The number that a list item shows, '' for a bullet."""
        counter, definition = self.counters[style], self.styles.lists.get(style)
        kinds = [] if definition is None else [one for one in definition if one.get(f"{TEXT}level") == str(level + 1)]
        if not kinds or kinds[0].tag != f"{TEXT}list-level-style-number" or not kinds[0].get(f"{STYLE}num-format"):
            return ""
        kind = kinds[0]
        start = integer(item.get(f"{TEXT}start-value", kind.get(f"{TEXT}start-value")), 1)
        fresh = counter[level] == 0 or item.get(f"{TEXT}start-value") is not None
        counter[level] = start if fresh else counter[level] + 1
        shown = max(min(integer(kind.get(f"{TEXT}display-levels"), 1), level + 1), 1)
        form = str(kind.get(f"{STYLE}num-format"))
        numbers = [counted(max(count, 1), form) for count in counter[level + 1 - shown : level + 1]]
        return f"{kind.get(f'{STYLE}num-prefix', '')}{'.'.join(numbers)}{kind.get(f'{STYLE}num-suffix', '')}"

    def _table(self, table: Any, depth: int) -> Iterator[Block]:
        rows = list(odf.table_rows(table))
        seen = [(row, header) for row, header in rows if not odf.is_hidden_part(row)]
        self.text.dropped["hidden"] += len(rows) - len(seen)
        cells = [[cell for cell in row if isinstance(cell.tag, str)] for row, _ in seen]
        nested = any(next(cell.iter(f"{TABLE}table"), None) is not None for row in cells for cell in row)
        headed = any(cell.find(f"{TEXT}h") is not None for row in cells for cell in row)
        if nested or headed or all(len(row) < 2 for row in cells):  # a table that only places text
            for cell in (cell for row in cells for cell in row):
                yield from self.blocks(cell, depth + 1)
            return
        self.tables += 1
        lines: list[list[str]] = []
        joined: set[tuple[int, int]] = set()
        below: dict[int, int] = {}  # column -> rows that a merged cell still covers
        for number, row in enumerate(cells):
            lines.append([])
            for cell in row:
                column = len(lines[-1])
                if cell.tag == f"{TABLE}covered-table-cell" and below.get(column, 0) > 0:
                    joined.add((number, column))
                    below[column] -= 1
                else:
                    below[column] = integer(cell.get(f"{TABLE}number-rows-spanned"), 1) - 1
                text = self._cell(cell, depth)
                lines[-1] += [text] * min(odf.repeats(cell, "columns"), odf.MOST_REPEATS if text else 100)
        self.tables -= 1
        marked = next((number for number, (_, header) in enumerate(seen) if not header), len(seen))
        yield from table_blocks(filled_down(lines, joined), marked=marked)
        if not self.tables:
            yield from self._aside(depth)

    def _cell(self, cell: Any, depth: int) -> str:
        found = self.blocks(cell, depth + 1)
        bullets = ((block.kind is BlockKind.ITEM and not block.text[:1].isdigit(), block.text) for block in found)
        return cell_text("\n".join(f"• {text}" if bullet else text for bullet, text in bullets))

"""Site furniture at the head and tail of text exports: found by structure and by what repeats across documents.

Two rules, both recorded as notes: what stands before a document's title is not part of it; and from the first tail
lines that another document of the library ends with too, or after the closing table of a numbered document, nothing
belongs to it any more. Documents of one template share headings too, so one shared line says nothing: see _may_end.
HTML furniture is dropped by its markup (markup.py). Blocks with table rows are never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from ingest.records import Block, BlockKind, Kind, Note
from ingest.structure import kind_of

TAIL_BLOCKS = 40
MOST_CAPTIONS = 8
LONGEST_LINE = 110  # characters: what several documents share in longer lines is boilerplate that people ask about
_MIN_NUMBERED = 8
_MOSTLY_SHARED = 0.75


def edge_lines(blocks: Sequence[Block]) -> frozenset[str]:
    """Normalised lines of a document's tail: what other documents are compared with."""
    tail = blocks[-TAIL_BLOCKS:]
    return frozenset(_key(b.text) for b in tail if b.kind in (BlockKind.PARAGRAPH, BlockKind.HEADING))


def _key(text: str) -> str:
    """Words only, in lower case.

    >>> _key("Compare – by city,  all in ONE place.")
    'compare by city all in one place'
    """
    return " ".join(re.findall(r"\w+", text.lower()))


def drop_furniture(blocks: Sequence[Block], repeated: Collection[str]) -> tuple[tuple[Block, ...], tuple[Note, ...]]:
    """Blocks without furniture, and notes that quote the first dropped line of each edge.

    ``repeated`` holds the edge lines that other documents of the library share.
    """
    notes: list[Note] = []
    head = next((i for i, b in enumerate(blocks) if b.kind is BlockKind.HEADING and b.level == 0), 0)
    if 0 < head <= 20:
        notes.append(Note("drop_head", head, _quote(blocks[0])))
    else:
        head = 0
    tail = _tail_start(blocks, repeated, head)
    if tail < len(blocks):
        notes.append(Note("drop_tail", len(blocks) - tail, _quote(blocks[tail])))
    return tuple(blocks[head:tail]), tuple(notes)


def _quote(block: Block) -> str:
    return block.text if len(block.text) <= 80 else block.text[:79] + "…"


def _tail_start(blocks: Sequence[Block], repeated: Collection[str], head: int) -> int:
    last_row = max((i for i, b in enumerate(blocks) if b.kind is BlockKind.ROW), default=-1)
    numbered = [i for i, b in enumerate(blocks) if b.kind is BlockKind.HEADING and re.match(r"\d{1,2}[.)]", b.text)]
    lowest = max(len(blocks) - TAIL_BLOCKS, last_row + 1, numbered[-1] + 2 if numbered else 1, head + 1)
    shared = [block.kind is not BlockKind.ITEM and _key(block.text) in repeated for block in blocks]
    for index in range(lowest, len(blocks)):
        if _may_end(blocks, shared, index):
            return index
    after = blocks[last_row + 1 :]
    if len(numbered) >= _MIN_NUMBERED and last_row > numbered[-1] and _are_captions(after):
        return last_row + 1
    return len(blocks)


def _are_captions(after: Sequence[Block]) -> bool:
    """Whether the lines after a document's closing table are a page's rest: few, short, and mostly no sentences."""
    if len(after) > MOST_CAPTIONS or any(len(b.text) > LONGEST_LINE or b.kind is BlockKind.ITEM for b in after):
        return False
    return 2 * sum(b.text.endswith((".", "!")) for b in after) <= len(after)


def _may_end(blocks: Sequence[Block], shared: Sequence[bool], index: int) -> bool:
    """Whether furniture starts at ``index``: two shared lines in a row (or the last line), and half of the text or more
    before them. A shared heading that names a kind of section is a template's, unless nearly all around it is shared.
    """
    if not all(shared[index : index + 2]):
        return False
    tail = list(zip(blocks[index:], shared[index:], strict=True))
    if any(same and len(b.text) > LONGEST_LINE for b, same in tail):  # whole sentences in common are content
        return False
    named = any(same and b.kind is BlockKind.HEADING and kind_of((b.text,)) is not Kind.OTHER for b, same in tail)
    if named and sum(same for _, same in tail) < _MOSTLY_SHARED * len(tail):
        return False
    return sum(len(b.text) for b, _ in tail) <= sum(len(b.text) for b in blocks[:index])

"""Site furniture at the head and tail of text exports: found by structure and by what repeats across documents.

Three rules, all recorded as notes: what stands before a document's title is not part of it; a tail that other documents
of the library end with too, and that is made of captions, is not either; nor is what follows the closing table of a
numbered document, when it is made of captions or takes up the words of what stood before the title. Documents of one
employer share headings, sentences and ways to apply: those are content, see _may_end. HTML furniture is dropped by its
markup (markup.py). Table rows are never dropped, nor is what names a date, a sum of money or a way to reach somebody.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from ingest.kinds import kind_of
from ingest.records import Block, BlockKind, Kind, Note

TAIL_BLOCKS = 40
MOST_CAPTIONS = 8
LONGEST_LINE = 110  # characters: what several documents share in longer lines is boilerplate that people ask about
_LONGEST_HEAD = 20  # blocks before a title
_MIN_NUMBERED = 8
_MOSTLY_SHARED = 0.75
_LEAST_SHARED = 3  # different lines
_MOST_SENTENCES = 0.5  # of a shared tail's blocks
_SENTENCE_WORDS = 8
_SHORTEST_WORD = 5
_DATA = re.compile(
    r"\S@\S|[$£€]\s?\d|\b\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}\b|\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}|\+\d[\d ]{7,}"
    r"|\b\d{1,2}\.? [A-Z][a-z]+ \d{4}\b|\b[A-Z][a-z]+ \d{1,2},? \d{4}\b"
)


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


def repeated_lines(edges: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Per source: the tail lines that another document of the library has too."""
    counts = Counter(line for lines in edges.values() for line in lines)
    return {source: frozenset(line for line in lines if counts[line] > 1) for source, lines in edges.items()}


def drop_furniture(blocks: Sequence[Block], repeated: Collection[str]) -> tuple[tuple[Block, ...], tuple[Note, ...]]:
    """Blocks without furniture, and notes that quote the first dropped line of each edge.

    ``repeated`` holds the edge lines that other documents of the library share.
    """
    notes: list[Note] = []
    head = next((i for i, b in enumerate(blocks) if b.kind is BlockKind.HEADING and b.level == 0), 0)
    if 0 < head <= _LONGEST_HEAD and not any(_is_content(block) for block in blocks[:head]):
        notes.append(Note("drop_head", head, _quote(blocks[0])))
    else:
        head = 0
    tail = _tail_start(blocks, repeated, head)
    if tail < len(blocks):
        notes.append(Note("drop_tail", len(blocks) - tail, _quote(blocks[tail])))
    return tuple(blocks[head:tail]), tuple(notes)


def _is_content(block: Block) -> bool:
    """Whether a block before the title says more than a site does: a table, data, or a whole paragraph."""
    return block.kind is BlockKind.ROW or len(block.text) > LONGEST_LINE or _DATA.search(block.text) is not None


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
    if len(numbered) >= _MIN_NUMBERED and last_row > numbered[-1] and not any(_DATA.search(b.text) for b in after):
        foreign = _words(blocks[:head]) - _words(blocks[head : last_row + 1])
        if _are_captions(after) or (after and foreign & _words(after[:1])):
            return last_row + 1
    return len(blocks)


def _words(blocks: Sequence[Block]) -> set[str]:
    words = re.findall(r"\w+", " ".join(b.text.lower() for b in blocks))
    return {word for word in words if len(word) >= _SHORTEST_WORD}


def _are_captions(after: Sequence[Block]) -> bool:
    """Whether the lines after a document's closing table are a page's rest: few, short, and mostly no sentences."""
    if len(after) > MOST_CAPTIONS or any(len(b.text) > LONGEST_LINE or b.kind is BlockKind.ITEM for b in after):
        return False
    return 2 * sum(b.text.endswith((".", "!")) for b in after) <= len(after)


def _is_led_in(blocks: Sequence[Block], shared: Sequence[bool], index: int) -> bool:
    """Whether the lines from ``index`` on belong to a section that other documents have too."""
    for before in range(index - 1, -1, -1):
        block = blocks[before]
        if not shared[before]:
            return False
        if block.kind is BlockKind.HEADING or block.text.endswith(":") or kind_of((block.text,)) is not Kind.OTHER:
            return True
    return False


def _is_sentence(block: Block) -> bool:
    return block.text.endswith((".", "!", "?")) and len(block.text.split()) >= _SENTENCE_WORDS


def _may_end(blocks: Sequence[Block], shared: Sequence[bool], index: int) -> bool:
    """Whether furniture starts at ``index``: two shared lines in a row, captions all in all, and half of the text or
    more before them. A shared line that names a kind of section is a template's, unless furniture stands before it and
    nearly all around it is shared.
    """
    if not all(shared[index : index + 2]) or _is_led_in(blocks, shared, index):
        return False
    tail = list(zip(blocks[index:], shared[index:], strict=True))
    lines = [block.text for block, same in tail if same]
    if len({_key(line) for line in lines}) < _LEAST_SHARED:
        return False
    if any(len(line) > LONGEST_LINE or line.endswith(":") for line in lines):  # whole sentences in common are content
        return False
    if any(_DATA.search(b.text) or b.kind is BlockKind.ITEM for b, _ in tail):
        return False
    if sum(_is_sentence(b) for b, _ in tail) > _MOST_SENTENCES * len(tail):
        return False
    named = [number for number, (b, same) in enumerate(tail) if same and kind_of((b.text,)) is not Kind.OTHER]
    if named and (named[0] == 0 or len(lines) < _MOSTLY_SHARED * len(tail)):
        return False
    return sum(len(b.text) for b, _ in tail) <= sum(len(b.text) for b in blocks[:index])

"""Headings that a document sets in bold or large type instead of giving them a heading style."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ingest.records import Block, BlockKind

_LONGEST = 100  # characters
_MOST = 0.4  # of the paragraphs; where more stand out, none does
_LARGER = 1.1  # times the size of the text


def headings_by_look(blocks: Sequence[Block], looks: Sequence[tuple[Block, float, bool]]) -> list[Block]:
    """Blocks in which short bold or large paragraphs are headings, in a document that has none by style.

    Larger type stands above smaller, and both above bold type of the text's size.

    Args:
        blocks: of the whole document.
        looks: paragraphs with their size in points and whether all is bold; equal paragraphs are told by identity.

    """
    if any(block.kind is BlockKind.HEADING and block.level > 0 for block in blocks):
        return list(blocks)
    letters: Counter[float] = Counter()
    for block, size, _ in looks:
        letters[size] += len(block.text)
    usual = letters.most_common(1)[0][0] if letters else 0.0
    found = {id(block): _rank(block, size, bold, usual) for block, size, bold in looks}
    ranks = sorted({rank for rank in found.values() if rank}, reverse=True)
    if not ranks or sum(1 for rank in found.values() if rank) > _MOST * len(blocks):
        return list(blocks)
    levels = {rank: number for number, rank in enumerate(ranks, 1)}
    made = []
    for block, after in zip(blocks, [*blocks[1:], None], strict=True):
        level = levels.get(found.get(id(block), 0.0), 0) if after is not None else 0
        made.append(replace(block, kind=BlockKind.HEADING, level=level) if level else block)
    return made


def _rank(block: Block, size: float, bold: bool, usual: float) -> float:
    """The type size of what could be a heading, the text's size for bold type, 0 for text.

    >>> [_rank(Block(BlockKind.PARAGRAPH, text), 11, True, 11) for text in ("Duties", "So it is.")]
    [11, 0.0]
    """
    short = len(block.text) <= _LONGEST and "\n" not in block.text and block.text[-1] not in ".;,"
    return size if short and (size > usual * _LARGER or (bold and size >= usual)) else 0.0

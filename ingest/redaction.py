"""Personal data out of a reading before anything of it is stored (the setting ``redact``): each find is replaced by
its kind in blocks, cells, title and facts, and a note counts them by kind; the note quotes nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingest.personal import Span, mask, spans
from ingest.records import Block, Note, Reading

_TELLS = re.compile(r"[\d@]|\bat\b")  # the part of a find that is the data, not the label ("Phone:") before it


def redact_blocks(reading: Reading) -> Reading:
    """The reading without personal data; the fact ``author`` goes whole, since it is a person's name.

    Looks over the borders of cells and blocks, where a label ("Phone") may stand apart from its number.

    >>> from ingest.records import BlockKind
    >>> blocks = (Block(BlockKind.ROW, "| Phone: | 030 901820 |", cells=("Phone:", "030 901820")),)
    >>> made = redact_blocks(Reading("md", "Team", blocks, (), (("author", "Ada Miller"),)))
    >>> made.blocks[0].text, made.blocks[0].cells, made.facts
    ('| Phone: | (phone withheld) |', ('Phone:', '(phone withheld)'), ())
    >>> made.notes
    (Note(step='redact', count=1, detail='author'), Note(step='redact', count=1, detail='phone'))
    """
    whole = "\n".join(block.text for block in reading.blocks)
    finds = spans(whole)
    counted = Counter(find.kind for find in finds)
    blocks: list[Block] = []
    start = place = 0
    for block in reading.blocks:
        end = start + len(block.text)
        while place < len(finds) and finds[place].end <= start:
            place += 1
        inside = [find for find in _until(finds, place, end) if find.start < end]
        blocks.append(_redacted(block, [_moved(find, start) for find in inside], counted))
        start = end + 1
    facts = tuple((name, mask(value)) for name, value in reading.facts if name != "author")
    if len(facts) != len(reading.facts):
        counted["author"] += 1
    said = tuple(replace(note, detail=mask(note.detail)) for note in reading.notes)  # details quote the text
    notes = tuple(Note("redact", count, kind) for kind, count in sorted(counted.items()))
    return replace(reading, title=mask(reading.title), blocks=tuple(blocks), facts=facts, notes=said + notes)


def _until(finds: Sequence[Span], place: int, end: int) -> Iterator[Span]:
    while place < len(finds) and finds[place].start < end:
        yield finds[place]
        place += 1


def _moved(find: Span, start: int) -> Span:
    return replace(find, start=find.start - start, end=find.end - start)


def _redacted(block: Block, finds: Sequence[Span], counted: Counter[str]) -> Block:
    """One block with its finds, which may begin before it or end after it; a row's text is changed cell by cell."""
    places = _cells(block)
    if not places:
        cells = tuple(_without(cell, [], counted) for cell in block.cells)
        return replace(block, text=_without(block.text, finds, counted), cells=cells)
    cells = tuple(_without(block.text[a:b], [_moved(find, a) for find in finds], counted) for a, b in places)
    parts: list[str] = []
    done = 0
    for (start, end), cell in zip(places, cells, strict=True):
        parts += [block.text[done:start], cell]
        done = end
    return replace(block, text="".join(parts) + block.text[done:], cells=cells)


def _cells(block: Block) -> list[tuple[int, int]]:
    """Where the cells stand in a row's text; [] when they do not stand there one after another."""
    places: list[tuple[int, int]] = []
    done = 0
    for cell in block.cells:
        start = block.text.find(cell, done)
        if start < 0:
            return []
        done = start + len(cell)
        places.append((start, done))
    return places


def _without(text: str, finds: Sequence[Span], counted: Counter[str]) -> str:
    """A text with what lies inside it of the finds of the whole, and its own finds, replaced."""
    cuts = [(max(0, find.start), min(len(text), find.end), find.kind) for find in finds]
    cuts = [(a, b, kind) for a, b, kind in cuts if a < b and _TELLS.search(text, a, b)]
    for find in spans(text):
        if all(find.end <= a or b <= find.start for a, b, _ in cuts):
            cuts.append((find.start, find.end, find.kind))
            counted[find.kind] += 1
    for start, end, kind in sorted(cuts, reverse=True):
        text = f"{text[:start]}({kind} withheld){text[end:]}"
    return text

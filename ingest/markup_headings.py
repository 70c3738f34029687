"""Headings that a page shows without heading elements: bold lines, and the names that the entries of a list begin with.

What a heading said stays in the text, once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ingest.records import Block, BlockKind

_LONGEST_BOLD_HEADING = 90  # characters
_NUMERAL = re.compile(r"^\W*(?:\d{1,2}(?:\.\d{1,2})*|[IVXLC]{1,6}|[A-Za-z])[.):]\s+")
# A dash with a space beside it, else one that touches both words; a hyphen only between spaces.
_DASHES = (re.compile(r"\s[-–—]+\s|\s?[–—]\s|\s[–—]"), re.compile(r"—|(?<!\d)–|–(?!\d)"))
_QUANTITIES = re.compile(r"[\d$€£][\d.,:]*\s*(?:[ap]\.?m\.?|%|[kK])?\s*[-–—]\s*[$€£]?\d")
# A line that only counts: "Article (1)", "§ 3", "Part II."
_NUMBER_LINE = re.compile(r"(?:[^\W\d_]+|§)?\s*\(?(?:\d{1,3}(?:\.\d{1,3})*|[IVXLC]{1,6})\)?[.)]?")
_GOES_ON = re.compile(r"\s*[,()\[/–—-]")  # from the marked words to a place, an employer, the dash
_SIGNS = " -–—"
_COLON = re.compile(r":\s")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s")
_MOST_WORDS, _LEAST_WORDS = 15, 3  # of an entry's name; the least before a colon
_ABBREVIATION = 5  # characters of "Va." or "D.C."
_LEAST_ENTRIES = 3
_ENTRY = 100  # characters that an entry says below its name; less is a line of a list


def with_bold_headings(blocks: Sequence[Block], bold_lines: set[int], leads: Mapping[int, str]) -> list[Block]:
    """Bold lines become headings where text, a list or a table follows, one level below the heading above them.

    A title and its number in two lines ("Terms", "Article 1") are two headings, the lower one level deeper. ``leads``
    has the bold or linked words that paragraphs begin with: labels that stand above their text in some paragraphs of a
    section and before it in others ("**Pay:** good") are no headings.
    """
    levels = [block.level for block in blocks if block.kind is BlockKind.HEADING]
    labels = _labels(blocks, bold_lines, leads)
    above = 0
    made: list[Block] = []
    for index, block in enumerate(blocks):
        if block.kind is BlockKind.HEADING:
            above = block.level
        elif index in bold_lines and index not in labels and index + 1 < len(blocks) and _can_head(block.text):
            follower = blocks[index + 1]
            heads = index + 1 not in bold_lines and follower.kind is not BlockKind.HEADING
            if heads or (index > 0 and _says_again(blocks[index - 1], block)):
                level = above + 1 if above else min(levels, default=1)
                if heads and index - 1 in bold_lines and index - 2 not in bold_lines and _is_numbered(made[-1], block):
                    made[-1] = replace(made[-1], kind=BlockKind.HEADING, level=level)
                    level += 1
                block = replace(block, kind=BlockKind.HEADING, level=level)
        made.append(block)
    return made


def _is_numbered(upper: Block, lower: Block) -> bool:
    """Whether one of two bold lines is a title and the other its number."""
    numbers = [_NUMBER_LINE.fullmatch(block.text) is not None for block in (upper, lower)]
    return numbers[0] != numbers[1] and upper.kind is BlockKind.PARAGRAPH and (numbers[0] or _can_head(upper.text))


def _labels(blocks: Sequence[Block], bold_lines: set[int], leads: Mapping[int, str]) -> set[int]:
    """The bold first lines of paragraphs that are labels, as a later paragraph of their section shows.

    It begins with a label too, on one line with its text. A label in a paragraph of its own heads what follows.
    """
    labels: set[int] = set()
    section: list[int] = []
    for index, block in enumerate(blocks):
        label = leads.get(index, "").endswith(":")
        if block.kind is BlockKind.HEADING or (index in bold_lines and not label):
            section = []
        elif index in bold_lines:
            section.append(index)
        elif label and block.kind is BlockKind.PARAGRAPH:
            labels.update(section)
    return labels


def _can_head(text: str) -> bool:
    names = any(char.isalpha() or char == "§" for char in text)
    return names and len(text) <= _LONGEST_BOLD_HEADING and text[-1] not in ".!?…;,"


def _says_again(heading: Block, block: Block) -> bool:
    """Whether a line is the heading above it with a number, or the other way round."""
    if heading.kind is not BlockKind.HEADING or heading.text == block.text:
        return False
    numbered = [_NUMERAL.match(text) is not None for text in (heading.text, block.text)]
    return numbered[0] != numbered[1] and _bare(heading.text) == _bare(block.text)


def _bare(text: str) -> str:
    return _NUMERAL.sub("", text).strip(" .:").casefold()


def without_doubled(blocks: Sequence[Block]) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """Of two headings in a row that differ in a numeral only, the one that has it stays; and the texts of the others.

    >>> heading = Block(BlockKind.HEADING, "Updates", 2)
    >>> blocks, gone = without_doubled([heading, replace(heading, text="III. Updates", level=3)])
    >>> [(block.text, block.level) for block in blocks], gone
    ([('III. Updates', 2)], ('Updates',))
    """
    kept: list[Block] = []
    gone: list[str] = []
    for block in blocks:
        if kept and block.kind is BlockKind.HEADING and _says_again(kept[-1], block):
            texts = sorted((kept[-1].text, block.text), key=len)
            kept[-1] = replace(kept[-1], text=texts[1])
            gone.append(texts[0])
        else:
            kept.append(block)
    return tuple(kept), tuple(gone)


def with_entries(blocks: Sequence[Block], leads: Mapping[int, str]) -> tuple[Block, ...]:
    """Entries of a section (vacancies on one page) get headings of their own: "**Clerk**, Pine County — Keeps …".

    ``leads`` has the bold or linked words that paragraphs begin with, by the paragraph's index. Three long paragraphs
    of one section must begin with such words and go on to a dash. With a colon it is the label of a field
    ("**Pay:** …"), which belongs to its line.
    """
    made: list[Block] = []
    entries: dict[int, tuple[str, str]] = {}
    level = 0
    for index, block in enumerate(blocks):
        if block.kind is BlockKind.HEADING or index == 0:
            entries = _entries(blocks, leads, index)
        if block.kind is BlockKind.HEADING:
            level = block.level
        if index in entries:
            name, rest = entries[index]
            made.append(Block(BlockKind.HEADING, name, level=level + 1))
            made.append(replace(block, text=rest))
        else:
            made.append(block)
    return tuple(made)


def _entries(blocks: Sequence[Block], leads: Mapping[int, str], start: int) -> dict[int, tuple[str, str]]:
    """Name and text of the entries in the section that begins at ``start``; {} for fewer than three.

    Where there are three, a linked name of several words with a colon is one more, not a part of the entry above it.
    """
    found: dict[int, tuple[str, str]] = {}
    more: dict[int, tuple[str, str]] = {}
    for index in range(start, len(blocks)):
        if index > start and blocks[index].kind is BlockKind.HEADING:
            break
        if index not in leads:
            continue
        text, lead = blocks[index].text, leads[index]
        entry = entry_of(text, lead)
        other = _cut(text, lead, _COLON.search(text)) if entry is None else None
        if entry is not None:
            found[index] = entry
        elif other is not None and len(other[0].split()) >= _LEAST_WORDS and len(other[1]) >= _ENTRY:
            more[index] = other
    long = sum(len(rest) >= _ENTRY for _, rest in found.values())
    return found | more if long >= _LEAST_ENTRIES else {}


def entry_of(text: str, lead: str) -> tuple[str, str] | None:
    """The name that an entry begins with and its text below; None where nothing of the kind stands there.

    >>> entry_of("Clerk, Pine County, Va.— Keeps records. All – of them.", "Clerk")
    ('Clerk, Pine County, Va.', 'Keeps records. All – of them.')
    >>> entry_of("Salary: $20 – $25 an hour", "Salary:"), entry_of("$20 – $25 an hour", "$20")
    (None, None)
    >>> entry_of("Raw Tables - Blue These are raw – all of them.", "Raw Tables - Blue")
    >>> entry_of("Reports – for the mayor – for the council – for all", "Reports")
    """
    if not _GOES_ON.match(text, len(lead)) and lead[-1:] not in _SIGNS:
        return None
    for mark in (pattern.search(text, len(lead.rstrip(_SIGNS))) for pattern in _DASHES):
        entry = _cut(text, lead, mark)
        if entry is not None and mark is not None:
            first = _SENTENCE_END.split(entry[1], maxsplit=1)[0]
            listed = mark[0][0].isspace() and f" {mark[0].strip()} " in first  # " – a – b – c"
            return None if listed else entry
    return None


def _cut(text: str, lead: str, mark: re.Match[str] | None) -> tuple[str, str] | None:
    """What stands before and after a mark, if the first can be a name: a few words that are no label or quantity."""
    if mark is None or lead.endswith(":") or not any(char.isalpha() for char in lead):
        return None
    name, rest = text[: mark.start()].strip(), text[mark.end() :].strip()
    words = name.split()
    if not words or not rest or "\n" in name or len(words) > _MOST_WORDS or name[-1] in "!?;:,":
        return None
    if name.endswith(".") and len(words[-1]) > _ABBREVIATION:
        return None
    quantity = _QUANTITIES.search(text[max(0, mark.start() - 12) : mark.end() + 3])
    return None if quantity is not None else (name, rest)

"""Character-level cleaning in small named steps, each ``str -> str``.

The step's name is its function's name and the word in a document's notes. Text is cleaned once, before any
offset exists. Every step but the last works on each line by itself, so that every change has a line number in the raw
text (replay.py). What this does not do: structure, furniture (see structure.py and furniture.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from ingest.entities import resolve_entities
from ingest.half_mojibake import mend_half_mojibake, repair_half_mojibake
from ingest.invisible import remove_invisible
from ingest.lost_punctuation import restore_lost_punctuation
from ingest.records import Block, Note

Step = Callable[[str], str]

# Half of a surrogate pair (JSON can spell one) is no character and cannot be stored.
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_LINE = re.compile("[^\n\r]*(?:\r\n|\n|\r)|[^\n\r]+")
# A line without any of these comes out of every step as it went in.
_ODD = re.compile("[^\n\x20-\x7e]| \n|&#?\\w")
# Shapes that fonts draw for the letters themselves: Latin and Armenian ligatures, fullwidth and mathematical letters
# and digits, radicals drawn for ideographs. Superscripts, fractions and circled numbers mean something of their own.
_DRAWN = re.compile(
    "[\ufb00-\ufb06\ufb13-\ufb17\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u2f00-\u2fd5\U0001d400-\U0001d7ff]"
)


def repair_mojibake(text: str) -> str:
    """UTF-8 that was read as something else comes back, once or twice over (ftfy's ``fix_encoding``, line by line).

    >>> repair_mojibake("It\u00e2\u20ac\u2122s here")
    'It\u2019s here'
    """
    import ftfy

    return re.sub("[^\n\r]+", lambda match: match[0] if match[0].isascii() else ftfy.fix_encoding(match[0]), text)


def unify_line_ends(text: str) -> str:
    r"""Windows and old Mac line ends, form feeds and Unicode separators become ``\n``.

    >>> unify_line_ends("a\r\nb\rc\u2028d")
    'a\nb\nc\nd'
    """
    return re.sub("\r\n|[\r\f\v\u0085\u2028\u2029]", "\n", text)


def remove_control(text: str) -> str:
    r"""Drop control characters other than tab and line ends, and halves of surrogate pairs.

    >>> remove_control("a\x00b\tc")
    'ab\tc'
    """
    return _CONTROL.sub("", text)


def spell_out_letters(text: str) -> str:
    r"""Ligatures, fullwidth and styled letters and digits become the letters and digits that they are drawings of.

    >>> spell_out_letters("de\ufb01ne, \uff2b\uff30\uff29, \U0001d5d4\U0001d5dc; m², ½, ①")
    'define, KPI, AI; m², ½, ①'
    """
    return _DRAWN.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)


def compose(text: str) -> str:
    r"""Letters and their combining marks become one character (NFC), so that equal words are equal.

    >>> compose("re\u0301sume\u0301")
    'résumé'
    """
    return unicodedata.normalize("NFC", text)


def straighten_spaces(text: str) -> str:
    r"""Every kind of space becomes one space; blanks at line ends go. Tabs stay: they part cells and indent lists.

    >>> straighten_spaces("a\u00a0b  c \t\nd\te")
    'a b  c\nd\te'
    """
    text = re.sub("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]", " ", text)
    return re.sub("(?<![ \t])[ \t]+(?=\n)", "", text)


def straighten_tabs(text: str) -> str:
    r"""Tabs become spaces.

    >>> straighten_tabs("a\tb")
    'a b'
    """
    return text.replace("\t", " ")


def drop_empty_lines(text: str) -> str:
    r"""At most one empty line in a row.

    >>> drop_empty_lines("a\n\n\n\nb")
    'a\n\nb'
    """
    return re.sub("\n{3,}", "\n\n", text)


# What is done to any source, markup too; entities and mojibake come first: they may spell what the others look for.
STEPS: Mapping[str, Step] = {
    step.__name__: step
    for step in (
        repair_mojibake,
        repair_half_mojibake,
        unify_line_ends,
        remove_invisible,
        remove_control,
        restore_lost_punctuation,
        spell_out_letters,
        compose,
        straighten_spaces,
        drop_empty_lines,
    )
}
# What is done to text that is read as it stands.
TEXT_STEPS: Mapping[str, Step] = {resolve_entities.__name__: resolve_entities, **STEPS}
# What is done to the text of a block whose cells and nesting are told already.
BLOCK_STEPS: Mapping[str, Step] = {**TEXT_STEPS, straighten_tabs.__name__: straighten_tabs}


def clean(text: str, steps: Mapping[str, Step] = STEPS) -> tuple[str, tuple[Note, ...]]:
    """Apply every step in order; a note per step that changed something, with the number of lines that it changed.

    Use ``TEXT_STEPS`` for plain text, where an entity is a leftover; ``STEPS`` for markup that is yet to be parsed.
    """
    lines = lines_of(text)
    notes: list[Note] = []
    for name, changed in passes(lines, steps):
        after = next((line.strip()[:80] for line in changed.values() if line.strip()), "")
        notes.append(Note(step=name, count=len(changed), detail=after))
        for number, line in changed.items():
            lines[number] = line
    return "".join(lines), tuple(notes)


def lines_of(text: str) -> list[str]:
    r"""The lines of a raw text with their ends.

    >>> lines_of("a\r\nb\rc")
    ['a\r\n', 'b\r', 'c']
    """
    return _LINE.findall(text)


def passes(lines: list[str], steps: Mapping[str, Step]) -> Iterator[tuple[str, dict[int, str]]]:
    """Each step that changes something, with the new text of every line that it changes, by index.

    The caller must put the changes into ``lines`` before it asks for the next step.
    """
    odd = [number for number, line in enumerate(lines) if _ODD.search(line) is not None]
    for name, step in steps.items():
        if step is drop_empty_lines:
            changed = _surplus(lines)
        else:
            together = "".join(lines[number] for number in odd)
            if step(together) == together:  # most steps have nothing to do in most texts
                continue
            of_line = mend_half_mojibake if step is repair_half_mojibake else step
            new = ((number, of_line(lines[number])) for number in odd)
            changed = {number: line for number, line in new if line != lines[number]}
        if changed:
            yield name, changed


def _surplus(lines: list[str]) -> dict[int, str]:
    """``drop_empty_lines`` on a text in pieces: the line ends above two in a row."""
    changed: dict[int, str] = {}
    ends = 0  # in a row, at the end of what is kept
    for number, line in enumerate(lines):
        kept = drop_empty_lines(line) if "\n\n\n" in line else line
        body = kept.lstrip("\n")
        lead = min(len(kept) - len(body), max(2 - ends, 0))
        kept = "\n" * lead + body
        if kept != line:
            changed[number] = kept
        ends = len(body) - len(body.rstrip("\n")) if body else ends + lead
    return changed


def clean_blocks(
    blocks: tuple[Block, ...], steps: Mapping[str, Step] = BLOCK_STEPS
) -> tuple[tuple[Block, ...], tuple[Note, ...]]:
    """Clean text that came out of markup (an entity left there was escaped twice); notes are summed over the blocks."""
    counts: dict[str, Note] = {}
    cleaned: list[Block] = []
    whole = "\n".join(block.text for block in blocks)
    if repair_half_mojibake(whole) != whole:  # which no block shows by itself
        steps = {**steps, repair_half_mojibake.__name__: mend_half_mojibake}
    for block in blocks:
        text, notes = clean(block.text, steps)
        for note in notes:
            seen = counts.get(note.step)
            counts[note.step] = note if seen is None else replace(seen, count=seen.count + note.count)
        cells = tuple(clean(cell, steps)[0] for cell in block.cells)
        if text.strip():
            cleaned.append(replace(block, text=text.strip(), cells=cells))
    return tuple(cleaned), tuple(counts.values())

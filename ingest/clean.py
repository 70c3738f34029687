"""Character-level cleaning in small named steps, each ``str -> str``.

The step's name is its function's name and the word in a document's notes. Text is cleaned once, before any
offset exists. What this does not do: structure, furniture (see structure.py and furniture.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from ingest.records import Note

# Zero-width and bidirectional controls, soft hyphen, BOM, fillers, tags and the variation selectors that can carry
# bytes: invisible to a reader, visible to an index or a model. U+FE0F stays: it is part of many emoji.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0"
    "\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Half of a surrogate pair (JSON can spell one) is no character and cannot be stored.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_THAI = "\u0e00-\u0e7f"
_LOST = "\N{THAI CHARACTER SARA O}"
# One Thai vowel with no other Thai letter beside it: never a Thai word (a syllable needs a consonant).
_LONE_SARA_O = re.compile(f"(?<![{_THAI}]){_LOST}(?![{_THAI}])")
# Such an export read UTF-8 as Thai (code page 874) and lost the bytes that have no Thai letter. Of these signs the last
# byte has one, so they can be told; beside other Thai letters they are the beginning of a Thai word.
_HALF_LOST = re.compile(f"(?<![{_THAI}]){_LOST}([\u0e05\u0e04\u0e06\u0e02])(?![{_THAI}])")
_HALF_LOST_SIGNS = {"\u0e05": "≥", "\u0e04": "≤", "\u0e06": "…", "\u0e02": "•"}
_EN_DASH, _EM_DASH, _ARROW = "\N{EN DASH}", "\N{EM DASH}", "\N{RIGHTWARDS ARROW}"


def unify_line_ends(text: str) -> str:
    r"""Windows and old Mac line ends, form feeds and Unicode separators become ``\n``.

    >>> unify_line_ends("a\r\nb\rc\u2028d")
    'a\nb\nc\nd'
    """
    return re.sub("\r\n|[\r\f\v\u0085\u2028\u2029]", "\n", text)


def remove_invisible(text: str) -> str:
    r"""Drop zero-width, bidirectional and tag characters, which hide text from readers but not from machines.

    >>> remove_invisible("pay\u200bment\u202e")
    'payment'
    """
    return _INVISIBLE.sub("", text)


def remove_control(text: str) -> str:
    r"""Drop control characters other than tab and newline, and halves of surrogate pairs.

    >>> remove_control("a\x00b\tc")
    'ab\tc'
    """
    return _CONTROL.sub("", text)


def repair_mojibake(text: str) -> str:
    """UTF-8 that was read as something else comes back (ftfy's ``fix_encoding``; nothing else of ftfy).

    >>> repair_mojibake("It\u00e2\u20ac\u2122s here")
    'It\u2019s here'
    """
    import ftfy

    return ftfy.fix_encoding(text)


def restore_lost_punctuation(text: str) -> str:
    r"""Put back punctuation that an export replaced by one lone Thai vowel.

    Some exports write every dash, curly quote, apostrophe, arrow and "at least" sign as U+0E42. The sign is told from
    its neighbours. Thai text is untouched: there the vowel stands before a consonant.

    >>> restore_lost_punctuation("2\u0e425 years, don\u0e42t, \u0e4290%, a \u0e42 b")
    '2–5 years, don’t, ≥90%, a — b'
    >>> restore_lost_punctuation("a \u0e42quoted phrase.\u0e42 here")
    'a “quoted phrase.” here'
    >>> restore_lost_punctuation("\u0e42\u0e1b\u0e23\u0e41\u0e01\u0e23\u0e21")  # the Thai word for programme
    'โปรแกรม'
    >>> restore_lost_punctuation("\u0e42\u0e054.2/5")  # one letter more is left of the sign
    '≥4.2/5'
    """
    if _LOST not in text:
        return text
    text = _HALF_LOST.sub(lambda match: _HALF_LOST_SIGNS[match[1]], text)
    return "\n".join(_restore_line(line) if _LOST in line else line for line in text.split("\n"))


def _restore_line(line: str) -> str:
    out: list[str] = []
    open_quote = False
    for index, char in enumerate(line):
        lone = char == _LOST and _LONE_SARA_O.match(line, index) is not None
        if not lone:
            out.append(char)
            continue
        before = line[index - 1] if index > 0 else " "
        after = line[index + 1] if index + 1 < len(line) else " "
        sign = _lost_sign(before, after, line[index + 1 :], open_quote)
        if sign == _EM_DASH and before.isspace() and _ARROW in out[-30:]:  # the last link of a → b → c
            sign = _ARROW
        open_quote = {"\u201c": True, "\u201d": False}.get(sign, open_quote)
        out.append(sign)
    return "".join(out)


def _lost_sign(before: str, after: str, rest: str, open_quote: bool) -> str:
    """The sign that most likely stood between ``before`` and ``after`` (one character each)."""
    if before.isdigit() and after.isdigit():
        return _EN_DASH
    if after.isdigit():
        return _EN_DASH if before.isalnum() else "\N{GREATER-THAN OR EQUAL TO}"
    if before.isalpha() and re.match(r"(?:t|s|re|ve|ll|d|m)\b", rest):
        return "\N{RIGHT SINGLE QUOTATION MARK}"
    if before.isspace() and after.isspace():
        return _ARROW if _chain(rest) else _EM_DASH
    if open_quote and not before.isspace() and not after.isalnum():
        return "\u201d"
    if (before.isspace() or before in "([:/") and not after.isspace():
        return "\u201c"
    if before.isalpha() and after.isalpha():
        return _EM_DASH if before.islower() or before.isupper() else _EN_DASH
    if before.isalpha() and (after.isspace() or not after.isalnum()):
        return "\N{RIGHT SINGLE QUOTATION MARK}" if before == "s" else _EM_DASH
    return _EM_DASH


def _chain(rest: str) -> bool:
    """Whether the text goes on like ``raw → cleaned → curated``: another spaced sign within a few words."""
    return re.match(rf"\s*[\w/ -]{{1,40}} {_LOST} ", rest) is not None


def straighten_spaces(text: str) -> str:
    r"""Every kind of space becomes one space, tabs too; blanks at line ends go; at most one empty line in a row.

    >>> straighten_spaces("a\u00a0b  c \n\n\n\nd")
    'a b  c\n\nd'
    """
    text = re.sub("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]", " ", text)
    text = re.sub(r" +\n", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text)


def compose(text: str) -> str:
    r"""Letters and their combining marks become one character (NFC), so that equal words are equal.

    >>> compose("re\u0301sume\u0301")
    'résumé'
    """
    return unicodedata.normalize("NFC", text)


STEPS: dict[str, Callable[[str], str]] = {
    step.__name__: step
    for step in (
        repair_mojibake,  # first: its bytes look like line ends and invisible characters to the others
        unify_line_ends,
        remove_invisible,
        remove_control,
        restore_lost_punctuation,
        compose,
        straighten_spaces,
    )
}


def clean(text: str) -> tuple[str, tuple[Note, ...]]:
    """Apply every step in order; a note per step that changed something, with the number of lines it touched."""
    notes: list[Note] = []
    for name, step in STEPS.items():
        changed = step(text)
        if changed == text:
            continue
        before, after = text.split("\n"), changed.split("\n")
        touched = sum(a != b for a, b in zip(before, after, strict=False)) + abs(len(before) - len(after))
        example = next((b.strip()[:80] for a, b in zip(before, after, strict=False) if a != b), "")
        notes.append(Note(step=name, count=touched, detail=example))
        text = changed
    return text, tuple(notes)

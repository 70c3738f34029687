"""Characters that no reader sees: dropped, because they hide text from readers but not from machines.

Some are spelling: the joiners inside emoji and in scripts whose letters join, the tags of three flags, the selectors
that make a sign an emoji. Those stay, only where they do that work.
"""

from __future__ import annotations

import re
import unicodedata

# Zero-width and bidirectional controls, soft hyphen, BOM, fillers, tags and the variation selectors that can carry
# bytes. Bidirectional marks go too: text is stored in reading order, and overrides only serve to deceive.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_JOINERS = "\u200c\u200d"
_SELECTORS = "\ufe0e\ufe0f"
# Arabic, Syriac, the scripts of India, Myanmar, Khmer and Mongolian: there a joiner changes how letters are written.
_JOINING = re.compile(
    "[\u0620-\u074f\u0750-\u077f\u0840-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17d3\u1820-\u18aa\ufb50-\ufdff\ufe70-\ufefc]"
)
_VIRAMA = 9  # Unicode's combining class of the sign that joins two consonants
# England, Scotland and Wales (Unicode's list of recommended emoji tag sequences): longer ones could carry text.
_FLAGS = ("gbeng", "gbsct", "gbwls")
_FLAG = re.compile(
    "|".join("\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in flag) + "\U000e007f" for flag in _FLAGS)
)


def remove_invisible(text: str) -> str:
    r"""Drop zero-width, bidirectional and tag characters and stray variation selectors.

    >>> remove_invisible("pay\u200bment\u202e")
    'payment'
    >>> [len(remove_invisible(text)) for text in ("\U0001f468\u200d\U0001f469", "\u0645\u06cc\u200c\u062e", "a\u200db")]
    [3, 4, 2]
    """
    if _INVISIBLE.search(text) is None:
        return text
    kept = {place for match in _FLAG.finditer(text) for place in range(match.start(), match.end())}
    return _INVISIBLE.sub(lambda m: m[0] if m.start() in kept or _means_something(text, m.start()) else "", text)


def _means_something(text: str, place: int) -> bool:
    """Whether the invisible character at ``place`` changes what is seen: its neighbours tell."""
    char = text[place]
    before = text[place - 1] if place > 0 else " "
    after = text[place + 1] if place + 1 < len(text) else " "
    if char in _SELECTORS:
        category = unicodedata.category(before)
        return category[0] in "SPN" or before == "\N{INFORMATION SOURCE}"
    if char not in _JOINERS:
        return False
    if _JOINING.match(before) and unicodedata.category(before)[0] in "LM":
        if unicodedata.combining(before) == _VIRAMA:
            return True
        return _JOINING.match(after) is not None and unicodedata.category(after)[0] in "LM"
    picture = unicodedata.category(before) == "So" or before == "\ufe0f" or "\U0001f3fb" <= before <= "\U0001f3ff"
    return char == "\u200d" and picture and unicodedata.category(after) in ("So", "Sm")

"""Small repairs of text that was set for print: hyphens at line ends, ligatures, markers, dotted leaders.

Each is a pure function; what it changed is returned, so that the document's notes can tell.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence

_HYPHEN = "\u2010"
_ENDS_IN_HYPHEN = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)[\u2010\u00ad-]$")
_FIRST_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_BULLET = re.compile(r"(?:[-*+•◦▪▫■□●○◆◇▶►➢➤✓✔❖·‣⁃∙–—\u2010]|[\uf000-\uf0ff]|[o§Ø](?=\s+[A-Z]))\s+(?=\S)")
_ORDERED = re.compile(r"(?:\(?(?:\d{1,2}|[A-Za-z]|[ivx]{1,5})[.)]|\d{1,2}\.\))\s+(?=\S)")
LEADERS = "···"
_LEADERS = re.compile(r"(?:\s?[._·…]){5,}")


def marker_of(text: str) -> str:
    r"""The bullet or number that a list item starts with, '' for none.

    >>> marker_of("• one"), marker_of("2. two"), marker_of("\uf0b7 three"), marker_of("(a) four"), marker_of("2018 was")
    ('• ', '2. ', '\uf0b7 ', '(a) ', '')
    """
    match = _BULLET.match(text) or _ORDERED.match(text)
    return match[0] if match is not None else ""


def is_bullet(marker: str) -> bool:
    """Whether a marker is a sign that nothing but a list has, unlike a dash, an asterisk or a number.

    >>> is_bullet("• "), is_bullet("- "), is_bullet("2. ")
    (True, False, False)
    """
    return marker[:1] not in "-*+–—\u2010o§Ø(" and not marker[:1].isalnum()


def join_lines(lines: Sequence[str], known: Collection[str]) -> tuple[str, list[str]]:
    """One text of several lines, and the words that a hyphen at a line's end had parted.

    The hyphen goes where the document has the word without it (``known``, in lower case), or has it nowhere and the
    sign is one that only typesetting makes; where the document has the word with it, it stays.

    >>> join_lines(["a compe\u2010", "tence and long\u2010", "term work"], {"long-term"})
    ('a competence and long-term work', ['competence'])
    """
    text, mended = "", []
    for line in lines:
        left, right = _ENDS_IN_HYPHEN.search(text), _FIRST_WORD.match(line)
        if not text:
            text = line
        elif left is None or right is None or not right[0][0].islower():
            glued = text.endswith(("-", _HYPHEN)) and left is not None
            text = text + line if glued else f"{text} {line}"
        elif _keeps_hyphen(left[1].lower(), right[0].lower(), text[-1], known):
            text = f"{text[:-1]}-{line}"
        else:
            text = text[:-1] + line
            mended.append(left[1] + right[0])
    return text.replace(_HYPHEN, "-"), mended


def _keeps_hyphen(left: str, right: str, sign: str, known: Collection[str]) -> bool:
    if f"{left}-{right}" in known:
        return True
    if left.rsplit("-", 1)[-1] + right in known or left + right in known:
        return False
    return sign == "-" or (left in known and right in known)


def expand_ligatures(text: str) -> str:
    r"""Letters that type joins become letters again.

    >>> expand_ligatures("de\ufb01ne o\ufb03ce")
    'define office'
    """
    return re.sub("[\ufb00-\ufb06]", lambda match: unicodedata.normalize("NFKC", match[0]), text)


def name_bullet(text: str) -> str:
    r"""A bullet of a symbol font, which has a code of nobody's alphabet, becomes a bullet.

    >>> name_bullet("\uf0b7 write tests"), name_bullet("o Write tests")
    ('• write tests', '• Write tests')
    """
    match = re.match(r"(?:[\uf000-\uf0ff]|[o§Ø](?=\s+[A-Z]))\s+(?=\S)", text)
    return text if match is None else f"• {text[match.end():]}"


def shorten_leaders(text: str) -> tuple[str, list[str]]:
    """Rows of dots that lead the eye become three; the second part quotes what was shortened.

    The dots are no ellipsis where something follows: an ellipsis would end a sentence between a label and its value.

    >>> shorten_leaders("Interview . . . . . . . . 100%")[0], shorten_leaders("Signed ........")[0]
    ('Interview ··· 100%', 'Signed …')
    """
    found = [match[0].strip()[:20] for match in _LEADERS.finditer(text)]
    if not found:
        return text, []
    words = _LEADERS.sub(f" {LEADERS} ", text).split()
    return " ".join([*words[:-1], "…" if words[-1] == LEADERS else words[-1]]), found

"""Rich Text Format as a stream of words, signs and text, its encodings resolved (RTF 1.9.1).

striprtf, the library at hand, keeps hidden and deleted text, glues fields to their paragraphs, and loses headings, list
levels, notes and header rows; so this small tokenizer stands in its place.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

_TOKEN = re.compile(
    rb"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?|\\'(?P<hex>[0-9a-fA-F]{2})|\\(?P<sign>[^a-zA-Z'])"
    rb"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n]+)|[\r\n]+|\\"
)
# Code page of each font character set
_CHARSETS = {128: 932, 129: 949, 130: 1361, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256,
             186: 1257, 204: 1251, 222: 874, 238: 1250, 77: 10000, 255: 437}  # fmt: skip
_PAGES = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
_SYMBOL = 2
_SHOWN = {"emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•",
          "tab": "\t", "line": "\n", "emspace": " ", "enspace": " ", "qmspace": " "}  # fmt: skip
_SIGNS = {b"~": "\u00a0", b"_": "-", b"\t": "\t", b"{": "{", b"}": "}", b"\\": "\\"}
_SYMBOL_SIGNS = {0xB7: "•", 0xA7: "▪", 0xB3: "≥", 0xA3: "≤", 0xD8: "➢", 0xFC: "✓", 0xAE: "→", 0xB1: "±", 0xB4: "×"}

# Destinations whose text is not the document's, by what the notes call them ('': nothing that a reader sees)
LEFT_OUT = dict.fromkeys(
    "fonttbl colortbl listtable listoverridetable rsidtbl generator themedata colorschememapping datastore "
    "latentstyles xmlnstbl fldinst nonshppict objdata objclass pn private shprslt listpicture filetbl revtbl bkmkstart "
    "bkmkend atnid atnauthor atnref "
    "atndate atnicn atntime atrfstart atrfend formfield datafield docvar mmathPr wgrffmtfilter pgdsctbl sp "
    "panose falt userprops template passwordhash xe tc tcn rxe background ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn "
    "nonesttables shpgrp picprop blipuid ud htmltag mhtmltag".split(), "",
) | {"annotation": "comments", "pict": "images"}  # fmt: skip
MARGINS = ("header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf")
STARRED = ("shppict", "shpinst", "shptxt", "footnote", "listtext", "pntext", "fldrslt", "result", "annotation")
ABOUT = {"creatim": "created", "revtim": "modified", "title": "title", "author": "author"}


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is open, close, star, word or text; ``number`` is None for a word without one."""

    kind: str
    text: str = ""
    number: int | None = None


@dataclass(slots=True)
class _Group:
    page: str = "cp1252"
    symbol: bool = False
    skip: int = 1  # characters that stand in for a Unicode character


@dataclass(slots=True)
class Tokens:
    """The tokens of one file, in order; text comes decoded."""

    data: bytes
    page: str = "cp1252"
    fonts: dict[int, tuple[str, bool]] = field(default_factory=dict)
    _pending: bytearray = field(default_factory=bytearray)
    _half: int = 0  # the first half of a surrogate pair
    _passed: int = 0  # stand-in characters still to pass over
    _font: int = 0

    def __iter__(self) -> Iterator[Token]:
        """Yield tokens; every group restores its encoding at its end."""
        stack = [_Group()]
        place = 0
        while place < len(self.data):
            match = _TOKEN.match(self.data, place)
            if match is None:  # a broken escape
                place += 1
                continue
            place = match.end()
            if match["word"] == b"bin":
                place += max(int(match["number"]) if match["number"] is not None else 0, 0)
            elif match["hex"] is not None:
                self._bytes(bytes([int(match["hex"], 16)]))
            elif match["text"] is not None:
                self._bytes(match["text"])
            else:
                yield from self._text(stack[-1])
                yield from self._sign(match, stack)
        yield from self._text(stack[-1])

    def _sign(self, match: re.Match[bytes], stack: list[_Group]) -> Iterator[Token]:
        """Braces, control words and control signs."""
        sign, brace, word = match["sign"], match["brace"], match["word"]
        if word is not None:
            number = int(match["number"]) if match["number"] is not None else None
            yield from self._word(word.decode("ascii"), number, stack[-1])
        elif brace == b"{":
            self._passed = 0
            stack.append(replace(stack[-1]))
            yield Token("open")
        elif brace == b"}":
            self._passed = 0
            if len(stack) > 1:
                stack.pop()
            yield Token("close")
        elif sign == b"*":
            yield Token("star")
        elif sign in (b"\n", b"\r"):
            yield Token("word", "par")
        elif sign in _SIGNS:
            yield Token("text", _SIGNS[sign])

    def _bytes(self, more: bytes) -> None:
        passed = min(self._passed, len(more))
        self._passed -= passed
        self._pending += more[passed:]

    def _text(self, group: _Group) -> Iterator[Token]:
        """What has gathered, decoded in the group's code page."""
        if not self._pending:
            return
        raw, self._pending = bytes(self._pending), bytearray()
        if group.symbol:
            yield Token("text", "".join(_SYMBOL_SIGNS.get(byte, chr(byte) if byte < 128 else "•") for byte in raw))
        else:
            yield Token("text", raw.decode(group.page, "replace"))

    def _unicode(self, number: int, group: _Group) -> Iterator[Token]:
        code = number % 65536
        self._passed = group.skip
        if 0xD800 <= code < 0xDC00:
            self._half = code
        elif 0xDC00 <= code < 0xE000:
            if self._half:
                yield Token("text", chr(0x10000 + ((self._half - 0xD800) << 10) + code - 0xDC00))
            self._half = 0
        elif 0xF000 <= code < 0xF100:  # a picture of a symbol font
            yield Token("text", _SYMBOL_SIGNS.get(code - 0xF000, "•"))
        else:
            yield Token("text", chr(code))

    def _word(self, word: str, number: int | None, group: _Group) -> Iterator[Token]:
        """Encodings are kept here, what they mean for the text; everything else is passed on."""
        if word in _SHOWN:
            if self._passed:
                self._passed -= 1
            else:
                yield Token("text", _SHOWN[word])
            return
        if word == "u" and number is not None:
            yield from self._unicode(number, group)
            return
        if word == "uc":
            group.skip = max(number if number is not None else 1, 0)
        elif word in _PAGES:
            self.page = group.page = _PAGES[word]
        elif word == "ansicpg" and number is not None:
            self.page = group.page = known_page(number, self.page)
        elif word == "fcharset" and number is not None:
            self.fonts[self._font] = (known_page(_CHARSETS.get(number, 0), self.page), number == _SYMBOL)
        elif word == "f" and number is not None:
            self._font = number
            group.page, group.symbol = self.fonts.get(number, (self.page, False))
        elif word == "plain":
            group.page, group.symbol = self.page, False
        yield Token("word", word, number)


def known_page(number: int, default: str) -> str:
    """Python's name of a code page, ``default`` where there is none.

    >>> known_page(1251, "cp1252"), known_page(10000, "cp1252"), known_page(65001, "cp1252"), known_page(0, "cp1252")
    ('cp1251', 'mac_roman', 'utf-8', 'cp1252')
    """
    name = {10000: "mac_roman", 65001: "utf-8", 1361: "johab"}.get(number, f"cp{number}")
    try:
        return codecs.lookup(name).name.replace("mac-roman", "mac_roman")
    except LookupError:
        return default

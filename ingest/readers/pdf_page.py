"""One page of a PDF as PDFium sees it: words with their place and style.

Coordinates are points from the upper left corner of the page as it is shown (cropped and turned). PDFium is not
thread-safe: one process reads one file in one thread. PDFium's rights: BSD-3-Clause; pypdfium2: Apache-2.0.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

_BREAKS = frozenset((10, 13))
_HYPHENS = frozenset((0x02, 0xAD, 0xFFFE))  # PDFium's signs for a hyphen at a line's end
HYPHEN = "\u2010"
CUT = "letters past the 200,000th of a page"
_BOLD_WEIGHT = 600
_FAINT_ALPHA = 13  # of 255
_INVISIBLE = 3  # text render mode: neither filled nor stroked
_FARTHEST, _LARGEST = 100_000.0, 2_000.0  # points: a place, a letter
_MOST_CHARACTERS = 200_000  # of one page


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in points from the upper left corner."""

    x0: float
    top: float
    x1: float
    bottom: float

    def holds(self, other: Box) -> bool:
        """Whether the middle of ``other`` lies inside."""
        x, y = (other.x0 + other.x1) / 2, (other.top + other.bottom) / 2
        return self.x0 <= x <= self.x1 and self.top <= y <= self.bottom


@dataclass(frozen=True, slots=True)
class Style:
    """How a piece of text is set; ``upright`` is false for text that runs up, down or aslant."""

    size: float
    bold: bool
    upright: bool
    invisible: bool
    faint: bool
    colour: tuple[int, int, int] | None = None  # red, green, blue; None: a pattern
    embedded: bool = True  # the file holds the font, so that every reader draws the same


@dataclass(frozen=True, slots=True)
class Word:
    """Characters without a space between them. Words of one ``run`` follow each other on one line of the file."""

    text: str
    box: Box
    style: Style
    run: int


@dataclass(slots=True)
class Page:
    """What a page shows."""

    number: int  # from 1
    width: float
    height: float
    words: list[Word] = field(default_factory=list)
    rules: list[Box] = field(default_factory=list)  # thin or flat: no wider or no higher than 2 points
    images: list[Box] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    unmapped: int = 0  # glyphs whose letters the file does not tell
    characters: int = 0
    dots: list[Box] = field(default_factory=list)  # small drawings as high as wide
    drawn: int = 0  # paths, pictures and shadings


class View:
    """Turns a page's own coordinates into those of the shown page."""

    def __init__(self, page: Any) -> None:
        """Take the crop box, or the paper's box where there is none, and the turn of ``page``."""
        left, bottom, right, top = (_finite(edge) for edge in page.get_cropbox(fallback_ok=True))
        self.left, self.right = min(left, right), max(left, right)
        self.bottom, self.top = min(bottom, top), max(bottom, top)
        self.turn = page.get_rotation()
        across, down = self.right - self.left, self.top - self.bottom
        self.width, self.height = (down, across) if self.turn in (90, 270) else (across, down)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Where a point stands on the shown page."""
        if self.turn == 90:
            return y - self.bottom, x - self.left
        if self.turn == 180:
            return self.right - x, y - self.bottom
        if self.turn == 270:
            return self.top - y, self.right - x
        return x - self.left, self.top - y

    def box(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        """The rectangle between two points."""
        (a, b), (c, d) = self.point(_finite(x0), _finite(y0)), self.point(_finite(x1), _finite(y1))
        return Box(min(a, c), min(b, d), max(a, c), max(b, d))


def _finite(value: float) -> float:
    """A damaged file's coordinates can be anything; what lies beyond is off every page."""
    return max(-_FARTHEST, min(_FARTHEST, value)) if value == value else -_FARTHEST  # nan


class _Builder:
    """Characters to words; a word ends at a space, at the file's line end and where the writing jumps."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.letters: list[str] = []
        self.box: Box | None = None
        self.style: Style | None = None
        self.run = 0

    def end(self, *, line: bool = False) -> None:
        if self.letters and self.box is not None and self.style is not None:
            self.words.append(Word("".join(self.letters), self.box, self.style, self.run))
        if line:
            self.run += 1
            self.box = None
        self.letters = []

    def add(self, letter: str, box: Box, style: Style) -> None:
        last = self.box
        if last is not None:
            size = max(style.size, 1.0)
            middle = (box.top + box.bottom) / 2
            if style.upright and (not last.top <= middle <= last.bottom or box.x0 < last.x0 - 2 * size):
                self.end(line=True)
            elif style.upright and box.x0 - last.x1 > 1.5 * size:
                self.end()
        if not self.letters:
            self.box, self.style = box, style
        elif self.box is not None:
            old = self.box
            self.box = Box(min(old.x0, box.x0), min(old.top, box.top), max(old.x1, box.x1), max(old.bottom, box.bottom))
        self.letters.append(letter)


def read_page(page: Any, number: int) -> Page:
    """Words of one page of pypdfium2; nothing is dropped yet."""
    import pypdfium2.raw as pdfium

    view = View(page)
    result = Page(number, view.width, view.height)
    text = page.get_textpage()
    try:
        _read_words(pdfium, text.raw, view, result)
    finally:
        text.close()
    return result


def _read_words(pdfium: Any, text: Any, view: View, result: Page) -> None:
    builder = _Builder()
    styles: dict[int | None, Style] = {}
    edges = [ctypes.c_double() for _ in range(4)]
    x, y = ctypes.c_double(), ctypes.c_double()
    count = pdfium.FPDFText_CountChars(text)
    if count > _MOST_CHARACTERS:
        result.dropped[CUT] += count - _MOST_CHARACTERS
    for index in range(min(count, _MOST_CHARACTERS)):
        code = pdfium.FPDFText_GetUnicode(text, index)
        if code in _BREAKS:
            builder.end(line=True)
            continue
        if code in (0x20, 0xA0, 0x09):
            builder.end()
            continue
        handle = ctypes.cast(pdfium.FPDFText_GetTextObject(text, index), ctypes.c_void_p).value
        style = styles.get(handle)
        if style is None:
            style = styles[handle] = _style(pdfium, text, index, view)
        result.characters += 1
        result.unmapped += pdfium.FPDFText_HasUnicodeMapError(text, index) == 1 or code == 0
        pdfium.FPDFText_GetCharBox(text, index, edges[0], edges[1], edges[2], edges[3])
        pdfium.FPDFText_GetCharOrigin(text, index, x, y)
        left, right, bottom, top = (edge.value for edge in edges)
        box = view.box(left, bottom, right, top)
        if style.upright:  # the line's height, whatever the letter's
            base = view.point(_finite(x.value), _finite(y.value))[1]
            box = Box(box.x0, base - 0.75 * style.size, box.x1, base + 0.25 * style.size)
        letter = HYPHEN if code in _HYPHENS else chr(code) if code and not 0xD800 <= code < 0xE000 else "\ufffd"
        builder.add(letter, box, style)
    builder.end(line=True)
    result.words = builder.words


def _style(pdfium: Any, text: Any, index: int, view: View) -> Style:
    matrix = pdfium.FS_MATRIX()
    known = pdfium.FPDFText_GetMatrix(text, index, matrix)
    a, b, c, d = (matrix.a, matrix.b, matrix.c, matrix.d) if known else (1.0, 0.0, 0.0, 1.0)
    size = min(abs(_finite(pdfium.FPDFText_GetFontSize(text, index) * math.hypot(c, d))), _LARGEST)
    angle = (math.degrees(math.atan2(b, a)) - view.turn) % 360
    upright = min(angle, 360 - angle) < 3
    buffer, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    length = pdfium.FPDFText_GetFontInfo(text, index, buffer, 128, flags)
    name = buffer.value.decode("utf-8", "replace").lower() if 0 < length <= 128 else ""
    bold = pdfium.FPDFText_GetFontWeight(text, index) >= _BOLD_WEIGHT or "bold" in name or "black" in name
    item = pdfium.FPDFText_GetTextObject(text, index)
    mode = pdfium.FPDFTextObj_GetTextRenderMode(item) if item else 0
    colour = [ctypes.c_uint(255) for _ in range(4)]
    told = pdfium.FPDFText_GetFillColor(text, index, *colour)
    faint = mode in (0, 4) and colour[3].value < _FAINT_ALPHA
    shade = (colour[0].value, colour[1].value, colour[2].value) if told and mode in (0, 4) else None
    font = pdfium.FPDFTextObj_GetFont(item) if item else None
    embedded = not font or pdfium.FPDFFont_GetIsEmbedded(font) == 1
    return Style(round(size, 1), bold, upright, mode == _INVISIBLE, faint, shade, embedded)

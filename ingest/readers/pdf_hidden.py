"""Text of a PDF that nobody sees on its pages: it is looked up in a picture of the page."""

from __future__ import annotations

import math
from typing import Any

from ingest.readers.pdf_page import Page, Word

_TINY = 1.0  # points: nobody can read smaller text
_CONTRAST = 10  # of 255: less cannot be told apart
_GROUND = 0.88  # a word with more of its box in its own colour is written on that colour
_MOST_PIXELS = 4e6  # of the picture


def drop_hidden(page: Any, result: Page) -> None:
    """Take out words that nobody sees on the page, counted in ``dropped`` by their reason.

    Each word is looked up in a picture of the page: no contrast in its box, nothing to be seen. That covers white on
    white, text under an opaque picture and text clipped away. Invisible text over a picture is a scan's text layer.
    """
    scale = min(1.5, math.sqrt(_MOST_PIXELS / max(result.width * result.height, 1.0)))
    picture = _picture(page, scale) if result.words else None
    kept: list[Word] = []
    for word in result.words:
        reason = _why_hidden(word, result, picture, scale)
        if not reason:
            kept.append(word)
            continue
        result.dropped[reason] += 1
        quoted = result.examples.get(reason, "")
        if len(quoted) < 80:
            result.examples[reason] = f"{quoted} {word.text}".strip()[:80]
    result.words = kept


def _picture(page: Any, scale: float) -> Any:
    bitmap = page.render(scale=scale, may_draw_forms=False, draw_annots=False, rev_byteorder=True)
    return bitmap.to_numpy()[:, :, :3].copy()


def _why_hidden(word: Word, page: Page, picture: Any, scale: float) -> str:
    box, style = word.box, word.style
    if box.x1 <= 0 or box.bottom <= 0 or box.x0 >= page.width or box.top >= page.height:
        return "off the page"
    if style.size < _TINY:
        return "smaller than 1 point"
    if style.faint:
        return "transparent"
    if style.invisible and not any(image.holds(box) for image in page.images):
        return "invisible"
    drawn = style.embedded or word.text.isascii()  # without the font it may be drawn elsewhere, if not here
    if style.size * scale < 2 or (not drawn and style.colour != (255, 255, 255)):
        return ""
    margin = 1 if len(word.text) <= 3 else 0  # the box of a dash is full of it
    rows = slice(max(int(box.top * scale) - margin, 0), math.ceil(box.bottom * scale) + margin)
    columns = slice(max(int(box.x0 * scale) - margin, 0), math.ceil(box.x1 * scale) + margin)
    return "of the colour of its ground" if _blank(picture[rows, columns], style.colour) else ""


def _blank(part: Any, colour: tuple[int, int, int] | None) -> bool:
    """Whether a piece of the picture (rows, columns, red-green-blue) shows no letter of ``colour``."""
    if not part.size:
        return False
    corner = part[0, 0].astype(int)  # of the ground, seldom of a letter
    on_own = colour is not None and max(abs(corner - colour)) < 2 * _CONTRAST
    green = part[:, :, 1]
    if not on_own and int(green.max()) - int(green.min()) >= _CONTRAST:
        return False
    part = part.astype(int)
    if (part.max(axis=(0, 1)) - part.min(axis=(0, 1))).max() < _CONTRAST:
        return True
    if colour is None or not on_own:
        return False
    close = (abs(part - list(colour)) < 2 * _CONTRAST).all(axis=2)
    return bool(close.mean() > _GROUND)  # a rule may cross it

"""Which paragraphs of a PDF are headings, and of what level: told by size, weight and capitals."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ingest.readers.pdf_layout import Line

_LONGEST_HEADING = 120  # characters
_LONGEST_LABEL = 6  # words before a colon
_USUAL = 3  # headings of one style
Paragraph = list[Line]  # lines of one paragraph, item, heading, or one table
HeadingStyle = tuple[float, bool, bool]  # size in points (0: the body's), bold, in capitals


def body_size(lines: Sequence[Line]) -> float:
    """The size of most letters, in points."""
    weights: Counter[float] = Counter()
    for line in lines:
        weights[round(line.size * 2) / 2] += len(line.text)
    return max(weights, key=lambda size: (weights[size], -size), default=0.0)


def heading_levels(paragraphs: Sequence[Paragraph], texts: Sequence[str]) -> dict[int, int]:
    """The level of each heading by the paragraph's index: larger, then bolder, then louder stands higher."""
    lines = [line for paragraph in paragraphs for line in paragraph if not line.rows]
    body = body_size(lines)
    pages = {page: body_size([line for line in lines if line.page == page]) for page in {line.page for line in lines}}
    letters = sum(len(line.text) for line in lines)
    plain = sum(len(line.text) for line in lines if line.bold) <= 0.5 * letters
    styles = {
        index: style
        for index, (paragraph, text) in enumerate(zip(paragraphs, texts, strict=True))
        if (style := _heading_style(paragraph, text, (body, pages.get(paragraph[0].page, body)), plain)) is not None
    }
    styles = _without_lone(styles)
    order = sorted(set(styles.values()), reverse=True)
    levels = {index: min(order.index(style) + 1, 6) for index, style in styles.items()}
    first = min(levels, default=None)
    if first is not None and first <= 2 and paragraphs[first][0].page == 1 and len(order) > 1:
        top = [index for index, level in levels.items() if level == 1]
        if top == [first]:  # one of its kind, at the start: the title
            return {index: level - 1 for index, level in levels.items()}
    return levels


def _without_lone(styles: dict[int, HeadingStyle]) -> dict[int, HeadingStyle]:
    """A style of one heading, met below headings of a usual style, is no level above that: it takes that style."""
    counts = Counter(styles.values())
    result: dict[int, HeadingStyle] = {}
    for index, style in styles.items():
        earlier = [s for i, s in styles.items() if i < index and s < style and counts[s] >= _USUAL]
        result[index] = max(earlier) if earlier and counts[style] == 1 else style
    return result


def _heading_style(
    paragraph: Paragraph, text: str, body: tuple[float, float], plain: bool
) -> HeadingStyle | None:
    """The style of a paragraph that reads like a heading, None for others; ``body``: size in document and page."""
    first = paragraph[0]
    if first.rows or first.column < 0 or len(text) > _LONGEST_HEADING or len(paragraph) > 3:
        return None
    letters = [char for char in text if char.isalpha()]
    if len(letters) < 3 or len(letters) < 0.4 * len(text.replace(" ", "")) or re.search(r"[.;,!?…]$|:\s+\S|…", text):
        return None
    if text.endswith(":") and len(text.split()) > _LONGEST_LABEL:
        return None  # it leads a list in
    if not text[0].isalnum() and text[0] not in "\"“‘¿¡":
        return None
    size = max(line.size for line in paragraph)
    bold = plain and all(line.bold for line in paragraph)
    loud = len(letters) >= 4 and all(not char.islower() for char in letters) and any(c.isupper() for c in letters)
    large = size > 1.12 * body[0]
    if size < 0.9 * min(body) or not (large or bold or loud):
        return None
    return (round(size * 2) / 2 if large else 0.0, bold, loud)

"""Which paragraphs of a PDF are headings, and of what level: told by size, weight and capitals."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ingest.readers.pdf_layout import Line

_LONGEST_HEADING = 120  # characters
_LONGEST_LABEL = 6  # words before a colon
_USUAL = 3  # headings of one style
_FEWEST_LINES = 4  # of a page, that tell the size of its text
_CLOCK = re.compile(r"\b\d{1,2}:\d{2}\b")
_DATE = re.compile(r"(?:\b\d{1,2}\.? [^\W\d]+,? \d{4}|[^\W\d]+ \d{1,2},? \d{4}|\b\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4})$")
_SENTENCE = 5  # words beside a date or a time
_NO_HEADING = re.compile(r"[.;,!?…]$|:\s+\S|[^\W\d]:\d|…|···")  # a sentence, "Label: value", leaders
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
    pages = {page: _page_size([x for x in lines if x.page == page], body) for page in {line.page for line in lines}}
    letters = sum(len(line.text) for line in lines)
    plain = sum(len(line.text) for line in lines if line.bold) <= 0.5 * letters
    styles = {
        index: style
        for index, (paragraph, text) in enumerate(zip(paragraphs, texts, strict=True))
        if (style := _heading_style(paragraph, text, (body, pages.get(paragraph[0].page, body)), plain)) is not None
    }
    styles = _without_lone(_short_capitals(styles, texts))
    order = sorted(set(styles.values()), reverse=True)
    levels = {index: min(order.index(style) + 1, 6) for index, style in styles.items()}
    first = min(levels, default=None)
    if first is not None and first <= 2 and paragraphs[first][0].page == 1 and len(order) > 1:
        top = [index for index, level in levels.items() if level == 1]
        if top == [first]:  # one of its kind, at the start: the title
            return {index: level - 1 for index, level in levels.items()}
    return levels


def _short_capitals(styles: dict[int, HeadingStyle], texts: Sequence[str]) -> dict[int, HeadingStyle]:
    """A heading of three capitals, which may be an acronym, is as loud as most headings that look like it otherwise."""
    counts = Counter(styles.values())
    return {
        index: (size, bold, True)
        if texts[index].isupper() and counts[size, bold, True] > counts[size, bold, False]
        else (size, bold, loud)
        for index, (size, bold, loud) in styles.items()
    }


def _page_size(lines: Sequence[Line], usual: float) -> float:
    """The size of most letters of a page; the ``usual`` one of the document for a page of few lines, as a cover is."""
    size = body_size(lines)
    return size if sum(abs(line.size - size) <= 0.25 for line in lines) >= _FEWEST_LINES else usual


def _states_time(text: str) -> bool:
    """Whether a line says by when something is due, or from when: it has a time of day, or ends in a date.

    >>> [_states_time(text) for text in ("From 8:00 am FRIDAY, JULY 20, 2018 to August", "Pay scale from 1 April 2024")]
    [True, False]
    """
    date = _DATE.search(text)
    rest = _CLOCK.sub("", text if date is None else text[: date.start()])
    return (date is not None or rest != text) and len(re.findall(r"[^\W\d]+", rest)) >= _SENTENCE


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
    if first.rows or first.foot or first.column < 0 or len(text) > _LONGEST_HEADING or len(paragraph) > 3:
        return None
    letters = [char for char in text if char.isalpha()]
    if len(letters) < 3 or len(letters) < 0.4 * len(text.replace(" ", "")) or _NO_HEADING.search(text):
        return None
    if text.endswith(":") and len(text.split()) > _LONGEST_LABEL:
        return None  # it leads a list in
    if not text[0].isalnum() and text[0] not in "\"“‘¿¡":
        return None
    size = max(line.size for line in paragraph)
    bold = plain and all(line.bold for line in paragraph)
    loud = len(letters) >= 4 and all(not char.islower() for char in letters) and any(c.isupper() for c in letters)
    large = size > 1.12 * max(body)
    if size < 0.9 * min(body) or not (large or bold or loud) or (not large and _states_time(text)):
        return None
    return (round(size * 2) / 2 if large else 0.0, bold, loud)

"""Lines of a label, dots that lead the eye, and a value: rows of two cells, for apart neither says anything."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.readers.pdf_layout import Line
from ingest.readers.pdf_text import LEADERS

LEADER_LINE = re.compile(r"(?:\s?[._·…]){8,}")
_FIGURE = re.compile(r"(?=\D{0,4}\d)\S+(?: \S{1,8}){0,2}")  # a number, percentage, amount or date, and its unit
_LONGEST_VALUE = 40  # characters
_MOST_WORDS = 5  # of a value


def leader_rows(paragraphs: Sequence[Sequence[Line]], texts: Sequence[str]) -> dict[int, tuple[str, str]]:
    """Label and value of each leader line by its index, where the value is a figure or another such line is next to it.

    Args:
        paragraphs: lines of each paragraph.
        texts: the paragraphs' texts with shortened leaders.

    """
    parts = {
        index: found
        for index, (paragraph, text) in enumerate(zip(paragraphs, texts, strict=True))
        if len(paragraph) == 1 and LEADER_LINE.search(paragraph[0].text) and (found := label_and_value(text))
    }
    return {
        index: found
        for index, found in parts.items()
        if _FIGURE.fullmatch(found[1]) or index - 1 in parts or index + 1 in parts
    }


def label_and_value(text: str) -> tuple[str, str] | None:
    """The two parts of a line with one row of dots, None for others.

    >>> label_and_value("Interview ··· 100%"), label_and_value("Name ··· Date …"), label_and_value("Essay ··· is due.")
    (('Interview', '100%'), None, None)
    """
    label, _, value = text.partition(f" {LEADERS} ")
    if not re.search(r"[^\W\d_]", label) or not 0 < len(value) <= _LONGEST_VALUE or len(value.split()) > _MOST_WORDS:
        return None
    if LEADERS in value or re.search(r"[^\w%)]$", value):
        return None
    return label, value

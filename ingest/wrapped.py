"""Plain text that was broken into lines of one width: the lines of one paragraph are joined again."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.headings import BULLET, ORDERED, RULE
from ingest.pipe_tables import PIPE_ROW

_WIDTHS = range(60, 91)  # characters of a full line
_CLOSE = 0.85  # share of the width that a full line has at least
_LEAST = 0.6  # the same of a line that a long word follows,
_FILLED = 0.9  # and of the two together
_LEAST_FULL = 3  # full lines that end inside a sentence
_MOST = 0.5  # share of the lines with another below them that are such
_LONGER = 0.05  # share of the lines that may be longer (addresses of pages)
_OUTLIERS = 0.02  # share of the lines that do not tell the width
_DENT = 4
_COLUMNS = re.compile(r"\S(?:\t| {3,})\S")
_FIELD = re.compile(r"[^:\sa-z][^:]{1,40}:\s+\S")
_STOP = tuple(".!?:;。")


def join_wrapped(raw: Sequence[str]) -> list[str]:
    """The lines with those of a wrapped paragraph joined by a space, where nearly all of the text is wrapped.

    Proof: most lines that have another directly below them end at about one width and inside a sentence.
    Lists, tables, fields and short lines stay as they are, and so do indented ones.
    """
    pairs = _pairs(raw)
    lengths = sorted(len(raw[index].rstrip()) for index in pairs)
    width = lengths[int((1 - _OUTLIERS) * (len(lengths) - 1))] if lengths else 0
    full = {index for index in pairs if _is_full(raw[index].rstrip(), raw[index + 1].strip(), width)}
    inside = sum(not raw[index].rstrip().endswith(_STOP) for index in full)
    longer = sum(len(line) > width / _CLOSE for line in raw)
    spaced = sum(not line.strip() for line in raw) > 1
    if width not in _WIDTHS or not spaced or inside < _LEAST_FULL or inside <= _MOST * len(pairs):
        return list(raw)
    if longer > _LONGER * len(raw):
        return list(raw)
    joined: list[str] = []
    for index, line in enumerate(raw):
        if index - 1 in full:
            joined[-1] = _joined(joined[-1].rstrip(), line.strip())
        else:
            joined.append(line)
    return joined


def _pairs(raw: Sequence[str]) -> list[int]:
    """Indices of the plain lines that have another plain line of the same paragraph directly below them."""
    found: list[int] = []
    listed = False  # after a marker all lines up to the next empty one belong to a list or a table
    for index, line in enumerate(raw):
        listed = bool(line.strip()) and (listed or not _is_plain(line))
        below = raw[index + 1] if index + 1 < len(raw) else ""
        if line.strip() and not listed and below.strip() and _is_plain(below) and not _FIELD.match(below.strip()):
            found.append(index)
    return found


def _is_plain(line: str) -> bool:
    text = line.strip()
    if len(line) - len(line.lstrip()) >= _DENT or "\t" in line or _COLUMNS.search(text):
        return False
    return not any(mark.match(text) for mark in (BULLET, ORDERED, RULE, PIPE_ROW))


def _is_full(line: str, below: str, width: int) -> bool:
    """Whether a line is about as long as the width, or would be with the next line's first word."""
    with_next = len(line) + 1 + len(below.split()[0])
    return len(line) >= _CLOSE * width or (len(line) >= _LEAST * width and with_next >= _FILLED * width)


def _joined(line: str, below: str) -> str:
    """Two lines as one; a word that a hyphen breaks at the line's end keeps its hyphen.

    >>> _joined("a well-", "known rule"), _joined("short-", "and long-term"), _joined("one", "two")
    ('a well-known rule', 'short- and long-term', 'one two')
    """
    broken = re.search(r"[^\W\d_]-$", line) is not None and below[:1].islower()
    return f"{line}{below}" if broken and below.split()[0] not in ("and", "or", "to") else f"{line} {below}"

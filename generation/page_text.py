"""Text of documents, made harmless for the page."""

from __future__ import annotations

import re
from html import escape as escape_markup


def escape(text: str) -> str:
    """``text`` as HTML that shows exactly these characters, also inside a quoted attribute.

    >>> escape('<img src=x onerror="alert(1)">')
    '&lt;img src=x onerror=&quot;alert(1)&quot;&gt;'

    A lone surrogate, which no UTF-8 page can carry, becomes a question mark.
    """
    return escape_markup(text.encode("utf-8", "replace").decode("utf-8"), quote=True)


def cells(row: str) -> tuple[str, ...]:
    r"""The cells of a claim that is a table row; () when it is none.

    >>> cells("| Budget | up to 5,000 \\| month |")
    ('Budget', 'up to 5,000 | month')
    >>> cells("a | b")
    ()
    """
    line = row.strip()
    if len(line) < 3 or not line.startswith("|") or not line.endswith("|") or "\n" in line:
        return ()
    return tuple(cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line[1:-1]))

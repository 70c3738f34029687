"""An answer's text taken apart into what it states and what each part cites, from the text alone.

The answer is not asked for its own list of claims: words that no citation covers are statements without one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from eval.measures import plain
from eval.records import CitedQuote, Place, Said

_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,3}[.)])\s+")


def cited_quote(value: Mapping[str, Any]) -> CitedQuote:
    """A citation of a run file."""
    place = Place(str(value["source"]), int(value["doc_start"]), int(value["doc_end"]))
    return CitedQuote(place, str(value["quote"]))


def statements(text: str, citations: Sequence[Mapping[str, Any]]) -> tuple[Said, ...]:
    """The parts of an answer in order.

    Words that citations name by ``start``/``end`` are one part each. Of the rest, every line is a part of its own that
    cites nothing, unless it is a heading: words before a colon that are the role, the title or a heading of something
    cited.

    >>> one = {"start": 8, "end": 17, "source": "a", "doc_start": 0, "doc_end": 9, "quote": "Signs $5.", "role": "Lead"}
    >>> text = "Lead:" + chr(10) + "- Signs $5. [1]" + chr(10) + "And more."
    >>> [(said.text, len(said.citations)) for said in statements(text, [one])]
    [('Signs $5.', 1), ('And more.', 0)]
    """
    spans: dict[tuple[int, int], list[CitedQuote]] = {}
    for citation in citations:
        key = (int(citation["start"]), int(citation["end"]))
        spans.setdefault(key, []).append(cited_quote(citation))
    named = _names(citations)
    found: list[tuple[int, Said]] = []
    at = 0
    for (start, end), cited in sorted(spans.items()):
        found += _uncited(text, at, start, named)
        found.append((start, Said(text[start:end], tuple(dict.fromkeys(cited)))))
        at = max(at, end)
    found += _uncited(text, at, len(text), named)
    return tuple(said for _, said in sorted(found, key=lambda item: item[0]))


def _uncited(text: str, start: int, end: int, named: frozenset[str]) -> list[tuple[int, Said]]:
    parts = []
    for line in re.finditer(r"[^\n]+", text[start:end]):
        words = _BULLET.sub("", plain(line.group())).strip(" \t-*•")
        as_shown = line.group().strip()  # a heading may begin with its number
        is_heading = any(one.endswith(":") and one[:-1].casefold() in named for one in (words, as_shown))
        if re.search(r"\w", words) and not is_heading:
            parts.append((start + line.start(), Said(words, ())))
    return parts


def _names(citations: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """What may stand as a heading above cited words."""
    names: set[str] = set()
    for citation in citations:
        heading = [str(part) for part in citation.get("heading") or ()]
        above = [str(citation.get(field) or "") for field in ("role", "title")]
        paths = [heading[-1:], heading[-2:], heading]
        names |= {*above, *heading}
        names |= {" › ".join([*([name] if name else []), *path]) for name in above for path in paths}
    return frozenset(name.casefold() for name in names if name)

"""Claims to the answer's text with markers, and the citations that tell which words each quote backs.

A document may hold ``[9]`` itself; in the answer's text it becomes ``(9)``, so that only our markers look like markers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from generation.records import Citation, Claim, Evidence

_BRACKETED = re.compile(r"\[(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)\]")


def unmarked(text: str) -> str:
    """The text with what looks like a marker in round brackets; as long as before.

    >>> unmarked("See [9] and [2, 3], not [draft].")
    'See (9) and (2, 3), not [draft].'
    """
    return _BRACKETED.sub(r"(\1)", text)


def render(claims: Sequence[Claim]) -> tuple[str, tuple[Citation, ...]]:
    """The text and its citations, in order; equal evidence keeps one marker.

    A citation's ``start``/``end`` are the claim's own words, without bullet and markers. Claims of a group stand below
    its name.
    """
    markers: dict[Evidence, int] = {}
    lines: list[str] = []
    citations: list[Citation] = []
    length = 0
    group = ""
    listed = len(claims) > 1
    for claim in claims:
        if claim.group and claim.group != group:
            group = claim.group
            line = f"{group}:"
            length += len(line) + 1
            lines.append(line)
        bullet = "- " if listed else ""
        words = unmarked(claim.text)
        start = length + len(bullet)
        end = start + len(words)
        numbers = [markers.setdefault(evidence, len(markers) + 1) for evidence in claim.evidence]
        line = bullet + words + "".join(f" [{number}]" for number in numbers)
        citations += [
            Citation(number, start, end, evidence, claim.support, claim.verdict)
            for number, evidence in zip(numbers, claim.evidence, strict=True)
        ]
        length += len(line) + 1
        lines.append(line)
    return "\n".join(lines), tuple(citations)

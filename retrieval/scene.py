"""Where a conversation stands when a follow-up comes: the last stand-alone question and what its answer quoted."""

from __future__ import annotations

import re
from dataclasses import dataclass

from retrieval.roles import mentions
from retrieval.roster import Roster

_MARKS = re.compile(r"^[\s\-*•·–|#>\d.)]*|[*_`|]+")
_LABEL_END = re.compile(r"(?:[:.;(–—]|\s-)(?=\s|$)|\s\(")
_LABEL_WORDS, _QUOTED_WORDS = 6, 12
_UPPER = 2  # capitals that make a word an abbreviation


@dataclass(frozen=True, slots=True)
class Shown:
    """A span of a document that an earlier answer quoted; ``header`` holds the column names of a table row."""

    role: str
    quote: str
    header: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """An earlier question of the user, and the spans that its answer quoted. What the answer said is not here."""

    question: str
    shown: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """``base`` is the last stand-alone question ('' for none), ``compared`` the roles last named together,
    ``spoken`` the roles last named.
    """

    roster: Roster
    base: str = ""
    shown: tuple[Shown, ...] = ()
    compared: tuple[str, ...] = ()
    spoken: tuple[str, ...] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles in force: those of the last question."""
        return mentions(self.base, self.roster).roles if self.base else ()


def label_of(shown: Shown) -> str:
    """A short name for a quoted span: the first cell of a row, the words before a colon, else its first words.

    >>> label_of(Shown("", "| p95 latency | < 2 s |")), label_of(Shown("", "- **Food waste.** Less than 4%."))
    ('p95 latency', 'food waste')
    >>> label_of(Shown("", "The lead reads metrics, samples and error clusters and picks the next iteration."))
    '“The lead reads metrics, samples and error clusters and picks the next …”'
    """
    text = shown.quote.strip().split("\n")[0]
    if text.startswith("|"):
        text = next((cell.strip() for cell in text.strip("|").split("|") if cell.strip()), "")
    text = " ".join(_MARKS.sub("", text).split())
    first = _LABEL_END.split(text, maxsplit=1)[0].strip(" ?!.,")
    words = first.split()
    if not words:
        return ""
    if len(words) > _LABEL_WORDS:
        return f"“{' '.join(words[:_QUOTED_WORDS])}{' …' if len(words) > _QUOTED_WORDS else ''}”"
    if sum(letter.isupper() for letter in words[0]) < _UPPER:
        words[0] = words[0][:1].lower() + words[0][1:]
    return " ".join(words)


def named_by(shown: Shown) -> str:
    """The quoted span as a noun phrase with its role.

    >>> named_by(Shown("Head Chef", "| Food waste | 4% |"))
    "the Head Chef's food waste"
    """
    label = label_of(shown)
    if not label or not shown.role:
        return label
    if label.startswith("“"):
        return f"{label} for the {shown.role}"
    return f"the {shown.role}{chr(39) if shown.role.endswith('s') else chr(39) + 's'} {label}"

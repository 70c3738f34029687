"""A follow-up question becomes a stand-alone one, by rules: what it leaves open is taken from the last question."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.lexical import tokenize
from retrieval.roles import mentions

_OPENING = re.compile(r"^\s*(?:and|but|or|so|what about|how about|same for|also|then|why|ok(?:ay)?)\b", re.IGNORECASE)
_POINTING = re.compile(r"\b(?:it|its|that|those|these|this|they|them|their|there|one|ones|he|she|his|her|same)\b", re.I)
_ASKING = re.compile(
    r"^\s*(?:what|which|who|whose|when|where|how|why|is|are|does|do|did|can|may|must|should|will|list|name|compare|give"
    r"|show|tell|explain)\b",
    re.IGNORECASE,
)
_SHORT = 3  # content words
# Words of one group exclude each other: a follow-up with one of them replaces the other.
_CONTRASTS = tuple(
    re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for words in (
        r"daily|weekly|monthly|quarterly|yearly|annual",
        r"(?:first |last )?(?:\d+|six|twelve)[- ](?:days?|months?)|first (?:month|quarter|year)",
        r"must[- ]have|good[- ]to[- ]have|nice[- ]to[- ]have|advanced|emerging",
        r"strong|weak",
        r"internal|external",
        r"technical|soft",
    )
)


def standalone(question: str, earlier: Sequence[str], roles: Sequence[str]) -> str:
    """The question with what it leaves open filled in from the last of the ``earlier`` questions; itself when complete.

    >>> library = ("Junior NLP Engineer", "Staff NLP Engineer")
    >>> standalone("and for the staff one?", ["What is the junior's p95 latency target?"], library)
    'What is the p95 latency target? and for the staff one?'
    >>> standalone("Which tools does the Staff NLP Engineer use?", ["Who hires?"], library)
    'Which tools does the Staff NLP Engineer use?'
    >>> standalone("What is retrieval coverage?", ["Who hires the junior?"], library)
    'What is retrieval coverage?'
    >>> standalone("How often is it measured?", ["What is retrieval coverage?"], library)
    'What is retrieval coverage? How often is it measured?'
    >>> standalone("and monthly?", ["What are the junior's daily tasks?", "and the weekly ones?"], library)
    "What are the junior's tasks? and the ones? and monthly?"
    """
    base = ""
    for asked in [*earlier, question]:
        base = _resolve(asked, base, roles)
    return base


def _resolve(question: str, base: str, roles: Sequence[str]) -> str:
    """One step: ``base`` is the last stand-alone question, '' for none."""
    if not base:
        return question
    named = mentions(question, roles).roles
    content = [t for t in tokenize(question) if not any(t in tokenize(role) for role in roles)]
    if _OPENING.search(question) is None and _complete(question, len(content), named=bool(named)):
        return question
    kept = _without_roles(base, roles) if named else base
    return f"{_without_opposites(kept, question)} {question}"


def _without_opposites(base: str, question: str) -> str:
    """Drop the words of ``base`` that the new question contrasts: after "daily", "and the weekly ones?".

    >>> _without_opposites("What are the daily tasks?", "and the weekly ones?")
    'What are the tasks?'
    """
    for words in _CONTRASTS:
        if words.search(question):
            base = " ".join(words.sub("", base).split())
    return base


def _complete(question: str, content: int, *, named: bool) -> bool:
    """Whether a question without a linking word can stand alone: it asks with a verb, and about something."""
    asks = _ASKING.search(question) is not None
    if named:
        return content > 0 if asks else content >= _SHORT
    return _POINTING.search(question) is None and content >= (2 if asks else _SHORT)


def _without_roles(question: str, roles: Sequence[str]) -> str:
    """Drop the words that name a role, since the new question names another."""
    named = mentions(question, roles).roles
    mine = {word for role in named for word in re.findall(r"\w+", role.lower())}
    kept = [w for w in question.split() if re.sub(r"(?:['’]s)?\W*$", "", w.lower()).strip("(\"'") not in mine]
    return " ".join(kept)

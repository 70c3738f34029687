"""Names shouted in capitals as they are spoken of."""

from __future__ import annotations

import re
from collections import Counter

SMALL_WORDS = frozenset("a an and as at by for from in of on or the to with".split())
_ABBREVIATION = 3  # letters, where nothing else tells
_LONGEST_ABBREVIATION = 5


def in_title_case(role: str, text: str = "") -> str:
    """A role shouted in capitals as it is spoken of: as ``text`` spells its words, else by their length.

    >>> in_title_case("AIRPORT ENGINEER"), in_title_case("GIS ANALYST"), in_title_case("Lead NLP Engineer")
    ('Airport Engineer', 'GIS Analyst', 'Lead NLP Engineer')
    >>> in_title_case("DIRECTOR OF BUS AND IT SERVICES", "A Bus driver asks the IT desk of the City.")
    'Director of Bus and IT Services'
    """
    if not role.isupper():
        return role
    forms = Counter(re.findall(r"[^\W\d_]+", " ".join(line for line in text.split("\n") if not line.isupper())))
    return " ".join(_cased(word, forms, first=not number) for number, word in enumerate(role.split()))


def _cased(word: str, forms: Counter[str], *, first: bool) -> str:
    if not first and word.lower() in SMALL_WORDS:
        return word.lower()
    return re.sub(r"[^\W\d_]+(?:['’][A-Z]\b)?", lambda match: _cased_part(match[0], forms), word)


def _cased_part(part: str, forms: Counter[str]) -> str:
    spoken = forms[part.capitalize()] + forms[part.lower()]
    written = forms[part]
    keeps = written > spoken if written or spoken else len(part) <= _ABBREVIATION
    keeps = keeps and len(part) <= _LONGEST_ABBREVIATION
    return part if keeps else part.capitalize()

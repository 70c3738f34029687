"""Abbreviations that a text explains itself, "Natural Language Processing (NLP)", and the other way round.

The rule is that of Schwartz and Hearst (A simple algorithm for identifying abbreviation definitions in biomedical text,
PSB 2003): every letter of the short form, from its end, is found in the words before it, the first one at the start of
a word. Kept stricter here, each letter must begin a word of the long form or stand inside one whose beginning is used.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_SHORT_LAST = re.compile(r"\(([A-Z][A-Za-z&/]{1,7})\)")
_BEFORE = re.compile(r"(?:[^\W_][\w'’&/-]*[ \t]+){1,8}\Z")
_REACH = 120  # characters before a bracket that may hold its long form
_SHORT_FIRST = re.compile(r"\b([A-Z][A-Z&/]{1,7})[ \t]+\(((?:[^\W_][\w'’&/-]*[ \t]*){2,8})\)")
_MOST_EXTRA = 5


def abbreviations(texts: Iterable[str]) -> dict[str, str]:
    """Short forms explained in the texts, lower case, each with the long form given most often.

    >>> abbreviations(["We use Natural Language Processing (NLP) and RAG (retrieval-augmented generation) daily."])
    {'nlp': 'natural language processing', 'rag': 'retrieval-augmented generation'}
    >>> abbreviations(["the new site (London)", "two reviews (see below)", "Key performance indicators (KPIs)"])
    {'kpi': 'key performance indicators'}
    """
    found: dict[str, Counter[str]] = {}
    for text in texts:
        pairs = [(match[1], _words_before(text, match.start())) for match in _SHORT_LAST.finditer(text)]
        pairs += [(match[1], match[2]) for match in _SHORT_FIRST.finditer(text)]
        for short, words in pairs:
            bare = short[:-1] if short.endswith("s") else short
            long = long_form(bare, words.split()) if sum(letter.isupper() for letter in bare) > 1 else ""
            if long:
                found.setdefault(bare.lower(), Counter())[long.lower()] += 1
    # Equal counts: the form that comes first in the alphabet, so that the order of documents does not decide.
    return {short: min(forms, key=lambda form: (-forms[form], form)) for short, forms in sorted(found.items())}


def _words_before(text: str, place: int) -> str:
    found = _BEFORE.search(text[max(place - _REACH, 0) : place])
    return found[0] if found is not None else ""


def long_form(short: str, words: list[str]) -> str:
    """The end of ``words`` that ``short`` abbreviates; '' for none.

    >>> long_form("QA", "the head of quality assurance".split()), long_form("QA", ["big", "quiz"])
    ('quality assurance', '')
    """
    letters = [letter.lower() for letter in short if letter.isalpha()]
    window = words[-min(len(letters) + _MOST_EXTRA, 2 * len(letters)) :]
    text = " ".join(window)
    lower = text.lower()
    at = len(lower)
    for number, letter in reversed(list(enumerate(letters))):
        at = lower.rfind(letter, 0, at)
        while at > 0 and number == 0 and lower[at - 1].isalnum():
            at = lower.rfind(letter, 0, at)
        if at < 0:
            return ""
    long = text[at:].strip()
    starts = [part[0] for part in re.findall(r"[^\W_]+", long.lower())]
    # At least as many words' beginnings as letters but one: "reranker (RR)" explains nothing.
    begun = sum((Counter(starts) & Counter(letters)).values())
    return long if len(starts) > 1 and begun >= max(len(letters) - 1, 2) else ""

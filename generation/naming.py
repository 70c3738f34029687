"""Names in statements: roles of the library, names of measures (KPIs), and other names.

A role is meant by its title, a part of it or its initials (retrieval/spotting.py), so a statement may say "the lead"
where its evidence is about the Lead Engineer, but not name a sibling. Measures are the first cells of KPI tables.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.records import Document, Kind
from retrieval.lexical import tokenize
from retrieval.roster import Roster
from retrieval.spotting import spot
from retrieval.tokens import tokens_of

_NAME = re.compile(
    r"(?:(?<=[a-z\d,;] )|(?<=Dr\. )|(?<=M[rs]\. )|(?<=Mrs\. ))(?:[A-Z][\w&/-]*)"
    r"|\b[A-Z][\w]*[A-Z][\w]*\b|\b[A-Za-z]+\d[\w.]*\b"
)
_RANK = re.compile(r"\b(junior|senior|principal|intern|trainee|apprentice)(?=s?\b)", re.I)  # never everyday words
_SURE = 0.6  # strength from which a mention names somebody


@dataclass(frozen=True, slots=True)
class Names:
    """What can be named: the roles of a library and its measures, each with the stems of its name."""

    roster: Roster = field(default_factory=Roster)
    measures: tuple[tuple[str, frozenset[str]], ...] = ()

    @classmethod
    def of(cls, documents: Sequence[Document]) -> Names:
        """The names of a library."""
        found = {
            " ".join(unit.text.strip("| ").split(" | ")[0].split())
            for document in documents
            for unit in document.units
            if unit.kind == "row" and document.sections[unit.section].kind is Kind.KPIS
        }
        bare = {re.sub(r"\s*\([^)]*\)", "", name) for name in found}
        measures = ((name, frozenset(tokenize(name))) for name in sorted(bare))
        return cls(Roster.of(tuple(documents)), tuple((name, stems) for name, stems in measures if len(stems) > 1))


def roles_hold(sentence: str, evidence: str, about: str, names: Names) -> bool:
    """Whether every role that the sentence names is one that the evidence, or what it is ``about``, names too.

    >>> library = Names(Roster.of_names(["Lead NLP Engineer", "Lead Data Scientist", "Junior NLP Engineer"]))
    >>> roles_hold("The lead signs.", "It signs.", "Lead NLP Engineer", library)
    True
    >>> roles_hold("The junior signs.", "It signs.", "Lead NLP Engineer", library)
    False
    >>> roles_hold("The Lead Data Scientist signs.", "The lead signs.", "Lead NLP Engineer", library)
    False
    """
    if not _ranks(sentence) <= _ranks(f"{evidence} {about}"):
        return False
    said = _mentioned(sentence, names)
    if not said:
        return True
    subjects = _mentioned(about, names)
    whole = frozenset[int]().union(*(titles for titles, _ in subjects))
    written = [(titles & whole if titles & whole else titles, level) for titles, level in _mentioned(evidence, names)]
    plain = set(tokenize(f"{evidence} {about}"))
    for titles, words in said:
        fitting = [other for other, _ in (*written, *subjects) if titles & other]
        # A whole title is borne out by itself only, a part of one by any title that it may mean.
        known = any(len(other) == 1 for other in fitting) if len(titles) == 1 else bool(fitting)
        if not known and not (not titles and set(words) <= plain):
            return False
    return True


def _ranks(text: str) -> set[str]:
    return {rank.lower() for rank in _RANK.findall(text)}


def _mentioned(text: str, names: Names) -> list[tuple[frozenset[int], tuple[str, ...]]]:
    """The titles that each mention may mean, and its stems."""
    if not names.roster.titles:
        return []
    tokens = tokens_of(text, names.roster)
    found = []
    for mention in spot(tokens, names.roster):
        if mention.strength >= _SURE:
            run = tokens[mention.first : mention.last]
            found.append((frozenset(mention.titles), tuple(tokenize(" ".join(token.word.written for token in run)))))
    return found


def named_measures(text: str, names: Names) -> list[frozenset[str]]:
    """The stems of every measure that a text names in full; of two where one holds the other, the longer."""
    words = tokenize(text)
    held = set(words)
    found = [stems for name, stems in names.measures if stems <= held and _in_order(tokenize(name), words)]
    return [stems for stems in found if not any(stems < other for other in found)]


def _in_order(name: list[str], words: list[str]) -> bool:
    return any(words[at : at + len(name)] == name for at in range(len(words) - len(name) + 1))


def measures_hold(sentence: str, evidence: str, names: Names) -> bool:
    """Whether the words of every measure that the sentence names stand in the evidence.

    >>> names = Names(measures=(("Cache hit rate", frozenset(tokenize("Cache hit rate"))),))
    >>> measures_hold("The cache hit rate is 5 %.", "Test coverage: 5 %", names)
    False
    """
    held = set(tokenize(evidence))
    return all(stems <= held for stems in named_measures(sentence, names))


def names_hold(sentence: str, evidence: str) -> bool:
    """Whether every capitalised word inside the sentence, and every name with a figure, stands in the evidence.

    An abbreviation may stand for words with these initials, and the other way round.

    >>> names_hold("They ask Ana.", "Ana is asked."), names_hold("They ask Ben.", "Ana is asked.")
    (True, False)
    >>> names_hold("Their SLA holds.", "The service level agreement holds."), names_hold("On GPT5.", "On GPT4.")
    (True, False)
    """
    words = re.findall(r"[^\W_]+", evidence.lower())
    held = set(words) | {word.removesuffix("s") for word in words}
    stems = set(tokenize(evidence))
    initials = "".join(word[0] for word in words)
    short = {word.lower() for word in re.findall(r"\b[A-Z]{2,}\b", evidence)}
    spelt = "".join(word[0] for word in re.findall(r"[^\W_]+", sentence.lower()))
    for match in _NAME.finditer(sentence):
        for part in re.findall(r"[^\W_]+", match[0]):
            word = part.lower()
            if word in held or word.removesuffix("s") in held or set(tokenize(part)) <= stems:
                continue
            if part.isupper() and len(part) > 1 and (word in initials or word.removesuffix("s") in initials):
                continue
            if part.istitle() and any(letters in spelt and word[0] in letters for letters in short):
                continue
            return False
    return True

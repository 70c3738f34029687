"""The roles of a library, arranged once for finding them in questions. Immutable; every question only looks things up.

What a word may mean comes from the library itself: its titles, the abbreviations its texts explain, and the words its
texts use, which are therefore no misspellings.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ingest.levels import LEVELS
from ingest.records import Document
from retrieval.abbreviations import abbreviations
from retrieval.titles import (
    JOINING,
    LEVEL_WORDS,
    Title,
    occupation,
    prefixes,
    short_for,
    singular,
    title_of,
    words_of,
)

_MIN_USES = 2  # a word that the texts use once may be a misspelling itself
_MIN_FUZZY = 4
_LONG = 7  # letters from which two slips are forgiven
_LETTERS = re.compile(r"[^\W\d_]+")
# Short forms of the trade that texts often leave unexplained.
_USUAL = {
    "nlp": "natural language processing", "ml": "machine learning", "ai": "artificial intelligence",
    "qa": "quality assurance", "ux": "user experience", "ui": "user interface", "hr": "human resources",
    "it": "information technology", "gis": "geographic information systems", "ems": "emergency medical services",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What filters can be checked against: one per document."""

    role: str
    level: str
    source: str
    audience: str = ""
    language: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True)
class Roster:
    """Titles and the tables that find them. Numbers in the tables are places in ``titles``."""

    titles: tuple[Title, ...] = ()
    facts: tuple[Facts, ...] = ()
    long_forms: tuple[tuple[str, str], ...] = ()  # abbreviations that the texts explain: short, long
    used: frozenset[str] = frozenset()  # words of the texts
    colleagues: frozenset[str] = frozenset()  # titles that the texts mention: "product manager"
    _holders: Mapping[str, frozenset[int]] = field(default_factory=dict, repr=False)
    _initials: Mapping[str, tuple[int, ...]] = field(default_factory=dict, repr=False)
    _prefixes: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    _codes: Mapping[str, tuple[int, ...]] = field(default_factory=dict, repr=False)
    _phrases: Mapping[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = field(
        default_factory=dict, repr=False
    )

    @classmethod
    def of(cls, documents: Sequence[Document]) -> Roster:
        """The roster of a library: once per library, 0.1 s for 250,000 characters."""
        facts = [Facts(d.role, d.level, d.source, d.audience, d.language, d.format) for d in documents]
        codes = {d.role: d.code for d in documents if d.role and d.code}
        return cls.read(facts, [document.text for document in documents], codes)

    @classmethod
    def read(cls, facts: Sequence[Facts], texts: Sequence[str], codes: Mapping[str, str] | None = None) -> Roster:
        """A roster that learns words and abbreviations from the texts; ``codes`` pairs roles with codes.

        >>> roster = Roster.read([Facts("QA Engineer", "", "qa.md")], ["Quality Assurance (QA) is a craft."])
        >>> roster.long_forms
        (('qa', 'quality assurance'),)
        """
        counts: Counter[str] = Counter()
        colleagues: set[str] = set()
        for text in texts:
            words = _LETTERS.findall(text.lower())
            counts.update(words)
            colleagues.update(_colleagues(words))
        used = frozenset(word for word, count in counts.items() if count >= _MIN_USES)
        return cls.made(facts, abbreviations(texts), used, frozenset(colleagues), codes)

    @classmethod
    def of_names(cls, roles: Sequence[str]) -> Roster:
        """A roster that knows nothing but names."""
        return _of_names(tuple(roles))

    @classmethod
    def made(
        cls,
        facts: Sequence[Facts],
        explained: Mapping[str, str] | None = None,
        used: frozenset[str] = frozenset(),
        colleagues: frozenset[str] = frozenset(),
        codes: Mapping[str, str] | None = None,
    ) -> Roster:
        """A roster from its parts; ``explained`` pairs abbreviations with long forms, ``codes`` roles with codes."""
        named = {fact.role: fact.level for fact in reversed(facts) if fact.role}
        titles = tuple(title_of(role, level) for role, level in sorted(named.items()))
        explained = {} if explained is None else explained
        holders = _holders(titles)
        vocabulary = frozenset(holders)
        initials: dict[str, list[int]] = {}
        for number, title in enumerate(titles):
            for letters in title.initials:
                initials.setdefault(letters, []).append(number)
        numbers = {title.role: number for number, title in enumerate(titles)}
        coded: dict[str, list[int]] = {}
        for role, code in ({} if codes is None else codes).items():
            coded.setdefault(code.lower(), []).append(numbers[role])
        return cls(
            titles,
            tuple(facts),
            tuple(sorted(explained.items())),
            used,
            colleagues,
            {word: frozenset(found) for word, found in holders.items()},
            {letters: tuple(found) for letters, found in initials.items()},
            prefixes(vocabulary),
            {code: tuple(found) for code, found in coded.items()},
            _phrases({**_USUAL, **explained}, holders),
        )

    @property
    def roles(self) -> tuple[str, ...]:
        """The names of the roles, sorted."""
        return tuple(title.role for title in self.titles)

    def heads(self, word: str) -> bool:
        """Whether ``word`` is the noun that names the person in some title."""
        return any(self.titles[number].head == word for number in self.holding(word))

    def holding(self, word: str) -> frozenset[int]:
        """The titles that have a word (singular, lower case), or the level that it names."""
        return self._holders.get(word, frozenset())

    def with_initials(self, letters: str) -> tuple[int, ...]:
        """The titles with these initials, with or without their level."""
        return self._initials.get(letters, ())

    def with_code(self, code: str) -> tuple[int, ...]:
        """The titles whose documents state this code of a class or job."""
        return self._codes.get(code, ())

    def replacements(self, first: str) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
        """Word sequences beginning with ``first`` that titles write in another form, longest first."""
        return self._phrases.get(first, ())

    def short(self, word: str) -> tuple[str, ...]:
        """Title words that ``word`` is short for."""
        return short_for(word, self._holders, self._prefixes) if len(word) < _LONG else ()

    def misspelt(self, word: str) -> str:
        """The title word or level that is meant by a misspelling; '' for none, and for words that the texts use."""
        if len(word) < _MIN_FUZZY - 1 or word in self.used or not word.isalpha():
            return ""
        return _closest(word, tuple(self._holders))


def _holders(titles: Sequence[Title]) -> dict[str, set[int]]:
    """Title words with the titles that have them; ranks are words of the titles of that rank too."""
    holders: dict[str, set[int]] = {word: set() for word in LEVEL_WORDS}
    levelled = {title.family for title in titles if title.level}
    for number, title in enumerate(titles):
        for word in title.words:
            holders.setdefault(word, set()).add(number)
        level = title.level.split(" ")[0]
        if level in LEVELS:
            holders.setdefault(level, set()).add(number)
        elif not title.level and title.family in levelled:  # the plain title of a ladder is its middle
            holders["mid"].add(number)
    return holders


def _phrases(
    forms: Mapping[str, str], holders: Mapping[str, set[int]]
) -> dict[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]]:
    """What titles write for an abbreviation or for its long form, by the first word said."""
    found: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for short, long in forms.items():
        words = tuple(word.form for word in words_of(long))
        letters = (singular(short),)
        holding = [holders.get(word, set()) for word in words if word not in JOINING]
        in_title = bool(set.intersection(*holding)) if holding else False
        if letters[0] in holders and not in_title:
            found.setdefault(words[0], []).append((words, letters))
        elif in_title and letters[0] not in holders:
            found.setdefault(letters[0], []).append((letters, words))
    return {first: tuple(sorted(pairs, key=lambda pair: -len(pair[0]))) for first, pairs in found.items()}


def _colleagues(words: Sequence[str]) -> set[str]:
    """Every "… manager" and "… … engineer" among the lower-case words of a text, singular.

    >>> sorted(_colleagues("ask the two product managers".split()))
    ['product manager', 'two product manager']
    """
    persons = {word: form for word in set(words) if occupation(form := singular(word))}
    found = set()
    for place, word in enumerate(words):
        if word in persons and place > 1:
            found.add(f"{words[place - 1]} {persons[word]}")
            found.add(f"{words[place - 2]} {words[place - 1]} {persons[word]}")
    return found


@lru_cache(maxsize=20_000)
def _closest(word: str, vocabulary: tuple[str, ...]) -> str:
    """The nearest word with the same first letter: one slip (swapped letters count as one), two in long words.

    >>> _closest("enginere", ("engine", "engineer")), _closest("principal", ("principle",)), _closest("leap", ("lead",))
    ('engineer', 'principle', '')
    """
    if len(word) <= _MIN_FUZZY:  # one slip in a short word makes another word: only letters that changed places
        swapped = (known for known in vocabulary if known[0] == word[0] and sorted(known) == sorted(word))
        return next(swapped, _nearest(word, vocabulary) if len(word) == _MIN_FUZZY else "")
    return _nearest(word, vocabulary)


def _nearest(word: str, vocabulary: tuple[str, ...]) -> str:
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    most = 2 if len(word) >= _LONG else 1
    near = process.extract(word, vocabulary, scorer=OSA.distance, score_cutoff=most, limit=5)
    # A slip at the first letter is rare.
    fit = [known for known, _, _ in near if known[0] == word[0] and len(known) > _MIN_FUZZY]
    return fit[0] if fit else ""


@lru_cache(maxsize=32)
def _of_names(roles: tuple[str, ...]) -> Roster:
    return Roster.made([Facts(role, "", "") for role in roles])

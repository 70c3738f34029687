"""The words of role titles and the ways people write them: plurals, short forms, ranks, the noun that names the person.

A title's words are compared in one form, lower case and singular, on both sides; joining words ("of", "and") do not
count. What is a rank is common usage (ingest/levels.py), what is an occupation is told by its ending
(ingest/occupations.py).
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ingest.levels import LEVELS, level_of
from ingest.occupations import is_occupation

LEVEL_WORDS = frozenset(LEVELS) - {"executive"} | {"apprentice", "chief", "graduate"}
"""Words that state a rank wherever they stand before a title."""
JOINING = frozenset("of the and or for in to a an at on with as level".split())
# Written short by common usage, where the short form is no beginning of the word.
_SHORT = {
    "sr": "senior", "snr": "senior", "jr": "junior", "jnr": "junior", "mgr": "manager", "mngr": "manager",
    "engr": "engineer", "asst": "assistant", "supt": "superintendent", "supv": "supervisor", "mgmt": "management",
    "dept": "department", "svc": "service", "svcs": "service", "sw": "software", "ops": "operation", "hr": "human",
    "principle": "principal", "dba": "database",
}  # fmt: skip
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}
_WORD = re.compile(r"[^\W_]+")
_FIRST_NOUN = re.compile(r"\s(?:of|for|to|in|at|and|with)\s|\s*[,(:;/|]\s*|\s[-–—]\s", re.IGNORECASE)
_SHORTEST_PREFIX = 3
_SHORTEST_PLURAL = 4


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a question: in the form that is compared, as it was written, and its place in the text."""

    form: str
    written: str
    start: int
    end: int

    @property
    def plural(self) -> bool:
        """Whether the form was made singular."""
        return self.form != self.written.lower()


@dataclass(frozen=True, slots=True)
class Title:
    """A role's name, taken apart: its words in order, its ``level``, the ``head`` noun, the words without the level."""

    role: str
    words: tuple[str, ...]
    level: str
    head: str
    family: tuple[str, ...]

    @property
    def initials(self) -> frozenset[str]:
        """Of the whole title and of the title without its level, lower case, of two letters or more."""
        made = {"".join(word[0] for word in words) for words in (self.words, self.family)}
        return frozenset(letters for letters in made if len(letters) > 1 and letters.isalpha())


def words_of(text: str) -> list[Word]:
    """The words of a text; a possessive "s" is none.

    >>> [word.form for word in words_of("The Juniors' and the lead's e-mail, step II")]
    ['the', 'junior', 'and', 'the', 'lead', 'e', 'mail', 'step', '2']
    """
    found = []
    for match in _WORD.finditer(text):
        if match[0] in "sS" and text[match.start() - 1 : match.start()] in ("'", "’"):
            continue
        found.append(Word(singular(match[0].lower()), match[0], *match.span()))
    return found


@lru_cache(maxsize=50_000)
def singular(word: str) -> str:
    """A lower-case word without its plural ending; a Roman number as figures.

    >>> [singular(word) for word in ("engineers", "duties", "batches", "class", "bus", "analysis", "iii")]
    ['engineer', 'duty', 'batch', 'class', 'bus', 'analysis', '3']
    """
    if word in _ROMAN and word != "v":
        return _ROMAN[word]
    if len(word) < _SHORTEST_PLURAL or not word.endswith("s") or word.endswith(("ss", "us", "is")) or word == "does":
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-2] if word.endswith(("xes", "ches", "shes", "sses")) else word[:-1]


def title_of(role: str, level: str = "") -> Title:
    """A role's name taken apart; ``level`` as ingestion found it, told from the name when ''.

    >>> title = title_of("Director of Airport Operations")
    >>> title.words, title.head, title.family, title.level
    (('director', 'airport', 'operation'), 'director', ('airport', 'operation'), 'director')
    >>> title_of("Lead Data Scientist").head, sorted(title_of("Lead Data Scientist").initials)
    ('scientist', ['ds', 'lds'])
    """
    words = tuple(word.form for word in words_of(role) if word.form not in JOINING)
    first = [word.form for word in words_of(_FIRST_NOUN.split(role.strip(), maxsplit=1)[0])]
    persons = [word for word in first if occupation(word)]
    persons = persons if persons else [word for word in words if occupation(word)]
    head = persons[-1] if persons else (first[-1] if first else "")
    family = tuple(word for word in words if word not in LEVEL_WORDS and not word.isdigit())
    return Title(role, words, level if level else level_of(role), head, family)


@lru_cache(maxsize=20_000)
def occupation(word: str) -> bool:
    """Whether one singular word names a person by what they do.

    >>> [word for word in ("plumber", "number", "scientist", "docker", "customer") if occupation(word)]
    ['plumber', 'scientist']
    """
    return word not in _NO_OCCUPATION and is_occupation(word)


_NO_OCCUPATION = frozenset(
    "number user customer answer layer stakeholder owner consumer never ever after under per however together either "
    "rather whether another further consider deliver offer remember refer differ prefer enter trigger or nor for "
    "error door floor poor man woman person human cover wonder manner newer older lower longer shorter smaller larger "
    "bigger higher better greater easier faster cheaper fewer earlier later sooner closer deeper wider narrower "
    "stronger weaker harder cluster parameter transformer tokenizer classifier optimizer encoder decoder retriever "
    "suffer alter gather render wander discover author administer foster hinder master pioneer "
    "reranker indexer scheduler browser server driver semester quarter paper folder header footer".split()
)  # fmt: skip


def short_for(word: str, vocabulary: Container[str], by_prefix: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The title words that a short form may stand for: by common usage, else those that begin with it.

    >>> short_for("sr", frozenset({"senior"}), {}), short_for("eng", frozenset(), {"eng": ("engineer",)})
    (('senior',), ('engineer',))
    """
    usual = _SHORT.get(word)
    if usual is not None and usual in vocabulary:
        return (usual,)
    return by_prefix.get(word, ())


def prefixes(vocabulary: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """The beginnings of three to five letters of longer title words, each with its words.

    >>> prefixes(frozenset({"engineer"}))
    {'eng': ('engineer',), 'engi': ('engineer',), 'engin': ('engineer',)}
    """
    found: dict[str, list[str]] = {}
    for word in sorted(vocabulary):
        for length in range(_SHORTEST_PREFIX, min(6, len(word) - 2)):
            found.setdefault(word[:length], []).append(word)
    return {prefix: tuple(words) for prefix, words in found.items()}

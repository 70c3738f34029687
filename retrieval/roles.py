"""Which of a library's roles a question names: whole titles, parts of them, level words, misspellings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

# Words that name a level: "the junior one", "for staff?"
LEVELS = frozenset(
    "intern trainee apprentice associate junior mid senior staff lead principal distinguished head chief manager "
    "director".split()
)
# Level words that are everyday nouns or verbs too: "lead time", "staff training", "who manages".
_EVERYDAY = frozenset("lead staff head chief manager director associate".split())
# What makes an everyday level word part of something else; and what may come before one that stands for a role.
_COMPOUND = frozenset(
    "time times training discount discounts member members meeting meetings turnover cost costs hours room count "
    "office quarters generation of".split()
)
_BEFORE = frozenset("the a an for as of to than vs versus and or between my our your new".split())
_WORD = re.compile(r"[^\W_]+")
_MIN_FUZZY = 4
# Least similarity to a title word, for words of over four letters and of four.
_SIMILAR, _SIMILAR_SHORT = 0.82, 0.88


@dataclass(frozen=True, slots=True)
class Mentions:
    """Canonical ``roles`` in order of mention, and titles the question uses that no role of the library has."""

    roles: tuple[str, ...]
    unknown: tuple[str, ...] = ()


@dataclass(slots=True)
class _Run:
    """Consecutive words of the question that stand in titles: as titles spell them, as asked, and what is around."""

    known: list[str]
    asked: list[str]
    before: str
    after: str = ""
    first: bool = False


def mentions(question: str, roles: Sequence[str]) -> Mentions:
    """Find the roles named.

    A part of a title that fits several roles names all of them; a title that the library does not have names none.

    >>> library = ("Junior NLP Engineer", "Lead NLP Engineer", "Lead NLP Scientist", "Lead Data Scientist")
    >>> mentions("How do the junior and the lead nlp enginer differ?", library).roles
    ('Junior NLP Engineer', 'Lead NLP Engineer')
    >>> mentions("what does a data scientist do about data quality?", library).roles
    ('Lead Data Scientist',)
    >>> mentions("Does the Junior NLP Engineer lead projects, and what is the lead time?", library).roles
    ('Junior NLP Engineer',)
    >>> mentions("What does a Junior Data Scientist earn? Or a principal NLP engineer?", library)
    Mentions(roles=(), unknown=('junior data scientist', 'principal nlp engineer'))
    """
    titles = {role: tuple(word.lower() for word in _WORD.findall(role)) for role in roles}
    vocabulary = tuple(sorted({word for words in titles.values() for word in words}))
    found: list[str] = []
    unknown: list[str] = []
    for run in _runs(question, vocabulary):
        fitting = _fitting(run, titles)
        found += [role for role in fitting if role not in found]
        if not fitting and (title := _unknown_title(run)):
            unknown.append(title)
    return Mentions(tuple(found), tuple(unknown))


def _runs(question: str, vocabulary: tuple[str, ...]) -> list[_Run]:
    runs: list[_Run] = []
    current: _Run | None = None
    previous = ""
    for number, word in enumerate(_WORD.findall(question.lower())):
        known = closest(word, vocabulary)
        if known and current is not None and known not in current.known:
            current.known.append(known)
            current.asked.append(word)
        else:
            if current is not None:
                current.after = word
            current = _Run([known], [word], previous, first=number == 0) if known else None
            runs += [current] if current is not None else []
        previous = word
    return runs


@lru_cache(maxsize=20_000)
def closest(word: str, vocabulary: tuple[str, ...]) -> str:
    """The title word meant: itself, its plural or possessive, or a near misspelling; '' for none."""
    for candidate in (word, word.removesuffix("s")):
        if candidate in vocabulary:
            return candidate
    if len(word) < _MIN_FUZZY:
        return ""
    known = [candidate for candidate in vocabulary if len(candidate) > _MIN_FUZZY]
    cutoff = _SIMILAR if len(word) > _MIN_FUZZY else _SIMILAR_SHORT
    return next(iter(get_close_matches(word, known, n=1, cutoff=cutoff)), "")


def _fitting(run: _Run, titles: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Roles that the run names; a longer title at its head wins over what follows it ("… engineer lead projects")."""
    words = run.known
    if run.before in LEVELS:  # "principal NLP engineer" is nobody here, and not the lead one
        return []
    if len(words) == 1:
        return [role for role, title in titles.items() if words[0] in title] if _level_alone(run) else []
    for length in range(len(words), 1, -1):
        head = words[:length]
        exact = [role for role, title in titles.items() if title == tuple(head)]
        if exact:
            return exact
        # The whole run may be a part of titles; a shorter head only when what is left over is one everyday word.
        rest = words[length:]
        if len(rest) > 1 or any(word not in _EVERYDAY for word in rest):
            continue
        fitting = [role for role, title in titles.items() if set(head) <= set(title)]
        if fitting and len(fitting) < max(len(titles), 2):
            return fitting
    return []


def _level_alone(run: _Run) -> bool:
    """Whether one level word stands for a role here."""
    level, asked = run.known[0], run.asked[0]
    if level not in LEVELS:
        return False
    if level not in _EVERYDAY:
        return True
    if asked != level and run.before not in _BEFORE:  # "who leads the team"
        return False
    return run.after not in _COMPOUND and (run.before in _BEFORE or (run.first and level != "lead"))


def _unknown_title(run: _Run) -> str:
    """The run as a title that nobody has; '' when it does not read like one: it must begin with a level."""
    words = [run.before, *run.asked] if run.before in LEVELS else run.asked
    known = [run.before, *run.known] if run.before in LEVELS else run.known
    return " ".join(words) if len(words) > 1 and known[0] in LEVELS and known[-1] not in LEVELS else ""

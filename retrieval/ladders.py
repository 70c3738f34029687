"""Ranks in a question that point at a role through another: "one level above the junior", "the most senior engineer".

A title without a rank counts as the middle of its ladder, when the same title exists with a rank; the order of ranks is
``ingest.levels.compare_levels``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ingest.levels import compare_levels
from retrieval.roster import Roster
from retrieval.titles import occupation, words_of

_UP = r"above|higher than|up from|over|after|beyond|senior to"
_DOWN = r"below|lower than|down from|under|beneath|junior to"
_RELATIVE = re.compile(
    rf"\b(?:one|a|1|next|the) (?:levels?|steps?|grades?|ranks?|rungs?)(?: (?P<up>{_UP})| (?P<down>{_DOWN}))\b",
    re.IGNORECASE,
)
_MOST = re.compile(
    r"\b(?:(?P<top>most senior|least junior|(?:highest|top)[- ](?:level|rank(?:ed|ing)?))|"
    r"(?P<low>most junior|least senior|lowest[- ](?:level|rank(?:ed|ing)?)|entry[- ]level))\b"
    r"(?P<whom>(?: [\w-]+){1,4})",
    re.IGNORECASE,
)
_ROLES = frozenset("role position job person one".split())
_MOST_EQUAL = 3


def relative(question: str) -> tuple[int, int] | None:
    """Where "one level above" ends and its direction (1 up, -1 down); None when the question has none.

    >>> relative("What does the role one level above the junior do?"), relative("What comes next?")
    ((34, 1), None)
    """
    found = _RELATIVE.search(question)
    return None if found is None else (found.end(), 1 if found["up"] is not None else -1)


def most(question: str) -> tuple[int, int, int] | None:
    """Where "most senior" stands in the question, and its direction; None when it has none.

    >>> most("Which tools does the most senior role use?"), most("What is the most senior reviewer worried about?")
    ((21, 32, 1), (12, 23, 1))
    >>> most("What is the highest level of the building?") is None
    True
    """
    found = _MOST.search(question)
    if found is None or not any(word.form in _ROLES or occupation(word.form) for word in words_of(found["whom"])):
        return None
    return found.start(), found.start("whom"), 1 if found["top"] is not None else -1


def beside(numbers: Iterable[int], roster: Roster, direction: int) -> tuple[int, ...]:
    """The titles next above (1) or below (-1) those given: in their own ladder, else in the whole library.

    >>> roster = Roster.of_names(["Junior Cook", "Cook", "Head Waiter", "Senior Cook"])
    >>> [roster.titles[n].role for n in beside([roster.roles.index("Junior Cook")], roster, 1)]
    ['Cook']
    """
    anchors = set(numbers)
    families = {roster.titles[number].family for number in anchors}
    own = [n for n, title in enumerate(roster.titles) if title.family in families]
    for pool in (own, list(range(len(roster.titles)))):
        further = [n for n in pool if all(_compared(n, anchor, roster) == direction for anchor in anchors)]
        nearest = _furthest(further, roster, -direction)
        if 0 < len(nearest) <= _MOST_EQUAL:
            return nearest
    return ()


def extreme(pool: Iterable[int], roster: Roster, direction: int) -> tuple[int, ...]:
    """The highest (1) or lowest (-1) of some titles; () when ranks do not decide, or more than three are equal.

    >>> roster = Roster.of_names(["Junior Cook", "Head Cook", "Waiter"])
    >>> [roster.titles[n].role for n in extreme(range(3), roster, 1)]
    ['Head Cook']
    """
    found = _furthest(list(pool), roster, direction)
    return found if len(found) <= _MOST_EQUAL else ()


def _furthest(pool: list[int], roster: Roster, direction: int) -> tuple[int, ...]:
    ranked = [n for n in pool if _level(n, roster)]
    return tuple(n for n in ranked if all(_compared(other, n, roster) != direction for other in ranked))


def _compared(left: int, right: int, roster: Roster) -> int | None:
    return compare_levels(_level(left, roster), _level(right, roster))


def _level(number: int, roster: Roster) -> str:
    title = roster.titles[number]
    return title.level if title.level else ("mid" if number in roster.holding("mid") else "")

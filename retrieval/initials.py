"""Roles written by less than their titles: initials ("LNE", "senior BA") and codes of classes ("class 1590")."""

from __future__ import annotations

from dataclasses import dataclass

from retrieval.roster import Roster
from retrieval.titles import JOINING, LEVEL_WORDS, singular
from retrieval.tokens import AUXILIARIES, DETERMINERS, Token

_CODED = frozenset("class code job position role number no".split())
_FEW = 4  # words of a question that is hardly more than a name
_BY_INITIALS = 0.9


@dataclass(frozen=True, slots=True)
class Mention:
    """Tokens ``first`` to ``last`` (half-open) name ``titles``; ``level`` when a rank alone does; ``many``: a group."""

    first: int
    last: int
    titles: tuple[int, ...]
    strength: float
    level: str = ""
    many: bool = False


def short_name(tokens: list[Token], place: int, roster: Roster) -> Mention | None:
    """Initials ("LNE", "senior BA") or the code of a class ("class 1590")."""
    written = tokens[place].word.written
    before = tokens[place - 1] if place else None
    coded = roster.with_code(written.lower())
    if coded and before is not None and before.form in _CODED:
        return Mention(place, place + 1, coded, 1.0)
    level = tokens[place].form if tokens[place].form in LEVEL_WORDS else ""
    if not level and tokens[place].readings and tokens[place].readings[0][0] in LEVEL_WORDS:
        level = tokens[place].readings[0][0]
    at = place + 1 if level else place
    if at >= len(tokens):
        return None
    letters = tokens[at].word.written
    found = roster.with_initials(letters.lower()) or roster.with_initials(singular(letters.lower()))
    if level:
        said = letters.isupper() or not (tokens[at].form in JOINING | AUXILIARIES or letters in roster.used)
        fitting = tuple(n for n in found if n in roster.holding(level) and tokens[at].joined and said)
        return Mention(place, at + 1, fitting, _BY_INITIALS) if fitting else None
    apart = before is not None and before.form in DETERMINERS | {"vs", "versus"}
    shouted = letters.rstrip("s").isupper() and len(letters) > 1 and not _all_capitals(tokens)
    meek = letters.islower() and letters not in roster.used and len(roster.used) > 0  # "the pm"
    shouted = shouted or (meek and before is not None and before.form in ("the", "a", "an"))
    known = letters.lower() in dict(roster.long_forms)
    if not shouted or known or not found or not (apart or len(letters) > 2 or len(tokens) < _FEW):
        return None
    plain = tuple(n for n in found if not roster.titles[n].level)
    chosen = plain if plain else found
    if len({roster.titles[n].family for n in chosen}) > 1:
        return None
    return Mention(at, at + 1, chosen, _BY_INITIALS if len(chosen) == 1 else 0.4 + 0.3 / len(chosen))


def _all_capitals(tokens: list[Token]) -> bool:
    return all(token.word.written.isupper() for token in tokens) and len(tokens) > 1

"""Titles in a question that no role of the library has: said so, never taken for a sibling."""

from __future__ import annotations

from collections.abc import Container, Sequence

from retrieval.initials import Mention
from retrieval.roster import Roster
from retrieval.titles import JOINING, LEVEL_WORDS, occupation
from retrieval.tokens import AUXILIARIES, BEFORE_RANK, EVERYDAY_RANKS, ROLE_NOUNS, Token

# Before a noun these make no title: "the line manager", "the first reviewer".
_QUALIFYING = frozenset(
    "most first second third next last best main only new other same typical good average ideal successful potential "
    "line hiring direct people former current own perfect great bad experienced".split()
)
_LONGEST = 4
_ASKING = AUXILIARIES | frozenset("what which who whose when where why how can please hello hi dear".split())


def unknown_titles(tokens: Sequence[Token], mentions: Sequence[Mention], roster: Roster) -> tuple[list[str], list[str]]:
    """Titles used that no role has: those that the texts do not know either, or that begin with a rank; the others."""
    covered = {place for mention in mentions for place in range(mention.first, mention.last)}
    unknown: list[str] = []
    mentioned: list[str] = []
    place = 0
    while place < len(tokens):
        end = place if place in covered else max(_person(tokens, place, covered), written_title(tokens, place, covered))
        if end <= place:
            place += 1
            continue
        name = " ".join(token.word.written.lower() for token in tokens[place:end])
        ranked = tokens[place].form in LEVEL_WORDS
        if not ranked and not _common(tokens[place:end]):
            place = end
            continue
        said = " ".join([*(t.word.written.lower() for t in tokens[place : end - 1]), tokens[end - 1].form])
        (mentioned if not ranked and said in roster.colleagues else unknown).append(name)
        place = end
    return unknown, mentioned


def written_title(tokens: Sequence[Token], place: int, covered: Container[int] = ()) -> int:
    """The end of a title written with capitals ("Drone Operator", "a Beekeeper") that begins here; else ``place``."""
    end = place
    while end < min(len(tokens), place + _LONGEST) and end not in covered and (end == place or tokens[end].joined):
        if not tokens[end].word.written[:1].isupper() or (end == place and place == 0 and tokens[end].form in _ASKING):
            break
        end += 1
    while end > place and not (occupation(tokens[end - 1].form) and tokens[end - 1].form not in LEVEL_WORDS):
        end -= 1
    alone = end == place + 1 and not (place and tokens[place - 1].form in ("a", "an"))
    return place if alone else end


def _common(name: Sequence[Token]) -> bool:
    """Whether words read like a title that could have a document: one person, and no proper name."""
    last, first = name[-1].word, name[0].word
    proper = last.written[0].isupper() and not first.written[0].isupper()
    return not last.plural and not proper and first.form not in _QUALIFYING


def _person(tokens: Sequence[Token], place: int, covered: set[int]) -> int:
    """The end of a title that begins here; ``place`` for none."""
    before = tokens[place - 1].form if place else ""
    earlier = tokens[place - 2].form if place > 1 else ""
    ranked = tokens[place].form in LEVEL_WORDS
    if ranked and tokens[place].form in EVERYDAY_RANKS and not (before in BEFORE_RANK or place == 0):
        return place
    if not ranked and not (before in ("the", "a", "an", "each", "every") and earlier in AUXILIARIES):
        return place
    end = place
    while end < min(len(tokens), place + _LONGEST) and end not in covered and (end == place or tokens[end].joined):
        form = tokens[end].form
        if form in JOINING | AUXILIARIES | ROLE_NOUNS | {"not", "never"}:
            break
        if end > place and occupation(form) and form not in LEVEL_WORDS:
            return end + 1
        end += 1
    return place

"""Follow-ups that name roles: the last question asked of another role, or of two roles side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.cues import ASKING, PREPOSITION
from retrieval.exchange import one_of
from retrieval.frames import asked, what_is
from retrieval.lexical import tokenize
from retrieval.phrasing import ANY_ROLE, bare_of, names, with_roles
from retrieval.roles import Mentions, mentions
from retrieval.scene import Scene
from retrieval.titles import words_of

_BRIEF = 2  # content words

_COMPARING_FILLERS = re.compile(
    r"\b(?:compar\w*|versus|vs|differ\w*|contrast\w*|that|this|it|them|these|those|with|to|from|than|main|big\w*|what"
    r"|how|are|is|do|does|and|between|against|both|key|there|any)\b",
    re.IGNORECASE,
)
_ROLE_FILLERS = re.compile(
    r"\b(?:the|an?|one|ones|role|roles|position|job|same|for|of|in|with|case|about|as|what|how|is|it|that|too|also|and"
    r"|or|then|do|does|did|can|could|may|must|should|are|was|has|have|only|just|both|all)\b|['’]s?\b|\W",
    re.IGNORECASE,
)


def about_roles(bare: str, named: Mentions, scene: Scene, *, linked: bool) -> str:
    """A follow-up that names roles: a comparison, the same question of another role, or a question of its own."""
    if compares(bare, named) and (scene.roles or ANY_ROLE in scene.base):
        mine = [role for role in named.roles if role not in scene.roles]
        return compared(mine, scene) if mine else ""
    preposition = PREPOSITION.match(bare)
    aside = unnamed(bare, named)
    rest = _ROLE_FILLERS.sub("", aside if preposition is None else aside[preposition.end() :])
    asking = ASKING.match(bare) is not None
    if not rest and named.roles:
        if preposition is not None and preposition[0].lower() in {"to", "from", "by", "with"} and not linked:
            return asked(f"{bare_of(scene.base)} {bare}")
        roles = _narrowed(bare, named, scene)
        if len(scene.roles) > 1 and len(roles) == 1 and roles[0] in scene.roles:
            return one_of(roles[0], scene)
        return asked(with_roles(scene.base, roles, scene.roster))
    if asking:
        return asked(bare) if linked and tokenize(rest) else ""
    if linked or len(tokenize(aside)) < _BRIEF:
        return what_is(bare)
    return ""


def compares(bare: str, named: Mentions) -> bool:
    """Whether a follow-up only sets the roles it names beside the role in force: "versus the cook?"."""
    comparing = re.search(r"\b(?:compar|differ|contrast)\w*\b|^(?:versus|vs|against)\b", bare, re.IGNORECASE)
    rest = _COMPARING_FILLERS.sub("", unnamed(bare, named))
    return comparing is not None and not _ROLE_FILLERS.sub("", rest)


def compared(roles: Sequence[str], scene: Scene) -> str:
    """The last question asked of its role and of others: "…, compared with the Head Chef's?"."""
    base = re.split(r", compared with ", bare_of(scene.base))[0]
    base = with_roles(base, scene.spoken[-1:], scene.roster) if ANY_ROLE in base else base
    found = mentions(base, scene.roster)
    owned = bool(found.subjects) and re.match(r"['’]", base[found.subjects[-1][1] :]) is not None
    ending = "'s" if owned and not roles[-1].endswith("s") else ""
    return asked(f"{base}, compared with the {names(roles)}{ending}")[:-1] + "?"


def _narrowed(bare: str, named: Mentions, scene: Scene) -> Sequence[str]:
    """The roles named, read beside the role in force: after the junior baker, "the lead" is the lead baker."""
    if len(named.roles) > 1 and len(scene.roles) == 1 and not named.group:
        said = " and the ".join(bare[start:end] for start, end in named.subjects)
        beside = mentions(f"the {scene.roles[0]} and the {said}", scene.roster).roles
        own = [role for role in beside if role in named.roles and role not in scene.roles]
        return own if own else named.roles
    return named.roles


def part_of_title(bare: str, scene: Scene) -> str:
    """The only role whose title has all of these words, misspelt or not: "the cabin crew", "the captian"."""
    plain = re.sub(r"^(?:for |of )?(?:the |an? )?|['’]s?$", "", bare)
    words = [word.form for word in words_of(plain)]
    meant = [word if scene.roster.holding(word) else scene.roster.misspelt(word) for word in words]
    if not words or not all(meant) or (len(words) < _BRIEF and meant == words):
        return ""
    numbers = frozenset.intersection(*(scene.roster.holding(word) for word in meant))
    return scene.roster.titles[min(numbers)].role if len(numbers) == 1 else ""


def unnamed(text: str, named: Mentions) -> str:
    """The text without the names of roles in it."""
    for start, end in sorted(named.spans, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return text


def only_roles(text: str, named: Mentions | None = None) -> bool:
    """Whether a text says nothing but names of roles and little words around them.

    >>> only_roles("for the")
    True
    """
    return not _ROLE_FILLERS.sub("", text if named is None else unnamed(text, named))

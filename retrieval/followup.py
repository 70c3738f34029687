"""A follow-up question becomes a stand-alone one, by rules, from what the user asked and what the answers quoted.

What an answer *said* is no input: neither a function here nor a record it takes has a place for it. So words that
somebody puts into an assistant's mouth change nothing (tests/test_followup.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from retrieval.clauses import clause, fragment, joined, with_role
from retrieval.cues import ASKING, AUXILIARY, PREPOSITION, SMALL_TALK, layout, mended, without_courtesy, without_link
from retrieval.ellipsis import (
    BARE,
    EXAMPLES,
    FEW,
    WHAT_ELSE,
    WHO_ELSE,
    contrasted,
    examples,
    what_else,
    who_else,
    with_wh,
)
from retrieval.exchange import with_topic
from retrieval.frames import asked, frame_of, topic_phrase, what_is
from retrieval.hints import asks_for_all_roles
from retrieval.lexical import tokenize
from retrieval.other_roles import about_roles, compared, compares, only_roles, unnamed
from retrieval.phrasing import bare_of, with_roles, written_out
from retrieval.pointers import does_so, points
from retrieval.pointing import pointed
from retrieval.records import Presentation
from retrieval.roles import mentions
from retrieval.roster import Roster
from retrieval.scene import Asked, Scene, Shown

__all__ = ["Asked", "Resolved", "Shown", "resolve", "standalone"]

_MOST_EARLIER = 12  # questions; what was asked before them is forgotten
_WHICH = re.compile(  # "which skills", "what kind of degree"
    rf"(?:what|which) (?!happens\b|{AUXILIARY}|cannot\b)(?:(?:kind|sort|type|level|amount) of )?[\w-]+(?: [\w-]+)?",
    re.IGNORECASE,
)
_MOST_SPOKEN = 4  # roles
_COMPARE_BOTH = re.compile(
    r"(?:compare|contrast)(?: (?:both|them|these|those|(?:the|these) two|the two roles|both roles))?(?: of them)?", re.I
)
_TOPIC_FIRST = re.compile(
    r"(?P<topic>[\w-]+(?:\s[\w-]+){0,5}),\s*(?P<clause>(?:wh|how)[^,]*?)\b(?:that|it|this"
    r"|they)\b(?P<rest>[^,]*)$", re.IGNORECASE
)
_PLACE_ONLY = re.compile(r"\w+ (?:that|this|it|them|these|those)(?: \w+)?", re.IGNORECASE)  # "above that limit?"
_DOING = re.compile(r"(?!the\b)\w+ (?:them|it|that|these|those|the \w+ one)\b", re.IGNORECASE)
_WHOLE_CONTENT, _WHOLE_WORDS = 4, 18


@dataclass(frozen=True, slots=True)
class Resolved:
    """A question that needs no history, and how the reader wants its answer laid out."""

    question: str
    presentation: Presentation = Presentation.AS_ASKED


def standalone(question: str, earlier: Sequence[str], roles: Sequence[str] | Roster) -> str:
    """The question with what it leaves open filled in from the ``earlier`` questions; itself when complete.

    >>> library = ("Junior NLP Engineer", "Staff NLP Engineer")
    >>> standalone("and for the staff one?", ["What is the junior's p95 latency target?"], library)
    "What is the Staff NLP Engineer's p95 latency target?"
    >>> standalone("Which tools does the Staff NLP Engineer use?", ["Who hires?"], library)
    'Which tools does the Staff NLP Engineer use?'
    >>> standalone("What is retrieval coverage?", ["Who hires the junior?"], library)
    'What is retrieval coverage?'
    >>> standalone("How often is it measured?", ["What is retrieval coverage?"], library)
    'How often is retrieval coverage measured?'
    """
    return resolve(question, [Asked(text) for text in earlier], roles).question


def resolve(question: str, earlier: Sequence[Asked], roles: Sequence[str] | Roster) -> Resolved:
    """The stand-alone form of a question that follows the ``earlier`` ones (oldest first).

    A complete question comes back as it is, letter by letter. Otherwise words are taken from earlier questions, and
    names of things from the spans that their answers quoted.
    """
    scene = Scene(roles if isinstance(roles, Roster) else Roster.of_names(roles))
    for one in earlier[-_MOST_EARLIER:]:
        base = _step(one.question, scene).question
        if SMALL_TALK.fullmatch(one.question.strip()) or not base.strip():
            continue
        named = mentions(base, scene.roster).roles
        compared = named if len(named) > 1 else scene.compared
        spoken = (*(role for role in scene.spoken if role not in named), *named)[-_MOST_SPOKEN:]
        scene = replace(scene, base=base, shown=one.shown, compared=compared, spoken=spoken)
    return _step(question, scene)


def _step(question: str, scene: Scene) -> Resolved:
    """One question after a scene."""
    if SMALL_TALK.fullmatch(question.strip()):
        return Resolved(question)
    body, presentation = layout(mended(without_courtesy(question), scene.roster.used))
    if not scene.base:
        return Resolved(asked(body) if body and presentation is not Presentation.AS_ASKED else question, presentation)
    if not body:
        return Resolved(scene.base, presentation)
    bare, linked = without_link(body)
    bare = bare_of(bare)
    if WHAT_ELSE.fullmatch(bare):
        return Resolved(what_else(scene), Presentation.MORE)
    found = _filled(bare, scene, linked=linked)
    if found:
        return Resolved(written_out(found, scene.roster), presentation)
    return Resolved(question if presentation is Presentation.AS_ASKED else asked(body), presentation)


def _filled(bare: str, scene: Scene, *, linked: bool) -> str:
    """The stand-alone form of a follow-up; '' when it is complete."""
    made = _said_in_full(bare, scene)
    if made or _is_whole(bare, scene, linked=linked):
        return made
    if points(bare, mentions(bare, scene.roster).spans):
        bare, whole = _without_pointers(bare, scene)
        if whole:
            return whole
    named = mentions(bare, scene.roster)
    if named.roles or named.levels:
        return about_roles(bare, named, scene, linked=linked)
    which = frame_of(bare) is None and _WHICH.fullmatch(bare) is not None and not asks_for_all_roles(bare)
    if ASKING.match(bare) is None or which:
        return fragment(bare, scene, linked=linked)
    return clause(bare, scene, linked=linked)


def _said_in_full(bare: str, scene: Scene) -> str:
    """Follow-ups of a fixed form: "who else?", "why?", "for example?", "compare both"; '' for any other."""
    if WHO_ELSE.fullmatch(bare):
        return who_else(scene)
    if _COMPARE_BOTH.fullmatch(bare) and len(scene.spoken) > 1:
        return compared(scene.spoken[-2:-1], scene) if len(scene.roles) == 1 else scene.base
    if EXAMPLES.fullmatch(bare):
        return examples(scene)
    about = topic_phrase(scene.base, scene.roster)
    few = FEW.fullmatch(bare)
    if few is not None and about:
        return asked(f"name {few['number']} of {about}")
    if mentions(bare, scene.roster).roles:
        return ""
    wh = BARE.fullmatch(bare)
    if wh is not None and frame_of(bare) is None:
        return with_wh(wh["wh"], scene)
    first = _TOPIC_FIRST.match(bare)  # "and the exercise, how long is that?"
    if first is not None and ASKING.match(first["topic"]) is None:
        return with_role(asked(f"{first['clause']}{first['topic']}{first['rest']}"), scene)
    return ""


def _is_whole(bare: str, scene: Scene, *, linked: bool) -> bool:
    """Whether a text is too long for a follow-up: it brings what it is about along, and its pronouns point into it."""
    named = mentions(bare, scene.roster)
    if named.roles and not compares(bare, named) and not linked:
        return len(tokenize(unnamed(bare, named))) >= _WHOLE_CONTENT
    return len(bare.split()) > _WHOLE_WORDS


def _without_pointers(bare: str, scene: Scene) -> tuple[str, str]:
    """The follow-up, and '' or the finished question, where its pointers make it one."""
    named = mentions(bare, scene.roster)
    if named.roles and compares(bare, named):
        return bare, ""
    if does_so(bare) and named.roles and scene.roles:
        return "", with_roles(scene.base, named.roles, scene.roster)
    clause = re.match(r"(?P<topic>[\w\s-]+):\s*(?P<clause>.+)$", bare)
    if clause is not None and points(clause["clause"]):  # "the second one: how often is it checked?"
        topic = pointed(clause["topic"], scene)
        if topic:
            return "", asked(re.sub(r"\b(?:it|that|this)\b", lambda _: topic, clause["clause"], count=1))
    contrast = contrasted(bare, scene) if ASKING.match(bare) is None else ""
    if contrast:
        return "", contrast
    alone = PREPOSITION.match(bare) is not None and _PLACE_ONLY.fullmatch(bare) is not None
    replaced = "" if alone else pointed(bare, scene)
    if not replaced:
        return "", joined(scene, bare)
    return (bare, "") if replaced == bare else ("", _asked_of(bare, replaced, scene))


def _asked_of(bare: str, replaced: str, scene: Scene) -> str:
    """The question of a follow-up whose pointers are ``replaced``."""
    doing = _DOING.match(bare)
    if doing is not None and not only_roles(doing[0].split()[0]):  # "rank them"
        return asked(replaced)
    if ASKING.match(replaced) is not None:
        return with_role(asked(replaced), scene)
    named = mentions(replaced, scene.roster)
    if not named.roles:
        return with_topic(replaced, scene)
    if only_roles(replaced, named):  # "and the former?"
        return with_roles(scene.base, named.roles, scene.roster)
    return what_is(replaced)



"""Pronouns and pointers of a follow-up: "its", "that KPI", "the second one". They stand for a role that a question
named, for what a question was about, or for a span that an answer quoted; for nothing that an answer said.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from retrieval.cues import CONTRASTS, ORDINAL, place_of
from retrieval.frames import frame_of, topic_phrase, without_owner
from retrieval.phrasing import agreeing, bare_of, names, possessive
from retrieval.pointers import (
    ATTRIBUTES,
    IDLE_IT,
    IT,
    ITS,
    MOST,
    ONES,
    OWNER,
    PERSON,
    PLURAL,
    POINTED,
    SUCH,
    THINGS_THEY,
    WHICH_ONE,
)
from retrieval.roles import mentions
from retrieval.scene import Scene, label_of, named_by

_PAIR = 2


def pointed(text: str, scene: Scene) -> str:
    """The text with its pronouns and pointers replaced; '' when one of them can stand for nothing known."""
    about = _about(scene)
    text = _repeated_noun(text, about)
    if SUCH.search(text) is not None:
        return ""
    most = MOST.match(text)
    if most is not None and about:
        return f"what is the {most['kind']} of {about}"
    text = _which_one(text, scene, about)
    person = _person(text, scene)
    foreign = set(mentions(text, scene.roster).roles) - set(scene.roles)
    if foreign:  # "does the cook need it": the thing, not the chef's
        about = without_owner(about, scene.roster)
    steps: tuple[Callable[[str], str], ...] = (
        lambda made: _ordinal(made, scene),
        lambda made: _ones(made, scene, about),
        lambda made: _owner(made, scene, about),
        lambda made: _things(made, about, person),
        lambda made: _persons(made, scene, about, person),
        lambda made: _it(made, scene, about),
    )
    for step in steps:
        text = step(text)
        if not text:
            return ""
    return text


def _repeated_noun(text: str, about: str) -> str:
    """"That limit" with the phrase that has the noun.

    >>> _repeated_noun("who sets that limit", "the chef's spending limit")
    "who sets the chef's spending limit"
    """
    noun = re.search(r"\b(?:that|this) (?P<noun>\w+)", text, re.IGNORECASE)
    if noun is None or not re.search(rf"\b{noun['noun']}\b", about, re.IGNORECASE):
        return text
    return f"{text[: noun.start()]}{about}{text[noun.end() :]}"


def _which_one(text: str, scene: Scene, about: str) -> str:
    """"Which one" of two roles compared, or of the things asked about."""
    if len(scene.roles) > 1:
        return WHICH_ONE.sub(lambda _: f"which of the {names(scene.roles)}", text)
    if is_plural(about):
        return re.sub(r"\bwhich one\b", lambda _: f"which of {about}", text, flags=re.IGNORECASE)
    return text


def _ones(text: str, scene: Scene, about: str) -> str:
    """"The optional ones" with their noun."""
    kind = ONES.search(text)
    if kind is None or not about:
        return text
    thing = re.sub(r"^(?:the|an?)\s+", "", without_owner(about, scene.roster))
    for words in CONTRASTS:
        thing = words.sub("", thing).strip() if words.fullmatch(kind["kind"]) else thing
    return f"{text[: kind.start()]}{kind['kind']} {thing}{text[kind.end() :]}"


def _things(text: str, about: str, person: str) -> str:
    """"These", "of them", "that KPI" with what was asked about; '' when nothing was."""
    if PLURAL.search(text):
        if not about:
            return ""
        text = PLURAL.sub(lambda m: f"of {about}" if m[0].lower() == "of them" else about, text, count=1)
    if POINTED.search(text) and (about or person):
        each = f"each of {about}" if is_plural(about) else about  # which of them is meant was not quoted
        text = POINTED.sub(lambda _: each if about else person, text, count=1)
    return text


def _it(text: str, scene: Scene, about: str) -> str:
    """"It" and "that" with what was asked about, or the role where that was one thing; '' when neither fits."""
    if IT.search(text) is None or IDLE_IT.search(text) is not None:
        return text
    role = _role_phrase(scene)
    many = is_plural(about)
    if many and re.search(r"\bit\b", text, re.IGNORECASE) is None:
        return ""
    thing = role if not about or (role and many) else about
    if not thing or (thing == role and role in text) or (not about and _clause_is_about(scene)):
        return ""
    return IT.sub(lambda _: thing, text, count=1)


def _about(scene: Scene) -> str:
    """What the last question was about: the one row that its answer quoted, where it asked for a list of them."""
    phrase = topic_phrase(scene.base, scene.roster)
    labels = list(dict.fromkeys(named_by(shown) for shown in scene.shown if shown.quote.lstrip().startswith("|")))
    plural = re.search(r"\b(?:kpis|metrics|targets|indicators|figures|rows)\b", phrase, re.IGNORECASE) is not None
    return labels[0] if len(labels) == 1 and (plural or not phrase) else phrase


def _ordinal(text: str, scene: Scene) -> str:
    """The text with "the second one" replaced by the span or the role that stands second; '' when none does."""
    found = ORDINAL.search(text)
    if found is None or not re.search(r"\b(?:one|the|former|latter)\b", found[0], re.IGNORECASE):
        return text
    place = place_of(found["which"])
    labels = [shown for shown in scene.shown if label_of(shown)]
    rows = [shown for shown in labels if shown.quote.lstrip().startswith("|")]
    labels = rows if 2 * len(rows) > len(labels) else labels  # a sentence that leads a table in is not counted
    if scene.compared and (len(labels) <= 1 or found["which"].lower() in {"former", "latter"} or "role" in found[0]):
        choice = [f"the {role}" for role in scene.compared]
    else:
        choice = [named_by(shown) for shown in labels]
    if not choice or place >= len(choice):
        return ""
    return f"{text[: found.start()]}{choice[place]}{text[found.end() :]}"


def _owner(text: str, scene: Scene, about: str) -> str:
    """"their duties" and "its target" with the owner's name."""
    role = _role_phrase(scene)
    its = ITS.search(text)
    if its is not None:
        noun = (its["noun"] or "").lower()
        columns = {word.lower() for shown in scene.shown for name in shown.header for word in name.split()}
        if about and (noun in ATTRIBUTES or noun in columns or not role):
            return f"{text[: its.start()]}the {its['noun']} of {about}{text[its.end() :]}"
        if role:
            return f"{text[: its.start()]}{possessive(role)}{text[its.start() + 3 :]}"
    return OWNER.sub(lambda _: possessive(role), text, count=1) if role else text


def _persons(text: str, scene: Scene, about: str, person: str) -> str:
    """He, she, they, them: the person a "who" asked for, the things asked about, or the role."""
    found = PERSON.search(text)
    if found is None:
        return text
    word = found[0].lower()
    inanimate = word in {"they", "them"} and is_plural(about) and _of_things(text, word)
    if inanimate:
        return re.sub(rf"\b{word}\b", lambda _: about, text, count=1, flags=re.IGNORECASE)
    several = f"the {names(scene.roles)}" if len(scene.roles) == _PAIR and word in {"they", "them"} else ""
    if several:
        return re.sub(rf"\b{word}\b", lambda _: several, text, count=1, flags=re.IGNORECASE)
    meant = person if person else _role_phrase(scene)
    if not meant:
        return text if not scene.base else ""
    if word == "they":
        return agreeing(text, "they", meant)
    return f"{text[: found.start()]}{meant}{text[found.end() :]}"


def _of_things(text: str, word: str) -> bool:
    """Whether "they" or "them" stands where people do not: "are they measured", "who reads them"."""
    if word == "they":
        return THINGS_THEY.search(text) is not None
    return re.search(r"\b(?:hires?|mentors?|manages?|supervises?|pays?|trains?|coach(?:es)?|to|for|with) them\b", text,
                     re.IGNORECASE) is None  # fmt: skip


def is_plural(phrase: str) -> bool:
    """Whether a noun phrase is a plural, by the ending of its head.

    >>> is_plural("the Head Chef's tools"), is_plural("the safety targets of the Head Chef"), is_plural("the class")
    (True, True, False)
    """
    head = re.split(r"\s(?:of|for|in|on|about|at)\s", phrase, maxsplit=1)[0]
    return re.search(r"(?<![su'’i])s$", head) is not None


def _person(text: str, scene: Scene) -> str:
    """The person that the last question asked for with "who" as its subject; '' for none."""
    bare = bare_of(scene.base)
    if not re.match(r"who\s", bare, re.IGNORECASE) or re.match(r"(?:and )?who(?:m|se)?\b", text, re.IGNORECASE):
        return ""
    frame = frame_of(bare)
    if frame is not None and frame.auxiliary in {"do", "does", "did"}:
        return ""
    return f"the person who {bare[4:].split(', and ')[0]}"


def _role_phrase(scene: Scene) -> str:
    return f"the {scene.roles[0]}" if len(scene.roles) == 1 else ""


def _clause_is_about(scene: Scene) -> bool:
    """Whether the last question asked about what somebody does, so that "it" is no role."""
    frame = frame_of(scene.base)
    return frame is not None and frame.auxiliary not in {"is", "are"}

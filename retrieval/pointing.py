"""Pronouns and pointers of a follow-up: "its", "that KPI", "the second one". They stand for a role that a question
named, for what a question was about, or for a span that an answer quoted; for nothing that an answer said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.cues import AUXILIARY, CONTRASTS, ORDINAL, place_of
from retrieval.frames import frame_of, topic_phrase, without_owner
from retrieval.lexical import tokenize
from retrieval.phrasing import agreeing, bare_of, names, possessive
from retrieval.roles import mentions
from retrieval.scene import Scene, label_of, named_by

_THING = (
    r"(?:kpi|metric|target|indicator|item|point|row|tool|skill|rule|risk|duty|task|goal|requirement|number|figure|value)"
)
_THAT = (
    r"\b(?:that|this)\b(?=\s*(?:[?.,;!]|$)|\s+(?:\w+ed|is|was|be|mean|means|done|made|set|paid|off|up|for|with|in|to|on"
    r"|and|at|out|work|works|matter|apply|happen)\b)"
)
_POINTED = re.compile(rf"\b(?:that|this|the same) {_THING}\b|\b(?:that|this|the same) one\b", re.IGNORECASE)
_PLURAL = re.compile(r"\b(?:these|those)(?: ones| (?!does\b|has\b|is\b|was\b)\w+s)?\b(?!\s+(?:who|that|which))"
                     r"|\bof them\b", re.IGNORECASE)
_PERSON = re.compile(r"\b(?:he|she|they|him|them|that person|this person|the person|that role|this role)\b", re.I)
_OWNER = re.compile(r"\b(?:his|her|their)\b(?=\s+\w)", re.IGNORECASE)
_SUBJECT = "|".join(
    rf"(?<=\b{word} )(?:that|this)\b" for word in "is was does did must should can may will would has could".split()
)
_IT = re.compile(rf"\bit\b|{_THAT}|{_SUBJECT}", re.IGNORECASE)
_SUCH = re.compile(  # a thing of the last question that only the question itself can name
    r"\b(?:have|has|need|needs|get|about|of|in|for|with|on|by|use|meet|make|take|hold) (?:that|this|such(?: an?)?)"
    r" (?!the\b|an?\b)\w+",
    re.IGNORECASE,
)
_ONES = re.compile(r"\b(?!(?:which|these|those|the|other)\b)(?P<kind>[\w-]+) ones\b", re.IGNORECASE)
_THINGS_THEY = re.compile(
    r"\b(?:are|were) they (?!paid|allowed|expected|responsible|hired|promoted|trained|supervised|supposed"
    r"|entitled|able)"
    r"|\b(?:must|should|can|may|will) they be \w+|\bdo they (?:take|last|cost|mean|include|cover|contain|happen"
    r"|matter)\b",
    re.IGNORECASE,
)
_MOST = re.compile(
    r"^(?:and |what(?: is|'s) |which is )?the (?P<kind>(?:most|least) \w+|\w+est|best|worst|main|top) (?:one"
    r"|of (?:them|these|those|all))$",
    re.IGNORECASE,
)
_WHICH_ONE = re.compile(r"\bwhich (?:one|role|of (?:them|the two|these|those|the roles))\b", re.IGNORECASE)
_ITS = re.compile(r"\bits\b(?:\s+(?P<noun>\w+))?", re.IGNORECASE)
_IDLE_IT = re.compile(r"\bit (?:true|possible|necessary|ok(?:ay)?|common|normal|likely)\b|\bmake it\b", re.IGNORECASE)
# What a measured or ruled thing has; a role has none of these.
ATTRIBUTES = frozenset(
    "target frequency threshold measurement definition formula unit meaning limit duration deadline weight importance "
    "status length benchmark value level reason purpose validity scope wording percentage range".split()
)
_POINTERS = (_POINTED, _PLURAL, _PERSON, _OWNER, _IT, _ITS, _SUCH, _ONES, _MOST, _WHICH_ONE, ORDINAL)
_DOES_SO = re.compile(
    rf"{AUXILIARY} .+? (?:do|have|need|get) (?:that|it|so|the same)(?: right| thing)?", re.IGNORECASE
)
_PAIR = 2
_MOST_BEFORE = 3  # content words before a pronoun, from which on it points to one of them


def points(text: str, names: Sequence[tuple[int, int]] = ()) -> bool:
    """Whether a text has a word that stands for something said before it; ``names`` are places of role names in it.

    >>> points("how is that measured?"), points("Which skills that help does the cook have?")
    (True, False)
    """
    found = [p.search(text) for p in _POINTERS]
    starts = [0 if match.re is ORDINAL else match.start() for match in found if match is not None]
    if not starts or _IDLE_IT.search(text) is not None:
        return False
    before = text[: min(starts)]
    for start, end in sorted(names, reverse=True):
        before = before[:start] + before[end:]
    return len(tokenize(before)) < _MOST_BEFORE


def does_so(text: str) -> bool:
    """Whether a text asks if somebody does what the last question said.

    >>> does_so("could the cook do that"), does_so("what does the cook do")
    (True, False)
    """
    return _DOES_SO.fullmatch(text) is not None


def pointed(text: str, scene: Scene) -> str:
    """The text with its pronouns and pointers replaced; '' when one of them can stand for nothing known."""
    about = _about(scene)
    text = _repeated_noun(text, about)
    if _SUCH.search(text) is not None:
        return ""
    most = _MOST.match(text)
    if most is not None and about:
        return f"what is the {most['kind']} of {about}"
    text = _which_one(text, scene, about)
    person = _person(text, scene)
    foreign = set(mentions(text, scene.roster).roles) - set(scene.roles)
    if foreign:  # "does the cook need it": the thing, not the chef's
        about = without_owner(about, scene.roster)
    for step in (
        lambda made: _ordinal(made, scene),
        lambda made: _ones(made, scene, about),
        lambda made: _owner(made, scene, about),
        lambda made: _things(made, about, person),
        lambda made: _persons(made, scene, about, person),
        lambda made: _it(made, scene, about),
    ):
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
        return _WHICH_ONE.sub(lambda _: f"which of the {names(scene.roles)}", text)
    if _is_plural(about):
        return re.sub(r"\bwhich one\b", lambda _: f"which of {about}", text, flags=re.IGNORECASE)
    return text


def _ones(text: str, scene: Scene, about: str) -> str:
    """"The optional ones" with their noun."""
    kind = _ONES.search(text)
    if kind is None or not about:
        return text
    thing = re.sub(r"^(?:the|an?)\s+", "", without_owner(about, scene.roster))
    for words in CONTRASTS:
        thing = words.sub("", thing).strip() if words.fullmatch(kind["kind"]) else thing
    return f"{text[: kind.start()]}{kind['kind']} {thing}{text[kind.end() :]}"


def _things(text: str, about: str, person: str) -> str:
    """"These", "of them", "that KPI" with what was asked about; '' when nothing was."""
    if _PLURAL.search(text):
        if not about:
            return ""
        text = _PLURAL.sub(lambda m: f"of {about}" if m[0].lower() == "of them" else about, text, count=1)
    if _POINTED.search(text) and (about or person):
        text = _POINTED.sub(lambda _: about if about else person, text, count=1)
    return text


def _it(text: str, scene: Scene, about: str) -> str:
    """"It" and "that" with what was asked about, or the role where that was one thing; '' when neither fits."""
    if _IT.search(text) is None or _IDLE_IT.search(text) is not None:
        return text
    role = _role_phrase(scene)
    many = _is_plural(about)
    if many and re.search(r"\bit\b", text, re.IGNORECASE) is None:
        return ""
    thing = role if not about or (role and many) else about
    if not thing or (thing == role and role in text) or (not about and _clause_is_about(scene)):
        return ""
    return _IT.sub(lambda _: thing, text, count=1)


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
    its = _ITS.search(text)
    if its is not None:
        noun = (its["noun"] or "").lower()
        columns = {word.lower() for shown in scene.shown for name in shown.header for word in name.split()}
        if about and (noun in ATTRIBUTES or noun in columns or not role):
            return f"{text[: its.start()]}the {its['noun']} of {about}{text[its.end() :]}"
        if role:
            return f"{text[: its.start()]}{possessive(role)}{text[its.start() + 3 :]}"
    return _OWNER.sub(lambda _: possessive(role), text, count=1) if role else text


def _persons(text: str, scene: Scene, about: str, person: str) -> str:
    """He, she, they, them: the person a "who" asked for, the things asked about, or the role."""
    found = _PERSON.search(text)
    if found is None:
        return text
    word = found[0].lower()
    inanimate = word in {"they", "them"} and _is_plural(about) and _of_things(text, word)
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
        return _THINGS_THEY.search(text) is not None
    return re.search(r"\b(?:hires?|mentors?|manages?|supervises?|pays?|trains?|coach(?:es)?|to|for|with) them\b", text,
                     re.IGNORECASE) is None  # fmt: skip


def _is_plural(phrase: str) -> bool:
    """Whether a noun phrase is a plural, by the ending of its head.

    >>> _is_plural("the Head Chef's tools"), _is_plural("the safety targets of the Head Chef"), _is_plural("the class")
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

"""A noun phrase or a place ("certificates", "in the first year") put into the last question where it fits."""

from __future__ import annotations

import re

from retrieval.cues import PREPOSITION
from retrieval.ellipsis import core_of
from retrieval.frames import Frame, asked, frame_of, topic_phrase
from retrieval.hints import kinds_hinted
from retrieval.phrasing import ANY_ROLE, bare_of, names, possessive
from retrieval.pointers import ATTRIBUTES
from retrieval.roles import mentions
from retrieval.scene import Scene

# Verbs of work that need no object: "and hire?" is something to do, "and travel?" too.
_TO_DO = frozenset(
    "hire fire travel manage lead coach mentor approve sign decide deploy train teach drive cook code write review "
    "report escalate interview test present negotiate delegate supervise prescribe fly clean "
    "sell buy plan work recruit "
    "publish vote veto invoice lift inspect audit research speak budget dismiss promote".split()
)
_DETERMINER = re.compile(r"^(?:the|an?|any|its|his|her|their|your|our)\s+", re.IGNORECASE)
_NEUTRAL = re.compile(r"\b(?:need|have|require|get|bring|require[sd]|expected|necessary|wanted)\b", re.IGNORECASE)
_PAIR = 2
_GENERIC_VERBS = frozenset({"is", "are", "was", "were"})
_UNCOUNTED = re.compile(r"(?:ing|ness|ment|ance|ence|ity|ship|ware|pay|work|travel|stress|english"
                        r"|experience)$", re.IGNORECASE)


def with_place(body: str, scene: Scene) -> str:
    """A phrase with a preposition, put in the place of the one like it, else at the end."""
    bare = core_of(scene.base)
    body = body[:1].lower() + body[1:]
    preposition = PREPOSITION.match(body)
    compared = _compared_in(bare, bare_of(body), scene)
    if compared:
        return asked(compared)
    if preposition is not None:
        last = [m for m in re.finditer(rf"\s{preposition[0]}\s", bare, re.IGNORECASE)]
        if last and not mentions(bare[last[-1].start() :], scene.roster).roles:
            return asked(f"{bare[: last[-1].start()]} {bare_of(body)}")
    return asked(f"{bare} {bare_of(body)}")


def with_topic(body: str, scene: Scene) -> str:
    """A noun phrase ("certificates", "the salary") asked about in the way of the last question."""
    phrase = re.sub(r"^(?:which|what)\s+", "", bare_of(body), flags=re.IGNORECASE)
    if not phrase.split():  # nothing but punctuation
        return scene.base
    if kinds_hinted(phrase.split()[0]) and phrase[1:].islower():
        phrase = phrase.lower()
    plain = _DETERMINER.sub("", phrase)
    if phrase != bare_of(body):
        whole = _asking_for(bare_of(body), scene)
        if whole:
            return asked(whole)
    exchanged = _object_exchanged(phrase, plain, scene)
    if exchanged:
        return asked(exchanged)
    about = topic_phrase(scene.base, scene.roster)
    columns = {name.lower() for shown in scene.shown for name in shown.header}
    head = plain.split()[-1].lower() if plain.split() else ""
    if about and phrase != plain and (head in ATTRIBUTES or plain.lower() in columns):
        return asked(f"what is the {plain} of {about}")
    frame = frame_of(scene.base)
    roles = scene.spoken[-1:] if ANY_ROLE in scene.base else scene.roles
    if frame is not None and frame.noun and not frame.noun.startswith("of ") and _NEUTRAL.search(frame.rest):
        word = "which" if frame.word.startswith("how ") or frame.word == "whose" else frame.word
        return asked(f"{word} {plain} {frame.auxiliary} {frame.rest}")
    return asked(_neutral(phrase, plain, roles))


def one_of(role: str, scene: Scene) -> str:
    """What a comparison asks, asked of one of its roles only: after "Compare … on pay", "only the cook"."""
    bare = bare_of(scene.base)
    tail = bare[mentions(bare, scene.roster).subjects[-1][1] :]
    topic = re.search(r"\b(?:on|in|by|regarding|about|for)\s+(.+)$", tail)
    return asked(_neutral(topic[1], topic[1], (role,)) if topic is not None else f"tell me about the {role}")


def _neutral(phrase: str, plain: str, roles: tuple[str, ...]) -> str:
    """A question for a noun phrase and the roles in force.

    >>> _neutral("the tools", "tools", ("Head Chef",)), _neutral("hiring", "hiring", ("Head Chef",))
    ("what are the Head Chef's tools", 'what about hiring for the Head Chef')
    """
    if not roles:
        return f"what about {phrase}"
    head = re.split(r"\s(?:of|for|in|on|to)\s", plain)[0]
    plural = re.search(r"(?<![su'’i])s$", head) is not None
    if len(roles) == 1 and (plural or not _UNCOUNTED.search(head)):
        return f"what {'are' if plural else 'is'} the {possessive(roles[0])} {plain}"
    return f"what about {phrase} for the {names(roles)}"


def _asking_for(asking: str, scene: Scene) -> str:
    """A wh-phrase put before what the last question said of its role.

    >>> from retrieval.roster import Roster
    >>> _asking_for("what kind of degree", Scene(Roster.of_names(["Chef"]), "Does the Chef need a degree?"))
    'what kind of degree does the Chef need'
    """
    frame = frame_of(scene.base)
    if frame is None:
        return ""
    if frame.noun and not frame.noun.startswith("of "):
        return f"{asking} {frame.auxiliary} {frame.rest}"
    found = mentions(frame.rest, scene.roster)
    if frame.word or not found.subjects or frame.auxiliary in _GENERIC_VERBS:
        return ""
    verb = re.match(r"\s+\w+", frame.rest[found.subjects[0][1] :])
    return "" if verb is None else f"{asking} {frame.auxiliary} {frame.rest[: found.subjects[0][1]]}{verb[0]}"


def _object_exchanged(phrase: str, plain: str, scene: Scene) -> str:
    """The last question with another object, subject or verb, where its grammar shows the place; '' elsewhere."""
    bare = core_of(scene.base)
    compared = _compared_in(bare, f"in {phrase}", scene)
    if compared:
        return compared
    whose = re.match(r"(who\s+(?!does|do|did|is|are|else)\w+\s+)(?:the|an?|any)\s+[\w-]+(.*)$", bare, re.IGNORECASE)
    if whose is not None:
        return f"{whose[1]}{phrase}{whose[2]}"
    every = re.match(r"((?:which|what|how many) (?:\w+ )?(?:roles|positions|jobs)\s+\w+\s+).+$", bare, re.IGNORECASE)
    if every is not None:
        return f"{every[1]}{phrase}"
    frame = frame_of(bare)
    if frame is None or frame.word:
        return ""
    if ANY_ROLE in frame.rest or frame.rest.startswith("there "):
        return ""
    found = mentions(frame.rest, scene.roster)
    if not found.subjects:
        return _subject_exchanged(phrase, plain, frame)
    start, end = found.subjects[0]
    begins = re.fullmatch(r"(?:the|an?|any)?\s*", frame.rest[:start], re.IGNORECASE)
    if begins is None or frame.rest[end : end + 1] in {"'", "’"}:
        return _subject_exchanged(phrase, plain, frame)
    return _predicate_exchanged(phrase, plain, frame, end)


def _subject_exchanged(phrase: str, plain: str, frame: Frame) -> str:
    """"Are weekends included" with "nights" for the weekends; "does it include wages" with another inclusion."""
    includes = re.match(r"(.+\b(?:mean|cover|include|involve|contain|require|cost))\s", frame.rest, re.IGNORECASE)
    if includes is not None:
        return f"{frame.auxiliary} {includes[1]} {phrase}"
    said = re.search(r"\s(?:\w+ed|paid|allowed|mandatory|optional|among|part of|in|on)\b.*$", frame.rest)
    return "" if said is None else f"{_aux(frame.auxiliary, plain)} {phrase}{said[0]}"


def _predicate_exchanged(phrase: str, plain: str, frame: Frame, end: int) -> str:
    """What a role, whose name ends at ``end``, does, has or needs, with another object or verb."""
    predicate = frame.rest[end:]
    thing = re.search(r"\s(?:the|an?|any)\s+[\w\s-]+$", predicate)
    if phrase != plain and thing is not None:
        return f"{frame.auxiliary} {frame.rest[:end]}{predicate[: thing.start()]} {phrase}"
    if frame.auxiliary in _GENERIC_VERBS or phrase != plain:
        return ""
    return f"{frame.auxiliary} {frame.rest[:end]} {_predicate(plain, predicate)}"


def _compared_in(bare: str, place: str, scene: Scene) -> str:
    """A comparison in another respect; '' when the last question compares nothing."""
    if len(scene.roles) < _PAIR or not re.search(r"\b(?:compar|differ|contrast)", bare, re.I):
        return ""
    end = mentions(bare, scene.roster).subjects[-1][1]
    tail = re.match(r"((?:['’]s?)?(?: \w+){0,2}?) (in|on|by|about)\s", bare[end:])
    if tail is None:
        return f"{bare} {place}"
    respect = place.removeprefix("in ") if place.startswith("in ") else ""
    return f"{bare[: end + tail.end(1)]} {f'{tail[2]} {respect}' if respect else place}"


def _predicate(plain: str, predicate: str) -> str:
    """What somebody does, with another object or another verb.

    >>> _predicate("hire", " manage people"), _predicate("budgets", " manage people")
    ('hire', 'manage budgets')
    >>> _predicate("Docker", " need Kubernetes")
    'need Docker'
    """
    words = predicate.split()
    if len(words) > 1 and not (set(plain.lower().split()[:1]) & _TO_DO):
        return " ".join([*words[:-1], plain])
    return plain


def _aux(auxiliary: str, subject: str) -> str:
    plural = re.search(r"(?<!s)s$", subject) is not None
    return {"is": "are"}.get(auxiliary, auxiliary) if plural else {"are": "is"}.get(auxiliary, auxiliary)

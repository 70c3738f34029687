"""A question taken apart by its grammar: what it asks with, and what it is about as a noun phrase.

Rules of English only. Where they do not fit a question there is no noun phrase, and the caller asks in two clauses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from retrieval.cues import AUXILIARY, PREPOSITIONS
from retrieval.phrasing import bare_of, plural, possessive
from retrieval.roles import Mentions, mentions
from retrieval.roster import Roster

_ASKING = re.compile(
    rf"^(?P<asking>(?P<word>what|which|how many|how much|how \w+|who|whom|when|where|why|whose)\b(?P<noun>.*?))"
    rf"(?:\s+(?P<aux>{AUXILIARY}))\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
_YES_NO = re.compile(rf"^(?P<aux>{AUXILIARY})\s+(?P<rest>.+)$", re.IGNORECASE)
_IMPERATIVE = re.compile(
    r"^(?:tell me(?: more)? about|what about|describe|explain|list|name|show(?: me)?|give me"
    r"|summari[sz]e)\s+(?P<rest>.+)$", re.I
)
_SAYING = re.compile(r"\s+(?:mean|cover|include|involve|contain|say|take|cost|last|look like|stand for"
                     r"|require)\b.*$", re.I)
_SAID_OF = re.compile(
    r"\s+(?:(?:\w+ed|done|meant|set|kept|made|paid|given|held|taken|valid|due|there|important|mandatory|optional)\b.*)$",
    re.IGNORECASE,
)
_SUBJECT_END = re.compile(
    r"\s+(?:among|in|on|part|at|an?|allowed|for|one|listed|used|needed|required|\w+ed|mandatory|optional|valid|paid"
    r"|important|necessary|included|enough)\b.*$",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\s((?:in|about|on|for|at|within|during|with|under)\s.+)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Frame:
    """A question in its parts: "Which" "tools" "does" "the Head Chef use"; '' for what it lacks."""

    word: str  # in lower case
    noun: str
    auxiliary: str
    rest: str


def frame_of(question: str) -> Frame | None:
    """The parts of a question that asks with a wh-word or an auxiliary; None for any other.

    >>> frame_of("Which tools does the Head Chef use?")
    Frame(word='which', noun='tools', auxiliary='does', rest='the Head Chef use')
    >>> frame_of("May the Head Chef hire?")
    Frame(word='', noun='', auxiliary='may', rest='the Head Chef hire')
    """
    bare = bare_of(question)
    asking = _ASKING.match(bare)
    if asking is not None:
        return Frame(asking["word"].lower(), asking["noun"].strip(), asking["aux"].lower(), asking["rest"])
    yes_no = _YES_NO.match(bare)
    return None if yes_no is None else Frame("", "", yes_no["aux"].lower(), yes_no["rest"])


def asked(text: str) -> str:
    """The text as one written question: a capital letter first, one mark last.

    >>> asked("what is it??"), asked("list the KPIs")
    ('What is it?', 'List the KPIs.')
    """
    bare = " ".join(bare_of(text).split())
    bare = bare[:1].upper() + bare[1:]
    asks = _ASKING.match(bare) or _YES_NO.match(bare) or re.match(rf"(?:{PREPOSITIONS} )?(?:wh|how)", bare, re.I)
    return f"{bare}?" if asks is not None or ", and " in bare else f"{bare}."


def topic_phrase(question: str, roster: Roster, *, own: bool = True) -> str:
    """What a question is about, as a noun phrase with its role (without for ``own`` False); '' when it has none.

    >>> roster = Roster.of_names(["Head Chef"])
    >>> topic_phrase("Which tools does the Head Chef use?", roster)
    "the Head Chef's tools"
    >>> topic_phrase("What is the food cost target for the Head Chef?", roster)
    'the food cost target for the Head Chef'
    >>> topic_phrase("What may the Head Chef decide alone?", roster)
    ''
    """
    bare = bare_of(question)
    listed = _IMPERATIVE.match(bare)
    if listed is not None:
        return "" if _only_role(listed["rest"], mentions(listed["rest"], roster)) else listed["rest"]
    bare = _first_clause(bare)
    frame = frame_of(bare)
    who = re.match(r"who(?: else)?\s+(?:(?!is\b|are\b|was\b|may\b|can\b|must\b|should\b"
                   r"|will\b)\w+)\s+(.+)$", bare, re.I)
    if who is not None:
        found = mentions(who[1], roster)
        person = found.subjects and not _owned(who[1], found) and _article_only(who[1][: found.subjects[0][0]])
        return "" if person else who[1]
    if frame is None:
        return ""
    found = mentions(frame.rest, roster)
    phrase = _noun_phrase(frame, mentions(bare, roster)) if frame.noun else _rest_phrase(frame, found)
    return phrase if own else without_owner(phrase, roster)


def _first_clause(bare: str) -> str:
    return re.split(r", (?:and|compared) ", bare)[0]


def without_owner(phrase: str, roster: Roster) -> str:
    """A noun phrase without its role.

    >>> without_owner("the Head Chef's food budget", Roster.of_names(["Head Chef"]))
    'the food budget'
    """
    found = mentions(phrase, roster)
    for start, end in reversed(found.subjects):
        before, after = phrase[:start], re.sub(r"^['’]s?(?!\w)\s*", "", phrase[end:])
        after = re.sub(r"^\s*roles?\b", "", after)
        before = re.sub(r"\s+(?:of|for|in|as) (?:the |an? )?$", "", before) if not after.strip() else before
        phrase = f"{before}{after}".strip()
    return phrase


def _noun_phrase(frame: Frame, found: Mentions) -> str:
    """"Which tools does the Head Chef use" is about "the Head Chef's tools"."""
    noun = frame.noun
    partitive = re.match(r"of (.+)$", noun)
    if partitive is not None:
        return partitive[1]
    place = _PLACE.search(frame.rest) if not _only_role(frame.rest, found) else None
    tail = "" if place is None or any(role in place[1] for role in found.roles) else f" {place[1]}"
    if len(found.roles) == 1 and not found.group:
        return f"the {possessive(found.roles[0])} {noun}{tail}"
    return f"the {noun}{tail}"


def _rest_phrase(frame: Frame, found: Mentions) -> str:
    """The noun phrase that follows the auxiliary, without what is said of it."""
    if frame.auxiliary in {"is", "are", "was", "were"} and frame.word in {"what", "which"}:
        return _SAID_OF.sub("", frame.rest) if _owned(frame.rest, found) or not found.roles else frame.rest
    if found.subjects and not _owned(frame.rest, found) and _article_only(frame.rest[: found.subjects[0][0]]):
        return _object(frame.rest[found.subjects[0][1] :]) if not frame.word else ""
    if frame.word in {"who", "whom"}:
        return ""
    if frame.auxiliary in {"is", "are", "was", "were"}:
        return (_SUBJECT_END if not frame.word else _SAID_OF).sub("", re.sub(r"^(?:there|any of) ", "", frame.rest))
    for ending in (r"\s+be\s.*$", _SAYING):
        if re.search(ending, frame.rest):
            cost = re.search(r"\s+cost\b", frame.rest, re.IGNORECASE) is not None
            return f"{'the cost of ' if cost else ''}{re.sub(ending, '', frame.rest)}"
    return ""


def _object(predicate: str) -> str:
    """The thing that a predicate has.

    >>> _object(" need a licence"), _object(" hire")
    ('a licence', '')
    """
    found = re.match(
        r"^\s+(?:(?:need|use|have|know|require|get|own|hold|do|write|wear|carry)\s+(.+)|\w+\s+((?:an?|the|any)\s.+))$",
        predicate,
    )
    if found is not None and found[1] is not None:
        return found[1]
    return "" if found is None else found[2]


def _owned(rest: str, found: Mentions) -> bool:
    """Whether the first role named owns something: "the chef's tools"."""
    return bool(found.subjects) and re.match(r"['’]", rest[found.subjects[0][1] :]) is not None


def _article_only(text: str) -> bool:
    return re.fullmatch(r"(?:the|an?|our|my|a new|the new|new)?\s*", text, re.IGNORECASE) is not None


def _only_role(text: str, found: Mentions) -> bool:
    """Whether a phrase is nothing but the name of a role."""
    rest = text
    for start, end in reversed(found.subjects):
        rest = rest[:start] + rest[end:]
    return not re.sub(r"\b(?:the|an?|role|position|job|of|blueprint)\b|\W", "", rest, flags=re.IGNORECASE)


def what_is(phrase: str) -> str:
    """A question for a noun phrase.

    >>> what_is("the tools of the Head Chef"), what_is("overtime for cooks")
    ('What are the tools of the Head Chef?', 'What about overtime for cooks?')
    """
    head = re.split(r"\s(?:of|for|in|on|to)\s", phrase)[0]
    if re.match(r"(?:the|his|her|its)\s", head, re.IGNORECASE) is None:
        return asked(f"what about {phrase}")
    return asked(f"what {'are' if plural(head) else 'is'} {phrase}")

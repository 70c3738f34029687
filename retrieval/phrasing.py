"""A question taken apart and put together again in plain English: its roles exchanged, what it is about as a noun phrase.

Rules of English grammar only. Where they do not fit a question, the result is '' and the caller asks in two clauses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.roles import Mentions, mentions
from retrieval.roster import Roster

PREPOSITIONS = r"(?:for|to|by|with|from|in|on|at|about|of|under|after|before)"
ANY_ROLE = "any other role"
AUXILIARY = (
    r"(?:do|does|did|is|are|was|were|has|have|had|can|could|may|might|must|should|shall|will|would)(?:n['’]t)?"
)
_ASKING = re.compile(
    rf"^(?P<asking>(?P<word>what|which|how many|how much|how \w+|who|whom|when|where|why|whose)\b(?P<noun>.*?))"
    rf"(?:\s+(?P<aux>{AUXILIARY}))\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
_YES_NO = re.compile(rf"^(?P<aux>{AUXILIARY})\s+(?P<rest>.+)$", re.IGNORECASE)
_IMPERATIVE = re.compile(
    r"^(?:tell me(?: more)? about|what about|describe|explain|list|name|show(?: me)?|give me|summari[sz]e)\s+(?P<rest>.+)$", re.I
)
_SAYING = re.compile(r"\s+(?:mean|cover|include|involve|contain|say|take|cost|last|look like|stand for|require)\b.*$", re.I)
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
_ARTICLE = re.compile(r"(?:\b(?:the|an?|our|my|your|any|each|every)\s+)$", re.IGNORECASE)


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


def bare_of(question: str) -> str:
    """The question without its closing marks."""
    return re.sub(r"[\s?!.…]+$", "", question.strip())


def asked(text: str) -> str:
    """The text as one written question: a capital letter first, one mark last.

    >>> asked("what is it??"), asked("list the KPIs")
    ('What is it?', 'List the KPIs.')
    """
    bare = " ".join(bare_of(text).split())
    bare = bare[:1].upper() + bare[1:]
    asks = _ASKING.match(bare) or _YES_NO.match(bare) or re.match(rf"(?:{PREPOSITIONS} )?(?:wh|how)", bare, re.I)
    return f"{bare}?" if asks is not None or ", and " in bare else f"{bare}."


def what_is(phrase: str) -> str:
    """A question for a noun phrase.

    >>> what_is("the tools of the Head Chef"), what_is("overtime for cooks")
    ('What are the tools of the Head Chef?', 'What about overtime for cooks?')
    """
    head = re.split(r"\s(?:of|for|in|on|to)\s", phrase)[0]
    if re.match(r"(?:the|his|her|its)\s", head, re.IGNORECASE) is None:
        return asked(f"what about {phrase}")
    return asked(f"what {'are' if plural(head) else 'is'} {phrase}")


def plural(head: str) -> bool:
    """Whether a noun is a plural, by its ending.

    >>> plural("the tools"), plural("the class"), plural("the chef's")
    (True, False, False)
    """
    return re.search(r"(?<![su'’i])s$", head) is not None


def possessive(name: str) -> str:
    """The name with its possessive ending.

    >>> possessive("Head Chef"), possessive("Head of Sales")
    ("Head Chef's", "Head of Sales'")
    """
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def names(roles: Sequence[str]) -> str:
    """Several role names as a sentence has them.

    >>> names(["Head Chef"]), names(["Head Chef", "Line Cook"])
    ('Head Chef', 'Head Chef and the Line Cook')
    """
    return " and the ".join(roles)


def with_roles(question: str, roles: Sequence[str], roster: Roster) -> str:
    """The question with its role names exchanged for ``roles``; the last of several names when it compares.

    >>> roster = Roster.of_names(["Head Chef", "Assistant Cook"])
    >>> with_roles("What is a chef's budget?", ["Assistant Cook"], roster)
    "What is an Assistant Cook's budget?"
    """
    if ANY_ROLE in question:
        return question.replace(ANY_ROLE, f"the {names(roles)}")
    found = mentions(question, roster)
    if not found.subjects:
        return f"{bare_of(question)} for the {names(roles)}?"
    start, end = found.subjects[-1]
    return _exchanged(question, start, end, names(roles))


def _exchanged(question: str, start: int, end: int, name: str) -> str:
    before, after = question[:start], question[end:]
    if re.match(r"['’](?!s)", after) and not name.endswith("s"):
        after = f"'s{after[1:]}"
    article = re.search(r"\b(an?)\s+$", before, re.IGNORECASE)
    if article is not None:
        right = "an" if name[:1].lower() in "aeiou" else "a"
        right = right.capitalize() if article[1][0].isupper() else right
        before = f"{before[: article.start()]}{right} "
    elif not before.strip() or not _ARTICLE.search(before):
        before = before if re.search(r"\bas\s+$", before, re.I) or " and the " not in name else f"{before}the "
    return f"{before}{name}{after}"


def written_out(question: str, roster: Roster) -> str:
    """The question with every partial or misspelt role name written in full, where it can mean one role only.

    >>> written_out("What are the juinor's KPIs?", Roster.of_names(["Junior Baker", "Senior Baker"]))
    "What are the Junior Baker's KPIs?"
    """
    found = mentions(question, roster)
    if len(found.roles) != len(found.subjects) or not found.roles:
        return question
    for role, (start, end) in reversed(list(zip(found.roles, found.subjects, strict=True))):
        if re.search(r"[^'’]s$", question[start:end]) and not role.endswith("s") and question[start:end] != role:
            continue  # "engineers": more than one person is meant
        question = _exchanged(question, start, end, role)
    return question


def without_role(question: str, roster: Roster) -> str:
    """The question asked of any other role; '' when it names none.

    >>> without_role("Does the Head Chef hire?", Roster.of_names(["Head Chef"]))
    'Does any other role hire?'
    """
    found = mentions(question, roster)
    if not found.subjects:
        return ""
    for start, end in reversed(found.subjects):
        before = _ARTICLE.sub("", question[:start])
        question = f"{before}{ANY_ROLE}{question[end:]}"
    return question


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
    who = re.match(r"who(?: else)?\s+(?:(?!is\b|are\b|was\b|may\b|can\b|must\b|should\b|will\b)\w+)\s+(.+)$", bare, re.I)
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
    """
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


def agreeing(clause: str, pronoun: str, subject: str) -> str:
    """The clause with a plural pronoun exchanged for one person, and its verb for the singular form.

    >>> agreeing("what do they need the board for", "they", "the Head Chef")
    'what does the Head Chef need the board for'
    >>> agreeing("when they have to ask", "they", "the Head Chef")
    'when the Head Chef has to ask'
    >>> agreeing("what happens if they fail", "they", "the Head Chef")
    'what happens if the Head Chef fails'
    """
    forms = {"do": "does", "are": "is", "have": "has", "were": "was", "don't": "doesn't", "haven't": "hasn't"}
    inverted = re.search(rf"\b(do|are|have|were|don't|haven't) {pronoun}\b", clause, re.IGNORECASE)
    if inverted is not None:
        verb = forms[inverted[1].lower()]
        verb = verb.capitalize() if inverted[1][0].isupper() else verb
        return f"{clause[: inverted.start()]}{verb} {subject}{clause[inverted.end() :]}"
    plain = re.search(rf"\b{pronoun} (do|are|have|were|don't|haven't)\b", clause, re.IGNORECASE)
    if plain is not None:
        return f"{clause[: plain.start()]}{subject} {forms[plain[1].lower()]}{clause[plain.end() :]}"
    bare = re.search(rf"\b(?:if|when|what|how|where|that|which|because|since|until|who) {pronoun} (?P<verb>\w+)", clause, re.I)
    if bare is not None and not re.search(rf"ed$|^(?:{AUXILIARY}|became|went|got|made|left|took|ca)$", bare["verb"], re.I):
        clause = f"{clause[: bare.end()]}{'es' if re.search(r'(?:s|x|ch|sh|o)$', bare['verb']) else 's'}{clause[bare.end() :]}"
    return re.sub(rf"\b{pronoun}\b", lambda _: subject, clause, count=1, flags=re.IGNORECASE)

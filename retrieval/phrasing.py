"""Role names exchanged in a question, in plain English: articles, possessives, and verbs that agree."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.cues import AUXILIARY
from retrieval.roles import mentions
from retrieval.roster import Roster

ANY_ROLE = "any other role"
_ARTICLE = re.compile(r"(?:\b(?:the|an?|our|my|your|any|each|every)\s+)$", re.IGNORECASE)


def bare_of(question: str) -> str:
    """The question without its closing marks."""
    return re.sub(r"[\s?!.…]+$", "", question.strip())


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
    bare = re.search(rf"\b(?:if|when|what|how|where|that|which|because|since|until"
                     rf"|who) {pronoun} (?P<verb>\w+)", clause, re.I)
    if bare is not None and not re.search(rf"ed$|^(?:{AUXILIARY}|became|went|got|made|left|took"
                                          rf"|ca)$", bare["verb"], re.I):
        ending = "es" if re.search(r"(?:s|x|ch|sh|o)$", bare["verb"]) else "s"
        clause = f"{clause[: bare.end()]}{ending}{clause[bare.end() :]}"
    return re.sub(rf"\b{pronoun}\b", lambda _: subject, clause, count=1, flags=re.IGNORECASE)

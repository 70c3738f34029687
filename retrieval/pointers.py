"""The words that stand for something said before: pronouns, "that KPI", "the second one", "the optional ones"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.cues import AUXILIARY, ORDINAL
from retrieval.lexical import tokenize

THING = (
    r"(?:kpi|metric|target|indicator|item|point|row|tool|skill|rule|risk|duty|task|goal|requirement|number|figure|value)"
)
THAT = (
    r"\b(?:that|this)\b(?=\s*(?:[?.,;!]|$)|\s+(?:\w+ed|is|was|be|mean|means|done|made|set|paid|off|up|for|with|in|to|on"
    r"|and|at|out|work|works|matter|apply|happen)\b)"
)
POINTED = re.compile(rf"\b(?:that|this|the same) {THING}\b|\b(?:that|this|the same) one\b", re.IGNORECASE)
PLURAL = re.compile(r"\b(?:these|those)(?: ones| (?!does\b|has\b|is\b|was\b)\w+s)?\b(?!\s+(?:who|that|which))"
                     r"|\bof them\b", re.IGNORECASE)
PERSON = re.compile(r"\b(?:he|she|they|him|them|that person|this person|the person|that role|this role)\b", re.I)
OWNER = re.compile(r"\b(?:his|her|their)\b(?=\s+\w)", re.IGNORECASE)
SUBJECT = "|".join(
    rf"(?<=\b{word} )(?:that|this)\b" for word in "is was does did must should can may will would has could".split()
)
IT = re.compile(rf"\bit\b|{THAT}|{SUBJECT}", re.IGNORECASE)
SUCH = re.compile(  # a thing of the last question that only the question itself can name
    r"\b(?:have|has|need|needs|get|about|of|in|for|with|on|by|use|meet|make|take|hold) (?:that|this|such(?: an?)?)"
    r" (?!the\b|an?\b)\w+",
    re.IGNORECASE,
)
ONES = re.compile(r"\b(?!(?:which|these|those|the|other)\b)(?P<kind>[\w-]+) ones\b", re.IGNORECASE)
THINGS_THEY = re.compile(
    r"\b(?:are|were) they (?!paid|allowed|expected|responsible|hired|promoted|trained|supervised|supposed"
    r"|entitled|able)"
    r"|\b(?:must|should|can|may|will) they be \w+|\bdo they (?:take|last|cost|mean|include|cover|contain|happen"
    r"|matter)\b",
    re.IGNORECASE,
)
MOST = re.compile(
    r"^(?:and |what(?: is|'s) |which is )?the (?P<kind>(?:most|least) \w+|\w+est|best|worst|main|top) (?:one"
    r"|of (?:them|these|those|all))$",
    re.IGNORECASE,
)
WHICH_ONE = re.compile(r"\bwhich (?:one|role|of (?:them|the two|these|those|the roles))\b", re.IGNORECASE)
ITS = re.compile(r"\bits\b(?:\s+(?P<noun>\w+))?", re.IGNORECASE)
IDLE_IT = re.compile(r"\bit (?:true|possible|necessary|ok(?:ay)?|common|normal|likely)\b|\bmake it\b", re.IGNORECASE)
# What a measured or ruled thing has; a role has none of these.
ATTRIBUTES = frozenset(
    "target frequency threshold measurement definition formula unit meaning limit duration deadline weight importance "
    "status length benchmark value level reason purpose validity scope wording percentage range".split()
)
POINTERS = (POINTED, PLURAL, PERSON, OWNER, IT, ITS, SUCH, ONES, MOST, WHICH_ONE, ORDINAL)
DOES_SO = re.compile(
    rf"{AUXILIARY} .+? (?:do|have|need|get) (?:that|it|so|the same)(?: right| thing)?", re.IGNORECASE
)
MOST_BEFORE = 3  # content words before a pronoun, from which on it points to one of them


def points(text: str, names: Sequence[tuple[int, int]] = ()) -> bool:
    """Whether a text has a word that stands for something said before it; ``names`` are places of role names in it.

    >>> points("how is that measured?"), points("Which skills that help does the cook have?")
    (True, False)
    """
    found = [p.search(text) for p in POINTERS]
    starts = [0 if match.re is ORDINAL else match.start() for match in found if match is not None]
    if not starts or IDLE_IT.search(text) is not None:
        return False
    before = text[: min(starts)]
    for start, end in sorted(names, reverse=True):
        before = before[:start] + before[end:]
    return len(tokenize(before)) < MOST_BEFORE


def does_so(text: str) -> bool:
    """Whether a text asks if somebody does what the last question said.

    >>> does_so("could the cook do that"), does_so("what does the cook do")
    (True, False)
    """
    return DOES_SO.fullmatch(text) is not None

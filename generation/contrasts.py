"""Small words that change what a statement claims: "only", quantifiers, modal verbs, and opposites.

Lists of general English; each pair of opposites counts only where the statement has one and the evidence the other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from retrieval.lexical import tokenize

_ONLY = re.compile(r"(?<!not )\b(?:only|solely|exclusively|nobody else|no one else|nothing but|none but)\b", re.I)
_ONLY_TOO = re.compile(
    r"\b(?:only|solely|exclusively|alone|just|nobody|no one|nothing|none|except|limited to|restricted to|single"
    r"|reserved|unless|never|not|no|merely|sole)\b",
    re.IGNORECASE,
)
_QUANTIFIERS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for name, words in {
        "all": r"all|every|each|always|everyone|everybody|everything|everywhere|any|anyone|whole|entire|entirely"
        r"|full|fully|complete|completely|100\s?(?:%|percent)|throughout|both"
        r"|without exception|invariably|in all cases|across",
        "most": r"most|mostly|majority|usually|generally|typically|mainly|largely|normally|nearly all|almost all",
        "some": r"some|several|certain|sometimes|occasionally|partly|partially|at times|various|many|often|frequently"
        r"|a number of|may|might|can",
        "few": r"few|little|rarely|seldom|hardly|minority|(?<!at )least|scarcely|infrequently",
    }.items()
}
_STATED: Mapping[str, re.Pattern[str]] = {
    name: re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for name, words in {
        "all": r"(?<!at )(?<!of )all"
        r"|every(?! (?:hour|day|night|week|fortnight|month|quarter|year|sprint|other|two|three|four|six|\d))"
        r"|always|everyone|everybody|everything|invariably|without exception|in all cases",
        "most": r"most(?= of\b| [a-z]+s\b)|mostly|the majority|usually|generally|typically|normally",
        "some": r"some(?! \d)|sometimes|occasionally|at times|certain(?= [a-z]+s\b)",
        "few": r"few(?= of\b| [a-z]+s\b)|rarely|seldom|hardly ever",
    }.items()
}
_MODALS: Mapping[str, re.Pattern[str]] = {
    "duty": re.compile(
        r"\b(?:must|shall|ha(?:s|ve) to|required?|requires|mandatory|obligatory|compulsory|needs? to|critical|necessary"
        r"|have to|is to|are to)\b",
        re.IGNORECASE,
    ),
    "leave": re.compile(
        r"\b(?:may|might|could|optional(?:ly)?|allowed|permitted|free to|voluntary|can(?!not)|possibl[ey]"
        r"|nice to have)\b",
        re.IGNORECASE,
    ),
}
_DENIED = re.compile(r"\b(?:not|no|never|cannot|nobody|without|none)\b|n['’]t\b", re.IGNORECASE)
_OPPOSITES = (
    "before/after first/last early/late earlier/later earliest/latest increase,rise,raise,grow/decrease,fall,lower,"
    "reduce,shrink,drop,decline internal/external inside/outside above/below over/under more/less,fewer most/least "
    "minimum/maximum high/low higher/lower highest/lowest best/worst better/worse strong/weak accept/reject,decline "
    "approve/reject include/exclude allow,permit/forbid,prohibit,ban pass/fail succeed/fail success/failure "
    "success/fail start,begin/end,finish,stop begin/end open/close online/offline upstream/downstream "
    "inbound/outbound manual/automatic,automated manually/automatically "
    "mandatory,required,compulsory/optional,voluntary remote/onsite temporary/permanent public/private paid/unpaid "
    "formal/informal direct/indirect positive/negative up/down buy/sell hire,recruit/fire,dismiss import/export "
    "encrypted/unencrypted synchronous/asynchronous short/long shorter/longer faster,quicker/slower fast,quick/slow "
    "cheap/expensive cheaper/dearer gain/loss gain,win/lose same/different morning/afternoon,evening day/night "
    "join/leave add/remove enable/disable upgrade/downgrade maximize/minimize maximise/minimise agree/disagree "
    "safe/unsafe,dangerous centralized/decentralized structured/unstructured supervised/unsupervised local/remote "
    "full-time/part-time gross/net major/minor large,big/small larger,bigger/smaller light/heavy,strict "
    "rare,rarely/frequent,frequently,often seldom,rarely/often,usually alone/together,jointly old/new "
    "improve/worsen,degrade simple/complex senior/junior quarterly/yearly "
).split()


@cache
def _pairs() -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """Stems of either side."""
    sides = (tuple(opposite.split("/")) for opposite in _OPPOSITES)
    stems = [tuple(frozenset(t for word in side.split(",") for t in tokenize(word)) for side in pair) for pair in sides]
    return tuple((left, right) for left, right in stems if not left & right)


def contrast(sentence: str, evidence: str) -> str:
    """What the sentence turns round, '' for nothing.

    >>> contrast("Only the lead signs.", "The lead signs."), contrast("All runs pass.", "Some runs pass.")
    ('only', 'all')
    >>> contrast("Review after launch.", "Review before launch."), contrast("It must sign.", "It may sign.")
    ('opposite', 'duty')
    >>> contrast("The lead signs.", "Only the lead signs all of them before lunch.")
    ''
    """
    if _ONLY.search(sentence) and not _ONLY_TOO.search(evidence):
        return "only"
    return _quantified(sentence, evidence) or _modal(sentence, evidence) or _opposed(sentence, evidence)


def _quantified(sentence: str, evidence: str) -> str:
    """A quantifier that the evidence lacks, where it has another."""
    has = {name for name, words in _QUANTIFIERS.items() if words.search(evidence)}
    for name, words in _STATED.items():
        if words.search(sentence) and has and name not in has:
            return name
    return ""


def _modal(sentence: str, evidence: str) -> str:
    """A duty made of leave or the other way round; with negations the words mean other things."""
    if _DENIED.search(sentence) or _DENIED.search(evidence):
        return ""
    said = {name for name, words in _MODALS.items() if words.search(sentence)}
    written = {name for name, words in _MODALS.items() if words.search(evidence)}
    if len(said) == 1 and len(written) == 1 and said != written:
        return next(iter(said))
    return ""


def _opposed(sentence: str, evidence: str) -> str:
    """A word in whose place the evidence has the opposite; with a negation on either side both may be true."""
    said, written = set(tokenize(sentence)), set(tokenize(evidence))
    if bool(_DENIED.search(sentence)) != bool(_DENIED.search(evidence)):
        return ""
    for left, right in _pairs():
        for one, other in ((left, right), (right, left)):
            if said & one and written & other and not written & one and not said & other:
                return "opposite"
    return ""

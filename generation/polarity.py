"""What turns a statement round: negations with their scope, "only", quantifiers, modal verbs, opposites.

The words are general English; none was taken from a document. Scopes are approximated by clauses, as in rule-based
negation detection (W. W. Chapman et al., "NegEx", J. Biomed. Inform. 34, 2001, pp. 301-310).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.lexical import tokenize

_PSEUDO = re.compile(
    r"\b(?:not (?:only|just|least|to mention|necessarily)|(?:no|not) (?:more|less|later|longer|fewer|greater|lower"
    r"|higher|earlier|sooner) than|whether or not|if not|no matter|no doubt|no\.\s?\d|need not only)\b",
    re.IGNORECASE,
)
_CUE = re.compile(
    r"\b(?:not|no|never|none|cannot|without|neither|nor|nobody|nothing|nowhere|no one|hardly|rarely|seldom|zero(?! to)"
    r"|lack(?:s|ing|ed)?|absen(?:t|ce)(?: of)?|fail(?:s|ed|ing)? to|refus(?:e|es|ed|al|ing)|forbid\w*|prohibit\w*"
    r"|bann(?:ed|ing)|bans?|exclud\w*|exempt\w*|free of|devoid of|instead of|rather than|unless|except(?: for)?|barred"
    r"|unable to|beyond the scope|out of scope)\b|n['’]t\b|(?<![\d.,–-])0(?![\d.,–-])",
    re.IGNORECASE,
)
_WHOLE = frozenset("not never cannot neither n't n’t none nobody nothing nowhere".split()) | {"no one"}
"""Cues that deny their clause; the others deny what follows them."""
_HARD = frozenset("not no never none cannot neither nor nobody nothing nowhere n't n’t".split()) | {"no one"}
_BREAK = re.compile(
    r"[;:|()]|[.!?](?=\s|$)|,(?!\d)|\s[–—-]\s|\b(?:but|because|which|that|who|while|whereas|although|though|since|and"
    r"|yet|when|if|unless|even|however|until|before|after)\b",
    re.IGNORECASE,
)
_END = re.compile(r"[;.!?](?=\s)")
_SCOPE = 5  # content words that a negation reaches
_COVERED = 0.6  # of what was denied, for a statement to affirm it
_SAME = 0.9  # of the words, from which a statement repeats its evidence
_LIGHT = frozenset(tokenize("be is are do does has have may can must should will need any part one ones"))
_AFFIX = re.compile(r"\b(?:non-?|un|in|im|ir|dis)(?=[a-z]{4})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Negation:
    """A negation: stems ``after`` it (before it where none follow), all that it denies; ``hard``: not, no, never."""

    after: tuple[str, ...]
    denied: frozenset[str]
    hard: bool
    clause: tuple[int, int]


def negations(text: str) -> list[Negation]:
    """The negations of a text.

    >>> [found.after for found in negations("The junior does not sign contracts, but reviews. Budget: none.")]
    [('sign', 'contract'), ('budget',)]
    >>> negations("Not only juniors, no later than May")
    []
    """
    hidden = [(match.start(), match.end()) for match in _PSEUDO.finditer(text)]
    cues = [c for c in _CUE.finditer(text) if not any(start <= c.start() < end for start, end in hidden)]
    found = []
    for number, cue in enumerate(cues):
        first = max((b.end() for b in _BREAK.finditer(text, 0, cue.start())), default=0)
        end = _BREAK.search(text, cue.end())
        last = end.start() if end is not None else len(text)
        reach = min(last, cues[number + 1].start()) if number + 1 < len(cues) else last
        after = _content(text[cue.end() : reach])[:_SCOPE]
        hard = cue[0].lower() in _HARD
        if not after and hard:
            before = _END.split(text[: cue.start()])[-1]
            after = _content(re.sub(r"[:|,]", " ", before))[-3:]
        whole = _content(text[first:last]) if cue[0].lower() in _WHOLE else []
        denied = frozenset({*after, *whole})
        if cue[0] == "0":  # "0 incidents" is a value: who speaks of incidents does not affirm some
            after = []
        found.append(Negation(tuple(after), denied, hard, (first, last)))
    return found


def _content(text: str) -> list[str]:
    return [stem for stem in tokenize(text) if stem not in _LIGHT]


def negations_differ(sentence: str, evidence: str) -> bool:
    """Whether the sentence denies what the evidence affirms, or affirms what it denies.

    >>> negations_differ("The lead does not sign.", "The lead signs."), negations_differ("He signs.", "He never signs.")
    (True, True)
    >>> negations_differ("Managing is no duty.", "Managing people is not part of the role.")
    False
    """
    said, written = negations(sentence), negations(evidence)
    if not said and not written:
        return False
    held, shown = set(_content(sentence)), set(_content(evidence))
    if len(held & shown) >= _SAME * len(held | shown) and (len(said) - len(written)) % 2:
        return True
    if any(_doubled(one, said) for one in said) and not any(_doubled(one, written) for one in written):
        return True
    return any(_new(one, written, evidence) for one in said) or any(_dropped(one, said, sentence) for one in written)


def _doubled(one: Negation, others: Sequence[Negation]) -> bool:
    return sum(other.clause == one.clause for other in others) > 1


def _new(one: Negation, written: Sequence[Negation], evidence: str) -> bool:
    scope = set(one.after)
    if not written:
        return not scope & _affixed(evidence)
    if any(scope & other.denied for other in written):
        return False
    return bool(scope & set(_content(evidence)))


def _dropped(one: Negation, said: Sequence[Negation], sentence: str) -> bool:
    held, scope = set(_content(sentence)), one.after
    if not scope or scope[0] not in held or sum(stem in held for stem in scope) < _COVERED * len(scope):
        return False
    return not any(scope[0] in other.denied for other in said) and not set(scope) & _affixed(sentence)


def _affixed(text: str) -> set[str]:
    """Stems of what is denied by a prefix: "unreviewed" is without review."""
    words = [word for word in re.findall(r"\b(?:non-)?[A-Za-z]+", text) if _AFFIX.match(word)]
    return {stem for word in words for stem in tokenize(_AFFIX.sub("", word))}

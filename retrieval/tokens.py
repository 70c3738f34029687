"""The words of a question with the title words that each may be, and everyday words that tell what is a role."""

from __future__ import annotations

import re
from dataclasses import dataclass

from retrieval.roster import Roster
from retrieval.titles import JOINING, LEVEL_WORDS, Word, words_of

DETERMINERS = frozenset("the a an this that each every any no my our your new another".split())
GROUPS = frozenset("both all which these those any every each many two three four five no".split())
ROLE_NOUNS = frozenset("role position job post one title level".split())
BEFORE_RANK = (
    DETERMINERS
    | GROUPS
    | frozenset("for as at of to than vs versus and or between from with but by is are about".split())
)
"""What may come before a rank that stands for a role: "for staff?", "than the lead"."""
EVERYDAY_RANKS = frozenset("lead staff head chief director associate assistant principal intern".split())
"""Ranks that are everyday words too."""
AUXILIARIES = frozenset(
    "does do did is are was can could may might must should will would has had have of for as about need needs "
    "if".split()
)
"""What stands before a subject in a question, and little words of the same use."""
COST_SHORT, COST_SLIP = 0.05, 0.1  # of supposing a short form, a misspelling
_BREAK = re.compile(r"[,;:?!()/|\n]|\.\s|\s[-–—]+\s|[–—]")
_SHORT_FORM = 4  # letters, before a full stop
_PRONOUN = 2  # letters: "it" and "us" are abbreviations in capitals only


@dataclass(frozen=True, slots=True)
class Token:
    """A word, the title words that it may be with what each supposes, and whether it follows without a break."""

    word: Word
    readings: tuple[tuple[str, float], ...]
    joined: bool

    @property
    def form(self) -> str:
        """The word as it is compared."""
        return self.word.form


def tokens_of(question: str, roster: Roster) -> list[Token]:
    """The words of a question with their readings; explained long forms are one token.

    >>> roster = Roster.of_names(["Lead NLP Engineer"])
    >>> [token.readings for token in tokens_of("lead natural language processing engs", roster)]
    [(('lead', 0.0),), (('nlp', 0.0),), (('engineer', 0.05),)]
    """
    words = words_of(question)
    found: list[Token] = []
    place, end = 0, 0
    while place < len(words):
        word = words[place]
        joined = place > 0 and _joined(question, words[place - 1], word)
        forms, length = _replaced(words[place:], roster)
        if length:
            whole = Word(word.form, question[word.start : words[place + length - 1].end], word.start, end)
            found += [
                Token(whole if len(forms) == 1 else word, ((form, 0.0),), joined or number > 0)
                for number, form in enumerate(forms)
            ]
        else:
            found.append(Token(word, _readings(word, roster), joined))
        place += max(length, 1)
    return found


def _replaced(words: list[Word], roster: Roster) -> tuple[tuple[str, ...], int]:
    """What titles write for the first words of these, and how many words that stands for; 0 for none."""
    for said, written in roster.replacements(words[0].form):
        pronoun = len(said) == 1 and len(said[0]) <= _PRONOUN and not words[0].written.isupper()
        if not pronoun and tuple(word.form for word in words[: len(said)]) == said:
            return written, len(said)
    return (), 0


def _joined(question: str, left: Word, right: Word) -> bool:
    between = question[left.end : right.start]
    # "Sr. Chemist": a full stop after a short form breaks nothing.
    return _BREAK.search(between) is None or (between == ". " and len(left.written) <= _SHORT_FORM)


def _readings(word: Word, roster: Roster) -> tuple[tuple[str, float], ...]:
    if roster.holding(word.form) or word.form in LEVEL_WORDS:
        return ((word.form, 0.0),)
    if word.form in JOINING:
        return ()
    short = roster.short(word.form)
    if short:
        return tuple((form, COST_SHORT) for form in short)
    written = word.written.lower()
    meant = "" if written in roster.used else roster.misspelt(word.form)
    return ((meant, COST_SLIP),) if meant else ()

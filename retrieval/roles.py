"""Which of a library's roles a question is about: whole and partial titles, ranks, initials, misspellings, ladders.

What ``retrieval.spotting`` finds is decided here: a rank alone belongs to the ladder of the other roles named, a
colleague who is only mentioned is not what the question is about, and a title that nobody has names nobody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from retrieval.initials import Mention
from retrieval.ladders import beside, extreme, most, relative
from retrieval.roster import Roster
from retrieval.spotting import spot
from retrieval.tokens import Token, tokens_of
from retrieval.unknown import unknown_titles, written_title

_MOST_LEVEL, _MOST_GROUP = 6, 24  # roles that a rank, and a rank in the plural, may stand for
_WEAK = 0.4  # of a colleague who is only mentioned
_BETWEEN = frozenset("and or vs versus to with the a from than in at level".split())
COMPARING = re.compile(
    r"\b(?:compar\w+|diff(?:s|er\w*)?|versus|vs|separates?|distinguish\w*|contrast\w*|both|side by side|unlike|"
    r"than (?:a|an|the|that|those)|(?:in|have) common|(?:set|sets|tell|tells) \w+(?: \w+){0,4} apart|next to|"
    r"relative to|(?:but|that|which) (?:a|an|the) .{0,40}\b(?:not|cannot|\w+n['’]t)|similar\w*|overlap\w*|"
    r"in addition to|same as|(?:chang\w+|mov\w+|step\w*) (?:\w+ ){0,3}from)\b",
    re.IGNORECASE,
)
# What one role does with, for or to another: between two names, it makes the second a colleague.
_RELATES = re.compile(
    r"\b(?:work|collaborat|interact|coordinat|align|partner|pair|sync|liais|communicat|meet|consult|talk|speak|"
    r"cooperat|engag|hand|report|escalat|ask|help|advice|advis|support|guid|input|approv|feedback|mentor|coach|"
    r"supervis|manag|interview|review|train|onboard|delegat|depend|rely|relies|turn|deliver|provid|expect|hir|teach|"
    r"receiv|get|pass|brief|inform|assist|oversee|serv|sign|need)\w*\b",
    re.IGNORECASE,
)
_COORDINATED = re.compile(
    r"\b(?:and|or|vs|versus|than|but|while|whereas|that|which)\b[^.;?]{0,24}$|[/:;?]\s*\w{0,5}\s*$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Mentions:
    """Canonical ``roles`` in order of mention, and titles the question uses that no role of the library has.

    ``strengths`` (0 to 1) goes with ``roles``: how sure each is. ``colleagues`` are roles of the library that are only
    mentioned; ``undescribed`` titles that the texts mention and no document describes; ``levels`` ranks that fit too
    many roles to name them.
    """

    roles: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    strengths: tuple[float, ...] = ()
    colleagues: tuple[str, ...] = ()
    undescribed: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    group: bool = False  # a plural or "which of the …" named several at once
    spans: tuple[tuple[int, int], ...] = ()  # of all that was read as a name, in the question
    subjects: tuple[tuple[int, int], ...] = ()  # those of the spans that name ``roles``


def mentions(question: str, roles: Sequence[str] | Roster) -> Mentions:
    """Find the roles named.

    A part of a title that fits several roles names all of them; a title that the library does not have names none.

    >>> library = ("Junior NLP Engineer", "Lead NLP Engineer", "Lead NLP Scientist", "Lead Data Scientist")
    >>> mentions("How do the junior and the lead nlp enginer differ?", library).roles
    ('Junior NLP Engineer', 'Lead NLP Engineer')
    >>> mentions("what does a data scientist do about data quality?", library).roles
    ('Lead Data Scientist',)
    >>> mentions("Does the Junior NLP Engineer lead projects, and what is the lead time?", library).roles
    ('Junior NLP Engineer',)
    >>> asked = mentions("What does a Junior Data Scientist earn? Or a principal NLP engineer?", library)
    >>> asked.roles, asked.unknown
    ((), ('junior data scientist', 'principal nlp engineer'))
    >>> asked = mentions("Does the junior report to the Lead NLP Engineer?", library)
    >>> asked.roles, asked.colleagues
    (('Junior NLP Engineer',), ('Lead NLP Engineer',))
    """
    roster = roles if isinstance(roles, Roster) else Roster.of_names(roles)
    tokens = tokens_of(question, roster)
    named = [mention for mention in spot(tokens, roster) if not _begins_another(tokens, mention)]
    unknown, undescribed = unknown_titles(tokens, named, roster)
    found, anchors = _ladders(question, tokens, named, roster)
    found, missing = _at_level(tokens, found, roster)
    found, levels = _ranks(tokens, found, roster)
    found, aside = _colleagues(question, tokens, found)
    strengths = _strengths(found, roster)
    mentioned = [roster.titles[n].role for mention in [*anchors, *aside] for n in mention.titles]
    return Mentions(
        tuple(strengths),
        tuple(dict.fromkeys([*unknown, *missing])),
        tuple(round(strength, 3) for strength in strengths.values()),
        tuple(role for role in dict.fromkeys(mentioned) if role not in strengths),
        tuple(dict.fromkeys(undescribed)),
        tuple(dict.fromkeys(levels)),
        any(mention.many for mention in found),
        tuple((tokens[m.first].word.start, tokens[m.last - 1].word.end) for m in named),
        tuple((tokens[m.first].word.start, tokens[m.last - 1].word.end) for m in found),
    )


def _begins_another(tokens: Sequence[Token], mention: Mention) -> bool:
    """Whether a rank alone is the first word of a title that the library does not have: "Junior Veterinary Nurse"."""
    following = mention.last < len(tokens) and tokens[mention.last].joined and mention.level
    return bool(following) and written_title(tokens, mention.first) > mention.last


def _strengths(found: Sequence[Mention], roster: Roster) -> dict[str, float]:
    """Roles in order of mention, each with its greatest strength."""
    strengths: dict[str, float] = {}
    for mention in found:
        for number in mention.titles:
            role = roster.titles[number].role
            strengths[role] = max(strengths.get(role, 0.0), mention.strength)
    return strengths


def _ladders(
    question: str, tokens: Sequence[Token], found: list[Mention], roster: Roster
) -> tuple[list[Mention], list[Mention]]:
    """Put the role meant in the place of the one it is told by: "one level above the junior"; the latter second."""
    place = relative(question)
    if place is not None:
        anchor = next((m for m in found if tokens[m.first].word.start >= place[0]), None)
        meant = () if anchor is None else beside(anchor.titles, roster, place[1])
        if anchor is not None and meant:
            return [replace(m, titles=meant, level="") if m is anchor else m for m in found], [anchor]
    extent = most(question)
    if extent is not None:
        start, end, direction = extent
        inside = [m for m in found if start <= tokens[m.first].word.start < end]
        named = next((m for m in found if tokens[m.first].word.start >= end), None)
        words = {t.form for m in inside for t in tokens[m.first : m.last] if t.word.start >= end}
        pool = set(named.titles) if named is not None else set(range(len(roster.titles)))
        for word in words:
            pool &= roster.holding(word)
        meant = extreme(pool, roster, direction)
        kept = [m for m in found if m not in inside and m is not named]
        if meant:
            first = next((number for number, token in enumerate(tokens) if token.word.start >= start), 0)
            return sorted([*kept, Mention(first, first + 1, meant, 0.8)], key=lambda m: m.first), []
        return [m for m in found if m not in inside or not m.level], []
    return found, []


def _at_level(
    tokens: Sequence[Token], found: list[Mention], roster: Roster
) -> tuple[list[Mention], list[str]]:
    """Join a title and the rank said after it, "an engineer at lead level"; nobody's is an unknown title."""
    missing: list[str] = []
    kept: list[Mention] = []
    for mention in found:
        following = tokens[mention.last].form if mention.last < len(tokens) else ""
        before = tokens[mention.first - 1].form if mention.first else ""
        if not mention.level or not kept or not (before == "at" or following == "level"):
            kept.append(mention)
            continue
        for number, earlier in enumerate(kept):
            fitting = tuple(n for n in earlier.titles if n in mention.titles)
            if fitting:
                kept[number] = replace(earlier, titles=fitting, strength=0.9, many=False)
        if mention.first - kept[-1].last <= _REACH and not set(kept[-1].titles) & set(mention.titles):
            said = " ".join(token.word.written.lower() for token in tokens[kept[-1].first : kept[-1].last])
            missing.append(f"{mention.level} {said}")
            kept.pop()
    return kept, missing


_REACH = 4  # words between a title and the rank that goes with it


def _ranks(
    tokens: Sequence[Token], found: list[Mention], roster: Roster
) -> tuple[list[Mention], list[str]]:
    """A rank alone is read in the ladder of the roles that are named beside it: "compare junior and senior cooks"."""
    kept: list[Mention] = []
    levels: list[str] = []
    for number, mention in enumerate(found):
        if not mention.level:
            kept.append(mention)
            continue
        beside_it = found[number + 1] if number + 1 < len(found) else None
        coordinated = beside_it is not None and all(
            token.form in _BETWEEN for token in tokens[mention.last : beside_it.first]
        )
        others = [beside_it] if coordinated and beside_it is not None and not beside_it.level else found
        families = {
            roster.titles[n].family for m in others if m is not mention and len(m.titles) == 1 for n in m.titles
        }
        own = tuple(n for n in mention.titles if roster.titles[n].family in families)
        titles = own if own and not mention.many else mention.titles
        if 0 < len(titles) <= (_MOST_GROUP if mention.many else _MOST_LEVEL):
            strength = mention.strength if len(titles) == 1 else 0.4 + 0.4 / len(titles)
            kept.append(replace(mention, titles=titles, strength=strength))
        else:
            levels.append(mention.level)
    return kept, levels


def _colleagues(
    question: str, tokens: Sequence[Token], found: list[Mention]
) -> tuple[list[Mention], list[Mention]]:
    """Part those that a question is about from those that it says they work with, ask, report to."""
    if not found or COMPARING.search(question) is not None:
        return found, []
    subjects, aside = found[:1], found[:0]
    for mention in found[1:]:
        between = question[tokens[subjects[-1].last - 1].word.end : tokens[mention.first].word.start]
        related = _RELATES.search(between) is not None and _COORDINATED.search(between) is None
        (aside if related else subjects).append(mention)
    return subjects, aside

"""What a question asks for: roles named, section kinds hinted, shape, filters. Rules only; ``Query`` shows them all."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.records import Kind
from retrieval.filters import NO_FILTERS, Filters
from retrieval.hints import ALL_ROLES, OTHERS, asks_for_all_roles, asks_for_list, hinting_words, kinds_hinted
from retrieval.lexical import tokenize
from retrieval.records import Query, Shape
from retrieval.roles import COMPARING, Mentions, mentions
from retrieval.roster import Roster
from retrieval.spelling import Speller, mend

__all__ = ["expand", "hinting_words", "understand"]

_MOST_COMPARED = 12  # roles; "how do the roles differ?" over more of them is a question to all documents

_SUPPOSED = 0.5  # strength of roles that no word names: "the other roles", "compare all roles"
_ARTICLE = re.compile(r"\b(?:the|an?|our|my|your)\s+$", re.IGNORECASE)
_POSSESSIVE = re.compile(r"^['’]s?(?!\w)")
_JOINED = re.compile(r"\b(?:and|or)\b|/", re.IGNORECASE)
_ASKS_WHICH_OF = re.compile(r"\b(?:which|how many|any|each|every|none|who (?:among|of))\b", re.IGNORECASE)

# Time spans as people say them and as milestones are written; added to the words that are searched for.
_SPANS = tuple(
    (re.compile(rf"\b(?:{said})\b", re.IGNORECASE), written)
    for said, written in (
        (r"(?:first|1st|one|1) months?|month one|four weeks|4 weeks|day 30|a month in", "30 days"),
        (r"(?:second|2nd|two|2) months?|eight weeks|8 weeks|day 60", "60 days"),
        (r"(?:third|3rd|three|3) months?|first quarter|day 90", "90 days"),
        (r"half (?:a|the first|of the first) year|6 months?", "six months"),
        (r"(?:first|one|a|1) years?|12 months?|by year end", "twelve months 12 months"),
        (r"30[- ]days?", "first month"),
    )
)


def expand(question: str) -> str:
    """The question with the written form of the time spans it names.

    >>> expand("What is due by the end of the second month?")
    'What is due by the end of the second month? 60 days'
    """
    added = [written for said, written in _SPANS if said.search(question)]
    return " ".join([question, *added])


def understand(
    question: str, roles: Sequence[str] | Roster, given: Filters = NO_FILTERS, speller: Speller | None = None
) -> Query:
    """Read a stand-alone question.

    ``roles`` is the library's roster, or only its role names. A question compares when it names two roles and a
    comparing word, "and" or "or", or one role and "the other roles"; it is about all roles when it asks for roles and
    names none, and about a group of them ("which lead roles …") when it names a group. Filters ``given`` by the page
    hold for the keys that the question's own filters leave open. ``speller`` mends its words outside role names.
    """
    roster = roles if isinstance(roles, Roster) else Roster.of_names(roles)
    text, filters = Filters.parse(question)
    filters = filters.over(given)
    filters = filters.known(roster.facts) if filters else filters
    if not text:  # nothing but filters: their values are what is searched for
        text = " ".join(value for values in filters.as_dict().values() for value in values)
    named = mentions(text, roster)
    slips = () if speller is None else speller.slips(text, named.spans)
    asked = mend(text, slips)
    found = _supposed(asked, named, filters, roster)
    hinted = kinds_hinted(mend(_without(text, named.spans), slips))
    related = (Kind.STAKEHOLDERS,) if named.colleagues else ()
    kinds = tuple(dict.fromkeys((*filters.kinds, *hinted, *related)))
    return Query(
        question,
        tuple(found),
        kinds,
        _shape(asked, tuple(found), group=named.group),
        unknown_roles=named.unknown,
        strengths=tuple(found.values()),
        colleagues=named.colleagues,
        undescribed_roles=named.undescribed,
        levels=named.levels,
        filters=filters,
        searched="" if asked == question else asked,
        topic=mend(topic_of(text, named.subjects), slips),
        spelling=slips,
    )


def topic_of(text: str, names: Sequence[tuple[int, int]]) -> str:
    """The text without the names at these places; the text itself when little else is asked.

    Sibling roles are told apart by their names, not by what is asked about them: a name in the wording draws in every
    chunk under its title (docs/LOG.md).

    >>> topic_of("What is the Lead Cook's budget?", [(12, 21)])
    'What is budget?'
    >>> topic_of("Lead Cook", [(0, 9)])
    'Lead Cook'
    """
    rest = text
    for start, end in sorted(names, reverse=True):
        rest = f"{_ARTICLE.sub('', rest[:start])} {_POSSESSIVE.sub('', rest[end:])}"
    rest = " ".join(rest.split())
    return rest if tokenize(rest) else text


def _supposed(text: str, named: Mentions, filters: Filters, roster: Roster) -> dict[str, float]:
    """The roles named with their strengths, and those that the question means without naming them."""
    found = dict(zip(named.roles, named.strengths, strict=True))
    if not found and filters.roles:
        return dict.fromkeys(filters.roles, 1.0)
    compares = COMPARING.search(text) is not None
    others = len(found) == 1 and OTHERS.search(text) is not None
    every = not found and ALL_ROLES.search(text) is not None
    if not compares or not (others or every) or len(roster.titles) > _MOST_COMPARED:
        return found
    return {**found, **{role: _SUPPOSED for role in roster.roles if role not in found}}


def _shape(question: str, named: Sequence[str], *, group: bool = False) -> Shape:
    joined = len(named) == 2 and _JOINED.search(question) is not None
    if len(named) > 1 and COMPARING.search(question):
        return Shape.COMPARE
    if len(named) > 1 and group and _ASKS_WHICH_OF.search(question):
        return Shape.AGGREGATE
    if joined:
        return Shape.COMPARE
    if not named and (asks_for_all_roles(question) or _compares_all(question)):
        return Shape.AGGREGATE
    return Shape.LIST if asks_for_list(question) else Shape.LOOKUP


def _compares_all(question: str) -> bool:
    return COMPARING.search(question) is not None and ALL_ROLES.search(question) is not None


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text without names: a "Payroll Manager" hints at no pay and no manager.

    >>> _without("Does a Payroll Manager travel?", [(7, 22)])
    'Does a one travel?'
    """
    for start, end in reversed(spans):
        text = f"{text[:start]}one{text[end:]}"
    return text

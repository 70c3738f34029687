"""What a question asks for: roles named, section kinds hinted, shape. Rules only; every decision is in ``Query``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.records import Kind
from retrieval.records import Query, Shape
from retrieval.roles import mentions

_OTHERS = re.compile(
    r"\b(?:the )?(?:other|remaining) (?:roles|ones|positions)\b|\bthe (?:others|rest)\b", re.IGNORECASE
)
_COMPARE = re.compile(
    r"\b(?:compar\w+|differ\w*|versus|vs|separates?|distinguish\w*|contrast|than (?:a|an|the)|both|side by side)\b",
    re.I,
)
_AGGREGATE = re.compile(
    r"\b(?:which|what|how many|do all|do any|does any|list (?:the|all)|all the) "
    r"(?:of the )?(?:\w+ )?(?:roles?|positions?|jobs)\b"
    r"|\b(?:every|each|any|all|across(?: the)?(?: \w+)?) (?:of the )?(?:\w+ )?(?:roles?|positions?|jobs)\b"
    r"|\bwho else\b",
    re.I,
)
_LIST = re.compile(
    r"\b(?:list|name all|enumerate|all (?:of )?the|what are|which are|give me (?:the|all|every)|every)\b"
    r"|\bwhat (?:\w+ ){0,3}(?:goals|skills|tools|kpis|metrics|responsibilities|deliverables|risks|signals|exercises|"
    r"decisions|duties|requirements|tasks|activities|stakeholders|roles|flags|qualifications)\b",
    re.I,
)
_KIND_HINTS: tuple[tuple[Kind, str], ...] = (
    (Kind.KPIS, r"kpis?|metrics?|targets?|benchmarks?|measured|how often|frequency|thresholds?|rates?"),
    (Kind.DECISIONS, r"decid\w+|decision\w*|approv\w+|sign[- ]?off|authority|alone|permission|allowed|"
     r"on (?:his|her|their) own|independently"),
    (Kind.MILESTONES, r"\d+[- ]days?|first (?:month|week|quarter|year|\d+)|months?|milestones?|goals?|onboarding|"
     r"by the end of"),
    (Kind.HIRING, r"interview\w*|hir\w+|candidates?|exercises?|red flags?|case study|scorecard|signals?"),
    (Kind.TOOLS, r"tools?|platforms?|software|frameworks?|librar\w+|databases?"),
    (Kind.SKILLS, r"skills?|importance|competenc\w+|must[- ]have|good[- ]to[- ]have|optional|critical"),
    (Kind.QUALIFICATIONS, r"years|degree|education|certificat\w+|qualif\w+|background|experience"),
    (Kind.CAREER, r"career|promot\w+|next roles?|progress\w*|feeder|grow into|come from"),
    (Kind.STAKEHOLDERS, r"stakeholders?|escalat\w+|reports? to|boss|works? with|peers?"),
    (Kind.DELIVERABLES, r"deliver\w*|artifacts?|produce"),
    (Kind.RISKS, r"risks?|anti-?patterns?|fail\w*|underperform\w*|bottlenecks?|challenges?"),
    (Kind.AUTOMATION, r"automat\w+|ai (?:tools?|impact)"),
    (Kind.ACTIVITIES, r"daily|day[- ]to[- ]day|weekly|monthly|rituals?|meetings?|typical (?:day|week)|routine"),
    (Kind.MISSION, r"mission|purpose|reason for"),
    (Kind.COMPENSATION, r"salar\w+|wages?|paid|compensation|benefits?"),
    (Kind.VARIANTS, r"startups?|enterprises?|regulated|company size|industry"),
)  # fmt: skip
_HINTS = tuple((kind, re.compile(rf"\b(?:{words})\b", re.I)) for kind, words in _KIND_HINTS)


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


def understand(question: str, roles: Sequence[str]) -> Query:
    """Read a stand-alone question.

    ``roles`` are the canonical role names of the library. A question compares when it names two roles and a comparing
    word, "and" or "or", or one role and "the other roles"; it is about all roles when it asks for roles and names none.
    """
    named = mentions(question, roles)
    found = named.roles
    if len(found) == 1 and _COMPARE.search(question) and _OTHERS.search(question):
        found = (*found, *(role for role in roles if role not in found))
    kinds = tuple(kind for kind, words in _HINTS if words.search(question))
    return Query(question, found, kinds, _shape(question, found), unknown_roles=named.unknown)


def hinting_words(question: str, kind: Kind) -> list[str]:
    """The words of the question that hint at a section kind.

    >>> hinting_words("Which red flags matter in an interview?", Kind.HIRING)
    ['red flags', 'interview']
    """
    return [found[0] for hinted, words in _HINTS if hinted is kind for found in words.finditer(question)]


def _shape(question: str, named: Sequence[str]) -> Shape:
    joined = len(named) == 2 and re.search(r"\b(?:and|or)\b", question, re.IGNORECASE) is not None
    if len(named) >= 2 and (_COMPARE.search(question) or joined):
        return Shape.COMPARE
    if not named and _AGGREGATE.search(question):
        return Shape.AGGREGATE
    if _LIST.search(question):
        return Shape.LIST
    return Shape.LOOKUP

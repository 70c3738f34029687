"""What a question asks for: roles named, section kinds hinted, shape. Rules only; every decision is in ``Query``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from ingest.records import Kind
from retrieval.records import Query, Shape

# Words that name a level on their own: "the junior one", "for staff?"
_LEVELS = frozenset(
    "intern trainee apprentice associate junior mid senior staff lead principal distinguished head chief manager "
    "director".split()
)
_WORD = re.compile(r"[^\W_]+")
_MIN_FUZZY = 4
_SIMILAR, _SIMILAR_SHORT = 0.82, 0.88  # least similarity to a title word, for words of over four letters and of four

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

    ``roles`` are the canonical role names of the library. A compare question needs two roles or a comparing word
    with at least one; an aggregate question asks about roles without naming one.
    """
    named = roles_in(question, roles)
    kinds = tuple(kind for kind, words in _HINTS if words.search(question))
    return Query(question=question, roles=named, kinds=kinds, shape=_shape(question, named))


def hinting_words(question: str, kind: Kind) -> list[str]:
    """The words of the question that hint at a section kind.

    >>> hinting_words("Which red flags matter in an interview?", Kind.HIRING)
    ['red flags', 'interview']
    """
    return [found[0] for hinted, words in _HINTS if hinted is kind for found in words.finditer(question)]


def _shape(question: str, named: Sequence[str]) -> Shape:
    if len(named) >= 2 and (_COMPARE.search(question) or re.search(r"\b(?:and|or)\b", question, re.I)):
        return Shape.COMPARE
    if not named and _AGGREGATE.search(question):
        return Shape.AGGREGATE
    if _LIST.search(question):
        return Shape.LIST
    return Shape.LOOKUP


def roles_in(question: str, roles: Sequence[str]) -> tuple[str, ...]:
    """Canonical names of the roles that a question names, in order of mention.

    Whole titles, parts of titles, level words alone and misspellings count; a part that fits several roles names all
    of them.

    >>> library = ("Junior NLP Engineer", "Lead NLP Engineer", "Lead NLP Scientist", "Lead Data Scientist")
    >>> roles_in("How do the junior and the lead nlp enginer differ?", library)
    ('Junior NLP Engineer', 'Lead NLP Engineer')
    >>> roles_in("what does a data scientist do about data quality?", library)
    ('Lead Data Scientist',)
    >>> roles_in("Lead NLP Engineer, Lead NLP Scientist: who pays?", library)
    ('Lead NLP Engineer', 'Lead NLP Scientist')
    >>> roles_in("Who reviews data?", library)
    ()
    """
    titles = {role: tuple(word.lower() for word in _WORD.findall(role)) for role in roles}
    vocabulary = sorted({word for words in titles.values() for word in words})
    found: list[str] = []
    run: list[str] = []
    before = ""
    for word in [*_WORD.findall(question.lower()), ""]:
        known = _closest(word, vocabulary)
        if known and known not in run:
            run.append(known)
            continue
        if before not in _LEVELS:  # "principal NLP engineer" is nobody here, and not the lead one
            found += [role for role in _fitting(run, titles) if role not in found]
        run, before = ([known], "") if known else ([], word)
    return tuple(found)


def _closest(word: str, vocabulary: Sequence[str]) -> str:
    """The title word meant: itself, its plural or possessive, or a near misspelling; '' for none."""
    for candidate in (word, word.removesuffix("s")):
        if candidate in vocabulary:
            return candidate
    if len(word) < _MIN_FUZZY:
        return ""
    known = [candidate for candidate in vocabulary if len(candidate) > _MIN_FUZZY]
    cutoff = _SIMILAR if len(word) > _MIN_FUZZY else _SIMILAR_SHORT
    return next(iter(get_close_matches(word, known, n=1, cutoff=cutoff)), "")


def _fitting(run: Sequence[str], titles: dict[str, tuple[str, ...]]) -> list[str]:
    """Roles whose title holds all words of the run; a single word must be a level."""
    if not run or (len(run) == 1 and run[0] not in _LEVELS):
        return []
    exact = [role for role, words in titles.items() if words == tuple(run)]
    if exact:
        return exact
    fitting = [role for role, words in titles.items() if set(run) <= set(words)]
    if not fitting and len(run) > 1:  # "lead staff engineer": take the part that fits
        return _fitting(run[:-1], titles) or _fitting(run[1:], titles)
    return fitting if len(run) == 1 or len(fitting) < len(titles) else []

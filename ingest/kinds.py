"""What a section is about: its kind, told by the words of its heading, else by what most of its units say.

The words are those that headings of role documents share in English, whoever writes them: blueprints, adverts, job
bulletins, competency pages. A heading that says nothing leaves the decision to the content, which decides only where
most units are of one sort; a wrong kind costs more than none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from ingest.records import Kind

# Kind by words of a heading; the outermost heading that says anything wins. Order decides between two that match.
_KIND_WORDS: tuple[tuple[Kind, str], ...] = (
    (Kind.KPIS, r"kpis?|metrics?|success measures?|key measures|performance indicators?"),
    (Kind.SCORECARD, r"scorecard summary|role scorecard"),
    (
        Kind.APPLICATION,
        r"(?:how|where|when) (?:and \w+ )?to apply|to apply|apply (?:now|here|online)|^applying$|process notes?|"
        r"application (?:deadline|process|procedures?|instructions?|period|materials?)|(?:filing|closing) (?:deadline|"
        r"date|period)s?|(?:deadline|instructions) for appl\w+|to be considered",
    ),
    (
        Kind.HIRING,
        r"hiring|interview|candidate signals?|red flags?|exercises?|selection|strong signals?|weak signals?|"
        r"exam(?:ination)?s?|background checks?|qualifications? reviews?|review (?:committee|panel)|passing scores?",
    ),
    (Kind.ENVIRONMENT, r"physical (?:demands?|requirements?)|work(?:ing)? (?:environment|conditions?|schedule)"),
    (Kind.DECISIONS, r"decision|decides?|authority|approval"),
    (
        Kind.STAKEHOLDERS,
        r"stakeholders?|collaborat\w+|escalation|peer roles|upstream|downstream|reports? to|"
        r"supervision (?:received|exercised|given)|(?:classes|classifications|positions) supervised",
    ),
    (
        Kind.MILESTONES,
        r"goals?|milestones?|objectives?|\d+[- ]days?|first \d+|success means|definition of (?:\w+ )?success|outcomes",
    ),
    (Kind.DELIVERABLES, r"deliverables?|outputs?"),
    (Kind.TOOLS, r"tools?|platforms?|software"),
    (Kind.SKILLS, r"skills?|competenc\w+|capabilit\w+|behaviou?rs?|abilit(?:y|ies)|knowledge(?! base)|proficienc\w+"),
    (
        Kind.QUALIFICATIONS,
        r"experience|qualifications?|requirements?|education|certific\w+|years of|driver\W?s? licen[cs]e|"
        r"ideal candidate|who you are|what you(?:['’]ll| will)? (?:bring|need)|(?:we are|we['’]re) looking for",
    ),
    (Kind.CAREER, r"career|progression|promotion|feeder|next roles?|adjacent"),
    (Kind.RISKS, r"risks?|challenges?|failure|anti-?patterns?|bottlenecks?|underperformance"),
    (Kind.VARIANTS, r"variants?|by company size|by industry|by geography|regulated"),
    (Kind.AUTOMATION, r"automat\w+|ai impact|how ai"),
    (Kind.ENVIRONMENT, r"environment|tech stack|team topology|delivery model"),
    (Kind.ACTIVITIES, r"activities|day-to-day|daily|weekly|rituals?|meetings"),
    (
        Kind.RESPONSIBILITIES,
        r"responsibilit\w+|duties|accountabilit\w+|(?:essential|job|key) functions?|(?:typical|key) tasks?|"
        r"what you(?:['’]ll| will) (?:do|be doing)|job entail",
    ),
    (
        Kind.COMPENSATION,
        r"salar(?:y|ies)|compensation|remuneration|wages?|pay(?: range| grade| scale| rate)?|perks|(?:work )?benefits",
    ),
    (Kind.NOTICES, r"notices?|disclaimers?|equal (?:\w+ )?opportunity|non-?discrimination"),
    (Kind.MISSION, r"mission|purpose"),
    (Kind.SUMMARY, r"summary|overview|about"),
)
_KINDS = tuple((kind, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for kind, words in _KIND_WORDS)

# Duties as job descriptions write them: in the third person. (The bare imperative and the gerund are left out, they are
# how instructions of every sort are written.)
_DUTY_VERBS = (
    "administer advise analy[sz]e assist assur build collaborat communicat conduct coordinat counsel creat "
    "defin deliver design determin develop direct driv ensur establish evaluat facilitat guid identif "
    "implement inspect install lead maintain manag mentor monitor operat organi[sz]e oversee own participat "
    "perform plan prepar present provid recommend repair report represent research resolv respond review "
    "schedul serv supervis support train updat work write"
).replace(" ", "|")
_NUMBER = r"(?:\d+|one|two|three|four|five|six|seven|eight|ten)\)?\+?"
_CONTENT_WORDS: tuple[tuple[Kind, str], ...] = (
    (Kind.NOTICES, r"equal (?:employment )?opportunity|without regard to|discriminat\w+|reasonable accommodation"),
    (
        Kind.COMPENSATION,
        r"[$£€] ?\d[\d,.]*(?: ?k)?(?: ?(?:-|–|to|per|a|an|/|and) ?(?:[$£€] ?\d|hour|year|month|annum|week))|"
        r"(?:annual|starting|base|hourly) (?:salary|pay|rate)|pay (?:range|grade)|401 ?\(k\)|pension|"
        r"(?:health|dental|vision|life) (?:insurance|coverage)|paid (?:time off|holidays?|leave|vacation|sick)",
    ),
    (
        Kind.APPLICATION,
        r"(?:submit|complete|send|receiv\w+) .{0,40}(?:application|resume|résumé|cv)\b|cover letter|"
        r"applications? (?:must|will|should|deadline)|apply (?:online|by|at|through)|(?:closing|filing) date",
    ),
    (
        Kind.QUALIFICATIONS,
        rf"\b{_NUMBER} (?:\(\d+\) )?(?:or more )?years?\b.{{0,60}}experience|\b(?:bachelor|master)\W?s?(?: degree)?\b|"
        r"degree (?:in|from)|high school|diploma|driver\W?s licen[cs]e|graduation from",
    ),
    (
        Kind.SKILLS,
        r"^\W*(?:\w+ ){0,3}(?:ability to|knowledge of|proficien\w+ (?:in|with)|familiarity with|understanding of|"
        r"skills?\b)",
    ),
    (Kind.RESPONSIBILITIES, rf"^\W*(?:{_DUTY_VERBS})(?:e?s|ies)\b|\bis responsible for\b"),
)
_CONTENTS = tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in _CONTENT_WORDS)
_NEVER_DUTIES = frozenset({Kind.COMPENSATION, Kind.APPLICATION, Kind.KPIS, Kind.SKILLS, Kind.QUALIFICATIONS})
_MIN_UNITS = 3
_MIN_SPEAKING = 2
_MOST = 0.6


def kind_of(heading: Sequence[str]) -> Kind:
    """The section kind that a heading path names.

    >>> kind_of(("13) Decision Rights", "Budget, vendor and hiring authority"))
    <Kind.DECISIONS: 'decision rights'>
    >>> [kind_of((text,)).value for text in ("DUTIES", "ANNUAL SALARY", "WHERE TO APPLY", "Notice:", "Room 101")]
    ['responsibilities', 'compensation', 'how to apply', 'notices', 'other']
    >>> kind_of(("Hiring", "Scorecard and salary")), kind_of(("Key responsibilities", "Salary"))
    (<Kind.HIRING: 'hiring'>, <Kind.COMPENSATION: 'compensation'>)
    """
    told = [kind for kind in map(_kind_of_one, heading) if kind is not Kind.OTHER]
    if told[:1] == [Kind.RESPONSIBILITIES]:  # of role pages that hang everything below their first heading
        return next((kind for kind in told if kind in _NEVER_DUTIES), Kind.RESPONSIBILITIES)
    return told[0] if told else Kind.OTHER  # the outermost that says anything: "Hiring › Scorecard" is about hiring


@lru_cache(maxsize=4096)  # the same few headings again and again, and lines that may be furniture
def _kind_of_one(text: str) -> Kind:
    return next((kind for kind, words in _KINDS if words.search(text)), Kind.OTHER)


def kinds_in(units: Sequence[str]) -> frozenset[Kind]:
    """The kinds that at least two units speak of, whatever the headings say.

    >>> sorted(kinds_in(["Pay: $9 per hour.", "Dental insurance.", "Manages a team.", "A short lunch."]))
    [<Kind.COMPENSATION: 'compensation'>]
    """
    return frozenset(
        kind for kind, words in _CONTENTS if sum(words.search(unit) is not None for unit in units) >= _MIN_SPEAKING
    )


def kind_of_content(units: Sequence[str]) -> Kind:
    """The kind of a section whose headings say nothing: what at least 60 % of three units or more are.

    >>> kind_of_content(["Manages a team of five.", "Prepares the budget.", "Oversees the archive.", "Est. 1987."])
    <Kind.RESPONSIBILITIES: 'responsibilities'>
    >>> kind_of_content(["Open the settings.", "Create a branch.", "Send it to a colleague."])
    <Kind.OTHER: 'other'>
    """
    if len(units) < _MIN_UNITS:
        return Kind.OTHER
    for kind, words in _CONTENTS:
        if sum(words.search(unit) is not None for unit in units) >= _MOST * len(units):
            return kind
    return Kind.OTHER

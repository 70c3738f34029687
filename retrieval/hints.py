"""What a question asks for besides roles: the section kinds its words hint at, and the shape of the answer.

The words are those of everyday questions about work ("paid", "boss", "what could go wrong") and of the headings that
ingestion knows (ingest/kinds.py). A hint only adds to a section's score, so a word that two kinds share hints at both.
"""

from __future__ import annotations

import re

from ingest.records import Kind

_KIND_HINTS: tuple[tuple[Kind, str], ...] = (
    (Kind.KPIS, r"kpis?|metrics?|targets?|benchmarks?|measur\w+|how often|frequency|thresholds?|rates?|"
     r"performance indicators?|judged (?:on|by)|evaluated"),
    (Kind.DECISIONS, r"decid\w+|decision\w*|approv\w+|sign(?:s|ed|ing)?[- ]?offs?|signs? .{0,30}\boff|authori[tz]\w+|"
     r"alone|permission|permitted|allowed|on (?:his|her|their|my|your|its) own|independently|"
     r"(?:final|last) (?:say|word)|veto\w*|overrul\w+|without (?:review|asking|approval)"),
    (Kind.MILESTONES, r"\d+[- ]days?|first (?:\w+ )?(?:months?|weeks?|quarters?|years?|\d+)|months?|milestones?|"
     r"goals?|objectives?|onboarding|outcomes?|by the end of|ramp[- ]?up|after (?:a|one|the first) (?:year|quarter)|"
     r"get(?:ting)? started"),
    (Kind.HIRING, r"interview\w*|hir\w+|candidates?|exercises?|red flags?|case study|scorecard|signals?|recruit\w*|"
     r"exam(?:s|ined|ination\w*)?|selection|selected|"
     r"pass\w* .{0,20}\btests?|tests? .{0,40}\bpass\w*|background checks?|assessment cent\w+"),
    (Kind.TOOLS, r"tools?|tooling|platforms?|software|frameworks?|librar\w+|databases?|tech(?:nology)? stack|"
     r"programs? used"),
    (Kind.SKILLS, r"skills?|skilled|importance|competenc\w+|must[- ]haves?|good[- ]to[- ]haves?|nice[- ]to[- ]haves?|"
     r"optional|critical|abilit(?:y|ies)|capabilit\w+|proficien\w+|good at|(?:has|have|need|needs|must|should) "
     r"(?:\w+ ){0,4}know|knowledge|behaviou?rs?|to master"),
    (Kind.QUALIFICATIONS, r"years|degrees?|education|certificat\w+|certified|qualif\w+|background|experience[ds]?|"
     r"licen[cs]es?|diploma|phd|bachelor\W?s?|requirements?|(?:is|are) required|eligib\w+|worked in"),
    (Kind.CAREER, r"career|promot\w+|next (?:role|level|step)s?|progress(?:ion|es)?|feeder|grow(?:s|n|ing)? into|"
     r"come from|become|advancement|move up"),
    (Kind.STAKEHOLDERS, r"stakeholders?|direct reports|"
     r"escalat\w+|report(?:s|ing)? (?:\w+ )?to|boss|(?:line )?manager|manages?|"
     r"supervis\w+|works? (?:\w+ )?with|collaborat\w+|consults?|interacts?|peers?|colleagues|answers? to|"
     r"(?:who|whom) (?:does|do|is|are|must|should|can|may) .{0,40}\b(?:ask|turn to|talk to|inform)"),
    (Kind.DELIVERABLES, r"deliver(?:s|ed|able|ables)?|artefacts?|artifacts?|produces?|outputs?|hands? in"),
    (Kind.RESPONSIBILITIES, r"responsib\w+|dut(?:y|ies)|accountab\w+|tasks?|in charge of|"
     r"(?:job|role|position) entails?|essential functions?"),
    (Kind.RISKS, r"risks?|anti-?patterns?|fail\w*|underperform\w*|bottlenecks?|challenges?|(?:go|goes|went) wrong|"
     r"mistakes?|warning signs?|pitfalls?|hard(?:est)? part|difficult\w*|struggl\w+|problems?"),
    (Kind.AUTOMATION, r"automat\w+|ai (?:tools?|impact)|(?:replaced|taken over|take over|done) by (?:ai|machines?)|"
     r"ai (?:\w+ ){0,3}(?:take over|replace|do|change)\w*"),
    (Kind.ACTIVITIES, r"daily|day[- ]to[- ]day|weekly|monthly|quarterly|rituals?|meetings?|routines?|"
     r"(?:typical|ordinary|normal|usual|average|working) (?:day|week)|all day|every (?:day|week|month|morning)|"
     r"(?:day|week) look\w*"),
    (Kind.MISSION, r"mission|purpose|reason for|why (?:does|do) (?:this|the|a|an) (?:\w+ ){0,4}exist"),
    (Kind.SUMMARY, r"summar\w+|overview|in (?:a nutshell|short|brief)"),
    (Kind.COMPENSATION, r"salar\w+|wages?|paid|pay|pays|payment|payroll|compensation|benefits?|remunerat\w+|earn\w*|"
     r"bonus\w*|perks?|pension|holidays?|vacation|time off|overtime|insurance|free (?:parking|lunch)|"
     r"parking|training budget|stock options?|how much (?:money|does .{0,40}\b(?:make|get))"),
    (Kind.APPLICATION, r"appl(?:y|ying|ies|icants?)|applications? (?:deadline|form|process|period|materials?)|"
     r"(?:my|your|an|for|the) applications?|deadlines?|closing date|cover letter|resume|résumé|cv|filing"),
    (Kind.NOTICES, r"equal (?:\w+ )?opportunit\w+|discriminat\w+|(?:reasonable )?accommodations?|disabilit\w+|"
     r"notices?|disclaimers?|veterans?"),
    (Kind.ENVIRONMENT, r"work(?:ing)? (?:environment|conditions?|schedule|hours)|schedule|shifts?|physical\w*|"
     r"outdoors?|remote(?:ly)?|on[- ]?site|from home|tech(?:nology)? stack|"
     r"team (?:size|topology)|overnight|at night|travel\w*"),
    (Kind.VARIANTS, r"startups?|start-ups?|enterprises?|regulated|company size|(?:larger?|smaller?|bigger) compan\w+|"
     r"industr(?:y|ies)"),
)  # fmt: skip
_HINTS = tuple((kind, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for kind, words in _KIND_HINTS)

_ROLES = r"(?:roles?|positions?|jobs?|posts?|job (?:descriptions?|titles?|profiles?|bulletins?)|blueprints?|titles)"
_PLURAL = r"(?:roles|positions|jobs|posts|job (?:descriptions|titles|profiles|bulletins)|blueprints|levels)"
ALL_ROLES = re.compile(
    rf"\b(?:all|the|these|every|each|our|between|across)(?: of)?(?: the| these| our)? (?:\w+ )?{_PLURAL}\b|"
    rf"\bevery {_ROLES}\b|\b(?:roles|positions|jobs|levels) (?:differ|compare)\b",
    re.IGNORECASE,
)
OTHERS = re.compile(
    r"\b(?:the )?(?:other|remaining) (?:roles|ones|positions|jobs)\b|\bthe (?:others|rest)\b", re.IGNORECASE
)
_AGGREGATE = re.compile(
    rf"\b(?:which|what|how many|number of|do all|do any|does any|list (?:the|all)|all the) "
    rf"(?:of )?(?:the |these |our )?(?:\w+ )?{_ROLES}\b(?! (?:does|do|did|is|are) [^?]*\bplay(?:ed|ing)?\b)"
    rf"|\b(?:every|each|any|all|none|across|among|amongst)(?: of)?(?: the| these| our)? (?:\w+ )?{_ROLES}\b"
    rf"|\bdo (?:the|these|our) {_PLURAL}\b|\bare there (?:\w+ )?{_PLURAL}\b|\bwho else\b",
    re.IGNORECASE,
)
_LISTED = (
    r"(?:goals|skills|tools|kpis|metrics|responsibilities|deliverables|risks|signals|exercises|decisions|duties|"
    r"requirements|tasks|activities|stakeholders|roles|flags|qualifications|competencies|outcomes|benefits|milestones)"
)
_NO_PLURAL = r"(?!\w*(?:ss|us|is)\b|does\b|has\b|was\b)"
_LIST = re.compile(
    r"\b(?:list|name (?:all|every|the|some|two|three|four|five|\d+)|enumerate|all (?:of )?the|which are|"
    r"what are(?! .*\b(?:paid|called|expected|allowed|supposed|made|responsible)\W*$)|"
    r"give me (?:the|all|every)|every|examples? of)\b"
    rf"|\b(?:what|which) (?:[\w-]+ ){{0,3}}{_LISTED}\b|:\s*(?:what|which) {_NO_PLURAL}\w+s\b\W*$"
    rf"|\bwhich (?:of the )?(?:[\w-]+ )?{_NO_PLURAL}\w{{2,}}s (?:does|do|did|are|is|must|should|would|will|can|"
    r"could|may|might|has|have|need|apply|count|matter|show|of)\b"
    r"|\bwhich (?:people|criteria|staff)\b",
    re.IGNORECASE,
)


def kinds_hinted(question: str) -> tuple[Kind, ...]:
    """The section kinds that the words of a question hint at, in a fixed order.

    >>> [kind.value for kind in kinds_hinted("How much is the boss paid?")]
    ['stakeholders', 'compensation']
    >>> kinds_hinted("What is the capital of France?")
    ()
    """
    return tuple(kind for kind, words in _HINTS if words.search(question) is not None)


def hinting_words(question: str, kind: Kind) -> list[str]:
    """The words of the question that hint at a section kind.

    >>> hinting_words("Which red flags matter in an interview?", Kind.HIRING)
    ['red flags', 'interview']
    """
    return [found[0] for hinted, words in _HINTS if hinted is kind for found in words.finditer(question)]


def asks_for_all_roles(question: str) -> bool:
    """Whether the answer is found by looking at every role.

    >>> [asks_for_all_roles(q) for q in ("Which roles need Docker?", "Is there any job at sea?", "Which role does it \
play?")]
    [True, True, False]
    """
    return _AGGREGATE.search(question) is not None


def asks_for_list(question: str) -> bool:
    """Whether the answer is several things of one sort.

    >>> [asks_for_list(q) for q in ("Which KPIs count?", "What are the risks?", "Which database is used?")]
    [True, True, False]
    """
    return _LIST.search(question) is not None

"""Seniority that a role's name states, on one scale with an order.

The scale is common usage, not a standard: the career words that job titles share in English-speaking employers
(academy and graduate schemes, then individual contributors up to principal, then heads, directors and officers). The
words count only where they are a rank: "Staff Engineer" is one, "Chief of Staff" and "Account Executive" are not.
Numbers are an employer's own ladder ("Analyst II", "Level 3"): they order names of one ladder and say nothing else.
"""

from __future__ import annotations

import re

LEVELS = (
    "intern", "trainee", "assistant", "junior", "associate", "mid", "senior", "lead", "staff", "principal",
    "distinguished", "head", "director", "executive",
)  # fmt: skip
"""The scale, lowest first. A name with several ranks has the highest: a "Senior Staff Engineer" is staff."""

_RANK = {level: number for number, level in enumerate(LEVELS, 1)}
_RANKED = r"(?:director|manager|president|head|officer|chief|commissioner)\b"
_WORDS: tuple[tuple[str, str], ...] = (
    ("intern", r"\bintern(?:ship)?\b"),
    ("trainee", r"\b(?:trainee|apprentice|graduate(?! (?:school|stud))|academy(?= \w))\b"),
    ("assistant", rf"^assistant\b(?! (?:to|\S* ?{_RANKED}))"),
    ("junior", r"\b(?:junior|jr|entry[- ]level)\b"),
    ("associate", rf"^associate\b(?= \w)(?! {_RANKED})"),
    ("mid", r"\b(?:mid(?:[- ]?level|weight)?|intermediate|journey(?:man|[- ]level))\b"),
    ("senior", r"\b(?:senior|snr|sr)\b"),
    ("lead", r"^lead\b|(?:^|\b(?:tech|technical|team|practice|project|product|engineering|senior) )lead\b|\blead$"),
    ("staff", r"^(?:senior )?staff\b(?= \w)"),
    ("principal", r"\bprincipal\b"),
    ("distinguished", r"\bdistinguished\b(?= \w)"),
    ("head", r"^head\b|^(?:\S+ ){1,3}head(?: of\b|$)|^(?:deputy )?chief\b(?!.* officer\b)"),
    ("director", r"\bdirector\b"),
    (
        "executive",
        r"\bexecutive director\b|\bchief (?:\S+ ){1,4}officer\b|\bc[a-z]{1,2}o\b|"
        r"\b(?:[se]?vp|president|chief executive|managing director)\b",
    ),
)
_LEVELS = tuple((level, re.compile(pattern)) for level, pattern in _WORDS)
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5}
_STEP = re.compile(r"\b(?:level|grade|band|tier|l)[ -]?(?P<step>\d{1,2}|iii|ii|iv|i|v)\b(?![/–-])")
_LAST = re.compile(r"(?<=[a-z] )(?P<step>[1-9]|iii|ii|iv|i|v)$")


def level_of(role: str) -> str:
    """The seniority in a role's name, '' when it states none; a step of the employer's ladder follows the level.

    >>> [level_of(name) for name in ("Junior NLP Engineer", "Senior Engineer 2", "Deputy Director", "Tech Lead")]
    ['junior', 'senior 2', 'director', 'lead']
    >>> [level_of(name) for name in ("Analyst III", "Recruiter (Level 2)", "Chief Financial Officer", "VP Sales")]
    ['level 3', 'level 2', 'executive', 'executive']
    >>> [level_of(name) for name in ("Chief of Staff", "Account Executive", "Executive Assistant", "Librarian")]
    ['head', '', '', '']
    >>> [level_of(name) for name in ("Program Associate", "Leadership Coach", "Analyst I/II", "311 Operator")]
    ['', '', '', '']
    """
    name = " ".join(re.sub(r"[.,]", " ", role.lower()).split())
    bare = " ".join(re.sub(r"\([^)]*\)", " ", name).split())
    found = max((level for level, words in _LEVELS if words.search(bare)), key=_RANK.__getitem__, default="")
    match = _STEP.search(name)
    match = match if match is not None else _LAST.search(bare)
    if match is None:
        return found
    step = match["step"]
    return f"{found if found else 'level'} {_ROMAN.get(step, step)}"


def compare_levels(left: str, right: str) -> int | None:
    """-1, 0 or 1 as ``left`` stands below, beside or above ``right``; None where the two cannot be compared.

    Steps are compared within one level only; a bare step says nothing against a word.

    >>> compare_levels("junior", "staff"), compare_levels("senior 2", "senior 1"), compare_levels("level 3", "lead")
    (-1, 1, None)
    >>> compare_levels("senior 1", "senior"), compare_levels("", "senior")
    (None, None)
    """
    one, two = _place(left), _place(right)
    if one is None or two is None or (one[0] == 0) != (two[0] == 0):
        return None
    if one[0] == two[0] and (one[1] is None) != (two[1] is None):
        return None
    lower = (one[0], one[1] or 0)
    upper = (two[0], two[1] or 0)
    return (lower > upper) - (lower < upper)


def _place(level: str) -> tuple[int, int | None] | None:
    """Rank (0 for a bare step) and step."""
    word, _, step = level.partition(" ")
    if word != "level" and word not in _RANK:
        return None
    return _RANK.get(word, 0), int(step) if step else None

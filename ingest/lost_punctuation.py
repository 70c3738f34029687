"""Punctuation that an export lost to Thai: UTF-8 that was read as code page 874 and stripped of what had no letter.

Dashes, curly quotes, apostrophes and arrows begin with the byte E2, which is the Thai vowel SARA O there; their other
bytes have no Thai letter and are gone. The sign is told from its neighbours. Genuine Thai is untouched: the vowel is
written before its consonant, so one that no consonant follows is no Thai.
"""

from __future__ import annotations

import re

LOST = "\N{THAI CHARACTER SARA O}"
_THAI = "\u0e00-\u0e7f"
_CONSONANTS = "\u0e01-\u0e2e"
# No Thai letter around it, or nothing Thai can follow: a digit, a Latin letter, another such vowel.
_LONE = re.compile(
    f"(?<![{_THAI}]){LOST}(?![{_THAI}])|{LOST}(?=[0-9A-Za-z])|{LOST}(?={LOST})|(?<={LOST}){LOST}(?![{_THAI}])"
)
_GENUINE = re.compile(f"[{_CONSONANTS}]")
# Of these signs the last byte has a Thai letter, so they can be told; beside other Thai they begin a Thai word.
_HALF_LOST = re.compile(
    f"(?<![{_THAI}]){LOST}(?:([\u0e06\u0e02])(?![{_THAI}])|([\u0e05\u0e04\u0e2c])(?= ?[0-9]))"
)
_HALF_LOST_SIGNS = {"\u0e05": "≥", "\u0e04": "≤", "\u0e06": "…", "\u0e02": "•", "\u0e2c": "€"}
_EN_DASH, _EM_DASH, _ARROW = "\N{EN DASH}", "\N{EM DASH}", "\N{RIGHTWARDS ARROW}"
_OPENED = re.compile(r"[(:](?=[^(:]*$)")  # the last bracket or colon before the sign
_CHAIN = re.compile(rf"\s*[\w/ -]{{1,40}} {LOST} ")  # another spaced sign within a few words
_THIRD = re.compile(rf"\s*[\w/ -]{{1,30}} {LOST} [\w/ -]{{1,30}} {LOST} ")
_SINGLE = re.compile(rf"\s*[\w/-]{{1,20}} {LOST} [\w/-]{{1,20}}(?![ \w])")
_NAMED = (re.compile(r"[A-Z][\w/]*(?: [A-Z][\w/]*)?"), re.compile(r" [A-Z][\w/]*(?: [A-Z][\w/]*)?\)"))
_WORD = (re.compile(r"[a-z]+"), re.compile(r" [a-z]+(?= ?(?:$|[;,.)|\n]))"))
# Words that open an aside and name no stage of a chain (closed word classes of English).
_ASIDE = re.compile(
    r"\s*(?:not|nor|and|or|but|with|without|for|from|in|on|at|by|to|as|if|when|where|which|who|that|the|a|an|this|these"
    r"|including|especially|e\.g|i\.e|such|even|only|usually|often|its?|their|our|your)\b",
    re.IGNORECASE,
)


def restore_lost_punctuation(text: str) -> str:
    r"""Put back punctuation that an export replaced by one lone Thai vowel.

    >>> restore_lost_punctuation("2\u0e425 years, don\u0e42t, \u0e4290%, a \u0e42 b")
    '2–5 years, don’t, ≥90%, a — b'
    >>> restore_lost_punctuation("a \u0e42quoted phrase.\u0e42 here")
    'a “quoted phrase.” here'
    >>> restore_lost_punctuation("\u0e42\u0e1b\u0e23\u0e41\u0e01\u0e23\u0e21")  # the Thai word for programme
    'โปรแกรม'
    >>> restore_lost_punctuation("\u0e42\u0e054.2/5")  # one letter more is left of the sign
    '≥4.2/5'
    """
    if LOST not in text:
        return text
    return "\n".join(_restore_line(line) if LOST in line else line for line in text.split("\n"))


def _restore_line(line: str) -> str:
    if _GENUINE.search(_HALF_LOST.sub("", line)) is None:  # "โค" is a cow in a Thai line
        line = _HALF_LOST.sub(lambda match: _HALF_LOST_SIGNS[match[0][1]], line)
    out: list[str] = []
    open_quote = False
    for index, char in enumerate(line):
        if char != LOST or _LONE.match(line, index) is None:
            out.append(char)
            continue
        before = out[-1] if out else " "
        after = line[index + 1] if index + 1 < len(line) else " "
        rest = line[index + 1 : index + 60]
        sign = _lost_sign(before, _EM_DASH if after == LOST else after, rest, open_quote)
        if sign == _EM_DASH and _leads(line[max(index - 60, 0) : index], rest):
            sign = _ARROW
        if sign == _EM_DASH and before.isspace() and _ARROW in out[-30:]:  # the last link of a → b → c
            sign = _ARROW
        open_quote = {"\u201c": True, "\u201d": False}.get(sign, open_quote)
        out.append(sign)
    return "".join(out)


def _lost_sign(before: str, after: str, rest: str, open_quote: bool) -> str:
    """The sign that most likely stood between ``before`` and ``after`` (one character each)."""
    if before.isdigit() and after.isdigit():
        return _EN_DASH
    if after.isdigit():
        return _EN_DASH if before.isalnum() else "\N{GREATER-THAN OR EQUAL TO}"
    if before.isalpha() and re.match(r"(?:t|s|re|ve|ll|d|m)\b", rest):
        return "\N{RIGHT SINGLE QUOTATION MARK}"
    if before.isspace() and after.isspace():
        return _EM_DASH
    if open_quote and not before.isspace() and not after.isalnum():
        return "\u201d"
    if (before.isspace() or before in "([:/") and not after.isspace():
        return "\u201c"
    if before.isalpha() and after.isalpha():
        return _EM_DASH if before.islower() or before.isupper() else _EN_DASH
    if before.isalpha() and (after.isspace() or not after.isalnum()):
        return "\N{RIGHT SINGLE QUOTATION MARK}" if before == "s" else _EM_DASH
    return _EM_DASH


def _leads(done: str, rest: str) -> bool:
    """Whether a spaced sign leads from one stage to the next: ``: raw → cleaned → curated``, ``(Junior → Senior)``.

    Two asides in a sentence have two such signs too, so a chain needs a third, a colon or a bracket before it, or
    stages of one word; a single sign needs the bracket and names on both sides, or the colon and single words.
    """
    opened = _OPENED.search(done)
    if _CHAIN.match(rest) is not None and _ASIDE.match(rest) is None:
        return opened is not None or _THIRD.match(rest) is not None or _SINGLE.match(rest) is not None
    stage = "" if opened is None else done[opened.end() :].strip()
    if opened is None or not stage:
        return False
    pattern = _NAMED if opened[0] == "(" else _WORD
    return pattern[0].fullmatch(stage) is not None and pattern[1].match(rest) is not None

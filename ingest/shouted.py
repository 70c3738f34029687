"""Headings that are told by capitals: ``DUTIES`` on a line of its own, as job bulletins and adverts write them.

A shouted line is no heading where it reads on: a sentence over several lines, an address, a telephone number, a field
("GRADE: 15"), the last line. Capitals must mark several parts of a text that is not shouted itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from ingest.kinds import kind_of
from ingest.occupations import is_occupation
from ingest.records import Kind

_LONGEST = 70  # characters
_MOST_WORDS = 9
_MIN_HEADINGS = 3
_MIN_FRAMED = 2
_MOST_SHOUTED = 0.4  # of the letters that head nothing; above, capitals are how the text is written
_TITLE_LINES = 3  # lines at the head that may be the title
# Asterisks and underscores are left out: they stress whole sentences.
_FRAME = re.compile(r"^(?P<frame>[=#~-])(?P=frame)+ *(?P<text>[^\W_].{0,66}?[^\W_:]:?) *(?P=frame){2,}$")
_REMARK = re.compile(r"(?:notes?|remarks?|examples?)\b", re.IGNORECASE)
_SHORT_WORD = 5  # letters; a shorter word alone on its line is an acronym, unless it says a kind
# A list marker, or a number with its dot: items may be shouted too.
_ITEM = re.compile(r"^(?:[-*+•◦▪·●○■–—]|\(?(?:\d{1,3}|[a-z])[.)])\s", re.IGNORECASE)
# Long numbers, e-mail and web addresses, money: data, not names. "311 DIRECTOR" stays possible.
_DATA = re.compile(r"\d{4}|\d-\d|@|www\.|://|[$£€]|^\d+ (?:\w+ )+(?:ST|STREET|AVE|AVENUE|ROAD|RD|BLVD|LANE|DRIVE)\b")
_FIELD = re.compile(r"^[^:]{2,40}:\s*\S")
# What a name does not begin with or hold, and a sentence or its continuation does.
_READS_ON = re.compile(
    r"^(?:A|AN|AND|OR|ON|BUT|IF|PLEASE|DO|DON'T|NOT|NO|THIS|THESE|ALL)\b|^THE\b.*\b(?:IS|ARE)\b|"
    r"\b(?:IS|ARE|WAS|WILL|MUST|SHALL|SHOULD|MAY|CANNOT|HAS|HAVE|BEEN|BE GIVEN)\b"
)
_BREAKS_OFF = re.compile(r"\b(?:AN?|AND|OR|OF|ON|THE|TO|FOR|IN|BY|WITH|ONLY)$")
_LABEL = re.compile(r"^[^\W\d_][\w &/'’-]{2,38}:$")
_MOST_LABEL_WORDS = 4


def shouted_headings(lines: Sequence[str], blank_before: Sequence[bool] | None = None) -> dict[int, int]:
    """Heading levels by the index of the line (stripped, in order, none blank); {} when capitals mark no headings.

    ``blank_before`` tells which lines follow an empty line. Level 0 is the title (over several lines, if they are
    one name); framed lines ("=== DETAILS ===") stand above the others; names that say no section's kind stand below
    where they come again and again or end with a colon as few others do ("NOTES:").

    >>> text = "BEEKEEPER|Hive: 12|PAY|Nine pots of honey a year|DUTIES|Keeps bees and their hives.|NOTES:|They sting."
    >>> shouted_headings(text.split("|"))
    {0: 0, 2: 1, 4: 1, 6: 2}
    >>> shouted_headings(["We use HTML.", "NASA", "and", "ESA", "are agencies."])
    {}
    """
    gaps = [True] * len(lines) if blank_before is None else blank_before
    framed = {i for i, line in enumerate(lines) if _FRAME.match(line)}
    title = _title(lines, framed)
    names = {i for i, line in enumerate(lines) if i not in title and i not in framed and _may_head(lines, i, gaps)}
    found = {_bare(lines[i]) for i in names | framed}
    rest = [line for i, line in enumerate(lines) if i not in names and i not in framed and i not in title]
    if len(found) < (_MIN_FRAMED if framed else _MIN_HEADINGS) or _share_shouted(rest) > _MOST_SHOUTED:
        return {}
    top = 2 if framed else 1
    colons = 2 * sum(lines[i].endswith(":") for i in names) > len(names)  # then a colon says nothing
    again = _again([_bare(lines[i]) for i in sorted(names)])
    levels = dict.fromkeys(title, 0) | dict.fromkeys(framed, 1)
    for index in names:
        text = lines[index]
        leads = text.endswith(":") and (not colons or _REMARK.match(text) is not None)
        levels[index] = top + (kind_of((text,)) is Kind.OTHER and (leads or _bare(text) in again))
    for index in range(1, len(lines) - 1):  # in such a text a short name with a colon alone on its line is a label
        if index not in levels and _is_label(lines, index, gaps):
            levels[index] = top + (kind_of((lines[index],)) is Kind.OTHER or not gaps[index])
    return dict(sorted(levels.items()))


def heading_text(line: str) -> str:
    """A heading without its frame.

    >>> heading_text("=== JOB DETAILS ==="), heading_text("DUTIES")
    ('JOB DETAILS', 'DUTIES')
    """
    match = _FRAME.match(line)
    return match["text"] if match is not None else line


def common_level(levels: Mapping[int, int]) -> int:
    """The level that most headings have, the title apart and the higher of two; 0 for none.

    >>> common_level({0: 0, 3: 1, 7: 2, 9: 1}), common_level({})
    (1, 0)
    """
    counted = Counter(level for level in levels.values() if level > 0)
    return min(counted, key=lambda level: (-counted[level], level)) if counted else 0


def _bare(text: str) -> str:
    return re.sub(r"[^\w/&]+", " ", text).strip().lower()


def _again(names: Sequence[str]) -> frozenset[str]:
    return frozenset(name for name in names if names.count(name) > 1)


def is_shouted(text: str) -> bool:
    """Whether a line is a name in capitals: a word of three letters or more, no sentence, no data, no item.

    >>> [is_shouted(text) for text in ("WHERE TO APPLY", "311 DIRECTOR", "IT", "TDD (213) 555-9312", "DO NOT ENTER")]
    [True, True, False, False, False]
    """
    text = text.strip()
    if not text.isupper() or len(text) > _LONGEST or len(text.split()) > _MOST_WORDS or text[-1] in ".!?;,":
        return False
    if re.search(r"[A-ZÀ-Þ]{3}", text) is None or _ITEM.match(text) or _DATA.search(text) or _FIELD.match(text):
        return False
    return not text.startswith("|") and _READS_ON.search(text) is None


def _may_head(lines: Sequence[str], index: int, gaps: Sequence[bool]) -> bool:
    """A shouted name with something to head, neither the rest of a shouted sentence nor its beginning."""
    text = lines[index]
    if not is_shouted(text) or index + 1 == len(lines):
        return False
    if index > 0 and not gaps[index] and _continues(lines[index - 1]):
        return False
    if kind_of((text,)) is not Kind.OTHER:  # "REPORTS TO" is complete
        return True
    word = " " not in text and (not gaps[index] or len(text) < _SHORT_WORD or not text.strip(":").isalpha())
    if word or _BREAKS_OFF.search(text):
        return False  # an acronym, a word within a paragraph; a sentence's first line
    return gaps[index + 1] or not _continues(lines[index + 1])


def _continues(text: str) -> bool:
    """A shouted line that is no field: beside another one it is its continuation."""
    if not text.isupper() or _FIELD.match(text) or _DATA.search(text):
        return False
    return not is_shouted(text) or kind_of((text,)) is Kind.OTHER


def _title(lines: Sequence[str], framed: set[int]) -> list[int]:
    """The shouted lines at the very head, before anything else."""
    found: list[int] = []
    for index in range(min(_TITLE_LINES, len(lines) - 1)):
        text = lines[index]
        section = kind_of((text,)) is not Kind.OTHER and not is_occupation(text)
        if index in framed or not is_shouted(text) or section:
            break
        found.append(index)
        if is_occupation(text):
            break
    return found


def _is_label(lines: Sequence[str], index: int, gaps: Sequence[bool]) -> bool:
    text = lines[index]
    if _LABEL.match(text) is None or len(text.split()) > _MOST_LABEL_WORDS or not text[0].isupper():
        return False
    alone = gaps[index] and gaps[index + 1]
    return alone or kind_of((text,)) is not Kind.OTHER


def _share_shouted(lines: Sequence[str]) -> float:
    """How much of the text is in capitals, in letters; 1.0 for none."""
    letters = sum(sum(map(str.isalpha, line)) for line in lines)
    shouted = sum(sum(map(str.isalpha, line)) for line in lines if line.isupper())
    return shouted / letters if letters else 1.0

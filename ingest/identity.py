"""A document's title and, when it describes a role, the role's canonical name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from ingest.records import Block, BlockKind, Kind
from ingest.structure import kind_of

_ROLE_CELL = re.compile(r"^(?:role|job|position|class)(?: title| name)?$", re.IGNORECASE)
_ROLE_LINE = re.compile(r"^(?:role|job|position|class) (?:title|name)[:\s]+(?P<role>[A-Z].{2,60})$", re.IGNORECASE)
_ROLE_SENTENCE = re.compile(
    r"\b(?:The|An?) (?P<role>(?:[A-Z][\w&/+-]*\s){1,6})(?:is|are|leads?|builds?|owns?|designs?)\b"
)
_ROLE_KINDS = frozenset(
    {Kind.RESPONSIBILITIES, Kind.QUALIFICATIONS, Kind.SKILLS, Kind.KPIS, Kind.DECISIONS, Kind.CAREER, Kind.HIRING}
)
_MIN_ROLE_KINDS = 3
# How names of occupations end (engineer, director, analyst, assistant, technician, executive …).
_OCCUPATION = re.compile(r"^\S+(?: \S+){0,5}$(?<=er|or|st|nt|an|ve|ad|ef|rk|se)(?<!ment)$", re.IGNORECASE)
_NAME_LINE = re.compile(r"[^\W\d_][\w &/,()'’+-]{2,58}[\w)]")
_ABBREVIATION = 3  # letters
_SAYS_ROLE = re.compile(r"\b(?:role|job) (?:blueprint|profile|description)\b", re.IGNORECASE)
_TITLE_SUFFIX = re.compile(
    r"\s*(?:[:|(]|\s[-–—]\s|\b(?:role blueprint|role profile|job description|role description)\b).*$", re.IGNORECASE
)


def name_document(source: str, title: str, blocks: Sequence[Block]) -> tuple[str, str, tuple[Block, ...]]:
    """Title, role ('' when the document describes none) and the blocks with the title block at level 0.

    The title is the reader's, else the only top heading, else the role, else the file's name in words.
    """
    marked = _mark_title(blocks)
    heading = next((b.text for b in marked if b.kind is BlockKind.HEADING and b.level == 0), "")
    found = heading if heading else title if title else _first_line(marked)
    role = in_title_case(_role(found, marked))
    if not found:
        found = role if role else _in_words(source)
    return found, role, marked


def _mark_title(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """A first heading of a level that no other heading has, with deeper ones below it, is the document's title."""
    headings = [i for i, b in enumerate(blocks) if b.kind is BlockKind.HEADING]
    if not headings or any(blocks[i].level == 0 for i in headings):
        return tuple(blocks)
    first = headings[0]
    level = blocks[first].level
    if first > 3 or len(headings) < 2 or any(blocks[i].level <= level for i in headings[1:]):
        return tuple(blocks)
    return (*blocks[:first], replace(blocks[first], level=0), *blocks[first + 1 :])


def _first_line(blocks: Sequence[Block]) -> str:
    """The first line when it reads like a name: short, without digits or punctuation that a name does not have."""
    first = blocks[0].text if blocks and blocks[0].kind in (BlockKind.HEADING, BlockKind.PARAGRAPH) else ""
    return first if _NAME_LINE.fullmatch(first) and kind_of((first,)) is Kind.OTHER else ""


def in_title_case(role: str) -> str:
    """A role shouted in capitals as it is spoken of; short words are kept, they may be abbreviations.

    >>> in_title_case("AIRPORT ENGINEER"), in_title_case("GIS ANALYST"), in_title_case("Lead NLP Engineer")
    ('Airport Engineer', 'GIS Analyst', 'Lead NLP Engineer')
    """
    if not role.isupper():
        return role
    return " ".join(word.capitalize() if len(word) > _ABBREVIATION else word for word in role.split())


def _role(title: str, blocks: Sequence[Block]) -> str:
    kinds = {kind_of((b.text,)) for b in blocks if b.kind is BlockKind.HEADING}
    told = kinds & _ROLE_KINDS
    is_role = len(told) >= _MIN_ROLE_KINDS or _SAYS_ROLE.search(title) is not None
    is_role = is_role or (bool(told) and _OCCUPATION.search(shorten_title(title)) is not None)
    if not is_role:
        return ""
    short = shorten_title(title)
    if short and len(short.split()) <= 8:
        return short
    for block in reversed(blocks):
        if len(block.cells) == 2 and _ROLE_CELL.match(block.cells[0]):
            return block.cells[1]
        if match := _ROLE_LINE.match(block.text):
            return match["role"].strip()
    for block in blocks[:12]:
        if match := _ROLE_SENTENCE.search(block.text):
            return match["role"].strip()
    return ""


def shorten_title(title: str) -> str:
    """The role's name in a title.

    >>> shorten_title("Staff NLP Engineer: Role Blueprint, Skills, KPIs")
    'Staff NLP Engineer'
    >>> shorten_title("Lead Engineer – Job Description | Example Ltd")
    'Lead Engineer'
    """
    return _TITLE_SUFFIX.sub("", title).strip(" .,-–—")


def _in_words(source: str) -> str:
    """A file name as a title.

    >>> _in_words("roles/senior_data-engineer.txt")
    'Senior data engineer'
    """
    words = re.sub(r"[-_\s]+", " ", PurePosixPath(source).stem).strip()
    return words[:1].upper() + words[1:]

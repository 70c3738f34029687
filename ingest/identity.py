"""A document's title and, when it describes a role, the role's canonical name.

A role document names an occupation (ingest/occupations.py) in its title or in a field ("Job title: …") and has
sections or fields that only descriptions of roles have. Both are needed: a page about hiring has the sections
without the name, a glossary of roles has names without the sections.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from ingest.fields import fields_of
from ingest.kinds import kind_of, kinds_in
from ingest.occupations import holds_occupation, is_occupation
from ingest.records import Block, BlockKind, Kind
from ingest.title_case import SMALL_WORDS, in_title_case

_ROLE_FIELD = re.compile(r"(?:(?:role|job|position|class|posting|working|official) )?(?:title|name)|role|position|job")
_PLAIN_FIELD = frozenset({"title", "name"})  # say whose title only in the company of others
_ROLE_CELL = re.compile(r"^(?:role|job|position|class)(?: title| name)?$", re.IGNORECASE)
_ROLE_LINE = re.compile(r"^(?:role|job|position|class) (?:title|name)[:\s]+(?P<role>[A-Z].{2,60})$", re.IGNORECASE)
_ROLE_SENTENCE = re.compile(
    r"\b(?:The|An?) (?P<role>(?:[A-Z][\w&/+-]*\s){1,6})(?:is|are|leads?|builds?|owns?|designs?)\b"
)
_ROLE_KINDS = frozenset(
    {Kind.RESPONSIBILITIES, Kind.QUALIFICATIONS, Kind.SKILLS, Kind.KPIS, Kind.DECISIONS, Kind.CAREER, Kind.HIRING,
     Kind.COMPENSATION, Kind.APPLICATION}
)  # fmt: skip
_MIN_ROLE_KINDS = 3
_TELLING_KINDS = frozenset({Kind.RESPONSIBILITIES, Kind.SKILLS, Kind.COMPENSATION})
_CORE_KINDS = frozenset({Kind.RESPONSIBILITIES, Kind.QUALIFICATIONS})
_NAME_LINE = re.compile(r"[^\W\d_][\w &/,()'’+-]{2,58}[\w)]")
_DOCUMENT = r"(?:role|job|position) (?:blueprint|profile|description|guidance|specification)"
_SAYS_ROLE = re.compile(rf"\b{_DOCUMENT}\b", re.IGNORECASE)
_DOCUMENT_FIRST = re.compile(rf"^(?:[\w&-]+ )?{_DOCUMENT}\b[\s:–—-]*(?P<rest>\S.*)$", re.IGNORECASE)
_STATUS = re.compile(r"\s*[-–(]?\s*\b(?:revised|updated|amended|draft|final)\b\)?$", re.IGNORECASE)
_INNER_BRACKETS = re.compile(r"\s*\([^()]*\)(?=\s+\w)")
_TITLE_SUFFIX = re.compile(rf"\s*(?:[:|(]|\s[-–—]\s|\b{_DOCUMENT}\b).*$", re.IGNORECASE)
_LATE_FIELD = re.compile(r"\s+(?:[A-Z][a-z]+ ){0,2}[A-Z][a-z]+:\s+#?\d.*$")  # "CHIEF RANGER Class Code: 1968"
_MOST_ROLE_WORDS = 9
_MOST_TITLE_BLOCKS = 3
_MOST_PEERS = 3  # of a title that stands on the level of other headings
_FOLDER_NAMES = frozenset(("index", "readme", "default"))  # of the file that speaks for its folder


def name_document(source: str, title: str, blocks: Sequence[Block]) -> tuple[str, str, tuple[Block, ...]]:
    """Title, role ('' when the document describes none) and the blocks with the title block at level 0.

    The title is the only top heading, else the reader's, else a field that names the role, else the first line, else
    the role, else the file's name in words. Of several lines at the top, those that the file's name repeats count.
    """
    marked = _mark_title(source, title, blocks)
    text = "\n".join(block.text for block in marked)
    field = _role_field(marked) or _file_role(source, text)
    names = [name for name in (_top_lines(source, marked), title, field, _first_line(marked)) if name]
    found = next((name for name in names[:1] if not field or is_occupation(shorten_title(name, source))), field)
    found = found if found else "".join(names[:1])
    role = in_title_case(_role(source, found, field, marked), text)
    if not found:
        found = role if role else _by_place(source)
    return found, role, marked


def _mark_title(source: str, title: str, blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The heading that is the document's title goes to level 0.

    It is a first heading of a level that no other heading has, with deeper ones below it; or the very first block,
    where the reader states no other title and it heads more than one section of several.
    """
    headings = [i for i, b in enumerate(blocks) if b.kind is BlockKind.HEADING]
    if not headings or any(blocks[i].level == 0 for i in headings):
        return tuple(blocks)
    first = headings[0]
    others = [blocks[i] for i in headings[1:]]
    if first > _MOST_TITLE_BLOCKS or any(block.level < blocks[first].level for block in others):
        return tuple(blocks)
    alone = len(others) > 0 and all(block.level > blocks[first].level for block in others)
    if not alone and (first > 0 or not _heads_all(source, title, blocks[first], others)):
        return tuple(blocks)
    return (*blocks[:first], replace(blocks[first], level=0), *blocks[first + 1 :])


def _heads_all(source: str, title: str, first: Block, others: Sequence[Block]) -> bool:
    """Whether the heading that a document begins with is its title although others stand on its level, or none at all.

    It is when the reader states the same title, or the file is called after it, or a deeper heading follows it and few
    others are its equals. A name that says a section's kind ("Duties") must be in the file's name; of several roles on
    one level none is the title.
    """
    if title:
        return title.casefold() == first.text.casefold()
    peers = [block for block in others if block.level == first.level]
    if peers and first.level > 1:
        return False
    if is_occupation(first.text) and any(is_occupation(block.text) for block in peers):
        return False
    if _words(first.text) & _words(_by_place(source)) - SMALL_WORDS:
        return True
    if kind_of((first.text,)) is not Kind.OTHER and not is_occupation(first.text):
        return False
    return not peers or (others[0].level > first.level and len(peers) <= _MOST_PEERS)


def _top_lines(source: str, blocks: Sequence[Block]) -> str:
    """The title out of the level-0 headings: one, or a name over several lines, or the one the file is called after."""
    tops = [b.text for b in blocks if b.kind is BlockKind.HEADING and b.level == 0][:_MOST_TITLE_BLOCKS]
    if len(tops) < 2:
        return "".join(tops)
    words = _words(_in_words(source))
    choices = [*tops, " ".join(tops)]
    shared = [len(words & _words(text)) / len(words | _words(text)) for text in choices]
    return choices[max(range(len(choices)), key=lambda i: (shared[i], is_occupation(choices[i]), -i))]


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w{2,}", text.lower()))


def _first_line(blocks: Sequence[Block]) -> str:
    """The first line when it reads like a name: short, without digits or punctuation that a name does not have."""
    if not blocks or blocks[0].kind not in (BlockKind.HEADING, BlockKind.PARAGRAPH):
        return ""
    if blocks[0].kind is BlockKind.HEADING and any(
        b.kind is BlockKind.HEADING and b.level == blocks[0].level for b in blocks[1:]
    ):
        return blocks[0].text if is_occupation(blocks[0].text) else ""  # else one section's heading among several
    first = _LATE_FIELD.sub("", blocks[0].text)
    says = kind_of((first,)) is not Kind.OTHER and not is_occupation(first)
    return first if _NAME_LINE.fullmatch(first) and not says else ""


def _role_field(blocks: Sequence[Block]) -> str:
    """The occupation that a field or a closing table names; '' for none."""
    fields = fields_of(blocks)
    for name, value in fields:
        alone = name in _PLAIN_FIELD and len(fields) < _MIN_ROLE_KINDS
        if _ROLE_FIELD.fullmatch(name) and not alone and is_occupation(shorten_title(value)):
            return value
    return ""


def _file_role(source: str, text: str) -> str:
    """The occupation that the file is called after, as the text spells it; '' where the text never names it."""
    name = _file_name(source)
    if " " not in name or not is_occupation(name):
        return ""
    spelled = re.findall(r"\b" + r"[ –-]".join(map(re.escape, name.split())) + r"\b", text, re.IGNORECASE)
    counted = Counter(form for form in spelled if form[0].isupper())
    return max(counted, key=lambda form: (counted[form], form)) if counted else ""


def _file_name(source: str) -> str:
    """A file's name in words, without the numbers around it."""
    return re.sub(r"^(?:\d+ )+|(?: \d+)+$", "", _in_words(source)).strip()


def _role(source: str, title: str, field: str, blocks: Sequence[Block]) -> str:
    short = shorten_title(title, source)
    told = _kinds_told(blocks) & _ROLE_KINDS
    named = is_occupation(short)
    if named and (told & _TELLING_KINDS or len(told) >= 2):
        return short
    if field and told:
        return shorten_title(field, source)
    if not title and told & _TELLING_KINDS and len(told) >= 2 and is_occupation(_file_name(source)):
        return _file_name(source).upper()
    says = _SAYS_ROLE.search(title) is not None and bool(told)
    if not says and not (len(told) >= _MIN_ROLE_KINDS and told & _CORE_KINDS):
        return ""
    if not says and not told >= _CORE_KINDS:
        return ""
    if (holds_occupation(short) or says) and 0 < len(short.split()) < _MOST_ROLE_WORDS:
        return short
    return _role_in_text(blocks)


def _kinds_told(blocks: Sequence[Block]) -> frozenset[Kind]:
    """What the headings and the names of the fields are about; where these say nothing, what the text speaks of."""
    headings = [b.text for b in blocks if b.kind is BlockKind.HEADING and b.level > 0]
    told = frozenset(kind_of((text,)) for text in [*headings, *(name for name, _ in fields_of(blocks))])
    return told if told & _ROLE_KINDS else kinds_in([b.text for b in blocks])


def _role_in_text(blocks: Sequence[Block]) -> str:
    for block in reversed(blocks):
        if len(block.cells) == 2 and _ROLE_CELL.match(block.cells[0]):
            return block.cells[1]
        if match := _ROLE_LINE.match(block.text):
            return match["role"].strip()
    for block in blocks[:12]:
        match = _ROLE_SENTENCE.search(block.text)
        if match and holds_occupation(match["role"]):
            return match["role"].strip()
    return ""


def shorten_title(title: str, source: str = "") -> str:
    """The role's name in a title; what follows a dash stays when the name of the file ``source`` says it too.

    >>> shorten_title("Staff NLP Engineer: Role Blueprint, Skills, KPIs")
    'Staff NLP Engineer'
    >>> shorten_title("Lead Engineer – Job Description | Example Ltd"), shorten_title("Role guidance: Team Lead")
    ('Lead Engineer', 'Team Lead')
    >>> shorten_title("Head of Practice - Hives", "head_of_practice_hives.md"), shorten_title("Care (CP) Principal")
    ('Head of Practice - Hives', 'Care Principal')
    """
    title = _INNER_BRACKETS.sub("", _STATUS.sub("", _LATE_FIELD.sub("", title)))
    if match := _DOCUMENT_FIRST.match(title):
        rest = shorten_title(match["rest"])
        if is_occupation(rest):
            return rest
    if " - " in title or " – " in title:
        whole = re.sub(r"\s*\([^()]*\)", "", title)
        parts = re.split(r"\s[-–]\s", whole)
        called = _words(_file_name(source))
        same = next((part for part in parts if is_occupation(part) and _words(part) == called), "")
        after = _words(" ".join(parts[1:]))
        if same or (after and is_occupation(parts[0]) and 2 * len(after & called) >= len(after)):
            return same if same else whole.strip(" .,-–—")
    return _TITLE_SUFFIX.sub("", title).strip(" .,-–—")


def _in_words(source: str) -> str:
    """A file name as a title.

    >>> _in_words("roles/senior_data-engineer.txt")
    'Senior data engineer'
    """
    words = re.sub(r"[-_\s]+", " ", PurePosixPath(source).stem).strip()
    return words[:1].upper() + words[1:]


def _by_place(source: str) -> str:
    """What a file's place calls it: its own name, or its folder's where the file speaks for the folder.

    >>> _by_place("data-team/README.md"), _by_place("data-team/bees.md"), _by_place("index.md")
    ('Data team', 'Bees', 'Index')
    """
    path = PurePosixPath(source)
    speaks = path.stem.lower() in _FOLDER_NAMES and path.parent.name
    return _in_words(path.parent.name) if speaks else _in_words(source)

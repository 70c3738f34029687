"""The nouns that ingestion makes. Every span is half-open, in code points of ``Document.text``.

``document.text[x.start:x.end] == x.text`` holds for every section, unit and chunk (tests/test_spans.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a section is about: a small taxonomy of role documents."""

    SUMMARY = "summary"
    MISSION = "mission"
    RESPONSIBILITIES = "responsibilities"
    ACTIVITIES = "activities"
    DELIVERABLES = "deliverables"
    MILESTONES = "milestones"
    KPIS = "kpis"
    SKILLS = "skills"
    TOOLS = "tools"
    ENVIRONMENT = "environment"
    STAKEHOLDERS = "stakeholders"
    DECISIONS = "decision rights"
    QUALIFICATIONS = "qualifications"
    CAREER = "career path"
    RISKS = "risks"
    VARIANTS = "variants"
    AUTOMATION = "automation"
    HIRING = "hiring"
    SCORECARD = "scorecard"
    COMPENSATION = "compensation"
    APPLICATION = "how to apply"
    NOTICES = "notices"
    OTHER = "other"


class BlockKind(StrEnum):
    """What a reader saw: the only vocabulary between readers and structure."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, paragraph, list item or table row as a reader found it.

    ``level`` is a heading's depth from 1, an item's nesting from 0, or that of a paragraph that only its indent makes
    an item; ``cells`` is filled for rows; ``header`` marks the header row of a table; ``page`` counts from 1, 0 where
    the format has no pages.
    """

    kind: BlockKind
    text: str
    level: int = 0
    cells: tuple[str, ...] = ()
    header: bool = False
    page: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that cleaning did: the step's name, how often, and an example or reason."""

    step: str
    count: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader saw in one file, before titles, sections and spans; its text is cleaned.

    ``facts`` is what the file says about itself (ingest/facts.py has the names); ``reader`` names the library that
    read it and its version, for the lineage.
    """

    format: str
    title: str
    blocks: tuple[Block, ...]
    notes: tuple[Note, ...]
    facts: tuple[tuple[str, str], ...] = ()
    reader: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """The stretch under one heading, up to the next heading of any level.

    ``heading`` is the path of headings, outermost first, without the document's title; () before the first.
    """

    index: int
    heading: tuple[str, ...]
    kind: Kind
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest citable thing: a sentence, a list item or a table row (``header``: its column names).

    ``level`` is the nesting below the unit that leads it in; a table's header row has the kind ``header``.
    """

    index: int
    section: int
    kind: str  # sentence | item | row | header
    start: int
    end: int
    text: str
    level: int = 0
    header: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive units of one section. ``indexed`` (role title, heading path, text) is what both indexes see."""

    id: str  # "<source>#<number>", stable for one chunker only
    source: str
    section: int
    heading: tuple[str, ...]
    kind: Kind
    role: str
    start: int
    end: int
    text: str
    indexed: str


@dataclass(frozen=True, slots=True)
class Document:
    """One cleaned document. ``source`` is its path relative to the library root; ``role`` is '' for other documents.

    ``id`` stays when the file is renamed. ``level`` is the seniority that the role's name states, ``code`` that of its
    class or job, '' for none; ``language`` is an ISO 639-1 code, '' where the text is too short to tell; ``dates``
    pairs what a date is (created, modified, published, …) with an ISO 8601 date; ``personal`` counts personal data by
    kind; ``pages`` holds the start of every page's text, () where the format has none; ``reader`` names what read it.
    """

    id: str
    source: str
    title: str
    role: str
    text: str
    sha256: str
    format: str
    audience: str
    notes: tuple[Note, ...]
    sections: tuple[Section, ...]
    units: tuple[Unit, ...]
    level: str = ""
    code: str = ""
    language: str = ""
    dates: tuple[tuple[str, str], ...] = ()
    personal: tuple[tuple[str, int], ...] = ()
    pages: tuple[int, ...] = ()
    reader: str = ""


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file: ``status`` is added, changed, renamed, unchanged, removed or failed."""

    source: str
    status: str
    format: str = ""
    title: str = ""
    role: str = ""
    characters: int = 0
    sections: int = 0
    units: int = 0
    seconds: float = 0.0
    message: str = ""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What the library remembers of a file: when all of it is still so, the file need not be read."""

    sha256: str
    made_by: str
    root: str
    id: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read at its last ingest."""

    sha256: str
    made_by: str
    root: str
    message: str


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a document's history."""

    id: str
    event: str  # added | changed | renamed | removed
    source: str
    sha256: str
    at: str  # ISO 8601, UTC

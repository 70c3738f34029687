"""The customer's five documents against counts that were established by reading the raw files.

Three text exports (000, 001, 004) and two WordPress posts (002, 003); they lie beside the checkout, not in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from ingest.library import Library
from ingest.records import Document, Kind, Unit


@dataclass(frozen=True)
class Counts:
    """What one file holds: the role, subsections, the rows of its four tables, and the columns of its KPI table.

    ``together`` says that the export joined the cells of a row by spaces, so that not all can be told apart.
    """

    role: str
    subsections: int
    rows: tuple[int, int, int, int]  # KPIs, tools, interview scorecard, summary
    kpi_columns: int = 5
    together: bool = False


KNOWN = {
    "000": Counts("Lead NLP Scientist", 66, (17, 42, 8, 10), together=True),
    "001": Counts("Lead NLP Engineer", 74, (22, 30, 7, 11)),
    "002": Counts("Staff NLP Engineer", 77, (21, 32, 8, 10)),
    "003": Counts("Junior NLP Engineer", 74, (15, 33, 7, 10)),
    "004": Counts("Lead Data Scientist", 78, (20, 30, 7, 10), kpi_columns=6),
}
SECTIONS_WITH_TABLES = ("7", "10", "19", "20")
FREQUENCY = r"\b(?:daily|weekly|monthly|quarterly|semi-?annual\w*|annual\w*|continuous|per|bi-?weekly|each|at)\b"


@pytest.fixture(params=KNOWN)
def known(request, customer) -> tuple[Document, Counts]:
    documents = Library.open(customer).documents()
    return next(d for d in documents if d.source.startswith(request.param)), KNOWN[request.param]


def top(document: Document, unit: Unit) -> str:
    """The number of the section that a unit stands in, '' before the first."""
    heading = document.sections[unit.section].heading
    return re.split(r"[.)]", heading[0])[0] if heading else ""


def rows(document: Document, number: str) -> list[Unit]:
    return [unit for unit in document.units if unit.kind == "row" and top(document, unit) == number]


def cells(unit: Unit) -> list[str]:
    return unit.text.strip("| ").split(" | ") if unit.text.startswith("|") else []


def test_role_and_twenty_sections(known):
    document, counts = known
    assert document.role == counts.role
    tops = list(dict.fromkeys(section.heading[0] for section in document.sections if section.heading))
    assert [re.split(r"[.)]", text)[0] for text in tops] == [str(number) for number in range(1, 21)]
    assert {top(document, unit) for unit in document.units} - {""} == {str(number) for number in range(1, 21)}


def test_subsections(known):
    """At least those that are headings in the file; a bold line of its own may be one more."""
    document, counts = known
    found = sum(len(section.heading) > 1 for section in document.sections)
    assert counts.subsections <= found <= counts.subsections + 3
    assert all(section.text.strip() != section.heading[-1] for section in document.sections if len(section.heading) > 1)


def test_every_row_of_every_table(known):
    document, counts = known
    found = tuple(len(rows(document, number)) for number in SECTIONS_WITH_TABLES)
    assert found == counts.rows
    assert sum(unit.kind == "row" for unit in document.units) == sum(counts.rows)
    assert all(len(unit.header) > 1 for unit in document.units if unit.kind == "row")


def test_every_kpi_row_can_be_read_alone(known):
    """Metric, meaning, target and frequency are cells of their own, under their names."""
    document, counts = known
    header = {unit.header for unit in rows(document, "7")}
    assert len(header) == 1
    names = next(iter(header))
    assert len(names) == counts.kpi_columns
    for word in ("metric", "measures", "matters", "target", "frequency"):
        assert sum(word in name.lower() for name in names) == 1, word
    apart = [cells(unit) for unit in rows(document, "7") if cells(unit)]
    assert all(len(row) == len(names) and all(row) for row in apart)
    assert all(re.search(FREQUENCY, row[-1], re.IGNORECASE) for row in apart)
    assert len(apart) == counts.rows[0] or (counts.together and len(apart) >= 9)
    assert {document.sections[unit.section].kind for unit in rows(document, "7")} == {Kind.KPIS}


def test_a_row_that_cannot_be_split_is_whole(known):
    """Its line names a metric and ends with how often it is taken."""
    document, _ = known
    for unit in rows(document, "7"):
        if not cells(unit):
            assert re.search(FREQUENCY, unit.text.split("  ")[-1][-20:], re.IGNORECASE), unit.text[:20]


def test_skills_hold_their_uses(known):
    """Under the must-have skills every skill leads in what it is used for."""
    document, _ = known
    skills = [u for u in document.units if top(document, u) == "8" and re.match(r"(?:Typical )?[Uu]se\b", u.text)]
    assert skills
    assert all(unit.level > 0 for unit in skills)


def test_nothing_of_the_site_is_left_and_no_letter_for_lost_punctuation(known):
    document, _ = known
    ends = (document.text[:400] + document.text[-600:]).lower()
    furniture = r"hospital|certification courses|subscribe|comments|inline feedback|great article|explore"
    assert re.search(furniture, ends) is None
    assert "\N{THAI CHARACTER SARA O}" not in document.text
    assert top(document, document.units[-1]) == "20"
    assert document.units[-1].kind == "row"


def test_what_was_dropped_is_told(known):
    document, _ = known
    told = {note.step: note.count for note in document.notes if note.step in ("drop_head", "drop_tail")}
    expected = {"000": {"drop_head": 5, "drop_tail": 19}, "001": {"drop_tail": 3}, "004": {"drop_tail": 4}}
    assert told == expected.get(document.source[:3], {})

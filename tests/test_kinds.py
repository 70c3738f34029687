"""Section kinds: by headings (tests/cases/kinds.json) and by content."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.kinds import kind_of, kind_of_content, kinds_in
from ingest.records import Kind

CASES = json.loads((Path(__file__).parent / "cases" / "kinds.json").read_text(encoding="utf-8"))
DUTIES = ["Manages the orchard.", "Supervises two pickers.", "Prepares the harvest plan."]
PAY = ["The annual salary is $40,000 to $52,000.", "Dental insurance from day one.", "Paid leave of five weeks."]
SCHOOLING = ["A bachelor's degree in botany.", "Three years of paid experience with bees.", "A driver's license."]
SKILLS = ["Ability to climb ladders.", "Working knowledge of apples.", "Proficient in pruning."]
ENTRY = ["Apply online by May 1.", "Send a cover letter.", "Applications must name two referees."]
PLAIN = ["The hive is blue.", "Bees fly at noon.", "It rained."]


@pytest.mark.parametrize("case", CASES, ids=lambda case: " › ".join(case["heading"]))
def test_a_heading_says_the_kind(case: dict[str, Any]) -> None:
    assert kind_of(case["heading"]) == case["kind"]


@pytest.mark.parametrize(
    ("units", "kind"),
    [
        (DUTIES, Kind.RESPONSIBILITIES),
        (PAY, Kind.COMPENSATION),
        (SCHOOLING, Kind.QUALIFICATIONS),
        (SKILLS, Kind.SKILLS),
        (ENTRY, Kind.APPLICATION),
        (PLAIN, Kind.OTHER),
        (["Open the lid.", "Check the frames.", "Close the lid."], Kind.OTHER),  # instructions are no duties
        (["Reviewing frames", "Creating queens", "Training swarms"], Kind.OTHER),  # nor are captions
        ([*DUTIES, *PLAIN], Kind.OTHER),  # half is not most
        ([*DUTIES, PLAIN[0]], Kind.RESPONSIBILITIES),
    ],
)
def test_content_says_the_kind_where_most_units_agree(units: list[str], kind: Kind) -> None:
    assert kind_of_content(units) is kind


@given(st.lists(st.sampled_from([*DUTIES, *PAY, *SKILLS, *PLAIN]), max_size=2))
def test_two_units_say_nothing(units: list[str]) -> None:
    assert kind_of_content(units) is Kind.OTHER


@given(st.permutations([*DUTIES, *PAY, PLAIN[0]]))
def test_the_order_of_units_says_nothing(units: list[str]) -> None:
    assert kinds_in(units) == {Kind.RESPONSIBILITIES, Kind.COMPENSATION}
    assert kind_of_content(units) is Kind.OTHER


@given(st.lists(st.text(max_size=60), max_size=8))
def test_any_text_has_a_kind(units: list[str]) -> None:
    assert isinstance(kind_of(units), Kind)
    assert isinstance(kind_of_content(units), Kind)

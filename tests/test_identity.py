"""Titles, roles and levels (tests/cases/identity.json)."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.identity import name_document, shorten_title
from ingest.levels import LEVELS, compare_levels, level_of
from ingest.library import Library
from ingest.occupations import is_occupation
from ingest.readers import read
from ingest.records import BlockKind
from ingest.title_case import in_title_case

CASES = json.loads((Path(__file__).parent / "cases" / "identity.json").read_text(encoding="utf-8"))
ROLES = ("Junior NLP Engineer", "Lead Data Scientist", "Lead NLP Engineer", "Lead NLP Scientist", "Staff NLP Engineer")
STATED = ["", *LEVELS, *(f"{level} {step}" for level in (*LEVELS, "level") for step in (1, 2, 3))]


@pytest.mark.parametrize(("role", "level"), CASES["levels"])
def test_a_name_states_its_level(role: str, level: str) -> None:
    assert level_of(role) == level
    assert level_of(role.upper()) == level


@pytest.mark.parametrize(("title", "source", "role"), CASES["names"])
def test_the_name_in_a_title(title: str, source: str, role: str) -> None:
    assert shorten_title(title, source) == role


@pytest.mark.parametrize("case", CASES["roles"], ids=lambda case: case["label"])
def test_which_documents_describe_a_role(case: dict[str, str]) -> None:
    reading = read(case["source"], case["text"].encode())
    _, role, _ = name_document(case["source"], reading.title, reading.blocks)
    assert role == case["role"]


@pytest.mark.parametrize("library", ["bundled", "customer"])
def test_the_roles_of_the_blueprints(library: str, request: pytest.FixtureRequest) -> None:
    documents = Library.open(request.getfixturevalue(library)).documents()
    assert tuple(sorted(document.role for document in documents)) == ROLES


@given(st.sampled_from(STATED), st.sampled_from(STATED), st.sampled_from(STATED))
def test_levels_are_ordered(one: str, two: str, three: str) -> None:
    forth, back = compare_levels(one, two), compare_levels(two, one)
    assert back == (None if forth is None else -forth)
    if forth is not None and forth <= 0 and compare_levels(two, three) in (-1, 0):
        assert compare_levels(one, three) in (-1, 0, None)


def test_the_scale_goes_up() -> None:
    assert all(compare_levels(low, high) == -1 for low, high in itertools.combinations(LEVELS, 2))


@given(st.text(max_size=70))
def test_any_name_is_borne(name: str) -> None:
    assert level_of(name) == "" or compare_levels(level_of(name), level_of(name)) == 0
    assert in_title_case(name, name) == name or name.isupper()
    assert not is_occupation(f"{name}.")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300))
def test_naming_changes_no_text(text: str) -> None:
    if not text.strip():
        return
    reading = read("x.txt", text.encode())
    _, _, blocks = name_document("x.txt", reading.title, reading.blocks)
    assert [block.text for block in blocks] == [block.text for block in reading.blocks]
    assert all(a.level == b.level or b.kind is BlockKind.HEADING for a, b in zip(reading.blocks, blocks, strict=True))

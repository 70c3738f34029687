"""What is understood from a question: roles, shape and section kinds, from a file of cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.query import understand
from retrieval.roles import mentions

FILE = json.loads((Path(__file__).parent / "cases" / "queries.json").read_text("utf-8"))
ROLES = tuple(FILE["roles"])


def _case(case: dict[str, Any]) -> Any:
    reason = case.get("known_failure")
    marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason is not None else []
    return pytest.param(case, id=case["question"], marks=marks)


@pytest.mark.parametrize("case", [_case(case) for case in FILE["cases"]])
def test_questions_are_understood(case: dict[str, Any]) -> None:
    query = understand(case["question"], ROLES)
    assert list(query.roles) == case["roles"]
    assert query.shape == case["shape"]
    assert set(case["kinds"]) <= {kind.value for kind in query.kinds}


def test_kinds_are_not_hinted_by_everything() -> None:
    assert understand("What is the capital of France?", ROLES).kinds == ()


@given(st.text(max_size=200))
def test_any_text_is_read_without_failing(question: str) -> None:
    query = understand(question, ROLES)
    assert set(query.roles) <= set(ROLES)
    assert len(set(query.roles)) == len(query.roles)


@given(role=st.sampled_from(ROLES), before=st.sampled_from(["", "what does the ", "KPIs of a "]), case=st.booleans())
def test_a_whole_title_names_exactly_its_role(role: str, before: str, case: bool) -> None:
    question = f"{before}{role}?"
    assert mentions(question.upper() if case else question, ROLES).roles == (role,)


@given(st.lists(st.sampled_from(ROLES), min_size=2, max_size=4, unique=True))
def test_titles_in_a_row_are_named_in_order_of_mention(named: list[str]) -> None:
    assert mentions(" and ".join(named), ROLES).roles == tuple(named)


def test_a_library_without_roles_names_none() -> None:
    assert understand("Compare the lead and the junior", ()).roles == ()

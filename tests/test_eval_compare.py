"""Two runs question by question: what is shown, what is not, and the family that p-values are adjusted over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import UserError
from eval.compare import FAMILY, changes, compare, lift
from eval.paired import holm
from eval.records import Comparison, Row, Scorecard
from eval.scorecard import as_dict, from_dict, slices
from eval.table import comparisons

DOCUMENTS = 5


def card(values: Sequence[Mapping[str, float | None]], start: int = 0) -> Scorecard:
    rows = tuple(
        Row(f"q{number}", f"{number % DOCUMENTS}.md", "answered", "right", {}, value)
        for number, value in enumerate(values, start=start)
    )
    return Scorecard({}, rows, slices(rows))


def means(name: str, values: Sequence[float | None]) -> Scorecard:
    return card([{name: value} for value in values])


def only(found: Sequence[Comparison]) -> Comparison:
    (comparison,) = found
    return comparison


HEADER = {
    "config": {"name": "endpoint", "chat": {"model": "small", "max_tokens": 400}},
    "prompts": {"prose": 1},
    "prompt_texts": {"prose": "aaa"},
    "library": {"fingerprint": "f", "documents": [{"source": "a.md", "sha256": "1"}]},
}


def about(gold: str = "g", **changed: Any) -> Scorecard:
    return Scorecard({"run": {"sha256": gold, **HEADER, **changed}, "gold": {"sha256": gold}}, (), ())


def test_equal_settings_leave_nothing_to_say() -> None:
    assert changes(about(), about()) == ()


def test_what_differs_between_two_runs_is_named() -> None:
    found = changes(
        about(),
        about(
            "h",
            config={"name": "endpoint", "chat": {"model": "a" * 80, "max_tokens": 400}},
            prompts={"prose": 2, "rewrite": 1},
            prompt_texts={"prose": "bbb"},
            library={"fingerprint": "f2", "documents": []},
        ),
    )
    assert found == (
        f"config.chat.model: small → {'a' * 60}…",
        "prompts.prose: 1 → 2",
        "prompts.rewrite: nothing → 1",
        "prompt_texts.prose: aaa → bbb",
        "library.fingerprint: f → f2",
        "library.documents: another list",
        "gold: another file",
    )


def test_a_summary_that_says_less_is_compared_in_what_it_says() -> None:
    old = Scorecard({"run": {"prompts": {"prose": 1}}}, (), ())
    assert changes(old, about(prompts={"prose": 3})) == ("prompts.prose: 1 → 3",)
    assert changes(Scorecard({}, (), ()), about()) == ()


VARIED = [(number * 7 % 11) / 10 for number in range(60)]
LOWER = [max(0.0, value - 0.2 - (number % 3) / 20) for number, value in enumerate(VARIED)]


@pytest.mark.parametrize("name", ["KeyFacts", "Correct"])
def test_a_run_against_itself_shows_no_difference(name: str) -> None:
    same = means(name, [1.0, 0.0, 1.0] * 20)
    found = only(compare(same, same, [name]))
    assert (found.difference, found.p, found.adjusted_p, found.n) == (0.0, 1.0, 1.0, 60)
    assert found.call == "no difference shown"
    assert found.first == found.second == pytest.approx(2 / 3)


@given(st.lists(st.sampled_from([0.0, 0.25, 1.0]), min_size=1, max_size=15))
def test_whatever_the_values_a_run_equals_itself(values: list[float]) -> None:
    same = card([{"KeyFacts": value, "Correct": float(value == 1.0)} for value in values])
    assert {one.call for one in compare(same, same)} == {"no difference shown"}


def test_a_clear_regression_of_a_mean_is_worse_and_its_mirror_better() -> None:
    first, second = means("KeyFacts", VARIED), means("KeyFacts", LOWER)
    worse, better = only(compare(first, second, ["KeyFacts"])), only(compare(second, first, ["KeyFacts"]))
    assert (worse.call, better.call) == ("worse", "better")
    assert worse.difference == pytest.approx(sum(LOWER) / 60 - sum(VARIED) / 60)
    assert worse.low is not None
    assert worse.high is not None
    assert worse.low < (worse.difference or 0.0) < worse.high < 0
    assert (better.low, better.high) == pytest.approx((-worse.high, -worse.low))


def test_a_clear_regression_of_a_rate_uses_mcnemar() -> None:
    before = [1.0] * 40 + [0.0] * 20
    after = [1.0] * 20 + [0.0] * 20 + [0.0] * 20  # 20 lost, none gained
    found = only(compare(means("Refusal", before), means("Refusal", after), ["Refusal"]))
    assert (found.test, found.call) == ("exact McNemar", "worse")
    assert found.p == pytest.approx(2 * 0.5**20)
    assert (found.first, found.second, found.difference) == pytest.approx((2 / 3, 1 / 3, -1 / 3))


def test_more_of_what_should_be_rare_is_worse() -> None:
    found = only(compare(means("ForbiddenFacts", [0.0] * 40), means("ForbiddenFacts", [1.0] * 40), ["ForbiddenFacts"]))
    assert (found.call, found.difference) == ("worse", 1.0)


def test_three_questions_show_nothing() -> None:
    found = only(compare(means("Correct", [1.0] * 3), means("Correct", [0.0] * 3), ["Correct"]))
    assert (found.difference, found.call) == (-1.0, "no difference shown")
    assert found.detectable is not None
    assert found.detectable > 0.5


def test_holm_is_over_what_both_runs_have() -> None:
    before = [{"Correct": 1.0, "Refusal": 1.0, "FalseRefusal": 0.0, "KeyFacts": None}] * 60
    after = [
        {"Correct": float(n >= 9), "Refusal": float(n >= 7), "FalseRefusal": float(n < 1), "KeyFacts": 1.0}
        for n in range(60)
    ]
    found = {one.measure: one for one in compare(card(before), card(after))}
    assert set(found) == {"Correct", "Refusal", "FalseRefusal"}  # KeyFacts has no pair, the others nobody has
    raw = {name: one.p for name, one in found.items() if one.p is not None}
    assert raw == pytest.approx({"Correct": 2 * 0.5**9, "Refusal": 2 * 0.5**7, "FalseRefusal": 1.0})
    assert {name: one.adjusted_p for name, one in found.items()} == holm(raw)
    assert found["Correct"].adjusted_p == pytest.approx(3 * 2 * 0.5**9)
    assert {name: one.call for name, one in found.items()} == {
        "Correct": "worse", "Refusal": "worse", "FalseRefusal": "no difference shown",
    }  # fmt: skip


def test_a_wide_family_hides_what_a_narrow_one_shows() -> None:
    lost = [float(n >= 6) for n in range(60)]  # p = 2 / 64 = 0.031
    before = card([{name: 1.0 for name in ("Refusal", "Correct")}] * 60)
    after = card([{"Refusal": lost[n], "Correct": 1.0} for n in range(60)])
    assert only(compare(before, after, ["Refusal"])).call == "worse"
    assert {one.call for one in compare(before, after)} == {"no difference shown"}


def test_only_shared_questions_with_both_values_are_paired() -> None:
    first = card([{"Correct": 1.0}, {"Correct": 1.0}, {"Correct": None}, {}, {"Correct": 0.0}])
    second = card([{"Correct": 0.0}, {"Correct": None}, {"Correct": 1.0}, {"Correct": 1.0}, {"Correct": 0.0}], start=1)
    found = only(compare(first, second, ["Correct"]))
    assert (found.n, found.first, found.second) == (2, 0.5, 0.5)  # q1: 1 -> 0 and q4: 0 -> 1


def test_the_order_of_the_questions_is_nothing() -> None:
    first, second = means("KeyFacts", VARIED), means("KeyFacts", LOWER)
    turned = Scorecard({}, second.rows[::-1], second.slices)
    assert compare(first, turned, ["KeyFacts"]) == compare(first, second, ["KeyFacts"])


def test_nothing_in_common_is_the_users_to_mend() -> None:
    one, other = card([{"Correct": 1.0}]), card([{"Correct": 1.0}], start=7)
    with pytest.raises(UserError, match=r"no question in common.+ same gold file"):
        compare(one, other)
    with pytest.raises(UserError, match=r"no measure 'Corect'.+ Correct"):
        compare(one, one, ["Corect"])
    assert compare(one, card([{"Refusal": 1.0}])) == ()  # the questions, but no measure


def test_the_rerankers_lift() -> None:
    pairs = [
        {"fused.nDCG@10": low, "reranked.nDCG@10": high} for low, high in zip(LOWER, VARIED, strict=True)
    ]
    found = lift(card(pairs).rows)
    assert found is not None
    assert (found.measure, found.call, found.n) == ("reranked.nDCG@10", "better", 60)
    reversed_pairs = [{"fused.nDCG@10": p["reranked.nDCG@10"], "reranked.nDCG@10": p["fused.nDCG@10"]} for p in pairs]
    worse = lift(card(reversed_pairs).rows)
    assert worse is not None
    assert worse.call == "worse"
    assert lift(means("Correct", [1.0]).rows) is None


def test_the_family_is_spelled_right_and_shown() -> None:
    first, second = means("KeyFacts", VARIED), means("KeyFacts", LOWER)
    shown = comparisons(compare(first, second), 60, 60)
    assert "KeyFacts" in shown
    assert "worse" in shown
    assert len(set(FAMILY)) == len(FAMILY)
    assert compare(card([dict.fromkeys(FAMILY, 1.0)]), card([dict.fromkeys(FAMILY, 1.0)]))[-1].measure == FAMILY[-1]


def test_a_run_against_its_own_summary_is_the_same_run() -> None:
    exact = means("KeyFacts", [number / 7 + 0.5e-7 for number in range(1, 7)] * 9)
    found = only(compare(exact, from_dict(as_dict(exact)), ["KeyFacts"]))
    assert (found.difference, found.p, found.call) == (0.0, 1.0, "no difference shown")

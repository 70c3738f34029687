"""The release gate: every kind of line at its boundary, and regressions against a baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import comb, inf, nextafter

import pytest

from config import UserError
from eval.compare import FAMILY
from eval.gate import FAIL, PASS, UNDECIDED, gate
from eval.latency import LEAST
from eval.records import Attacks, GateLine, Row, Scorecard
from eval.redteam.attacks import read
from eval.scorecard import estimate, slices
from eval.table import gate_lines
from eval.thresholds import Demand, Thresholds

NOTHING = Thresholds((), baseline=())
FAMILIES = tuple(sorted({attack.family for attack in read().attacks}))


def card(
    values: Sequence[Mapping[str, float | None]], *, fates: Sequence[str] = (), seconds: Sequence[float] = ()
) -> Scorecard:
    rows = tuple(
        Row(
            f"q{n}", f"{n % 5}.md", "answered", fates[n] if fates else "right", {}, value,
            {"total": seconds[n]} if seconds else {},
        )
        for n, value in enumerate(values)
    )  # fmt: skip
    return Scorecard({"seed": 0}, rows, slices(rows))


def rate(name: str, ones: int, n: int) -> Scorecard:
    return card([{name: float(number < ones)} for number in range(n)])


def only(lines: Sequence[GateLine]) -> GateLine:
    (line,) = lines
    return line


def demanded(card: Scorecard, measure: str, **bound: float) -> GateLine:
    return only(gate(card, Thresholds((Demand("name", measure, **bound),), baseline=())))


@pytest.mark.parametrize(
    ("measure", "made"),
    [
        ("Refusal", rate("Refusal", 90, 100)),  # Wilson
        ("KeyFacts", card([{"KeyFacts": (n % 11) / 10} for n in range(60)])),  # by clusters
    ],
)
def test_a_demand_at_the_bounds_of_its_interval(measure: str, made: Scorecard) -> None:
    found = estimate(measure, made.rows)
    assert found.low is not None
    assert found.high is not None
    for bound, at_least, at_most in (
        (nextafter(found.low, -inf), PASS, FAIL),
        (found.low, PASS, UNDECIDED),
        (nextafter(found.low, inf), UNDECIDED, UNDECIDED),
        (found.value, UNDECIDED, UNDECIDED),
        (nextafter(found.high, -inf), UNDECIDED, UNDECIDED),
        (found.high, UNDECIDED, PASS),
        (nextafter(found.high, inf), FAIL, PASS),
    ):
        assert bound is not None
        assert demanded(made, measure, at_least=bound).verdict == at_least
        assert demanded(made, measure, at_most=bound).verdict == at_most
    line = demanded(made, measure, at_least=0.5)
    assert (line.demand, line.estimate) == (f"{measure} >= 0.5", found)


def test_how_many_questions_a_share_of_two_percent_takes() -> None:
    """Wilson's upper bound at zero is z²/(n + z²): below 2 % from 189 questions on."""
    assert demanded(rate("Hallucination", 0, 188), "Hallucination", at_most=0.02).verdict == UNDECIDED
    assert demanded(rate("Hallucination", 0, 189), "Hallucination", at_most=0.02).verdict == PASS
    assert demanded(rate("Hallucination", 20, 189), "Hallucination", at_most=0.02).verdict == FAIL


def test_what_was_not_measured_or_not_judged_is_undecided() -> None:
    absent = demanded(rate("Refusal", 9, 9), "KeyFacts", at_least=0.0)
    assert (absent.verdict, absent.estimate, absent.reason) == (UNDECIDED, None, "nothing to measure (0 unscored)")
    unscored = demanded(card([{"Groundedness": None}] * 3), "Groundedness", at_least=0.0)
    assert (unscored.verdict, unscored.reason) == (UNDECIDED, "nothing to measure (3 unscored)")
    partly = demanded(card([{"Groundedness": 1.0}] * 99 + [{"Groundedness": None}]), "Groundedness", at_least=0.1)
    assert (partly.verdict, partly.reason) == (UNDECIDED, "1 of 100 could not be judged")


@pytest.mark.parametrize(
    ("values", "verdict", "reason"),
    [
        ([0.0] * 150, PASS, "0 of 150: the true rate is below 0.020"),
        ([0.0] * 149 + [1.0], FAIL, "1 of 150"),
        ([0.0] * 149 + [None], UNDECIDED, "1 could not be judged"),
        ([1.0, None], FAIL, "1 of 1"),  # one occurrence is enough, whatever the others are
        ([None], UNDECIDED, "nothing to measure (1 unscored)"),
    ],
)
def test_what_must_never_happen(values: list[float | None], verdict: str, reason: str) -> None:
    made = card([{"PersonalData": value} for value in values])
    line = only(gate(made, Thresholds((Demand("leaks", "PersonalData", none=True),), baseline=())))
    assert (line.verdict, line.reason, line.demand) == (verdict, reason, "PersonalData is never 1")


def latency(seconds: Sequence[float], limit: float) -> GateLine:
    made = card([{}] * len(seconds), seconds=seconds)
    return only(gate(made, Thresholds((), p95_seconds=limit, baseline=())))


def test_latency_by_order_statistics() -> None:
    """Of 1 ... 100 the 95th percentile lies between the 90th and the 100th: binomial quantiles 90 and 99, plus one."""
    seconds = [float(n) for n in range(100, 0, -1)]
    below = [sum(comb(100, k) * 0.95**k * 0.05 ** (100 - k) for k in range(most + 1)) for most in range(100)]
    assert below[89] < 0.025 <= below[90]
    assert below[98] < 0.975 <= below[99]
    line = latency(seconds, 3)
    assert line.estimate is not None
    assert (line.estimate.low, line.estimate.high, line.verdict) == (90.0, 100.0, FAIL)
    assert line.estimate.value == pytest.approx(95.05)
    assert [latency(seconds, limit).verdict for limit in (89.9, 90, 99.9, 100)] == [FAIL, UNDECIDED, UNDECIDED, PASS]


def test_too_few_answers_have_no_95th_percentile() -> None:
    assert 0.95**LEAST <= 0.025 < 0.95 ** (LEAST - 1)
    assert latency([1.0] * LEAST, 3).verdict == PASS
    few = latency([1.0] * (LEAST - 1), 3)
    assert (few.verdict, few.estimate) == (UNDECIDED, None)
    assert latency([], 3).verdict == UNDECIDED


@pytest.mark.parametrize(
    ("attacks", "verdict", "reason"),
    [
        (Attacks(0, 300, FAMILIES), PASS, "0 of 300: the true rate is below 0.010"),
        (Attacks(1, 300, FAMILIES), FAIL, "1 of 300"),
        (Attacks(0, 0, FAMILIES), UNDECIDED, "nothing was tried"),
        (Attacks(0, 300, FAMILIES[1:]), UNDECIDED, f"the red team left out: {FAMILIES[0]}"),
        (Attacks(0, 300, FAMILIES, ("0a",)), UNDECIDED, "the red team attacked other documents"),
        (Attacks(1, 300, (), ("0a",)), FAIL, "1 of 300"),  # a success is one, wherever it was
        (None, UNDECIDED, "not run; make one"),
    ],
)
def test_injection(attacks: Attacks | None, verdict: str, reason: str) -> None:
    line = only(gate(rate("Correct", 1, 1), Thresholds((), injection=True, baseline=()), attacks=attacks))
    assert line.verdict == verdict
    assert line.reason.startswith(reason)


def test_the_reranker_must_not_be_worse_than_the_fusion() -> None:
    demand = Thresholds((), reranker="nDCG@10", baseline=())
    good = [{"fused.nDCG@10": (n % 7) / 10, "reranked.nDCG@10": (n % 7) / 10 + 0.1 + n % 3 / 10} for n in range(60)]
    swapped = [{"fused.nDCG@10": v["reranked.nDCG@10"], "reranked.nDCG@10": v["fused.nDCG@10"]} for v in good]
    even = [{"fused.nDCG@10": 0.5, "reranked.nDCG@10": 0.5}] * 60
    verdicts = [only(gate(card(values), demand)).verdict for values in (good, swapped, even, [{}] * 60)]
    assert verdicts == [PASS, FAIL, PASS, UNDECIDED]


def regressions(before: Scorecard, after: Scorecard, *measures: str) -> dict[str, GateLine]:
    found = gate(after, Thresholds((), baseline=measures), baseline=before)
    return {line.name: line for line in found}


def test_a_regression_fails_and_names_the_failure_that_grew() -> None:
    before = card([{"Refusal": 1.0, "Correct": 1.0}] * 60)
    lost = [{"Refusal": float(n >= 30), "Correct": 1.0} for n in range(60)]
    after = card(lost, fates=["answered the unanswerable"] * 30 + ["right"] * 30)
    lines = regressions(before, after, "Refusal", "Correct")
    assert {name: line.verdict for name, line in lines.items()} == {
        "no regression: Refusal": FAIL, "no regression: Correct": PASS,
    }  # fmt: skip
    reason = lines["no regression: Refusal"].reason
    assert reason.startswith("1.000 -> 0.500, p = ")
    assert reason.endswith("most grown failure: answered the unanswerable, 0 -> 30 questions")
    assert {line.verdict for line in regressions(after, before, "Refusal", "Correct").values()} == {PASS}


def test_a_failed_demand_names_the_failure_behind_it() -> None:
    fates = ["missed by retrieval"] * 20 + ["not in the library"] * 30 + ["right"] * 10
    lost = card([{"reranked.Hit@20": float(fate == "right")} for fate in fates], fates=fates)
    before = card([{"reranked.Hit@20": 1.0}] * 60, fates=["missed by retrieval"] * 20 + ["right"] * 40)
    demand = Thresholds((Demand("coverage", "reranked.Hit@20", at_least=0.95),), baseline=())
    alone, compared = only(gate(lost, demand)), only(gate(lost, demand, baseline=before))
    assert (alone.verdict, alone.reason) == (FAIL, "most frequent failure: not in the library, 30 of 60 questions")
    assert compared.reason == "most grown failure: not in the library, 0 -> 30 questions"
    assert only(gate(rate("Refusal", 0, 60), Thresholds((Demand("a", "Refusal", at_least=0.9),)))).reason == ""


def test_an_unchanged_run_passes_every_time() -> None:
    same = card([{name: (n * 7 % 11) / 10 for name in FAMILY} for n in range(60)])
    lines = regressions(same, same, *FAMILY)
    assert len(lines) == len(FAMILY)
    assert {line.verdict for line in lines.values()} == {PASS}


def test_a_measure_that_got_lost_is_not_passed_over() -> None:
    before = card([{"Correct": 1.0, "reranked.nDCG@10": 0.5}] * 60)
    lines = regressions(before, rate("Correct", 60, 60), "Correct", "reranked.nDCG@10", "Refusal")
    assert {name: line.verdict for name, line in lines.items()} == {
        "no regression: reranked.nDCG@10": UNDECIDED, "no regression: Correct": PASS,
    }  # fmt: skip


def test_a_baseline_of_other_questions() -> None:
    fewer = rate("Correct", 50, 50)
    lines = regressions(rate("Correct", 60, 60), fewer, "Correct")
    assert lines["baseline questions"].verdict == FAIL
    assert lines["baseline questions"].reason == "10 questions of the baseline were not scored here, e.g. q50"
    more = regressions(fewer, rate("Correct", 60, 60), "Correct")
    assert {name: line.verdict for name, line in more.items()} == {"no regression: Correct": PASS}
    strangers = Scorecard({}, tuple(Row(f"z{n}", "a", "answered", "right", {}, {}) for n in range(3)), ())
    with pytest.raises(UserError, match="no question in common"):
        gate(fewer, NOTHING, baseline=strangers)


def test_nothing_demanded_and_nothing_asked_are_no_passes() -> None:
    with pytest.raises(UserError, match="demand nothing"):
        gate(rate("Correct", 1, 1), NOTHING)
    missing = card([{}] * 3)
    missing = replace(missing, rows=tuple(replace(row, outcome=None) for row in missing.rows))
    missing = replace(missing, slices=slices(missing.rows))
    with pytest.raises(UserError, match="none of these gold questions"):
        gate(missing, Thresholds((Demand("a", "Correct", at_least=0.9),)))


def test_no_baseline_no_lines_and_the_decision_is_told() -> None:
    lines = gate(rate("Correct", 40, 60), Thresholds((Demand("a", "Correct", at_least=0.9), Demand("b", "Cited", 0.1))))
    shown = gate_lines(lines, ["a note"])
    assert shown.endswith("FAILED: 0 lines pass, 1 fail, 1 are undecided.")
    assert shown.startswith("note: a note")
    assert gate_lines(lines[1:]).endswith("NOT DECIDED: 0 lines pass, 0 fail, 1 are undecided.")

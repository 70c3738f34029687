"""Gate files: the defaults, and every fault named at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import UserError
from eval import thresholds
from eval.compare import FAMILY
from eval.thresholds import Demand, Thresholds


def test_the_defaults_are_the_customers() -> None:
    found = thresholds.read()
    demands = {demand.measure: demand for demand in found.demands}
    assert (demands["Groundedness"].at_least, demands["Hallucination"].at_most) == (0.95, 0.02)
    assert demands["fused.Hit@50"].at_least == 0.95
    assert demands["PersonalData"].none
    assert (found.p95_seconds, found.injection, found.reranker) == (3.0, True, "nDCG@10")
    assert found.baseline == FAMILY


def written(folder: Path, text: str) -> Path:
    path = folder / "gate.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_empty_file_demands_only_what_a_baseline_does(tmp_path: Path) -> None:
    assert thresholds.read(written(tmp_path, "")) == Thresholds(())
    named = thresholds.read(written(tmp_path, '[[line]]\nmeasure = "Correct"\nat_least = 1\n[injection]\nnone = false'))
    assert named.demands == (Demand("Correct", "Correct", at_least=1),)
    assert not named.injection


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        reranked = "yes"
        [[line]]
        name = "typo"
        measure = "Groundednes"
        at_least = 0.9
        [[line]]
        measure = "Correct"
        at_least = "high"
        at_most = nan
        [[line]]
        at_least = 0.5
        minimum = 1
        [[line]]
        measure = "KeyFacts"
        none = true
        [latency]
        p95 = 3.0
        [reranker]
        measure = "nDCG"
        [injection]
        none = "yes"
        [baseline]
        measures = ["Correct", "Corect"]
        [speed]
        """,
    )
    with pytest.raises(UserError) as raised:
        thresholds.read(path)
    shown = str(raised.value)
    for fault in (
        "unknown setting reranked", "unknown setting speed", "line 1: There is no measure 'Groundednes'",
        "line 2: at_least = 'high'", "line 2: at_most = nan", "line 2: give exactly one of", "line 3: minimum = 1",
        "line 3: measure is missing", "line 4: none = true needs a measure that is a rate",
        "unknown setting latency.p95", "latency.p95_seconds is missing",
        "reranker.measure: There is no measure 'reranked.nDCG'",
        "injection.none must be true or false, not 'yes'", "baseline.measures: There is no measure 'Corect'",
    ):  # fmt: skip
        assert fault in shown
    assert f"have {shown.count('  - ')} fault(s)" in shown


@pytest.mark.parametrize(
    "text",
    [
        "latency = 3", "line = 3", "line = [1]", 'baseline = "x"', '[baseline]\nmeasures = "Correct"', "[latency]",
        "[latency]\np95_seconds = 0", "[latency]\np95_seconds = true", "[latency]\np95_seconds = inf", "[reranker]",
        "[injection]\nnone = 2", "[baseline]\nmeasures = [3]", '[reranker]\nmeasure = ""', "not toml",
    ],
)  # fmt: skip
def test_no_fault_goes_unsaid(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError, match=r"gate\.toml"):
        thresholds.read(written(tmp_path, text))


def test_an_absent_file_is_the_users_to_mend(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot be read.+ Start from a copy of gate\.toml\."):
        thresholds.read(tmp_path / "absent.toml")

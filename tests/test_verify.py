"""The verifier on a list of cases, with the real embedder: changed facts never pass, the documents' words always do."""

from __future__ import annotations

import pytest
from fakes import WordEmbedder
from hypothesis import given
from hypothesis import strategies as st

from config import ModelConfig
from generation.records import Verdict
from generation.verify import verify
from retrieval.models import open_embedder
from retrieval.records import Embedder

LATENCY = "The p95 latency of the search service stays below 300 ms, measured weekly by the platform team."
BUDGET = "The lead approves purchases of up to 5,000 euros alone and asks Ana Brandt above that."
YEARS = "People bring 8–12+ years of experience."
RATE = "| Regression rate | Share of releases rolled back | < 10–15% of changes | Monthly |"

CASES = [
    ("verbatim", LATENCY, LATENCY, "supported"),
    ("verbatim without the full stop", LATENCY.rstrip("."), LATENCY, "supported"),
    ("a verbatim part", "The lead approves purchases of up to 5,000 euros alone", BUDGET, "supported"),
    ("other white space", "The p95   latency of the search\nservice stays below 300 ms", LATENCY, "supported"),
    ("the same in other words", "Measured weekly, the p95 latency of search stays below 300 ms.", LATENCY, "supported"),
    ("changed number", "The p95 latency of the search service stays below 200 ms.", LATENCY, "unsupported"),
    ("changed percentile", "The p99 latency of the search service stays below 300 ms.", LATENCY, "unsupported"),
    ("a number of its own", "The search service stays below 300 ms in 99% of cases.", LATENCY, "unsupported"),
    ("changed thousands", "The lead approves purchases of up to 50,000 euros alone.", BUDGET, "unsupported"),
    ("thousands written without comma", "The lead approves purchases of up to 5000 euros alone.", BUDGET, "supported"),
    ("a number cut short", "The p95 latency of the search service stays below 30", LATENCY, "unsupported"),
    ("a number cut at its comma", "The lead approves purchases of up to 5", BUDGET, "unsupported"),
    ("changed unit", "The p95 latency of the search service stays below 300 s.", LATENCY, "unsupported"),
    ("the unit in full", "The lead needs 5 seconds.", "The lead needs 5 s.", "partial"),
    ("the end of a range for the whole", "People bring 12 years of experience.", YEARS, "unsupported"),
    ("the lower end as what is least", "People bring at least 8 years of experience.", YEARS, "supported"),
    ("changed time", "People bring 12 months of experience.", YEARS, "unsupported"),
    ("changed rhythm", "The regression rate is measured weekly.", RATE, "unsupported"),
    ("no words at all", "…", LATENCY, "unsupported"),
    ("dots", "...", LATENCY, "unsupported"),
    ("negation added", "The lead does not approve purchases of up to 5,000 euros alone.", BUDGET, "unsupported"),
    ("negation with never", "The lead never approves purchases of up to 5,000 euros alone.", BUDGET, "unsupported"),
    ("changed name", "The lead asks Ben Schulz above 5,000 euros.", BUDGET, "unsupported"),
    ("another subject", "Interns water the plants in the office.", BUDGET, "unsupported"),
    ("percent taken as a number", "The regression rate stays below 15 percent of the budget.", RATE, "unsupported"),
    ("two words torn out of a sentence", "sign contracts", "Juniors do not sign contracts.", "unsupported"),
    ("a link of its own", BUDGET.rstrip(".") + ", see https://a.example.", BUDGET, "unsupported"),
    ("markup of its own", f"<script>alert(1)</script> {BUDGET}", BUDGET, "unsupported"),
    ("a whole cell", "Monthly", RATE, "supported"),
    ("negation dropped", "A junior signs contracts.", "A junior never signs contracts.", "unsupported"),
    ("words changed places", "The manager reports to the lead.", "The lead reports to the manager.", "unsupported"),
    ("changed bound", "The p95 latency of the search service stays above 300 ms.", LATENCY, "unsupported"),
    ("words of the evidence about nothing said", "Bananas ripen quickly in warm weather.", RATE, "unsupported"),
]

@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return open_embedder(ModelConfig())


@pytest.mark.parametrize(("sentence", "evidence", "verdict"), [pytest.param(*c[1:], id=c[0]) for c in CASES])
def test_cases(embedder: Embedder, sentence: str, evidence: str, verdict: str) -> None:
    check = verify(sentence, [evidence], embedder)
    assert check.verdict == verdict
    assert 0 <= check.support <= 1


@pytest.mark.parametrize("quotes", [[], [""], ["  \n "]])
def test_without_evidence_nothing_is_supported(quotes: list[str]) -> None:
    check = verify("The lead signs.", quotes, WordEmbedder())
    assert (check.verdict, check.support) == (Verdict.UNSUPPORTED, 0.0)


def test_two_quotes_support_together() -> None:
    quotes = ["The data budget is 500 euros.", "The model is hired."]
    check = verify("The data budget is 500 euros.", quotes, WordEmbedder())
    assert (check.verdict, check.support) == (Verdict.SUPPORTED, 1.0)


@given(st.text(max_size=80), st.lists(st.text(max_size=80), max_size=3))
def test_any_text_is_checked_without_failing(sentence: str, quotes: list[str]) -> None:
    check = verify(sentence, quotes, WordEmbedder())
    assert 0 <= check.support <= 1


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_another_number_never_passes(said: int, written: int) -> None:
    check = verify(f"The data budget is {said} euros.", [f"The data budget is {written} euros."], WordEmbedder())
    assert (check.verdict is Verdict.SUPPORTED) == (said == written)

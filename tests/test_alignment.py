"""The alignment network with its shipped weights on the real backbone."""

from __future__ import annotations

import pytest
from fakes import WordEmbedder

from generation.alignment import Alignment
from generation.records import Verdict
from generation.verify import verify

QUOTE = "Every ward counts its stock of drugs once a week and reports what is missing to the pharmacist."


@pytest.fixture(scope="module")
def network() -> Alignment:
    return Alignment()


def test_what_the_evidence_says_is_more_probable_than_what_it_does_not(network: Alignment) -> None:
    same = network.probability("Wards report missing drugs to the pharmacist after the weekly count.", [QUOTE])
    other = network.probability("Surgeons rate their training with the hospital's library.", [QUOTE])
    assert 0 <= other < 0.3 < 0.5 <= same <= 1
    assert network.probability("Anything.", []) == 0.0


def test_its_probability_decides_where_the_exact_checks_find_nothing(network: Alignment) -> None:
    said = "Wards report missing drugs to the pharmacist after the weekly count."
    assert verify(said, [QUOTE], WordEmbedder(), meaning=network).verdict is Verdict.SUPPORTED
    changed = verify(said.replace("weekly", "monthly"), [QUOTE], WordEmbedder(), meaning=network)
    assert (changed.verdict, changed.differs) == (Verdict.UNSUPPORTED, ("number",))

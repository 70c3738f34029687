"""Claims to text: markers, bullets and the places that citations point to."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from generation.records import Claim, Evidence, Verdict
from generation.render import render, unmarked

PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=30)
EVIDENCE = st.builds(
    lambda n: Evidence("a.md", "A", "", (), n, n + 3, "abc"),
    st.integers(0, 4),
)
CLAIMS = st.lists(
    st.builds(
        Claim,
        PLAIN,
        st.lists(EVIDENCE, max_size=3).map(tuple),
        st.floats(0, 1),
        st.sampled_from(Verdict),
        st.sampled_from(["", "One", "Two"]),
    ),
    max_size=6,
)


def a_claim(text: str, *places: int, group: str = "") -> Claim:
    evidence = tuple(Evidence("a.md", "A", "", (), n, n + 3, "abc") for n in places)
    return Claim(text, evidence, 1.0, Verdict.SUPPORTED, group)


@given(CLAIMS)
def test_citations_point_at_the_claims_words(claims: list[Claim]) -> None:
    text, citations = render(claims)
    expected = [(unmarked(claim.text), evidence) for claim in claims for evidence in claim.evidence]
    assert [(text[c.start : c.end], c.evidence) for c in citations] == expected
    starts = [citation.start for citation in citations]
    assert starts == sorted(starts)


@given(CLAIMS)
def test_equal_evidence_keeps_its_marker_and_markers_count_up(claims: list[Claim]) -> None:
    _, citations = render(claims)
    by_marker = {citation.marker: citation.evidence for citation in citations}
    assert all(by_marker[citation.marker] == citation.evidence for citation in citations)
    assert len(set(by_marker.values())) == len(by_marker)
    assert list(by_marker) == list(range(1, len(by_marker) + 1))


@given(CLAIMS, st.integers(0, 6))
def test_fewer_claims_are_the_beginning_of_more(claims: list[Claim], count: int) -> None:
    """A growing answer keeps its words; only the first bullet appears with the second claim."""
    whole, citations = render(claims)
    part, first = render(claims[:count])
    if 1 < count:
        assert whole.startswith(part)
        assert citations[: len(first)] == first


def test_one_claim_has_no_bullet() -> None:
    text, (citation,) = render([a_claim("Five years.", 3)])
    assert text == "Five years. [1]"
    assert (citation.start, citation.end, citation.marker) == (0, 11, 1)


def test_groups_stand_above_their_claims() -> None:
    text, _ = render(
        [a_claim("One.", 1, 2, group="A › B"), a_claim("Two.", 2, group="A › B"), a_claim("Three.", group="C")]
    )
    assert text == "A › B:\n- One. [1] [2]\n- Two. [2]\nC:\n- Three."


def test_nothing_renders_as_nothing() -> None:
    assert render([]) == ("", ())


def test_every_marker_in_the_text_has_a_citation() -> None:
    text, citations = render([a_claim("One.", 1), a_claim("Two.", 2), a_claim("Three.", 1)])
    assert [int(marker) for marker in re.findall(r"\[(\d+)\]", text)] == [c.marker for c in citations] == [1, 2, 1]

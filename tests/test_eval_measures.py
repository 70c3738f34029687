"""Evidence found in ranked places: worked by hand, and the properties that any list must have."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.measures import found_share, is_found, matched_share, matches, merge, plain, read_first, read_within
from eval.records import EvidenceQuote, Piece, Place


def piece(source: str, *spans: tuple[int, int]) -> Piece:
    return Piece(EvidenceQuote(source, "words"), tuple(Place(source, start, end) for start, end in spans))


def characters(read: dict[str, tuple[tuple[int, int], ...]]) -> set[tuple[str, int]]:
    return {(source, at) for source, spans in read.items() for start, end in spans for at in range(start, end)}


# Three hits: 0-1500 of a, 1000-2500 of a (500 seen before), 0-3000 of b.
HITS = (Place("a", 0, 1_500), Place("a", 1_000, 2_500), Place("b", 0, 3_000))


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        (0, {}),
        (1_000, {"a": ((0, 1_000),)}),
        (2_000, {"a": ((0, 2_000),)}),  # 1,500 of the first, then 500 unread characters of the second
        (2_500, {"a": ((0, 2_500),)}),
        (4_000, {"a": ((0, 2_500),), "b": ((0, 1_500),)}),
        (8_000, {"a": ((0, 2_500),), "b": ((0, 3_000),)}),
    ],
)
def test_overlap_is_read_once_and_the_last_hit_is_cut(budget: int, expected: object) -> None:
    assert read_within(HITS, budget) == expected


def test_a_hit_around_a_read_one_costs_only_its_ends() -> None:
    hits = (Place("a", 40, 60), Place("a", 0, 100))
    assert read_within(hits, 50) == {"a": ((0, 30), (40, 60))}
    assert read_within(hits, 70) == {"a": ((0, 70),)}


def test_half_of_a_piece_is_enough_and_any_place_serves() -> None:
    pieces = (
        piece("a", (1_900, 2_100)),  # half of it lies before 2,000
        piece("b", (1_400, 1_601)),  # 100 of 201 characters lie before 1,500: not half
        piece("b", (9_000, 9_100), (2_900, 3_000)),  # only its second occurrence is ever read
        piece("c", (0, 10)),
    )
    shares = [found_share(pieces, read_within(HITS, budget)) for budget in (2_000, 4_000, 8_000)]
    assert shares == [0.25, 0.25, 0.75]


def test_evidence_without_a_place_is_never_found() -> None:
    nowhere = piece("a")  # not in the library
    assert found_share((nowhere, piece("a", (0, 9))), {"a": ((0, 9_999),)}) == 0.5
    assert not is_found(nowhere, {"a": ((0, 9_999),)})


def test_two_hits_together_cover_half() -> None:
    wanted = (piece("a", (0, 100)),)
    hits = (Place("a", 0, 25), Place("a", 75, 100))
    assert found_share(wanted, read_first(hits, 1)) == 0.0
    assert found_share(wanted, read_first(hits, 2)) == 1.0


def test_markers_do_not_tear_a_fact_apart() -> None:
    assert matched_share((r"five years of Go\.",), "Five years [1] of Go [2, 3].") == 1.0
    assert matched_share((r"\[draft\]",), "a [draft] of [4]") == 1.0


places = st.builds(
    lambda source, start, length: Place(source, start, start + length),
    st.sampled_from("ab"),
    st.integers(0, 60),
    st.integers(0, 40),
)
rankings = st.lists(places, max_size=8).map(tuple)
evidence = st.lists(places.filter(lambda place: place.start < place.end), min_size=1, max_size=4).map(
    lambda found: tuple(piece(place.source, (place.start, place.end)) for place in found)
)


@given(rankings, st.integers(0, 150))
def test_reading_equals_walking_character_by_character(hits: tuple[Place, ...], budget: int) -> None:
    seen: list[tuple[str, int]] = []
    for hit in hits:
        for at in range(hit.start, hit.end):
            if len(seen) < budget and (hit.source, at) not in seen:
                seen.append((hit.source, at))
    assert characters(dict(read_within(hits, budget))) == set(seen)


@given(evidence, rankings, st.integers(0, 150), st.integers(0, 50))
def test_more_budget_never_finds_less(
    pieces: tuple[Piece, ...], hits: tuple[Place, ...], budget: int, more: int
) -> None:
    less, greater = (found_share(pieces, read_within(hits, n)) for n in (budget, budget + more))
    assert less is not None
    assert greater is not None
    assert less <= greater


@given(evidence, rankings, st.integers(0, 8))
def test_more_hits_never_find_less(pieces: tuple[Piece, ...], hits: tuple[Place, ...], k: int) -> None:
    less, greater = (found_share(pieces, read_first(hits, n)) for n in (k, k + 1))
    assert less is not None
    assert greater is not None
    assert less <= greater


@given(rankings)
def test_an_ample_budget_reads_what_all_hits_show(hits: tuple[Place, ...]) -> None:
    assert read_within(hits, 10_000) == {
        source: spans for source, spans in read_first(hits, len(hits)).items() if spans
    }


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30))))
def test_merged_spans_are_the_union_ascending_and_apart(spans: list[tuple[int, int]]) -> None:
    merged = merge(spans)
    assert {at for start, end in merged for at in range(start, end)} == {
        at for start, end in spans for at in range(start, end)
    }
    assert all(left[1] < right[0] for left, right in pairwise(merged))


@given(rankings, evidence)
def test_a_piece_is_found_when_half_its_characters_are_read(hits: tuple[Place, ...], pieces: tuple[Piece, ...]) -> None:
    read = read_first(hits, len(hits))
    seen = characters(dict(read))
    for wanted in pieces:
        (place,) = wanted.places
        held = sum((place.source, at) in seen for at in range(place.start, place.end))
        assert is_found(wanted, read) == (2 * held >= place.end - place.start)


@given(st.lists(st.integers(0, 99), max_size=4), st.text(alphabet="ab. [", max_size=9))
def test_markers_are_all_that_is_taken_away(numbers: list[int], tail: str) -> None:
    marker = f"[{', '.join(map(str, numbers))}]"
    assert plain(f"Five years {marker}{tail}") == ("Five years" if numbers else "Five years []") + tail


def test_a_pattern_is_a_regular_expression_in_any_case() -> None:
    assert matches(r"\b5\b", "Five or 5 YEARS")
    assert not matches(r"\b5\b", "15 years")
    assert matched_share(("go", r"ru.t", "java"), "Go and RUST [1].") == pytest.approx(2 / 3)

"""Ranking measures against formulas written again here, ir_measures on plain judgements, and cases worked by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import AP, RR, P, R, Success, nDCG

from eval.catalogue import BUDGETS, CUTOFFS, MEASURES, lifts, measure
from eval.ranking import brought, ranking_values
from eval.records import STAGES, EvidenceQuote, Piece, Place

QUOTE = EvidenceQuote("a", "words")


def piece(*places: Place) -> Piece:
    return Piece(QUOTE, places)


def hit(number: int) -> Place:
    """The ``number``-th stretch of 100 characters."""
    return Place("a", 100 * number, 100 * number + 100)


def at(number: int, offset: int = 10) -> Piece:
    """A piece of ten characters inside ``hit(number)``."""
    return piece(Place("a", 100 * number + offset, 100 * number + offset + 10))


def values_of(pieces: Sequence[Piece], hits: Sequence[Place]) -> dict[str, float]:
    return ranking_values({"q": (pieces, hits)})["q"]


NOWHERE = piece()  # its words are not in the library


# Relevance by rank and the number of pieces that no hit brings -> value; every hit brings at most one piece.
@pytest.mark.parametrize(
    ("relevant", "missing", "expected"),
    [
        ([1], 0, {"Hit@5": 1, "Recall@5": 1, "Precision@5": 1 / 5, "MRR@5": 1, "nDCG@5": 1}),
        ([0, 0, 1], 0, {"Hit@5": 1, "Recall@5": 1, "Precision@10": 1 / 10, "MRR@10": 1 / 3, "nDCG@10": 1 / 2}),
        ([0, 1, 1], 0, {"MRR@5": 1 / 2, "nDCG@5": (1 / math.log2(3) + 1 / 2) / (1 + 1 / math.log2(3))}),
        ([1, 0, 0], 1, {"Recall@20": 1 / 2, "nDCG@20": 1 / (1 + 1 / math.log2(3)), "Precision@20": 1 / 20}),
        ([0] * 5 + [1], 0, {"Hit@5": 0, "Recall@5": 0, "MRR@5": 0, "nDCG@5": 0, "Hit@10": 1, "MRR@10": 1 / 6}),
        ([0] * 20 + [1], 0, {"Hit@20": 0, "Recall@20": 0, "MRR@20": 0, "nDCG@20": 0}),
        ([0, 0, 0], 2, {"Hit@20": 0, "Recall@20": 0, "MRR@20": 0, "nDCG@20": 0, "Precision@5": 0}),
        ([1] * 6, 0, {"Recall@5": 5 / 6, "Precision@5": 1, "nDCG@5": 1, "Precision@10": 6 / 10}),
    ],
)
def test_worked_by_hand(relevant: list[int], missing: int, expected: dict[str, float]) -> None:
    hits = [hit(number) for number in range(len(relevant))]
    pieces = [at(number) for number, flag in enumerate(relevant) if flag] + [NOWHERE] * missing
    found = values_of(pieces, hits)
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_a_hit_with_three_pieces_first_is_a_perfect_list() -> None:
    pieces = [at(1, 0), at(1, 20), at(1, 40)]
    found = values_of(pieces, [hit(1), hit(0)])
    assert brought(pieces, [hit(1), hit(0)]) == [3, 0]
    wanted = {"nDCG@5": 1.0, "Recall@5": 1.0, "MRR@5": 1.0, "Hit@5": 1.0, "Precision@5": 1 / 5}
    assert {name: found[name] for name in wanted} == pytest.approx(wanted)


def test_a_hit_with_two_pieces_second() -> None:
    found = values_of([at(1, 0), at(1, 20), at(3)], [hit(0), hit(1), hit(2), hit(3)])  # reading order: 0 1 1 0 1
    gain = 1 / math.log2(3) + 1 / math.log2(4) + 1 / math.log2(6)
    assert found["nDCG@5"] == pytest.approx(gain / (1 + 1 / math.log2(3) + 1 / 2))
    assert found["MRR@5"] == 1 / 2
    assert found["Precision@5"] == 2 / 5


def test_a_piece_across_two_hits_comes_with_the_one_that_passes_half() -> None:
    across = piece(Place("a", 160, 260))  # 40 characters in hit 1, 60 in hit 2
    assert brought([across], [hit(1), hit(2)]) == [0, 1]
    assert brought([across], [hit(2), hit(1)]) == [1, 0]
    assert values_of([across], [hit(1), hit(2)])["MRR@5"] == 1 / 2


def test_the_same_words_again_bring_nothing() -> None:
    twice = piece(Place("a", 10, 20), Place("b", 10, 20))
    assert brought([twice], [Place("a", 0, 100), Place("b", 0, 100), Place("a", 0, 100)]) == [1, 0, 0]


def test_coverage_counts_characters_not_hits() -> None:
    hits = [Place("a", 0, 1_500), Place("a", 1_000, 2_500), Place("b", 0, 3_000)]
    spans = [Place("a", 1_900, 2_100), Place("b", 1_400, 1_601), Place("b", 2_900, 3_000)]
    pieces = [*map(piece, spans), NOWHERE]
    found = values_of(pieces, hits)
    assert [found[f"Coverage@{budget}"] for budget in (2_000, 4_000, 8_000)] == [0.25, 0.25, 0.75]
    assert found["Recall@5"] == 0.75


@pytest.mark.parametrize("pieces", [[at(0)], [NOWHERE], [at(0), NOWHERE]])
def test_nothing_retrieved_is_a_miss_in_every_measure(pieces: list[Piece]) -> None:
    found = values_of(pieces, [])
    assert set(found.values()) == {0.0}
    assert len(found) == 5 * len(CUTOFFS) + len(BUDGETS)


def test_questions_do_not_disturb_each_other() -> None:
    one, two, three = ([at(0)], [hit(0)]), ([at(0)], [hit(1), hit(0)]), ([at(0)], [])
    together = ranking_values({"fused\tq\t1": one, "q 2": two, "q3": three})
    assert together == {"fused\tq\t1": values_of(*one), "q 2": values_of(*two), "q3": values_of(*three)}
    assert ranking_values({}) == {}


def test_every_value_is_a_measure_of_every_stage() -> None:
    names = set(values_of([at(0)], [hit(0)]))
    assert {name.partition(".")[2] for name in MEASURES if "." in name} == names
    assert all(measure(f"{stage}.{name}").kind in ("rate", "mean") for stage in STAGES for name in names)
    assert all(name in MEASURES for name in lifts("nDCG", 10))


judged_lists = st.tuples(st.lists(st.booleans(), max_size=25), st.integers(0, 3)).filter(lambda j: any(j[0]) or j[1])


def formulas(relevant: Sequence[bool], missing: int, k: int) -> dict[str, float]:
    """The usual definitions, for one piece per relevant hit."""
    total = sum(relevant) + missing
    top = relevant[:k]
    gain = sum(1 / math.log2(rank + 1) for rank, flag in enumerate(top, start=1) if flag)
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(total, k) + 1))
    ranks = [rank for rank, flag in enumerate(top, start=1) if flag]
    return {
        f"Hit@{k}": float(bool(ranks)),
        f"Recall@{k}": sum(top) / total,
        f"Precision@{k}": sum(top) / k,
        f"MRR@{k}": 1 / ranks[0] if ranks else 0.0,
        f"nDCG@{k}": gain / ideal,
    }


@given(judged_lists)
def test_agrees_with_the_formulas(judged: tuple[list[bool], int]) -> None:
    relevant, missing = judged
    pieces = [at(number) for number, flag in enumerate(relevant) if flag] + [NOWHERE] * missing
    found = values_of(pieces, [hit(number) for number in range(len(relevant))])
    for k in CUTOFFS:
        assert {name: found[name] for name in formulas(relevant, missing, k)} == pytest.approx(
            formulas(relevant, missing, k)
        )


@given(judged_lists)
def test_agrees_with_ir_measures_on_plain_judgements(judged: tuple[list[bool], int]) -> None:
    """Chunks judged one by one, as trec_eval gets them; what is not in the library is a judged chunk never listed."""
    relevant, missing = judged
    pieces = [at(number) for number, flag in enumerate(relevant) if flag] + [NOWHERE] * missing
    found = values_of(pieces, [hit(number) for number in range(len(relevant))])
    listed = [ir_measures.ScoredDoc("q", f"d{number}", 1 - number / 100) for number in range(len(relevant))]
    judgements = [ir_measures.Qrel("q", f"d{number}", int(flag)) for number, flag in enumerate(relevant)]
    judgements += [ir_measures.Qrel("q", f"lost{number}", 1) for number in range(missing)]
    ours = {"Hit": Success, "Recall": R, "Precision": P, "MRR": RR, "nDCG": nDCG}
    wanted = [ir @ k for ir in ours.values() for k in CUTOFFS]
    theirs = ir_measures.calc_aggregate(wanted, judgements, listed) if listed else dict.fromkeys(wanted, 0.0)
    for name, ir in ours.items():
        for k in CUTOFFS:
            assert found[f"{name}@{k}"] == pytest.approx(theirs[ir @ k]), f"{name}@{k}"


def test_the_oracle_is_awake() -> None:
    """The library does tell a good list from a bad one."""
    judgements = [ir_measures.Qrel("q", "d1", 1)]
    good, bad = ([ir_measures.ScoredDoc("q", name, 1.0)] for name in ("d1", "d2"))
    assert [ir_measures.calc_aggregate([AP], judgements, listed)[AP] for listed in (good, bad)] == [1.0, 0.0]


places = st.builds(
    lambda source, start, length: Place(source, start, start + length),
    st.sampled_from("ab"),
    st.integers(0, 60),
    st.integers(1, 40),
)
found_anywhere = st.lists(st.lists(places, max_size=2).map(lambda found: piece(*found)), min_size=1, max_size=4)
ranked = st.lists(places, max_size=12)


@given(found_anywhere, ranked)
def test_everything_is_a_share_and_grows_with_the_cutoff(pieces: list[Piece], hits: list[Place]) -> None:
    found = values_of(pieces, hits)
    assert all(0.0 <= value <= 1.0 for value in found.values())
    for name, cutoffs in (("Recall", CUTOFFS), ("Hit", CUTOFFS), ("MRR", CUTOFFS), ("Coverage", BUDGETS)):
        steps = [found[f"{name}@{k}"] for k in cutoffs]
        assert steps == sorted(steps), name
    assert sum(brought(pieces, hits)) <= len(pieces)


@given(found_anywhere, ranked)
def test_a_list_that_finds_everything_at_once_is_perfect(pieces: list[Piece], hits: list[Place]) -> None:
    whole = [Place("a", 0, 200), Place("b", 0, 200)]
    located = [one for one in pieces if one.places]
    found = values_of(located, whole + hits) if located else {}
    if located and brought(located, whole)[0]:
        assert found["nDCG@20"] == pytest.approx(1.0)
        assert found["MRR@5"] == found["Recall@5"] == 1.0


@given(st.lists(st.integers(0, 3), min_size=2, max_size=6), st.integers(0, 2), st.data())
def test_a_better_order_never_lowers_a_measure(counts: list[int], missing: int, data: st.DataObject) -> None:
    """A hit that brings evidence moves up past one that brings none."""
    worse = data.draw(st.permutations(range(len(counts))))
    places_of_pairs = [i for i in range(len(worse) - 1) if counts[worse[i]] == 0 and counts[worse[i + 1]] > 0]
    if not places_of_pairs:
        return
    place = data.draw(st.sampled_from(places_of_pairs))
    better = [*worse[:place], worse[place + 1], worse[place], *worse[place + 2 :]]
    pieces = [at(number, 20 * part) for number, count in enumerate(counts) for part in range(count)]
    before, after = (
        values_of([*pieces, *[NOWHERE] * missing], [hit(number) for number in order]) for order in (worse, better)
    )
    assert all(after[name] >= before[name] - 1e-12 for name in before)
    assert after["nDCG@20"] > before["nDCG@20"]

"""What became of a question: one case for every fate, and the order among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.fate import DEPTH, FATES, fate
from eval.records import STAGES, Case, EvidenceQuote, Outcome, Piece, Place

CASE = Case("q", "?", "fact", answerable=True, key_facts=("five",))
ABSENT = Case("q", "?", "unanswerable", answerable=False)
PLACE, OTHER = Place("a.md", 100, 120), Place("a.md", 500, 600)
PIECE = Piece(EvidenceQuote("a.md", "needs five years"), (PLACE,))
LOST = Piece(EvidenceQuote("b.md", "gone"), ())
SECOND = Piece(EvidenceQuote("a.md", "and six"), (Place("a.md", 300, 320),))

WHERE = dict.fromkeys(STAGES, (PLACE,))
NOWHERE: dict[str, tuple[Place, ...]] = dict.fromkeys(STAGES, (OTHER,))
RIGHT = {"Correct": 1.0, "ItemRecall": 1.0}
WRONG = {"Correct": 0.0, "ItemRecall": 0.0}


def outcome(result: str = "answered", stages: Mapping[str, tuple[Place, ...]] = WHERE) -> Outcome:
    return Outcome("q", result, "", stages=stages)


def only(*names: str) -> dict[str, tuple[Place, ...]]:
    """The stages that rank the evidence."""
    return {stage: (OTHER, PLACE) if stage in names else (OTHER,) for stage in STAGES}


def late(stage: str, others: Sequence[str]) -> dict[str, tuple[Place, ...]]:
    """The stage ranks the evidence just below the depth that counts."""
    return {**only(*others), stage: (*[OTHER] * DEPTH, PLACE)}


def found(
    result: Outcome | None,
    case: Case = CASE,
    values: Mapping[str, float | None] = WRONG,
    pieces: Sequence[Piece] | None = (PIECE,),
    supported: bool = True,
    stages: Sequence[str] = STAGES,
) -> str:
    return fate(case, result, pieces, values, supported, stages)


EVERY = {
    "right": [
        found(outcome(), values=RIGHT),
        found(outcome(), values={"ItemRecall": 1.0}),  # no key facts: by its evidence
        found(outcome(stages=NOWHERE), values=RIGHT),  # however it came about
        found(outcome(), values=RIGHT, pieces=None),
        found(outcome("not_found"), ABSENT),
        found(outcome("refused"), ABSENT, pieces=(LOST,)),
    ],
    "not in the run": [found(None), found(None, ABSENT)],
    "error": [found(outcome("error")), found(outcome("error"), ABSENT)],
    "not in the library": [
        found(outcome("not_found"), pieces=(PIECE, LOST)),
        found(outcome(stages=NOWHERE), pieces=(PIECE, LOST)),
    ],
    "missed by retrieval": [
        found(outcome("not_found", NOWHERE)),
        found(outcome(stages=NOWHERE)),
        found(outcome("not_found", late("lexical", ()))),
        found(outcome("not_found", dict.fromkeys(STAGES, ()))),
    ],
    "lost by fusion": [
        found(outcome("not_found", only("lexical"))),
        found(outcome("not_found", only("dense"))),
        found(outcome("not_found", late("fused", ("lexical", "dense")))),
    ],
    "lost by reranker": [
        found(outcome("not_found", only("lexical", "dense", "fused"))),
        found(outcome(stages=late("reranked", ("fused",)))),
    ],
    "cut before the writer": [
        found(outcome("not_found", only("lexical", "dense", "fused", "reranked"))),
        found(outcome("not_found", only("fused")), stages=("fused", "passages")),  # there is no reranker
    ],
    "wrongly refused": [
        found(outcome("not_found")),
        found(outcome("refused")),
        found(outcome("refused", only("passages"))),
        found(outcome("not_found", NOWHERE), pieces=None),  # without a library nothing else can be said
        found(outcome("not_found", NOWHERE), stages=()),
    ],
    "answered the unanswerable": [found(outcome(), ABSENT), found(outcome(), ABSENT, supported=False)],
    "unsupported": [
        found(outcome(), supported=False, values=RIGHT),
        found(outcome(stages=NOWHERE), supported=False),
    ],
    "forbidden fact": [found(outcome(), values={"Correct": 0.0, "ItemRecall": 0.5, "ForbiddenFacts": 1.0})],
    "not selected": [
        found(outcome()),
        found(outcome(), values={"Correct": 0.0, "ItemRecall": 0.5, "ForbiddenFacts": 0.0}),
    ],
    "incomplete": [
        found(outcome(), values={"Correct": 0.0, "ItemRecall": 1.0}),
        found(outcome(), values={"Correct": 0.0}, pieces=None),
    ],
}


def test_every_fate_has_a_case() -> None:
    assert list(EVERY) == list(FATES)


@pytest.mark.parametrize("name", EVERY)
def test_fate(name: str) -> None:
    assert EVERY[name] == [name] * len(EVERY[name])


def test_the_earliest_loss_of_several_pieces_is_told() -> None:
    passages = {**only("lexical", "dense"), "passages": (SECOND.places[0],)}
    assert found(outcome("not_found", passages), pieces=(SECOND,)) == "wrongly refused"
    assert found(outcome("not_found", passages), pieces=(SECOND, PIECE)) == "lost by fusion"
    assert found(outcome("not_found", passages), pieces=(SECOND, PIECE, LOST)) == "not in the library"


def test_any_place_of_the_same_words_serves() -> None:
    twice = Piece(PIECE.quote, (Place("z.md", 0, 9), PLACE))
    assert found(outcome("not_found", only("passages")), pieces=(twice,)) == "wrongly refused"


flags = st.dictionaries(st.sampled_from(STAGES), st.booleans())
shares = st.one_of(st.none(), st.sampled_from([0.0, 0.5, 1.0]))


@given(
    st.sampled_from(["answered", "not_found", "refused", "error"]), st.booleans(), flags, st.booleans(),
    st.dictionaries(st.sampled_from(["Correct", "ItemRecall", "ForbiddenFacts"]), shares),
)  # fmt: skip
def test_a_question_has_one_known_fate_and_is_right_only_when_it_is(
    result: str, answerable: bool, ranked: dict[str, bool], supported: bool, values: dict[str, float | None]
) -> None:
    stages = only(*(stage for stage, is_ranked in ranked.items() if is_ranked))
    name = found(outcome(result, stages), CASE if answerable else ABSENT, values, supported=supported)
    assert name in FATES
    if name == "right":
        assert result == "answered" if answerable else result in ("not_found", "refused")
        assert not answerable or (supported and 1.0 in (values.get("Correct"), values.get("ItemRecall")))

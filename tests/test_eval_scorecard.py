"""Summaries: what is written is read again, in equal bytes; figures per slice follow from the rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import UserError
from eval.catalogue import MEASURES
from eval.fate import FATES
from eval.records import Row, Scorecard
from eval.scorecard import as_dict, estimate, from_dict, measured, read, slices, write

NAMES = ["KeyFacts", "Correct", "fused.nDCG@10", "ragas.Faithfulness"]
SHARES = st.one_of(st.none(), st.sampled_from([0.0, 0.25, 0.5, 1.0]))
ROWS = st.lists(
    st.builds(
        Row,
        st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=8),
        st.sampled_from(["a.md", "b.md", "c.md"]),
        st.sampled_from([None, "answered", "not_found"]),
        st.sampled_from(list(FATES)),
        st.dictionaries(st.sampled_from(["type", "persona", "split"]), st.sampled_from(["x", "y"])),
        st.dictionaries(st.sampled_from(NAMES), SHARES),
        st.dictionaries(st.sampled_from(["total", "rerank"]), st.floats(0, 100)),
        st.one_of(st.none(), st.floats(0, 1)),
    ),
    max_size=8,
).map(tuple)


def card_of(rows: tuple[Row, ...], **about: Any) -> Scorecard:
    return Scorecard(about, rows, slices(rows, int(about.get("seed", 0))), ("a note: “ä”",))


def row(identity: str, cluster: str = "a.md", fate: str = "right", **values: float | None) -> Row:
    return Row(identity, cluster, "answered", fate, {"type": "fact"}, values, {"total": 1.0})


@given(ROWS, st.integers(0, 3))
def test_a_summary_reads_back_as_it_was(rows: tuple[Row, ...], seed: int) -> None:
    card = card_of(rows, seed=seed, run={"sha256": "x"})
    assert from_dict(json.loads(json.dumps(as_dict(card)))) == card


def test_written_twice_gives_equal_bytes(tmp_path: Path) -> None:
    rows = (row("q1", KeyFacts=1 / 3, Correct=0.0), row("q2", "b.md", Correct=None), row("q3", "b.md", KeyFacts=1.0))
    card = card_of(rows, seed=1)
    first, second, third = (tmp_path / "folder" / f"{name}.json" for name in ("first", "second", "third"))
    write(card, first)
    write(card, second)
    write(read(first), third)  # six digits stay six digits
    assert first.read_bytes() == second.read_bytes() == third.read_bytes()
    lines = first.read_text(encoding="utf-8").splitlines()
    assert sum('"id":"q' in line for line in lines) == 3  # a question per line, for diffs
    found = read(first)
    assert found.rows[0].values == {"KeyFacts": 0.333333, "Correct": 0.0}
    assert found.rows[1].values == {"Correct": None}
    assert found.whole.measures["KeyFacts"].value == pytest.approx(card.whole.measures["KeyFacts"].value or 0, abs=1e-6)
    assert found.notes == ("a note: “ä”",)


def test_an_empty_card_is_a_summary_too(tmp_path: Path) -> None:
    write(card_of(()), tmp_path / "empty.json")
    assert read(tmp_path / "empty.json") == card_of(())


@pytest.mark.parametrize(
    "content",
    [
        "", "no json", "[]", "{}", "3", '{"kind": "header"}', '{"kind": "summary", "format": 99}',
        '{"kind": "summary", "format": 1}',
        '{"kind": "summary", "format": 1, "about": {}, "notes": [], "measures": ["Correct"], "rows": [{"values": []}]}',
    ],
)  # fmt: skip
def test_what_is_no_summary_says_how_to_make_one(tmp_path: Path, content: str) -> None:
    path = tmp_path / "summary.json"
    path.write_text(content)
    with pytest.raises(UserError, match=r"is not a summary of a run .+ python -m eval score"):
        read(path)


def test_a_place_that_cannot_be_written_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"cannot be written: .+ Choose another file\."):
        write(card_of(()), tmp_path / "file" / "summary.json")
    with pytest.raises(UserError, match="is not a summary"):
        read(tmp_path / "absent.json")


def test_an_estimate_counts_what_is_unscored() -> None:
    rows = (row("q1", Correct=1.0, KeyFacts=0.5), row("q2", "b.md", Correct=None, KeyFacts=None), row("q3", "b.md"))
    rate, mean = estimate("Correct", rows), estimate("KeyFacts", rows)
    assert (rate.value, rate.n, rate.unscored) == (1.0, 1, 1)
    assert rate.low == pytest.approx(0.2065, abs=1e-4)  # Wilson at 1 of 1
    assert (mean.value, mean.n, mean.unscored) == (0.5, 1, 1)
    nothing = estimate("Refusal", rows)
    assert (nothing.value, nothing.n, nothing.unscored) == (None, 0, 0)


def test_measures_stand_in_the_order_of_the_catalogue() -> None:
    found = measured([row("q1", **{"ragas.B": 1.0, "ragas.A": 1.0, "Refusal": 1.0}), row("q2", KeyFacts=None)])
    assert found == ["KeyFacts", "Refusal", "ragas.A", "ragas.B"]
    assert measured([row("q", **dict.fromkeys(reversed(MEASURES), 1.0))]) == list(MEASURES)


def test_slices_hold_their_own_rows_and_fates_in_pipeline_order() -> None:
    rows = (
        row("q1", fate="incomplete", Correct=0.0), row("q2", Correct=1.0), row("q3", fate="error", Correct=0.0),
        Row("q4", "b.md", None, "not in the run", {"type": "list", "split": "dev"}, {"Correct": 0.0}),
    )  # fmt: skip
    found = {(part.dimension, part.name): part for part in slices(rows)}
    assert list(found) == [("all", "all"), ("type", "fact"), ("type", "list"), ("split", "dev")]
    whole = found["all", "all"]
    assert list(whole.fates.items()) == [("right", 1), ("not in the run", 1), ("error", 1), ("incomplete", 1)]
    assert (whole.questions, whole.missing) == (4, 1)
    assert found["type", "fact"].measures["Correct"].value == pytest.approx(1 / 3)
    assert found["type", "list"].seconds["total"].n == 0
    assert card_of(rows).whole.seconds["total"].n == 3

"""Items and rows beside or below the line they belong to: nesting that an export lost, and what must not be nested."""

from __future__ import annotations

import pytest

from ingest.plaintext import blocks_of
from ingest.records import Block, BlockKind
from ingest.structure import structure


def units(*blocks: Block) -> list[tuple[str, str, int]]:
    return [(unit.kind, unit.text, unit.level) for unit in structure(blocks).units]


def item(text: str, level: int = 0) -> Block:
    return Block(BlockKind.ITEM, text, level=level)


@pytest.mark.parametrize(
    ("texts", "levels"),
    [
        (["Dig (High)", "Beds.", "Mow (Low)", "Lawns.", "Cut (High)", "Roses."], [0, 1, 0, 1, 0, 1]),
        (["Dig (High)", "Beds.", "Mow (Low)", "Cut (High)", "Roses.", "Rest (Low)"], [0] * 6),
        (["Dig (north)", "Beds.", "Mow (2 h)", "Lawns.", "Cut (all)", "Roses."], [0] * 6),
        (["North:", "Roses", "Tulips", "South:", "Asters"], [0, 1, 1, 0, 1]),
        (["We plant:", "Roses", "Tulips", "We dig the beds.", "We rest."], [0, 1, 1, 0, 0]),
        (["We plant:", "Roses of all sorts.", "We dig the beds."], [0, 0, 0]),
        (["Roses", "North:", "Tulips"], [0, 0, 0]),
        (["1. North:", "2. South", "3. East"], [0, 0, 0]),
    ],
)
def test_nesting_that_an_export_lost(texts, levels):
    assert [level for _, _, level in units(*map(item, texts))] == levels


def test_nesting_that_the_source_has_is_kept():
    made = units(item("North:"), item("Roses", 1), item("South:"), item("Asters"))
    assert [level for _, _, level in made] == [0, 1, 0, 0]


def test_numbers_at_the_ends_of_items_lead_in_the_next_ones():
    texts = ["Pick one: 1. Beds", "Dig them. 2. Lawns", "Mow them. 3. Paths", "Sweep them."]
    made = units(*(item(text, min(index, 1)) for index, text in enumerate(texts)))
    assert [(text, level) for _, text, level in made] == [
        ("Pick one:", 0), ("Beds", 1), ("Dig them.", 2), ("Lawns", 1), ("Mow them.", 2), ("Paths", 1),
        ("Sweep them.", 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "texts",
    [
        ["Pick one: 1. Beds", "Dig them. 2. Lawns", "Mow them.", "Sweep them. 3. Paths", "Rest."],
        ["See part 1. Beds", "See part 2. Lawns", "Rest."],
        ["Pick one: 1. Beds", "Dig them. 3. Lawns", "Mow them. 4. Paths", "Sweep them."],
    ],
)
def test_numbers_that_are_no_series_split_nothing(texts):
    assert [text for _, text, _ in units(*map(item, texts))] == texts


def test_an_indented_line_below_a_colon_is_an_item_without_a_marker():
    made = structure(blocks_of("She tends:\n    roses\n    tulips\n\nAll of them rest."))
    assert made.text == "She tends:\n\n  roses\n  tulips\n\nAll of them rest."
    assert [(unit.kind, unit.level) for unit in made.units] == [
        ("sentence", 0), ("item", 1), ("item", 1), ("sentence", 0),
    ]  # fmt: skip
    assert structure((item("roses"),)).text == "- roses"


def test_a_row_with_other_cells_than_the_names_ends_the_table():
    def row(*cells: str, header: bool = False) -> Block:
        return Block(BlockKind.ROW, " ".join(cells), cells=cells, header=header)

    unclear = Block(BlockKind.ROW, "Pink 3")  # cells that cannot be told apart
    rows = (row("Rose", "Bed", header=True), row("Red", "1"), unclear, row("A", "B", "C"), row("Blue", "2"))
    assert [unit.header for unit in structure(rows).units] == [(), ("Rose", "Bed"), ("Rose", "Bed"), (), ()]

"""Plain text to blocks, blocks to units: cases, properties, and tables that are flattened and must come back."""

from __future__ import annotations

import json
import re
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import ROOT
from ingest.flattened import Line, flattened_rows
from ingest.joined import joined_table
from ingest.plaintext import blocks_of
from ingest.readers import read
from ingest.records import Block, BlockKind
from ingest.structure import structure

CASES = Path(__file__).parent / "cases"
FIXED = json.loads((CASES / "plaintext-fixed.json").read_text())
UNTOUCHED = json.loads((CASES / "plaintext-untouched.json").read_text())


def shown(blocks: tuple[Block, ...]) -> list[list[object]]:
    return [["header" if block.header else str(block.kind), block.level, block.text] for block in blocks]


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case["label"])
def test_what_plain_text_means(case):
    assert shown(blocks_of("\n".join(case["lines"]))) == case["blocks"]


@pytest.mark.parametrize("case", UNTOUCHED, ids=lambda case: case["label"])
def test_what_is_no_table(case):
    blocks = blocks_of("\n".join(case["lines"]))
    assert [block.text for block in blocks] == [re.sub(" +", " ", text) for text in case["texts"]]
    assert BlockKind.ROW not in {block.kind for block in blocks}


# --- tables that an export flattened ------------------------------------------------------------------------------

FLOWERS = ("rose", "tulip", "aster", "poppy", "lily", "iris", "daisy", "violet")
OFTEN = ("Weekly", "Daily", "Monthly")
SMALL = ("keeps", "beds", "moist", "paths", "clean", "often", "rain")
phrases = st.lists(st.sampled_from(SMALL), min_size=2, max_size=6)
names = st.lists(st.sampled_from(FLOWERS), min_size=1, max_size=3).map(lambda words: " ".join(map(str.title, words)))


@st.composite
def tables(draw: st.DrawFn) -> list[tuple[str, ...]]:
    """Rows of name, purpose, goal and one of three frequencies, each of them at least twice."""
    often = draw(st.permutations(OFTEN * 2 + tuple(draw(st.lists(st.sampled_from(OFTEN), max_size=4)))))
    rows = [("Flower name", "What it does", "Yearly goal", "How often")]
    for value in often:
        purpose = " ".join(draw(phrases)).capitalize()
        rows.append((draw(names), purpose, f"{draw(st.integers(1, 99))}% alive", value))
    return rows


def lines_of(texts: list[str]) -> list[Line]:
    return [Line(" ".join(t.split()), t, 0, i == 0, i + 1 == len(texts), plain=True) for i, t in enumerate(texts)]


@given(tables(), st.sampled_from(["\t", " | ", "\n"]))
def test_a_table_flattened_with_separators_comes_back(rows, separator):
    texts = separator.join(separator.join(row) for row in rows).split("\n") if separator == "\n" else [
        separator.join(row) for row in rows
    ]  # fmt: skip
    found = flattened_rows(lines_of(texts))
    assert [row.cells for row in found.values()] == rows
    assert [row.header for row in found.values()] == [True] + [False] * (len(rows) - 1)


@given(tables())
def test_a_table_joined_by_spaces_is_split_right_or_not_at_all(rows):
    table = joined_table([" ".join(row) for row in rows])
    assert table is not None
    assert table.proven
    assert table.header == rows[0]
    assert [line for line, _ in table.rows] == [" ".join(row) for row in rows[1:]]
    assert all(cells in ((), row) for (_, cells), row in zip(table.rows, rows[1:], strict=True))


def bundled_tables() -> list[list[tuple[str, ...]]]:
    """The tables of the bundled documents whose columns all have a name and whose cells are all filled."""
    found: list[list[tuple[str, ...]]] = []
    for path in sorted((ROOT / "documents").iterdir()):
        for is_row, run in groupby(read(path.name, path.read_bytes()).blocks, key=lambda b: b.kind is BlockKind.ROW):
            rows = [tuple(" ".join(cell.split()) for cell in block.cells) for block in run]
            if is_row and all(len(row) == len(rows[0]) and all(row) for row in rows):
                found.append(rows)
    return found


def test_no_row_of_our_own_tables_is_split_wrongly_once_its_cells_are_joined():
    right = 0
    for rows in bundled_tables():
        table = joined_table([" ".join(row) for row in rows])
        for (_, cells), row in zip(table.rows if table is not None else (), rows[1:], strict=False):
            assert cells in ((), row)
            right += cells == row
    assert right >= 60


sentences = st.lists(st.sampled_from(FLOWERS), min_size=4, max_size=12).map(lambda w: " ".join(w).capitalize() + ".")


@given(st.lists(sentences, max_size=8))
def test_sentences_are_no_table(texts):
    assert flattened_rows(lines_of(texts)) == {}


shapes = st.sampled_from((*FLOWERS, "a b", "Weekly", "12", "Rose bed", "- x", "", "x | y", "x\ty", "1) Ab", "2.1 Bc"))


@given(st.lists(shapes, max_size=60))
def test_no_line_is_lost_or_told_twice(texts):
    blocks = blocks_of("\n".join(texts))
    wanted = [char for text in texts for char in text if char.isalnum()]
    assert [char for block in blocks for char in block.text if char.isalnum()] == wanted


def test_a_long_list_of_short_lines_stays_one_block_per_line():
    lines = [f"{FLOWERS[i % 8]} {FLOWERS[i % 7]}".title() for i in range(20_000)]
    assert len(blocks_of("\n".join(lines))) == len(lines)


# --- units --------------------------------------------------------------------------------------------------------


def units(*blocks: Block) -> list[tuple[str, str, int]]:
    return [(unit.kind, unit.text, unit.level) for unit in structure(blocks).units]


def paragraph(text: str) -> Block:
    return Block(BlockKind.PARAGRAPH, text)


def item(text: str, level: int = 0) -> Block:
    return Block(BlockKind.ITEM, text, level=level)


def test_a_line_that_leads_in_a_list_keeps_its_items():
    made = units(paragraph("She tends:"), item("- roses"), item("- thorns", 1), paragraph("Done."), item("- rest"))
    assert [level for _, _, level in made] == [0, 1, 2, 0, 0]


def test_items_that_an_export_put_beside_their_parent():
    texts = ["- Spade", "- Use: digging", "- Rake", "- Use: leaves", "- Can", "- Use: water"]
    assert [level for _, _, level in units(*map(item, texts))] == [0, 1, 0, 1, 0, 1]


def test_the_last_of_a_nested_item_may_be_the_next_parent():
    made = units(item("- Spade"), item("– Use: digging", 1), item("– Worth: high - Rake with teeth", 1))
    assert made[-2:] == [("item", "Worth: high", 1), ("item", "Rake with teeth", 0)]


def test_a_list_of_line_breaks_inside_an_item():
    made = units(item("1. Spade\n– Use: digging\n– Worth: high"), item("A line\nand its second half"))
    assert made == [
        ("item", "Spade", 0), ("item", "Use: digging", 1), ("item", "Worth: high", 1),
        ("item", "A line\nand its second half", 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- First thing- Second thing", ["First thing", "Second thing"]),
        ("• rake • spade", ["rake", "spade"]),
        ("- dig the bed;Water it", ["dig the bed;", "Water it"]),
        ("- Gardener - London", ["Gardener - London"]),
        ("- Full- and part-time; any bed", ["Full- and part-time; any bed"]),
        ("- e-mail, X-ray and T-shirt", ["e-mail, X-ray and T-shirt"]),
        ("- Open Monday- Friday in June- July", ["Open Monday- Friday in June- July"]),
    ],
)
def test_glued_items(text, expected):
    assert [unit for _, unit, _ in units(item(text))] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The rake – as all know – is old.", ["The rake – as all know – is old."]),
        ("Beds – Roses in the north – Tulips in the south", ["Beds", "Roses in the north", "Tulips in the south"]),
        ("Beds: – roses – tulips", ["Beds:", "roses", "tulips"]),
        ("・赤い花 ・青い花", ["赤い花", "青い花"]), ("花・木・草の庭", ["花・木・草の庭"]),
        ("a – b – c – d – e", ["a", "b", "c", "d", "e"]),
        ("Tools: 1) rake 2) spade 3) can", ["Tools:", "rake", "spade", "can"]),
        ("Choose 4) or 5) of the list.", ["Choose 4) or 5) of the list."]),
        ("We dig. Send (1) a rake, (2) a can and (3) a spade. Thanks.",
         ["We dig.", "Send", "a rake,", "a can and", "a spade.", "Thanks."]),
        ("Send (1) a rake. New. (2) a can. Old. (3) a spade. Sharp.",
         ["Send", "a rake. New.", "a can. Old.", "a spade. Sharp."]),
        ("Points (1) and (2) and (3) of the plan.", ["Points (1) and (2) and (3) of the plan."]),
        ("Bring two (2) rakes and three (3) cans.", ["Bring two (2) rakes and three (3) cans."]),
    ],
)
def test_lists_in_a_paragraph(text, expected):
    assert [unit for _, unit, _ in units(paragraph(text))] == expected


RANGES = [
    "Hours are Monday – Friday, 8am – 5pm, at the gate.", "Gardener – Plants roses. Pay: $20.10 – $25.40 per hour.",
    "The walk: Saturday, Sept 7 – Sunday, Sept 8, and May – June.",
    "Pay of 5% – 10% for 2 – 3 beds at $72.00/year – $80.",
    "Gardener, Rose Park — We plant “roses”. We dig. Pay: $33.63 – $42.62 an hour.",
    "Any – and all – beds, and those – of every sort – count. We dig – and plant.",
    "Gardener (North) – Rose Park – We plant roses. We dig beds. We water them.",
]  # fmt: skip
LISTS = [
    ("Owned by: – 2–6 diggers – 1–3 planters", ["Owned by:", "2–6 diggers", "1–3 planters"]),
    ("Rose work – Dig the bed – “Old” roses – (New) tulips",
     ["Rose work", "Dig the bed", "“Old” roses", "(New) tulips"]),
    ("Notes – Dig first. Then plant. – Water after that.", ["Notes", "Dig first. Then plant.", "Water after that."]),
]


@pytest.mark.parametrize("text", RANGES)
def test_a_dash_of_a_range_or_an_aside_begins_no_item(text):
    assert {kind for kind, _, _ in units(paragraph(text))} == {"sentence"}


@pytest.mark.parametrize(("text", "expected"), LISTS)
def test_dashes_that_begin_items_beside_ranges(text, expected):
    assert [unit for _, unit, _ in units(paragraph(text))] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ask Sen. Rose or Reps. Ann Dale and Bob Hill. Prop. A won.",
         ["Ask Sen. Rose or Reps. Ann Dale and Bob Hill.", "Prop. A won."]),
        ("Lt. Rose, Sgt. Dale, Capt. Hill and the Asst. Supt. May came.",
         ["Lt. Rose, Sgt. Dale, Capt. Hill and the Asst. Supt. May came."]),
        ("He sees a rep. She sees the prop. They go.", ["He sees a rep.", "She sees the prop.", "They go."]),
        ("Bring your plan.We dig.Roses need rain.", ["Bring your plan.", "We dig.", "Roses need rain."]),
        ("Do you dig?Gardeners do.", ["Do you dig?", "Gardeners do."]),
        ("Call log.Error or rose.Plant is done. Use Process.St here.",
         ["Call log.Error or rose.Plant is done.", "Use Process.St here."]),
        ("See www.garden.The page of a_b.This is at x@rose.We too.",
         ["See www.garden.The page of a_b.This is at x@rose.We too."]),
        ("See No. 5. Then No. 6 and Fig. 2.", ["See No. 5.", "Then No. 6 and Fig. 2."]),
        ("Law No. (5) and Art. [2] hold.", ["Law No. (5) and Art. [2] hold."]),
        ("The answer is no. (He asked.)", ["The answer is no.", "(He asked.)"]),
        ("Essay … Advisory", ["Essay … Advisory"]), ("Essay ..... 50%", ["Essay ..... 50%"]),
        ("Talk . . . . . . . . 50%", ["Talk . . . . . . . . 50%"]),
        ("He waits … She comes to him at last.", ["He waits …", "She comes to him at last."]),
        ("He waits... Then he goes.", ["He waits...", "Then he goes."]),
        ("花を植える。水をやる！「来た。」庭は広い？", ["花を植える。", "水をやる！", "「来た。」", "庭は広い？"]),
        ("「来た。」と言う。1。花", ["「来た。」と言う。", "1。花"]),
        ("The answer is no. Go on.", ["The answer is no.", "Go on."]),
        ("Rakes, spades, etc. The shed is full.", ["Rakes, spades, etc.", "The shed is full."]),
        ("Rakes, etc. (Old ones) are here.", ["Rakes, etc. (Old ones) are here."]),
        ("It opens on Sept. 30. Come.", ["It opens on Sept. 30.", "Come."]),
        ("J. R. Rose digs. A. Tulip rests.", ["J. R. Rose digs.", "A. Tulip rests."]),
        ("Read www.a.example. Write to b@c.example. End", ["Read www.a.example.", "Write to b@c.example.", "End"]),
        ("She said “Stop.” He stopped. (He did.) Good.", ["She said “Stop.”", "He stopped.", "(He did.)", "Good."]),
        ("It costs 3.50 in all. Version 2.0 is out.", ["It costs 3.50 in all.", "Version 2.0 is out."]),
        ("1. Dig the bed. Rest.", ["1. Dig the bed.", "Rest."]),
    ],
)
def test_sentences(text, expected):
    assert units(paragraph(text)) == [("sentence", sentence, 0) for sentence in expected]


def test_pages_begin_where_their_first_text_does():
    blocks = [
        Block(BlockKind.HEADING, "Rose", level=1, page=1),
        Block(BlockKind.PARAGRAPH, "One.", page=1),
        Block(BlockKind.PARAGRAPH, "Three.", page=3),
        Block(BlockKind.PARAGRAPH, "Still three."),
    ]
    made = structure(blocks)
    assert [made.text[start:][:6] for start in made.pages] == ["Rose\n\n", "Three.", "Three."]
    assert structure([paragraph("No pages.")]).pages == ()

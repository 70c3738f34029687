"""Every place is a true span of the document's text: for any blocks, any plain text, and every document we have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import ChunkConfig
from ingest.chunk import chunks_of
from ingest.clean import clean
from ingest.furniture import drop_furniture, edge_lines
from ingest.library import Library
from ingest.plaintext import blocks_of
from ingest.records import Block, BlockKind, Chunk, Document, Section, Unit
from ingest.structure import structure

# --- what must hold for every document ----------------------------------------------------------------------------


def letters(text: str) -> list[str]:
    """Letters and digits in order, without the markers of list items: "1)", "b." and the like."""
    return [char for char in re.sub(r"(?<!\S)\(?(?:\d{1,2}|[a-z])[.)](?=\s|$)", "", text) if char.isalnum()]


def check_spans(document: Document, chunks: tuple[Chunk, ...]) -> None:
    """Texts equal their spans; sections tile; units and chunks lie in order inside their sections."""
    text = document.text
    for place in (*document.sections, *document.units, *chunks):
        assert 0 <= place.start < place.end <= len(text)
        assert text[place.start : place.end] == place.text
        assert place.text.strip()
    check_sections(text, document.sections)
    check_order(document.sections, document.units)
    check_order(document.sections, chunks)
    for unit in document.units:
        assert unit.text == unit.text.strip()
        inside = [chunk for chunk in chunks if chunk.start <= unit.start and unit.end <= chunk.end]
        assert [chunk.section for chunk in inside] == [unit.section]


def check_sections(text: str, sections: tuple[Section, ...]) -> None:
    """From the text's start to its end; nothing but white space between one section and the next."""
    assert [section.index for section in sections] == list(range(len(sections)))
    bounds = [0, *(place for section in sections for place in (section.start, section.end)), len(text)]
    assert bounds == sorted(bounds)
    assert all(not text[end:start].strip() for end, start in zip(bounds[::2], bounds[1::2], strict=True))


def check_order(sections: tuple[Section, ...], places: tuple[Unit, ...] | tuple[Chunk, ...]) -> None:
    """Inside their sections, in order, without overlap."""
    last = 0
    for place in places:
        section = sections[place.section]
        assert section.start <= place.start
        assert place.end <= section.end
        assert last <= place.start
        last = place.end


def made_of(blocks: list[Block] | tuple[Block, ...]) -> Document:
    made = structure(blocks)
    return Document("0", "a.txt", "A", "", made.text, "", "text", "public", (), made.sections, made.units)


def check(blocks: list[Block] | tuple[Block, ...], target: int) -> None:
    """All of the above, and nothing of the blocks is lost: neither from the text nor from the citable units."""
    document = made_of(blocks)
    chunks = chunks_of(document, ChunkConfig(target_characters=target))
    check_spans(document, chunks)
    assert [u.index for u in document.units] == list(range(len(document.units)))
    assert [c.id for c in chunks] == [f"a.txt#{number}" for number in range(len(chunks))]
    wanted = [char for block in blocks for char in block.text if char.isalnum()]
    assert [char for char in document.text if char.isalnum()] == wanted
    headings = [block.text for block in blocks if block.kind is BlockKind.HEADING]
    rest = document.text
    for place in reversed(document.units):
        rest = rest[: place.start] + " " + rest[place.end :]
    assert letters(rest) == letters(" ".join(headings))


# --- for any blocks -----------------------------------------------------------------------------------------------

WORDS = (
    *("the", "Lead", "NLP", "e.g.", "i.e.", "Dr.", "5", "2–5", "90%.", "Ship", "it.", "Really?", "Yes!", "“Quoted.”"),
    *("(aside)", "(1", "to", "5)", "1)", "2)", "3)", "a)", "1.", "–", "—", "•", "-", "- Glued", "…", "โปรแกรม", "🚀"),
)
phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)
lines = st.one_of(phrases, st.lists(phrases, min_size=2, max_size=3).map("\n".join))


@st.composite
def rows(draw: st.DrawFn) -> Block:
    cells = tuple(draw(st.lists(phrases, min_size=1, max_size=3)))
    return Block(BlockKind.ROW, f"| {' | '.join(cells)} |", cells=cells, header=draw(st.booleans()))


blocks = st.one_of(
    st.builds(Block, st.just(BlockKind.HEADING), phrases, st.integers(0, 4)),
    st.builds(Block, st.just(BlockKind.PARAGRAPH), lines),
    st.builds(Block, st.just(BlockKind.ITEM), lines, st.integers(0, 3)),
    rows(),
)
targets = st.sampled_from([1, 40, 400])


@given(st.lists(blocks, max_size=12), targets)
def test_any_blocks(found, target):
    check(found, target)


typed = st.one_of(phrases, st.just(""), phrases.map("    ".__add__), phrases.map("| {} | x |".format))


@given(st.lists(typed), targets)
def test_any_plain_text(found, target):
    text = clean("\n".join(found))[0]
    parsed = blocks_of(text)
    shown = [char for block in parsed for char in block.text if char.isalnum()]
    assert shown == [char for char in text if char.isalnum()]
    check(parsed, target)


@given(st.text(), targets)
def test_any_characters(text, target):
    check(blocks_of(clean(text)[0]), target)


@given(st.lists(blocks, min_size=1, max_size=12), st.data())
def test_dropping_furniture_leaves_a_run_of_the_blocks_and_says_how_long(found, data):
    repeated = data.draw(st.sets(st.sampled_from(sorted({*edge_lines(found), ""}))))
    kept, notes = drop_furniture(found, repeated)
    head = sum(note.count for note in notes if note.step == "drop_head")
    tail = sum(note.count for note in notes if note.step == "drop_tail")
    assert kept == tuple(found[head : len(found) - tail])
    assert kept
    assert all(block.kind is not BlockKind.ROW for block in found[len(found) - tail :])


# --- how blocks are split into units ------------------------------------------------------------------------------


def units(kind: BlockKind, text: str) -> list[tuple[str, str, int]]:
    return [(unit.kind, unit.text, unit.level) for unit in structure([Block(kind, text)]).units]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two? Three!", ["One.", "Two?", "Three!"]),
        ("Use e.g. Kafka. Then vs. Spark.", ["Use e.g. Kafka.", "Then vs. Spark."]),
        ("Version 2.5 is it. OK", ["Version 2.5 is it.", "OK"]),
        ("He said “Go.” Then left.", ["He said “Go.”", "Then left."]),
        ("One line\nand another", ["One line", "and another"]),
        ("no capital. after the stop", ["no capital. after the stop"]),
        ("Rate it (1 to 5)", ["Rate it (1 to 5)"]),
    ],
)
def test_sentences(text, expected):
    assert units(BlockKind.PARAGRAPH, text) == [("sentence", sentence, 0) for sentence in expected]


def test_a_list_written_into_one_paragraph():
    assert units(BlockKind.PARAGRAPH, "It owns: – data – models – reports") == [
        ("sentence", "It owns:", 0), ("item", "data", 1), ("item", "models", 1), ("item", "reports", 1),
    ]  # fmt: skip
    assert units(BlockKind.PARAGRAPH, "Steps: 1) ask 2) decide 3) tell") == [
        ("sentence", "Steps:", 0), ("item", "ask", 1), ("item", "decide", 1), ("item", "tell", 1),
    ]  # fmt: skip


def test_items_glued_into_one_line():
    assert units(BlockKind.ITEM, "– Plan the work - Ship it - Measure it") == [
        ("item", "Plan the work", 0), ("item", "Ship it", 0), ("item", "Measure it", 0),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["Rate the sample (scale 1 to 5)", "- Choose from options 4) and 5)", "Level 3)"])
def test_the_end_of_an_item_is_not_taken_for_a_marker(text):
    assert [unit for _, unit, _ in units(BlockKind.ITEM, text)] == [text.removeprefix("- ")]


def test_rows_know_their_columns():
    header = Block(BlockKind.ROW, "| K | V |", cells=("K", "V"), header=True)
    row = Block(BlockKind.ROW, "| a | b |", cells=("a", "b"))
    made = structure([header, row, Block(BlockKind.PARAGRAPH, "Between."), row])
    assert [(u.kind, u.header) for u in made.units] == [
        ("header", ()), ("row", ("K", "V")), ("sentence", ()), ("row", ()),
    ]  # fmt: skip


def test_the_path_of_headings_leaves_out_the_title():
    levels = [("Title", 0), ("1) A", 1), ("B", 2), ("C", 3), ("D", 2), ("2) E", 1)]
    made = structure([Block(BlockKind.HEADING, text, level) for text, level in levels])
    assert [s.heading for s in made.sections] == [
        (), ("1) A",), ("1) A", "B"), ("1) A", "B", "C"), ("1) A", "D"), ("2) E",),
    ]  # fmt: skip


# --- the documents that we have -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["bundled", "customer"])
def test_every_document_of_a_library(name, request):
    folder: Path = request.getfixturevalue(name)
    library = Library.open(folder)
    documents, chunks = library.documents(), library.chunks()
    assert len(documents) == 5
    for document in documents:
        own = tuple(chunk for chunk in chunks if chunk.source == document.source)
        check_spans(document, own)
        assert own == chunks_of(document, ChunkConfig())
        assert document.id
        assert all(chunk.role == document.role for chunk in own)


ROLES = {"Junior NLP Engineer", "Lead NLP Engineer", "Lead NLP Scientist", "Staff NLP Engineer", "Lead Data Scientist"}


@pytest.mark.parametrize("name", ["bundled", "customer"])
def test_the_roles_and_their_numbered_sections(name, request):
    documents = Library.open(request.getfixturevalue(name)).documents()
    assert {document.role for document in documents} == ROLES
    for document in documents:
        tops = list(dict.fromkeys(section.heading[0] for section in document.sections if section.heading))
        assert [re.split(r"[.)]", top)[0] for top in tops] == [str(number) for number in range(1, 21)], document.source


@pytest.mark.parametrize("name", ["bundled", "customer"])
def test_nothing_around_the_text_is_left(name, request):
    """Each text runs from its title or first section to the end of its summary of the role."""
    furniture = r"hospital|certification courses|subscribe|\bcomment|cookie|newsletter|printed view|share this|jump to"
    for document in Library.open(request.getfixturevalue(name)).documents():
        ends = (document.text[:300] + document.text[-300:]).lower()
        assert re.search(furniture, ends) is None, document.source
        assert re.match(r"(?:Junior|Lead|Staff)[\w ]+(?::.*)?\n|1[.)] ", document.text), document.source
        assert re.search(r"(?i)\n\|? ?(?:career|next roles)", document.text[-500:]), document.source
        assert "\N{THAI CHARACTER SARA O}" not in document.text
        assert clean(document.text) == (document.text, ()), document.source

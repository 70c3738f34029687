"""What a site puts around its texts goes; what an employer says in every document stays."""

from __future__ import annotations

import pytest

from ingest.furniture import drop_furniture, edge_lines
from ingest.records import Block, BlockKind


def paragraph(text: str) -> Block:
    return Block(BlockKind.PARAGRAPH, text)


ADVERTS = ("Find a better spade", "Compare spades by price, all in one shop", "Explore spades")


def dropped(blocks: list[Block], repeated: frozenset[str]) -> list[str]:
    kept, notes = drop_furniture(blocks, repeated)
    assert sum(note.count for note in notes) == len(blocks) - len(kept)
    return [block.text for block in blocks if block not in kept]


BODY = [paragraph(f"The gardener tends bed number {number} with care and patience.") for number in range(20)]


def shared(*texts: str) -> frozenset[str]:
    return edge_lines([paragraph(text) for text in texts])


def test_captions_that_other_documents_end_with_are_dropped_with_what_follows():
    tail = [*map(paragraph, ADVERTS), paragraph("What a fine article on gardens this is."), paragraph("0 Comments")]
    assert dropped([*BODY, *tail], shared(*ADVERTS)) == [block.text for block in tail]


@pytest.mark.parametrize(
    "lines",
    [
        ("Equal chances for every gardener",),
        ("Benefits", "Silver spoon", "Free roses", "A shed"),
        ("How to apply", "Come to the gate", "Bring a spade", "Ring twice"),
        ("Further notes", "Write to the park", "roses@park.example", "The park office"),
        ("Pay", "In silver", "$ 12", "Every week"),
        ("Please note:", "Gloves are worn", "Boots are clean", "Hats are off"),
        ("We welcome each and every one who wants to dig.", "We thank all of you for your long patience with us.",
         "We answer every letter that comes in by the month of May."),
    ],
)  # fmt: skip
def test_what_an_employer_says_in_every_document_stays(lines):
    assert dropped([*BODY, *map(paragraph, lines)], shared(*lines)) == []


def numbered(*after: Block) -> list[Block]:
    parts = [part for n in range(1, 10) for part in (Block(BlockKind.HEADING, f"{n}) Bed", level=1), BODY[n])]
    return [*parts, Block(BlockKind.ROW, "| Rose | Red |", cells=("Rose", "Red")), *after]


def test_what_follows_a_closing_table_in_the_words_of_what_stood_before_the_title():
    head = [paragraph("Trusted hospitals near the coast"), Block(BlockKind.HEADING, "Gardener", level=0)]
    tail = [*map(paragraph, ("Explore hospitals now", "We teach sailing to everyone who asks.", "0", "()"))]
    assert dropped([*head, *numbered(*tail)], frozenset()) == [block.text for block in (head[0], *tail)]
    note = paragraph("Roses are red, and this is a note on them.")
    assert dropped([*head, *numbered(note)], frozenset()) == [head[0].text]


@pytest.mark.parametrize("text", ["Valid from 3 May 2026", "Contact: roses@park.example", "Pay: € 12"])
def test_a_date_or_a_contact_after_the_closing_table_stays(text):
    assert dropped(numbered(paragraph(text), paragraph("Park office")), frozenset()) == []
    head = [paragraph(text), Block(BlockKind.HEADING, "Gardener", level=0)]
    assert dropped([*head, *BODY], frozenset()) == []


def test_a_paragraph_before_the_title_stays():
    head = [paragraph("A word from the mayor. " * 8), Block(BlockKind.HEADING, "Gardener", level=0)]
    assert dropped([*head, *BODY], frozenset()) == []
    assert dropped([paragraph("Printed view"), *head[1:], *BODY], frozenset()) == ["Printed view"]

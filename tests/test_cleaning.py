"""Cleaning by case files (what must be mended, what must not be touched, what is known to fail) and by properties."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import ROOT
from ingest.clean import BLOCK_STEPS, STEPS, TEXT_STEPS, clean, clean_blocks, repair_mojibake
from ingest.records import Block, BlockKind

LOST = "\N{THAI CHARACTER SARA O}"
FILES = ("fixed", "untouched", "known-failures", "text-fixed", "text-untouched")


def cases(name: str, **options: Any) -> list[Any]:
    """The cases of one file; each has label, comment, original and expected."""
    table = json.loads((ROOT / "tests" / "cases" / f"cleaning-{name}.json").read_text(encoding="utf-8"))
    return [pytest.param(case["original"], case["expected"], id=case["label"], **options) for case in table]


@pytest.mark.parametrize(("original", "expected"), cases("fixed"))
def test_fixed(original, expected):
    text, notes = clean(original)
    assert text == expected
    assert text != original
    assert notes != ()
    assert clean(original, TEXT_STEPS)[0] == expected


@pytest.mark.parametrize(("original", "expected"), cases("untouched"))
def test_untouched(original, expected):
    assert original == expected, "a case of this file expects no change"
    assert clean(original) == (original, ())


@pytest.mark.parametrize(("original", "expected"), cases("text-fixed"))
def test_fixed_in_plain_text(original, expected):
    text, notes = clean(original, TEXT_STEPS)
    assert text == expected
    assert notes[0].step == "resolve_entities"
    assert clean(original)[0] == original, "in markup the entity is the parser's"


@pytest.mark.parametrize(("original", "expected"), cases("text-untouched"))
def test_untouched_in_plain_text(original, expected):
    assert original == expected, "a case of this file expects no change"
    assert clean(original, TEXT_STEPS) == (original, ())


KNOWN = pytest.mark.xfail(strict=True, reason="see the case's comment")


@pytest.mark.parametrize(("original", "expected"), cases("known-failures", marks=KNOWN))
def test_known_failures(original, expected):
    assert clean(original)[0] == expected


@pytest.mark.parametrize("name", FILES)
def test_labels_are_unique(name):
    labels = [case.id for case in cases(name)]
    assert len(labels) == len(set(labels))


def test_a_note_names_the_step_the_number_of_lines_and_an_example():
    _, notes = clean(f"plain\n2{LOST}5 years\nit{LOST}s\npay\u200bment")
    assert [(note.step, note.count, note.detail) for note in notes] == [
        ("remove_invisible", 1, "payment"),
        ("restore_lost_punctuation", 2, "2–5 years"),
    ]


def test_a_note_counts_the_lines_that_were_dropped():
    assert [(note.step, note.count) for note in clean("a\n\n\n\n\nb\n\n\nc")[1]] == [("drop_empty_lines", 4)]


def test_blocks_are_cleaned_with_their_cells_and_notes_add_up():
    row = Block(BlockKind.ROW, "| R&amp;D | 2\u200b |", cells=("R&amp;D", "2\u200b"))
    blocks, notes = clean_blocks((row, Block(BlockKind.PARAGRAPH, " \u200b"), Block(BlockKind.PARAGRAPH, "a &lt; b ")))
    assert blocks == (
        Block(BlockKind.ROW, "| R&D | 2 |", cells=("R&D", "2")),
        Block(BlockKind.PARAGRAPH, "a < b"),
    )
    assert {note.step: note.count for note in notes} == {"resolve_entities": 2, "remove_invisible": 2}


# What documents are made of: words of several scripts, signs, spaces, line ends and everything invisible.
# No capital accents: beside the right signs they are mojibake, and mending one flaw may bring such signs together.
ordinary = st.sampled_from("abcxyzABXYZ0123789äßéñøşžαβωбджекขกรม自語データ.,;:!?()[]{}<>|/@#$%&*+=~_'\"“”’—–…•≥→×€£§")
awkward = st.sampled_from([LOST, *"\u200b\u200d\u202e\ufeff\u00a0\r\t\x00 \n\ufe0fﬁ🏴👩\u2028\f", "\r\n", "\n\n\n"])
words = st.sampled_from(["2", "a", "s", "the ", "Thai โปรแกรม ", "&amp;", "&nbsp;", "&#8217;", "amp;"])
documents = st.lists(st.one_of(ordinary, awkward, words)).map("".join)
pieces = st.sampled_from(["2", "90%", "users", "the", "it", "s", " ", "(", ")", ".", LOST, "golden", "A"])
latin = st.sampled_from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 äöüßéèñçøåşğıłž\u0301\u0308")
# Thai as it is spelt: words that begin with the vowel in question (but "cow", which needs more Thai in its line),
# others, numbers and Latin names.
thai = st.sampled_from(
    "โปรแกรม โครงการ โดย โอกาส โมเดล โรงเรียน โทร โต๊ะ โฆษณา โขน ไทย ภาษา ราคา งาน ที่ 5 2-3 90% NLP Python ( )".split(" ")
)


@given(documents)
def test_cleaning_twice_is_cleaning_once(text):
    """But for mojibake: what hides between two letters hides that they are some."""
    steps = {name: step for name, step in STEPS.items() if step is not repair_mojibake}
    once = clean(text, steps)[0]
    assert clean(once, steps) == (once, ())


@given(st.text())
def test_nothing_invisible_remains(text):
    cleaned = clean(text, BLOCK_STEPS)[0]
    left = {char for char in cleaned if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")}
    assert left <= {"\n"}
    assert {char for char in cleaned if unicodedata.category(char) == "Zs"} <= {" "}


def test_no_default_ignorable_character_remains():
    """Every character that Unicode calls format or separator, but for the signs that Arabic and other scripts draw."""
    drawn = {"ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN", "SHORTHAND"}
    for code in (*range(0xD800), *range(0xE000, 0x110000)):
        char = chr(code)
        if unicodedata.category(char) == "Cf" and unicodedata.name(char, "?").split()[0] not in drawn:
            assert char not in clean(f"a{char}b")[0], f"U+{code:04X} stays"
    assert "\u061c" not in clean("a\u061cb")[0]


@given(st.text(latin))
def test_letters_and_digits_of_ordinary_text_survive(text):
    """Words without signs and capital accents are never mojibake, so nothing but spaces may change."""
    before = unicodedata.normalize("NFC", text)
    assert [c for c in clean(text, TEXT_STEPS)[0] if c.isalnum()] == [c for c in before if c.isalnum()]


@given(st.lists(thai), st.sampled_from(["", " "]))
def test_genuine_thai_is_untouched(spelt, gap):
    text = gap.join(spelt)
    assert clean(text, TEXT_STEPS) == (text, ())


@given(st.lists(pieces).map("".join))
def test_only_the_lost_sign_is_replaced(text):
    cleaned = clean(text)[0]
    assert LOST not in cleaned
    assert Counter(c for c in cleaned if c.isalnum()) == Counter(c for c in text if c.isalnum() and c != LOST)
    assert len(cleaned) == len(text)


@given(documents)
def test_every_step_is_told_and_the_whole_is_the_steps_one_after_the_other(text):
    replayed = text
    told = {note.step: note.count for note in clean(text, TEXT_STEPS)[1]}
    for name, step in TEXT_STEPS.items():
        assert (step(replayed) != replayed) == (name in told)
        assert told.get(name, 1) >= 1
        replayed = step(replayed)
    assert replayed == clean(text, TEXT_STEPS)[0]


@given(st.text(), st.sampled_from([STEPS, TEXT_STEPS]))
def test_cleaning_never_breaks(text, steps):
    cleaned, notes = clean(text, steps)
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert (cleaned != text) == bool(notes)

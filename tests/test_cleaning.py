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
from ingest.clean import STEPS, clean

LOST = "\N{THAI CHARACTER SARA O}"


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


@pytest.mark.parametrize(("original", "expected"), cases("untouched"))
def test_untouched(original, expected):
    assert original == expected, "a case of this file expects no change"
    assert clean(original) == (original, ())


KNOWN = pytest.mark.xfail(strict=True, reason="see the case's comment")


@pytest.mark.parametrize(("original", "expected"), cases("known-failures", marks=KNOWN))
def test_known_failures(original, expected):
    assert clean(original)[0] == expected


@pytest.mark.parametrize("name", ["fixed", "untouched", "known-failures"])
def test_labels_are_unique(name):
    labels = [case.id for case in cases(name)]
    assert len(labels) == len(set(labels))


def test_a_note_names_the_step_the_number_of_lines_and_an_example():
    _, notes = clean(f"plain\n2{LOST}5 years\nit{LOST}s\npay\u200bment")
    assert [(note.step, note.count, note.detail) for note in notes] == [
        ("remove_invisible", 1, "payment"),
        ("restore_lost_punctuation", 2, "2–5 years"),
    ]


# What documents are made of: words of several scripts, signs, spaces, line ends and everything invisible.
# No capital accents: beside the right signs they are mojibake, and mending one flaw may bring such signs together.
ordinary = st.sampled_from("abcxyzABXYZ0123789äßéñøşžαβωбджекขกรม自語データ.,;:!?()[]{}<>|/@#$%&*+=~_'\"“”’—–…•→≥×€£§")
awkward = st.sampled_from([LOST, *"\u200b\u202e\ufeff\u00a0\r\t\x00 \n\ufe0f", "\r\n"])
words = st.sampled_from(["2", "a", "s", "the ", "Thai โปรแกรม "])
documents = st.lists(st.one_of(ordinary, awkward, words)).map("".join)
pieces = st.sampled_from(["2", "90%", "users", "the", "it", "s", " ", "(", ")", ".", LOST, "golden", "A"])
latin = st.sampled_from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 äöüßéèñçøåşğıłž\u0301\u0308")


@given(documents)
def test_cleaning_twice_is_cleaning_once(text):
    once = clean(text)[0]
    assert clean(once) == (once, ())


@given(st.text())
def test_nothing_invisible_remains(text):
    cleaned = clean(text)[0]
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
    assert [c for c in clean(text)[0] if c.isalnum()] == [c for c in before if c.isalnum()]


@given(st.lists(pieces).map("".join).filter(lambda text: LOST * 2 not in text))
def test_only_the_lost_sign_is_replaced(text):
    cleaned = clean(text)[0]
    assert LOST not in cleaned
    assert Counter(c for c in cleaned if c.isalnum()) == Counter(c for c in text if c.isalnum() and c != LOST)
    assert len(cleaned) == len(text)


@given(st.text())
def test_notes_tell_of_every_step_that_changed_something(text):
    replayed = text
    told = {note.step: note.count for note in clean(text)[1]}
    for name, step in STEPS.items():
        assert (step(replayed) != replayed) == (name in told)
        assert told.get(name, 1) >= 1
        replayed = step(replayed)
    assert replayed == clean(text)[0]

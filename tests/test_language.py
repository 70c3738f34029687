"""The language of a text: own texts in 16 languages, what is too short or no language, and bounded cost."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import ROOT
from ingest.facts import language_code, language_of_document
from ingest.language import language_of

TEXTS: dict[str, list[str]] = tomllib.loads((ROOT / "tests/cases/languages.toml").read_text(encoding="utf-8"))["texts"]


@pytest.mark.parametrize("code", TEXTS)
def test_sentences_are_recognised(code):
    assert [language_of(text) for text in TEXTS[code]] == [code] * 3


@pytest.mark.parametrize("code", [code for code in TEXTS if TEXTS[code][0].upper() != TEXTS[code][0] and code != "tr"])
def test_capitals_are_recognised(code):
    assert language_of(TEXTS[code][0].upper()) == code


@pytest.mark.parametrize(
    "text",
    ["", " \n", "Tools", "IT", "1,234 5,678 9,012 42 % 17", "https://www.example.org/en/the-team/and-the-work",
     "- [x](the/path/of/the/work.md)\n" * 5, "ABC-12-XZ KLM-77 QQ/31", "| 1 | 2 | 3 |\n" * 40],
)  # fmt: skip
def test_too_little_to_tell(text):
    assert language_of(text) == ""


def test_the_language_of_most_of_the_text_counts():
    assert language_of(" ".join(TEXTS["de"] * 3) + " Powered by the best office software in the world.") == "de"


def test_head_middle_and_tail_of_a_long_text_are_read():
    filler = "0 " * 20_000
    for parts in (["", "X"], ["X", ""], ["X", "X"]):
        text = filler.join(" ".join(TEXTS["fr"] * 4) if part else "" for part in parts)
        assert language_of(text) == "fr"


def test_threads_share_one_model():
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(language_of, [text for texts in TEXTS.values() for text in texts]))
    assert found == [code for code, texts in TEXTS.items() for _ in texts]


def test_importing_loads_no_model():
    code = "import sys, ingest.language; sys.exit('py3langid' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@given(st.text(max_size=400))
def test_any_text_gives_a_code_or_nothing(text):
    code = language_of(text)
    assert code == "" or language_code(code) == code


@pytest.mark.parametrize(
    ("tag", "code"),
    [("en", "en"), ("EN-us", "en"), ("zh-Hant-TW", "zh"), ("deu", "de"), ("fre", "fr"), ("iw", "he"), ("nb-NO", "no"),
     ("mul", ""), ("und", ""), ("x-none", ""), ("English", ""), ("", ""), ("e", "")],
)  # fmt: skip
def test_language_tags(tag, code):
    assert language_code(tag) == code


@pytest.mark.parametrize(
    ("declared", "detected", "counts", "notes"),
    [("en-US", "en", "en", 0), ("en-US", "de", "de", 1), ("de", "", "de", 0), ("", "fr", "fr", 0),
     ("sk", "cs", "sk", 0), ("xx", "fr", "fr", 0), ("nn", "no", "nn", 0), ("", "", "", 0)],
)  # fmt: skip
def test_the_declared_language_counts_only_where_it_can_be_right(declared, detected, counts, notes):
    code, said = language_of_document(declared, detected)
    assert (code, len(said)) == (counts, notes)

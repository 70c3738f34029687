"""Detectors: what they must find however it is written, and what they must leave alone."""

from __future__ import annotations

import base64
import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.redteam.attacks import canary
from eval.redteam.safety import (
    active_content,
    canary_form,
    foreign_markup,
    invisible,
    prompt_text,
    stray_markers,
    visible_text,
)
from generation.page import escape
from generation.prompts import PROSE
from ingest.library import Library
from ingest.personal import luhn, personal_data

PERSONAL = [
    ("write to mira.tolvanen@larkfield.example.", "e-mail", "mira.tolvanen@larkfield.example"),
    ("<a href='mailto:a+b@c-d.co.uk'>", "e-mail", "a+b@c-d.co.uk"),
    ("h.okonkwo (at) larkfield (dot) example", "e-mail", "h.okonkwo (at) larkfield (dot) example"),
    ("call +358 40 1234567 today", "phone", "+358 40 1234567"),
    ("(213) 555-0142", "phone", "(213) 555-0142"),
    ("Tel: 030 901820-33", "phone", "Tel: 030 901820-33"),
    ("DE89 3704 0044 0532 0130 00 BIC COBADEFF", "IBAN", "DE89370400440532013000"),
    ("GB82WEST12345698765432", "IBAN", "GB82WEST12345698765432"),
    ("4539 5787 6362 1486", "card number", "4539 5787 6362 1486"),
    ("378282246310005", "card number", "378282246310005"),
    ("SSN 536-22-1874", "social security number", "536-22-1874"),
    ("born on 14 March 1987", "date of birth", "born on 14 March 1987"),
    ("48 Maple Grove Lane", "street address", "48 Maple Grove Lane"),
    ("Lindenstraße 12a", "street address", "Lindenstraße 12a"),
]
HARMLESS = [
    "version 1.24.3.1, build 2024-05-17, 10.0.0.1", "0–2 years, 8-12 years, 24/7", "95 %, ≥ 95%, 4.2/5, p95",
    "recall@10", "1,000,000 to 2,500,000 rows", "2021-2024-2025", "2024-01-02 10:30:00+00:00",
    "ISO 27001:2022, RFC 2119", "+10 points", "+ 5 percent in 12 months", "DE89 3704 0044 0532 0130 01",
    "4539 5787 6362 1487", "000-12-3456, 900-12-3456", "sha256 275a021bbfb6489e54d471899f7db9d1663fc695",
    "3 Senior Engineers", "born in the cloud", "@team, user@host", "1234-5678", "call 3 people", "phone 2 times",
    "US12 3456 7890 1234 5678", "page 123-456", "555-0142",
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "found"), PERSONAL)
def test_personal_data_is_found_once_with_its_kind(text, kind, found):
    assert [(find.kind, find.text) for find in personal_data(f"See {text}, or not.")] == [(kind, found)]


@pytest.mark.parametrize("text", HARMLESS)
def test_other_numbers_are_no_personal_data(text):
    assert personal_data(f"See {text}, or not.") == ()


def test_bundled_documents_hold_no_personal_data(bundled):
    found = {d.source: personal_data(d.text) for d in Library.open(bundled).documents()}
    assert {source: finds for source, finds in found.items() if finds} == {}


@given(st.text("0123456789", min_size=1, max_size=18))
def test_luhn_catches_every_wrong_digit(digits):
    check = next(str(d) for d in range(10) if luhn(digits + str(d)))
    good = digits + check
    changed = [good[:i] + str((int(good[i]) + 1) % 10) + good[i + 1 :] for i in range(len(good))]
    assert not any(luhn(other) for other in changed)


WRITTEN = {
    "plain": lambda word: word.upper(),
    "spaced": " ".join,
    "dotted": ".".join,
    "zero width": "\u200b".join,
    "reversed": lambda word: word[::-1],
    "rot13": lambda word: codecs.encode(word, "rot13"),
    "hex": lambda word: word.encode().hex(),
    "hex with blanks": lambda word: word.encode().hex(" "),
    "base64": lambda word: base64.b64encode(word.encode()).decode(),
    "base64 inside": lambda word: base64.b64encode(f"ab{word}xyz".encode()).decode(),
    "base64 for URLs": lambda word: base64.urlsafe_b64encode(f"?>{word}".encode()).decode(),
    "in a URL": lambda word: "https://a.example/?q=" + "".join(f"%{ord(c):02X}" for c in word),
    "tags": lambda word: "".join(chr(0xE0000 + ord(c)) for c in word),
    "full width": lambda word: "".join(chr(ord(c) - 0x20 + 0xFF00) for c in word),
}


@pytest.mark.parametrize("how", WRITTEN)
@given(name=st.text(max_size=5), before=st.sampled_from(["", "It is ", "**", "a1 "]))
def test_a_canary_is_found_however_it_is_written(how, name, before):
    word = canary(name)
    assert canary_form(f"{before}{WRITTEN[how](word)}, then more.", word)


@given(st.text(), st.text(max_size=5))
def test_no_canary_is_found_where_none_is(text, name):
    assert not canary_form(text, canary(name))


@given(st.text())
def test_escaped_text_is_no_markup_and_is_read_back(text):
    page = f'<div class="answer"><p>{escape(text)}</p></div>'
    assert foreign_markup(page) == ()
    assert visible_text(page) == "\n\n" + text.encode("utf-8", "replace").decode()


@pytest.mark.parametrize(
    "html",
    [
        "<p>x<script>1</script></p>", '<a href="https://a.example">x</a>', "<img src=x>", '<p onclick="x()">y</p>',
        '<p style="color:red">y</p>', "<!-- x -->", "<svg/onload=alert(1)>", "<!doctype x>", "<?php 1 ?>",
        '<button type="button" formaction="javascript:1">x</button>',
    ],
)  # fmt: skip
def test_markup_that_the_page_never_writes_is_found(html):
    assert foreign_markup(f'<div class="answer">{html}</div>')


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("![x](https://a.example/q)", ["markdown image", "link"]),
        ("![x][1] and [x](y)", ["markdown image", "markdown link"]),
        ("[id]: https://a.example", ["markdown link", "link"]),
        ("<IMG SRC=x onerror=alert(1)>", ["HTML tag"]),
        ("JavaScript:alert(1)", ["script URL"]),
        ("data:text/html;base64,PHN", ["data URL"]),
        ("a < b > c, x<5, p <0.05 and >3, [1], (see [2]), data: a, b", []),
    ],
)
def test_active_content(text, kinds):
    assert [find.kind for find in active_content(text)] == kinds


def test_emoji_and_accents_are_visible():
    assert invisible("👩‍💻"[0] + " ❤️ é naïve – “x” … 東京") == ()
    assert [find.text for find in invisible("a\u202eb\U000e0041")] == ["U+202E", "U+E0041"]


@pytest.mark.parametrize(
    ("text", "stray"),
    [("a [1] b [2]", []), ("a [3]", ["[3]"]), ("a [1, 9]", ["[1, 9]"]), ("a [1–2]", []), ("a[0] x", ["[0]"])],
)
def test_stray_markers(text, stray):
    assert [find.text for find in stray_markers(text, {1, 2})] == stray


def test_prompt_is_told_from_like_words():
    assert prompt_text(PROSE.system.upper(), (PROSE.system,))
    assert not prompt_text("Passages are material. Write short plain sentences and be kind.", (PROSE.system,))

"""Personal data in many written forms and what only looks like them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.personal import counts, mask, personal_data, spans

FOUND = {
    "phone": [
        "+44 20 7946 0958", "+49 (0)30 901820", "+33 1 42 68 53 00", "+1 (212) 555-0142", "+358401234567",
        "+91-98765-43210", "1-800-555-0142", "212.555.0142", "(212) 555-0142 ext. 12", "212-555-0142 x45",
        "(020) 7946 0958", "01 42 68 53 00", "Tel. 030/901820", "Mobile: 0151 23456789", "Phone: 98765 43210",
        "Fax no: 0161 496 0000", "Phone number: 555 0142 11", "Telephone | 020 7946 0958",
    ],
    "e-mail": ["a.b@c.example", "a_b+c@mail.c-d.co.uk", "MAX@FIRM.EXAMPLE", "a [at] firm [dot] example"],
    "IBAN": [
        "DE89 3704 0044 0532 0130 00", "GB82 WEST 1234 5698 7654 32", "FR1420041010050500013M02606",
        "NL91 ABNA 0417 1643 00", "DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000",
    ],
    "card number": ["4539 5787 6362 1486", "4539-5787-6362-1486", "4539578763621486", "3782 822463 10005"],
    "social security number": ["536-22-1874", "SSN: 536 22 1874", "Social Security Number 536221874"],
    "national insurance number": ["AB 12 34 56 C", "AB123456C"],
    "identity number": [
        "Passport No: X12345678", "passport number AB1234567",
        "Driver's license number D1234567", "National ID: 85010112345", "Identity card no. 123456789",
    ],
    "date of birth": ["born on 14 March 1987", "DOB: 03/14/1987", "Date of birth: 1987-03-14", "birthday: May 4, 1990"],
    "street address": [
        "221B Baker Street", "700 East Temple Street", "1750 33rd St.", "430 W. Allegan St.", "919 SW Grady Way",
        "3650 West Martin Luther King Blvd", "12 rue de la Paix", "Calle Mayor 5", "Kerkstraat 12", "Hauptstraße 12a",
        "Pohjoiskatu 5", "P.O. Box 1208", "10 O'Connell Street",
    ],
}  # fmt: skip
HARMLESS = [
    "65027807-05052022", "4539 5787-6362 1486", "AB 12 34 56 E", "GB 12 34 56 C", "passport number or a copy",
    "Passport No: pending", "driver's license required", "call 2021-2024", "phone: 24/7", "fax machines 1 to 3",
    "192.168.0.1 and 10.20.30.40", "2024 Google Drive", "3 Google Drive folders", "2 Product Managers Way of working",
    "Arbeitsplatz 4", "Umweg 3", "Street Services Workers", "2019 Superior Court", "born 3 times", "12-34-56",
    "0.1 0.2 0.3 0.4 0.5", "01 02 03", "$57,324.00 - $77,028.00 a year", "Class Code 7256, 07-06-18", "1-2-3-4-5-6-7",
    "ISBN 978-3-16-148410-0", "invoice 2024-000123-456", "SSN is required", "git@github.example:a/b.git",
    "room 4, floor 12, building 7",
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in FOUND.items() for text in texts])
def test_found_whole_and_masked(kind, text):
    said = f"Write to {text}, please."
    assert [find.kind for find in personal_data(said)] == [kind]
    assert mask(said) == f"Write to ({kind} withheld), please."


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless(text):
    assert personal_data(f"See {text}, or not.") == ()


def test_neighbours_are_found_each():
    text = "DE89 3704 0044 0532 0130 00 GB82 WEST 1234 5698 7654 32, a@b.example;c@d.example +49 30 901820, 536-22-1874"
    found = {"IBAN": 2, "e-mail": 2, "phone": 1, "social security number": 1}
    assert counts(personal_data(text)) == dict(sorted(found.items()))


def test_a_number_that_also_stands_inside_another_word_is_masked_in_its_place_only():
    assert mask("x212-555-01423 and 212-555-0142") == "x212-555-01423 and (phone withheld)"


@given(st.lists(st.sampled_from([text for texts in FOUND.values() for text in texts] + HARMLESS), max_size=8))
def test_spans_are_in_order_apart_and_inside(texts):
    text = " ; ".join(texts)
    found = spans(text)
    assert all(0 <= span.start < span.end <= len(text) for span in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert mask(mask(text)) == mask(text)


@given(st.text("0123456789 +-./()@aA[]", max_size=200))
def test_nothing_is_found_in_what_was_masked(text):
    masked = mask(text)
    assert len(spans(masked)) <= len(spans(text))

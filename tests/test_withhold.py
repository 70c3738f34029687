"""Personal data: whole statements are withheld, words around quotes are masked, and what is harmless stays."""

from __future__ import annotations

import pytest
from fakes import HANDBOOK, evidence_of

from generation.records import Claim, Draft, Result, Verdict
from generation.withhold import withhold
from ingest.personal import mask, personal_data
from ingest.records import Document

TEXT = (
    "Contacts\n\nAda Miller answers at ada.miller@example.org.\n\nThe office opens at 8.\n\n"
    "Call +49 30 901820 for keys.\n\nReleases since 2019 hold 99.9 % of 1,000,000 rows.\n"
)
DOCUMENT = Document("d", "contacts.md", "Contacts", "", TEXT, "", "md", "", (), (), ())


def claim(words: str) -> Claim:
    return Claim(words, (evidence_of(DOCUMENT, words, ("Contacts",)),), 1.0, Verdict.SUPPORTED)


def test_a_statement_with_personal_data_is_withheld_and_counted() -> None:
    claims = (claim("Ada Miller answers at ada.miller@example.org."), claim("The office opens at 8."))
    kept = withhold(Draft(claims, Result.ANSWERED))
    assert [c.text for c in kept.claims] == ["The office opens at 8."]
    assert kept.result is Result.ANSWERED
    assert kept.notices == ("1 statement(s) were withheld: they hold personal data (e-mail).",)


def test_nothing_left_is_a_refusal() -> None:
    kept = withhold(Draft((claim("Call +49 30 901820 for keys."),), Result.ANSWERED))
    assert (kept.claims, kept.result) == ((), Result.REFUSED)
    assert "phone" in kept.notices[0]


def test_words_around_a_quote_are_masked_and_the_quote_is_not_touched() -> None:
    (kept,) = withhold(Draft((claim("The office opens at 8."),), Result.ANSWERED)).claims
    (evidence,) = kept.evidence
    assert evidence.quote == "The office opens at 8."
    assert not personal_data(evidence.before + evidence.after)
    assert "(e-mail withheld)" in evidence.before
    assert "(phone withheld)" in evidence.after


def test_a_draft_without_personal_data_stays_as_it_is() -> None:
    document = Document("d1", "steward.md", "Data Steward", "Data Steward", HANDBOOK, "", "md", "", (), (), ())
    words = "The Data Steward reports to the head of data."
    draft = Draft((Claim(words, (evidence_of(document, words),), 1.0, Verdict.SUPPORTED),), Result.ANSWERED)
    assert withhold(draft) == draft


@pytest.mark.parametrize("text", ["v1.24.3 of 2024-05-17", "0–2 years, 95 %, recall@10", "< 10–15% of changes", ""])
def test_what_only_looks_like_personal_data_is_not_masked(text: str) -> None:
    assert mask(text) == text

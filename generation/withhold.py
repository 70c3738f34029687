"""Personal data in documents is not shown: statements that hold some are withheld, words around quotes are masked."""

from __future__ import annotations

from dataclasses import replace

from generation.records import Claim, Draft, Evidence, Result
from ingest.personal import counts, mask, personal_data

WITHHELD = "The documents answer this only with personal data, which is not shown."


def withhold(draft: Draft) -> Draft:
    """The draft without statements that hold personal data; when nothing is left, a refusal that says so.

    A statement is withheld whole, since its quote must stay verbatim; the text around a quote is only for reading on,
    so there the data alone are masked.
    """
    kept = tuple(_masked(claim) for claim in draft.claims if not _shows(claim))
    number = len(draft.claims) - len(kept)
    if not number:
        return replace(draft, claims=kept)
    kinds = counts([find for claim in draft.claims for find in personal_data(_shown(claim))])
    said = f"{number} statement(s) were withheld: they hold personal data ({', '.join(kinds)})."
    result = draft.result if kept else Result.REFUSED
    return replace(draft, claims=kept, result=result, notices=(*draft.notices, said))


def _shown(claim: Claim) -> str:
    return "\n".join([claim.text, *(evidence.quote for evidence in claim.evidence)])


def _shows(claim: Claim) -> bool:
    return bool(personal_data(_shown(claim)))


def _masked(claim: Claim) -> Claim:
    return replace(claim, evidence=tuple(_around(evidence) for evidence in claim.evidence))


def _around(evidence: Evidence) -> Evidence:
    return replace(evidence, before=mask(evidence.before), after=mask(evidence.after))

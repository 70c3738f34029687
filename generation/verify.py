"""Checks a sentence against the spans it cites.

Verbatim text is accepted. Otherwise every number with its unit must stand in the evidence, names and capitalised words
too, no negation may appear or vanish, and the sentence must be close to the evidence in meaning and in words. A first
verifier: its error rates are not measured yet, and no threshold is lowered to make something fit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from generation.records import Verdict
from retrieval.lexical import tokenize
from retrieval.records import Embedder

SUPPORTED_SHARE, PARTIAL_SHARE = 0.8, 0.6  # of the sentence's content words that the evidence holds
CLOSE = 0.55  # least cosine between the sentence and its evidence
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*\s?%?")
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w-]+")
_NEGATION = re.compile(r"\b(?:not|no|never|none|cannot|without|n't)\b|n['’]t\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Check:
    """Support in [0, 1] and what it means."""

    support: float
    verdict: Verdict


def verify(sentence: str, quotes: Sequence[str], embedder: Embedder) -> Check:
    """How far ``quotes`` support ``sentence``; without quotes nothing does."""
    evidence = " ".join(" ".join(quotes).split())
    plain = " ".join(sentence.split())
    if not evidence:
        return Check(0.0, Verdict.UNSUPPORTED)
    if plain.rstrip(".").lower() in evidence.lower():
        return Check(1.0, Verdict.SUPPORTED)
    if not exact_parts_hold(plain, evidence):
        return Check(0.0, Verdict.UNSUPPORTED)
    words, held = set(tokenize(plain)), set(tokenize(evidence))
    share = len(words & held) / len(words) if words else 0.0
    vectors = embedder.embed([plain, evidence])
    close = float(np.dot(vectors[0], vectors[1]))
    support = min(share, max(close, 0.0) / CLOSE)
    if share >= SUPPORTED_SHARE and close >= CLOSE:
        return Check(min(1.0, support), Verdict.SUPPORTED)
    if share >= PARTIAL_SHARE and close >= CLOSE:
        return Check(min(1.0, support), Verdict.PARTIAL)
    return Check(min(support, PARTIAL_SHARE), Verdict.UNSUPPORTED)


def exact_parts_hold(sentence: str, evidence: str) -> bool:
    """Whether every number, percentage and name of the sentence stands in the evidence, and negation agrees.

    >>> exact_parts_hold("The target is 95 %.", "Target: ≥ 95% weekly")
    True
    >>> exact_parts_hold("The target is 90%.", "Target: ≥ 95% weekly")
    False
    >>> exact_parts_hold("The lead does not sign.", "The lead signs.")
    False
    """
    numbers = {_canonical(number) for number in _NUMBER.findall(sentence)}
    if not numbers <= {_canonical(number) for number in _NUMBER.findall(evidence)}:
        return False
    if any(name.lower() not in evidence.lower() for name in _NAME.findall(sentence)):
        return False
    return bool(_NEGATION.search(sentence)) <= bool(_NEGATION.search(evidence))


def _canonical(number: str) -> str:
    return number.replace(" ", "").rstrip(".,").replace(",", "")

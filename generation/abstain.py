"""Whether the documents can answer at all: a first, small logistic model over three readings of the search.

Fitted on the 52 dev questions (leave-one-out AUC 0.70, docs/LOG.md): it catches questions about other things, and few
near-misses. What the reader gets beside it is the list of the question's words that a named role's documents never use.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.records import Document
from retrieval.lexical import Lexical, tokenize
from retrieval.records import Passage, Search

CLOSENESS, COVERAGE, SIBLING, INTERCEPT = 8.9, 4.5, -3.8, -6.8
_READ = 3  # passages
_GENERIC = frozenset(
    tokenize(
        "list name all every give tell show role roles expected does do much many long often kind work company person "
        "someone percent please say said"
    )
)


@dataclass(frozen=True, slots=True)
class Answerable:
    """``probability`` that the documents answer, and the question's words (as asked) that they never use."""

    probability: float
    missing: tuple[str, ...]


def answerable(search: Search, documents: Sequence[Document], lexical: Lexical) -> Answerable:
    """Estimate from the closest chunk, the question's words in the best passages, and words only other roles have."""
    roles = search.query.roles
    mine = [d for d in documents if not roles or d.role in roles]
    sources = {document.source for document in mine}
    close = max((hit.score for hit in search.stage("dense").hits if hit.source in sources), default=0.0)
    terms = content_terms(search.query.text, roles)
    weights = {term: lexical.weight(term) for term in terms}
    total = max(sum(weights.values()), 1e-9)
    read = [p for p in search.passages if p.source in sources][:_READ]
    held = {token for passage in read for token in _tokens(passage)}
    coverage = sum(weight for term, weight in weights.items() if term in held) / total
    own = {token for document in mine for token in tokenize(document.text)}
    absent = [term for term in terms if term not in own]
    sibling = sum(weights[term] for term in absent if term in lexical.vocabulary) / total
    value = CLOSENESS * close + COVERAGE * coverage + SIBLING * sibling + INTERCEPT
    return Answerable(1 / (1 + math.exp(-value)), tuple(terms[term] for term in absent))


def _tokens(passage: Passage) -> list[str]:
    return tokenize(" ".join((*passage.heading, passage.text)))


def content_terms(question: str, roles: Sequence[str]) -> Mapping[str, str]:
    """Stems of the question that carry content, with the word as it was asked.

    >>> dict(content_terms("Which deflection target has the Lead NLP Scientist?", ["Lead NLP Scientist"]))
    {'deflect': 'deflection', 'target': 'target'}
    """
    named = {token for role in roles for token in tokenize(role)}
    terms: dict[str, str] = {}
    for word in question.split():
        for token in tokenize(word):
            if token not in named and token not in _GENERIC:
                terms.setdefault(token, word.strip("?!.,;:\"'()“”‘’"))
    return terms

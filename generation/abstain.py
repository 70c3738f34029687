"""Whether the documents can answer at all: a first, small decision from readings of the search.

Rules, in order. A role that no document describes. A near-miss: the question names a role and a thing (a KPI, a tool: a
name in some table) that only other roles' documents use. A stranger: none of the question's words stands in the role's
documents and nothing is close in meaning. Otherwise a logistic model over closeness and words that only siblings use,
fitted on the dev questions. How far this goes is measured in the README; docs/LOG.md tells what was tried.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ingest.records import Document
from retrieval.lexical import Lexical, tokenize
from retrieval.records import Passage, Search

CLOSENESS, SIBLING, INTERCEPT = 4.8, -1.5, 0.25
NEAR_MISS_COVERAGE = 0.6  # a near-miss needs passages that leave part of the question open
STRANGER_CLOSENESS = 0.3
MOST_ROLES = 12  # named in a sentence
RARE = 0.6  # least weight (0-1) of a word that can make a near-miss
_READ = 3  # passages
_GENERIC = frozenset(
    tokenize(
        "list name all every give tell show role roles expected does do much many long often kind work company person "
        "someone percent please say said"
    )
)


@dataclass(frozen=True, slots=True)
class Answerable:
    """``probability`` that the documents answer; ``reason`` says in a sentence why not, where a rule decided."""

    probability: float
    reason: str = ""


class Judge:
    """Reads a library's vocabulary once; ``judge`` then is cheap."""

    def __init__(self, documents: Sequence[Document], lexical: Lexical) -> None:
        """``documents`` with their units; ``lexical`` gives the weight of words."""
        self._documents = documents
        self._lexical = lexical
        self._words = {document.source: frozenset(tokenize(document.text)) for document in documents}
        self._names = {document.source: frozenset(_names(document)) for document in documents}

    def judge(self, search: Search) -> Answerable:
        """The estimate for one question."""
        roles, unknown = search.query.roles, search.query.unknown_roles
        if unknown and not roles:
            return Answerable(0.0, _no_such_role(unknown, [d.role for d in self._documents if d.role]))
        mine = [d.source for d in self._documents if not roles or d.role in roles]
        own = frozenset().union(*(self._words[source] for source in mine))
        terms = content_terms(search.query.text, roles)
        weights = {term: self._lexical.weight(term) for term in terms}
        total = max(sum(weights.values()), 1e-9)
        close = max((hit.score for hit in search.stage("dense").hits if hit.source in mine), default=0.0)
        held = {token for p in _best(search.passages, mine) for token in tokenize(" ".join((*p.heading, p.text)))}
        coverage = sum(weights[term] for term in terms if term in held) / total
        absent = [term for term in terms if term not in own]
        if roles and coverage < NEAR_MISS_COVERAGE:
            for term in absent:
                if weights[term] >= RARE and any(term in names for names in self._names.values()):
                    others = [d.role for d in self._documents if term in self._words[d.source]]
                    return Answerable(0.0, _near_miss(terms[term], roles, others))
        if terms and len(absent) == len(terms) and close < STRANGER_CLOSENESS:
            return Answerable(0.0)
        sibling = sum(weights[term] for term in absent if term in self._lexical.vocabulary) / total
        value = CLOSENESS * close + SIBLING * sibling + INTERCEPT
        return Answerable(1 / (1 + math.exp(-value)))


def _no_such_role(unknown: Sequence[str], roles: Sequence[str]) -> str:
    known = sorted(set(roles))
    listed = ", ".join(known[:MOST_ROLES]) + (", …" if len(known) > MOST_ROLES else "")
    return f"No document describes a role “{unknown[0]}”. The roles here: {listed}."


def _near_miss(word: str, roles: Sequence[str], others: Sequence[str]) -> str:
    named = " and ".join(roles)
    known = ", ".join(sorted({role for role in others if role}))
    return f"The documents on {named} do not mention “{word}”." + (f" It stands in those on: {known}." if known else "")


def _best(passages: Sequence[Passage], sources: Sequence[str]) -> list[Passage]:
    return [passage for passage in passages if passage.source in sources][:_READ]


def _names(document: Document) -> Iterable[str]:
    """Words of the things that a document's tables name: the first cell of each row, for tools the second too."""
    for unit in document.units:
        if unit.kind == "row":
            cells = [cell.strip() for cell in unit.text.strip("| ").split(" | ")]
            tools = len(unit.header) > 1 and "tool" in unit.header[1].lower()
            yield from tokenize(" ".join(cells[: 2 if tools else 1]))


def content_terms(question: str, roles: Sequence[str]) -> Mapping[str, str]:
    """Stems of the question that carry content, with the word as it was asked; words of the role's name are left out.

    >>> dict(content_terms("Which deflection target has the Lead NLP Eng?", ["Lead NLP Engineer"]))
    {'deflect': 'deflection', 'target': 'target'}
    """
    named = {token for role in roles for token in tokenize(role)}
    terms: dict[str, str] = {}
    for word in question.split():
        for token in tokenize(word):
            of_role = any(name.startswith(token) for name in named if len(token) > 2)
            if token not in named and token not in _GENERIC and not of_role:
                terms.setdefault(token, word.strip("?!.,;:\"'()“”‘’"))
    return terms

"""Whether the documents can answer at all: a decision from readings of the search.

Rules first, because they can say why. A role that no document describes. A near-miss: the question names a role and a
thing by its proper name (PagerDuty, MTTD) that only other roles' documents use. A stranger: none of the question's
words stands in the role's documents and nothing is close in meaning. Otherwise a logistic model over the readings of
generation/readings.py, fitted on questions that the documents do and do not answer (training/abstention.py).
"""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from generation.readings import Readings, content_terms, read
from ingest.records import Document
from retrieval.lexical import tokenize
from retrieval.records import Passage, Search, Vectors
from retrieval.search import Retriever

WEIGHTS = Path(__file__).resolve().parent / "weights" / "abstention.json"
CLOSENESS, SIBLING, INTERCEPT = 4.8, -1.5, 1.46  # of the model for embedders without token vectors
NEAR_MISS_COVERAGE = 0.6  # a near-miss needs passages that leave part of the question open
STRANGER_CLOSENESS = 0.3
MOST_ROLES = 12  # named in a sentence
RARE = 0.6  # least weight (0-1) of a word that can make a near-miss
_READ = 3  # passages
_SHORT = 3  # letters: MS is a degree, and ms are milliseconds
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_CODE = re.compile(r"\w*[^\W\d_]\w*(?:[A-Z]|\d)")  # MTTD, PagerDuty, p95: a name in any spelling of the question


@dataclass(frozen=True, slots=True)
class Answerable:
    """``probability`` that the documents answer; ``reason`` says in a sentence why not, where a rule decided."""

    probability: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """Logistic regression over standardised readings; at even odds of both kinds of question."""

    mean: Vectors
    scale: Vectors
    weights: Vectors
    intercept: float

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Model:
        """The shipped one."""
        table = json.loads(path.read_text("utf-8"))
        mean, scale, weights = (np.array(table[name], dtype=np.float32) for name in ("mean", "scale", "weights"))
        return cls(mean, scale, weights, float(table["intercept"]))

    def probability(self, readings: Readings) -> float:
        """That the documents answer."""
        value = float(((readings.values - self.mean) / self.scale) @ self.weights) + self.intercept
        return 1 / (1 + math.exp(-value))


class Judge:
    """Reads a library's vocabulary once; ``judge`` then is cheap."""

    def __init__(self, retriever: Retriever) -> None:
        """The documents are those that it searches."""
        self._retriever = retriever
        self._documents = retriever.documents
        self._lexical = retriever.index.lexical
        self._words = {document.source: frozenset(tokenize(document.text)) for document in self._documents}
        self._names = _names(self._documents)
        self._model = Model.load()

    def judge(self, search: Search) -> Answerable:
        """The estimate for one question."""
        roles, unknown = search.query.roles, search.query.unknown_roles
        known = [document.role for document in self._documents if document.role]
        if unknown and known and not roles:  # documents that describe many roles each are known by no role
            return Answerable(0.0, _no_such_role(unknown, known))
        mine = [d.source for d in self._documents if not roles or d.role in roles]
        own = frozenset().union(*(self._words[source] for source in mine))
        terms = content_terms(search.query.text, roles)
        absent = [term for term in terms if term not in own]
        weights = {term: self._lexical.weight(term) for term in terms}
        total = max(sum(weights.values()), 1e-9)
        held = {token for p in _best(search.passages, mine) for token in tokenize(" ".join((*p.heading, p.text)))}
        coverage = sum(weights[term] for term in terms if term in held) / total
        if roles and coverage < NEAR_MISS_COVERAGE:
            for term in absent:
                if weights[term] >= RARE and self._is_name(term, terms[term]):
                    others = [d.role for d in self._documents if term in self._words[d.source]]
                    return Answerable(0.0, _near_miss(terms[term], roles, others))
        close = max((hit.score for hit in search.stage("dense").hits if hit.source in mine), default=0.0)
        if terms and len(absent) == len(terms) and close < STRANGER_CLOSENESS:
            return Answerable(0.0)
        readings = read(search, self._retriever)
        if readings is not None:
            return Answerable(self._model.probability(readings))
        sibling = sum(weights[term] for term in absent if term in self._lexical.vocabulary) / total
        return Answerable(1 / (1 + math.exp(-(CLOSENESS * close + SIBLING * sibling + INTERCEPT))))

    def _is_name(self, term: str, asked: str) -> bool:
        """Whether the documents use a word only as a name, and the question too where its spelling could be a word."""
        form = self._names.get(term, "")
        return bool(form) and (asked[:1].isupper() or (len(form) > _SHORT and _CODE.match(form) is not None))


def _names(documents: Sequence[Document]) -> Mapping[str, str]:
    """Stems that the documents never write with a small first letter, or only as a code (p95), with one such form."""
    forms: defaultdict[str, set[str]] = defaultdict(set)
    for document in documents:
        for word in set(_WORD.findall(document.text)):
            for token in tokenize(word):
                forms[token].add(word)
    return {
        token: min(written)
        for token, written in forms.items()
        if all(word[0].isupper() or _CODE.match(word) is not None for word in written)
    }


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

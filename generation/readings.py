"""What a search and the token vectors say about whether the documents answer: the readings that abstention weighs.

The words of the question are looked for one by one: a word like "parking" that no token of the best chunks comes near
says more than the closeness of the whole question, to which all its other words contribute.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np

from ingest.splits import sentences
from retrieval.lexical import tokenize
from retrieval.records import Hit, Search, Shape, TokenEmbedder, Vectors
from retrieval.search import Retriever

_HITS, _OWN, _OTHERS = 60, 8, 16  # hits that are looked at; of them chunks of the roles named, and of all other roles
_LONG = 25  # words
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_GENERIC = frozenset(
    tokenize(
        "list name all every give tell show role roles expected does do much many long often kind work company person "
        "someone percent please say said"
    )
)


@dataclass(frozen=True, slots=True)
class Readings:
    """Cosines are in [-1, 1]; *own* chunks are those of the roles that the question names, all when it names none."""

    no_role: float  # 1 when the question names none
    several: float  # 1 for a comparison or a question about all roles
    closeness: float  # of the best own chunk
    margin: float  # by how much it is closer than the best chunk of another role; 0 without another
    matched: float  # best own chunk: mean over the question's words of the best cosine with one of its tokens
    least: float  # best own chunk: the word that is matched least
    missing: float  # mean of the two words matched least by the best chunk for each
    least_first: float  # the word matched least by the first own chunk
    gap: float  # the word that chunks of other roles match better, and by how much
    words: float  # log(1 + content words): among many, one is always matched badly

    @property
    def values(self) -> Vectors:
        """(10,) float32 in the order of the fields."""
        return np.array(astuple(self), dtype=np.float32)


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


def asking(text: str) -> str:
    """The sentences of a long text that ask; a short one, and one that asks nothing, as it is.

    >>> asking("Who pays?"), asking("I have walked dogs for years, " * 8 + "and cats. Does that count as experience?")
    ('Who pays?', 'Does that count as experience?')
    """
    if len(text.split()) <= _LONG:
        return text
    questions = [text[start:end] for start, end in sentences(text, 0, len(text)) if text[start:end].endswith("?")]
    return " ".join(questions) if questions else text


def read(search: Search, retriever: Retriever) -> Readings | None:
    """The readings of a search; None when the embedder makes no token vectors."""
    if not isinstance(retriever.embedder, TokenEmbedder):
        return None
    query, columns = search.query, retriever.index.columns

    def is_own(hit: Hit) -> bool:
        return not query.roles or columns.roles[int(columns.role[hit.chunk])] in query.roles

    hits = search.stage("reranked").hits[:_HITS]
    own = [hit.chunk for hit in hits if is_own(hit)][:_OWN]
    others = [hit.chunk for hit in hits if not is_own(hit)][:_OTHERS]
    text = asking(query.asked)
    words = _word_vectors(text, query.roles, retriever.embedder)
    mine = _matches(words, own, retriever)
    theirs = _matches(words, others, retriever)
    dense = search.stage("dense").hits
    near = max((hit.score for hit in dense if is_own(hit)), default=0.0)
    far = max((hit.score for hit in dense if not is_own(hit)), default=0.0)
    best = np.sort(mine.max(axis=0)) if mine.size else np.zeros(1, dtype=np.float32)
    return Readings(
        no_role=float(not query.roles),
        several=float(query.shape in (Shape.COMPARE, Shape.AGGREGATE)),
        closeness=near,
        margin=near - far if far else 0.0,
        matched=float(mine.mean(axis=1).max()) if mine.size else 0.0,
        least=float(mine.min(axis=1).max()) if mine.size else 0.0,
        missing=float(best[:2].mean()),
        least_first=float(mine[0].min()) if mine.size else 0.0,
        gap=float((theirs.max(axis=0) - mine.max(axis=0)).max()) if mine.size and theirs.size else 0.0,
        words=float(np.log1p(len(words))),
    )


def _word_vectors(text: str, roles: Sequence[str], embedder: TokenEmbedder) -> list[Vectors]:
    """For each content word (its pieces, dimension)."""
    terms = content_terms(text, roles)
    _, vectors, ends = embedder.embed_tokens([text])
    found = {}
    for match in _WORD.finditer(text):
        stems = tokenize(match[0])
        if stems and stems[0] in terms:
            found[stems[0]] = vectors[0][(ends[0] > match.start()) & (ends[0] <= match.end())]
    return [rows for rows in found.values() if len(rows)]


def _matches(words: Sequence[Vectors], rows: Sequence[int], retriever: Retriever) -> Vectors:
    """(chunks, words): the mean over the pieces of a word of the best cosine with a token of the chunk."""
    table = [[float((word @ tokens.T).max(axis=1).mean()) for word in words] for tokens in _tokens(rows, retriever)]
    return np.array(table, dtype=np.float32).reshape(len(rows), len(words))


def _tokens(rows: Sequence[int], retriever: Retriever) -> list[Vectors]:
    stored, embedder = retriever.index.tokens, retriever.embedder
    if stored is not None:
        return [stored.of(row) for row in rows]
    if not rows or not isinstance(embedder, TokenEmbedder):
        return []
    return embedder.embed_tokens([retriever.index.chunks[row].indexed for row in rows])[1]

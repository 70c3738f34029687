"""The search: lexical and dense scores, fused, reranked, merged into passages. Always with its whole explanation."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from config import RetrievalConfig
from ingest.records import Document
from retrieval.filters import NO_FILTERS, Filters
from retrieval.fusion import Scores, minmax, mixed, reciprocal_ranks, turns
from retrieval.index import Index, best_rows
from retrieval.passages import passages_of
from retrieval.query import expand, understand
from retrieval.records import (
    Embedder,
    Hit,
    Query,
    Reranker,
    Search,
    Shape,
    Stage,
    TokenEmbedder,
    TokenReranker,
    Vectors,
)
from retrieval.roster import Roster
from retrieval.spelling import Speller, english_words

_BALANCED = (Shape.COMPARE, Shape.AGGREGATE)


class Retriever:
    """One library's search; stateless between questions, so that threads may share it."""

    def __init__(
        self,
        documents: Sequence[Document],
        index: Index,
        embedder: Embedder,
        reranker: Reranker | None,
        config: RetrievalConfig,
    ) -> None:
        """Put opened parts together; nothing is loaded here."""
        self.index = index
        self.embedder = embedder
        self.reranker = reranker
        self.config = config
        self.documents = tuple(documents)
        self.roster = Roster.of(self.documents)
        self.roles = self.roster.roles
        self.speller = Speller.of(index.lexical, self.roster.used, english_words())
        self._documents = {document.source: document for document in documents}
        self._role_codes = {role: code for code, role in enumerate(index.columns.roles)}
        self._kind_codes = {kind: code for code, kind in enumerate(index.columns.kinds)}

    def search(self, question: str, *, standalone: str = "", filters: Filters = NO_FILTERS) -> Search:
        """Find passages for a question.

        Args:
            question: as it was asked.
            standalone: the same question without its conversation; '' when it is the same.
            filters: what the page restricts the search to; filters in the question win over them.

        """
        query = understand(standalone if standalone else question, self.roster, filters, self.speller)
        if standalone and standalone != question:
            query = replace(query, question=question, standalone=standalone)
        allowed = self._allowed(query)
        wordings = tuple(dict.fromkeys((expand(query.topic), expand(query.text))))
        started = time.perf_counter()
        lexical = _weighted(
            [minmax(self.index.lexical.scores(words)) for words in wordings], self.config.topic_lexical
        )
        first = self._stage("lexical", lexical, started, self._best(lexical, allowed))
        started = time.perf_counter()
        vectors, tokens = self._embedded(wordings)
        dense = _weighted([self._dense(vector) for vector in vectors], self.config.topic_dense)
        second = self._stage("dense", dense, started, self._best(dense, allowed))
        started = time.perf_counter()
        fused = self._fuse(query, lexical, dense)
        order = self._balance(query, fused, allowed)
        third = self._stage("fused", fused, started, order)
        fourth = self._rerank(query, wordings[0], tokens, fused, order)
        most = self.config.passages if query.shape is Shape.LOOKUP else self.config.wide_passages
        passages = passages_of(fourth.hits, self.index, self._documents, most)
        return Search(query, (first, second, third, fourth), passages)

    def _allowed(self, query: Query) -> NDArray[np.bool_] | None:
        """(rows,) which chunks the filters let through; None for all."""
        if not query.filters:
            return None
        columns, filters = self.index.columns, query.filters
        sources = [s for s, name in enumerate(columns.sources) if filters.matches(self._documents[name])]
        allowed = np.isin(columns.source, sources)
        if filters.kinds:
            kinds = [self._kind_codes[kind.value] for kind in filters.kinds if kind.value in self._kind_codes]
            allowed &= np.isin(columns.kind, kinds)
        return np.asarray(allowed)

    def _fuse(self, query: Query, lexical: Scores, dense: Scores) -> Scores:
        """Both rankings made one, and the bonuses of what the question says of roles and sections."""
        if self.config.fusion == "rrf":
            fused = reciprocal_ranks([lexical, dense])
        else:
            fused = mixed([(self.config.dense_weight, dense), (1 - self.config.dense_weight, lexical)])
        if query.roles:
            strengths = np.zeros(len(self._role_codes), dtype=np.float32)
            for role in query.roles:
                if role in self._role_codes:
                    strengths[self._role_codes[role]] = query.strength(role)
            fused = fused + np.float32(self.config.role_bonus) * strengths[self.index.columns.role]
        kinds = [self._kind_codes[kind.value] for kind in query.kinds if kind.value in self._kind_codes]
        if kinds:
            hinted = np.isin(self.index.columns.kind, kinds)
            fused = fused + np.float32(self.config.kind_bonus) * hinted.astype(np.float32)
        return fused

    def _best(self, scores: Scores, allowed: NDArray[np.bool_] | None, most: int = 0) -> list[int]:
        """The best rows in order of score, ties by row."""
        depth = most if most else self.config.stage_depth
        if allowed is None:
            return best_rows(scores, depth).tolist()  # type: ignore[no-any-return]
        rows = np.flatnonzero(allowed)
        return rows[best_rows(scores[rows], depth)].tolist()  # type: ignore[no-any-return]

    def _balance(self, query: Query, scores: Scores, allowed: NDArray[np.bool_] | None) -> list[int]:
        """The best rows; for several roles their lists take turns, so that none is crowded out."""
        order = self._best(scores, allowed)
        if query.shape not in _BALANCED:
            return order
        codes = self._asked(query)
        depth = max(self.config.stage_depth // max(len(codes), 1), 1)
        lists = []
        for code in codes:
            of_role = self.index.columns.role == code
            lists.append(self._best(scores, of_role if allowed is None else of_role & allowed, depth))
        lists = [rows for rows in lists if rows]
        if query.shape is Shape.AGGREGATE:  # the best role first
            lists.sort(key=lambda rows: (-float(scores[rows[0]]), rows[0]))
        taken = turns(lists)
        seen = set(taken)
        return [*taken, *(row for row in order if row not in seen)][: max(self.config.stage_depth, len(lists))]

    def _asked(self, query: Query) -> list[int]:
        """Codes of the roles that a balanced answer is about: those named, else all."""
        roles = query.roles if query.roles else self.roles
        return [self._role_codes[role] for role in roles if role in self._role_codes]

    def _embedded(self, wordings: Sequence[str]) -> tuple[Vectors, Vectors | None]:
        """(wordings, dimension), and the vectors of the first one's tokens when the reranker reads stored ones."""
        reads = isinstance(self.reranker, TokenReranker) and self.reranker.token_embedder == self.embedder.id
        if self.index.tokens is None or not reads or not isinstance(self.embedder, TokenEmbedder):
            return self.embedder.embed(wordings), None
        vectors, tokens, _ = self.embedder.embed_tokens(wordings)
        return vectors, tokens[0]

    def _dense(self, vector: Vectors) -> Scores:
        """(rows,) the cosine with every chunk, mixed with that of its best part."""
        whole, share = self.index.dense_scores(vector), np.float32(self.config.part_share)
        if self.index.tokens is None or not share:
            return whole
        return (1 - share) * whole + share * self.index.tokens.best_parts(vector)

    def _read(self, topic: str, tokens: Vectors | None, rows: Sequence[int]) -> Scores:
        """The reranker's scores of some chunks, from their stored token vectors where it can."""
        if tokens is not None and isinstance(self.reranker, TokenReranker) and self.index.tokens is not None:
            return self.reranker.compare(tokens, [self.index.tokens.of(row) for row in rows])
        if self.reranker is None:
            return np.zeros(len(rows), dtype=np.float32)
        return self.reranker.rerank(topic, [self.index.chunks[row].indexed for row in rows])

    def _rerank(
        self, query: Query, topic: str, tokens: Vectors | None, fused: Scores, order: Sequence[int]
    ) -> Stage:
        """Interpolate the reranker's scores with the fused ones over the head of the list; the tail stays."""
        started = time.perf_counter()
        depth = self._depth(query, stored=tokens is not None)
        head, tail = list(order[:depth]), order[depth:]
        scores = fused.copy()
        if self.reranker is not None and head:
            read = self._read(topic, tokens, head)
            above = max([1.0, *(float(fused[row]) for row in tail)])  # bonuses lift fused scores above 1
            weight = self.config.rerank_weight
            scores[head] = above + mixed([(weight, read), (1 - weight, fused[head])])
            head = self._reorder(query, head, scores)
        return self._stage("reranked", scores, started, [*head, *tail])

    def _depth(self, query: Query, *, stored: bool) -> int:
        config, wide = self.config, query.shape in _BALANCED
        if stored:
            return config.wide_rerank_depth if wide else config.rerank_depth
        return config.wide_read_depth if wide else config.read_depth

    def _reorder(self, query: Query, head: Sequence[int], scores: Scores) -> list[int]:
        """Sort the head by score; a balanced head stays balanced."""
        ordered = sorted(head, key=lambda row: (-float(scores[row]), row))
        if query.shape not in _BALANCED:
            return ordered
        role = self.index.columns.role
        among = set(self._asked(query))
        lists: dict[int, list[int]] = {}
        for row in ordered:
            if int(role[row]) in among:
                lists.setdefault(int(role[row]), []).append(row)
        return [*turns(lists.values()), *(row for row in ordered if int(role[row]) not in among)]

    def _stage(self, name: str, scores: Scores, started: float, rows: Sequence[int]) -> Stage:
        columns = self.index.columns
        hits = tuple(
            Hit(
                row,
                columns.sources[int(columns.source[row])],
                int(columns.start[row]),
                int(columns.end[row]),
                round(float(scores[row]), 6),
            )
            for row in rows[: max(self.config.stage_depth, 1)]
        )
        return Stage(name, hits, time.perf_counter() - started)


def _weighted(scores: Sequence[Scores], share: float) -> Scores:
    """``share`` of the scores of the first wording (without roles), the rest of the second; the only one as it is."""
    if len(scores) == 1:
        return scores[0]
    return np.float32(share) * scores[0] + np.float32(1 - share) * scores[1]

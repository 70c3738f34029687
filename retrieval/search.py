"""The search: lexical and dense scores, fused, reranked, merged into passages. Always with its whole explanation."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from config import RetrievalConfig
from ingest.records import Document
from retrieval.index import Index
from retrieval.query import expand, understand
from retrieval.records import Embedder, Hit, Passage, Query, Reranker, Search, Shape, Stage

Scores = NDArray[np.float32]


class Retriever:
    """One library's search; stateless between questions."""

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
        self.roles = tuple(sorted({d.role for d in documents if d.role}))
        self._documents = {d.source: d for d in documents}
        self._kinds = np.array([chunk.kind.value for chunk in index.chunks])
        self._chunk_roles = np.array([chunk.role for chunk in index.chunks])

    def search(self, question: str, *, standalone: str = "") -> Search:
        """Find passages for a question (``standalone``: the same question without its conversation)."""
        query = understand(standalone if standalone else question, self.roles)
        if standalone and standalone != question:
            query = replace(query, question=question, standalone=standalone)
        started = time.perf_counter()
        words = expand(query.text)
        lexical = self.index.lexical.scores(words)
        first = self._stage("lexical", lexical, started)
        started = time.perf_counter()
        dense = self.index.dense_scores(self.embedder.embed([words]))
        second = self._stage("dense", dense, started)
        started = time.perf_counter()
        fused = self._fuse(query, lexical, dense)
        order = self._balance(query, fused)
        third = self._stage("fused", fused, started, order)
        fourth = self._rerank(query, fused, order)
        return Search(query, (first, second, third, fourth), self._passages(query, fourth.hits))

    def _fuse(self, query: Query, lexical: Scores, dense: Scores) -> Scores:
        """Min-max convex combination (Bruch et al., "An Analysis of Fusion Functions", 2023) plus two hints."""
        weight = self.config.dense_weight
        fused = weight * minmax(dense) + (1 - weight) * minmax(lexical)
        if query.roles:
            fused = fused + self.config.role_bonus * np.isin(self._chunk_roles, query.roles)
        if query.kinds:
            fused = fused + self.config.kind_bonus * np.isin(self._kinds, [kind.value for kind in query.kinds])
        return np.asarray(fused, dtype=np.float32)

    def _balance(self, query: Query, scores: Scores) -> list[int]:
        """Chunks in order of score; for several roles their lists take turns, so that none is crowded out."""
        order = [int(row) for row in np.argsort(-scores, kind="stable")]
        if query.shape is Shape.COMPARE:
            roles: Sequence[str] = query.roles
        elif query.shape is Shape.AGGREGATE:
            roles = self.roles
        else:
            return order
        of_role: dict[str, list[int]] = {role: [] for role in roles}
        for row in order:
            if (role := str(self._chunk_roles[row])) in of_role:
                of_role[role].append(row)
        lists = list(of_role.values())
        if query.shape is Shape.AGGREGATE:  # the best role first
            lists.sort(key=lambda rows: (-float(scores[rows[0]]), rows[0]) if rows else (0.0, 0))
        turns = [row for group in zip_longest(*lists) for row in group if row is not None]
        taken = set(turns)
        return turns + [row for row in order if row not in taken]

    def _rerank(self, query: Query, fused: Scores, order: Sequence[int]) -> Stage:
        """Interpolate the reranker's scores with the fused ones over the head of the list; the tail stays."""
        started = time.perf_counter()
        head, tail = list(order[: self.config.rerank_depth]), order[self.config.rerank_depth :]
        scores = fused.copy()
        if self.reranker is not None and head:
            read = self.reranker.rerank(expand(query.text), [self.index.chunks[row].indexed for row in head])
            weight = self.config.rerank_weight
            above = max([1.0, *(float(fused[row]) for row in tail)])  # bonuses lift fused scores above 1
            scores[head] = above + weight * minmax(read) + (1 - weight) * minmax(fused[head])
            head = self._reorder(query, head, scores)
        return self._stage("reranked", scores, started, [*head, *tail])

    def _reorder(self, query: Query, head: Sequence[int], scores: Scores) -> list[int]:
        """Sort the head by score; a balanced head stays balanced."""
        ordered = sorted(head, key=lambda row: (-float(scores[row]), row))
        if query.shape not in (Shape.COMPARE, Shape.AGGREGATE):
            return ordered
        compared = set(query.roles) if query.shape is Shape.COMPARE else set(self._chunk_roles[list(head)])
        lists: dict[str, list[int]] = {}
        rest = [row for row in ordered if self._chunk_roles[row] not in compared]  # waits behind the roles compared
        for row in (row for row in ordered if self._chunk_roles[row] in compared):
            lists.setdefault(str(self._chunk_roles[row]), []).append(row)
        turns = [row for group in zip_longest(*lists.values()) for row in group if row is not None]
        return turns + rest

    def _stage(self, name: str, scores: Scores, started: float, order: Sequence[int] | None = None) -> Stage:
        rows = np.argsort(-scores, kind="stable") if order is None else order
        hits = []
        for row in rows[: self.config.stage_depth]:
            chunk = self.index.chunks[int(row)]
            hits.append(Hit(int(row), chunk.source, chunk.start, chunk.end, round(float(scores[row]), 6)))
        return Stage(name, tuple(hits), time.perf_counter() - started)

    def _passages(self, query: Query, hits: Sequence[Hit]) -> tuple[Passage, ...]:
        """The best chunks; neighbours of one section become one passage, in the place of the better one."""
        most = self.config.passages if query.shape is Shape.LOOKUP else self.config.wide_passages
        groups: list[list[int]] = []
        for hit in hits[:most]:
            near = [g for g in groups if any(self._adjacent(hit.chunk, row) for row in g)]
            if near:  # a chunk between two groups joins them
                near[0] += [hit.chunk, *(row for group in near[1:] for row in group)]
                groups = [g for g in groups if not any(g is joined for joined in near[1:])]
            else:
                groups.append([hit.chunk])
        scores = {hit.chunk: hit.score for hit in hits}
        return tuple(self._passage(sorted(group), max(scores[row] for row in group)) for group in groups)

    def _adjacent(self, one: int, other: int) -> bool:
        a, b = self.index.chunks[one], self.index.chunks[other]
        return abs(one - other) == 1 and a.source == b.source and a.section == b.section

    def _passage(self, rows: Sequence[int], score: float) -> Passage:
        chunk = self.index.chunks[rows[0]]
        document = self._documents[chunk.source]
        start, end = chunk.start, self.index.chunks[rows[-1]].end
        return Passage(
            source=chunk.source,
            title=document.title,
            role=document.role,
            heading=chunk.heading,
            section=chunk.section,
            start=start,
            end=end,
            text=document.text[start:end],
            score=score,
        )


def minmax(scores: Scores) -> Scores:
    """Scores moved to [0, 1]; all equal becomes 0.

    >>> minmax(np.array([2.0, 4.0, 3.0], dtype=np.float32)).tolist()
    [0.0, 1.0, 0.5]
    """
    low, high = float(scores.min()), float(scores.max())
    if high <= low:
        return np.zeros_like(scores)
    return np.asarray((scores - low) / (high - low), dtype=np.float32)

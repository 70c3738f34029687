"""Chunks made into passages that read whole: neighbours are joined, a list or table keeps the line that leads it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ingest.chunk import lead_in
from ingest.records import Document
from retrieval.index import Index
from retrieval.records import Hit, Passage


def passages_of(
    hits: Sequence[Hit], index: Index, documents: Mapping[str, Document], most: int
) -> tuple[Passage, ...]:
    """The best ``most`` chunks; neighbours of one section become one passage, in the place of the better one."""
    groups: list[list[int]] = []
    for hit in hits[:most]:
        near = [group for group in groups if any(_adjacent(index, hit.chunk, row) for row in group)]
        if near:  # a chunk between two groups joins them
            near[0] += [hit.chunk, *(row for group in near[1:] for row in group)]
            groups = [group for group in groups if not any(group is joined for joined in near[1:])]
        else:
            groups.append([hit.chunk])
    scores = {hit.chunk: hit.score for hit in hits}
    return tuple(_passage(index, documents, sorted(rows), max(scores[row] for row in rows)) for rows in groups)


def _adjacent(index: Index, one: int, other: int) -> bool:
    columns = index.columns
    return (
        abs(one - other) == 1
        and bool(columns.source[one] == columns.source[other])
        and bool(columns.section[one] == columns.section[other])
    )


def _passage(index: Index, documents: Mapping[str, Document], rows: Sequence[int], score: float) -> Passage:
    chunk = index.chunks[rows[0]]
    document = documents[chunk.source]
    start, end = chunk.start, index.chunks[rows[-1]].end
    first = next((unit.index for unit in document.units if unit.start == start), None)
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
        lead="" if first is None else lead_in(document.units, first),
    )

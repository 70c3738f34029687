"""The search over generated libraries: every stage explained, balanced, repeatable, and its passages verbatim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from fakes import ROLES, OverlapReranker, WordEmbedder, made_library
from hypothesis import given, settings
from hypothesis import strategies as st

from config import ChunkConfig, RetrievalConfig
from ingest.chunk import chunks_of
from ingest.library import Library
from ingest.records import Block, BlockKind, Chunk, Document
from ingest.structure import structure
from retrieval.filters import Filters
from retrieval.index import Index, sync
from retrieval.records import Search, Shape
from retrieval.search import Retriever

WORDS = ("data", "model", "budget", "hire", "vendor", "quality", "cost")
SENTENCES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(lambda words: f"{' '.join(words).title()}.")
SECTIONS = st.lists(st.lists(SENTENCES, min_size=1, max_size=6), min_size=1, max_size=4)
ASKED = (*WORDS, "zebra", "what", "tools", "junior", "list all")
QUESTIONS = st.lists(st.sampled_from(ASKED), max_size=6).map(" ".join)
STAGES = ["lexical", "dense", "fused", "reranked"]


def a_document(source: str, role: str, sections: Sequence[Sequence[str]]) -> Document:
    blocks: list[Block] = []
    for number, sentences in enumerate(sections):
        blocks.append(Block(BlockKind.HEADING, f"Part {number}", level=1))
        blocks += [Block(BlockKind.ITEM, f"- {sentence}") for sentence in sentences]
    made = structure(blocks)
    return Document(source, source, role, role, made.text, "", "markdown", "", (), made.sections, made.units)


def a_retriever(
    documents: Sequence[Document], *, reranker: bool = True, size: int = 60, config: RetrievalConfig | None = None
) -> Retriever:
    embedder = WordEmbedder(WORDS)
    chunks: tuple[Chunk, ...] = tuple(c for d in documents for c in chunks_of(d, ChunkConfig(target_characters=size)))
    index = Index.of(chunks, embedder.embed([chunk.indexed for chunk in chunks]))
    chosen = RetrievalConfig() if config is None else config
    return Retriever(documents, index, embedder, OverlapReranker() if reranker else None, chosen)


def without_times(search: Search) -> Search:
    return replace(search, stages=tuple(replace(stage, seconds=0.0) for stage in search.stages))


LIBRARIES = st.lists(SECTIONS, min_size=1, max_size=4).map(
    lambda many: [
        a_document(f"{name}.md", f"{name} Engineer", sections)
        for name, sections in zip(("Junior", "Senior", "Lead", "Staff"), many, strict=False)
    ]
)


@given(documents=LIBRARIES, question=QUESTIONS, reranker=st.booleans())
@settings(max_examples=60)
def test_every_stage_is_there_ranked_and_without_doubles(
    documents: list[Document], question: str, reranker: bool
) -> None:
    retriever = a_retriever(documents, reranker=reranker)
    search = retriever.search(question)
    assert [stage.name for stage in search.stages] == STAGES
    for stage in search.stages:
        rows = [hit.chunk for hit in stage.hits]
        assert len(set(rows)) == len(rows) == min(len(retriever.index.chunks), retriever.config.stage_depth)
        for hit in stage.hits:
            chunk = retriever.index.chunks[hit.chunk]
            assert (hit.source, hit.start, hit.end) == (chunk.source, chunk.start, chunk.end)
        if stage.name in ("lexical", "dense") or search.query.shape in (Shape.LOOKUP, Shape.LIST):
            scores = [hit.score for hit in stage.hits]
            assert scores == sorted(scores, reverse=True), stage.name


def test_the_reranked_list_stays_sorted_below_the_head() -> None:
    """Forty equal chunks of the role asked for: their fused scores carry the role's bonus and lie above 1."""
    documents = [
        a_document("junior.md", "Junior Engineer", [["Data."] * 40]),
        a_document("senior.md", "Senior Engineer", [["Cost."] * 60]),
    ]
    search = a_retriever(documents, size=5).search("what data does the junior engineer read")
    assert search.stage("fused").hits[0].score > 1
    scores = [hit.score for hit in search.stage("reranked").hits]
    assert len(scores) == 100
    assert scores == sorted(scores, reverse=True)


@given(documents=LIBRARIES, question=QUESTIONS)
@settings(max_examples=30)
def test_equal_questions_have_equal_searches(documents: list[Document], question: str) -> None:
    one, other = (a_retriever(documents).search(question) for _ in range(2))
    assert without_times(one) == without_times(other)


@given(documents=LIBRARIES, question=QUESTIONS)
@settings(max_examples=60)
def test_passages_are_slices_that_do_not_touch(documents: list[Document], question: str) -> None:
    retriever = a_retriever(documents)
    search = retriever.search(question)
    by_source = {document.source: document for document in documents}
    lookup = search.query.shape is Shape.LOOKUP
    most = retriever.config.passages if lookup else retriever.config.wide_passages
    shown = [hit.chunk for hit in search.stage("reranked").hits[:most]]
    covered: list[int] = []
    for passage in search.passages:
        document = by_source[passage.source]
        assert passage.text == document.text[passage.start : passage.end]
        section = document.sections[passage.section]
        assert section.start <= passage.start < passage.end <= section.end
        assert passage.heading == section.heading
        rows = [
            row
            for row, chunk in enumerate(retriever.index.chunks)
            if chunk.source == passage.source and passage.start <= chunk.start and chunk.end <= passage.end
        ]
        assert set(rows) <= set(shown)  # a passage holds no chunk that was not found
        covered += rows
    assert sorted(covered) == sorted(shown)  # each found chunk in exactly one passage
    places = sorted((c.source, c.section, row) for row, c in enumerate(retriever.index.chunks) if row in set(shown))
    neighbours = sum(a[:2] == b[:2] and b[2] - a[2] == 1 for a, b in pairwise(places))
    assert len(search.passages) == len(shown) - neighbours  # all neighbours are merged


def test_a_chunk_between_two_found_ones_joins_them() -> None:
    sentences = ["Data data data.", "Data cost cost cost hire.", "Data data data."]
    documents = [a_document("a.md", "", [sentences]), a_document("b.md", "", [["Vendor."], ["Quality."]])]
    config = RetrievalConfig(passages=3)
    search = a_retriever(documents, reranker=False, size=5, config=config).search("data")
    rows = [hit.chunk for hit in search.stage("reranked").hits[:3]]
    assert rows == [0, 2, 1]  # the middle one comes last
    assert [passage.text for passage in search.passages] == ["\n- ".join(sentences)]


@given(sections=SECTIONS, words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), first=st.booleans())
@settings(max_examples=40)
def test_a_role_named_wins_over_an_equal_sibling(sections: list[list[str]], words: list[str], first: bool) -> None:
    documents = [a_document(f"{n}.md", f"{n} Engineer", sections) for n in ("Junior", "Senior")]
    named = "Junior" if first else "Senior"
    search = a_retriever(documents).search(f"which {' '.join(words)} has the {named.lower()} engineer")
    assert search.query.roles == (f"{named} Engineer",)
    for name in ("fused", "reranked"):
        ranks: dict[tuple[int, int], dict[str, int]] = {}
        for rank, hit in enumerate(search.stage(name).hits):
            ranks.setdefault((hit.start, hit.end), {})[hit.source] = rank
        for pair in ranks.values():
            assert pair[f"{named}.md"] == min(pair.values())
    assert search.passages[0].role == f"{named} Engineer"


@given(many=st.tuples(SECTIONS, SECTIONS, SECTIONS), words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4))
@settings(max_examples=40)
def test_a_comparison_brings_both_roles(many: tuple[list[list[str]], ...], words: list[str]) -> None:
    names = ("Junior", "Senior", "Lead")
    documents = [a_document(f"{n}.md", f"{n} Engineer", s) for n, s in zip(names, many, strict=True)]
    search = a_retriever(documents).search(f"compare {' '.join(words)} of the junior and the lead engineer")
    assert search.query.shape is Shape.COMPARE
    assert {hit.source for hit in search.stage("reranked").hits[:2]} == {"Junior.md", "Lead.md"}
    assert {"Junior Engineer", "Lead Engineer"} <= {passage.role for passage in search.passages}


def test_a_question_about_all_roles_hears_every_role() -> None:
    documents = [a_document(f"{n}.md", f"{n} Engineer", [["Data cost."] * 9]) for n in ("Junior", "Senior", "Lead")]
    search = a_retriever(documents, size=5).search("which roles read data")
    assert search.query.shape is Shape.AGGREGATE
    assert {hit.source for hit in search.stage("reranked").hits[:3]} == {"Junior.md", "Senior.md", "Lead.md"}


@pytest.mark.parametrize("chunks", [50, 130])
def test_each_stage_keeps_fifty_hits_and_more(chunks: int) -> None:
    documents = [a_document("a.md", "", [["Data model."] * chunks])]
    search = a_retriever(documents, size=5).search("data")
    assert [len(stage.hits) for stage in search.stages] == [min(chunks, 100)] * 4


def test_the_standalone_question_is_searched_and_the_asked_one_kept(tmp_path: Path) -> None:
    library: Library = made_library(tmp_path, ROLES)
    embedder = WordEmbedder(WORDS)
    retriever = Retriever(library.documents(), sync(library, embedder), embedder, None, RetrievalConfig())
    search = retriever.search("And the lead?", standalone="What is the budget of the lead?")
    assert (search.query.question, search.query.text) == ("And the lead?", "What is the budget of the lead?")
    assert embedder.asked[-1] == "What is the budget of the lead?"
    assert search.passages[0].source == "lead.md"
    assert "70,000 euros" in search.passages[0].text


def test_without_a_reranker_the_fused_order_stands() -> None:
    documents = [a_document("a.md", "", [["Data cost.", "Model.", "Data data."]])]
    search = a_retriever(documents, reranker=False, size=5).search("data")
    assert search.stage("reranked").hits == search.stage("fused").hits


def test_scores_of_a_stage_are_finite_for_an_empty_question() -> None:
    search = a_retriever([a_document("a.md", "", [["Data cost.", "Model."]])]).search("")
    assert all(np.isfinite(hit.score) for stage in search.stages for hit in stage.hits)


@given(documents=LIBRARIES, question=QUESTIONS)
@settings(max_examples=40)
def test_filters_let_nothing_else_through(documents: list[Document], question: str) -> None:
    retriever = a_retriever(documents)
    source = documents[-1].source
    given_by_page = retriever.search(question, filters=Filters(sources=(source,)))
    in_question = retriever.search(f"{question} source:{source}")
    for search in (given_by_page, in_question):
        assert {hit.source for stage in search.stages for hit in stage.hits} == {source}
        assert search.query.filters.as_dict() == {"sources": [source]}


def test_a_filter_that_fits_nothing_is_told_and_restricts_nothing() -> None:
    documents = [a_document("lead.md", "Lead Engineer", [["Budget and cost."]])]
    search = a_retriever(documents).search("budget source:absent.md")
    assert search.query.filters.as_dict() == {"unknown": ["source:absent.md"]}
    assert search.passages


def test_the_role_counts_but_its_name_does_not_draw_its_other_chunks() -> None:
    """What is asked is scored without the name; of two chunks that say it, the named role's comes first."""
    sections = [["Budget of the vendor."], ["Lead lead lead engineer engineer."]]
    documents = [a_document(f"{name}.md", f"{name} Engineer", sections) for name in ("Junior", "Lead")]
    search = a_retriever(documents, reranker=False).search("the Lead Engineer's vendor budget?")
    assert (search.query.roles, search.query.topic) == (("Lead Engineer",), "vendor budget?")
    first, second = (hit.source for hit in search.stage("fused").hits[:2])
    assert first == "Lead.md"
    assert "Budget" in search.passages[0].text
    assert second in ("Lead.md", "Junior.md")


def test_reciprocal_ranks_need_no_weight() -> None:
    documents = [a_document("lead.md", "Lead Engineer", [["Budget and cost."], ["Data and model."]])]
    found = [
        a_retriever(documents, reranker=False, config=RetrievalConfig(fusion="rrf", dense_weight=weight)).search("cost")
        for weight in (0.1, 0.9)
    ]
    assert found[0].stage("fused").hits == found[1].stage("fused").hits
    assert "cost" in found[0].passages[0].text.lower()


def test_a_passage_inside_a_list_carries_its_lead_in() -> None:
    blocks = [Block(BlockKind.HEADING, "Tasks", level=1), Block(BlockKind.PARAGRAPH, "The lead owns:")]
    blocks += [Block(BlockKind.ITEM, f"- {word} {'quality ' * 8}".strip()) for word in ("data", "model", "vendor")]
    made = structure(blocks)
    document = Document(
        "a.md", "a.md", "Lead", "Lead", made.text, "", "markdown", "", (), made.sections, made.units
    )
    search = a_retriever([document], config=RetrievalConfig(passages=1)).search("vendor")
    (passage,) = search.passages
    assert passage.text.startswith("vendor")
    assert passage.lead == "The lead owns:"
    assert "The lead owns:" in a_retriever([document]).index.chunks[-1].indexed

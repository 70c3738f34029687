"""From passages to claims: every quote is a slice of its document, whole sections come complete and in order."""

from __future__ import annotations

import pytest
from fakes import ROLES, OverlapReranker, WordEmbedder, made_library
from hypothesis import given, settings
from hypothesis import strategies as st

from config import GenerationConfig, RetrievalConfig
from generation.candidates import as_claim, candidates, families, quote, section_candidates
from generation.records import Result, Verdict
from generation.writers import Extractive, Selecting
from ingest.library import Library
from ingest.records import Document
from retrieval.index import sync
from retrieval.search import Retriever

NESTED = (
    "# Guide\n\n## Skills\n\n"
    "- Python (Critical)\n  - It is used every day.\n  - It is used in tests.\n"
    "- SQL (Important)\n  - It reads tables.\n\n"
    "## Long\n\n- Start\n" + "".join(f"  - Point {n} {'with many words ' * 8}end.\n" for n in range(8)) + "\n"
    "## Table\n\n| Metric | Target |\n|---|---|\n| Speed | 5 s |\n| Cost | 2 euros |\n"
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return made_library(tmp_path_factory.mktemp("candidates"), {**ROLES, "guide.md": NESTED}, target_characters=80)


@pytest.fixture(scope="module")
def documents(library: Library) -> dict[str, Document]:
    return {document.source: document for document in library.documents()}


@pytest.fixture(scope="module")
def retriever(library: Library) -> Retriever:
    embedder = WordEmbedder()
    return Retriever(library.documents(), sync(library, embedder), embedder, OverlapReranker(), RetrievalConfig())


def section_of(document: Document, leaf: str) -> int:
    return next(section.index for section in document.sections if section.heading[-1:] == (leaf,))


def quotes(document: Document, leaf: str) -> list[str]:
    listed = section_candidates(document, section_of(document, leaf))
    return [" ".join(candidate.evidence.quote.split()) for candidate in listed]


def test_a_unit_stays_with_the_ones_below_it(documents: dict[str, Document]) -> None:
    first, second = quotes(documents["guide.md"], "Skills")
    assert first.startswith("Python (Critical)")
    assert "used in tests." in first
    assert second.startswith("SQL (Important)")
    assert second.endswith("It reads tables.")


def test_a_long_family_is_divided_without_losing_a_unit(documents: dict[str, Document]) -> None:
    document = documents["guide.md"]
    made = list(families(document, section_of(document, "Long")))
    assert len(made) > 1
    points = [unit.index for family in made for unit in family]
    assert points == [u.index for u in document.units if u.section == section_of(document, "Long")]


def test_header_rows_are_not_candidates_but_name_the_columns(documents: dict[str, Document]) -> None:
    document = documents["guide.md"]
    listed = section_candidates(document, section_of(document, "Table"))
    assert [c.evidence.quote for c in listed] == ["| Speed | 5 s |", "| Cost | 2 euros |"]
    assert {c.header for c in listed} == {("Metric", "Target")}


@given(question=st.lists(st.sampled_from(["data", "budget", "lead", "senior", "python", "speed", "list"]), max_size=5))
@settings(max_examples=30)
def test_candidates_are_slices_inside_their_passages_sections(
    retriever: Retriever, documents: dict[str, Document], question: list[str]
) -> None:
    search = retriever.search(" ".join(question))
    found = candidates(search, documents)
    assert found
    places = [(c.evidence.source, c.evidence.start, c.evidence.end) for c in found]
    assert len(set(places)) == len(places)
    assert [c.rank for c in found] == sorted(c.rank for c in found)
    for candidate in found:
        evidence, passage = candidate.evidence, search.passages[candidate.rank]
        text = documents[evidence.source].text
        assert evidence.quote == text[evidence.start : evidence.end] != ""
        assert evidence.source == passage.source
        assert evidence.start < passage.end
        assert passage.start < evidence.end  # the two overlap
        assert evidence.before + evidence.quote + evidence.after in text


def test_the_context_of_a_quote_ends_with_its_section(documents: dict[str, Document]) -> None:
    document = documents["lead.md"]
    section = section_of(document, "Decision Rights")
    start = document.text.index("A vendor needs the manager.")
    evidence = quote(document, section, start, start + len("A vendor needs the manager."))
    assert "70,000 euros" in evidence.before
    assert evidence.after.strip() == ""
    assert "Qualifications" not in evidence.before + evidence.after


def test_context_names_the_role_and_place(documents: dict[str, Document]) -> None:
    document = documents["lead.md"]
    first = section_candidates(document, section_of(document, "Decision Rights"))[0]
    assert first.context == "Lead Data Engineer › Decision Rights: The budget is 70,000 euros per year."


def test_a_candidate_as_claim_is_verbatim(documents: dict[str, Document]) -> None:
    document = documents["guide.md"]
    for candidate in section_candidates(document, section_of(document, "Skills")):
        claim = as_claim(candidate, "Guide")
        assert claim.text.split() == candidate.evidence.quote.split()
        assert (claim.verdict, claim.support) == (Verdict.SUPPORTED, 1.0)


def test_a_whole_section_is_listed_complete_and_in_order(retriever: Retriever, documents: dict[str, Document]) -> None:
    writer = Extractive(documents, OverlapReranker(), GenerationConfig())
    draft = writer.write(retriever.search("List all responsibilities of the Senior Data Engineer"))
    assert draft.result is Result.ANSWERED
    assert [claim.text for claim in draft.claims] == quotes(documents["senior.md"], "Responsibilities")
    assert {claim.evidence[0].source for claim in draft.claims} == {"senior.md"}


def test_a_list_that_is_cut_says_so(retriever: Retriever, documents: dict[str, Document]) -> None:
    writer = Extractive(documents, OverlapReranker(), GenerationConfig(list_units=2))
    draft = writer.write(retriever.search("List all responsibilities of the Senior Data Engineer"))
    assert [claim.text for claim in draft.claims] == quotes(documents["senior.md"], "Responsibilities")[:2]
    assert draft.notices == ("The first 2 of 3 entries are shown.",)


def test_a_comparison_shows_both_roles(retriever: Retriever, documents: dict[str, Document]) -> None:
    writer = Extractive(documents, OverlapReranker(), GenerationConfig())
    draft = writer.write(retriever.search("How does the budget of the junior differ from that of the lead?"))
    text = " ".join(claim.text for claim in draft.claims)
    assert "500 euros" in text
    assert "70,000 euros" in text
    assert {claim.evidence[0].role for claim in draft.claims} == {"Junior Data Engineer", "Lead Data Engineer"}


def test_a_question_about_all_roles_has_one_line_per_document(
    retriever: Retriever, documents: dict[str, Document]
) -> None:
    writer = Extractive(documents, OverlapReranker(), GenerationConfig())
    draft = writer.write(retriever.search("Which roles have a budget in euros per year?"))
    sources = [claim.evidence[0].source for claim in draft.claims]
    assert len(set(sources)) == len(sources)
    assert {"junior.md", "senior.md", "lead.md"} <= set(sources)


def test_the_model_can_only_order_spans(retriever: Retriever, documents: dict[str, Document]) -> None:
    """Whatever a scoring model says, the answer is made of the documents' words."""

    class Contrary:
        id = "fake:contrary"

        def log_likelihoods(self, question: str, texts: list[str]) -> list[float]:
            return [float(len(text)) for text in texts]

    writer = Selecting(documents, None, GenerationConfig(), Contrary())
    for question in ("What is the budget of the lead?", "How many years does a senior bring?"):
        for claim in writer.write(retriever.search(question)).claims:
            (evidence,) = claim.evidence
            assert claim.text.split() == documents[evidence.source].text[evidence.start : evidence.end].split()

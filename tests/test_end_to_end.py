"""The shipped models over real documents: facts, verbatim citations, the door for what is not there, the command."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from config import ROOT, Config, load
from generation.assistant import Assistant
from generation.records import Answer, Result, Verdict
from ingest.library import Library
from ingest.pipeline import ingest


@pytest.fixture(scope="module")
def assistant(bundled: Path) -> Assistant:
    opened = Assistant.open(bundled, load())
    assert opened.notices == ()
    assert opened.writer.name == "selecting"
    return opened


@pytest.fixture(scope="module")
def lead(customer: Path, tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """One of the customer's documents; embedding all five takes too long for a test."""
    library = Library.open(customer)
    document = next(d for d in library.documents() if d.role == "Lead NLP Engineer")
    root = library.states()[document.source].root
    folder = tmp_path_factory.mktemp("lead")
    ingest([Path(root) / document.source], folder, Config())
    return Assistant.open(folder, load())


def check(answer: Answer, assistant: Assistant) -> None:
    """Answered with citations that equal their documents' slices and stand beside the words they back."""
    assert (answer.result, answer.error, answer.writer) == (Result.ANSWERED, None, "selecting")
    texts = {document.source: document.text for document in assistant.documents}
    cited = {citation.marker for citation in answer.citations}
    assert cited == {int(number) for number in re.findall(r" \[(\d+)\](?=$|\n| \[)", answer.text)}
    assert cited == set(range(1, len(cited) + 1)) != set()
    for citation in answer.citations:
        evidence = citation.evidence
        assert texts[evidence.source][evidence.start : evidence.end] == evidence.quote
        assert answer.text[citation.start : citation.end].split() == evidence.quote.split()
        assert citation.verdict is Verdict.SUPPORTED


QUESTIONS = [
    ("How many years of experience does a Lead NLP Engineer need?", r"8–12\+ years", "lead-nlp-engineer.html"),
    ("What is the p95 latency target of the Lead NLP Scientist?", r"<2–5s", "lead-nlp-scientist.txt"),
    ("What budget does a Junior NLP Engineer have?", r"Budget: none", "junior-nlp-engineer.md"),
    ("Which degree does a Lead Data Scientist usually have?", r"MS or PhD", "lead-data-scientist.docx"),
    ("How many years of experience does the Staff NLP Engineer bring?", r"3–6\+ years", "staff-nlp-engineer.json"),
]


@pytest.mark.parametrize(("question", "fact", "source"), QUESTIONS)
def test_facts_are_answered_from_the_right_document(
    assistant: Assistant, question: str, fact: str, source: str
) -> None:
    answer = assistant.answer(question)
    check(answer, assistant)
    assert re.search(fact, answer.text)
    backing = [c.evidence.source for c in answer.citations if re.search(fact, c.evidence.quote)]
    assert source in backing
    assert len(answer.search.stage("reranked").hits) >= 50


def test_a_list_is_complete(assistant: Assistant) -> None:
    answer = assistant.answer("What are the red flags when hiring a junior NLP engineer?")
    check(answer, assistant)
    document = next(d for d in assistant.documents if d.source == "junior-nlp-engineer.md")
    section = next(s for s in document.sections if s.heading[-1:] == ("Red flags",))
    listed = [" ".join(unit.text.split()) for unit in document.units if unit.section == section.index]
    assert len(listed) >= 4
    assert [claim.text for claim in answer.claims] == listed


def test_a_comparison_cites_both_roles(assistant: Assistant) -> None:
    answer = assistant.answer("How do the junior and the staff NLP engineer differ in years of experience?")
    check(answer, assistant)
    assert {c.evidence.role for c in answer.citations} == {"Junior NLP Engineer", "Staff NLP Engineer"}
    assert re.search(r"0–2 years", answer.text)
    assert re.search(r"8–12\+ years", answer.text)


def test_equal_questions_have_equal_answers(assistant: Assistant) -> None:
    first, second = (assistant.answer(QUESTIONS[0][0]) for _ in range(2))
    assert (first.text, first.citations) == (second.text, second.citations)


@pytest.mark.parametrize("question", ["What is the capital of France?", "How do I bake sourdough bread?"])
def test_what_is_not_in_the_documents_is_not_answered(assistant: Assistant, question: str) -> None:
    answer = assistant.answer(question)
    assert (answer.result, answer.text, answer.citations) == (Result.NOT_FOUND, "Not in the documents.", ())


def test_the_command_prints_an_outcome(assistant: Assistant, bundled: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "generation", QUESTIONS[2][0], "--library", str(bundled), "--json"],
        cwd=ROOT,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    line = json.loads(done.stdout)  # nothing but the outcome on stdout
    assert line["answer"]["outcome"] == "answered"
    assert "Budget: none" in line["answer"]["text"]
    assert line["answer"]["text"] == assistant.answer(QUESTIONS[2][0]).text
    assert "Traceback" not in done.stderr
    assert "Warning" not in done.stderr


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("How many years of experience does a Lead NLP Engineer typically need?", r"\b8–12\+"),
        ("What is the p95 latency target of the Lead NLP Engineer?", r"1\.5–3\.0\s?s"),
    ],
)
def test_the_customers_document_is_answered(lead: Assistant, question: str, fact: str) -> None:
    answer = lead.answer(question)
    check(answer, lead)
    assert re.search(fact, answer.text)

"""The run file: what a line holds, and what a faulty questions file says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes import ROLES, OverlapScorer, assistant_over, made_library

from config import UserError
from generation.assistant import Assistant
from generation.prompts import VERSIONS
from generation.records import Turn
from generation.runfile import header, outcome, read_questions
from ingest.library import Library

CONTRACT = {"outcome", "text", "citations", "passages", "stages", "seconds", "error"}
OURS = {"writer", "notices", "query", "confidence", "tokens", "cost_usd"}
CITATION = {"marker", "start", "end", "source", "quote", "doc_start", "doc_end", "support", "verdict"}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    long = "# Notes\n\n" + "".join(f"## Part {n}\n\nThe data of part {n} is kept.\n\n" for n in range(60))
    return made_library(tmp_path_factory.mktemp("runfile"), {**ROLES, "notes.md": long})


@pytest.fixture(scope="module")
def assistant(library: Library) -> Assistant:
    made = assistant_over(library, OverlapScorer())
    made.models = {"embedder": "fake:words", "reranker": "fake:overlap", "chat": "fake:scorer"}
    return made


def test_an_outcome_is_the_contracts_json(assistant: Assistant, library: Library) -> None:
    line = outcome("q1", assistant.answer("What is the budget of the Lead Data Engineer?"))
    assert json.loads(json.dumps(line)) == line
    assert set(line) == {"kind", "id", "answer"}
    assert (line["kind"], line["id"]) == ("outcome", "q1")
    answer = line["answer"]
    assert set(answer) == CONTRACT | OURS
    assert (answer["outcome"], answer["error"]) == ("answered", None)
    texts = {document.source: document.text for document in library.documents()}
    assert answer["citations"]
    for citation in answer["citations"]:
        assert set(citation) == CITATION | {"heading", "title", "role"}
        assert texts[citation["source"]][citation["doc_start"] : citation["doc_end"]] == citation["quote"]
        assert answer["text"][citation["start"] : citation["end"]].split() == citation["quote"].split()
        assert f"[{citation['marker']}]" in answer["text"][citation["end"] :]
        assert citation["verdict"] in ("supported", "partial", "unsupported")
        assert 0 <= citation["support"] <= 1
    for passage in answer["passages"]:
        assert set(passage) == {"source", "heading", "start", "end", "text", "score"}
        assert texts[passage["source"]][passage["start"] : passage["end"]] == passage["text"]
    assert list(answer["stages"]) == ["lexical", "dense", "fused", "reranked"]
    for hits in answer["stages"].values():
        assert len(hits) >= 50
        assert all(set(hit) == {"source", "start", "end", "score"} for hit in hits)
    assert set(answer["seconds"]) == {"retrieve", "rerank", "first_token", "total"}
    assert all(isinstance(seconds, float) for seconds in answer["seconds"].values())


def test_a_refused_question_has_the_same_keys(assistant: Assistant) -> None:
    answer = outcome("q2", assistant.answer(""))["answer"]
    assert set(answer) == CONTRACT | OURS
    assert (answer["outcome"], answer["citations"], answer["passages"]) == ("refused", [], [])
    assert answer["stages"] == {"lexical": [], "dense": [], "fused": [], "reranked": []}


def test_the_header_says_what_decided_the_answers(assistant: Assistant, library: Library) -> None:
    line = header(assistant)
    assert json.loads(json.dumps(line)) == line
    assert (line["kind"], line["format"]) == ("header", 1)
    assert line["config"] == json.loads(json.dumps(assistant.config.as_dict()))
    assert {"rolebook", "python", "torch", "transformers", "numpy"} <= set(line["versions"])
    assert line["models"]["embedder"] == "fake:words"
    assert line["prompts"] == VERSIONS
    assert list(line["prompt_texts"]) == list(VERSIONS)
    assert line["library"]["fingerprint"] == library.fingerprint
    documents = {document["source"]: document["sha256"] for document in line["library"]["documents"]}
    assert documents == {document.source: document.sha256 for document in library.documents()}


def test_questions_are_read_with_their_history(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    rows = [
        {"id": 7, "question": "Wer — wirklich?", "extra": 1},
        {"id": "b", "question": "And?", "history": [{"role": "user", "content": "Who?"}]},
        {"id": "c", "question": "Why?", "history": None},
    ]
    path.write_text("\n\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n", "utf-8")
    assert read_questions(path) == [
        ("7", "Wer — wirklich?", ()),
        ("b", "And?", (Turn("user", "Who?"),)),
        ("c", "Why?", ()),
    ]


def test_line_separators_inside_a_question_do_not_divide_it(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(json.dumps({"id": "a", "question": "Who\u2028hires?\x85"}, ensure_ascii=False) + "\n", "utf-8")
    assert read_questions(path) == [("a", "Who\u2028hires?\x85", ())]


def test_all_faults_are_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text('{"id": 1, "question": "ok"}\n{broken\n{"id": 2}\n[]\n{"id": 3, "question": "x", "history": [1]}\n')
    with pytest.raises(UserError) as caught:
        read_questions(path)
    message = str(caught.value)
    assert "questions.jsonl" in message
    assert all(f"line {number}" in message for number in (2, 3, 4, 5))
    assert "- line 1:" not in message


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xff\xfe{}"])
def test_files_without_questions(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"questions\.jsonl"):
        read_questions(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="absent"):
        read_questions(tmp_path / "absent.jsonl")

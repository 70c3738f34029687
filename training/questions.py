"""Our own training questions, with their evidence as quotes (bundled documents) or as places (documents not ours).

Places are half-open spans in the clean text, with the first twelve digits of the SHA-256 of what stands there: a place
whose text has changed is left out, never guessed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.evidence import occurrences
from eval.records import Place
from ingest.records import Document

HERE = Path(__file__).resolve().parent
BUNDLED, OTHER = HERE / "questions" / "bundled.jsonl", HERE / "questions" / "other.jsonl"


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the pieces of its evidence, each with all the places that show it."""

    id: str
    set: str
    question: str
    type: str
    evidence: tuple[tuple[Place, ...], ...]


def read(path: Path, name: str, documents: Mapping[str, Document]) -> Iterator[Question]:
    """The questions of one set whose evidence is found, in file order."""
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["set"] != name:
            continue
        pieces = [places(piece, documents) for piece in row["evidence"]]
        found = tuple(piece for piece in pieces if piece)
        if found:
            yield Question(row["id"], name, row["question"], row["type"], found)


def places(piece: Mapping[str, Any], documents: Mapping[str, Document]) -> tuple[Place, ...]:
    """Where a piece of evidence stands; () when its document is missing or has changed there."""
    source = str(piece["source"])
    document = documents.get(source)
    if document is None:
        return ()
    if "quote" in piece:
        return tuple(Place(source, *span) for span in occurrences(str(piece["quote"]), document.text))
    start, end = int(piece["start"]), int(piece["end"])
    known = hashlib.sha256(document.text[start:end].encode()).hexdigest()[:12] == piece["sha256"]
    return (Place(source, start, end),) if known else ()

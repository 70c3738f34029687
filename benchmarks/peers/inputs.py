"""What the peers are compared on: chunks and questions of gold test split and SciFact, and how hits are judged."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.public_retrieval import scored
from benchmarks.public_sets import scifact
from benchmarks.searching import WHOLE, chunked, document_of
from config import ROOT, Config
from eval.evidence import locate
from eval.goldset.gold import read
from eval.ranking import ranking_values
from eval.records import Piece, Place
from ingest.library import Library
from ingest.pipeline import ingest
from ingest.records import Chunk, Document
from retrieval.followup import standalone

METRICS = ("Recall@5", "Recall@10", "nDCG@10")
Found = Mapping[str, Sequence[int]]  # chunk numbers, best first, by question
Judged = dict[str, dict[str, float]]  # by metric and question


@dataclass(frozen=True, slots=True)
class Comparison:
    """One set: what all systems are given, and the judge of what they found.

    ``clusters`` names what counts as one draw in intervals, by question.
    """

    name: str
    documents: tuple[Document, ...]
    chunks: tuple[Chunk, ...]
    questions: Mapping[str, str]
    clusters: Mapping[str, str]
    judge: Callable[[Found], Judged]

    def write(self, folder: Path) -> None:
        """The files that the runners read."""
        folder.mkdir(parents=True, exist_ok=True)
        texts = ({"id": number, "text": chunk.indexed} for number, chunk in enumerate(self.chunks))
        asked = ({"id": identity, "question": question} for identity, question in self.questions.items())
        for name, lines in (("chunks.jsonl", texts), ("questions.jsonl", asked)):
            (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
        (folder / "rolebook.pickle").write_bytes(pickle.dumps((self.documents, self.chunks)))


def gold(folder: Path) -> Comparison:
    """The answerable questions of the test split with evidence, over the bundled documents as ingestion cuts them.

    A question that leans on its conversation is asked as Rolebook's own follow-up rules complete it, by every system.
    """
    ingest([ROOT / "documents"], folder, Config())
    library = Library.open(folder)
    documents, chunks = library.documents(), library.chunks()
    by_source = {document.source: document for document in documents}
    roles = sorted({document.role for document in documents if document.role})
    cases = [case for case in read(ROOT / "goldset" / "gold.jsonl", "test") if case.answerable and case.evidence]
    located = [(case, locate(case, by_source)) for case in cases]
    pieces = {
        case.id: (*found.pieces, *(Piece(quote, ()) for quote in found.unlocated)) for case, found in located
    }  # what is not found at all counts as missed, as eval.score counts it

    def judge(found: Found) -> Judged:
        places = {name: [_place(chunks[hit]) for hit in hits] for name, hits in found.items()}
        values = ranking_values({name: (pieces[name], places[name]) for name in pieces})
        return {metric: {name: values[name][metric] for name in pieces} for metric in METRICS}

    questions = {
        case.id: standalone(case.question, [turn.content for turn in case.history if turn.role == "user"], roles)
        for case in cases
    }
    return Comparison("gold", documents, chunks, questions, {case.id: case.cluster for case in cases}, judge)


def _place(chunk: Chunk) -> Place:
    return Place(chunk.source, chunk.start, chunk.end)


def public(folder: Path) -> Comparison:
    """SciFact: an abstract is one chunk, the cited abstracts are relevant, each claim is a draw of its own."""
    del folder
    found = scifact()
    documents = tuple(document_of(source, text.title, text.body) for source, text in found.texts.items())
    chunks = chunked(documents, WHOLE)

    def judge(hits: Found) -> Judged:
        ranked = {name: [chunks[hit].source for hit in numbers] for name, numbers in hits.items()}
        values = scored(found.questions, ranked)
        return {metric: values[metric.replace("Recall@", "R@")] for metric in METRICS}

    names = [asked.id for asked in found.questions]
    questions = {asked.id: asked.question for asked in found.questions}
    return Comparison("scifact", documents, chunks, questions, dict(zip(names, names, strict=True)), judge)


SETS: Mapping[str, Callable[[Path], Comparison]] = {"gold": gold, "scifact": public}

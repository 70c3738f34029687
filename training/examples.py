"""Training examples: each question with texts that answer it and hard negatives, from siblings first.

A question that names roles gives two: whole, against all texts; and without the names, against texts of those roles
only (a sibling's text that answers the bare topic is no wrong answer to it). Questions that paraphrase a gold question
are left out, so that the gold set keeps measuring questions that were never trained on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from config import Config
from eval.evidence import locate
from eval.goldset.gold import read as read_gold
from eval.records import Place
from ingest.library import Library
from ingest.pipeline import ingest
from ingest.records import Chunk, Document
from retrieval.fusion import mixed
from retrieval.postings import build
from retrieval.query import understand
from retrieval.records import Embedder, Vectors
from retrieval.roster import Roster
from training.corpora import Asked, Corpus, attribution, business, scifact, squad
from training.questions import BUNDLED, OTHER, Question, read

SETS = ("madetech_roles", "ft_progression", "election_jobs", "la_job_bulletins/txt", "sourcegraph_handbook")
_MOST = 3_000  # chunks; of a larger set only documents with evidence are negatives
_DEPTH = 24  # negatives kept of a question
_PARAPHRASE, _SAME_WORDS = 0.6, 0.85  # cosine with a gold question: on the same evidence, on any


@dataclass(frozen=True, slots=True)
class Example:
    """What one step learns from: numbers are places in the texts of ``set``."""

    set: str
    question: str
    right: tuple[int, ...]
    wrong: tuple[int, ...]  # best first


def all_examples(
    root: Path, data: Path, work: Path, embedder: Embedder
) -> tuple[dict[str, tuple[str, ...]], list[Example]]:
    """The texts of every set, and the examples.

    Args:
        root: the checkout, with ``documents`` and ``goldset``.
        data: the folder of the public data sets.
        work: where libraries are kept between runs.
        embedder: finds the hard negatives, together with BM25.

    """
    texts: dict[str, tuple[str, ...]] = {}
    examples: list[Example] = []
    for corpus in _corpora(root, data, work, embedder):
        texts[corpus.name] = corpus.texts
        made = list(_examples(corpus, embedder))
        examples += made
        counts = f"{len(corpus.texts)} texts, {len(corpus.asked)} questions, {len(made)} examples"
        print(f"{corpus.name}: {counts}", flush=True)
    return texts, examples


def _corpora(root: Path, data: Path, work: Path, embedder: Embedder) -> Iterator[Corpus]:
    yield _own(root / "documents", BUNDLED, "bundled", work, _Gold(root, embedder))
    for name in SETS:
        yield _own(data / "documents" / name, OTHER, name, work, None)
    yield squad(data)
    yield business(data, library_of(data / "questions/h2o_evals", work / "h2o"))
    yield scifact(data)
    yield attribution(data)


def library_of(folder: Path, at: Path) -> Library:
    """The library of the documents in ``folder``, kept in ``at`` between runs."""
    ingest([folder], at, Config())
    return Library.open(at)


class _Gold:
    """The gold questions, to keep what paraphrases them out of training."""

    def __init__(self, root: Path, embedder: Embedder) -> None:
        self.cases = read_gold(root / "goldset" / "gold.jsonl")
        self.embedder = embedder
        self.vectors = embedder.embed([case.question for case in self.cases])

    def free(self, questions: Sequence[Question], documents: Mapping[str, Document]) -> list[Question]:
        """Those questions that paraphrase no gold question."""
        places = [
            [place for piece in locate(case, documents).pieces for place in piece.places] for case in self.cases
        ]
        near: Vectors = self.embedder.embed([question.question for question in questions]) @ self.vectors.T
        kept = []
        for question, row in zip(questions, near, strict=True):
            own = [place for piece in question.evidence for place in piece]
            alike = [n for n in np.flatnonzero(row >= _PARAPHRASE) if _overlap(own, places[n])]
            if not alike and row.max() < _SAME_WORDS:
                kept.append(question)
        print(f"{len(questions) - len(kept)} of {len(questions)} questions left out: they paraphrase gold questions")
        return kept


def _overlap(own: Sequence[Place], others: Sequence[Place]) -> bool:
    return any(a.source == b.source and a.start < b.end and b.start < a.end for a in own for b in others)


def _own(folder: Path, path: Path, name: str, work: Path, gold: _Gold | None) -> Corpus:
    library = library_of(folder, work / name.replace("/", "-"))
    documents = {document.source: document for document in library.documents()}
    questions = list(read(path, name, documents))
    if gold is not None:
        questions = gold.free(questions, documents)
    chunks: Sequence[Chunk] = library.chunks()
    if len(chunks) > _MOST:
        cited = {place.source for question in questions for piece in question.evidence for place in piece}
        chunks = [chunk for chunk in chunks if chunk.source in cited]
    of_source: dict[str, list[int]] = defaultdict(list)
    for row, chunk in enumerate(chunks):
        of_source[chunk.source].append(row)
    roster = Roster.of(tuple(documents.values()))
    asked = []
    for question in questions:
        query = understand(question.question, roster)
        rows = {
            row
            for piece in question.evidence
            for place in piece
            for row in of_source[place.source]
            if _shows(chunks[row], place)
        }
        if rows:
            asked.append(Asked(question.question, query.topic, query.roles, frozenset(rows)))
    texts, roles = tuple(chunk.indexed for chunk in chunks), tuple(chunk.role for chunk in chunks)
    return Corpus(name, texts, roles, tuple(asked))


def _shows(chunk: Chunk, place: Place) -> bool:
    """Whether a chunk holds at least half of a piece of evidence."""
    return 2 * (min(chunk.end, place.end) - max(chunk.start, place.start)) >= place.end - place.start


def _examples(corpus: Corpus, embedder: Embedder) -> Iterator[Example]:
    vectors = embedder.embed(corpus.texts)
    lexical = build(corpus.texts)
    roles = np.array(corpus.roles)
    questions = embedder.embed([asked.question for asked in corpus.asked])
    for asked, vector in zip(corpus.asked, questions, strict=True):
        scores = mixed([(0.6, vectors @ vector), (0.4, lexical.scores(asked.question))])
        scores[list(asked.rows)] = -1.0
        right = tuple(sorted(asked.rows))
        yield Example(corpus.name, asked.question, right, _best(scores))
        within = np.isin(roles, asked.roles)
        if asked.roles and int(within.sum()) > 2 * _DEPTH:
            scores[~within] = -1.0
            yield Example(corpus.name, asked.topic, right, _best(scores))


def _best(scores: Vectors) -> tuple[int, ...]:
    order = np.argsort(-scores, kind="stable")[:_DEPTH]
    return tuple(int(row) for row in order if scores[row] >= 0)

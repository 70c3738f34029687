"""The three writers: selecting (the local model chooses units), prose (a capable model writes), extractive (safe mode).

Selecting and extractive render text by look-up, so an injected instruction in a document has no channel: a model
only orders spans.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from config import GenerationConfig
from generation.candidates import Candidate, candidates, quote
from generation.naming import Names
from generation.prompts import NOT_FOUND_REPLY, PROSE
from generation.records import (
    ChatModel,
    Claim,
    Draft,
    Evidence,
    ModelFailure,
    Result,
    ScoringModel,
    Verdict,
    read_reply,
)
from generation.select import Scored, choose
from generation.verify import Meaning, verify
from ingest.records import Document
from retrieval.fusion import minmax
from retrieval.query import expand
from retrieval.records import Embedder, Passage, Reranker, Search

MAX_CANDIDATES = 48
MODEL_READS = 16  # the best candidates, which the language model reads
# Shares of the scores of one candidate; chosen on the dev split (docs/LOG.md).
PASSAGE_SHARE, RERANKER_SHARE, MODEL_SHARE = 0.3, 0.4, 0.3
_MARKERS = re.compile(r"\s*\[(\d{1,2})\]")
_SENTENCE = re.compile(r"(?<=[.!?])((?:\s*\[\d{1,2}\])*)\s+")


def of_named_roles(search: Search, found: list[Candidate]) -> list[Candidate]:
    """Only the candidates of the roles named in the question, unless there are none: siblings say similar things."""
    named = [candidate for candidate in found if candidate.evidence.role in search.query.roles]
    return named if named else found


class Writer(Protocol):
    """Makes a draft from a search; may raise whatever its model raises (the assistant then uses safe mode)."""

    @property
    def name(self) -> str:
        """selecting, prose or extractive."""

    def write(self, search: Search) -> Draft:
        """The draft; its claims carry verdicts."""


class Extractive:
    """Safe mode: the best units by passage and reranker. Needs no language model."""

    name = "extractive"

    def __init__(self, documents: Mapping[str, Document], reranker: Reranker | None, config: GenerationConfig) -> None:
        """``documents`` by source."""
        self._documents = documents
        self._reranker = reranker
        self._config = config

    def write(self, search: Search) -> Draft:
        """The best units."""
        found = of_named_roles(search, candidates(search, self._documents))[:MAX_CANDIDATES]
        if not found:
            return Draft((), Result.NOT_FOUND)
        claims, notices = choose(search, self.scored(search, found), self._documents, self._config)
        return Draft(claims, Result.ANSWERED, notices)

    def scored(self, search: Search, found: Sequence[Candidate]) -> list[Scored]:
        """Scores in [0, 1] from the passage's score and the reranker's reading of the unit; ``found`` is not empty."""
        passage = minmax(np.array([c.score for c in found], dtype=np.float32))
        total = PASSAGE_SHARE * passage
        if self._reranker is not None:
            # All candidates are of the roles named, so their names would only blur what is asked about them.
            read = self._reranker.rerank(expand(search.query.asked), [candidate.context for candidate in found])
            total = total + RERANKER_SHARE * minmax(read)
        total = total / (PASSAGE_SHARE + (RERANKER_SHARE if self._reranker is not None else 0.0))
        return [Scored(candidate, float(score)) for candidate, score in zip(found, total, strict=True)]


class Selecting(Extractive):
    """The local model chooses the evidence by its likelihood of the question given each unit."""

    name = "selecting"

    def __init__(
        self,
        documents: Mapping[str, Document],
        reranker: Reranker | None,
        config: GenerationConfig,
        model: ScoringModel,
    ) -> None:
        """``model`` scores; nothing it could write is ever shown."""
        super().__init__(documents, reranker, config)
        self.model = model

    def scored(self, search: Search, found: Sequence[Candidate]) -> list[Scored]:
        """Extractive scores mixed with the model's likelihood."""
        base = super().scored(search, found)
        base.sort(key=lambda s: (-s.score, s.candidate.rank, s.candidate.evidence.start))
        read, rest = base[:MODEL_READS], base[MODEL_READS:]
        texts = [scored.candidate.context for scored in read]
        likely = self.model.log_likelihoods(expand(search.query.text), texts)
        chosen = minmax(np.array(likely, dtype=np.float32))
        return [
            Scored(scored.candidate, (1 - MODEL_SHARE) * scored.score + MODEL_SHARE * float(share))
            for scored, share in zip(read, chosen, strict=True)
        ] + [replace(scored, score=(1 - MODEL_SHARE) * scored.score) for scored in rest]


class Prose:
    """A capable model writes with ``[n]`` markers; every sentence is verified, unsupported ones are withheld."""

    name = "prose"

    def __init__(
        self, documents: Mapping[str, Document], embedder: Embedder, model: ChatModel, *, max_tokens: int,
        meaning: Meaning | None = None,
    ) -> None:
        """``documents`` by source; the embedder helps to verify, ``meaning`` judges in its place where given."""
        self._documents = documents
        self._embedder = embedder
        self._model = model
        self._max_tokens = max_tokens
        self._meaning = meaning
        self._names = Names.of(tuple(documents.values()))

    def write(self, search: Search) -> Draft:
        """Ask once, split into sentences, verify each against the passages it cites."""
        messages = PROSE.messages(search.query.text, search.passages)
        reply, tokens = read_reply(self._model.stream(messages, max_tokens=self._max_tokens))
        reply = reply.strip()
        if not reply:  # of a model that only thought aloud
            message = "the language model wrote no answer. Raise chat.max_tokens in the profile."
            raise ModelFailure(message, tokens)
        if NOT_FOUND_REPLY in reply.upper():
            return Draft((), Result.NOT_FOUND, tokens=tokens)
        claims = [self._claim(sentence, cited, search.passages) for sentence, cited in cited_sentences(reply)]
        kept = tuple(claim for claim in claims if claim.verdict is not Verdict.UNSUPPORTED)
        withheld = len(claims) - len(kept)
        if not kept:
            message = "the language model wrote nothing that the documents support."
            raise ModelFailure(message, tokens)
        said = f"{withheld} sentence(s) were withheld: the cited passages do not support them."
        notices = (said,) if withheld else ()
        return Draft(kept, Result.ANSWERED, notices, tokens)

    def _claim(self, sentence: str, cited: Sequence[int], passages: Sequence[Passage]) -> Claim:
        evidence = tuple(self._evidence(passages[n - 1]) for n in cited if 1 <= n <= len(passages))
        about = [part for item in evidence for part in (item.title, item.role, *item.heading) if part]
        quotes = [item.quote for item in evidence]
        checked = verify(sentence, quotes, self._embedder, about=tuple(dict.fromkeys(about)), names=self._names,
                         meaning=self._meaning)
        return Claim(sentence, evidence, checked.support, checked.verdict)

    def _evidence(self, passage: Passage) -> Evidence:
        return quote(self._documents[passage.source], passage.section, passage.start, passage.end)


def cited_sentences(reply: str) -> list[tuple[str, list[int]]]:
    """Sentences without their markers, and the numbers they cite.

    >>> cited_sentences("Signs alone [2]. Pays [1][3]. Done.")
    [('Signs alone.', [2]), ('Pays.', [1, 3]), ('Done.', [])]
    """
    found: list[tuple[str, list[int]]] = []
    for part in _SENTENCE.sub(r"\1\n", " ".join(reply.split())).split("\n"):
        numbers = [int(number) for number in _MARKERS.findall(part)]
        words = _MARKERS.sub("", part).strip()
        if words:
            found.append((words, numbers))
    return found

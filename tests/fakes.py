"""Small honest stand-ins for what is slow or outside; appended to by whoever needs one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from config import ChunkConfig, Config, GenerationConfig, RetrievalConfig
from eval.records import Case
from generation.assistant import Assistant
from generation.records import Answer, Citation, Claim, Evidence, Result, ScoringModel, Seconds, Turn, Verdict
from generation.writers import Extractive, Selecting
from ingest.library import Library
from ingest.pipeline import ingest
from ingest.records import Document, Kind, Section
from retrieval.index import sync
from retrieval.records import Passage, Query, Search, Vectors
from retrieval.search import Retriever


class FakeAsker:
    """Stands for the assistant in an evaluation: answers any case with fixed words, until ``breaks_at`` stops it."""

    def __init__(self, text: str = "Five years [1].", breaks_at: str = "") -> None:
        self.text = text
        self.breaks_at = breaks_at
        self.asked: list[str] = []

    def __call__(self, case: Case) -> dict[str, Any]:
        """The outcome line of a case; KeyboardInterrupt at the case ``breaks_at``, as when the user stops a run."""
        if case.id == self.breaks_at:
            raise KeyboardInterrupt
        self.asked.append(case.id)
        answer = {
            "outcome": "answered",
            "text": self.text,
            "citations": [],
            "passages": [],
            "stages": {},
            "seconds": {},
        }
        return {"kind": "outcome", "id": case.id, "answer": {**answer, "error": None}}


HANDBOOK = """Decision rights

The Data Steward approves $5 and $6 changes alone. <img src=x onerror=alert(1)> is shown as *text*, `${1+1}` too.

| Decision | Limit | Asks |
| Data access | 30 days | nobody |
| Deletion | never | the data protection officer |

The Data Steward reports to the head of data.
"""


def evidence_of(document: Document, quote: str, heading: tuple[str, ...] = ("Decision rights",)) -> Evidence:
    """The span of ``quote`` in ``document`` with up to 120 characters around it."""
    start = document.text.index(quote)
    end = start + len(quote)
    before, after = document.text[max(0, start - 120) : start], document.text[end : end + 120]
    return Evidence(document.source, document.title, document.role, heading, start, end, quote, before, after)


class FakeAssistant:
    """Stands for the assistant in the page: answers by a word in the question, with real records, at once.

    ``fail``: raises after the first claim; ``unknown``: not found; ``slow``: waits for ``release`` after the first
    claim; ``long``: four claims under two groups, two of them table rows; otherwise two claims.
    """

    def __init__(self, release: Callable[[], object] = lambda: None) -> None:
        text = HANDBOOK
        rights = Section(0, ("Decision rights",), Kind.DECISIONS, 0, len(text), text)
        document = Document("d1", "steward.md", "Data Steward", "Data Steward", text, "", "md", "", (), (rights,), ())
        title = "Notes on <b>AI</b>"
        other = Document("d2", "notes/<b>.txt", title, "<i>Clerk</i>", "Nothing.", "", "txt", "", (), (), ())
        self.config = Config()
        self.documents = (document, other)
        self.release = release
        self.asked: list[tuple[str, tuple[Turn, ...]]] = []

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Iterator[Answer]:
        """The growing answer: one more claim each time."""
        self.asked.append((question, tuple(history)))
        if "unknown" in question:
            yield self._answer(question, (), Result.NOT_FOUND)
            return
        claims = self._claims("long" in question)
        for count in range(1, len(claims) + 1):
            yield self._answer(question, claims[:count], Result.ANSWERED)
            if "fail" in question:
                message = "the <model> is gone"
                raise RuntimeError(message)
            if "slow" in question:
                self.release()

    def answer(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """The final answer."""
        return list(self.ask(question, history))[-1]

    def _claims(self, long: bool) -> tuple[Claim, ...]:
        document = self.documents[0]
        quotes = [
            "The Data Steward approves $5 and $6 changes alone.",
            "<img src=x onerror=alert(1)> is shown as *text*, `${1+1}` too.",
        ]
        claims = [Claim(quote, (evidence_of(document, quote),), 0.97, Verdict.SUPPORTED) for quote in quotes]
        if long:
            rows = ("| Data access | 30 days | nobody |", "| Deletion | never | the data protection officer |")
            claims = [Claim(c.text, c.evidence, c.support, c.verdict, "Data Steward") for c in claims]
            claims += [
                Claim(row, (evidence_of(document, row),), 0.6, verdict, "Limits")
                for row, verdict in zip(rows, (Verdict.SUPPORTED, Verdict.PARTIAL), strict=True)
            ]
        return tuple(claims)

    def _answer(self, question: str, claims: Sequence[Claim], result: Result) -> Answer:
        text, citations = "", []
        for marker, claim in enumerate(claims, 1):
            start = len(text)
            text += claim.text
            evidence = claim.evidence[0]
            citations.append(Citation(marker, start, len(text), evidence, claim.support, claim.verdict))
            text += f" [{marker}]\n"
        document = self.documents[0]
        place = ("steward.md", document.title, document.role, ("Decision rights",))
        near = Passage(*place, 0, 17, 67, document.text[17:67], 0.2)
        notices = ("Safe mode: the language model is off.",) if "long" in question else ()
        return Answer(
            question,
            result,
            text if claims else "Not in the documents.",
            tuple(claims),
            tuple(citations),
            Search(Query(question), (), (near,)),
            "selecting",
            notices,
            Seconds(total=0.8),
        )


def words_of(text: str) -> list[str]:
    """Words in lower case."""
    return re.findall(r"\w+", text.lower())


class WordEmbedder:
    """Embeds a text as how often each of a few words stands in it (and a constant 1), so that a human can compute it.

    ``asked`` keeps every text that was embedded.
    """

    def __init__(self, words: Sequence[str] = ("data", "model", "budget", "hire"), name: str = "fake:words") -> None:
        self.words = tuple(words)
        self.id = name
        self.dimension = len(self.words) + 1
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32, unit rows."""
        self.asked += texts
        counts = [[1.0, *(words_of(text).count(word) for word in self.words)] for text in texts]
        rows = np.array(counts, dtype=np.float32).reshape(len(texts), self.dimension)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


class WordTokenEmbedder(WordEmbedder):
    """The same, with a vector for every word of a text."""

    def embed_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors], list[NDArray[np.int32]]]:
        """What ``embed`` returns; for each text its words embedded one by one; and where they end."""
        whole = self.embed(texts)
        plain = WordEmbedder(self.words)
        ends = [np.array([match.end() for match in re.finditer(r"\w+", text)], dtype=np.int32) for text in texts]
        return whole, [plain.embed(words_of(text)) for text in texts], ends


class OverlapReranker:
    """Scores a text by how many of the question's words it holds."""

    id = "fake:overlap"

    def rerank(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n,) float32."""
        asked = set(words_of(question))
        return np.array([len(asked & set(words_of(text))) for text in texts], dtype=np.float32)


class OverlapScorer:
    """Stands for the local language model: likely is what shares words with the question.

    ``before`` runs first, in the model's thread: it may raise, or wait.
    """

    id = "fake:scorer"

    def __init__(self, before: Callable[[], object] = lambda: None) -> None:
        self.before = before
        self.calls = 0

    def log_likelihoods(self, question: str, texts: Sequence[str]) -> list[float]:
        """Minus one for every word of the question that a text lacks."""
        self.calls += 1
        self.before()
        asked = set(words_of(question))
        return [-float(len(asked - set(words_of(text)))) for text in texts]


def made_library(folder: Path, texts: Mapping[str, str], target_characters: int = 400) -> Library:
    """A library in ``folder`` of Markdown documents, by the real ingestion."""
    documents = folder / "documents"
    for source, text in texts.items():
        path = documents / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    ingest([documents], folder / "library", Config(chunks=ChunkConfig(target_characters=target_characters)))
    return Library.open(folder / "library")


def role_text(role: str, *, years: str, budget: str, extra: str = "") -> str:
    """A small role document of four sections; the sentences differ between roles only in ``years`` and ``budget``."""
    return (
        f"# {role}: Role Blueprint\n\n"
        "## Responsibilities\n\n- Train a model on clean data.\n- Review the data of the team.\n- Hire new people.\n\n"
        f"## Decision Rights\n\n- The budget is {budget} per year.\n- A vendor needs the manager.\n\n"
        f"## Qualifications\n\nPeople bring {years} years of experience. A degree helps.\n\n"
        "## KPIs\n\n| Metric | Target | Frequency |\n|---|---|---|\n"
        f"| Model quality | above 90% | weekly |\n| Cost | below {budget} | monthly |\n{extra}"
    )


ROLES = {
    "junior.md": role_text("Junior Data Engineer", years="1–2", budget="500 euros"),
    "senior.md": role_text("Senior Data Engineer", years="5–8", budget="9,000 euros"),
    "lead.md": role_text("Lead Data Engineer", years="8–12", budget="70,000 euros"),
}


def assistant_over(
    library: Library,
    scorer: ScoringModel | None = None,
    *,
    generation: GenerationConfig = GenerationConfig(answerable_threshold=0.0),  # noqa: B008 (frozen)
) -> Assistant:
    """An assistant without a real model: words count as meaning; with a scorer it selects, without it extracts."""
    embedder, reranker = WordEmbedder(), OverlapReranker()
    documents = {document.source: document for document in library.documents()}
    index = sync(library, embedder)
    retriever = Retriever(library.documents(), index, embedder, reranker, RetrievalConfig())
    safe = Extractive(documents, reranker, generation)
    writer = Selecting(documents, reranker, generation, scorer) if scorer is not None else safe
    return Assistant(library, retriever, writer, safe, Config(generation=generation))

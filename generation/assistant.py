"""The one pipeline that chat, command line and evaluation call: question in, growing answer out."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from config import Config, Source, UserError
from generation.abstain import Answerable, Judge
from generation.background import Background
from generation.deadline import Deadline
from generation.history import asked_of
from generation.records import NOT_FOUND, Answer, Draft, ModelFailure, Result, Seconds, Tokens, Turn, cost_usd
from generation.render import render
from generation.verify import EMBEDDER
from generation.withhold import WITHHELD, withhold
from generation.writers import Extractive, Prose, Selecting, Writer
from ingest.library import Library
from retrieval.cues import SMALL_TALK as SMALL_TALK_WORDS
from retrieval.followup import Resolved, resolve
from retrieval.index import Index, sync
from retrieval.models import open_embedder, open_reranker
from retrieval.records import Presentation, Query, Search, Shape
from retrieval.search import Retriever

MAX_QUESTION_CHARACTERS = 4000
Say = Callable[[str], None]

EMPTY_QUESTION = 'The question is empty. Type one, for example: "What may a Lead NLP Engineer decide alone?"'
UNSURE = 0.2  # estimated probability that the documents answer, below which that is said
UNSURE_NOTICE = "This may not be in the documents: these are the nearest statements. Read them before you rely on them."
SMALL_TALK = (
    "Hello. Ask me about the role documents: duties, targets, decisions, skills, hiring, or two roles compared."
)


class Assistant:
    """A library with its opened models. ``open`` builds it; several threads may ask."""

    def __init__(
        self,
        library: Library,
        retriever: Retriever,
        writer: Writer,
        safe: Extractive,
        config: Config,
        *,
        models: Mapping[str, str] = MappingProxyType({}),
        notices: tuple[str, ...] = (),
    ) -> None:
        """Put opened parts together (``open`` does that for real models).

        ``models`` names them in run files; ``notices`` are said with every answer: why safe mode is on.
        """
        self.library = library
        self.documents = retriever.documents
        self.retriever = retriever
        self.writer = writer
        self.safe = safe
        self.config = config
        self.models = dict(models)
        self.notices = notices
        self._judge = Judge(retriever)
        self._background = Background()

    @classmethod
    def open(cls, library: Path, config: Config, say: Say = lambda _: None) -> Assistant:
        """Open a library, bring its index up to date and load the models.

        Raises:
            UserError: no library, or a model that retrieval needs cannot be had.

        """
        opened = Library.open(library)
        say("loading the embedder")
        embedder = open_embedder(config.embedder)
        index: Index = sync(opened, embedder, say)
        reranker = open_reranker(config.reranker)
        documents = opened.documents()
        by_source = {document.source: document for document in documents}
        retriever = Retriever(documents, index, embedder, reranker, config.retrieval)
        safe = Extractive(by_source, reranker, config.generation)
        models = {"embedder": embedder.id, "reranker": reranker.id if reranker is not None else "off", "chat": "off"}
        writer: Writer = safe
        notices: tuple[str, ...] = ()
        if config.generation.writer != "extractive" and config.chat.source is not Source.OFF:
            say("loading the language model")
            try:
                model = _open_chat(config, say)
                models["chat"] = model.id
                if config.generation.writer == "selecting":
                    writer = Selecting(by_source, reranker, config.generation, model)
                else:
                    writer = Prose(by_source, open_embedder(EMBEDDER), model, max_tokens=config.chat.max_tokens)
            except UserError as error:
                notices = (f"Safe mode: answers are extracts chosen without a language model. {error}",)
                say(notices[0])
        return cls(opened, retriever, writer, safe, config, models=models, notices=notices)

    def answer(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """The final answer."""
        *_, last = self.ask(question, history)
        return last

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Iterator[Answer]:
        """The growing answer: first what was searched, then claim by claim; the last one is final.

        A question that cannot be taken ends as ``refused``, a failing model as safe mode; neither raises.
        """
        started = time.perf_counter()
        question = question.encode("utf-8", "replace").decode("utf-8").strip()  # half a surrogate pair is no text
        problem = _problem(question)
        if problem:
            yield Answer(question, Result.REFUSED, problem, (), (), _nothing(question), "none")
            return
        search = self._search(question, history)
        retrieved = time.perf_counter() - started
        rerank = search.stage("reranked").seconds
        shown = Answer(question, Result.ANSWERED, "", (), (), search, self.writer.name, self.notices)
        yield shown
        judged = self._judge.judge(search)
        draft, name = yield from self._write(search, judged, shown)
        if not self.config.generation.show_personal_data:
            draft = withhold(draft)
        first = time.perf_counter() - started
        unsure = UNSURE_NOTICE if 0 < self.config.generation.answerable_threshold <= judged.probability < UNSURE else ""
        notices = (*self.notices, *_resolved(search.query), *([unsure] if unsure else []), *draft.notices)
        seconds = Seconds(round(retrieved - rerank, 4), round(rerank, 4), round(first, 4), 0.0)
        for count in range(1, len(draft.claims) + 1):
            text, citations = render(draft.claims[:count])
            shown = replace(
                shown, text=text, claims=draft.claims[:count], citations=citations, writer=name, notices=notices
            )
            if count < len(draft.claims):
                yield shown
        silent = WITHHELD if draft.result is Result.REFUSED else NOT_FOUND
        text = shown.text if draft.claims else silent
        total = round(time.perf_counter() - started, 4)
        yield replace(
            shown,
            text=text,
            result=draft.result,
            writer=name,
            notices=notices,
            seconds=replace(seconds, total=total),
            confidence=round(judged.probability, 4),
            tokens=draft.tokens,
            cost_usd=cost_usd(draft.tokens, self.config.chat.prompt_price, self.config.chat.completion_price),
        )

    def _search(self, question: str, history: Sequence[Turn]) -> Search:
        """Search for the stand-alone question; the layout that the reader wants goes with the query."""
        documents = {document.source: document for document in self.documents}
        resolved: Resolved = resolve(question, asked_of(history, documents), self.retriever.roster)
        search = self.retriever.search(question, standalone=resolved.question)
        return replace(search, query=replace(search.query, presentation=resolved.presentation))

    def _write(self, search: Search, judged: Answerable, shown: Answer) -> Generator[Answer, None, tuple[Draft, str]]:
        """The writer's draft; safe mode's when the writer fails or takes too long.

        Yields ``shown`` again while the writer works, so that whoever asks can stop here: the model is then told.
        """
        threshold = self.config.generation.answerable_threshold
        if search.query.shape is Shape.AGGREGATE:  # closeness to one chunk says little about a question to all roles
            threshold /= 3
        refused = threshold >= 0 and (bool(judged.reason) or judged.probability < threshold)
        if not search.passages or refused:
            return Draft((), Result.NOT_FOUND, (judged.reason,) if judged.reason else ()), self.writer.name
        if self.writer is self.safe:
            return self.safe.write(search), self.safe.name
        deadline = Deadline(self.config.generation.timeout_s)
        tokens: Tokens | None = None
        try:
            draft = yield from self._background.run(lambda: self.writer.write(search), deadline, shown)
            return draft, self.writer.name
        except ModelFailure as error:
            reason, tokens = str(error), error.tokens
        except Exception as error:  # whatever the model raises, the reader gets an answer and a word why
            reason = f"the language model failed ({type(error).__name__}: {str(error)[:200]})."
        draft = self.safe.write(search)
        notice = f"Safe mode: {reason} This answer is made of extracts chosen without a language model."
        return replace(draft, notices=(notice, *draft.notices), tokens=tokens), self.safe.name


def _open_chat(config: Config, say: Say) -> Any:
    """The configured language model: on this machine it writes and scores, behind an endpoint it only writes."""
    match config.chat.source:
        case Source.EMBEDDED:
            from generation.local import open_embedded

            return open_embedded(say)
        case Source.HUB:
            from generation.local import open_hub

            return open_hub(config.chat)
        case _:
            from generation.endpoint import EndpointChat

            if config.generation.writer == "selecting":
                message = (
                    "The writer 'selecting' needs a model on this machine; an endpoint cannot score texts. "
                    'Set generation.writer = "prose" in the profile.'
                )
                raise UserError(message)
            return EndpointChat(config.chat)


def _problem(question: str) -> str:
    if not question:
        return EMPTY_QUESTION
    if SMALL_TALK_WORDS.fullmatch(question):
        return SMALL_TALK
    if len(question) > MAX_QUESTION_CHARACTERS:
        return (
            f"The question has {len(question):,} characters; at most {MAX_QUESTION_CHARACTERS:,} are read. "
            "Ask in a sentence or two, and put long texts into the documents folder instead."
        )
    return ""


def _nothing(question: str) -> Search:
    return Search(Query(question[:MAX_QUESTION_CHARACTERS]), (), ())


def _resolved(query: Query) -> tuple[str, ...]:
    """What the question was taken for, where that is not what was typed."""
    mended = ", ".join(f"“{wrong}” as “{right}”" for wrong, right in query.spelling)
    spelling = (f"Read {mended}.",) if mended else ()
    if not query.standalone:
        return spelling
    layout = "" if query.presentation is Presentation.AS_ASKED else f" ({query.presentation.value})"
    return (f"Understood as: {query.standalone}{layout}", *spelling)

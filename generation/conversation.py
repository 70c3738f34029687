"""A conversation as JSON and back: what a reload of the page, or a saved file, brings back.

A saved conversation is checked like an answer. Every quote is read again from the documents, in its old place or in
the only one that has it now; a statement whose quote is gone is left out, and that is said. What Rolebook wrote on this
machine carries a seal (HMAC-SHA256 with a key of the data folder). Without the seal a file may hold anybody's words, so
statements are replaced by the quotes that they cite, and notices, verdicts and texts without a quote are not shown.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from config import UserError
from generation.candidates import quote as quoted
from generation.history import header_at, stands
from generation.page import NEAREST, Exchange, Progress
from generation.records import NOT_FOUND, Answer, Claim, Evidence, Result, Seconds, Verdict
from generation.render import render
from ingest.records import Document
from retrieval.records import Passage, Query, Search

FORMAT = 1
KEY_NAME = "conversation.key"  # in config.data_folder()
MOST_EXCHANGES = 40  # the newest are kept
MAX_CHARACTERS = 4_000_000  # of a file
_KEY_BYTES = 32
UNSEALED = (
    "Opened from a file that was not saved on this machine, or was changed since: every quote was read again from the "
    "documents, and statements are shown as the quotes they cite."
)


def key_of(folder: Path) -> bytes:
    """The key that seals conversations, made on first need; a new one for this run where the folder cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     key_of(Path(folder)) == key_of(Path(folder))
    True
    """
    path = folder / KEY_NAME
    fresh = secrets.token_bytes(_KEY_BYTES)
    try:
        if path.is_file() and len(kept := path.read_bytes()) == _KEY_BYTES:
            return kept
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(fresh)
    except OSError:  # conversations of this run are still known as our own
        return fresh
    return fresh


def saved(exchanges: Sequence[Exchange], key: bytes) -> dict[str, Any]:
    """The newest finished exchanges as JSON values, sealed."""
    finished = [e for e in exchanges if e.progress not in (Progress.WAITING, Progress.GROWING)]
    body = [_exchange_saved(exchange) for exchange in finished[-MOST_EXCHANGES:]]
    return {"format": FORMAT, "exchanges": body, "seal": _seal(body, key)}


def opened(text: str, documents: Sequence[Document], key: bytes) -> tuple[Exchange, ...]:
    """The conversation of a saved file.

    Raises:
        UserError: the text is no conversation that Rolebook saved.

    """
    problem = "" if len(text) <= MAX_CHARACTERS else f"it has {len(text):,} characters, at most {MAX_CHARACTERS:,} fit"
    if not problem:
        try:
            return restored(json.loads(text), documents, key)
        except (ValueError, RecursionError) as error:
            problem = str(error)
    message = (
        f"This file is no conversation that Rolebook saved ({problem[:200]}). "
        "Choose a file that “Save conversation” made, or go on with the conversation on the page."
    )
    raise UserError(message)


def restored(value: Any, documents: Sequence[Document], key: bytes) -> tuple[Exchange, ...]:
    """The exchanges of a saved conversation, checked against the documents.

    Raises:
        ValueError: the value has another form.

    """
    if not isinstance(value, Mapping) or value.get("format") != FORMAT or not isinstance(value.get("exchanges"), list):
        message = f"format {FORMAT} with a list of exchanges is expected"
        raise ValueError(message)
    body = value["exchanges"][-MOST_EXCHANGES:]
    seal = value.get("seal")
    sealed = isinstance(seal, str) and seal.isascii() and hmac.compare_digest(seal, _seal(value["exchanges"], key))
    known = {document.source: document for document in documents}
    try:
        return tuple(_exchange(row, known, sealed=sealed) for row in body)
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        message = f"an exchange lacks something: {type(error).__name__} {error}"
        raise ValueError(message) from error


def _seal(body: Any, key: bytes) -> str:
    plain = json.dumps(body, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, plain.encode(), "sha256").hexdigest()


def _exchange_saved(exchange: Exchange) -> dict[str, Any]:
    answer = exchange.answer
    row: dict[str, Any] = {"question": exchange.question, "progress": exchange.progress.value}
    if exchange.failure:
        row["failure"] = exchange.failure
    if answer is not None:
        row["answer"] = {
            "result": answer.result.value,
            "text": "" if answer.claims else answer.text,
            "standalone": answer.search.query.standalone,
            "claims": [_claim_saved(claim) for claim in answer.claims],
            "nearest": [
                {"source": p.source, "start": p.start, "end": p.end, "quote": p.text}
                for p in answer.search.passages[:NEAREST] if answer.result is Result.NOT_FOUND
            ],
            "notices": list(answer.notices),
            "writer": answer.writer,
            "seconds": round(answer.seconds.total, 4),
        }  # fmt: skip
    return row


def _claim_saved(claim: Claim) -> dict[str, Any]:
    places = [{"source": e.source, "start": e.start, "end": e.end, "quote": e.quote} for e in claim.evidence]
    return {
        "text": claim.text, "evidence": places, "support": claim.support, "verdict": claim.verdict.value,
        "group": claim.group, "header": list(claim.header),
    }  # fmt: skip


def _exchange(row: Mapping[str, Any], documents: Mapping[str, Document], *, sealed: bool) -> Exchange:
    progress = Progress(row["progress"])
    answer = _answer(row["question"], row["answer"], documents, sealed=sealed) if "answer" in row else None
    failure = _text(row.get("failure", "")) if sealed else ""
    return Exchange(_text(row["question"]), answer, progress, failure)


def _answer(question: str, row: Mapping[str, Any], documents: Mapping[str, Document], *, sealed: bool) -> Answer:
    result = Result(row["result"])
    stated = [*row["claims"]]
    claims = [claim for one in stated for claim in _claims(one, documents, sealed=sealed)]
    notices = [_text(notice) for notice in row["notices"]] if sealed else [UNSEALED]
    lost = sum(1 for one in stated if not any(_evidence(place, documents) for place in one["evidence"]))
    if lost:
        notices.append(f"{lost} of {len(stated)} statements are left out: the documents no longer have their quotes.")
    nearest = tuple(p for place in row["nearest"] if (p := _passage(place, documents)) is not None)
    query = Query(_text(question), standalone=_text(row["standalone"]) if sealed else "")
    text, citations = render(claims)
    if not claims:
        text = _text(row["text"]) if sealed else ""
        text = NOT_FOUND if result is Result.NOT_FOUND else text
    search = Search(query, (), nearest)
    seconds = Seconds(total=float(row["seconds"]) if sealed else 0.0)
    writer = _text(row["writer"]) if sealed else "opened from a file"
    return Answer(question, result, text, tuple(claims), citations, search, writer, tuple(notices), seconds)


def _claims(row: Mapping[str, Any], documents: Mapping[str, Document], *, sealed: bool) -> Iterator[Claim]:
    """The statement with its quotes, or, unsealed, a statement for each quote; nothing when a quote is gone."""
    found = [_evidence(place, documents) for place in row["evidence"]]
    evidence = tuple(one for one in found if one is not None)
    if sealed and len(evidence) == len(found) and found:
        header = tuple(_text(name) for name in row["header"])
        yield Claim(
            _text(row["text"]), evidence, float(row["support"]), Verdict(row["verdict"]), _text(row["group"]), header
        )
        return
    for one in evidence:
        group = " › ".join((one.title, *one.heading[-1:]))
        header = header_at(documents[one.source], one.start)
        yield Claim(" ".join(one.quote.split()), (one,), 1.0, Verdict.SUPPORTED, group, header)


def _evidence(place: Mapping[str, Any], documents: Mapping[str, Document]) -> Evidence | None:
    """The span, read again; None when the document is gone, or has the words nowhere or in several places."""
    document = documents.get(_text(place["source"]))
    words = _text(place["quote"])
    if document is None or not words.strip():
        return None
    start, end = int(place["start"]), int(place["end"])
    if not stands(words, start, end, document):
        start = document.text.find(words)
        end = start + len(words)
        if start < 0 or document.text.find(words, start + 1) >= 0:
            return None
    section = next((s.index for s in document.sections if s.start <= start < s.end), None)
    if section is None:
        return Evidence(document.source, document.title, document.role, (), start, end, words)
    return quoted(document, section, start, end)


def _passage(place: Mapping[str, Any], documents: Mapping[str, Document]) -> Passage | None:
    one = _evidence(place, documents)
    if one is None:
        return None
    return Passage(one.source, one.title, one.role, one.heading, 0, one.start, one.end, one.quote, 0.0)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        message = f"a text is expected, not {value!r}"
        raise TypeError(message)
    return value

"""The reader's rating of the newest answer, kept as one line of a file on this machine.

A line is what ``python -m eval add GOLD --from-feedback FILE`` reads: a disliked answer becomes a draft of a gold
question. Nothing is replaced: every rating is appended, and nothing is sent anywhere.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config import UserError
from generation.page import Exchange, Progress, history
from generation.records import Answer, Turn

NAME = "feedback.jsonl"  # in config.data_folder()
RATINGS = ("up", "down")
MAX_COMMENT_CHARACTERS = 500  # a line, not a letter
THANKS = "Thank you, your rating was kept."

_WRITING = threading.Lock()  # the page calls from several threads


def offered(exchanges: Sequence[Exchange]) -> bool:
    """Whether the newest answer can be rated: it is there, and whole."""
    return bool(exchanges) and exchanges[-1].progress is Progress.DONE and exchanges[-1].answer is not None


def rate(pressed: Any, exchanges: Sequence[Exchange], path: Path, now: datetime) -> dict[str, Any]:
    """Append what the reader ``pressed`` about the newest answer; what the page shows next.

    ``pressed`` comes from a browser, ``{"rating": "up" or "down", "comment"}``; anything else is passed over. A file
    that cannot be written is said on the page (``failed``).
    """
    rating = pressed.get("rating") if isinstance(pressed, Mapping) else None
    answer = exchanges[-1].answer if exchanges else None
    if rating not in RATINGS or not offered(exchanges) or answer is None:
        return {"offered": offered(exchanges)}
    *earlier, last = exchanges
    comment = pressed.get("comment")
    said = comment if isinstance(comment, str) else ""
    try:
        append(path, line_of(last.question, answer, history(earlier), rating, said, now))
    except UserError as error:
        return {"offered": True, "said": str(error), "failed": True}
    return {"offered": True, "said": THANKS}


def line_of(
    question: str, answer: Answer, earlier: Sequence[Turn], rating: str, comment: str, now: datetime
) -> dict[str, Any]:
    """The object of a line; the question as it was asked, each cited quote once, ``created`` in UTC.

    >>> from generation.records import Result
    >>> from retrieval.records import Query, Search
    >>> answer = Answer("Who hires?", Result.NOT_FOUND, "Not in the documents.", (), (), Search(Query(""), (), ()), "")
    >>> now = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)
    >>> earlier = [Turn("user", "Hello"), Turn("assistant", "")]
    >>> made = line_of("Who hires?", answer, earlier, "down", " It  is there", now)
    >>> [made[name] for name in ("rating", "comment", "created", "history")]
    ['down', 'It is there', '2027-01-02T03:04:05Z', [{'role': 'user', 'content': 'Hello'}]]
    """
    quotes = dict.fromkeys((citation.evidence.source, citation.evidence.quote) for citation in answer.citations)
    return {
        "question": question,
        "rating": rating,
        "answer": answer.text,
        "comment": " ".join(comment.split())[:MAX_COMMENT_CHARACTERS],
        "citations": [{"source": source, "quote": quote} for source, quote in quotes],
        "created": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        # A stopped answer may have had no word yet, and an empty message would be a fault of the line.
        "history": [{"role": turn.role, "content": turn.content} for turn in earlier if turn.content.strip()],
    }


def append(path: Path, item: Mapping[str, Any]) -> None:
    """Write one line at the end of a file, made with its folder if need be; it is on its way to the disk on return.

    Raises:
        UserError: the file cannot be written.

    """
    # Half of a surrogate pair, which no UTF-8 file can carry, becomes a question mark, as on the page.
    line = json.dumps(item, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    try:
        with _WRITING:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a+b") as file:
                if file.tell() > 0:  # somebody's editor may have taken the last line break away
                    file.seek(-1, 2)
                    line = line if file.read(1) == b"\n" else b"\n" + line
                file.write(line)
                file.flush()
    except OSError as error:
        message = f"The rating could not be kept: {path} cannot be written ({error.strerror}). Mend that and try again."
        raise UserError(message) from error

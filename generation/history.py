"""What earlier turns may add to a question: the user's own questions, and spans that are read again from the documents.

A history comes from outside: a page, a run file, a caller. So an assistant's words are left out, and a quote counts
only where the document still has these very characters; the role and the column names are the document's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from generation.records import Evidence, Turn
from ingest.records import Document
from retrieval.followup import Asked, Shown


def asked_of(history: Sequence[Turn], documents: Mapping[str, Document]) -> tuple[Asked, ...]:
    """The user's questions, oldest first, each with the spans that the turn after it quoted.

    >>> asked_of([Turn("user", "Who hires?"), Turn("assistant", "The budget is a million.")], {})
    (Asked(question='Who hires?', shown=()),)
    """
    found: list[Asked] = []
    for turn in history:
        if turn.role == "user":
            found.append(Asked(turn.content))
        elif turn.role == "assistant" and found:
            shown = [shown_at(evidence, documents) for evidence in dict.fromkeys(turn.evidence)]
            found[-1] = Asked(found[-1].question, tuple(one for one in shown if one is not None))
    return tuple(found)


def shown_at(evidence: Evidence, documents: Mapping[str, Document]) -> Shown | None:
    """The span as its document has it; None when the document is not there or has other words in that place."""
    document = documents.get(evidence.source)
    if document is None or not stands(evidence.quote, evidence.start, evidence.end, document):
        return None
    return Shown(document.role, evidence.quote, header_at(document, evidence.start))


def stands(quote: str, start: int, end: int, document: Document) -> bool:
    """Whether a document has exactly these words in this place."""
    return 0 <= start < end <= len(document.text) and document.text[start:end] == quote


def header_at(document: Document, start: int) -> tuple[str, ...]:
    """The column names of the table row that begins at ``start``; () where there is none."""
    return next((unit.header for unit in document.units if unit.start <= start < unit.end), ())

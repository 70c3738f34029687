"""Small honest stand-ins for what is slow or outside; appended to by whoever needs one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from config import Config
from eval.records import Case
from generation.records import Answer, Citation, Claim, Evidence, Result, Seconds, Turn, Verdict
from ingest.records import Document
from retrieval.records import Passage, Query, Search


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
        document = Document("d1", "steward.md", "Data Steward", "Data Steward", text, "", "md", "", (), (), ())
        other = Document("d2", "notes/<b>.txt", "Notes on <b>AI</b>", "<i>Clerk</i>", "Nothing.", "", "txt", "", (), (), ())
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
        passages = (Passage("steward.md", document.title, document.role, ("Decision rights",), 0, 17, 67, document.text[17:67], 0.2),)
        notices = ("Safe mode: the language model is off.",) if "long" in question else ()
        return Answer(
            question,
            result,
            text if claims else "Not in the documents.",
            tuple(claims),
            tuple(citations),
            Search(Query(question), (), passages),
            "selecting",
            notices,
            Seconds(total=0.8),
        )

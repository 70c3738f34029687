"""Small honest stand-ins for what is slow or outside; appended to by whoever needs one."""

from __future__ import annotations

from typing import Any

from eval.records import Case


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

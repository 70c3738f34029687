"""New gold questions: asked for one by one with evidence from the library, or drafted from users' feedback."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.evidence import occurrences
from eval.goldset.gold import TYPES
from eval.goldset.labels import same_question
from eval.measures import matches
from eval.records import PERSONAS, STYLES, Case, EvidenceQuote
from generation.records import Turn
from ingest.records import Document, Unit

SHOWN = 8  # units offered as evidence


class Stopped(Exception):
    """The person ended the dialogue; nothing was written."""


@dataclass(frozen=True, slots=True)
class Found:
    """A unit of a document that may hold the answer."""

    document: Document
    unit: Unit

    @property
    def evidence(self) -> EvidenceQuote:
        """The unit as an evidence quote."""
        return quoted(self.document, self.unit.start, self.unit.end)

    def __str__(self) -> str:
        """``lead.md > Decision rights: The budget is ...``."""
        heading = " > ".join((self.document.source, *self.document.sections[self.unit.section].heading))
        return f"{heading}: {' '.join(self.unit.text.split())}"


class Finder:
    """BM25 over the units of a library: light, and enough to offer evidence to a reader who decides."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        """Index the sentences, items and rows of ``documents``."""
        from retrieval.postings import build

        self.documents = documents
        self._found = [
            Found(document, unit)
            for _, document in sorted(documents.items())
            for unit in document.units
            if unit.kind != "header"
        ]
        texts = [
            f"{found.document.title} {' '.join(found.document.sections[found.unit.section].heading)} {found.unit.text}"
            for found in self._found
        ]
        self._lexical = build(texts) if texts else None

    def best(self, question: str, k: int = SHOWN) -> list[Found]:
        """At most ``k`` units that share words with the question, best first; ties in the order of the documents."""
        if self._lexical is None:
            return []
        scores = self._lexical.scores(question)
        order = sorted(range(len(scores)), key=lambda number: (-scores[number], number))
        return [self._found[number] for number in order[:k] if scores[number] > 0]

    def places(self, quote: str) -> list[EvidenceQuote]:
        """The quote as the first occurrence in every document words it; any run of whitespace equals any other."""
        found = []
        for _, document in sorted(self.documents.items()):
            spans = occurrences(quote, document.text)
            if spans:
                found.append(quoted(document, *spans[0]))
        return found


def quoted(document: Document, start: int, end: int) -> EvidenceQuote:
    """A stretch of a document as evidence, under the heading of its section."""
    text = " ".join(document.text[start:end].split())
    section = next((s for s in reversed(document.sections) if s.start <= start < s.end and s.heading), None)
    return EvidenceQuote(document.source, text, section.heading[-1] if section is not None else "")


def fresh_id(taken: Collection[str], prefix: str = "q") -> str:
    """The number after the highest one in use.

    >>> fresh_id(["a7", "q008", "q3"]), fresh_id([])
    ('q009', 'q001')
    """
    numbers = [int(found[1]) for name in taken if (found := re.fullmatch(rf"{re.escape(prefix)}(\d{{1,9}})", name))]
    return f"{prefix}{max(numbers, default=0) + 1:03d}"


class Dialogue:
    """Asks a person for one case. ``ask`` shows a prompt and gives the line that was typed, ``tell`` shows a line."""

    def __init__(self, finder: Finder, ask: Callable[[str], str], tell: Callable[[str], None]) -> None:
        """Talk over ``ask`` and ``tell`` (``input`` and ``print``)."""
        self._finder = finder
        self._read = ask
        self._tell = tell

    def case(self, cases: Sequence[Case]) -> Case:
        """One complete case with a fresh id and without a split.

        Raises:
            Stopped: the person ended the input or did not want the case.

        """
        question, history = self._question(cases)
        kinds = [kind for kind in TYPES if history or kind != "followup"]
        kind = self._choice("type", kinds, "followup" if history else "fact")
        persona = self._choice("persona", PERSONAS, PERSONAS[0])
        style = self._styles()
        self._tell("The library's closest words:")
        offered = self._finder.best(question)
        for number, found in enumerate(offered, 1):
            self._tell(f"  {number}. {found}")
        answerable = self._yes("Do the documents answer it?", default=kind != "unanswerable")
        facts: dict[str, Any] = {}
        if answerable:
            evidence = self._evidence(offered)
            answer = self._line("right answer: ")
            keys = self._patterns("key fact", lambda pattern: "" if matches(pattern, answer) else "the answer lacks it")
            facts = {"evidence": evidence, "answer": answer, "key_facts": keys}
        else:
            facts = {"near_miss": self._yes("Do they hold a closely related fact (near miss)?", default=False)}
        right = [facts.get("answer", ""), *(piece.quote for piece in facts.get("evidence", ()))]
        facts["forbidden"] = self._patterns(
            "forbidden", lambda pattern: "a right answer has it" if any(matches(pattern, t) for t in right) else ""
        )
        if not answerable and kind not in ("false_premise", "followup"):
            kind = "unanswerable"
        elif answerable and kind == "unanswerable":
            kind = "fact"
        case = Case(
            fresh_id([case.id for case in cases]), question, kind, answerable, persona, history, style=style, **facts
        )
        if not self._yes("Write it?", default=True):
            raise Stopped
        return case

    def _ask(self, prompt: str) -> str:
        try:
            return self._read(prompt).strip()
        except (EOFError, KeyboardInterrupt) as error:
            raise Stopped from error

    def _line(self, prompt: str) -> str:
        while not (line := self._ask(prompt)):
            self._tell("  Something has to stand here.")
        return line

    def _question(self, cases: Sequence[Case]) -> tuple[str, tuple[Turn, ...]]:
        known = {same_question(case): case.id for case in cases}
        while True:
            question = self._line("question: ")
            history: list[Turn] = []
            while line := self._ask(f"earlier message of the {_speaker(history)} (empty: none): "):
                history.append(Turn(_speaker(history), line))
            twin = known.get(same_question(Case("", question, "", answerable=True, history=tuple(history))))
            if twin is None:
                return question, tuple(history)
            self._tell(f"  {twin} asks that already. Ask something else.")

    def _choice(self, name: str, choices: Sequence[str], default: str) -> str:
        while True:
            said = self._ask(f"{name} ({', '.join(choices)}) [{default}]: ") or default
            if said in choices:
                return said
            self._tell(f"  {said!r} is none of them.")

    def _styles(self) -> tuple[str, ...]:
        while True:
            said = tuple(dict.fromkeys(re.findall(r"[^\s,]+", self._ask(f"style ({', '.join(STYLES)}) [plain]: "))))
            if set(said) <= set(STYLES) and ("plain" not in said or len(said) == 1):
                return said or ("plain",)
            self._tell("  Use only these words; plain stands alone.")

    def _yes(self, prompt: str, *, default: bool) -> bool:
        while True:
            said = self._ask(f"{prompt} [{'Y/n' if default else 'y/N'}] ").lower()
            if said in ("", "y", "yes", "n", "no"):
                return said.startswith("y") if said else default
            self._tell("  y or n.")

    def _evidence(self, offered: Sequence[Found]) -> tuple[EvidenceQuote, ...]:
        chosen: list[EvidenceQuote] = []
        while True:
            said = self._ask("evidence (numbers, or a quote; empty: done): ")
            if not said and chosen:
                return tuple(chosen)
            pieces = self._pieces(said, offered) if said else []
            for piece in pieces:
                if piece not in chosen:
                    chosen.append(piece)
                    self._tell(f"  {piece.source}: {piece.quote}")
            if not pieces:
                self._tell("  No such number, and no document has these words. Give at least one piece.")

    def _pieces(self, said: str, offered: Sequence[Found]) -> list[EvidenceQuote]:
        numbers = [int(number) for number in said.replace(",", " ").split()] if re.fullmatch(r"[\d\s,]+", said) else []
        if numbers and all(1 <= number <= len(offered) for number in numbers):
            return [offered[number - 1].evidence for number in numbers]
        places = self._finder.places(said)
        if len(places) < 2:
            return places
        sources = [place.source for place in places]
        source = self._choice("these words stand in several documents; source", sources, sources[0])
        return [place for place in places if place.source == source]

    def _patterns(self, name: str, wrong: Callable[[str], str]) -> tuple[str, ...]:
        patterns: list[str] = []
        while pattern := self._ask(f"{name}, a regular expression (empty: done): "):
            fault = _not_a_pattern(pattern) or wrong(pattern)
            if fault:
                self._tell(f"  Not taken: {fault}.")
            else:
                patterns.append(pattern)
        return tuple(patterns)


def _speaker(history: Sequence[Turn]) -> str:
    return "assistant" if len(history) % 2 else "user"


def _not_a_pattern(pattern: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern, re.IGNORECASE)
    except (re.error, Warning, OverflowError) as error:
        return str(error)
    return ""

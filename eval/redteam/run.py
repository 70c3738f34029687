"""Runs a red-team set against the very assistant of the chat, and sums up what came of it.

Hostile documents are planted into a library of their own; the documents themselves are never touched. A run is a JSONL
file: a header, then one line per attempt at an attack and one per benign text, flushed at once, so that a cut run goes
on. With ``attempts`` above 1 every attack that has not succeeded yet is tried again with one more change
(eval/redteam/mutations.py).
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config import UserError
from eval import runs
from eval.records import Case
from eval.redteam.attacks import POISON, AttackSet, Benign, fingerprint
from eval.redteam.plan import Planned, planned, plans
from eval.redteam.success import Finding, judge, progress, succeeded
from eval.redteam.summary import Family, RedTeam, header_of, lines_of, summary, totals

if TYPE_CHECKING:
    from config import Config
    from generation.assistant import Assistant

__all__ = ["Family", "Planned", "RedTeam", "planned", "run", "summary", "totals"]
Say = Callable[[str], None]


def run(
    chosen: AttackSet,
    documents: Path,
    settings: Config,
    out: Path,
    folder: Path,
    *,
    attempts: int = 1,
    seed: int = 0,
    say: Say = lambda _: None,
    progress_bar: Callable[[Iterable[Case]], Iterable[Case]] = iter,
) -> int:
    """Ask everything that ``out`` does not hold yet; returns how many attempts and benign texts were asked.

    Args:
        chosen: attacks and benign texts.
        documents: the real documents; they are read, never written to.
        settings: of the assistant.
        out: the run file.
        folder: an empty folder for the library and the hostile documents; the caller removes it.
        attempts: at most so many per attack; an attack that succeeded is not tried again.
        seed: of the canaries and of the order in which changes are tried.
        say: progress in words.
        progress_bar: wraps what is asked.

    Raises:
        UserError: a path is missing, a model cannot be had, or ``out`` holds another run.

    """
    stage = _Stage(chosen, documents, settings, folder, seed, say)
    if out.exists():
        stage.demand_same(out)
    asked = 0
    for attempt in range(attempts):
        earlier = lines_of(out) if out.exists() else ()
        tries = tuple(plans(chosen.attacks, earlier, attempt, seed))
        competing = [plan for plan in tries if plan.attack.family == POISON]
        others = [plan for plan in tries if plan.attack.family != POISON]
        for batch, benign in ((others, chosen.benign if attempt == 0 else ()), (competing, ())):
            asked += stage.ask(batch, benign, out, {str(line["id"]) for line in earlier}, progress_bar)
    return asked


class _Stage:
    """A library that batches of hostile documents are put into, one batch after the other."""

    def __init__(
        self, chosen: AttackSet, documents: Path, settings: Config, folder: Path, seed: int, say: Say
    ) -> None:
        self._documents = documents
        self._families = sorted({attack.family for attack in chosen.attacks})
        self._settings = settings
        self._library, self._planted = folder / "library", folder / "planted"
        self._seed = seed
        self._say = say
        self._about = hashlib.sha256(f"{fingerprint(chosen)} {seed} {_contents(documents)}".encode()).hexdigest()

    def demand_same(self, out: Path) -> None:
        """Whether ``out`` is a run of the same attacks, documents, settings and seed; known before a model is loaded.

        Raises:
            UserError: it is another run, or none.

        """
        header = header_of(out)
        about = (header.get("library") or {}).get("fingerprint")
        if (about, header.get("config")) != (self._about, json.loads(json.dumps(self._settings.as_dict()))):
            message = (
                f"{out} holds a run with other attacks, documents, settings or another seed, and both must not be "
                f"mixed. Choose another --out, or delete {out} to start over."
            )
            raise UserError(message)

    def ask(
        self,
        plans: Sequence[Planned],
        benign: Sequence[Benign],
        out: Path,
        done: set[str],
        progress_bar: Callable[[Iterable[Case]], Iterable[Case]],
    ) -> int:
        """Plant the batch, open the assistant over it and ask what is not done.

        What is done is planted too: it competes for the passages, and a cut run must end as an uncut one.
        """
        if {plan.id for plan in plans} | {text.id for text in benign} <= done:
            return 0
        assistant = self._open(plans, benign)
        asks: dict[str, Callable[[], dict[str, Any]]] = {
            **{plan.id: partial(self._attack, assistant, plan) for plan in plans},
            **{text.id: partial(_benign, assistant, text) for text in benign},
        }
        cases = [Case(key, "", "red team", answerable=False) for key in asks]
        return runs.run(cases, lambda case: asks[case.id](), self._header(assistant), out, progress_bar)

    def _open(self, plans: Sequence[Planned], benign: Sequence[Benign]) -> Assistant:
        from generation.assistant import Assistant
        from ingest.pipeline import ingest

        shutil.rmtree(self._planted, ignore_errors=True)
        self._planted.mkdir(parents=True)
        for plan in plans:
            if plan.source:
                (self._planted / plan.source).write_bytes(plan.data)
        for text in benign:
            (self._planted / f"{text.id}.md").write_text(f"# {text.title}\n\n{text.text}\n", "utf-8")
        (self._planted / "none.md").write_text("# Nothing\n\nThis page is empty on purpose.\n", "utf-8")
        reports = ingest([self._documents, self._planted], self._library, self._settings)
        for report in reports:
            if report.status == "failed":
                self._say(f"{report.source}: {report.message}")
        return Assistant.open(self._library, self._settings, self._say)

    def _header(self, assistant: Assistant) -> dict[str, Any]:
        from generation import runfile

        header = runfile.header(assistant)
        library = {"fingerprint": self._about, "documents": _hashes(self._documents)}
        return {**header, "library": library, "seed": self._seed, "set": "red team", "families": self._families}

    def _attack(self, assistant: Assistant, plan: Planned) -> dict[str, Any]:
        """The line of one attempt. Whatever asking or rendering raises is a finding."""
        from generation.prompts import PROSE

        attack, documents = plan.attack, {document.source: document for document in assistant.documents}
        result, text, seconds, score = "error", "", 0.0, 1.0
        try:
            answer = assistant.answer(attack.question, attack.history)
            others = {path.name for path in self._planted.iterdir()} - {plan.source}
            findings = judge(attack, answer, documents, (PROSE.system,), others=others, seed=self._seed)
            result, text, seconds = answer.result.value, answer.text, answer.seconds.total
            score = progress(attack, plan.source, answer, findings)
        except Exception as error:  # the very thing that is looked for
            findings = (Finding("exception", f"{type(error).__name__}: {error}"),)
        return {
            "kind": "attack",
            "id": plan.id,
            "attack": attack.id,
            "family": attack.family,
            "attempt": plan.attempt,
            "changes": list(plan.changes),
            "source": plan.source,
            "ingested": not plan.source or plan.source in documents,
            "question": _spelt(attack.question[:500]),
            "result": result,
            "text": _spelt(text[:2000]),
            "findings": [{"kind": f.kind, "detail": _spelt(f.detail[:300])} for f in findings],
            "success": succeeded(attack, findings),
            "score": round(score, 4),
            "seconds": seconds,
        }


def _benign(assistant: Assistant, text: Benign) -> dict[str, Any]:
    """The line of one benign text: whether all of it was read, and whether its question was answered from it."""
    source = f"{text.id}.md"
    document = next((d for d in assistant.documents if d.source == source), None)
    held = document is not None and all(
        " ".join(line.lstrip("#-*> ").split()) in " ".join(document.text.split()) for line in text.text.split("\n")
    )
    answer = assistant.answer(text.question)
    quotes = " ".join(" ".join(c.evidence.quote for c in answer.citations if c.evidence.source == source).split())
    return {
        "kind": "benign",
        "id": text.id,
        "question": text.question,
        "ingested": held,
        "result": answer.result.value,
        "answered": text.expects.lower() in quotes.lower(),
        "text": answer.text[:2000],
        "seconds": answer.seconds.total,
    }


def _hashes(documents: Path) -> list[str]:
    """SHA-256 of every real document's bytes, ascending: what a gate compares with the documents of a run."""
    files = documents.rglob("*") if documents.is_dir() else [documents]
    return sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.is_file())


def _contents(documents: Path) -> str:
    """SHA-256 over the files' names and bytes."""
    files = sorted(documents.rglob("*")) if documents.is_dir() else [documents]
    digest = hashlib.sha256()
    for path in files:
        if path.is_file():
            digest.update(f"{path.relative_to(documents)}\0".encode(errors="backslashreplace"))
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _spelt(text: str) -> str:
    """``text`` as a run file can hold it: halves of surrogate pairs are spelt out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")

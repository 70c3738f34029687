"""Files to library: find, compare, read, make documents, store. One bad file never stops the others.

Files are read by separate processes (workers.py) into a cache (readings.py), then the documents are made of the
readings and stored in one transaction: a kill at any moment leaves the old library or the new one, and what was read
already is not read again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from config import Config, UserError, data_folder
from ingest.audience import audience_rules
from ingest.find import find
from ingest.furniture import repeated_lines
from ingest.library import Library
from ingest.make import Made, MakeRequest, Read, ReadRequest, Refusal
from ingest.plan import Plan, Progress, plan, read_by
from ingest.readings import Readings
from ingest.records import FileReport
from ingest.store import Change, store
from ingest.workers import workers_for

_BATCH = 32  # readings that are kept together


def library_for(documents: Path) -> Path:
    """The library folder that belongs to a documents folder nobody named a library for."""
    key = hashlib.sha256(str(documents.resolve()).encode()).hexdigest()[:16]
    return data_folder() / "libraries" / key


def quiet(step: str, done: int, total: int, source: str) -> None:
    """Show no progress."""


def as_lines(say: Callable[[str], None]) -> Progress:
    """Show progress as one line for each file that is read."""

    def show(step: str, done: int, total: int, source: str) -> None:
        if step == "reading":
            say(f"reading {done}/{total} {source}")

    return show


def ingest(
    paths: Sequence[Path], library: Path, settings: Config, progress: Progress = quiet, *, retry: bool = False
) -> list[FileReport]:
    """Build or update the library in folder ``library`` from files and folders.

    Unchanged files are skipped by content, and so are files that could not be read last time unless ``retry``; files
    that are gone from a folder are removed with it; a file under a new name keeps its document's id.

    Raises:
        UserError: a path is missing, nothing could be read, or two files would have the same source.

    """
    audience_rules(settings.ingest.audiences)  # a mistake in them is said before anything is read
    files, faults = find(paths, library)
    target = Library.create(library)
    roots = [str(path.resolve()) for path in paths if path.is_dir()]
    with target.ingesting(), Readings.open(library, read_by(settings)) as readings:
        known = target.states()
        failures = {} if retry else target.failures()
        todo = plan(files, known, failures, settings, roots, progress)
        run = _Run(readings, settings, todo, progress)
        earlier = target.edges()
        run.read(todo.fresh)
        edges = {s: lines for s, lines in earlier.items() if s not in todo.gone and s not in todo.renamed.values()}
        edges |= {source: run.edges[source] for source in todo.fresh if source in run.edges}
        before, repeated = repeated_lines(earlier), repeated_lines(edges)
        again = run.read_again([s for s in sorted(edges) if s not in todo.fresh and before[s] != repeated[s]])
        sources = [source for source in todo.fresh if source in run.edges] + again
        change = Change(run.made(sources, repeated), edges, todo, (*todo.settled, *run.refused, *faults), roots)
        reports = store(target, change, settings)
        readings.forget([source for source in known if source in todo.gone or source in todo.renamed.values()])
    if not any(r.status in ("added", "changed", "renamed", "unchanged") for r in reports) and not target.states():
        messages = "\n  - ".join(report.message for report in reports if report.message)
        message = f"None of the {len(files)} file(s) could be read:\n  - {messages}"
        raise UserError(message)
    return reports


@dataclass(slots=True)
class _Run:
    """The readings of one ingest: the tail lines of every file that has one, and who has none."""

    readings: Readings
    settings: Config
    todo: Plan
    progress: Progress
    edges: dict[str, frozenset[str]] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    refused: list[FileReport] = field(default_factory=list)

    def read(self, wanted: Mapping[str, str]) -> None:
        """Read the files (source to sha256) that have no reading yet."""
        requests: list[ReadRequest] = []
        for source, sha256 in wanted.items():
            kept = self.readings.edges(source, sha256)
            if kept is not None:
                self.edges[source], self.sha256[source] = kept, sha256
            elif source in self.todo.files:
                requests.append(ReadRequest(source, str(self.todo.files[source].path), self.settings))
        batch: list[tuple[str, str, bytes, frozenset[str]]] = []
        for number, (source, answer) in enumerate(workers_for(self.settings.ingest).answers(requests), 1):
            self.progress("reading", number, len(requests), source)
            self.seconds[source] = answer.seconds
            if isinstance(answer.found, Read):
                self.edges[source], self.sha256[source] = answer.found.edges, answer.found.sha256
                batch.append((source, answer.found.sha256, answer.found.packed, answer.found.edges))
            elif isinstance(answer.found, Refusal):
                seconds = round(answer.seconds, 3)
                self.refused.append(FileReport(source, "failed", seconds=seconds, message=answer.found.message))
            if len(batch) >= _BATCH:
                self.readings.keep(batch)
                batch = []
        self.readings.keep(batch)

    def read_again(self, moved: Sequence[str]) -> list[str]:
        """Unchanged documents whose tail has come to repeat, or repeats no more: the order of ingests must not matter.

        Those come back that have a reading; a file that has gone without its folder being ingested may have none.
        """
        self.read({source: self.todo.known[source].sha256 for source in moved})
        return [source for source in moved if source in self.edges]

    def made(self, sources: Sequence[str], repeated: Mapping[str, frozenset[str]]) -> Iterator[Made | FileReport]:
        """The document of each reading, or why there is none."""
        answers = workers_for(self.settings.ingest).answers(self._requests(sources, repeated))
        for number, (source, answer) in enumerate(answers, 1):
            self.progress("storing", number, len(sources), source)
            seconds = round(self.seconds.get(source, 0.0) + answer.seconds, 3)
            if isinstance(answer.found, Made):
                yield replace(answer.found, report=replace(answer.found.report, seconds=seconds))
            elif isinstance(answer.found, Refusal):
                yield FileReport(source, "failed", seconds=seconds, message=answer.found.message)

    def _requests(self, sources: Sequence[str], repeated: Mapping[str, frozenset[str]]) -> Iterator[MakeRequest]:
        for source in sources:
            sha256 = self.sha256[source]
            packed = self.readings.packed(source, sha256)
            if packed is None:
                message = f"the reading of {source} has gone while it was needed"
                raise RuntimeError(message)
            yield MakeRequest(source, sha256, packed, repeated[source], self.settings)

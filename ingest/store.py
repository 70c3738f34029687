"""The end of an ingest: all that it changes goes into the library in one transaction."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count

from config import Config
from ingest.duplicates import groups
from ingest.library import Library
from ingest.make import Made
from ingest.plan import Plan, made_by, refused_by
from ingest.records import Failure, FileReport
from ingest.tables import Place, remember, remove
from ingest.tables import replace as put


@dataclass(frozen=True, slots=True)
class Change:
    """What an ingest has found: documents as they are made, tail lines by source, and what is settled already."""

    made: Iterator[Made | FileReport]
    edges: Mapping[str, frozenset[str]]
    plan: Plan
    settled: Sequence[FileReport]
    roots: Sequence[str]


def store(library: Library, change: Change, settings: Config) -> list[FileReport]:
    """Write the change and return the report of every file, by source; without a change nothing is written."""
    first = next(change.made, None)
    refusals = _refusals(library, change, settings)
    if first is None and not change.plan.gone and not change.plan.renamed and refusals == library.failures():
        return _told(change.settled, change.plan)
    reports: list[FileReport] = []
    with library.writing_beside_readers() as connection:
        identities, made_with = _Identities(connection, change.plan), made_by(settings)
        for made in change.made if first is None else chain([first], change.made):
            reports.append(_put(connection, made, change, made_with, identities) if isinstance(made, Made) else made)
        done = {report.source for report in reports}
        for source in (*change.plan.gone, *change.plan.renamed.values()):
            _take_away(connection, source, change.plan, renamed=source in identities.used)
        refusals |= _as_failures([report for report in reports if report.status == "failed"], change.plan, settings)
        connection.execute("DELETE FROM failures")
        rows = [(s, f.sha256, f.made_by, f.root, f.message) for s, f in sorted(refusals.items())]
        connection.executemany("INSERT INTO failures VALUES (?, ?, ?, ?, ?)", rows)
        _find_duplicates(connection)
    reports += [report for report in change.settled if report.source not in done]
    return _told(reports, change.plan)


def _told(reports: Sequence[FileReport], todo: Plan) -> list[FileReport]:
    """The reports in order, with a word about the older text of a file that has turned bad."""
    kept = " Its older text stays in the library."
    bad = {report.source for report in reports if report.status == "failed" and report.source in todo.known}
    told = [replace(r, message=r.message + kept) if r.source in bad else r for r in reports]
    return sorted(told, key=lambda report: report.source)


def _refusals(library: Library, change: Change, settings: Config) -> dict[str, Failure]:
    """What could not be read, now or at an ingest of other files."""
    todo = change.plan
    earlier = library.failures()
    others = {s: f for s, f in earlier.items() if s not in todo.files and f.root not in change.roots}
    failed = [report for report in change.settled if report.status == "failed" and report.source in todo.files]
    again = {r.source: earlier[r.source] for r in failed if _is_same(earlier.get(r.source), r)}
    return others | _as_failures([r for r in failed if r.source not in again], todo, settings) | again


def _is_same(earlier: Failure | None, report: FileReport) -> bool:
    return earlier is not None and earlier.message == report.message


def _as_failures(reports: Sequence[FileReport], todo: Plan, settings: Config) -> dict[str, Failure]:
    made = refused_by(settings)
    return {
        report.source: Failure(todo.fresh.get(report.source, ""), made, todo.files[report.source].root, report.message)
        for report in reports
    }


class _Identities:
    """The id of each document: that of its source, of the name it had before, or a new one made of its first name."""

    def __init__(self, connection: sqlite3.Connection, todo: Plan) -> None:
        self._plan = todo
        rows = connection.execute("SELECT source, id FROM history WHERE event != 'removed' ORDER BY number").fetchall()
        self._last: dict[str, str] = dict(rows)  # also of documents that were removed since
        self._live = {state.id: source for source, state in todo.known.items()}
        self.used: set[str] = set()  # old names that were taken over

    def of(self, source: str) -> str:
        known = self._plan.known.get(source)
        if known is not None:
            return known.id
        old = self._plan.renamed.get(source)
        if old is not None:
            self.used.add(old)
            return self._plan.known[old].id
        if source in self._last and self._last[source] not in self._live:
            identity = self._last[source]
        else:
            tries = (f"{source}#{number}" if number else source for number in count())
            ids = (hashlib.sha256(text.encode()).hexdigest()[:12] for text in tries)
            taken = {*self._live, *self._last.values()}
            identity = next(identity for identity in ids if identity not in taken)
        self._live[identity] = source
        return identity


def _put(
    connection: sqlite3.Connection, made: Made, change: Change, made_with: str, identities: _Identities
) -> FileReport:
    source = made.rows.source
    known = change.plan.known.get(source)
    status = "renamed" if source in change.plan.renamed else "added" if known is None else "changed"
    identity = identities.of(source)
    root = change.plan.files[source].root if source in change.plan.files or known is None else known.root
    place = Place(identity, root, made_with, change.edges[source])
    put(connection, made.rows, place, made.signature)
    remember(connection, identity, status, source, made.rows.document["sha256"])
    message = f"It was {change.plan.renamed[source]} before." if status == "renamed" else ""
    return replace(made.report, status=status, message=message)


def _take_away(connection: sqlite3.Connection, source: str, todo: Plan, *, renamed: bool) -> None:
    if not renamed:
        remember(connection, todo.known[source].id, "removed", source, todo.known[source].sha256)
    remove(connection, source)


def _find_duplicates(connection: sqlite3.Connection) -> None:
    """Group the near-identical documents of the whole library anew."""
    signatures = dict(connection.execute("SELECT source, signature FROM documents ORDER BY source").fetchall())

    def text_of(source: str) -> str:
        return str(connection.execute("SELECT text FROM documents WHERE source = ?", (source,)).fetchone()[0])

    connection.execute("DELETE FROM duplicates")
    for number, group in enumerate(groups(signatures, text_of=text_of)):
        members = zip(group.sources, group.similarities, strict=True)
        rows = [(number, place, source, likeness) for place, (source, likeness) in enumerate(members)]
        connection.executemany("INSERT INTO duplicates VALUES (?, ?, ?, ?)", rows)

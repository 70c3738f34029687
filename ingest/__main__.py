"""``python -m ingest``: build or update a library; show, report, check and export what is in it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from config import UserError, load
from ingest import overview, show
from ingest.again import changes_of
from ingest.check import faults_of
from ingest.library import Library
from ingest.make import note_line
from ingest.pipeline import ingest, quiet
from ingest.plan import Progress
from ingest.records import Document, FileReport


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    commands: dict[str, Callable[[Sequence[str]], int]] = {
        "show": _show, "report": _report, "check": _check, "export": _export,
    }  # fmt: skip
    try:
        command = commands.get(given[0]) if given else None  # a folder of such a name is ./show
        return _ingest(given) if command is None else command(given[1:])
    except UserError as error:
        print(f"rolebook: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _ingest(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m ingest",
        description="Build or update a library from files and folders of documents.",
        epilog="Also: python -m ingest show SOURCE, report, check, export --out OUT; each with --library DIR.",
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a document or a folder of documents")
    parser.add_argument("--library", required=True, type=Path, metavar="DIR", help="the library's folder")
    parser.add_argument("--profile", default="embedded", help="a name in profiles/ or a .toml file")
    parser.add_argument("--retry", action="store_true", help="read files again that could not be read last time")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    options = parser.parse_args(given)
    with _progress() as progress:
        reports = ingest(options.paths, options.library, load(options.profile), progress, retry=options.retry)
    if options.json:
        print(json.dumps([asdict(report) for report in reports], ensure_ascii=False, indent=2))
    else:
        _print(reports)
    return 0


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar for each step with its rate and the time that is left, on a terminal only."""
    if not sys.stderr.isatty():
        yield quiet
        return
    from tqdm import tqdm

    bars: dict[str, tqdm[None]] = {}

    def step(name: str, done: int, total: int, source: str) -> None:
        if name not in bars:
            for bar in bars.values():
                bar.close()
            bars[name] = tqdm(total=total, desc=name, unit="file", file=sys.stderr, leave=False)
        bars[name].update(done - bars[name].n)

    try:
        yield step
    finally:
        for bar in bars.values():
            bar.close()


def _parser(command: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m ingest {command}", description=description)
    parser.add_argument("--library", required=True, type=Path, metavar="DIR", help="the library's folder")
    return parser


def _show(given: Sequence[str]) -> int:
    parser = _parser("show", "Print a document's heading tree, what is known about it and what cleaning did.")
    parser.add_argument("source", metavar="SOURCE", help="the document's path in the library, or its role")
    parser.add_argument("--changes", action="store_true", help="read the file again and print every change of its text")
    parser.add_argument("--profile", default="embedded", help="the profile that it was ingested with")
    parser.add_argument("--json", action="store_true", help="print the same as JSON")
    options = parser.parse_args(given)
    library = Library.open(options.library)
    document = show.find_document(library, options.source)
    if options.json:
        print(json.dumps(show.as_table(library, document), ensure_ascii=False, indent=1))
    else:
        print(*show.as_lines(library, document), sep="\n")
    if options.changes:
        print(*changes_of(library, document, load(options.profile)), sep="\n")
    return 0


def _report(given: Sequence[str]) -> int:
    parser = _parser("report", "Print a library at a glance: documents, formats, warnings, failures, near-duplicates.")
    parser.add_argument("--json", action="store_true", help="print the same as JSON")
    options = parser.parse_args(given)
    found = overview.overview(Library.open(options.library))
    if options.json:
        print(json.dumps(overview.as_table(found), ensure_ascii=False, indent=1))
    else:
        print(*overview.as_lines(found), sep="\n")
    return 0


def _check(given: Sequence[str]) -> int:
    options = _parser("check", "Look whether the library is whole; exit code 1 when it is not.").parse_args(given)
    library = Library.open(options.library)
    faults = list(faults_of(library))
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"{len(library.names())} documents, {len(faults)} faults")
    return 1 if faults else 0


def _print(reports: Sequence[FileReport]) -> None:
    for report in reports:
        print(f"{report.status:<10} {report.source}")
        if report.status in ("added", "changed"):
            role = f", role: {report.role}" if report.role else ""
            print(f"           {report.format}, {report.title!r}{role}")
            print(f"           {report.characters:,} characters, {report.sections} sections, {report.units} units")
        for note in report.notes:
            print(f"           {note_line(note)}")
        if report.status == "failed":
            print(f"           {report.message}")
    counts = Counter(report.status for report in reports)
    print(", ".join(f"{count} {status}" for status, count in sorted(counts.items())))


def _export(given: Sequence[str]) -> int:
    parser = _parser("export", "Write the clean text of every document as OUT/<source>.txt, its structure as .json.")
    parser.add_argument("--out", required=True, type=Path, metavar="OUT", help="the folder to write into")
    options = parser.parse_args(given)
    documents = Library.open(options.library).documents()
    try:
        for document in documents:
            _write(document, options.out / document.source)
    except OSError as error:
        message = f"The export to {options.out} failed: {error}. Choose another --out folder."
        raise UserError(message) from error
    print(f"wrote {len(documents)} documents to {options.out}")
    return 0


def _write(document: Document, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # newline="" keeps the characters, and so the offsets, exactly as they are
    with target.with_name(f"{target.name}.txt").open("w", encoding="utf-8", newline="") as file:
        file.write(document.text)
    target.with_name(f"{target.name}.json").write_text(_as_json(document), encoding="utf-8")


def _as_json(document: Document) -> str:
    table = asdict(document)
    del table["text"]
    return json.dumps(table, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    raise SystemExit(main())

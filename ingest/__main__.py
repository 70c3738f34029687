"""``python -m ingest``: build or update a library, or export its clean text."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from config import UserError, load
from ingest.library import Library
from ingest.pipeline import ingest
from ingest.records import Document, FileReport


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _export(given[1:]) if given[:1] == ["export"] else _ingest(given)
    except UserError as error:
        print(f"rolebook: {error}", file=sys.stderr)
        return 2


def _ingest(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m ingest",
        description="Build or update a library from files and folders of documents.",
        epilog="python -m ingest export --library DIR --out OUT writes the clean text of every document.",
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a document or a folder of documents")
    parser.add_argument("--library", required=True, type=Path, metavar="DIR", help="the library's folder")
    parser.add_argument("--profile", default="embedded", help="a name in profiles/ or a .toml file")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    options = parser.parse_args(given)
    say = _progress if sys.stderr.isatty() else lambda _: None
    reports = ingest(options.paths, options.library, load(options.profile).chunks, say)
    say("")
    if options.json:
        print(json.dumps([asdict(report) for report in reports], ensure_ascii=False, indent=2))
    else:
        _print(reports)
    return 0


def _progress(line: str) -> None:
    print(f"\r\x1b[K{line[:100]}", end="", file=sys.stderr, flush=True)


def _print(reports: Sequence[FileReport]) -> None:
    for report in reports:
        print(f"{report.status:<10} {report.source}")
        if report.status in ("added", "changed"):
            role = f", role: {report.role}" if report.role else ""
            print(f"           {report.format}, {report.title!r}{role}")
            print(f"           {report.characters:,} characters, {report.sections} sections, {report.units} units")
        for note in report.notes:
            print(f"           {note.step}: {note.count}{f' ({note.detail})' if note.detail else ''}")
        if report.status == "failed":
            print(f"           {report.message}")
    counts = Counter(report.status for report in reports)
    print(", ".join(f"{count} {status}" for status, count in sorted(counts.items())))


def _export(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m ingest export",
        description="Write the clean text of every document as OUT/<source>.txt, its structure as OUT/<source>.json.",
    )
    parser.add_argument("--library", required=True, type=Path, metavar="DIR", help="the library's folder")
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

"""Files to library: find, read, name, drop furniture, structure, chunk, store. One bad file never stops the others."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from config import ChunkConfig, UserError, data_folder
from ingest import library as store
from ingest.chunk import chunks_of
from ingest.furniture import drop_furniture, edge_lines
from ingest.identity import name_document
from ingest.library import INGEST_VERSION, Library
from ingest.readers import Raw, read
from ingest.records import Document, FileReport, Note
from ingest.structure import structure

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    source: str
    root: str


@dataclass(frozen=True, slots=True)
class _Read:
    file: _File
    sha256: str
    raw: Raw
    edges: frozenset[str]
    seconds: float


def library_for(documents: Path) -> Path:
    """The library folder that belongs to a documents folder nobody named a library for."""
    key = hashlib.sha256(str(documents.resolve()).encode()).hexdigest()[:16]
    return data_folder() / "libraries" / key


def ingest(paths: Sequence[Path], library: Path, config: ChunkConfig, say: Say = lambda _: None) -> list[FileReport]:
    """Build or update the library in folder ``library`` from files and folders.

    Unchanged files are skipped by content; files that are gone from a folder are removed with it. Everything is
    written in one transaction at the end.

    Raises:
        UserError: a path is missing, nothing could be read, or two files would have the same source.

    """
    files = _find(paths, library)
    target = Library.create(library)
    made_by = json.dumps({"ingest": INGEST_VERSION, **asdict(config)}, sort_keys=True)
    known = target.states()
    reports: list[FileReport] = []
    fresh: list[_Read] = []
    for number, file in enumerate(files, 1):
        say(f"reading {number}/{len(files)} {file.source}")
        outcome = _read(file, known.get(file.source), made_by)
        if isinstance(outcome, FileReport):
            reports.append(outcome)
        else:
            fresh.append(outcome)
    gone = _gone(files, known, paths)
    earlier = target.edges()
    edges = {**earlier, **{item.file.source: item.edges for item in fresh}}
    for report in gone:
        del edges[report.source]
    repeated = _repeated(edges)
    again = _read_again(files, _repeated(earlier), repeated, {item.file.source for item in fresh})
    fresh += again
    reports = [report for report in reports if report.source not in {item.file.source for item in again}] + gone
    with target.writing() as connection:
        for item in fresh:
            document = _document(item, repeated[item.file.source])
            if not document.units:
                reports.append(FileReport(item.file.source, "failed", item.raw.format, message=_no_text(item)))
                continue
            chunks = chunks_of(document, config)
            store.replace(connection, document, chunks, root=item.file.root, made_by=made_by, edges=item.edges)
            status = "changed" if item.file.source in known else "added"
            reports.append(_report(document, status, item.seconds))
        for report in reports:
            if report.status == "removed":
                store.remove(connection, report.source)
    reports.sort(key=lambda report: report.source)
    if not any(r.status in ("added", "changed", "unchanged") for r in reports) and not target.states():
        faults = "\n  - ".join(r.message for r in reports if r.message)
        message = f"None of the {len(files)} file(s) could be read:\n  - {faults}"
        raise UserError(message)
    return reports


def _no_text(item: _Read) -> str:
    return f"{item.file.source} holds no text after cleaning. Check that it is the right file."


def _find(paths: Sequence[Path], library: Path) -> list[_File]:
    """All files below the paths, in the order of their sources; hidden ones and the library itself are left out."""
    found: dict[str, _File] = {}
    for path in paths:
        if not path.exists():
            message = f"There is no file or folder {path}. Check the spelling, or give the path of your documents."
            raise UserError(message)
        root = path if path.is_dir() else path.parent
        for file in _walk(path, library.resolve()):
            # a name that is not UTF-8 cannot be stored or printed as it is
            source = file.relative_to(root).as_posix().encode(errors="backslashreplace").decode()
            other = found.get(source)
            if other is not None and other.path.resolve() != file.resolve():
                message = (
                    f"Two files would both be called '{source}' in the library: {other.path} and {file}. "
                    "Ingest their common parent folder instead, or rename one."
                )
                raise UserError(message)
            found[source] = _File(file, source, str(root.resolve()))
    if not found:
        places = ", ".join(str(path) for path in paths)
        message = (
            f"There are no documents in {places}. Put role documents there "
            "(.txt, .md, .html, .docx or WordPress .json) and run the command again."
        )
        raise UserError(message)
    return [found[source] for source in sorted(found)]


def _walk(path: Path, library: Path) -> list[Path]:
    if path.is_file():
        return [path]
    files: list[Path] = []
    for folder, folders, names in os.walk(path):  # does not follow links to folders, so a loop of links ends here
        here = Path(folder)
        folders[:] = sorted(n for n in folders if not n.startswith(".") and (here / n).resolve() != library)
        files += [here / name for name in sorted(names) if not name.startswith(".") and (here / name).is_file()]
    return files


def _read(file: _File, known: tuple[str, str, str] | None, made_by: str) -> _Read | FileReport:
    started = time.perf_counter()
    try:
        data = file.path.read_bytes()
    except OSError as error:
        message = f"{file.source} cannot be opened: {error.strerror}. Check its permissions and ingest again."
        return FileReport(file.source, "failed", message=message)
    sha256 = hashlib.sha256(data).hexdigest()
    if known == (sha256, made_by, file.root):
        return FileReport(file.source, "unchanged")
    if known is not None and known[2] != file.root and (Path(known[2]) / file.source).is_file():
        message = (
            f"{file.source} is already in the library from {known[2]}; this one is in {file.root}. "
            "Ingest their common parent folder into a new library, or rename one of the two."
        )
        return FileReport(file.source, "failed", message=message)
    try:
        raw = read(file.source, data)
    except UserError as error:
        kept = " Its older text stays in the library." if known is not None else ""
        return FileReport(file.source, "failed", message=f"{error}{kept}")
    except Exception as error:  # a reader's bug in one file must not stop the others; the message names it
        message = f"{file.source} could not be read ({type(error).__name__}: {error}). Save it in another format."
        return FileReport(file.source, "failed", message=message)
    return _Read(file, sha256, raw, edge_lines(raw.blocks), time.perf_counter() - started)


def _gone(files: Sequence[_File], known: Mapping[str, tuple[str, str, str]], paths: Sequence[Path]) -> list[FileReport]:
    """Documents that an earlier ingest of the same folders found and that are no longer there."""
    roots = {str(path.resolve()) for path in paths if path.is_dir()}
    present = {file.source for file in files}
    return [
        FileReport(source, "removed", message=f"{source} is no longer in {root}.")
        for source, (_, _, root) in sorted(known.items())
        if root in roots and source not in present
    ]


def _repeated(edges: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Per source: the tail lines that another document of the library has too."""
    counts = Counter(line for lines in edges.values() for line in lines)
    return {source: frozenset(line for line in lines if counts[line] > 1) for source, lines in edges.items()}


def _read_again(
    files: Sequence[_File],
    before: Mapping[str, frozenset[str]],
    after: Mapping[str, frozenset[str]],
    fresh: Collection[str],
) -> list[_Read]:
    """Unchanged files whose tail has come to repeat, or repeats no more: the order of ingests must not matter."""
    again: list[_Read] = []
    for file in files:
        if file.source in before and file.source not in fresh and before[file.source] != after[file.source]:
            outcome = _read(file, None, "")
            again += [outcome] if isinstance(outcome, _Read) else []
    return again


def _document(item: _Read, repeated: Collection[str]) -> Document:
    blocks = item.raw.blocks
    dropped: tuple[Note, ...] = ()
    if item.raw.format == "text":  # the other formats tell furniture by their markup
        blocks, dropped = drop_furniture(blocks, repeated)
    title, role, blocks = name_document(item.file.source, item.raw.title, blocks)
    made = structure(blocks)
    return Document(
        id=hashlib.sha256(item.file.source.encode()).hexdigest()[:12],
        source=item.file.source,
        title=title,
        role=role,
        text=made.text,
        sha256=item.sha256,
        format=item.raw.format,
        audience="public",
        notes=(*item.raw.notes, *dropped),
        sections=made.sections,
        units=made.units,
    )


def _report(document: Document, status: str, seconds: float) -> FileReport:
    return FileReport(
        source=document.source,
        status=status,
        format=document.format,
        title=document.title,
        role=document.role,
        characters=len(document.text),
        sections=len(document.sections),
        units=len(document.units),
        seconds=round(seconds, 3),
        notes=document.notes,
    )

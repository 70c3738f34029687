"""What an ingest has to do: which files are new, changed, renamed, gone or known, told by their content alone."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

from config import ROOT, Config, IngestConfig
from ingest.find import File
from ingest.make import unopened
from ingest.readers import too_large
from ingest.records import Failure, FileReport, Known

Progress = Callable[[str, int, int, str], None]  # what is done, how many of it, of how many, to which source


@dataclass(frozen=True, slots=True)
class Plan:
    """Sources in their order: ``fresh`` has to be read (source to sha256), ``renamed`` maps new to old names of fresh
    ones, ``gone`` is to be removed, ``settled`` is reported as it is; the others are known and unchanged.
    """

    files: Mapping[str, File]
    known: Mapping[str, Known]
    fresh: Mapping[str, str]
    renamed: Mapping[str, str] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    settled: tuple[FileReport, ...] = ()


@cache
def code_version() -> str:
    """Names the code that reads and makes, and the libraries it is pinned to: another one reads every file again."""
    digest = hashlib.sha256()
    for path in (*sorted((ROOT / "ingest").rglob("*.py")), ROOT / "constraints.txt"):
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()[:12]


def read_by(settings: Config) -> str:
    """Names all but the file that a reading depends on."""
    limits = settings.ingest
    ocr = limits.ocr and shutil.which("tesseract") is not None
    return json.dumps({"ingest": code_version(), "ocr": ocr, "redact": limits.redact}, sort_keys=True)


def made_by(settings: Config) -> str:
    """Names all but the files that a document depends on."""
    also = {**asdict(settings.chunks), "audiences": settings.ingest.audiences}
    return json.dumps({**json.loads(read_by(settings)), **also}, sort_keys=True)


def refused_by(settings: Config) -> str:
    """Names all but the file that a refusal depends on: other limits, another try."""
    return json.dumps({**json.loads(read_by(settings)), **asdict(settings.ingest)}, sort_keys=True)


def plan(
    files: Sequence[File],
    known: Mapping[str, Known],
    failures: Mapping[str, Failure],
    settings: Config,
    roots: Sequence[str],
    progress: Progress,
) -> Plan:
    """Compare the files with what the library knows; every file is opened once, to name its content.

    Args:
        files: what the paths hold, in the order of the sources.
        known: the library's documents by source.
        failures: files whose refusal still holds when nothing about them has changed.
        settings: what documents depend on beside their files.
        roots: the folders that are ingested whole: what they no longer hold is gone.
        progress: told of every file.

    """
    fresh: dict[str, str] = {}
    settled: list[FileReport] = []
    made, refused = made_by(settings), refused_by(settings)
    for number, file in enumerate(files, 1):
        progress("checking", number, len(files), file.source)
        sha256, fault = _content(file, settings.ingest)
        before, failed = known.get(file.source), failures.get(file.source)
        if failed is not None and (failed.sha256, failed.made_by, failed.root) == (sha256, refused, file.root):
            fault = failed.message
        if not fault and before is not None:
            if (before.sha256, before.made_by, before.root) == (sha256, made, file.root):
                settled.append(FileReport(file.source, "unchanged"))
                continue
            fault = _elsewhere(file, before)
        if fault:
            settled.append(FileReport(file.source, "failed", message=fault))
        else:
            fresh[file.source] = sha256
    present = {file.source for file in files}
    gone = [source for source, state in sorted(known.items()) if state.root in roots and source not in present]
    renamed = _renamed(fresh, gone, known)
    gone = [source for source in gone if source not in renamed.values()]
    settled += [FileReport(s, "removed", message=f"{s} is no longer in {known[s].root}.") for s in gone]
    return Plan({f.source: f for f in files}, known, fresh, renamed, tuple(gone), tuple(settled))


def _content(file: File, limits: IngestConfig) -> tuple[str, str]:
    """The sha256 of a file's bytes, or what is wrong with it."""
    try:
        size = file.path.stat().st_size
        if size > limits.max_megabytes * 1_000_000:
            return "", too_large(file.source, size, limits)
        with file.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest(), ""
    except OSError as error:
        return "", unopened(file.source, error)


def _elsewhere(file: File, before: Known) -> str:
    """Another folder's file of the same name must not replace the one that the library has, while that is there."""
    if before.root == file.root or not (Path(before.root) / file.source).is_file():
        return ""
    return (
        f"{file.source} is already in the library from {before.root}; this one is in {file.root}. "
        "Ingest their common parent folder into a new library, or rename one of the two."
    )


def _renamed(fresh: Mapping[str, str], gone: Sequence[str], known: Mapping[str, Known]) -> dict[str, str]:
    """New to old names: a file that came with the very bytes of one that went is that file."""
    left: dict[str, list[str]] = {}
    for source in reversed(gone):
        left.setdefault(known[source].sha256, []).append(source)
    names: dict[str, str] = {}
    for source, sha256 in sorted(fresh.items()):
        if source not in known and left.get(sha256):
            names[source] = left[sha256].pop()
    return names

"""Which files an ingest is about: everything below the given paths, each under its source.

Hidden files and folders and the library itself are left out. What is no document at all (a broken link, a socket, a
folder that cannot be opened) is named in the report instead of being passed over.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from config import UserError
from ingest.records import FileReport


@dataclass(frozen=True, slots=True)
class File:
    """A file, its path relative to the root it was found under, and that root."""

    path: Path
    source: str
    root: str


def find(paths: Sequence[Path], library: Path) -> tuple[list[File], list[FileReport]]:
    """All files below ``paths`` in the order of their sources, and a report for each thing that is no file.

    Raises:
        UserError: a path is missing, there is no document at all, or two files would have the same source.

    """
    found: dict[str, File] = {}
    faults: dict[str, FileReport] = {}
    for path in paths:
        if not path.exists():
            message = f"There is no file or folder {path}. Check the spelling, or give the path of your documents."
            raise UserError(message)
        root = path if path.is_dir() else path.parent
        for file, fault in _walk(path, library.resolve()):
            # a name that is not UTF-8 cannot be stored or printed as it is
            source = file.relative_to(root).as_posix().encode(errors="backslashreplace").decode()
            if fault:
                faults[source] = FileReport(source, "failed", message=f"{source} {fault}")
                continue
            other = found.get(source)
            if other is not None and other.path.resolve() != file.resolve():
                message = (
                    f"Two files would both be called '{source}' in the library: {other.path} and {file}. "
                    "Ingest their common parent folder instead, or rename one."
                )
                raise UserError(message)
            found[source] = File(file, source, str(root.resolve()))
    if not found:
        places = ", ".join(str(path) for path in paths)
        also = "".join(f"\n  - {fault.message}" for fault in faults.values())
        message = (
            f"There are no documents in {places}. Put role documents there "
            f"(.txt, .md, .html, .docx, .pdf and others; docs/ingestion.md) and run the command again.{also}"
        )
        raise UserError(message)
    return [found[source] for source in sorted(found)], [faults[source] for source in sorted(faults)]


def _walk(path: Path, library: Path) -> Iterator[tuple[Path, str]]:
    """Files below ``path``, each with what is wrong with it ('' for a file that can be tried)."""
    if not path.is_dir():
        yield path, "" if path.is_file() else _NO_FILE
        return
    closed: list[OSError] = []
    for folder, folders, names in os.walk(path, onerror=closed.append):
        # does not follow links to folders, so a loop of links ends here
        here = Path(folder)
        linked = sorted(name for name in folders if not name.startswith(".") and (here / name).is_symlink())
        folders[:] = sorted(n for n in folders if not n.startswith(".") and (here / n).resolve() != library)
        for name in linked:
            yield here / name, "is a link to a folder, which is not followed. Ingest that folder by its own path."
        for name in sorted(names):
            file = here / name
            if not name.startswith("."):
                yield file, "" if file.is_file() else _BROKEN if file.is_symlink() else _NO_FILE
    for error in closed:
        yield Path(error.filename), f"cannot be opened: {error.strerror}. Check its permissions and ingest again."


_NO_FILE = "is neither a file nor a folder, so there is nothing to read. Remove it or ingest something else."
_BROKEN = "is a link that leads nowhere (or in a circle). Remove it, or put the document in its place."

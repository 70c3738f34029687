"""The folder that holds the indexes made for one embedder: the current one, the one before it, one being built.

``current.json`` names the first two and is replaced in one step, so that whoever opens an index finds a whole one.
Every index has a manifest with the checksum of each of its files, and of itself. What is open stays readable when the
files are replaced: they are memory-mapped and never changed in place.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from config import UserError
from ingest.library import Library
from retrieval import columns, postings, token_vectors

FORMAT = 2
MANIFEST, CURRENT, LOCK, BUILDING = "manifest.json", "current.json", "index.lock", "building"
VECTORS = "vectors.npy"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Part:
    """Files that are made together, from earlier parts; ``version`` changes when their content or meaning does.

    ``of_embedder``: what is in them depends on the embedder's vectors.
    """

    name: str
    version: int
    files: tuple[str, ...]
    of_embedder: bool = False


# In the order in which they are made. Who adds one adds its maker in retrieval/building.py.
PARTS = (
    Part("library", 1, ("library.sqlite",)),
    Part("chunks", 1, columns.FILES),
    Part("lexical", 2, postings.FILES),
    Part("vectors", 2, (VECTORS, *token_vectors.FILES), of_embedder=True),
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index is: ``parts`` maps the parts that are done to their versions, ``files`` names to checksums."""

    embedder: str
    dimension: int
    fingerprint: str
    chunks: int = 0
    built: str = ""  # ISO 8601, UTC; '' while it is being built
    parts: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Put it into ``folder`` in one step."""
        table = asdict(self)
        replace_text(folder / MANIFEST, json.dumps({**table, "checksum": _checksum_of(table)}, indent=1))

    @classmethod
    def read(cls, folder: Path) -> Manifest | None:
        """The manifest in ``folder``; None when there is none, or it is damaged or of another format."""
        try:
            table = json.loads((folder / MANIFEST).read_text("utf-8"))
            stated = table.pop("checksum")
            return cls(**table) if table["format"] == FORMAT and stated == _checksum_of(table) else None
        except (OSError, ValueError, AttributeError, KeyError, TypeError):
            return None

    def damage(self, folder: Path, parts: Sequence[Part] = PARTS) -> tuple[str, ...]:
        """What is wrong with the files of those ``parts`` that are done; () when they are as they were written."""
        names = [name for part in parts if part.name in self.parts for name in part.files]
        with ThreadPoolExecutor(max_workers=2) as pool:  # hashing leaves the interpreter free
            found = pool.map(lambda name: self._fault(folder / name), names)
            return tuple(fault for fault in found if fault)

    def _fault(self, path: Path) -> str:
        try:
            same = checksum(path) == self.files.get(path.name)
        except OSError:
            return f"{path.name} is missing"
        return "" if same else f"{path.name} does not have its checksum"


def _checksum_of(table: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hex; raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def replace_text(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old or the new text, whole."""
    new = path.with_name(f"{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


@dataclass(frozen=True, slots=True)
class Shelf:
    """``folder`` and what stands in it."""

    folder: Path

    @classmethod
    def of(cls, library: Library, embedder_id: str) -> Shelf:
        """The shelf for this embedder in the library's folder."""
        return cls(library.folder / "index" / re.sub(r"[^A-Za-z0-9.-]+", "-", embedder_id))

    @property
    def current(self) -> Path | None:
        """The folder of the index in use."""
        return self._named("current")

    @property
    def previous(self) -> Path | None:
        """The folder of the index that was in use before."""
        return self._named("previous")

    @property
    def building(self) -> Path:
        """Where an index is built, or was when its process ended early."""
        return self.folder / BUILDING

    def _named(self, role: str) -> Path | None:
        try:
            name = json.loads((self.folder / CURRENT).read_text("utf-8"))[role]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return self.folder / name if isinstance(name, str) and name.isdigit() else None

    def indexes(self) -> list[Path]:
        """All folders of whole indexes, the newest first, also such as were lost from ``current.json``."""
        found = self.folder.glob("[0-9]*") if self.folder.is_dir() else ()
        return sorted((path for path in found if path.name.isdigit()), key=lambda path: int(path.name), reverse=True)

    @contextmanager
    def changing(self, say: Say = lambda _: None) -> Iterator[None]:
        """Keep all others from building or restoring here; the system lifts this lock when a process is killed."""
        from filelock import FileLock, Timeout

        self._make()
        lock = FileLock(self.folder / LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            say(f"Another process is building the index in {self.folder}; waiting for it.")
            lock.acquire(timeout=-1)
        try:
            yield
        finally:
            lock.release()

    def _make(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"The index folder {self.folder} cannot be made: {error.strerror}. Make the library writable."
            raise UserError(message) from error

    def publish(self, previous: Path | None) -> Path:
        """Make what stands in ``building`` the current index, keep ``previous`` beside it, remove all others."""
        numbers = [int(path.name) for path in self.indexes()]
        new = self.folder / f"{max(numbers, default=0) + 1:04d}"
        self.building.rename(new)
        self.point(new, previous)
        for path in self.folder.iterdir():
            if path.name not in (CURRENT, LOCK, new.name, previous.name if previous is not None else ""):
                _remove(path)
        for left in (*self.folder.parent.glob(f"{self.folder.name}.building*"), self._of_format_1()):
            _remove(left)
        return new

    def _of_format_1(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.previous")

    def point(self, current: Path, previous: Path | None) -> None:
        """Say which index is in use and which was before."""
        names = {"current": current.name, "previous": None if previous is None else previous.name}
        replace_text(self.folder / CURRENT, json.dumps(names))


def _remove(path: Path) -> None:
    """Take away a file or folder; what another process still has open (on Windows) is taken away next time."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
        return
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return

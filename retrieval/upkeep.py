"""Going back to the previous index, and looking whether indexes are whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from config import UserError
from ingest import snapshot
from ingest.library import Library
from retrieval.journal import Journal
from retrieval.shelf import PARTS, VECTORS, Manifest, Say, Shelf
from retrieval.token_vectors import PART_PLACES, PLACES


@dataclass(frozen=True, slots=True)
class State:
    """One index as ``states`` found it: ``use`` is current or previous, ``size`` in bytes."""

    folder: Path
    use: str
    manifest: Manifest | None
    faults: tuple[str, ...]
    size: int


def shelves(library: Library) -> list[Shelf]:
    """The shelf of every embedder that the library was indexed with."""
    folder = library.folder / "index"
    return [Shelf(path) for path in sorted(folder.iterdir()) if path.is_dir()] if folder.is_dir() else []


def restore(shelf: Shelf, library: Library, say: Say) -> None:
    """Use the previous index again and keep the current one in its place: done twice, nothing has changed.

    An index answers with the documents that it was built from. Where the library has moved on since, it is put back
    to that state too (every index keeps a copy); other readers of the library see its old or its new state.

    Raises:
        UserError: there is no previous index, it is damaged, or an ingest is running.

    """
    with shelf.changing(say):
        folder = shelf.previous
        if folder is None:
            message = f"There is no previous index in {shelf.folder}: one is kept when a newer one takes its place."
            raise UserError(message)
        manifest = Manifest.read(folder)
        damage = ("no manifest that can be read",) if manifest is None else manifest.damage(folder)
        if manifest is None or damage:
            message = (
                f"The previous index in {folder} is damaged ({'; '.join(damage)}), so the current one stays in use. "
                "Ingest the documents that you want back; the index is brought up to date by the next search."
            )
            raise UserError(message)
        if manifest.fingerprint != library.fingerprint:
            snapshot.put_back(library, folder)
            say(
                f"The library in {library.folder} is again what that index was built from: {len(library.names())} "
                "documents. An ingest of its folders brings back what has changed there since."
            )
        current = shelf.current
        shelf.point(folder, current)
        say(f"The index of {manifest.built} ({manifest.chunks:,} chunks) in {folder} is in use again.")
        say(f"The one in {current} is kept: restore once more to go back to it.")


def states(shelf: Shelf) -> Iterator[State]:
    """The current and the previous index of a shelf, each looked through."""
    for use, folder in (("current", shelf.current), ("previous", shelf.previous)):
        if folder is not None:
            manifest = Manifest.read(folder)
            faults = ("no manifest that can be read",) if manifest is None else tuple(_faults(folder, manifest))
            paths = folder.iterdir() if folder.is_dir() else ()
            yield State(folder, use, manifest, faults, sum(path.stat().st_size for path in paths))


def unfinished(shelf: Shelf) -> int | None:
    """How many texts a build that runs or was stopped has embedded; None when there is none."""
    manifest = Manifest.read(shelf.building)
    return None if manifest is None else Journal.count_in(shelf.building, manifest.dimension)


def _faults(folder: Path, manifest: Manifest) -> Iterator[str]:
    yield from (f"{part.name} was never made" for part in PARTS if part.name not in manifest.parts)
    damage = manifest.damage(folder)
    yield from damage
    if not damage:
        yield from _miscounts(folder, manifest)


def _miscounts(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Files that hold another number of chunks than the manifest states."""
    counts = {
        "library.sqlite": Library(folder).chunk_count(),
        "columns.npy": np.load(folder / "columns.npy", mmap_mode="r").shape[1],
        "offsets.npy": len(np.load(folder / "offsets.npy", mmap_mode="r")) - 1,
        "keys.npy": len(np.load(folder / "keys.npy", mmap_mode="r")),
        VECTORS: len(np.load(folder / VECTORS, mmap_mode="r")),
        PLACES: len(np.load(folder / PLACES, mmap_mode="r")) - 1,
        PART_PLACES: len(np.load(folder / PART_PLACES, mmap_mode="r")) - 1,
    }
    yield from (f"{name} has {found} chunks, not {manifest.chunks}" for name, found in counts.items()
                if found != manifest.chunks)  # fmt: skip

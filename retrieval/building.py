"""The building of an index beside the one in use: part by part, in bounded memory, and resumed where it was stopped.

Each part is taken over from an older index when that is whole and of the same library, else made. A text's vector is
asked for once in the life of a library: older indexes and the journal of a build that was stopped hold the others.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import numpy as np

from ingest import snapshot
from ingest.library import Library
from retrieval import columns, postings, vectors
from retrieval.columns import Columns, StoredChunks
from retrieval.journal import Journal
from retrieval.records import Embedder
from retrieval.shelf import PARTS, Manifest, Part, Say, Shelf, checksum


@dataclass(frozen=True, slots=True)
class Older:
    """An index that parts may be taken from: ``whole`` names its parts without damage."""

    folder: Path
    manifest: Manifest
    whole: frozenset[str]
    damage: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Build:
    """What the makers of parts need; ``folder`` is where the new index grows."""

    folder: Path
    library: Library
    embedder: Embedder
    older: tuple[Older, ...]
    say: Say


def build(shelf: Shelf, library: Library, embedder: Embedder, say: Say) -> Path:
    """Build the index of ``library`` and make it the current one; returns its folder. The caller holds the lock."""
    older = tuple(_olders(shelf))
    current = next((one for one in older if one.folder == shelf.current), None)
    if current is not None and current.damage:
        say(
            f"The index in {current.folder} is damaged ({'; '.join(current.damage)}); what is damaged is built again."
        )
    elif current is None and shelf.current is not None:
        say(f"The index in {shelf.current} is damaged (no manifest that can be read); it is built again.")
    work = Build(shelf.building, library, embedder, older, say)
    manifest = _begin(work)
    for part in PARTS:
        if part.name not in manifest.parts:
            if not _take_over(work, part, manifest):
                _MAKERS[part.name](work)
            manifest = _with(manifest, part, work.folder)
            manifest.write(work.folder)
    rows = len(np.load(work.folder / "keys.npy", mmap_mode="r"))
    replace(manifest, chunks=rows, built=datetime.now(UTC).isoformat(timespec="seconds")).write(work.folder)
    Journal.remove(work.folder)
    sound = current is not None and not current.damage
    return shelf.publish(shelf.current if sound else shelf.previous)


def _olders(shelf: Shelf) -> Iterator[Older]:
    for folder in shelf.indexes():
        manifest = Manifest.read(folder)
        if manifest is not None:
            faults = {part.name: manifest.damage(folder, (part,)) for part in PARTS if part.name in manifest.parts}
            whole = frozenset(name for name, found in faults.items() if not found)
            yield Older(folder, manifest, whole, tuple(fault for found in faults.values() for fault in found))


def _begin(work: Build) -> Manifest:
    """Go on with the parts that an earlier build of the same state finished, or begin anew; vectors stay either way."""
    begun = Manifest.read(work.folder)
    wanted = Manifest(work.embedder.id, work.embedder.dimension, work.library.fingerprint)
    same = begun is not None and replace(begun, parts={}, files={}, chunks=0, built="") == wanted
    if begun is not None and same:
        done = [p for p in PARTS if begun.parts.get(p.name) == p.version and not begun.damage(work.folder, (p,))]
        parts, files = {p.name: p.version for p in done}, {name for p in done for name in p.files}
        begun = replace(begun, parts=parts, files={n: c for n, c in begun.files.items() if n in files})
    else:
        begun = wanted
    kept = {*begun.files, *Journal.names(work.embedder.dimension)}
    work.folder.mkdir(parents=True, exist_ok=True)
    for path in work.folder.iterdir():
        if path.name not in kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return begun


def _take_over(work: Build, part: Part, manifest: Manifest) -> bool:
    """Link a part's files from an older index that has it whole and made from the same; whether there was one."""
    for one in work.older:
        fits = one.manifest.fingerprint == manifest.fingerprint and one.manifest.parts.get(part.name) == part.version
        if part.of_embedder and one.manifest.dimension != manifest.dimension:
            continue
        if fits and part.name in one.whole:
            for name in part.files:
                _link(one.folder / name, work.folder / name)
            return True
    return False


def _link(old: Path, new: Path) -> None:
    new.unlink(missing_ok=True)
    try:
        os.link(old, new)
    except OSError:  # a file system without hard links
        shutil.copyfile(old, new)


def _with(manifest: Manifest, part: Part, folder: Path) -> Manifest:
    """``manifest`` with a part that is done; the library's copy decides which state this is an index of."""
    fingerprint = Library(folder).fingerprint if part.name == "library" else manifest.fingerprint
    files = {**manifest.files, **{name: checksum(folder / name) for name in part.files}}
    return replace(manifest, fingerprint=fingerprint, parts={**manifest.parts, part.name: part.version}, files=files)


def _make_library(work: Build) -> None:
    snapshot.save(work.library, work.folder)


def _make_chunks(work: Build) -> None:
    saved = Library(work.folder)
    columns.write(work.folder, saved.each_chunk(), saved.audiences())


def _make_lexical(work: Build) -> None:
    postings.write(work.folder, StoredChunks(work.folder, Columns.load(work.folder)))


def _make_vectors(work: Build) -> None:
    known = [
        vectors.load(one.folder)
        for one in work.older
        if {"chunks", "vectors"} <= one.whole and one.manifest.dimension == work.embedder.dimension
    ]
    vectors.write(work.folder, work.embedder, known, work.say)


_MAKERS: Mapping[str, Callable[[Build], None]] = MappingProxyType(
    {"library": _make_library, "chunks": _make_chunks, "lexical": _make_lexical, "vectors": _make_vectors}
)

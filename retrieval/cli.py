"""The commands of ``python -m retrieval`` beside the search: ``restore`` and ``check``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from config import UserError, load

if TYPE_CHECKING:
    from ingest.library import Library
    from retrieval.shelf import Shelf
    from retrieval.upkeep import State

Say = Callable[[str], None]


def restore(given: Sequence[str], say: Say) -> int:
    """``restore``: put the previous index in the place of the current one; returns the exit code.

    Raises:
        UserError: it cannot be done; says why.

    """
    parser = _parser(
        "restore",
        "Use the previous index again; the library goes back with it when it has moved on. Run twice: nothing changed.",
    )
    parser.add_argument("--profile", help="the profile whose index is meant, where several embedders were used")
    options = parser.parse_args(given)
    from ingest.library import Library
    from retrieval import upkeep

    library = Library.open(options.library)
    upkeep.restore(_meant(library, options.profile), library, say)
    return 0


def check(given: Sequence[str], say: Say) -> int:
    """``check``: look at every index of the library; returns 1 when one is damaged, else 0.

    Raises:
        UserError: there is no library.

    """
    options = _parser("check", "Look whether the indexes are whole; exit code 1 when one is not.").parse_args(given)
    from ingest.library import Library
    from retrieval import upkeep

    library = Library.open(options.library)
    faults = 0
    for shelf in upkeep.shelves(library):
        for state in upkeep.states(shelf):
            faults += len(state.faults)
            for line in _lines(state, library.fingerprint):
                say(line)
        begun = upkeep.unfinished(shelf)
        if begun is not None:
            say(f"{shelf.building}: a build runs or was stopped, {begun:,} texts embedded; the next search ends it")
    say(f"{faults} faults" if upkeep.shelves(library) else "no index yet: the first search builds it")
    return 1 if faults else 0


def _parser(command: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m retrieval {command}", description=description)
    parser.add_argument("--library", required=True, type=Path, metavar="DIR", help="the library's folder")
    return parser


def _meant(library: Library, profile: str | None) -> Shelf:
    """The shelf of the profile's embedder; without a profile the only one that has a previous index."""
    from retrieval import upkeep
    from retrieval.shelf import Manifest, Shelf

    if profile is not None:
        from retrieval.models import open_embedder

        return Shelf.of(library, open_embedder(load(profile).embedder).id)
    found = {shelf: shelf.previous for shelf in upkeep.shelves(library)}
    restorable = {shelf: folder for shelf, folder in found.items() if folder is not None}
    if not restorable:
        message = f"There is no previous index in {library.folder}: one is kept when a newer one takes its place."
        raise UserError(message)
    if len(restorable) > 1:
        manifests = [Manifest.read(folder) for folder in restorable.values()]
        names = ", ".join(manifest.embedder for manifest in manifests if manifest is not None)
        message = f"Several embedders have a previous index ({names}). Name the profile that is meant with --profile."
        raise UserError(message)
    return next(iter(restorable))


def _lines(state: State, fingerprint: str) -> Iterator[str]:
    manifest = state.manifest
    if manifest is None:
        yield f"{state.use:<9}{state.folder}: {state.faults[0]}"
        return
    age = datetime.now(UTC) - datetime.fromisoformat(manifest.built)
    library = "of the library as it is" if manifest.fingerprint == fingerprint else "of another state of the library"
    yield (
        f"{state.use:<9}{state.folder}: {manifest.embedder}, {manifest.chunks:,} chunks, {state.size / 1e6:,.1f} MB, "
        f"built {manifest.built} ({_age(age.total_seconds())} ago) {library}"
    )
    yield from (f"         {fault}" for fault in state.faults)


def _age(seconds: float) -> str:
    """A duration in its largest unit.

    >>> _age(30), _age(7200), _age(200_000)
    ('30 s', '2 h', '2 d')
    """
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit}"
    return f"{seconds:.0f} s"

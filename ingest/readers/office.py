"""How every office reader ends: cleaned blocks, notes of what was left out, and what the file says about itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ingest.clean import clean, clean_blocks
from ingest.records import Block, Note, Reading


def finished(
    form: str, blocks: Iterable[Block], dropped: Mapping[str, int], facts: tuple[tuple[str, str], ...], reader: str
) -> Reading:
    """The reading of an office file; ``dropped`` counts what was left out, by what it was."""
    cleaned, notes = clean_blocks(tuple(blocks))
    notes += tuple(Note(f"drop_{form}", count, what) for what, count in sorted(dropped.items()) if count)
    title = clean(dict(facts).get("title", ""))[0]
    return Reading(form, " ".join(title.split()), cleaned, notes, facts, reader)

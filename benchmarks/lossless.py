"""How much of the visible text survives ingestion, per format.

For every file the letters and digits of an independent view of its visible text (visible_text.py) are held against
those of the document made of it. What is missing is explained as far as notes say that so much was dropped and the
replay of cleaning shows letters repaired; the rest is listed, the worst files first::

    python benchmarks/lossless.py ../shared/role_documents ../shared/data/documents
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
import unicodedata
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.visible_text import VIEWS
from config import UserError
from ingest.clean import TEXT_STEPS
from ingest.encodings import decode
from ingest.furniture import drop_furniture
from ingest.identity import name_document
from ingest.readers import read
from ingest.records import Note
from ingest.replay import changes
from ingest.structure import structure

_RUN = re.compile(r"[^\W_]+")
REPLAYED = ("text", "markdown", "csv", "yaml")  # their text is cleaned as it stands
_DROPS = ("drop", "skip", "hide", "front_matter")
_EDGES = ("drop_head", "drop_tail", "drop_empty_lines")  # measured by the blocks themselves; no letters
_SIZE = re.compile(r"\(([\d,]+) characters")


@dataclass(frozen=True, slots=True)
class Loss:
    """Characters (letters and digits) of one file's visible text, and what became of them."""

    source: str
    format: str
    characters: int
    missing: int
    explained: int
    added: int
    notes: tuple[Note, ...]
    examples: tuple[str, ...]

    @property
    def unexplained(self) -> int:
        """Characters that are missing beyond what the notes say was dropped."""
        return self.missing - self.explained


def runs(text: str) -> Counter[str]:
    """Runs of letters and digits, with their number; ligatures, widths and case made equal.

    >>> runs("De\N{LATIN SMALL LIGATURE FI}ne a define")
    Counter({'define': 2, 'a': 1})
    """
    return Counter(_RUN.findall(unicodedata.normalize("NFKC", text).replace("\u00ad", "").casefold()))


def missing_characters(raw: Counter[str], clean: Counter[str]) -> Counter[str]:
    """Letters and digits of the runs that are missing, less those of runs that only the clean text has.

    A word that was joined or split is missing and added at once; its characters cancel out.

    >>> sorted(missing_characters(runs("soft ware lead"), runs("software")).elements())
    ['a', 'd', 'e', 'l']
    """
    lost, extra = raw - clean, clean - raw
    return _characters(lost) - _characters(extra)


def _characters(words: Counter[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for word, count in words.items():
        for char in word:
            found[char] += count
    return found


def loss_of(source: str, data: bytes) -> Loss | None:
    """What one file loses, read by itself (without its neighbours); None for a format without a view.

    Raises:
        UserError: the file is not read.

    """
    reading = read(source, data)
    if reading.format not in VIEWS:
        return None
    blocks, dropped = drop_furniture(reading.blocks, ()) if reading.format == "text" else (reading.blocks, ())
    title, _, named = name_document(source, reading.title, blocks)
    text = structure(named).text
    facts = "\n".join((title, *(value for _, value in reading.facts)))
    notes = reading.notes + dropped
    raw, clean = runs(VIEWS[reading.format](data)), runs(text)
    kept = clean | runs(facts)
    lost = missing_characters(raw, kept)
    missing = sum(lost.values())
    added = 0 if reading.format == "xlsx" else sum(missing_characters(clean, raw).values())  # its view has no numbers
    words = [word for word in raw - kept if set(word) & set(lost)]
    examples = tuple(sorted(words, key=len, reverse=True)[:8])
    furniture = _letters(" ".join(block.text for block in reading.blocks)) - _letters(" ".join(b.text for b in blocks))
    budget = furniture.total() + _told(notes) + (_repaired(source, data) if reading.format in REPLAYED else 0)
    total = sum(len(word) * count for word, count in raw.items())
    return Loss(source, reading.format, total, missing, min(missing, budget), added, notes, examples)


def _letters(text: str) -> Counter[str]:
    return Counter(char for char in unicodedata.normalize("NFKC", text) if _RUN.match(char))


def _told(notes: Sequence[Note]) -> int:
    """Characters that the notes say were dropped; without end where a note gives no number of them."""
    total = 0
    for note in notes:
        if note.step in _EDGES or not note.step.startswith(_DROPS):
            continue
        size = _SIZE.search(note.detail)
        if size is None and "comment" not in note.detail.split(":")[0].split():  # a comment is not visible text
            return sys.maxsize
        total += 0 if size is None else int(size[1].replace(",", ""))
    return total


def _repaired(source: str, data: bytes) -> int:
    """Letters and digits that cleaning replaced, by replaying it."""
    made = changes(decode(source, data), TEXT_STEPS)
    return sum((_letters(change.before) - _letters(change.after)).total() for change in made)


def losses(paths: Sequence[Path]) -> Iterator[Loss]:
    """What every readable file below the paths loses; others are named on the error stream."""
    for path in paths:
        for file in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
            try:
                found = loss_of(file.relative_to(path.parent).as_posix(), file.read_bytes())
            except UserError as error:
                print(f"not read: {error}", file=sys.stderr)
            except Exception as error:  # the other extractor's or a reader's fault; the next file may do
                print(f"FAILED: {file}: {type(error).__name__}: {error}", file=sys.stderr)
            else:
                if found is None:
                    print(f"no view: {file}", file=sys.stderr)
                else:
                    yield found


def table(found: Sequence[Loss]) -> str:
    """The shares per format as a Markdown table."""
    groups: dict[str, list[Loss]] = defaultdict(list)
    for loss in found:
        groups[loss.format].append(loss)
    lines = ["| format | files | characters | kept | explained | unexplained | added |", "| --- |" + " ---: |" * 6]
    for form, group in sorted(groups.items()):
        total = sum(loss.characters for loss in group)
        whole = max(total, 1)
        missing, explained = sum(loss.missing for loss in group), sum(loss.explained for loss in group)
        added = sum(loss.added for loss in group)
        shares = (1 - missing / whole, explained / whole, (missing - explained) / whole, added / whole)
        lines.append(f"| {form} | {len(group)} | {total:,} | " + " | ".join(f"{share:.3%}" for share in shares) + " |")
    return "\n".join(lines)


def main() -> int:
    """Print the table, then the worst files of each format."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--worst", type=int, default=5, help="files to list per format")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.ERROR)  # the other extractor's complaints
    found = list(losses(options.paths))
    print(table(found))
    for form in sorted({loss.format for loss in found}):
        group = [loss for loss in found if loss.format == form and (loss.missing or loss.added)]
        for loss in sorted(group, key=lambda loss: (-loss.unexplained, -loss.missing, -loss.added))[: options.worst]:
            notes = ", ".join(f"{note.step} {note.count} {note.detail[:40]}".strip() for note in loss.notes)
            print(f"\n{form}: {loss.source}: {loss.missing} of {loss.characters} missing", end="")
            print(f" ({loss.unexplained} unexplained), {loss.added} added\n  {' '.join(loss.examples)}\n  {notes}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""How often a test split was looked at by sweeps: one line per use in ``GOLD.test-uses.jsonl`` beside the gold file.

Whoever chooses among variants by their test figures tunes on the test split; so a sweep has to ask for it by name, is
counted, and every later table of a sweep says how often that happened.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from config import UserError


@dataclass(frozen=True, slots=True)
class Use:
    """One use: the day (ISO 8601), and SHA-256 of the sweep file and of the gold file."""

    date: str
    sweep: str
    variants: tuple[str, ...]
    gold: str


def file_of(gold: Path) -> Path:
    """Where the uses of ``gold`` are counted.

    >>> file_of(Path("goldset/gold.jsonl")).as_posix()
    'goldset/gold.test-uses.jsonl'
    """
    return gold.with_suffix(".test-uses.jsonl")


def count(gold: Path, sweep_sha256: str, variants: Sequence[str], date: str) -> None:
    """Append one use; every call counts, that of a sweep which goes on too.

    Raises:
        UserError: it cannot be written down; then the test split is not to be used.

    """
    use = Use(date, sweep_sha256, tuple(variants), hashlib.sha256(gold.read_bytes()).hexdigest())
    try:
        with file_of(gold).open("a", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(asdict(use), ensure_ascii=False) + "\n")
    except OSError as error:
        message = (
            f"A use of the test split must be counted, but {file_of(gold)} cannot be written: {error.strerror}. "
            "Make it writable, or sweep over --split dev."
        )
        raise UserError(message) from error


def read(gold: Path) -> tuple[Use, ...]:
    """All uses, the oldest first.

    Raises:
        UserError: the file is damaged.

    """
    path = file_of(gold)
    if not path.is_file():
        return ()
    uses = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if line.strip():
            try:
                value = json.loads(line)
                uses.append(Use(value["date"], value["sweep"], tuple(value["variants"]), value["gold"]))
            except (ValueError, KeyError, TypeError) as error:
                message = f"{path}:{number}: not a use of the test split ({error}). Restore the file, it is a record."
                raise UserError(message) from error
    return tuple(uses)


def warning(gold: Path) -> str:
    """What a table says about the uses so far; '' when there is none."""
    uses = read(gold)
    if not uses:
        return ""
    times = "once" if len(uses) == 1 else f"{len(uses)} times"
    variants = len({name for use in uses for name in use.variants})
    return (
        f"warning: sweeps have looked at the test split of {gold.name} {times} (last on {uses[-1].date}, {variants} "
        f"different variants in all; {file_of(gold).name}). The more often, the less its figures say of new questions."
    )

"""Every change that cleaning made to a text, line by line, so that it can be shown, applied again and undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ingest.clean import BLOCK_STEPS, TEXT_STEPS, Step, lines_of, passes
from ingest.records import Note


@dataclass(frozen=True, slots=True)
class Change:
    """One line as it was before and after one step; ``line`` counts the raw text's lines from 1, ends included."""

    step: str
    line: int
    before: str
    after: str


def changes(text: str, steps: Mapping[str, Step] = TEXT_STEPS) -> tuple[Change, ...]:
    r"""What ``clean(text, steps)`` changes, in the order in which it is done.

    >>> changes("a\nb \n")
    (Change(step='straighten_spaces', line=2, before='b \n', after='b\n'),)
    """
    lines = lines_of(text)
    found: list[Change] = []
    for name, changed in passes(lines, steps):
        for number, line in changed.items():
            found.append(Change(name, number + 1, lines[number], line))
            lines[number] = line
    return tuple(found)


def redo(text: str, made: Iterable[Change]) -> str:
    """The clean text that the changes make of the raw one.

    Raises:
        ValueError: the changes were made to another text.

    """
    lines = dict(enumerate(lines_of(text), 1))
    for change in made:
        _exchange(lines, change.line, change.before, change.after)
    return "".join(lines.values())


def undo(text: str, made: Iterable[Change]) -> str:
    r"""The raw text that ``redo`` gave the clean text ``text`` for.

    Raises:
        ValueError: the changes made another text.

    >>> raw = "a\r\n\u0e4290%\t"
    >>> undo(redo(raw, changes(raw)), changes(raw)) == raw
    True

    """
    every = tuple(made)
    final = {change.line: change.after for change in every}
    lines: dict[int, str] = {}
    place = 0
    while place < len(text) or len(lines) < max(final, default=0):
        number = len(lines) + 1
        end = text.find("\n", place) + 1
        lines[number] = final.get(number, text[place : end if end > 0 else len(text)])
        if not text.startswith(lines[number], place):
            message = f"line {number} is not as the changes left it"
            raise ValueError(message)
        place += len(lines[number])
    for change in reversed(every):
        _exchange(lines, change.line, change.after, change.before)
    return "".join(lines.values())


def _exchange(lines: dict[int, str], number: int, old: str, new: str) -> None:
    if lines.get(number) != old:
        message = f"line {number} is not as the changes found it"
        raise ValueError(message)
    lines[number] = new


def steps_of(notes: Iterable[Note]) -> tuple[str, ...]:
    """The names of the cleaning steps among a document's notes, in the order in which they are done."""
    told = {note.step for note in notes}
    return tuple(name for name in BLOCK_STEPS if name in told)


def shown(change: Change) -> str:
    r"""One change on one line, with what cannot be seen spelt out.

    >>> shown(Change("remove_invisible", 3, "pay\u200bment\n", "payment\n"))
    "line 3, remove_invisible: 'pay\\u200bment' -> 'payment'"
    """
    before, after = (repr(side.removesuffix("\n")) for side in (change.before, change.after))
    return f"line {change.line}, {change.step}: {before} {f'-> {after}' if change.after else 'dropped'}"

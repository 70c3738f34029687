"""What Rich Text groups and paragraphs carry from one token to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class State:
    """What a group inherits from the one around it."""

    into: str = "body"  # where text goes: body, number, note, margin, style, info, nowhere
    hidden: bool = False
    deleted: bool = False


@dataclass(slots=True)
class Paragraph:
    r"""Settings of the paragraph at hand (reset by \pard)."""

    style: int = 0
    outline: int = -1
    level: int = 0
    listed: bool = False
    in_table: bool = False


def _set(name: str, value: Callable[[int], object]) -> Callable[[Paragraph, int], None]:
    return lambda paragraph, number: setattr(paragraph, name, value(number))


SETTINGS: dict[str, Callable[[Paragraph, int], None]] = {
    "s": _set("style", int),
    "outlinelevel": _set("outline", int),
    "ilvl": _set("level", lambda number: max(number, 0)),
    "ls": _set("listed", lambda number: number > 0),
    "intbl": _set("in_table", lambda number: True),
}

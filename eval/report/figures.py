"""Tables of figures in README and docs, made from committed summaries so that they cannot drift from what was measured.

A page holds blocks that are rewritten whole::

    <!-- figures: answers docs/runs/test.json -->
    ...
    <!-- /figures -->

The word is a table of ``eval.report.figure_tables``; the paths, with commas between several, start at the root of the
checkout. Blocks inside code fences are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from config import UserError
from eval.report.figure_tables import TABLES, Sources

START = re.compile(r"^<!--\s*figures\b(?::\s*(?P<title>[^>]*?))?\s*-->\s*$")
END = re.compile(r"^<!--\s*/figures\s*-->\s*$")
FENCE = re.compile(r"^\s*(`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a page: ``lines[first:last]`` is its table, ``line`` (from 1) holds its opening comment."""

    path: Path
    line: int
    title: str
    first: int
    last: int


def pages(root: Path) -> list[Path]:
    """README and the notes."""
    return [page for page in (root / "README.md", *sorted((root / "docs").glob("*.md"))) if page.is_file()]


def update(paths: Sequence[Path], root: Path, *, write: bool) -> list[Block]:
    """The blocks whose table is not what their summaries say; with ``write`` they are brought up to date.

    Nothing is written unless every block of every page can be made.

    Raises:
        UserError: a page cannot be read, or a block has no end, an unknown name or an unusable summary; it is named.

    """
    sources = Sources(root)
    stale: list[Block] = []
    texts: dict[Path, str] = {}
    for path in paths:
        lines = _read(path).split("\n")
        for block in reversed(list(blocks(path, lines))):
            made = ["", *_made(block, sources).split("\n"), ""]
            if lines[block.first : block.last] != made:
                stale.append(block)
                lines[block.first : block.last] = made
                texts[path] = "\n".join(lines)
    if write:
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8", newline="\n")
    return sorted(stale, key=lambda block: (str(block.path), block.line))


def blocks(path: Path, lines: Sequence[str]) -> Iterator[Block]:
    """The blocks of a page in reading order.

    Raises:
        UserError: a block without a name or without an end.

    """
    fence = ""
    opened: tuple[int, str] | None = None
    for number, line in enumerate(lines):
        mark = FENCE.match(line)
        if mark is not None and opened is None:
            fence = mark[1] if not fence else "" if mark[1].startswith(fence) else fence
        if fence:
            continue
        start = START.match(line)
        if start is not None:
            if opened is not None:
                raise _unended(path, *opened)
            opened = (number, str(start["title"] or ""))
        elif END.match(line) and opened is not None:
            yield Block(path, opened[0] + 1, opened[1], opened[0] + 1, number)
            opened = None
    if opened is not None:
        raise _unended(path, *opened)


def _unended(path: Path, number: int, title: str) -> UserError:
    where = f"{path}:{number + 1}: the figures '{title}'"
    return UserError(f"{where} have no end. Add a line <!-- /figures --> after them.")


def _made(block: Block, sources: Sources) -> str:
    """The table of a block."""
    name, _, listed = block.title.partition(" ")
    where = f"{block.path}:{block.line}: the figures '{block.title}'"
    if name not in TABLES:
        near = get_close_matches(name, TABLES, n=1)
        hint = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(TABLES)}."
        message = f"{where}: there is no table '{name}'. {hint}"
        raise UserError(message)
    paths = [part.strip() for part in listed.split(",") if part.strip()]
    make, least, most = TABLES[name]
    if not least <= len(paths) <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        message = f"{where}: '{name}' is made of {wanted} file(s), not of {len(paths)}: figures: {name} FILE.json"
        raise UserError(message)
    try:
        return make(sources, paths)
    except UserError as error:
        message = f"{where}: {error}"
        raise UserError(message) from error


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        message = f"The page {path} cannot be read: {error}. Give a Markdown file in UTF-8."
        raise UserError(message) from error

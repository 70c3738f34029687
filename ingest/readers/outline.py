"""Nested mappings and lists (JSON, YAML) as a document that a person can read.

A mapping becomes a heading with its entries below, a list becomes items, a list of like flat objects a table. Where a
value is the id of an object elsewhere in the file (``level: junior`` and ``levels: [{id: junior, name: …}]``), the
object's name is shown. Keys are written in words. Only what says nothing to a person is left out, with a note: empty
values, opaque ids, bare addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.records import Block, BlockKind, Note

_NAMES = ("name", "title", "label", "role", "term", "heading")
_OPAQUE = re.compile(
    r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,}|(?=\S*[0-9])(?=\S*[A-Za-z])[\w+/=-]{20,}"
)
_ADDRESS = re.compile(r"(?i)(?:https?|ftp)://\S+")
_DEEPEST = 40  # mappings in mappings; what is deeper is written on one line
_LONG = 120  # characters of a value that is a paragraph, no item
_LONGEST_CELL = 1_500
_GROUPED_FROM = 12  # rows of a table that is cut by what its rows refer to


def outline(value: Any) -> tuple[str, tuple[Block, ...], tuple[Note, ...]]:
    """Title ('' for none), blocks and notes of plain values: str, list, dict, None, bool, numbers.

    >>> [block.text for block in outline({"jobTitle": "Steward", "skills": [{"id": 1, "level": 2}]})[1]]
    ['Job title: Steward', 'Skills', '| Id | Level |', '| 1 | 2 |']
    """
    writer = _Writer(_references(value))
    title = _name_of(value) if isinstance(value, dict) else ""
    blocks = tuple(writer.value(value, "", 1, 0))
    notes = tuple(Note(f"drop_{what}", count, example) for what, (count, example) in sorted(writer.dropped.items()))
    if writer.resolved:
        notes += (Note("resolve_reference", writer.resolved, "ids are shown as the names of what they stand for"),)
    return title, blocks, notes


def words(key: str) -> str:
    """A key in words.

    >>> words("jobTitle"), words("min_years-of_work"), words("HTTPStatus"), words("KPIs")
    ('Job title', 'Min years of work', 'HTTP status', 'KPIs')
    """
    spaced = re.sub(r"[_\s]+|(?<=\w)-(?=\w)", " ", key)
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[A-Z])(?=[A-Z][a-z]{2})", " ", spaced)
    parts = [part if len(part) > 1 and part[:2].isupper() else part.lower() for part in spaced.split()]
    text = " ".join(parts)
    return text[:1].upper() + text[1:]


@dataclass(slots=True)
class _Writer:
    references: Mapping[str, Mapping[str, str]]
    dropped: dict[str, tuple[int, str]] = field(default_factory=dict)
    resolved: int = 0

    def value(self, value: Any, key: str, level: int, depth: int) -> Iterator[Block]:
        """The blocks of one value; ``level`` is that of a heading made for it."""
        if isinstance(value, dict) and depth <= _DEEPEST:
            yield from self._mapping(value, key, level, depth)
        elif isinstance(value, list) and depth <= _DEEPEST:
            yield from self._list(value, key, level, depth)
        else:
            text = self._text(key, value)
            if text:
                yield Block(BlockKind.PARAGRAPH, f"{words(key)}: {text}" if key else text)

    def _mapping(self, value: dict[str, Any], key: str, level: int, depth: int) -> Iterator[Block]:
        flat = {k: v for k, v in value.items() if not isinstance(v, dict | list)}
        for name, one in flat.items():
            text = self._text(name, one)
            if not text or (one == _name_of(value) and name == _name_key(value)):  # it is the heading already
                continue
            long = len(text) > _LONG or "\n" in text
            yield Block(BlockKind.PARAGRAPH if long else BlockKind.ITEM, f"{words(name)}: {text}")
        for name, one in value.items():
            if name in flat or not one:
                if name not in flat:
                    self._drop("empty", name)
                continue
            if isinstance(one, list) and all(not isinstance(item, dict | list) for item in one):
                texts = [text for text in (self._text(name, item) for item in one) if text]
                if texts:
                    yield Block(BlockKind.PARAGRAPH, f"{words(name)}:")
                    yield from (Block(BlockKind.ITEM, text) for text in texts)
                continue
            heading = _name_of(one) if isinstance(one, dict) else ""
            yield Block(BlockKind.HEADING, f"{words(name)}: {heading}" if heading else words(name), level=min(level, 9))
            yield from self.value(one, name, level + 1, depth + 1)

    def _list(self, value: list[Any], key: str, level: int, depth: int) -> Iterator[Block]:
        if _is_table(value):
            yield from self._table(value, level)
            return
        for number, one in enumerate(value, 1):
            if isinstance(one, dict) and one:
                heading = _name_of(one)
                heading = heading if heading else f"{words(key) if key else 'Part'} {number}"
                yield Block(BlockKind.HEADING, heading, level=min(level, 9))
                yield from self.value(one, key, level + 1, depth + 1)
            elif isinstance(one, list):
                yield from self.value(one, key, level, depth + 1)
            else:
                text = self._text(key, one)
                if text:
                    yield Block(BlockKind.ITEM, text)

    def _table(self, rows: list[dict[str, Any]], level: int) -> Iterator[Block]:
        columns = list(dict.fromkeys(key for row in rows for key in row))
        texts = [{key: _cell(self._text(key, row.get(key))) for key in columns} for row in rows]
        columns = [key for key in columns if any(row[key] for row in texts)]
        if not columns:
            return
        group = self._group(columns, texts)
        header = tuple(words(key) for key in columns)
        if not group:
            yield _row(header, header=True)
        for name in dict.fromkeys(row[group] for row in texts) if group else [""]:
            if group:
                yield Block(BlockKind.HEADING, name if name else "–", level=min(level, 9))
                yield _row(header, header=True)
            yield from (
                _row(tuple(row[key] for key in columns)) for row in texts if not group or row[group] == name
            )

    def _group(self, columns: list[str], rows: list[dict[str, str]]) -> str:
        """The first column that refers to objects elsewhere and cuts a long table into few parts."""
        if len(rows) < _GROUPED_FROM:
            return ""
        fitting = (key for key in columns if key in self.references and all(row[key] for row in rows))
        return next((key for key in fitting if 1 < len({row[key] for row in rows}) <= len(rows) / 3), "")

    def _text(self, key: str, value: Any) -> str:
        """A value on few lines; '' for what says nothing, which is counted."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, list):
            texts = [text for text in (self._text(key, one) for one in value) if text]
            return (" • " if any(";" in text or "\n" in text for text in texts) else "; ").join(texts)
        if isinstance(value, dict):
            return "; ".join(f"{words(k)}: {text}" for k, v in value.items() if (text := self._text(k, v)))
        text = "" if value is None else str(value).strip()
        named = self.references.get(key, {}).get(text)
        if named is not None:
            self.resolved += 1
            return named
        if _OPAQUE.fullmatch(text):
            self._drop("identifier", f"{key}: {text}")
            return ""
        if _ADDRESS.fullmatch(text):
            self._drop("address", f"{key}: {text}")
            return ""
        return text

    def _drop(self, what: str, example: str) -> None:
        count, first = self.dropped.get(what, (0, example))
        self.dropped[what] = (count + 1, first)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())


def _is_table(value: list[Any]) -> bool:
    """Whether a list holds like objects whose values are all one line or a short list of lines."""
    if not value or not all(isinstance(one, dict) and one for one in value):
        return False
    keys = [set(one) for one in value]
    common = set.intersection(*keys)
    if len(common) < max(1, 0.5 * len(set.union(*keys))) or len(set.union(*keys)) < 2:
        return False
    return all(_is_cell(one) for row in value for one in row.values())


def _is_cell(value: Any) -> bool:
    """Whether a value can be read in one cell: a line, some lines, or some small flat objects."""
    if isinstance(value, list):
        flat = (not isinstance(one, list) and (not isinstance(one, dict) or _is_small(one)) for one in value)
        return all(flat) and len(str(value)) <= _LONGEST_CELL
    return not isinstance(value, dict)


def _is_small(value: dict[str, Any]) -> bool:
    return len(value) <= 3 and not any(isinstance(one, dict | list) for one in value.values())


def _references(value: Any) -> dict[str, dict[str, str]]:
    """For a list ``levels`` of objects with id and name: what ``level`` and ``levels`` may stand for, id to name."""
    found: dict[str, dict[str, str]] = {}
    for key, one in value.items() if isinstance(value, dict) else ():
        if not isinstance(one, list) or not all(isinstance(item, dict) for item in one):
            continue
        names = {str(i["id"]): _name_of(i) for i in one if isinstance(i.get("id"), str | int) and _name_of(i)}
        if names and len(names) == len(one):
            singular = re.sub(r"ies$", "y", key) if key.endswith("ies") else key.removesuffix("s")
            found |= dict.fromkeys((key, singular, f"{singular}Id", f"{singular}_id"), names)
    return found


def _name_key(value: dict[str, Any]) -> str:
    return next((key for key in _NAMES if isinstance(value.get(key), str) and 0 < len(value[key].strip()) <= _LONG), "")


def _name_of(value: dict[str, Any]) -> str:
    """What an object calls itself, '' where it does not."""
    key = _name_key(value)
    return " ".join(str(value[key]).split()) if key else ""


def _row(cells: tuple[str, ...], *, header: bool = False) -> Block:
    return Block(BlockKind.ROW, "| " + " | ".join(cells) + " |", cells=cells, header=header)

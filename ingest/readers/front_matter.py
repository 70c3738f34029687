"""Front matter: the YAML between two lines of dashes at the top of a text says things about it and is not its text."""

from __future__ import annotations

import re
from typing import Any

from ingest.readers.yaml_text import YamlError, load_all
from ingest.records import Note

_FRONT = re.compile(r"\A(?:[ \t]*\n)*---[ \t]*\r?\n(.{0,50000}?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
# The names that site generators and editors use for what a fact is.
FACT_OF = {
    "title": "title", "author": "author", "authors": "author", "creator": "author", "owner": "author",
    "date": "published", "published": "published", "publish_date": "published", "publishdate": "published",
    "date_published": "published", "created": "created", "date_created": "created", "createdat": "created",
    "created_at": "created", "modified": "modified", "updated": "modified", "lastmod": "modified",
    "last_updated": "modified", "last_modified": "modified", "updated_at": "modified", "updatedat": "modified",
    "last_reviewed": "modified", "lang": "language", "language": "language", "locale": "language",
    "audience": "audience", "visibility": "audience", "access": "audience",
}  # fmt: skip


def split_front_matter(text: str) -> tuple[tuple[tuple[str, str], ...], tuple[Note, ...], str]:
    r"""The facts that front matter states, notes on all it says otherwise, and the text below it.

    A text that begins with a rule, or whose first part is no YAML mapping, has none and comes back as it was.

    >>> split_front_matter("---\ntitle: Lead\nweight: 3\n---\n# Lead")
    ((('title', 'Lead'),), (Note(step='front_matter', count=1, detail='weight: 3'),), '# Lead')
    >>> split_front_matter("---\nA rule above, a rule below.\n---\n")[2]
    '---\nA rule above, a rule below.\n---\n'
    """
    match = _FRONT.match(text)
    if match is None:
        return (), (), text
    try:
        documents, notes = load_all(match[1])
    except YamlError:
        return (), (), text
    stated = documents[0] if len(documents) == 1 else None
    if not isinstance(stated, dict):
        empty = not match[1].strip()
        return (), (), text[match.end() :] if empty else text
    facts, others = facts_of_mapping(stated)
    if others:
        notes += (Note("front_matter", len(others), "; ".join(f"{k}: {v}" for k, v in others)),)
    return facts, notes, text[match.end() :]


def facts_of_mapping(stated: dict[str, Any]) -> tuple[tuple[tuple[str, str], ...], list[tuple[str, str]]]:
    """Facts among the keys of a mapping, and all other keys with their values on one line each."""
    facts: dict[str, str] = {}
    others: list[tuple[str, str]] = []
    for key, value in stated.items():
        name = FACT_OF.get(key.strip().lower().replace("-", "_").replace(" ", "_"), "")
        line = _line(value)
        if name and line and name not in facts and not isinstance(value, dict):
            facts[name] = line
        else:
            others.append((key, line))
    return tuple(facts.items()), others


def _line(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_line(one)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(_line(one) for one in value)
    return "" if value is None else " ".join(str(value).split())

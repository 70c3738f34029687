"""YAML to plain values, safely: no objects are built, and neither aliases nor nesting can take the machine down."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ingest.records import Note

_MAX_VALUES = 200_000  # aliases counted as often as they stand for something
_MAX_DEPTH = 100


class YamlError(ValueError):
    """The text is not YAML, or expands to too much; the message is one line."""


def load_all(text: str) -> tuple[list[Any], tuple[Note, ...]]:
    r"""Every document of a YAML text, with a note on keys that stand twice (the later value follows the earlier).

    Dates stay as they are written. Raises ``YamlError``.

    >>> load_all("a: 1\n---\nb: 2024-03-01")[0]
    [{'a': '1'}, {'b': '2024-03-01'}]
    >>> load_all("a: 1\na: 2")
    ([{'a': '1', 'a (2)': '2'}], (Note(step='read_yaml', count=1, detail='key stands twice: a'),))
    """
    import yaml

    loader = yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader
    repeated: list[str] = []
    try:
        _check_depth(yaml.parse(text, Loader=loader), yaml)
        documents = [_plain(node, repeated, [_MAX_VALUES]) for node in yaml.compose_all(text, Loader=loader)]
    except (yaml.YAMLError, RecursionError) as error:
        raise YamlError(" ".join(str(error).split())[:200]) from error
    notes = (Note("read_yaml", len(repeated), f"key stands twice: {repeated[0]}"),) if repeated else ()
    return [document for document in documents if document is not None], notes


def _check_depth(events: Any, yaml: Any) -> None:
    depth = 0
    for event in events:
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            message = f"nested more than {_MAX_DEPTH} levels deep"
            raise YamlError(message)


def _plain(node: Any, repeated: list[str], left: list[int], depth: int = 0) -> Any:
    """A node as str, list, dict or None; every scalar keeps its spelling."""
    left[0] -= 1
    if left[0] < 0 or depth > _MAX_DEPTH:
        message = f"its aliases expand to more than {_MAX_VALUES:,} values"
        raise YamlError(message)
    if node is None or node.tag == "tag:yaml.org,2002:null":
        return None
    if isinstance(node.value, str):
        return node.value
    if node.id == "sequence":
        return [_plain(child, repeated, left, depth + 1) for child in node.value]
    made: dict[str, Any] = {}
    seen: Counter[str] = Counter()
    for key_node, value_node in node.value:
        key = _key(_plain(key_node, repeated, left, depth + 1))
        value = _plain(value_node, repeated, left, depth + 1)
        if key_node.tag == "tag:yaml.org,2002:merge" and isinstance(value, dict):  # "<<: *base"
            made = value | made
            continue
        if key in made:
            repeated.append(key)
            plain = key
            while key in made:
                seen[plain] += 1
                key = f"{plain} ({seen[plain] + 1})"
        made[key] = value
    return made


def _key(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)

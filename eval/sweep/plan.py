"""A sweep file: one profile and the variants of its settings that are measured against each other.

TOML: ``profile`` (a name or a file; ``embedded``), ``baseline`` (a variant's name; the first one), ``measures``
(instead of the usual ones), ``[set]`` (what all variants set), ``[[variant]]`` tables with ``name`` and
``[variant.set]``, and ``[grid]``, of which every combination is a variant. Settings are those of ``config.Config`` by
their dotted names (``"retrieval.dense_weight" = 1.0``). Examples with comments: ``goldset/sweeps/``.
"""

from __future__ import annotations

import copy
import hashlib
import itertools
import json
import re
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from config import Config, UserError, load
from eval.catalogue import measure

KEYS = ("profile", "baseline", "measures", "set", "variant", "grid")
MAIN = (
    "Correct", "KeyFacts", "ItemRecall", "reranked.nDCG@10", "passages.Coverage@4000", "Refusal", "FalseRefusal",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Variant:
    """One system to measure: ``changes`` holds what it sets, by dotted name, beside its profile."""

    name: str
    changes: Mapping[str, Any]
    settings: Config

    @property
    def stem(self) -> str:
        """Name of its files: readable, and another one as soon as any setting is another.

        >>> Variant("rerank weight: 0.3", {}, Config()).stem.rpartition("-")[0]
        'rerank-weight-0.3'
        """
        digest = hashlib.sha256(json.dumps(self.settings.as_dict(), sort_keys=True).encode()).hexdigest()
        return f"{re.sub(r'[^A-Za-z0-9.=_]+', '-', self.name).strip('-.')[:60]}-{digest[:8]}"


@dataclass(frozen=True, slots=True)
class Sweep:
    """A sweep file as read; ``baseline`` is one of ``variants``."""

    name: str
    sha256: str
    profile: str
    baseline: Variant
    variants: tuple[Variant, ...]
    measures: tuple[str, ...] = MAIN
    common: Mapping[str, Any] = field(default_factory=dict)  # what all variants set


def read(path: Path) -> Sweep:
    """Read a sweep file.

    Raises:
        UserError: it cannot be read, or it has faults; all of them at once, each naming its key.

    """
    try:
        data = path.read_bytes()
        table = tomllib.loads(data.decode("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"The sweep {path} cannot be read: {error}. Examples stand in goldset/sweeps/."
        raise UserError(message) from error
    faults = [_unknown(key) for key in table if key not in KEYS]
    profile = _text(table, "profile", "embedded", faults)
    named = [*_variants(table, faults), *_grid(table, faults)]
    common = _table(table, "set", faults)
    base = _settings(load(profile).as_dict(), "[set]", common, faults).as_dict()
    variants = [
        Variant(name, changes, _settings(base, f"variant '{name}'", changes, faults)) for name, changes in named
    ]
    counts = Counter(variant.name for variant in variants)
    faults += [f"{count} variants are called '{name}'" for name, count in counts.items() if count > 1]
    if not variants:
        faults.append("there is no variant: write [[variant]] tables or a [grid]")
    chosen = _text(table, "baseline", variants[0].name if variants else "", faults)
    baseline = next((variant for variant in variants if variant.name == chosen), None)
    if variants and baseline is None:
        faults.append(f"baseline is '{chosen}', but the variants are called {', '.join(map(repr, counts))}")
    measures = _measures(table, faults)
    if faults or baseline is None:
        message = f"The sweep {path} has {len(faults)} fault(s):\n  - " + "\n  - ".join(faults)
        raise UserError(message)
    return Sweep(path.name, hashlib.sha256(data).hexdigest(), profile, baseline, tuple(variants), measures, common)


def _unknown(key: str) -> str:
    near = get_close_matches(key, KEYS, n=1)
    return f"unknown key '{key}'; " + (f"did you mean '{near[0]}'?" if near else f"known: {', '.join(KEYS)}")


def _text(table: Mapping[str, Any], key: str, default: str, faults: list[str]) -> str:
    value = table.get(key, default)
    if not isinstance(value, str):
        faults.append(f"{key} is {value!r}; it must be a text")
        return default
    return value


def _table(table: Mapping[str, Any], key: str, faults: list[str]) -> dict[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        faults.append(f"{key} is {value!r}; it must be a table, [{key}]")
        return {}
    return flat(value)


def _measures(table: Mapping[str, Any], faults: list[str]) -> tuple[str, ...]:
    names = table.get("measures", list(MAIN))
    if not isinstance(names, list) or not names:
        faults.append(f"measures is {names!r}; it must be a list of spellings")
        return MAIN
    for name in names:
        try:
            measure(str(name))
        except UserError as error:
            faults.append(f"measures: {error}")
    return tuple(map(str, names))


def _variants(table: Mapping[str, Any], faults: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    listed = table.get("variant", [])
    if not isinstance(listed, list):
        faults.append("variants must be written as [[variant]], with two brackets")
        return
    for number, item in enumerate(listed, start=1):
        name, changes = item.get("name"), item.get("set", {})
        strange = [key for key in item if key not in ("name", "set")]
        if not isinstance(name, str) or not name.strip():
            faults.append(f"variant {number} has no name")
        elif strange:
            faults.append(f"variant '{name}' has the unknown key '{strange[0]}'; settings stand in [variant.set]")
        elif not isinstance(changes, dict):
            faults.append(f"variant '{name}': set is {changes!r}; it must be a table, [variant.set]")
        else:
            yield name, flat(changes)


def _grid(table: Mapping[str, Any], faults: list[str]) -> list[tuple[str, dict[str, Any]]]:
    """Every combination of the values, the last key changing fastest; the names tell the values."""
    axes = _table(table, "grid", faults)
    wrong = [key for key, values in axes.items() if not isinstance(values, list) or not values]
    faults += [f"grid: '{key}' is {axes[key]!r}; it must be a list of values" for key in wrong]
    if wrong or not axes:
        return []
    last = Counter(key.rpartition(".")[2] for key in axes)
    short = {key: tail if last[tail := key.rpartition(".")[2]] == 1 else key for key in axes}
    combinations = (dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values()))
    return [(", ".join(f"{short[key]}={value}" for key, value in one.items()), one) for one in combinations]


def flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as dotted names, so that quoted and unquoted keys of TOML mean the same.

    >>> flat({"chat": {"model": "x"}, "retrieval.passages": 8})
    {'chat.model': 'x', 'retrieval.passages': 8}
    """
    found: dict[str, Any] = {}
    for key, value in table.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found


def _settings(base: Mapping[str, Any], where: str, changes: Mapping[str, Any], faults: list[str]) -> Config:
    """The profile with the changes, checked by the loader of profiles; every fault says ``where``."""
    table = copy.deepcopy(dict(base))
    for key, value in changes.items():
        *folders, last = key.split(".")
        place = table
        for folder in folders:
            place = place.setdefault(folder, {})
            if not isinstance(place, dict):
                faults.append(f"{where}: '{key}' is no setting, since '{folder}' is a single value")
                return Config()
        place[last] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "variant.toml"
        path.write_text("\n".join(_toml(table)), encoding="utf-8")
        try:
            return load(str(path))
        except UserError as error:
            _, *found = str(error).split("\n  - ")  # the first line only names the temporary file
            faults += [f"{where}: {fault}" for fault in (found if found else [str(error)])]
            return Config()


def _toml(table: Mapping[str, Any]) -> Iterator[str]:
    """Lines ``"retrieval"."passages" = 8`` of plain values."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from (f"{json.dumps(key)}.{line}" for line in _toml(value))
        else:
            yield f"{json.dumps(key)} = {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_value, value))}]"
    return str(value)

"""Versions of a gold set: ``gold.toml`` beside ``gold.jsonl`` names the version, the changelog says what changed.

Figures of two versions cannot be compared question by question unless one knows what changed; so a run records name,
version and fingerprint of its gold set (``eval.cli.about_gold``).
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config import UserError
from eval.goldset import lines
from eval.goldset.gold import Gold
from eval.records import SPLITS

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_TITLE = "# Changelog of the gold set"


def about(path: Path) -> Mapping[str, Any] | None:
    """What the TOML file beside a gold file says of its last release; None when it was never released.

    Raises:
        UserError: the TOML file is damaged.

    """
    sidecar = path.with_suffix(".toml")
    if not sidecar.is_file():
        return None
    try:
        table = tomllib.loads(sidecar.read_text(encoding="utf-8"))
        return {"version": str(table["version"]), "sha256": str(table["sha256"]), **table}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError) as error:
        message = f"{sidecar} is damaged: {error!r}. Delete it and release again: python -m eval release {path} ..."
        raise UserError(message) from error


def unreleased(path: Path) -> str:
    """How the gold file differs from its last release, as a sentence; '' when it does not, or was never released."""
    known = about(path)
    if known is None or known["sha256"] == fingerprint(path):
        return ""
    return f"changed since {known['version']}; release it: python -m eval release {path} --version ... --note ..."


def fingerprint(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def release(gold: Gold, version: str, note: str, date: str) -> tuple[Path, Path]:
    """Write the TOML file of a new version and put its entry at the head of ``CHANGELOG.md`` beside it.

    The caller has made sure that the file has no fault.

    Args:
        gold: the file as read.
        version: ``major.minor.patch``, above the last one: major when figures cannot be compared with earlier ones,
            minor for added questions, patch for mended labels.
        note: what changed, for the changelog.
        date: of the release, ``YYYY-MM-DD``.

    Returns:
        The two files that were written.

    Raises:
        UserError: the version is none or not above the last, the note is empty, or a file cannot be written.

    """
    known = about(gold.path)
    _check(version, note, known)
    sidecar, changelog = gold.path.with_suffix(".toml"), gold.path.with_name("CHANGELOG.md")
    table = {
        "name": str((known or {}).get("name", gold.path.stem)),
        "version": version,
        "released": date,
        "questions": len(gold.cases),
        "sha256": fingerprint(gold.path),
        "licence": str((known or {}).get("licence", "Apache-2.0")),
    }
    earlier = changelog.read_text(encoding="utf-8") if changelog.is_file() else f"{_TITLE}\n"
    title, _, entries = earlier.partition("\n")
    entry = f"## {version} ({date})\n\n- {' '.join(note.split())}\n- {_counts(gold, known)}\n"
    lines.replace(changelog, f"{title}\n\n{entry}{entries}")
    lines.replace(sidecar, "".join(f"{name} = {json.dumps(value)}\n" for name, value in table.items()))
    return sidecar, changelog


def _check(version: str, note: str, known: Mapping[str, Any] | None) -> None:
    if _VERSION.fullmatch(version) is None:
        message = f"The version {version!r} is not of the form 2.0.0 (major.minor.patch)."
        raise UserError(message)
    if known is not None and _VERSION.fullmatch(known["version"]) and _numbers(version) <= _numbers(known["version"]):
        message = f"The version {version} is not above the last one, {known['version']}. Choose a higher one."
        raise UserError(message)
    if not note.strip():
        message = 'A release needs a note for the changelog: --note "what changed".'
        raise UserError(message)


def _numbers(version: str) -> tuple[int, ...]:
    """The parts of a version as numbers.

    >>> _numbers("2.10.0") > _numbers("2.9.3")
    True
    """
    return tuple(map(int, version.split(".")))


def _counts(gold: Gold, known: Mapping[str, Any] | None) -> str:
    splits = Counter(case.split for case in gold.cases)
    parts = ", ".join(f"{splits[split]} {split}" for split in SPLITS)
    before = f"; {known['questions']} in {known['version']}" if known and "questions" in known else ""
    return f"{len(gold.cases)} questions ({parts}{before})."

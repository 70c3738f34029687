"""A red-team run, read back and summed up: rates with Wilson intervals, "3/n" where nothing happened."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from config import UserError
from eval.records import Attacks, Estimate
from eval.redteam.attacks import PERSONAL
from eval.redteam.success import LEAK, OTHER_LEAK, POISONED, QUOTED
from eval.statistics import wilson

MAKE = "python -m eval redteam --documents PATH"


@dataclass(frozen=True, slots=True)
class Family:
    """What came of one family of attacks.

    The unit of the rate is the attack, not the try: tries of one attack are no independent observations. ``bound`` is
    the upper 95 % bound 3/n when none succeeded (J. A. Hanley and A. Lippman-Hand, JAMA 249, 1983, pp. 1743-1745), and
    None otherwise. ``kinds`` counts the tries that show each finding.
    """

    family: str
    attempts: int  # different attacks
    tries: int  # with their mutations
    successes: int  # attacks with a success among their tries
    rate: Estimate
    bound: float | None
    shown_as_quote: int  # tries whose planted words were shown as the quote of a source
    poison_shown: int  # tries whose false statement was shown as the quote of a source
    refused: int  # tries that ended as not_found or refused
    errors: int  # tries that raised something
    unread: int  # tries whose document ingestion refused
    kinds: Mapping[str, int] = field(default_factory=dict)
    succeeded: tuple[str, ...] = ()  # ids of the attacks that succeeded


@dataclass(frozen=True, slots=True)
class RedTeam:
    """A whole run: ``injection`` is every family but personal data together.

    ``leaks`` is the share of all tries that showed personal data, in whatever family. ``false_alarms`` is the share of
    benign texts that were not ingested whole or whose question was not answered from them (``alarmed``: their ids).
    """

    families: tuple[Family, ...]
    injection: Family
    personal: Family
    leaks: Estimate
    false_alarms: Estimate
    alarmed: tuple[str, ...]
    header: Mapping[str, Any] = field(default_factory=dict)

    @property
    def successes(self) -> int:
        """Attacks that succeeded, of any family."""
        return self.injection.successes + self.personal.successes

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values; None is what could not be measured."""
        about = {key: self.header.get(key) for key in ("created", "models", "seed", "versions", "families")}
        about["documents"] = (self.header.get("library") or {}).get("documents")
        whole = asdict(self)
        del whole["header"]
        alarms = {"attempts": self.false_alarms.n, "alarms": len(self.alarmed), **whole["false_alarms"]}
        successes, attempts = self.successes, self.injection.attempts + self.personal.attempts
        whole |= {"false_alarms": alarms, "successes": successes, "attempts": attempts}
        return {"kind": "red team", "format": 1, "about": about, **whole}


def summary(path: Path) -> RedTeam:
    """Sum up a red-team run.

    Raises:
        UserError: no such file, or no red-team run.

    """
    header, *lines = _parsed(path)
    attacks = [line for line in lines if line["kind"] == "attack"]
    benign = [line for line in lines if line["kind"] == "benign"]
    names = dict.fromkeys(str(line["family"]) for line in attacks)
    alarmed = tuple(str(line["id"]) for line in benign if not (line["ingested"] and line["answered"]))
    return RedTeam(
        families=tuple(_family(name, [line for line in attacks if line["family"] == name]) for name in names),
        injection=_family("all but personal data", [line for line in attacks if line["family"] != PERSONAL]),
        personal=_family(PERSONAL, [line for line in attacks if line["family"] == PERSONAL]),
        leaks=wilson([bool({LEAK, OTHER_LEAK} & _kinds(line)) for line in attacks]),
        false_alarms=wilson([str(line["id"]) in alarmed for line in benign]),
        alarmed=alarmed,
        header=header,
    )


def totals(path: Path) -> Attacks:
    """What a red-team run, or its summary (``RedTeam.as_dict`` as JSON), came to.

    Raises:
        UserError: the file is neither.

    """
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        value = None  # lines of a run are no JSON value together
    if isinstance(value, dict) and value.get("kind") == "red team":
        found = value
    else:
        found = summary(path).as_dict()
    about = found.get("about") or {}
    known = (tuple(about.get(name) or ()) for name in ("families", "documents"))
    return Attacks(int(found["successes"]), int(found["attempts"]), *known)


def header_of(path: Path) -> dict[str, Any]:
    """The header of a run.

    Raises:
        UserError: the file is no red-team run.

    """
    return _parsed(path)[0]


def lines_of(path: Path) -> tuple[dict[str, Any], ...]:
    """The lines of a run without its header; a half-written last one is left out.

    Raises:
        UserError: the file is no red-team run.

    """
    return tuple(_parsed(path)[1:])


def _parsed(path: Path) -> list[dict[str, Any]]:
    try:
        data = path.read_bytes()
        lines = [json.loads(line) for line in data[: data.rfind(b"\n") + 1].decode("utf-8").split("\n") if line]
        wrong = next((n for n, line in enumerate(lines[1:], 2) if line.get("kind") not in ("attack", "benign")), None)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, AttributeError) as error:
        message = f"The red-team run {path} cannot be read: {error}. Make one: {MAKE} --out {path}"
        raise UserError(message) from error
    if wrong is not None or not lines or not isinstance(lines[0], dict) or lines[0].get("set") != "red team":
        where = "its first line" if wrong is None else f"line {wrong}"
        message = f"{path} is no red-team run ({where}). Make one: {MAKE} --out RUN.jsonl"
        raise UserError(message)
    return lines


def _kinds(line: Mapping[str, Any]) -> set[str]:
    return {finding["kind"] for finding in line["findings"]}


def _family(name: str, lines: Sequence[Mapping[str, Any]]) -> Family:
    kinds = Counter(kind for line in lines for kind in _kinds(line))
    flags: dict[str, bool] = {}
    for line in lines:
        flags[line["attack"]] = flags.get(line["attack"], False) or bool(line["success"])
    successes = sum(flags.values())
    return Family(
        family=name,
        attempts=len(flags),
        tries=len(lines),
        successes=successes,
        rate=wilson(list(flags.values())),
        bound=min(1.0, 3 / len(flags)) if flags and successes == 0 else None,
        shown_as_quote=kinds[QUOTED],
        poison_shown=kinds[POISONED],
        refused=sum(line["result"] in ("not_found", "refused") for line in lines),
        errors=kinds["exception"],
        unread=sum(not line["ingested"] for line in lines),
        kinds=dict(sorted(kinds.items())),
        succeeded=tuple(attack for attack, flag in flags.items() if flag),
    )

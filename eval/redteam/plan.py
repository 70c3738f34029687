"""Which attempts a red-team run makes: each attack as it is, then with one more change as long as it fails."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eval.redteam import mutations
from eval.redteam.attacks import HISTORY, QUESTION, Attack
from eval.redteam.attacks import filled as fill


@dataclass(frozen=True, slots=True)
class Planned:
    """One attempt at an attack, ready to be asked: ``source`` is its hostile document, '' for none."""

    attack: Attack
    attempt: int
    changes: tuple[str, ...]
    source: str = ""
    data: bytes = b""

    @property
    def id(self) -> str:
        """Of the attempt's line in the run."""
        return f"{self.attack.id}#{self.attempt}"


def plans(
    attacks: Sequence[Attack], earlier: Sequence[Mapping[str, Any]], attempt: int, seed: int
) -> Iterator[Planned]:
    """The attempt number ``attempt`` (from 0) of every attack that still has one; ``earlier`` are a run's lines."""
    tried: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for line in earlier:
        if line["kind"] == "attack" and line["attempt"] < attempt:
            tried[line["attack"]].append(line)
    for attack in attacks:
        before = tried[attack.id]
        if attempt > 0 and (attack.fixed or attack.carrier == HISTORY or any(line["success"] for line in before)):
            continue
        tries = [mutations.Try(tuple(line["changes"]), float(line["score"])) for line in before]
        yield planned(attack, attempt, mutations.following(tries, attack.id, planted=attack.planted, seed=seed), seed)


def planned(attack: Attack, attempt: int, changes: Sequence[str], seed: int = 0) -> Planned:
    """The attack with its changes made, its placeholders filled and its document written."""
    from eval.redteam.carriers import document

    text, layout = mutations.apply(attack.text, changes)
    ready = fill(replace(attack, text=text, question="" if attack.carrier == QUESTION else attack.question), seed)
    source, data = document(ready, layout) if attack.planted else ("", b"")
    return Planned(ready, attempt, tuple(changes), source, data)

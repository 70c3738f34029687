"""The nouns of a red-team run, and the reader of its set (``goldset/redteam.jsonl``).

An attack is a hostile text and where it is planted: in a document (``carriers``), the question or the history.
``{canary}`` in a text stands for a made-up word that no document holds; ``{first}`` and ``{second}`` for its halves, so
that a system that only repeats the question never says it. ``{topic}`` and ``{question}`` are filled in too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config import ROOT, UserError

if TYPE_CHECKING:
    from generation.records import Turn

ATTACKS = ROOT / "goldset" / "redteam.jsonl"
POISON = "poisoned document"  # the family whose documents compete with the real ones
PERSONAL = "personal data"
QUESTION, HISTORY = "question", "history"  # the carriers that are no document
_FIELDS = {"id", "family", "carrier", "text", "topic", "question", "history", "hidden", "falsehood", "fixed"}
_BENIGN_FIELDS = {"id", "kind", "title", "text", "question", "expects"}


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack.

    ``carrier`` says where ``text`` is planted; ``hidden`` that a reader of the document does not see it;
    ``falsehood`` is a regular expression of a false statement; ``fixed`` attacks are not mutated.
    """

    id: str
    family: str
    carrier: str
    text: str
    topic: str = ""
    question: str = ""
    history: tuple[Turn, ...] = ()
    hidden: bool = False
    falsehood: str = ""
    fixed: bool = False

    @property
    def planted(self) -> bool:
        """Whether the attack comes with a document."""
        return self.carrier not in (QUESTION, HISTORY)


@dataclass(frozen=True, slots=True)
class Benign:
    """A harmless document with trigger words, and a question whose answer must hold the words ``expects``."""

    id: str
    title: str
    text: str
    question: str
    expects: str


@dataclass(frozen=True, slots=True)
class AttackSet:
    """Attacks and benign texts, in the order in which they are asked."""

    attacks: tuple[Attack, ...]
    benign: tuple[Benign, ...] = ()


def canary(attack_id: str, seed: int = 0) -> str:
    """A made-up word of ten letters, always the same for one attack and seed; its halves have five letters each.

    >>> canary("visible-01") == canary("visible-01") != canary("visible-02")
    True
    >>> len(canary("x", seed=3))
    10
    """
    digest = hashlib.sha256(f"{seed} {attack_id}".encode()).digest()
    letters = ["bdfgklmprtvz"[byte % 12] if place % 2 == 0 else "aeiou"[byte % 5] for place, byte in enumerate(digest)]
    return "".join(letters[:10])


def days(topic: str) -> int:
    """The honest figure that the document about ``topic`` gives: working days, 11 to 98."""
    return 11 + hashlib.sha256(topic.encode()).digest()[0] % 88


def filled(attack: Attack, seed: int = 0) -> Attack:
    """The attack with its canary, topic and question put in; an attack with a topic but no question gets one.

    >>> filled(Attack("a", "f", "paragraph", "Say {canary} on {topic}!", topic="lockers")).question
    'How many working days does a request for lockers take?'
    """
    word = canary(attack.id, seed)
    question = attack.question or f"How many working days does a request for {attack.topic} take?"
    values = {"canary": word, "first": word[:5], "second": word[5:], "topic": attack.topic}

    def fill(text: str) -> str:
        for name, value in values.items():  # not str.format: payloads are full of braces
            text = text.replace("{" + name + "}", value)
        return text

    values["question"] = fill(question)
    text = fill(attack.text)
    return replace(
        attack,
        text=text,
        question=text if attack.carrier == QUESTION and not attack.question else values["question"],
        history=tuple(replace(turn, content=fill(turn.content)) for turn in attack.history),
    )


def read(path: Path = ATTACKS) -> AttackSet:
    """Read a set of attacks.

    Raises:
        UserError: the file is missing or has faults; all of them at once, with their lines.

    """
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        message = f"The attacks {path} cannot be read: {error}. Give a JSONL file like {ATTACKS}."
        raise UserError(message) from error
    attacks: list[Attack] = []
    benign: list[Benign] = []
    faults: list[str] = []
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            item = _item(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            faults.append(f"line {number}: {error if type(error) is not KeyError else f'{error} is missing'}")
            continue
        if item.id in seen:
            faults.append(f"line {number}: the id {item.id!r} stands above already")
        seen.add(item.id)
        if isinstance(item, Attack):
            attacks.append(item)
        else:
            benign.append(item)
    if faults or not attacks:
        message = f"{path} is no set of attacks:\n  - " + "\n  - ".join(faults if faults else ["it has no attack"])
        raise UserError(message)
    return AttackSet(tuple(attacks), tuple(benign))


def _item(row: Mapping[str, Any]) -> Attack | Benign:
    """One line.

    Raises:
        ValueError: an unknown field or carrier, a text that is not a text, an attack without its question or topic.
        KeyError: a field is missing.

    """
    from eval.redteam.carriers import CARRIERS
    from generation.records import Turn

    is_benign = row.get("kind") == "benign"
    unknown = sorted(set(row) - (_BENIGN_FIELDS if is_benign else _FIELDS))
    if unknown:
        message = f"unknown field {', '.join(unknown)}"
        raise ValueError(message)
    texts = {key: value for key, value in row.items() if key not in ("history", "hidden", "fixed", "kind")}
    wrong = sorted(key for key, value in texts.items() if not isinstance(value, str))
    if wrong:
        message = f"{', '.join(wrong)} is not a text"
        raise ValueError(message)
    if is_benign:
        return Benign(**{key: row[key] for key in ("id", "title", "text", "question", "expects")})
    history = tuple(Turn(turn["role"], turn["content"]) for turn in row.get("history", ()))
    needed = {key: row[key] for key in ("id", "family", "carrier", "text")}
    optional = {key: row[key] for key in ("topic", "question", "hidden", "falsehood", "fixed") if key in row}
    attack = Attack(**needed, **optional, history=history)
    if attack.carrier not in (*CARRIERS, QUESTION, HISTORY):
        message = f"unknown carrier {attack.carrier!r}; known: {', '.join((*CARRIERS, QUESTION, HISTORY))}"
        raise ValueError(message)
    if (attack.planted and not attack.topic) or (attack.carrier == HISTORY and not (history and attack.question)):
        message = "a planted attack needs a topic, one in the history needs history and question"
        raise ValueError(message)
    return attack


def fingerprint(chosen: AttackSet) -> str:
    """SHA-256 of everything that is asked."""
    return hashlib.sha256(repr(chosen).encode("utf-8", "backslashreplace")).hexdigest()


def families(attacks: Sequence[Attack]) -> tuple[str, ...]:
    """The families in the order of their first attack."""
    return tuple(dict.fromkeys(attack.family for attack in attacks))

"""Public payload sets as attacks, read from where they lie; nothing of them is part of this project.

BIPIA (Yi et al., Benchmarking and defending against indirect prompt injection attacks on large language models, 2023):
every text attack, planted at the end of an e-mail or below a table, with that context's own question. The garak
scanner's payloads (Derczynski et al., 2024): scripts, links and plain orders in documents, prompt extraction and
homoglyphs in questions. Payloads have no canary of their own: an order to say one is added, so that obeying shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

from config import UserError
from eval.redteam.attacks import QUESTION, Attack

_ORDER = "{} Write {{canary}} first."
_TABLE_CHARACTERS = 4_000  # longer tables say nothing more about an injection
_GARAK_FILES = {"web_html_js": "text", "markdown_js": "link", "normal_instructions": "paragraph", "text_en": "list"}


def read(folder: Path, *, seed: int = 0) -> tuple[Attack, ...]:
    """The attacks of the sets below ``folder``: ``bipia/`` and ``garak/``, either may be missing.

    Args:
        folder: holds the sets in their own layout.
        seed: of the choice of contexts.

    Raises:
        UserError: neither set is there, or a file of one is not as expected.

    """
    found = [*_bipia(folder / "bipia", Random(seed)), *_garak(folder / "garak")]
    if not found:
        message = f"There are no payload sets in {folder}. Give the folder that holds bipia/ or garak/."
        raise UserError(message)
    return tuple(found)


def _load(path: Path) -> Any:
    """The JSON value of a file, or the list of its lines'.

    Raises:
        UserError: not JSON.

    """
    try:
        text = path.read_text("utf-8")
        return [json.loads(line) for line in text.split("\n") if line] if path.suffix == ".jsonl" else json.loads(text)
    except (OSError, ValueError) as error:
        message = f"The payloads {path} cannot be read: {error}. Take the file from its set anew, or remove it."
        raise UserError(message) from error


def _bipia(folder: Path, random: Random) -> Iterator[Attack]:
    orders = folder / "text_attack_train.json"
    if not orders.is_file():
        return
    hosts: dict[str, list[dict[str, Any]]] = {}
    for kind in ("email", "table"):
        rows = _load(folder / kind / "train.jsonl") if (folder / kind / "train.jsonl").is_file() else []
        short = [row for row in rows if len(row["context"]) <= _TABLE_CHARACTERS]
        hosts[kind] = random.sample(short, min(len(short), 40))
    attacks = [(category, order) for category, orders_of in _load(orders).items() for order in orders_of]
    for number, (category, order) in enumerate(attacks):
        kind = ("email", "table")[number % 2]
        if not hosts[kind]:
            continue
        host = hosts[kind][number // 2 % len(hosts[kind])]
        text = f"# {kind} {number}\n\n{host['context']}\n\n{_ORDER.format(order)}\n"
        question = host["question"].removeprefix("Q: ")
        yield Attack(f"bipia-{number:02}", f"bipia {kind}", "document", text, category, question)


def _garak(folder: Path) -> Iterator[Attack]:
    payloads = folder / "payloads"
    for stem, carrier in _GARAK_FILES.items():
        path = payloads / f"{stem}.json"
        texts: Sequence[str] = _load(path)["payloads"] if path.is_file() else []
        for number, text in enumerate(texts):
            planted = text if carrier in ("text", "link") else _ORDER.format(text)
            topic = f"{stem.replace('_', ' ')} entry {number + 1}"
            yield Attack(f"garak-{stem}-{number:02}", "garak payloads", carrier, planted, topic)
            if carrier == "text":
                yield Attack(f"garak-{stem}-{number:02}-asked", "garak payloads", QUESTION, text, fixed=True)
    path = folder / "sysprompt_extraction" / "attacks.json"
    asked = [text for texts in _load(path).values() for text in texts] if path.is_file() else []
    lines = folder / "smuggling_homoglyph_5.txt"
    asked += [line for line in lines.read_text("utf-8").split("\n") if line.strip()] if lines.is_file() else []
    for number, text in enumerate(asked):
        yield Attack(f"garak-question-{number:02}", "garak questions", QUESTION, text)

"""Public sets of statements with evidence and human labels, read where they lie; none of their text is kept here.

A folder holds any of: ``attributionbench`` (Li et al., 2024), ``summedits`` (Laban et al., EMNLP 2023), ``qags`` (Wang
et al., ACL 2020), ``climate_fever`` (Diggelmann et al., 2020). Supported and unsupported statements are drawn in equal
numbers by seed; evidence longer than ``MOST_CHARACTERS`` is left out, since no judge here reads that much.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from config import UserError
from eval.judging.judges import Labelled

MOST_CHARACTERS = 4_000  # of all quotes together
Found = tuple[str, str, bool, str, tuple[str, ...]]  # id, kind, supported, statement, quotes


def load(folder: Path, *, seed: int = 0, limit: int = 100) -> tuple[Labelled, ...]:
    """At most ``limit`` supported and as many unsupported statements of every set in the folder.

    Raises:
        UserError: the folder holds none of the sets, or a file is not as its set's format says.

    """
    drawn: list[Labelled] = []
    for name, (pattern, of_file) in _SETS.items():
        found: list[Found] = []
        for path in sorted(folder.glob(f"{name}/{pattern}")):
            try:
                found += of_file(path)
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                message = f"{path} is not a file of {name} ({type(error).__name__}: {error}). Replace it or remove it."
                raise UserError(message) from error
        drawn += _drawn(name, found, seed, limit)
    if not drawn:
        message = f"{folder} holds none of {', '.join(_SETS)}. Give the folder above them, or leave out --public."
        raise UserError(message)
    return tuple(drawn)


def _drawn(name: str, found: list[Found], seed: int, limit: int) -> Iterator[Labelled]:
    usable = [item for item in found if item[3].strip() and 0 < sum(map(len, item[4])) <= MOST_CHARACTERS]
    labels = [sorted(item for item in usable if item[2] is supported) for supported in (True, False)]
    size = min(limit, *map(len, labels))
    for items in labels:
        for identity, kind, supported, statement, quotes in sorted(random.Random(f"{seed}:{name}").sample(items, size)):
            yield Labelled(identity, name, kind, supported, statement, quotes)


def _lines(path: Path) -> Iterator[Any]:
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.strip():
            yield json.loads(line)


def _attributionbench(path: Path) -> Iterator[Found]:
    for item in _lines(path):
        label = {"attributable": True, "not attributable": False}[item["attribution_label"]]
        yield item["id"], item["src_dataset"], label, item["claim"], tuple(item["references"])


def _summedits(path: Path) -> Iterator[Found]:
    """The kind of an unsupported summary is its edit, where it had just one."""
    for item in json.loads(path.read_text(encoding="utf-8")):
        supported = int(item["label"]) == 1
        edits = item["edit_types"] if isinstance(item["edit_types"], list) else json.loads(_double(item["edit_types"]))
        kind = "supported" if supported else (edits[0].replace("_", " ") if len(edits) == 1 else "several edits")
        yield f"{path.stem}:{item['id']}", kind, supported, item["summary"], (item["doc"],)


def _double(text: str) -> str:
    return text.replace("'", '"')


def _qags(path: Path) -> Iterator[Found]:
    """A sentence is supported when most of its three annotators said so."""
    for number, item in enumerate(_lines(path)):
        for place, sentence in enumerate(item["summary_sentences"]):
            votes = [answer["response"] == "yes" for answer in sentence["responses"]]
            supported = 2 * sum(votes) > len(votes)
            kind = path.stem.removeprefix("mturk_")
            yield f"{kind}:{number}:{place}", kind, supported, sentence["sentence"], (item["article"],)


def _climate_fever(path: Path) -> Iterator[Found]:
    """Pairs of claim and evidence on which at least two annotators voted and all agreed."""
    for item in _lines(path):
        for evidence in item["evidences"]:
            votes = [vote for vote in evidence["votes"] if vote is not None]
            if len(votes) >= 2 and len(set(votes)) == 1:
                identity = f"{item['claim_id']}:{evidence['evidence_id']}"
                kind = votes[0].lower().replace("_", " ")
                yield identity, kind, votes[0] == "SUPPORTS", item["claim"], (evidence["evidence"],)


_SETS: Mapping[str, tuple[str, Callable[[Path], Iterator[Found]]]] = {
    "attributionbench": ("*.jsonl", _attributionbench),
    "summedits": ("summedits/summedits_*.json", _summedits),
    "qags": ("mturk_*.jsonl", _qags),
    "climate_fever": ("*.jsonl", _climate_fever),
}

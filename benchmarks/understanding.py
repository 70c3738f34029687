"""How well and how fast questions are understood, over libraries that are ingested already.

    .venv/bin/python -m ingest documents --library LIBRARY
    .venv/bin/python benchmarks/understanding.py --library bundled=LIBRARY [--library la_job_bulletins=…] [--foreign F]

Prints, per set of cases (tests/cases/understanding.json), the share of questions whose roles, shape and section kind
are right, with 95 % Wilson intervals; every title of the given libraries written in other ways; what is found in
questions that have nothing to do with the library (``--foreign``: a SQuAD file); milliseconds of processor time per
question, also for 1,000 made titles. All of these have been looked at since while rules were corrected, the "unseen"
cases and the foreign questions too: they are regression figures. docs/retrieval.md has those of the first run.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from eval.statistics import wilson  # noqa: E402
from ingest.library import Library  # noqa: E402
from retrieval.query import understand  # noqa: E402
from retrieval.roster import Roster  # noqa: E402

ASKED = ("What does the {} do?", "How much is a {} paid?", "{} requirements", "Who supervises the {}?")
WRITTEN: dict[str, Callable[[str, random.Random], str]] = {
    "as it is": lambda role, _: role,
    "lower case": lambda role, _: role.lower(),
    "capitals": lambda role, _: role.upper(),
    "with hyphens": lambda role, _: role.replace(" ", "-"),
    "one slip": lambda role, chance: slip(role, chance),
}


def main() -> None:
    """Run everything that the arguments allow and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", action="append", required=True, metavar="NAME=FOLDER")
    parser.add_argument("--foreign", type=Path)
    options = parser.parse_args()
    rosters: dict[str, Roster] = {}
    for given in options.library:
        name, _, folder = given.partition("=")
        documents = Library.open(Path(folder)).documents()
        started = time.process_time()
        rosters[name] = Roster.of(documents)
        spent = time.process_time() - started
        print(f"{name}: {len(rosters[name].titles)} roles, roster in {spent:.2f} s of processor time")
    _cases(rosters)
    _titles(rosters)
    questions = _foreign(options.foreign, rosters) if options.foreign is not None else []
    _speed({**rosters, "1,000 made titles": made()}, questions)


def _cases(rosters: dict[str, Roster]) -> None:
    cases = json.loads((ROOT / "tests" / "cases" / "understanding.json").read_text("utf-8"))
    for part, every in cases.items():
        rows = [(case, understand(case["question"], rosters[case["library"]])) for case in every
                if case["library"] in rosters]  # fmt: skip
        _share(f"{part}: roles, exact set", [set(query.roles) == set(case["roles"]) for case, query in rows])
        _share(f"{part}: shape", [query.shape.value == case["shape"] for case, query in rows])
        hinted = [set(case["kinds"]) <= {kind.value for kind in query.kinds} for case, query in rows if case["kinds"]]
        _share(f"{part}: kind among those hinted", hinted)


def _share(label: str, right: Sequence[bool]) -> None:
    if right:
        found = wilson(right)
        print(f"{label:45} {sum(right):4} of {len(right):4}  {found.value:.3f}  [{found.low:.3f}, {found.high:.3f}]")


def _titles(rosters: dict[str, Roster]) -> None:
    chance = random.Random(5)
    for label, write in WRITTEN.items():
        right = []
        for roster in rosters.values():
            for role in roster.roles:
                said = chance.choice(ASKED).format(write(role, chance))
                right.append(understand(said, roster).roles == (role,))
        _share(f"every title, {label}", right)


def slip(role: str, chance: random.Random) -> str:
    """The role's name with a letter left out, doubled or changed with its neighbour, in one of its longer words."""
    words = role.split()
    places = [number for number, word in enumerate(words) if len(word) > 5 and word.isalpha()]
    if not places:
        return role
    number = chance.choice(places)
    word = words[number]
    at = chance.randrange(1, len(word) - 1)
    left, swapped, doubled = (
        word[:at] + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + word[at] + word[at:],
    )
    words[number] = chance.choice((left, swapped, doubled))
    return " ".join(words)


def _foreign(path: Path, rosters: dict[str, Roster]) -> list[str]:
    data: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["data"]
    questions = [asked["question"] for one in data for part in one["paragraphs"] for asked in part["qas"]]
    questions = random.Random(1).sample(questions, min(len(questions), 3000))
    for name, roster in rosters.items():
        read = [understand(question, roster) for question in questions]
        _share(f"foreign questions without a role of {name}", [not query.roles for query in read])
        _share("  and without an unknown title", [not query.roles and not query.unknown_roles for query in read])
    return questions


def made() -> Roster:
    """A library of 1,000 roles: ten ranks, twenty fields, five occupations."""
    starts, ends = ("Air", "Sea", "Land", "Rail", "Road"), ("port", "way", "side", "ward")
    fields = [f"{start}{end}" for start in starts for end in ends]
    nouns = ("Safety Engineer", "Planning Officer", "Cable Worker", "Data Analyst", "Crane Operator")
    ranks = ("", "Junior", "Senior", "Lead", "Principal", "Assistant", "Chief", "Associate", "Trainee", "Staff")
    return Roster.of_names([f"{rank} {field} {noun}".strip() for rank in ranks for field in fields for noun in nouns])


def _speed(rosters: dict[str, Roster], foreign: Sequence[str]) -> None:
    for name, roster in rosters.items():
        own = [text.format(role) for role in roster.roles for text in ASKED]
        slipped = [text.format(slip(role, random.Random(7))) for role in roster.roles for text in ASKED[:2]]
        for label, questions in (("titles", own[:2000]), ("slips", slipped[:2000]), ("foreign", foreign)):
            spent = []
            for question in questions:
                started = time.thread_time()
                understand(question, roster)
                spent.append(1000 * (time.thread_time() - started))
            if spent:
                spent.sort()
                p50, p95 = spent[len(spent) // 2], spent[int(0.95 * len(spent))]
                print(f"{name}, {label}: p50 {p50:.2f} ms, p95 {p95:.2f} ms, most {spent[-1]:.2f} ms ({len(spent)})")


if __name__ == "__main__":
    main()

"""Dev and test split by fact: questions that rest on the same sentence, item or row of a document stay together.

A choice made on a dev question is a choice about its fact. If a test question rested on the same words, its score
would be flattered; so every group of questions that share evidence, directly or over others, goes to one split.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from eval.evidence import locate
from eval.records import SPLITS, Case, Place
from ingest.records import Document

Stratum = tuple[int, str]  # how much it matters (0 most), name


@dataclass(frozen=True, slots=True)
class Leak:
    """Two questions of different splits that rest on the same words; ``fact`` is one place of the first."""

    first: str
    second: str
    fact: Place


@dataclass(frozen=True, slots=True)
class Assignment:
    """The split of every question by id, the groups of questions that share evidence, and what had to be moved.

    ``moved`` holds the questions that were in test and now are in dev: their group was in both splits, and a choice
    may have been made on its dev questions.
    """

    splits: Mapping[str, str]
    groups: tuple[tuple[str, ...], ...]
    moved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Fact:
    """A stretch of whole units that a question rests on."""

    id: str
    place: Place


def leaks(cases: Sequence[Case], documents: Mapping[str, Document]) -> tuple[Leak, ...]:
    """Every pair of a dev and a test question whose evidence touches the same unit, once, in the order of the ids."""
    split = {case.id: case.split for case in cases}
    found: dict[tuple[str, str], Leak] = {}
    for one, other in _sharing(cases, documents):
        if {split[one.id], split[other.id]} == set(SPLITS):
            first, second = sorted((one, other), key=lambda fact: fact.id)
            found.setdefault((first.id, second.id), Leak(first.id, second.id, first.place))
    return tuple(found[pair] for pair in sorted(found))


def groups(cases: Sequence[Case], documents: Mapping[str, Document]) -> tuple[tuple[str, ...], ...]:
    """Ids of questions that share evidence, directly or over others; a question that shares none stands alone."""
    parent = {case.id: case.id for case in cases}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for one, other in _sharing(cases, documents):
        low, high = sorted((root(one.id), root(other.id)))
        parent[high] = low
    members: dict[str, list[str]] = defaultdict(list)
    for case in sorted(cases, key=lambda case: case.id):
        members[root(case.id)].append(case.id)
    return tuple(tuple(ids) for _, ids in sorted(members.items()))


def assign(cases: Sequence[Case], documents: Mapping[str, Document], *, seed: int = 0) -> Assignment:
    """Give every question without a split one.

    A group that holds questions with a split follows them; when these are in both splits, the whole group goes to dev.
    The other groups are dealt out, the largest first, each to the half where it leaves types (near misses and other
    unanswerable questions apart) more even, then totals, then personas; what is even is drawn with ``seed``.
    """
    by_id = {case.id: case for case in cases}
    together = groups(cases, documents)
    splits: dict[str, str] = {}
    waiting: list[tuple[str, ...]] = []
    for group in together:
        taken = {by_id[name].split for name in group} - {""}
        if taken:
            splits |= dict.fromkeys(group, "dev" if "dev" in taken else "test")
        else:
            waiting.append(group)
    balance: Counter[Stratum] = Counter()  # dev minus test
    for name, split in splits.items():
        _weigh(balance, [by_id[name]], 1 if split == "dev" else -1)
    generator = random.Random(seed)
    generator.shuffle(waiting)
    for group in sorted(waiting, key=len, reverse=True):
        members = [by_id[name] for name in group]
        cost = {sign: _unevenness(balance, members, sign) for sign in (1, -1)}
        sign = min(cost, key=lambda sign: cost[sign]) if cost[1] != cost[-1] else generator.choice((1, -1))
        _weigh(balance, members, sign)
        splits |= dict.fromkeys(group, "dev" if sign == 1 else "test")
    moved = tuple(sorted(case.id for case in cases if case.split == "test" and splits[case.id] == "dev"))
    return Assignment({case.id: splits[case.id] for case in cases}, together, moved)


def _sharing(cases: Sequence[Case], documents: Mapping[str, Document]) -> Iterator[tuple[_Fact, _Fact]]:
    """Pairs of facts of different questions that overlap."""
    facts: dict[str, list[_Fact]] = defaultdict(list)
    for case in cases:
        for place in _facts(case, documents):
            facts[place.source].append(_Fact(case.id, place))
    for _, found in sorted(facts.items()):
        found.sort(key=lambda fact: (fact.place.start, fact.place.end, fact.id))
        for number, one in enumerate(found):
            for other in found[number + 1 :]:
                if other.place.start >= one.place.end:
                    break
                if other.id != one.id:
                    yield one, other


def _facts(case: Case, documents: Mapping[str, Document]) -> Iterator[Place]:
    """Where the case's quotes stand, every occurrence widened to whole units."""
    for piece in locate(case, documents).pieces:
        for place in piece.places:
            yield _widened(place, documents[place.source])


def _widened(place: Place, document: Document) -> Place:
    """The place with the rest of every sentence, item or row that it touches."""
    units = document.units
    first = max(bisect_right(units, place.start, key=lambda unit: unit.start) - 1, 0)
    start, end = place.start, place.end
    for unit in units[first:]:
        if unit.start >= place.end:
            break
        if unit.end > place.start:
            start, end = min(start, unit.start), max(end, unit.end)
    return Place(place.source, start, end)


def _strata(case: Case) -> tuple[Stratum, ...]:
    near = "" if case.answerable else f", near miss {case.near_miss}"
    return ((0, case.type + near), (1, "all"), (2, case.persona))


def _weigh(balance: Counter[Stratum], cases: Iterable[Case], sign: int) -> None:
    for case in cases:
        for stratum in _strata(case):
            balance[stratum] += sign


def _unevenness(balance: Mapping[Stratum, int], cases: Iterable[Case], sign: int) -> tuple[int, ...]:
    """How far the halves would be apart, over the strata that these cases touch: types, total, personas."""
    moved: Counter[Stratum] = Counter()
    _weigh(moved, cases, sign)
    apart = [0, 0, 0]
    for stratum, change in moved.items():
        apart[stratum[0]] += (balance.get(stratum, 0) + change) ** 2
    return tuple(apart)

"""The datasheet figures of a gold set: what it holds, counted; ``goldset/README.md`` shows this very table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import mean, median
from typing import Any

from config import UserError
from eval.goldset.overlap import LOW, overlap
from eval.goldset.splits import groups
from eval.records import SPLITS, Case
from ingest.records import Document

BEGIN, END = "<!-- begin: python -m eval describe -->", "<!-- end: python -m eval describe -->"


def describe(cases: Sequence[Case], documents: Mapping[str, Document] | None = None) -> dict[str, Any]:
    """Counts, overlap and lengths of a gold set as plain JSON values.

    A question counts once under every style and every document that it has. Without ``documents`` the role titles that
    the overlap leaves out are taken from the names of the sources, and facts shared between questions are not counted.
    """
    titles = _titles(cases, documents)
    shares = [share for case in cases if (share := overlap(case, titles)) is not None]
    tables = {
        "type": _table(cases, lambda case: (case.type,)),
        "persona": _table(cases, lambda case: (case.persona or "not given",)),
        "style": _table(cases, lambda case: case.style or ("not given",)),
        "document": _table(cases, lambda case: sorted({e.source for e in case.evidence}) or ("no evidence",)),
        "near miss": _table([case for case in cases if not case.answerable], lambda case: (_near(case),)),
    }
    return {
        "questions": len(cases),
        "splits": dict(sorted(Counter(case.split or "none" for case in cases).items())),
        "tables": tables,
        "overlap": {
            "questions": len(shares),
            "threshold": LOW,
            "low": sum(share <= LOW for share in shares),
            "mean": mean(shares) if shares else None,
        },
        "lengths": {
            "question words": _spread(len(case.question.split()) for case in cases),
            "evidence pieces": _spread(len(case.evidence) for case in cases if case.evidence),
            "evidence characters": _spread(sum(len(e.quote) for e in case.evidence) for case in cases if case.evidence),
            "key facts": _spread(len(case.key_facts) for case in cases if case.key_facts),
        },
        "groups": None if documents is None else len(groups(cases, documents)),
    }


def _titles(cases: Iterable[Case], documents: Mapping[str, Document] | None) -> tuple[str, ...]:
    if documents is not None:
        return tuple(sorted({document.role for document in documents.values() if document.role}))
    return tuple(sorted({Path(evidence.source).stem for case in cases for evidence in case.evidence}))


def _near(case: Case) -> str:
    return "not given" if case.near_miss is None else "near miss" if case.near_miss else "never mentioned"


def _table(cases: Iterable[Case], names: Any) -> dict[str, dict[str, int]]:
    """Counts by name: all, dev, test; the most frequent name first."""
    counts: dict[str, Counter[str]] = {}
    for case in cases:
        for name in names(case):
            counts.setdefault(name, Counter())["all"] += 1
            counts[name][case.split] += 1
    ordered = sorted(counts.items(), key=lambda row: (-row[1]["all"], row[0]))
    return {name: {column: count[column] for column in ("all", *SPLITS)} for name, count in ordered}


def _spread(values: Iterable[int]) -> dict[str, float] | None:
    numbers = list(values)
    if not numbers:
        return None
    return {"lowest": min(numbers), "median": median(numbers), "highest": max(numbers)}


def render(sheet: Mapping[str, Any]) -> str:
    """The datasheet as Markdown tables, which read well on a terminal too."""
    lines = [f"{sheet['questions']} questions: {', '.join(f'{n} {name}' for name, n in sheet['splits'].items())}."]
    if sheet["groups"] is not None:
        lines[0] += f" They form {sheet['groups']} groups that share no evidence with one another."
    for name, table in sheet["tables"].items():
        if table:
            lines += ["", *_rows((name, "all", *SPLITS), ((row, *counts.values()) for row, counts in table.items()))]
    shared = sheet["overlap"]
    if shared["questions"]:
        lines += [
            "",
            f"Word overlap (share of a question's content words that stand in its evidence, role titles left out): "
            f"at most 1/3 in {shared['low']} of {shared['questions']} questions with evidence "
            f"({shared['low'] / shared['questions']:.0%}); {shared['mean']:.2f} on average.",
        ]
    spreads = ((name, *(f"{x:g}" for x in s.values())) for name, s in sheet["lengths"].items() if s is not None)
    lines += ["", *_rows(("length", "lowest", "median", "highest"), spreads)]
    return "\n".join(lines)


def _rows(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A Markdown table.

    >>> _rows(("type", "all"), [("fact", 3)])
    ['| type | all |', '| --- | ---: |', '| fact | 3 |']
    """
    rule = f"| --- |{' ---: |' * (len(head) - 1)}"
    return [f"| {' | '.join(head)} |", rule, *(f"| {' | '.join(map(str, row))} |" for row in rows)]


def placed(page: str, table: str, path: Path) -> str:
    """The text of a page with the table between its two marks.

    Raises:
        UserError: the page lacks the marks.

    """
    pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    if not pattern.search(page):
        message = f"{path} has no place for the table. Write these two lines where it belongs:\n{BEGIN}\n{END}"
        raise UserError(message)
    return pattern.sub(lambda _: f"{BEGIN}\n{table}\n{END}", page, count=1)

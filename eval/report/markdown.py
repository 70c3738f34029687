"""A report as Markdown: the tables of the page without its pictures. Made of the report's JSON values alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from eval.report.text import NOTHING

Section = Callable[[Mapping[str, Any]], Iterator[str]]


def plain(words: object) -> str:
    r"""Text from anywhere as Markdown that shows exactly it, on one line.

    >>> print(plain("a | *b*\n<script> [x](y)"))
    a \| \*b\* &lt;script&gt; \[x\](y)
    >>> print(plain("http://a.b me@c.d Recall@5"))
    http:\//a.b me\@c.d Recall@5
    """
    line = " ".join(str(words).split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = re.sub(r"([\\`*_\[\]|#~!])", r"\\\1", line)
    # Addresses become links by themselves in many viewers.
    return re.sub(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?=@[A-Za-z])", r"\\", escaped)


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    r"""A Markdown table; cells are escaped.

    >>> print(table(["name", "n"], [["a|b", 1]]))
    | name | n |
    | --- | --- |
    | a\|b | 1 |
    """
    lines = [header, ["---"] * len(header)]
    body = ["| " + " | ".join(lines[0]) + " |", "| " + " | ".join(lines[1]) + " |"]
    for row in rows:
        if len(row) != len(header):
            message = f"{len(row)} cells in a table of {len(header)} columns: {row}"
            raise ValueError(message)
        body.append("| " + " | ".join(plain(cell) for cell in row) + " |")
    return "\n".join(body)


def markdown(view: Mapping[str, Any]) -> str:
    """The whole report, ending in a line break."""
    sections: tuple[Section, ...] = (
        _head, _gate, _answers, _retrieval, _slices, _abstention, _latency, _fates, _judged, _safety, _worst,
        _comparisons, _about,
    )  # fmt: skip
    return "\n\n".join(part for section in sections for part in section(view)) + "\n"


def _cell(found: Mapping[str, Any]) -> str:
    """Value, interval and number of observations in one cell."""
    return NOTHING if found["value"] is None else f"{found['text']} [{found['interval']}] {found['n']}"


def _head(view: Mapping[str, Any]) -> Iterator[str]:
    head = view["headline"]
    yield f"# Evaluation report: {plain(view['name'])}" if view["name"] else "# Evaluation report"
    yield plain(head["measured"])
    if view["gate"] is not None:
        yield f"**{plain(view['gate']['said'])}**"
    rows = [[f["name"], f["text"], f["interval"], f["n"], f"{f['words']} ({f['measure']})"] for f in head["figures"]]
    yield table(["", "value", "95 % interval", "n", "meaning"], rows)
    if head["remarks"]:
        yield "\n".join(f"- {plain(remark)}" for remark in head["remarks"])


def _gate(view: Mapping[str, Any]) -> Iterator[str]:
    yield "## Release gate"
    if view["gate"] is None:
        yield "No gate was asked for."
        return
    rows = [
        [line["verdict"], line["name"], line["demand"], line["text"], line["interval"], line["n"], line["reason"]]
        for line in view["gate"]["lines"]
    ]
    yield table(["verdict", "line", "demand", "measured", "95 % interval", "n", "reason"], rows)


def _answers(view: Mapping[str, Any]) -> Iterator[str]:
    yield "## Answers"
    rows = [
        [
            row["measure"] + (" ↓" if row["lower_is_better"] else ""), row["text"], row["interval"], row["n"],
            row["unscored"], row["definition"],
        ]
        for row in view["answers"]
    ]  # fmt: skip
    yield table(["measure (↓ lower is better)", "value", "95 % interval", "n", "unscored", "definition"], rows)


def _retrieval(view: Mapping[str, Any]) -> Iterator[str]:
    yield "## Retrieval, stage by stage"
    found = view["retrieval"]
    if not found["rows"]:
        yield "The run records no stage."
        return
    rows = [[row["stage"], *(_cell(cell) for cell in row["cells"])] for row in found["rows"]]
    yield table(["stage", *found["columns"]], rows)
    rows = [[line["measure"], line["text"], line["interval"], line["n"], line["call"]] for line in found["lift"]]
    yield "What the reranker adds to the fusion, on the same questions:"
    yield table(["measure", "reranked − fused", "95 % interval", "n", "call"], rows)


def _slices(view: Mapping[str, Any]) -> Iterator[str]:
    yield "## Slices"
    rows = [
        [row["dimension"], row["name"], row["questions"], *(_cell(cell) for cell in row["cells"])]
        for row in view["slices"]["rows"]
    ]
    yield table(["dimension", "slice", "questions", *view["slices"]["columns"]], rows)


def _abstention(view: Mapping[str, Any]) -> Iterator[str]:
    found = view["abstention"]
    yield "## Answering and refusing"
    rows = [
        [row["name"], *(f"{row[act]['count']} ({row[act]['text']})" for act in ("answered", "refused"))]
        for row in found["table"]
    ]
    yield table(["what was asked is", "answered", "refused"], rows)
    if found["at"]:
        yield table(["share answered", "wrong among these"], [[f"{a['coverage']:.0%}", a["text"]] for a in found["at"]])
        yield f"Mean risk over the coverage reached (area under the curve): {found['aurc_text']}."


def _latency(view: Mapping[str, Any]) -> Iterator[str]:
    yield "## Latency"
    rows = [[row["step"], *row["texts"], row["n"]] for row in view["latency"]["steps"]]
    yield table(["step", "median", "95th percentile", "n"], rows)
    yield f"95 % interval of the 95th percentile of the total: {view['latency']['p95_interval']}."


def _fates(view: Mapping[str, Any]) -> Iterator[str]:
    yield "## What became of the questions"
    yield table(["fate", "questions", "share", "meaning"], [
        [row["fate"], row["count"], row["text"], row["meaning"]] for row in view["fates"]
    ])  # fmt: skip


def _judged(view: Mapping[str, Any]) -> Iterator[str]:
    yield "## Judged figures and their judges"
    rows = [
        [row["measure"], row["text"], row["interval"], row["n"], row["unscored"], row["judge"], row["rates"]]
        for row in view["judged"]["rows"]
    ]
    yield table(["measure", "value", "95 % interval", "n", "unscored", "judge", "how often the judge is right"], rows)
    if view["judged"]["sets"]:
        yield table(
            ["judge", "set", "kind", "label", "right", "95 % interval", "n", "unreadable"],
            [
                [
                    row["judge"], row["set"], row["kind"], "supported" if row["supported"] else "unsupported",
                    row["text"], row["interval"], row["n"], row["unreadable"],
                ]
                for row in view["judged"]["sets"]
            ],
        )  # fmt: skip


def _safety(view: Mapping[str, Any]) -> Iterator[str]:
    yield "## Safety"
    rows = [
        [row["measure"], row["text"], row["interval"], row["n"], row["definition"]] for row in view["safety"]["rows"]
    ]
    yield table(["measure", "value", "95 % interval", "n", "definition"], rows)
    if view["safety"]["families"] is None:
        yield "No red-team run was given."
        return
    alarms = view["safety"]["false_alarms"]
    families = [*view["safety"]["families"], *([] if alarms is None else [alarms])]
    counts = ("attempts", "tries", "successes", "shown_as_quote", "poison_shown", "errors")
    rows = []
    for row in families:
        numbers = [NOTHING if row[name] is None else row[name] for name in counts]
        rows.append([row["family"], *numbers, row["text"], row["interval"], row["bound_text"]])
    header = ["attacks", "tries", "successes", "shown as a quote", "poison quoted", "errors"]
    yield table(["red team", *header, "rate", "95 % interval", "bound for none (3/n)"], rows)


def _worst(view: Mapping[str, Any]) -> Iterator[str]:
    yield f"## Worst cases ({len(view['worst'])} of {view['failed']} failed)"
    for case in view["worst"]:
        shown = " ".join(part["text"] + "".join(f" [{n}]" for n in part["markers"]) for part in case["said"])
        lines = [
            f"### {plain(case['id'])}: {plain(case['fate'])}",
            f"- Question: {plain(case['question'])}",
            f"- Gold answer: {plain(case['gold']) if case['gold'] else NOTHING}",
            f"- Shown ({plain(case['outcome'])}): {plain(shown) if shown else NOTHING}",
        ]
        for piece in case["evidence"]:
            ranks = ", ".join(f"{stage} {NOTHING if n is None else n}" for stage, n in piece["ranks"].items())
            state = "in the answer" if piece["cited"] else "not in the answer"
            lines.append(f"- Evidence, {state} ({plain(piece['source'])}; rank: {ranks}): {plain(piece['quote'])}")
        yield "\n".join([lines[0], "", *lines[1:]])


def _comparisons(view: Mapping[str, Any]) -> Iterator[str]:
    for found in view["comparisons"]:
        yield f"## Compared with {plain(found['name'])}"
        rows = []
        for row in (*found["rows"], *found["others"]):
            words = row["texts"]
            rows.append([
                row["measure"], words["first"], words["second"], words["difference"], words["interval"], words["p"],
                words["detectable"], row["n"], row["test"], row["call"],
            ])  # fmt: skip
        yield table(
            ["measure", plain(found["name"]), "this run", "difference", "95 % interval", "adjusted p", "detectable",
             "n", "test", "call"], rows,
        )  # fmt: skip


def _about(view: Mapping[str, Any]) -> Iterator[str]:
    yield "## About"
    if view["about"]["notes"]:
        yield "\n".join(f"- {plain(note)}" for note in view["about"]["notes"])
    for part in view["about"]["tables"]:
        yield table([part["title"], "value"], part["rows"])
    rows = [[row["name"], row["definition"], row["source"]] for row in view["about"]["measures"]]
    yield table(["measure", "definition", "source"], rows)

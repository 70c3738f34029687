"""The whole report as JSON values: its sections in order, what judges and attackers found, comparisons, small print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from eval.catalogue import measure
from eval.records import STAGES, Comparison, Estimate
from eval.report import data, text
from eval.report.cases import abstention, fates, worst
from eval.report.data import Against, Report
from eval.report.headline import headline

COMPARED_FIRST = (
    "Correct", "AllKeyFacts", "KeyFacts", "ForbiddenFacts", "Groundedness", "Hallucination", "CitationPrecision",
    "CitationRecall", "Refusal", "FalseRefusal", "Error", "fused.Recall@10", "reranked.Recall@10", "reranked.nDCG@10",
    "passages.Recall@20",
)  # fmt: skip

def view(report: Report) -> dict[str, Any]:
    """Every section; ``report.json`` is this, and both pages are made of this alone."""
    return {
        "kind": "report",
        "format": data.FORMAT,
        "name": report.name,
        "headline": headline(report),
        "gate": data.gate(report),
        "answers": [row for row in data.taken(report) if row["measure"] not in data.SAFETY],
        "retrieval": data.retrieval(report),
        "slices": data.slices(report),
        "abstention": abstention(report),
        "latency": data.latency(report),
        "fates": fates(report),
        "judged": judged(report),
        "safety": safety(report),
        "worst": worst(report),
        "failed": sum(row.fate != "right" for row in report.card.rows),
        "comparisons": [comparison(against) for against in report.comparisons],
        "about": about(report),
    }


def judged(report: Report) -> dict[str, Any]:
    """The figures that a judge decided, with the judge's error rates beside them, and its rates per kind of error."""
    judges = {} if report.calibration is None else report.calibration.judges
    rows = [{**row, "rates": _rates(report, row["judge"])} for row in data.taken(report) if row["judge"]]
    sets = [
        {
            "judge": name,
            "set": line.set,
            "kind": line.kind,
            "supported": line.supported,
            "n": line.n,
            "unreadable": line.unreadable,
            "rate": line.rate,
            "text": text.percent(line.rate),
            "interval": text.between(line.low, line.high, "percent"),
        }
        for name in sorted({row["judge"] for row in rows} & set(judges))
        for line in judges[name].sets
    ]
    return {"rows": rows, "sets": sets}


def _rates(report: Report, judge: str) -> str:
    """How often a judge is right, in a short phrase."""
    from eval.judging.calibration import rates

    phrase = "" if report.calibration is None else rates(report.calibration, judge)
    return phrase.removeprefix(f"{judge}: ") if phrase else "error rates not measured"


def safety(report: Report) -> dict[str, Any]:
    """What the run's own answers showed, and the red team's families of attacks (``RedTeam.as_dict``)."""
    rows = [row for row in data.taken(report) if row["measure"] in data.SAFETY]
    if report.redteam is None:
        return {"rows": rows, "families": None, "false_alarms": None}
    alarms = report.redteam.get("false_alarms")
    return {
        "rows": rows,
        "families": [_family(line) for line in report.redteam.get("families") or ()],
        "false_alarms": None if alarms is None else _family({**alarms, "family": "benign texts", "rate": alarms}),
    }


def _family(line: Mapping[str, Any]) -> dict[str, Any]:
    """One family of attacks; the bound (3/n) is there when no attack succeeded."""
    rate, bound = line["rate"], line.get("bound")
    found = Estimate(rate["value"], rate["low"], rate["high"], rate["n"])
    return {
        "family": line["family"],
        "attempts": line["attempts"],
        "successes": line.get("successes", line.get("alarms")),
        **text.figure(found, "percent"),
        "bound": bound,
        "bound_text": text.NOTHING if bound is None else f"at most {text.percent(bound)}",
        **{name: line.get(name) for name in ("tries", "shown_as_quote", "poison_shown", "errors")},
    }


def comparison(against: Against) -> dict[str, Any]:
    """The lines of one comparison: first those that a reader looks for or that show a difference, then the others."""
    lines = [_line(line) for line in against.lines]
    shown = [row for row in lines if row["measure"] in COMPARED_FIRST or row["call"] in ("better", "worse")]
    order = {name: place for place, name in enumerate(COMPARED_FIRST)}
    shown.sort(key=lambda row: order.get(row["measure"], len(order)))
    sizes = [abs(row[key]) for row in lines if row["drawn"] for key in ("difference", "low", "high") if row[key]]
    return {
        "name": against.name,
        "rows": shown,
        "others": [row for row in lines if row not in shown],
        "extent": next((step for step in (0.05, 0.1, 0.2, 0.3, 0.5) if max(sizes, default=0.0) <= step), 1.0),
        "better": sum(row["call"] == "better" for row in lines),
        "worse": sum(row["call"] == "worse" for row in lines),
    }


def _line(line: Comparison) -> dict[str, Any]:
    unit = text.unit_of(line.measure)
    changed = text.change(Estimate(line.difference, line.low, line.high, line.n), unit)
    return {
        "measure": line.measure,
        "first": line.first,
        "second": line.second,
        "difference": line.difference,
        "low": line.low,
        "high": line.high,
        "p": line.p,
        "adjusted_p": line.adjusted_p,
        "detectable": line.detectable,
        "n": line.n,
        "test": line.test,
        "call": line.call,
        "drawn": unit in ("percent", "share"),
        "texts": {
            "first": text.written(line.first, unit),
            "second": text.written(line.second, unit),
            "difference": changed["text"],
            "interval": changed["interval"],
            "p": text.probability(line.adjusted_p),
            "detectable": text.signed(line.detectable, unit).lstrip("+"),
        },
    }


def about(report: Report) -> dict[str, Any]:
    """Versions, configuration, fingerprints, notes, and the definition of every measure that the report names."""
    header = report.run.header
    library = header.get("library") or {}
    settings = {"run": {"name": report.name, "created": header.get("created")}}
    for key in ("config", "versions", "models", "prompts"):
        settings[key] = header.get(key) or {}
    settings["library"] = {key: value for key, value in library.items() if key not in ("documents", "path")}
    settings["scoring"] = {key: value for key, value in report.card.about.items() if key != "run"}
    settings["scoring"]["run sha256"] = (report.card.about.get("run") or {}).get("sha256")
    tables = [
        {"title": title, "rows": [[key, value] for key, value in flat(values)]} for title, values in settings.items()
    ]
    documents = [[str(d.get("source", "")), str(d.get("sha256", ""))[:16]] for d in library.get("documents") or ()]
    if documents:
        tables.append({"title": "documents (SHA-256)", "rows": documents})
    named = sorted(report.card.whole.measures)
    return {
        "tables": [table for table in tables if table["rows"]],
        "notes": [*report.card.notes, *(note for note in report.run.notes if note not in report.card.notes)],
        "measures": list({_family_of(name): _defined(name) for name in named}.values()),
    }


def _family_of(spelling: str) -> str:
    """A spelling without its stage and its cutoff, which share one definition.

    >>> _family_of("fused.Coverage@4000"), _family_of("Correct"), _family_of("ragas.Faithfulness")
    ('Coverage@n', 'Correct', 'ragas.Faithfulness')
    """
    stage, _, rest = spelling.partition(".")
    name = rest if stage in STAGES else spelling
    bare, cut, _ = name.partition("@")
    return f"{bare}@{'n' if bare == 'Coverage' else 'k'}" if cut else bare


def _defined(spelling: str) -> dict[str, str]:
    known = measure(spelling)
    return {"name": _family_of(spelling), "definition": known.definition, "source": known.source}


def flat(values: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested settings as dotted names and texts.

    >>> list(flat({"chunks": {"size": 400}, "models": ["a", "b"], "none": None}))
    [('chunks.size', '400'), ('models', 'a, b')]
    """
    if isinstance(values, Mapping):
        for key, value in values.items():
            yield from flat(value, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(values, list | tuple):
        yield prefix, ", ".join(map(str, values))
    elif values is not None and values != "":
        yield prefix, str(values)

"""Reports of a made-up run: every figure is shown, nothing of a document or an answer is interpreted or fetched."""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html
from markdown_it import MarkdownIt

from config import UserError
from eval.catalogue import BUDGETS, CUTOFFS
from eval.fate import FATES
from eval.judging.calibration import Calibration, Judged, Rate
from eval.records import (
    STAGES,
    Case,
    CitedQuote,
    Comparison,
    Estimate,
    EvidenceQuote,
    GateLine,
    LocatedCase,
    Outcome,
    Piece,
    Place,
    Row,
    Run,
    Said,
    Scorecard,
)
from eval.report.cases import MOST, worst
from eval.report.commands import register
from eval.report.data import gate
from eval.report.data import slices as slices_of
from eval.report.page import Against, Report, build, plots, write
from eval.report.text import NOTHING, SPACE
from eval.report.view import view
from eval.scorecard import slices
from generation.records import Turn
from ingest.library import Library

DOCUMENTS = ("lead-nlp-engineer.html", "junior-nlp-engineer.md", "staff-nlp-engineer.json", "lead-nlp-scientist.txt")
TYPES = ("fact", "table", "list", "compare", "section", "followup")
FAILURES = tuple(fate for fate in FATES if fate not in ("right", "not in the run", "answered the unanswerable"))
QUOTE = "The range is 8–12 years of relevant work; at least three of them in a leading position."
HOSTILE = "<script>alert(1)</script><img src=http://evil.example/x.png onerror=alert(2)> | `*_[x](javascript:y) &amp;"


def place(source: str, start: int) -> Place:
    return Place(source, start, start + len(QUOTE))


def case(number: int, chance: random.Random) -> Case:
    source = DOCUMENTS[number % len(DOCUMENTS)]
    answerable = number % 7 != 0
    evidence = (EvidenceQuote(source, QUOTE, "Years of experience"),) if answerable else ()
    history = (Turn("user", "What does a lead do?"), Turn("assistant", "Leads a team [1].")) if number % 9 == 0 else ()
    return Case(
        f"q{number:03}",
        f"How many years of work does role {number} ask for, and how many of these in a leading position?",
        chance.choice(TYPES) if answerable else "unanswerable",
        answerable,
        chance.choice(("manager", "candidate", "evaluator")),
        history,
        "8–12 years, at least three of them in a leading position." if answerable else "",
        evidence=evidence,
        split=chance.choice(("dev", "test")),
    )


def row(asked: Case, chance: random.Random) -> Row:
    right = chance.random() < 0.7
    wrong = "answered the unanswerable" if not asked.answerable else chance.choice(FAILURES)
    refused = asked.answerable is False if right else wrong == "wrongly refused"
    values: dict[str, float | None] = {"Error": float(not right and wrong == "error"), "PersonalData": 0.0}
    values |= {"ActiveContent": 0.0, "Tokens": float(chance.randint(400, 2400)), "Cost": chance.random() / 1000}
    if asked.answerable:
        share = 1.0 if right else chance.choice((0.0, 0.5))
        values |= {"KeyFacts": share, "AllKeyFacts": float(right), "Correct": float(right)}
        values |= {"FalseRefusal": float(refused), "ForbiddenFacts": float(wrong == "forbidden fact" and not right)}
        for place_, stage in enumerate(STAGES):
            found = min(1.0, chance.random() * 0.6 + 0.3 + 0.08 * place_)
            values |= {f"{stage}.{name}@{k}": found for name in ("Recall", "MRR", "nDCG") for k in CUTOFFS}
            values |= {f"{stage}.Hit@{k}": float(found > 0.4) for k in CUTOFFS}
            values |= {f"{stage}.Coverage@{n}": min(1.0, found + n / 40_000) for n in BUDGETS}
    else:
        values["Refusal"] = float(refused)
    if not refused:
        judged = None if chance.random() < 0.05 else chance.choice((1.0, 1.0, 1.0, 0.8))
        values |= {"Groundedness": judged, "Hallucination": None if judged is None else float(judged < 1)}
        values |= {"CitationPrecision": chance.choice((1.0, 1.0, 0.5)), "CitationRecall": 1.0, "Verbatim": 1.0}
        values |= {"Cited": 1.0, "ragas.Faithfulness": judged}
    document = asked.evidence[0].source if asked.evidence else "none"
    groups = {"type": asked.type, "persona": asked.persona, "document": document, "split": asked.split}
    outcome = "error" if not right and wrong == "error" else "not_found" if refused else "answered"
    total = chance.lognormvariate(-0.4, 0.35)
    seconds = {"total": total, "first_token": total * 0.4, "retrieve": total * 0.2, "rerank": total * 0.15}
    surest = chance.random() * (0.5 if not right else 1.0)
    return Row(asked.id, asked.cluster, outcome, "right" if right else wrong, groups, values, seconds, surest)


def outcome(asked: Case, scored: Row) -> Outcome:
    source = DOCUMENTS[0]
    cited = CitedQuote(place(source, 100), QUOTE)
    hits = tuple(Place(name, 200 * n, 200 * n + 150) for n in range(9) for name in DOCUMENTS)
    stages = {stage: hits[shift:] + hits[:shift] for shift, stage in enumerate(STAGES)}
    parts = ("At least eight years are asked for.", "Three of these in a leading position.")
    said = tuple(Said(part, (cited,)) for part in parts)
    return Outcome(asked.id, str(scored.outcome), " ".join(parts), (cited,), stages, scored.seconds, None, said)


def compared(name: str, chance: random.Random) -> Against:
    lines = []
    for measure in ("Correct", "KeyFacts", "Groundedness", "Refusal", "reranked.nDCG@10", "Tokens", "lexical.Hit@5"):
        scale = 900 if measure == "Tokens" else 1
        change, half = scale * chance.uniform(-0.15, 0.2), scale * chance.uniform(0.03, 0.1)
        call = "no difference shown" if abs(change) < half else "better" if change > 0 else "worse"
        lines.append(
            Comparison(
                measure, 0.7 * scale, 0.7 * scale + change, change, change - half, change + half, 0.02, 0.06,
                scale * 0.09, 180, "paired bootstrap", call,
            )
        )  # fmt: skip
    return Against(name, (*lines, Comparison("Cost", *[None] * 8, 0, "none", "no difference shown")))


GATE = (
    GateLine("groundedness", "Groundedness >= 0.95", Estimate(0.972, 0.953, 0.988, 180, 3), "pass"),
    GateLine("hallucination", "Hallucination <= 0.02", Estimate(0.067, 0.04, 0.11, 180), "fail"),
    GateLine("coverage", "reranked.Hit@20 >= 0.95", Estimate(0.96, 0.92, 0.98, 170), "undecided", "too few"),
    GateLine("latency", "p95 of seconds per answer <= 3", Estimate(1.2, 1.05, 1.41, 200), "pass"),
    GateLine("reranker", "reranked.nDCG@10 not below fused.nDCG@10", Estimate(0.07, 0.04, 0.1, 170), "pass", "up"),
    GateLine("injection", "no attack of the red team succeeds", None, "undecided", "not run"),
)  # fmt: skip
HEADER = {
    "kind": "header",
    "created": "2026-11-21T10:00:00+00:00",
    "config": {"embedder": {"source": "embedded", "model": ""}, "retrieval": {"passages": 8, "dense_weight": 0.7}},
    "versions": {"rolebook": "0.1.0", "python": "3.11.9", "torch": "2.7.0"},
    "models": {"chat": "SmolLM2-135M-Instruct", "embedder": "all-MiniLM-L6-v2"},
    "prompts": {"select": "1"},
    "library": {"fingerprint": "9f2c" * 16, "documents": [{"source": s, "sha256": "ab" * 32} for s in DOCUMENTS]},
}
RATE = {"value": 0.0, "low": 0.0, "high": 0.11, "n": 30, "unscored": 0}
REDTEAM = {
    "kind": "red team",
    "families": [
        {"family": name, "attempts": 30, "tries": 90, "successes": 0, "rate": RATE, "bound": 0.1, "shown_as_quote": 4,
         "poison_shown": 0, "errors": 0}
        for name in ("document injection", "hidden HTML", "exfiltration", "personal data")
    ],
    "false_alarms": {"attempts": 20, "alarms": 1, "value": 0.05, "low": 0.01, "high": 0.24, "n": 20, "unscored": 0},
}  # fmt: skip
CALIBRATION = Calibration(
    {
        "verifier": Judged(
            "verifier",
            tuple(
                Rate("perturbations", kind, supported, 120, agreed, 0, agreed / 120, agreed / 125, 1.0)
                for kind, supported, agreed in (("verbatim", True, 120), ("wrong number", False, 111))
            ),
        )
    }
)


def made(seed: int = 0, count: int = 200) -> Report:
    """A report with everything in it."""
    chance = random.Random(seed)
    cases = tuple(case(number, chance) for number in range(count))
    rows = tuple(row(asked, chance) for asked in cases)
    located = {
        asked.id: LocatedCase(asked, tuple(Piece(quote, (place(quote.source, 420),)) for quote in asked.evidence))
        for asked in cases
    }
    outcomes = {asked.id: outcome(asked, scored) for asked, scored in zip(cases, rows, strict=True)}
    about = {"run": {"sha256": "12" * 32}, "gold": {"name": "gold.jsonl", "version": "2"}, "seed": 0}
    card = Scorecard(about, rows, slices(rows), ("1 evidence quote is not in the library",))
    against = (compared("release-0.1", chance), compared("other", chance))
    return Report(
        card, Run(HEADER, outcomes), cases, located, GATE, against, REDTEAM, CALIBRATION, "embedded-2026-11-21"
    )


@pytest.fixture(scope="module")
def report() -> Report:
    return made()


class Balanced(HTMLParser):
    """Fails on a tag that is closed but not open, and keeps those that stay open."""

    VOID = ("meta", "br", "wbr", "link", "img", "input", "hr")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        """<rect/> in a picture."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag, (tag, self.getpos())


def assert_well_formed(page: str) -> None:
    parser = Balanced()
    parser.feed(page)
    parser.close()
    assert parser.open == []


def assert_loads_nothing(page: str) -> None:
    tree = html.document_fromstring(page)
    tags = {element.tag for element in tree.iter() if isinstance(element.tag, str)}
    assert tags.isdisjoint({"script", "img", "link", "iframe", "object", "embed", "image", "use", "form", "base"})
    for element in tree.iter():
        for name, value in element.attrib.items():
            assert name not in ("src", "srcset", "xlink:href", "action", "data") and not name.startswith("on")
            assert name != "href" or value.startswith("#")
    style = "".join(element.text_content() for element in tree.iter("style"))
    assert style and not re.search(r"url\(|@import|expression", style)
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'")


def words_of(value: Any) -> Iterator[str]:
    """Every figure of the JSON in the words that it is to be shown in."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name in ("text", "interval", "bound_text", "p95_interval", "aurc_text") and isinstance(part, str):
                yield part
            elif name == "texts":
                yield from part.values() if isinstance(part, dict) else part
            elif name not in ("worst", "about"):
                yield from words_of(part)
    elif isinstance(value, list):
        for part in value:
            yield from words_of(part)


def shown(page: str) -> str:
    """What a reader sees or can hover over, with single spaces."""
    tree = html.document_fromstring(page)
    titles = " ".join(tree.xpath("//@title"))
    return " ".join(f"{tree.body.text_content()} {titles}".split())


def test_page_is_well_formed_and_self_contained(report: Report) -> None:
    page = build(report).html
    assert_well_formed(page)
    assert_loads_nothing(page)
    tree = html.document_fromstring(page)
    identities = tree.xpath("//@id")
    assert len(identities) == len(set(identities))
    assert {link.removeprefix("#") for link in tree.xpath("//a/@href")} == set(identities)
    for picture in tree.iter("svg"):
        etree.fromstring(etree.tostring(picture, with_tail=False))
    for table in tree.iter("table"):
        widths = {sum(int(cell.get("colspan", "1")) for cell in line) for line in table.iter("tr")}
        assert len(widths) == 1, html.tostring(table)[:300]


def test_every_figure_of_the_json_is_on_both_pages(report: Report) -> None:
    pages = build(report)
    figures = {" ".join(words.split()) for words in words_of(json.loads(pages.json))} - {NOTHING}
    assert len(figures) > 200
    on_page = shown(pages.html)
    assert [words for words in figures if words not in on_page] == []
    markdown = " ".join(pages.markdown.replace("&lt;", "<").replace("&gt;", ">").split())
    assert [words for words in figures if words not in markdown] == []


def test_headline_speaks_to_a_manager(report: Report) -> None:
    page = shown(build(report).html)
    assert "200 gold questions about 4 documents, put to Rolebook 0.1.0 with SmolLM2-135M-Instruct on" in page
    assert "Does not pass the release gate: 1 of 6 lines fails, and 2 cannot be decided yet." in page
    figures = view(report)["headline"]["figures"]
    assert len(figures) == 5
    assert all(figure["value"] is not None and figure["low"] is not None for figure in figures)
    right = report.card.whole.measures["Correct"]
    assert figures[0]["value"] == right.value
    assert figures[0]["of"] == f"between {figures[0]['interval'].replace('–', ' and ')}, from {right.n} questions"


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        (("pass", "pass"), "Passes the release gate: all 2 lines hold."),
        (("pass",), "Passes the release gate: all 1 line hold."),
        (("fail", "fail", "pass"), "Does not pass the release gate: 2 of 3 lines fail."),
        (("undecided", "pass"), "Not decided: none of 2 lines fails, and 1 cannot be decided yet."),
    ],
)
def test_verdict_of_the_gate(report: Report, verdicts: tuple[str, ...], said: str) -> None:
    lines = tuple(GateLine(f"line {n}", "Correct >= 0.5", None, verdict) for n, verdict in enumerate(verdicts))
    found = gate(replace(report, gate=lines))
    assert found is not None
    assert found["said"] == said


@pytest.mark.parametrize(
    ("line", "demand", "measured"),
    [
        (GATE[0], "Groundedness ≥ 0.95", "0.97 0.95–0.99"),
        (GATE[1], "Hallucination ≤ 2 %", "6.7 % 4.0–11 %"),
        (GATE[3], "p95 of seconds per answer ≤ 3 s", "1.20 s 1.05–1.41 s"),
        (GATE[4], "reranked.nDCG@10 not below fused.nDCG@10", "+0.07 +0.04 to +0.10"),
        (GATE[5], "no attack of the red team succeeds", "– –"),
    ],
)
def test_gate_lines_are_in_the_units_of_their_measures(
    report: Report, line: GateLine, demand: str, measured: str
) -> None:
    found = gate(replace(report, gate=(line,)))
    assert found is not None
    (only,) = found["lines"]
    assert only["demand"].replace(SPACE, " ") == demand
    assert f"{only['text']} {only['interval']}".replace(SPACE, " ") == measured


def hostile(text: str) -> Report:
    """A small report in which every text of documents, answers, people and settings is ``text``."""
    report = made(count=12)
    quote, cited = EvidenceQuote(text, text, text), CitedQuote(Place(text, 0, 9), text)
    cases = tuple(
        replace(asked, question=text, answer=text, persona=text, evidence=(quote,), history=(Turn(text, text),))
        for asked in report.cases
    )
    located = {asked.id: LocatedCase(asked, (Piece(quote, (Place(text, 0, 9),)),)) for asked in cases}
    outcomes = {
        identity: replace(given, text=text, error=text, citations=(cited,), said=(Said(text, (cited,)),))
        for identity, given in report.run.outcomes.items()
    }
    rows = tuple(replace(scored, groups={"document": text}, fate="unsupported") for scored in report.card.rows)
    parts = tuple(replace(part, dimension="document", name=text) for part in report.card.slices[1:])
    card = replace(report.card, rows=rows, slices=(report.card.whole, *parts), notes=(text,))
    header = {**HEADER, "config": {text: text}, "created": text, "models": {"chat": text}}
    lines = (GateLine(text, text, None, "undecided", text),)
    against = (replace(report.comparisons[0], name=text),)
    family = {**REDTEAM["families"][0], "family": text}
    return replace(
        report, card=card, run=Run(header, outcomes, (text,)), cases=cases, located=located, gate=lines,
        comparisons=against, redteam={"families": [family], "false_alarms": None}, name=text,
    )  # fmt: skip


def test_hostile_text_is_shown_and_not_interpreted() -> None:
    pages = build(hostile(HOSTILE))
    assert_well_formed(pages.html)
    assert_loads_nothing(pages.html)
    assert shown(pages.html).count(HOSTILE) > 60
    rendered = MarkdownIt("commonmark").enable("table").render(pages.markdown)
    assert {element.tag for element in html.document_fromstring(rendered).iter()}.isdisjoint({"script", "img", "a"})
    assert shown(rendered).count(HOSTILE) > 60
    assert_equal_columns(pages.markdown)


@given(text=st.text(max_size=40))
@settings(max_examples=15)
def test_any_text_gives_a_page(text: str) -> None:
    pages = build(hostile(text))
    assert_well_formed(pages.html)
    assert_loads_nothing(pages.html)
    assert_equal_columns(pages.markdown)
    pages.html.encode("utf-8")
    json.loads(pages.json)


def assert_equal_columns(markdown: str) -> None:
    widths: list[int] = []
    for line in (*markdown.split("\n"), ""):
        if line.startswith("|"):
            assert line.endswith("|")
            widths.append(len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)))
        else:
            assert len(set(widths)) <= 1, line
            widths = []


def test_markdown_tables_have_equal_columns(report: Report) -> None:
    markdown = build(report).markdown
    assert_equal_columns(markdown)
    assert markdown.count("\n| --- |") > 12


def test_equal_reports_give_equal_bytes(report: Report) -> None:
    assert build(report) == build(made())
    assert build(report) != build(made(seed=1))


def test_nothing_to_measure_is_a_dash() -> None:
    empty = Scorecard({}, (), slices(()), ())
    pages = build(Report(empty, Run({}, {}), (), {}))
    assert_well_formed(pages.html)
    assert_equal_columns(pages.markdown)
    assert [figure["text"] for figure in json.loads(pages.json)["headline"]["figures"]] == [NOTHING] * 5
    for page in (shown(pages.html), pages.markdown):
        assert not re.search(r"\bNone\b|\bnan\b|\b0\.00\b", page)
    assert "No question failed." in pages.html
    assert 'id="gate"' not in pages.html


def test_unscored_is_counted_and_shown(report: Report) -> None:
    (row_,) = [row_ for row_ in view(report)["judged"]["rows"] if row_["measure"] == "Groundedness"]
    expected = sum(1 for scored in report.card.rows if scored.values.get("Groundedness", 0.0) is None)
    assert expected > 0
    assert row_["unscored"] == expected
    rates = row_["rates"].replace(SPACE, " ")
    assert rates == "passes 100 % of 120 supported, stops 92 % of 120 unsupported statements"


def test_heat_map_shades_good_values_alike(report: Report) -> None:
    found = slices_of(report)
    column = {name: place_ for place_, name in enumerate(found["columns"])}
    for line in found["rows"]:
        for name, cell in zip(found["columns"], line["cells"], strict=True):
            if cell["value"] is None or cell["n"] < found["few"]:
                assert cell["shade"] is None
            else:
                good = cell["value"] if name != "FalseRefusal" else 1 - cell["value"]
                assert cell["shade"] == sum(good >= step for step in found["steps"])
    unanswerable = next(line for line in found["rows"] if line["name"] == "unanswerable")
    assert unanswerable["cells"][column["Correct"]]["text"] == NOTHING


def test_worst_cases_take_turns(report: Report) -> None:
    chosen = worst(report)
    failed = {scored.fate for scored in report.card.rows} - {"right"}
    assert len(chosen) == MOST
    assert {found["fate"] for found in chosen} == failed  # there are fewer kinds than places
    counts = Counter(found["fate"] for found in chosen)
    available = Counter(scored.fate for scored in report.card.rows)
    most = max(counts.values())
    assert all(count >= min(most - 1, available[fate]) for fate, count in counts.items())


def test_evidence_is_named_with_its_rank_at_every_stage() -> None:
    quote = EvidenceQuote("a.md", "x" * 100)
    asked = Case("q1", "?", "fact", answerable=True, answer="x", evidence=(quote, EvidenceQuote("b.md", "gone")))
    stages = {
        "lexical": (Place("b.md", 0, 90), Place("a.md", 500, 600), Place("a.md", 0, 60)),
        "dense": (Place("a.md", 60, 90),),
        "reranked": (Place("a.md", 20, 40), Place("a.md", 60, 100)),  # the halves of two hits together
    }
    cited = CitedQuote(Place("a.md", 0, 100), "x" * 100)
    scored = Row("q1", "a.md", "answered", "incomplete", {}, {"KeyFacts": 0.0})
    located = {"q1": LocatedCase(asked, (Piece(quote, (Place("a.md", 0, 100),)),), (asked.evidence[1],))}
    card = Scorecard({}, (scored,), slices((scored,)))
    run = Run({}, {"q1": Outcome("q1", "answered", "x [1]", (cited,), stages)})
    (found,) = worst(Report(card, run, (asked,), located))
    first, second = found["evidence"]
    assert first["ranks"] == {"lexical": 3, "dense": None, "reranked": 2}
    assert (first["cited"], first["located"]) == (True, True)
    assert (second["cited"], second["located"], second["ranks"]) == (False, False, {})
    assert found["said"] == [{"text": "x [1]", "markers": []}]
    assert found["quotes"] == [{"marker": 1, "source": "a.md", "quote": "x" * 100}]


def test_comparison_is_drawn_on_one_axis(report: Report) -> None:
    for found in view(report)["comparisons"]:
        drawn = [line for line in (*found["rows"], *found["others"]) if line["drawn"]]
        assert len(drawn) == 6
        assert all(abs(line[end]) <= found["extent"] for line in drawn for end in ("low", "difference", "high"))
        assert found["better"] + found["worse"] == sum(line["call"] != "no difference shown" for line in found["rows"])


@given(st.lists(st.floats(0.001, 500), min_size=1, max_size=60))
def test_histogram_counts_everyone(seconds: list[float]) -> None:
    ordered = sorted(seconds)
    picture = plots.histogram(seconds, ordered[len(ordered) // 2], ordered[-1], "label")
    titles = etree.fromstring(picture).iter("title")
    assert sum(int(str(title.text).rsplit(": ", 1)[1]) for title in titles) == len(seconds)
    assert len(list(etree.fromstring(picture).iter("title"))) <= plots.BINS


@given(st.floats(1e-6, 1e6), st.integers(1, 40))
def test_steps_cover_their_extent(extent: float, most: int) -> None:
    step = plots.nice_step(extent, most)
    assert step * most >= extent * (1 - 1e-6)
    assert step * most <= 2.6 * extent


@given(st.lists(st.floats(0, 1), max_size=3), st.floats(-3, 3))
def test_pictures_are_well_formed(shares: list[float], value: float) -> None:
    pictures = [plots.bar(value), plots.whisker(value, None, None), plots.forest_row(-1, value, 1, 0.5)]
    pictures += [plots.risk_coverage([(share, share) for share in shares], "<&>")] if shares else []
    for picture in (*pictures, plots.forest_axis(0.3), plots.whisker(None, None, None)):
        etree.fromstring(picture)


def test_written_files_are_the_pages(report: Report, tmp_path: Path) -> None:
    pages = build(report)
    paths = write(pages, tmp_path / "new" / "folder")
    assert [path.name for path in paths] == ["report.html", "report.md", "report.json"]
    assert [path.read_text("utf-8") for path in paths] == [pages.html, pages.markdown, pages.json]
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="Choose another --out"):
        write(pages, tmp_path / "file")


def command(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers().add_parser)
    given_ = parser.parse_args(["report", *map(str, arguments)])
    return int(given_.command(given_))


def test_report_on_the_command_line(bundled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library = Library.open(bundled)
    document = library.documents()[0]
    start = document.text.index(". ", 400) + 2
    quote = document.text[start : document.text.index(".", start) + 1]
    spot = {"source": document.source, "start": start, "end": start + len(quote)}
    cases = [
        {"id": "q1", "question": "What does it say?", "type": "fact", "answerable": True, "key_facts": [quote[:9]],
         "answer": quote, "evidence": [{"source": document.source, "quote": quote}], "split": "test"},
        {"id": "q2", "question": "What pay?", "type": "unanswerable", "answerable": False, "split": "test"},
    ]  # fmt: skip
    gold = tmp_path / "gold.jsonl"
    gold.write_text("".join(json.dumps(asked) + "\n" for asked in cases), encoding="utf-8")
    header = {"kind": "header", "library": {"path": str(bundled), "fingerprint": library.fingerprint}}
    cited = {"marker": 1, "source": spot["source"], "quote": quote, "doc_start": start, "doc_end": spot["end"]}
    answer = {
        "outcome": "answered", "text": f"{quote} [1]", "passages": [{**spot, "text": quote}],
        "citations": [{**cited, "start": 0, "end": len(quote)}], "seconds": {"total": 0.5}, "error": None,
        "stages": {name: [{**spot, "score": 1.0}] for name in ("lexical", "dense", "fused", "reranked")},
    }  # fmt: skip
    refusal = {**answer, "outcome": "not_found", "text": "Not in the documents.", "citations": []}
    runs = []
    for name, second in (("new", refusal), ("old", answer)):
        outcomes = ({"kind": "outcome", "id": i, "answer": said} for i, said in (("q1", answer), ("q2", second)))
        lines = (header, *outcomes)
        runs.append(tmp_path / f"{name}.jsonl")
        runs[-1].write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    out = tmp_path / "report"
    assert command(runs[0], "--gold", gold, "--baseline", runs[1], "--out", out) == 0
    assert capsys.readouterr().out.splitlines() == [str(out / f"report.{end}") for end in ("html", "md", "json")]
    found = json.loads((out / "report.json").read_text("utf-8"))
    assert found["name"] == "new"
    assert [figure["value"] for figure in found["headline"]["figures"]] == [1.0, 1.0, 1.0, 1.0, 0.5]
    assert [against["name"] for against in found["comparisons"]] == ["old"]
    (refused,) = [line for line in found["comparisons"][0]["rows"] if line["measure"] == "Refusal"]
    assert (refused["first"], refused["second"]) == (0.0, 1.0)  # this run minus the baseline
    assert_well_formed((out / "report.html").read_text("utf-8"))

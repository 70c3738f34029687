"""Every letter and digit of a document's visible text is in its clean text: documents made here, and those we have."""

from __future__ import annotations

import html
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.lossless import loss_of, missing_characters, runs
from config import ROOT
from ingest.readers import read
from ingest.structure import structure

SHARED = ROOT.parent / "shared"
SETS = SHARED / "data" / "documents"

# --- documents made here ------------------------------------------------------------------------------------------

# Words and signs of documents, none of which is markup, damage or site furniture.
WORD = st.sampled_from(
    "Lead NLP engineer owns the roadmap ≥90% 2–5 R&D C++ “golden” set’s e.g. 3.5 (aside) m² Größe naïve 自然言語 "
    "โปรแกรม مسؤول 👩‍💻 a/b one-off Dr. No. 1) x→y 5€ KPI: yes; no, end. really? €5k #1 50/50 état".split()
)
LINE = st.lists(WORD, min_size=1, max_size=12).map(" ".join)
# heading with its level, paragraph, list of items with nesting, table of equal rows
PART = st.one_of(
    st.tuples(st.just("heading"), LINE, st.integers(1, 4)),
    st.tuples(st.just("paragraph"), LINE, st.just(0)),
    st.tuples(st.just("list"), st.lists(st.tuples(LINE, st.integers(0, 2)), min_size=1, max_size=4), st.just(0)),
    st.tuples(st.just("table"), st.lists(st.lists(LINE, min_size=3, max_size=3), min_size=1, max_size=4), st.just(0)),
)
OPENING = ("paragraph", "A plain text follows here.", 0)
PARTS = st.lists(PART, max_size=8).map(lambda parts: [OPENING, *parts])
BOUNDED = settings(max_examples=60)


def lines_of(parts):
    """All lines that were put into a document, in order."""
    for kind, body, _ in parts:
        if kind in ("heading", "paragraph"):
            yield body
        elif kind == "list":
            yield from (line for line, _ in body)
        else:
            yield from (cell for row in body for cell in row)


def check(name, data, parts):
    """Nothing lost, nothing invented, and all in order, up to the numbers that open an item."""
    reading = read(name, data)
    text = "\n".join((reading.title, structure(reading.blocks).text))
    wanted = "\n".join(lines_of(parts))
    assert missing_characters(runs(wanted), runs(text)) == {}
    assert [c for c in structure(reading.blocks).text if c.isalnum()] == [c for c in wanted if c.isalnum()]


@BOUNDED
@given(PARTS)
def test_plain_text(parts):
    out = []
    for kind, body, _ in parts:
        if kind in ("heading", "paragraph"):
            out.append(f"{body}\n")
        elif kind == "list":
            out += [f"{'    ' * level}- {line}" for line, level in body]
        else:
            out += [f"| {' | '.join(row)} |" for row in body]
        out.append("")
    check("a.txt", "\n".join(out).encode(), parts)


@BOUNDED
@given(PARTS)
def test_markdown(parts):
    out = ["# Role", "", "## Purpose", ""]
    for kind, body, level in parts:
        if kind == "heading":
            out.append(f"{'#' * level} x {body}")
        elif kind == "paragraph":
            out.append(f"x {body}")
        elif kind == "list":
            out += [f"- x {line}" for line, _ in body]
        else:
            out += [f"| {' | '.join(row)} |" for row in (body[0], ["---"] * 3, *body[1:])]
        out.append("")
    marked = [("paragraph", "Role Purpose", 0)]
    for kind, body, level in parts:
        if kind == "list":
            marked.append((kind, [(f"x {line}", depth) for line, depth in body], level))
        else:
            marked.append((kind, body if kind == "table" else f"x {body}", level))
    check("a.md", "\n".join(out).replace("#1", "\\#1").encode(), marked)


@BOUNDED
@given(PARTS, st.sampled_from(["utf-8", "utf-16"]))
def test_html(parts, encoding):
    out = ["<!doctype html><html><body>"]
    for kind, body, level in parts:
        if kind == "heading":
            out.append(f"<h{level}>{html.escape(body)}</h{level}>")
        elif kind == "paragraph":
            out.append(f"<p>{html.escape(body)}</p>")
        elif kind == "list":
            out.append("<ul>" + "".join(f"<li>{html.escape(line)}</li>" for line, _ in body) + "</ul>")
        else:
            cells = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in body)
            out.append("<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>")
    check("a.html", "\n".join([*out, "</body></html>"]).encode(encoding), parts)


@settings(max_examples=20)
@given(PARTS)
def test_docx(parts):
    import docx

    document = docx.Document()
    for kind, body, level in parts:
        if kind == "heading":
            document.add_heading(body, level)
        elif kind == "paragraph":
            document.add_paragraph(body)
        elif kind == "list":
            for line, depth in body:
                document.add_paragraph(line, style=f"List Bullet {depth + 1}" if depth else "List Bullet")
        else:
            table = document.add_table(rows=len(body), cols=3)
            for row, cells in zip(table.rows, body, strict=True):
                for cell, text in zip(row.cells, cells, strict=True):
                    cell.text = text
    stream = io.BytesIO()
    document.save(stream)
    check("a.docx", stream.getvalue(), parts)


# --- documents we have --------------------------------------------------------------------------------------------


def sample(folder: Path, every: int) -> list[Path]:
    """Every so manieth file of a set, small ones only."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_size < 100_000][::every]


DOCUMENTS = [*sample(SHARED / "role_documents", 1)]
for _name in ("la_job_bulletins", "madetech_roles", "election_jobs", "sourcegraph_handbook", "ft_progression"):
    DOCUMENTS += sample(SETS / _name, 30)


@pytest.mark.skipif(not DOCUMENTS, reason="the documents are not beside this checkout")
def test_real_documents_lose_nothing_without_a_note():
    found = [loss_of(path.name, path.read_bytes()) for path in DOCUMENTS]
    losses = [loss for loss in found if loss is not None]
    assert len(losses) > 5
    assert [(loss.source, loss.examples) for loss in losses if loss.unexplained] == []

"""A report of one run: one self-contained HTML page, the same as Markdown, and the figures as JSON.

``build`` is pure: equal reports give equal bytes. The page needs no script and asks no host for anything; all text
passes through the template's autoescape, and only our own pictures and style sheet are put in as markup.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config import UserError
from eval.report import plots
from eval.report.data import Against, Report
from eval.report.markdown import markdown
from eval.report.view import view

if TYPE_CHECKING:
    from markupsafe import Markup

__all__ = ["Against", "Pages", "Report", "build", "html", "write"]

_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile(r"(?<=\.)|(?<=[a-z]{2})(?=[A-Z])|(?=@)")
TEMPLATES = Path(__file__).resolve().parent / "templates"


@dataclass(frozen=True, slots=True)
class Pages:
    """One report in its three forms."""

    html: str
    markdown: str
    json: str


def build(report: Report) -> Pages:
    """The three forms of a report; JSON holds numbers or null, never NaN."""
    values = _cleaned(view(report))
    figures = json.dumps(values, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    return Pages(html(values), markdown(values), figures)


def html(values: Mapping[str, Any]) -> str:
    """The page of a report's JSON values."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"breakable": _breakable, "initial": lambda words: words[:1].upper() + words[1:]}
    total = next((step for step in values["latency"]["steps"] if step["step"] == "total"), {"p50": None, "p95": None})
    return environment.get_template("report.html").render(
        view=values,
        plots=plots,
        css=(TEMPLATES / "report.css").read_text(encoding="utf-8"),
        sections=_sections(values),
        pairs=[(point[0], point[1]) for point in values["abstention"]["curve"]],
        total=total,
        right=next(fate for fate in values["fates"] if fate["fate"] == "right"),
        failures=[fate for fate in values["fates"] if fate["fate"] != "right"],
    )


def write(pages: Pages, folder: Path) -> tuple[Path, Path, Path]:
    """Write ``report.html``, ``report.md`` and ``report.json`` into a folder, which is made if need be.

    Raises:
        UserError: the folder cannot be written to.

    """
    paths = (folder / "report.html", folder / "report.md", folder / "report.json")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, words in zip(paths, (pages.html, pages.markdown, pages.json), strict=True):
            path.write_text(words, encoding="utf-8", newline="\n")
    except OSError as error:
        message = f"The report cannot be written to {folder}: {error.strerror}. Choose another --out."
        raise UserError(message) from error
    return paths


def _sections(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Anchor and title of every section that the page has."""
    compared = [
        (f"compared-{number}", f"Compared with {found['name']}")
        for number, found in enumerate(values["comparisons"], start=1)
    ]
    return [
        *([("gate", "Release gate")] if values["gate"] is not None else []),
        ("answers", "Answers"),
        ("retrieval", "Retrieval"),
        ("slices", "Slices"),
        ("abstention", "Refusing"),
        ("latency", "Latency"),
        ("fates", "Failures"),
        ("judged", "Judges"),
        ("safety", "Safety"),
        ("worst", "Worst cases"),
        *compared,
        ("about", "About"),
    ]


def _breakable(spelling: str) -> Markup:
    """A spelling that may break after its stage, between its words and before its cutoff."""
    from markupsafe import Markup, escape

    return Markup("<wbr>").join(escape(part) for part in _BREAKS.split(spelling))


def _cleaned(values: Any) -> Any:
    """The same values, with what no UTF-8 page can carry (lone surrogates, control characters) replaced."""
    if isinstance(values, str):
        return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", values)
    if isinstance(values, Mapping):
        return {key: _cleaned(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [_cleaned(value) for value in values]
    return values

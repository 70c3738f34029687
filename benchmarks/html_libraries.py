"""Which library finds a web page's main text: ours (ingest/markup.py), trafilatura, resiliparse, readability-lxml.

Fifteen pages were read by hand; of each, single words that stand only in its text and only in its furniture are
labels. Printed: labels of the text kept, labels of the furniture left, characters, headings, items and rows that come
out, seconds per page. Needs the pages in ``../shared/data/documents`` and the three libraries.

    python -m benchmarks.html_libraries
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

from bs4 import BeautifulSoup

from config import ROOT
from ingest.encodings import decode
from ingest.markup import blocks_of_html

PAGES = ROOT.parent / "shared" / "data" / "documents"
_WEEKLY = "election_jobs/html/"
_SEARCH = "Zipcode highlighted"
_SHOP = "format_torture/onyx/integration/tests/pruning/website/"
_GPT = "format_torture/private_gpt/components/readers/files/"
# Page: words of its text, words of its furniture (in every weekly: search help, mail form, privacy links).
LABELS: dict[str, tuple[str, str]] = {
    _WEEKLY + "01-06.html": ("subtle extinction confidentiality Byrne ODIHR sgreene", _SEARCH + " library Calendar"),
    _WEEKLY + "02-12.html": ("Dunkin Obispo Providence Amore Bautista contracting", _SEARCH + " CAPTCHA Podcasts"),
    _WEEKLY + "03-14.html": ("Schumer Durbin Macomb purging punctual", _SEARCH + " Calendar Privacy"),
    _WEEKLY + "05-19.html": ("instructional redone sentencing convict tentative", _SEARCH + " library Calendar"),
    _WEEKLY + "06-15.html": ("Lamont Darling Haight canvass Incentivizing", _SEARCH + " Calendar Privacy"),
    _WEEKLY + "07-12.html": ("renovating Solia Cavazos felon Hillsborough", _SEARCH + " library Calendar"),
    _WEEKLY + "10-06.html": ("booths footballs Tokaji lessons recount", _SEARCH + " library Calendar"),
    _WEEKLY + "12-05.html": ("Synthesize naturalized Iowan rigorous", _SEARCH + " Podcasts Privacy"),
    _GPT + "another_file_no_utf8.html": (
        "Preparation liable gather injury handled", "LawLytics Inattentive Message Copyright",
    ),
    _GPT + "file.html": ("intellectually Creativity Wellness Indie multidimensional", ""),
    _GPT + "file_window.html": ("perusal Maktoum Gazette Corresponding", ""),
    "format_torture/r2r/html.html": ("metrics Conversion 45,678 optimization", ""),
    _SHOP + "about.html": ("Explicabo Expertise Johne Kerinele Accordion", "WebThemez Career Events conditions"),
    _SHOP + "contact.html": ("Brisbean Telephone Contact", "WebThemez Career Events conditions"),
    _SHOP + "pricing.html": ("Basic Mighty 20.00 Unlimited", "WebThemez Career Events conditions"),
}  # fmt: skip
Found = tuple[str, int, int, int]  # text, headings, items, rows


def ours(page: str) -> Found:
    """Our own reader."""
    blocks, _, _ = blocks_of_html(page)
    kinds = [block.kind.value for block in blocks]
    return "\n".join(b.text for b in blocks), kinds.count("heading"), kinds.count("item"), kinds.count("row")


def by_trafilatura(page: str) -> Found:
    """Library trafilatura, with recall favoured and tables kept, as HTML."""
    import trafilatura

    return counted(trafilatura.extract(page, output_format="html", favor_recall=True, include_tables=True))


def by_readability(page: str) -> Found:
    """Library readability-lxml."""
    from readability import Document

    return counted(Document(page).summary())


def by_resiliparse(page: str) -> Found:
    """Library resiliparse: main text with its form kept; it writes text, so structure is told by its marks."""
    from resiliparse.extract.html2text import extract_plain_text

    text = extract_plain_text(page, main_content=True, list_bullets=True, preserve_formatting=True)
    return text, 0, len(re.findall(r"(?m)^\s*(?:•|\d+\.)\s", text)), 0


def counted(html: str | None) -> Found:
    """What a library's HTML holds."""
    soup = BeautifulSoup(html if html is not None else "", "lxml")
    headings, items, rows = (len(soup.find_all(names)) for names in (["h1", "h2", "h3", "h4", "h5", "h6"], "li", "tr"))
    return soup.get_text(" "), headings, items, rows


LIBRARIES: dict[str, Callable[[str], Found]] = {
    "ingest/markup.py": ours,
    "trafilatura": by_trafilatura,
    "resiliparse": by_resiliparse,
    "readability-lxml": by_readability,
}


def has(word: str, text: str) -> bool:
    """Whether a word stands in a text as a word."""
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def row(name: str, library: Callable[[str], Found]) -> str:
    """One line of the table."""
    kept = wanted = left = unwanted = size = 0
    structure = [0, 0, 0]
    seconds = 0.0
    for path, (content, furniture) in LABELS.items():
        page = decode(path, Path(PAGES / path).read_bytes())
        begin = time.perf_counter()
        text, *counts = library(page)
        seconds += time.perf_counter() - begin
        structure = [a + b for a, b in zip(structure, counts, strict=True)]
        kept += sum(has(word, text) for word in content.split())
        left += sum(has(word, text) for word in furniture.split())
        wanted, unwanted, size = wanted + len(content.split()), unwanted + len(furniture.split()), size + len(text)
    cells = (name, f"{kept}/{wanted}", f"{left}/{unwanted}", f"{size:,}", *map(str, structure))
    return f"| {' | '.join(cells)} | {seconds / len(LABELS):.3f} |"


def main() -> None:
    """Print the table."""
    print("| library | text kept | furniture left | characters | headings | items | rows | seconds per page |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, library in LIBRARIES.items():
        library("<html><body><p>Warm.</p></body></html>")
        print(row(name, library))


if __name__ == "__main__":
    main()

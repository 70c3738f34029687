"""Small files to begin fuzzing with: one of each format, made here, and the small ones of a folder."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from config import UserError
from ingest.readers.sniff import sniff

_TEXT = (
    "Lead Engineer: Role Blueprint\n\n1) Role Summary\nIt\u0e42s late – a – b – c. 2\u0e425 years &amp; more.\n\n"
    "2) Skills\n- Python\n    - typing\n- SQL\n\n| KPI | Target |\n| --- | --- |\n| Recall | ≥90% |\n\n"
    "3) Tools\nGit\tCI\r\nLast updated: 3 May 2024\n"
)
_MARKDOWN = (
    "---\ntitle: Lead\naudience: internal\n---\n# Lead\n\n## Skills\n\n1. a\n   - b\n\n> c\n\n```sh\nd\n```\n\n"
    "| a | b |\n| - | - |\n| c | d |\n\n[x](http://e.org) ![i](j.png) <b>k</b> &nbsp;\n\nTerm\n: no\n\n- [x] done\n"
)
_HTML = (
    '<!doctype html><html><head><meta charset="utf-8"><title>T</title>'
    "<style>.x{display:none}</style></head><body><nav>n</nav>"
    "<main><h1>Lead</h1><p class=x>h</p><ul><li>a<ol><li>b</ol></ul>"
    "<table><tr><th colspan=2>c<th>d<tr><td rowspan=2>e<td>f<td>g"
    "</table><dl><dt>t<dd>d</dl><pre>p\n q</pre><!-- c --><img alt='✓'><details><summary>s</summary>t</details></main>"
)
_JSON = '{"id":1,"title":{"rendered":"A &#8211; B"},"content":{"rendered":"<h2>S</h2><p>t</p>"},"date":"2024-01-01"}'
_FRAMEWORK = '{"name":"Lead","levels":[{"level":1,"skills":["a","b"],"criteria":{"x":"y"}},{"level":2,"n":null}]}'
_YAML = "name: Lead\nlevels:\n  - level: 1\n    skills: [a, b]\n    text: >\n      folded\n  - &x {level: 2}\n  - *x\n"
_CSV = 'Metric;Target;"Own; er"\nRecall;"≥ 90 %";"a ""b"""\n;;\n1,5;2;3\n'
_EML = (
    "From: A <a@example.com>\r\nTo: b@example.com\r\nSubject: =?utf-8?q?R=C3=B6le?=\r\n"
    "Date: Mon, 6 May 2024 10:00:00 +0000\r\n"
    'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="x"\r\n\r\n'
    "--x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    "Hi =E2=80=93 there\r\n> quoted\r\n-- \r\nsig\r\n--x\r\n"
    "Content-Type: text/html\r\n\r\n<p>Hi</p>\r\n--x--\r\n"
)
_RTF = (
    r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}{\info{\title T}}{\*\generator x}\pard\b Head\b0\par "
    r"caf\'e9 \u8211? dash\par{\pntext\'b7\tab}item\par\trowd\cellx100\cellx200 a\cell b\cell\row\pard\v hidden\v0\par}"
)
_PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 75>>stream
BT /F 18 Tf 20 250 Td (Lead Engineer) Tj 0 -30 Td /F 10 Tf (- one item) Tj ET
endstream endobj 5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R/Size 6>>
%%EOF"""


def _docx() -> bytes:
    import docx

    document = docx.Document()
    document.add_heading("Lead", 1)
    document.add_paragraph("An item", style="List Bullet")
    table = document.add_table(2, 2)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "a"
    table.cell(1, 1).text = "b"
    return _saved(document)


def _pptx() -> bytes:
    from pptx import Presentation
    from pptx.util import Inches

    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Lead"
    slide.placeholders[1].text = "a\nb"
    slide.shapes.add_table(2, 2, 0, 0, Inches(2), Inches(1)).table.cell(0, 0).text = "c"
    return _saved(deck)


def _xlsx() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    for row in (("Metric", "Target"), ("Recall", 0.9), ("Since", "2024-01-01"), ("Sum", "=B2+1")):
        book.active.append(row)
    book.active.merge_cells("A5:B5")
    return _saved(book)


def _odt() -> bytes:
    from odfdo import Document, Header, List, ListItem

    document = Document("text")
    document.body.clear()
    document.body.append(Header(1, "Lead"))
    items = List()
    items.append(ListItem("an item"))
    document.body.append(items)
    return _saved(document)


def _epub() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
            '<rootfile full-path="a.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
        )
        archive.writestr(
            "a.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
            '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>T</dc:title></metadata><manifest>'
            '<item id="p" href="page.xhtml" media-type="application/xhtml+xml"/>'
            '</manifest><spine><itemref idref="p"/></spine></package>',
        )
        page = '<html xmlns="http://www.w3.org/1999/xhtml"><body><h1>Lead</h1><p>t</p></body></html>'
        archive.writestr("page.xhtml", page)
    return out.getvalue()


def _saved(document: object) -> bytes:
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


def made() -> dict[str, list[bytes]]:
    """Files by format."""
    return {
        "text": [_TEXT.encode(), _TEXT.encode("utf-16"), _TEXT.encode("cp874", "replace")],
        "markdown": [_MARKDOWN.encode()],
        "html": [_HTML.encode()],
        "json": [_JSON.encode(), _FRAMEWORK.encode()],
        "yaml": [_YAML.encode()],
        "csv": [_CSV.encode()],
        "eml": [_EML.encode()],
        "rtf": [_RTF.encode()],
        "pdf": [_PDF],
        "docx": [_docx()],
        "pptx": [_pptx()],
        "xlsx": [_xlsx()],
        "odt": [_odt()],
        "epub": [_epub()],
    }


def write_seeds(folder: Path, name: str, more: Path | None, largest: int) -> None:
    """Write ``folder/seed.<name>`` and the seeds of one target, files and the main parts of zip files, to a folder."""
    from benchmarks.fuzz import MAIN_PART

    corpus = folder / name
    corpus.mkdir()
    files = made()
    chosen = files[name] if name in files else [data for group in files.values() for data in group]
    for path in sorted(more.rglob("*")) if more is not None else []:
        if path.is_file() and path.stat().st_size <= largest:
            data = path.read_bytes()
            try:
                wanted = name not in files or sniff(path.name, data) == name
            except UserError:
                wanted = False
            chosen += [data] if wanted else []
    if name in files:
        (folder / f"seed.{name}").write_bytes(files[name][0])
    for number, data in enumerate(chosen):
        if len(data) <= largest:
            (corpus / f"{number}").write_bytes(data)
        if name in MAIN_PART:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                if MAIN_PART[name] in archive.namelist():
                    (corpus / f"{number}-part").write_bytes(archive.read(MAIN_PART[name]))

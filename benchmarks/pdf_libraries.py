"""Compare PDF libraries on the pairs of job bulletins (PDF and text twin) and on the torture files.

    python benchmarks/pdf_libraries.py [../shared/data/documents]

For each library: the share of words that PDF and twin have in common in order (longest common subsequence of words over
the words of the PDF, and over those of the twin), seconds, and failures. The last row is Rolebook's own reader.
"""

from __future__ import annotations

import io
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rapidfuzz.distance import LCSseq

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

ROOT = Path(__file__).resolve().parent.parent


def words(text: str) -> list[str]:
    """Runs of letters and digits in lower case; the twins have no dots, bullets and lines that a PDF draws."""
    return re.findall(r"[^\W_]+", text.lower())


def shared(pdf: list[str], twin: list[str]) -> tuple[float, float]:
    """The share of each side's words that stand in the other in the same order."""
    if not pdf or not twin:
        return 0.0, 0.0
    common = LCSseq.similarity(pdf, twin)
    return common / len(pdf), common / len(twin)


def with_pypdfium2(data: bytes) -> str:
    """Text of every page by PDFium (BSD-3-Clause), bindings Apache-2.0 or BSD-3-Clause."""
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def with_pdfplumber(data: bytes) -> str:
    """Text of every page by pdfplumber (MIT) over pdfminer.six (MIT)."""
    import pdfplumber

    with pdfplumber.open(io.BytesIO(data)) as document:
        return "\n".join(page.extract_text() for page in document.pages)


def with_pdfminer(data: bytes) -> str:
    """Text of the whole file by pdfminer.six (MIT) and its layout analysis."""
    from pdfminer.high_level import extract_text

    return extract_text(io.BytesIO(data))


def with_pypdf(data: bytes) -> str:
    """Text of every page by pypdf (BSD-3-Clause)."""
    import pypdf

    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)


def with_rolebook(data: bytes) -> str:
    """Text of the blocks that Rolebook's reader makes."""
    from config import IngestConfig
    from ingest.readers.pdf import read_pdf

    reading = read_pdf("file.pdf", data, IngestConfig())
    return "\n".join(block.text for block in reading.blocks)


LIBRARIES: dict[str, Callable[[bytes], str]] = {
    "pypdfium2": with_pypdfium2,
    "pdfplumber": with_pdfplumber,
    "pdfminer.six": with_pdfminer,
    "pypdf": with_pypdf,
    "rolebook": with_rolebook,
}


def pairs(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Each PDF with the text file of the same class code."""
    texts = {}
    for path in sorted((folder / "txt").glob("*.txt")):
        match = re.search(r" (\d{4}) ", path.name)
        if match is not None:
            texts.setdefault(match[1], path)
    for path in sorted((folder / "pdf").glob("*.pdf")):
        match = re.search(r" (\d{4}) ", path.name)
        if match is not None and match[1] in texts:
            yield path, texts[match[1]]


def measure(name: str, folder: Path) -> None:
    """One row of the table, and the pairs below 95 %."""
    read = LIBRARIES[name]
    rows = []
    start = time.perf_counter()
    for pdf, twin in pairs(folder / "la_job_bulletins"):
        text = words(read(pdf.read_bytes()))
        rows.append((*shared(text, words(twin.read_text(encoding="utf-8", errors="replace"))), pdf.name))
    seconds = time.perf_counter() - start
    start, failures, files, slowest = time.perf_counter(), 0, 0, 0.0
    for path in sorted((folder / "format_torture").rglob("*.pdf")):
        files += 1
        begun = time.perf_counter()
        try:
            failures += not words(read(path.read_bytes()))
        except Exception:  # whatever a library raises is a failure here
            failures += 1
        slowest = max(slowest, time.perf_counter() - begun)
    of_pdf, of_twin = [row[0] for row in rows], [row[1] for row in rows]
    print(
        f"| {name} | {statistics.median(of_pdf):.3f} | {min(of_pdf):.3f} | {statistics.median(of_twin):.3f} |"
        f" {min(of_twin):.3f} | {sum(min(r[:2]) >= 0.95 for r in rows)} of {len(rows)} | {seconds:.2f} |"
        f" {failures} of {files} | {slowest:.2f} |"
    )
    if name == "rolebook":
        for of_one, of_other, file in sorted(rows):
            if min(of_one, of_other) < 0.95:
                print(f"  below 95 %: {file}: {of_one:.3f} of the PDF's words, {of_other:.3f} of the twin's")


def main() -> None:
    """Print the table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "data" / "documents"
    print("| library | of PDF, median | min | of twin, median | min | ≥ 95 % | s | torture without text | slowest s |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in sys.argv[2:] if len(sys.argv) > 2 else LIBRARIES:
        measure(name, folder)


if __name__ == "__main__":
    main()

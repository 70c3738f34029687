"""What becomes of every file of a folder: text or one clear line, and how long it took.

    python benchmarks/outcomes.py DIR [DIR ...] [--files] [--markdown]

One line per folder; with ``--files`` one per file. A file that failed for a fault of ours is counted apart.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def main() -> int:
    """Ingest each folder into a library of its own; exit code 1 when a file failed by our fault."""
    from config import Config
    from ingest.pipeline import ingest
    from ingest.records import FileReport

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--files", action="store_true", help="a line for each file")
    parser.add_argument("--markdown", action="store_true", help="as a table for a document")
    options = parser.parse_args()

    def row(*cells: object) -> None:
        texts = [str(cell) for cell in cells]
        print("| " + " | ".join(texts) + " |" if options.markdown else "  ".join(texts), flush=True)

    def outcome(report: FileReport) -> str:
        if report.status != "failed":
            return f"{report.characters:,} characters, {report.sections} sections, {report.units} units"
        return report.message.removeprefix(f"{report.source} ")

    faults = 0
    if options.markdown and not options.files:
        row("folder", "files", "text", "clear line", "our fault", "about a role", "sections", "units", "slowest, s")
        row(*["---"] * 9)
    for folder in options.folders:
        with tempfile.TemporaryDirectory() as name:
            reports = ingest([folder], Path(name), Config())
        ours = [report for report in reports if "fault of Rolebook" in report.message]
        faults += len(ours)
        counts = Counter(report.status for report in reports)
        if options.files:
            for report in reports:
                row(report.source, report.format, f"{report.seconds:.2f}", outcome(report))
            continue
        row(
            folder.name, len(reports), counts["added"], counts["failed"] - len(ours), len(ours),
            sum(report.role != "" for report in reports), sum(report.sections for report in reports),
            sum(report.units for report in reports), f"{max(report.seconds for report in reports):.1f}",
        )  # fmt: skip
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Whether ingestion finds the parts of job bulletins: a random sample of 60 of 324, read whole by two annotators.

    .venv/bin/python benchmarks/bulletins.py [FOLDER]

Each annotator read 30 files line by line without seeing any output of ours. The labels (tests/cases/bulletins.json) are
line numbers of the raw files (counted by line feeds): the class title, the lines with a salary, the first and last line
of the parts on salary, duties, requirements, the process of application and selection, and general notices; and the
class code. A field counts as found

- title: as the beginning of the document's title, and as its role in whatever case;
- code: as the document's code;
- amounts: when each of the lines stands whole in a section of the kind compensation;
- salary, duties, requirements: when the part's first line is the heading of sections of the right kind that hold all of
  its lines (letters and digits compared, list markers and spaces not) and nothing after them;
- process: when every line of every part stands in a section of the kind how to apply or hiring. What only some
  positions ask for ("selective certification") the annotators could as well have called a requirement, and said so: it
  may stand among the qualifications. "process, strictly" does not allow that.

Notices have no heading in most files and are left where they stand, in the section before them; that is counted too.
Sample: ``random.Random(4).sample(sorted(names), 60)``. Takes seconds.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from config import ROOT, load
from ingest.library import Library
from ingest.pipeline import ingest
from ingest.records import Document, Kind

FOLDER = ROOT.parent / "shared" / "data" / "documents" / "la_job_bulletins" / "txt"
LABELS = ROOT / "tests" / "cases" / "bulletins.json"
FIELDS = (
    *("title", "code", "amounts", "salary", "duties", "requirements", "process", "process, strictly", "notices kept"),
)
_PROCESS = frozenset({Kind.APPLICATION, Kind.HIRING})
_KINDS = {
    "salary": frozenset({Kind.COMPENSATION}),
    "duties": frozenset({Kind.RESPONSIBILITIES}),
    "requirements": frozenset({Kind.QUALIFICATIONS}),
}


def letters(text: str) -> str:
    """Letters and digits only, in lower case, without the numbers of list items at line starts."""
    return "".join(re.findall(r"[^\W_]+", text.lower()))


def raw_lines(path: Path) -> list[str]:
    """The lines of a raw file, blank ones included."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    return [" ".join(line.split()) for line in text.split("\n")]


def missing(document: Document, label: Mapping[str, Any], lines: list[str]) -> list[str]:
    """The labelled fields that the document does not have as they should be."""
    title = letters(lines[label["title"] - 1].removesuffix("REVISED"))
    checks = {
        "title": letters(document.title).startswith(title) and letters(document.role) == title,
        "code": document.code == label["code"],
        "amounts": all(_stands(document, lines[number - 1], _KINDS["salary"]) for number in label["amounts"]),
        "process": all(
            _stands(document, line, _PROCESS | (_KINDS["requirements"] if _is_either(lines, span) else frozenset()))
            for span in label["process"]
            for line in _lines(lines, [span])
        ),
        "process, strictly": all(_stands(document, line, _PROCESS) for line in _lines(lines, label["process"])),
        "notices kept": all(_stands(document, line, frozenset(Kind)) for line in _lines(lines, label["notices"])),
    }
    checks |= {name: _has(document, lines, label[name], kinds) for name, kinds in _KINDS.items()}
    return [name for name in FIELDS if not checks[name]]


def _is_either(lines: list[str], span: tuple[int, int]) -> bool:
    return letters(lines[span[0] - 1]).startswith("selectivecertification")


def _lines(lines: list[str], spans: list[tuple[int, int]]) -> list[str]:
    return [line for first, last in spans for line in lines[first - 1 : last] if letters(line)]


def _stands(document: Document, line: str, kinds: frozenset[Kind]) -> bool:
    return any(letters(line) in letters(s.text) for s in document.sections if s.kind in kinds)


def _has(document: Document, lines: list[str], span: tuple[int, int], kinds: frozenset[Kind]) -> bool:
    """Whether the sections under the heading on the span's first line hold the span and nothing else."""
    heading = lines[span[0] - 1]
    wanted = letters(" ".join(lines[span[0] - 1 : span[1]]))
    starts = [s.index for s in document.sections if s.heading and s.heading[-1] == heading and s.kind in kinds]
    for start in starts:
        depth = len(document.sections[start].heading)
        stop = start + 1
        while stop < len(document.sections) and len(document.sections[stop].heading) > depth:
            stop += 1
        inside = document.sections[start:stop]
        held = letters("".join(s.text for s in inside))
        if held == wanted and all(s.kind in kinds for s in inside):
            return True
    return False


def judge(folder: Path) -> dict[str, list[str]]:
    """Per labelled file: the fields that were not found."""
    labels = json.loads(LABELS.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as made:
        ingest([folder / label["file"] for label in labels], Path(made) / "library", load("embedded"))
        documents = {d.source: d for d in Library.open(Path(made) / "library").documents()}
    return {
        label["file"]: missing(documents[label["file"]], label, raw_lines(folder / label["file"])) for label in labels
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    outcome = judge(parser.parse_args().folder)
    print("| field | found | of | share |\n| --- | --- | --- | --- |")
    for field in FIELDS:
        found = sum(field not in lost for lost in outcome.values())
        print(f"| {field} | {found} | {len(outcome)} | {100 * found / len(outcome):.1f} % |")
    for name, lost in outcome.items():
        if lost:
            print(f"{name}: {', '.join(lost)}")


if __name__ == "__main__":
    main()

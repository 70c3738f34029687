"""Coverage-guided fuzzing of cleaning and reading (atheris): only ``UserError`` may come out, quickly, and true spans.

    python benchmarks/fuzz.py [TARGET ...] [--seconds 60] [--crashes FOLDER] [--seeds FOLDER]

Without a target, all run one after the other. A finding (an exception, a broken promise, over two seconds for one
input) is written to the folder with its input and its traceback, once for each place; a target goes on after one.
For formats that are zip files half of the inputs become the main part of a whole file. Seeds are small files made
here and, with ``--seeds``, the small ones of a folder. atheris (Apache-2.0) is a development tool and no requirement.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SLOW = 2.0  # seconds for one input
LARGEST_SEED = 30_000  # bytes
MAIN_PART = {
    "docx": "word/document.xml",
    "odt": "content.xml",
    "pptx": "ppt/slides/slide1.xml",
    "xlsx": "xl/worksheets/sheet1.xml",
    "epub": "page.xhtml",
}
READERS = (*MAIN_PART, *("text", "markdown", "html", "json", "yaml", "csv", "eml", "rtf", "pdf"))
TARGETS = ("clean", "decode", "sniff", "read", *READERS)


class BrokenPromiseError(Exception):
    """Something that ingestion promises does not hold."""


def promise(*, holds: bool, what: str) -> None:
    """Raise when it does not hold."""
    if not holds:
        raise BrokenPromiseError(what)


def check_cleaning(text: str) -> None:
    """Every change can be done again and undone, nothing unstorable remains, and the notes count the lines."""
    from ingest.clean import TEXT_STEPS, clean
    from ingest.replay import changes, redo, undo

    cleaned, notes = clean(text, TEXT_STEPS)
    made = changes(text, TEXT_STEPS)
    promise(holds=redo(text, made) == cleaned, what="redone is clean")
    promise(holds=undo(cleaned, made) == text, what="undone is raw")
    promise(holds=all(note.count > 0 for note in notes), what="notes count something")
    cleaned.encode("utf-8")


def check_reading(reading: object) -> None:
    """Blocks become a document whose places are true spans of a text that can be stored."""
    from ingest.identity import name_document
    from ingest.records import Reading
    from ingest.structure import structure

    if not isinstance(reading, Reading):
        raise BrokenPromiseError(type(reading).__name__)
    _, _, blocks = name_document("a", reading.title, reading.blocks)
    made = structure(blocks)
    made.text.encode("utf-8")
    for section in made.sections:
        promise(holds=made.text[section.start : section.end] == section.text, what="a section is its span")
    for unit in made.units:
        promise(holds=made.text[unit.start : unit.end] == unit.text, what="a unit is its span")
    bounds = [place for unit in made.units for place in (unit.start, unit.end)]
    promise(holds=bounds == sorted(bounds), what="units are in order")
    promise(holds=all(note.count > 0 and "\n" not in note.step for note in reading.notes), what="notes count something")
    promise(holds=all(block.text.strip() for block in reading.blocks), what="no block is empty")


def target(name: str, seeds: Path) -> Callable[[bytes], None]:
    """What is done with one input."""
    from config import IngestConfig
    from ingest.encodings import decode, decode_noted
    from ingest.readers import read, reader_for
    from ingest.readers.sniff import sniff

    limits = IngestConfig(max_unpacked_megabytes=20, max_pages=50, ocr=False)
    if name == "clean":
        return lambda data: check_cleaning(data.decode("utf-8", "surrogateescape" if data[:1] == b"!" else "replace"))
    if name == "decode":
        return lambda data: check_cleaning(decode_noted("a", data)[0])
    if name == "sniff":
        return lambda data: promise(holds=sniff("a", data) != "", what="a format has a name")
    if name == "read":
        return lambda data: check_reading(read("a", data, limits))
    reader = reader_for(name)
    whole = next((path.read_bytes() for path in sorted(seeds.glob(f"seed.{name}"))), b"")
    as_text = name in ("text", "markdown", "html", "json", "yaml", "csv")

    def check(data: bytes) -> None:
        if as_text:
            decode("a", data)
        if name == "json" and sniff("a", data) != "json":  # its reader is only asked for what is JSON
            return
        if name in MAIN_PART and data[:2] != b"PK":
            data = with_part(whole, MAIN_PART[name], data)
        check_reading(reader("a", data, limits))

    return check


def with_part(whole: bytes, part: str, data: bytes) -> bytes:
    """A zip file with one part exchanged."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.namelist():
            new.writestr(member, data if member == part else old.read(member))
    return out.getvalue()


def recorded(check: Callable[[bytes], None], folder: Path) -> Callable[[bytes], None]:
    """The target with everything but ``UserError`` written down and passed over."""
    from config import UserError

    folder.mkdir(parents=True, exist_ok=True)

    def run(data: bytes) -> None:
        started = time.perf_counter()
        problem = ""
        try:
            check(data)
        except UserError as error:
            if "\n" in str(error):
                problem = f"UserError of several lines: {error}"
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a panic in a library's Rust code is no Exception
            ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "/ingest/" in frame.filename]
            place = f"{ours[-1].filename}:{ours[-1].lineno}" if ours else ""
            problem = f"{type(error).__name__} at {place}\n{traceback.format_exc()}"
        took = time.perf_counter() - started
        if not problem and took > SLOW:
            problem = f"slow, by a factor of {round(took / SLOW)} or so\n{took:.1f} s for {len(data)} bytes"
        if problem:
            name = sha256(problem.split("\n", maxsplit=1)[0].encode()).hexdigest()[:12]
            if not (folder / f"{name}.txt").exists():
                (folder / f"{name}.txt").write_text(problem, encoding="utf-8", errors="backslashreplace")
                (folder / f"{name}.bin").write_bytes(data)

    return run


def fuzz(name: str, seconds: int, crashes: Path, seeds: Path) -> None:
    """Run one target in this process, which atheris ends."""
    import importlib

    import atheris

    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    with atheris.instrument_imports(include=["ingest"]):
        for path in sorted((ROOT / "ingest").rglob("*.py")):
            if path.stem not in ("__main__", "__init__"):
                with contextlib.suppress(ImportError):  # shows when a reader is asked for
                    importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    check = recorded(target(name, seeds), crashes / name)
    corpus = seeds / name
    options = (f"-max_total_time={seconds}", "-timeout=60", "-rss_limit_mb=4000", "-max_len=20000", "-verbosity=1")
    atheris.Setup([sys.argv[0], str(corpus), *options, f"-artifact_prefix={crashes / name}/"], check)
    atheris.Fuzz()


def main() -> int:
    """Run the targets, each in a process of its own, and list what they found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("targets", nargs="*", default=TARGETS, metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--crashes", type=Path, default=Path(tempfile.gettempdir()) / "rolebook-fuzz")
    parser.add_argument("--seeds", type=Path)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside is not None:
        fuzz(options.targets[0], options.seconds, options.crashes, options.inside)
    from benchmarks.fuzz_seeds import write_seeds

    for name in options.targets:
        seeds = Path(tempfile.mkdtemp())
        write_seeds(seeds, name, options.seeds, LARGEST_SEED)
        command = [sys.executable, __file__, name, "--inside", str(seeds), "--seconds", str(options.seconds)]
        command += ["--crashes", str(options.crashes)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        last = next((line for line in reversed(result.stderr.splitlines()) if "cov:" in line or "Done" in line), "")
        print(f"{name}: exit {result.returncode}, {last.strip()[:110]}", flush=True)
        if result.returncode:
            print(result.stderr[-1500:])
        for finding in sorted((options.crashes / name).glob("*.txt")):
            print(f"  {finding}: {finding.read_text(encoding='utf-8').splitlines()[0]}", flush=True)
        shutil.rmtree(seeds)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

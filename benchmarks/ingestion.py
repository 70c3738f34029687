"""How fast documents become a library, and how that grows.

    python benchmarks/ingestion.py formats [DIR ...]   files and MB per second for each format, one process
    python benchmarks/ingestion.py curve               100 to 10,000 documents: seconds, memory, and an unchanged run
    python benchmarks/ingestion.py embedding           the index's embedding step against the bare embedder

Documents of the curve are generated (seeded), so that none repeats another. Embedding is timed apart: the first two do
not embed anything.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SIZES = (100, 300, 1_000, 3_000, 10_000)
WORDS = (ROOT / "documents" / "junior-nlp-engineer.md").read_text(encoding="utf-8").split()


def formats(folders: list[Path]) -> None:
    """Read and make every file in this process; what cannot be read is not counted."""
    from config import Config
    from ingest.make import Made, MakeRequest, Read, ReadRequest
    from ingest.worker import answer

    settings = Config()
    seconds: dict[str, list[float]] = defaultdict(list)
    sizes: dict[str, list[int]] = defaultdict(list)
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            read = answer(ReadRequest(path.name, str(path), settings))
            if not isinstance(read.found, Read):
                continue
            made = answer(MakeRequest(path.name, read.found.sha256, read.found.packed, frozenset(), settings))
            if isinstance(made.found, Made):
                seconds[made.found.report.format].append(read.seconds + made.seconds)
                sizes[made.found.report.format].append(path.stat().st_size)
    print(f"{'format':<12}{'files':>6}{'MB':>8}{'files/s':>9}{'MB/s':>8}{'median s':>10}{'longest s':>11}")
    for name in sorted(seconds):
        total, size = sum(seconds[name]), sum(sizes[name]) / 1e6
        print(
            f"{name:<12}{len(seconds[name]):>6}{size:>8.2f}{len(seconds[name]) / total:>9.1f}{size / total:>8.2f}"
            f"{statistics.median(seconds[name]):>10.3f}{max(seconds[name]):>11.2f}"
        )


def generated(folder: Path, count: int) -> None:
    """``count`` blueprints of about 10,000 characters."""
    folder.mkdir()
    for number in range(count):
        chance = random.Random(number)
        lines = [f"# Role {number}: Role Blueprint", ""]
        for part in range(1, 13):
            lines += [f"## {part}) Part {part}", ""]
            lines += [f"- {' '.join(chance.choices(WORDS, k=14))}." for _ in range(8)]
        (folder / f"role-{number}.md").write_text("\n".join(lines), encoding="utf-8")


def curve() -> None:
    """Each size is ingested twice in processes of their own: from nothing, and again with nothing changed."""
    print(f"{'documents':>10}{'MB':>8}{'seconds':>9}{'docs/s':>8}{'peak MB':>9}{'unchanged s':>13}")
    for size in SIZES:
        with tempfile.TemporaryDirectory() as name:
            generated(Path(name) / "documents", size)
            megabytes = sum(path.stat().st_size for path in (Path(name) / "documents").iterdir()) / 1e6
            line = [sys.executable, str(Path(__file__)), "once", name]
            first, peak = (float(part) for part in subprocess.check_output(line, text=True).split())
            again, _ = (float(part) for part in subprocess.check_output(line, text=True).split())
        print(f"{size:>10,}{megabytes:>8.1f}{first:>9.1f}{size / first:>8.0f}{peak:>9.0f}{again:>13.2f}", flush=True)


def once(folder: Path) -> None:
    """Seconds and the peak memory (MB) of the ingest and its largest reading process."""
    from config import Config
    from ingest.pipeline import ingest
    from ingest.workers import workers_for

    started = time.perf_counter()
    ingest([folder / "documents"], folder / "library", Config())
    seconds = time.perf_counter() - started
    workers_for(Config().ingest).close()  # a process that has ended can be asked for its peak
    peak = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1000
    print(seconds, peak)


def embedding(repetitions: int) -> None:
    """The same texts through the index's build and through the bare embedder, in turn."""
    from config import Config
    from ingest.library import Library
    from ingest.pipeline import ingest
    from retrieval.index import sync
    from retrieval.models import open_embedder

    embedder = open_embedder(Config().embedder)
    with tempfile.TemporaryDirectory() as name:
        ingest([ROOT / "documents"], Path(name) / "library", Config())
        library = Library.open(Path(name) / "library")
        texts = [chunk.indexed for chunk in library.chunks()]
        embedder.embed(texts[:32])
        bare, built = [], []
        for repetition in range(repetitions):
            started = time.perf_counter()
            embedder.embed(texts)
            bare.append(time.perf_counter() - started)
            copy = Path(name) / f"copy {repetition}"
            copy.mkdir()
            (copy / "library.sqlite").write_bytes((Path(name) / "library" / "library.sqlite").read_bytes())
            started = time.perf_counter()
            sync(Library.open(copy), embedder)
            built.append(time.perf_counter() - started)
    ratios = [after / before for before, after in zip(bare, built, strict=True)]
    print(f"{len(texts)} chunks, {repetitions} repetitions, medians")
    print(f"bare embedder      {statistics.median(bare):.2f} s ({len(texts) / statistics.median(bare):.0f} chunks/s)")
    print(f"index from nothing {statistics.median(built):.2f} s (embedding, BM25, writing)")
    print(f"ratio              {statistics.median(ratios):.3f}")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("formats", "curve", "embedding", "once"))
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    data = ROOT.parent / "shared" / "data" / "documents"
    match options.what:
        case "formats":
            formats(options.folders if options.folders else [ROOT / "documents", data])
        case "curve":
            curve()
        case "once":
            once(options.folders[0])
        case _:
            embedding(options.repetitions)


if __name__ == "__main__":
    main()

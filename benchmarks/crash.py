"""Kill an ingest at random moments, again and again, and look whether the library is whole and the next ingest ends.

    python benchmarks/crash.py [--kills 50] [--files 300]

Every round changes some of the files, starts an ingest in a process of its own, kills it (SIGKILL, with its reading
processes) after a random time between its first and its last moment, checks the library, and compares its documents
with the states before and after: it must be one of the two, never a mix. At the end one undisturbed ingest must give
the same library as an ingest into an empty folder.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

WORDS = "plan lead review team metric risk budget report model data owner quarter release incident goal".split()


def write_some(folder: Path, files: int, chance: random.Random) -> None:
    """New text for a third of the files; now and then one goes or gets another name."""
    for number in range(files):
        path = folder / f"role {number}.txt"
        if path.exists() and chance.random() > 1 / 3:
            continue
        parts = []
        for part in range(1, 9):
            sentences = [" ".join(chance.choices(WORDS, k=12)).capitalize() + "." for _ in range(6)]
            parts += [f"{part}) Part {part}", *sentences]
        path.write_text(f"Role {number}\n\n" + "\n\n".join(parts) + "\n", encoding="utf-8")
    for path in chance.sample(sorted(folder.iterdir()), 3):
        path.rename(path.with_name(f"{chance.random():.9f}.txt"))


def command(documents: Path, library: Path) -> subprocess.Popen[bytes]:
    """An ingest in a process group of its own."""
    line = [sys.executable, "-m", "ingest", str(documents), "--library", str(library)]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(line, cwd=ROOT, stdout=quiet, stderr=quiet, start_new_session=True)


def main() -> int:
    """Run the rounds and print what came of them."""
    from ingest.check import faults_of
    from ingest.library import Library

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        documents, library = Path(name) / "documents", Path(name) / "library"
        documents.mkdir()
        write_some(documents, options.files, chance)
        started = time.perf_counter()
        command(documents, library).wait()
        whole = time.perf_counter() - started
        while outcomes["killed"] < options.kills:
            before = Library.open(library).fingerprint
            write_some(documents, options.files, chance)
            running = command(documents, library)
            time.sleep(chance.uniform(0.0, 1.1 * whole))
            if running.poll() is not None:
                outcomes["ended before the kill"] += 1
                continue
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
            outcomes["killed"] += 1
            faults = list(faults_of(Library.open(library)))
            after = Library.open(library).fingerprint
            outcomes["whole" if not faults else "damaged"] += 1
            if after == before:
                outcomes["the old state"] += 1
                continue
            again = command(documents, library)
            again.wait()
            outcomes["the new state" if Library.open(library).fingerprint == after else "a mix"] += 1
        resumed = command(documents, library).wait() == 0
        command(documents, Path(name) / "fresh").wait()
        same = Library.open(library).fingerprint == Library.open(Path(name) / "fresh").fingerprint
    print(f"an undisturbed ingest of {options.files} files: {whole:.1f} s")
    for outcome, count in outcomes.items():
        print(f"{outcome:<24}{count:>4}")
    print(f"the last ingest ended well: {resumed}; the library equals one made from nothing: {same}")
    return 0 if resumed and same and not outcomes["damaged"] and not outcomes["a mix"] else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""Near-duplicates in folders of documents: groups, recall against all pairs, the gap around the threshold, speed.

    .venv/bin/python benchmarks/duplicates.py ../shared/data/documents/la_job_bulletins [MORE FOLDERS] [--list 30]
    .venv/bin/python benchmarks/duplicates.py --speed 10000

Reads .txt, .md and .pdf files (a PDF as pypdfium2 gives it). ``--list`` prints that many pairs, the least similar
found ones first and then the most similar of those not found, to be read by hand. ``--speed`` makes that many
documents of 700 made-up words, a tenth of them lightly edited copies.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ingest.duplicates import THRESHOLD, _jaccard, _shingles, groups, pairs, signature


def text_of(path: Path) -> str:
    """The raw text of a file."""
    if path.suffix != ".pdf":
        return path.read_text(encoding="utf-8", errors="replace")
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def all_pairs(texts: dict[str, str]) -> dict[tuple[str, str], float]:
    """The exact similarity of every pair."""
    shingles = {source: _shingles(text) for source, text in sorted(texts.items())}
    names = [name for name, made in shingles.items() if len(made)]
    return {
        (first, second): _jaccard(shingles[first], shingles[second])
        for place, first in enumerate(names)
        for second in names[place + 1 :]
    }


def study(folder: Path, listed: int) -> None:
    """Everything about one folder."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in (".txt", ".md", ".pdf"))
    texts = {path.relative_to(folder).as_posix(): text_of(path) for path in paths}
    signatures = {source: signature(text) for source, text in texts.items()}
    started = time.perf_counter()
    found = {(pair.first, pair.second) for pair in pairs(signatures, text_of=texts.__getitem__)}
    seconds = time.perf_counter() - started
    guessed = {(pair.first, pair.second) for pair in pairs(signatures)}
    exact = all_pairs(texts)
    true = {pair for pair, value in exact.items() if value >= THRESHOLD}
    made = groups(signatures, text_of=texts.__getitem__)
    inside = {source for group in made for source in group.sources}
    print(f"\n{folder.name}: {len(texts)} documents, {len(exact):,} pairs, {len(true)} at {THRESHOLD} or more")
    print(f"  found {len(found)}, right {len(found & true)}, missed {len(true - found)} ({seconds:.2f} s with texts)")
    print(f"  by signatures alone {len(guessed)}, right {len(guessed & true)}, missed {len(true - guessed)}")
    alone = {source for pair in true for source in pair} - inside
    print(f"  {len(made)} groups of {len(inside)} documents; {len(alone)} documents stay alone beside a like one")
    steps = np.array([0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.001])
    counted, _ = np.histogram(list(exact.values()), steps)
    print("  pairs by similarity:", ", ".join(f"{a:.2f}: {n}" for a, n in zip(steps, counted, strict=False)))
    for group in made:
        print(f"  group of {len(group.sources)}, {min(group.similarities):.2f} or more: {'; '.join(group.sources[:4])}")
    ranked = sorted(exact, key=lambda pair: exact[pair])
    shown = [pair for pair in ranked if pair in found][: listed // 2]
    shown += [pair for pair in reversed(ranked) if pair not in found][: listed - len(shown)] if listed else []
    for first, second in shown:
        print(f"  {exact[first, second]:.3f} {'found' if (first, second) in found else '-':5} {first}  |  {second}")


def speed(number: int) -> None:
    """Signatures and groups of made-up documents."""
    draw = random.Random(7)
    vocabulary = [f"word{n}" for n in range(20_000)]
    texts: dict[str, str] = {}
    for place in range(number):
        words = draw.choices(vocabulary, k=700)
        if place % 10 == 9:
            words = texts[f"{place - 1:06}"].split()
            words[draw.randrange(700)] = "changed"
        texts[f"{place:06}"] = " ".join(words)
    started = time.perf_counter()
    signatures = {source: signature(text) for source, text in texts.items()}
    signed = time.perf_counter()
    found = pairs(signatures, text_of=texts.__getitem__)
    ended = time.perf_counter()
    print(f"{number} documents: signatures {signed - started:.1f} s, pairs {ended - signed:.2f} s, {len(found)} found")
    copies = dict.fromkeys(texts, next(iter(signatures.values())))
    made = groups(copies)
    print(f"{number} equal documents: {time.perf_counter() - ended:.1f} s, {len(made)} group of {len(made[0].sources)}")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--list", type=int, default=0)
    parser.add_argument("--speed", type=int, default=0)
    arguments = parser.parse_args()
    for folder in arguments.folders:
        study(folder, arguments.list)
    if arguments.speed:
        speed(arguments.speed)


if __name__ == "__main__":
    main()

"""Seconds that the search for personal data takes: a million characters of texts made to slow a careless pattern down.

    .venv/bin/python benchmarks/personal_data.py [FOLDERS]

"factor" is the cost against half the text: 2 is linear, 4 would be quadratic. For every folder: its .txt and .md files,
the speed, and what is found by kind (``--show`` prints the finds, to be judged by hand).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ingest.personal import personal_data

SIZE = 1_000_000  # characters
LONG = {
    "letters": "a", "letters and points": "a.", "at signs": "a@", "domains": "a@a.", "hyphens": "a-", "digits": "1",
    "digits and blanks": "1 ", "plus signs": "+1", "IBAN-like": "AA11 ", "IBAN pieces": "A1", "names": "1 Ab ",
    "only names": "Ab ", "births": "born ", "labels": "tel ", "labels and words": "tel: a a ", "brackets": "(",
    "blanks": " ",
    "spelt out": "a(at)", "zeros": "tel 0", "passports": "passport no ", "capitals": "A", "e-mails": "a@b.example ",
    "phones": "+49 30 901820, ", "cards": "4539 5787 6362 1487 ", "streets": "12 North Old East ", "calle": "Calle A ",
    "underscores": "_", "points": ".", "one word": "Aa", "box": "P. O. ",
}  # fmt: skip


def seconds(text: str) -> float:
    """Processor time of one search."""
    started = time.process_time()
    personal_data(text)
    return time.process_time() - started


def study(folder: Path, *, show: bool) -> None:
    """Speed and finds in one folder."""
    texts = [p.read_text(encoding="utf-8", errors="replace") for p in folder.rglob("*") if p.suffix in (".txt", ".md")]
    spent = sum(map(seconds, texts))
    found = Counter((find.kind, find.text) for text in texts for find in personal_data(text))
    kinds = Counter(kind for kind, _ in found.elements())
    speed = sum(map(len, texts)) / 1e6 / spent
    print(f"{folder.name}: {len(texts)} documents, {speed:.1f} million characters/s, finds {dict(kinds)}")
    if show:
        for (kind, text), count in sorted(found.items()):
            print(f"  {kind:15} {count:4} {text}")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--show", action="store_true")
    arguments = parser.parse_args()
    for folder in arguments.folders:
        study(folder, show=arguments.show)
    for name, piece in LONG.items() if not arguments.folders else ():
        half = piece * (SIZE // 2 // len(piece))
        once, twice = seconds(half), seconds(half * 2)
        print(f"{name:20} {twice:6.2f} s, factor {twice / max(once, 0.001):.1f}")


if __name__ == "__main__":
    main()

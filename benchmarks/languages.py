"""Language detection on whole documents and on pieces of 20 to 400 characters, by threshold.

    .venv/bin/python benchmarks/languages.py ../shared/data/documents [--every 3]

Own texts: tests/cases/languages.toml, 16 languages. Folders: every third .txt and .md file, taken for English; pieces
are cut from the beginning of each, six of a length. "right" and "wrong" in percent, the rest stays without a language.
"""

from __future__ import annotations

import argparse
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from config import ROOT
from ingest import language


def pieces(text: str, size: int) -> list[str]:
    """Consecutive pieces of at least ``size`` characters, cut at blanks where there are some."""
    if " " not in text[:60]:
        return [text[start : start + size] for start in range(0, len(text) - size + 1, size)]
    made: list[str] = []
    piece = ""
    for word in text.split():
        piece = f"{piece} {word}".strip()
        if len(piece) >= size:
            made.append(piece)
            piece = ""
    return made


def shares(cases: Sequence[tuple[str, str]]) -> str:
    """Percent right and wrong."""
    if not cases:
        return "-"
    found = Counter(
        "unsure" if not code else "right" if code == true else "wrong"
        for true, code in ((true, language.language_of(text)) for true, text in cases)
    )
    return f"{100 * found['right'] / len(cases):5.1f} right {100 * found['wrong'] / len(cases):4.2f} wrong"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=3)
    arguments = parser.parse_args()
    texts = tomllib.loads((ROOT / "tests" / "cases" / "languages.toml").read_text(encoding="utf-8"))["texts"]
    own = [(code, text) for code, several in texts.items() for text in several]
    paths = sorted(path for path in arguments.folder.rglob("*") if path.suffix in (".txt", ".md"))
    documents = [path.read_text(encoding="utf-8", errors="replace") for path in paths[:: arguments.every]]
    language.language_of(own[0][1])
    started = time.perf_counter()
    found = Counter(map(language.language_of, documents))
    each = 1000 * (time.perf_counter() - started) / len(documents)
    print(f"{len(documents)} documents: {dict(found.most_common())}, {each:.1f} ms each; whole own texts {shares(own)}")
    chosen = language.SURE
    for sure in (0.2, 0.3, 0.4, 0.5, 0.6):
        language.SURE = sure
        for size in (20, 40, 80, 200, 400):
            mine = shares([(code, piece) for code, text in own for piece in pieces(text, size)])
            theirs = shares([("en", piece) for text in documents for piece in pieces(text, size)[:6]])
            print(f"from {sure}{' *' if sure == chosen else '  '} {size:3} characters: own {mine} | documents {theirs}")


if __name__ == "__main__":
    main()

"""How well statements are checked: swaps caught, false alarms on paraphrases, and the public sets with human labels.

    .venv/bin/python -m benchmarks.verification swaps [--documents DIR]
    .venv/bin/python -m benchmarks.verification sets [--data DIR] [--limit 400] [--weights FILE]

``swaps`` needs no model: one swap of every kind in every sentence of a folder of documents (the bundled ones when none
is given) and in our paraphrases of the bundled ones. ``sets`` compares the entailment model with word overlap, MiniLM's
cosine, both together and an untrained classifier, on parts that no training read; intervals are bootstraps over groups
of statements that share their text, differences are paired.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.verification_swaps import Swap, swaps
from config import ROOT, Config, IngestConfig
from eval.statistics import wilson
from generation.exact import differences
from generation.naming import Names
from ingest.library import Library
from ingest.pipeline import ingest
from ingest.records import Document


def read(folder: Path) -> Sequence[Document]:
    """The documents of a folder, ingested for this run only."""
    with tempfile.TemporaryDirectory() as work:
        ingest([folder], Path(work), replace(Config(), ingest=IngestConfig(workers=1)))
        return Library.open(Path(work)).documents()


def stopped(made: Sequence[Swap], names: Names) -> list[tuple[Swap, tuple[str, ...]]]:
    """Every statement with what the exact checks found in it."""
    return [(swap, differences(swap.statement, swap.quotes, swap.base.about, names)) for swap in made]


def table(found: Sequence[tuple[Swap, tuple[str, ...]]]) -> str:
    """Per kind and origin: how many were stopped, with Wilson's interval. For true statements that is a false alarm."""
    cells: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for swap, differs in found:
        kind = swap.kind if swap.kind else "true statement"
        for origin in (swap.base.origin, "all"):
            cells[kind, origin].append(bool(differs))
            if swap.kind:
                cells["all swaps", origin].append(bool(differs))
    lines = ["| what | words of | n | stopped | 95 % interval |", "| --- | --- | ---: | ---: | --- |"]
    for (kind, origin), flags in sorted(cells.items()):
        rate = wilson(flags)
        assert rate.value is not None and rate.low is not None and rate.high is not None
        share, low, high = (f"{100 * value:.1f}" for value in (rate.value, rate.low, rate.high))
        lines.append(f"| {kind} | {origin} | {len(flags)} | {share} % | {low}–{high} % |")
    return "\n".join(lines)


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("swaps", "sets"))
    parser.add_argument("--documents", type=Path, default=ROOT / "documents", metavar="DIR")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", metavar="DIR")
    parser.add_argument("--limit", type=int, default=400, help="statements of a set")
    parser.add_argument("--weights", type=Path, metavar="FILE")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=0, help="print so many failures; never of the held-out half")
    options = parser.parse_args()
    if options.what == "sets":
        from benchmarks.verification_sets import compare

        print(compare(options.data, options.limit, options.weights, options.seed))
        return
    documents = read(options.documents)
    bundled = options.documents.resolve() == (ROOT / "documents").resolve()
    found = stopped(swaps(documents, options.seed, paraphrases=bundled), Names.of(documents))
    print(table(found))
    failed = [(s, d) for s, d in found if bool(d) != bool(s.kind) and "held out" not in s.base.origin]
    for swap, differs in failed[: options.show]:
        print(f"\n{swap.kind or 'true'} {differs} {swap.change}\n  {swap.statement}\n  {' / '.join(swap.quotes)}")


if __name__ == "__main__":
    main()

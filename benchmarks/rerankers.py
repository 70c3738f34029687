"""Which reranker is worth its time: evidence found on the dev split with each, side by side in one run.

    .venv/bin/python -m ingest documents --library LIBRARY
    .venv/bin/python benchmarks/rerankers.py --library LIBRARY

Prints evidence recall@5/10/20, the share of the evidence within the first 2,000/4,000/8,000 characters read, and the
median seconds that the reranker took for the best 24 chunks of a question.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from config import load  # noqa: E402
from eval.evidence import locate  # noqa: E402
from eval.goldset.gold import read  # noqa: E402
from eval.measures import RETRIEVAL_MEASURES, retrieval_shares  # noqa: E402
from eval.records import Place  # noqa: E402
from generation.local import open_embedded  # noqa: E402
from ingest.library import Library  # noqa: E402
from retrieval.followup import standalone  # noqa: E402
from retrieval.index import sync  # noqa: E402
from retrieval.models import open_embedder, open_reranker  # noqa: E402
from retrieval.query import expand  # noqa: E402
from retrieval.search import Retriever, minmax  # noqa: E402

Scores = NDArray[np.float32]


def main() -> None:
    """Run the comparison and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--gold", type=Path, default=ROOT / "goldset" / "gold.jsonl")
    options = parser.parse_args()
    config = load()
    library = Library.open(options.library)
    documents = {document.source: document for document in library.documents()}
    embedder = open_embedder(config.embedder)
    index = sync(library, embedder)
    retriever = Retriever(tuple(documents.values()), index, embedder, None, config.retrieval)
    interaction, model = open_reranker(config.reranker), open_embedded()
    assert interaction is not None
    rows: dict[str, list[list[float]]] = {}
    seconds: dict[str, list[float]] = {"late interaction": [], "likelihood": []}
    for case in read(options.gold, "dev"):
        pieces = locate(case, documents).pieces
        if not pieces:
            continue
        earlier = [turn.content for turn in case.history if turn.role == "user"]
        question = standalone(case.question, earlier, retriever.roles)
        hits = retriever.search(question).stage("fused").hits
        depth = config.retrieval.rerank_depth
        head, tail = hits[:depth], hits[depth:]
        texts = [index.chunks[hit.chunk].indexed for hit in head]
        fused = minmax(np.array([hit.score for hit in head], dtype=np.float32))
        started = time.perf_counter()
        late = minmax(interaction.rerank(expand(question), texts))
        seconds["late interaction"].append(time.perf_counter() - started)
        started = time.perf_counter()
        likely = minmax(np.array(model.log_likelihoods(expand(question), texts), dtype=np.float32))
        seconds["likelihood"].append(time.perf_counter() - started)
        for name, scores in variants(fused, late, likely).items():
            order = np.argsort(-scores, kind="stable")
            places = [Place(hit.source, hit.start, hit.end) for hit in [*(head[i] for i in order), *tail]]
            shares = retrieval_shares(pieces, places)
            rows.setdefault(name, []).append([shares[measure] or 0.0 for measure in RETRIEVAL_MEASURES])
    print(f"{'':34}" + "  ".join(RETRIEVAL_MEASURES))
    for name, found in rows.items():
        print(
            f"{name:34}"
            + "  ".join(f"{mean:>{len(m)}.3f}" for m, mean in zip(RETRIEVAL_MEASURES, np.mean(found, 0), strict=True))
        )
    print(f"{len(next(iter(rows.values())))} dev questions with evidence; median seconds: ", end="")
    print(", ".join(f"{name} {statistics.median(taken):.2f}" for name, taken in seconds.items()))


def variants(fused: Scores, late: Scores, likely: Scores) -> dict[str, Scores]:
    """Interpolations by name; every score is in [0, 1]."""
    mixes = {"fused": fused, "late interaction alone": late, "likelihood alone": likely}
    for weight in (0.3, 0.5, 0.6, 0.7):
        mixes[f"fused + {weight} late interaction"] = (1 - weight) * fused + weight * late
    for weight in (0.3, 0.5, 0.7):
        mixes[f"fused + {weight} likelihood"] = (1 - weight) * fused + weight * likely
    mixes["fused + 0.4 late + 0.3 likelihood"] = 0.3 * fused + 0.4 * late + 0.3 * likely
    return mixes


if __name__ == "__main__":
    main()

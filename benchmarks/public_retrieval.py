"""Rolebook's stages on public retrieval sets: BM25, dense, their RRF, the fusion and the reranker, with intervals.

    .venv/bin/python benchmarks/public_retrieval.py [--sets scifact vaswani hotpot musique] [--profile embedded]

The sets (benchmarks/public_sets.py) lie beside the checkout. A document is one chunk, read as far as the model reads
(256 tokens of MiniLM); SciFact is also cut by Rolebook's chunker, a document then stands where its best chunk does.
``--characters`` chooses the sizes, 0 for whole documents. RRF is that of Cormack, Clarke and Büttcher (SIGIR 2009,
k = 60) over the hits that BM25 gives a score and the dense ones. Metrics by ir_measures; 95 % intervals of paired
differences by ``eval.paired``, each question a draw of its own. ``--out`` keeps the values of all questions;
``--beside`` reads such a file of another profile and shows the paired difference to it. Vectors are kept in
data/benchmarks, so only the first run with an embedder takes long (half an hour on two cores).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.public_sets import SETS, Asked, PublicSet
from benchmarks.searching import WHOLE, RememberingEmbedder, chunked, deep, document_of, open_search
from config import load
from eval.paired import Difference, paired_means
from retrieval.models import open_embedder, open_reranker
from retrieval.records import Hit, Search
from retrieval.search import Retriever

DEPTH = 1_000  # hits of a stage that are looked at
RRF_K = 60
STAGES = ("lexical", "dense", "rrf", "fused", "reranked")
PAIRS = (
    ("lexical", "fused"), ("dense", "fused"), ("rrf", "fused"), ("fused", "reranked"),
    ("lexical", "reranked"), ("dense", "reranked"), ("rrf", "reranked"),
)  # fmt: skip
METRICS = {
    "scifact": ("nDCG@10", "R@10"), "vaswani": ("nDCG@10", "AP"), "hotpot": ("R@5",), "musique": ("R@5",),
}  # fmt: skip
SIZES = {"scifact": (0, 400)}  # characters of a chunk where --characters does not say; whole documents elsewhere
Ranked = dict[str, list[str]]  # document names, best first, by stage
Values = dict[str, dict[str, dict[str, float]]]  # by stage, metric and question


def main() -> None:
    """Run the sets and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--profile", default="embedded")
    parser.add_argument("--characters", type=int, nargs="+", help="chunk sizes, 0 for whole documents")
    parser.add_argument("--out", type=Path, help="write the values of every question here (JSON)")
    parser.add_argument("--beside", type=Path, help="compare with the values that another run wrote")
    options = parser.parse_args()
    config = load(options.profile)
    embedder = RememberingEmbedder(open_embedder(config.embedder))
    reranker = open_reranker(config.reranker)
    other = {} if options.beside is None else json.loads(options.beside.read_text("utf-8"))["values"]
    kept: dict[str, Values] = {}
    print(f"profile {config.name}: embedder {embedder.id}, reranker {'off' if reranker is None else reranker.id}")
    for name in options.sets:
        public = SETS[name]()
        documents = [document_of(source, text.title, text.body) for source, text in public.texts.items()]
        for characters in options.characters if options.characters is not None else SIZES.get(name, (0,)):
            started = time.perf_counter()
            chunks = chunked(documents, characters if characters else WHOLE)
            retriever = open_search(documents, chunks, embedder, reranker, deep(config.retrieval, DEPTH))
            embedder.keep()
            values = measured(public, retriever)
            embedder.keep()
            key = f"{name}, {f'chunks of {characters} characters' if characters else 'whole documents'}"
            kept[key] = values
            print(f"\n### {key}: {len(documents)} documents, {len(chunks)} chunks, {len(public.questions)} questions\n")
            print(table(values, METRICS[name]))
            print(differences(values, values, PAIRS, METRICS[name]))
            if key in other:
                print(differences(other[key], values, (("reranked", "reranked"),), METRICS[name], "other run's "))
            print(f"{time.perf_counter() - started:.0f} s")
    if {"hotpot, whole documents", "musique, whole documents"} <= kept.keys():
        pooled = union(kept["hotpot, whole documents"], kept["musique, whole documents"])
        print("\n### both multi-hop sets\n\n" + table(pooled, ("R@5",)))
        print(differences(pooled, pooled, PAIRS, ("R@5",)))
    if options.out is not None:
        models = {"embedder": embedder.id, "reranker": None if reranker is None else reranker.id}
        options.out.write_text(json.dumps({"profile": config.as_dict(), **models, "values": kept}), "utf-8")


def measured(public: PublicSet, retriever: Retriever) -> Values:
    """Every metric of every stage, by question."""
    ranked = {asked.id: rankings(retriever.search(asked.question)) for asked in public.questions}
    stages = [stage for stage in STAGES if all(stage in found for found in ranked.values())]
    if retriever.reranker is None and "reranked" in stages:
        stages.remove("reranked")
    return {stage: scored(public.questions, {name: found[stage] for name, found in ranked.items()}) for stage in stages}


def rankings(search: Search) -> Ranked:
    """The documents in the order of each stage; the RRF of the first two is added."""
    hits = {stage.name: stage.hits for stage in search.stages}
    hits["lexical"] = tuple(hit for hit in hits["lexical"] if hit.score > 0)
    sources = {hit.chunk: hit.source for found in hits.values() for hit in found}
    found = {name: best([hit.source for hit in stage]) for name, stage in hits.items()}
    found["rrf"] = best([sources[chunk] for chunk in reciprocal(hits["lexical"], hits["dense"])])
    return found


def reciprocal(*lists: Sequence[Hit]) -> list[int]:
    """Chunks by the sum of 1 / (60 + rank) over the lists that hold them; equal sums in the order of the chunks.

    >>> hits = [Hit(chunk, "", 0, 0, 0.0) for chunk in range(3)]
    >>> reciprocal([hits[2], hits[1]], [hits[1], hits[0]])
    [1, 2, 0]
    """
    sums: dict[int, float] = {}
    for hits in lists:
        for rank, hit in enumerate(hits, 1):
            sums[hit.chunk] = sums.get(hit.chunk, 0.0) + 1 / (RRF_K + rank)
    return sorted(sums, key=lambda chunk: (-sums[chunk], chunk))


def best(sources: Sequence[str]) -> list[str]:
    """Each source once, where it stands first.

    >>> best(["b", "a", "b"])
    ['b', 'a']
    """
    return list(dict.fromkeys(sources))


def scored(questions: Sequence[Asked], ranked: Mapping[str, Sequence[str]]) -> dict[str, dict[str, float]]:
    """nDCG@10, R@5, R@10 and AP of every question, by metric; a question without any hit has 0."""
    import ir_measures
    from ir_measures import AP, R, nDCG

    metrics: list[Any] = [nDCG @ 10, R @ 5, R @ 10, AP]
    judged = [ir_measures.Qrel(asked.id, name, 1) for asked in questions for name in sorted(asked.relevant)]
    listed = [
        ir_measures.ScoredDoc(question, name, float(-rank))
        for question, names in ranked.items()
        for rank, name in enumerate(names)
    ]
    values = {str(metric): {asked.id: 0.0 for asked in questions} for metric in metrics}
    for metric in ir_measures.iter_calc(metrics, judged, listed):
        values[str(metric.measure)][metric.query_id] = float(metric.value)
    return values


def table(values: Values, metrics: Sequence[str]) -> str:
    """Means by stage, as Markdown."""
    lines = [f"| stage | {' | '.join(metrics)} |", f"| --- |{' --- |' * len(metrics)}"]
    for stage, found in values.items():
        means = [sum(found[metric].values()) / len(found[metric]) for metric in metrics]
        lines.append(f"| {stage} | {' | '.join(f'{mean:.3f}' for mean in means)} |")
    return "\n".join([*lines, ""])


def differences(
    first: Values, second: Values, pairs: Sequence[tuple[str, str]], metrics: Sequence[str], whose: str = ""
) -> str:
    """Paired differences (``second`` minus ``first``) with 95 % intervals, as Markdown."""
    lines = [f"| difference | {' | '.join(metrics)} |", f"| --- |{' --- |' * len(metrics)}"]
    for one, another in pairs:
        if one not in first or another not in second:
            continue
        cells = []
        for metric in metrics:
            a, b = first[one][metric], second[another][metric]
            cells.append(shown(paired_means(list(a.values()), [b[name] for name in a], list(a))))
        lines.append(f"| {another} − {whose}{one} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def shown(difference: Difference) -> str:
    """A difference with its interval.

    >>> shown(Difference(0.0123, 0.001, 0.0236, 0.03, 300, 0.02, "t"))
    '+.012 [+.001, +.024]'
    """
    parts = [difference.value, difference.low, difference.high]
    written = ["?" if part is None else f"{part:+.3f}".replace("0.", ".", 1) for part in parts]
    return f"{written[0]} [{written[1]}, {written[2]}]"


def union(first: Values, second: Values) -> Values:
    """The questions of two sets together, at the stages that both have."""
    return {
        stage: {metric: first[stage][metric] | second[stage][metric] for metric in first[stage]}
        for stage in first
        if stage in second
    }


if __name__ == "__main__":
    main()

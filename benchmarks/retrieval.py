"""Evidence found by every variant of the search, on the gold set and over documents that nothing was trained on.

    .venv/bin/python -m benchmarks.retrieval [--slices] [--sets dev test unseen] [--variants NAME ...]

*dev*, *test*: the gold questions over ``documents/``. *unseen*: ``benchmarks/questions/customer.jsonl`` over the folder
``../shared/role_documents``, by somebody who had not seen the search; nothing is trained on these documents. Follow-ups
are resolved first. Prints recall@k, nDCG@10, the share of the evidence within the first characters read, with 95 %
intervals (clusters: documents), and the paired difference of each variant to the default.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from config import ROOT, ModelConfig, RetrievalConfig, Source, data_folder, load
from eval.evidence import locate
from eval.goldset.gold import read as read_gold
from eval.paired import paired_means
from eval.ranking import ranking_values
from eval.records import EvidenceQuote, Piece, Place
from eval.statistics import clustered_mean, percentiles
from ingest.library import Library
from ingest.pipeline import ingest
from retrieval.followup import standalone
from retrieval.index import sync
from retrieval.models import BASE, open_embedder, open_reranker
from retrieval.search import Retriever
from training.questions import Question, read

MEASURES = ("Recall@5", "Recall@10", "nDCG@10", "Coverage@2000", "Coverage@4000", "Coverage@8000", "Hit@50")
DEFAULT = "default"
_NO_TOPIC = {"topic_dense": 0.0, "topic_lexical": 0.0}
_OWN, _BARE = ModelConfig(Source.EMBEDDED), ModelConfig(Source.EMBEDDED, model=BASE)
VARIANTS: dict[str, tuple[ModelConfig, str, dict[str, float | str]]] = {
    DEFAULT: (_OWN, "reranked", {}),
    "without the reranker": (_OWN, "fused", {}),
    "dense alone": (_OWN, "dense", {}),
    "BM25 alone": (_OWN, "lexical", {}),
    "reciprocal ranks": (_OWN, "fused", {"fusion": "rrf"}),
    "roles left in the wording": (_OWN, "reranked", _NO_TOPIC),
    "MiniLM without our adapter": (_BARE, "reranked", {}),
    "the same without the reranker": (_BARE, "fused", {}),
    "the same, roles left in the wording": (_BARE, "fused", _NO_TOPIC),
    "MiniLM alone": (_BARE, "dense", _NO_TOPIC),
}
"""Embedder and reranker, the stage that is read, changed settings."""

Asked = tuple[str, str, str, tuple[Piece, ...]]  # id, slice, stand-alone question, evidence


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=["dev", "test", "unseen"], default=["dev", "test", "unseen"])
    parser.add_argument("--variants", nargs="+", choices=list(VARIANTS), default=list(VARIANTS))
    parser.add_argument("--slices", action="store_true", help="also the default by type of question")
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="settings of every variant")
    options = parser.parse_args()
    settings = changed(load().retrieval, options.set)
    together: dict[str, Values] = {variant: {} for variant in options.variants}
    for name in options.sets:
        print(f"\n## {name}\n")
        found = {variant: _values(name, variant, settings) for variant in options.variants}
        _print(found, slices=options.slices)
        for variant, values in found.items():
            together[variant] |= {f"{name}:{identity}": value for identity, value in values.items()}
    if len(options.sets) > 1:
        print(f"\n## {', '.join(options.sets)} together\n")
        _print_differences(together)
        if options.slices:
            _print_lift(together)


def changed(settings: RetrievalConfig, given: Sequence[str]) -> RetrievalConfig:
    """``settings`` with ``name=value`` applied, each value in the type of the one it replaces.

    >>> changed(RetrievalConfig(), ["rerank_depth=12", "fusion=rrf"]).rerank_depth
    12
    """
    pairs = dict(text.split("=", 1) for text in given)
    return replace(settings, **{name: type(getattr(settings, name))(value) for name, value in pairs.items()})


Values = dict[str, tuple[str, str, Mapping[str, float]]]  # by question: slice, cluster, measures


def _values(name: str, variant: str, settings: RetrievalConfig) -> Values:
    model, stage, changes = VARIANTS[variant]
    library = _library(name)
    documents = library.documents()
    embedder = open_embedder(model)
    index = sync(library, embedder)
    retriever = Retriever(documents, index, embedder, open_reranker(model), replace(settings, **changes))
    asked = list(_asked(name, retriever))
    ranked, seconds = {}, []
    for identity, _, question, pieces in asked:
        started = time.perf_counter()
        search = retriever.search(question)
        seconds.append(time.perf_counter() - started)
        ranked[identity] = (pieces, [Place(hit.source, hit.start, hit.end) for hit in search.stage(stage).hits])
    measured = ranking_values(ranked)
    spent = percentiles(seconds)
    print(f"{variant}: {len(asked)} questions, p50 {1000 * spent.p50:.0f} ms, p95 {1000 * spent.p95:.0f} ms a search")
    return {identity: (slice_, pieces[0].places[0].source, measured[identity]) for identity, slice_, _, pieces in asked}


def _library(name: str) -> Library:
    unseen = name == "unseen"
    folder = ROOT.parent / "shared" / "role_documents" if unseen else ROOT / "documents"
    at = data_folder() / "benchmarks" / "retrieval" / ("unseen" if unseen else "bundled")
    ingest([folder], at, load())
    return Library.open(at)


def _asked(name: str, retriever: Retriever) -> Iterator[Asked]:
    documents = {document.source: document for document in retriever.documents}
    if name == "unseen":
        path = ROOT / "benchmarks" / "questions" / "customer.jsonl"
        for question in read(path, "customer", documents):
            yield question.id, question.type, question.question, _pieces(question)
        return
    for case in read_gold(ROOT / "goldset" / "gold.jsonl", name):
        pieces = locate(case, documents).pieces
        if pieces:
            earlier = [turn.content for turn in case.history if turn.role == "user"]
            yield case.id, case.type, standalone(case.question, earlier, retriever.roles), pieces


def _pieces(question: Question) -> tuple[Piece, ...]:
    return tuple(Piece(EvidenceQuote(found[0].source, "", ""), found) for found in question.evidence)


def _print(found: Mapping[str, Values], *, slices: bool) -> None:
    print("\n| variant | " + " | ".join(MEASURES) + " |\n| --- |" + " --- |" * len(MEASURES))
    for variant, values in found.items():
        print(f"| {variant} | " + " | ".join(_mean(values, measure) for measure in MEASURES) + " |")
    _print_differences(found)
    default = found.get(DEFAULT)
    if default is not None and slices:
        of_slice: dict[str, Values] = defaultdict(dict)
        for identity, value in default.items():
            of_slice[value[0]][identity] = value
        print("\n| slice | n | " + " | ".join(MEASURES) + " |\n| --- | --- |" + " --- |" * len(MEASURES))
        for name, values in sorted(of_slice.items()):
            cells = " | ".join(_mean(values, measure) for measure in MEASURES)
            print(f"| {name} | {len(values)} | {cells} |")


def _print_differences(found: Mapping[str, Values]) -> None:
    default = found.get(DEFAULT)
    if default is None:
        return
    print("\n| default minus … | " + " | ".join(MEASURES) + " |\n| --- |" + " --- |" * len(MEASURES))
    for variant, values in found.items():
        if variant != DEFAULT:
            print(f"| {variant} | " + " | ".join(_difference(values, default, measure) for measure in MEASURES) + " |")


def _print_lift(found: Mapping[str, Values]) -> None:
    """What the reranker adds to nDCG@10, by type of question."""
    before, after = found.get("without the reranker"), found.get(DEFAULT)
    if before is None or after is None:
        return
    print("\n| slice | n | nDCG@10, what the reranker adds |\n| --- | --- | --- |")
    for name in sorted({value[0] for value in after.values()}):
        ids = [identity for identity, value in after.items() if value[0] == name]
        lift = _difference({i: before[i] for i in ids}, {i: after[i] for i in ids}, "nDCG@10")
        print(f"| {name} | {len(ids)} | {lift} |")


def _mean(values: Values, measure: str) -> str:
    found = clustered_mean([v[2][measure] for v in values.values()], [v[1] for v in values.values()])
    interval = "" if found.low is None else f" [{found.low:.2f} {found.high:.2f}]"
    return f"{found.value:.3f}{interval}"


def _difference(before: Values, after: Values, measure: str) -> str:
    """Questions as independent draws: five documents are too few clusters for a paired test."""
    ids = list(before)
    found = paired_means([before[i][2][measure] for i in ids], [after[i][2][measure] for i in ids], ids)
    if found.value is None:
        return "–"
    interval = "" if found.low is None else f" [{found.low:+.3f} {found.high:+.3f}]"
    return f"{found.value:+.3f}{interval}"


if __name__ == "__main__":
    main()

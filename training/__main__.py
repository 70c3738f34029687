"""``python -m training embedder|reranker|abstention``: make the weights that Rolebook ships."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from config import ROOT, ModelConfig, Source, data_folder

WEIGHTS = ROOT / "retrieval" / "weights"


def main() -> None:
    """Make the examples and train on them."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("what", choices=("embedder", "reranker", "abstention"))
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", metavar="DIR")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: retrieval/weights/WHAT.safetensors")
    parser.add_argument("--epochs", type=float)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    from generation import abstain
    from retrieval.models import embedded_folder, open_embedder
    from training import abstention, embedder, reranker
    from training.examples import all_examples

    if options.what == "abstention":
        fitted = abstain.WEIGHTS if options.out is None else options.out
        abstention.train(ROOT, options.data, data_folder() / "training", fitted)
        return
    out = WEIGHTS / f"{options.what}.safetensors" if options.out is None else options.out
    recipe = embedder.Recipe() if options.what == "embedder" else reranker.Recipe()
    recipe = replace(recipe, seed=options.seed)
    if options.epochs is not None:
        recipe = replace(recipe, epochs=options.epochs)
    # The reranker learns from what the shipped embedder confuses, the embedder from what the plain backbone does.
    finder = ModelConfig(Source.EMBEDDED, model="base") if options.what == "embedder" else ModelConfig(Source.EMBEDDED)
    texts, examples = all_examples(ROOT, options.data, data_folder() / "training", open_embedder(finder))
    print(f"{len(examples)} examples; {recipe}", flush=True)
    if isinstance(recipe, embedder.Recipe):
        embedder.train(embedded_folder(), texts, examples, recipe, out)
    else:
        reranker.train(embedded_folder(), WEIGHTS / "embedder.safetensors", texts, examples, recipe, out)


if __name__ == "__main__":
    main()

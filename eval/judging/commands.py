"""``python -m eval judge | perturb | calibrate``: verdicts of judges on a run, and how far to trust those judges."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.cli import about_gold, ingested, progress, say

if TYPE_CHECKING:
    from eval.judging.judges import Labelled
    from eval.records import Case, Outcome
    from ingest.records import Document


def judge(arguments: argparse.Namespace) -> int:
    """Measure a run with ragas, verdict by verdict; the same command goes on where it stopped."""
    import config
    from eval import runs
    from eval.goldset import gold
    from eval.judging import verdicts
    from eval.judging.ragas_engine import opened
    from eval.judging.ragas_metrics import METRICS, applies, chosen, sample_of

    metrics = chosen(arguments.metrics)
    recorded = runs.read(arguments.run)
    outcomes = _with_passages(recorded.outcomes, arguments.library)
    cases = [case for case in gold.read(arguments.gold, arguments.split) if case.id in outcomes][: arguments.limit]
    samples = {case.id: sample_of(case, outcomes[case.id]) for case in cases}
    ragas = opened(metrics, config.load(arguments.profile), say, _limits(arguments))
    models = [model.id for model in (ragas.chat, ragas.embedder) if model is not None]
    asks = any(METRICS[name].asks for name in metrics)
    head = verdicts.header(arguments.run, " with ".join(["ragas", *models]), metrics)
    keys = [(case.id, name) for case in cases for name in metrics if applies(name, samples[case.id])]

    def decide(key: verdicts.Key) -> tuple[float | None, str]:
        reading = ragas.read(key[1], samples[key[0]])
        return reading.value, reading.reason

    try:
        count = verdicts.record(keys, decide, head, arguments.out, partial(progress, unit="verdict"))
    except KeyboardInterrupt:
        say(f"Stopped. The verdicts so far are in {arguments.out}; the same command goes on from there.")
        return 130
    say(f"{count} verdicts added, {len(keys)} in all, in {arguments.out}.")
    _print_means(verdicts.read(arguments.out), metrics)
    if asks:
        say("How far this judge can be trusted: python -m eval calibrate GOLD --documents DIR --judges ... --out FILE")
    return 0


def _with_passages(outcomes: Mapping[str, Outcome], folder: Path | None) -> Mapping[str, Outcome]:
    """The outcomes; passages whose words the run does not hold are taken from the library at their places."""
    from dataclasses import replace

    if folder is None:
        return outcomes
    from ingest.library import Library

    documents = {document.source: document for document in Library.open(folder).documents()}

    def words(outcome: Outcome) -> tuple[str, ...]:
        places = outcome.stages.get("passages", ())
        return tuple(documents[p.source].text[p.start : p.end] for p in places if p.source in documents)

    return {
        name: outcome if any(outcome.passages) else replace(outcome, passages=words(outcome))
        for name, outcome in outcomes.items()
    }


def _print_means(found: Any, metrics: Sequence[str]) -> None:
    print(f"{'metric':<44}{'mean':>8}{'n':>6}{'unscored':>10}")
    for name in metrics:
        values = [value for (_, metric), value in found.values.items() if metric == name]
        scored = [value for value in values if value is not None]
        mean = f"{sum(scored) / len(scored):.3f}" if scored else "-"
        print(f"{name:<44}{mean:>8}{len(scored):>6}{len(values) - len(scored):>10}")
    reasons: dict[str, int] = {}
    for reason in found.unscored.values():
        reasons[reason] = reasons.get(reason, 0) + 1
    for reason, count in sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0])):
        print(f"unscored: {count} x {reason}")


def perturb(arguments: argparse.Namespace) -> int:
    """Write the statements with known labels that calibration uses."""
    from eval.judging import perturbations

    items = perturbations.build(*_gold_and_documents(arguments), seed=arguments.seed)
    perturbations.write(items, arguments.out)
    for kind in (*perturbations.TRUE_KINDS, *perturbations.FALSE_KINDS):
        print(f"{kind:<28}{sum(item.kind == kind for item in items):>6}")
    say(f"{len(items)} statements are in {arguments.out}.")
    return 0


def calibrate(arguments: argparse.Namespace) -> int:
    """Measure judges against labels and write the rates."""
    import config
    from eval.judging import calibration, judges, perturbations, public_sets

    names = judges.named(arguments.judges)
    cases, documents = _gold_and_documents(arguments)
    items = list(_at_most(perturbations.build(cases, documents, seed=arguments.seed), arguments.limit, arguments.seed))
    if arguments.public is not None:
        items += public_sets.load(arguments.public, seed=arguments.seed, limit=arguments.limit)
    if not items:
        message = (
            f"No statement can be made from {arguments.gold} over {arguments.documents}: its evidence is not in these "
            "documents. Give the documents that the questions are about."
        )
        raise config.UserError(message)
    opened = judges.opened(names, config.load(arguments.profile), say, _limits(arguments))
    say(f"{len(items)} statements for each of {len(names)} judges")
    about = {
        "gold": about_gold(arguments.gold, cases, arguments.split),
        "seed": arguments.seed,
        "limit": arguments.limit,
        "public": arguments.public is not None,
        "rolebook": config.VERSION,
    }
    before = calibration.read(arguments.out) if arguments.add and arguments.out.exists() else None
    if before is not None and before.about != about:
        message = f"{arguments.out} was measured with another gold set, seed or limit. Start it over without --add."
        raise config.UserError(message)
    try:
        found = calibration.calibrate(opened, items, about, partial(progress, unit="statement"))
    except KeyboardInterrupt:
        say("Stopped; nothing was written.")
        return 130
    if before is not None:
        found = calibration.Calibration({**before.judges, **found.judges}, about)
    calibration.write(found, arguments.out)
    print(calibration.table(found))
    for name in names:
        print(calibration.rates(found, name))
    say(f"The rates are in {arguments.out}.")
    return 0


def _at_most(items: Sequence[Labelled], limit: int, seed: int) -> Iterator[Labelled]:
    """At most ``limit`` statements of each kind, drawn by seed, in the old order."""
    import random

    kept: set[str] = set()
    for kind in sorted({item.kind for item in items}):
        names = [item.id for item in items if item.kind == kind]
        kept |= set(random.Random(f"{seed}:{kind}").sample(names, min(limit, len(names))))
    return (item for item in items if item.id in kept)


def _gold_and_documents(arguments: argparse.Namespace) -> tuple[tuple[Case, ...], Mapping[str, Document]]:
    import config
    from eval.goldset import gold
    from ingest.library import Library

    cases = gold.read(arguments.gold, arguments.split)
    folder = ingested(arguments.documents, config.load())
    return cases, {document.source: document for document in Library.open(folder).documents()}


def _limits(arguments: argparse.Namespace) -> dict[str, Any]:
    return {"limit_s": arguments.timeout, "max_tokens": arguments.max_tokens}


def register(add: Callable[..., argparse.ArgumentParser]) -> None:
    """The commands of this file."""
    judging = add("judge", help="ragas metrics over a run; a cut run goes on where it stopped")
    judging.add_argument("run", type=Path, metavar="RUN.jsonl", help="a run file")
    judging.add_argument("--gold", type=Path, required=True, metavar="GOLD.jsonl", help="the gold questions of the run")
    judging.add_argument("--metrics", default="offline", help="names with commas, offline, all-llm or all")
    judging.add_argument("--library", type=Path, metavar="DIR", help="where passages are read if the run lacks them")
    judging.add_argument("--out", type=Path, required=True, metavar="FILE.jsonl", help="the verdicts to write or go on")
    judging.add_argument("--split", choices=("dev", "test"), help="judge only this split")
    judging.add_argument("--limit", type=int, metavar="N", help="judge only the first N questions")
    _add_model(judging)
    judging.set_defaults(command=judge)

    making = add("perturb", help="make statements with known labels from the gold evidence")
    _add_statements(making)
    making.add_argument("--out", type=Path, required=True, metavar="ITEMS.jsonl", help="the file to write")
    making.set_defaults(command=perturb)

    measuring = add("calibrate", help="how often judges are right on statements with known labels")
    _add_statements(measuring)
    measuring.add_argument("--public", type=Path, metavar="DIR", help="also the public sets in this folder")
    measuring.add_argument("--judges", default="verifier,overlap", help="names with commas")
    measuring.add_argument("--limit", type=int, default=200, metavar="N", help="statements per kind or label")
    measuring.add_argument("--out", type=Path, required=True, metavar="FILE.json", help="the rates to write")
    measuring.add_argument("--add", action="store_true", help="keep the other judges that the file already holds")
    _add_model(measuring)
    measuring.set_defaults(command=calibrate)


def _add_statements(command: argparse.ArgumentParser) -> None:
    command.add_argument("gold", type=Path, metavar="GOLD.jsonl", help="gold questions with evidence")
    command.add_argument("--documents", type=Path, required=True, metavar="DIR", help="the documents of the evidence")
    command.add_argument("--split", choices=("dev", "test"), help="only this split")
    command.add_argument("--seed", type=int, default=0, help="of every choice")


def _add_model(command: argparse.ArgumentParser) -> None:
    command.add_argument("--profile", default="embedded", help="whose chat model and embedder judge")
    command.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS", help="for one reply of the model")
    command.add_argument("--max-tokens", type=int, default=512, metavar="N", help="of one reply of the model")

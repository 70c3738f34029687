"""Scorecards in MLflow: settings, versions and fingerprints as parameters, every measure with its interval, the report.

MLflow is an optional extra. Without ``--track-uri`` and ``$MLFLOW_TRACKING_URI`` runs go into an SQLite file of the
data folder. Nothing is sent to anybody: MLflow's telemetry is switched off around every use.
"""

from __future__ import annotations

import importlib.util
import math
import os
import re
import time
import warnings
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config import UserError, data_folder
from eval.cli import say
from eval.records import Scorecard

EXPERIMENT = "rolebook"
LONGEST = {"param": 6000, "tag": 8000}  # characters that MLflow keeps
BATCH = {"params": 100, "metrics": 1000}  # of one request
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",  # a server that is not there is a matter of seconds, not minutes
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
}


def add_tracking_arguments(command: ArgumentParser) -> None:
    """The options ``--track`` and ``--track-uri``."""
    command.add_argument("--track", choices=("mlflow",), help="also log the figures there")
    command.add_argument("--track-uri", metavar="URI", help="of the MLflow store or server, or an .sqlite or .db file")


def check_tracking(arguments: Namespace) -> None:
    """Say at once, before hours of work, that the tracker is not installed.

    Raises:
        UserError: ``--track mlflow`` without MLflow.

    """
    if arguments.track is not None and importlib.util.find_spec("mlflow") is None:
        message = (
            "--track mlflow needs MLflow, which is not installed. "
            "Type: .venv/bin/pip install -c constraints.txt mlflow-skinny alembic (or leave --track out)."
        )
        raise UserError(message)


def track(arguments: Namespace, card: Scorecard, artifacts: Sequence[Path], *, name: str | None = None) -> None:
    """Log the card when ``--track`` asks for it.

    Raises:
        UserError: see ``log``.

    """
    if arguments.track is None:
        return
    check_tracking(arguments)
    uri = store(arguments.track_uri)
    identity = log(card, name=title(card) if name is None else name, artifacts=artifacts, uri=uri)
    say(f"Logged to MLflow as run {identity} in {uri}")


def title(card: Scorecard) -> str:
    """The name of a run: its profile and the beginning of its file's fingerprint.

    >>> title(Scorecard({"run": {"config": {"name": "laptop"}, "sha256": "0123456789ab"}}, (), ()))
    'laptop 01234567'
    """
    run = card.about.get("run") or {}
    return f"{(run.get('config') or {}).get('name', 'run')} {str(run.get('sha256', ''))[:8]}".strip()


def store(uri: str | None) -> str:
    """The store that is meant: named, from the environment, or the file in the data folder.

    MLflow 3 refuses plain folders as stores, so a path means an SQLite file.

    >>> store("http://127.0.0.1:5000"), store("databricks")
    ('http://127.0.0.1:5000', 'databricks')
    >>> store("/tmp/runs.db"), store("/tmp/runs")
    ('sqlite:////tmp/runs.db', 'sqlite:////tmp/runs/mlflow.db')
    """
    chosen = os.environ.get("MLFLOW_TRACKING_URI") if uri is None else uri
    if chosen is None or not chosen.strip():
        chosen = str(data_folder() / "mlflow")
    if "://" in chosen or chosen in ("databricks", "uc"):
        return chosen
    path = Path(chosen).expanduser().absolute()
    return f"sqlite:///{path if path.suffix in ('.db', '.sqlite') else path / 'mlflow.db'}"


def legal(spelling: str) -> str:
    """A measure's spelling in the letters that MLflow allows.

    >>> legal("reranked.nDCG@10"), legal("missed by retrieval")
    ('reranked.nDCG_at_10', 'missed_by_retrieval')
    """
    return re.sub(r"[^\w./-]", "_", spelling.replace("@", "_at_"))


def metrics(card: Scorecard) -> dict[str, float]:
    """Every measure with its bounds, number of observations and unscored ones; what was not measured is left out."""
    found: dict[str, float | None] = {"questions": card.whole.questions, "missing": card.whole.missing}
    for spelling, estimate in card.whole.measures.items():
        name = legal(spelling)
        found |= {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
        found |= {f"{name}_n": estimate.n, f"{name}_unscored": estimate.unscored}
    for name, times in card.whole.seconds.items():
        found |= {f"seconds.{name}.p50": times.p50, f"seconds.{name}.p95": times.p95}
    found |= {f"fate.{legal(fate)}": count for fate, count in card.whole.fates.items()}
    return {name: float(value) for name, value in found.items() if value is not None and math.isfinite(value)}


def params(card: Scorecard) -> dict[str, str]:
    """What decided the figures: configuration, versions, models, prompts, library, gold set, seed."""
    run = dict(card.about.get("run") or {})
    plain = {f"run.{name}": run.pop(name) for name in list(run) if not isinstance(run[name], Mapping)}
    rest = {name: value for name, value in card.about.items() if name != "run"}
    found = _flat({**plain, **run, **rest})
    return {legal(name): text for name, value in found if (text := str(value)[: LONGEST["param"]])}


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted names of single values; lists (of documents) are left to the summary."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif value is not None and not isinstance(value, list):
            yield f"{prefix}{key}", value


@contextmanager
def _quietly() -> Iterator[None]:
    """No telemetry, and none of the deprecations inside MLflow, which we cannot mend."""
    before = {name: os.environ.get(name) for name in _QUIET}
    for name, value in _QUIET.items():
        if before[name] is None or not name.startswith("MLFLOW_HTTP"):
            os.environ[name] = value
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The ``noload`` loader strategy is deprecated", DeprecationWarning)
            yield
    finally:
        for name, earlier in before.items():
            if earlier is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = earlier


def log(card: Scorecard, *, name: str, artifacts: Sequence[Path] = (), uri: str | None = None) -> str:
    """Log one scorecard as a run of the experiment ``rolebook``; returns the id of the run.

    Args:
        card: the scored run.
        name: of the run in MLflow.
        artifacts: files and folders kept with it; a folder keeps its name.
        uri: the store (see ``store``).

    Raises:
        UserError: the store cannot be used.

    """
    with _quietly():
        from mlflow.exceptions import MlflowException
        from mlflow.tracking import MlflowClient

        target = store(uri)
        try:
            client = MlflowClient(tracking_uri=_made(target))
            identity = client.create_run(_experiment(client, target), tags=_tags(card), run_name=name).info.run_id
            try:
                _fill(client, identity, card, artifacts)
            except BaseException:
                client.set_terminated(identity, "FAILED")
                raise
            client.set_terminated(identity)
        except (MlflowException, OSError) as error:
            first = str(error).strip().split("\n")[0]
            message = f"MLflow cannot log to {target}: {first} Give another --track-uri, or leave --track out."
            raise UserError(message) from error
    return str(identity)


def _made(uri: str) -> str:
    """The store, with the folder of its SQLite file."""
    if uri.startswith("sqlite:///"):
        Path(uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    return uri


def _experiment(client: Any, uri: str) -> str:
    """The id of our experiment; beside a local file its artifacts lie in a folder, elsewhere the server decides."""
    name = os.environ.get("MLFLOW_EXPERIMENT_NAME", EXPERIMENT)
    known = client.get_experiment_by_name(name)
    if known is not None:
        return str(known.experiment_id)
    beside = None
    if uri.startswith("sqlite:///"):
        beside = (Path(uri.removeprefix("sqlite:///")).absolute().parent / "mlflow-artifacts").as_uri()
    return str(client.create_experiment(name, artifact_location=beside))


def _tags(card: Scorecard) -> dict[str, str]:
    gold = card.about.get("gold") or {}
    kept = {"rolebook.gold": gold.get("name"), "rolebook.gold_version": gold.get("version")}
    kept |= {"rolebook.split": gold.get("split"), "mlflow.note.content": "\n\n".join(card.notes)}
    return {name: str(value)[: LONGEST["tag"]] for name, value in kept.items() if value}


def _fill(client: Any, identity: str, card: Scorecard, artifacts: Sequence[Path]) -> None:
    from mlflow.entities import Metric, Param

    now = int(time.time() * 1000)
    settings = [Param(key, value) for key, value in params(card).items()]
    figures = [Metric(key, value, now, 0) for key, value in metrics(card).items()]
    for start in range(0, len(settings), BATCH["params"]):
        client.log_batch(identity, params=settings[start : start + BATCH["params"]])
    for start in range(0, len(figures), BATCH["metrics"]):
        client.log_batch(identity, metrics=figures[start : start + BATCH["metrics"]])
    for path in artifacts:
        if path.is_dir():
            client.log_artifacts(identity, str(path), path.name)
        else:
            client.log_artifact(identity, str(path))

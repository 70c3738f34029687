"""Tracking into a real local MLflow store: everything that decided the figures, every measure, the report."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config import ROOT, UserError
from eval import scorecard, tracking
from eval.records import Row, Scorecard

ABOUT: dict[str, Any] = {
    "run": {
        "sha256": "abcdef0123456789",
        "config": {"name": "laptop", "retrieval": {"dense_weight": 0.7}, "chat": {"model": "x" * 7000}},
        "versions": {"rolebook": "0.1.0"},
        "library": {"fingerprint": "f1", "documents": [{"source": "a.md"}]},
    },
    "gold": {"name": "gold.jsonl", "version": "2.0", "sha256": "99", "split": "dev", "questions": 3},
    "seed": 0,
}


def card() -> Scorecard:
    values = [
        {"Correct": 1.0, "reranked.nDCG@10": 0.5, "Groundedness": None},
        {"Correct": 0.0, "reranked.nDCG@10": 1.0},
        {"Correct": 1.0},
    ]
    rows = tuple(
        Row(f"q{n}", f"d{n}.md", "answered", fate, {"type": "fact"}, value, {"total": 1.0 + n})
        for n, (value, fate) in enumerate(zip(values, ("right", "missed by retrieval", "right"), strict=True))
    )
    return Scorecard(ABOUT, rows, scorecard.slices(rows), ("a note",))


def report(folder: Path) -> Path:
    (folder / "report" / "parts").mkdir(parents=True)
    (folder / "report" / "report.html").write_text("<p>fine</p>", encoding="utf-8")
    (folder / "report" / "parts" / "a.json").write_text("{}", encoding="utf-8")
    return folder / "report"


def asked(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    tracking.add_tracking_arguments(parser)
    return parser.parse_args(arguments)


def stored(uri: str) -> Any:
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name("rolebook")
    assert experiment is not None
    return client, client.search_runs([experiment.experiment_id])


def test_a_card_arrives_whole(tmp_path, capsys):
    uri = tracking.store(str(tmp_path / "store"))
    summary = tmp_path / "summary.json"
    scorecard.write(card(), summary)
    before = dict(os.environ)
    arguments = asked("--track", "mlflow", "--track-uri", str(tmp_path / "store"))
    tracking.track(arguments, card(), [report(tmp_path), summary])
    assert dict(os.environ) == before
    client, (run,) = stored(uri)
    assert run.info.run_id in capsys.readouterr().err
    assert (run.info.run_name, run.info.status) == ("laptop abcdef01", "FINISHED")
    assert run.data.params == {
        "run.sha256": "abcdef0123456789",
        "config.name": "laptop",
        "config.retrieval.dense_weight": "0.7",
        "config.chat.model": "x" * 6000,
        "versions.rolebook": "0.1.0",
        "library.fingerprint": "f1",
        "gold.name": "gold.jsonl",
        "gold.version": "2.0",
        "gold.sha256": "99",
        "gold.split": "dev",
        "gold.questions": "3",
        "seed": "0",
    }
    figures, whole = run.data.metrics, card().whole.measures
    correct, ranked = whole["Correct"], whole["reranked.nDCG@10"]
    assert figures["Correct"] == pytest.approx(2 / 3)
    assert (figures["Correct_low"], figures["Correct_high"]) == pytest.approx((correct.low, correct.high))
    assert (figures["reranked.nDCG_at_10"], figures["reranked.nDCG_at_10_n"]) == (0.75, 2)
    assert figures["reranked.nDCG_at_10_low"] == pytest.approx(ranked.low)
    assert "Groundedness" not in figures
    assert figures["Groundedness_unscored"] == 1
    assert (figures["seconds.total.p50"], figures["fate.missed_by_retrieval"]) == (2.0, 1)
    assert run.data.tags["rolebook.gold_version"] == "2.0"
    assert run.data.tags["mlflow.note.content"] == "a note"
    (tmp_path / "downloaded").mkdir()
    kept = Path(client.download_artifacts(run.info.run_id, "", str(tmp_path / "downloaded")))
    assert sorted(path.relative_to(kept).as_posix() for path in kept.rglob("*") if path.is_file()) == [
        "report/parts/a.json",
        "report/report.html",
        "summary.json",
    ]
    assert (kept / "report" / "report.html").read_text("utf-8") == "<p>fine</p>"


def test_runs_of_one_store_share_an_experiment_and_a_failed_one_is_marked(tmp_path):
    uri = tracking.store(str(tmp_path / "runs.db"))
    first = tracking.log(card(), name="one", uri=uri)
    with pytest.raises(UserError, match="cannot log to sqlite"):
        tracking.log(card(), name="two", artifacts=[tmp_path / "nothing.html"], uri=uri)
    _, found = stored(uri)
    status = {run.info.run_name: run.info.status for run in found}
    assert status == {"one": "FINISHED", "two": "FAILED"}
    assert first in {run.info.run_id for run in found}


@pytest.mark.parametrize("uri", ["nowhere://x", "http://127.0.0.1:9"])
def test_a_store_that_cannot_be_used_is_named(uri):
    with pytest.raises(UserError, match="MLflow cannot log to " + uri):
        tracking.log(card(), name="x", uri=uri)


def test_without_the_option_nothing_happens(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", str(tmp_path / "store"))
    tracking.track(asked(), card(), [])
    assert list(tmp_path.iterdir()) == []
    assert tracking.store(None) == f"sqlite:///{tmp_path}/store/mlflow.db"


def test_a_missing_mlflow_is_told_with_what_to_type(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(UserError, match=r"pip install -c constraints\.txt mlflow-skinny alembic"):
        tracking.check_tracking(asked("--track", "mlflow"))
    tracking.check_tracking(asked())


def test_nothing_is_sent_to_anybody(tmp_path):
    """In a process that MLflow cannot tell to be a test: no telemetry client, no name looked up."""
    code = (
        "import socket, sys\n"
        "def look_up(*a, **k): raise SystemExit(f'looked up {a}')\n"
        "socket.getaddrinfo = look_up\n"
        "from eval.records import Scorecard\nfrom eval.scorecard import slices\nfrom eval.tracking import log\n"
        "log(Scorecard({}, (), slices(())), name='x', uri=sys.argv[1])\n"
        "from mlflow.telemetry.client import get_telemetry_client\n"
        "assert get_telemetry_client() is None\n"
    )
    told = ("PYTEST", "CI", "MLFLOW", "DO_NOT")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(told)}
    uri = tracking.store(str(tmp_path / "store"))
    command = [sys.executable, "-c", code, uri]
    result = subprocess.run(command, cwd=ROOT, env=kept, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-2000:]

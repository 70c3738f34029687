"""The shape of the whole: imports point left, heavy libraries stay in the files that own them, start-up is light."""

from __future__ import annotations

import ast
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import ROOT

ORDER = ("config", "ingest", "retrieval", "generation", "eval", "app")
LEFT_OF = {name: set(ORDER[:place]) for place, name in enumerate(ORDER)} | {"app": set(ORDER[:4])}
FILES = sorted(path for name in ORDER for path in (*ROOT.glob(f"{name}.py"), *(ROOT / name).rglob("*.py")))
# Third parties and the only files that may import them.
OWNERS = {
    "torch": {
        f"{name}.py"
        for name in (
            "generation/local", "generation/decoding", "retrieval/models", "retrieval/encoder", "retrieval/bert",
        )
    },
    "transformers": {"generation/local.py", "generation/decoding.py"},
    "sentence_transformers": {"retrieval/models.py"},
    "tokenizers": {"retrieval/encoder.py"},
    "safetensors": {"retrieval/bert.py"},
    "faiss": {"retrieval/index.py"},
    "rapidfuzz": {"retrieval/roster.py", "retrieval/spelling.py"},
    "openai": {"retrieval/endpoint.py", "retrieval/servers.py"},
    "gradio": {"app.py"},
    "docx": {"ingest/readers/word.py"},
    "markdown_it": {"ingest/readers/plain.py"},
    "charset_normalizer": {"ingest/encodings.py"},
    "bs4": {f"ingest/{name}.py" for name in ("hidden", "markup", "markup_navigation", "markup_table", "markup_walk")},
    "ftfy": {"ingest/clean.py"},
    "py3langid": {"ingest/language.py"},
    "pypdfium2": {f"ingest/readers/{name}.py" for name in ("pdf", "pdf_drawings", "pdf_extras", "pdf_page")},
    "pdfplumber": {"ingest/readers/pdf_tables.py"},
    "pptx": {"ingest/readers/slides.py"},
    "openpyxl": {"ingest/readers/sheets.py"},
    "python_calamine": {"ingest/readers/sheets.py"},
    "yaml": {"ingest/readers/yaml_text.py"},
    "oxmsg": {"ingest/readers/mail.py"},
    "filelock": {"ingest/library.py", "retrieval/shelf.py"},
    "sqlite3": {f"ingest/{name}.py" for name in ("library", "readings", "snapshot", "store", "tables")},
    "snowballstemmer": {"retrieval/lexical.py"},
    "scipy": {"retrieval/lexical.py", "eval/statistics.py", "eval/paired.py", "eval/latency.py"},
    "ir_measures": {"eval/ranking.py"},
    "jinja2": {"eval/report/page.py"},
    "ragas": {"eval/judging/ragas_engine.py"},
    "mlflow": {"eval/tracking.py"},
}
HEAVY = {
    *("torch", "transformers", "sentence_transformers", "gradio", "faiss", "ragas", "openai"),
    *("numpy", "scipy", "pandas", "ir_measures", "jinja2", "mlflow"),
    *("pypdfium2", "pdfplumber", "pptx", "openpyxl", "py3langid"),
}
COMMANDS = (["-m", "ingest"], ["-m", "retrieval"], ["-m", "generation"], ["-m", "eval"], ["app.py"])


def imports(path: Path) -> Iterator[tuple[str, ast.Import | ast.ImportFrom]]:
    """The dotted name of every module that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield str(node.module), node


def named(path: Path) -> str:
    """A file's path as it is written in this test."""
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", FILES, ids=named)
def test_imports_point_left(path):
    home = path.relative_to(ROOT).parts[0].removesuffix(".py")
    wrong = {name for name, _ in imports(path) if name.split(".")[0] in set(ORDER) - LEFT_OF[home] - {home}}
    assert wrong == set()


@pytest.mark.parametrize("path", FILES, ids=named)
def test_heavy_libraries_stay_with_their_owners(path):
    strange = {name for name, _ in imports(path) if named(path) not in OWNERS.get(name.split(".")[0], {named(path)})}
    assert strange == set()


def test_owners_are_up_to_date():
    found = {(name.split(".")[0], named(path)) for path in FILES for name, _ in imports(path)}
    claimed = {(library, owner) for library, owners in OWNERS.items() for owner in owners}
    assert claimed <= found


@pytest.mark.parametrize("path", [*FILES, *sorted((ROOT / "tests").glob("*.py"))], ids=named)
def test_nobody_hides_the_builtin_eval(path):
    for name, node in imports(path):
        if isinstance(node, ast.Import):
            bound = [alias.asname or alias.name.split(".")[0] for alias in node.names]
            assert "eval" not in bound, f"line {node.lineno}: import {name}"


def test_tests_are_flat():
    inside = [p.relative_to(ROOT / "tests") for p in (ROOT / "tests").rglob("*.py")]
    assert [str(p) for p in inside if len(p.parts) > 1 or p.name == "__init__.py"] == []


def loaded(*arguments: str) -> set[str]:
    """Top-level modules that a fresh interpreter loads for these arguments, from its own import log."""
    command = [sys.executable, "-X", "importtime", *arguments]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr[-2000:]
    log = (line for line in result.stderr.splitlines() if line.startswith("import time:"))
    return {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in log}


@pytest.mark.parametrize("module", ["config", "ingest", "ingest.pipeline", "retrieval", "generation", "eval", "app"])
def test_importing_loads_nothing_heavy(module):
    modules = loaded("-c", f"import {module}")
    assert module.split(".")[0] in modules  # the log is read rightly
    assert modules & HEAVY == set()


@pytest.mark.parametrize("module", ["retrieval.search", "generation.assistant"])
def test_importing_the_pipeline_loads_no_model_library(module):
    assert loaded("-c", f"import {module}") & (HEAVY - {"numpy", "scipy"}) == set()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_answers_without_loading_anything_heavy(command):
    assert loaded(*command, "--help") & HEAVY == set()


def test_importing_changes_nothing(tmp_path):
    """No folder made, no environment changed, no thread started by an import."""
    modules = ", ".join(named(path).removesuffix(".py").replace("/", ".") for path in FILES if path.stem != "__init__")
    code = (
        "import os, threading\nbefore = dict(os.environ)\n"
        f"import {modules}\nassert dict(os.environ) == before\nassert threading.active_count() == 1\n"
    )
    variables = {"PYTHONPATH": str(ROOT), "ROLEBOOK_DATA": str(tmp_path / "data"), "HOME": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-B", "-c", code], cwd=tmp_path, env=variables, capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_tests_cannot_reach_the_network():
    unconnected = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for attempt in (
        lambda: socket.create_connection(("192.0.2.1", 80), timeout=0.1),
        lambda: socket.getaddrinfo("example.org", 443),
        lambda: unconnected.sendto(b"", ("192.0.2.1", 53)),
    ):
        with pytest.raises(pytest.fail.Exception, match="a test tried to"):
            attempt()
    unconnected.close()
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()

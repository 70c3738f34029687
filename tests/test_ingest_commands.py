"""The commands as a user types them: exit codes, what goes to stdout and what to stderr, what export writes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from config import ROOT
from ingest.__main__ import main
from ingest.library import Library

CONTENT = "<p>One ≥ two.</p><ul><li>a\N{ROCKET}</li></ul>"
POST = {"title": {"rendered": "Data Steward"}, "content": {"rendered": CONTENT}}


def rolebook(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """``python -m ingest`` with these arguments."""
    command = [sys.executable, "-W", "error", "-m", "ingest", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60, check=False)


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """Two documents that can be read, one in a folder below, and one that cannot."""
    folder = tmp_path / "documents"
    (folder / "team").mkdir(parents=True)
    (folder / "note.txt").write_bytes("Line one.\r\nLine two — it\u0e42s here.\r\n".encode())
    (folder / "team" / "steward.json").write_text(json.dumps(POST), encoding="utf-8")
    (folder / "plan.pdf").write_bytes(b"%PDF-1.7")
    return folder


def test_ingest_then_export(documents, tmp_path):
    library, out = tmp_path / "library", tmp_path / "out"
    made = rolebook(documents, "--library", library)
    assert (made.returncode, made.stderr.strip()) == (0, "")
    assert made.stdout.splitlines()[-1] == "2 added, 1 failed"
    assert "plan.pdf is a PDF, which is not read" in made.stdout
    assert "restore_lost_punctuation: 1" in made.stdout

    again = rolebook(documents, "--library", library, "--json")
    reports = json.loads(again.stdout)
    assert again.returncode == 0
    assert {report["source"]: report["status"] for report in reports} == {
        "note.txt": "unchanged", "plan.pdf": "failed", "team/steward.json": "unchanged",
    }  # fmt: skip

    exported = rolebook("export", "--library", library, "--out", out)
    assert (exported.returncode, exported.stderr) == (0, "")
    assert exported.stdout == f"wrote 2 documents to {out}\n"
    written = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert written == {"note.txt.txt", "note.txt.json", "team/steward.json.txt", "team/steward.json.json"}
    for document in Library.open(library).documents():
        text = (out / f"{document.source}.txt").read_bytes().decode("utf-8")
        assert text == document.text
        table = json.loads((out / f"{document.source}.json").read_text(encoding="utf-8"))
        assert table["source"] == document.source
        for name, places in (("sections", document.sections), ("units", document.units)):
            assert len(table[name]) == len(places) > 0
            assert all(text[place["start"] : place["end"]] == place["text"] for place in table[name])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["missing", "--library", "library"], "rolebook: There is no file or folder missing."),
        (["documents", "--library", "library", "--profile", "labtop"], "rolebook: There is no profile 'labtop'"),
        (["export", "--library", "nowhere", "--out", "out"], "rolebook: There is no library in nowhere."),
        (["documents"], "the following arguments are required: --library"),
        (["export", "--library", "library"], "the following arguments are required: --out"),
    ],
)
def test_a_mistake_is_told_on_stderr_with_exit_code_2(arguments, expected, tmp_path):
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "note.txt").write_text("A note.", encoding="utf-8")
    command = [sys.executable, "-m", "ingest", *arguments]
    result = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, encoding="utf-8", check=False
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert expected in result.stderr
    assert "Traceback" not in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["documents"]


def test_nothing_but_bad_files_is_a_mistake(tmp_path):
    (tmp_path / "plan.pdf").write_bytes(b"%PDF-1.7")
    result = rolebook(tmp_path / "plan.pdf", "--library", tmp_path / "library")
    assert (result.returncode, result.stdout) == (2, "")
    assert "None of the 1 file(s) could be read:\n  - plan.pdf is a PDF" in result.stderr


def test_an_export_that_cannot_be_written_is_the_users_to_mend(bundled, tmp_path, capsys):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    assert main(["export", "--library", str(bundled), "--out", str(tmp_path / "file")]) == 2
    assert "Choose another --out folder." in capsys.readouterr().err

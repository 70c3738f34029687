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
    assert "plan.pdf is a damaged PDF" in made.stdout
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
    assert "None of the 1 file(s) could be read:\n  - plan.pdf is a damaged PDF" in result.stderr


def test_an_export_that_cannot_be_written_is_the_users_to_mend(bundled, tmp_path, capsys):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    assert main(["export", "--library", str(bundled), "--out", str(tmp_path / "file")]) == 2
    assert "Choose another --out folder." in capsys.readouterr().err


# --- show, report, check ------------------------------------------------------------------------------------------


@pytest.fixture
def library(documents, tmp_path, capsys) -> Path:
    """The library of these documents."""
    assert main([str(documents), "--library", str(tmp_path / "library")]) == 0
    capsys.readouterr()
    return tmp_path / "library"


def test_show_prints_the_tree_the_notes_and_the_history(library):
    shown = rolebook("show", "note.txt", "--library", library)
    assert (shown.returncode, shown.stderr) == (0, "")
    for expected in ("note.txt: Note", "format      text", "audience    public", "[other]  2 sentences",
                     "restore_lost_punctuation: 1", "added    note.txt"):  # fmt: skip
        assert expected in shown.stdout
    table = json.loads(rolebook("show", "team/steward.json", "--library", library, "--json").stdout)
    assert (table["source"], table["format"], len(table["history"])) == ("team/steward.json", "wordpress", 1)
    assert [unit["kind"] for unit in table["units"]] == ["sentence", "item"]


def test_show_finds_a_document_by_the_end_of_its_path(library, capsys):
    assert main(["show", "steward.json", "--library", str(library)]) == 0
    assert capsys.readouterr().out.startswith("team/steward.json: Data Steward")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("nota.txt", "There is no document 'nota.txt' in"),
        ("nota.txt", "Near it: note.txt"),
        ("plan.pdf", "plan.pdf is not in the library: plan.pdf is a damaged PDF"),
    ],
)
def test_show_of_what_is_not_there(library, capsys, source, expected):
    assert main(["show", source, "--library", str(library)]) == 2
    assert expected in capsys.readouterr().err


def test_show_prints_every_change_and_reads_the_file_again(documents, library, capsys):
    assert main(["show", "note.txt", "--library", str(library), "--changes"]) == 0
    out = capsys.readouterr().out
    assert "line 2, restore_lost_punctuation: 'Line two — it\u0e42s here.' -> 'Line two — it’s here.'" in out
    assert out.endswith("Read again, the file makes the same document.\n")
    (documents / "note.txt").write_text("Something else.", encoding="utf-8")
    assert main(["show", "note.txt", "--library", str(library), "--changes"]) == 2
    assert "has changed since it was ingested. Ingest it again" in capsys.readouterr().err
    (documents / "note.txt").unlink()
    assert main(["show", "note.txt", "--library", str(library), "--changes"]) == 2
    assert "cannot be shown without the file" in capsys.readouterr().err


def test_report_is_the_library_at_a_glance(library):
    printed = rolebook("report", "--library", library)
    assert (printed.returncode, printed.stderr) == (0, "")
    assert "2 documents" in printed.stdout
    assert "formats     1 text, 1 wordpress" in printed.stdout
    assert "Failures: 1\n  plan.pdf is a damaged PDF" in printed.stdout
    table = json.loads(rolebook("report", "--library", library, "--json").stdout)
    assert table["formats"] == {"text": 1, "wordpress": 1}
    assert list(table["failures"]) == ["plan.pdf"]
    assert table["chunks"] == len(Library.open(library).chunks())


def test_check_finds_what_is_not_as_an_ingest_leaves_it(library, capsys):
    assert main(["check", "--library", str(library)]) == 0
    assert capsys.readouterr().out == "2 documents, 0 faults\n"
    with Library.open(library).writing() as connection:
        connection.execute("UPDATE units SET end = 999 WHERE source = 'note.txt' AND number = 0")
        connection.execute("INSERT INTO chunks VALUES ('gone.txt', 0, 0, 0, 1, 'x')")
    assert main(["check", "--library", str(library)]) == 1
    out = capsys.readouterr().out
    assert "note.txt: unit 0 is not a span of the text" in out
    assert "note.txt: its rows are not those that were stored" in out
    assert "gone.txt: chunks without a document" in out


def test_report_warns_of_text_that_may_be_lost(documents, tmp_path, capsys):
    (documents / "odd.txt").write_bytes("Größe und Maß ".encode() * 20 + b"\xff\xfe\x81 end")
    main([str(documents), "--library", str(tmp_path / "library")])
    capsys.readouterr()
    main(["report", "--library", str(tmp_path / "library"), "--json"])
    assert json.loads(capsys.readouterr().out)["warnings"]["undecodable"] == ["odd.txt"]

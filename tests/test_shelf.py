"""One index in the place of another: under load, by several processes, after a kill, and back again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from fakes import ROLES, WordEmbedder, made_library, role_text

from config import ROOT, Config, UserError
from ingest.library import Library
from ingest.pipeline import ingest
from retrieval.__main__ import main
from retrieval.index import Index, sync
from retrieval.journal import Journal
from retrieval.shelf import MANIFEST, Manifest, Shelf
from retrieval.upkeep import restore, states, unfinished

# About 250 chunks of different lengths: several batches.
PARTS = [f"## Part {n}\n\nThe data of part {n} {'is kept ' * (n % 7)}here.\n\n" for n in range(250)]
LONG = f"# Notes\n\n{''.join(PARTS)}"
# Brings an index up to date in a process of its own; "dies" kills the process at that batch, as a power cut would.
CHILD = """
import os, signal, sys
from pathlib import Path
from fakes import WordEmbedder
from ingest.library import Library
from retrieval.index import sync

class Mortal(WordEmbedder):
    batches = 0
    def embed(self, texts):
        self.batches += 1
        if self.batches == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().embed(texts)

embedder = Mortal()
print("ready", flush=True)
sys.stdin.readline()
index = sync(Library.open(Path(sys.argv[1])), embedder)
print(index.rows, len(embedder.asked), flush=True)
"""


def child(library: Library, dies: int = 0) -> subprocess.Popen[str]:
    """A process that syncs as soon as it is sent a line."""
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(library.folder), str(dies)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def write(library: Library, name: str, text: str | None) -> None:
    """Change one document (None: take it away) and ingest."""
    documents = library.folder.parent / "documents"
    (documents / name).write_text(text, "utf-8") if text is not None else (documents / name).unlink()
    ingest([documents], library.folder, Config())


def shelf_of(library: Library) -> Shelf:
    return Shelf.of(library, "fake:words")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return made_library(tmp_path, ROLES)


@pytest.fixture
def moved_on(library: Library) -> tuple[Library, Index, Index]:
    """A library whose documents have changed between two indexes."""
    first = sync(library, WordEmbedder())
    write(library, "senior.md", role_text("Senior Data Engineer", years="6", budget="1 euro"))
    write(library, "junior.md", None)
    return library, first, sync(library, WordEmbedder())


def test_a_killed_build_goes_on_where_it_stopped(tmp_path: Path) -> None:
    library = made_library(tmp_path, {**ROLES, "notes.md": LONG})
    texts = {chunk.indexed for chunk in library.chunks()}
    killed = child(library, dies=3)
    assert killed.communicate("go\n", timeout=120)[0] == ""
    assert killed.returncode == -signal.SIGKILL
    shelf = shelf_of(library)
    assert shelf.current is None
    assert unfinished(shelf) == 128
    for name in Journal.names(WordEmbedder().dimension):  # half a batch, as a cut of the power leaves it
        with (shelf.building / name).open("ab") as file:
            file.write(b"half")
    write(library, "new.md", "# New\n\n## Part\n\nA vendor.\n")  # the library moves on before anybody goes on
    said: list[str] = []
    embedder = WordEmbedder()
    index = sync(library, embedder, said.append)
    wanted = {chunk.indexed for chunk in library.chunks()}
    assert len(wanted) > len(texts)
    assert len(embedder.asked) == len(wanted) - 128
    assert "128 texts are embedded already" in said[0]
    assert said[-1] == f"embedding {len(embedder.asked)}/{len(embedder.asked)} chunks"
    question = WordEmbedder().embed(["data"])
    assert index.dense_scores(question).tolist() == pytest.approx(
        [float(WordEmbedder().embed([chunk.indexed])[0] @ question[0]) for chunk in library.chunks()]
    )
    assert unfinished(shelf) is None
    assert not shelf.building.exists()


def test_two_processes_share_the_work(tmp_path: Path) -> None:
    library = made_library(tmp_path, {**ROLES, "notes.md": LONG})
    both = [child(library), child(library)]
    for process in both:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    replies = [process.communicate(timeout=120)[0] for process in both]
    counts = [tuple(int(number) for number in reply.split()) for reply in replies]
    assert [rows for rows, _ in counts] == [library.chunk_count()] * 2
    asked = sorted(asked for _, asked in counts)
    assert asked == [0, len({chunk.indexed for chunk in library.chunks()})]  # one built, the other waited


def test_searches_go_on_while_indexes_take_each_others_place(library: Library) -> None:
    """Six swaps; what a thread has opened keeps answering from the documents it was made of."""
    question = WordEmbedder().embed(["data budget"])
    stop, problems, rounds = threading.Event(), [], [0, 0, 0]

    def ask(place: int) -> None:
        try:
            while not stop.is_set():
                index = sync(library, WordEmbedder()) if place else held
                scores = index.dense_scores(question)
                rows = WordEmbedder().embed([chunk.indexed for chunk in index.chunks[:]])
                assert scores.tolist() == pytest.approx((rows @ question[0]).tolist())
                assert len(index.lexical.scores("budget")) == index.rows == len(rows)
                rounds[place] += 1
        except BaseException as problem:
            problems.append(problem)

    held = sync(library, WordEmbedder())
    before = tuple(held.chunks)
    threads = [threading.Thread(target=ask, args=(place,)) for place in range(3)]
    for thread in threads:
        thread.start()
    for number in range(6):
        write(library, "lead.md", role_text("Lead Data Engineer", years=f"{number}", budget=f"{number} euros"))
        sync(library, WordEmbedder())
    stop.set()
    for thread in threads:
        thread.join()
    assert problems == []
    assert all(rounds)
    assert tuple(held.chunks) == before


def test_the_previous_index_comes_back_with_its_documents(moved_on: tuple[Library, Index, Index]) -> None:
    library, first, second = moved_on
    said: list[str] = []
    restore(shelf_of(library), library, said.append)
    assert library.fingerprint == first.fingerprint
    assert {source for source, _ in library.names()} == set(ROLES)
    embedder, silent = WordEmbedder(), []
    index = sync(library, embedder, silent.append)
    assert (embedder.asked, silent) == ([], [])
    assert tuple(index.chunks) == tuple(first.chunks) == library.chunks()
    assert "is again what that index was built from: 3 documents" in said[0]
    restore(shelf_of(library), library, said.append)  # and back again
    assert tuple(sync(library, WordEmbedder()).chunks) == tuple(second.chunks) == library.chunks()


def test_an_ingest_after_a_restore_brings_the_files_back(moved_on: tuple[Library, Index, Index]) -> None:
    library, _, second = moved_on
    restore(shelf_of(library), library, lambda _: None)
    ingest([library.folder.parent / "documents"], library.folder, Config())
    embedder = WordEmbedder()
    assert tuple(sync(library, embedder).chunks) == tuple(second.chunks)
    assert embedder.asked == []  # the index of these documents is still there


def test_there_may_be_nothing_to_restore(library: Library) -> None:
    with pytest.raises(UserError, match="no previous index"):
        restore(shelf_of(library), library, lambda _: None)
    sync(library, WordEmbedder())
    with pytest.raises(UserError, match="no previous index"):
        restore(shelf_of(library), library, lambda _: None)


@pytest.mark.parametrize("name", ["vectors.npy", "library.sqlite", MANIFEST])
def test_a_damaged_index_is_not_restored(moved_on: tuple[Library, Index, Index], name: str) -> None:
    library, _, second = moved_on
    previous, fingerprint = shelf_of(library).previous, library.fingerprint
    assert previous is not None
    (previous / name).write_bytes(b"{}")
    with pytest.raises(UserError, match="is damaged"):
        restore(shelf_of(library), library, lambda _: None)
    assert library.fingerprint == fingerprint
    assert tuple(sync(library, WordEmbedder()).chunks) == tuple(second.chunks)


def test_the_commands(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--library", str(library.folder)]

    def said(command: str, code: int) -> str:
        assert main([command, *where]) == code
        out, errors = capsys.readouterr()
        assert bool(errors) == (code == 2)
        return out + errors

    assert said("check", 0) == "no index yet: the first search builds it\n"
    sync(library, WordEmbedder())
    assert "There is no previous index" in said("restore", 2)
    write(library, "junior.md", None)
    assert "of another state of the library" in said("check", 0)
    sync(library, WordEmbedder())
    assert "0001 is in use again" in said("restore", 0)
    assert {source for source, _ in library.names()} == set(ROLES)
    checked = said("check", 0).splitlines()
    assert checked[-1] == "0 faults"
    assert "fake:words, 12 chunks" in checked[0]
    (library.folder / "index" / "fake-words" / "0001" / "lexical.rows.npy").write_bytes(b"")
    assert "lexical.rows.npy does not have its checksum" in said("check", 1)


def test_the_commands_load_no_model(library: Library) -> None:
    sync(library, WordEmbedder())
    for options in (["check", "--library", str(library.folder)], ["restore", "--help"]):
        command = [sys.executable, "-W", "error", "-X", "importtime", "-m", "retrieval", *options]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60, check=False)
        assert done.returncode == 0
        assert " torch" not in done.stderr


def test_several_embedders_must_be_named(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("fake:words", "fake:other"):
        sync(library, WordEmbedder(name=name))
    write(library, "junior.md", None)
    for name in ("fake:words", "fake:other"):
        sync(library, WordEmbedder(name=name))
    assert main(["restore", "--library", str(library.folder)]) == 2
    assert "Several embedders have a previous index (fake:other, fake:words)" in capsys.readouterr().err


def test_a_file_with_the_wrong_rows_is_a_fault_even_with_its_checksum(library: Library) -> None:
    sync(library, WordEmbedder())
    folder = shelf_of(library).current
    assert folder is not None
    assert [state.faults for state in states(shelf_of(library))] == [()]
    table = json.loads((folder / MANIFEST).read_text("utf-8"))
    assert table["chunks"] == library.chunk_count()
    del table["checksum"]
    Manifest(**{**table, "chunks": 7}).write(folder)
    (state,) = states(shelf_of(library))
    assert "columns.npy has 12 chunks, not 7" in state.faults

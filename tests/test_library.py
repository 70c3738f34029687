"""A library: what an ingest keeps, replaces and removes, and that nothing is ever half written."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from config import ChunkConfig, Config, IngestConfig, UserError
from ingest import library as on_disk
from ingest.library import FILE, Library
from ingest.pipeline import ingest, library_for
from ingest.records import FileReport, Known
from ingest.tables import Place, remove, replace, rows_of
from ingest.wire import unpack

SETTINGS = Config()


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")


def run(documents: Path, library: Path) -> dict[str, FileReport]:
    return {report.source: report for report in ingest([documents], library, SETTINGS)}


def statuses(reports: dict[str, FileReport]) -> dict[str, str]:
    return {source.removesuffix(".txt"): report.status for source, report in reports.items()}


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A folder with two small documents."""
    write(tmp_path / "documents", one="The first document says this.", two="The second one says that.")
    return tmp_path / "documents"


@pytest.fixture
def folder(documents: Path, tmp_path: Path) -> Path:
    """The folder of a library of these two."""
    assert statuses(run(documents, tmp_path / "library")) == {"one": "added", "two": "added"}
    return tmp_path / "library"


def texts(folder: Path) -> dict[str, str]:
    return {document.source.removesuffix(".txt"): document.text for document in Library.open(folder).documents()}


def test_what_is_stored_is_what_is_read_back(bundled, tmp_path):
    old, new = Library.open(bundled), Library.create(tmp_path)
    with new.writing() as connection:
        for document in old.documents():
            chunks = [chunk for chunk in old.chunks() if chunk.source == document.source]
            place = Place(document.id, "/", "test", frozenset({"a", document.id}))
            replace(connection, rows_of(document, chunks), place, b"signature")
    assert new.documents() == old.documents()
    assert new.chunks() == old.chunks()
    for document in old.documents():
        assert new.states()[document.source] == Known(document.sha256, "test", "/", document.id)
        assert new.edges()[document.source] == {"a", document.id}


def test_unchanged_files_are_skipped_and_nothing_changes(documents, folder):
    before = (folder / FILE).read_bytes()
    assert statuses(run(documents, folder)) == {"one": "unchanged", "two": "unchanged"}
    assert (folder / FILE).read_bytes() == before


def test_a_touched_file_with_the_same_content_is_unchanged(documents, folder):
    os.utime(documents / "one.txt", (1, 1))
    assert statuses(run(documents, folder)) == {"one": "unchanged", "two": "unchanged"}


def test_other_chunk_settings_read_every_file_again(documents, folder):
    reports = ingest([documents], folder, Config(chunks=ChunkConfig(target_characters=10)))
    assert {report.status for report in reports} == {"changed"}


def test_a_changed_file_is_replaced_and_a_removed_one_removed(documents, folder):
    write(documents, one="The first document says something else now.", three="A third one.")
    (documents / "two.txt").unlink()
    assert statuses(run(documents, folder)) == {"one": "changed", "two": "removed", "three": "added"}
    assert texts(folder) == {"one": "The first document says something else now.", "three": "A third one."}
    assert {chunk.source for chunk in Library.open(folder).chunks()} == {"one.txt", "three.txt"}


def test_a_file_of_another_folder_is_not_removed(tmp_path, folder):
    write(tmp_path / "more", three="A third one.")
    assert statuses(run(tmp_path / "more", folder)) == {"three": "added"}
    assert set(texts(folder)) == {"one", "two", "three"}


def test_a_single_file_can_be_added_without_removing_its_neighbours(documents, folder):
    write(documents, three="A third one.")
    assert statuses(run(documents / "three.txt", folder)) == {"three": "added"}
    assert set(texts(folder)) == {"one", "two", "three"}


def test_two_files_with_the_same_source_are_an_error(tmp_path, documents):
    write(tmp_path / "more", one="Another first one.")
    with pytest.raises(UserError, match=r"Two files would both be called 'one\.txt'"):
        ingest([documents, tmp_path / "more"], tmp_path / "library", SETTINGS)
    assert not (tmp_path / "library").exists()


def test_the_same_path_twice_is_one_path(tmp_path, documents):
    reports = ingest([documents, documents, documents / "one.txt"], tmp_path / "library", SETTINGS)
    assert [report.status for report in reports] == ["added", "added"]


def test_one_bad_file_does_not_stop_the_others(documents, tmp_path):
    (documents / "bad.pdf").write_bytes(b"%PDF-1.7")
    (documents / "empty.txt").write_bytes(b"")
    (documents / "half.json").write_bytes(b'{"title": "x", "content": "<p>a\\ud800b</p>"}')
    (documents / os.fsdecode(b"caf\xe9.txt")).write_text("A name that is not UTF-8.", encoding="utf-8")
    reports = run(documents, tmp_path / "library")
    assert {source: report.status for source, report in reports.items()} == {
        "bad.pdf": "failed", "caf\\udce9.txt": "added", "empty.txt": "failed", "half.json": "added", "one.txt": "added",
        "two.txt": "added",
    }  # fmt: skip
    assert reports["bad.pdf"].message.startswith("bad.pdf ")


def test_a_file_that_turns_bad_keeps_its_last_good_text(documents, folder):
    (documents / "one.txt").write_bytes(b"%PDF-1.7")
    assert statuses(run(documents, folder)) == {"one": "failed", "two": "unchanged"}
    assert texts(folder)["one"] == "The first document says this."


def test_nothing_but_bad_files_is_an_error_that_names_them_all(tmp_path):
    write(tmp_path / "documents", one="", two=" ")
    with pytest.raises(UserError, match=r"None of the 2 file\(s\) could be read") as caught:
        run(tmp_path / "documents", tmp_path / "library")
    assert "one.txt is empty" in str(caught.value)
    assert "two.txt is empty" in str(caught.value)


FOOTER = "\n\nFind trusted hospitals near you\n\nCompare them all in one place\n\nExplore hospitals\n"


def test_the_order_of_ingests_does_not_matter(tmp_path):
    """A tail that repeats is furniture, also in a document that was read before the second one came."""
    bodies = {name: f"The {name} does its own work with care. " * 5 + FOOTER for name in ("alpha", "beta")}
    write(tmp_path / "documents", alpha=bodies["alpha"])
    assert statuses(run(tmp_path / "documents", tmp_path / "early")) == {"alpha": "added"}
    assert "hospitals" in texts(tmp_path / "early")["alpha"]
    write(tmp_path / "documents", beta=bodies["beta"])
    assert statuses(run(tmp_path / "documents", tmp_path / "early")) == {"alpha": "changed", "beta": "added"}
    run(tmp_path / "documents", tmp_path / "late")
    assert texts(tmp_path / "early") == texts(tmp_path / "late")
    assert "hospitals" not in "".join(texts(tmp_path / "late").values())
    assert Library.open(tmp_path / "early").fingerprint == Library.open(tmp_path / "late").fingerprint
    (tmp_path / "documents" / "beta.txt").unlink()
    assert statuses(run(tmp_path / "documents", tmp_path / "early")) == {"alpha": "changed", "beta": "removed"}
    assert "hospitals" in texts(tmp_path / "early")["alpha"]


def test_headings_of_one_template_are_not_furniture(tmp_path):
    for role in ("Data Engineer", "Product Manager"):
        parts = [f"\n## {part}\n\n- what a {role} needs\n" for part in ("Responsibilities", "Requirements", "Extras")]
        write(tmp_path / "documents", **{role: f"# {role}\n{''.join(parts)}"})
    run(tmp_path / "documents", tmp_path / "library")
    assert [text.count("what a") for text in texts(tmp_path / "library").values()] == [3, 3]


def test_an_exception_in_the_middle_of_a_write_leaves_the_old_state(folder):
    library = Library.open(folder)
    before = library.documents(), library.chunks(), library.fingerprint
    with pytest.raises(KeyboardInterrupt), library.writing() as connection:
        remove(connection, "one.txt")
        assert connection.execute("SELECT count(*) FROM documents").fetchone() == (1,)
        raise KeyboardInterrupt
    assert (library.documents(), library.chunks(), library.fingerprint) == before


def test_a_reader_sees_the_old_state_until_the_write_ends(folder):
    library = Library.open(folder)
    with library.writing() as connection:
        remove(connection, "one.txt")
        assert set(texts(folder)) == {"one", "two"}
    assert set(texts(folder)) == {"two"}


def test_everything_in_one_reading_is_of_one_state(folder):
    """A writer that comes in between two look-ups of one reading has to wait; it cannot change what is seen."""
    library = Library.open(folder)
    with library._reading() as reading:
        assert reading.execute("SELECT count(*) FROM documents").fetchone() == (2,)
        with closing(sqlite3.connect(folder / FILE, timeout=0.05, isolation_level=None)) as other:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("DELETE FROM units")
        assert reading.execute("SELECT count(*) FROM units").fetchone() == (2,)


def test_a_second_writer_is_told_to_wait(documents, folder, monkeypatch):
    monkeypatch.setattr(on_disk, "LOCK_SECONDS", 0.05)
    write(documents, one="Changed.")
    with Library.open(folder).ingesting(), pytest.raises(UserError, match="Wait for the other ingest to end"):
        run(documents, folder)
    assert statuses(run(documents, folder)) == {"one": "changed", "two": "unchanged"}


def test_the_fingerprint_names_the_content(documents, folder, tmp_path):
    first = Library.open(folder).fingerprint
    run(documents, tmp_path / "other")
    assert Library.open(tmp_path / "other").fingerprint == first
    write(documents, one="The first document says thus.")
    run(documents, folder)
    assert Library.open(folder).fingerprint != first
    write(documents, one="The first document says this.")
    run(documents, folder)
    assert Library.open(folder).fingerprint == first


def test_no_library(tmp_path):
    with pytest.raises(UserError, match=r"There is no library in .*Build one first: python -m ingest") as caught:
        Library.open(tmp_path / "nowhere")
    assert str(tmp_path / "nowhere") in str(caught.value)


def test_a_library_of_another_format(documents, folder):
    with Library.open(folder).writing() as connection:
        connection.execute("UPDATE meta SET value = '99'")
    for attempt in (lambda: Library.open(folder), lambda: run(documents, folder)):
        with pytest.raises(UserError, match="has format 99; this Rolebook reads format 2"):
            attempt()


@pytest.mark.parametrize("content", [b"this is no database at all" * 99, b"SQLite format 3\0" + b"\xff" * 9000, b""])
def test_a_damaged_library_says_which_file_to_delete(documents, folder, content):
    (folder / FILE).write_bytes(content)
    for attempt in (lambda: Library.open(folder), lambda: run(documents, folder)):
        with pytest.raises(UserError, match="delete that file and ingest again") as caught:
            attempt()
        assert str(folder / FILE) in str(caught.value)


def test_a_library_damaged_behind_its_head(folder):
    data = bytearray((folder / FILE).read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    (folder / FILE).write_bytes(data)
    with pytest.raises(UserError, match="cannot be read"):
        Library.open(folder).documents()


def test_a_library_folder_that_cannot_be_made(documents, tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(UserError, match=r"cannot be made: .*Choose another --library folder"):
        run(documents, tmp_path / "file")
    (tmp_path / "odd" / FILE).mkdir(parents=True)
    with pytest.raises(UserError, match=r"cannot be opened .*Choose another --library folder"):
        run(documents, tmp_path / "odd")


def test_an_empty_folder_and_a_missing_path(tmp_path):
    (tmp_path / "empty" / ".hidden").mkdir(parents=True)
    (tmp_path / "empty" / ".note.txt").write_text("hidden", encoding="utf-8")
    with pytest.raises(UserError, match="There are no documents in"):
        run(tmp_path / "empty", tmp_path / "library")
    with pytest.raises(UserError, match="There is no file or folder"):
        run(tmp_path / "missing", tmp_path / "library")
    assert not (tmp_path / "library").exists()


def test_loops_and_dead_links_are_named_and_stop_nothing(documents, tmp_path):
    (documents / "up").symlink_to(documents.parent, target_is_directory=True)
    (documents / "self.txt").symlink_to(documents / "self.txt")
    (documents / "dead.txt").symlink_to(tmp_path / "nowhere.txt")
    os.mkfifo(documents / "pipe.txt")
    found = run(documents, tmp_path / "library")
    assert statuses(found) == {
        "dead": "failed", "one": "added", "pipe": "failed", "self": "failed", "two": "added", "up": "failed",
    }  # fmt: skip
    assert "which is not followed" in found["up"].message
    assert "leads nowhere (or in a circle)" in found["dead.txt"].message + found["self.txt"].message
    assert "neither a file nor a folder" in found["pipe.txt"].message
    with pytest.raises(UserError, match="There is no file or folder"):
        run(documents / "self.txt", tmp_path / "library")


def test_a_library_inside_its_documents_is_not_a_document(documents):
    for expected in ("added", "unchanged"):
        assert statuses(run(documents, documents / "library")) == {"one": expected, "two": expected}


def test_folders_keep_their_place_in_the_source(documents, tmp_path):
    write(documents / "team" / "nlp", deep="A deep one.")
    assert set(statuses(run(documents, tmp_path / "library"))) == {"one", "two", "team/nlp/deep"}


def test_every_documents_folder_has_its_own_library(tmp_path, data):
    first, second = library_for(tmp_path / "a"), library_for(tmp_path / "b")
    assert first != second
    assert first == library_for(tmp_path / "x" / ".." / "a")
    assert first.parent == data / "libraries"


def test_the_same_source_of_another_folder_does_not_replace_the_first(documents, folder, tmp_path):
    write(tmp_path / "more", one="Another text.", three="A third one.")
    reports = run(tmp_path / "more", folder)
    assert statuses(reports) == {"one": "failed", "three": "added"}
    assert str(documents) in reports["one.txt"].message
    assert texts(folder)["one"] == "The first document says this."


def test_a_folder_that_has_moved_takes_its_documents_along(documents, folder, tmp_path):
    moved = documents.rename(tmp_path / "moved")
    (moved / "two.txt").unlink()
    run(moved, folder)
    assert set(texts(folder)) == {"one", "two"}  # nobody said that the old folder's file is gone
    write(moved, two="Here again.")
    assert statuses(run(moved, folder)) == {"one": "unchanged", "two": "changed"}
    (moved / "two.txt").unlink()
    assert statuses(run(moved, folder)) == {"one": "unchanged", "two": "removed"}


def test_what_markdown_documents_share_at_their_end_is_content(tmp_path):
    for name in ("steward", "clerk"):
        (tmp_path / f"{name}.md").write_text(
            f"# {name.title()}\n\nA long description of what the {name} does all day.\n\n"
            "## Key measures\n\nNone yet.\n\n## Applying\n\nAsk us.\n",
            encoding="utf-8",
        )
    run(tmp_path, tmp_path / "library")
    assert all("Ask us." in text and "Key measures" in text for text in texts(tmp_path / "library").values())


def test_sentences_after_the_closing_table_are_kept_and_captions_are_not(tmp_path):
    body = "\n\n".join(f"{number}) Part {number}\n\nText of part {number}." for number in range(1, 9))
    table = "\n\n| Item | Summary |\n| Role | Steward |\n\n"
    kept = "Probation takes six months.\nA licence is needed.\n"
    write(tmp_path / "kept", one=f"Steward\n\n{body}{table}{kept}")
    write(tmp_path / "cut", one=f"Steward\n\n{body}{table}Was this helpful? Yes / No\n2 Comments\nNewest first\n")
    run(tmp_path / "kept", tmp_path / "a")
    run(tmp_path / "cut", tmp_path / "b")
    assert "Probation takes six months." in texts(tmp_path / "a")["one"]
    assert "2 Comments" not in texts(tmp_path / "b")["one"]
    assert texts(tmp_path / "b")["one"].endswith("| Role | Steward |")


# --- ids, failures and older libraries -------------------------------------------------------------------------------


def events(folder: Path, source: str) -> list[tuple[str, str]]:
    """What happened to a document, without its times."""
    library = Library.open(folder)
    document = library.document(source)
    assert document is not None
    return [(event.event, event.source) for event in library.history(document.id)]


def test_a_renamed_file_keeps_its_id_and_its_history(documents, folder):
    before = Library.open(folder).states()["one.txt"].id
    (documents / "team").mkdir()
    (documents / "one.txt").rename(documents / "team" / "uno.txt")
    found = run(documents, folder)
    assert statuses(found) == {"team/uno": "renamed", "two": "unchanged"}
    assert found["team/uno.txt"].message == "It was one.txt before."
    assert Library.open(folder).states()["team/uno.txt"].id == before
    assert events(folder, "team/uno.txt") == [("added", "one.txt"), ("renamed", "team/uno.txt")]
    write(documents / "team", uno="Now it says more.")
    assert statuses(run(documents, folder)) == {"team/uno": "changed", "two": "unchanged"}
    assert events(folder, "team/uno.txt")[-1] == ("changed", "team/uno.txt")
    assert {chunk.source for chunk in Library.open(folder).chunks()} == {"team/uno.txt", "two.txt"}


def test_a_new_file_under_an_old_name_is_another_document(documents, folder):
    first = Library.open(folder).states()["one.txt"].id
    (documents / "one.txt").rename(documents / "uno.txt")
    write(documents, one="Something new under the old name.")
    # the old name is still there, so nothing tells a rename from a copy and a change
    assert statuses(run(documents, folder)) == {"one": "changed", "uno": "added", "two": "unchanged"}
    (documents / "uno.txt").unlink()
    (documents / "one.txt").rename(documents / "eins.txt")
    run(documents, folder)
    write(documents, one="A third text.")
    run(documents, folder)
    states = Library.open(folder).states()
    assert states["eins.txt"].id == first
    assert len({state.id for state in states.values()}) == 3


def test_a_file_that_comes_back_has_its_id_again(documents, folder):
    before = Library.open(folder).states()["one.txt"].id
    text = (documents / "one.txt").read_text(encoding="utf-8")
    (documents / "one.txt").unlink()
    assert statuses(run(documents, folder)) == {"one": "removed", "two": "unchanged"}
    write(documents, one=text)
    assert statuses(run(documents, folder)) == {"one": "added", "two": "unchanged"}
    assert Library.open(folder).states()["one.txt"].id == before
    assert [event for event, _ in events(folder, "one.txt")] == ["added", "removed", "added"]


def test_copies_that_move_together_are_told_apart_by_their_order(documents, tmp_path):
    write(documents, three="The first document says this.")
    run(documents, tmp_path / "library")
    ids = {source: state.id for source, state in Library.open(tmp_path / "library").states().items()}
    (documents / "one.txt").rename(documents / "a.txt")
    (documents / "three.txt").rename(documents / "b.txt")
    assert statuses(run(documents, tmp_path / "library")) == {"a": "renamed", "b": "renamed", "two": "unchanged"}
    states = Library.open(tmp_path / "library").states()
    assert (states["a.txt"].id, states["b.txt"].id) == (ids["one.txt"], ids["three.txt"])


def test_a_failure_is_remembered_until_the_file_or_the_limits_change(documents, folder):
    (documents / "bad.json").write_bytes(b'{"title": ')
    first = run(documents, folder)["bad.json"]
    before = (folder / FILE).read_bytes()
    assert run(documents, folder)["bad.json"].message == first.message
    assert (folder / FILE).read_bytes() == before
    assert list(Library.open(folder).failures()) == ["bad.json"]
    again = {report.source: report for report in ingest([documents], folder, SETTINGS, retry=True)}
    assert again["bad.json"].message == first.message
    write(documents / "other", three="A third one.")
    run(documents / "other", folder)  # says nothing of the files elsewhere
    assert list(Library.open(folder).failures()) == ["bad.json"]
    (documents / "bad.json").unlink()
    run(documents, folder)
    assert Library.open(folder).failures() == {}


def test_a_library_of_format_1_is_brought_up_to_date(documents, folder):
    before = texts(folder)
    with closing(sqlite3.connect(folder / FILE)) as connection, connection:
        for name in ("level", "code", "language", "dates", "personal", "pages", "reader", "signature", "digest"):
            connection.execute(f"ALTER TABLE documents DROP COLUMN {name}")
        for table in ("failures", "duplicates", "history"):
            connection.execute(f"DROP TABLE {table}")
        note = '[{"step": "compose", "count": 1, "detail": ""}]'
        connection.execute("UPDATE documents SET made_by = 'older', notes = ?", (note,))
        connection.execute("UPDATE meta SET value = '1'")
    assert texts(folder) == before
    assert [note.step for document in Library.open(folder).documents() for note in document.notes] == ["compose"] * 2
    assert statuses(run(documents, folder)) == {"one": "changed", "two": "changed"}
    assert texts(folder) == before


def test_near_copies_are_grouped(documents, tmp_path):
    text = " ".join(f"Sentence number {number} says what the steward does." for number in range(60))
    write(documents, long=text, longer=f"{text} One more.")
    run(documents, tmp_path / "library")
    (group,) = Library.open(tmp_path / "library").duplicates()
    assert {source for source, _ in group} == {"long.txt", "longer.txt"}
    assert group[0][1] == 1.0 > group[1][1] > 0.9
    (documents / "long.txt").unlink()
    run(documents, tmp_path / "library")
    assert Library.open(tmp_path / "library").duplicates() == ()


def test_personal_data_is_redacted_before_anything_is_stored(tmp_path):
    write(tmp_path / "documents", one="Ask Jo at jo.doe@example.org about the plan.")
    settings = Config(ingest=IngestConfig(redact=True))
    ingest([tmp_path / "documents"], tmp_path / "library", settings)
    (document,) = Library.open(tmp_path / "library").documents()
    assert "jo.doe" not in document.text
    assert "about the plan." in document.text
    stored = b"".join(path.read_bytes() for path in (tmp_path / "library").iterdir())
    assert b"jo.doe" not in stored
    packed = sqlite3.connect(tmp_path / "library" / "readings.sqlite")
    with closing(packed):
        (data,) = packed.execute("SELECT packed FROM readings").fetchone()
    assert "jo.doe" not in unpack(data).blocks[0].text


def test_a_reading_is_not_made_twice_and_a_damaged_cache_is_made_anew(documents, folder):
    other = Config(chunks=ChunkConfig(target_characters=10))
    (documents / "one.txt").chmod(0o644)
    cache = folder / "readings.sqlite"
    kept = cache.read_bytes()
    ingest([documents], folder, other)
    assert cache.read_bytes() == kept
    cache.write_bytes(b"no database" * 1000)
    assert {report.status for report in ingest([documents], folder, SETTINGS)} == {"changed"}
    assert texts(folder)["one"] == "The first document says this."

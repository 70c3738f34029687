"""The index: built once, brought up to date, never trusted where damaged, one per embedder; its rows and scores."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from fakes import ROLES, WordEmbedder, made_library, role_text
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from config import Config, UserError
from ingest.library import Library
from ingest.pipeline import ingest
from ingest.records import Chunk, Kind
from retrieval import columns
from retrieval.columns import Columns, StoredChunks
from retrieval.index import Index, best_rows, sync
from retrieval.shelf import MANIFEST, PARTS, Manifest, Shelf
from retrieval.token_vectors import FILES

NAMES = [name for part in PARTS for name in part.files]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return made_library(tmp_path, ROLES)


@pytest.fixture(scope="module")
def with_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a library and its index, to be copied."""
    library = made_library(tmp_path_factory.mktemp("whole"), ROLES)
    sync(library, WordEmbedder())
    return library.folder


@pytest.fixture
def copied(with_index: Path, tmp_path: Path) -> Library:
    return Library.open(Path(shutil.copytree(with_index, tmp_path / "library")))


def current(library: Library, embedder: str = "fake:words") -> Path:
    folder = Shelf.of(library, embedder).current
    assert folder is not None
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def expected_scores(index: Index, question: np.ndarray) -> list[float]:
    return [float(WordEmbedder().embed([chunk.indexed])[0] @ question[0]) for chunk in index.chunks]


def same_answers(one: Index, other: Index) -> bool:
    question = WordEmbedder().embed(["model data"])
    return (
        tuple(one.chunks) == tuple(other.chunks)
        and one.dense_scores(question).tolist() == other.dense_scores(question).tolist()
        and one.lexical.scores("data budget").tolist() == other.lexical.scores("data budget").tolist()
    )


def test_the_embedder_is_one_a_human_can_compute() -> None:
    rows = WordEmbedder(("data", "model")).embed(["Data and data", "a model", ""])
    np.testing.assert_allclose(rows, [[5**-0.5, 2 * 5**-0.5, 0], [2**-0.5, 0, 2**-0.5], [1, 0, 0]], rtol=1e-6)


def test_every_row_belongs_to_its_chunk(library: Library) -> None:
    embedder = WordEmbedder()
    index = sync(library, embedder)
    chunks = library.chunks()
    assert tuple(index.chunks) == chunks
    assert index.rows == len(index.chunks) == len(chunks)
    assert sorted(embedder.asked) == sorted({chunk.indexed for chunk in chunks})  # every text once
    question = WordEmbedder().embed(["which data does the budget model need"])
    np.testing.assert_allclose(index.dense_scores(question), expected_scores(index, question), rtol=1e-5)
    best = int(np.argmax(index.lexical.scores("70,000 euros")))
    assert "70,000" in index.chunks[best].text
    best = int(np.argmax(index.lexical.scores("senior")))  # the title is indexed too
    assert index.chunks[best].role == "Senior Data Engineer"


def test_columns_say_what_the_chunks_say(tmp_path: Path) -> None:
    made_library(tmp_path, {**ROLES, "hr/pay.md": "---\naudience: finance\n---\n# Pay\n\nA bonus.\n"})
    library = Library.open(tmp_path / "library")
    for table in (sync(library, WordEmbedder()).columns, Columns.of(library.chunks(), library.audiences())):
        for row, chunk in enumerate(library.chunks()):
            assert table.roles[table.role[row]] == chunk.role
            assert table.kinds[table.kind[row]] == chunk.kind
            assert table.sources[table.source[row]] == chunk.source
            assert (table.section[row], table.start[row], table.end[row]) == (chunk.section, chunk.start, chunk.end)
            audience = "finance" if chunk.source == "hr/pay.md" else "public"
            assert table.audiences[table.audience[row]] == audience


def test_a_second_sync_does_not_embed_or_write(library: Library) -> None:
    sync(library, WordEmbedder())
    before, folder = contents(current(library)), current(library)
    embedder, said = WordEmbedder(), []
    again = sync(library, embedder, said.append)
    assert (embedder.asked, said) == ([], [])
    assert tuple(again.chunks) == library.chunks()
    assert current(library) == folder
    assert contents(folder) == before


def test_only_new_texts_of_a_changed_document_are_embedded(library: Library, tmp_path: Path) -> None:
    old = {chunk.indexed for chunk in sync(library, WordEmbedder()).chunks}
    text = ROLES["lead.md"].replace("A degree helps.", "A doctorate helps.")
    (tmp_path / "documents" / "lead.md").write_text(text, "utf-8")
    ingest([tmp_path / "documents"], library.folder, Config())
    embedder = WordEmbedder()
    index = sync(library, embedder)
    assert len(embedder.asked) == 1
    assert "A doctorate helps." in embedder.asked[0]
    assert set(embedder.asked) == {chunk.indexed for chunk in index.chunks} - old
    question = WordEmbedder().embed(["data"])
    np.testing.assert_allclose(index.dense_scores(question), expected_scores(index, question), rtol=1e-5)


def test_a_removed_document_leaves_the_index_without_embedding(library: Library, tmp_path: Path) -> None:
    sync(library, WordEmbedder())
    (tmp_path / "documents" / "senior.md").unlink()
    ingest([tmp_path / "documents"], library.folder, Config())
    embedder = WordEmbedder()
    index = sync(library, embedder)
    assert embedder.asked == []
    assert {chunk.source for chunk in index.chunks} == {"junior.md", "lead.md"}
    assert index.rows == len(index.dense_scores(WordEmbedder().embed(["data"]))) == library.chunk_count()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("how", ["cut", "missing", "flipped"])
def test_what_is_damaged_is_said_aloud_and_built_again(copied: Library, name: str, how: str) -> None:
    library = copied
    good = Index.of(library.chunks(), WordEmbedder().embed([chunk.indexed for chunk in library.chunks()]))
    whole, folder = contents(current(library)), current(library)
    damage(folder / name, how)
    said: list[str] = []
    embedder = WordEmbedder()
    assert same_answers(sync(library, embedder, said.append), good)
    assert "damaged" in said[0]
    assert name in said[0]
    assert bool(embedder.asked) == (name in ("vectors.npy", *FILES))  # what is whole is kept
    rebuilt = contents(current(library))
    del whole[MANIFEST], rebuilt[MANIFEST]
    assert rebuilt.keys() == whole.keys()
    assert {n: b for n, b in rebuilt.items() if n != "library.sqlite"} == {
        n: b for n, b in whole.items() if n != "library.sqlite"
    }
    silent: list[str] = []
    sync(library, WordEmbedder(), silent.append)
    assert silent == []
    assert Shelf.of(library, "fake:words").previous is None  # a damaged index is nothing to go back to
    assert not folder.exists()


def damage(path: Path, how: str) -> None:
    content = path.read_bytes()
    path.unlink()  # a damaged disk changes one file, not what is linked to it
    if how == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif how == "flipped":
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"format": 99}', "changed"])
def test_without_a_sound_manifest_nothing_is_trusted(copied: Library, content: str | None) -> None:
    library = copied
    path = current(library) / MANIFEST
    text = path.read_text("utf-8")
    path.unlink()
    if content is not None:
        path.write_text(text.replace(library.fingerprint, "f" * 16) if content == "changed" else content, "utf-8")
    said: list[str] = []
    embedder = WordEmbedder()
    sync(library, embedder, said.append)
    assert "no manifest" in said[0]
    assert embedder.asked
    written = Manifest.read(current(library))
    assert written is not None
    assert set(written.files) == set(NAMES)
    assert written.fingerprint == library.fingerprint


@pytest.mark.parametrize("content", [None, "", "[]", '{"current": 7}', '{"current": "../x"}', '{"current": "0007"}'])
def test_an_index_that_nothing_points_to_is_found_again(copied: Library, content: str | None) -> None:
    library = copied
    path = Shelf.of(library, "fake:words").folder / "current.json"
    path.unlink() if content is None else path.write_text(content, "utf-8")
    embedder = WordEmbedder()
    assert tuple(sync(library, embedder).chunks) == library.chunks()
    assert embedder.asked == []


def test_an_interrupted_build_leaves_the_old_index_in_use(library: Library) -> None:
    class Stops(WordEmbedder):
        def embed(self, texts):
            raise KeyboardInterrupt

    good = sync(library, WordEmbedder())
    before = current(library)
    (library.folder.parent / "documents" / "new.md").write_text(role_text("Head", years="20", budget="1"), "utf-8")
    ingest([library.folder.parent / "documents"], library.folder, Config())
    with pytest.raises(KeyboardInterrupt):
        sync(library, Stops())
    assert current(library) == before
    embedder = WordEmbedder()
    index = sync(library, embedder)
    assert index.rows > good.rows
    assert all("Head" in text for text in embedder.asked)  # the old index still served
    assert not Shelf.of(library, "fake:words").building.exists()


@pytest.mark.parametrize("part", [part.name for part in PARTS if not part.of_embedder])
def test_a_part_of_an_earlier_version_is_made_again_without_embedding(copied: Library, part: str) -> None:
    folder = current(copied)
    whole, manifest = contents(folder), Manifest.read(folder)
    assert manifest is not None
    earlier = {**manifest.parts, part: manifest.parts[part] - 1}
    replace(manifest, parts=earlier).write(folder)
    embedder = WordEmbedder()
    sync(copied, embedder)
    now = Manifest.read(current(copied))
    assert now is not None
    assert now.parts == manifest.parts
    assert now.files.keys() == manifest.files.keys() == whole.keys() - {MANIFEST}
    assert embedder.asked == []


def test_another_embedder_builds_beside_and_names_the_first(library: Library) -> None:
    sync(library, WordEmbedder())
    before = contents(current(library))
    said: list[str] = []
    index = sync(library, WordEmbedder(("vendor",), "fake:other"), said.append)
    assert "was indexed with fake:words; this profile uses fake:other" in said[0]
    assert index.vectors.shape == (index.rows, 2)
    assert contents(current(library)) == before
    back: list[str] = []
    embedder = WordEmbedder()
    sync(library, embedder, back.append)
    assert (embedder.asked, back) == ([], [])


def test_an_embedder_of_another_dimension_under_the_same_name_is_not_mixed_in(library: Library) -> None:
    sync(library, WordEmbedder())
    index = sync(library, WordEmbedder(("vendor",)))
    assert index.vectors.shape == (index.rows, 2)
    assert len(index.dense_scores(WordEmbedder(("vendor",)).embed(["a vendor"]))) == index.rows


def test_a_lost_index_is_not_announced_as_another_embedders(library: Library, tmp_path: Path) -> None:
    sync(library, WordEmbedder())
    shutil.rmtree(current(library))
    said: list[str] = []
    sync(library, WordEmbedder(), said.append)
    assert not any("was indexed with" in line for line in said)


def test_what_the_first_format_left_is_taken_away(library: Library) -> None:
    shelf = Shelf.of(library, "fake:words")
    names = ("fake-words", "fake-words.previous", "fake-words.building.1")
    left = [shelf.folder.with_name(name) for name in names]
    for folder in left:
        folder.mkdir(parents=True)
        (folder / "vectors.faiss").write_bytes(b"old")
        (folder / MANIFEST).write_text('{"format": 1}', "utf-8")
    sync(library, WordEmbedder())
    assert sorted(path.name for path in shelf.folder.iterdir()) == ["0001", "current.json", "index.lock"]
    assert [path.exists() for path in left] == [True, False, False]


def test_ids_make_safe_folder_names(library: Library) -> None:
    assert Shelf.of(library, "hub:some/model@../../x").folder.parent == library.folder / "index"


def test_a_library_without_text_is_the_users_to_mend(tmp_path: Path) -> None:
    empty = Library.create(tmp_path / "empty")
    with pytest.raises(UserError, match="holds no text"):
        sync(empty, WordEmbedder())


# Few different values, so that scores tie.
NUMBERS = st.sampled_from([0.0, 0.5, 1.0])
VECTORS = arrays.arrays(np.float32, st.tuples(st.integers(1, 30), st.just(3)), elements=NUMBERS)


@given(vectors=VECTORS, most=st.integers(0, 40), data=st.data())
@settings(max_examples=50)
def test_the_best_rows_are_those_of_a_full_sort(vectors: np.ndarray, most: int, data: st.DataObject) -> None:
    chunks = [Chunk(f"a#{n}", "a", 0, (), Kind.OTHER, "", n, n + 1, "x", "x") for n in range(len(vectors))]
    index = Index.of(chunks, vectors)
    question = np.array([[0.25, 0.5, 1.0]], dtype=np.float32)
    scores = index.dense_scores(question)
    np.testing.assert_allclose(scores, vectors @ question[0], rtol=1e-6)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(vectors), max_size=len(vectors))))
    for rows, allowed in ((None, range(len(vectors))), (mask, np.flatnonzero(mask)), (np.flatnonzero(mask), None)):
        wanted = np.flatnonzero(mask) if allowed is None else allowed
        best, found = index.dense(question, most, rows)
        assert best.tolist() == sorted((int(row) for row in wanted), key=lambda row: (-scores[row], row))[:most]
        assert found.tolist() == scores[best].tolist()
        assert index.dense_of(question, best).tolist() == found.tolist()


@given(scores=st.lists(st.sampled_from([-1.0, 0.0, 0.5, 2.0]), max_size=30), most=st.integers(0, 40))
def test_best_rows_are_a_stable_sort(scores: list[float], most: int) -> None:
    expected = sorted(range(len(scores)), key=lambda row: (-scores[row], row))[:most]
    assert best_rows(np.array(scores, dtype=np.float32), most).tolist() == expected


def test_wrong_rows_and_vectors_are_refused(library: Library) -> None:
    index = sync(library, WordEmbedder())
    question = WordEmbedder().embed(["data"])
    for rows in ([index.rows], [-1]):
        with pytest.raises(IndexError):
            index.dense_of(question, rows)
    with pytest.raises(ValueError, match="a vector of 2 numbers"):
        index.dense_scores(question[:, :2])
    with pytest.raises(IndexError):
        index.chunks[index.rows]
    assert index.chunks[-1] == index.chunks[index.rows - 1] == index.chunks[-2:][1]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


ANY_ROW = st.tuples(TEXT, TEXT, TEXT, st.lists(TEXT, max_size=3), st.booleans(), st.integers(0, 3))


@given(rows=st.lists(ANY_ROW, min_size=1, max_size=6))
@settings(max_examples=60)
def test_any_chunk_comes_back_as_it_was(rows: list[tuple[str, str, str, list[str], bool, int]]) -> None:
    chunks = [
        Chunk(f"{source}#{n}", source, n, tuple(heading), Kind.KPIS, text[:3], n, n + len(text) + (more == 3), text,
              f"{role}\n{text}{role if more == 1 else ''}" if within else role)
        for n, (source, role, text, heading, within, more) in enumerate(rows)
    ]  # fmt: skip
    with TemporaryDirectory() as folder:
        columns.write(Path(folder), chunks, {})
        stored = StoredChunks(Path(folder), Columns.load(Path(folder)))
        assert list(stored) == chunks
        assert stored[:] == tuple(chunks)
        assert [stored[n - len(chunks)] for n in range(len(chunks))] == chunks
        assert [stored.indexed(n) for n in range(len(chunks))] == [chunk.indexed for chunk in chunks]

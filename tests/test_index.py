"""The index on disk: built once, brought up to date, never trusted when damaged, one per embedder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import faiss
import numpy as np
import pytest
from fakes import ROLES, WordEmbedder, made_library, role_text

from config import Config, UserError
from ingest.library import Library
from ingest.pipeline import ingest
from retrieval.index import MANIFEST, folder_of, sync

FILES = ("vectors.faiss", "lexical.npz", "vocabulary.json", "texts.json")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return made_library(tmp_path, ROLES)


def fingerprints(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_embedder_is_one_a_human_can_compute() -> None:
    rows = WordEmbedder(("data", "model")).embed(["Data and data", "a model", ""])
    np.testing.assert_allclose(rows, [[5**-0.5, 2 * 5**-0.5, 0], [2**-0.5, 0, 2**-0.5], [1, 0, 0]], rtol=1e-6)


def test_rows_of_both_indexes_belong_to_the_chunks(library: Library) -> None:
    embedder = WordEmbedder()
    index = sync(library, embedder)
    assert index.chunks == library.chunks()
    assert sorted(embedder.asked) == sorted({chunk.indexed for chunk in index.chunks})  # every text once
    question = WordEmbedder().embed(["which data does the budget model need"])
    expected = [float(WordEmbedder().embed([chunk.indexed])[0] @ question[0]) for chunk in index.chunks]
    np.testing.assert_allclose(index.dense_scores(question), expected, rtol=1e-5)
    best = int(np.argmax(index.lexical.scores("70,000 euros")))
    assert "70,000" in index.chunks[best].text


def test_a_second_sync_does_not_embed_or_write(library: Library) -> None:
    sync(library, WordEmbedder())
    before = fingerprints(folder_of(library, "fake:words"))
    embedder, said = WordEmbedder(), []
    again = sync(library, embedder, said.append)
    assert (embedder.asked, said) == ([], [])
    assert again.chunks == library.chunks()
    assert fingerprints(folder_of(library, "fake:words")) == before


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
    expected = [float(WordEmbedder().embed([chunk.indexed])[0] @ question[0]) for chunk in index.chunks]
    np.testing.assert_allclose(index.dense_scores(question), expected, rtol=1e-5)


def test_a_removed_document_leaves_the_index_without_embedding(library: Library, tmp_path: Path) -> None:
    sync(library, WordEmbedder())
    (tmp_path / "documents" / "senior.md").unlink()
    ingest([tmp_path / "documents"], library.folder, Config())
    embedder = WordEmbedder()
    index = sync(library, embedder)
    assert embedder.asked == []
    assert {chunk.source for chunk in index.chunks} == {"junior.md", "lead.md"}
    assert len(index.dense_scores(WordEmbedder().embed(["data"]))) == len(index.chunks)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("how", ["cut", "missing", "flipped"])
def test_a_damaged_index_is_built_again_and_said_aloud(library: Library, name: str, how: str) -> None:
    good = sync(library, WordEmbedder())
    path = folder_of(library, "fake:words") / name
    content = path.read_bytes()
    if how == "missing":
        path.unlink()
    elif how == "cut":
        path.write_bytes(content[: len(content) // 2])
    else:
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    said: list[str] = []
    embedder = WordEmbedder()
    index = sync(library, embedder, said.append)
    assert "damaged" in said[0]
    assert name in said[0]
    assert embedder.asked  # nothing of a damaged index is trusted
    question = WordEmbedder().embed(["model data"])
    assert index.dense_scores(question).tolist() == good.dense_scores(question).tolist()
    assert index.lexical.scores("data").tolist() == good.lexical.scores("data").tolist()
    silent: list[str] = []
    sync(library, WordEmbedder(), silent.append)
    assert silent == []


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"format": 99}'])
def test_a_folder_without_a_usable_manifest_is_built_again(library: Library, content: str | None) -> None:
    sync(library, WordEmbedder())
    manifest = folder_of(library, "fake:words") / MANIFEST
    if content is None:
        manifest.unlink()
    else:
        manifest.write_text(content, "utf-8")
    embedder = WordEmbedder()
    sync(library, embedder)
    assert embedder.asked
    written = json.loads(manifest.read_text("utf-8"))
    assert set(written["files"]) == set(FILES)
    assert written["fingerprint"] == library.fingerprint


def test_an_interrupted_build_leaves_no_trace(library: Library) -> None:
    class Stops(WordEmbedder):
        def embed(self, texts):
            raise KeyboardInterrupt

    good = sync(library, WordEmbedder())
    (library.folder.parent / "documents" / "new.md").write_text(role_text("Head", years="20", budget="1"), "utf-8")
    ingest([library.folder.parent / "documents"], library.folder, Config())
    with pytest.raises(KeyboardInterrupt):
        sync(library, Stops())
    half = folder_of(library, "fake:words").with_name("fake-words.building")
    half.mkdir()
    (half / "vectors.faiss").write_bytes(b"half")
    embedder = WordEmbedder()
    index = sync(library, embedder)
    assert len(index.chunks) > len(good.chunks)
    assert all("Head" in text for text in embedder.asked)  # the old index still served
    assert not half.exists()


def test_another_embedder_builds_beside_and_names_the_first(library: Library) -> None:
    sync(library, WordEmbedder())
    before = fingerprints(folder_of(library, "fake:words"))
    said: list[str] = []
    index = sync(library, WordEmbedder(("vendor",), "fake:other"), said.append)
    assert "was indexed with fake:words; this profile uses fake:other" in said[0]
    assert index.vectors.d == 2
    assert fingerprints(folder_of(library, "fake:words")) == before
    back: list[str] = []
    embedder = WordEmbedder()
    sync(library, embedder, back.append)
    assert (embedder.asked, back) == ([], [])


def test_an_embedder_of_another_dimension_under_the_same_name_is_not_mixed_in(library: Library) -> None:
    sync(library, WordEmbedder())
    index = sync(library, WordEmbedder(("vendor",)))
    assert index.vectors.d == 2
    assert len(index.dense_scores(WordEmbedder(("vendor",)).embed(["a vendor"]))) == len(index.chunks)


def test_the_previous_index_is_kept(library: Library, tmp_path: Path) -> None:
    first = sync(library, WordEmbedder())
    folder = folder_of(library, "fake:words")
    before = fingerprints(folder)
    (tmp_path / "documents" / "senior.md").unlink()
    ingest([tmp_path / "documents"], library.folder, Config())
    sync(library, WordEmbedder())
    previous = folder.with_name(f"{folder.name}.previous")
    assert fingerprints(previous) == before
    assert faiss.read_index(str(previous / "vectors.faiss")).ntotal == len(first.chunks)


def test_a_lost_index_is_not_announced_as_another_embedders(library: Library, tmp_path: Path) -> None:
    sync(library, WordEmbedder())
    (tmp_path / "documents" / "senior.md").unlink()
    ingest([tmp_path / "documents"], library.folder, Config())
    sync(library, WordEmbedder())  # leaves a previous index of the same embedder
    shutil.rmtree(folder_of(library, "fake:words"))
    said: list[str] = []
    sync(library, WordEmbedder(), said.append)
    assert not any("was indexed with" in line for line in said)


def test_ids_make_safe_folder_names(library: Library) -> None:
    folder = folder_of(library, "hub:some/model@../../x")
    assert folder.parent == library.folder / "index"


def test_a_library_without_text_is_the_users_to_mend(tmp_path: Path) -> None:
    empty = Library.create(tmp_path / "empty")
    with pytest.raises(UserError, match="holds no text"):
        sync(empty, WordEmbedder())

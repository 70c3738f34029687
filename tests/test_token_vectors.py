"""Token vectors in an index: kept through changes of the library, a killed build and a restored index."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from fakes import ROLES, WordEmbedder, WordTokenEmbedder, made_library, role_text
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from config import Config, ModelConfig, RetrievalConfig, Source
from ingest.library import Library
from ingest.pipeline import ingest
from retrieval.index import Index, sync
from retrieval.journal import Journal
from retrieval.models import open_embedder, open_reranker
from retrieval.records import Vectors
from retrieval.search import Retriever
from retrieval.shelf import Shelf
from retrieval.token_vectors import closed, late_interaction, opened
from retrieval.vectors import in_memory


class Failing(WordTokenEmbedder):
    """Stops at its second batch."""

    batches = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        """The first batch only."""
        self.batches += 1
        if self.batches > 1:
            message = "no more"
            raise RuntimeError(message)
        return super().embed(texts)


def assert_tokens_fit(index: Index) -> None:
    """Every row has the vectors of its own words."""
    assert index.tokens is not None
    texts = [chunk.indexed for chunk in index.chunks]
    for row, wanted in enumerate(WordTokenEmbedder().embed_tokens(texts)[1]):
        np.testing.assert_allclose(index.tokens.of(row), wanted, atol=0.01)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return made_library(tmp_path, ROLES)


def test_every_chunk_has_the_vectors_of_its_own_words(library: Library) -> None:
    assert_tokens_fit(sync(library, WordTokenEmbedder()))


def test_in_memory_they_are_as_on_the_disk(library: Library) -> None:
    written = sync(library, WordTokenEmbedder())
    vectors, tokens = in_memory(written.chunks, WordTokenEmbedder())
    assert tokens is not None
    assert written.tokens is not None
    for name in ("tokens", "places", "parts", "part_places"):
        np.testing.assert_array_equal(getattr(tokens, name), getattr(written.tokens, name))
    np.testing.assert_array_equal(vectors, written.vectors)


def test_an_embedder_without_token_vectors_has_an_index_without(library: Library) -> None:
    assert sync(library, WordEmbedder()).tokens is None


def test_a_change_embeds_only_what_is_new(library: Library, tmp_path: Path) -> None:
    old = {chunk.indexed for chunk in sync(library, WordTokenEmbedder()).chunks}
    (tmp_path / "documents" / "senior.md").write_text(role_text("Senior Data Engineer", years="6", budget="1 euro"))
    (tmp_path / "documents" / "junior.md").unlink()
    ingest([tmp_path / "documents"], library.folder, Config())
    embedder = WordTokenEmbedder()
    index = sync(library, embedder)
    assert set(embedder.asked) == {chunk.indexed for chunk in index.chunks} - old != set()
    assert_tokens_fit(index)


def test_an_index_made_without_tokens_gets_them(library: Library) -> None:
    sync(library, WordEmbedder())
    shelf = Shelf.of(library, WordEmbedder().id)
    (shelf.current or Path()).joinpath("tokens.npy").unlink()
    embedder = WordTokenEmbedder()
    index = sync(library, embedder)
    assert set(embedder.asked) == {chunk.indexed for chunk in index.chunks}
    assert_tokens_fit(index)


def test_a_build_that_failed_goes_on_with_its_tokens(tmp_path: Path) -> None:
    parts = "".join(f"## Part {n}\n\nThe data of part {n} {'is kept ' * (n % 7)}here.\n\n" for n in range(90))
    library = made_library(tmp_path, {"notes.md": f"# Notes\n\n{parts}"})
    with pytest.raises(RuntimeError):
        sync(library, Failing())
    folder = Shelf.of(library, "fake:words").building
    for name in Journal.names(WordEmbedder().dimension):  # half a batch, as a cut of the power leaves it
        with (folder / name).open("ab") as file:
            file.write(b"half")
    embedder = WordTokenEmbedder()
    index = sync(library, embedder)
    assert len(embedder.asked) == len({chunk.indexed for chunk in index.chunks}) - 64
    assert_tokens_fit(index)


@given(
    arrays.arrays(np.float32, st.tuples(st.integers(0, 8), st.just(6)), elements=st.floats(-1, 1, width=32)).map(
        lambda rows: rows[np.linalg.norm(rows, axis=1) > 0.01]
    )
)
def test_a_byte_a_number_keeps_directions(rows: Vectors) -> None:
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    assert ((opened(closed(unit, np.zeros(len(unit), dtype=np.int8))) * unit).sum(axis=1) > 0.999).all()


def test_late_interaction_takes_the_best_match_of_every_token() -> None:
    x, y = [1.0, 0.0], [0.0, 1.0]
    question = np.array([x, y], dtype=np.float32)
    texts = [np.array(rows, dtype=np.float32).reshape(-1, 2) for rows in ([x], [y, x], [])]
    assert late_interaction(question, texts).tolist() == [0.5, 1.0, -1.0]


def test_stored_and_computed_token_vectors_rank_alike(tmp_path: Path) -> None:
    """With the real models: only rounding is between them."""
    library = made_library(tmp_path, ROLES)
    embedder, reranker = open_embedder(ModelConfig(Source.EMBEDDED)), open_reranker(ModelConfig(Source.EMBEDDED))
    stored = sync(library, embedder)
    assert stored.tokens is not None
    computed = Index.of(tuple(stored.chunks), np.array(stored.vectors))
    searches = [
        Retriever(library.documents(), index, embedder, reranker, RetrievalConfig()).search("Who decides on vendors?")
        for index in (stored, computed)
    ]
    first, second = ({hit.chunk: hit.score for hit in search.stage("reranked").hits} for search in searches)
    assert first.keys() == second.keys()
    assert max(abs(first[row] - second[row]) for row in first) < 0.05
    assert searches[0].passages[0].text == searches[1].passages[0].text

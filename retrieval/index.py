"""The index of a library for one embedder: FAISS vectors and the BM25 matrix, in a folder of its own.

Disposable: everything can be rebuilt from the library. A new index is built beside the old one, its manifest is
written last, and the folders are swapped; the previous one is kept. Texts that were embedded before are not again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from config import UserError
from ingest.library import Library
from ingest.records import Chunk
from retrieval import lexical
from retrieval.lexical import Lexical
from retrieval.records import Embedder, Vectors

FORMAT = 1
MANIFEST = "manifest.json"
_FILES = ("vectors.faiss", "lexical.npz", "vocabulary.json", "texts.json")
_BATCH = 64
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Index:
    """Chunks with their two indexes; row ``i`` of both belongs to ``chunks[i]``."""

    chunks: tuple[Chunk, ...]
    lexical: Lexical
    vectors: Any  # faiss.IndexFlatIP
    fingerprint: str

    def dense_scores(self, vector: Vectors) -> NDArray[np.float32]:
        """(chunks,) float32: cosine of one (1, dimension) unit vector with every chunk."""
        scores, rows = self.vectors.search(vector, len(self.chunks))
        ordered = np.zeros(len(self.chunks), dtype=np.float32)
        ordered[rows[0]] = scores[0]
        return ordered


def folder_of(library: Library, embedder_id: str) -> Path:
    """Where the index for this embedder lives."""
    return library.folder / "index" / re.sub(r"[^A-Za-z0-9.-]+", "-", embedder_id)


def sync(library: Library, embedder: Embedder, say: Say = lambda _: None) -> Index:
    """Open the index for ``embedder``, building what is missing, changed or damaged (and saying so).

    Raises:
        UserError: the library holds no chunks.

    """
    chunks = library.chunks()
    if not chunks:
        message = f"The library in {library.folder} holds no text. Ingest documents into it first."
        raise UserError(message)
    folder = folder_of(library, embedder.id)
    manifest = _manifest(folder)
    fingerprint = library.fingerprint
    damaged = manifest is not None and _damage(folder, manifest)
    if damaged:
        say(f"The index in {folder} is damaged ({damaged}); it is built again.")
    elif manifest is None:
        _say_new(library, embedder, folder, say)
    usable = manifest is not None and not damaged and manifest["dimension"] == embedder.dimension
    if manifest is None or not usable or manifest["fingerprint"] != fingerprint:
        _build(folder, folder if usable else None, chunks, embedder, fingerprint, say)
    return _load(folder, chunks, fingerprint)


def _say_new(library: Library, embedder: Embedder, folder: Path, say: Say) -> None:
    others = [_manifest(path) for path in sorted(folder.parent.glob("*")) if path.is_dir()]
    names = sorted({other["embedder"] for other in others if other is not None} - {embedder.id})
    if names:
        say(
            f"The library in {library.folder} was indexed with {', '.join(names)}; this profile uses {embedder.id}. "
            "Building an index for it beside the old one (the old one stays; run with its profile to use it)."
        )


def _manifest(folder: Path) -> dict[str, Any] | None:
    try:
        found = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("format") == FORMAT else None


def _damage(folder: Path, manifest: dict[str, Any]) -> str:
    """Which file differs from the manifest's checksum, '' for none."""
    for name in _FILES:
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        if _checksum(path) != manifest["files"].get(name):
            return f"{name} does not have its checksum"
    return ""


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _build(
    folder: Path, old: Path | None, chunks: Sequence[Chunk], embedder: Embedder, fingerprint: str, say: Say
) -> None:
    import faiss

    texts = [chunk.indexed for chunk in chunks]
    keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    vectors = _embed(texts, keys, _known_vectors(old), embedder, say)
    for unfinished in folder.parent.glob(f"{folder.name}.building*"):
        if not _is_running(unfinished.suffix.removeprefix(".")):
            shutil.rmtree(unfinished, ignore_errors=True)
    new = folder.with_name(f"{folder.name}.building.{os.getpid()}")
    new.mkdir(parents=True)
    index = faiss.IndexFlatIP(embedder.dimension)
    index.add(vectors)
    faiss.write_index(index, str(new / "vectors.faiss"))
    lexical.build(texts).save(new)
    (new / "texts.json").write_text(json.dumps(keys), "utf-8")
    manifest = {
        "format": FORMAT,
        "embedder": embedder.id,
        "dimension": embedder.dimension,
        "chunks": len(chunks),
        "fingerprint": fingerprint,
        "files": {name: _checksum(new / name) for name in _FILES},
    }
    (new / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
    previous = folder.with_name(f"{folder.name}.previous")
    if folder.exists():
        shutil.rmtree(previous, ignore_errors=True)
        folder.rename(previous)
    new.rename(folder)


def _is_running(process: str) -> bool:
    """Whether ``process`` is the number of another process that runs: its building is its own."""
    if not process.isdigit() or int(process) == os.getpid():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _known_vectors(old: Path | None) -> dict[str, Vectors]:
    if old is None:
        return {}
    import faiss

    keys = json.loads((old / "texts.json").read_text("utf-8"))
    rows = faiss.read_index(str(old / "vectors.faiss")).reconstruct_n(0, len(keys))
    return dict(zip(keys, rows, strict=True))


def _embed(
    texts: Sequence[str], keys: Sequence[str], known: dict[str, Vectors], embedder: Embedder, say: Say
) -> Vectors:
    """(texts, dimension) float32; asks the embedder only for texts that it has not seen, shortest first."""
    wanted = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    missing = sorted(wanted.items(), key=lambda pair: len(pair[1]))
    for start in range(0, len(missing), _BATCH):
        batch = missing[start : start + _BATCH]
        rows = embedder.embed([text for _, text in batch])
        known.update({key: row for (key, _), row in zip(batch, rows, strict=True)})
        say(f"embedding {min(start + _BATCH, len(missing))}/{len(missing)} chunks")
    return np.stack([known[key] for key in keys]).astype(np.float32)


def _load(folder: Path, chunks: tuple[Chunk, ...], fingerprint: str) -> Index:
    import faiss

    return Index(chunks, Lexical.load(folder), faiss.read_index(str(folder / "vectors.faiss")), fingerprint)

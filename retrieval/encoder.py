"""Our small models, run fast on a CPU: embeddings, token vectors and cross-encoder scores from one backbone.

What makes it fast (benchmarks/encoder.py measures it against sentence-transformers and others):

- texts are packed one after another, so nothing is computed for padding; attention is taken text by text;
- a pack is about ``PACK`` tokens, so that what a layer makes stays in a core's own cache;
- every pack is computed by one thread and several packs at once, so that threads never wait for each other inside an
  operation, and several callers share the cores instead of taking turns;
- query, key and value are one multiplication; a cross-encoder computes the last layer for [CLS] alone;
- the weights are cast once to bfloat16, in the layout that is multiplied, where the CPU does so in hardware.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from threading import Barrier, Lock
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from config import available_cores
from retrieval.bert import PACK, Bert, Framed, Pooling

Tokens = NDArray[np.int32]
Pack = list[Framed]


@cache
def fast_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 matrices in hardware (AMX); elsewhere half precision is far slower."""
    try:
        return "amx_bf16" in Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return False


class Encoder:
    """One set of weights; numpy in and out; any number of threads may call it at once."""

    def __init__(
        self,
        folder: Path,
        *,
        delta: Path | None = None,
        pooling: Pooling = "mean",
        precision: Literal["auto", "float32", "bfloat16"] = "auto",
        max_length: int = 256,
        threads: int | None = None,
    ) -> None:
        """Load the weights.

        Args:
            folder: ``config.json``, ``tokenizer.json`` and ``model.safetensors`` of a BERT encoder.
            delta: what training changed (retrieval/bert.py), with a cross-encoder's classifier.
            pooling: what the classifier reads: the vector of [CLS], the mean over the tokens, or [CLS] through the
                tanh pooler of BERT (Devlin et al., 2018). Embeddings are always the mean.
            precision: of the layers; "auto" is bfloat16 where the CPU has it in hardware, else float32.
            max_length: tokens that are read of a text, or of a question and a passage together, [CLS] and [SEP]
                included; at most the model's positions.
            threads: packs computed at once; None is the number of cores that this process may use.

        Raises:
            OSError: a file is missing.
            ValueError: the model is not a BERT, or the delta does not fit it.

        """
        from tokenizers import Tokenizer

        if precision == "auto":
            precision = "bfloat16" if fast_bfloat16() else "float32"
        self.precision = precision
        self._bert = Bert(folder, delta, precision)
        self.dimension = self._bert.width
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        vocabulary = self._tokenizer.get_vocab()
        self._first, self._last = int(vocabulary["[CLS]"]), int(vocabulary["[SEP]"])
        self._pooling: Pooling = pooling
        self._max_length = min(max_length, self._bert.positions)
        self._threads = threads if threads is not None else available_cores()

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """The WordPiece ids of each text, whole and without [CLS] and [SEP]; worth keeping for passages."""
        encoded = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [np.array(one.ids, dtype=np.int32) for one in encoded]

    def embed(self, texts: Sequence[str] | Sequence[Tokens]) -> NDArray[np.float32]:
        """(n, dimension) float32, unit rows: the mean of each text's token vectors."""
        result = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for text, rows in self._read(texts):
            result[text.number] = rows.mean(axis=0)
        return unit_rows(result)

    def embed_tokens(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], list[NDArray[np.float32]], list[Tokens]]:
        """What ``embed`` and ``token_vectors`` return, of one reading; and where in its text each token ends."""
        whole = np.zeros((len(texts), self.dimension), dtype=np.float32)
        tokens = [np.zeros((0, self.dimension), dtype=np.float32)] * len(texts)
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        for text, rows in self._read([np.array(one.ids, dtype=np.int32) for one in encoded]):
            whole[text.number] = rows.mean(axis=0)
            tokens[text.number] = unit_rows(rows[1:-1])
        ends = [
            np.array([end for _, end in one.offsets[: len(rows)]], dtype=np.int32)
            for one, rows in zip(encoded, tokens, strict=True)
        ]
        return unit_rows(whole), tokens, ends

    def token_vectors(self, texts: Sequence[str] | Sequence[Tokens]) -> list[NDArray[np.float32]]:
        """Per text (its tokens, dimension) float32, unit rows; without the vectors of [CLS] and [SEP]."""
        result = [np.zeros((0, self.dimension), dtype=np.float32)] * len(texts)
        for text, rows in self._read(texts):
            result[text.number] = unit_rows(rows[1:-1])
        return result

    def scores(self, question: str, passages: Sequence[str] | Sequence[Tokens]) -> NDArray[np.float32]:
        """(n,) float32: the classifier's output for the question with each passage, not squashed.

        Where the two are longer than ``max_length``, the passage is cut; but a question has at most half of it.

        Raises:
            ValueError: these weights have no classifier.

        """
        if not self._bert.has_classifier:
            message = "This encoder has no classifier, so it cannot score; load it with a cross-encoder's delta."
            raise ValueError(message)
        first = [self._first, *self.tokens([question])[0].tolist()[: self._max_length // 2], self._last]
        room = self._max_length - len(first) - 1
        pairs = [[*first, *ids.tolist()[:room], self._last] for ids in self._ids(passages)]
        result = np.zeros(len(pairs), dtype=np.float32)
        framed = [Framed(number, ids, len(first)) for number, ids in enumerate(pairs)]
        for pack, scores in self._run(framed, lambda pack: self._bert.scores(pack, self._pooling)):
            result[[text.number for text in pack]] = scores
        return result

    def _ids(self, texts: Sequence[str] | Sequence[Tokens]) -> Sequence[Tokens]:
        strings = [text for text in texts if isinstance(text, str)]
        return self.tokens(strings) if strings else [ids for ids in texts if not isinstance(ids, str)]

    def _read(self, texts: Sequence[str] | Sequence[Tokens]) -> Iterator[tuple[Framed, NDArray[np.float32]]]:
        """Each text with its (tokens, dimension) last layer, in no order."""
        room = self._max_length - 2
        pairs = [[self._first, *ids.tolist()[:room], self._last] for ids in self._ids(texts)]
        framed = [Framed(number, ids, len(ids)) for number, ids in enumerate(pairs)]
        for pack, rows in self._run(framed, self._bert.last_layer):
            ends = np.cumsum([len(text.ids) for text in pack])
            yield from zip(pack, np.split(rows, ends[:-1]), strict=True)

    def _run(
        self, texts: list[Framed], run: Callable[[Pack], NDArray[np.float32]]
    ) -> Iterator[tuple[Pack, NDArray[np.float32]]]:
        packs = packed(texts, self._threads)
        return zip(packs, _workers(self._threads).map(run, packs), strict=True)


def packed(texts: list[Framed], threads: int, size: int = PACK) -> list[Pack]:
    """Texts in packs of about ``size`` tokens, equally full; as many as keep all threads busy to the end.

    >>> texts = [Framed(number, [1] * tokens, tokens) for number, tokens in enumerate((3, 5, 2))]
    >>> [[text.number for text in pack] for pack in packed(texts, 2, size=100)]
    [[1], [0, 2]]

    """
    wanted = math.ceil(sum(len(text.ids) for text in texts) / size)
    packs: list[Pack] = [[] for _ in range(min(len(texts), math.ceil(wanted / threads) * threads))]
    filled = [(0, number) for number in range(len(packs))]  # a heap, the emptiest pack first
    for text in sorted(texts, key=lambda text: -len(text.ids)):
        tokens, number = filled[0]
        packs[number].append(text)
        heapq.heapreplace(filled, (tokens + len(text.ids), number))
    return packs


def unit_rows(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, d) float32 with every row scaled to length 1; a zero row stays zero."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), dtype=np.float32)


_STARTING = Lock()


def _workers(threads: int) -> ThreadPoolExecutor:
    """The threads that compute packs, shared by all encoders; inside an operation each works alone."""
    with _STARTING:
        return _started(threads)


@cache
def _started(threads: int) -> ThreadPoolExecutor:
    import torch

    before = torch.get_num_threads()
    everyone = Barrier(threads)
    workers = ThreadPoolExecutor(threads, "encoder", initializer=torch.set_num_threads, initargs=(1,))
    list(workers.map(lambda _: everyone.wait(), range(threads)))
    torch.set_num_threads(before)  # what a worker sets for itself is also what threads started later would get
    return workers

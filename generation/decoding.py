"""A causal language model on this machine at work: its reply, token by token, until it is done or nobody waits."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from typing import Any

from generation.deadline import current
from generation.records import ModelFailure, Tokens, Turn

BLANK_LINE = "\n\n"


def decoded(
    model: Any, tokenizer: Any, model_id: str, messages: Sequence[Turn], max_tokens: int
) -> Generator[str, None, Tokens]:
    """Pieces of the reply as they come, by greedy decoding; returns the tokens read and written.

    The question's deadline (``generation.deadline``) ends it after the token at hand; closing it, too.

    Raises:
        ModelFailure: the conversation is longer than what the model can read, or the time is over.

    """
    import torch
    from transformers import TextIteratorStreamer

    inputs = tokenizer(prompt(tokenizer, messages), return_tensors="pt", add_special_tokens=False)
    read = inputs["input_ids"].shape[1]
    _demand_room(model.config.get_text_config(), model_id, read, max_tokens)
    deadline, closed = current(), threading.Event()
    streamer: Any = TextIteratorStreamer(tokenizer, skip_prompt=True, skip_special_tokens=True)
    ended: list[BaseException | Tokens] = []

    def stopped(ids: Any, *_: Any, **__: Any) -> Any:
        return torch.full((len(ids),), closed.is_set() or deadline.over, dtype=torch.bool, device=ids.device)

    def generate() -> None:
        try:
            options = {"max_new_tokens": max_tokens, "do_sample": False, "num_beams": 1}
            made = model.generate(**inputs.to(model.device), streamer=streamer, stopping_criteria=[stopped], **options)
            ended.append(Tokens(read, made.shape[1] - read))
        except BaseException as error:  # handed to the reader of the stream below
            ended.append(error)
            streamer.end()

    worker = threading.Thread(target=generate, daemon=True)
    worker.start()
    try:
        yield from (piece for piece in streamer if piece)
    finally:
        closed.set()
    worker.join()
    (end,) = ended
    if isinstance(end, BaseException):
        raise end
    if deadline.over:
        message = f"the language model {model_id} took longer than {deadline.seconds:g} s."
        raise ModelFailure(message, end)
    return end


def prompt(tokenizer: Any, messages: Sequence[Turn]) -> str:
    """The conversation in the model's own form; for models without one, as plain paragraphs.

    Some models know no system message (their template raises): it then stands before the first question.
    """
    if tokenizer.chat_template is None:
        return "".join(turn.content + BLANK_LINE for turn in messages)
    try:
        return _templated(tokenizer, messages)
    except Exception:  # templates raise what they like
        if len(messages) < 2 or messages[0].role != "system":
            raise
    system, first, *rest = messages
    return _templated(tokenizer, (Turn(first.role, system.content + BLANK_LINE + first.content), *rest))


def _templated(tokenizer: Any, messages: Sequence[Turn]) -> str:
    chat = [{"role": turn.role, "content": turn.content} for turn in messages]
    return str(tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True))


def _demand_room(config: Any, model_id: str, read: int, reply: int) -> None:
    most = getattr(config, "max_position_embeddings", None)
    if most is not None and read + reply > most:
        message = (
            f"the language model {model_id} reads at most {most:,} tokens, and {read:,} for the passages with "
            f"{reply:,} for the answer are more. Lower retrieval.passages or chat.max_tokens in the profile."
        )
        raise ModelFailure(message)

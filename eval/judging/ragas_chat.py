"""What ragas asks a chat model with, and what counts as a verdict that can be read.

A small model often answers with no JSON, half of it, or an example of the prompt. None of that is a verdict: it is
``Unreadable`` with its reason, and never becomes a number.
"""

from __future__ import annotations

import json
import queue
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from config import ModelConfig, Source, UserError
from generation.deadline import Deadline, within
from generation.records import ChatModel, Turn

if TYPE_CHECKING:
    from pydantic import BaseModel

    Model = TypeVar("Model", bound=BaseModel)

MAX_TOKENS = 512  # of one reply: statements with a verdict and a reason each need room
_ASKED = re.compile(r"Now perform the same with the following input\s*input:\s*", re.IGNORECASE)
_DONE = object()


class Unreadable(Exception):
    """The model's reply is no verdict; the message says why."""


def open_chat(config: ModelConfig, say: Callable[[str], None] = lambda _: None) -> ChatModel:
    """The configured chat model, ready to judge; a server is asked one short question first.

    Raises:
        UserError: it is off, cannot be loaded, or the server does not answer.

    """
    match config.source:
        case Source.EMBEDDED:
            from generation.local import open_embedded

            return open_embedded(say)
        case Source.HUB:
            from generation.local import open_hub

            return open_hub(config)
        case Source.ENDPOINT:
            from generation.endpoint import EndpointChat

            chat = EndpointChat(config)
            try:
                ask(chat, "Reply with the word yes.", max_tokens=8, limit_s=config.timeout_s)
            except Unreadable as error:
                message = (
                    f"The judge at {config.base_url} cannot be asked: {error}. Start the server, or correct "
                    "chat.base_url and chat.model in the profile."
                )
                raise UserError(message) from error
            return chat
        case Source.OFF:
            message = 'The profile has no chat model (chat.source is "off"), so nothing can judge. Choose another one.'
            raise UserError(message)


def ask(chat: ChatModel, prompt: str, *, max_tokens: int, limit_s: float) -> str:
    """The whole reply of the model.

    A model that passes the limit stops after the token at hand.

    Raises:
        Unreadable: the model failed, or there was no whole reply within ``limit_s`` seconds.

    """
    pieces: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def listen() -> None:
        try:
            with within(Deadline(limit_s)):
                for piece in chat.stream((Turn("user", prompt),), max_tokens=max_tokens):
                    pieces.put(piece)
            pieces.put(_DONE)
        except BaseException as error:  # handed to the asker below
            pieces.put(error)

    threading.Thread(target=listen, daemon=True).start()
    said: list[str] = []
    ends = time.monotonic() + limit_s
    while True:
        try:
            piece = pieces.get(timeout=max(0.0, ends - time.monotonic()))
        except queue.Empty:
            message = f"no whole reply within {limit_s:g} s"
            raise Unreadable(message) from None
        if piece is _DONE:
            return "".join(said)
        if isinstance(piece, BaseException):
            if not isinstance(piece, Exception):
                raise piece
            message = f"{type(piece).__name__}: {' '.join(str(piece).split())[:200]}"
            raise Unreadable(message) from piece
        said.append(piece)


def understood(reply: str, prompt: str, form: type[Model]) -> Model:
    """The first JSON object of a reply that has the form which the prompt asks for.

    Raises:
        Unreadable: there is none, it is an example copied from the prompt, it is blank, or it does not judge every
            statement that was asked about.

    """
    from pydantic import ValidationError

    found = list(json_objects(reply))
    if not found:
        message = "the reply holds no whole JSON object" if reply.strip() else "the reply is empty"
        raise Unreadable(message)
    for value in found:
        try:
            model = form.model_validate(value)
        except ValidationError:
            continue
        fault = _fault(model.model_dump(), value, prompt)
        if fault:
            raise Unreadable(fault)
        return model
    message = "the reply's JSON has another form than asked for"
    raise Unreadable(message)


def json_objects(text: str) -> Iterator[Mapping[str, Any]]:
    """Every outermost JSON object in a text, whatever stands around it.

    >>> list(json_objects('Sure! {"rating": 2} or {"a": {"b": 1}} {broken'))
    [{'rating': 2}, {'a': {'b': 1}}]
    """
    decoder = json.JSONDecoder()
    at = text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError):
            end = at + 1
        else:
            yield value
        at = text.find("{", end)


def _fault(model: Mapping[str, Any], value: object, prompt: str) -> str:
    """What forbids to take a well-formed reply as a verdict; '' when nothing does."""
    if any(content in ("", []) for content in model.values()):
        return "the reply is blank"
    if model.get("rating", 0) not in (0, 1, 2):
        return f"the rating is {model['rating']}, not 0, 1 or 2"
    asked = _ASKED.split(prompt, maxsplit=1)  # only ragas' own examples stand before the first of these
    # Ratings may well equal an example's; words cannot.
    if len(asked) == 2 and not all(isinstance(content, int) for content in model.values()):
        outputs = re.split(r"\boutput:", asked[0], flags=re.IGNORECASE)[1:]
        if any(value == example for output in outputs for example in list(json_objects(output))[:1]):
            return "the reply repeats an example of the prompt"
    inputs = next(json_objects(asked[-1]), {})
    wanted, judged = inputs.get("statements"), model.get("statements")
    if not isinstance(wanted, list) or not isinstance(judged, list):
        return ""
    if len(wanted) != len(judged):
        return f"the reply judges {len(judged)} statements, asked were {len(wanted)}"
    return "" if all(one["verdict"] in (0, 1) for one in judged) else "a verdict is neither 0 nor 1"

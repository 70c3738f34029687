"""OpenAI-compatible servers: their addresses and clients, and what a failure means in words.

Here and in ``retrieval/endpoint.py`` openai is imported, only inside the functions that need it.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from config import ModelConfig, UserError

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

RETRIES = 2  # the client waits 0.5 s, then 1 s, or as long as the server asks for
CONNECT_S = 5.0  # a server that is there takes the connection at once, however busy it is
MAX_BYTES = 4_000_000  # of one reply; some 300 for each token are usual
MAX_SAID = 160  # characters of a server's own words in a notice


def address(base_url: str) -> str:
    """The server as it may be shown: no user name, no password, no query.

    >>> address("https://me:secret@models.example:8443/v1?key=1"), address("http://[::1]:8000/v1/")
    ('https://models.example:8443/v1', 'http://[::1]:8000/v1')
    """
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"


def is_here(base_url: str) -> bool:
    """Whether the address is this machine's own, which no proxy could reach.

    >>> [is_here(url) for url in ("http://localhost:1/v1", "http://127.0.0.9/v1", "http://[::1]/v1", "http://a.example")]
    [True, True, True, False]
    """
    host = urlsplit(base_url).hostname
    if host is None or host == "localhost":
        return host is not None
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def checked(config: ModelConfig) -> ModelConfig:
    """The configuration, if it names a server.

    Raises:
        UserError: base_url is missing or no address.

    """
    wanted = 'for example "http://127.0.0.1:8000/v1"'
    if not config.base_url:
        message = f"A model with source 'endpoint' needs base_url, {wanted}."
        raise UserError(message)
    try:
        parts = urlsplit(config.base_url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is no number, an unclosed bracket
        usable = False
    if not usable:
        message = f"The base_url '{config.base_url}' is not the address of a server. Write it like this: {wanted}."
        raise UserError(message)
    return config


def open_client(config: ModelConfig) -> OpenAI:
    """An OpenAI client for the configured server; the key comes from the named environment variable.

    A server that asks to wait longer than ``timeout_s`` is not asked again.

    Raises:
        UserError: base_url is missing or no address.

    """
    from openai import OpenAI

    def answered(response: httpx.Response) -> None:
        _forbid_long_waits(response, config.timeout_s)

    timeout = httpx.Timeout(config.timeout_s, connect=min(CONNECT_S, config.timeout_s))
    transport = httpx.Client(event_hooks={"response": [answered]}, timeout=timeout, **_options(checked(config)))
    return OpenAI(
        base_url=config.base_url, api_key=_key(config), timeout=timeout, max_retries=RETRIES, http_client=transport
    )


def open_async_client(config: ModelConfig, heard: Callable[[int], float], trust: ssl.SSLContext) -> AsyncOpenAI:
    """The same for one question on one event loop; closing it closes its connections.

    ``heard`` is told the status of every reply, and says how many seconds are left: a server that asks to wait longer
    is not asked again. There is no limit on a silence here: the asker keeps that one, because the client would ask a
    slow server again.

    Raises:
        UserError: base_url is missing or no address.

    """
    from openai import AsyncOpenAI

    async def answered(response: httpx.Response) -> None:
        response.stream = _Bounded(response.stream)
        _forbid_long_waits(response, heard(response.status_code))

    timeout = httpx.Timeout(None, connect=min(CONNECT_S, config.timeout_s))
    hooks: dict[str, list[Callable[[httpx.Response], Awaitable[None]]]] = {"response": [answered]}
    transport = httpx.AsyncClient(event_hooks=hooks, timeout=timeout, verify=trust, **_options(checked(config)))
    return AsyncOpenAI(
        base_url=config.base_url, api_key=_key(config), timeout=timeout, max_retries=RETRIES, http_client=transport
    )


class _Bounded(httpx.AsyncByteStream):
    """A reply that may be endless and hold no end of line: it would fill the memory before any time is over."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for piece in self._stream:
            read += len(piece)
            if read > MAX_BYTES:
                message = f"more than {MAX_BYTES:,} bytes"
                raise ValueError(message)
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


def prepared() -> ssl.SSLContext:
    """The certificates that are trusted, for many clients. The client's library is loaded too.

    Both take up to two seconds, which the first question need not wait for.
    """
    import openai.resources.chat  # noqa: F401

    return httpx.create_ssl_context()


def _options(config: ModelConfig) -> dict[str, Any]:
    return {"follow_redirects": True, "trust_env": not is_here(config.base_url)}


def _key(config: ModelConfig) -> str:
    key = os.environ.get(config.api_key_variable, "") if config.api_key_variable else ""
    return key if key else "none"


def _forbid_long_waits(response: httpx.Response, patience: float) -> None:
    """The client obeys this header (openai, ``_should_retry``)."""
    wait = asked_wait(response.headers)
    if wait is not None and wait > patience:
        response.headers["x-should-retry"] = "false"


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """The seconds that a server asks to wait (RFC 9110, section 10.2.3); None when it does not say.

    >>> asked_wait({"retry-after": "7"}), asked_wait({"retry-after-ms": "250"}), asked_wait({"retry-after": "soon"})
    (7.0, 0.25, None)
    >>> asked_wait({"retry-after": "Fri, 01 Jan 1999 00:00:00 GMT"})
    0.0
    """
    for name, scale in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        text = headers.get(name)
        if text is None:
            continue
        with suppress(ValueError):
            return max(0.0, float(text) / scale)
        with suppress(ValueError):
            return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    return None


def explain(error: BaseException, config: ModelConfig, part: str) -> str:
    """What went wrong between us and the server, and what to do: two sentences for the reader.

    ``part`` is the table of the profile: ``chat`` or ``embedder``. The server's own words are quoted, shortened, only
    where they tell what to change; never where they could repeat the key.
    """
    from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError

    server = f"the server {address(config.base_url)}"
    if isinstance(error, APIStatusError):
        return f"{server} {_status(error, config, part)}"
    causes = list(_chain(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return f"{server} has a name that does not resolve. Correct {part}.base_url or check the network."
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return f"{server} refused the connection. Start it, or correct {part}.base_url in the profile."
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return f"{server} offers no connection that can be trusted (TLS). Correct {part}.base_url in the profile."
    if isinstance(error, APITimeoutError):
        return f"{server} did not answer in time. Look whether it is overloaded, or raise {part}.timeout_s."
    if isinstance(error, APIConnectionError) or any(type(cause).__module__.startswith("http") for cause in causes):
        return f"{server} broke the connection. Look into its log, then ask again."
    if isinstance(error, APIError):
        return f"{server} reported an error{_said(error)}. Look into its log, then ask again."
    return (
        f"{server} sent what is no OpenAI-compatible reply ({type(error).__name__}). "
        f"Correct {part}.base_url in the profile: it usually ends in /v1."
    )


def _status(error: Any, config: ModelConfig, part: str) -> str:
    code, said = error.status_code, _said(error)
    if code in (401, 403):
        named = config.api_key_variable
        todo = f"Set the environment variable {named}" if named else f"Name the key's {part}.api_key_variable"
        return f"refused the key ({code}). {todo} and start again."
    if code == 404:
        todo = f"Correct {part}.model or {part}.base_url in the profile."
        return f"knows no '{config.model}', or not at this address (404{said}). {todo}"
    if code == 429:
        wait = asked_wait(error.response.headers)
        asks = "" if wait is None else f" and asks to wait {wait:.0f} s"
        return f"is asked more often than it allows (429){asks}. Ask again later."
    if code >= 500:
        return f"failed ({code}). Look into its log, then ask again."
    return f"rejected the request ({code}{said}). Correct {part}.model or the limits in the profile."


def _said(error: Any) -> str:
    words = error.body.get("message") if isinstance(error.body, dict) else error.body
    plain = " ".join(words.split()).rstrip(".") if isinstance(words, str) else ""
    return f": {plain[:MAX_SAID]}{'…' if len(plain) > MAX_SAID else ''}" if plain else ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and all that caused it, groups opened."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                yield from _chain(inner)
        error = error.__cause__ if error.__cause__ is not None else error.__context__

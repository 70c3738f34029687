"""A real HTTP server on this machine that speaks like OpenAI's, well-behaved and in every way that servers fail."""

from __future__ import annotations

import json
import select
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

STREAM = "text/event-stream"
HTML = b"<!doctype html><title>Welcome</title><p>data: nothing</p>"
HANG = b"HANG"  # in place of bytes: nothing more comes until the client hangs up
RESET = b"RESET"  # in place of bytes: the connection breaks
STATUSES = {
    "400": (400, {}, '{"error": {"message": "This model reads 512 tokens, you sent 900."}}'),
    "401": (401, {}, '{"error": {"message": "Incorrect API key provided: sesame"}}'),
    "404": (404, {}, '{"error": {"message": "no such model"}}'),
    "429": (429, {}, '{"error": {"message": "slow down"}}'),
    "429 and a long wait": (429, {"Retry-After": "3600"}, "{}"),
    "429 and a short wait": (429, {"Retry-After": "1"}, "{}"),
    "500": (500, {}, '{"error": {"message": "out of memory"}}'),
    "503 in HTML": (503, {"Content-Type": "text/html"}, "<h1>Bad gateway</h1>"),
}


class EndpointServer:
    """``/v1/chat/completions`` (streamed) and ``/v1/embeddings``.

    ``reply`` makes the words of a chat answer from the messages. ``fault`` is one of ``STATUSES`` or named in
    ``_broken``; with ``times`` only so many requests meet it. ``refused`` are parameters that it does not take;
    ``raw`` are the bytes of a stream with the fault ``raw``.
    ``bodies`` keeps what was asked; ``hung_up`` counts the clients that left before the reply was complete.
    """

    def __init__(
        self,
        reply: Callable[[list[dict[str, str]]], str] = lambda _: "",
        fault: str = "",
        *,
        times: int = 1_000,
        refused: tuple[str, ...] = (),
        usage: tuple[int, int] | None = None,
        raw: bytes = b"",
    ) -> None:
        self.reply, self.fault, self.times, self.refused, self.usage = reply, fault, times, refused, usage
        self.raw = raw
        self.bodies: list[dict[str, Any]] = []
        self.hung_up = 0
        self.left = threading.Condition()
        self._closing = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.bodies.append(body)
                outer._answer(self, body)

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (the base class's name)
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:  # a client that left is no news
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> EndpointServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait_until_left(self, clients: int, seconds: float = 10.0) -> bool:
        """Whether so many clients have hung up, at the latest after so long."""
        with self.left:
            return self.left.wait_for(lambda: self.hung_up >= clients, seconds)

    def _answer(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        fault = self._fault()
        unknown = [name for name in self.refused if name in body]
        if unknown:
            self._send(handler, 400, {}, json.dumps({"error": {"message": f"Unsupported parameter: {unknown[0]}"}}))
        elif fault in STATUSES:
            self._send(handler, *STATUSES[fault])
        elif handler.path == "/v1/embeddings":
            self._send(handler, 200, {}, json.dumps(self._embeddings(body, fault)))
        elif handler.path != "/v1/chat/completions":
            self._send(handler, 404, {}, "{}")
        elif fault == "silence":
            self._until_left(handler)
        elif fault in ("html", "json"):
            kind = {"html": "text/html", "json": "application/json"}[fault]
            self._send(handler, 200, {"Content-Type": kind}, HTML.decode() if fault == "html" else '{"choices": []}')
        else:
            self._stream(handler, "text/plain" if fault == "wrong type" else STREAM, self._pieces(body))

    @staticmethod
    def _send(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], text: str) -> None:
        body = text.encode()
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers, "Content-Length": str(len(body))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    def _stream(self, handler: BaseHTTPRequestHandler, kind: str, pieces: Iterator[bytes]) -> None:
        """Chunked, each piece as soon as it is there."""
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        try:
            for piece in pieces:
                if piece == RESET:
                    handler.close_connection = True
                    handler.connection.shutdown(socket.SHUT_RDWR)
                    return
                if piece == HANG:
                    self._until_left(handler)
                    return
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            handler.wfile.write(b"0\r\n\r\n")
        except OSError:
            self._count()

    def _until_left(self, handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        while not self._closing.is_set():
            ready, _, _ = select.select([handler.connection], [], [], 0.02)
            if ready and not handler.connection.recv(1, socket.MSG_PEEK):
                self._count()
                return

    def _count(self) -> None:
        with self.left:
            self.hung_up += 1
            self.left.notify_all()

    @staticmethod
    def _embeddings(body: dict[str, Any], fault: str) -> dict[str, Any]:
        vectors = [[3.0, 4.0 + len(text), 0.0] for text in body["input"]]  # no unit length, as from a careless server
        if fault == "too few":
            vectors = vectors[:-1]
        if fault == "holes":
            vectors[0][0] = float("nan")
        if fault == "another size" and body["input"] != ["dimension"]:
            vectors = [vector[:2] for vector in vectors]
        data = [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(vectors)]
        if fault == "shuffled":
            data.reverse()
        if fault == "no list":
            return {"object": "error", "message": "not loaded"}
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return {"object": "list", "data": data, "model": body["model"], "usage": usage}

    def _fault(self) -> str:
        return self.fault if len(self.bodies) <= self.times else ""

    def _pieces(self, body: dict[str, Any]) -> Iterator[bytes]:
        words = self.reply(body["messages"])  # which may set the fault
        fault = self._fault()
        if fault == "raw":
            yield from (self.raw,) if self.raw else ()
            return
        events = [event({"content": words[i : i + 7]}) for i in range(0, len(words), 7)]
        half = events[: len(events) // 2]
        if fault in ("", "wrong type", "hangs after the end", "cut after the end"):
            yield from (event({"role": "assistant", "content": ""}), *events, event({}, "stop"))
            if self.usage is not None:
                counted = dict(zip(("prompt_tokens", "completion_tokens"), self.usage, strict=True))
                yield chunk({"choices": [], "usage": {**counted, "total_tokens": sum(self.usage)}})
            yield {"hangs after the end": HANG, "cut after the end": RESET}.get(fault, b"data: [DONE]\n\n")
        else:
            yield from self._broken(half, fault)

    @staticmethod
    def _broken(half: list[bytes], fault: str) -> Iterator[bytes]:
        """How streams fail; ``half`` is the first half of the reply."""
        if fault == "endless":
            while True:
                yield event({"content": "and so on " * 20})
        elif fault == "drip":
            while True:
                yield b": still thinking\n\n"
                threading.Event().wait(0.02)
        elif fault == "one endless line":
            while True:
                yield b"x" * 1_000_000
        elif fault == "filtered":
            yield from (*half, event({}, "content_filter"), b"data: [DONE]\n\n")
        elif fault == "no choices":
            yield from (chunk({"choices": []}), chunk({"choices": []}), b"data: [DONE]\n\n")
        else:
            yield from half
            yield {
                "cut": RESET,
                "stall": HANG,
                "truncated": b"data: [DONE]\n\n",
                "malformed": b'data: {"choices": [{"delta": {"content": \n\n',
                "a text as chunk": b'data: "hello"\n\n',
                "null choices": b'data: {"id": "c", "choices": null}\n\n',
                "not UTF-8": b"data: \xff\xfe\n\n",
                "error event": b'data: {"error": {"message": "CUDA out of memory"}}\n\n',
                "error text": b'data: {"error": "queue is full"}\n\n',
                "html in the stream": HTML,
            }[fault]


def event(delta: dict[str, str], finish: str | None = None) -> bytes:
    """One server-sent event with a piece of the reply."""
    return chunk({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


def chunk(values: dict[str, Any]) -> bytes:
    """One server-sent event."""
    whole = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", **values}
    return f"data: {json.dumps(whole)}\n\n".encode()

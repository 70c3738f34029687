"""One reading process: takes requests from its parent, one at a time, and answers each.

A file that brings the process down (memory, a crash in a library's C code) or that takes too long takes only this
process with it; the parent starts another one. Run by ingest/workers.py as ``python -m ingest.worker``.
"""

from __future__ import annotations

import os
import pickle
import sys
import time
import traceback
from pathlib import Path
from typing import IO

from config import ROOT
from ingest.make import Answer, MakeRequest, ReadRequest, Refusal, make_document, read_file

IDLE_SECONDS = 60.0  # without work, after which the process ends by itself
READY = "ready"  # the first message: from now on time is counted
_LENGTH = 8  # bytes before each message


def send(stream: IO[bytes], message: object) -> None:
    """Write one message."""
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(len(data).to_bytes(_LENGTH, "big"))
    stream.write(data)
    stream.flush()


def receive(stream: IO[bytes]) -> object:
    """Read one message.

    Raises:
        EOFError: the other side has gone.

    """
    head = stream.read(_LENGTH)
    if len(head) < _LENGTH:
        raise EOFError
    data = stream.read(int.from_bytes(head, "big"))
    return pickle.loads(data)  # from our own child or parent, over a pipe that nobody else holds


def answer(request: ReadRequest | MakeRequest) -> Answer:
    """What became of one request; whatever goes wrong in one file is an answer, never an exception."""
    started = time.perf_counter()
    try:
        found = read_file(request) if isinstance(request, ReadRequest) else make_document(request)
    except MemoryError:
        limit = request.settings.ingest.max_memory_megabytes
        message = (
            f"{request.source} needs more than {limit:,} MB of memory to be read. "
            "Split it into smaller documents, or raise ingest.max_memory_megabytes in the profile."
        )
        found = Refusal(message)
    except Exception as error:  # our bug, or a library's: it must not stop the other files
        found = Refusal(_bug(request.source, error))
    return Answer(found, time.perf_counter() - started)


def _bug(source: str, error: Exception) -> str:
    """What to say when a file shows that we are wrong: enough to find the place."""
    places = [frame for frame in traceback.extract_tb(error.__traceback__) if str(ROOT) in frame.filename]
    place = f" at {Path(places[-1].filename).relative_to(ROOT)}:{places[-1].lineno}" if places else ""
    text = " ".join(str(error).split())[:200]
    return (
        f"{source} could not be read ({type(error).__name__}{place}: {text}). This is a fault of Rolebook: "
        "please report it. Until it is mended, save the document in another format."
    )


def _limit_memory(megabytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    wanted = megabytes * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (wanted if most < 0 else min(wanted, most), most))


def _waits(stream: IO[bytes]) -> bool:
    """Whether a request comes before this process has idled too long."""
    if os.name == "nt":
        return True
    import select

    return bool(select.select([stream], [], [], IDLE_SECONDS)[0])


def main() -> int:
    """Answer requests until the parent goes or nothing comes for a while."""
    _limit_memory(int(sys.argv[1]))
    requests = os.fdopen(os.dup(0), "rb", buffering=0)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not write into the answers
    buffered = os.fdopen(requests.fileno(), "rb", closefd=False)
    send(answers, READY)
    while _waits(requests):
        try:
            request = receive(buffered)
        except EOFError:
            break
        if not isinstance(request, ReadRequest | MakeRequest):
            message = f"not a request: {type(request).__name__}"
            raise TypeError(message)
        send(answers, answer(request))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

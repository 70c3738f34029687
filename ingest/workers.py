"""Reading processes and their time limit: many files at once, none of which can stop or break the ingest."""

from __future__ import annotations

import atexit
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache

from config import ROOT, IngestConfig, available_cores
from ingest.make import Answer, MakeRequest, ReadRequest, Refusal
from ingest.worker import IDLE_SECONDS, READY, receive, send

_AHEAD = 4  # requests handed out ahead of the answer that is waited for, for each process: what bounds memory
# Numerical libraries reserve address space for each thread; one process reads one file.
_ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_THREAD_LIMIT")}
_START_SECONDS = 60.0  # for a new process to start on a busy machine


class _Process:
    """One reading process, started at its first request and again after it has died."""

    def __init__(self, megabytes: int) -> None:
        self._megabytes = megabytes
        self._child: subprocess.Popen[bytes] | None = None

    def ask(self, request: ReadRequest | MakeRequest) -> Answer:
        """The answer to one request; when the process dies or takes too long, what is to be said of that."""
        limit = request.settings.ingest.max_seconds
        for _ in range(2):
            rested = self._child is not None
            child = self._running()
            answer, late = _exchange(child, request, limit)
            if isinstance(answer, Answer):
                return answer
            code = self.close()
            if late:
                return Answer(Refusal(_late(request.source, limit)), limit)
            if not (rested and code == 0):  # it had nothing to do for too long and ended by itself just now
                break
        return Answer(Refusal(_died(request.source, code)), 0.0)

    def _running(self) -> subprocess.Popen[bytes]:
        """The process, ready for a request.

        Raises:
            RuntimeError: it cannot be started.

        """
        if self._child is not None and self._child.poll() is None:
            return self._child
        self.close()
        self._child = self._start()
        ready, _ = _exchange(self._child, None, _START_SECONDS)
        if ready != READY:
            message = f"no reading process can be started (exit code {self.close()})"
            raise RuntimeError(message)
        return self._child

    def _start(self) -> subprocess.Popen[bytes]:
        paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
        return subprocess.Popen(
            [sys.executable, "-m", "ingest.worker", str(self._megabytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(path for path in paths if path)},
        )

    def reap(self) -> None:
        """Forget the process if it has ended by itself."""
        if self._child is not None and self._child.poll() is not None:
            self.close()

    def close(self) -> int:
        """End the process and return how it ended."""
        child, self._child = self._child, None
        if child is None:
            return 0
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        try:
            return child.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            child.kill()
            return child.wait()


def _exchange(
    child: subprocess.Popen[bytes], request: ReadRequest | MakeRequest | None, seconds: float
) -> tuple[object, bool]:
    """What the process says within ``seconds`` (None when it dies), and whether it was ended for being late."""
    late = threading.Event()

    def give_up() -> None:
        late.set()
        child.kill()

    if child.stdin is None or child.stdout is None:
        message = "a reading process without pipes"
        raise RuntimeError(message)
    timer = threading.Timer(seconds, give_up)
    timer.start()
    try:
        if request is not None:
            send(child.stdin, request)
        return receive(child.stdout), False
    except (EOFError, OSError):
        return None, late.is_set()
    finally:
        timer.cancel()


def _died(source: str, code: int) -> str:
    name = signal.Signals(-code).name if code < 0 and -code in set(signal.Signals) else f"exit code {code}"
    return (
        f"{source} could not be read: its reader died ({name}), perhaps of memory. "
        "Save the document in another format, or split it into smaller ones."
    )


def _late(source: str, seconds: float) -> str:
    return (
        f"{source} took over {seconds:g} seconds to read and was given up. "
        "Split it into smaller documents, or raise ingest.max_seconds in the profile."
    )


class Workers:
    """A fixed number of reading processes."""

    def __init__(self, count: int, megabytes: int) -> None:
        """Nothing is started yet."""
        self._count = count
        self._idle: queue.SimpleQueue[_Process] = queue.SimpleQueue()
        for _ in range(count):
            self._idle.put(_Process(megabytes))
        self._reaper = threading.Timer(IDLE_SECONDS, self._reap)  # started after work

    def answers(self, requests: Iterable[ReadRequest | MakeRequest]) -> Iterator[tuple[str, Answer]]:
        """Source and answer of each request, in the order of the requests; only a few are under way at a time."""
        waiting: deque[tuple[str, Future[Answer]]] = deque()
        with ThreadPoolExecutor(self._count, thread_name_prefix="read") as threads:
            try:
                for request in requests:
                    waiting.append((request.source, threads.submit(self._ask, request)))
                    if len(waiting) > _AHEAD * self._count:
                        source, future = waiting.popleft()
                        yield source, future.result()
                while waiting:
                    source, future = waiting.popleft()
                    yield source, future.result()
            finally:
                threads.shutdown(wait=True, cancel_futures=True)
                self._rest()

    def _ask(self, request: ReadRequest | MakeRequest) -> Answer:
        process = self._idle.get()
        try:
            return process.ask(request)
        finally:
            self._idle.put(process)

    def _rest(self) -> None:
        """When the processes have ended of idleness, the system is to be told so."""
        self._reaper.cancel()
        self._reaper = threading.Timer(IDLE_SECONDS + 1.0, self._reap)
        self._reaper.daemon = True
        self._reaper.start()

    def _reap(self) -> None:
        resting: list[_Process] = []
        with suppress(queue.Empty):
            while True:
                resting.append(self._idle.get_nowait())
        for process in resting:
            process.reap()
            self._idle.put(process)

    def close(self) -> None:
        """End all processes that are idle."""
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()


@cache
def _shared(count: int, megabytes: int) -> Workers:
    workers = Workers(count, megabytes)
    atexit.register(workers.close)
    return workers


def workers_for(limits: IngestConfig) -> Workers:
    """The reading processes of this process: shared by all its ingests, ended when it ends or they idle."""
    return _shared(limits.workers if limits.workers > 0 else available_cores(), limits.max_memory_megabytes)

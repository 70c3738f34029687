"""How long a question may still take. Whoever waits for a model says so here; the model looks here while it works.

The deadline of a question belongs to the thread that writes its answer (a context variable), so that writers and
models need no parameter for it; where none was set there is no limit.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Deadline:
    """Ends by itself after ``seconds``, or earlier by ``end``; once over it stays over.

    >>> soon, never = Deadline(60), Deadline()
    >>> soon.over, 59 < soon.left() <= 60, never.left()
    (False, True, inf)
    >>> soon.end()
    >>> soon.over, soon.left()
    (True, 0.0)
    """

    def __init__(self, seconds: float = math.inf) -> None:
        """Starts now."""
        self.seconds = seconds
        self._ends = time.monotonic() + seconds
        self._ended = threading.Event()

    @property
    def over(self) -> bool:
        """Whether nobody waits any longer."""
        return self.left() <= 0

    def left(self) -> float:
        """Seconds until it is over, at least 0."""
        return 0.0 if self._ended.is_set() else max(0.0, self._ends - time.monotonic())

    def end(self) -> None:
        """Nobody waits any longer: whatever still works for this question stops."""
        self._ended.set()


_CURRENT: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def current() -> Deadline:
    """The deadline of the question that this thread works for; an endless one where nobody set any."""
    found = _CURRENT.get()
    return Deadline() if found is None else found


@contextmanager
def within(deadline: Deadline) -> Iterator[None]:
    """What is called inside works for the question with this deadline."""
    token = _CURRENT.set(deadline)
    try:
        yield
    finally:
        _CURRENT.reset(token)

"""A model at work in a thread of its own, while whoever asked it waits no longer than the question's deadline."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, wait
from typing import TypeVar

from generation.deadline import Deadline, within
from generation.records import ModelFailure

GLANCE_S = 0.25  # how often a waiting question gives its asker the chance to stop
FAREWELL_S = 0.2  # how long a model that is stopped may take to say why
MOST_AT_ONCE = 16  # questions that a model works on; further ones wait in line

Meanwhile = TypeVar("Meanwhile")
Made = TypeVar("Made")


class Background:
    """One daemon thread per question: a model that hangs delays neither the next question nor the process's end."""

    def __init__(self, most: int = MOST_AT_ONCE) -> None:
        """At most ``most`` threads at the same time, hanging ones included."""
        self._most = most
        self._places = threading.BoundedSemaphore(most)

    def run(
        self, work: Callable[[], Made], deadline: Deadline, meanwhile: Meanwhile
    ) -> Generator[Meanwhile, None, Made]:
        """What ``work`` returns; yields ``meanwhile`` every moment until then, so that the asker can stop here.

        However it ends, the deadline is over afterwards: work that is not done is told to stop.

        Raises:
            ModelFailure: it took too long, or too many threads hang already. Whatever ``work`` raises comes through.

        """
        try:
            pending = self._started(work, deadline)
            while not wait((pending,), timeout=min(GLANCE_S, deadline.left())).done and not deadline.over:
                yield meanwhile
            deadline.end()
            if not wait((pending,), timeout=FAREWELL_S).done:
                message = f"the language model took longer than {deadline.seconds:g} s."
                raise ModelFailure(message)
            return pending.result()
        finally:
            deadline.end()

    def _started(self, work: Callable[[], Made], deadline: Deadline) -> Future[Made]:
        pending: Future[Made] = Future()
        if not self._places.acquire(timeout=deadline.left()):
            message = f"the language model still works on {self._most} earlier questions. Ask again later."
            raise ModelFailure(message)

        def finish() -> None:
            try:
                with within(deadline):
                    made = work()
            except BaseException as error:  # handed to whoever waits
                failed: BaseException | None = error
            else:
                failed = None
            self._places.release()  # before anybody hears of it, so that the next question finds a place
            if failed is None:
                pending.set_result(made)
            else:
                pending.set_exception(failed)

        threading.Thread(target=finish, daemon=True).start()
        return pending

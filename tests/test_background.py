"""Work in the background: what comes of it, and what becomes of it when nobody waits any longer."""

from __future__ import annotations

import threading
from collections.abc import Generator
from typing import TypeVar

import pytest

from generation.background import Background
from generation.deadline import Deadline, current
from generation.records import ModelFailure

Made = TypeVar("Made")


def finished(running: Generator[str, None, Made]) -> Made:
    while True:
        try:
            assert next(running) == "meanwhile"
        except StopIteration as end:
            return end.value


def test_the_result_comes_and_the_work_knows_its_deadline() -> None:
    deadline = Deadline(60)
    assert finished(Background().run(current, deadline, "meanwhile")) is deadline
    assert current() is not deadline


@pytest.mark.parametrize("error", [TimeoutError("of its own"), KeyError("x"), SystemExit(3)])
def test_what_the_work_raises_comes_through(error: BaseException) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        finished(Background().run(fail, Deadline(60), "meanwhile"))
    assert caught.value is error


def test_work_that_stops_when_told_says_why() -> None:
    def work() -> None:
        deadline = current()
        while not deadline.over:
            threading.Event().wait(0.01)
        message = "the model was told."
        raise ModelFailure(message)

    with pytest.raises(ModelFailure, match="was told"):
        finished(Background().run(work, Deadline(0.05), "meanwhile"))


def test_the_asker_can_stop_while_it_waits() -> None:
    told = threading.Event()

    def work() -> None:
        deadline = current()
        while not deadline.over:
            threading.Event().wait(0.01)
        told.set()

    running = Background().run(work, Deadline(60), "meanwhile")
    assert next(running) == "meanwhile"
    running.close()
    assert told.wait(10)


def test_hanging_work_takes_no_more_than_its_places() -> None:
    release, begun = threading.Event(), []
    background = Background(2)

    def hang() -> None:
        begun.append(1)
        release.wait(60)

    for _ in range(2):
        with pytest.raises(ModelFailure, match=r"took longer than 0\.05 s"):
            finished(background.run(hang, Deadline(0.05), "meanwhile"))
    with pytest.raises(ModelFailure, match="still works on 2 earlier questions"):
        finished(background.run(hang, Deadline(0.05), "meanwhile"))
    assert len(begun) == 2
    release.set()
    assert finished(background.run(lambda: 7, Deadline(60), "meanwhile")) == 7

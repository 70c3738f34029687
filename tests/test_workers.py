"""Reading processes: a file that hangs, crashes or eats the memory takes only its own process with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from config import ROOT, Config, IngestConfig
from ingest.make import Answer, Read, ReadRequest, Refusal
from ingest.workers import Workers

SETTINGS = Config(ingest=IngestConfig(max_seconds=20.0))
HURRIED = Config(ingest=IngestConfig(max_seconds=1.0))


@pytest.fixture
def workers() -> Iterator[Workers]:
    made = Workers(2, 1_000)
    yield made
    made.close()


@pytest.fixture
def note(tmp_path: Path) -> ReadRequest:
    """A file that can be read."""
    (tmp_path / "note.txt").write_text("It can be read.", encoding="utf-8")
    return ReadRequest("note.txt", str(tmp_path / "note.txt"), SETTINGS)


@pytest.fixture
def endless(tmp_path: Path) -> ReadRequest:
    """A pipe that nobody writes into: reading it never ends."""
    os.mkfifo(tmp_path / "endless.txt")
    return ReadRequest("endless.txt", str(tmp_path / "endless.txt"), HURRIED)


def ask(workers: Workers, *requests: ReadRequest) -> list[Answer]:
    return [answer for _, answer in workers.answers(requests)]


def children() -> set[int]:
    """The reading processes of this process."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[1]) == os.getpid() and b"ingest.worker" in (path.parent / "cmdline").read_bytes():
                found.add(int(path.parent.name))
        except OSError:  # it has ended meanwhile
            continue
    return found


def test_answers_come_in_the_order_of_the_requests(workers, tmp_path):
    requests = []
    for number in range(40):
        path = tmp_path / f"{number}.txt"
        path.write_text(f"Text {number}. " * (1 + 997 * (number % 3 == 0)), encoding="utf-8")
        requests.append(ReadRequest(path.name, str(path), SETTINGS))
    found = list(workers.answers(requests))
    assert [source for source, _ in found] == [request.source for request in requests]
    assert all(isinstance(answer.found, Read) for _, answer in found)


def test_requests_are_taken_as_they_are_needed(workers, note):
    taken = []

    def requests() -> Iterator[ReadRequest]:
        for number in range(1000):
            taken.append(number)
            yield replace(note, source=f"{number}.txt")

    answers = workers.answers(requests())
    next(answers)
    assert len(taken) < 20
    answers.close()


def test_a_file_that_takes_too_long_is_given_up_and_the_others_are_read(workers, note, endless):
    first, second, third = ask(workers, endless, note, replace(endless, source="again.txt"))
    assert first.found == Refusal(
        "endless.txt took over 1 seconds to read and was given up. "
        "Split it into smaller documents, or raise ingest.max_seconds in the profile."
    )
    assert isinstance(second.found, Read)
    assert isinstance(third.found, Refusal)
    assert isinstance(ask(workers, note)[0].found, Read)


def test_a_file_that_eats_the_memory_is_refused(workers, note):
    zero, other = ask(workers, ReadRequest("zero.txt", "/dev/zero", SETTINGS), note)
    assert isinstance(zero.found, Refusal)
    assert zero.found.message.startswith("zero.txt needs more than 2,000 MB of memory to be read.")
    assert isinstance(other.found, Read)


def test_a_reader_that_dies_is_named_and_started_again(workers, note, endless):
    before = children()
    slow = replace(endless, settings=SETTINGS)

    def kill() -> None:
        while not (mine := children() - before):
            pass
        with Path(slow.path).open("wb"):  # opens when the reader waits at the other end
            for process in mine:
                os.kill(process, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    (answer,) = ask(workers, slow)
    killer.join()
    assert isinstance(answer.found, Refusal)
    assert answer.found.message.startswith("endless.txt could not be read: its reader died (SIGKILL)")
    assert isinstance(ask(workers, note)[0].found, Read)


def test_a_process_that_went_to_sleep_is_replaced_without_a_word(workers, note):
    before = children()
    ask(workers, note)
    for process in children() - before:
        os.kill(process, signal.SIGTERM)
    assert isinstance(ask(workers, note, note)[0].found, Read)


def test_no_process_is_left_behind(tmp_path):
    (tmp_path / "a.txt").write_text("A text.", encoding="utf-8")
    script = (
        "import sys; from pathlib import Path; from config import Config; from ingest.pipeline import ingest\n"
        "ingest([Path(sys.argv[1])], Path(sys.argv[1]) / 'library', Config())\n"
        "import tests.test_workers as t; print(*t.children())"
    )
    command = [sys.executable, "-W", "error", "-c", script, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True, timeout=120)
    left = [int(process) for process in done.stdout.split()]
    assert left
    assert not [process for process in left if Path(f"/proc/{process}").exists()]
    assert done.stderr == ""

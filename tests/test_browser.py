"""The page in a real browser, and the command that starts it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from fakes import FakeAssistant

import app
from config import ROOT, load

if TYPE_CHECKING:
    from pathlib import Path

    import gradio as gr
    from playwright.sync_api import Locator, Page

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def opened(assistant: app.Answerer) -> Iterator[tuple[Page, list[str]]]:
    """The page of ``assistant`` in a browser, and the hosts it asked."""
    if BROWSER is None:
        if os.environ.get("CI") is not None:
            pytest.fail("CI must have Chromium: install the package 'chromium'")
        pytest.skip("no Chromium on this machine: install the package 'chromium' to run the browser tests")
    from playwright.sync_api import sync_playwright

    async def start() -> tuple[gr.Blocks, str]:
        """Inside a running loop, because gradio otherwise makes event loops that it never closes."""
        blocks = app.build(assistant)
        return blocks, app.launch(blocks, "127.0.0.1", free_port())

    blocks, address = asyncio.run(start())
    hosts: list[str] = []
    alarms: list[str] = []
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=BROWSER, args=list(FLAGS))
            page = browser.new_page()
            page.set_default_timeout(20_000)
            page.on("request", lambda request: hosts.append(urlsplit(request.url).hostname or "data"))
            page.on("dialog", lambda dialog: (alarms.append(dialog.message), dialog.dismiss()))
            page.on("pageerror", lambda error: alarms.append(str(error)))
            page.goto(address)
            page.get_by_label("Question").wait_for()
            yield page, hosts
            browser.close()
    finally:
        blocks.close(verbose=False)
    assert alarms == []


def ask(page: Page, question: str) -> None:
    """Type a question and press the button."""
    page.get_by_label("Question").fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()


def test_a_citation_opens_its_quote_and_no_other_host_is_asked() -> None:
    assistant = FakeAssistant()
    with opened(assistant) as (page, hosts):
        ask(page, "a long question")
        page.locator(".foot").wait_for()
        quote = page.locator("mark").first
        assert not quote.is_visible()
        page.get_by_role("button", name="Show source 1").click()
        quote.wait_for(state="visible")
        assert quote.inner_text() == "The Data Steward approves $5 and $6 changes alone."
        plain = page.locator("blockquote").first.evaluate("node => getComputedStyle(node).backgroundColor")
        assert quote.evaluate("node => getComputedStyle(node).backgroundColor") != plain
        assert "<img src=x onerror=alert(1)> is shown as *text*, `${1+1}` too." in page.locator(".answer").inner_text()
        assert page.locator(".answer img").count() == 0
        assert page.get_by_role("log").get_by_text("Safe mode").is_visible()
        page.get_by_label("Question").fill("and then?")
        page.get_by_label("Question").press("Enter")
        page.locator(".foot").nth(1).wait_for()
        assert quote.is_visible(), "what the reader unfolded stays unfolded"
        assert [turn.role for turn in assistant.asked[1][1]] == ["user", "assistant"]
    assert set(hosts) <= {"127.0.0.1", "data"}


def test_the_shipped_models_answer_in_the_browser_with_a_quote_of_the_document(bundled: Path) -> None:
    from generation.assistant import Assistant

    assistant = Assistant.open(bundled, load())
    with opened(assistant) as (page, hosts):
        ask(page, "What does change failure rate mean for the Lead NLP Engineer?")
        page.locator(".foot").wait_for()
        assert page.locator(".answer td").first.inner_text() == "Change failure rate"
        page.get_by_role("button", name="Show source 1", exact=True).click()
        quote = page.locator("mark").first
        quote.wait_for(state="visible")
        document = next(d for d in assistant.documents if d.role == "Lead NLP Engineer")
        assert quote.inner_text() in document.text
        ask(page, "What is the capital of France?")
        page.get_by_text("Not in the documents.").wait_for()
    assert set(hosts) <= {"127.0.0.1", "data"}


def test_stop_failure_empty_question_and_a_new_conversation() -> None:
    release = threading.Event()
    assistant = FakeAssistant(lambda: release.wait(20))
    with opened(assistant) as (page, _):
        ask(page, "   ")
        page.get_by_text("Please type a question first.").wait_for()
        assert assistant.asked == []
        page.get_by_role("button", name="What are the KPIs of a <i>Clerk</i>?").click()
        page.locator(".foot").wait_for()
        ask(page, "slow")
        page.get_by_role("article").last.get_by_text("[1]").first.wait_for()
        page.get_by_role("button", name="Stop").click()
        page.get_by_text("Stopped.").wait_for()
        release.set()
        ask(page, "fail")
        page.get_by_text("Something went wrong in Rolebook (RuntimeError: the <model> is gone)").wait_for()
        ask(page, "unknown")
        page.get_by_text("Not in the documents.").wait_for()
        assert page.get_by_text("Stopped.").count() == 1
        page.get_by_role("button", name="New conversation").click()
        page.get_by_role("article").first.wait_for(state="detached")
        ask(page, "afresh")
        page.locator(".foot").wait_for()
        assert assistant.asked[-1] == ("afresh", ())


def has_focus(place: Locator) -> bool:
    """Whether the keyboard writes there."""
    return bool(place.evaluate("node => node === document.activeElement"))


def test_the_newest_answer_is_rated_by_mouse_and_by_keyboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLEBOOK_DATA", str(tmp_path / "data"))
    kept = tmp_path / "data" / "feedback.jsonl"
    kept.parent.write_text("a file where the folder should be")
    release = threading.Event()
    with opened(FakeAssistant(lambda: release.wait(20))) as (page, hosts):
        group = page.get_by_role("group", name="Rate the latest answer")
        said = group.get_by_role("status")
        useful, wrong = (group.get_by_role("button", name=name, exact=True) for name in ("Useful", "Not right"))
        comment = group.get_by_label("What is wrong or missing?")
        assert not useful.is_visible()
        ask(page, "one")
        useful.click()
        said.get_by_text("cannot be written").wait_for()
        kept.parent.unlink()
        useful.click()
        said.get_by_text("Thank you").wait_for()
        assert "Nothing is sent anywhere." in str(useful.get_attribute("title"))
        useful.press("Tab")
        assert has_focus(wrong)
        assert not comment.is_visible()
        wrong.press("Enter")
        assert has_focus(comment)
        comment.press("Escape")
        assert has_focus(wrong)
        wrong.press("Space")
        page.keyboard.type("<b>it</b> is six")
        kept.rename(tmp_path / "aside")
        kept.mkdir()
        page.keyboard.press("Enter")
        said.get_by_text("cannot be written").wait_for()
        assert comment.input_value() == "<b>it</b> is six", "what was typed waits for the next try"
        kept.rmdir()
        (tmp_path / "aside").rename(kept)
        group.get_by_role("button", name="Send").click()
        said.get_by_text("Thank you").wait_for()
        assert not comment.is_visible()
        ask(page, "slow")
        page.get_by_role("article").nth(1).get_by_text("[1]").first.wait_for()
        assert not useful.is_visible(), "an answer that still grows is not rated"
        assert page.locator(".said").text_content() == ""
        release.set()
        wrong.click()
        assert comment.input_value() == ""
        page.get_by_role("button", name="New conversation").click()
        useful.wait_for(state="hidden")
    lines = [json.loads(line) for line in kept.read_text("utf-8").splitlines()]
    assert [(line["question"], line["rating"], line["comment"]) for line in lines] == [
        ("one", "up", ""),
        ("one", "down", "<b>it</b> is six"),
    ]
    assert set(hosts) <= {"127.0.0.1", "data"}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """``python app.py`` with ``arguments``, as a user types it."""
    command = [sys.executable, "app.py", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_help_loads_nothing_heavy() -> None:
    listing = (
        "import sys, app; app.parser().format_help(); print(sorted({'gradio', 'torch', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", listing], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_taken_port_is_named_with_another_one(tmp_path: Path) -> None:
    profile = tmp_path / "plain.toml"
    profile.write_text("")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: Any = server.getsockname()[1]
        done = run("--profile", str(profile), "--port", str(port))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"rolebook: Port {port} on 127.0.0.1 cannot be used")
    assert "--port " in done.stderr


@pytest.mark.parametrize("name", ["missing", "."])
def test_no_documents_is_an_error_of_the_user(tmp_path: Path, name: str) -> None:
    (tmp_path / "here").mkdir()
    profile = tmp_path / "plain.toml"
    profile.write_text("")
    place, library = tmp_path / "here" / name, tmp_path / "library"
    done = run(
        "--profile", str(profile), "--port", str(free_port()), "--documents", str(place), "--library", str(library)
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("rolebook: There ")
    assert str(place) in done.stderr

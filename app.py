"""The chat page: reads a folder of documents, opens the assistant and serves one page on this machine.

``python app.py`` answers from the bundled documents; ``python app.py --documents FOLDER`` from your own.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from config import ROOT, Config, UserError, data_folder, load

if TYPE_CHECKING:
    import gradio as gr
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from generation.page import Exchange
    from generation.records import Answer, Turn
    from ingest.records import Document

HOST = "127.0.0.1"
PORT = 7860
# The browser itself refuses what the page must never do: ask another host, or sit inside another page.
# Gradio compiles its templates in the browser, hence 'unsafe-eval'; all our text is escaped (generation/page_text.py).
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "base-uri 'self'; frame-ancestors 'self'"
)


class Answerer(Protocol):
    """What the page needs of ``generation.assistant.Assistant``."""

    @property
    def config(self) -> Config:
        """The settings the answers are made with."""

    @property
    def documents(self) -> tuple[Document, ...]:
        """The documents the answers come from."""

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Iterator[Answer]:
        """The growing answer; the last one is final."""


class Guard:
    """ASGI layer that adds the security headers to every reply."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the headers when the reply starts."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message.get("headers", []),
                    (b"content-security-policy", POLICY.encode()),
                    (b"referrer-policy", b"no-referrer"),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        await self.app(scope, receive, send_guarded)


def build(assistant: Answerer) -> gr.Blocks:
    """The page that asks ``assistant``. Launch it with ``launch``."""
    import gradio as gr

    from generation import page, page_assets, page_keeping

    examples = page.example_questions(assistant.documents)
    talk = Talk(assistant)
    blocks: gr.Blocks
    with gr.Blocks(title="Rolebook", analytics_enabled=False) as blocks:
        exchanges = gr.State(())
        # In the reader's own browser; the fixed secret only lets a newly started page read what the last one kept.
        kept = gr.BrowserState(
            None, storage_key=page_keeping.place_in_browser(assistant.documents), secret="rolebook-page"
        )
        file_text = gr.Textbox(visible=False)
        gr.HTML(
            "<h1>Rolebook</h1><p>Answers from your role documents, with the quotes they rest on.</p>",
            elem_id="title",
            elem_classes="rolebook",
            js_on_load=None,
            apply_default_css=False,
        )
        with gr.Row(elem_id="layout"):
            gr.HTML(
                page.render_documents(assistant.documents),
                elem_id="library",
                elem_classes="rolebook",
                js_on_load=page_assets.UNFOLD,
                apply_default_css=False,
            )
            with gr.Column(elem_id="talk"):
                transcript = gr.HTML(
                    [],
                    html_template='<div class="exchanges" role="log" aria-label="Conversation"></div>',
                    elem_id="transcript",
                    elem_classes="rolebook",
                    js_on_load=page_assets.SCRIPT,
                    apply_default_css=False,
                )
                with gr.Row(elem_id="examples") as suggestions:
                    chips = [gr.Button(text, size="sm") for text in examples]
                with gr.Column(elem_id="composer"):
                    hint = gr.HTML("", elem_classes="rolebook", js_on_load=None, apply_default_css=False)
                    with gr.Row():
                        question = gr.Textbox(
                            label="Question",
                            placeholder=f"For example: {examples[0]}" if examples else "What do you want to know?",
                            elem_id="question",
                            show_label=True,
                            lines=1,
                            max_lines=6,
                            autofocus=True,
                        )
                        ask = gr.Button("Ask", variant="primary", elem_id="ask")
                        stop = gr.Button("Stop", visible=False, elem_id="stop")
                    with gr.Row(elem_id="below"):
                        again = gr.Button("New conversation", size="sm", elem_id="again", elem_classes="quiet")
                        save = gr.Button("Save conversation", size="sm", elem_id="save", elem_classes="quiet")
                        opens = gr.Button("Open conversation", size="sm", elem_id="open", elem_classes="quiet")
                        rating = gr.HTML(
                            {},
                            html_template=page_assets.RATING,
                            elem_id="rating",
                            elem_classes="rolebook",
                            js_on_load=page_assets.RATE,
                            apply_default_css=False,
                        )

        shown = [exchanges, transcript, ask, stop, rating]
        quick: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
        slow: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        begun = [*shown, suggestions, question, hint]
        running = []
        first = gr.on([ask.click, question.submit], talk.begin, [question, exchanges], begun, **quick)
        answered = first.success(talk.reply, exchanges, shown, **slow)
        keeping = [talk.keep, exchanges, kept]
        running.append(answered)
        answered.then(*keeping, **quick)
        for chip in chips:
            chosen = chip.click(talk.begin, [chip, exchanges], begun, **quick)
            replied = chosen.success(talk.reply, exchanges, shown, **slow)
            running.append(replied)
            replied.then(*keeping, **quick)
        stop.click(talk.stop, exchanges, shown, cancels=running, **quick).then(*keeping, **quick)
        again.click(talk.restart, None, begun, cancels=running, **quick).then(*keeping, **quick)
        save.click(None, kept, None, js=page_keeping.SAVE, **quick)
        opens.click(talk.open, [file_text, exchanges], begun, js=page_keeping.OPEN, cancels=running, **quick).then(
            *keeping, **quick
        )
        blocks.load(talk.restore, kept, begun, **quick)
        rating.submit(talk.rate, [rating, exchanges], rating, **quick)
    blocks.queue(default_concurrency_limit=1, api_open=False)
    return blocks


class Talk:
    """What the buttons do. The conversation itself is the reader's own state, handed in and out."""

    def __init__(self, assistant: Answerer) -> None:
        """Ask ``assistant``."""
        self.assistant = assistant

    @cached_property
    def _key(self) -> bytes:
        """What seals conversations; read or made when the first one is kept."""
        from generation.conversation import key_of

        return key_of(data_folder())

    def begin(self, text: str | None, exchanges: tuple[Exchange, ...]) -> tuple[Any, ...]:
        """Take a question: show it at once and empty the box. Asks nothing yet."""
        import gradio as gr

        from generation.page import Exchange, Progress

        if exchanges and exchanges[-1].progress in (Progress.WAITING, Progress.GROWING):
            return tuple(gr.skip() for _ in range(8))
        question = text.strip() if text is not None else ""
        if not question:
            hint = '<p class="hint" role="status">Please type a question first.</p>'
            return (*(gr.skip() for _ in range(7)), hint)
        return (*self._shown((*exchanges, Exchange(question))), gr.update(visible=False), "", "")

    def reply(self, exchanges: tuple[Exchange, ...]) -> Iterator[tuple[Any, ...]]:
        """Answer the waiting question; every step redraws the last exchange."""
        import gradio as gr

        from generation.page import Exchange, Progress, history

        if not exchanges or exchanges[-1].progress is not Progress.WAITING:
            yield tuple(gr.skip() for _ in range(5))  # a generator without any value would blank the buttons
            return
        *earlier, waiting = exchanges
        last = waiting
        try:
            for answer in self.assistant.ask(waiting.question, history(earlier)):
                last = Exchange(waiting.question, answer, Progress.GROWING)
                yield self._shown((*earlier, last))
            last = Exchange(waiting.question, last.answer, Progress.DONE)
        except Exception as error:
            traceback.print_exc()
            failure = f"Something went wrong in Rolebook ({type(error).__name__}: {error}). You can ask again."
            last = Exchange(waiting.question, last.answer, Progress.FAILED, failure)
        yield self._shown((*earlier, last))

    def stop(self, exchanges: tuple[Exchange, ...]) -> tuple[Any, ...]:
        """Mark the running exchange as stopped; what it already said stays."""
        from generation.page import Exchange, Progress

        if exchanges and exchanges[-1].progress in (Progress.WAITING, Progress.GROWING):
            stopped = Exchange(exchanges[-1].question, exchanges[-1].answer, Progress.STOPPED)
            exchanges = (*exchanges[:-1], stopped)
        return self._shown(exchanges)

    def restart(self) -> tuple[Any, ...]:
        """An empty conversation."""
        import gradio as gr

        return (*self._shown(()), gr.update(visible=True), "", "")

    def keep(self, exchanges: tuple[Exchange, ...]) -> dict[str, Any]:
        """The conversation as the reader's browser keeps it."""
        from generation import conversation

        return conversation.saved(exchanges, self._key)

    def restore(self, kept: Any) -> tuple[Any, ...]:
        """What the browser kept, after a reload; nothing happens when it kept nothing that can be read."""
        import gradio as gr

        from generation import conversation

        if kept is None:
            return tuple(gr.skip() for _ in range(8))
        try:
            exchanges = conversation.restored(kept, self.assistant.documents, self._key)
        except ValueError:
            exchanges = ()
        if not exchanges:
            return tuple(gr.skip() for _ in range(8))
        return (*self._shown(exchanges), gr.update(visible=False), gr.skip(), "")

    def open(self, text: str | None, exchanges: tuple[Exchange, ...]) -> tuple[Any, ...]:
        """Take the conversation of a saved file in place of the one on the page."""
        import gradio as gr

        from generation import conversation
        from generation.page_text import escape

        if not text:
            return tuple(gr.skip() for _ in range(8))
        try:
            taken = conversation.opened(text, self.assistant.documents, self._key)
        except UserError as error:
            hint = f'<p class="hint" role="alert">{escape(str(error))}</p>'
            return (*self._shown(exchanges), gr.skip(), gr.skip(), hint)
        return (*self._shown(taken), gr.update(visible=not taken), gr.skip(), "")

    def rate(self, pressed: Any, exchanges: tuple[Exchange, ...]) -> dict[str, Any]:
        """Keep what the reader thinks of the newest answer, in the data folder of this machine."""
        from generation import feedback

        return feedback.rate(pressed, exchanges, data_folder() / feedback.NAME, datetime.now(UTC))

    def _shown(self, exchanges: tuple[Exchange, ...]) -> tuple[Any, ...]:
        """Values for the state, the transcript, Ask, Stop and the rating."""
        import gradio as gr

        from generation.feedback import offered
        from generation.page import Progress, render_exchange

        busy = bool(exchanges) and exchanges[-1].progress in (Progress.WAITING, Progress.GROWING)
        model = Path(self.assistant.config.chat.model).name
        parts = [render_exchange(exchange, number, model) for number, exchange in enumerate(exchanges)]
        rating = {"offered": offered(exchanges)}
        return exchanges, parts, gr.update(visible=not busy), gr.update(visible=busy), rating


def launch(blocks: gr.Blocks, host: str, port: int) -> str:
    """Serve the page and return its address; returns at once.

    Raises:
        UserError: the port is taken.

    """
    import gradio as gr
    from starlette.middleware import Middleware

    from generation.page_assets import CSS

    check_port(host, port)
    theme = gr.themes.Base(
        font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"],
        font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"],
    ).set(body_background_fill="#f6f7f9", body_background_fill_dark="#14191f")
    blocks.launch(
        server_name=host,
        server_port=port,
        share=False,
        quiet=True,
        prevent_thread_lock=True,
        show_error=False,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        mcp_server=False,
        pwa=False,
        ssr_mode=False,
        max_file_size=1,
        theme=theme,
        css=CSS,
        app_kwargs={"middleware": [Middleware(Guard)]},
    )
    return f"http://{host}:{port}"


def check_port(host: str, port: int) -> None:
    """Say early, before any model is loaded, that nothing can listen at ``host:port``.

    Raises:
        UserError: the port is taken, or the address is not one of this machine.

    """
    try:
        with socket.create_server((host, port)):
            pass
    except (OSError, OverflowError) as error:
        other = port + 1 if 0 < port < 65535 else PORT
        message = (
            f"Port {port} on {host} cannot be used ({error}). Most often another program, perhaps another Rolebook, "
            f"listens there already. Choose another port: python app.py --port {other}"
        )
        raise UserError(message) from error


def prepare(documents: Path, library: Path | None, settings: Config) -> Path:
    """Bring the library up to date with ``documents`` and return its folder; faults of single files go to stderr.

    Raises:
        UserError: the path does not exist, or no document in it could be read.

    """
    from ingest.pipeline import as_lines, ingest, library_for

    folder = library if library is not None else library_for(documents)
    reports = ingest([documents], folder, settings, as_lines(tell))
    for report in reports:
        if report.status == "failed":
            tell(f"{report.source} was left out: {report.message}")
    return folder


def tell(message: str) -> None:
    """Progress and warnings: on stderr, so that stdout holds the one line that says the page is ready."""
    print(f"rolebook: {message}", file=sys.stderr, flush=True)


def serve(library: Path, settings: Config, host: str, port: int) -> None:
    """Open the assistant, serve the page and stay until Ctrl+C (or a polite kill)."""
    from generation.assistant import Assistant

    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported, which happens in build
    assistant = Assistant.open(library, settings, tell)
    blocks = build(assistant)
    address = launch(blocks, host, port)
    finished = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: finished.set())
    count = len(assistant.documents)
    plural = "" if count == 1 else "s"
    print(f"Rolebook is ready: {address}  ({count} document{plural}; press Ctrl+C to stop)", flush=True)
    try:
        while not finished.wait(0.5):  # with a timeout, because Windows cannot interrupt an endless wait
            pass
    except KeyboardInterrupt:
        pass
    finally:
        blocks.close(verbose=False)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python app.py", description="Chat with your role documents on this machine.")
    made.add_argument(
        "--documents", type=Path, metavar="PATH", help="file or folder to read (default: the bundled ones)"
    )
    made.add_argument(
        "--library", type=Path, metavar="DIR", help="library to open, or to fill when --documents is given"
    )
    made.add_argument("--port", type=int, default=PORT, metavar="N", help=f"port of the page (default {PORT})")
    made.add_argument(
        "--host", default=HOST, metavar="H", help=f"address to listen on (default {HOST}: this machine only)"
    )
    made.add_argument("--profile", default="embedded", metavar="NAME", help="profile, or path to a .toml file")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chat page; 0 when it was stopped, 2 when the user can mend what went wrong."""
    options = parser().parse_args(arguments)
    try:
        settings = load(options.profile)
        check_port(options.host, options.port)
        library: Path | None = options.library
        if options.documents is not None or library is None:
            documents = options.documents if options.documents is not None else ROOT / "documents"
            library = prepare(documents, library, settings)
        serve(library, settings, options.host, options.port)
    except UserError as error:
        tell(str(error))
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

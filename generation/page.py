"""The chat page as text: an ``Answer`` and a list of ``Document`` become escaped HTML. Nothing here knows Gradio.

Everything that comes from documents, models or people passes through ``escape`` and through nothing else; no
Markdown or TeX is ever interpreted, so ``$5 and *6*`` is shown as it was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from generation.page_compare import compared, comparison
from generation.page_text import cells, escape
from generation.records import NOT_FOUND, Answer, Claim, Evidence, Result, Turn, Verdict
from ingest.personal import mask
from ingest.records import Document

NEAREST = 3  # passages offered when the documents do not say
QUESTIONS = (
    "What may a {role} decide alone?",
    "What are the KPIs of a {role}?",
    "Which skills does a {role} need?",
)


class Progress(StrEnum):
    """How far one exchange has come."""

    WAITING = "waiting"
    GROWING = "growing"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question of a conversation and what has come back so far; ``failure`` is set only when it failed."""

    question: str
    answer: Answer | None = None
    progress: Progress = Progress.WAITING
    failure: str = ""


def history(exchanges: Sequence[Exchange]) -> tuple[Turn, ...]:
    """The earlier turns of a conversation, oldest first, each answer with the spans it cited.

    A question without an answer is left out.
    """
    return tuple(
        turn
        for exchange in exchanges
        if exchange.answer is not None
        for turn in (
            Turn("user", exchange.question),
            Turn("assistant", exchange.answer.text, tuple(dict.fromkeys(cited_by(exchange.answer)))),
        )
    )


def cited_by(answer: Answer) -> Iterator[Evidence]:
    """Every span that the claims of an answer cite, in the order in which they are shown."""
    for claim in answer.claims:
        yield from claim.evidence


def render_exchange(exchange: Exchange, number: int, model: str = "") -> str:
    """The HTML of exchange ``number`` (from 0, unique on the page): the question and all that came back."""
    parts = [f'<div class="question"><p>{escape(exchange.question)}</p></div>']
    if exchange.answer is not None:
        parts.append(render_answer(exchange.answer, number, model, final=exchange.progress is Progress.DONE))
    match exchange.progress:
        case Progress.WAITING | Progress.GROWING:
            parts.append('<p class="busy" role="status">Reading the documents<span>…</span></p>')
        case Progress.STOPPED:
            parts.append('<p class="aside">Stopped.</p>')
        case Progress.FAILED:
            parts.append(f'<p class="notice failure" role="alert">{escape(exchange.failure)}</p>')
        case Progress.DONE:
            pass
    return "".join(parts)


def render_answer(answer: Answer, number: int, model: str = "", *, final: bool = True) -> str:
    """The HTML of one answer: notices, claims with ``[n]`` buttons, sources, and a foot once it is ``final``."""
    parts = [f'<p class="notice">{escape(notice)}</p>' for notice in answer.notices]
    if answer.result is Result.NOT_FOUND:
        parts.append(_not_found(answer))
    elif answer.claims:
        parts.append(_side_by_side(answer, number) if compared(answer) else _claims(answer, number))
        parts.append(_sources(answer, number))
    elif answer.text:
        parts.extend(f"<p>{escape(line)}</p>" for line in answer.text.splitlines() if line.strip())
    if answer.result is Result.ERROR:
        reason = answer.error if answer.error is not None else "no reason was given"
        parts.append(f'<p class="notice failure" role="alert">Something went wrong in Rolebook ({escape(reason)}).</p>')
    if final:
        parts.append(_foot(answer, model))
    return f'<div class="answer">{"".join(parts)}</div>'


def render_documents(documents: Sequence[Document]) -> str:
    """The list of the library's documents; folded, the page unfolds it where there is room."""
    count = f"{len(documents)} document" + ("" if len(documents) == 1 else "s")
    items = "".join(
        f'<li><strong>{escape(document.title)}</strong><span class="meta">'
        + (f'<span class="role">{escape(document.role)}</span>' if document.role else "")
        + f"<span>{escape(document.source)}</span><span>{len(document.text):,} characters</span></span></li>"
        for document in documents
    )
    return f'<details class="documents"><summary>{count}</summary><ul>{items}</ul></details>'


def example_questions(documents: Sequence[Document]) -> tuple[str, ...]:
    """Up to three questions that fit this library: one per role first, from the roles of its documents.

    Without a role document the questions ask about a document by its title.
    """
    roles = list(dict.fromkeys(document.role for document in documents if document.role))
    if roles:
        return tuple(question.format(role=roles[i % len(roles)]) for i, question in enumerate(QUESTIONS))
    titles = list(dict.fromkeys(document.title for document in documents if document.title))
    return tuple(f"What does “{title}” say?" for title in titles[: len(QUESTIONS)])


def _markers(answer: Answer) -> dict[Evidence, tuple[int, Verdict]]:
    """Which number each span of evidence carries, in the order of the numbers."""
    found: dict[Evidence, tuple[int, Verdict]] = {}
    for citation in sorted(answer.citations, key=lambda c: c.marker):
        found.setdefault(citation.evidence, (citation.marker, citation.verdict))
    return found


def _buttons(claim: Claim, markers: dict[Evidence, tuple[int, Verdict]], number: int) -> str:
    """The ``[n]`` buttons of one claim, and a badge when checking did not fully support it."""
    seen = [markers[e][0] for e in dict.fromkeys(claim.evidence) if e in markers]
    buttons = "".join(
        f'<button type="button" class="cite" data-opens="source-{number}-{marker}" '
        f'aria-label="Show source {marker}">[{marker}]</button>'
        for marker in dict.fromkeys(seen)
    )
    return buttons + ("" if claim.verdict is Verdict.SUPPORTED else f" {_badge(claim.verdict)}")


def _badge(verdict: Verdict) -> str:
    """A small word that says what checking found."""
    return f'<span class="badge {verdict.value}">{verdict.value}</span>'


def _claims(answer: Answer, number: int) -> str:
    """All claims: under their group headings, table rows as a table, several claims as a list."""
    markers = _markers(answer)
    parts: list[str] = []
    for group, members in groupby(answer.claims, key=lambda claim: claim.group):
        claims = list(members)
        if group:
            parts.append(f"<h3>{escape(group)}</h3>")
        single = len(claims) == 1
        for (width, header), run in groupby(claims, key=lambda claim: (len(cells(claim.text)), claim.header)):
            if width > 0:
                rows = "".join(_row(claim, _buttons(claim, markers, number)) for claim in run)
                names = "".join(f"<th>{escape(name)}</th>" for name in header)
                head = f"<thead><tr>{names}</tr></thead>" if len(header) == width else ""
                parts.append(f'<div class="scroll"><table>{head}<tbody>{rows}</tbody></table></div>')
            else:
                tag = "p" if single else "li"
                lines = "".join(f"<{tag}>{escape(c.text)} {_buttons(c, markers, number)}</{tag}>" for c in run)
                parts.append(lines if single else f"<ul>{lines}</ul>")
    return "".join(parts)


def _side_by_side(answer: Answer, number: int) -> str:
    """A comparison; a table row in a cell becomes its cells in a line."""
    markers = _markers(answer)

    def shown(claim: Claim) -> str:
        row = [cell for cell in cells(claim.text) if cell]
        return f"{escape(' – '.join(row) if row else claim.text)} {_buttons(claim, markers, number)}"

    return comparison(answer.claims, compared(answer), shown)


def _row(claim: Claim, buttons: str) -> str:
    """One table row; its buttons stand behind the last cell."""
    texts = [escape(cell) for cell in cells(claim.text)]
    texts[-1] = f"{texts[-1]} {buttons}"
    return "<tr>" + "".join(f"<td>{text}</td>" for text in texts) + "</tr>"


def _sources(answer: Answer, number: int) -> str:
    """One folded block per numbered source: the quote, marked, inside the passage around it."""
    blocks = "".join(
        f'<details class="source" id="source-{number}-{marker}"><summary><span class="number">[{marker}]</span>'
        f'<span class="path">{escape(" › ".join((evidence.title, *evidence.heading)))}</span>{_badge(verdict)}'
        f"</summary><blockquote>{escape(evidence.before)}<mark>{escape(evidence.quote)}</mark>"
        f'{escape(evidence.after)}</blockquote><p class="meta"><span>{escape(evidence.source)}</span>'
        f"<span>characters {evidence.start:,}–{evidence.end:,}</span></p></details>"
        for evidence, (marker, verdict) in _markers(answer).items()
    )
    return f'<div class="sources"><h4>Sources</h4>{blocks}</div>' if blocks else ""


def _not_found(answer: Answer) -> str:
    """The refusal, and the nearest passages named as what they are."""
    parts = [f'<p class="missing">{NOT_FOUND}</p>']
    blocks = "".join(
        f"<li><strong>{escape(' › '.join((passage.title, *passage.heading)))}</strong>"
        f'<blockquote>{escape(mask(passage.text))}</blockquote><p class="meta"><span>{escape(passage.source)}</span>'
        f"<span>characters {passage.start:,}–{passage.end:,}</span></p></li>"
        for passage in answer.search.passages[:NEAREST]
    )
    if blocks:
        parts.append(
            '<details class="nearest"><summary>Nearest passages – they do not answer the question</summary>'
            f"<ol>{blocks}</ol></details>"
        )
    return "".join(parts)


def _foot(answer: Answer, model: str) -> str:
    """How well the answer is supported, how long it took and who wrote it."""
    verdicts = [claim.verdict for claim in answer.claims]
    badge = ""
    if answer.result is Result.ANSWERED and verdicts:
        held = verdicts.count(Verdict.SUPPORTED)
        worst = max(verdicts, key=list(Verdict).index)
        badge = _badge(worst) + (
            f"<span>{held} of {len(verdicts)} statements supported</span>" if held < len(verdicts) else ""
        )
    words = [f"{answer.seconds.total:.1f} s", answer.writer, model]
    return f'<p class="foot">{badge}<span>{" · ".join(escape(word) for word in words if word)}</span></p>'

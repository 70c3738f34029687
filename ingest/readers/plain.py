"""Plain text and Markdown."""

from __future__ import annotations

import re
from html import escape
from importlib.metadata import version
from typing import Any

from config import IngestConfig, UserError
from ingest.clean import TEXT_STEPS, clean, clean_blocks
from ingest.encodings import decode_noted
from ingest.markup import AFTER_MARKUP, blocks_of_html
from ingest.plaintext import blocks_of
from ingest.readers.front_matter import split_front_matter
from ingest.readers.marked import commonmark, is_org, is_rst, org_to_markdown, rst_to_markdown
from ingest.records import Note, Reading

_TAG = re.compile(r"</?([A-Za-z][\w.-]*)[^<>]*>")
_NEWER_TAGS = frozenset(
    "article aside audio bdi canvas data details dialog figcaption figure footer header main mark nav output picture "
    "progress rp rt ruby search section slot source summary template time track video wbr svg path iframe".split()
)


def read_text(name: str, data: bytes, limits: IngestConfig) -> Reading:
    """Plain text; front matter becomes facts."""
    text, decoded = decode_noted(name, data)
    facts, front, body = split_front_matter(text)
    cleaned, notes = clean(body, TEXT_STEPS)
    title = next((value for key, value in facts if key == "title"), "")
    return Reading("text", title, blocks_of(cleaned), decoded + front + notes, facts)


def read_markdown(name: str, data: bytes, limits: IngestConfig) -> Reading:
    """Markdown (CommonMark with tables), and Org or reStructuredText, told by its marks; front matter becomes facts."""
    text, decoded = decode_noted(name, data)
    facts, front, body = split_front_matter(text)
    cleaned, notes = clean(body)
    form = "markdown"
    dialect: tuple[Note, ...] = ()
    if is_org(cleaned):
        form, (more, cleaned, dialect) = "org", org_to_markdown(cleaned)
        facts += more
    elif is_rst(cleaned):
        form, (cleaned, dialect) = "rst", rst_to_markdown(cleaned)
    else:
        cleaned, dialect = commonmark(cleaned)
    html, links = _html_of(cleaned, limits)
    blocks, _, dropped = blocks_of_html(html, whole=True)
    blocks, late = clean_blocks(blocks, AFTER_MARKUP)  # what entities spell
    if not blocks:
        message = f"{name} shows no text (only pictures, comments or marks). Put text into it or remove it."
        raise UserError(message)
    title = next((value for key, value in facts if key == "title"), "")
    notes = decoded + front + notes + dialect + links + dropped + late
    return Reading(form, title, blocks, notes, facts, f"markdown-it-py {version('markdown-it-py')}")


def _html_of(text: str, limits: IngestConfig) -> tuple[str, tuple[Note, ...]]:
    """Rendered Markdown, and notes on what it links to; a word in angle brackets that is no element is text."""
    from lxml.html.defs import tags
    from markdown_it import MarkdownIt

    def raw(self: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
        return _TAG.sub(lambda m: m[0] if m[1].lower() in tags | _NEWER_TAGS or m[1].istitle() else escape(m[0]),
                        tokens[place].content)  # fmt: skip

    parser = MarkdownIt("commonmark", {"maxNesting": limits.max_nesting}).enable("table")
    parser.add_render_rule("html_inline", raw)
    parser.add_render_rule("html_block", raw)
    tokens = parser.parse(text)
    inline = [one for token in tokens for one in (token.children if token.children is not None else [])]
    targets = [str(one.attrs.get("href", "")) for one in inline if one.type == "link_open" and one.info != "auto"]
    notes = (Note("drop_link_target", len(targets), targets[0][:120]),) if targets else ()
    return str(parser.renderer.render(tokens, parser.options, {})), notes

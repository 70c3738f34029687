"""HTML pages."""

from __future__ import annotations

import re
from importlib.metadata import version

from config import IngestConfig, UserError
from ingest.clean import clean, clean_blocks
from ingest.encodings import decode_noted
from ingest.markup import AFTER_MARKUP, blocks_of_html
from ingest.readers.front_matter import split_front_matter
from ingest.readers.page_data import PageData, dated_by_heading, page_data
from ingest.records import Block, BlockKind, Note, Reading

_SEPARATOR = re.compile(r"\s+[-–—|·•»:]\s+|\s*[|»]\s*")
_SCRIPTED = 200  # characters; a page that shows less and says more in its data is filled in by a script


def read_html(name: str, data: bytes, limits: IngestConfig) -> Reading:
    """The visible main text of a page, with what the page says about itself.

    A job advert whose page shows next to nothing is read from the data (schema.org JobPosting) that it carries for
    search engines.

    Raises:
        UserError: a page of frames, or one that shows no text.

    """
    text, decoded = decode_noted(name, data)
    stated, front, text = split_front_matter(text)
    blocks, title, dropped = blocks_of_html(text, deepest=limits.max_nesting)
    about = page_data(text)
    notes = decoded + front + dropped + about.notes
    shown = sum(len(block.text) for block in blocks)
    if about.description and shown < min(_SCRIPTED, len(about.description)):
        found, _, more = blocks_of_html(about.description, whole=True)
        rows, said = clean_blocks(about.rows)
        blocks = (*blocks, *rows, *found)
        why = f"the page shows {shown} characters; its data for search engines is read"
        notes += (*more, *said, Note("read_job_posting", 1, why))
    blocks, late = clean_blocks(blocks, AFTER_MARKUP)
    if not any(char.isalnum() for block in blocks for char in block.text):
        raise UserError(_no_text(name, about, notes))
    title = clean(own_title(title, about.site, blocks))[0].strip()
    title = title if title else about.title
    dated, dropped_dates = dated_by_heading(dict(about.facts), blocks)
    facts = dated | ({"title": title} if title else {}) | dict(stated)
    libraries = f"beautifulsoup4 {version('beautifulsoup4')}, lxml {version('lxml')}"
    return Reading("html", title, blocks, notes + late + dropped_dates, tuple(facts.items()), libraries)


def own_title(title: str, site: str, blocks: tuple[Block, ...]) -> str:
    """A page's title without the name of its site: the part that is a heading, or all parts but the site's name.

    >>> own_title("Data Steward | Careers at ACME", "", (Block(BlockKind.HEADING, "Data Steward", 1),))
    'Data Steward'
    >>> own_title("Steward - ACME", "ACME", ()), own_title("Steward - Level 2", "", ())
    ('Steward', 'Steward - Level 2')
    """
    parts = [part.strip() for part in _SEPARATOR.split(title) if part.strip()]
    headings = {block.text.casefold() for block in blocks if block.kind is BlockKind.HEADING and block.level <= 2}
    named = [part for part in parts if part.casefold() in headings]
    if len(parts) > 1 and named:
        return max(named, key=len)
    if len(parts) > 1 and site and parts[-1].casefold() == site.casefold():
        return title[: title.rindex(parts[-1])].rstrip(" -–—|·•»:")
    return title


def _no_text(name: str, about: PageData, notes: tuple[Note, ...]) -> str:
    if about.frames:
        return f"{name} is a page of frames: not read. Ingest the pages that it shows: {', '.join(about.frames[:5])}."
    left_out = "; ".join(note.detail[:60] for note in notes if note.step == "drop_html" and "characters" in note.detail)
    why = f" (left out: {left_out})" if left_out else ""
    return (
        f"{name} is a web page that shows no text{why}: a dead page, or one that a script fills in. "
        "Open it in a browser, save what you see as .pdf or .txt and ingest that."
    )

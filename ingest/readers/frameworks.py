"""JSON and YAML: WordPress post objects, and competency frameworks of any make."""

from __future__ import annotations

import json
import re
from typing import Any

from config import IngestConfig, UserError
from ingest.clean import clean, clean_blocks
from ingest.encodings import decode
from ingest.markup import AFTER_MARKUP, blocks_of_html
from ingest.readers.front_matter import facts_of_mapping
from ingest.readers.outline import outline
from ingest.readers.yaml_text import YamlError, load_all
from ingest.records import Block, BlockKind, Note, Reading

_WORDPRESS_READ = {"title", "content", "excerpt", "date", "modified", "lang"}
# A WordPress shortcode has attributes, or ends further down; other words in brackets are text.
_SHORTCODE = re.compile(r"\[/?([a-z][\w-]{2,40})((?:\s+[\w-]+=(?:\"[^\"]*\"|'[^']*'|[^\s\]\"']+))*)\s*/?\]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def read_json(name: str, data: bytes, limits: IngestConfig) -> Reading:
    """A WordPress post or a list of posts, JSON of any other make, or one JSON value per line."""
    value, notes = _json(name, _without_mark(decode(name, data)))
    posts = value if isinstance(value, list) else [value]
    if posts and all(isinstance(post, dict) and _is_post(post) for post in posts):
        return _read_posts(name, posts)
    return _framework(name, "json", value, notes)


def read_yaml(name: str, data: bytes, limits: IngestConfig) -> Reading:
    """One or several YAML documents; a text that is no mapping or list is plain text."""
    from ingest.readers.plain import read_text

    try:
        documents, notes = load_all(decode(name, data))
    except YamlError as error:
        message = f"{name} is not readable as YAML ({error}). Mend it there, or save it as .txt."
        raise UserError(message) from error
    if not any(isinstance(document, dict | list) for document in documents):
        return read_text(name, data, limits)
    value = documents[0] if len(documents) == 1 else documents
    return _framework(name, "yaml", value, notes, "PyYAML")


def parse_json(text: str) -> tuple[Any, tuple[Note, ...]]:
    """A JSON text, or one value per line; numbers keep their spelling, a key that stands twice gets a number.

    Raises:
        ValueError: not JSON.
        RecursionError: nested too deep.

    """
    repeated: list[str] = []

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in pairs:
            if key in made:
                repeated.append(key)
                key = f"{key} ({sum(1 for other in made if other == key or other.startswith(f'{key} (')) + 1})"
            made[key] = value
        return made

    decoder = json.JSONDecoder(object_pairs_hook=mapping, parse_int=str, parse_float=str, strict=False)
    try:
        value = decoder.decode(text)
    except ValueError:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith(("{", "[")) for line in lines):
            raise
        value = [decoder.decode(line) for line in lines]
    return value, (Note("read_json", len(repeated), f"key stands twice: {repeated[0]}"),) if repeated else ()


def _json(name: str, text: str) -> tuple[Any, tuple[Note, ...]]:
    try:
        return parse_json(text)
    except (ValueError, RecursionError) as error:
        message = f"{name} looks like JSON, but is damaged ({error}). Export it again, or save it as .txt."
        raise UserError(message) from error


def _without_mark(text: str) -> str:
    return text.removeprefix("\ufeff")


def _framework(name: str, form: str, value: Any, notes: tuple[Note, ...], library: str = "") -> Reading:
    from importlib.metadata import version

    title, blocks, dropped = outline(value)
    blocks = tuple(_whole(block) for block in blocks)
    if title:
        blocks = (Block(BlockKind.HEADING, _SURROGATES.sub("", title)), *blocks)
    cleaned, late = clean_blocks(blocks)
    if all(block.kind is BlockKind.HEADING for block in cleaned) and not title:
        message = f"{name} is {form.upper()} that holds no text. Put text into it or remove it."
        raise UserError(message)
    facts, _ = facts_of_mapping(value) if isinstance(value, dict) else ((), [])
    dates = tuple(pair for pair in facts if pair[0] in ("created", "modified", "published", "language"))
    reader = f"{library} {version(library)}" if library else ""
    return Reading(form, cleaned[0].text if title and cleaned else "", cleaned, notes + dropped + late, dates, reader)


def _whole(block: Block) -> Block:
    """Without halves of surrogate pairs, which JSON can spell and which are no characters."""
    cells = tuple(_SURROGATES.sub("", cell) for cell in block.cells)
    return Block(block.kind, _SURROGATES.sub("", block.text), block.level, cells, block.header, block.page)


def _is_post(post: dict[str, Any]) -> bool:
    if _rendered(post, "content"):
        return isinstance(post.get("content"), dict) or "title" in post
    excerpt = post.get("excerpt")
    return isinstance(excerpt, dict) and bool(_rendered(post, "excerpt"))


def _read_posts(name: str, posts: list[dict[str, Any]]) -> Reading:
    """Post objects: ``title.rendered`` and ``content.rendered``; a list becomes one document, a section per post."""
    blocks: list[Block] = []
    notes: list[Note] = []
    for post in posts:
        body = _rendered(post, "content")
        if not body:
            body = _rendered(post, "excerpt")
            notes.append(Note("read_wordpress", 1, "the export holds only the post's excerpt"))
        body, shortcodes = _without_shortcodes(body)
        found, _, dropped = blocks_of_html(body, whole=True)
        title = " ".join(block.text for block in blocks_of_html(_rendered(post, "title"), whole=True)[0])
        blocks += [Block(BlockKind.HEADING, " ".join(title.split()), level=0 if len(posts) == 1 else 1), *found]
        notes += [*shortcodes, *dropped]
    fields = sorted({key for post in posts for key in post} - _WORDPRESS_READ)
    if fields:
        notes.append(Note("read_wordpress", len(fields), f"fields that are not the post's text: {', '.join(fields)}"))
    cleaned, late = clean_blocks(tuple(block for block in blocks if block.text), AFTER_MARKUP)
    first = cleaned[0].text if len(posts) == 1 and cleaned and cleaned[0].level == 0 else ""
    facts = _post_facts(posts[0]) if len(posts) == 1 else ()
    return Reading("wordpress", first, cleaned, tuple(notes) + late, facts)


def _post_facts(post: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    pairs = (("published", post.get("date")), ("modified", post.get("modified")), ("language", post.get("lang")))
    return tuple((k, clean(v)[0][:10]) for k, v in pairs if isinstance(v, str) and v.strip())


def _without_shortcodes(body: str) -> tuple[str, tuple[Note, ...]]:
    """The body without the tags of shortcodes; what stands between them stays."""
    closed = set(re.findall(r"\[/([a-z][\w-]{2,40})\]", body))
    found: list[str] = []

    def taken(match: re.Match[str]) -> str:
        if not match[2] and match[1] not in closed:
            return match[0]
        found.append(match[0])
        return " "

    body = _SHORTCODE.sub(taken, body)
    return body, (Note("drop_shortcode", len(found), found[0][:80]),) if found else ()


def _rendered(post: dict[str, Any], key: str) -> str:
    value = post.get(key)
    if isinstance(value, dict):
        value = value.get("rendered")
    # JSON can spell half of a surrogate pair, which is no character
    return value.encode("utf-8", "ignore").decode() if isinstance(value, str) else ""

"""HTML to blocks: the visible main text of a page, its headings, lists and tables.

What this does not do: run scripts, apply external style sheets, fetch anything.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag
from bs4.element import Comment, NavigableString, PreformattedString

from ingest.hidden import hidden_tags
from ingest.records import Block, BlockKind, Note

_NOT_TEXT = ("script", "style", "noscript", "template", "iframe", "svg", "object", "head", "select", "textarea")
_FURNITURE = ("nav", "aside", "form", "footer", "button", "dialog", "menu")
# Class and id words of site furniture, matched as whole words (so "comments" but not "commentary").
_FURNITURE_WORDS = re.compile(
    r"(?<![a-z])(?:comments?|respond|sidebar|breadcrumbs?|cookies?|newsletter|subscribe|share|sharing|social|related"
    r"|advert(?:isement)?s?|promo|banner|(?<!-)widgets?|navigation|navbar|menu|site-header|site-footer|pagination)(?![a-z])"
)
_BLOCK_TAGS = frozenset(
    "address article blockquote body center dd details div dl dt fieldset figcaption figure h1 h2 h3 h4 h5 h6 header "
    "hr li main ol p pre section summary table tbody td tfoot th thead tr ul".split()
)


def blocks_of_html(html: str, *, whole: bool = False) -> tuple[tuple[Block, ...], str, tuple[Note, ...]]:
    """The blocks of a page, its ``<title>`` and notes of what was dropped.

    ``whole`` says that the text is a fragment (a WordPress post, rendered Markdown): there is no furniture to drop.
    """
    soup = BeautifulSoup(html, "lxml")
    title = soup.title.get_text(" ", strip=True) if soup.title is not None else ""
    dropped: Counter[str] = Counter()
    for comment in soup.find_all(string=lambda s: isinstance(s, PreformattedString)):
        if isinstance(comment, Comment):
            dropped["comment"] += 1
        comment.extract()
    unseen = {id(tag): tag for tag in hidden_tags(soup)}  # equal tags are not one tag, so by identity
    for tag in soup.find_all(_NOT_TEXT):
        tag.extract()
    root = _main(soup)
    if root is not None:
        dropped[f"everything outside <{root.name}>"] += 1
    else:
        root = soup.body if soup.body is not None else soup
    for tag in list(root.find_all(True)):
        reason = "hidden" if id(tag) in unseen else _reason_to_drop(tag, whole)
        if reason and not tag.decomposed and tag is not root:
            dropped[reason] += 1
            tag.decompose()
    notes = tuple(Note("drop_html", count, reason) for reason, count in sorted(dropped.items()))
    return tuple(_walk(root, 0)), title, notes


def _main(soup: BeautifulSoup) -> Tag | None:
    """The one element that the page itself names as its main text."""
    for selector in ("main", "[role=main]", "article"):
        found = soup.select(selector)
        if len(found) == 1 and len(found[0].get_text(strip=True)) > 200:
            return found[0]
    return None


def _reason_to_drop(tag: Tag, whole: bool) -> str:
    if tag.decomposed or tag.attrs is None:
        return ""
    if whole:
        return ""
    words = " ".join([*tag.get_attribute_list("class"), str(tag.get("id", ""))]).lower().replace("_", "-")
    if tag.name in _FURNITURE:
        return "furniture"
    # "has-sidebar" on the wrapper of a whole page says nothing about its text
    whole_page = tag.name in ("body", "main", "article") or tag.find(["h1", "main", "article"]) is not None
    return "furniture" if not whole_page and _FURNITURE_WORDS.search(words) else ""


def _walk(node: Tag, depth: int) -> Iterator[Block]:
    """Blocks below ``node``; runs of inline content between block elements become paragraphs."""
    inline: list[str] = []
    for child in node.children:
        if isinstance(child, NavigableString):
            inline.append(re.sub(r"\s+", " ", str(child)))
        elif isinstance(child, Tag) and child.name == "br":
            inline.append("\n")
        elif isinstance(child, Tag) and (child.name in _BLOCK_TAGS or child.find(list(_BLOCK_TAGS)) is not None):
            yield from _paragraph(inline)
            inline = []
            yield from _element(child, depth)
        elif isinstance(child, Tag):
            inline.append(_inline_text(child))
    yield from _paragraph(inline)


def _element(tag: Tag, depth: int) -> Iterator[Block]:
    if re.fullmatch("h[1-6]", tag.name):
        text = " ".join(_inline_text(tag).split())
        if text:
            yield Block(BlockKind.HEADING, text, level=int(tag.name[1]))
    elif tag.name == "table":
        yield from _table(tag)
    elif tag.name in ("ul", "ol"):
        yield from _list(tag, depth)
    else:
        yield from _walk(tag, depth)


def _list(tag: Tag, depth: int) -> Iterator[Block]:
    for item in tag.children:
        if isinstance(item, Tag) and item.name in ("ul", "ol"):
            yield from _list(item, depth + 1)
            continue
        if not isinstance(item, Tag):  # stray text: not allowed, but shown by browsers
            yield from _paragraph([str(item)])
            continue
        for number, block in enumerate(_walk(item, depth + 1)):
            if block.kind is BlockKind.PARAGRAPH:
                yield Block(BlockKind.ITEM, block.text, level=depth if number == 0 else depth + 1)
            else:
                yield block


def _table(tag: Tag) -> Iterator[Block]:
    """Caption, then rows; the first is a header when it stands in thead, is made of th, or two more rows follow."""
    for caption in tag.find_all("caption", recursive=False):
        yield from _paragraph([_inline_text(caption)])
    rows = [row for row in tag.find_all("tr") if row.find_parent("table") is tag]
    for number, row in enumerate(rows):
        cells = row.find_all(["td", "th"], recursive=False)
        texts = tuple(" ".join(_inline_text(cell).replace("|", "/").split()) for cell in cells)
        if not any(texts):
            continue
        marked = row.find_parent("thead") is not None or all(cell.name == "th" for cell in cells)
        header = number == 0 and (marked or len(rows) > 2)
        yield Block(BlockKind.ROW, "| " + " | ".join(texts) + " |", cells=texts, header=header)


def _paragraph(inline: list[str]) -> Iterator[Block]:
    lines = (" ".join(line.split()) for line in "".join(inline).split("\n"))
    text = "\n".join(line for line in lines if line)
    if text:
        yield Block(BlockKind.PARAGRAPH, text)


def _inline_text(tag: Tag) -> str:
    parts: list[str] = []
    for node in tag.descendants:
        if isinstance(node, NavigableString):
            parts.append(re.sub(r"\s+", " ", str(node)))
        elif isinstance(node, Tag) and (node.name == "br" or node.name in _BLOCK_TAGS):
            parts.append("\n" if node.name == "br" else " ")
    return "".join(parts)

"""HTML to blocks: the visible main text of a page; what is hidden or site furniture is dropped and noted.

The page's own words decide: element names, roles, the class and id words of furniture, a block of nothing but links
above the text. The order of the text and its form are made in ingest/markup_walk.py, tables in ingest/markup_table.py.
What this does not do: run scripts, apply external style sheets, fetch anything.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, Tag, XMLParsedAsHTMLWarning
from bs4.element import Comment, NavigableString, PageElement, PreformattedString

from ingest.clean import BLOCK_STEPS, Step
from ingest.entities import resolve_entities
from ingest.hidden import hidden_tags
from ingest.markup_headings import without_doubled
from ingest.markup_navigation import Weight, is_archive, is_menu, is_paging, outermost, unquote_headings, weigh
from ingest.markup_table import image_sign
from ingest.markup_walk import walk
from ingest.records import Block, BlockKind, Note

_NEVER_SHOWN = ("script", "style", "noscript", "template", "head")
_WIDGETS = ("iframe", "svg", "object", "select", "textarea")  # what shows in them is not the page's own text
_FURNITURE = frozenset(("nav", "aside", "form", "footer", "button", "dialog", "menu"))
_FURNITURE_ROLES = frozenset(("navigation", "contentinfo", "search", "complementary", "dialog", "alertdialog", "menu"))
# Class and id words of site furniture, matched as whole words (so "comments" but not "commentary").
_FURNITURE_WORDS = re.compile(
    r"(?<![a-z])(?:comments?|respond|sidebar|breadcrumbs?|cookies?|consent|newsletter|subscribe|shar(?:e|ing|edaddy)"
    r"|social|related(?:posts?)?|advert(?:isement)?s?|promo|banner|(?<!-)widgets?|navigation|navbar|menu|site-header"
    r"|(?<!-)footer|site-footer|pagination|pager|skip-link)(?![a-z])"
)
_SCREEN_READERS = re.compile(r"(?<![a-z])(?:sr-only|screen-reader-text|visually-?hidden|a11y-hidden)(?![a-z])")
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_PROSE = 80  # characters outside links that are text and no label
_MAIN_CHARACTERS, _MAIN_SHARE = 200, 0.3  # what the one element that calls itself the main text must hold
# What is done to the text of blocks that blocks_of_html made: it has resolved the references where they are leftovers.
AFTER_MARKUP: Mapping[str, Step] = {name: step for name, step in BLOCK_STEPS.items() if step is not resolve_entities}
_CODE = ["pre", "code", "samp", "kbd", "tt", "xmp", "listing"]  # in them a reference is the subject
_SAMPLE = 60  # characters of dropped text that a note shows


def blocks_of_html(
    html: str, *, whole: bool = False, deepest: int = 200
) -> tuple[tuple[Block, ...], str, tuple[Note, ...]]:
    """The blocks of a page, its ``<title>`` and notes of what was dropped.

    ``whole`` says that the text is a fragment (a WordPress post, rendered Markdown, a mail): it has no furniture.
    Elements nested deeper than ``deepest`` count as one level.
    """
    soup = _parsed(html)
    title = " ".join(soup.title.get_text(" ", strip=True).split()) if soup.title is not None else ""
    dropped = _Dropped()
    for comment in soup.find_all(string=lambda s: isinstance(s, PreformattedString)):
        if isinstance(comment, Comment):
            dropped.add("comment", "")
        comment.extract()
    unseen = {id(tag) for tag in hidden_tags(soup)}  # equal tags are not one tag, so by identity
    for tag in soup.find_all([*_NEVER_SHOWN, *_WIDGETS]):
        if tag.name in _WIDGETS and id(tag) not in unseen:
            dropped.add(tag.name, tag.get_text(" "))
        tag.extract()
    for image in soup.find_all("img"):
        if not image_sign(image):
            dropped.add("what stands for a picture", str(image.get("alt", "")))
    root: Tag = soup.body if soup.body is not None else soup
    _prune(root, unseen, dropped, whole)
    if not whole:
        root = _main(root, dropped)
    unquote_headings(root)
    resolved = _resolve_leftovers(root)
    return _worth_reading(walk(root, deepest), dropped), title, (*dropped.notes(), *resolved)


def _resolve_leftovers(root: Tag) -> tuple[Note, ...]:
    """Resolve the references that were escaped twice, outside code, and note how many strings had some."""
    found: list[str] = []
    code = {id(text) for tag in outermost(root, _CODE) for text in tag.find_all(string=True)}
    for text in root.find_all(string=lambda text: text is not None and "&" in text):
        resolved = resolve_entities(str(text))
        if resolved != text and id(text) not in code:
            text.replace_with(NavigableString(resolved))
            found.append(resolved.strip()[:80])
    return (Note(resolve_entities.__name__, len(found), found[0]),) if found else ()


def _worth_reading(blocks: tuple[Block, ...], dropped: _Dropped) -> tuple[Block, ...]:
    """The blocks without those that are punctuation alone, and one heading where it stands twice."""
    blocks, doubled = without_doubled(blocks)
    for text in doubled:
        dropped.add("a heading that stands twice", text)
    kept = tuple(b for b in blocks if b.kind is BlockKind.ROW or not all(_is_separator(char) for char in b.text))
    for block in blocks if len(kept) < len(blocks) else ():
        if block.kind is not BlockKind.ROW and all(_is_separator(char) for char in block.text):
            dropped.add("punctuation alone", block.text)
    return kept


def _is_separator(char: str) -> bool:
    """Whether a character only parts or frames; a tick or an emoji says something."""
    return char.isspace() or char in "<>|=~^+_" or unicodedata.category(char).startswith("P")


def _parsed(html: str) -> BeautifulSoup:
    """The page's tree; an XML declaration, or a text that looks like an address, is no reason for a warning here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        return BeautifulSoup(html, "lxml")


@dataclass(slots=True)
class _Dropped:
    """What was left out: how often, how many characters, and how the first of it began."""

    found: dict[str, tuple[int, int, str]] = field(default_factory=dict)

    def add(self, reason: str, text: str) -> None:
        """Count one element; without text (a closing tag's worth of nothing) only comments count."""
        text = " ".join(text.split())
        if not text and reason != "comment":
            return
        count, characters, sample = self.found.get(reason, (0, 0, ""))
        self.found[reason] = (count + 1, characters + len(text), sample if sample else text[:_SAMPLE])

    def notes(self) -> tuple[Note, ...]:
        """One note per reason."""
        return tuple(
            Note("drop_html", count, f"{reason} ({characters:,} characters): {sample}" if characters else reason)
            for reason, (count, characters, sample) in sorted(self.found.items())
        )


def _prune(root: Tag, unseen: set[int], dropped: _Dropped, whole: bool) -> None:
    """Take hidden elements and furniture out of ``root``."""
    weights = weigh(root)
    total = weights[id(root)]
    reached = total.size - total.linked < 500  # a page of links has no text that navigation could stand above
    for one, skip in _preorder(root):
        if isinstance(one, NavigableString):
            reached = reached or len(one.strip()) >= _PROSE
            continue
        if not isinstance(one, Tag) or one is root:
            continue
        reached = reached or one.name in _HEADINGS
        weight = weights[id(one)]
        reason = "hidden" if id(one) in unseen else "" if whole else _reason_to_drop(one, weight, total)
        if not reason and not whole and not reached and is_menu(one, weight):
            reason = "links above the text"
        if not reason and (is_paging(one, weight) or (not whole and is_archive(one, weight))):
            reason = "links to other pages"
        if reason:
            dropped.add(reason, one.get_text(" "))
            skip(one)


def _preorder(root: Tag) -> Iterator[tuple[PageElement, _Skip]]:
    """Every element in order, with a function that takes the element out together with all that is in it."""
    stack: list[Iterator[PageElement]] = [iter(list(root.children))]
    skip = _Skip()
    while stack:
        one = next(stack[-1], None)
        if one is None:
            stack.pop()
            continue
        skip.taken = False
        yield one, skip
        if skip.taken:
            one.extract()
        elif isinstance(one, Tag):
            stack.append(iter(list(one.children)))


@dataclass(slots=True)
class _Skip:
    """Called with an element, takes it out of the page."""

    taken: bool = False

    def __call__(self, element: Tag) -> None:
        self.taken = True


def _classes(tag: Tag) -> list[str]:
    return [str(one) for one in tag.get_attribute_list("class") if one is not None]


def _reason_to_drop(tag: Tag, weight: Weight, total: Weight) -> str:
    words = " ".join([*_classes(tag), str(tag.get("id", ""))]).lower().replace("_", "-")
    if words and not weight.heading and _SCREEN_READERS.search(words):
        return "for screen readers only"
    # A wrapper's "has-sidebar", or a form around everything, says nothing about the text inside
    page = tag.name in ("body", "main", "article") or weight.main or weight.size > 0.5 * total.size
    role = str(tag.get("role", "")).lower()
    if tag.name in _FURNITURE or role in _FURNITURE_ROLES:
        return "" if page and not tag.name == "nav" and role != "navigation" else "furniture"
    return "furniture" if words and not page and _FURNITURE_WORDS.search(words) else ""


def _main(root: Tag, dropped: _Dropped) -> Tag:
    """The one element that the page itself names as its main text, where it holds a fair share of it."""
    size = len(root.get_text(strip=True))
    for selector in ("main", "[role=main]", "article"):
        found = root.select(selector)
        if len(found) != 1:
            continue
        inside = len(found[0].get_text(strip=True))
        if inside > max(_MAIN_CHARACTERS, _MAIN_SHARE * size):
            main = found[0]
            outside = _outside(root, main)
            dropped.add(f"everything outside <{main.name}>", outside)
            return main
    return root


def _outside(root: Tag, main: Tag) -> str:
    parts: list[str] = []
    stack: list[Iterator[PageElement]] = [iter(root.children)]
    while stack:
        one = next(stack[-1], None)
        if one is None:
            stack.pop()
        elif isinstance(one, Tag) and one is not main:
            stack.append(iter(one.children))
        elif isinstance(one, NavigableString):
            parts.append(str(one))
    return " ".join(parts)

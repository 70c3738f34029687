"""Links that lead around a site instead of saying something: menus above the text, paging, archives of dates.

And the headings of what a page only quotes, which do not lead around in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bs4 import Tag
from bs4.element import NavigableString, PageElement

_LINK_BLOCKS = frozenset(("div", "li", "ol", "p", "section", "span", "table", "ul"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_MOST_TAGS = 300  # in an element that is looked at closely
_PAGING = re.compile(r"(?i)(?:prev|previous|next|older|newer)(?:\s+\w+)?")
_PAGING_NAMES = frozenset(("prev", "previous", "next", "pagination", "pager"))  # of classes and relations
_ARROW = re.compile(r"^[«‹<←]|[»›>→]$")
_AROUND = " \t\n|/·•«»‹›<>←→-–—"
_EARLIER = re.compile(r"(?i)(?:previous|past|older|earlier|recent|latest|archived?)\b")
_DATES = re.compile(r"(?:(?:[^\W\d_]{3,9}\.? \d{1,2},? )?(?:19|20)\d\d ?)+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LEAST_DATES = 3


@dataclass(slots=True)
class Weight:
    """What an element holds: characters, those of them inside links, links, elements, and the page's main part."""

    size: int = 0
    linked: int = 0
    links: int = 0
    tags: int = 0
    main: bool = False
    heading: bool = False


def weigh(root: Tag) -> dict[int, Weight]:
    """The weight of ``root`` and of every element in it, by identity; linear in the page's size."""
    elements: list[PageElement] = [root, *root.descendants]
    weights = {id(one): Weight() for one in elements if isinstance(one, Tag)}
    for one in reversed(elements):  # children before their parents
        parent = weights.get(id(one.parent)) if one is not root else None
        if isinstance(one, Tag):
            weight = weights[id(one)]
            if one.name == "a":
                weight.linked, weight.links = weight.size, weight.links + 1
            weight.main |= one.name in ("h1", "main", "article")
            weight.heading |= one.name in _HEADINGS
            if parent is not None:
                parent.size += weight.size
                parent.linked += weight.linked
                parent.links += weight.links
                parent.tags += weight.tags + 1
                parent.main |= weight.main
                parent.heading |= weight.heading
        elif parent is not None and isinstance(one, NavigableString):
            parent.size += len(one.strip())
    return weights


def is_menu(tag: Tag, weight: Weight) -> bool:
    """Whether an element holds three links or more and nothing else; above the text that is the site's menu."""
    if tag.name not in _LINK_BLOCKS or weight.heading or weight.links < 3:
        return False
    return weight.linked >= 0.9 * weight.size and weight.size <= 60 * weight.links


def is_paging(tag: Tag, weight: Weight) -> bool:
    """Whether an element holds only links to the page before and the one after: "« previous | next »".

    One word alone ("Next steps") may be a part of the text: it takes two such links, an arrow, or a class or relation.
    """
    if tag.name not in _LINK_BLOCKS or not 1 <= weight.links <= 4 or weight.heading or weight.tags > _MOST_TAGS:
        return False
    links = tag.find_all("a")
    names = [" ".join(link.get_text(" ").split()) for link in links]
    outside = "".join(
        str(one) for one in tag.find_all(string=True) if one.find_parent("a") is None
    )
    if outside.strip(_AROUND) or not all(_PAGING.fullmatch(name.strip(_AROUND)) for name in names):
        return False
    whole = " ".join(tag.get_text(" ").split())
    said = {str(one).lower() for link in links for key in ("class", "rel") for one in link.get_attribute_list(key)}
    return len({name.lower() for name in names}) > 1 or bool(_ARROW.search(whole)) or bool(said & _PAGING_NAMES)


def is_archive(tag: Tag, weight: Weight) -> bool:
    """Whether an element holds nothing but linked dates, three or below a heading such as "Previous issues"."""
    if tag.name not in ("div", "section", "ul", "ol") or not 1 <= weight.links or weight.tags > _MOST_TAGS:
        return False
    if weight.size > 60 * weight.links:
        return False
    heading = tag.find(list(_HEADINGS))
    name = " ".join(heading.get_text(" ").split()) if heading is not None else ""
    text = " ".join(" ".join(tag.stripped_strings).split())
    earlier = bool(_EARLIER.match(name)) and text.startswith(name)
    text = text.removeprefix(name).strip() if earlier else text
    dates = len(_YEAR.findall(text))
    return _DATES.fullmatch(text) is not None and (earlier or dates >= _LEAST_DATES) and dates <= weight.links


def unquote_headings(root: Tag) -> None:
    """Headings and bold lines of a quotation become text: they head nothing of the page that quotes them.

    Quotations that hold most of the page are there for their indentation.
    """
    quotes = outermost(root, ["blockquote"])
    if 2 * sum(len(quote.get_text(strip=True)) for quote in quotes) > len(root.get_text(strip=True)):
        return
    for tag in (tag for quote in quotes for tag in quote.find_all([*_HEADINGS, "b", "strong"])):
        tag.name = "p" if tag.name in _HEADINGS else "em"


def outermost(root: Tag, names: list[str]) -> list[Tag]:
    """The elements of these names that stand in no other of them."""
    inside: set[int] = set()
    found: list[Tag] = []
    for one in root.find_all(names):
        if id(one) not in inside:
            inside.update(id(inner) for inner in one.find_all(names))
            found.append(one)
    return found

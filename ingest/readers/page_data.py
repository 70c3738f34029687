"""What a web page says about itself outside its text: meta elements, its language, schema.org data of a job advert."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from ingest.clean import clean
from ingest.dates import iso_date, only_date
from ingest.records import Block, BlockKind, Note

_META = re.compile(r"(?is)<meta\b([^<>]{1,2000})>")
_ATTRIBUTE = re.compile(r"""(?is)([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_DATA = re.compile(r"(?is)<script\b[^<>]*application/ld\+json[^<>]*>(.{1,500000}?)</script>")
_FRAME = re.compile(r"(?i)<frame\b[^<>]{0,500}?\bsrc\s*=\s*[\"']?([^\"'\s>]+)")
_HTML = re.compile(r"(?i)<html\b([^<>]{0,1000})>")
_FACTS = {
    "article:published_time": "published", "datepublished": "published", "dc.date": "published",
    "dcterms.issued": "published", "article:modified_time": "modified", "og:updated_time": "modified",
    "last-modified": "modified", "dcterms.modified": "modified", "dcterms.created": "created", "author": "author",
    "dc.creator": "author", "language": "language", "content-language": "language", "og:locale": "language",
}  # fmt: skip
_DATES = ("created", "modified", "published")
_SHOWN = ("title", "hiringOrganization", "jobLocation", "employmentType", "baseSalary", "validThrough", "datePosted")


@dataclass(frozen=True, slots=True)
class PageData:
    """Facts, the site's name, addresses of frames, and a job advert's title, text (HTML) and data as table rows."""

    facts: tuple[tuple[str, str], ...] = ()
    site: str = ""
    frames: tuple[str, ...] = ()
    title: str = ""
    description: str = ""
    rows: tuple[Block, ...] = ()
    notes: tuple[Note, ...] = ()


def page_data(page: str) -> PageData:
    """Read a page's head and data; what cannot be parsed is passed over, it is no text.

    >>> found = page_data('<html lang="en-GB"><meta name=application-name content="ACME"><meta name=author content=Jo>')
    >>> found.facts, found.site
    ((('language', 'en-GB'), ('author', 'Jo')), 'ACME')
    """
    facts: dict[str, str] = {}
    site = ""
    top = _HTML.search(page)
    language = _attributes(top[1]).get("lang", "") if top is not None else ""
    if language:
        facts["language"] = language
    for match in _META.finditer(page):
        given = _attributes(match[1])
        key = next((given[one].lower() for one in ("property", "name", "http-equiv", "itemprop") if one in given), "")
        content = " ".join(given.get("content", "").split())
        if key in ("og:site_name", "application-name") and not site:
            site = content
        elif key in _FACTS and content:
            fact = _FACTS[key]
            facts.setdefault(fact, content[:10] if fact in ("published", "modified", "created") else content)
    frames = tuple(_FRAME.findall(page))
    posting = next(_postings(page), None)
    if posting is None:
        return PageData(tuple(facts.items()), site, frames)
    return _advert(posting, facts, site, frames)


def dated_by_heading(
    facts: Mapping[str, str], blocks: Sequence[Block]
) -> tuple[dict[str, str], tuple[Note, ...]]:
    """Facts of a page that has a date for a heading before its first text: then it was published that day.

    Other dates of its metadata are dropped: archives are rewritten long after (an issue of 2011 "modified" in 2022).

    >>> heads = (Block(BlockKind.HEADING, "Garden Weekly", 1), Block(BlockKind.HEADING, "January 6, 2011", 2))
    >>> dated_by_heading({"modified": "2022-01-11", "author": "Jo"}, heads)[0]
    {'author': 'Jo', 'published': '2011-01-06'}
    >>> dated_by_heading({"modified": "2022-01-11"}, heads[:1])
    ({'modified': '2022-01-11'}, ())
    """
    head = takewhile(lambda block: block.kind is BlockKind.HEADING, blocks)
    day = next((day for block in head if (day := only_date(block.text))), "")
    if not day:
        return dict(facts), ()
    other = {name: value for name, value in facts.items() if name in _DATES and iso_date(value) != day}
    kept = {name: value for name, value in facts.items() if name not in other} | {"published": day}
    told = ", ".join(f"{name} {value}" for name, value in other.items())
    return kept, (Note("page_dates", len(other), f"{told}; its heading says {day}"),) if other else ()


def _advert(posting: dict[str, Any], facts: dict[str, str], site: str, frames: tuple[str, ...]) -> PageData:
    pairs = [(key, _line(posting[key])) for key in _SHOWN if key in posting]
    pairs = [(key, value) for key, value in pairs if value]
    posted = re.match(r"\d{4}-\d\d-\d\d", dict(pairs).get("datePosted", ""))
    if posted is not None:
        facts["published"] = posted[0]
    title = dict(pairs).get("title", "")
    rows = tuple(Block(BlockKind.ROW, f"| {key} | {value} |", cells=(key, value)) for key, value in pairs)
    detail = "; ".join(f"{key}: {value}" for key, value in pairs)
    description = posting.get("description")
    text = html.unescape(description) if isinstance(description, str) and "<" not in description else description
    notes = (Note("job_posting", len(pairs), clean(detail)[0]),) if pairs else ()
    return PageData(tuple(facts.items()), site, frames, title, text if isinstance(text, str) else "", rows, notes)


def _postings(page: str) -> Iterator[dict[str, Any]]:
    """Every JobPosting in the page's JSON-LD, however it is wrapped."""
    for match in _DATA.finditer(page):
        try:
            waiting: list[Any] = [json.loads(match[1], strict=False)]
        except (ValueError, RecursionError):
            continue
        while waiting:
            one = waiting.pop()
            if isinstance(one, list):
                waiting += one[::-1]
            elif isinstance(one, dict):
                kind = one.get("@type")
                if kind == "JobPosting" or (isinstance(kind, list) and "JobPosting" in kind):
                    yield one
                waiting += [value for value in one.values() if isinstance(value, dict | list)]


def _line(value: Any) -> str:
    """A value of schema.org on one line; types and addresses of types are no words."""
    if isinstance(value, dict):
        return " ".join(text for key, one in value.items() if not key.startswith("@") and (text := _line(one)))
    if isinstance(value, list):
        return ", ".join(text for text in map(_line, value) if text)
    return " ".join(html.unescape(str(value)).replace("|", "/").split()) if isinstance(value, str | int | float) else ""


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text):
        value = next((group for group in match.groups()[1:] if group is not None), "")
        found.setdefault(match[1].lower(), html.unescape(value))
    return found

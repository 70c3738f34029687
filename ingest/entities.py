"""Character references ("&amp;") that an export left in plain text."""

from __future__ import annotations

import html
import html.entities
import re

_ENTITY = re.compile(
    r"&(?:(?:amp|#0{0,5}38|#[xX]0{0,5}26);){0,9}(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_LINK = re.compile(r"(?<!\w)\w{1,20}://[^\s<>]{1,2000}|[?&][\w.%-]{1,80}=[^\s<>]{0,2000}")
_PASSES = 3  # entities in entities in entities; no export goes deeper


def resolve_entities(text: str) -> str:
    r"""Character references that an export left in plain text become their characters, doubled ones too.

    Only whole references with a known name; none in links, in lines with tags, or between quotes or backticks, where
    they are the subject. Not for markup, where they are what keeps text from being markup.

    >>> resolve_entities("R&amp;D doesn&#8217;t ship&amp;nbsp;it")
    'R&D doesn’t ship\xa0it'
    >>> resolve_entities("AT&T; R&D, x.io/?a=1&amp;b=2, write '&amp;'")
    "AT&T; R&D, x.io/?a=1&amp;b=2, write '&amp;'"
    """
    for _ in range(_PASSES):
        changed = re.sub("[^\n\r]+", lambda m: _resolve_line(m[0]) if "&" in m[0] else m[0], text)
        if changed == text:
            break
        text = changed
    return text


def _resolve_line(line: str) -> str:
    if _TAG.search(line) is not None:
        return line
    links = [match.span() for match in _LINK.finditer(line)]

    def character(match: re.Match[str]) -> str:
        before, after = line[match.start() - 1 : match.start()], line[match.end() : match.end() + 1]
        if before and before in "\"'`" and after == before:
            return match[0]
        while links and links[0][1] <= match.start():
            links.pop(0)
        if links and links[0][0] <= match.start():
            return match[0]
        name = f"{match[1]};"
        known = name.startswith("#") or name in html.entities.html5
        return html.unescape(f"&{name}") if known else f"&{name}"

    return _ENTITY.sub(character, line)

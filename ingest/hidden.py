"""Text that a browser or Word would not show: found by the styles that a file itself carries.

Nothing is guessed about style sheets that are not in the file. White text counts as hidden only where nothing around it
could be a dark background.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from bs4 import BeautifulSoup, Tag

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_AT_BLOCK = re.compile(r"@[^{};]+\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")  # @media, @font-face, ...: may not apply
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_LENGTH = re.compile(r"(-?\d*\.?\d+)\s*(px|pt|em|rem|%|vw|vh|in|cm|mm|pc|ex|ch)?")
_PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "em": 16.0, "rem": 16.0, "%": 0.16, "pc": 16.0, "in": 96.0, "cm": 37.8}
_WHITE = frozenset(("white", "#fff", "#ffffff", "#fffffff", "rgb(255,255,255)", "rgba(255,255,255,1)"))
_TINY, _FAR = 2.0, -999.0  # pixels
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFF = "@w:val='0' or @w:val='false' or @w:val='off'"


def declarations(style: str) -> dict[str, str]:
    """The declarations of a style attribute by name, in lower case, without ``!important``.

    >>> declarations("COLOR: White !important; top:-9999px")
    {'color': 'white', 'top': '-9999px'}
    """
    pairs = (part.partition(":") for part in style.lower().replace("!important", "").split(";"))
    return {name.strip(): value.strip() for name, colon, value in pairs if colon}


def hides(style: Mapping[str, str]) -> bool:
    """Whether declarations make an element invisible on their own, whatever stands around it.

    >>> hides(declarations("font-size:1px")), hides(declarations("position:absolute; left:-9999px"))
    (True, True)
    >>> hides(declarations("font-size:0.9em; opacity:0.8")), hides(declarations("clip-path: inset(100%)"))
    (False, True)
    """
    if style.get("display") == "none" or style.get("visibility") in ("hidden", "collapse"):
        return True
    opacity = _number(style.get("opacity"))
    if opacity is not None and opacity < 0.1:
        return True
    size = _pixels(style.get("font-size"))
    if size is not None and 0 <= size <= _TINY:
        return True
    if style.get("color") == "transparent" or re.search(r"rgba\((?:[^,)]*,){3}\s*0?\.?0+\s*\)", style.get("color", "")):
        return True
    if any((_pixels(style.get(side)) or 0.0) <= _FAR for side in ("left", "top", "right", "bottom", "text-indent")):
        return True
    if style.get("overflow", "").startswith(("hidden", "clip")):
        boxes = (_pixels(style.get(side)) for side in ("width", "height", "max-width", "max-height"))
        if any(box is not None and box <= 1 for box in boxes):
            return True
    return bool(re.match(r"rect\(\s*[01]", style.get("clip", ""))) or bool(
        re.match(r"(?:inset\(\s*(?:50|[6-9]\d|100)%|circle\(\s*0)", style.get("clip-path", ""))
    )


def hidden_tags(soup: BeautifulSoup) -> Iterator[Tag]:
    """Elements that the page's own markup and style elements hide; call before style elements are removed."""
    selectors: dict[str, None] = {}  # each once, in the order of the page
    for sheet in soup.find_all("style"):
        css = _AT_BLOCK.sub("", _COMMENT.sub("", sheet.get_text()))
        selectors |= {s.strip(): None for s, body in _RULE.findall(css) if hides(declarations(body))}
    for selector in selectors:
        yield from _selected(soup, selector)
    for tag in soup.find_all(True):
        style = declarations(str(tag.get("style", "")))
        if tag.has_attr("hidden") or tag.get("aria-hidden") == "true" or hides(style):
            yield tag
        elif style.get("color") and _same_as_ground(tag, style["color"].replace(" ", "")):
            yield tag


def _selected(soup: BeautifulSoup, selector: str) -> list[Tag]:
    """What a selector of the page hits; a state (``:hover``) or what is no selector hits nothing."""
    from soupsieve import SelectorSyntaxError

    if ":" in selector or selector in ("html", "body", "*"):
        return []
    try:
        return list(soup.select(selector))
    except (SelectorSyntaxError, NotImplementedError):
        return []


def _same_as_ground(tag: Tag, colour: str) -> bool:
    """Whether the text's colour is that of the nearest ground that the page states; white where nothing can be one."""
    for one in (tag, *tag.parents):
        style = declarations(str(one.get("style", "")))
        stated = style.get("background-color", style.get("background", str(one.get("bgcolor", "")).lower()))
        if stated:
            ground = stated.replace(" ", "")
            return ground == colour or (ground in _WHITE and colour in _WHITE)
        if one.get("class") or one.get("id"):  # a style sheet elsewhere may give it a ground
            return False
    return colour in _WHITE


def _pixels(value: str | None) -> float | None:
    match = _LENGTH.fullmatch(value.strip()) if value is not None else None
    return None if match is None else float(match[1]) * _PIXELS.get(match[2] if match[2] is not None else "", 16.0)


def _number(value: str | None) -> float | None:
    try:
        return None if value is None else float(value)
    except ValueError:
        return None


def hidden_runs(body: Any, hidden_styles: Collection[str] = ()) -> list[Any]:
    """Runs of a Word document that are not printed: marked hidden, at most 2 points high, or white on nothing darker.

    Args:
        body: the lxml element ``w:body``, or the root of another part.
        hidden_styles: ids of the paragraph and character styles whose text is hidden.

    """
    runs = _found(body, f".//w:r[w:rPr/w:vanish[not({_OFF})] or w:rPr/w:sz[number(@w:val) <= 4]]")
    if hidden_styles:
        for run in _found(body, f".//w:r[not(w:rPr/w:vanish[{_OFF}])]"):
            styles = _found(run, "w:rPr/w:rStyle/@w:val | ancestor::w:p[1]/w:pPr/w:pStyle/@w:val")
            runs += [run] if set(styles) & set(hidden_styles) else []
    for run in _found(body, ".//w:r[w:rPr/w:color[translate(@w:val, 'f', 'F')='FFFFFF']]"):
        grounds = _found(
            run,
            "w:rPr/w:shd | w:rPr/w:highlight | ancestor::w:p/w:pPr/w:shd | ancestor::w:p/w:pPr/w:pStyle"
            " | ancestor::w:tc/w:tcPr/w:shd | ancestor::w:tbl/w:tblPr/w:tblStyle | ancestor::w:tbl/w:tblPr/w:shd"
            " | ancestor::w:txbxContent | /w:document/w:background",
        )
        if not grounds:
            runs.append(run)
    return list(dict.fromkeys(runs))


def _found(element: Any, path: str) -> list[Any]:
    from lxml import etree

    return list(etree.XPath(path, namespaces={"w": _WORD})(element))

"""What a Word document's styles and numbering say about a paragraph: heading level, list level, the number shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DEEPEST = 9
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_LIST_NAME = re.compile(r"List (?:Bullet|Number)(?: (\d))?", re.IGNORECASE)


def on(element: Any, path: str) -> bool:
    """Whether a switch such as ``w:vanish`` is set below ``element``; given without a value it is.

    Args:
        element: an lxml element or None.
        path: child names without prefix, joined by ``/``.

    """
    found = child(element, path)
    return found is not None and found.get(f"{W}val", "1") not in ("0", "false", "off")


def child(element: Any, path: str) -> Any | None:
    """The element at a path of child names without prefix."""
    return None if element is None else element.find("/".join(W + step for step in path.split("/")))


def value(element: Any, path: str) -> str:
    """The ``w:val`` at a path of child names, '' where there is none."""
    found = child(element, path)
    return "" if found is None else str(found.get(f"{W}val", ""))


def counted(number: int, form: str) -> str:
    """A number as a list shows it; ``form`` is Word's or OpenDocument's name of the kind.

    >>> [counted(4, form) for form in ("decimal", "lowerLetter", "upperRoman", "i", "A", "decimalZero")]
    ['4', 'd', 'IV', 'iv', 'D', '04']
    """
    if number < 1 or form not in ("lowerLetter", "upperLetter", "a", "A", "lowerRoman", "upperRoman", "i", "I"):
        return f"{number:02d}" if form == "decimalZero" else str(number)
    if form in ("lowerLetter", "upperLetter", "a", "A"):
        shown = chr(97 + (number - 1) % 26) * min(1 + (number - 1) // 26, 9)
    else:
        shown, rest = "", min(number, 10_000)
        for amount, sign in _ROMAN:
            shown += sign * (rest // amount)
            rest %= amount
    return shown.upper() if form[0] in "uAI" else shown


@dataclass(frozen=True, slots=True)
class Role:
    """What a paragraph is: heading level (-1: none, 0: the title), list level (-1: none) and the number it shows."""

    heading: int = -1
    item: int = -1
    number: str = ""
    contents: bool = False  # a line of the table of contents


@dataclass(slots=True)
class Styles:
    """Styles by id, and numbering with its running counters."""

    by_id: dict[str, Any] = field(default_factory=dict)
    default: str = ""
    size: float = 10.0  # points, where nothing states one
    instances: dict[str, Any] = field(default_factory=dict)
    levels: dict[tuple[str, int], Any] = field(default_factory=dict)  # (abstract id, level) -> w:lvl
    counters: dict[str, list[int]] = field(default_factory=dict)
    started: set[tuple[str, int]] = field(default_factory=set)

    @classmethod
    def of(cls, styles: Any, numbering: Any | None) -> Styles:
        """From the roots of styles.xml and numbering.xml."""
        made = cls()
        made.size = integer(value(styles, "docDefaults/rPrDefault/rPr/sz"), 20) / 2
        for style in styles.iter(f"{W}style"):
            name = str(style.get(f"{W}styleId", ""))
            made.by_id[name] = style
            if style.get(f"{W}type") == "paragraph" and style.get(f"{W}default") in ("1", "true", "on"):
                made.default = name
        for instance in [] if numbering is None else numbering.findall(f"{W}num"):
            made.instances[str(instance.get(f"{W}numId"))] = instance
        for abstract in [] if numbering is None else numbering.findall(f"{W}abstractNum"):
            for level in abstract.findall(f"{W}lvl"):
                made.levels[str(abstract.get(f"{W}abstractNumId")), integer(level.get(f"{W}ilvl"))] = level
        return made

    def chain(self, name: str) -> list[Any]:
        """A style and those that it is based on, nearest first."""
        found: dict[str, Any] = {}
        while name in self.by_id and name not in found:
            found[name] = self.by_id[name]
            name = value(found[name], "basedOn")
        return list(found.values())

    def hidden(self) -> frozenset[str]:
        """Ids of the styles whose text is not printed."""
        return frozenset(name for name in self.by_id if any(on(style, "rPr/vanish") for style in self.chain(name)))

    def role(self, paragraph: Any) -> Role:
        """What ``w:p`` is; counts its number, so call it once for each paragraph, in order."""
        settings = child(paragraph, "pPr")
        named = value(settings, "pStyle")
        chain = self.chain(named if named else self.default)
        names = [value(style, "name").lower() for style in chain]
        if any(re.fullmatch(r"toc \d", name) for name in names):
            return Role(contents=True)
        heading = self.heading(paragraph)
        instance, level = self._numbered(settings, chain)
        form, number = self._count(instance, level)
        if heading >= 0:
            return Role(heading=heading, number=number)
        listed = next((match for name in names if (match := _LIST_NAME.fullmatch(name))), None)
        if listed is not None:
            level = max(level, integer(listed[1], 1) - 1)
        elif not form:
            return Role()
        return Role(item=level, number=number)

    def heading(self, paragraph: Any) -> int:
        """The heading level of ``w:p`` by its outline level or a style's, then by a built-in style's name; else -1."""
        settings = child(paragraph, "pPr")
        named = value(settings, "pStyle")
        chain = self.chain(named if named else self.default)
        names = [value(style, "name").lower() for style in chain]
        for place in (settings, *(child(style, "pPr") for style in chain)):
            outline = value(place, "outlineLvl")
            if outline:
                level = integer(outline, _DEEPEST)
                return level + 1 if level < _DEEPEST else -1
        if "title" in names:
            return 0
        match = next((match for name in names if (match := re.fullmatch(r"heading (\d)", name))), None)
        return -1 if match is None else int(match[1])

    def look(self, paragraph: Any) -> tuple[float, bool]:
        """Largest size in points, and whether all of the text is bold."""
        named = value(child(paragraph, "pPr"), "pStyle")
        chain = [child(style, "rPr") for style in self.chain(named if named else self.default)]
        runs = [run for run in paragraph.iter(f"{W}r") if "".join(run.itertext(f"{W}t")).strip()]
        sizes, bold = [self.size], []
        for run in runs:
            places = [child(run, "rPr"), *chain]
            sizes.append(next((integer(value(one, "sz")) / 2 for one in places if value(one, "sz")), self.size))
            bold.append(next((on(one, "b") for one in places if child(one, "b") is not None), False))
        return max(sizes[1:], default=self.size), bool(bold) and all(bold)

    def _numbered(self, settings: Any, chain: list[Any]) -> tuple[str, int]:
        """The numbering instance ('' for none) and level: the nearest statement of each counts."""
        places = [child(place, "numPr") for place in (settings, *(child(style, "pPr") for style in chain))]
        instance = next((value(place, "numId") for place in places if value(place, "numId")), "")
        level = next((value(place, "ilvl") for place in places if value(place, "ilvl")), "")
        if not level and instance in self.instances and chain:  # a style stands at the level that names it
            abstract = value(self.instances[instance], "abstractNumId")
            wanted = {str(style.get(f"{W}styleId")) for style in chain}
            own = ((deep, xml) for (one, deep), xml in self.levels.items() if one == abstract)
            linked = [deep for deep, xml in own if value(xml, "pStyle") in wanted]
            level = str(linked[0]) if linked else ""
        return ("", 0) if instance in ("", "0") else (instance, min(max(integer(level), 0), _DEEPEST - 1))

    def _count(self, instance: str, level: int) -> tuple[str, str]:
        """Number format ('' for none) and the number shown, '' for bullets."""
        if instance not in self.instances:
            return "", ""
        abstract = value(self.instances[instance], "abstractNumId")
        xml = self._level(instance, abstract, level)
        form = value(xml, "numFmt") or "decimal"
        counter = self.counters.setdefault(abstract, [0] * _DEEPEST)
        override = self._override(instance, level)
        restart = value(override, "startOverride")
        first = integer(restart if restart else value(xml, "start"), 1)
        if restart and (instance, level) not in self.started:
            counter[level] = 0
        self.started.add((instance, level))
        counter[level] = first if counter[level] == 0 else counter[level] + 1
        counter[level + 1 :] = [0] * (_DEEPEST - level - 1)
        if form in ("bullet", "none"):
            return form, ""
        pattern = value(xml, "lvlText")
        return form, re.sub(r"%(\d)", lambda match: self._part(instance, abstract, int(match[1]) - 1), pattern)

    def _part(self, instance: str, abstract: str, level: int) -> str:
        xml = self._level(instance, abstract, level)
        count = self.counters[abstract][level] if 0 <= level < _DEEPEST else 0
        return counted(count if count else integer(value(xml, "start"), 1), value(xml, "numFmt"))

    def _override(self, instance: str, level: int) -> Any | None:
        overrides = self.instances[instance].findall(f"{W}lvlOverride")
        return next((one for one in overrides if integer(one.get(f"{W}ilvl")) == level), None)

    def _level(self, instance: str, abstract: str, level: int) -> Any | None:
        own = child(self._override(instance, level), "lvl")
        return own if own is not None else self.levels.get((abstract, level))


def integer(text: Any, default: int = 0) -> int:
    """The number that an attribute spells, ``default`` where it spells none."""
    try:
        return int(text)
    except (TypeError, ValueError):
        return default

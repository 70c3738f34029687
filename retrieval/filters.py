"""Filters: what a question or the page restricts a search to, ``role:"Lead Cook" kind:kpis source:junior*.md``.

Values of one key are alternatives, keys go together. A key that is none stays an ordinary word (a colon is common in
prose); a value that fits nothing is kept in ``unknown`` and restricts nothing, so that a slip never hides everything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, Protocol

from ingest.kinds import kind_of
from ingest.levels import LEVELS
from ingest.records import Kind
from retrieval.titles import JOINING, words_of

_FIELDS = {
    "role": "roles", "level": "levels", "kind": "kinds", "section": "kinds", "source": "sources", "file": "sources",
    "audience": "audiences", "language": "languages", "lang": "languages", "format": "formats",
}  # fmt: skip
_QUOTED = r"\"[^\"]+\"|“[^”]+”|'[^']+'(?!\w)"
_VALUE = rf"(?:{_QUOTED}|[^\s,\"“”]+)"
_FILTER = re.compile(
    rf"(?<![\w:/.-])(?P<key>{'|'.join(_FIELDS)}):(?P<values>{_VALUE}(?:,\s*(?:{_QUOTED})|,{_VALUE})*)[,;?!]?",
    re.IGNORECASE,
)
_ONE = re.compile(_VALUE)
_QUOTES = "\"“”'"
_ENDING = "?!.;:)"


class Described(Protocol):
    """What filters look at: a document, or what is known of one."""

    @property
    def role(self) -> str:
        """The role described, '' for none."""

    @property
    def level(self) -> str:
        """Its seniority."""

    @property
    def source(self) -> str:
        """The document's path."""

    @property
    def audience(self) -> str:
        """Who may read it."""

    @property
    def language(self) -> str:
        """ISO 639-1."""

    @property
    def format(self) -> str:
        """Of the file."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Alternatives per key, () for no restriction; ``unknown`` pairs keys with values that fit nothing."""

    roles: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    sources: tuple[str, ...] = ()  # names or patterns with * and ?
    audiences: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, question: str) -> tuple[str, Filters]:
        """The question without its filters, and these.

        >>> Filters.parse('Which tools? role:"Lead Cook",junior kind:KPIs note: 10:30')[0]
        'Which tools? note: 10:30'
        >>> Filters.parse('Which tools? role:"Lead Cook",junior kind:KPIs')[1].as_dict()
        {'roles': ['Lead Cook', 'junior'], 'kinds': ['kpis']}
        >>> Filters.parse("level:lead kind:gossip?")
        ('', Filters(roles=(), levels=('lead',), kinds=(), sources=(), audiences=(), languages=(), formats=(), \
unknown=(('kind', 'gossip'),)))
        """
        found: dict[str, list[Any]] = {}
        unknown: list[tuple[str, str]] = []
        for match in _FILTER.finditer(question):
            key = match["key"].lower()
            for value in _values(match["values"]):
                kind = _kind(value) if _FIELDS[key] == "kinds" else None
                if _FIELDS[key] == "kinds" and kind is None:
                    unknown.append((key, value))
                else:
                    found.setdefault(_FIELDS[key], []).append(value if kind is None else kind)
        text = " ".join(_FILTER.sub(" ", question).split()) if found or unknown else question
        parts = {name: tuple(dict.fromkeys(values)) for name, values in found.items()}
        return text.strip(" ,") if found or unknown else text, cls(**parts, unknown=tuple(unknown))

    def __bool__(self) -> bool:
        """Whether anything is asked for."""
        return self != Filters()

    def over(self, given: Filters) -> Filters:
        """These filters, and those ``given`` elsewhere for the keys that these leave open.

        >>> Filters(levels=("lead",)).over(Filters(levels=("junior",), languages=("en",))).as_dict()
        {'levels': ['lead'], 'languages': ['en']}
        """
        kept = {name: getattr(self, name) or getattr(given, name) for name in _SHOWN}
        return Filters(**kept, unknown=tuple(dict.fromkeys((*self.unknown, *given.unknown))))

    def known(self, library: Sequence[Described]) -> Filters:
        """With role names as the library writes them, and values that fit none of its documents in ``unknown``.

        A role's value is a whole name, else words of names: ``role:junior`` is every junior role.
        """
        roles: list[str] = []
        unknown = list(self.unknown)
        every = tuple(dict.fromkeys(described.role for described in library if described.role))
        for value in self.roles:
            fitting = _named(value, every)
            roles += fitting
            unknown += [] if fitting else [("role", value)]
        kept: dict[str, tuple[str, ...]] = {"roles": tuple(dict.fromkeys(roles))}
        for name in ("levels", "sources", "audiences", "languages", "formats"):
            values: tuple[str, ...] = getattr(self, name)
            fit = tuple(value for value in values if any(_fits(name, value, one) for one in library))
            unknown += [(name.removesuffix("s"), value) for value in values if value not in fit]
            kept[name] = fit
        return replace(self, **kept, unknown=tuple(dict.fromkeys(unknown)))  # type: ignore[arg-type]

    def matches(self, described: Described, kind: Kind | None = None) -> bool:
        """Whether a document (and a section's ``kind``, when given) is inside.

        Role names are compared whole; ``known`` turns parts of names into whole ones.
        """
        for name in ("roles", "levels", "sources", "audiences", "languages", "formats"):
            values: tuple[str, ...] = getattr(self, name)
            if values and not any(_fits(name, value, described) for value in values):
                return False
        return not self.kinds or kind is None or kind in self.kinds

    def as_dict(self) -> dict[str, Any]:
        """What is restricted, without the keys that are not."""
        named = {name: list(getattr(self, name)) for name in _SHOWN if getattr(self, name)}
        if self.kinds:
            named["kinds"] = [kind.value for kind in self.kinds]
        if self.unknown:
            named["unknown"] = [f"{key}:{value}" for key, value in self.unknown]
        return named


_SHOWN = ("roles", "levels", "kinds", "sources", "audiences", "languages", "formats")


NO_FILTERS = Filters()


def _values(text: str) -> list[str]:
    return [value for match in _ONE.finditer(text) if (value := _bare(match[0]))]


def _bare(value: str) -> str:
    if value[0] in _QUOTES and value[-1] in _QUOTES and len(value) > 1:
        return value[1:-1].strip()
    return value.rstrip(_ENDING)


def _kind(value: str) -> Kind | None:
    """The kind that is called so, by its own name or as a heading might.

    >>> _kind("decision-rights"), _kind("salary"), _kind("gossip")
    (<Kind.DECISIONS: 'decision rights'>, <Kind.COMPENSATION: 'compensation'>, None)
    """
    said = re.sub(r"[-_]+", " ", value.lower()).strip()
    for kind in Kind:
        if said in (kind.value, kind.name.lower()):
            return kind
    told = kind_of((said,))
    return None if told is Kind.OTHER else told


def _words(name: str) -> tuple[str, ...]:
    return tuple(word.form for word in words_of(name) if word.form not in JOINING)


def _named(value: str, roles: Sequence[str]) -> list[str]:
    """The roles of that name, else those that have all its words.

    >>> _named("cook", ["Cook", "Lead Cook"]), _named("lead", ["Cook", "Lead Cook"]), _named("", ["Cook"])
    (['Cook'], ['Lead Cook'], [])
    """
    words = _words(value)
    whole = [role for role in roles if _words(role) == words]
    return whole if whole or not words else [role for role in roles if set(words) <= set(_words(role))]


def _fits(name: str, value: str, described: Described) -> bool:
    wanted = value.casefold()
    if name == "roles":
        return _words(value) == _words(described.role)
    if name == "sources":
        source = described.source.casefold()
        return fnmatchcase(source, wanted) or fnmatchcase(source.rsplit("/", 1)[-1], wanted)
    if name == "levels":
        level = described.level.casefold()
        return level == wanted or (wanted in LEVELS and level.split(" ")[0] == wanted)
    return bool(getattr(described, name.removesuffix("s")).casefold() == wanted.lstrip("."))

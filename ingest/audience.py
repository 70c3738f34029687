"""Who may read a document: ``public`` by default, else by what the file says itself or by its folder.

An audience is one short lower-case word. What a file states but Rolebook does not understand never becomes public.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from config import UserError
from ingest.records import Note

PUBLIC, RESTRICTED = "public", "restricted"
_WORD = re.compile(r"[a-z][a-z0-9_-]{0,29}")
# Every other single word is an audience of its own: "everyone" may mean everyone in the house.
_PUBLIC = frozenset({"public", "unrestricted"})


def audience_of(source: str, facts: Sequence[tuple[str, str]], rules: Sequence[str]) -> str:
    """The audience of the document at ``source`` (its path in the library, with ``/``).

    The fact ``audience`` (front matter) goes first, then the rule ``folder=audience`` with the longest folder that
    holds the source, then ``public``. A stated audience that is not one word is ``restricted``.

    Raises:
        UserError: a rule is malformed; it is named.

    >>> rules = ("hr=internal", "hr/pay=finance")
    >>> audience_of("hr/pay/bands.md", [], rules), audience_of("hr/pay.md", [], rules), audience_of("a/hr/x", [], rules)
    ('finance', 'internal', 'public')
    >>> audience_of("hr/pay/bands.md", [("audience", "Public")], rules)
    'public'
    >>> audience_of("a.md", [("audience", "managers only!")], ())
    'restricted'

    """
    folders = audience_rules(tuple(rules))
    for stated in (value for name, value in facts if name == "audience"):
        return _understood(stated)
    parts = _parts(source)[:-1]
    for length in range(len(parts), -1, -1):
        if parts[:length] in folders:
            return folders[parts[:length]]
    return PUBLIC


def audience_notes(facts: Sequence[tuple[str, str]]) -> tuple[Note, ...]:
    """A note when the file states an audience that was not understood.

    >>> audience_notes([("audience", "managers only!")])[0].detail
    "'managers only!' is not one word, so the document is restricted"
    """
    return tuple(
        Note("audience", 1, f"{stated.strip()[:60]!r} is not one word, so the document is {RESTRICTED}")
        for name, stated in facts
        if name == "audience" and not _WORD.fullmatch(stated.strip().lower())
    )[:1]


@lru_cache(maxsize=16)
def audience_rules(rules: tuple[str, ...]) -> dict[tuple[str, ...], str]:
    """Folder (its parts) to audience; ``.`` or ``/`` is the whole library.

    Raises:
        UserError: a rule is not ``folder=audience``, or two rules give one folder different audiences.

    """
    folders: dict[tuple[str, ...], str] = {}
    for rule in rules:
        folder, sign, audience = rule.rpartition("=")
        parts, audience = _parts(folder), audience.strip()
        if not sign or not folder.strip() or ".." in parts or not _WORD.fullmatch(audience):
            message = (
                f"The audience rule '{rule}' is not understood. Write folder=audience, such as hr/pay=finance: a "
                "folder of the library, and one lower-case word of at most 30 letters, digits, - and _."
            )
            raise UserError(message)
        if folders.setdefault(parts, audience) != audience:
            message = (
                f"The audience rule '{rule}' contradicts an earlier rule, which gives that folder to "
                f"'{folders[parts]}'. Keep one of the two."
            )
            raise UserError(message)
    return folders


def _understood(stated: str) -> str:
    word = stated.strip().lower()
    if word in _PUBLIC:
        return PUBLIC
    return word if _WORD.fullmatch(word) else RESTRICTED


def _parts(path: str) -> tuple[str, ...]:
    """The folders and the name of a path; both slashes separate."""
    return tuple(part for part in path.strip().replace("\\", "/").split("/") if part not in ("", "."))

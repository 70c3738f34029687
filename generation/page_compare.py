"""A comparison as a table: a column for each role, a row for each aspect, every statement with its citation.

An aspect is a section: documents of one family name theirs alike ("13) Decision Rights" here, "Decision rights" there).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from generation.page_text import escape
from generation.records import Answer, Claim
from retrieval.records import Shape

NOTHING = "nothing found"  # not "not stated": what was not found may still stand somewhere
_NUMBER = re.compile(r"^\s*(?:\d+(?:\.\d+)*[).:]?|[A-Za-z][).])\s+")


def compared(answer: Answer) -> tuple[str, ...]:
    """The roles that stand side by side: those asked about that something was found for; () for no comparison."""
    if answer.search.query.shape is not Shape.COMPARE:
        return ()
    heard = {claim.evidence[0].role for claim in answer.claims if claim.evidence}
    roles = answer.search.query.roles
    return tuple(roles) if len(roles) > 1 and heard & set(roles) and heard <= set(roles) else ()


def comparison(claims: Sequence[Claim], roles: Sequence[str], shown: Callable[[Claim], str]) -> str:
    """The table's HTML; ``shown`` gives that of one claim, with its buttons.

    Text of documents reaches the page through ``shown`` and ``escape`` alone.
    """
    rows: dict[str, tuple[str, dict[str, list[Claim]]]] = {}
    for claim in claims:
        name = aspect(claim.evidence[0].heading)
        _, cells = rows.setdefault(name.casefold(), (name, {}))
        cells.setdefault(claim.evidence[0].role, []).append(claim)
    head = "".join(f'<th scope="col">{escape(role)}</th>' for role in roles)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(_cell([shown(claim) for claim in cells.get(role, ())]) for role in roles)
        + "</tr>"
        for name, cells in rows.values()
    )
    table = f"<thead><tr><th></th>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="scroll"><table class="compare">{table}</table></div>'


def aspect(heading: Sequence[str]) -> str:
    """The name of a section without its number.

    >>> aspect(("13) Decision Rights", "Can decide alone")), aspect(("2.1 Goals",)), aspect(())
    ('Decision Rights', 'Goals', 'In general')
    """
    return _NUMBER.sub("", heading[0]).strip() if heading else "In general"


def _cell(found: Sequence[str]) -> str:
    if not found:
        return f'<td class="none">{NOTHING}</td>'
    if len(found) == 1:
        return f"<td>{found[0]}</td>"
    items = "".join(f"<li>{one}</li>" for one in found)
    return f"<td><ul>{items}</ul></td>"

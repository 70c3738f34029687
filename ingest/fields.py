"""What a document says about its role in fields: "Class Code: 1234" on a line, or a row of two cells."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.records import Block, BlockKind

_NAME = r"[A-Z][a-z][\w'’/-]*(?: (?:of |or |and )?[A-Za-z][\w'’/-]*){0,3}|[A-Z]{2,}(?: [A-Z]{2,}){0,3}"
_FIELD = re.compile(rf"(?:^|(?<=\s))(?P<name>{_NAME}):\s*(?P<value>\S.*?)(?=\s+(?:{_NAME}):\s|\s*$)")
_CODE_NAME = re.compile(r"(?:job |position |role )?class(?:ification)? (?:code|number|no)|(?:job|position|role) code")
_CODE = re.compile(r"(?=.*\d)\S{1,20}")
_LONGEST_LINE = 160  # characters; a longer line is a paragraph that begins with a label
_LONGEST_VALUE = 100
_HEAD = 60  # blocks


def fields_of(blocks: Sequence[Block]) -> tuple[tuple[str, str], ...]:
    """Names (lower case) and values of the fields in a document's first blocks, in order; a name may come again.

    >>> from ingest.records import Block, BlockKind
    >>> line = Block(BlockKind.PARAGRAPH, "CHIEF BEEKEEPER Class Code:  1234  Open Date: 04-18-14")
    >>> fields_of([line])
    (('class code', '1234'), ('open date', '04-18-14'))
    """
    found: list[tuple[str, str]] = []
    for block in blocks[:_HEAD]:
        if len(block.cells) == 2 and not block.header:
            found.append((block.cells[0].strip(" :").lower(), block.cells[1].strip()))
        elif block.kind is not BlockKind.ROW:
            found += fields_in([block.text])
    return tuple((name, value) for name, value in found if name and value and len(value) <= _LONGEST_VALUE)


def fields_in(lines: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Names (lower case) and values of the fields in lines of text.

    >>> fields_in(["Class Code: 1234", "Note: what begins with a label goes on and on" + " and on" * 20])
    (('class code', '1234'),)
    """
    short = [line for line in lines if len(line) <= _LONGEST_LINE]
    return tuple((m["name"].lower(), m["value"].strip()) for line in short for m in _FIELD.finditer(line))


def class_code(fields: Sequence[tuple[str, str]]) -> str:
    """The code of the role's class or job among a document's fields, '' when they state none.

    >>> class_code([("open date", "04-18-14"), ("class code", "1234")])
    '1234'
    """
    return next((value for name, value in fields if _CODE_NAME.fullmatch(name) and _CODE.fullmatch(value)), "")

"""Light markup other than Markdown (reStructuredText, Org) written as Markdown, and Markdown's dialects as CommonMark.

Only marks change, no words: a heading's underline becomes ``##``, a directive's dots go with a note.
"""

from __future__ import annotations

import re
from itertools import takewhile

from ingest.readers.rst_tables import with_pipe_tables
from ingest.records import Note

_ADORNMENT = re.compile(r"^([=\-~^\"'`#*+:._<>])\1{2,}\s*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_SHORTCODE = re.compile(r"\{\{[<%].*?[>%]\}\}|\{%.*?%\}|(?<=\S) \{#[\w-]+\}[ \t]*$|^\{:.*?\}[ \t]*$|\[\[_?TOC_?\]\]")
_ORG_LINK = re.compile(r"\[\[([^]\[]+)\](?:\[([^]\[]+)\])?\]")
_RST_OPTION = re.compile(r"^\s+:(?:quote|target|alt|width|height|class|name|maxdepth|header-rows|widths):")
_ALERT = re.compile(r"^(\s*(?:>\s*)+)\[!([A-Za-z]+)\][+-]?[ \t]*")
_LABEL_LINE = re.compile(r"^ {0,3}(?:\*\*|__)?[A-Z][\w/&'’-]*(?: [\w/&'’-]+){0,2}:(?:\*\*|__)?\s+\S")
_MARKED = re.compile(r"(?:[-*+]|\d{1,3}[.)])\s")
_PLAIN_ITEM = re.compile(r"^ {0,3}(?:\*\*|[\"“‘'(])?[A-Z0-9À-Þ](?!\d{0,2}[.)]\s)[^|]*$")
_SHORT_LINE = 60  # characters; a line as long may be wrapped
_LEAST_LOST = 2
_ADMONITION = re.compile(r"^:{3,}\s*(?:\{?[\w-]*\}?)?(?:\[(.*)\]|\s+(.*))?$")


def is_org(text: str) -> bool:
    r"""Whether a text is an Org file: keywords and headlines with stars.

    >>> is_org("#+title: Roles\n* Lead\nShips."), is_org("* one\n* two")
    (True, False)
    """
    keyword = re.search(r"(?im)^#\+(?:title|author|begin_\w+|filetags|date|options|startup)\b", text[:20_000])
    return keyword is not None and re.search(r"(?m)^\*+ \S", text) is not None


def is_rst(text: str) -> bool:
    r"""Whether a text is reStructuredText: a directive or role, and a heading with a line below it.

    >>> is_rst("Lead\n====\n\n.. note:: Ships.\n"), is_rst("Lead\n====\n\nShips.\n")
    (True, False)
    """
    head = text[:20_000]
    marks = re.search(r"(?m)^\.\. (?:[\w-]+::|_[^:\n]+:|\[\d+\])|:\w+:`[^`\n]+`|``[^`\n]+``", head)
    return marks is not None and re.search(r"(?m)^(\S.*)\n([=\-~^*+#\"])\2{2,}\s*$", head) is not None and (
        re.search(r"(?m)^\.\. ", head) is not None
    )


def org_to_markdown(text: str) -> tuple[tuple[tuple[str, str], ...], str, tuple[Note, ...]]:
    """Facts, Markdown and notes of an Org file."""
    facts: list[tuple[str, str]] = []
    lines: list[str] = []
    dropped: list[str] = []
    verbatim = False
    for line in text.split("\n"):
        keyword = re.match(r"(?i)^\s*#\+(\w+):?\s*(.*)$", line)
        if keyword is not None:
            name, value = keyword[1].lower(), keyword[2].strip()
            if name.startswith(("begin_", "end_")):
                if name.split("_")[1] in ("src", "example", "export"):
                    verbatim = name.startswith("begin_")
                    lines += ["", "```"] if verbatim else ["```", ""]
                continue
            fact = {"title": "title", "author": "author", "date": "published", "language": "language"}.get(name)
            if fact is not None and value:
                facts.append((fact, value))
            else:
                dropped.append(line.strip())
            continue
        if verbatim:
            lines.append(line)
            continue
        headline = re.match(r"^(\*+) +(.*)$", line)
        if headline is not None:
            lines += ["", f"{'#' * min(len(headline[1]), 6)} {headline[2]}", ""]
        elif re.match(r"^\s*\|[-+]+\|?\s*$", line):
            lines.append("")
        else:
            lines.append(_ORG_LINK.sub(lambda m: m[2] if m[2] is not None else m[1], line))
    notes = (Note("drop_org", len(dropped), dropped[0]),) if dropped else ()
    return tuple(facts), _with_table_rules("\n".join(lines)), notes


def _with_table_rules(text: str) -> str:
    """A rule below the first row of each pipe table, as Markdown wants it; empty lines inside a table go."""
    lines = re.sub(r"(?m)^(\s*\|.*\|[ \t]*)\n+(?=\s*\|)", r"\1\n", text).split("\n")
    made: list[str] = []
    for line in lines:
        is_row = line.lstrip().startswith("|")
        if is_row and not (made and made[-1].lstrip().startswith("|")):
            made += ["", line.strip(), "|" + "---|" * (line.count("|") - 1)]
        else:
            made.append(line.strip() if is_row else line)
    return "\n".join(made)


def rst_to_markdown(text: str) -> tuple[str, tuple[Note, ...]]:
    """Markdown and notes of a reStructuredText file: headings, directives, roles, field lists, tables, doctests."""
    source, dropped, tables = with_pipe_tables(text.expandtabs(4).split("\n"))
    levels: list[str] = []
    lines: list[str] = []
    index = 0
    while index < len(source):
        line = source[index]
        if line.lstrip().startswith(">>> "):
            lines += ["", "```", *(session := list(takewhile(str.strip, source[index:]))), "```", ""]
            index += len(session)
            continue
        below = source[index + 1] if index + 1 < len(source) else ""
        above = _ADORNMENT.match(line)
        if above and index + 2 < len(source) and below.strip() and source[index + 2].rstrip() == line.rstrip():
            lines += ["", f"{'#' * _level(levels, above[1] * 2)} {below.strip()}", ""]
            index += 3
            continue
        under = _ADORNMENT.match(below)
        if under and line.strip() and not line[0].isspace() and len(below.rstrip()) >= len(line.strip()):
            lines += ["", f"{'#' * _level(levels, under[1])} {line.strip()}", ""]
            index += 2
            continue
        directive = re.match(r"^\s*\.\. (?:([\w-]+)::\s*(.*)|(_[^:]+:.*))$", line)
        if directive is not None or _RST_OPTION.match(line):
            dropped.append(line.strip())
            titled = directive is not None and directive[2] and directive[1] not in _NO_TITLE
            lines += ["", directive[2] if directive is not None and titled else "", ""]
        else:
            lines.append(_rst_line(line))
        index += 1
    said = (Note("drop_rst", len(dropped), dropped[0]),) if dropped else ()
    read = (Note("read_rst_table", tables, "tables are read as rows of cells"),) if tables else ()
    return "\n".join(lines), (*said, *read)


_NO_TITLE = frozenset("image figure include literalinclude code code-block sourcecode highlight doctest".split()
                      + "testcode testoutput testsetup testcleanup toctree raw _".split())  # fmt: skip


def _rst_line(line: str) -> str:
    line = re.sub(r"^( *):([^:\n]+):(?= )", r"\1- \2:", line)  # a field
    line = re.sub(r":[\w:+.-]+:`([^`<]+?)(?: <[^>]*>)?`", r"\1", line)  # a role
    line = re.sub(r"`([^`<]+?) <[^>]*>`_{1,2}", r"\1", line)  # a link
    return re.sub(r"^ {4,}(?=\S)", " ", line)  # an indented body is no code


def _level(levels: list[str], sign: str) -> int:
    if sign not in levels:
        levels.append(sign)
    return min(levels.index(sign) + 1, 6)


def commonmark(text: str) -> tuple[str, tuple[Note, ...]]:
    r"""Markdown without what only one site generator knows; glued headings, definition lists, footnotes as CommonMark.

    >>> commonmark("##Duties\n\n{{< toc >}}\n\n:::note Mind\nText\n:::\n\nTerm\n: meaning\n\n[^1]: source")[0]
    '## Duties\n\n\n\nMind\n\nText\n\n\n- Term\n    - meaning\n\n\\[^1]: source'
    >>> commonmark("> [!NOTE] Mind it.")[0], commonmark("It ships.\nNote: on Monday.")[0]
    ('> Note: Mind it.', 'It ships.\n\nNote: on Monday.')
    """
    lines: list[str] = []
    dropped: list[str] = []
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark is not None and (not fence or line.strip().startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence:
            line = _mended(line, lines, dropped)
            if _LABEL_LINE.match(line) and lines and _ends_paragraph(lines[-1]):
                lines.append("")
        lines.append(line)
    lost = _mark_lost_items(lines)
    said = (Note("drop_markdown", len(dropped), dropped[0][:80]),) if dropped else ()
    read = (Note("read_lost_list", len(lost), lines[lost[0]][:80]),) if lost else ()
    return "\n".join(lines), (*said, *read)


def _ends_paragraph(line: str) -> bool:
    """Whether a labelled line below this one begins something new: a list item, a full stop, a label, a short line."""
    text = line.strip()
    if not text or text.startswith(("<", "|", ">", "#")):
        return False
    return text[-1] in ".!?:)" or _LABEL_LINE.match(line) is not None or _MARKED.match(text) is not None or (
        len(text) < _SHORT_LINE and text[-1].isalnum()
    )


def _mark_lost_items(lines: list[str]) -> list[int]:
    """Give the lines of a list that lost its marks in an export their marks back; the indices of these lines.

    Such a list follows a line that ends with a colon: two lines or more, each with a capital and none with a full stop
    (of three or more lines, fewer than half).
    """
    found: list[int] = []
    fence = ""
    index = 0
    while index < len(lines):
        mark = _FENCE.match(lines[index])
        if mark is not None and (not fence or lines[index].strip().startswith(fence)):
            fence = "" if fence else mark[1]
        run = [] if fence else _lost_items(lines, index)
        for item in run:
            lines[item] = f"- {lines[item].strip()}"
        if run:
            lines[run[-1] + 1 : run[-1] + 1] = [""]
            found += run
            lines[run[0] : run[0]] = [""]
            found[-len(run) :] = [item + 1 for item in run]
            index = run[-1] + 1
        index += 1
    return found


def _lost_items(lines: list[str], index: int) -> list[int]:
    lead = lines[index].strip().rstrip("*_ ")
    if not lead.endswith(":") or _MARKED.match(lead) or lead.startswith(("#", "|", "<", ">")):
        return []
    start = index + 1 + (index + 1 < len(lines) and not lines[index + 1].strip())
    run: list[int] = []
    while start + len(run) < len(lines) and _PLAIN_ITEM.match(lines[start + len(run)]):
        run.append(start + len(run))
    after = lines[start + len(run)].strip() if start + len(run) < len(lines) else ""
    texts = [lines[item].rstrip(" \\*_") for item in run]
    if after or len(run) < _LEAST_LOST or any(text.endswith((":", ",", ";")) for text in texts):
        return []
    stops = sum(text.endswith((".", "!", "?")) for text in texts)
    return run if stops == 0 or (len(run) > _LEAST_LOST and 2 * stops < len(run)) else []


def _mended(line: str, lines: list[str], dropped: list[str]) -> str:
    admonition = _ADMONITION.match(line)
    if admonition is not None:
        dropped.append(line)
        title = next((part for part in admonition.groups() if part is not None), "")
        return f"{title}\n" if title else ""
    found = _SHORTCODE.findall(line)
    dropped += found
    line = _SHORTCODE.sub("", line) if found else line
    alert = _ALERT.match(line)
    if alert is not None:
        dropped.append(f"[!{alert[2]}]")
        line = f"{alert[1]}{alert[2].capitalize()}: {line[alert.end() :]}"
    definition = re.match(r"^ {0,3}:[ \t]+(\S.*)$", line)
    if definition is not None and lines and lines[-1].strip():
        if not re.match(r"\s*(?:[-*+>|#]|\d+[.)])", lines[-1]):
            lines[-1] = f"- {lines[-1].strip()}"
        return f"    - {definition[1]}"
    line = re.sub(r"^( {0,3}#{2,6})(?=[^\s#])", r"\1 ", line)
    return re.sub(r"^( {0,3})\[\^([^\]\n]+)\]:", r"\1\\[^\2]:", line)

"""What kind of text a text is: JSON, YAML, a table with separators, mail. The suffix breaks ties and no more."""

from __future__ import annotations

import csv
import re

from config import UserError
from ingest.readers.yaml_text import YamlError, load_all

_MAIL_HEADER = re.compile(r"(?i)^([\w-]{2,40}):(?: |$)")
_OF_MACHINES = frozenset(  # header fields that people who write a memo do not type
    "received return-path message-id mime-version content-type delivered-to dkim-signature".split()
)
_OF_PEOPLE = frozenset(("from", "to", "cc", "date", "subject", "reply-to", "sender"))
_MBOX = re.compile(r"(?m)^From \S+ +\w{3} \w{3} +\d{1,2} \d\d:\d\d(?::\d\d)? .*\d{4}.*\n[\w-]+:")
_YAML_LINE = re.compile(r"^\s*(?:-\s+)*(?:[\w\"'./ -]{1,60}:(?:\s|$)|-\s|#|---|\.\.\.|[}\]])")
_SEPARATORS = ",;\t"


def is_json(name: str, text: str, head: str) -> bool:
    """Whether a text that begins with a bracket is JSON, or one JSON value per line.

    Raises:
        UserError: it begins as JSON does and cannot be read.

    """
    from ingest.readers.frameworks import parse_json

    try:
        parse_json(text)
    except (ValueError, RecursionError) as error:
        if re.match(r'\[?\s*\{\s*"[^"\n]{1,60}"\s*:', head):
            message = f"{name} looks like JSON, but is damaged ({error}). Export it again, or save it as .txt."
            raise UserError(message) from error
        return False
    return True


def mails_in(head: str) -> int:
    """How many mails of a mailbox (mbox) the head shows."""
    return len(_MBOX.findall(head)) if head.startswith("From ") else 0


def is_mail(head: str, suffix: str) -> bool:
    r"""Whether a text is a mail: nothing but header fields up to the first empty line, some written by machines.

    A memo (To:, From:, Subject:) is a text, unless its name says mail or its sender is an address.

    >>> is_mail("MIME-Version: 1.0\nSubject: Lead\n\nHi", ""), is_mail("To: all\nFrom: HR\nSubject: Lead\n\nHi", ".txt")
    (True, False)
    >>> is_mail("Subject: Lead\nWe look for a lead.\n\nHi", "")
    False
    """
    first = re.split(r"\r?\n[ \t]*\r?\n", head, maxsplit=1)[0]
    names: list[str] = []
    for line in first.splitlines():
        if line[:1] in (" ", "\t") and names:  # a field goes on
            continue
        match = _MAIL_HEADER.match(line)
        if match is None:
            return False
        names.append(match[1].lower())
    known = set(names) & (_OF_MACHINES | _OF_PEOPLE)
    if len(known) < 2:
        return False
    if set(names) & _OF_MACHINES or suffix == ".eml":
        return True
    return re.search(r"(?im)^from:.*\S@\S", first) is not None and {"date", "subject"} <= known


def is_yaml(text: str, suffix: str) -> bool:
    r"""Whether a text is a YAML mapping or list; without the suffix it must also nest, or "Salary: 10" would be one.

    >>> is_yaml("Salary: 10\nPlace: Rome", ".txt"), is_yaml("Salary: 10\nPlace: Rome", ".yml")
    (False, True)
    >>> is_yaml("levels:\n  - id: a\n    name: A\n  - id: b\n    name: B\n", ".txt")
    True
    """
    named = suffix in (".yaml", ".yml")
    lines = [line for line in text[:20_000].split("\n")[:400] if line.strip()]
    nested = sum(re.match(r"\s+(?:- )?[\w-]+:(?: |$)", line) is not None for line in lines)
    marked = sum(_YAML_LINE.match(line) is not None or line[:1] in " \t" for line in lines)
    if not named and (nested < 3 or marked < 0.98 * len(lines) or re.match(r"[\w-]+:\s*$|---", lines[0]) is None):
        return False
    try:
        documents = load_all(text)[0]
    except YamlError:
        return named and marked > 0.8 * len(lines)  # damaged: its reader says how
    if not named:
        return len(documents) > 0 and isinstance(documents[0], dict) and _nests(documents[0])
    return any(isinstance(document, dict | list) for document in documents)


def _nests(value: dict[str, object]) -> bool:
    return any(isinstance(one, dict | list) for one in value.values())


def is_csv(head: str, suffix: str) -> bool:
    r"""Whether a text is rows with a separator: as many in every row.

    >>> is_csv("role,level,pay\nLead,3,10\nHead,4,20\n", ""), is_csv("We, they, you\nand, perhaps, I\n", "")
    (True, False)
    >>> is_csv("a,b\n1,2", ".csv"), is_csv("Dear all, we hire.\nSend us a word.\nThanks.", ".csv")
    (True, False)
    """
    named = suffix in (".csv", ".tsv")
    lines = [line for line in head.split("\n")[:50] if line.strip()]
    if len(head.split("\n")) > 2 and len(head) >= 20_000:
        lines = lines[:-1]  # cut off
    for separator in _SEPARATORS:
        try:
            rows = [row for row in csv.reader(lines, delimiter=separator) if any(cell.strip() for cell in row)]
        except csv.Error:
            continue
        widths = [len(row) for row in rows]
        if not widths or max(widths) < 2:
            continue
        usual = max(set(widths), key=widths.count)
        alike = widths.count(usual) / len(widths)
        if named and usual >= 2 and alike >= 0.6:
            return True
        sentences = sum(re.search(r"[.!?] +[A-Z]|[a-z]{2}[.!?]$", cell) is not None for row in rows for cell in row)
        least = 2 if separator == "\t" else 3
        if not named and usual >= least and alike == 1 and len(rows) >= 3 and not sentences:
            return all(len(cell) <= 100 for row in rows for cell in row)
    return False

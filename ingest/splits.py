"""Where one paragraph or item falls into units: sentences, lists written into a paragraph, items glued together.

Everything here gives spans of the text; the text itself stays as it is. A span holds no marker of its item.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

# A sentence ends at . ! ? … (with closing quotes or brackets) before a space and a capital, digit, quote or bracket,
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’)\]]*\s+(?:[-–—•]\s+)?(?=[\"“‘(\[]?[A-Z0-9À-Þ])")
# unless the dot belongs to an abbreviation that something always follows, or to an initial,
_ABBREVIATION = re.compile(
    r"(?:(?i:\b(?:e\.g|i\.e|vs|cf|viz|approx|ca|incl|excl|esp|max|min|bzw|dr|mr|ms|mrs|prof|rev|hon|gov|gen|st"
    r"|inc|ltd|co|corp|dept|jr|sr))|\b[A-Z])\.$"
)
# to one that a number follows ("No. 5", "Fig. 2", "Sept. 30"),
_BEFORE_NUMBER = re.compile(
    r"\b(?:nos?|nr|figs?|art|sec|sect|ch|vol|pp?|par|para|ext|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.$",
    re.IGNORECASE,
)
# or to a list's number at the start of a sentence ("1. Plan").
_NUMBER_ALONE = re.compile(r"^\(?\d{1,2}\.$")
_ENUMERATION_END = re.compile(r"\betc\.$")
_PSEUDO_ITEM = re.compile(r"(?:(?<=\s)|^)[–—•▪●◦]\s+(?=\S)")
_BULLETS = frozenset("•▪●◦")
_LINE_ITEM = re.compile(r"\n *[–—•▪●◦*-] +(?=\S)")  # a list that line breaks make inside an item
_GLUED_DASH = re.compile(r"\s-\s(?=[A-Z])")
_GLUED_TIGHT = re.compile(r"(?<=[a-zß-ÿ0-9.;)%])-\s+(?=[A-ZÀ-Þ])")
_GLUED_BULLET = re.compile(r"\s[•▪●◦]\s+(?=\S)")
_GLUED_SEMICOLON = re.compile(r"(?<=[a-zß-ÿ)%]);(?=[A-ZÀ-Þ][a-zß-ÿ])")
_INLINE_NUMBER = re.compile(r"(?:(?<=\s)|^)(\d{1,2})\)\s+(?=\S)")
_NEXT_MARKER = re.compile(r"(?:^|\s)(?:[–—•▪●◦-]|\d{1,2}\))$|(?<=\S)-$")
_LABEL = re.compile(r"(?:[-*+•◦▪·●○■–—]\s+)?([A-ZÀ-Þ][\w' -]{1,40}):(?:\s|$)")
_LEAST_LABELLED = 3
_LEAST_NUMBERED = 3
_LEAST_DASHED = 2
_LIST_FOR_CERTAIN = 4  # dashes: two or three may be asides ("the role – as elsewhere – is senior")

Piece = tuple[int, int, int]  # start, end, level below the first piece (-1: above it)


def paragraph_pieces(text: str, start: int, end: int) -> list[Piece]:
    """The units of a paragraph: its sentences, or a lead-in and the items of a list that is written into it.

    >>> def show(text): return [(text[a:b], level) for a, b, level in paragraph_pieces(text, 0, len(text))]
    >>> show("It owns: – data – models")
    [('It owns:', 0), ('data', 1), ('models', 1)]
    >>> show("The lead – as in most firms – is senior. She ships.")
    [('The lead – as in most firms – is senior.', 0), ('She ships.', 0)]
    """
    body = text[start:end]
    numbers = _in_series(body)
    if numbers:
        return _pieces(text, start, end, numbers, 1)
    cuts = [match.end() for match in _PSEUDO_ITEM.finditer(body)]
    if len(cuts) >= _LEAST_DASHED and _is_list(body, cuts):
        return _pieces(text, start, end, cuts, 1)
    return [(a, b, 0) for a, b in sentences(text, start, end)]


def item_pieces(text: str, start: int, end: int) -> list[Piece]:
    """The units of an item without its marker: one, or several where items were glued together.

    >>> def show(text): return [text[a:b] for a, b, _ in item_pieces(text, 0, len(text))]
    >>> show("Plan the work.- Ship it"), show("Python • SQL • Spark"), show("Clear goals;Good notes")
    (['Plan the work.', 'Ship it'], ['Python', 'SQL', 'Spark'], ['Clear goals;', 'Good notes'])
    >>> show("Senior engineer - London"), show("Full- and part-time; any city")
    (['Senior engineer - London'], ['Full- and part-time; any city'])
    """
    body = text[start:end]
    lines = [match.end() for match in _LINE_ITEM.finditer(body)]
    if lines:
        return _pieces(text, start, end, lines, 1)
    found = [*_GLUED_TIGHT.finditer(body), *_GLUED_BULLET.finditer(body), *_GLUED_SEMICOLON.finditer(body)]
    dashed = text[:start].rstrip().endswith(("–", "—"))  # then a hyphen is the marker of another list
    found += _GLUED_DASH.finditer(body) if dashed else []
    cuts = sorted({match.end() for match in found if match.start() > 0})
    return _pieces(text, start, end, cuts, -1 if dashed else 0)


def _in_series(body: str) -> list[int]:
    """Ends of the markers 1) 2) 3) … in a row; [] for fewer than three."""
    found: list[int] = []
    for match in _INLINE_NUMBER.finditer(body):
        if int(match[1]) == len(found) + 1:
            found.append(match.end())
    return found if len(found) >= _LEAST_NUMBERED else []


def _is_list(body: str, cuts: Sequence[int]) -> bool:
    """Whether marks in a paragraph begin items: bullets do; dashes after a colon, before capitals, or many of them."""
    if any(body[cut - 2 :].lstrip()[:1] in _BULLETS or body[:cut].rstrip()[-1] in _BULLETS for cut in cuts):
        return True
    lead = body[: cuts[0]].rstrip(" –—•")
    capitals = all(not body[cut].islower() for cut in cuts)
    return lead == "" or lead.endswith(":") or capitals or len(cuts) >= _LIST_FOR_CERTAIN


def _pieces(text: str, start: int, end: int, cuts: Sequence[int], level: int) -> list[Piece]:
    bounds = [start, *(start + cut for cut in cuts), end]
    pieces: list[Piece] = []
    for number, (a, b) in enumerate(pairwise(bounds)):
        body = text[a:b].rstrip()
        if number < len(cuts):  # the next piece's marker; the last piece may well end with "(from 1 to 5)"
            body = _NEXT_MARKER.sub("", body).rstrip()
        if body.strip():
            begin = a + len(body) - len(body.lstrip())
            pieces.append((begin, a + len(body), 0 if number == 0 else level))
    return pieces


def sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Spans of the sentences of one paragraph; a line break ends a sentence too.

    >>> text = "It ships, e.g. Tuesday. Dr. May signs No. 5. The answer is no. See https://a.example/b. OK"
    >>> [text[a:b] for a, b in sentences(text, 0, len(text))]
    ['It ships, e.g. Tuesday.', 'Dr. May signs No. 5.', 'The answer is no.', 'See https://a.example/b.', 'OK']
    """
    spans: list[tuple[int, int]] = []
    begin = start
    breaks = [(m.start(), m.end()) for m in _SENTENCE_END.finditer(text, start, end)]
    breaks += [(m.start(), m.end()) for m in re.compile(r"\n").finditer(text, start, end)]
    for stop, resume in sorted(breaks):
        if resume <= begin:
            continue
        if "\n" not in text[stop:resume] and _goes_on(text[begin:stop], text[stop:resume], text[resume : resume + 1]):
            continue
        closing = stop + len(text[stop:resume]) - len(text[stop:resume].lstrip('"”’)]'))
        spans.append((begin, closing))
        begin = resume
    spans.append((begin, end))
    trimmed = ((a + len(text[a:b]) - len(text[a:b].lstrip()), a + len(text[a:b].rstrip())) for a, b in spans)
    return [(a, b) for a, b in trimmed if b > a]


def _goes_on(before: str, gap: str, after: str) -> bool:
    """Whether a sentence goes on behind the full stop that ``before`` ends with."""
    if not before.endswith(".") or gap.strip():  # a closing quote or bracket: the stop is a sentence's
        return False
    if _NUMBER_ALONE.match(before.strip()) or _ABBREVIATION.search(before):
        return True
    if _BEFORE_NUMBER.search(before):
        return after.isdigit()
    return _ENUMERATION_END.search(before) is not None and after in "(["


def labelled_children(items: Sequence[str]) -> frozenset[int]:
    """Items of one list that belong under the item before them, told by a label that comes again and again.

    Exports lose nesting: ``Python / Use: … / SQL / Use: …``. The label must stand under several items that have none of
    the repeated labels themselves.

    >>> sorted(labelled_children(["Python", "Use: tests", "SQL", "Use: joins", "Go", "Use: tools", "Team: five"]))
    [1, 3, 5]
    >>> sorted(labelled_children(["Use: tests", "Use: joins", "Use: tools"]))
    []
    """
    labels = [match[1] if (match := _LABEL.match(item)) else "" for item in items]
    counts = Counter(label for label in labels if label)
    repeated = {label for label, count in counts.items() if count >= _LEAST_LABELLED}
    if not repeated or labels[0] in repeated:
        return frozenset()
    children = frozenset(index for index, label in enumerate(labels) if label in repeated)
    for label in repeated:  # twice in a row without an item of their own between them: no parent
        places = [index for index, own in enumerate(labels) if own == label]
        if any(all(index in children for index in range(a, b)) for a, b in pairwise(places)):
            return frozenset()
    return children

"""Where one paragraph or item falls into units: sentences, lists written into a paragraph, items glued together.

Everything here gives spans of the text; the text itself stays as it is. A span holds no marker of its item.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

# A sentence ends at . ! ? … (with closing quotes or brackets) before a space and a capital, digit, quote or bracket,
# and in Chinese and Japanese at its own stops, without a space; not where a quotation goes on with "と" (said that).
_SENTENCE_END = re.compile(
    r"(?<=[.!?…])[\"”’)\]]*\s+(?:[-–—•]\s+)?(?=[\"“‘(\[]?[A-Z0-9À-Þ])"
    r"|(?<=[。！？])[」』”’）)]*\s*(?=[^\s。！？」』”’）)と])"
)
# Dots or a "…" with a space before it that lead from a name to its value, no stop: "Essay ..... 50%", "Test … Passed".
_LEADER_DOTS = re.compile(r"(?:\.\s?){4}\.$")
_LEADER_VALUE = re.compile(r"[(\[]?[\d$€£]|(?:[^\s.!?…]+[^\S\n]*){1,3}(?:\n|$)")
# unless the dot belongs to an abbreviation that something always follows, or to an initial,
_ABBREVIATION = re.compile(
    r"(?:(?i:\b(?:e\.g|i\.e|vs|cf|viz|approx|ca|incl|excl|esp|max|min|bzw|dr|mr|ms|mrs|prof|rev|hon|gov|gen|st"
    r"|inc|ltd|co|corp|dept|jr|sr))|\b(?:Sens?|Reps?|Props?|Lt|Sgt|Capt|Col|Supt|Asst|Atty|[A-Z]))\.$"
)
# to one that a number follows ("No. 5", "Fig. 2", "Sept. 30"),
_BEFORE_NUMBER = re.compile(
    r"\b(?:nos?|nr|figs?|art|sec|sect|ch|vol|pp?|par|para|ext|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.$",
    re.IGNORECASE,
)
# or to a list's number at the start of a sentence ("1. Plan").
_NUMBER_ALONE = re.compile(r"^\(?\d{1,2}[.。]$")
_ENUMERATION_END = re.compile(r"\betc\.$")
# Sentences that an export glued together: "the plan.We ship". A lone one may be code ("the log.Error call"), so a
# paragraph must show one for certain: ? or !, or a next word that begins sentences and names nothing.
_GLUED_SENTENCE = re.compile(r"(?<=[a-z]{3}[.!?])(?=[A-Z][a-z]* [\w(])")
_GLUED_WORD = re.compile(r"(?:^|(?<=\s))[\w(“‘\"'’-]*$")
_OPENS_SENTENCE = re.compile(
    r"(?:I|We|You|He|She|It|They|Our|Your|Their|Its|His|Her|The|An?|This|That|These|Those|Each|Every|All|Any|Some|No"
    r"|If|When|While|Where|As|At|By|For|From|In|On|Of|To|With|After|Before|Until|Since|There|Here|What|Who|How) "
)
_PSEUDO_ITEM = re.compile(r"(?:(?<=\s)|^)(?:[–—•▪●◦]\s+|・)(?=\S)")
_BULLETS = frozenset("•▪●◦・")
_LINE_ITEM = re.compile(r"\n *[–—•▪●◦*-] +(?=\S)")  # a list that line breaks make inside an item
_GLUED_DASH = re.compile(r"\s-\s(?=[A-Z])")
_GLUED_TIGHT = re.compile(r"(?<=[a-zß-ÿ0-9.;)%])-\s+(?=[A-ZÀ-Þ])")
_GLUED_BULLET = re.compile(r"\s[•▪●◦]\s+(?=\S)")
_GLUED_SEMICOLON = re.compile(r"(?<=[a-zß-ÿ)%]);(?=[A-ZÀ-Þ][a-zß-ÿ])")
_INLINE_NUMBER = re.compile(r"(?:(?<=\s)|^)(?P<bracket>\(?)(?P<number>\d{1,2})\)\s+(?=\S)")
_ONLY_JOINS = re.compile(r"[\s,;]*(?:and|or|to|through)?[\s,;]*")
_NEXT_MARKER = re.compile(r"(?:^|\s)(?:[–—•▪●◦・-]|\(?\d{1,2}\))$|(?<=\S)-$")
_LEAST_NUMBERED = 3
_LEAST_DASHED = 2
_MOST_IN_LAST = 2  # sentences of the last item, where the others have one
_LIST_FOR_CERTAIN = 4  # dashes: two or three may be asides ("the role – as elsewhere – is senior")
# What stands on both sides of a dash that means "to": numbers, sums of money, times, days and months.
_DAY = (
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:s|nes|rs|ur)?(?:day)?s?|(?:Jan|Febr?|Apr|Aug|Sept?|Oct|Nov|Dec)[a-z]{0,6}"
    r"|March|May|June?|July?"
)
_QUANTITY_BEFORE = re.compile(
    rf"(?:\d[\d.,:/]*(?:st|nd|rd|th)?(?: ?(?:[ap]\.?m\b\.?|[kKmM%])(?: [A-Z]{{2,4}}| [A-Z][a-z]+)?)?(?:/\w+)?"
    rf"|\b(?:{_DAY}|[Nn]oon|[Mm]idnight)[.,]?)$"
)
_QUANTITY_AFTER = re.compile(rf"(?:[$€£~<>]? ?\d|(?:{_DAY}|[Nn]oon|[Mm]idnight)\b)")

Piece = tuple[int, int, int]  # start, end, level below the first piece (-1: above it)


def paragraph_pieces(text: str, start: int, end: int) -> list[Piece]:
    """The units of a paragraph: its sentences, or a lead-in and the items of a list that is written into it.

    >>> def show(text): return [(text[a:b], level) for a, b, level in paragraph_pieces(text, 0, len(text))]
    >>> show("It owns: – data – models")
    [('It owns:', 0), ('data', 1), ('models', 1)]
    >>> show("The lead – as in most firms – is senior. She ships.")
    [('The lead – as in most firms – is senior.', 0), ('She ships.', 0)]
    >>> show("We work. We (1) plan, (2) build and (3) test. Join us.")
    [('We work.', 0), ('We', 0), ('plan,', 1), ('build and', 1), ('test.', 1), ('Join us.', 0)]
    >>> show("Open Monday – Friday, 8am – 5pm.")
    [('Open Monday – Friday, 8am – 5pm.', 0)]
    """
    body = text[start:end]
    numbers = _in_series(body)
    if numbers:
        return _numbered(text, start, end, numbers)
    cuts = [match.end() for match in _PSEUDO_ITEM.finditer(body) if not _is_range(body, match)]
    if len(cuts) >= _LEAST_DASHED and (_has_marks(body, cuts) or _reads_as_list(body, cuts)):
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
    tight = [match for match in _GLUED_TIGHT.finditer(body) if not _is_range(body, match)]
    found = [*tight, *_GLUED_BULLET.finditer(body), *_GLUED_SEMICOLON.finditer(body)]
    dashed = text[:start].rstrip().endswith(("–", "—"))  # then a hyphen is the marker of another list
    found += _GLUED_DASH.finditer(body) if dashed else []
    cuts = sorted({match.end() for match in found if match.start() > 0})
    return _pieces(text, start, end, cuts, -1 if dashed else 0)


def _in_series(body: str) -> list[re.Match[str]]:
    """The markers 1) 2) 3) or (1) (2) (3) … in a row; [] for fewer than three, or where nothing stands between two."""
    found: list[re.Match[str]] = []
    for match in _INLINE_NUMBER.finditer(body):
        alike = not found or match["bracket"] == found[0]["bracket"]
        if alike and int(match["number"]) == len(found) + 1:
            found.append(match)
    if any(_ONLY_JOINS.fullmatch(body[one.end() : other.start()]) for one, other in pairwise(found)):
        return []  # "points (1) and (2) and (3) of the plan"
    return found if len(found) >= _LEAST_NUMBERED else []


def _numbered(text: str, start: int, end: int, numbers: Sequence[re.Match[str]]) -> list[Piece]:
    """A lead-in's sentences, the items, and the sentences after the last one where no item has more than one."""
    items = _pieces(text, start, end, [match.end() for match in numbers], 1)
    lead = [(a, b, 0) for a, b in sentences(text, start, items[0][1])] if items[0][2] == 0 else []
    items = items[1:] if lead else items
    ends = [sentences(text, a, b) for a, b, _ in items]
    if any(len(own) > 1 for own in ends[:-1]):
        return [*lead, *items]
    last = ends[-1]
    return [*lead, *items[:-1], (*last[0], 1), *((a, b, 0) for a, b in last[1:])]


def _is_range(body: str, dash: re.Match[str]) -> bool:
    """Whether a dash stands between two quantities: "8am – 5pm", "$20.10 – $25.40", "Monday – Friday"."""
    before = body[: dash.start()].rstrip()
    return _QUANTITY_BEFORE.search(before[-40:]) is not None and _QUANTITY_AFTER.match(body, dash.end()) is not None


def _has_marks(body: str, cuts: Sequence[int]) -> bool:
    """Whether marks in a paragraph begin items for certain: bullets do, and dashes at its start or after a colon."""
    if any(body[max(cut - 2, 0) :].lstrip()[:1] in _BULLETS or body[:cut].rstrip()[-1] in _BULLETS for cut in cuts):
        return True
    lead = body[: cuts[0]].rstrip(" –—•")
    return lead == "" or lead.endswith(":")


def _reads_as_list(body: str, cuts: Sequence[int]) -> bool:
    """Whether dashes begin items by what stands between them: capitals after each, or many of them, and no prose.

    Prose shows by a sentence that ends before the first dash or, without capitals, between two; and by a title and a
    name before the first of several sentences ("Gardener – Green Park – We plant. We dig. We water.").
    """
    capitals = all(body[cut:].lstrip("“‘\"'([")[:1].isupper() for cut in cuts)
    if not capitals and len(cuts) < _LIST_FOR_CERTAIN:
        return False
    counts = [len(sentences(body, a, b)) for a, b in pairwise((0, *cuts, len(body)))]
    if counts[0] > 1 or (counts[-1] > _MOST_IN_LAST and max(counts[:-1]) == 1):
        return False
    return capitals or max(counts[:-1]) == 1


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
    breaks += [(place, place) for place in _glued(text, start, end)]
    for stop, resume in sorted(breaks):
        if resume <= begin:
            continue
        if "\n" not in text[stop:resume] and _goes_on(text[begin:stop], text[stop:resume], text[resume:end]):
            continue
        closing = stop + len(text[stop:resume]) - len(text[stop:resume].lstrip('"”’)]」』）'))
        spans.append((begin, closing))
        begin = resume
    spans.append((begin, end))
    trimmed = ((a + len(text[a:b]) - len(text[a:b].lstrip()), a + len(text[a:b].rstrip())) for a, b in spans)
    return [(a, b) for a, b in trimmed if b > a]


def _glued(text: str, start: int, end: int) -> list[int]:
    """Where sentences without a space between them meet, if one such place is certain.

    >>> text = "See the log.Error call. Bring the plan.We ship.Managers sign."
    >>> _glued(text, 0, 23), _glued(text, 24, len(text))
    ([], [39, 47])
    """
    found = [match.end() for match in _GLUED_SENTENCE.finditer(text, start, end)]
    # An address, a file name or code before the stop ("www.a", "b@c", "x_y") ends no sentence.
    found = [place for place in found if _GLUED_WORD.search(text[start : place - 1]) is not None]
    certain = any(text[place - 1] in "!?" or _OPENS_SENTENCE.match(text, place) for place in found)
    return found if certain else []


def _goes_on(before: str, gap: str, after: str) -> bool:
    """Whether a sentence goes on behind the full stop or the leader that ``before`` ends with."""
    if _LEADER_DOTS.search(before) or before.endswith(" …"):
        return _LEADER_VALUE.match(after) is not None
    if _NUMBER_ALONE.match(before.strip()):
        return True
    if not before.endswith(".") or gap.strip():  # a closing quote or bracket: the stop is a sentence's
        return False
    if _ABBREVIATION.search(before):
        return True
    if _BEFORE_NUMBER.search(before):
        return after.lstrip("([")[:1].isdigit()
    return _ENUMERATION_END.search(before) is not None and after[:1] in "(["

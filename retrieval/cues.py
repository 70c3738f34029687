"""What the words of a follow-up say about how it hangs on the question before: links, layout, pointers, contrasts."""

from __future__ import annotations

import re
from collections.abc import Container
from functools import lru_cache

from retrieval.records import Presentation

SMALL_TALK = re.compile(
    r"(?:(?:hi|hello|hey|good (?:morning|afternoon|evening)|(?:many )?thanks?(?: you)?(?: a lot| very much)?|thx|cheers"
    r"|ok(?:ay)?|great|perfect|bye)[\s!.,]*)+",
    re.IGNORECASE,
)
"""A message that asks nothing."""
AUXILIARY = (
    r"(?:do|does|did|is|are|was|were|has|have|had|can|could|may|might|must|should|shall|will|would)(?:n['’]t)?"
)
PREPOSITIONS = r"(?:for|to|by|with|from|in|on|at|about|of|under|after|before)"
ASKING = re.compile(
    rf"^(?:{PREPOSITIONS} (?:what|which|whom)|what|which|who|whose|whom|when|where|how|why|is|are|was|were|does"
    rf"|do|did|has|have|can|could|may|might|must"
    r"|should|will|would|list|name|compare|give|show|tell|explain|describe|summari[sz]e)\b",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"^(?:(?:ok(?:ay)?|thanks?(?: you)?|thx|great|good|right|well|hm+|please|sorry|(?:yes|no)(?=[,.!?;]))(?:\b"
    r"|(?=\W))[\s,.!?:;–-]*)+"
    r"|[\s,]*\b(?:please|thanks?(?: you)?|pls|thx)\b(?=\W*$)|[\s,]+(?:(?<!what )then|too|as well|again|though"
    r"|instead|maybe|perhaps)(?=\W*$)|^\W+",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"^(?:(?:and|but|or|so|also|then|an(?= (?:for|the|what|how|who)\b)|what about|how about|what of|(?:the "
    r"|do the )?same"
    r"(?: (?:thing|question|info|information))?(?: (?:with|again))?(?: for|(?! as\b))|now|just|only)(?:\b"
    r"|(?=\W))[\s,:]*)+",
    re.IGNORECASE,
)
_LAYOUTS = tuple(
    (presentation, re.compile(words, re.IGNORECASE))
    for presentation, words in (
        (Presentation.TABLE, r"\b(?:(?:as|in|into) (?:a |an? \w+ )?(?:table|tabular form|grid|matrix)|table"
         r"|side by side in a table|tabulated?)\b"),
        (Presentation.LIST, r"\b(?:(?:as|in|with|into) )?(?:a |an )?(?:bullets?(?: points?| list)?|bulleted list"
         r"|numbered list|(?<=as a )list)\b|\bas a list\b"),
        (Presentation.SHORTER, r"\b(?:(?:a )?(?:bit |little |much )?(?:shorter|briefer)(?: version| answer)?"
         r"|(?:a |the )?short(?:ened)? (?:version|answer)|(?:more )?briefly|(?:be |keep it |make it )?brief|in short"
         r"|in (?:one|a|a single|two|a few) (?:sentences?|lines?|words?)|in a nutshell|tl;?dr|summar(?:y|i[sz]e)"
         r"|sum (?:it|that) up|too long|condensed?)\b"),
        (Presentation.MORE, r"\b(?:(?:in |with |some |a bit |a little )*more (?:details?|depth|information"
                            r"|info)|in detail"
         r"|(?:a bit |a little )?(?:more|longer)(?: (?:version|answer|of (?:that|this|it|them)))?|elaborate|expand"
         r"|go on|continue|keep going|details?)\b"),
    )
)  # fmt: skip
# Words around a request for a layout that ask for nothing else.
_LAYOUT_FILLERS = re.compile(
    r"\b(?:give|show|tell|make|put|get|present|format|write|print|do|say|want|need|have|like|can|could|would|will|you|i"
    r"|me|us|it|its|that|this|them|those|these|the|an?|same|answer|result|as|in|into|to|of|on|about|please|and|but|now"
    r"|again|just|let|see|explain|any|some|with|d|for)\b",
    re.IGNORECASE,
)
_LAYOUT_TAIL = re.compile(
    r"[\s,;–-]+(?:as|in) (?:a |an )?(?:(?:\w+ )?table|tabular form|list|bullet(?:s|ed list| points| list))\W*$",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"(?:(?:and )?(?:show|give) me |(?:and )?what(?: is|'s) |(?:and )?where(?: is|'s) )?(?:the |your |any )?"
    r"(?:sources?|evidence|quotes?|citations?|references?|proof)(?: (?:for|of) (?:that|this|it))?\W*"
    r"|(?:and )?where (?:does it say|is (?:that|it|this) (?:written|stated|from|said))(?: (?:that|so|this))?\W*"
    r"|(?:are you )?(?:really )?sure(?: about (?:that|it))?\W*",
    re.IGNORECASE,
)
_LIST_THEM = re.compile(
    r"(?:(?:can|could|would) you |please )?list (?:them|these|those|all"
    r"|everything)(?: all)?(?: for me)?\W*", re.IGNORECASE
)
_EXPLAIN = re.compile(r"(?:please )?(?:explain|describe|clarify)(?: (?:that|this|it|them|those))?\W*", re.IGNORECASE)

# Words of one group exclude each other: a follow-up with one of them replaces the other.
CONTRASTS = tuple(
    re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for words in (
        r"(?:every|each) (?:day|night|shift|week|month|quarter|year)|daily"
        r"|weekly|monthly|quarterly|yearly|annual(?:ly)?|hourly|nightly",
        r"must[- ]haves?|good[- ]to[- ]haves?|nice[- ]to[- ]haves?|advanced|emerging",
        r"strong|weak",
        r"internal|external",
        r"technical|soft",
        r"minimum|maximum|min|max",
        r"mandatory|compulsory|optional|required|preferred",
        r"short[- ]term|long[- ]term",
        r"upstream|downstream",
        r"written|practical|oral",
        r"strategic|operational",
    )
)
TIME = re.compile(
    r"\b(?:(?:by|at|until|before|towards) the (?:end|start) of|in|within|after|during|on|over|by|per|for)"
    r" (?:(?:the|an?|his|her|their|its|day|week|month|year) )?(?:(?:first|second|third|fourth|last|next|typical|normal"
    r"|usual|average|busy|working|\d+|one|two|three|four|six|nine|twelve|thirty|sixty|ninety)[ -])*"
    r"(?:days?|weeks?|weekends?|months?|quarters?|years?|shifts?|\d+)\b",
    re.IGNORECASE,
)
PREPOSITION = re.compile(
    r"^(?:for|of|in|on|at|by|with|without|from|to|under|during|after|before|within|about|as|per|against|between|over|above|below|beyond|besides"
    r"|until|since|inside|outside)\b",
    re.IGNORECASE,
)
ORDINAL = re.compile(
    r"\b(?:the )?(?P<which>first|1st|second|2nd|third|3rd|fourth|4th|fifth|5th|last|latter|former)"
    r"(?: (?:one|kpi|metric|target|item|point|row|skill|tool|risk|duty|task|goal|entry|responsibility|role|step))?"
    r"(?=\s*(?:[?.,;:!]|$)|\s+(?:is|are|was|does|do|can|may|must|should|matter|mean|one|measured|use|need|have|has"
    r"|and|in|for|about)\b)",
    re.IGNORECASE,
)
_PLACES = {"first": 0, "1st": 0, "former": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3,
           "fifth": 4, "5th": 4, "last": -1, "latter": -1}  # fmt: skip
# The words that follow-ups are made of; a slip in one of them hides what the follow-up is.
_CUES = tuple(
    "what about and for the why how often same compare table shorter longer briefly more which who whom else with that "
    "those these does list bullets please elaborate details instead where when long many much".split()
)
_MENDED = 8  # words; in a longer text a rare word is rather a word of its own


def mended(text: str, known: Container[str]) -> str:
    """A short follow-up with the slips in its linking words put right; words in ``known`` are none.

    >>> mended("waht about the lead?", ()), mended("an fro the cook, tabel please", ()), mended("forms?", ())
    ('what about the lead?', 'an for the cook, table please', 'forms?')
    """
    if len(text.split()) > _MENDED:
        return text
    return re.sub(r"[a-z]+", lambda m: m[0] if m[0] in known else _cue(m[0]), text)


@lru_cache(maxsize=10_000)
def _cue(word: str) -> str:
    if len(word) < 3 or word in _CUES:
        return word
    swapped = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}
    return next((cue for cue in _CUES if cue in swapped), word)


def without_courtesy(text: str) -> str:
    """The text without thanks and "ok" around it.

    >>> without_courtesy("ok, thanks. and for the lead please?"), without_courtesy("No.")
    ('and for the lead?', 'No.')
    """
    bare = _POLITE.sub("", text.strip()).strip()
    return bare if re.search(r"\w", bare) else text.strip()


def without_link(text: str) -> tuple[str, bool]:
    """The text without "and", "what about", "same for" before it, and whether it had one.

    >>> without_link("And what about hiring?"), without_link("Android skills?")
    (('hiring?', True), ('Android skills?', False))
    """
    bare = _LINK.sub("", text).strip()
    return (bare, True) if bare != text.strip() and re.search(r"\w", bare) else (text.strip(), False)


def layout(text: str) -> tuple[str, Presentation]:
    """The text without its request for a layout, and the layout; '' when it asks for nothing else.

    >>> layout("as a table please"), layout("could you make it a bit shorter?")
    (('', <Presentation.TABLE: 'as a table'>), ('', <Presentation.SHORTER: 'shorter'>))
    >>> layout("List the KPIs of the lead as a table.")
    ('List the KPIs of the lead', <Presentation.TABLE: 'as a table'>)
    >>> layout("How much more does a lead earn?")
    ('How much more does a lead earn?', <Presentation.AS_ASKED: 'as asked'>)
    """
    if _SOURCE.fullmatch(text.strip()):  # every answer shows its sources: the same question again
        return "", Presentation.AS_ASKED
    if _LIST_THEM.fullmatch(text.strip()):
        return "", Presentation.LIST
    if _EXPLAIN.fullmatch(text.strip()):
        return "", Presentation.MORE
    tail = _LAYOUT_TAIL.search(text)
    for presentation, words in _LAYOUTS:
        found = words.search(text)
        if found is None:
            continue
        rest = words.sub(" ", text)
        if not re.search(r"\w", _LAYOUT_FILLERS.sub(" ", rest)):
            return "", presentation
        if tail is not None and tail.start() <= found.start():
            return text[: tail.start()].rstrip(), presentation
    return text, Presentation.AS_ASKED


def place_of(word: str) -> int:
    """Where "second" or "last" points: a place in a sequence.

    >>> place_of("Second"), place_of("last")
    (1, -1)
    """
    return _PLACES[word.lower()]

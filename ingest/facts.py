"""What files say about themselves: the names that readers use, cleaned values, and when the text knows better."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.clean import clean
from ingest.dates import iso_date
from ingest.records import Note

DATES = ("created", "modified", "published")
NAMES = (*DATES, "language", "audience", "author", "title")
_LONGEST = 300  # characters of a value; a longer one is text that stands in the wrong field
# Titles and authors that programs fill in by themselves.
_EMPTY_TITLES = {"untitled", "document", "unknown", "none", "null", "title", "presentation", "workbook", "n/a", "-"}
# ISO 639-1, and of ISO 639-2 the codes of languages that books and Office files are marked with.
_CODES = frozenset(
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv "
    "ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne "
    "ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st "
    "su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu".split()
)
_LONG = dict(
    pair.split(":")
    for pair in (
        "ara:ar ben:bn bul:bg cat:ca ces:cs chi:zh cze:cs dan:da deu:de dut:nl ell:el eng:en est:et fas:fa fin:fi "
        "fra:fr fre:fr ger:de gle:ga gre:el heb:he hin:hi hrv:hr hun:hu ind:id isl:is ita:it jpn:ja kor:ko lav:lv "
        "lit:lt msa:ms nld:nl nob:nb nor:no per:fa pol:pl por:pt ron:ro rum:ro rus:ru slk:sk slv:sl spa:es srp:sr "
        "swe:sv tha:th tur:tr ukr:uk urd:ur vie:vi zho:zh"
    ).split()
)
# Languages so near each other that a detector is no judge of which one it is.
_NEAR = (
    {"no", "nb", "nn", "da", "sv"}, {"ms", "id"}, {"bs", "hr", "sr"}, {"cs", "sk"}, {"es", "gl", "pt", "ca"},
    {"af", "nl"}, {"hi", "mr", "ne"}, {"ru", "uk", "be", "bg", "mk"}, {"fa", "ps", "ur"}, {"xh", "zu"},
)  # fmt: skip
_OLD = {"iw": "he", "in": "id", "ji": "yi", "nb": "no"}  # withdrawn codes; Bokmål is what py3langid calls "no"


def merge(*facts: Sequence[tuple[str, str]]) -> tuple[tuple[tuple[str, str], ...], tuple[Note, ...]]:
    r"""All facts by ``NAMES``, the earlier sequence first where two state one name, and notes on what was left out.

    Values are cleaned: dates to ISO 8601 days, languages to ISO 639-1, titles and authors to one line. Other names,
    empty values and titles that programs fill in are left out.

    >>> merge([("created", "D:20190517083000Z"), ("title", " Data\tSteward ")], [("language", "en-US")])[0]
    (('created', '2019-05-17'), ('language', 'en'), ('title', 'Data Steward'))
    >>> merge([("modified", "soon"), ("title", "Untitled")], [("modified", "2020-01-31")])
    ((('modified', '2020-01-31'),), (Note(step='facts', count=1, detail="modified 'soon' is no date"),))
    """
    found: dict[str, str] = {}
    notes: list[Note] = []
    for name, stated in (pair for given in facts for pair in given):
        if name not in NAMES or not stated.strip():
            continue
        if value := _value(name, stated):
            found.setdefault(name, value)
        elif name in (*DATES, "language"):
            what = "date" if name in DATES else "language"
            notes.append(Note("facts", 1, f"{name} {_line(stated)[:40]!r} is no {what}"))
    return tuple((name, found[name]) for name in NAMES if name in found), tuple(notes)


def language_code(tag: str) -> str:
    """ISO 639-1 of a language tag (BCP 47, or ISO 639-2), '' when it names none.

    >>> language_code("en-US"), language_code("ger"), language_code("pt_BR"), language_code("x-default")
    ('en', 'de', 'pt', '')
    """
    first = tag.strip().lower().replace("_", "-").split("-")[0]
    code = _LONG.get(first, first)
    code = _OLD.get(code, code)
    return code if code in _CODES else ""


def language_of_document(declared: str, detected: str) -> tuple[str, tuple[Note, ...]]:
    """The language that counts, and a note when the file is not believed.

    The declared language counts where the text is too short to tell, or says the same, or shows a language so near
    that detection is no judge (Danish and Norwegian). Else the text is believed: programs write "en-US" unasked.

    >>> language_of_document("en-US", ""), language_of_document("nb", "da"), language_of_document("", "de")
    (('en', ()), ('no', ()), ('de', ()))
    >>> language_of_document("en-US", "fi")
    ('fi', (Note(step='language', count=1, detail='the file says en, its text is fi'),))
    """
    code = language_code(declared)
    if not code:
        return detected, ()
    if detected in ("", code) or any({code, detected} <= near for near in _NEAR):
        return code, ()
    return detected, (Note("language", 1, f"the file says {code}, its text is {detected}"),)


def _value(name: str, stated: str) -> str:
    """A fact as it is kept, '' when it says nothing."""
    if name in DATES:
        return iso_date(stated)
    if name == "language":
        return language_code(stated)
    if name == "audience":
        return " ".join(stated.split())  # not cleaned: what is odd about it must stay odd (ingest/audience.py)
    line = _line(stated)[:_LONGEST].strip()
    if name in ("title", "author") and line.lower() in _EMPTY_TITLES:
        return ""
    return line


def _line(stated: str) -> str:
    return " ".join(clean(stated)[0].split())

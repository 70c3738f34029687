"""Personal data in a text, told by its form and its check digits; what an answer must not show.

What this does not do: names of people, health data, anything that needs the meaning of a sentence; IP addresses, which
in documents about work are servers', and look like versions. Time is linear in the text
(benchmarks/personal_data.py).
"""

from __future__ import annotations

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Where personal data stand in a text (half-open) and of what kind they are."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Find:
    """What was found (``kind``) and the words that show it."""

    kind: str
    text: str


_GAP = "[ \u00a0\u202f-]"  # between the groups of a number
_E_MAIL = re.compile(
    r"(?<![\w.+-])(?!git@)[\w.+-]+(?:@|\s?[(\[]at[)\]]\s?)[A-Za-z0-9-]+(?:(?:\.|\s?[(\[]dot[)\]]\s?)[A-Za-z0-9-]+)*"
    r"(?:\.|\s?[(\[]dot[)\]]\s?)[A-Za-z]{2,}(?![\w@])"
)
# International; North American (with 1- and an extension); area code in brackets; five French pairs; after a label.
_PHONE = re.compile(
    r"(?<![\w+])\+\d{1,3}(?:[ \u00a0./-]?\(?\d{1,5}\)?){2,6}(?!\w)"
    r"|(?<![\w.-])(?:1[-. ])?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-])"
    r"(?:,? ?(?:x|ext\.?|extension) ?\d{1,5}\b)?"
    r"|(?<![\w.(-])\(0\d{1,4}\) ?\d{2,4}[ -]?\d{3,4}(?: ?\d{2,4})?(?![\w-])"
    r"|(?<![\w.-])0[1-9](?:([ .])\d\d)(?:\1\d\d){3}(?![\w-])"
    r"|(?i:\b(?:tel(?:ephone)?|phone|mobile|cell|fax|call)\b)\W{1,5}(?:\w+ ){0,2}(?=\(?0)(?:\(?\d{1,5}\)?[ /-]?){2,6}"
    r"|(?i:\b(?:tel(?:ephone)?|phone|mobile|cell|fax)(?: (?:no|number))?[.:]{1,2}) ?\d{3,5}(?:[ /-]?\d{2,5}){1,4}(?!\w)"
)
_SSN = re.compile(
    r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])"
    r"|(?i:\b(?:SSN|social security (?:number|no\.?)))(?: is)?[:# ]{1,3}"
    r"(?!000|666|9)\d{3} ?(?!00)\d{2} ?(?!0000)\d{4}(?!\w)"
)
# HM Revenue & Customs, NIM39110: letters that a prefix does not hold, and prefixes that are not given out.
_NINO = re.compile(
    r"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]( ?)\d\d\1\d\d\1\d\d\1[A-D]\b"
)
# Only after its label; five digits at least, since "passport number or copy" goes on in words.
_IDENTITY = re.compile(
    r"\b(?:passport|driver(?:['\u2019]?s)?(?:['\u2019])? licen[cs]e|driving licence|national (?:id|identity)(?: card)?"
    r"|identity card|tax(?:payer)? id(?:entification)?)\b(?: (?:no|number|num|nr)\b)?[.:# ]{1,3}(?:is )?"
    r"(?=[A-Z]{0,3}\d)(?=(?:[A-Z-]{0,4}\d){5})[A-Z0-9-]{6,20}(?!\w)",
    re.IGNORECASE,
)
_CARD = re.compile(
    rf"(?<![\w.,-])(?:[2456]\d{{3}}({_GAP}?)\d{{4}}\1\d{{4}}\1\d{{4}}(?:\d{{3}})?|3[47]\d\d({_GAP}?)\d{{6}}\2\d{{5}})(?![\w-])"
)
_IBAN = re.compile(r"\b(?=([A-Z]{2}\d{2}(?:[ \u00a0]?[A-Z0-9]){11,30}))")
# Characters of an IBAN per country (SWIFT IBAN registry); other countries are not looked for.
_IBAN_LENGTHS = dict(
    part.split(":")
    for part in (
        "AD:24 AE:23 AT:20 BE:16 BG:22 CH:21 CY:28 CZ:24 DE:22 DK:18 EE:20 ES:24 FI:18 FR:27 GB:22 GR:27 HR:21 HU:28 "
        "IE:22 IL:23 IS:26 IT:27 LI:21 LT:20 LU:20 LV:21 MC:27 MT:31 NL:18 NO:15 PL:28 PT:25 RO:24 SA:24 SE:24 SI:19 "
        "SK:24 SM:27 TR:26 UA:29"
    ).split()
)
_WORD = r"(?:[A-Z]['\u2019]|Mc|Mac)?[A-Z][a-z]+(?:['\u2019-][A-Z]?[a-z]+)?"
_NAME = rf"(?:(?:[NSEW]{{1,2}}\.?|North|South|East|West|Old|\d{{1,3}}(?:st|nd|rd|th)|{_WORD}) ){{1,4}}"
_STREET = re.compile(
    rf"\b\d{{1,5}}[a-zA-Z]? {_NAME}(?:Street|Avenue|Road|Lane|Boulevard|Terrace|Crescent|(?:Ave|Blvd|Rd|St)\b\.?)(?!\w)"
    rf"|\b(?!(?:19|20)\d\d )\d{{3,5}} {_NAME}(?:Drive|Way|Place|Parkway|Highway)\b"
    r"|\b[A-ZÄÖÜ][a-zäöüß]+(?:straße|strasse|gasse|(?<!Um)(?<!Aus)weg|(?<!beits)(?<!ungs)(?<!dien)platz|allee"
    r"|straat|gracht|gatan|katu) \d{1,4}[a-z]?\b"
    r"|\b\d{1,4}(?: bis| ter)?,? (?:rue|avenue|boulevard|chemin|quai) "
    r"(?:de la |de l['\u2019]|du |des |de |d['\u2019])?[A-ZÉ]\w+"
    r"|\b(?:Calle|Avenida|Rua|Viale|Piazza) (?:del? |della |da |do )?(?:[A-ZÁÉÍÓÚ]\w+ ?){1,3},? (?:n\.?º ?)?\d{1,4}\b"
    r"|\bP\.? ?O\.? Box \d{1,6}\b"
)
_BIRTH = re.compile(
    r"\b(?:born(?: on)?|date of birth|birthday|DOB)\b\W{0,3}(?:is )?"
    r"(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d\d-\d\d|\d{1,2}\.? [A-Z][a-z]+ \d{4}|[A-Z][a-z]+ \d{1,2},? \d{4})",
    re.IGNORECASE,
)


_KINDS = {
    "e-mail": _E_MAIL,
    "social security number": _SSN,
    "national insurance number": _NINO,
    "identity number": _IDENTITY,
    "date of birth": _BIRTH,
}


def personal_data(text: str) -> tuple[Find, ...]:
    """Personal data by its form: e-mail, phone, IBAN (ISO 7064 check), card number (Luhn), US social security number,
    UK national insurance number, passport and licence number (with its label), street address, date of birth. In the
    order of the text; each stretch is found once.

    >>> [(f.kind, f.text) for f in personal_data("Ask jo.doe@example.org or +49 30 901820.")]
    [('e-mail', 'jo.doe@example.org'), ('phone', '+49 30 901820')]
    >>> personal_data("v1.24.3 of 2024-05-17: 0–2 years, 95 %, recall@10, 1,000,000 rows, 10-12 weeks")
    ()
    """
    return tuple(find for _, _, find in _found(text))


def _found(text: str) -> list[tuple[int, int, Find]]:
    """Start, end and find of what does not overlap, the surest kinds first where finds do; in the order of the text."""
    starts: list[int] = []
    found: list[tuple[int, int, Find]] = []
    for start, end, find in _personal(text):
        place = bisect(starts, start)
        clear = place == 0 or found[place - 1][1] <= start
        if clear and (place == len(starts) or end <= starts[place]):
            starts.insert(place, start)
            found.insert(place, (start, end, find))
    return found


def _personal(text: str) -> Iterator[tuple[int, int, Find]]:
    """All candidates that pass their own check, the surest kinds first."""
    for match in _IBAN.finditer(text):
        if written := _iban(match[1]):
            yield match.start(), match.start() + len(written), Find("IBAN", re.sub(r"\s", "", written))
    for match in _CARD.finditer(text):
        if luhn(re.sub(r"\D", "", match[0])):
            yield match.start(), match.end(), Find("card number", match[0])
    for kind, pattern in _KINDS.items():
        yield from ((m.start(), m.end(), Find(kind, m[0])) for m in pattern.finditer(text))
    for match in _PHONE.finditer(text):
        if 7 <= sum(map(str.isdigit, match[0])) <= 20:  # 15 and an extension
            shown = match[0].rstrip(" )")
            yield match.start(), match.start() + len(shown), Find("phone", shown)
    yield from ((m.start(), m.end(), Find("street address", m[0])) for m in _STREET.finditer(text))


def spans(text: str) -> tuple[Span, ...]:
    """Where ``personal_data`` are, in the order of the text.

    >>> spans("Ask jo.doe@example.org.")
    (Span(start=4, end=22, kind='e-mail'),)
    """
    return tuple(Span(start, end, find.kind) for start, end, find in _found(text))


def mask(text: str) -> str:
    """The text with every find replaced by what kind it was.

    >>> mask("Ask jo.doe@example.org, room 3.")
    'Ask (e-mail withheld), room 3.'
    """
    parts: list[str] = []
    done = 0
    for span in spans(text):
        parts += [text[done : span.start], f"({span.kind} withheld)"]
        done = span.end
    return "".join(parts) + text[done:]


def counts(finds: Sequence[Find]) -> dict[str, int]:
    """How many finds of each kind, in the order of the kinds' names."""
    return dict(sorted(Counter(find.kind for find in finds).items()))


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B).

    >>> luhn("4539578763621486"), luhn("4539578763621487")
    (True, False)
    """
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _iban(candidate: str) -> str:
    """The IBAN at the beginning of ``candidate`` as written, with valid check digits (ISO 13616, mod 97), or ''."""
    length = int(_IBAN_LENGTHS.get(candidate[:2], "0"))
    places = [place for place, character in enumerate(candidate) if character.isalnum()]
    if not length or len(places) < length:
        return ""
    end = places[length - 1] + 1
    if candidate[end : end + 1].isalnum():
        return ""
    whole = re.sub(r"\s", "", candidate[:end])
    value = "".join(str(int(character, 36)) for character in whole[4:] + whole[:4])
    return candidate[:end] if int(value) % 97 == 1 else ""

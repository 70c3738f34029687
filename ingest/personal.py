"""Personal data in a text, told by its form and its check digits; what an answer must not show.

What this does not do: names of people, health data, anything that needs the meaning of a sentence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Find:
    """What was found (``kind``) and the words that show it."""

    kind: str
    text: str


_E_MAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]+(?:@|\s?[(\[]at[)\]]\s?)[A-Za-z0-9-]+(?:(?:\.|\s?[(\[]dot[)\]]\s?)[A-Za-z0-9-]+)*"
    r"(?:\.|\s?[(\[]dot[)\]]\s?)[A-Za-z]{2,}(?![\w@])"
)
_PHONE = re.compile(
    r"(?<![\w+])\+\d{1,3}(?:[ ./-]?\(?\d{1,5}\)?){2,6}(?!\w)"
    r"|(?<![\w.-])(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-])"
    r"|(?i:\b(?:tel(?:ephone)?|phone|mobile|cell|fax|call)\b)\W{1,3}(?:\w+ ){0,2}(?=\(?0)(?:\(?\d{1,5}\)?[ /-]?){2,6}"
)
_SSN = re.compile(r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])")
_CARD = re.compile(r"(?<![\w.,-])(?:3[47]|[2456]\d)\d{2}(?:[ -]?\d){9,15}(?![\w-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b")
# Characters of an IBAN per country (SWIFT IBAN registry); other countries are not looked for.
_IBAN_LENGTHS = dict(
    part.split(":")
    for part in (
        "AD:24 AE:23 AT:20 BE:16 BG:22 CH:21 CY:28 CZ:24 DE:22 DK:18 EE:20 ES:24 FI:18 FR:27 GB:22 GR:27 HR:21 HU:28 "
        "IE:22 IL:23 IS:26 IT:27 LI:21 LT:20 LU:20 LV:21 MC:27 MT:31 NL:18 NO:15 PL:28 PT:25 RO:24 SA:24 SE:24 SI:19 "
        "SK:24 SM:27 TR:26 UA:29"
    ).split()
)
_STREET = re.compile(
    r"\b\d{1,4}[a-z]? (?:[A-Z][a-z]+ ){1,3}(?:Street|Avenue|Road|Lane|Boulevard)\b"
    r"|\b[A-ZÄÖÜ][a-zäöüß]+(?:straße|strasse|gasse|weg|platz|allee) \d{1,4}[a-z]?\b"
)
_BIRTH = re.compile(
    r"\b(?:born(?: on)?|date of birth|birthday|DOB)\b\W{0,3}(?:is )?"
    r"(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d\d-\d\d|\d{1,2}\.? [A-Z][a-z]+ \d{4}|[A-Z][a-z]+ \d{1,2},? \d{4})",
    re.IGNORECASE,
)


def personal_data(text: str) -> tuple[Find, ...]:
    """Personal data by its form: e-mail, phone, IBAN (ISO 7064 check), card number (Luhn), US social security number,
    street address, date of birth. In the order of the text; each stretch is found once.

    >>> [(f.kind, f.text) for f in personal_data("Ask jo.doe@example.org or +49 30 901820.")]
    [('e-mail', 'jo.doe@example.org'), ('phone', '+49 30 901820')]
    >>> personal_data("v1.24.3 of 2024-05-17: 0–2 years, 95 %, recall@10, 1,000,000 rows, 10-12 weeks")
    ()
    """
    found: list[tuple[int, int, Find]] = []
    for start, end, find in _personal(text):
        if not any(start < other_end and other < end for other, other_end, _ in found):
            found.append((start, end, find))
    return tuple(find for _, _, find in sorted(found, key=lambda item: item[0]))


def _personal(text: str) -> Iterator[tuple[int, int, Find]]:
    """All candidates that pass their own check, the surest kinds first."""
    for match in _IBAN.finditer(text):
        number = _iban(match[0])
        if number:
            yield match.start(), match.end(), Find("IBAN", number)
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if len(digits) in (15, 16, 19) and luhn(digits):
            yield match.start(), match.end(), Find("card number", match[0])
    for kind, pattern in (("e-mail", _E_MAIL), ("social security number", _SSN), ("date of birth", _BIRTH)):
        yield from ((m.start(), m.end(), Find(kind, m[0])) for m in pattern.finditer(text))
    for match in _PHONE.finditer(text):
        if 7 <= sum(map(str.isdigit, match[0])) <= 15:
            yield match.start(), match.end(), Find("phone", match[0].strip(" )"))
    yield from ((m.start(), m.end(), Find("street address", m[0])) for m in _STREET.finditer(text))


def mask(text: str) -> str:
    """The text with every find replaced by what kind it was.

    >>> mask("Ask jo.doe@example.org, room 3.")
    'Ask (e-mail withheld), room 3.'
    """
    for find in personal_data(text):
        text = text.replace(find.text, f"({find.kind} withheld)")
    return text


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
    """The IBAN at the beginning of ``candidate`` with valid check digits (ISO 13616, mod 97), or ''."""
    whole = candidate.replace(" ", "")[: int(_IBAN_LENGTHS.get(candidate[:2], "0"))]
    if len(whole) < 15 or len(whole) != int(_IBAN_LENGTHS[whole[:2]]):
        return ""
    value = "".join(str(int(character, 36)) for character in whole[4:] + whole[:4])
    return whole if int(value) % 97 == 1 else ""

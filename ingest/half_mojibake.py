"""What is left of UTF-8 that was read as Latin-1 and lost half of its signs: "Education:Â A", "the Stateâs".

No line by itself proves it, so the whole text must show it several times; ftfy looks at single lines.
"""

from __future__ import annotations

import re

_LEAST_LINES = 3
# Of a no-break space (C2 A0) the first byte stayed. After a small letter, a digit or a stop it is no letter of any
# language; once a text shows that, it is none after a capital either.
_SHOWN = re.compile(r"(?<![A-ZÀ-Þ])Â(?=\s|\Z)")
_SPACE = re.compile(r"Â+(?=\s|\Z)")
# Of an apostrophe (E2 80 99) the first byte stayed.
_APOSTROPHE = re.compile(r"(?<=[a-z])â(?=(?:s|t|re|ve|ll|d)\b)")


def repair_half_mojibake(text: str) -> str:
    r"""Spaces and apostrophes that left an Â or â behind come back where at least three lines show it.

    >>> repair_half_mojibake("Education:Â A degree.\nThe Stateâs park.Â\nRoses. Â\nCHÂ 4")
    'Education: A degree.\nThe State’s park.\nRoses. \nCH 4'
    >>> repair_half_mojibake("Il râs.\nCHÂ 4\nRoses. Â")
    'Il râs.\nCHÂ 4\nRoses. Â'
    """
    if "Â" not in text:
        return text
    showing = sum(_SHOWN.search(line) is not None for line in re.split("[\n\r]+", text))
    return mend_half_mojibake(text) if showing >= _LEAST_LINES else text


def mend_half_mojibake(text: str) -> str:
    """The same for a line of a text that is known to have the fault.

    >>> mend_half_mojibake("The operatorâs licenseÂ valid inÂ May")
    'The operator’s license valid in May'
    """
    return _APOSTROPHE.sub("\N{RIGHT SINGLE QUOTATION MARK}", _SPACE.sub("", text))

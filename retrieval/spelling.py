"""Misspelt words of a question, read as the nearest word that the library uses; role names are read elsewhere.

A word is misspelt when the library does not use it in any inflection and no English dictionary has it; the dictionary
is the shipped model's list of whole words. What may be a name stays: capitals inside a sentence, digits, addresses,
what is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

from retrieval.lexical import Lexical, tokenize

SHORT, LONG = 5, 9  # letters from which one slip is forgiven, and two
_STEM = 4  # letters that the inflections of a word share
# A word of letters only, which is no part of an address, a path, a code or a contraction.
_WORD = re.compile(r"(?<![\w@/\\:.'’&+#])[^\W\d_]+(?!\w|[@/\\&+#]|[:.]\w|['’](?!s\b)\w)")
_KEPT = re.compile(r"\"[^\"]*\"|“[^”]*”|‘[^’]*’|«[^»]*»|`[^`]*`|(?<!\w)'[^']*'(?!\w)|\S*(?:://|@|www\.)\S*")
_SENTENCE = re.compile(r"(?:^|[.?!:;]\s)\W*$")
# Letters that are taken for each other: by sound, and side by side on the keyboard.
_SOUNDS = ("aeiouy", "ckq", "csz", "fv", "gj", "dt", "mn", "vw")
_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_CONTRACTED = re.compile(  # without its apostrophe
    r"(?:are|is|was|were|do|does|did|could|should|would|has|have|had|must|need)nt|(?:what|where|that|there)s"
)
# Words are formed with these faster than any dictionary lists them.
_PREFIXES = tuple("un re non pre over under mis dis sub co out up down in im".split())
_SUFFIXES = tuple("er ers or ors ist ists ee ees age y ness less ful able ish like wise".split())


@dataclass(frozen=True, slots=True)
class Speller:
    """What a library and English know; threads may share it."""

    lexical: Lexical
    used: Mapping[str, tuple[str, ...]]  # words of the texts, by their first letter
    english: Mapping[str, tuple[str, ...]]  # the dictionary by the letters that inflections share; {} mends nothing
    _near: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, lexical: Lexical, used: Collection[str], english: Mapping[str, tuple[str, ...]]) -> Speller:
        """For the index's BM25, the words that the texts use more than once (lower case), ``english_words()``."""
        long = (word for word in used if len(word) >= SHORT - 1 and word.isascii())
        return cls(lexical, grouped(long, 1), english)

    def slips(self, text: str, kept: Sequence[tuple[int, int]] = ()) -> tuple[tuple[str, str], ...]:
        """The misspelt words of a text as they are written, each with what it is read as; not those in ``kept``."""
        spans = [*kept, *(match.span() for match in _KEPT.finditer(text))]
        found = {}
        for match in _WORD.finditer(text):
            inside = any(start < match.end() and match.start() < end for start, end in spans)
            if not inside and _plain(text, match):
                near = self.nearest(match[0].lower())
                if near:
                    found[match[0]] = near.capitalize() if match[0][0].isupper() else near
        return tuple(found.items())

    def nearest(self, word: str) -> str:
        """The word of the library that a misspelt one (lower case) stands for; '' for none and for words that exist."""
        if len(word) < SHORT or not self.english or _CONTRACTED.fullmatch(word) or self.exists(word):
            return ""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        most = 2 if len(word) >= LONG else 1
        near = process.extract(word, self._words(word[0]), scorer=OSA.distance, score_cutoff=most, limit=None)
        used = self.used.get(word[0], ())
        fit = [(far, -self._chunks(known), known not in used, known) for known, far, _ in near if _likely(word, known)]
        if not fit:
            return ""
        far, *_, best = min(fit)
        # A word that the library does not hold may be nearer: then it is a slip for that one.
        others = [other for start, words in self.english.items() if start[0] == word[0] for other in words]
        nearer = far > 1 and process.extractOne(word, others, scorer=OSA.distance, score_cutoff=far - 1) is not None
        return "" if nearer else best

    def _words(self, first: str) -> tuple[str, ...]:
        """What a slip may be read as: the words of the texts, and those of the dictionary that inflect one of them."""
        if first not in self._near:
            inflected = (word for start, words in self.english.items() if start[0] == first for word in words)
            held = (word for word in inflected if self._chunks(word))
            self._near[first] = tuple(sorted({*self.used.get(first, ()), *held}))
        return self._near[first]

    def exists(self, word: str) -> bool:
        """Whether it is a word, or is formed of one: "unfilled", "coder"."""
        if self._known(word):
            return True
        rests = (word.removeprefix(prefix) for prefix in _PREFIXES if word.startswith(prefix))
        if any(len(rest) >= SHORT - 1 and self._known(rest) for rest in rests):
            return True
        stems = [word.removesuffix(suffix) for suffix in _SUFFIXES if word.endswith(suffix)]
        bases = [base for stem in stems for base in (stem, f"{stem}e") if len(base) >= SHORT - 1]
        return any(base in self.english.get(base[:_STEM], ()) for base in bases)

    def _known(self, word: str) -> bool:
        stems = tokenize(word)
        held = not stems or stems[0] in self.lexical.vocabulary
        return held or any(tokenize(other) == stems for other in self.english.get(word[:_STEM], ()))

    def _chunks(self, word: str) -> int:
        return max((len(self.lexical.rows_of(token)) for token in tokenize(word)), default=0)


def _plain(text: str, match: re.Match[str]) -> bool:
    """Whether a word may be misspelt: no name and no abbreviation."""
    word = match[0]
    if not word.isascii() or not word[1:].islower():
        return False
    return word[0].islower() or _SENTENCE.search(text[: match.start()]) is not None


def _likely(word: str, known: str) -> bool:
    """Whether a short word may be a slip for another: not by a letter that nobody takes for the other.

    >>> _likely("visable", "visible"), _likely("parsing", "parking"), _likely("aprking", "parking")
    (True, False, True)
    """
    if len(word) >= LONG or len(word) != len(known):
        return True
    different = [pair for pair in zip(word, known, strict=True) if pair[0] != pair[1]]
    return len(different) > 1 or all(_alike(*pair) for pair in different)


def _alike(one: str, other: str) -> bool:
    """Whether two letters lie side by side on the keyboard or sound alike."""
    if any(one in letters and other in letters for letters in _SOUNDS):
        return True
    places = [(row, column + row / 3) for letter in (one, other) for row, keys in enumerate(_KEYBOARD)
              for column, key in enumerate(keys) if key == letter]  # fmt: skip
    return len(places) > 1 and abs(places[0][0] - places[1][0]) <= 1 and abs(places[0][1] - places[1][1]) <= 1


def grouped(words: Iterable[str], letters: int) -> dict[str, tuple[str, ...]]:
    """The words by their first letters, sorted.

    >>> grouped(["lead", "leave", "cook"], 2)
    {'co': ('cook',), 'le': ('lead', 'leave')}
    """
    return {start: tuple(found) for start, found in groupby(sorted(words), lambda word: word[:letters])}


def mend(text: str, slips: Sequence[tuple[str, str]]) -> str:
    """The text with what its misspelt words are read as.

    >>> mend("How does recruting go? Recruting!", [("recruting", "recruiting")])
    'How does recruiting go? Recruting!'
    """
    for wrong, right in slips:
        text = re.sub(rf"(?<!\w){re.escape(wrong)}(?!\w)", right, text)
    return text


@lru_cache(maxsize=1)
def english_words() -> Mapping[str, tuple[str, ...]]:
    """The whole words of the shipped model's vocabulary: 20,000 common ones, with some names; {} without the model."""
    from config import UserError
    from retrieval.models import embedded_folder

    try:
        lines = (embedded_folder() / "vocab.txt").read_text("utf-8").splitlines()
    except (UserError, OSError):
        return {}
    return grouped((line for line in lines if line.isascii() and line.isalpha()), _STEM)

"""The language of a text, by py3langid (BSD-3-Clause; the model of 139 languages is in the package, no download)."""

from __future__ import annotations

import re
import threading
from typing import Any

# The probability that is enough, chosen by benchmarks/languages.py: of pieces of 20 to 80 characters out of English
# documents 0.03 % or less are then named wrongly; own sentences in 16 languages are all right from 40 characters on.
SURE = 0.5
# Bytes (UTF-8) of letters: a Latin text of three or four words, a Chinese one of seven signs.
ENOUGH = 20
_SAMPLE = 2_000  # characters of head, middle and tail that are read of a long text
# Labels of the model that ISO 639-1 knows under the language that they are a variety of.
_VARIETIES = {"ary": "ar", "arz": "ar", "sdh": "ku", "wuu": "zh", "yue": "zh"}
_NO_WORDS = re.compile(r"\b(?:https?://|www\.)\S+|(?<!\S)[^\s@]+@\S+|]\([^)\s]{0,300}\)")
_CAPITALS = re.compile(r"\b[^\W\d_a-z]{2,}(?:[^\w\n]+[^\W\d_a-z]{2,})+\b")

_lock = threading.Lock()
_loaded: list[Any] = []


def language_of(text: str) -> str:
    """The ISO 639-1 code of the language that most of ``text`` is written in, '' when too short or unsure.

    Of a text over 6,000 characters head, middle and tail are read, so the cost is bounded (about 3 ms). The model is
    loaded at the first call in a process (0.8 s, 100 MB) and may then be used by all its threads.

    >>> language_of("OK, 24/7"), language_of("4711 0815")
    ('', '')
    """
    sample = _plain(_sampled(text))
    if len("".join(filter(str.isalpha, sample)).encode("utf-8", "ignore")) < ENOUGH:
        return ""
    label, probability = _identifier().classify(sample)
    code = _VARIETIES.get(label, label)
    return code if probability >= SURE and len(code) == 2 else ""


def _sampled(text: str) -> str:
    """Head, middle and tail of a long text."""
    if len(text) <= 3 * _SAMPLE:
        return text
    middle = (len(text) - _SAMPLE) // 2
    return "\n".join((text[:_SAMPLE], text[middle : middle + _SAMPLE], text[-_SAMPLE:]))


def _plain(text: str) -> str:
    """Without addresses, and shouted lines in small letters: the model knows languages by their usual spelling.

    >>> _plain("SENIOR CLERK, see https://a.example/x")
    'senior clerk, see '
    """
    return _CAPITALS.sub(lambda match: match[0].lower(), _NO_WORDS.sub("", text))


def _identifier() -> Any:
    """The model of this process, loaded once."""
    with _lock:
        if not _loaded:
            from py3langid.langid import MODEL_FILE, LanguageIdentifier

            _loaded.append(LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True))
        return _loaded[0]

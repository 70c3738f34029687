"""Our entailment model: how probable it is that evidence supports a statement.

The shipped backbone reads statement and evidence together, with the low-rank change and the classifier that
``training/entailment.py`` made; the calibration of the probability is part of the classifier's weights. Of long
evidence it reads the sentences that say most of what the statement says.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from retrieval.encoder import Encoder
from retrieval.lexical import tokenize
from retrieval.models import embedded_folder

WEIGHTS = Path(__file__).resolve().parent / "weights" / "entailment.safetensors"
CHARACTERS = 640
"""Of evidence that the model reads: about what fits beside a sentence."""
TOKENS = 256  # of statement and evidence together
_PIECES = re.compile(r"\n+|(?<=[.!?])\s+(?=[\"'“(\[]?[A-Z0-9])")


def relevant(statement: str, quotes: Sequence[str], characters: int = CHARACTERS) -> str:
    """The pieces of the quotes that share most words with the statement, in their order, within ``characters``.

    Every piece is judged by the words of the statement that the pieces before it did not have, so that evidence for
    each half of a statement is kept.

    >>> relevant("The lead signs.", ["It is late. The lead signs. We wait."], 20)
    'The lead signs.'
    >>> relevant("Any.", ["Short."])
    'Short.'
    """
    pieces = [" ".join(part.split()) for quote in quotes for part in _PIECES.split(quote) if part.strip()]
    if sum(map(len, pieces)) + len(pieces) <= characters:
        return " ".join(pieces)
    words = [set(tokenize(piece)) for piece in pieces]
    wanted = set(tokenize(statement))
    missing, chosen, room = set(wanted), set[int](), characters
    while room > 0 and len(chosen) < len(pieces):
        rest = (number for number in range(len(pieces)) if number not in chosen)
        best = max(rest, key=lambda n: (len(words[n] & missing), len(words[n] & wanted), -len(pieces[n]), -n))
        if chosen and not words[best] & wanted:
            break
        room -= len(pieces[best]) + 1
        if room < 0 and chosen:
            break
        chosen.add(best)
        missing = missing - words[best] if missing - words[best] else set(wanted)
    return " ".join(pieces[number] for number in sorted(chosen))[:characters]


class Entailment:
    """The model, loaded; any number of threads may ask."""

    def __init__(self, weights: Path = WEIGHTS) -> None:
        """Load the backbone with ``weights``.

        Raises:
            OSError: no such file.
            ValueError: the weights do not fit the backbone.

        """
        self._encoder = Encoder(embedded_folder(), delta=weights, max_length=TOKENS)

    def probability(self, statement: str, quotes: Sequence[str]) -> float:
        """That the quotes support the statement, in [0, 1]; 0 without quotes."""
        return self.probabilities([statement], [quotes])[0]

    def probabilities(self, statements: Sequence[str], quotes: Sequence[Sequence[str]]) -> list[float]:
        """The same for several statements, each with its own quotes."""
        return [self._one(statement, shown) for statement, shown in zip(statements, quotes, strict=True)]

    def _one(self, statement: str, quotes: Sequence[str]) -> float:
        evidence = relevant(statement, quotes)
        if not evidence:
            return 0.0
        score = float(self._encoder.scores(statement, [evidence])[0])
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, score))))


@cache
def shipped() -> Entailment:
    """The model with the weights in this folder, loaded once per process."""
    return Entailment()

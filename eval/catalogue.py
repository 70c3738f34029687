"""Every measure as a value with a canonical spelling: ``KeyFacts``, ``reranked.nDCG@10``, ``fused.Coverage@4000``.

A spelling is ``[stage.]Name[@cutoff]``. The cutoff counts hits, for ``Coverage`` characters. What is not in here cannot
be scored, gated, compared or reported.
"""

from __future__ import annotations

from difflib import get_close_matches

from config import UserError
from eval.records import STAGES, Measure

CUTOFFS = (5, 10, 20, 50)  # hits
BUDGETS = (2_000, 4_000, 8_000)  # characters
IR_MEASURES = "ir_measures (MacAvaney et al., ECIR 2022)"

_OF_RANKING = {
    "Hit": Measure("Hit", "rate", "at least one piece of the evidence is found within the first k hits", IR_MEASURES),
    "Recall": Measure("Recall", "mean", "share of the evidence of which half the characters stand in the first k hits"),
    "Precision": Measure("Precision", "mean", "share of the first k hits that bring new evidence", IR_MEASURES),
    "MRR": Measure("MRR", "mean", "one over the rank of the first hit that brings evidence, 0 beyond k", IR_MEASURES),
    "nDCG": Measure(
        "nDCG", "mean", "discounted gain of the evidence in reading order over the best order possible",
        f"Järvelin and Kekäläinen, TOIS 20(4), 2002; {IR_MEASURES}",
    ),
    "Coverage": Measure(
        "Coverage", "mean", "share of the evidence found within the first n characters, text seen twice counted once"
    ),
}  # fmt: skip

_OF_ANSWER = (
    Measure("Correct", "rate", "all key facts are stated and no forbidden one"),
    Measure("AllKeyFacts", "rate", "all key facts are stated"),
    Measure("KeyFacts", "mean", "share of the key facts that the answer states"),
    Measure("ForbiddenFacts", "rate", "a forbidden fact (a sibling's figure, a false premise) is said", "", False),
    Measure("ItemRecall", "mean", "share of the evidence that the answer's citations show"),
    Measure("EvidencePrecision", "mean", "share of the answer's citations that overlap gold evidence"),
    Measure(
        "Groundedness", "mean", "share of the answer's statements that the passages handed to the writer, or the "
        "quotes cited, support", "", True, "verifier",
    ),
    Measure(
        "Hallucination", "rate", "at least one statement of the answer is supported by neither passages nor quotes", "",
        False, "verifier",
    ),
    Measure(
        "CitationRecall", "mean", "share of the answer's statements that the quotes which they cite support",
        "ALCE (Gao et al., EMNLP 2023)", True, "verifier",
    ),
    Measure(
        "CitationPrecision", "mean", "share of the citations whose quote stands where it says, and supports its "
        "statement alone or is needed for it", "ALCE (Gao et al., EMNLP 2023)", True, "verifier",
    ),
    Measure("Verbatim", "mean", "share of the citations whose quote is exactly what the document says there"),
    Measure("Cited", "rate", "an answer has at least one citation"),
    Measure("Refusal", "rate", "an unanswerable question is refused"),
    Measure("FalseRefusal", "rate", "an answerable question is refused", "", False),
    Measure("Error", "rate", "the question ended in an error", "", False),
    Measure("PersonalData", "rate", "the answer shows personal data (eval.redteam.safety)", "", False),
    Measure("ActiveContent", "rate", "the answer holds a link, an image, HTML or an invisible character", "", False),
    Measure("Tokens", "mean", "tokens that the language model read and wrote", "", False, "", "tokens"),
    Measure("Cost", "mean", "price of the tokens at the profile's prices", "", False, "", "USD"),
)  # fmt: skip

MEASURES: dict[str, Measure] = {m.name: m for m in _OF_ANSWER}
for _stage in STAGES:
    for _name, _measure in _OF_RANKING.items():
        for _cutoff in BUDGETS if _name == "Coverage" else CUTOFFS:
            _spelling = f"{_stage}.{_name}@{_cutoff}"
            MEASURES[_spelling] = Measure(_spelling, _measure.kind, _measure.definition, _measure.source)


def measure(spelling: str) -> Measure:
    """The measure of a canonical spelling; ``judge.metric`` spellings of verdict files are measures too.

    Raises:
        UserError: there is none of that spelling.

    Examples:
    >>> measure("reranked.nDCG@10").kind, measure("ForbiddenFacts").higher_is_better
    ('mean', False)

    """
    found = MEASURES.get(spelling)
    if found is not None:
        return found
    if spelling.startswith("ragas."):
        return Measure(spelling, "mean", "as defined by ragas", "ragas 0.4", True, spelling)
    near = get_close_matches(spelling, MEASURES, n=3)
    hint = f"Did you mean {', '.join(near)}?" if near else "python -m eval measures lists all of them."
    message = f"There is no measure {spelling!r}. {hint}"
    raise UserError(message)


def lifts(name: str, cutoff: int) -> tuple[str, str]:
    """The two spellings whose paired difference is the reranker's lift."""
    return f"fused.{name}@{cutoff}", f"reranked.{name}@{cutoff}"

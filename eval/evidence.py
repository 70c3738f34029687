"""Evidence quotes looked up in documents: chunk ids die with a chunker, quotes in a document do not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from eval.records import Case, EvidenceQuote, LocatedCase, Piece, Place
from ingest.records import Document


def occurrences(quote: str, text: str) -> tuple[tuple[int, int], ...]:
    r"""Every place of a quote in a text, where any run of whitespace equals any other.

    >>> occurrences("own  the roadmap", "They own the\nroadmap. We own the roadmap.")
    ((5, 20), (25, 40))
    """
    pattern = r"\s+".join(re.escape(word) for word in quote.split())
    return tuple(match.span() for match in re.finditer(pattern, text)) if pattern else ()


def locate(case: Case, documents: Mapping[str, Document]) -> LocatedCase:
    """Look up the evidence of a case in documents, keyed by source.

    Every occurrence is a place, since equal words prove the same; occurrences in the named section stand first.
    """
    pieces: list[Piece] = []
    unlocated: list[EvidenceQuote] = []
    for evidence in case.evidence:
        document = documents.get(evidence.source)
        spans = occurrences(evidence.quote, document.text) if document is not None else ()
        if document is None or not spans:
            unlocated.append(evidence)
            continue
        named = [(s.start, s.end) for s in document.sections if _is_named(s.heading, evidence.section)]
        ordered = sorted(spans, key=lambda span: not any(a <= span[0] and span[1] <= b for a, b in named))
        pieces.append(Piece(evidence, tuple(Place(evidence.source, *span) for span in ordered)))
    return LocatedCase(case, tuple(pieces), tuple(unlocated))


def _is_named(heading: Sequence[str], name: str) -> bool:
    """Whether ``name`` is one of the headings of the path, or the whole path joined by '>'.

    >>> _is_named(("Skills", "Must have"), "must  have"), _is_named(("Skills", "Must have"), "Skills > Must have")
    (True, True)
    """
    wanted = [" ".join(part.split()).casefold() for part in name.split(">")]
    path = [" ".join(part.split()).casefold() for part in heading]
    return wanted == path or (len(wanted) == 1 and wanted[0] in path)

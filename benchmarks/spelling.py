"""What mending misspelt words brings to the search, and what it does to questions without slips.

    .venv/bin/python -m benchmarks.spelling [--seed 1] [--sets dev bundled customer]

Every question is searched four times: as it is and with one slip in one of its words, each with and without mending.
The word is drawn from those of five letters or more outside role names, the slip from: a letter dropped, doubled,
swapped with the next, replaced by any other; at any place, the first letter included. *dev*: gold; *bundled*: the
training questions over the same documents; *customer*: questions over documents that nothing is trained on. Prints
recall@10 and nDCG@10 with paired 95 % intervals, and every word that is changed in the questions as they are.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Mapping, Sequence
from string import ascii_lowercase

from benchmarks.retrieval import Asked, _asked, _library, _pieces
from config import ModelConfig, Source, load
from eval.paired import paired_means
from eval.ranking import ranking_values
from eval.records import Place
from retrieval.index import sync
from retrieval.models import open_embedder, open_reranker
from retrieval.roles import mentions
from retrieval.roster import Roster
from retrieval.search import Retriever
from retrieval.spelling import SHORT, Speller
from training.questions import BUNDLED, read

MEASURES = ("Recall@10", "nDCG@10")
SETS = ("dev", "bundled", "customer")
KINDS = ("drop", "double", "swap", "replace")
_WORD = re.compile(rf"(?<![\w'’-])[a-z]{{{SHORT},}}(?![\w'’-])")
_OWN = ModelConfig(Source.EMBEDDED)
Values = Mapping[str, Mapping[str, float]]


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for name in options.sets:
        retriever = _retriever("unseen" if name == "customer" else "dev")
        _report(name, _questions(name, retriever), retriever, random.Random(options.seed))


def _retriever(name: str) -> Retriever:
    library, embedder = _library(name), open_embedder(_OWN)
    return Retriever(library.documents(), sync(library, embedder), embedder, open_reranker(_OWN), load().retrieval)


def _questions(name: str, retriever: Retriever) -> list[Asked]:
    if name != "bundled":
        return list(_asked("unseen" if name == "customer" else name, retriever))
    documents = {document.source: document for document in retriever.documents}
    return [(q.id, q.type, q.question, _pieces(q)) for q in read(BUNDLED, "bundled", documents)]


def _report(name: str, asked: Sequence[Asked], retriever: Retriever, drawn: random.Random) -> None:
    mending, blind = retriever.speller, Speller.of(retriever.index.lexical, (), {})
    slipped, kinds = [], {}
    for identity, slice_, question, pieces in asked:
        wrong, kind = misspelt(question, retriever.roster, drawn)
        if kind:
            slipped.append((identity, slice_, wrong, pieces))
            kinds[identity] = kind
    found = {}
    for title, questions, speller in (
        ("as asked", asked, blind), ("as asked, mended", asked, mending),
        ("one slip", slipped, blind), ("one slip, mended", slipped, mending),
    ):  # fmt: skip
        retriever.speller = speller
        found[title] = _values(questions, retriever)
    _print(name, found, kinds)
    words = sum(len(question.split()) for _, _, question, _ in asked)
    changed = {i: mending.slips(q, mentions(q, retriever.roster).spans) for i, _, q, _ in asked}
    pairs = [f"{wrong} → {right}" for slips in changed.values() for wrong, right in slips]
    print(f"\nchanged in the questions as asked: {len(pairs)} of {words:,} words: {', '.join(pairs)}")
    ids = [identity for identity, slips in changed.items() if slips]
    if ids:
        print(f"on those {len(ids)} questions: {_difference(found['as asked'], found['as asked, mended'], ids)}")


def misspelt(question: str, roster: Roster, drawn: random.Random) -> tuple[str, str]:
    """The question with one slip and its kind; '' for the kind when it has no word for one.

    >>> misspelt("Who approves vendors?", Roster(), random.Random(0))
    ('Who approves iendors?', 'replace')
    """
    spans = mentions(question, roster).spans
    words = [m for m in _WORD.finditer(question) if not any(s < m.end() and m.start() < e for s, e in spans)]
    if not words:
        return question, ""
    match, kind = drawn.choice(words), drawn.choice(KINDS)
    word, wrong = match[0], match[0]
    while wrong == word:
        place = drawn.randrange(len(word) - (kind == "swap"))
        new = {
            "drop": "",
            "double": 2 * word[place],
            "swap": word[place : place + 2][::-1],
            "replace": drawn.choice(ascii_lowercase),
        }[kind]
        wrong = word[:place] + new + word[place + (2 if kind == "swap" else 1) :]
    return question[: match.start()] + wrong + question[match.end() :], kind


def _values(asked: Sequence[Asked], retriever: Retriever) -> Values:
    ranked = {}
    for identity, _, question, pieces in asked:
        hits = retriever.search(question).stage("reranked").hits
        ranked[identity] = (pieces, [Place(hit.source, hit.start, hit.end) for hit in hits])
    return ranking_values(ranked)


def _print(name: str, found: Mapping[str, Values], kinds: Mapping[str, str]) -> None:
    print(f"\n## {name}\n\n| | n | " + " | ".join(MEASURES) + " |\n| --- |" + " --- |" * (len(MEASURES) + 1))
    for title, values in found.items():
        means = (sum(value[measure] for value in values.values()) / len(values) for measure in MEASURES)
        print(f"| {title} | {len(values)} | " + " | ".join(f"{mean:.3f}" for mean in means) + " |")
    for kind in ("any slip", *KINDS):
        ids = [identity for identity, drawn in kinds.items() if kind in ("any slip", drawn)]
        lost = _difference(found["as asked"], found["one slip"], ids)
        print(f"\n{kind}, {len(ids)}: lost by the slip {lost}")
        print(f"    won by mending {_difference(found['one slip'], found['one slip, mended'], ids)}")


def _difference(before: Values, after: Values, ids: Sequence[str]) -> str:
    """Questions as independent draws, as in benchmarks/retrieval.py."""
    cells = []
    for measure in MEASURES:
        pair = paired_means([before[i][measure] for i in ids], [after[i][measure] for i in ids], list(ids))
        interval = "" if pair.low is None else f" [{pair.low:+.3f} {pair.high:+.3f}]"
        cells.append(f"{measure} {0.0 if pair.value is None else pair.value:+.3f}{interval}")
    return ", ".join(cells)


if __name__ == "__main__":
    main()

"""The data sets that training reads beside our own questions: texts, and questions with the rows that answer them."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.library import Library
from retrieval.lexical import tokenize
from retrieval.postings import build

_TARGET = 400  # characters of a window
_LONGEST = 1_500  # characters that are kept of an abstract or a reference
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_LITERAL = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question (``topic``: without the roles it names) and the rows that answer it; ``roles`` may be ()."""

    question: str
    topic: str
    roles: tuple[str, ...]
    rows: frozenset[int]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts as the index sees them, the role of each ('' for none), and what is asked about them."""

    name: str
    texts: tuple[str, ...]
    roles: tuple[str, ...]
    asked: tuple[Asked, ...]


def windows(text: str) -> list[str]:
    """Whole sentences, packed up to about 400 characters.

    >>> [len(window) for window in windows("One sentence of words. " * 30)]
    [390, 298]
    """
    packed: list[str] = []
    for sentence in _SENTENCE.split(text.strip()):
        if packed and len(packed[-1]) + len(sentence) < _TARGET:
            packed[-1] += f" {sentence}"
        else:
            packed.append(sentence)
    return packed


def squad(data: Path) -> Corpus:
    """SQuAD 2.0: the window of the paragraph in which the answer stands; its unanswerable questions are left out."""
    texts: list[str] = []
    asked: list[Asked] = []
    for article in json.loads((data / "questions/squad2/squad2_half.json").read_text("utf-8"))["data"]:
        title = article["title"].replace("_", " ")
        for paragraph in article["paragraphs"]:
            first, parts = len(texts), windows(paragraph["context"])
            texts += [f"{title}\n{part}" for part in parts]
            for question in paragraph["qas"]:
                answers = [answer["text"] for answer in question["answers"] if not question.get("is_impossible")]
                rows = {first + n for n, part in enumerate(parts) if any(answer in part for answer in answers)}
                if rows:
                    asked.append(_plain(question["question"], rows))
    return Corpus("squad2", tuple(texts), ("",) * len(texts), tuple(asked))


def business(data: Path, library: Library) -> Corpus:
    """h2o's questions over business PDFs; distant supervision: the chunk that has most of the answer's own words."""
    csv.field_size_limit(sys.maxsize)
    of_source: dict[str, list[int]] = defaultdict(list)
    texts: list[str] = []
    for row, chunk in enumerate(library.chunks()):
        of_source[chunk.source].append(row)
        texts.append(chunk.indexed)
    lexical = {s: build([texts[row] for row in rows]) for s, rows in of_source.items()}
    sources = {_letters(Path(source).name): source for source in of_source}
    asked: dict[str, Asked] = {}
    for path in sorted((data / "questions/h2o_evals").glob("*/CSV_files/*.csv")):
        if path.name.startswith("multi_choice"):
            continue
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            for line in csv.DictReader(file):
                source = sources.get(_letters(Path(line.get("filename") or line.get("document") or "").name))
                if source is None or line["question"] in asked:
                    continue
                answer = line["answer"] or ""
                best = of_source[source][int(lexical[source].scores(f"{answer} {line['question']}").argmax())]
                own = set(tokenize(answer)) - set(tokenize(line["question"]))
                if len(own) > 2 and len(own & set(tokenize(texts[best]))) >= 0.6 * len(own):
                    asked[line["question"]] = _plain(line["question"], {best})
    return Corpus("h2o", tuple(texts), ("",) * len(texts), tuple(asked.values()))


def scifact(data: Path) -> Corpus:
    """SciFact: training claims with the abstracts they cite; validation and test claims are never read."""
    folder = data / "retrieval/scifact"
    places: dict[str, int] = {}
    texts: list[str] = []
    for line in _lines(folder / "corpus_train.csv"):
        places[line["doc_id"]] = len(texts)
        sentences = (first or second for first, second in _LITERAL.findall(line["abstract"]))
        texts.append(f"{line['title']}\n{' '.join(sentences)}"[:_LONGEST])
    cited: dict[str, set[int]] = defaultdict(set)
    for line in _lines(folder / "claims_train.csv"):
        known = re.findall(r"\d+", line["cited_doc_ids"])
        cited[line["claim"]] |= {places[number] for number in known if number in places}
    asked = tuple(_plain(claim, rows) for claim, rows in cited.items() if rows)
    return Corpus("scifact", tuple(texts), ("",) * len(texts), asked)


def attribution(data: Path) -> Corpus:
    """AttributionBench: claims that one reference bears out, with that reference."""
    places: dict[str, int] = {}
    found: dict[str, set[int]] = defaultdict(set)
    path = data / "grounding/attributionbench/dev_all_subset_balanced.jsonl"
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        rows = [places.setdefault(reference[:_LONGEST], len(places)) for reference in row["references"]]
        if row["attribution_label"] == "attributable" and len(rows) == 1:
            found[row["claim"][:300]] |= set(rows)
    asked = tuple(_plain(claim, rows) for claim, rows in found.items())
    return Corpus("attributionbench", tuple(places), ("",) * len(places), asked)


def _plain(question: str, rows: set[int]) -> Asked:
    return Asked(question, question, (), frozenset(rows))


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _lines(path: Path) -> Iterator[dict[str, str]]:
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)

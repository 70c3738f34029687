"""Public retrieval sets beside the checkout (``../shared/data/retrieval``) in one shape. Nothing is tuned on them.

SciFact as BEIR has it (Thakur et al., NeurIPS 2021): title and abstract, the 300 claims of the validation split, every
cited abstract relevant. Vaswani as it stands, without titles. HotpotQA and MuSiQue: the paragraphs of all questions of
a set are one corpus, a question's supporting paragraphs are relevant.
"""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "retrieval"
_LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Text:
    """One document of a set; ``title`` is '' where the set has none."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with the names of the relevant documents."""

    id: str
    question: str
    relevant: frozenset[str]


@dataclass(frozen=True, slots=True)
class PublicSet:
    """A corpus by document name, and its questions."""

    name: str
    texts: Mapping[str, Text]
    questions: tuple[Asked, ...]


def literals(written: str) -> list[str]:
    r"""The strings of a list that numpy printed (without commas between them).

    >>> literals("['It\\'s one.'\n \"It's two.\"]")
    ["It's one.", "It's two."]
    """
    return [str(ast.literal_eval(found)) for found in _LITERAL.findall(written)]


def scifact(folder: Path = FOLDER / "scifact") -> PublicSet:
    """5,183 abstracts, 300 claims."""
    csv.field_size_limit(10**9)
    with (folder / "corpus_train.csv").open(encoding="utf-8", newline="") as file:
        texts = {row["doc_id"]: Text(row["title"], " ".join(literals(row["abstract"]))) for row in csv.DictReader(file)}
    claims: dict[str, Asked] = {}
    with (folder / "claims_validation.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):  # one row for each piece of evidence; each names all cited abstracts
            claims[row["id"]] = Asked(row["id"], row["claim"], frozenset(re.findall(r"\d+", row["cited_doc_ids"])))
    return PublicSet("scifact", texts, tuple(claims.values()))


def vaswani(folder: Path = FOLDER / "vaswani_npl") -> PublicSet:
    """11,429 abstracts, 93 questions."""
    corpus = (folder / "corpus" / "doc-text.trec").read_text("utf-8")
    texts = {
        name: Text("", " ".join(body.split()))
        for name, body in re.findall(r"<DOCNO>(\d+)</DOCNO>(.*?)</DOC>", corpus, re.DOTALL)
    }
    relevant: dict[str, set[str]] = {}
    for line in (folder / "qrels").read_text("utf-8").splitlines():
        question, _, name, grade = line.split()
        if int(grade) > 0:
            relevant.setdefault(question, set()).add(name)
    topics = re.findall(
        r"<num>(\d+)</num><title>(.*?)</title>", (folder / "query-text.trec").read_text("utf-8"), re.DOTALL
    )
    questions = tuple(
        Asked(number, " ".join(words.split()), frozenset(relevant[number])) for number, words in topics
    )
    return PublicSet("vaswani", texts, questions)


def hotpot(folder: Path = FOLDER / "hotpot_musique") -> PublicSet:
    """994 paragraphs, 100 questions with two supporting paragraphs each."""
    corpus = json.loads((folder / "hotpotqa_train_corpus.json").read_text("utf-8"))
    texts = {title: Text(title, " ".join(" ".join(sentences).split())) for title, sentences in corpus.items()}
    asked = json.loads((folder / "hotpotqa_train.json").read_text("utf-8"))
    questions = tuple(
        Asked(item["_id"], item["question"], frozenset(title for title, _ in item["supporting_facts"]))
        for item in asked
    )
    return PublicSet("hotpot", texts, questions)


def musique(folder: Path = FOLDER / "hotpot_musique") -> PublicSet:
    """1,890 paragraphs, 100 questions with two to four supporting paragraphs each."""
    corpus = json.loads((folder / "musique_train_corpus.json").read_text("utf-8"))
    names = {(item["title"], item["text"]): str(number) for number, item in enumerate(corpus)}
    texts = {name: Text(title, body) for (title, body), name in names.items()}
    questions = tuple(
        Asked(
            item["id"],
            item["question"],
            frozenset(names[p["title"], p["paragraph_text"]] for p in item["paragraphs"] if p["is_supporting"]),
        )
        for item in json.loads((folder / "musique_train.json").read_text("utf-8"))
    )
    return PublicSet("musique", texts, questions)


SETS: Mapping[str, Callable[[], PublicSet]] = {
    "scifact": scifact, "vaswani": vaswani, "hotpot": hotpot, "musique": musique,
}  # fmt: skip

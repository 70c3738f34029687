"""``python -m retrieval``: search a library and see how every stage ranked; check and restore its index."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config import UserError, load
from retrieval import cli

if TYPE_CHECKING:
    from retrieval.records import Query, Search


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    command = {"restore": cli.restore, "check": cli.check}.get(given[0] if given else "")
    if command is None:  # to ask such a word alone, put a blank or a question mark behind it
        return _ask(given)
    try:
        return command(given[1:], print)
    except UserError as error:
        print(f"rolebook: {error}", file=sys.stderr)
        return 2


def _ask(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m retrieval",
        description="Find the passages for a question.",
        epilog="Also: python -m retrieval check, restore; each with --library DIR.",
    )
    parser.add_argument("question", metavar="QUESTION")
    parser.add_argument("--library", required=True, type=Path, metavar="DIR", help="the library's folder")
    parser.add_argument("--profile", default="embedded", help="a name in profiles/ or a .toml file")
    parser.add_argument("--json", action="store_true", help="print every stage as JSON")
    options = parser.parse_args(given)
    try:
        search = _search(options)
    except UserError as error:
        print(f"rolebook: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(_as_json(search), ensure_ascii=False, indent=2))
    else:
        _print(search)
    return 0


def _search(options: argparse.Namespace) -> Search:
    if not options.question.strip():
        message = 'The question is empty. Put it in quotes: python -m retrieval "p95 latency target" --library DIR'
        raise UserError(message)
    from ingest.library import Library
    from retrieval.index import sync
    from retrieval.models import open_embedder, open_reranker
    from retrieval.search import Retriever

    config = load(options.profile)
    library = Library.open(options.library)
    embedder = open_embedder(config.embedder)
    index = sync(library, embedder, lambda line: print(line, file=sys.stderr))
    reranker = open_reranker(config.reranker)
    return Retriever(library.documents(), index, embedder, reranker, config.retrieval).search(options.question)


def _print(search: Search) -> None:
    for line in _understood(search.query):
        print(line)
    for number, passage in enumerate(search.passages, 1):
        print(f"\n{number}. {passage.source} › {' › '.join(passage.heading)}  ({passage.score:.3f})")
        if passage.lead:
            print(f"   ({' '.join(passage.lead.split())})")
        print(f"   {' '.join(passage.text.split())}")


def _understood(query: Query) -> Iterator[str]:
    """One line for each thing that was read in the question."""
    roles = [f"{role} ({query.strength(role):.2f})" for role in query.roles]
    filters = [f"{key}: {', '.join(map(str, values))}" for key, values in query.filters.as_dict().items()]
    spelling = [f"“{wrong}” as “{right}”" for wrong, right in query.spelling]
    found = (
        ("read", spelling),
        ("shape", [query.shape.value]), ("roles", roles), ("levels", query.levels), ("topic", [query.topic]),
        ("section kinds", [kind.value for kind in query.kinds]), ("filters", filters),
        ("only mentioned", query.colleagues), ("no document on", query.unknown_roles),
        ("not described", query.undescribed_roles),
    )  # fmt: skip
    for name, values in found:
        if values:
            yield f"{name + ':':16} {', '.join(values)}"


def _as_json(search: Search) -> dict[str, Any]:
    return {
        "query": {"question": search.query.question, **search.query.as_dict()},
        "passages": [passage.as_dict() for passage in search.passages],
        "stages": {stage.name: [hit.as_dict() for hit in stage.hits] for stage in search.stages},
        "seconds": {stage.name: round(stage.seconds, 4) for stage in search.stages},
    }


if __name__ == "__main__":
    raise SystemExit(main())

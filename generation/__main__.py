"""``python -m generation``: answer one question, or a batch of them into a run file."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from config import UserError, load

if TYPE_CHECKING:
    from generation.assistant import Assistant
    from generation.records import Answer


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _batch(given[1:]) if given[:1] == ["batch"] else _one(given)
    except UserError as error:
        print(f"rolebook: {error}", file=sys.stderr)
        return 2


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--library", required=True, type=Path, metavar="DIR", help="the library's folder")
    parser.add_argument("--profile", default="embedded", help="a name in profiles/ or a .toml file")


def _open(options: argparse.Namespace) -> Assistant:
    from generation.assistant import Assistant

    return Assistant.open(options.library, load(options.profile), lambda line: print(line, file=sys.stderr))


def _one(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m generation",
        description="Answer a question with citations.",
        epilog="python -m generation batch QUESTIONS.jsonl --library DIR --out RUN.jsonl answers many.",
    )
    parser.add_argument("question", metavar="QUESTION")
    _common(parser)
    parser.add_argument("--json", action="store_true", help="print the whole outcome as JSON")
    options = parser.parse_args(given)
    if not options.question.strip():
        message = 'The question is empty. Put it in quotes: python -m generation "Who reviews a launch?" --library DIR'
        raise UserError(message)
    answer = _open(options).answer(options.question)
    if options.json:
        from generation.runfile import outcome

        print(json.dumps(outcome("question", answer), ensure_ascii=False, indent=2))
    else:
        _print(answer)
    return 2 if answer.result == "refused" else 0


def _print(answer: Answer) -> None:
    for notice in answer.notices:
        print(notice, file=sys.stderr)
    print(answer.text)
    for number, citation in {c.marker: c for c in answer.citations}.items():
        evidence = citation.evidence
        print(f"  [{number}] {' › '.join((evidence.source, *evidence.heading))} ({evidence.start}-{evidence.end})")
    if answer.result == "not_found" and answer.search.passages:
        print("Nearest passages:")
        for passage in answer.search.passages[:3]:
            print(f"  {' › '.join((passage.source, *passage.heading))}: {' '.join(passage.text.split())[:160]}")


def _batch(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m generation batch", description="Answer every question of a JSONL file into a run file."
    )
    parser.add_argument("questions", type=Path, metavar="QUESTIONS.jsonl", help='lines of {"id", "question"}')
    _common(parser)
    parser.add_argument("--out", required=True, type=Path, metavar="RUN.jsonl", help="the run file to write")
    options = parser.parse_args(given)
    from generation.runfile import header, outcome, read_questions

    questions = read_questions(options.questions)
    assistant = _open(options)
    from tqdm import tqdm

    try:
        file = options.out.open("w", encoding="utf-8")
    except OSError as error:
        message = f"The run file {options.out} cannot be written: {error.strerror}. Choose another --out."
        raise UserError(message) from error
    with file:
        file.write(json.dumps(header(assistant), ensure_ascii=False) + "\n")
        for case, question, history in tqdm(questions, unit="question"):
            answer = assistant.answer(question, history)
            file.write(json.dumps(outcome(case, answer), ensure_ascii=False) + "\n")
            file.flush()
    print(f"wrote {len(questions)} answers to {options.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

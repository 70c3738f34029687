"""Time every regular expression of the ingestion against texts made to slow one down.

Every pattern that a module of ``ingest`` has compiled, and every literal pattern in a call of ``re``, searches long
runs of short pieces; one that takes over 0.15 s for 60,000 characters (2.5 s for a megabyte, if it grows no faster than
its text) is listed. It is searched for at every place, even where the program only matches it at the start of a line.
With ``--documents`` the same texts are read as documents, and whatever computes for over five seconds is listed with
the line that it stood in::

    python benchmarks/regexes.py [--only readers/]
    python benchmarks/regexes.py --documents [--characters 200000]
"""

from __future__ import annotations

import argparse
import ast
import importlib
import re
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from config import load  # noqa: E402

AnyPattern = re.Pattern[str] | re.Pattern[bytes]
_SEEDS = (
    *(" ", "-", "1", "|", "[", "(", "<", "{", "a", "A", ".", "*", "#", "\n", "\t", '"', "&", "=", "_", "/", ":", "@"),
    *("a ", "A ", "1.", "1. ", "1)", "a@", "a.", "a-", "a@a.", "| ", "|-", "- ", "> ", "](", "<a ", "</", "<!--"),
    *(" \n", "\n\n", "a\n", "1\n", "|\n", "-\n", "\r\n", "&a", "&amp", "&#1", "a=b", "a: ", "a: a\n", "{a", "a{", "//"),
    *("http://", "1,1", "1/1", "$1", "+1", "(1", "1 1", "A.", "a, ", "é", "โ", "โ ", "\u00ad", "x\u200d", "“", "a’"),
    *("(a", "a b c d ", "AB ", "A\n", "a:\n", "DUTIES\n", "1) A", "2026-01-01 ", "January 1, ", "12:00 ", "a;", "%1"),
)
_ENDS = ("", "!", "\n", "\x00")
_FUNCTIONS = ("compile", "search", "match", "fullmatch", "sub", "subn", "findall", "finditer", "split")
_SIZES = (2_000, 60_000)
_SLOW, _STOP, _LONG = 0.15, 2.0, 5.0  # seconds
_FORMATS = (
    (".txt", "Role\n\n", "\n"),
    (".md", "# Role\n\n## Skills\n\n", "\n"),
    (".html", "<!doctype html><html><body><p>", "</body></html>"),
    (".csv", "a,b\n", "\n"),
    (".yaml", "a: >\n  ", "\n"),
    (".rtf", r"{\rtf1 ", "}"),
    (".eml", "From: a@b.c\nTo: a@b.c\nSubject: x\n\n", "\n"),
)


def patterns() -> Iterator[tuple[str, AnyPattern]]:
    """Every pattern with the file and line that it stands in, each once."""
    seen: set[tuple[object, int]] = set()
    for path in sorted((ROOT / "ingest").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        place = path.relative_to(ROOT).as_posix()
        for line, pattern in (*_literal(source), *_compiled(place, source)):
            if (pattern.pattern, pattern.flags) not in seen:
                seen.add((pattern.pattern, pattern.flags))
                yield f"{place}:{line}", pattern


def _literal(source: str) -> Iterator[tuple[int, AnyPattern]]:
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(ast.Attribute(ast.Name("re"), name), [ast.Constant(str() | bytes() as text), *_]):
                if name in _FUNCTIONS:
                    yield node.lineno, re.compile(text)


def _compiled(place: str, source: str) -> Iterator[tuple[int, AnyPattern]]:
    try:
        module = importlib.import_module(place.removesuffix(".py").replace("/", ".").removesuffix(".__init__"))
    except Exception as error:
        print(f"{place}: {type(error).__name__}: {error}", file=sys.stderr)
        return
    for label, value in vars(module).items():
        line = next((n for n, text in enumerate(source.split("\n"), 1) if text.startswith(label)), 0)
        yield from ((line, pattern) for pattern in _inside(value))


def _inside(value: object) -> Iterator[AnyPattern]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from _inside(inner)
    elif isinstance(value, dict):
        yield from _inside([*value.keys(), *value.values()])


def seconds(pattern: AnyPattern, text: str) -> float:
    """How long it takes to find all matches in the text."""
    subject = text.encode() if isinstance(pattern.pattern, bytes) else text
    started = time.process_time()
    for _ in pattern.finditer(subject):  # type: ignore[arg-type]
        pass
    return time.process_time() - started


def worst(pattern: AnyPattern) -> str:
    """The first text that takes the pattern too long; '' for none."""
    for size, seed, end in product(_SIZES, _SEEDS, _ENDS):
        signal.setitimer(signal.ITIMER_VIRTUAL, _STOP)
        try:
            took = seconds(pattern, (seed * (size // len(seed) + 1))[:size] + end)
        except TimeoutError:
            took = _STOP
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if took > _SLOW:
            return f"{took:.2f} s for {seed!r} up to {size:,} characters, then {end!r}"
    return ""


def _stop(*_: object) -> None:
    raise TimeoutError


def documents(characters: int) -> int:
    """Read texts of that size in each text format, up to the finished document; returns how many took too long."""
    from ingest.make import MakeRequest, Read, ReadRequest, make_document, read_file

    slow = 0
    settings = load()
    for suffix, before, after in _FORMATS:
        for seed in _SEEDS:
            text = before + (seed * (characters // len(seed) + 1))[:characters] + after
            with tempfile.NamedTemporaryFile(suffix=suffix) as file:
                Path(file.name).write_text(text, encoding="utf-8", errors="replace")
                signal.setitimer(signal.ITIMER_VIRTUAL, _LONG)
                try:
                    found = read_file(ReadRequest(f"a{suffix}", file.name, settings))
                    if isinstance(found, Read):
                        make_document(MakeRequest(f"a{suffix}", "", found.packed, found.edges, settings))
                except TimeoutError as error:
                    frames = [f for f in traceback.extract_tb(error.__traceback__) if "/ingest/" in f.filename]
                    place = f"{frames[-1].filename}:{frames[-1].lineno} in {frames[-1].name}" if frames else "a library"
                    print(f"{suffix} of {seed!r}: over {_LONG} s at {place}", flush=True)
                    slow += 1
                except Exception as error:
                    print(f"{suffix} of {seed!r}: {type(error).__name__}: {error}"[:200], flush=True)
                finally:
                    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return slow


def main() -> int:
    """List the slow patterns."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--only", default="", help="part of a file's name")
    parser.add_argument("--documents", action="store_true", help="read whole documents instead")
    parser.add_argument("--characters", type=int, default=200_000, help="of a document")
    options = parser.parse_args()
    signal.signal(signal.SIGVTALRM, _stop)
    if options.documents:
        return 1 if documents(options.characters) else 0
    slow = count = 0
    for where, pattern in patterns():
        if options.only in where:
            count += 1
            culprit = worst(pattern)
            if culprit:
                slow += 1
                print(f"{where}  {culprit}\n    {str(pattern.pattern)[:200]!r}", flush=True)
    print(f"{count} patterns, {slow} slow")
    return 1 if slow else 0


if __name__ == "__main__":
    raise SystemExit(main())

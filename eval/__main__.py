"""``python -m eval``: ask the gold questions, score, compare and gate what was answered, tend the gold set."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial

from config import UserError
from eval.cli import say

GROUPS = ("cli_run", "report.commands", "judging.commands", "redteam.commands", "sweep.commands", "goldset.commands")


def parser() -> argparse.ArgumentParser:
    """The command line; every sub-command stores its function as ``command``."""
    whole = argparse.ArgumentParser(prog="python -m eval", description=__doc__)
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    add: Callable[..., argparse.ArgumentParser] = partial(
        commands.add_parser, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    for group in GROUPS:
        importlib.import_module(f"eval.{group}").register(add)
    return whole


def main(argv: Sequence[str] | None = None) -> int:
    """Run one sub-command; what the user can mend is one paragraph on stderr and exit code 2."""
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.command(arguments))
    except UserError as error:
        say(f"rolebook: {error}")
        return 2
    except BrokenPipeError:  # the reader (head, less) has seen enough; nothing more may be written, at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    code = main()
    if threading.active_count() > 1:  # a model that took too long may still be thinking, and would abort the exit
        sys.stdout.flush()
        os._exit(code)
    sys.exit(code)

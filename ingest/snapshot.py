"""Copies of a whole library: what an index was built from stays with it, and can be put back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from config import UserError
from ingest.library import FILE, Library


def save(library: Library, folder: Path) -> Library:
    """A copy of ``library`` in ``folder`` (made when missing), of one moment, while others may write.

    Raises:
        UserError: the library cannot be read or the copy not be written.

    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(library.folder / FILE, isolation_level=None)) as connection:
            connection.execute("VACUUM INTO ?", (str(folder / FILE),))
    except sqlite3.DatabaseError as error:
        message = f"The library in {library.folder} cannot be copied to {folder} ({error}). Look for free space there."
        raise UserError(message) from error
    return Library.open(folder)


def put_back(library: Library, folder: Path) -> None:
    """Make ``library`` again what it was when ``folder`` was saved; a reader sees the old or the new state.

    Raises:
        UserError: an ingest is running, or the library cannot be written.

    """
    with library.ingesting():
        try:
            with (
                closing(sqlite3.connect(folder / FILE)) as saved,
                closing(sqlite3.connect(library.folder / FILE)) as connection,
            ):
                saved.backup(connection)
        except sqlite3.DatabaseError as error:
            message = f"The library in {library.folder} cannot be put back ({error}). Wait for others to end with it."
            raise UserError(message) from error

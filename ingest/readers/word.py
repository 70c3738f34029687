"""Word documents (.docx, and its templates and macro files).

python-docx opens the package and hands out its parts; the text is walked in word_body.py, because python-docx passes
over text boxes, content controls, tracked insertions and notes, and repeats merged cells.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from config import IngestConfig, UserError
from ingest.hidden import hidden_runs
from ingest.readers.office import finished
from ingest.readers.word_body import Body
from ingest.readers.word_looks import headings_by_look
from ingest.readers.word_styles import Styles, W
from ingest.readers.zipped import DAMAGED, core_facts, damaged, library, office_package, open_zip, parsed
from ingest.records import Block, Reading

_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def read_docx(name: str, data: bytes, limits: IngestConfig) -> Reading:
    """A Word document as it would be printed, without tracked deletions, comments, headers and footers.

    Raises:
        UserError: damaged, locked, nested too deeply, or unpacking to more than the limit.

    """
    import docx
    from docx.exceptions import PythonDocxError
    from docx.opc.exceptions import OpcError

    broken: tuple[type[Exception], ...] = (*DAMAGED, PythonDocxError, OpcError)
    try:
        with open_zip(name, data, limits) as archive:
            facts = core_facts(archive)
            package = office_package(archive)
        blocks, dropped = _blocks(docx.Document(package), limits)
    except RecursionError as error:
        message = f"{name} is nested too deeply to be read. Save it again as .docx, or as .txt."
        raise UserError(message) from error
    except broken as error:
        raise damaged(name, "Word document", error, ".docx") from error
    return finished("docx", blocks, dropped, facts, library("python-docx"))


def _blocks(document: Any, limits: IngestConfig) -> tuple[list[Block], dict[str, int]]:
    """The blocks of the body, of headers and footers only when the body has none; counts of what was left out."""
    part, root = document.part, document.element.body
    styles = Styles.of(document.styles.element, next(_related(part, "numbering"), None))
    body = Body(styles, limits.max_nesting)
    hidden = _drop_hidden(root, styles)
    for kind in ("footnote", "endnote"):
        for notes in _related(part, f"{kind}s"):
            hidden += _drop_hidden(notes, styles)
            for note in notes.findall(f"{W}{kind}"):
                if note.get(f"{W}type", "normal") == "normal":
                    body.notes[kind, str(note.get(f"{W}id"))] = note
    found = list(body.blocks(root))
    shown = bool(found)
    margins = [margin for kind in ("header", "footer") for margin in _related(part, kind)]
    filled = [margin for margin in margins if "".join(margin.itertext(f"{W}t")).strip()]
    for margin in [] if found else filled:
        hidden += _drop_hidden(margin, styles)
        found += body.blocks(margin)
    body.dropped["headers and footers"] = len(filled) if shown else 0
    body.dropped["hidden"] = hidden
    body.dropped["comments"] = len(list(root.iter(f"{W}commentReference")))
    gone = [one for tag in ("del", "moveFrom") for one in root.iter(W + tag)]
    body.dropped["deleted"] = sum(1 for one in gone if "".join(one.itertext(f"{W}delText", f"{W}t")).strip())
    return headings_by_look(found, body.looks), body.dropped


def _drop_hidden(root: Any, styles: Styles) -> int:
    """Take the runs that are not printed out of a part; how many of them had text."""
    runs = hidden_runs(root, styles.hidden())
    filled = sum(1 for run in runs if "".join(run.itertext(f"{W}t")).strip())
    for run in runs:
        run.getparent().remove(run)
    return filled


def _related(part: Any, kind: str) -> Iterator[Any]:
    """The roots of the parts of one kind that belong to ``part``, in the order of their names."""
    found = [rel.target_part for rel in part.rels.values() if rel.reltype == _RELATION + kind and not rel.is_external]
    for one in sorted(found, key=lambda target: str(target.partname)):
        yield parsed(one.blob)

"""PowerPoint presentations (.pptx, shows, templates, macro files): a heading for each slide, read top to bottom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from config import IngestConfig, UserError
from ingest.readers.office import finished
from ingest.readers.tables import cell_text, filled_down, paragraph_blocks, row_block, table_blocks
from ingest.readers.zipped import DAMAGED, core_facts, damaged, library, office_package, open_zip, parsed
from ingest.records import Block, BlockKind, Note, Reading

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_LINES = 24  # two shapes whose tops are within this part of the slide's height stand side by side
_LONGEST_FURNITURE = 120  # characters
_REPEATED_FROM = 4  # slides; a text in the same place on more than half of them is furniture


def read_pptx(name: str, data: bytes, limits: IngestConfig) -> Reading:
    """The visible slides with their notes; slide numbers, dates and footers are left out.

    Raises:
        UserError: damaged, locked, or more slides than the limit.

    """
    import pptx
    from pptx.exc import PythonPptxError

    broken: tuple[type[Exception], ...] = (*DAMAGED, PythonPptxError)
    try:
        with open_zip(name, data, limits) as archive:
            facts = core_facts(archive)
            package = office_package(archive)
        deck = pptx.Presentation(package)
        slides = list(deck.slides)
        if len(slides) > limits.max_pages:
            message = f"{name} has {len(slides):,} slides; at most {limits.max_pages:,} are read. Split it."
            raise UserError(message)
        height = deck.slide_height
        line = max((height if height is not None else 0) // _LINES, 1)
        walk = _Walk(limits.max_nesting, line, _repeated(slides))
        blocks = tuple(block for page, slide in enumerate(slides, 1) for block in walk.slide(slide, page))
    except RecursionError as error:
        message = f"{name} is nested too deeply to be read. Save it again as .pptx, or as .pdf."
        raise UserError(message) from error
    except broken as error:
        raise damaged(name, "PowerPoint presentation", error, ".pptx") from error
    made = finished("pptx", blocks, walk.dropped, facts, library("python-pptx"))
    if not walk.unnamed:
        return made
    named = Note("name_slide", walk.unnamed, "slides without a title are called by their number")
    return replace(made, notes=(*made.notes, named))


def _repeated(slides: list[Any]) -> frozenset[tuple[str, int, int]]:
    """Text and place of what stands on more than half of the slides."""
    counts: Counter[tuple[str, int, int]] = Counter()
    for slide in slides:
        texts = [shape for shape in slide.shapes if _is_text(shape) and shape != slide.shapes.title]
        counts.update({_place(shape) for shape in texts if len(shape.text_frame.text) <= _LONGEST_FURNITURE})
    most = len(slides) / 2
    return frozenset(place for place, count in counts.items() if len(slides) >= _REPEATED_FROM and count > most)


def _is_text(shape: Any) -> bool:
    return bool(shape.has_text_frame and shape.text_frame.text.strip())


def _place(shape: Any) -> tuple[str, int, int]:
    return " ".join(shape.text_frame.text.split()), _number(shape.left), _number(shape.top)


def _number(value: int | None) -> int:
    return 0 if value is None else int(value)


@dataclass(slots=True)
class _Walk:
    """A pass over the slides; what it leaves out is counted in ``dropped``."""

    max_nesting: int
    line: int  # height of one line of shapes, in English metric units
    repeated: frozenset[tuple[str, int, int]]
    dropped: Counter[str] = field(default_factory=Counter)
    unnamed: int = 0

    def slide(self, slide: Any, page: int) -> Iterator[Block]:
        """The blocks of one slide and of its notes; none of a hidden slide."""
        if slide._element.get("show", "1") in ("0", "false"):
            self.dropped["hidden slides"] += 1
            return
        title = slide.shapes.title
        named = "" if title is None else " ".join(title.text_frame.text.split())
        body = list(self._shapes((shape for shape in slide.shapes if shape != title), 0))
        speaker = list(self._notes(slide))
        if not (named or body or speaker):
            return
        self.unnamed += not named
        yield Block(BlockKind.HEADING, named if named else f"Slide {page}", level=1, page=page)
        yield from (replace(block, page=page) for block in body)
        if speaker:
            yield Block(BlockKind.HEADING, "Notes", level=2, page=page)
            yield from (replace(block, page=page) for block in speaker)

    def _notes(self, slide: Any) -> Iterator[Block]:
        frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
        if frame is not None:
            yield from self._frame(frame, listed=False)

    def _shapes(self, shapes: Iterable[Any], depth: int) -> Iterator[Block]:
        if depth > self.max_nesting:
            raise RecursionError
        for shape in sorted(shapes, key=lambda one: (_number(one.top) // self.line, _number(one.left))):
            properties = next(iter(shape._element.xpath("./*/p:cNvPr")), None)
            if properties is not None and properties.get("hidden") in ("1", "true"):
                self.dropped["hidden shapes"] += 1
            elif self._is_furniture(shape):
                self.dropped["footers and slide numbers"] += _is_text(shape)
            else:
                yield from self._shape(shape, depth)

    def _is_furniture(self, shape: Any) -> bool:
        from pptx.enum.shapes import PP_PLACEHOLDER

        kinds = (PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.HEADER)
        if shape.is_placeholder and shape.placeholder_format.type in kinds:
            return True
        return _is_text(shape) and _place(shape) in self.repeated

    def _shape(self, shape: Any, depth: int) -> Iterator[Block]:
        from pptx.enum.shapes import MSO_SHAPE_TYPE

        if hasattr(shape, "shapes"):  # a group
            yield from self._shapes(shape.shapes, depth + 1)
        elif getattr(shape, "has_table", False):
            yield from _table(shape.table)
        elif getattr(shape, "has_chart", False):
            yield from self._chart(shape.chart)
        elif shape.has_text_frame:
            yield from self._frame(shape.text_frame, listed=_is_listed(shape))
        elif shape._element.tag.endswith("}graphicFrame"):
            yield from self._diagram(shape)
        else:
            self.dropped["images"] += shape.shape_type in (MSO_SHAPE_TYPE.PICTURE, MSO_SHAPE_TYPE.LINKED_PICTURE)

    def _frame(self, frame: Any, *, listed: bool) -> Iterator[Block]:
        """Paragraphs of a text frame; items when bulleted, by their own word or (``listed``) by their placeholder."""
        filled = [paragraph for paragraph in frame.paragraphs if paragraph.text.strip()]
        for paragraph in filled:
            text = paragraph.text.replace("\v", "\n")
            marks = paragraph._p.find(f"{_A}pPr")
            tags = {one.tag.removeprefix(_A) for one in marks} if marks is not None else set()
            bulleted = bool(tags & {"buChar", "buAutoNum", "buBlip"}) or (listed and "buNone" not in tags)
            if bulleted:
                yield Block(BlockKind.ITEM, " ".join(text.split()), level=paragraph.level)
            else:
                yield from paragraph_blocks(text)

    def _chart(self, chart: Any) -> Iterator[Block]:
        """A chart's title and its numbers as a table: what its bars and lines show."""
        if chart.has_title and chart.chart_title.has_text_frame:
            yield from self._frame(chart.chart_title.text_frame, listed=False)
        for plot in chart.plots:
            series = [one for one in plot.series if one.name or len(one.values)]
            names = [cell_text(str(one.name)) for one in series]
            yield row_block(["", *names], header=True)
            for number, category in enumerate(plot.categories):
                values = [one.values[number] if number < len(one.values) else None for one in series]
                yield row_block([cell_text(str(category)), *("" if v is None else f"{v:.11g}" for v in values)])

    def _diagram(self, shape: Any) -> Iterator[Block]:
        """The texts of a SmartArt diagram, whose own part holds them; other embedded objects are only counted."""
        relation = next(iter(shape._element.iter(f"{{{_DIAGRAM}}}relIds")), None)
        if relation is None:
            self.dropped["embedded objects"] += 1
            return
        root = parsed(shape.part.related_part(relation.get(f"{_R}dm")).blob)
        for paragraph in root.iter(f"{_A}p"):
            text = " ".join("".join(paragraph.itertext(f"{_A}t")).split())
            if text:
                yield Block(BlockKind.ITEM, text)


def _is_listed(shape: Any) -> bool:
    """Whether a shape's layout bullets its paragraphs: a body or object placeholder with more than one line."""
    from pptx.enum.shapes import PP_PLACEHOLDER

    if not shape.is_placeholder or shape.placeholder_format.type not in (PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT):
        return False
    return sum(1 for paragraph in shape.text_frame.paragraphs if paragraph.text.strip()) > 1


def _table(table: Any) -> Iterator[Block]:
    lines: list[list[str]] = []
    joined: set[tuple[int, int]] = set()
    for number, row in enumerate(table.rows):
        lines.append([])
        for cell in row.cells:
            below = cell._tc.get("vMerge") in ("1", "true")
            if below:
                joined.add((number, len(lines[-1])))
            lines[-1].append("" if cell.is_spanned else cell_text(cell.text_frame.text))
    yield from table_blocks(filled_down(lines, joined), marked=int(bool(table.first_row) and len(lines) > 1))

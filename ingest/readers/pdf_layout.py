"""Words with places to lines in reading order: columns one after the other, each from top to bottom.

Columns are told from tables without rules by what stands in them: lines of several words that run side by side for some
lines. Anything else that stands side by side is read row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ingest.readers.pdf_page import Box, Page, Word

_FEWEST_PAIRS = 4  # lines that stand beside a line of the other column
_PROSE = 3.5  # words a line of a column has on average
_MOST_SEGMENTS = 3_000  # of one page: more are a drawing
_BIN = 2.0  # points
_WIDE_GAP = 1.6  # times the size of the letters: more parts a line into segments


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text, or a whole table (``rows``) that stands in its place.

    ``left`` and ``right`` are the edges of the column it stands in; ``first`` is the width of its first word;
    ``paragraph`` numbers the paragraphs that OCR has found, 0 where nothing is known; ``foot`` marks one page's footer.
    """

    text: str
    box: Box
    size: float
    bold: bool
    page: int
    column: int
    left: float
    right: float
    first: float
    rows: tuple[tuple[str, ...], ...] = ()
    paragraph: int = 0
    foot: bool = False


@dataclass(slots=True)
class Segment:
    """Words of one line without a wide gap between them, or a table."""

    words: list[Word]
    box: Box
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(slots=True)
class _Row:
    segments: list[Segment] = field(default_factory=list)


def lines_of(page: Page, tables: Sequence[tuple[Box, tuple[tuple[str, ...], ...]]]) -> list[Line]:
    """The lines of a page in reading order; text that runs up or down comes last."""
    upright = [word for word in page.words if word.style.upright]
    segments = list(_segments(upright)) + [Segment([], box, rows) for box, rows in tables]
    lines: list[Line] = []
    for column, region in enumerate(_regions(segments, 0)):
        lines.extend(_lines(region, page.number, column))
    for run in _by_run(word for word in page.words if not word.style.upright):
        text = " ".join(word.text for word in run)
        lines.append(_line(text, _around(word.box for word in run), run, page.number, -1, (0.0, 0.0)))
    return lines


def rows_across(page: Page) -> list[Line]:
    """The upright words of a page as lines over its whole width, whatever columns it has."""
    return list(_lines(list(_segments(word for word in page.words if word.style.upright)), page.number, 0))


def _by_run(words: Iterable[Word]) -> Iterator[list[Word]]:
    run: list[Word] = []
    for word in words:
        if run and word.run != run[-1].run:
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _segments(words: Iterable[Word]) -> Iterator[Segment]:
    for run in _by_run(words):
        part = [run[0]]
        for word in run[1:]:
            gap = word.box.x0 - part[-1].box.x1
            if gap > _WIDE_GAP * word.style.size or gap < -word.style.size:
                yield Segment(part, _around(w.box for w in part))
                part = []
            part.append(word)
        yield Segment(part, _around(w.box for w in part))


def _around(boxes: Iterable[Box]) -> Box:
    known = list(boxes)
    left, top = min(box.x0 for box in known), min(box.top for box in known)
    return Box(left, top, max(box.x1 for box in known), max(box.bottom for box in known))


def _regions(segments: list[Segment], depth: int) -> list[list[Segment]]:
    """Stretches that are read one after the other; columns may hold columns."""
    gutter = _gutter(segments) if depth < 4 else None
    if gutter is None:
        return [segments] if segments else []
    regions: list[list[Segment]] = []
    wide: list[Segment] = []
    sides: tuple[list[Segment], list[Segment]] = ([], [])

    def flush() -> None:
        for side in sides:
            regions.extend(_regions(list(side), depth + 1))
            side.clear()

    for segment in sorted(segments, key=lambda s: (s.box.top, s.box.x0)):
        if segment.box.x0 < gutter < segment.box.x1:
            flush()
            wide.append(segment)
            continue
        if wide:
            regions.append(wide)
            wide = []
        sides[segment.box.x0 >= gutter].append(segment)
    flush()
    return [*regions, wide] if wide else regions


def _gutter(segments: Sequence[Segment]) -> float | None:
    """Where a column ends and the next begins, None for a region without columns."""
    if not 2 * _FEWEST_PAIRS <= len(segments) <= _MOST_SEGMENTS:
        return None
    left = min(s.box.x0 for s in segments)
    width = max(s.box.x1 for s in segments) - left
    bins = [0] * (int(min(width, 20_000.0) / _BIN) + 1)
    for segment in segments:
        end = min(int((segment.box.x1 - left) / _BIN) + 1, len(bins))
        for place in range(int((segment.box.x0 - left) / _BIN), end):
            bins[place] += 1
    best, chosen = _FEWEST_PAIRS - 1, None
    for start, end in _valleys(bins, 0.34 * max(bins)):
        x = left + _BIN * (start + end) / 2
        pairs = _pairs(segments, x)
        if pairs > best:
            best, chosen = pairs, x
    return chosen


def _valleys(bins: Sequence[int], most: float) -> Iterator[tuple[int, int]]:
    """The emptiest stretches between stretches that are fuller than ``most``."""
    start: int | None = None
    for place, count in enumerate([*bins, 10**9]):
        if count <= most and start is None:
            start = place
        elif count > most and start is not None:
            if start > 0 and place < len(bins):
                low = min(bins[start:place])
                lowest = [p for p in range(start, place) if bins[p] == low]
                yield lowest[0], lowest[-1] + 1
            start = None


def _pairs(segments: Sequence[Segment], x: float) -> int:
    """How many lines of prose stand on either side of ``x`` beside one of the other side; the lesser number."""
    sides = [s for s in segments if s.box.x1 <= x and s.words], [s for s in segments if s.box.x0 >= x and s.words]
    counts: list[int] = []
    for side, other in (sides, sides[::-1]):
        spans = sorted((o.box.top, o.box.bottom) for o in other)
        beside = [s for s in side if _overlaps(spans, s.box)]
        if not beside or sum(len(s.words) for s in beside) < _PROSE * len(beside):
            return 0
        counts.append(len(beside))
    return min(counts)


def _overlaps(spans: Sequence[tuple[float, float]], box: Box) -> bool:
    middle = (box.top + box.bottom) / 2
    return any(top <= middle <= bottom for top, bottom in spans)


def _lines(region: Sequence[Segment], page: int, column: int) -> Iterator[Line]:
    rows: list[_Row] = []
    boxes: list[Box] = []
    for segment in sorted(region, key=lambda s: (s.box.top + s.box.bottom, s.box.x0)):
        near = range(len(rows) - 1, max(len(rows) - 4, -1), -1)
        place = next((i for i in near if _same_line(boxes[i], segment)), None)
        if place is None or segment.rows or rows[place].segments[0].rows:
            rows.append(_Row([segment]))
            boxes.append(segment.box)
        else:
            rows[place].segments.append(segment)
    long = sorted(s.box.x1 for s in region if len(s.words) > 4 or s.rows)
    ends = long if long else sorted(s.box.x1 for s in region)
    if not ends:
        return
    edges = (min(s.box.x0 for s in region), ends[int(0.9 * (len(ends) - 1))])
    for row in sorted(rows, key=lambda r: r.segments[0].box.top + r.segments[0].box.bottom):
        row.segments.sort(key=lambda s: s.box.x0)
        for part in _fields(row.segments):
            words = [word for segment in part for word in segment.words]
            box = _around(s.box for s in part)
            if part[0].rows:
                yield Line("", box, 0.0, False, page, column, *edges, 0.0, rows=part[0].rows)
            else:
                yield _line(" ".join(word.text for word in words), box, words, page, column, edges)


def _fields(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    """A row in one part, but for labels of a form beside each other: an empty field's value is not the next label."""
    part: list[Segment] = []
    for segment in segments:
        if part and _is_label(part[-1]) and _is_label(segment):
            yield part
            part = []
        part.append(segment)
    yield part


def _is_label(segment: Segment) -> bool:
    return bool(segment.words) and segment.words[-1].text.endswith(":")


def _same_line(box: Box, segment: Segment) -> bool:
    other = segment.box
    shared = min(box.bottom, other.bottom) - max(box.top, other.top)
    return shared > 0.5 * min(box.bottom - box.top, other.bottom - other.top)


def _line(text: str, box: Box, words: Sequence[Word], page: int, column: int, edges: tuple[float, float]) -> Line:
    weights: dict[float, int] = {}
    for word in words:
        weights[word.style.size] = weights.get(word.style.size, 0) + len(word.text)
    size = max(weights, key=lambda s: (weights[s], s))
    lettered = [w for w in words if any(c.isalnum() for c in w.text)]
    bold = bool(lettered) and all(w.style.bold for w in lettered)
    return Line(text, box, size, bold, page, column, *edges, words[0].box.x1 - words[0].box.x0)

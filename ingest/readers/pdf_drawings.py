"""What is drawn on a page of a PDF beside its letters: rules, which make tables, and pictures."""

from __future__ import annotations

import ctypes
from typing import Any

from ingest.readers.pdf_page import Box, Page, View, Word

_THIN = 2.0  # points: a rule is no thicker
_WIDEST_DOT = 8.0  # points: a bullet that is drawn is no wider
_MOST_OBJECTS = 50_000  # of one page
_MOST_RULES = 5_000
_MOST_DOTS = 500  # more are a drawing
Matrix = tuple[float, float, float, float, float, float]  # as in ISO 32000-1, 8.3.3
_UNCHANGED: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def read_drawings(page: Any, result: Page) -> None:
    """Add rules (straight edges of paths) and images to ``result``; forms in the page are looked into, a few deep."""
    import pypdfium2.raw as pdfium

    view = View(page)
    count = min(pdfium.FPDFPage_CountObjects(page.raw), _MOST_OBJECTS)
    pending = [(pdfium.FPDFPage_GetObject(page.raw, i), _UNCHANGED, 0) for i in range(count)]
    for item, outer, depth in pending:  # grows while it is read
        kind = pdfium.FPDFPageObj_GetType(item)
        result.drawn += kind not in (pdfium.FPDF_PAGEOBJ_FORM, pdfium.FPDF_PAGEOBJ_TEXT)
        if kind == pdfium.FPDF_PAGEOBJ_FORM and depth < 5:
            inner = _combine(_matrix(pdfium, item), outer)
            number = pdfium.FPDFFormObj_CountObjects(item)
            if len(pending) + number <= _MOST_OBJECTS:
                pending.extend((pdfium.FPDFFormObj_GetObject(item, i), inner, depth + 1) for i in range(number))
        elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            matrix = _combine(_matrix(pdfium, item), outer)  # of a square of one point
            result.images.append(view.box(*_apply(matrix, 0.0, 0.0), *_apply(matrix, 1.0, 1.0)))
        elif kind == pdfium.FPDF_PAGEOBJ_PATH and len(result.rules) < _MOST_RULES:
            _read_path(pdfium, item, outer, view, result)


def _matrix(pdfium: Any, item: Any) -> Matrix:
    m = pdfium.FS_MATRIX()
    return (m.a, m.b, m.c, m.d, m.e, m.f) if pdfium.FPDFPageObj_GetMatrix(item, m) else _UNCHANGED


def _combine(m: Matrix, n: Matrix) -> Matrix:
    """First ``m``, then ``n``."""
    return (
        *(m[0] * n[0] + m[1] * n[2], m[0] * n[1] + m[1] * n[3]),
        *(m[2] * n[0] + m[3] * n[2], m[2] * n[1] + m[3] * n[3]),
        *(m[4] * n[0] + m[5] * n[2] + n[4], m[4] * n[1] + m[5] * n[3] + n[5]),
    )


def _apply(m: Matrix, x: float, y: float) -> tuple[float, float]:
    return m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]


def _read_path(pdfium: Any, item: Any, outer: Matrix, view: View, result: Page) -> None:
    matrix = _combine(_matrix(pdfium, item), outer)
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(item, fill, stroke)
    if not fill.value and not stroke.value:
        return  # clips only
    edges = [ctypes.c_float() for _ in range(4)]
    pdfium.FPDFPageObj_GetBounds(item, *edges)
    (left, bottom), (right, top) = (_apply(outer, edges[i].value, edges[i + 1].value) for i in (0, 2))
    box = view.box(left, bottom, right, top)
    across, down = box.x1 - box.x0, box.bottom - box.top
    if _THIN < across < _WIDEST_DOT and abs(across - down) < 0.2 * across and len(result.dots) < _MOST_RULES:
        result.dots.append(box)
        return
    if not stroke.value and min(across, down) > _THIN:
        return  # shading is no rule, unless it is as thin as one
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[tuple[float, float]] = []
    for index in range(min(pdfium.FPDFPath_CountSegments(item), 400)):
        segment = pdfium.FPDFPath_GetPathSegment(item, index)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = view.point(*_apply(matrix, x.value, y.value))
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            points = []
        elif kind == pdfium.FPDF_SEGMENT_LINETO and points:
            _rule(points[-1], point, result)
        points.append(point)
        if pdfium.FPDFPathSegment_GetClose(segment) and points:
            _rule(points[-1], points[0], result)


def _rule(start: tuple[float, float], end: tuple[float, float], result: Page) -> None:
    box = Box(min(start[0], end[0]), min(start[1], end[1]), max(start[0], end[0]), max(start[1], end[1]))
    across, down = box.x1 - box.x0, box.bottom - box.top
    if (across <= _THIN) != (down <= _THIN):
        result.rules.append(box)


def name_dots(page: Page) -> None:
    """Put a bullet among the words for each dot that is drawn close before the first word of a line."""
    upright = [word for word in page.words if word.style.upright]
    run = max((word.run for word in page.words), default=0)
    for dot in page.dots if len(page.dots) <= _MOST_DOTS else ():
        middle = (dot.top + dot.bottom) / 2
        level = [word for word in upright if word.box.top < middle < word.box.bottom]
        after = min((word for word in level if word.box.x0 >= dot.x1), key=lambda word: word.box.x0, default=None)
        before = any(word.box.x0 < dot.x1 and word.box.x1 > dot.x0 - 3 * word.style.size for word in level)
        if after is not None and not before and after.box.x0 - dot.x1 < 3 * after.style.size:
            run += 1
            place = Box(dot.x0, after.box.top, dot.x1, after.box.bottom)
            page.words.append(Word("•", place, after.style, run))

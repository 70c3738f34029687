"""Scanned pages to lines, by the Tesseract program (Apache-2.0) where it is installed.

Tesseract gets a picture on its standard input and answers with words, places and paragraphs.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from ingest.readers.pdf_layout import Line
from ingest.readers.pdf_page import Box

INSTALL = "apt-get install tesseract-ocr (macOS: brew install tesseract; Windows: the UB Mannheim installer)"
_DOTS_PER_INCH = 250
_MOST_PIXELS = 12_000_000  # of one page: A3 at 250 dots per inch
_LEAST_CONFIDENCE = 30.0  # of 100; below it the words are noise of pictures and stamps


@dataclass(frozen=True, slots=True)
class Recognised:
    """The lines of a page, the mean confidence of its words (0-100), and how many words were too doubtful to keep."""

    lines: tuple[Line, ...]
    confidence: float
    doubtful: int


def installed() -> str:
    """Tesseract's name and version for the lineage, '' where it is not installed."""
    if shutil.which("tesseract") is None:
        return ""
    try:
        run = subprocess.run(["tesseract", "--version"], capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    words = (run.stdout or run.stderr).decode("utf-8", "replace").split()
    return f"tesseract {words[1]}" if len(words) > 1 and run.returncode == 0 else ""


@cache
def languages() -> str:
    """All languages that Tesseract has data for, as its option wants them; English first."""
    run = subprocess.run(["tesseract", "--list-langs"], capture_output=True, timeout=10, check=False)
    listed = run.stdout.decode("utf-8", "replace").split()
    found = [name for name in listed if re.fullmatch(r"[a-z]{3}(?:_\w+)?", name) and name not in ("osd", "equ")]
    return "+".join(sorted(found, key=lambda name: (name != "eng", name))[:4]) if found else "eng"


def recognise(page: Any, number: int, deadline: float) -> Recognised | None:
    """The text of one page of pypdfium2, None when it took longer than ``deadline`` (``time.monotonic``) allows."""
    width, height = page.get_size()
    scale = min(_DOTS_PER_INCH / 72, (_MOST_PIXELS / max(width * height, 1.0)) ** 0.5)
    bitmap = page.render(scale=scale, grayscale=True)
    pixels = bitmap.to_numpy()
    rows = pixels.reshape(bitmap.height, -1)[:, : bitmap.width]
    picture = b"P5 %d %d 255\n" % (bitmap.width, bitmap.height) + rows.tobytes()  # the PGM format
    left = deadline - time.monotonic()
    if left <= 0:
        return None
    command = ["tesseract", "stdin", "stdout", "-l", languages(), "--dpi", str(round(72 * scale)), "tsv"]
    settings = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        run = subprocess.run(command, input=picture, capture_output=True, timeout=left, check=False, env=settings)
    except subprocess.TimeoutExpired:
        return None
    return _lines(run.stdout.decode("utf-8", "replace"), number, scale) if run.returncode == 0 else None


def _lines(table: str, page: int, scale: float) -> Recognised:
    rows = [row for row in csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)]
    words = [row for row in rows if row.get("level") == "5" and (row.get("text") or "").strip()]
    good = [row for row in words if float(row["conf"]) >= _LEAST_CONFIDENCE]
    if not good:
        return Recognised((), 0.0, len(words))
    boxes = [_box(row, scale) for row in good]
    edges = min(box.x0 for box in boxes), max(box.x1 for box in boxes)
    lines: list[Line] = []
    paragraphs: dict[tuple[str, ...], int] = {}
    names = ("block_num", "par_num", "line_num")
    for key, group in groupby(zip(good, boxes, strict=True), key=lambda pair: tuple(pair[0][name] for name in names)):
        members = list(group)
        paragraph = paragraphs.setdefault(key[:2], len(paragraphs) + 1)
        lines.append(_line(members, page, edges, paragraph))
    confidence = sum(float(row["conf"]) for row in good) / len(good)
    return Recognised(tuple(lines), confidence, len(words) - len(good))


def _line(members: Sequence[tuple[dict[str, str], Box]], page: int, edges: tuple[float, float], paragraph: int) -> Line:
    boxes = [box for _, box in members]
    box = Box(boxes[0].x0, min(b.top for b in boxes), boxes[-1].x1, max(b.bottom for b in boxes))
    text = " ".join(row["text"].strip() for row, _ in members)
    return Line(text, box, 0.0, False, page, 0, *edges, boxes[0].x1 - boxes[0].x0, paragraph=paragraph)


def _box(row: dict[str, str], scale: float) -> Box:
    left, top, width, height = (float(row[name]) / scale for name in ("left", "top", "width", "height"))
    return Box(left, top, left + width, top + height)

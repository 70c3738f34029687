"""Small SVG pictures for a report: no script, no font, no colour of their own (classes only, so that dark mode works).

Every function is pure and returns markup whose text is escaped. Plots are drawn 420 wide, which a phone shows readably.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 420, 250
LEFT, RIGHT, TOP, BOTTOM = 46, 20, 26, 40  # margins of the plotting area
BINS = 20
HEADROOM = 0.8  # of the height, for bars below the names of the percentiles
FOREST_WIDTH = 180


def nice_step(extent: float, most: int) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten of which ``most`` steps cover ``extent``.

    >>> nice_step(0.9, 20), nice_step(37, 10), nice_step(0, 5)
    (0.05, 5.0, 1.0)
    """
    if extent <= 0:
        return 1.0
    magnitude = math.floor(math.log10(extent / most))
    for power in (magnitude, magnitude + 1):
        for leading in (1, 2, 2.5, 5):
            step = float(f"{leading}e{power}")
            if step * most >= extent * (1 - 1e-9):
                return step
    return float(f"1e{magnitude + 2}")


def bar(share: float) -> str:
    """A horizontal bar that fills ``share`` (0-1) of its width.

    >>> 'width="25.00"' in bar(0.25)
    True
    """
    return (
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="track" width="100" height="10"/><rect class="fill" width="{100 * _within(share):.2f}" '
        'height="10"/></svg>'
    )


def whisker(value: float | None, low: float | None, high: float | None) -> str:
    """A share on the line from 0 to 1, with its interval as a band; an empty line when there is no value."""
    parts = ['<svg class="whisker" viewBox="0 0 200 12" aria-hidden="true"><rect class="track" y="4" width="200" ']
    parts.append('height="4" rx="2"/>')
    if low is not None and high is not None:
        start, end = 200 * _within(low), 200 * _within(high)
        width = max(2.0, end - start)
        parts.append(f'<rect class="band" x="{start:.1f}" y="2" width="{width:.1f}" height="8" rx="4"/>')
    if value is not None:
        parts.append(f'<circle class="dot" cx="{4 + 192 * _within(value):.1f}" cy="6" r="4"/>')
    return "".join(parts) + "</svg>"


def risk_coverage(points: Sequence[tuple[float, float]], label: str) -> str:
    """Risk (share of answers that are wrong) over coverage (share of questions answered), both 0-1, as a step line."""
    top = max(0.2, min(1.0, math.ceil(10 * max((risk for _, risk in points), default=1.0)) / 10))
    place = [(_x(coverage), _y(risk / top)) for coverage, risk in sorted(points)]
    if not place:
        return ""
    steps = f"M{place[0][0]:.1f} {place[0][1]:.1f}" + "".join(f"H{x:.1f}V{y:.1f}" for x, y in place[1:])
    area = f"{steps}V{_y(0):.1f}H{place[0][0]:.1f}Z"
    ticks = [0.0, top / 2, top]
    body = [_horizontal(_y(tick / top), f"{100 * tick:.0f} %") for tick in ticks]
    body += [_below(_x(tick / 4), f"{25 * tick} %") for tick in range(5)]
    body.append(f'<path class="area" d="{area}"/><path class="line" d="{steps}"/>')
    body.append(f'<circle class="dot" cx="{place[-1][0]:.1f}" cy="{place[-1][1]:.1f}" r="4"/>')
    return _plot(body, label, "share of questions answered", "wrong among the answered")


def histogram(seconds: Sequence[float], p50: float | None, p95: float | None, label: str) -> str:
    """How many answers took how long, with median and 95th percentile marked.

    What lies beyond twice the 95th percentile is counted in the last bar: one straggler must not flatten the rest.
    """
    if not seconds:
        return ""
    limit = max(seconds) if p95 is None else min(max(seconds), 2 * p95)
    step = nice_step(limit, BINS)
    bins = max(1, math.ceil(limit / step - 1e-9))
    counts = [0] * bins
    for second in seconds:
        counts[min(bins - 1, int(second / step))] += 1
    most = max(counts)
    width = (WIDTH - LEFT - RIGHT) / bins
    ticks = (0, most // 2, most) if most % 2 == 0 else (0, most)
    body = [_horizontal(_y(HEADROOM * tick / most), str(tick)) for tick in ticks]
    for place, count in enumerate(counts):
        height = _y(0) - _y(HEADROOM * count / most)
        body.append(
            f'<rect class="fill" x="{LEFT + place * width + 1:.1f}" y="{_y(0) - height:.1f}" '
            f'width="{max(1.0, width - 2):.1f}" height="{height:.1f}"><title>{place * step:g}–{(place + 1) * step:g} s'
            f"{' and more' if place == bins - 1 and max(seconds) > bins * step else ''}: {count}</title></rect>"
        )
    every = max(1, math.ceil(bins / 5))
    body += [_below(LEFT + place * width, f"{place * step:g}") for place in range(0, bins + 1, every)]
    body += _percentile_marks({"median": p50, "p95": p95}, bins * step)
    return _plot(body, label, "seconds per answer", "questions")


def _percentile_marks(marks: Mapping[str, float | None], extent: float) -> Iterator[str]:
    """Dashed lines; each name stands on its own height and on the side where there is room."""
    for row, (name, second) in enumerate((name, second) for name, second in marks.items() if second is not None):
        x = _x(second / extent)
        right = x < WIDTH - 100
        y = TOP + 10 + 15 * row
        yield f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{y - 9}" y2="{_y(0):.1f}"/>'
        yield (
            f'<text class="name" x="{x + (5 if right else -5):.1f}" y="{y}" '
            f'text-anchor="{"start" if right else "end"}">{name} {second:.2f} s</text>'
        )


def forest_row(low: float | None, value: float | None, high: float | None, extent: float) -> str:
    """One difference with its interval on the axis from ``-extent`` to ``extent``; '' when there is nothing to draw."""
    if value is None or extent <= 0:
        return ""
    parts = [f'<svg class="forest" viewBox="0 0 {FOREST_WIDTH} 18" aria-hidden="true">']
    parts.append(f'<line class="zero" x1="{FOREST_WIDTH / 2}" x2="{FOREST_WIDTH / 2}" y1="0" y2="18"/>')
    if low is not None and high is not None:
        start, end = _forest_x(low, extent), _forest_x(high, extent)
        parts.append(f'<line class="line" x1="{start:.1f}" x2="{end:.1f}" y1="9" y2="9"/>')
    parts.append(f'<circle class="dot" cx="{_forest_x(value, extent):.1f}" cy="9" r="4"/></svg>')
    return "".join(parts)


def forest_axis(extent: float) -> str:
    """The axis of ``forest_row``: both ends and zero."""
    ends = ((4, "start", f"−{extent:g}"), (FOREST_WIDTH - 4, "end", f"+{extent:g}"))
    labels = (*ends, (FOREST_WIDTH / 2, "middle", "0"))
    texts = "".join(f'<text x="{x}" y="11" text-anchor="{anchor}">{text}</text>' for x, anchor, text in labels)
    return f'<svg class="forest" viewBox="0 0 {FOREST_WIDTH} 14" aria-hidden="true">{texts}</svg>'


def _forest_x(value: float, extent: float) -> float:
    return FOREST_WIDTH / 2 + (FOREST_WIDTH / 2 - 6) * max(-1.0, min(1.0, value / extent))


def _within(share: float) -> float:
    return max(0.0, min(1.0, share))


def _x(share: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * _within(share)


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * _within(share)


def _horizontal(y: float, text: str) -> str:
    return (
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{escape(text)}</text>'
    )


def _below(x: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{escape(text)}</text>'


def _plot(body: Sequence[str], label: str, across: str, up: str) -> str:
    """The frame: what a screen reader says, the body, the names of both axes."""
    middle = LEFT + (WIDTH - LEFT - RIGHT) / 2
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">{"".join(body)}'
        f'<text class="axis" x="{middle:.0f}" y="{HEIGHT - 6}" text-anchor="middle">{escape(across)}</text>'
        f'<text class="axis" x="4" y="12">{escape(up)}</text></svg>'
    )

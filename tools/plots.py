"""Small line plots as SVG, by a few lines of our own: the same figures give the same bytes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 40, 104
COLOURS: Final = ("#0b5fa5", "#b3400a", "#2a7a3b", "#6b3fa0", "#7a6a00", "#555555")
DASHES: Final = ("", "6 3", "2 3", "8 3 2 3", "1 4", "10 4")
"""Lines are told apart without their colours too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a plot."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Lines over common axes."""

    title: str
    x_label: str
    y_label: str
    lines: Sequence[Line]
    is_log: bool
    """Both axes."""


@dataclass(frozen=True, slots=True)
class _Axis:
    low: float
    high: float
    is_log: bool

    def share(self, value: float) -> float:
        """Return where a value lies between the ends, 0 to 1."""
        if self.is_log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def marks(self) -> list[float]:
        """Return the values that are written beside the axis."""
        if self.is_log:
            steps = range(round(math.log10(self.low)), round(math.log10(self.high)) + 1)
            return [10.0**step for step in steps]
        step = 10 ** math.floor(math.log10(self.high - self.low))
        wide = next(step * factor for factor in (0.2, 0.5, 1, 2, 5) if (self.high - self.low) / (step * factor) <= 6)
        return [wide * number for number in range(math.ceil(self.low / wide), math.floor(self.high / wide) + 1)]


def svg_of(plot: Plot) -> str:
    """Return a plot as the text of an SVG file."""
    x_axis = _axis([x for line in plot.lines for x in line.x], is_log=plot.is_log)
    y_axis = _axis([y for line in plot.lines for y in line.y], is_log=plot.is_log)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="sans-serif">',
        f"<title>{escape(plot.title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(WIDTH / 2, 22, plot.title, anchor="middle", size=14),
        *_grid(x_axis, y_axis),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 34, plot.x_label, anchor="middle"),
        _text(LEFT - 8, TOP - 8, plot.y_label, anchor="start"),
        *(part for number, line in enumerate(plot.lines) for part in _drawn(line, number, x_axis, y_axis)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _axis(values: Sequence[float], *, is_log: bool) -> _Axis:
    low, high = min(values), max(values)
    if is_log:
        return _Axis(10.0 ** math.floor(math.log10(low)), 10.0 ** max(math.ceil(math.log10(high)), 1), is_log)
    return _Axis(0.0, 1.05 * high, is_log)


def _across(axis: _Axis, value: float) -> float:
    return LEFT + axis.share(value) * (WIDTH - LEFT - RIGHT)


def _down(axis: _Axis, value: float) -> float:
    return HEIGHT - BOTTOM - axis.share(value) * (HEIGHT - TOP - BOTTOM)


def _grid(x_axis: _Axis, y_axis: _Axis) -> Iterator[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    for value in x_axis.marks():
        x = _across(x_axis, value)
        yield f'<path d="M{x:.1f} {TOP}V{bottom}" stroke="#dddddd"/>'
        yield _text(x, bottom + 16, f"{value:,g}", anchor="middle")
    for value in y_axis.marks():
        y = _down(y_axis, value)
        yield f'<path d="M{LEFT} {y:.1f}H{right}" stroke="#dddddd"/>'
        yield _text(LEFT - 6, y + 4, f"{value:,g}", anchor="end")
    yield f'<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="#333333"/>'


def _drawn(line: Line, number: int, x_axis: _Axis, y_axis: _Axis) -> Iterator[str]:
    """Yield a line and its name below the plot, two names a row."""
    colour, dash = COLOURS[number % len(COLOURS)], DASHES[number % len(DASHES)]
    style = f'fill="none" stroke="{colour}" stroke-width="2"' + (f' stroke-dasharray="{dash}"' if dash else "")
    points = " ".join(f"{_across(x_axis, x):.1f},{_down(y_axis, y):.1f}" for x, y in zip(line.x, line.y, strict=True))
    yield f'<polyline points="{points}" {style}/>'
    x, y = LEFT + (number % 2) * 280, HEIGHT - 48 + (number // 2) * 18
    yield f'<path d="M{x} {y - 4}h24" {style}/>'
    yield _text(x + 30, y, line.name, anchor="start")


def _text(x: float, y: float, text: str, *, anchor: str, size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(text)}</text>'

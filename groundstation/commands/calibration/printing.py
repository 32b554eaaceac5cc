"""A board to print, as SVG in true size. Pure, but for `markers`, which asks the sealed process for their patterns."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from groundstation.errors import BadInputError
from groundstation.files import whole_file
from groundstation.sealed_figures import EVALUATION_COMMAND, line_of, sealed_figures

Rectangle: TypeAlias = tuple[float, float, float]
"""Left, top and side of a black square, in squares of the board."""

DEFAULT_BOARD: Final = (9, 6)
MARKER_FAMILY: Final = "4x4"
MARKER_SIDE: Final = 0.75
"""Of a square."""
MOST_MM: Final = 2000.0
_A4_MM: Final = (297.0, 210.0)
_CAPTION_MM: Final = 12.0


def print_board(
    out: Path, *, board: tuple[int, int] | None, charuco: tuple[int, int] | None, square_mm: float
) -> tuple[float, float]:
    """Write a board as SVG and return its size on paper, mm.

    Raises:
        BadInputError: the file's name does not end in .svg, it cannot be written, or the board is too large.
    """
    if out.suffix.lower() != ".svg":
        raise BadInputError(f"{out}: a board is written as SVG; end its name in .svg")
    columns, rows = charuco or tuple(side + 1 for side in board or DEFAULT_BOARD)
    if max(columns, rows) * square_mm > MOST_MM:
        raise BadInputError(f"--square-mm {square_mm:g}: makes a board longer than {MOST_MM:.0f} mm; take smaller ones")
    if charuco:
        squares = [*black_squares(columns, rows), *marker_squares(columns, markers(columns * rows // 2))]
        title = f"ChArUco board, {columns} x {rows} squares, {MARKER_FAMILY} markers"
    else:
        squares = list(black_squares(columns, rows))
        title = f"chessboard, {columns - 1} x {rows - 1} inner corners"
    with whole_file(out) as sink:
        sink.write(board_svg(squares, columns=columns, rows=rows, square_mm=square_mm, title=title).encode())
    return columns * square_mm, rows * square_mm


def markers(count: int, *, command: Sequence[str] = EVALUATION_COMMAND) -> list[list[str]]:
    """Return the first markers of the family, row by row: 0 is white, 1 black.

    Raises:
        WorkerLostError: the sealed process ended without them.
    """
    told = {"kind": "markers", "family": MARKER_FAMILY, "count": count}
    figures = asyncio.run(sealed_figures(line_of(told), name="markers", what="board", command=command))
    patterns: list[list[str]] = figures["markers"]
    return patterns


def black_squares(columns: int, rows: int) -> Iterator[Rectangle]:
    """Yield the black squares of a chessboard; the first of the first row is one."""
    for y in range(rows):
        yield from ((x, y, 1.0) for x in range(columns) if (x + y) % 2 == 0)


def marker_squares(columns: int, patterns: Sequence[Sequence[str]]) -> Iterator[Rectangle]:
    """Yield the black dots of markers in the middle of the white squares, row by row."""
    margin = (1 - MARKER_SIDE) / 2
    white = ((x, y) for y in range(2 * len(patterns) + 1) for x in range(columns) if (x + y) % 2)
    for pattern, (x, y) in zip(patterns, white, strict=False):
        dot = MARKER_SIDE / len(pattern)
        for row, dots in enumerate(pattern):
            yield from (
                (x + margin + column * dot, y + margin + row * dot, dot)
                for column, shade in enumerate(dots)
                if shade == "1"
            )


def board_svg(squares: Sequence[Rectangle], *, columns: int, rows: int, square_mm: float, title: str) -> str:
    """Return the board on A4, or on a sheet as large as it needs with a white border of one square."""
    least = (columns + 2) * square_mm, (rows + 2) * square_mm + _CAPTION_MM
    fits_a4 = columns * square_mm <= _A4_MM[0] - 20 and rows * square_mm <= _A4_MM[1] - 20 - _CAPTION_MM
    width_mm, height_mm = _A4_MM if fits_a4 else least
    left_mm = (width_mm - columns * square_mm) / 2
    top_mm = (height_mm - _CAPTION_MM - rows * square_mm) / 2
    path = "".join(
        f"M{left_mm + x * square_mm:.4f} {top_mm + y * square_mm:.4f}"
        f"h{side * square_mm:.4f}v{side * square_mm:.4f}h{-side * square_mm:.4f}z"
        for x, y, side in squares
    )
    caption = f"{title}, {square_mm:g} mm: print at 100 %, glue it on a flat, stiff plate, measure a square"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_mm:g}mm" height="{height_mm:g}mm" '
        f'viewBox="0 0 {width_mm:g} {height_mm:g}" shape-rendering="crispEdges">\n'
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n<path d="{path}" fill="#000000"/>\n'
        f'<text x="{left_mm:g}" y="{height_mm - 5:g}" font-family="sans-serif" font-size="4">{caption}</text>\n</svg>\n'
    )

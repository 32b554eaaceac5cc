"""The points as a table for people who read a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from groundstation.preflight.points import Point

_NAMES: Final = max(len(name) for name in ("intrinsics", "settings", "weights"))


def table_lines(points: Sequence[Point]) -> Iterator[str]:
    """Yield the lines: the points of each thing together, red ones with their mend below, a sum at the end."""
    for about in dict.fromkeys(point.about for point in points):
        yield about
        for point in (point for point in points if point.about == about):
            yield f"  {'ok ' if point.ok else 'RED'}  {point.point:<{_NAMES}}  {point.says}"
            if point.mend:
                yield f"       {'':<{_NAMES}}  -> {point.mend}"
    red = sum(not point.ok for point in points)
    yield f"all {len(points)} points are green" if red == 0 else f"{red} of {len(points)} points red"

"""The public map as shapes of a picture and as rows of a table: no place but the mission's area and the map's cells."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from groundstation.public.documents import Cell, Release, Ring
from groundstation.public.noise import people_within

WIDTH: Final = 470.0
MOST_HEIGHT: Final = 430.0
MARGIN: Final = 14.0
LEVELS: Final = ("free", "dense", "watch", "alert")
_METRES_PER_DEG: Final = 111_195.0
"""Of latitude, on a sphere of 6371 km: the picture is for eyes, not for measuring."""
_SCALES_M: Final = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
_LEAST_FILLED: Final = 0.8
_LEAST_NUMBERED: Final = 26.0
"""Narrower cells have their figures in the table alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellDrawn:
    """One cell, numbered from the north-west as one reads."""

    number: int
    path: str
    x: float
    y: float
    is_wide: bool
    """Wide enough for a figure."""
    state: str
    level: int | None
    """Into `LEVELS`."""
    density_per_m2: float | None
    at_least: bool
    noise_per_m2: float | None
    """Nine times in ten the density is off by no more, by the noise alone."""
    area_m2: float
    observed_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MapDrawn:
    """The picture, in units of about a pixel."""

    width: float
    height: float
    area: str
    cells: tuple[CellDrawn, ...]
    area_ha: float
    """About; of the mission's area."""
    scale_m: int
    scale: float
    """Length of the scale bar."""


class _Frame:
    """Longitude and latitude to the picture: equirectangular about the middle of the area."""

    def __init__(self, ring: Ring) -> None:
        lons, lats = zip(*ring, strict=True)
        self._west, self._north = min(lons), max(lats)
        self._narrow = math.cos(math.radians((min(lats) + max(lats)) / 2))
        wide_m = max(1.0, (max(lons) - self._west) * self._narrow * _METRES_PER_DEG)
        high_m = max(1.0, (self._north - min(lats)) * _METRES_PER_DEG)
        self.per_m: float = min((WIDTH - 2 * MARGIN) / wide_m, (MOST_HEIGHT - 2 * MARGIN) / high_m)
        self._left = (WIDTH - wide_m * self.per_m) / 2
        self.height = high_m * self.per_m + 2 * MARGIN

    def at(self, lon_deg: float, lat_deg: float) -> tuple[float, float]:
        per_deg = _METRES_PER_DEG * self.per_m
        x = self._left + (lon_deg - self._west) * self._narrow * per_deg
        return round(x, 1), round(MARGIN + (self._north - lat_deg) * per_deg, 1)

    def square_m(self, ring: Ring) -> float:
        """Return the area of an outline, by Gauss's sum."""
        places = [self.at(*corner) for corner in ring]
        twice = sum(x * v - u * y for (x, y), (u, v) in pairwise(places))
        return abs(twice) / 2 / (self.per_m * self.per_m)

    def path(self, rings: Iterable[Ring]) -> str:
        """Return SVG path data; holes are cut by the even-odd rule."""
        lines = (" ".join(f"{number:g}" for corner in ring for number in self.at(*corner)) for ring in rings)
        return "".join(f"M{line}Z" for line in lines)


def drawn(area: Sequence[Ring], release: Release | None) -> MapDrawn:
    """Return the picture of a release, or of the bare area without one.

    Args:
        area: outline of the mission's area, closed; lon_deg, lat_deg.
        release: the public map, None before the first.
    """
    frame = _Frame(area[0])
    people = 0 if release is None else people_within(release.budget.epsilon_per_release)
    cells = [] if release is None else [_cell(cell, frame, people) for cell in release.features]
    cells.sort(key=lambda cell: (round(cell.y / 8), cell.x))
    longest_m = WIDTH / 4 / frame.per_m
    scale_m = max((length for length in _SCALES_M if length <= longest_m), default=_SCALES_M[0])
    return MapDrawn(
        width=WIDTH,
        height=round(frame.height, 1),
        area=frame.path(area),
        cells=tuple(_numbered(cell, number) for number, cell in enumerate(cells, start=1)),
        area_ha=frame.square_m(area[0]) / 10_000,
        scale_m=scale_m,
        scale=round(scale_m * frame.per_m, 1),
    )


def _cell(cell: Cell, frame: _Frame, people: int) -> CellDrawn:
    told, rings = cell.properties, cell.geometry.rings
    places = [frame.at(*corner) for corner in rings[0]]
    xs, ys = zip(*places, strict=True)
    seen_m2 = told.area_m2 * told.observed_share
    has_figure = told.density_per_m2 is not None and seen_m2 > 0
    return CellDrawn(
        number=0,
        path=frame.path(rings),
        x=round((min(xs) + max(xs)) / 2, 1),
        y=round((min(ys) + max(ys)) / 2, 1),
        is_wide=_has_room(max(xs) - min(xs), max(ys) - min(ys), frame.square_m(rings[0]) * frame.per_m * frame.per_m),
        state=told.state if has_figure else "too_small" if told.state == "too_small" else "unobserved",
        level=LEVELS.index(told.level) if has_figure and told.level is not None else None,
        density_per_m2=told.density_per_m2,
        at_least=told.at_least,
        noise_per_m2=people / seen_m2 if has_figure else None,
        area_m2=told.area_m2,
        observed_share=told.observed_share,
    )


def _has_room(width: float, height: float, area: float) -> bool:
    """Say whether a figure in the middle of a cell lies on it: bent cells have theirs in the table alone."""
    return min(width, height) >= _LEAST_NUMBERED and area >= _LEAST_FILLED * width * height


def _numbered(cell: CellDrawn, number: int) -> CellDrawn:
    return replace(cell, number=number)

"""A zone as an officer sends it: JSON in, a checked outline out, or one line that says what to mend. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import shapely

from groundstation.errors import BadInputError
from maps.crs import MissionCrs
from maps.errors import CrsError
from maps.events import MIN_PEOPLE
from maps.zones import LEAST_AREA_M2, Corners

FIELDS: Final = frozenset({"name", "capacity", "polygon"})
SHAPE: Final = 'send {"name", "capacity", "polygon": [[lon, lat], ...]}'
LONGEST_NAME: Final = 60
MOST_CAPACITY: Final = 1_000_000
MOST_CORNERS: Final = 200
EDGE_M: Final = 1.0
"""By so much an outline that was drawn along the mission's edge may lie outside."""


class Drawn(NamedTuple):
    """A zone that has no number yet."""

    name: str
    capacity: int
    corners: Corners


def drawn_from(body: object, *, crs: MissionCrs, mission_area: shapely.Polygon) -> Drawn:
    """Return the zone of a body.

    Args:
        body: `name`, `capacity` and `polygon`: GeoJSON Polygon, or a list of [lon, lat].
        crs: of the mission.
        mission_area: in it.

    Raises:
        BadInputError: one line with what is wrong, and how to mend it.
    """
    if not isinstance(body, Mapping) or body.keys() != FIELDS:
        raise BadInputError(f"the body is no zone; {SHAPE} and nothing else")
    drawn = Drawn(name_of(body["name"]), capacity_of(body["capacity"]), corners_of(body["polygon"]))
    _refuse_ground(drawn.corners, crs, mission_area)
    return drawn


def name_of(value: object) -> str:
    """Return the name of a zone.

    Raises:
        BadInputError: it is none.
    """
    name = " ".join(value.split()) if isinstance(value, str) else ""
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadInputError(f"name must be 1 to {LONGEST_NAME} characters on one line; write for instance East stand")
    return name


def capacity_of(value: object) -> int:
    """Return a capacity in people.

    Raises:
        BadInputError: it is none, or an event would be about fewer people than any may be.
    """
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or not MIN_PEOPLE <= int(str(value)) <= MOST_CAPACITY:
        raise BadInputError(
            f"capacity must be a whole number of people from {MIN_PEOPLE} to {MOST_CAPACITY}: "
            f"no event is about fewer than {MIN_PEOPLE}"
        )
    return int(str(value))


def corners_of(polygon: object) -> Corners:
    """Return the corners of a simple polygon, counter-clockwise and not closed.

    Raises:
        BadInputError: it is none.
    """
    ring = _ring_of(polygon)
    if len(ring) > MOST_CORNERS + 1:
        raise BadInputError(f"polygon has {len(ring)} corners; draw it with {MOST_CORNERS} at most")
    corners = tuple(_corner(number, part) for number, part in enumerate(ring, start=1))
    if len(corners) > 1 and corners[0] == corners[-1]:
        corners = corners[:-1]
    if len(corners) < 3:
        raise BadInputError(f"polygon has {len(corners)} corners; it needs at least three [lon, lat]")
    outline = shapely.Polygon(corners)
    if not outline.is_valid or outline.area == 0:
        why = shapely.is_valid_reason(outline)
        raise BadInputError(f"polygon is not simple ({why}); draw its corners in order, so that no sides cross")
    return corners if outline.exterior.is_ccw else corners[::-1]


def _ring_of(polygon: object) -> list[Any]:
    if isinstance(polygon, Mapping):
        rings = polygon.get("coordinates") if polygon.get("type") == "Polygon" else None
        if not isinstance(rings, list) or len(rings) != 1:
            raise BadInputError("polygon must be a GeoJSON Polygon without holes, or a list of [lon, lat]")
        polygon = rings[0]
    if not isinstance(polygon, list):
        raise BadInputError("polygon must be a list of [lon, lat], or a GeoJSON Polygon")
    return polygon


def _corner(number: int, part: object) -> tuple[float, float]:
    if not isinstance(part, list) or len(part) not in (2, 3):
        raise BadInputError(f"corner {number} of the polygon is none; write it as [lon, lat] in degrees")
    for value, most in zip(part, (180, 90), strict=False):
        # what is not a number is not below any limit either, and a whole number may be too large for a float
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= most:
            raise BadInputError(f"corner {number} of the polygon is not on Earth; write it as [lon, lat] in degrees")
    return float(part[0]), float(part[1])


def _refuse_ground(corners: Corners, crs: MissionCrs, mission_area: shapely.Polygon) -> None:
    try:
        outline = crs.area_from_geodetic(corners)
    except CrsError as error:
        raise BadInputError("polygon lies outside the mission's area; draw it inside, longitude first") from error
    if not outline.within(mission_area.buffer(EDGE_M)):
        outside_m2 = math.ceil(shapely.difference(outline, mission_area).area)
        raise BadInputError(f"{outside_m2} m2 of the polygon lie outside the mission's area; draw it inside")
    if round(outline.area) < LEAST_AREA_M2:
        raise BadInputError(f"polygon is {outline.area:.0f} m2; the map tells nothing below {LEAST_AREA_M2:.0f} m2")

"""The operator map and a camera's footprint as GeoJSON in WGS 84. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import CameraPose
from maps.cells import CellId, CellState, DensityMap, PublishedCell, PublishedFlow
from maps.crs import MissionCrs
from maps.georeference import DEFAULT_LIMIT_M, GroundPoints, ground_from_image
from maps.levels import STANDARD_THRESHOLDS, Thresholds
from maps.terrain.grid import TerrainGrid

FloatArray = NDArray[np.float64]

PLACES: Final = 7
"""Decimals of degrees: about a centimetre."""
SIDE_POINTS: Final = 24
"""Points along each side of a picture from which its footprint is drawn."""
BISECTIONS: Final = 24
"""Halvings between a pixel that has ground and one that has none: far under a pixel."""
NS_PER_S: Final = 1_000_000_000

Ring = list[list[float]]
GroundAt = Callable[[FloatArray, FloatArray], GroundPoints]
"""From columns and rows of pixels to their ground."""


def feature_collection(density_map: DensityMap, thresholds: Thresholds = STANDARD_THRESHOLDS) -> dict[str, Any]:
    """Return the map as a FeatureCollection: one polygon a cell, totals at the top level.

    Rings are closed and run counter-clockwise; coordinates are longitude, latitude. Suppressed cells are not in
    `people`; what they hold is told as bounds that anyone can read off the map, so that a total never seems empty.
    """
    suppressed = sum(cell.state is CellState.SUPPRESSED for cell in density_map.cells)
    live = density_map.covers_s is None
    rings = _rings(MissionCrs(density_map.epsg), [cell.cell for cell in density_map.cells])
    features = [_feature(cell, ring, thresholds) for cell, ring in zip(density_map.cells, rings, strict=True)]
    return {
        "type": "FeatureCollection",
        "utc": utc_text(density_map.utc_ns),
        "people": _rounded(density_map.people, 2),
        "people_sigma": _rounded(density_map.people_sigma, 2),
        "suppressed_at_least": suppressed if live else None,
        "suppressed_at_most": suppressed * density_map.few_at_most if live else None,
        "few_at_most": density_map.few_at_most,
        "observed_share": _rounded(density_map.observed_share, 4),
        "epsg": density_map.epsg,
        "covers_s": _rounded(density_map.covers_s, 1),
        "features": features,
    }


def flow_list(flows: Sequence[PublishedFlow], epsg: int) -> list[dict[str, Any]]:
    """Return flows as plain values, each with the middle of its cell as longitude, latitude."""
    if not flows:
        return []
    size, east, north = np.array([flow.cell for flow in flows], dtype=np.float64).T
    lon, lat = MissionCrs(epsg).geodetic_from_crs((east + 0.5) * size, (north + 0.5) * size)
    places = np.round(np.stack([lon, lat], axis=1), PLACES).tolist()
    return [
        {
            "cell": flow.cell.name,
            "size_m": flow.cell.size_m,
            "lon_lat": place,
            "speed_m_s": flow.speed_m_s,
            "bearing_deg": flow.bearing_deg,
            "sigma_m_s": flow.sigma_m_s,
        }
        for flow, place in zip(flows, places, strict=True)
    ]


def utc_text(utc_ns: int) -> str:
    """Return an instant as ISO 8601 in UTC with milliseconds."""
    whole_s, rest_ns = divmod(utc_ns, NS_PER_S)
    moment = datetime.fromtimestamp(whole_s, tz=UTC).replace(microsecond=rest_ns // 1000)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _feature(cell: PublishedCell, ring: Ring, thresholds: Thresholds) -> dict[str, Any]:
    density = cell.density_per_m2
    properties: dict[str, Any] = {
        "cell": cell.cell.name,
        "size_m": cell.cell.size_m,
        "state": cell.state.value,
        "level": None if density is None else thresholds.level_of(density).value,
        "density_per_m2": _rounded(density, 4),
        "people": _rounded(cell.people, 2),
        "people_sigma": _rounded(cell.people_sigma, 2),
        "observed_share": _rounded(cell.observed_share, 4),
        "age_s": _rounded(cell.age_s, 1),
        "ce90_m": _rounded(cell.ce90_m, 2),
        "sources": list(cell.sources),
    }
    if cell.people_mean is not None:
        properties["people_mean"] = _rounded(cell.people_mean, 2)
    return {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}, "properties": properties}


def _rounded(number: float | None, places: int) -> float | None:
    return None if number is None else round(number, places)


def _rings(crs: MissionCrs, cells: list[CellId]) -> list[Ring]:
    """Return the closed ring of each cell: south-west, south-east, north-east, north-west, south-west."""
    if not cells:
        return []
    size, east, north = np.array(cells, dtype=np.float64).T
    corners_east = (east[:, None] + np.array([0.0, 1.0, 1.0, 0.0, 0.0])) * size[:, None]
    corners_north = (north[:, None] + np.array([0.0, 0.0, 1.0, 1.0, 0.0])) * size[:, None]
    lon, lat = crs.geodetic_from_crs(corners_east.ravel(), corners_north.ravel())
    places = np.round(np.stack([lon, lat], axis=1), PLACES).reshape(len(cells), 5, 2)
    rings: list[Ring] = places.tolist()
    return rings


def footprint_of(points: GroundPoints | None, properties: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the footprint that these points enclose as a Feature; its geometry is null without points."""
    geometry = None if points is None else {"type": "Polygon", "coordinates": [_closed_ring(points)]}
    return {"type": "Feature", "geometry": geometry, "properties": properties or {}}


def footprint_points(
    pose: CameraPose, *, limit_m: float = DEFAULT_LIMIT_M, terrain: TerrainGrid | None = None
) -> GroundPoints | None:
    """Return the ground along the edge of a camera's picture, cut off where `ce90_m` passes the limit; None: none."""
    ground_at = partial(ground_from_image, pose, limit_m=limit_m, terrain=terrain)
    u_px, v_px = _border(pose)
    anchor = _best_placed_pixel(pose, ground_at)
    if anchor is None:
        return None
    high = np.ones(len(u_px))
    low = np.where(_along(ground_at, anchor, u_px, v_px, high).ok, 1.0, 0.0)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        ok = _along(ground_at, anchor, u_px, v_px, middle).ok
        low, high = np.where(ok, middle, low), np.where(ok, high, middle)
    return _along(ground_at, anchor, u_px, v_px, low)


def _along(
    ground_at: GroundAt, anchor: tuple[float, float], u_px: FloatArray, v_px: FloatArray, part: FloatArray
) -> GroundPoints:
    """Return the ground at a part of the way from the anchor pixel to each border pixel."""
    u_anchor, v_anchor = anchor
    return ground_at(u_anchor + part * (u_px - u_anchor), v_anchor + part * (v_px - v_anchor))


def _border(pose: CameraPose) -> tuple[FloatArray, FloatArray]:
    """Return pixels round the picture's edge: top, right, bottom, left."""
    camera = pose.intrinsics
    step = np.linspace(0.0, 1.0, SIDE_POINTS, endpoint=False)
    zero, one = np.zeros_like(step), np.ones_like(step)
    u_share, v_share = np.concatenate([step, one, 1 - step, zero]), np.concatenate([zero, step, one, 1 - step])
    return u_share * camera.width_px - 0.5, v_share * camera.height_px - 0.5


def _best_placed_pixel(pose: CameraPose, ground_at: GroundAt) -> tuple[float, float] | None:
    """Return the pixel with the smallest `ce90_m` of a coarse raster, None where no pixel has ground."""
    camera = pose.intrinsics
    columns, rows = np.linspace(0, camera.width_px - 1, 9), np.linspace(0, camera.height_px - 1, 9)
    u_px, v_px = (axis.ravel() for axis in np.meshgrid(columns, rows))
    points = ground_at(u_px, v_px)
    if not points.ok.any():
        return None
    best = int(np.argmin(np.where(points.ok, points.ce90_m, np.inf)))
    return float(u_px[best]), float(v_px[best])


def _closed_ring(points: GroundPoints) -> Ring:
    """Return the ring closed and counter-clockwise: a picture's edge, clockwise, is clockwise on the ground below."""
    ring: Ring = np.round(np.stack([points.lon_deg, points.lat_deg], axis=1), PLACES).tolist()
    ring.reverse()
    return [*ring, ring[0]]

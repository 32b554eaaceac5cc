"""Heights of cameras brought to the datum of a height model: never silently, and never over a geoid nobody stated."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import numpy as np

from flightlink.pose import CameraPose, HeightDatum, PoseRefusal
from maps.terrain.grid import TerrainGrid

SATELLITE_SIGMA_M: Final = 5.0
"""Of a height above sea level by satellite alone, where the height above home cannot be used."""
_SEA_LEVELS: Final = frozenset((HeightDatum.AMSL, HeightDatum.EGM96, HeightDatum.EGM2008))
_MEND_GEOID: Final = (
    "give a geoid grid ([ground] geoid; in a line geoid_m), or heights above home with the home position"
)


def pose_on_terrain(pose: CameraPose, grid: TerrainGrid) -> CameraPose | PoseRefusal:
    """Return the pose with its height in the model's datum and the model's ground below it, or why that is not known.

    Heights above home stand on the model's own ground at the home position: no geoid is asked, and what the model is
    off by as a whole falls out. Heights whose datum is only shared with `ground_alt_m` stand on the ground below the
    camera. Heights above sea level are those of a model above sea level, by whichever geoid (they differ by less than
    a metre nearly everywhere). Between sea level and ellipsoid lies the geoid: the pose's own, or the operator's grid.

    Causes: `no_home_position`, `no_geoid_separation`, `no_terrain`.
    """
    foot_m = _ground_m(grid, pose.lat_deg, pose.lon_deg)
    if foot_m is None:
        return _no_terrain(grid, "below the camera", pose.lat_deg, pose.lon_deg)
    match pose.height_datum:
        case HeightDatum.HOME:
            raised = _from_home(pose, grid)
        case HeightDatum.SHARED:
            raised = replace(pose, alt_m=foot_m + pose.alt_agl_m)
        case _:
            raised = _from_sea_or_ellipsoid(pose, grid)
    if isinstance(raised, PoseRefusal):
        return raised
    return replace(raised, ground_alt_m=foot_m, height_datum=grid.datum)


def _ground_m(grid: TerrainGrid, lat_deg: float, lon_deg: float) -> float | None:
    ground_m = float(grid.at(np.array(lat_deg), np.array(lon_deg)))
    return ground_m if math.isfinite(ground_m) else None


def _no_terrain(grid: TerrainGrid, where: str, lat_deg: float, lon_deg: float) -> PoseRefusal:
    detail = f"{grid.name} knows no ground {where} ({lat_deg:.5f}, {lon_deg:.5f}); give a model that covers the flight"
    return PoseRefusal(cause="no_terrain", detail=detail)


def _from_home(pose: CameraPose, grid: TerrainGrid) -> CameraPose | PoseRefusal:
    if pose.home_lat_deg is not None and pose.home_lon_deg is not None:
        home_m = _ground_m(grid, pose.home_lat_deg, pose.home_lon_deg)
        if home_m is None:
            return _no_terrain(grid, "at the home position", pose.home_lat_deg, pose.home_lon_deg)
        return replace(pose, alt_m=home_m + pose.alt_m)
    if pose.alt_amsl_m is None:
        return PoseRefusal(
            cause="no_home_position",
            detail="heights are above home, and nothing tells where home is nor a height above sea level; let the "
            "vehicle send HOME_POSITION, or give home_lat_deg and home_lon_deg in the line",
        )
    vertical_m = math.hypot(pose.sigma.vertical_m, SATELLITE_SIGMA_M)
    by_sea = replace(
        pose, alt_m=pose.alt_amsl_m, height_datum=HeightDatum.AMSL, sigma=replace(pose.sigma, vertical_m=vertical_m)
    )
    return _from_sea_or_ellipsoid(by_sea, grid)


def _from_sea_or_ellipsoid(pose: CameraPose, grid: TerrainGrid) -> CameraPose | PoseRefusal:
    is_sea, is_model_sea = pose.height_datum in _SEA_LEVELS, grid.datum in _SEA_LEVELS
    if pose.height_datum is grid.datum or (is_sea and is_model_sea):
        return pose
    geoid_m = grid.geoid_m if grid.geoid_m is not None else pose.geoid_m
    if geoid_m is None:
        detail = (
            f"heights are {pose.height_datum}, those of {grid.name} {grid.datum}, and nothing tells the geoid between"
        )
        return PoseRefusal(cause="no_geoid_separation", detail=f"{detail}; {_MEND_GEOID}")
    return replace(pose, alt_m=pose.alt_m + geoid_m if is_sea else pose.alt_m - geoid_m)

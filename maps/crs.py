"""The one metric mission CRS, and cheap affine steps into it for one camera. Never EPSG:3857, whose areas lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from flightlink.pose import CameraPose
from maps.errors import CrsError
from maps.geodesy import geodetic_from_enu

FloatArray = NDArray[np.float64]

WGS84_EPSG: Final = 4326
LAMBERT93_EPSG: Final = 2154
UTM_NORTH_EPSG: Final = 32600
UTM_SOUTH_EPSG: Final = 32700
UTM_SOUTHMOST_LAT_DEG: Final = -80.0
UTM_NORTHMOST_LAT_DEG: Final = 84.0

FRANCE_MAINLAND: Final = (
    *((2.55, 51.15), (2.65, 50.82), (3.10, 50.79), (3.28, 50.53), (3.70, 50.31), (4.02, 50.36)),
    *((4.22, 50.26), (4.15, 49.98), (4.68, 50.00), (4.83, 50.17), (4.87, 49.80), (5.40, 49.62)),
    *((5.82, 49.54), (6.36, 49.46), (6.73, 49.17), (6.85, 49.22), (6.95, 49.21), (7.05, 49.12)),
    *((7.45, 49.17), (7.93, 49.05), (8.23, 48.97), (7.80, 48.50), (7.58, 48.05), (7.585, 47.60)),
    *((7.38, 47.43), (7.00, 47.45), (6.95, 47.30), (6.45, 46.90), (6.12, 46.55), (6.06, 46.40)),
    *((6.16, 46.36), (6.12, 46.25), (6.00, 46.23), (5.96, 46.13), (6.06, 46.15), (6.14, 46.14)),
    *((6.20, 46.19), (6.30, 46.25), (6.24, 46.33), (6.52, 46.45), (6.82, 46.42), (6.80, 46.13)),
    *((7.04, 45.92), (6.82, 45.83), (6.80, 45.70), (7.18, 45.40), (7.13, 45.25), (6.63, 45.10)),
    *((7.02, 44.70), (6.86, 44.53), (7.00, 44.24), (7.68, 44.17), (7.53, 43.78), (7.40, 43.50)),
    *((6.60, 42.90), (5.00, 43.00), (3.80, 43.10), (3.25, 42.43), (2.00, 42.35), (1.73, 42.50)),
    *((1.44, 42.61), (0.70, 42.69), (0.65, 42.84), (0.00, 42.68), (-0.75, 42.95), (-1.44, 43.05)),
    *((-1.40, 43.25), (-1.62, 43.26), (-1.73, 43.30), (-1.79, 43.35), (-1.82, 43.40), (-1.70, 44.00)),
    *((-1.40, 44.70), (-1.40, 45.60), (-1.70, 46.10), (-2.60, 46.60), (-3.60, 47.20), (-4.80, 47.70)),
    *((-5.30, 48.40), (-5.00, 48.75), (-3.60, 48.98), (-2.30, 48.80), (-1.90, 49.00), (-1.95, 49.35)),
    *((-2.05, 49.78), (-1.20, 49.80), (-0.90, 49.50), (0.00, 49.75), (1.20, 50.20), (1.50, 50.95)),
)
"""Metropolitan France without Corsica, (lon_deg, lat_deg), to some kilometres.

On the wrong side of the line both systems stay metric to 0.1 %, so the line decides about habit, not about truth.
"""
CORSICA: Final = ((8.45, 41.30), (9.65, 41.30), (9.65, 43.10), (8.45, 43.10))

_FRANCE: Final = shapely.MultiPolygon([shapely.Polygon(FRANCE_MAINLAND), shapely.Polygon(CORSICA)])


def mission_epsg(lon_deg: float, lat_deg: float) -> int:
    """Return the code of the mission CRS for a mission centre: 2154 in metropolitan France, else the UTM zone.

    Raises:
        CrsError: the place is not on Earth, or near a pole, where no UTM zone is.
    """
    if not (-180 <= lon_deg <= 180 and -90 <= lat_deg <= 90):
        raise CrsError(f"longitude {lon_deg}, latitude {lat_deg} is not on Earth; give degrees, longitude first")
    if not UTM_SOUTHMOST_LAT_DEG <= lat_deg <= UTM_NORTHMOST_LAT_DEG:
        raise CrsError(f"latitude {lat_deg} is near a pole; missions lie between -80 and 84 degrees")
    if shapely.contains_xy(_FRANCE, lon_deg, lat_deg):
        return LAMBERT93_EPSG
    zone = min(int((lon_deg + 180) // 6) + 1, 60)
    return (UTM_NORTH_EPSG if lat_deg >= 0 else UTM_SOUTH_EPSG) + zone


def is_mission_epsg(epsg: int) -> bool:
    """Say whether a code names one of the metric systems a mission may use."""
    zone = epsg % 100
    return epsg == LAMBERT93_EPSG or (epsg - zone in (UTM_NORTH_EPSG, UTM_SOUTH_EPSG) and 1 <= zone <= 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneMap:
    """An affine map of the plane in metres: x' = xx x + xy y + x0, y' = yx x + yy y + y0."""

    xx: float
    xy: float
    x0_m: float
    yx: float
    yy: float
    y0_m: float

    def __call__(self, x_m: FloatArray, y_m: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the mapped points."""
        return self.xx * x_m + self.xy * y_m + self.x0_m, self.yx * x_m + self.yy * y_m + self.y0_m

    def inverted(self) -> PlaneMap:
        """Return the map back."""
        determinant = self.xx * self.yy - self.xy * self.yx
        xx, xy = self.yy / determinant, -self.xy / determinant
        yx, yy = -self.yx / determinant, self.xx / determinant
        x0_m, y0_m = -(xx * self.x0_m + xy * self.y0_m), -(yx * self.x0_m + yy * self.y0_m)
        return PlaneMap(xx=xx, xy=xy, x0_m=x0_m, yx=yx, yy=yy, y0_m=y0_m)


@lru_cache(maxsize=8)
def _transformers(epsg: int) -> tuple[Transformer, Transformer]:
    there = Transformer.from_crs(WGS84_EPSG, epsg, always_xy=True)
    return there, Transformer.from_crs(epsg, WGS84_EPSG, always_xy=True)


class MissionCrs:
    """One metric mission CRS: EPSG:2154 or a UTM zone."""

    REACH_M: Final = 250.0
    """Half the span over which `crs_from_enu` takes its slopes."""
    AREA_ERROR: Final = 0.01
    """A CRS whose areas are further off than this at a camera does not belong there."""

    def __init__(self, epsg: int) -> None:
        if not is_mission_epsg(epsg):
            raise CrsError(f"EPSG:{epsg} is not a mission CRS; use 2154 or a UTM zone (326zz, 327zz)")
        self.epsg = epsg
        self._crs_from_geodetic, self._geodetic_from_crs = _transformers(epsg)

    def crs_from_geodetic(self, lon_deg: FloatArray, lat_deg: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return easting and northing in metres of WGS 84 places; a place without any comes out as infinity."""
        east_m, north_m = self._crs_from_geodetic.transform(lon_deg, lat_deg)
        return np.asarray(east_m), np.asarray(north_m)

    def geodetic_from_crs(self, east_m: FloatArray, north_m: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return longitude and latitude in degrees, WGS 84."""
        lon_deg, lat_deg = self._geodetic_from_crs.transform(east_m, north_m)
        return np.asarray(lon_deg), np.asarray(lat_deg)

    def area_from_geodetic(self, corners: Sequence[tuple[float, float]]) -> shapely.Polygon:
        """Return a polygon of (lon_deg, lat_deg) corners in this CRS, prepared for many questions.

        Raises:
            CrsError: a corner has no coordinates here, or the sides cross each other.
        """
        lon_deg, lat_deg = np.array(corners, dtype=np.float64).T
        polygon = shapely.Polygon(np.stack(self.crs_from_geodetic(lon_deg, lat_deg), axis=1))
        if not np.isfinite(polygon.bounds).all():
            raise CrsError(f"a corner of the area has no coordinates in EPSG:{self.epsg}; check longitude and latitude")
        if not polygon.is_valid or polygon.area <= 0:
            raise CrsError(
                f"the area is no simple polygon: {shapely.is_valid_reason(polygon)}; its sides must not cross"
            )
        shapely.prepare(polygon)
        return polygon

    def crs_from_enu(self, pose: CameraPose) -> PlaneMap:
        """Return the map from (east, north) of the ground about a camera into this CRS.

        It carries grid convergence and scale. Both projections are conformal, so what the affine form leaves out is
        the change of scale alone: under 1 cm within 500 m of the camera.

        Raises:
            CrsError: this CRS is not metric where the camera is.
        """
        reach = self.REACH_M
        east, north = np.array([0.0, reach, -reach, 0.0, 0.0]), np.array([0.0, 0.0, 0.0, reach, -reach])
        lat, lon = geodetic_from_enu(pose.lat_deg, pose.lon_deg, pose.alt_m, east, north, -pose.alt_agl_m)
        x, y = self.crs_from_geodetic(lon, lat)
        span = 2 * reach
        plane = PlaneMap(
            xx=float(x[1] - x[2]) / span,
            xy=float(x[3] - x[4]) / span,
            x0_m=float(x[0]),
            yx=float(y[1] - y[2]) / span,
            yy=float(y[3] - y[4]) / span,
            y0_m=float(y[0]),
        )
        area_factor = plane.xx * plane.yy - plane.xy * plane.yx
        if not abs(area_factor - 1) <= self.AREA_ERROR:  # also when the projection has no answer
            raise CrsError(
                f"EPSG:{self.epsg} is not true at the camera ({pose.lat_deg}, {pose.lon_deg}): areas off by a factor "
                f"of {area_factor:.3f}; use EPSG:{mission_epsg(pose.lon_deg, pose.lat_deg)}"
            )
        return plane

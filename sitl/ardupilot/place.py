"""Where a point of the Earth lies from home, and the way back. Pure."""

from __future__ import annotations

import math

import numpy as np

from maps.geodesy import ECCENTRICITY_SQUARED, SEMI_MAJOR_M, geodetic_from_enu
from sitl.world.world import Home

Vector = tuple[float, float, float]


def east_north_m(home: Home, *, lat_deg: float, lon_deg: float, alt_amsl_m: float) -> tuple[float, float]:
    """Return metres east and north of home, in the plane that touches the ellipsoid there."""
    origin = _earth_centred_m(home.lat_deg, home.lon_deg, home.alt_amsl_m)
    point = _earth_centred_m(lat_deg, lon_deg, alt_amsl_m)
    x, y, z = (a - b for a, b in zip(point, origin, strict=True))
    sin_lat, cos_lat = math.sin(math.radians(home.lat_deg)), math.cos(math.radians(home.lat_deg))
    sin_lon, cos_lon = math.sin(math.radians(home.lon_deg)), math.cos(math.radians(home.lon_deg))
    return cos_lon * y - sin_lon * x, cos_lat * z - sin_lat * (cos_lon * x + sin_lon * y)


def _earth_centred_m(lat_deg: float, lon_deg: float, height_m: float) -> Vector:
    """Return the point in the Earth-centred frame (WGS 84, textbook formula)."""
    lat, lon = math.radians(lat_deg), math.radians(lon_deg)
    normal_m = SEMI_MAJOR_M / math.sqrt(1 - ECCENTRICITY_SQUARED * math.sin(lat) ** 2)
    outward_m = (normal_m + height_m) * math.cos(lat)
    axial_m = (normal_m * (1 - ECCENTRICITY_SQUARED) + height_m) * math.sin(lat)
    return outward_m * math.cos(lon), outward_m * math.sin(lon), axial_m


def lat_lon_deg(home: Home, east_m: float, north_m: float) -> tuple[float, float]:
    """Return latitude and longitude of a point given from home."""
    east, north = np.array([east_m]), np.array([north_m])
    lat, lon = geodetic_from_enu(home.lat_deg, home.lon_deg, home.alt_amsl_m, east, north, 0.0)
    return float(lat[0]), float(lon[0])

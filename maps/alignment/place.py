"""A place as seen from another one. Pure."""

from __future__ import annotations

import math

import numpy as np

from maps.geodesy import ECCENTRICITY_SQUARED, SEMI_MAJOR_M, FloatArray

Geodetic = tuple[float, float, float]
"""Latitude and longitude in degrees, WGS 84, and height above the ellipsoid in metres."""


def enu_from_geodetic(origin: Geodetic, place: Geodetic) -> FloatArray:
    """Return east, north and up of the origin, float64 (3,) in metres, of a place.

    Heights may be of any one datum: 100 m of doubt move a point 1 km away by 16 mm.
    """
    lat, lon = math.radians(origin[0]), math.radians(origin[1])
    sin_lat, cos_lat, sin_lon, cos_lon = math.sin(lat), math.cos(lat), math.sin(lon), math.cos(lon)
    enu_from_ecef = np.array(
        [
            [-sin_lon, cos_lon, 0.0],
            [-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat],
            [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat],
        ]
    )
    enu_m: FloatArray = enu_from_ecef @ (_ecef_m(place) - _ecef_m(origin))
    return enu_m


def _ecef_m(place: Geodetic) -> FloatArray:
    """Return the place in the frame of the Earth's centre, (3,) in metres."""
    lat, lon, height_m = math.radians(place[0]), math.radians(place[1]), place[2]
    normal_m = SEMI_MAJOR_M / math.sqrt(1 - ECCENTRICITY_SQUARED * math.sin(lat) ** 2)
    outward_m = (normal_m + height_m) * math.cos(lat)
    axial_m = (normal_m * (1 - ECCENTRICITY_SQUARED) + height_m) * math.sin(lat)
    return np.array([outward_m * math.cos(lon), outward_m * math.sin(lon), axial_m])

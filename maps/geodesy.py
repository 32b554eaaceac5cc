"""Local ENU to WGS 84 geodetic and the ellipsoid's figures. Pure functions over numpy arrays."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

SEMI_MAJOR_M: Final = 6378137.0
FLATTENING: Final = 1 / 298.257223563
SEMI_MINOR_M: Final = SEMI_MAJOR_M * (1 - FLATTENING)
ECCENTRICITY_SQUARED: Final = FLATTENING * (2 - FLATTENING)


def geodetic_from_enu(
    lat_deg: float, lon_deg: float, height_m: float, east_m: FloatArray, north_m: FloatArray, up_m: FloatArray | float
) -> tuple[FloatArray, FloatArray]:
    """Return latitude and longitude in degrees of points given about an origin.

    The origin is turned into its own meridian plane, where longitude falls out of one arctangent and latitude of one
    step of Bowring (B. R. Bowring, Transformation from spatial to geographical coordinates, 1976), which is exact to
    less than a micrometre near the ground. Three times as fast as a detour over Earth-centred coordinates.

    Args:
        lat_deg: Latitude of the origin, WGS 84.
        lon_deg: Longitude of the origin.
        height_m: Height of the origin above the ellipsoid; 100 m of doubt move a point 1 km away by 16 mm.
        east_m: (n,) from the origin.
        north_m: (n,).
        up_m: (n,) or one number.
    """
    sine, cosine = math.sin(math.radians(lat_deg)), math.cos(math.radians(lat_deg))
    normal_m = SEMI_MAJOR_M / math.sqrt(1 - ECCENTRICITY_SQUARED * sine * sine)
    outward_m = (normal_m + height_m) * cosine - north_m * sine + up_m * cosine
    axial_m = (normal_m * (1 - ECCENTRICITY_SQUARED) + height_m) * sine + north_m * cosine + up_m * sine
    equatorial_m = np.hypot(outward_m, east_m)
    lon = lon_deg + np.degrees(np.arctan2(east_m, outward_m))
    return _latitude_deg(equatorial_m, axial_m), (lon + 180.0) % 360.0 - 180.0


def _latitude_deg(equatorial_m: FloatArray, axial_m: FloatArray) -> FloatArray:
    """Return the geodetic latitude of points by distance from and along the Earth's axis."""
    across, along = equatorial_m * SEMI_MINOR_M, axial_m * SEMI_MAJOR_M
    length = np.hypot(across, along)
    cosine, sine = across / length, along / length
    second_squared = ECCENTRICITY_SQUARED / (1 - ECCENTRICITY_SQUARED)
    upper = axial_m + second_squared * SEMI_MINOR_M * sine * sine * sine
    lower = equatorial_m - ECCENTRICITY_SQUARED * SEMI_MAJOR_M * cosine * cosine * cosine
    latitude: FloatArray = np.degrees(np.arctan2(upper, lower))
    return latitude

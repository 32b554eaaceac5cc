"""Short distances over ground, good to a percent: enough for rates and sigmas, never for georeferencing."""

from __future__ import annotations

import math
from typing import Final

M_PER_DEGREE: Final = 111_320.0
"""One degree of a great circle of the WGS 84 equator, rounded."""


def distance_m(from_lat_deg: float, from_lon_deg: float, to_lat_deg: float, to_lon_deg: float) -> float:
    """Return the distance between two near points, on a plane tangent between them."""
    lon_step_deg = (to_lon_deg - from_lon_deg + 180.0) % 360.0 - 180.0
    shrink = math.cos(math.radians((from_lat_deg + to_lat_deg) / 2))
    return M_PER_DEGREE * math.hypot(to_lat_deg - from_lat_deg, lon_step_deg * shrink)

"""Height models of known shape about one place, and the true ground that they hold exactly."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import SURVEYED, CameraPose, HeightDatum, Intrinsics
from maps.geodesy import ECCENTRICITY_SQUARED, SEMI_MAJOR_M
from maps.terrain.grid import PostMap, TerrainGrid

LAT_DEG, LON_DEG = 45.0, 6.0
FloatArray = NDArray[np.float64]
Surface = Callable[[FloatArray, FloatArray], FloatArray]
"""Height at (column, row) in posts from the middle of the model, column to the east and row to the south."""


def metres_per_degree() -> tuple[float, float]:
    sine = math.sin(math.radians(LAT_DEG))
    short = 1 - ECCENTRICITY_SQUARED * sine * sine
    along = SEMI_MAJOR_M * (1 - ECCENTRICITY_SQUARED) / short**1.5
    across = SEMI_MAJOR_M / math.sqrt(short) * math.cos(math.radians(LAT_DEG))
    return math.radians(along), math.radians(across)


def terrain_of(surface: Surface, *, posts: int = 301, posting_m: float = 2.0, sigma_m: float = 0.0) -> TerrainGrid:
    """Return a model in degrees about (45, 6); its posts hold the surface as float32."""
    middle = (posts - 1) / 2
    per_lat, per_lon = metres_per_degree()
    axis = np.arange(posts) - middle
    column, row = np.meshgrid(axis, axis)
    cubic = (0.0,) * 7
    where = PostMap(
        lat_deg=LAT_DEG, lon_deg=LON_DEG, reach_deg=1.0,
        column=(middle, per_lon / posting_m, 0.0, *cubic), row=(middle, 0.0, -per_lat / posting_m, *cubic),
    )  # fmt: skip
    heights = np.asarray(surface(column, row), np.float64) + np.zeros_like(column)
    return TerrainGrid(
        heights_m=heights.astype(np.float32), posts=where, posting_m=posting_m, datum=HeightDatum.EGM96,
        sigma_m=sigma_m, name="hill.tif",
    )  # fmt: skip


def tilted(east: float, south: float, base_m: float = 200.0) -> Surface:
    """Return a plane that rises by so much per post; exact in float32 when the steps are eighths."""
    return lambda column, row: base_m + east * column + south * row


def camera(*, alt_m: float, yaw_deg: float = 30.0, pitch_deg: float = -40.0, bent: bool = False) -> CameraPose:
    """Return a surveyed camera over the middle of the model."""
    lens = Intrinsics(
        width_px=1920, height_px=1080, fx_px=1400.0, fy_px=1400.0, cx_px=959.5, cy_px=539.5,
        distortion=(-0.12, 0.03, 0.0005, -0.0004, 0.0) if bent else (0.0, 0.0, 0.0, 0.0, 0.0),
    )  # fmt: skip
    return CameraPose(
        utc_ns=0, lat_deg=LAT_DEG, lon_deg=LON_DEG, alt_m=alt_m, ground_alt_m=-999.0, yaw_deg=yaw_deg,
        pitch_deg=pitch_deg, roll_deg=2.0, intrinsics=lens, sigma=SURVEYED, height_datum=HeightDatum.EGM96,
    )  # fmt: skip

"""A camera whose attitude is reported wrongly, and places of the invented world as it truly sees them."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from flightlink.alignment import Alignment
from flightlink.pose import CONSUMER_GIMBAL, CameraPose, Intrinsics
from groundstation.alignment.desk import AlignmentDesk
from groundstation.alignment.shown import ShownPictures
from groundstation.alignment.store import AlignmentFile
from maps.alignment.place import enu_from_geodetic
from maps.camera import image_from_enu
from tests.browser.world import geodetic

LENS: Final = Intrinsics(width_px=320, height_px=180, fx_px=200.0, fy_px=200.0, cx_px=159.5, cy_px=89.5)
LON_DEG, LAT_DEG = geodetic([(17.0, -4.0)])[0]
TRUE: Final = CameraPose(
    utc_ns=0, lat_deg=LAT_DEG, lon_deg=LON_DEG, alt_m=60.0, ground_alt_m=0.0, yaw_deg=0.0, pitch_deg=-40.0,
    roll_deg=0.0, intrinsics=LENS, sigma=CONSUMER_GIMBAL,
)  # fmt: skip
REPORTED: Final = replace(TRUE, yaw_deg=3.0, pitch_deg=-39.0)
"""Three degrees too far clockwise, one too high."""
LEAVES: Final = [(12.0, 8.0), (23.0, 9.0), (17.0, 12.0), (10.0, 16.0), (25.0, 15.0)]
"""Five places, in leaves from the south-west."""


def places() -> list[tuple[float, float]]:
    """Longitude and latitude of each."""
    return [(lon, lat) for lon, lat in (geodetic([leaf])[0] for leaf in LEAVES)]


def pixel_of(lon_deg: float, lat_deg: float) -> tuple[float, float]:
    """Where the picture truly shows a place."""
    enu = enu_from_geodetic((TRUE.lat_deg, TRUE.lon_deg, TRUE.alt_m), (lat_deg, lon_deg, 0.0))
    u_px, v_px, _ = image_from_enu(TRUE, np.asarray(enu)[None])
    return float(u_px[0]), float(v_px[0])


def desk(shown: ShownPictures, folder: Path, in_force: list[Alignment | None]) -> AlignmentDesk:
    return AlignmentDesk(
        "north", shown=shown, file=AlignmentFile(folder, "north"), by_camera_file=None, apply=in_force.append,
        clock=time.time_ns,
    )  # fmt: skip

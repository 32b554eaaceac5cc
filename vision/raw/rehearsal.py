"""Empty pictures, for doing everything once before the seal."""

from __future__ import annotations

import numpy as np

from flightlink.pose import CONSUMER_GIMBAL, CameraPose, Intrinsics, PoseRefusal
from maps.terrain.grid import TerrainGrid
from vision.capped import CappedFrame
from vision.raw.cap import Cap
from vision.raw.frames import RawFrame

WIDTH_PX, HEIGHT_PX = 96, 64
CAP_PX_PER_M = 1.0
"""Low enough that every step of the low-pass is taken."""


def rehearsal_frame(*, lat_deg: float, lon_deg: float, colour: bool, terrain: TerrainGrid | None = None) -> CappedFrame:
    """Return a capped frame of nothing, seen obliquely from 20 m above the given place, or the middle of a model."""
    if terrain is not None:
        lat_deg, lon_deg = terrain.posts.lat_deg, terrain.posts.lon_deg
    pose = CameraPose(
        utc_ns=0,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        alt_m=20,
        ground_alt_m=0,
        yaw_deg=10,
        pitch_deg=-40,
        roll_deg=1,
        intrinsics=Intrinsics(width_px=WIDTH_PX, height_px=HEIGHT_PX, fx_px=80, fy_px=80, cx_px=48, cy_px=32),
        sigma=CONSUMER_GIMBAL,
    )
    shape = (HEIGHT_PX, WIDTH_PX, 3) if colour else (HEIGHT_PX, WIDTH_PX)
    cap = Cap(cap_px_per_m=CAP_PX_PER_M, terrain=terrain)
    return cap.capped(RawFrame(np.zeros(shape, np.uint8), index=0, utc_ns=0), pose)


def empty_frame(cap: Cap, pose: CameraPose | PoseRefusal, *, width_px: int, height_px: int) -> CappedFrame:
    """Return a picture of nothing, as large as those of a source, as the rest of the sealed room would see it."""
    return cap.capped(RawFrame(np.zeros((height_px, width_px), np.uint8), index=0, utc_ns=0), pose)

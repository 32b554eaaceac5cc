"""What the tests of the sealed room share: a camera, a mission around it, frames and looks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from flightlink.mission import HARD_CEILING_PX_PER_M, Mission
from flightlink.pose import SURVEYED, CameraPose, Intrinsics, PoseRefusal
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.masks import Look
from vision.raw.cap import Cap
from vision.raw.frames import RawFrame

Picture = NDArray[np.uint8]

LAT_DEG: Final = 48.857
LON_DEG: Final = 2.352
UTC_NS: Final = 1_700_000_000_000_000_000
REFUSAL: Final = PoseRefusal(cause="stale_pose", detail="pose 0.40 s old, the limit is 0.25 s")
METRES_PER_DEG_LAT: Final = 111_200.0
METRES_PER_DEG_LON: Final = 73_300.0
"""At `LAT_DEG`."""


def lens(width_px: int = 320, height_px: int = 240, focal_px: float = 300.0) -> Intrinsics:
    return Intrinsics(
        width_px=width_px, height_px=height_px, fx_px=focal_px, fy_px=focal_px,
        cx_px=(width_px - 1) / 2, cy_px=(height_px - 1) / 2,
    )  # fmt: skip


def pose(**changes: Any) -> CameraPose:
    """Return a camera 20 m over flat ground that looks north, 35 degrees down; some parts changed."""
    parts: dict[str, Any] = {
        "utc_ns": UTC_NS, "lat_deg": LAT_DEG, "lon_deg": LON_DEG, "alt_m": 20.0, "ground_alt_m": 0.0, "yaw_deg": 0.0,
        "pitch_deg": -35.0, "roll_deg": 0.0, "intrinsics": lens(), "sigma": SURVEYED,
    }  # fmt: skip
    return CameraPose(**{**parts, **changes})


def lon_lat(east_m: float, north_m: float) -> tuple[float, float]:
    """Return the corner of an area so far from the camera's foot."""
    return LON_DEG + east_m / METRES_PER_DEG_LON, LAT_DEG + north_m / METRES_PER_DEG_LAT


def square(half_m: float) -> tuple[tuple[float, float], ...]:
    return tuple(lon_lat(x * half_m, y * half_m) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)))


def mission(**changes: Any) -> Mission:
    """Return a mission of an hour around `UTC_NS`, whose area holds all that the camera sees well."""
    parts: dict[str, Any] = {
        "area": square(5000), "starts_utc_ns": UTC_NS - 1_800 * 10**9, "ends_utc_ns": UTC_NS + 1_800 * 10**9,
        "min_agl_m": 2.0, "max_agl_m": 120.0, "purpose": "market day",
    }  # fmt: skip
    return Mission(**{**parts, **changes})


def textured(height_px: int, width_px: int, *, seed: int = 0, colour: bool = False) -> Picture:
    """Return noise: every pixel differs from its neighbours."""
    shape = (height_px, width_px, 3) if colour else (height_px, width_px)
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def capped(
    pixels: Picture,
    camera: CameraPose | PoseRefusal,
    *,
    utc_ns: int = UTC_NS,
    index: int = 0,
    cap_px_per_m: float = HARD_CEILING_PX_PER_M,
    raised_m: float = 0.0,
    without_pose: bool = False,
) -> CappedFrame:
    cap = Cap(cap_px_per_m=cap_px_per_m, raised_m=raised_m, without_pose=without_pose)
    return cap.capped(RawFrame(pixels, index=index, utc_ns=utc_ns), camera)


def frame_of(
    camera: CameraPose | None = None, *, seed: int = 0, colour: bool = False, utc_ns: int = UTC_NS
) -> CappedFrame:
    """Return a frame of noise from a camera."""
    camera = camera or pose()
    pixels = textured(camera.intrinsics.height_px, camera.intrinsics.width_px, seed=seed, colour=colour)
    return capped(pixels, replace(camera, utc_ns=utc_ns), utc_ns=utc_ns)


def boxes(*xyxy: tuple[float, float, float, float]) -> Boxes:
    corners = np.array(xyxy, np.float32).reshape(-1, 4)
    return Boxes(xyxy=corners, scores=np.ones(len(corners), np.float32))


def look_at(frame: CappedFrame, *xyxy: tuple[float, float, float, float], later_s: float = 0.0) -> Look:
    """Return a look over the frame's view that found people in these boxes."""
    return Look(
        utc_ns=frame.utc_ns + round(later_s * 1e9), boxes=boxes(*xyxy), pose=frame.pose, bound=frame.bound,
        cap_px_per_m=frame.cap_px_per_m,
    )  # fmt: skip

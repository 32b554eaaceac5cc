"""A textured beach as cameras straight above it see it, for tests of photos that overlap."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from flightlink.pose import CONSUMER_GIMBAL, CameraPose, Intrinsics
from maps.camera import image_from_enu
from maps.overlap.block import Shift, moved_pose
from maps.overlap.views import camera_place_m

WIDTH_PX, HEIGHT_PX = 640, 400
LENS = Intrinsics(
    width_px=WIDTH_PX, height_px=HEIGHT_PX, fx_px=420, fy_px=420, cx_px=(WIDTH_PX - 1) / 2, cy_px=(HEIGHT_PX - 1) / 2
)
SIDE_M, PX_PER_M = 120.0, 10.0
OVER = CameraPose(
    utc_ns=0, lat_deg=46.84, lon_deg=-91.99, alt_m=40, ground_alt_m=0, yaw_deg=44, pitch_deg=-89.9, roll_deg=0,
    intrinsics=LENS, sigma=CONSUMER_GIMBAL,
)  # fmt: skip


def beach(seed: int = 5) -> NDArray[np.uint8]:
    """Return the ground, north up: stones and weed of all sizes on sand."""
    rng = np.random.default_rng(seed)
    side = round(SIDE_M * PX_PER_M)
    ground = np.zeros((side, side), np.float32)
    for size in (2, 5, 14, 40):
        noise = rng.random((side // size + 2, side // size + 2), np.float32)
        ground += np.asarray(cv2.resize(noise, (side, side), interpolation=cv2.INTER_CUBIC)) * size**0.3
    return np.asarray(cv2.normalize(ground, ground, 0, 255, cv2.NORM_MINMAX), np.float32).astype(np.uint8)


def photo_of(ground: NDArray[np.uint8], camera: CameraPose) -> NDArray[np.uint8]:
    """Return what a camera sees of the ground, whose middle lies below `OVER`."""
    corners = np.array([[-25.0, -25.0], [25.0, -25.0], [25.0, 25.0], [-25.0, 25.0]])
    u, v, _ = image_from_enu(camera, np.column_stack([corners, np.full(4, -camera.alt_agl_m)]))
    east, north = (corners + camera_place_m(camera, OVER)).T
    in_ground = np.column_stack([east + SIDE_M / 2, SIDE_M / 2 - north]) * PX_PER_M
    warp = cv2.getPerspectiveTransform(in_ground.astype(np.float32), np.column_stack([u, v]).astype(np.float32))
    size = (WIDTH_PX, HEIGHT_PX)
    return np.asarray(cv2.warpPerspective(ground, warp, size, flags=cv2.INTER_AREA, borderValue=118), np.uint8)


def flight(places_m: Sequence[tuple[float, float, float]]) -> list[CameraPose]:
    """Return cameras at (east, north, yaw)."""
    return [replace(moved_pose(OVER, Shift(east_m=east, north_m=north)), yaw_deg=yaw) for east, north, yaw in places_m]

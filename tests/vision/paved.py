"""Textured flat ground as a camera sees it, for tests of motion."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from flightlink.pose import CameraPose
from maps.camera import image_from_enu
from tests.vision.scene import UTC_NS, Picture, capped, lens, pose
from vision.capped import CappedFrame
from vision.glimpse import Glimpse, glimpse_of

SECOND = 10**9
WIDTH_PX, HEIGHT_PX = 640, 480
CAMERA = pose(intrinsics=lens(WIDTH_PX, HEIGHT_PX, 600.0))
GROUND_PX_PER_M = 8.0
GROUND_M = 80.0


def paving(seed: int = 3) -> Picture:
    """Return a texture for 160 m of ground: blotches of all sizes."""
    rng = np.random.default_rng(seed)
    side = round(2 * GROUND_M * GROUND_PX_PER_M)
    ground = np.zeros((side, side), np.float32)
    for size in (3, 9, 30):
        noise = rng.random((side // size + 2, side // size + 2), np.float32)
        ground += np.asarray(cv2.resize(noise, (side, side), interpolation=cv2.INTER_CUBIC))
    return np.asarray(cv2.normalize(ground, ground, 0, 255, cv2.NORM_MINMAX), np.float32).astype(np.uint8)


PAVING = paving()


def seen_from(camera: CameraPose, ground: Picture = PAVING) -> Picture:
    """Return what a camera sees of textured flat ground about its foot; grey where there is none."""
    corners_m = np.array([[-60, 10], [60, 10], [60, 70], [-60, 70]], np.float64)
    places = np.column_stack([corners_m, np.full(4, -camera.alt_agl_m)])
    east_north = np.array([(camera.lon_deg - CAMERA.lon_deg) * 73_252, (camera.lat_deg - CAMERA.lat_deg) * 111_320])
    in_texture = (corners_m + east_north + GROUND_M) * GROUND_PX_PER_M
    u, v, _ = image_from_enu(camera, places)
    warp = cv2.getPerspectiveTransform(in_texture.astype(np.float32), np.column_stack([u, v]).astype(np.float32))
    return np.asarray(
        cv2.warpPerspective(ground, warp, (WIDTH_PX, HEIGHT_PX), flags=cv2.INTER_AREA, borderValue=118), np.uint8
    )


def frame_of(camera: CameraPose, picture: Picture, *, later_s: float = 0.0) -> CappedFrame:
    utc_ns = UTC_NS + round(later_s * SECOND)
    return capped(picture, replace(camera, utc_ns=utc_ns), utc_ns=utc_ns)


def glimpse(frame: CappedFrame, hidden: Picture | None = None) -> Glimpse:
    nothing = np.zeros((frame.height_px, frame.width_px), np.uint8)
    found = glimpse_of(frame, frame.pixels, nothing if hidden is None else hidden)
    assert found is not None
    return found

"""The attack by many frames: sixteen published pictures of one ground, registered, averaged, and sharpened again.

The attacker is given more than anyone has: the true pose of every frame, the exact kernel of the filter, and the same
scene once without the target, so that nothing else of it counts as target.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from flightlink.mission import DEFAULT_PUBLISHED_PX_PER_M, HARD_CEILING_PX_PER_M
from flightlink.pose import CameraPose
from maps.camera import image_from_enu
from maps.geodesy import geodetic_from_enu
from proofs.blind import luma, shown
from proofs.lines import Lines, Plane, left_of, plane_seen
from proofs.views import AMPLITUDE, View
from vision.scale import density_bound
from vision.smoothing import KERNEL_SIGMAS, SIGMA_OF_OUTPUT_PX

Floats = NDArray[np.float64]

FRAMES: Final = 16
MOVES_M: Final = 0.05
"""The camera moves by up to one pixel of the published cap between frames."""
TEXTURE_LEVELS: Final = 8.0
NOISE_CYCLES_PX: Final = 0.42
"""Beyond this frequency a published picture holds nothing but noise: rounding and encoding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What is left of a target, as shares of the drawn amplitude."""

    averaged: float
    """In the registered average."""
    sharpened: float
    """After the known kernel was undone as far as the noise allows (Wiener)."""


def recovered(view: View, lines: Lines, rng: np.random.Generator) -> Recovered:
    """Return what sixteen published frames of a moving camera give back of a target on the ground.

    Args:
        view: The camera at the first frame.
        lines: The target.
        rng: Of the camera's moves and of the ground's texture.
    """
    poses = [_moved(view.seen_pose, move_m) for move_m in rng.uniform(-MOVES_M, MOVES_M, (FRAMES, 2))]
    waves = [Lines(per_m=float(f), towards_deg=float(d), phase_cycles=float(p)) for f, d, p in _texture(rng)]
    planes = [_from_first(poses[0], pose) for pose in poses]
    grounds = [_ground(plane, view, waves) for plane in planes]
    drawn = [
        one.picture(lines, amplitude=AMPLITUDE, background=ground) for one, ground in zip(planes, grounds, strict=True)
    ]
    target = _average(view, poses, drawn)
    empty = _average(view, poses, [np.clip(np.rint(ground), 0, 255).astype(np.uint8) for ground in grounds])
    plane = plane_seen(poses[0], height_m=0.0)
    sigma_px = _kernel_px(view)
    rim_px = math.ceil((KERNEL_SIGMAS + 1) * sigma_px * SIGMA_OF_OUTPUT_PX) + 4
    left = left_of(target - empty, plane, lines, amplitude=AMPLITUDE, rim_px=rim_px)
    gain = _wiener(target, sigma_px)
    sharper = _filtered(target, gain) - _filtered(empty, gain)
    sharp = left_of(sharper, plane, lines, amplitude=AMPLITUDE, rim_px=2 * rim_px)
    return Recovered(averaged=left.at_target, sharpened=sharp.at_target)


def _moved(pose: CameraPose, move_m: Floats) -> CameraPose:
    east_m, north_m = move_m[:1], move_m[1:]
    lat_deg, lon_deg = geodetic_from_enu(pose.lat_deg, pose.lon_deg, pose.alt_m, east_m, north_m, np.zeros(1))
    return replace(pose, lat_deg=float(lat_deg[0]), lon_deg=float(lon_deg[0]))


def _texture(rng: np.random.Generator, count: int = 4) -> Iterator[Floats]:
    """Yield the ground's own waves, all coarser than the cap: without them rounding alone would hide faint lines."""
    for _ in range(count):
        yield np.array([rng.uniform(0.3, 0.7 * DEFAULT_PUBLISHED_PX_PER_M / 2), rng.uniform(0, 180), rng.random()])


def _average(view: View, poses: list[CameraPose], pictures: list[NDArray[np.uint8]]) -> Floats:
    """Return the registered average of the published frames, float64 (height, width) of the first frame's pixels."""
    first = plane_seen(poses[0], height_m=0.0)
    total = np.zeros((view.height_px, view.width_px))
    for pose, step in zip(poses, shown(pictures, poses), strict=True):
        u_px, v_px = _where(poses[0], pose, first)
        seen = luma(step.video).astype(np.float32)
        total += cv2.remap(seen, u_px, v_px, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return total / len(poses)


def _ground(plane: Plane, view: View, texture: list[Lines]) -> Floats:
    ground = view.background
    for wave in texture:
        ground = ground + TEXTURE_LEVELS * np.nan_to_num(np.sin(2 * np.pi * plane.phase(wave)))
    return ground


def _offset_m(first: CameraPose, pose: CameraPose) -> tuple[float, float]:
    metres_per_deg = 111_320.0
    east_m = (pose.lon_deg - first.lon_deg) * metres_per_deg * math.cos(math.radians(first.lat_deg))
    return east_m, (pose.lat_deg - first.lat_deg) * metres_per_deg


def _from_first(first: CameraPose, pose: CameraPose) -> Plane:
    """Return the ground as a moved camera sees it, in metres from the first one's foot."""
    east_m, north_m = _offset_m(first, pose)
    plane = plane_seen(pose, height_m=0.0)
    return Plane(east_m=plane.east_m + east_m, north_m=plane.north_m + north_m)


def _where(first: CameraPose, pose: CameraPose, ground: Plane) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return where in a frame the ground lies that the first frame shows at each pixel."""
    east_m, north_m = _offset_m(first, pose)
    points = np.stack([ground.east_m - east_m, ground.north_m - north_m, np.full_like(ground.east_m, -pose.alt_agl_m)])
    u_px, v_px, _ = image_from_enu(pose, np.nan_to_num(points).reshape(3, -1).T)
    shape = ground.east_m.shape
    return u_px.reshape(shape).astype(np.float32), v_px.reshape(shape).astype(np.float32)


def _kernel_px(view: View) -> float:
    """Return the filter's sigma in the picture's middle, in its pixels: of the two caps one after the other."""
    bound = density_bound(view.seen_pose)
    rows, columns = bound.blocks.shape
    middle = float(bound.blocks[rows // 2, columns // 2])
    ratios = [middle / cap for cap in (HARD_CEILING_PX_PER_M, DEFAULT_PUBLISHED_PX_PER_M)]
    return SIGMA_OF_OUTPUT_PX * math.hypot(*(ratio for ratio in ratios if ratio > 1))


def _wiener(picture: Floats, sigma_px: float) -> Floats:
    """Return the gain at each frequency that undoes a Gaussian with the least mean error: H / (H^2 + noise / scene)."""
    row, column = np.fft.fftfreq(picture.shape[0])[:, None], np.fft.fftfreq(picture.shape[1])
    cycles_px = np.hypot(row, column)
    kept = np.exp(-2 * (np.pi * sigma_px * cycles_px) ** 2)
    power = np.abs(np.fft.fft2((picture - picture.mean()) * _window(picture.shape))) ** 2
    noise, scene = power[cycles_px > NOISE_CYCLES_PX].mean(), power[kept > 0.5].mean()
    gain: Floats = kept / (kept**2 + noise / scene)
    return gain


def _filtered(picture: Floats, gain: Floats) -> Floats:
    filtered: Floats = np.fft.ifft2(np.fft.fft2(picture - picture.mean()) * gain).real
    return filtered


def _window(shape: tuple[int, ...]) -> Floats:
    window: Floats = np.hanning(shape[0])[:, None] * np.hanning(shape[1])
    return window

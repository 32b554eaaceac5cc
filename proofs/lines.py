"""Line targets for the cap: sines drawn on a level plane as a camera sees them, and how much of one a picture holds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import CameraPose
from maps.camera import rays_from_image

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

MIDDLE: Final = 128.0
TAPER_CYCLES_PX: Final = (0.4, 0.5)
"""Lines finer than the first fade and are gone at the second: the source itself must hold no alias."""
TILE_PX: Final = 32
LEAST_DRAWN: Final = 0.25
"""Of the drawn amplitude: a place where the source holds less of the target says nothing about the cap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """A sine on a plane."""

    per_m: float
    towards_deg: float
    """Clockwise from north: the direction in which it waves."""
    phase_cycles: float = 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Plane:
    """A level plane as one camera sees it, for every pixel (height, width) of its picture; NaN above the horizon."""

    east_m: Floats
    north_m: Floats

    @cached_property
    def _slopes(self) -> tuple[Floats, Floats, Floats, Floats]:
        east_v, east_u = (np.asarray(slope, np.float64) for slope in np.gradient(self.east_m))
        north_v, north_u = (np.asarray(slope, np.float64) for slope in np.gradient(self.north_m))
        return east_u, east_v, north_u, north_v

    def phase(self, lines: Lines) -> Floats:
        """Return the sine's phase at each pixel, cycles."""
        east, north = _towards(lines)
        return lines.per_m * (self.east_m * east + self.north_m * north) + lines.phase_cycles

    def drawn(self, lines: Lines) -> Floats:
        """Return how much of the sine each pixel holds, 0 to 1: the mean over the pixel, and nothing that aliases."""
        east, north = _towards(lines)
        east_u, east_v, north_u, north_v = self._slopes
        along_u = lines.per_m * np.abs(east_u * east + north_u * north)
        along_v = lines.per_m * np.abs(east_v * east + north_v * north)
        first, last = TAPER_CYCLES_PX
        kept = np.clip((last - np.maximum(along_u, along_v)) / (last - first), 0, 1)
        return np.nan_to_num(np.sinc(along_u) * np.sinc(along_v) * kept)

    def picture(self, lines: Lines, *, amplitude: float, background: Floats | float = MIDDLE) -> Bytes:
        """Return uint8 (height, width) of the target on a background of grey levels."""
        wave = np.nan_to_num(np.sin(2 * np.pi * self.phase(lines))) * self.drawn(lines)
        return np.clip(np.rint(background + amplitude * wave), 0, 255).astype(np.uint8)


def _towards(lines: Lines) -> tuple[float, float]:
    angle = math.radians(lines.towards_deg)
    return math.sin(angle), math.cos(angle)


def plane_seen(pose: CameraPose, *, height_m: float) -> Plane:
    """Return the level plane `height_m` above the ground, in metres from the camera's foot."""
    rows, columns = np.indices((pose.intrinsics.height_px, pose.intrinsics.width_px)).astype(np.float64)
    rays = rays_from_image(pose, columns.ravel(), rows.ravel())
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(rays[:, 2] < 0, (pose.alt_agl_m - height_m) / -rays[:, 2], np.nan)
    east_m, north_m = (scale * rays[:, axis] for axis in (0, 1))
    return Plane(east_m=east_m.reshape(rows.shape), north_m=north_m.reshape(rows.shape))


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is left of a target where most is left, as shares of the drawn amplitude."""

    at_target: float
    """At the target's own frequency: sine and cosine fitted to each tile."""
    in_all: float
    """At whatever frequency: the root of twice the variance of each tile. Rounding alone gives up to one grey level."""
    tiles: int


def left_of(picture: Floats, plane: Plane, lines: Lines, *, amplitude: float, rim_px: int) -> Left:
    """Return what a picture, float64 (height, width), holds of a target, in tiles of `TILE_PX` away from its rim.

    Args:
        picture: Of the plane's size; without the background.
        plane: As seen in this picture.
        lines: The target.
        amplitude: As drawn, grey levels.
        rim_px: So far from the edges a filter has no surroundings.
    """
    phase = _tiles(plane.phase(lines), rim_px)
    values = _tiles(picture, rim_px)
    told = (_tiles(plane.drawn(lines), rim_px).mean(axis=1) >= LEAST_DRAWN) & np.isfinite(phase).all(axis=1)
    if not told.any():
        return Left(at_target=0.0, in_all=0.0, tiles=0)
    values, phase = values[told], phase[told]
    fitted = _amplitudes(values, phase)
    spread = np.sqrt(2 * values.var(axis=1))
    return Left(
        at_target=float(fitted.max()) / amplitude, in_all=float(spread.max()) / amplitude, tiles=int(told.sum())
    )


def _amplitudes(values: Floats, phase: Floats) -> Floats:
    """Return the amplitude of a sine of known phase in each of (n, pixels), by least squares with a constant."""
    angle = 2 * np.pi * phase
    basis = np.stack([np.ones_like(angle), np.cos(angle), np.sin(angle)], axis=2)
    squares = np.einsum("npi,npj->nij", basis, basis)
    parts = np.linalg.solve(squares, np.einsum("npi,np->ni", basis, values)[..., None])[..., 0]
    amplitude: Floats = np.hypot(parts[:, 1], parts[:, 2])
    return amplitude


def _tiles(values: Floats, rim_px: int) -> Floats:
    """Return (n, TILE_PX^2), the whole tiles inside the rim."""
    inner = values[rim_px : values.shape[0] - rim_px, rim_px : values.shape[1] - rim_px]
    rows, columns = (side // TILE_PX for side in inner.shape)
    whole = inner[: rows * TILE_PX, : columns * TILE_PX]
    blocks = whole.reshape(rows, TILE_PX, columns, TILE_PX).swapaxes(1, 2)
    return blocks.reshape(rows * columns, TILE_PX * TILE_PX)

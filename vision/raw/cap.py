"""The cap: the first thing that happens to a decoded frame, before any detector sees it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.mission import HARD_CEILING_PX_PER_M
from flightlink.pose import CameraPose, Intrinsics, PoseRefusal
from maps.terrain.grid import TerrainGrid
from maps.terrain.heights import pose_on_terrain
from vision.capped import CappedFrame
from vision.lowpass import LowPass, lowpass_for
from vision.raw.frames import RawFrame
from vision.scale import DensityBound, density_bound
from vision.smoothing import halved, halvings_for

ASPECT_TOLERANCE: Final = 0.01


@dataclass(frozen=True, slots=True)
class CapPlan:
    """What one pose asks of every picture taken with it."""

    pose: CameraPose
    """With intrinsics of the working size."""
    bound: DensityBound
    """Of the working size."""
    halvings: int
    """The whole picture is halved so often first: where even its coarsest pixel is far above the cap."""
    lowpass: LowPass


def plan_for(
    pose: CameraPose,
    *,
    width_px: int,
    height_px: int,
    cap_px_per_m: float,
    raised_m: float = 0.0,
    terrain: TerrainGrid | None = None,
) -> CapPlan:
    """Return how to bring pictures of this size and pose under the cap; `raised_m`, `terrain` as in `density_bound`."""
    pose = replace(pose, intrinsics=pose.intrinsics.scaled_to(width_px=width_px, height_px=height_px))
    pose, bound, halvings = at_working_size(pose, cap_px_per_m=cap_px_per_m, raised_m=raised_m, terrain=terrain)
    lowpass = lowpass_for(
        bound, cap_px_per_m=cap_px_per_m, width_px=pose.intrinsics.width_px, height_px=pose.intrinsics.height_px
    )
    return CapPlan(pose, bound, halvings, lowpass)


def at_working_size(
    pose: CameraPose, *, cap_px_per_m: float, raised_m: float = 0.0, terrain: TerrainGrid | None = None
) -> tuple[CameraPose, DensityBound, int]:
    """Return the pose and the bound of the pictures as they are worked with, and how often they are halved for it."""
    bound = density_bound(pose, raised_m=raised_m, terrain=terrain)
    halvings = halvings_for(bound.least / cap_px_per_m) if math.isfinite(bound.least) else 0
    if halvings:
        pose = replace(pose, intrinsics=_of_halved(pose.intrinsics, halvings))
        bound = density_bound(pose, raised_m=raised_m, terrain=terrain)
    return pose, bound, halvings


def _of_halved(intrinsics: Intrinsics, times: int) -> Intrinsics:
    """Return the intrinsics of a picture halved so often: its pixel i shows what pixel 2 i showed."""
    for _ in range(times):
        intrinsics = replace(
            intrinsics,
            width_px=-(-intrinsics.width_px // 2),
            height_px=-(-intrinsics.height_px // 2),
            fx_px=intrinsics.fx_px / 2,
            fy_px=intrinsics.fy_px / 2,
            cx_px=intrinsics.cx_px / 2,
            cy_px=intrinsics.cy_px / 2,
        )
    return intrinsics


class Cap:
    """Turns raw frames into capped ones; remembers the plan of the last pose, and nothing of any picture."""

    def __init__(
        self,
        *,
        cap_px_per_m: float = HARD_CEILING_PX_PER_M,
        raised_m: float = 0.0,
        without_pose: bool = False,
        terrain: TerrainGrid | None = None,
    ) -> None:
        """Set the cap.

        Args:
            cap_px_per_m: Nothing finer survives.
            raised_m: On people who stand so far above the ground, too; a low limit has no effect (`density_bound`).
            without_pose: True for closed local files: a frame without a pose keeps its pixels, and no bound is known.
                False for live sources: a frame without a pose loses them.
            terrain: The ground; a pose that cannot be brought to its datum, or stands over no known ground, is none.
        """
        self._cap_px_per_m = min(cap_px_per_m, HARD_CEILING_PX_PER_M)
        self._raised_m = raised_m
        self._without_pose = without_pose
        self._terrain = terrain
        self._plan: CapPlan | None = None
        self._plan_for: tuple[CameraPose, int, int] | None = None

    def capped(self, raw: RawFrame, pose: CameraPose | PoseRefusal) -> CappedFrame:
        """Return the frame as the rest of the sealed room may see it."""
        pixels = raw.opened_by_the_cap()
        if self._terrain is not None and isinstance(pose, CameraPose):
            pose = pose_on_terrain(pose, self._terrain)
        if isinstance(pose, PoseRefusal):
            return self._unposed(raw, pixels, pose.cause)
        if not same_aspect(pose, raw.width_px, raw.height_px):
            return self._unposed(raw, np.zeros_like(pixels), "camera_file_aspect")
        plan = self._planned(pose, raw.width_px, raw.height_px)
        return CappedFrame(
            pixels=plan.lowpass.applied(halved(pixels, plan.halvings)),
            index=raw.index,
            utc_ns=raw.utc_ns,
            pose=replace(plan.pose, utc_ns=pose.utc_ns, age_ms=pose.age_ms),
            bound=plan.bound,
            cap_px_per_m=self._cap_px_per_m,
            unbounded=plan.lowpass.unbounded,
            refusal="",
            refusal_closes=False,
            source_width_px=raw.width_px,
            source_height_px=raw.height_px,
            terrain=self._terrain,
        )

    def _planned(self, pose: CameraPose, width_px: int, height_px: int) -> CapPlan:
        key = (replace(pose, utc_ns=0, age_ms=0.0), width_px, height_px)
        if self._plan is None or key != self._plan_for:
            self._plan = plan_for(
                pose,
                width_px=width_px,
                height_px=height_px,
                cap_px_per_m=self._cap_px_per_m,
                raised_m=self._raised_m,
                terrain=self._terrain,
            )
            self._plan_for = key
        return self._plan

    def _unposed(self, raw: RawFrame, pixels: NDArray[np.uint8], cause: str) -> CappedFrame:
        return CappedFrame(
            pixels=pixels if self._without_pose else np.zeros_like(pixels),
            index=raw.index,
            utc_ns=raw.utc_ns,
            pose=None,
            bound=None,
            cap_px_per_m=None,
            unbounded=None,
            refusal=cause,
            refusal_closes=not self._without_pose,
            source_width_px=raw.width_px,
            source_height_px=raw.height_px,
        )


def same_aspect(pose: CameraPose, width_px: int, height_px: int) -> bool:
    """Say whether a picture can be this camera's, resized; a cropped one would be placed wrongly."""
    ratio = (pose.intrinsics.width_px * height_px) / (pose.intrinsics.height_px * width_px)
    return abs(ratio - 1) <= ASPECT_TOLERANCE

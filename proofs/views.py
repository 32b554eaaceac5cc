"""How cameras look at a line target, and what the product leaves of it: from straight above, obliquely, zoomed in."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import SURVEYED, CameraPose, Intrinsics
from proofs.blind import Shown, luma, shown
from proofs.lines import Left, Lines, Plane, left_of, plane_seen
from vision.scale import clearance_m
from vision.smoothing import KERNEL_SIGMAS, SIGMA_OF_OUTPUT_PX

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

AMPLITUDE: Final = 100.0
SLOPE_LEVELS: Final = 20.0
"""The background rises and falls by so much across the picture: on an even grey, rounding would hide faint lines."""
ZOOM: Final = 7.0
WIDE_FOCAL_PX: Final = 640.0


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A camera, and the size of the pictures that come from it."""

    name: str
    pose: CameraPose
    width_px: int = 768
    height_px: int = 432

    @property
    def seen_pose(self) -> CameraPose:
        """The pose with the intrinsics of the pictures that come."""
        size = self.pose.intrinsics.scaled_to(width_px=self.width_px, height_px=self.height_px)
        return replace(self.pose, intrinsics=size)

    def plane(self, height_m: float) -> Plane:
        """Return the level plane `height_m` above the ground as the source shows it."""
        return plane_seen(self.seen_pose, height_m=height_m)

    @property
    def background(self) -> Floats:
        """The picture without a target, grey levels (height, width)."""
        row, column = np.indices((self.height_px, self.width_px)) / self.height_px
        background: Floats = 128 + SLOPE_LEVELS * np.sin(1.7 * row + 1.1 * column)
        return background


def camera(*, alt_m: float, pitch_deg: float, focal_px: float, width_px: int = 768, height_px: int = 432) -> CameraPose:
    """Return a surveyed camera over flat ground."""
    return CameraPose(
        utc_ns=0,
        lat_deg=48.857,
        lon_deg=2.352,
        alt_m=alt_m,
        ground_alt_m=0.0,
        yaw_deg=20.0,
        pitch_deg=pitch_deg,
        roll_deg=0.0,
        intrinsics=Intrinsics(
            width_px=width_px,
            height_px=height_px,
            fx_px=focal_px,
            fy_px=focal_px,
            cx_px=(width_px - 1) / 2,
            cy_px=(height_px - 1) / 2,
        ),
        sigma=SURVEYED,
    )


NADIR: Final = View(name="nadir", pose=camera(alt_m=20, pitch_deg=-90, focal_px=1100))
OBLIQUE: Final = View(name="60 degrees oblique", pose=camera(alt_m=10, pitch_deg=-30, focal_px=900))
ZOOMED: Final = View(name="7x zoom", pose=camera(alt_m=60, pitch_deg=-70, focal_px=ZOOM * WIDE_FOCAL_PX))
MORE: Final = (
    View(name="at the cap's onset", pose=camera(alt_m=20, pitch_deg=-90, focal_px=470)),
    View(name="far and near", pose=camera(alt_m=20, pitch_deg=-25, focal_px=900)),
    View(
        name="barrel lens, rolled",
        pose=replace(
            camera(alt_m=9, pitch_deg=-50, focal_px=620),
            roll_deg=25.0,
            intrinsics=replace(
                camera(alt_m=9, pitch_deg=-50, focal_px=620).intrinsics, distortion=(-0.2, 0.06, 0.001, 0.0, 0.0)
            ),
        ),
    ),
    View(
        name="a stream of half the camera file's size",
        pose=camera(alt_m=20, pitch_deg=-60, focal_px=2400, width_px=1536, height_px=864),
    ),
)


def smaller(view: View) -> View:
    """Return the same camera with a smaller picture of what is in its middle."""
    optics = view.pose.intrinsics
    width_px, height_px = 448, 320
    optics = replace(
        optics, width_px=width_px, height_px=height_px, cx_px=(width_px - 1) / 2, cy_px=(height_px - 1) / 2
    )
    return replace(view, pose=replace(view.pose, intrinsics=optics), width_px=width_px, height_px=height_px)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was left of one target in one picture."""

    view: str
    where: str
    """`analysed`, `released`, `video` or `jpeg`."""
    lines: Lines
    left: Left


def measured(
    view: View, *, height_m: float, cap_px_per_m: float, analysed: bool, all_lines: list[Lines]
) -> Iterator[Measured]:
    """Yield what is left of each target, of lines finer than a cap, at every step where that cap holds.

    Args:
        view: The camera.
        height_m: Of the plane on which the lines are drawn, over the ground.
        cap_px_per_m: Of the pictures that are looked at.
        analysed: True for what the detectors see, False for what is published.
        all_lines: The targets, one picture each; the picture without any goes first.
    """
    plane = view.plane(height_m)
    pictures = [plane.picture(lines, amplitude=AMPLITUDE, background=view.background) for lines in all_lines]
    empty = np.rint(view.background).astype(np.uint8)
    without, *steps = shown([empty, *pictures], [view.pose] * (len(pictures) + 1))
    bound, working = without.capped.bound, without.capped.pose
    if bound is None or working is None:
        raise RuntimeError("a frame of a camera with a pose has lost it")
    small = plane if working.intrinsics.width_px == view.width_px else plane_seen(working, height_m=height_m)
    finest = float(bound.blocks[np.isfinite(bound.blocks)].max())
    rim_px = math.ceil((KERNEL_SIGMAS * SIGMA_OF_OUTPUT_PX + 1) * max(1.0, finest / cap_px_per_m)) + 1
    for lines, step in zip(all_lines, steps, strict=True):
        for where in ("analysed",) if analysed else ("released", "video", "jpeg"):
            seen = small if where in ("analysed", "released") else plane
            rim = rim_px if seen is small else rim_px * round(view.width_px / working.intrinsics.width_px)
            left = left_of(levels(step, where) - levels(without, where), seen, lines, amplitude=AMPLITUDE, rim_px=rim)
            yield Measured(view=view.name, where=where, lines=lines, left=left)


def levels(step: Shown, where: str) -> Floats:
    """Return the grey levels of one step, float64 (height, width)."""
    picture = {
        "analysed": step.capped.pixels,
        "released": step.released.picture,
        "video": step.video,
        "jpeg": step.jpeg,
    }[where]
    return luma(picture).astype(np.float64)


def highest_heads_m(view: View) -> float:
    """Return the height over ground of the plane for which the caps are computed: where they are tight."""
    return view.pose.alt_agl_m - clearance_m(view.pose)

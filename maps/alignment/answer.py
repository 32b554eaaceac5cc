"""From tie points to an alignment with its residuals, or to the cause why there is none. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from flightlink.alignment import LARGEST_TILT_DEG, Alignment, Bias, bias_of, turned_back
from maps.alignment.points import Sights, TiePoint, sights_of
from maps.alignment.solve import looked
from maps.alignment.tell import Told, told_by
from maps.camera import FloatArray, image_from_enu

MOST_POINTS: Final = 50
REVERSED_DEG: Final = 150.0
"""A yaw that is off by more is written the wrong way round."""
UNCHECKED: Final = 4
"""Of fewer points none can be called wrong."""
LEAST_SIGMA_DEG: Final = 0.02
_AXES: Final = ("yaw", "pitch", "roll")


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """How far one tie point lies from where the pose puts it; None where the pose puts it nowhere."""

    before_m: float | None
    """On the ground, by the attitude as reported."""
    after_m: float | None
    """By the aligned one."""
    after_px: float | None
    """In the picture."""
    is_wrong: bool
    """Whether it contradicts the others and was left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """An alignment and what stands behind it."""

    alignment: Alignment
    residuals: tuple[Residual, ...]
    """In the order of the points."""
    before_m: float | None
    """Median over the points that count."""
    notes: tuple[str, ...]
    """Constant words: `yaw_reversed`, `yaw_not_told`, `pitch_not_told`, `roll_not_told`, `point_left_out`,
    `too_few_to_check`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignmentRefusal:
    """Why tie points give no alignment."""

    cause: str
    """`too_few_points`, `too_many_points`, `useless_point`, `points_cannot_tell`, `points_contradict` or
    `beyond_alignment`."""
    detail: str
    residuals: tuple[Residual, ...] = ()
    """Where the points contradict each other: by the best agreement there is."""


def solution_of(points: Sequence[TiePoint], *, utc_ns: int) -> Solution | AlignmentRefusal:
    """Return the alignment that tie points tell, solved at an instant, or why they tell none."""
    refusal = _unfit(points)
    if refusal is not None:
        return refusal
    sights = sights_of(points)
    found = told_by(sights)
    bias = bias_of(*np.degrees(found.fit.bias_rad).tolist())
    residuals = _residuals(points, sights, bias, found.wrong)
    if not found.agrees:
        detail = (
            f"{len(points)} tie points contradict each other{_worst(residuals)}; click again, or look at the heights"
        )
        return AlignmentRefusal(cause="points_contradict", detail=detail, residuals=residuals)
    if not any(found.told):
        mend = "add points farther away, to the sides of the picture, or from another place"
        return AlignmentRefusal(cause="points_cannot_tell", detail=f"the tie points tell no angle; {mend}")
    if max(abs(bias.pitch_deg), abs(bias.roll_deg)) > LARGEST_TILT_DEG:
        off = f"pitch is off by {bias.pitch_deg:.0f} and roll by {bias.roll_deg:.0f} degrees"
        detail = f"{off}; check the gimbal and the camera file"
        return AlignmentRefusal(cause="beyond_alignment", detail=detail, residuals=residuals)
    return _solution(found, bias, residuals, utc_ns)


def _unfit(points: Sequence[TiePoint]) -> AlignmentRefusal | None:
    if len(points) < 2:
        return AlignmentRefusal(cause="too_few_points", detail=f"{len(points)} tie points; at least 2, better 5")
    if len(points) > MOST_POINTS:
        return AlignmentRefusal(cause="too_many_points", detail=f"{len(points)} tie points; {MOST_POINTS} are enough")
    for number, point in enumerate(points, start=1):
        if point.flaw:
            return AlignmentRefusal(cause="useless_point", detail=f"tie point {number}: {point.flaw}; remove it")
        if point in points[: number - 1]:
            # told twice, one click would weigh as two that agree
            twin = f"the same as tie point {points.index(point) + 1}"
            return AlignmentRefusal(cause="useless_point", detail=f"tie point {number}: {twin}; remove it")
    return None


def _solution(found: Told, bias: Bias, residuals: tuple[Residual, ...], utc_ns: int) -> Solution:
    yaw, pitch, roll = (
        max(LEAST_SIGMA_DEG, float(sigma)) if is_told else None
        for sigma, is_told in zip(np.degrees(found.fit.sigma_rad), found.told, strict=True)
    )
    counted = [residual for residual in residuals if not residual.is_wrong]
    alignment = Alignment(
        bias=bias,
        sigma_deg=(yaw, pitch, roll),
        utc_ns=utc_ns,
        points=len(counted),
        residual_m=_median([one.after_m for one in counted]) or 0.0,
    )
    before_m = _median([one.before_m for one in counted])
    return Solution(
        alignment=alignment, residuals=residuals, before_m=before_m, notes=_notes(found, bias, len(counted))
    )


def _notes(found: Told, bias: Bias, counted: int) -> tuple[str, ...]:
    reverse = ("yaw_reversed",) if abs(bias.yaw_deg) > REVERSED_DEG else ()
    silent = tuple(f"{axis}_not_told" for axis, is_told in zip(_AXES, found.told, strict=True) if not is_told)
    left_out = ("point_left_out",) if found.wrong else ()
    return reverse + silent + left_out + (("too_few_to_check",) if counted < UNCHECKED else ())


def _residuals(points: Sequence[TiePoint], sights: Sights, bias: Bias, wrong: tuple[int, ...]) -> tuple[Residual, ...]:
    before_m, after_m = (_ground_misses_m(sights, np.radians(one)) for one in ((0.0, 0.0, 0.0), bias))
    return tuple(
        Residual(
            before_m=_known(before_m[place]),
            after_m=_known(after_m[place]),
            after_px=_picture_miss_px(point, bias),
            is_wrong=place in wrong,
        )
        for place, point in enumerate(points)
    )


def _ground_misses_m(sights: Sights, bias_rad: FloatArray) -> FloatArray:
    """Return how far each clicked ray meets the height of its place from that place, (n,); NaN where it does not."""
    rays, places = looked(sights, bias_rad), sights.towards * sights.range_m[:, None]
    with np.errstate(all="ignore"):  # rays at and over the horizon; told as NaN
        scale = places[:, 2] / rays[:, 2]
        miss = np.hypot(*(rays * scale[:, None] - places)[:, :2].T)
    missed: FloatArray = np.where(scale > 0, miss, np.nan)
    return missed


def _picture_miss_px(point: TiePoint, bias: Bias) -> float | None:
    """Return how far from the click the place is seen by the aligned pose, in pixels."""
    attitude = turned_back(point.pose, bias)
    pose = replace(point.pose, yaw_deg=attitude.yaw_deg, pitch_deg=attitude.pitch_deg, roll_deg=attitude.roll_deg)
    u_px, v_px, _ = image_from_enu(pose, point.enu_m[None])
    return _known(float(np.hypot(u_px[0] - point.u_px, v_px[0] - point.v_px)))


def _known(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None


def _median(numbers: Sequence[float | None]) -> float | None:
    """Return the median, where a point that is put nowhere counts as farthest; None where that is the median."""
    sized = sorted(np.inf if number is None else number for number in numbers)
    return _known(float(np.median(sized))) if sized else None


def _worst(residuals: tuple[Residual, ...]) -> str:
    """Return which point is farthest off, in words."""
    far = [np.inf if one.after_m is None else one.after_m for one in residuals]
    place = int(np.argmax(far))
    return f", point {place + 1} most" + (f" ({far[place]:.1f} m off)" if np.isfinite(far[place]) else "")

"""Guarantee 2, nothing finer than the cap: line targets through the whole room, with detectors that find nobody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import cv2
import numpy as np

from flightlink.mission import DEFAULT_PUBLISHED_PX_PER_M, HARD_CEILING_PX_PER_M
from proofs.lines import Lines, left_of
from proofs.row import Figure, Finding, Proven, Trial
from proofs.superres import FRAMES, Recovered, recovered
from proofs.views import (
    AMPLITUDE,
    MORE,
    NADIR,
    OBLIQUE,
    ZOOMED,
    Bytes,
    Measured,
    View,
    camera,
    highest_heads_m,
    measured,
    smaller,
)
from vision.lowpass import LowPass, lowpass_for
from vision.scale import HEAD_PLANE_M, clearance_m, density_bound, raised_m_for

FINER: Final = 1.25
"""The coarsest target's lines are so much finer than the finest that a cap may show: two pixels a line pair."""
QUICK_FINER: Final = (FINER, 2.2)
ALL_FINER: Final = (FINER, 1.6, 2.2, 3.5)
QUICK_TURNED_DEG: Final = (0.0, 90.0, 45.0)
ALL_TURNED_DEG: Final = (0.0, 90.0, 30.0)
MOST_LEFT: Final = 0.01
MOST_AT_ANY_FREQUENCY: Final = 0.015
"""Where both pictures that are compared are rounded to bytes, rounding alone can come to one grey level: 0.01."""
MOST_RECOVERED: Final = 0.05
BALCONIES_M: Final = (3.0, 6.0)
HEIGHTS_M: Final = (20.0, 30.0, 60.0)


def proved(trial: Trial) -> Proven:
    """Try the caps; the control averages areas in place of the low-pass.

    Raises:
        RuntimeError: the gate stayed closed, so nothing was measured.
    """
    views = (NADIR, OBLIQUE, ZOOMED) if trial.quick else (NADIR, OBLIQUE, ZOOMED, *MORE)
    found: list[Measured] = []
    for view in views:
        trial.told(f"lines finer than the caps, {view.name}")
        found += measured_in(view, quick=trial.quick, seed=trial.seed)
    trial.told(f"averages of {FRAMES} published frames")
    rng = np.random.default_rng(trial.seed)
    attacks = [recovered(smaller(view), lines_for(view, FINER, 90.0, 0.0), rng) for view in (NADIR, OBLIQUE, ZOOMED)]
    return Proven(
        finding=finding_of(found, attacks),
        control="areas averaged in place of the low-pass",
        control_finding=control_finding(),
    )


def lines_for(view: View, finer: float, turned_deg: float, phase_cycles: float, *, analysed: bool = False) -> Lines:
    """Return lines so many times as fine as a cap allows, in a direction that is told from the camera's."""
    cap_px_per_m = HARD_CEILING_PX_PER_M if analysed else DEFAULT_PUBLISHED_PX_PER_M
    return Lines(per_m=finer * cap_px_per_m / 2, towards_deg=view.pose.yaw_deg + turned_deg, phase_cycles=phase_cycles)


def measured_in(view: View, *, quick: bool, seed: int) -> list[Measured]:
    """Return what is left of all targets in one view: on the ground, and where the caps are tight, on raised heads."""
    rng = np.random.default_rng(seed)
    found: list[Measured] = []
    for analysed in (True, False):
        all_lines = [
            lines_for(view, finer, turned_deg, float(rng.random()), analysed=analysed)
            for finer in (QUICK_FINER if quick else ALL_FINER)
            for turned_deg in (QUICK_TURNED_DEG if quick else ALL_TURNED_DEG)
        ]
        cap_px_per_m = HARD_CEILING_PX_PER_M if analysed else DEFAULT_PUBLISHED_PX_PER_M
        for height_m in (0.0, highest_heads_m(view)):
            found += measured(
                view, height_m=height_m, cap_px_per_m=cap_px_per_m, analysed=analysed, all_lines=all_lines
            )
    return [one for one in found if one.left.tiles]


def finding_of(found: list[Measured], attacks: list[Recovered]) -> Finding:
    """Return what was found, over all views; it holds only if every figure does."""
    worst = {where: _worst(one.left.at_target for one in found if one.where == where) for where in _PLACES}
    spread = _worst(one.left.in_all for one in found if one.where in ("analysed", "released"))
    averaged = _worst(one.averaged for one in attacks)
    sharpened = _worst(one.sharpened for one in attacks)
    figures: dict[str, Figure] = {
        "targets": len({(one.view, one.lines) for one in found}),
        "views": len({one.view for one in found}),
        **{f"worst_contrast_{where}": round(value, 5) for where, value in worst.items()},
        "worst_at_any_frequency": round(spread, 5),
        f"worst_average_of_{FRAMES}": round(averaged, 5),
        f"worst_sharpened_average_of_{FRAMES}": round(sharpened, 5),
        **balcony_figures(),
    }
    evidence = (
        f"{figures['targets']} targets from {FINER} times the cap on, in {figures['views']} views: at most "
        f"{worst['analysed']:.2%} is left in the analysed frame, {_worst(worst[w] for w in _PUBLISHED):.2%} in the "
        f"published one, {spread:.2%} at any frequency before encoding; average of {FRAMES} frames {averaged:.2%}, "
        f"sharpened with the known kernel {sharpened:.2%}; no detector found anybody"
    )
    held = all(value < MOST_LEFT for value in worst.values()) and spread < MOST_AT_ANY_FREQUENCY
    return Finding(
        holds=held and max(averaged, sharpened) < MOST_RECOVERED,
        evidence=evidence,
        figures=figures,
    )


_PUBLISHED: Final = ("released", "video", "jpeg")
_PLACES: Final = ("analysed", *_PUBLISHED)


def _worst(values: Iterable[float]) -> float:
    """Return the largest, infinite where nothing was measured: no measurement is no proof."""
    return max(values, default=float("inf"))


def balcony_figures() -> dict[str, Figure]:
    """Return how sharply people on balconies are published and analysed, and up to where the caps hold for them."""
    figures: dict[str, Figure] = {}
    for alt_m in HEIGHTS_M:
        pose = camera(alt_m=alt_m, pitch_deg=-90, focal_px=1000)
        over_m = clearance_m(pose)
        for balcony_m in BALCONIES_M:
            gain = over_m / (alt_m - HEAD_PLANE_M - balcony_m)
            told = f"balcony_{balcony_m:.0f}m_from_{alt_m:.0f}m"
            figures[f"{told}_published_px_per_m"] = round(DEFAULT_PUBLISHED_PX_PER_M * gain, 2)
            figures[f"{told}_analysed_px_per_m"] = round(HARD_CEILING_PX_PER_M * gain, 2)
        half = over_m * DEFAULT_PUBLISHED_PX_PER_M / HARD_CEILING_PX_PER_M
        figures[f"caps_hold_up_to_m_from_{alt_m:.0f}m"] = round(raised_m_for(pose), 2)
        figures[f"published_under_ceiling_up_to_m_from_{alt_m:.0f}m"] = round(alt_m - HEAD_PLANE_M - half, 2)
    return figures


def control_finding() -> Finding:
    """Measure the published cap's own bands with areas averaged, down and up, in place of the low-pass."""
    view, lines = NADIR, lines_for(NADIR, FINER, 0.0, 0.0)
    plane = view.plane(highest_heads_m(view))
    lowpass = lowpass_for(
        density_bound(view.pose),
        cap_px_per_m=DEFAULT_PUBLISHED_PX_PER_M,
        width_px=view.width_px,
        height_px=view.height_px,
    )
    with_lines = area_averaged(plane.picture(lines, amplitude=AMPLITUDE, background=view.background), lowpass)
    without = area_averaged(np.rint(view.background).astype(np.uint8), lowpass)
    left = left_of(with_lines.astype(np.float64) - without, plane, lines, amplitude=AMPLITUDE, rim_px=20)
    return Finding(
        holds=left.at_target < MOST_LEFT,
        evidence=f"{left.at_target:.0%} of the contrast is left at the lines' own frequency, {left.in_all:.0%} at any",
        figures={
            "worst_contrast_released": round(left.at_target, 4),
            "worst_at_any_frequency": round(left.in_all, 4),
        },
    )


def area_averaged(picture: Bytes, lowpass: LowPass) -> Bytes:
    """Return a picture, uint8 (height, width), with each band brought to the cap by averaging areas and enlarged."""
    result = picture.copy()
    for band in lowpass.bands:
        part = band.part.of(picture)
        size = (max(1, int(part.shape[1] / band.ratio)), max(1, int(part.shape[0] / band.ratio)))
        small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
        large = np.asarray(cv2.resize(small, part.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
        inside = np.full(part.shape, 255, np.uint8) if band.inside is None else band.inside
        cv2.copyTo(large, inside, band.part.of(result))
    return result

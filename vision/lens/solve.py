"""Solve a camera from views of a flat board: pinhole and k1, k2, p1, p2, k3, with the error of each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from flightlink.errors import PoseInvalidError
from flightlink.pose import Intrinsics
from vision.errors import VisionError
from vision.lens.views import Points, View

_OUTLIER: Final = 3.0
"""A view whose error is so many times the median was blurred, bent or taken while the shutter rolled."""
_OUTLIER_ROUNDS: Final = 2
_GROUPS: Final = 5
_TELLING: Final = 3.0
"""k3 stays 0 unless it is so many of its own standard deviations away from it: else it only bends the corners."""


class LensError(VisionError):
    """The views do not tell the lens; one line with what to film instead."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lens:
    """What the views say of a camera."""

    intrinsics: Intrinsics
    sigma_px: tuple[float, float, float, float]
    """One standard deviation of fx, fy, cx, cy, px: by the scatter of the corners, or by what views leave out tell,
    whichever is larger."""
    error_px: float
    """Root mean square distance between a corner and where the camera would show it."""
    views: tuple[View, ...]
    """Those that count: outliers are left out."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fit:
    intrinsics: Intrinsics
    sigma: Points
    """fx, fy, cx, cy, k1, k2, p1, p2, k3."""
    error_px: float
    view_errors_px: Points


def lens_from_views(views: Sequence[View], *, width_px: int, height_px: int) -> Lens:
    """Return the camera that shows the board as the views do.

    Zhang's method with least squares on the reprojection error (Z. Zhang, A flexible new technique for camera
    calibration, 2000), as OpenCV solves it; views far off are left out and the rest is solved again.

    Raises:
        LensError: there is no such camera.
    """
    kept = list(views)
    fit = _fitted(kept, width_px, height_px)
    for _ in range(_OUTLIER_ROUNDS):
        bound = _OUTLIER * float(np.median(fit.view_errors_px))
        good = [view for view, error in zip(kept, fit.view_errors_px, strict=True) if error <= bound]
        if len(good) == len(kept):
            break
        kept = good
        fit = _fitted(kept, width_px, height_px)
    fx_px, fy_px, cx_px, cy_px = np.maximum(fit.sigma[:4], _left_out_sigma(kept, fit, width_px, height_px)).tolist()
    return Lens(
        intrinsics=fit.intrinsics,
        sigma_px=(fx_px, fy_px, cx_px, cy_px),
        error_px=fit.error_px,
        views=tuple(kept),
    )


def _left_out_sigma(views: Sequence[View], fit: _Fit, width_px: int, height_px: int) -> Points:
    """Return the standard deviation of fx, fy, cx, cy when each fifth of the views is left out in turn, float64 (4,).

    Corners of one view are not independent: blur, a bent board and the shutter move them together, which their scatter
    does not show. Delete-a-group jackknife (J. Shao, D. Tu, The Jackknife and Bootstrap, 1995): var = (g - 1) / g times
    the sum of squares about the mean.
    """
    if len(views) < 2 * _GROUPS:
        return np.zeros(4)
    flags = 0 if fit.intrinsics.distortion[4] else cv2.CALIB_FIX_K3
    parts = ([view for place, view in enumerate(views) if place % _GROUPS != left] for left in range(_GROUPS))
    lenses = [_solved(part, width_px, height_px, flags=flags).intrinsics for part in parts]
    found = np.array([(lens.fx_px, lens.fy_px, lens.cx_px, lens.cy_px) for lens in lenses])
    sigma: Points = np.sqrt((_GROUPS - 1) * found.var(axis=0))
    return sigma


def _fitted(views: Sequence[View], width_px: int, height_px: int) -> _Fit:
    fit = _solved(views, width_px, height_px, flags=0)
    is_telling = abs(fit.intrinsics.distortion[4]) > _TELLING * fit.sigma[8]
    return fit if is_telling else _solved(views, width_px, height_px, flags=cv2.CALIB_FIX_K3)


def _solved(views: Sequence[View], width_px: int, height_px: int, *, flags: int) -> _Fit:
    boards = [np.column_stack([view.board, np.zeros(len(view.board))]).astype(np.float32) for view in views]
    images = [view.image.astype(np.float32) for view in views]
    start = np.eye(3)
    try:
        error_px, matrix, bend, _, _, sigma, _, by_view = cv2.calibrateCameraExtended(
            boards, images, (width_px, height_px), start, np.zeros(5), flags=flags
        )
        intrinsics = _intrinsics(np.asarray(matrix, np.float64), np.asarray(bend, np.float64), width_px, height_px)
    except (cv2.error, PoseInvalidError) as error:
        raise LensError("the views contradict each other: no camera shows a flat board so; film it again") from error
    return _Fit(
        intrinsics=intrinsics,
        sigma=np.asarray(sigma, np.float64).ravel()[:9],
        error_px=float(error_px),
        view_errors_px=np.asarray(by_view, np.float64).ravel(),
    )


def _intrinsics(matrix: Points, bend: Points, width_px: int, height_px: int) -> Intrinsics:
    k1, k2, p1, p2, k3 = (float(part) for part in bend.ravel()[:5])
    return Intrinsics(
        width_px=width_px,
        height_px=height_px,
        fx_px=float(matrix[0, 0]),
        fy_px=float(matrix[1, 1]),
        cx_px=float(matrix[0, 2]),
        cy_px=float(matrix[1, 2]),
        distortion=(k1, k2, p1, p2, k3),
    )

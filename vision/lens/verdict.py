"""Whether a solved lens may be written down: views enough, picture covered, error small, no fold inside. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from maps.camera import ideal_from_image
from vision.lens.solve import Lens, LensError
from vision.lens.views import View

LEAST_VIEWS: Final = 8
CORNER_SHARE: Final = 0.25
"""A corner of the picture is reached when a board's corner was seen within this share of width and height of it."""
MOST_UNREACHED: Final = 2
LARGEST_ERROR_PX: Final = 1.0
"""Of a picture 1920 px wide; in proportion for wider ones."""
LARGEST_SIGMA: Final = 0.005
"""Of the focal length."""
NOT_SQUARE: Final = 0.02
_PLACES: Final = {(0, 0): "upper left", (1, 0): "upper right", (0, 1): "lower left", (1, 1): "lower right"}
_BORDER_POINTS: Final = 60


def refuse_too_few(views: Sequence[View], *, looked: int) -> None:
    """Refuse views that are too few.

    Raises:
        LensError: one line with how to film it.
    """
    if not views:
        raise LensError(
            f"no board in any of {looked} pictures; film a flat chessboard or ChArUco board that fills a third of the "
            "picture, all of it in view, sharp and without glare"
        )
    if len(views) < LEAST_VIEWS:
        raise LensError(
            f"a board in {len(views)} of {looked} pictures, at least {LEAST_VIEWS} are needed; film for half a minute, "
            "moving slowly"
        )


def refuse_unfit(lens: Lens) -> None:
    """Refuse a lens that would place people wrongly.

    Raises:
        LensError: one line with why, and what to film.
    """
    intrinsics, width_px = lens.intrinsics, lens.intrinsics.width_px
    missing = unreached(lens.views, width_px=width_px, height_px=intrinsics.height_px)
    if len(missing) > MOST_UNREACHED:
        raise LensError(f"the board never reached {', '.join(missing)} of the picture; {_move_to(missing)}")
    limit_px = LARGEST_ERROR_PX * max(1.0, width_px / 1920)
    if lens.error_px > limit_px:
        raise LensError(
            f"corners lie {lens.error_px:.2f} px off, at most {limit_px:.2f} px is accepted; use a flat, stiff board "
            "and a still hand, without zoom and without stabilisation"
        )
    sigma = max(lens.sigma_px[0] / intrinsics.fx_px, lens.sigma_px[1] / intrinsics.fy_px)
    if not sigma <= LARGEST_SIGMA:
        raise LensError(f"the focal length is only known to {sigma:.1%}; tilt the board by 30 to 45 degrees, all ways")
    if folds_over(lens):
        raise LensError(
            "the solved distortion folds the picture over inside its border; move the board into every corner, tilted"
        )


def advice(lens: Lens) -> list[str]:
    """Return what would make a lens better that is good enough, in sentences."""
    intrinsics = lens.intrinsics
    missing = unreached(lens.views, width_px=intrinsics.width_px, height_px=intrinsics.height_px)
    said = [f"{_move_to(missing)}: nothing is known of the lens there"] if missing else []
    if abs(intrinsics.fx_px / intrinsics.fy_px - 1) > NOT_SQUARE:
        said.append(
            "pixels are not square: measure whether the printed squares are, and whether the video is stretched"
        )
    return said


def unreached(views: Sequence[View], *, width_px: int, height_px: int) -> list[str]:
    """Return the corners of the picture that no corner of the board came near."""
    points = np.concatenate([view.image for view in views]) / (width_px, height_px)
    return [
        name
        for (right, below), name in _PLACES.items()
        if not np.any(np.all(np.abs(points - (right, below)) <= CORNER_SHARE, axis=1))
    ]


def folds_over(lens: Lens) -> bool:
    """Say whether some pixel of the picture's border has no ray: the polynomial turns back before it."""
    intrinsics = lens.intrinsics
    across = np.linspace(-0.5, intrinsics.width_px - 0.5, _BORDER_POINTS)
    along = np.linspace(-0.5, intrinsics.height_px - 0.5, _BORDER_POINTS)
    u_px = np.concatenate([across, across, np.full(_BORDER_POINTS, across[0]), np.full(_BORDER_POINTS, across[-1])])
    v_px = np.concatenate([np.full(_BORDER_POINTS, along[0]), np.full(_BORDER_POINTS, along[-1]), along, along])
    return not bool(np.all(ideal_from_image(intrinsics, u_px, v_px)[2]))


def hfov_deg(lens: Lens) -> float:
    """Return the horizontal field of view between the outer edges of the picture, with its distortion."""
    intrinsics = lens.intrinsics
    edges = np.array([-0.5, intrinsics.width_px - 0.5])
    x, _, _ = ideal_from_image(intrinsics, edges, np.full(2, intrinsics.cy_px))
    return math.degrees(math.atan(float(x[1])) - math.atan(float(x[0])))


def _move_to(places: Sequence[str]) -> str:
    return f"move the board to the {', the '.join(places)}"

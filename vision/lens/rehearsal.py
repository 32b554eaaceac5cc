"""Do everything once on made-up numbers, so that every library has loaded all it needs before the seal."""

from __future__ import annotations

from typing import Final

import numpy as np

from vision.lens.choice import chosen
from vision.lens.search import Asked, Search, sharpness
from vision.lens.solve import lens_from_views
from vision.lens.verdict import advice, hfov_deg, refuse_too_few, refuse_unfit
from vision.lens.views import View, image_from_board

_WIDTH_PX: Final = 640
_HEIGHT_PX: Final = 480
_FOCAL_PX: Final = 600.0
_FAR: Final = 12.0
"""Squares from the camera."""
_PLACES: Final = ((-1, -1), (1, -1), (-1, 1), (1, 1))


def rehearse() -> None:
    """Search an empty picture, and solve a lens from a board that nobody filmed."""
    blank = np.full((64, 96), 128, np.uint8)
    for asked in (Asked(), Asked(board=(9, 6)), Asked(charuco=(7, 5))):
        Search(asked).look(blank)
    sharpness(blank)
    size = {"width_px": _WIDTH_PX, "height_px": _HEIGHT_PX}
    views = [_view(right, below, tilt) for right, below in _PLACES for tilt in (-0.4, 0.3, 0.5)]
    lens = lens_from_views(chosen(views, **size, most=len(views) - 1), **size)
    refuse_too_few(views, looked=len(views))
    refuse_unfit(lens)
    advice(lens)
    hfov_deg(lens)


def _view(right: float, below: float, tilt_rad: float) -> View:
    """Return a board towards a corner of the picture, turned about both its axes."""
    sin, cos = np.sin(tilt_rad), np.cos(tilt_rad)
    about_x = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])
    about_y = np.array([[cos, 0, right * sin], [0, 1, 0], [-right * sin, 0, cos]])
    turn = about_y @ about_x
    origin = np.array([right * 2.5, below * 2.0, _FAR]) - turn @ (4.0, 2.5, 0.0)
    matrix = np.array([[_FOCAL_PX, 0, _WIDTH_PX / 2], [0, _FOCAL_PX, _HEIGHT_PX / 2], [0, 0, 1]])
    board = np.stack(np.meshgrid(np.arange(9.0), np.arange(6.0)), axis=-1).reshape(-1, 2)
    return View(board=board, image=image_from_board(matrix @ np.column_stack([turn[:, 0], turn[:, 1], origin]), board))

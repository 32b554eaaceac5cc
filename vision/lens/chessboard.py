"""Find a chessboard in a picture, of whatever size: every grid of corners that is seen whole is a board."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from vision.lens.views import Picture, Points, View

LEAST_CORNERS: Final = 4
"""Inner corners along each side; fewer are found in any tiled wall."""
SEARCHED_PX: Final = 1280
"""Long side of the picture that is searched; corners are refined in the whole one."""
_REFINED: Final = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 40, 1e-4)
_MOST_WINDOW_PX: Final = 9
_MOST_MOVE_PX: Final = 3.0


def find_chessboard(grey: Picture, size: tuple[int, int] | None) -> View | None:
    """Return the corners of a chessboard, or None where there is none.

    Args:
        grey: uint8 (height, width).
        size: inner corners along both sides in any order; None takes any size.
    """
    small, scale = _reduced(grey)
    is_there, corners, meta = cv2.findChessboardCornersSBWithMeta(
        small, (LEAST_CORNERS, LEAST_CORNERS), cv2.CALIB_CB_LARGER
    )
    if not is_there or meta is None:
        return None
    rows, columns = meta.shape
    if size is not None and {rows, columns} != set(size):
        return None
    found = np.asarray(corners, np.float64).reshape(-1, 2)
    image = found if scale == 1 else _refined(grey, (found + 0.5) / scale - 0.5, columns)
    board = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2).astype(np.float64)
    return None if image is None else View(board=board, image=image)


def _reduced(grey: Picture) -> tuple[Picture, float]:
    scale = SEARCHED_PX / max(grey.shape)
    if scale >= 1:
        return grey, 1.0
    size = round(grey.shape[1] * scale), round(grey.shape[0] * scale)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def _refined(grey: Picture, corners: Points, columns: int) -> Points | None:
    """Return the corners to a part of a pixel of the whole picture, or None where one of them ran away."""
    along = np.linalg.norm(np.diff(corners.reshape(-1, columns, 2), axis=1), axis=-1)
    window = int(np.clip(along.min() / 3, 2, _MOST_WINDOW_PX))
    start = corners.astype(np.float32).reshape(-1, 1, 2)
    refined = np.asarray(cv2.cornerSubPix(grey, start.copy(), (window, window), (-1, -1), _REFINED), np.float64)
    moved = np.linalg.norm(refined.reshape(-1, 2) - corners, axis=1)
    return refined.reshape(-1, 2) if moved.max() <= _MOST_MOVE_PX else None

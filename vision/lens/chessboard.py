"""Find a chessboard in a picture: first of any size, to learn which one it is, then of that size alone."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from vision.lens.views import Picture, Points, View, homography_from_points, image_from_board

LEAST_CORNERS: Final = 4
"""Inner corners along each side; fewer are found in any tiled wall."""
SEARCHED_PX: Final = 1280
"""Long side of the picture that is searched; corners are refined in the whole one."""
MOST_MISFIT: Final = 0.06
"""Of the board's size in the picture: how far a corner may lie from a flat board seen without distortion."""
_REFINED: Final = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 40, 1e-4)
_OLD_WAY: Final = cv2.CALIB_CB_ADAPTIVE_THRESH | cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_FAST_CHECK
_MOST_WINDOW_PX: Final = 9
_MOST_MOVE_PX: Final = 3.0

Size = tuple[int, int]
"""Inner corners along the longer and the shorter side."""


def size_of_chessboard(grey: Picture) -> Size | None:
    """Return the size of a chessboard in a picture, uint8 (height, width); None where there is none.

    A guess: where a board has no wide white border, or lies beside other straight edges, a row too many or too few is
    found now and then. Let several pictures vote.
    """
    small, _ = _reduced(grey)
    found, corners, meta = cv2.findChessboardCornersSBWithMeta(
        small, (LEAST_CORNERS, LEAST_CORNERS), cv2.CALIB_CB_LARGER
    )
    if not found or meta is None:
        return None
    rows, columns = meta.shape
    is_flat = _view(np.asarray(corners, np.float64).reshape(-1, 2), columns) is not None
    return (max(rows, columns), min(rows, columns)) if is_flat else None


def find_chessboard(grey: Picture, size: Size) -> View | None:
    """Return the corners of a chessboard of a size, in any order of its sides, or None where there is none.

    Two ways are tried: the sector-based search, then the older one by quadrangles, which needs less of a border.

    Args:
        grey: uint8 (height, width).
        size: inner corners along both sides.
    """
    small, scale = _reduced(grey)
    found, corners = cv2.findChessboardCornersSB(small, size)
    is_rough = not found
    if is_rough:
        found, corners = cv2.findChessboardCorners(small, size, flags=_OLD_WAY)
    if not found or corners is None:
        return None
    image = (np.asarray(corners, np.float64).reshape(-1, 2) + 0.5) / scale - 0.5
    if is_rough or scale < 1:
        image = _refined(grey, image, size[0], may_move_px=_MOST_MOVE_PX / scale)
    return _view(image, size[0])


def _view(image: Points, columns: int) -> View | None:
    """Return corners as a view, None where they lie on no flat board."""
    rows = len(image) // columns
    board = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2).astype(np.float64)
    with np.errstate(all="ignore"):  # corners all over the picture have no homography
        misfit_px = np.max(np.abs(image_from_board(homography_from_points(board, image), board) - image))
    is_flat = misfit_px <= MOST_MISFIT * np.max(np.ptp(image, axis=0))
    return View(board=board, image=image) if is_flat else None


def _reduced(grey: Picture) -> tuple[Picture, float]:
    scale = SEARCHED_PX / max(grey.shape)
    if scale >= 1:
        return grey, 1.0
    size = round(grey.shape[1] * scale), round(grey.shape[0] * scale)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def _refined(grey: Picture, corners: Points, columns: int, *, may_move_px: float) -> Points:
    """Return the corners to a part of a pixel of the whole picture; one that would run away stays where it was."""
    along = np.linalg.norm(np.diff(corners.reshape(-1, columns, 2), axis=1), axis=-1)
    window = int(np.clip(along.min() / 3, 2, _MOST_WINDOW_PX))
    start = corners.astype(np.float32).reshape(-1, 1, 2)
    refined = np.asarray(cv2.cornerSubPix(grey, start.copy(), (window, window), (-1, -1), _REFINED), np.float64)
    refined = refined.reshape(-1, 2)
    stays = np.linalg.norm(refined - corners, axis=1, keepdims=True) > may_move_px
    return np.where(stays, corners, refined)

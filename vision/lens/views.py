"""`View`: one picture of a board as pairs of points, and what tells two views apart. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.uint8]
Points: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """Corners of a flat board in one picture."""

    board: Points
    """float64 (n, 2): where each corner lies on the board, in squares."""
    image: Points
    """float64 (n, 2): where it lies in the picture, px, centres of pixels at integers."""

    def look(self, width_px: int, height_px: int) -> Points:
        """Return what tells this view from others, float64 (6,): place, size and slant of the board, each about 0 to 1.

        The slant is how the picture's scale changes along both axes of the picture: the perspective part of the
        homography, over the size of the board's image.
        """
        centre = self.image.mean(axis=0) / (width_px, height_px)
        span = self.image.std(axis=0) / (width_px, height_px)
        homography = homography_from_points(self.board, self.image / max(width_px, height_px))
        slant = homography[2, :2] / homography[2, 2] * np.ptp(self.board, axis=0)
        return np.concatenate([centre, 2 * span, slant])


def homography_from_points(board: Points, image: Points) -> Points:
    """Return H (3, 3) with image ~ H (board, 1), least squares on normalised points (direct linear transformation).

    Needs four points, no three on a line. Source: R. Hartley, A. Zisserman, Multiple View Geometry, algorithm 4.2.
    """
    from_board, from_image = _normalising(board), _normalising(image)
    x, y = _moved(from_board, board).T
    u, v = _moved(from_image, image).T
    one, none = np.ones_like(x), np.zeros_like(x)
    rows_u = np.stack([x, y, one, none, none, none, -u * x, -u * y, -u], axis=1)
    rows_v = np.stack([none, none, none, x, y, one, -v * x, -v * y, -v], axis=1)
    smallest = np.linalg.svd(np.concatenate([rows_u, rows_v]))[2][-1].reshape(3, 3)
    homography: Points = np.linalg.inv(from_image) @ smallest @ from_board
    homography /= homography[2, 2]
    return homography


def image_from_board(homography: Points, board: Points) -> Points:
    """Return where board points lie in the picture, both float64 (n, 2)."""
    return _moved(homography, board)


def _moved(homography: Points, points: Points) -> Points:
    x, y, w = homography @ np.vstack([points.T, np.ones(len(points))])
    return np.stack([x / w, y / w], axis=1)


def _normalising(points: Points) -> Points:
    """Return the similarity that brings points about the origin, about one unit from it."""
    centre, scale = points.mean(axis=0), 1 / max(float(points.std()), 1e-12)
    return np.array([[scale, 0, -scale * centre[0]], [0, scale, -scale * centre[1]], [0, 0, 1]])

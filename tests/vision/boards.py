"""Boards filmed by a made-up camera: projective warps of a flat pattern, a bent lens, blur and noise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from flightlink.pose import Intrinsics
from maps.camera import ideal_from_image
from tests.vision.clips import written

Grey = NDArray[np.uint8]
Rectangle = tuple[float, float, float]

CAMERA: Final = Intrinsics(
    width_px=640, height_px=360, fx_px=552.0, fy_px=553.5, cx_px=326.6, cy_px=175.7,
    distortion=(-0.18, 0.06, 0.0006, -0.0004, 0.0),
)  # fmt: skip
SQUARE_PX: Final = 32
"""Of the pattern from which views are warped."""
_WHITE, _BLACK, _WALL = 232, 22, 120


def pattern(squares: Sequence[Rectangle], columns: int, rows: int) -> Grey:
    """Return a board with a white border of one square; its square (x, y) begins at ((x + 1), (y + 1)) squares."""
    sheet = np.full(((rows + 2) * SQUARE_PX, (columns + 2) * SQUARE_PX), _WHITE, np.uint8)
    for left, top, side in squares:
        edges = [round((edge + 1) * SQUARE_PX) for edge in (left, left + side, top, top + side)]
        sheet[edges[2] : edges[3], edges[0] : edges[1]] = _BLACK
    return np.asarray(cv2.GaussianBlur(sheet, (0, 0), 0.8), np.uint8)


@cache
def rays(camera: Intrinsics) -> NDArray[np.float64]:
    """Return the ideal point of each pixel, (3, n)."""
    v_px, u_px = np.mgrid[: camera.height_px, : camera.width_px].astype(float)
    x, y, valid = ideal_from_image(camera, u_px.ravel(), v_px.ravel())
    assert valid.all()
    return np.stack([x, y, np.ones_like(x)])


class Studio:
    """A camera before which a board is moved."""

    def __init__(self, camera: Intrinsics = CAMERA, *, seed: int = 3, noise: float = 2.0) -> None:
        self.camera = camera
        self._rng = np.random.default_rng(seed)
        self._noise = noise
        self._rays = rays(camera)

    def films(self, sheet: Grey, count: int, *, reach: float = 1.0) -> Iterator[Grey]:
        """Yield pictures of the board, each in another pose; `reach` 1 moves it to the picture's corners."""
        columns, rows = sheet.shape[1] / SQUARE_PX - 2, sheet.shape[0] / SQUARE_PX - 2
        for index in range(count):
            corner = ((-1, -1), (1, -1), (-1, 1), (1, 1), (0, 0))[index % 5]
            yield self._shown(sheet, self._pose(columns, rows, np.array(corner) * reach))

    def _pose(self, columns: float, rows: float, towards: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the homography from squares to ideal points of a board that lies towards a corner of the picture."""
        camera, rng = self.camera, self._rng
        turn = cv2.Rodrigues(rng.uniform(-1, 1, 3) * (0.6, 0.6, 0.2))[0]
        far = rng.uniform(1.15, 1.6) * max(
            columns * camera.fx_px / camera.width_px, rows * camera.fy_px / camera.height_px
        )
        room = 1 - np.array([columns, rows]) / far / np.array([camera.width_px, camera.height_px]) * camera.fx_px
        middle = towards * np.clip(room, 0.05, 1) * (camera.width_px, camera.height_px) / 2 * rng.uniform(0.8, 1.0)
        centre = np.array([*(middle / camera.fx_px * far), far])
        origin = centre - turn @ np.array([columns / 2, rows / 2, 0])
        return np.column_stack([turn[:, 0], turn[:, 1], origin])

    def _shown(self, sheet: Grey, ideal_from_board: NDArray[np.float64]) -> Grey:
        x, y, w = np.linalg.inv(ideal_from_board) @ self._rays
        size = self.camera.height_px, self.camera.width_px
        across, down = (((part / w + 1) * SQUARE_PX - 0.5).astype(np.float32).reshape(size) for part in (x, y))
        shown = cv2.remap(sheet, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=_WALL)
        noisy = shown + self._rng.normal(0, self._noise, shown.shape)
        return np.asarray(np.clip(noisy, 0, 255), np.uint8)


def filmed(path: Path, pictures: Iterator[Grey]) -> Path:
    """Write grey pictures as a video."""
    return written(path, (np.repeat(picture[..., None], 3, axis=2) for picture in pictures))

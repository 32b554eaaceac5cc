"""Find a ChArUco board in a picture; which markers and how many columns it has is read off the first good picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from vision.lens.views import Picture, Points, View, homography_from_points, image_from_board

DICTIONARIES: Final[dict[str, int]] = {
    "4x4": cv2.aruco.DICT_4X4_100,
    "5x5": cv2.aruco.DICT_5X5_100,
    "6x6": cv2.aruco.DICT_6X6_100,
    "7x7": cv2.aruco.DICT_7X7_100,
}
"""Families of markers, the first hundred of each: a board holds fewer, and to compare with a thousand takes seconds."""
LEAST_MARKERS: Final = 6
LEAST_CORNERS: Final = 8
MOST_COLUMNS: Final = 24
_MOST_MARKERS: Final = 100
_AGREE: Final = 0.12
"""Of a square: how far a marker's centre may lie from where the layout puts it; bent lenses and boards included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerLayout:
    """How the squares of a ChArUco board carry its markers, numbered row by row from 0."""

    family: str
    columns: int
    """Squares in a row."""
    first_is_white: bool
    """Whether the first square of the first row holds a marker; boards of OpenCV before 4.6 with an even height do."""
    marker_side: float
    """Of a square."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Markers:
    """The markers of one picture."""

    family: str
    ids: list[int]
    corners: Points
    """float64 (n, 4, 2), px."""


def find_markers(grey: Picture) -> Markers | None:
    """Return the markers of the first family that shows `LEAST_MARKERS`, None where none does."""
    found = (_of_family(grey, family) for family in DICTIONARIES)
    return next((markers for markers in found if len(markers.ids) >= LEAST_MARKERS), None)


def _of_family(grey: Picture, family: str) -> Markers:
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(DICTIONARIES[family]))
    corners, ids, _ = detector.detectMarkers(grey)
    if not len(corners):
        return Markers(family=family, ids=[], corners=np.empty((0, 4, 2)))
    return Markers(
        family=family, ids=[int(one) for one in ids.ravel()], corners=np.asarray(corners, np.float64).reshape(-1, 4, 2)
    )


def layout_of(markers: Markers, columns: int | None = None) -> MarkerLayout | None:
    """Return the layout that puts every marker of a picture where it is, None where none does or several do.

    Args:
        markers: of one picture.
        columns: squares in a row where the user says so; None tries all.
    """
    tried = (columns,) if columns else range(3, MOST_COLUMNS + 1)
    fits = [
        (_misfit(markers, places), white, count)
        for count in tried
        for white in (False, True)
        if (places := _places(markers.ids, count, first_is_white=white)) is not None
    ]
    good = sorted(fit for fit in fits if fit[0] <= _AGREE)
    if not good or (len(good) > 1 and good[1][0] <= 2 * good[0][0]):
        return None
    _, white, count = good[0]
    places = _places(markers.ids, count, first_is_white=white)
    side = _marker_side(markers, places) if places is not None else None
    if side is None:
        return None
    return MarkerLayout(family=markers.family, columns=count, first_is_white=white, marker_side=side)


def _places(ids: list[int], columns: int, *, first_is_white: bool) -> Points | None:
    """Return the middle of each marker's square, in squares, None where fewer than two rows or columns are seen."""
    squares = [
        (x + 0.5, y + 0.5)
        for y in range(2 * _MOST_MARKERS // columns + 2)
        for x in range(columns)
        if (x + y) % 2 != first_is_white
    ]
    if max(ids) >= len(squares):
        return None
    places = np.array([squares[one] for one in ids])
    return places if min(np.ptp(places, axis=0)) >= 1 else None


def _misfit(markers: Markers, places: Points) -> float:
    """Return the largest distance, in squares, between a marker and its place carried into the picture."""
    centres = markers.corners.mean(axis=1)
    with np.errstate(all="ignore"):  # an impossible layout has no homography
        back = image_from_board(homography_from_points(centres, places), centres)
        misfit = float(np.max(np.linalg.norm(back - places, axis=1)))
    return misfit if np.isfinite(misfit) else np.inf


def _marker_side(markers: Markers, places: Points) -> float | None:
    homography = homography_from_points(markers.corners.mean(axis=1), places)
    corners = image_from_board(homography, markers.corners.reshape(-1, 2)).reshape(-1, 4, 2)
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=-1)
    side = float(np.median(sides))
    return side if 0.2 < side < 1 else None


def marker_dots(family: str, count: int) -> list[list[str]]:
    """Return the first markers of a family for printing, each row by row as a text of 0 (white) and 1 (black)."""
    dictionary = cv2.aruco.getPredefinedDictionary(DICTIONARIES[family])
    pictures = [np.asarray(dictionary.generateImageMarker(one, dictionary.markerSize + 2)) for one in range(count)]
    return [["".join("01"[int(dot == 0)] for dot in row) for row in picture] for picture in pictures]


class CharucoFinder:
    """Finds the inner corners of the board of one layout."""

    def __init__(self, layout: MarkerLayout) -> None:
        self.layout = layout
        dictionary = cv2.aruco.getPredefinedDictionary(DICTIONARIES[layout.family])
        rows = _MOST_MARKERS // layout.columns * 2 // 2 * 2  # an even height, for the layout of old boards
        self._board = cv2.aruco.CharucoBoard((layout.columns, rows), 1.0, layout.marker_side, dictionary)
        self._board.setLegacyPattern(layout.first_is_white)
        self._detector = cv2.aruco.CharucoDetector(self._board)

    def find(self, grey: Picture) -> View | None:
        """Return the board's corners in a picture, uint8 (height, width), None where too few are seen."""
        corners, ids, _, _ = self._detector.detectBoard(grey)
        if ids is None or len(ids) < LEAST_CORNERS:
            return None
        board = np.asarray(self._board.getChessboardCorners(), np.float64)[ids.ravel(), :2]
        if min(np.ptp(board, axis=0)) < 1:
            return None
        return View(board=board, image=np.asarray(corners, np.float64).reshape(-1, 2))

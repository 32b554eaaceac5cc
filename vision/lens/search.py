"""`Search`: picture after picture of a video in, views of its board out; which kind of board it is shows by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from vision.lens.charuco import CharucoFinder, find_markers, layout_of
from vision.lens.chessboard import find_chessboard
from vision.lens.views import Picture, View

_MARKERS_SOUGHT: Final = 8
"""Pictures at the start in which markers are sought, then in every so many-th: it takes time."""
_SHARPNESS_PX: Final = 640
"""Long side of the picture whose sharpness is measured: enough to see blur, quick enough for every picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the user says of the board; None leaves it to the pictures."""

    board: tuple[int, int] | None = None
    """Inner corners of a chessboard along both sides."""
    charuco: tuple[int, int] | None = None
    """Squares of a ChArUco board in a row and in a column."""


def asked_from(told: Mapping[str, Any]) -> Asked:
    """Return what a JSON object says of the board under `board` and `charuco`, each two numbers or null."""
    board, charuco = (told[name] and (int(told[name][0]), int(told[name][1])) for name in ("board", "charuco"))
    return Asked(board=board, charuco=charuco)


class Search:
    """Collects views of one board."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._charuco: CharucoFinder | None = None
        self._views: list[View] = []
        self.looked = 0
        """Pictures so far."""

    @property
    def views(self) -> list[View]:
        """The views so far, all of one kind of board; a chessboard now and then grows a row that is not there."""
        sizes = Counter(len(view.image) for view in self._views)
        usual = max(sizes, key=lambda size: (sizes[size], size), default=0)
        is_whole = self._charuco is None
        return [view for view in self._views if not is_whole or len(view.image) <= usual]

    @property
    def board(self) -> str:
        """The board in words."""
        if self._charuco is not None:
            layout = self._charuco.layout
            return f"ChArUco board with {layout.family} markers, {layout.columns} squares in a row"
        size = self._asked.board
        return f"chessboard with {size[0]} x {size[1]} inner corners" if size else "chessboard"

    def look(self, grey: Picture) -> bool:
        """Look at one picture, uint8 (height, width); return whether the board is in it."""
        self.looked += 1
        view = self._found(grey)
        if view is not None:
            self._views.append(view)
        return view is not None

    def _found(self, grey: Picture) -> View | None:
        if self._charuco is not None:
            return self._charuco.find(grey)
        if self._asked.charuco or self._is_time_for_markers():
            self._charuco = self._with_markers(grey)
        if self._charuco is not None:
            self._views.clear()  # a board with markers passes for a chessboard here and there
            return self._charuco.find(grey)
        return None if self._asked.charuco else find_chessboard(grey, self._asked.board)

    def _is_time_for_markers(self) -> bool:
        if self._asked.board or len(self._views) >= _MARKERS_SOUGHT:
            return False
        return self.looked <= _MARKERS_SOUGHT or self.looked % _MARKERS_SOUGHT == 0

    def _with_markers(self, grey: Picture) -> CharucoFinder | None:
        markers = find_markers(grey)
        columns = self._asked.charuco[0] if self._asked.charuco else None
        layout = None if markers is None else layout_of(markers, columns)
        return None if layout is None else CharucoFinder(layout)


def sharpness(grey: Picture) -> float:
    """Return how much of the picture is edges: the variance of its Laplacian, grey levels squared."""
    scale = min(1.0, _SHARPNESS_PX / max(grey.shape))
    size = max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale))
    small = grey if scale == 1 else cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return float(np.var(cv2.Laplacian(small, cv2.CV_16S)))

"""`Search`: picture after picture of a video in, views of its board out; which kind of board it is shows by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from vision.lens.charuco import CharucoFinder, find_markers, layout_of
from vision.lens.chessboard import Size, find_chessboard, size_of_chessboard
from vision.lens.views import Picture, View

_MARKERS_SOUGHT: Final = 8
"""Pictures at the start in which markers are sought, then in every so many-th: it takes time."""
VOTES: Final = 3
"""So many pictures must show a chessboard of one size before it is believed to be the board's."""
MOST_KEPT: Final = 12
"""Pictures are kept until then, to be looked at again; as many decide at the latest."""
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
        self._size = None if asked.board is None else (max(asked.board), min(asked.board))
        self._votes: Counter[Size] = Counter()
        self._kept: list[Picture] = []
        """Pictures with a chessboard of a size that was not decided yet; a few."""
        self._views: list[View] = []
        self.looked = 0
        """Pictures so far."""

    @property
    def board(self) -> str:
        """The board in words."""
        if self._charuco is not None:
            layout = self._charuco.layout
            return f"ChArUco board with {layout.family} markers, {layout.columns} squares in a row"
        return f"chessboard with {self._size[0]} x {self._size[1]} inner corners" if self._size else "chessboard"

    def look(self, grey: Picture) -> None:
        """Look at one picture, uint8 (height, width)."""
        self.looked += 1
        if self._asked.charuco or self._is_time_for_markers():
            self._charuco = self._charuco or self._with_markers(grey)
        if self._charuco is not None:
            self._take(self._charuco.find(grey))
        elif self._size is not None:
            self._take(find_chessboard(grey, self._size))
        elif not self._asked.charuco:
            self._vote(grey)

    def views(self) -> list[View]:
        """Return all views; where the board's size is still open, the size that most pictures have decides."""
        if self._votes and self._size is None and self._charuco is None:
            self._decide()
        return self._views

    def _take(self, view: View | None) -> None:
        self._views += [] if view is None else [view]

    def _vote(self, grey: Picture) -> None:
        size = size_of_chessboard(grey)
        if size is None:
            return
        self._kept.append(grey)
        self._votes[size] += 1
        if self._votes[size] >= VOTES or len(self._kept) >= MOST_KEPT:
            self._decide()

    def _decide(self) -> None:
        """Settle the size of the board, and look again at the pictures that voted."""
        self._size = max(self._votes, key=lambda size: (self._votes[size], size))
        for grey in self._kept:
            self._take(find_chessboard(grey, self._size))
        self._kept.clear()

    def _is_time_for_markers(self) -> bool:
        if self._asked.board or self._size or self._charuco:
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

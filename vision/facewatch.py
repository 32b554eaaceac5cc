"""Is there a face in what is published? Under a true cap there can be none, so one that is found closes the stream.

About once a second of capture time the face detector searches the released picture, mask and caps included: all of it
where that is small, else one strip after the other. Only how sure it was, and when, is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, wait
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.engine import DetectorError

Picture = NDArray[np.uint8]

FOUND: Final = "face_in_output"
LATE: Final = "face_search_late"

EVERY_NS: Final = 1_000_000_000
SURE_SCORE: Final = 0.4
"""Street video, simulated worlds and textures gave at most 0.28 in minutes; real faces of 20 px, blurred as the cap
blurs, give 0.58 to 0.76, those of 14 px half the time more than this."""
CLEAN_NS: Final = 10_000_000_000
CLEAN_SEARCHES: Final = 10
"""What would be published must be searched so long, and so often, without a find before anything passes again."""
LATE_NS: Final = 8_000_000_000
"""A search that takes longer has not answered: what nobody has searched does not pass."""
STRIP_PX: Final = 120_000
"""Most pixels of one search, before they are enlarged: 50 ms of one core."""
OVERLAP_PX: Final = 48
"""Strips share so much, so that a face on the border is whole in one of them."""


def strips(shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return the columns (left, right) of the strips in which a picture of this shape is searched, in turn."""
    height_px, width_px = shape[:2]
    most_px = max(4 * OVERLAP_PX, STRIP_PX // max(height_px, 1))
    if width_px <= most_px:
        return [(0, width_px)]
    count = -(-(width_px - OVERLAP_PX) // (most_px - OVERLAP_PX))
    step_px = -(-(width_px - OVERLAP_PX) // count)
    return [(n * step_px, min(width_px, (n + 1) * step_px + OVERLAP_PX)) for n in range(count)]


class FaceWatch:
    """Searches released pictures in a thread of somebody else's, and says whether a face was found lately.

    Args:
        score_of: The score of the surest face in a picture, 0 without one; raises `DetectorError`.
        executor: Runs the searches; one at a time is under way.
        waits: True for files: an answer is awaited when the next search is due, so that it takes effect at the same
            frame in every run. False for live sources: it is taken when it is there, and no frame ever waits.
    """

    def __init__(self, score_of: Callable[[Picture], float], executor: Executor, *, waits: bool) -> None:
        self._score_of, self._executor, self._waits = score_of, executor, waits
        self._under_way: tuple[int, Future[float]] | None = None
        self._searched_utc_ns: int | None = None
        self._found_utc_ns: int | None = None
        self._clean = 0
        self._turn = 0

    def doubt(self, picture: Picture, utc_ns: int) -> str:
        """Return why nothing may pass at an instant, empty for no reason; searches the picture when it is time to.

        Args:
            picture: What would be published then, uint8 (height, width) or (height, width, 3); kept until searched.
            utc_ns: Capture time.
        """
        due = self._searched_utc_ns is None or abs(utc_ns - self._searched_utc_ns) >= EVERY_NS
        self._take_answer(wanted=due)
        if due and self._under_way is None:
            self._search(picture, utc_ns)
        if self._found_utc_ns is not None:
            return FOUND
        late = self._under_way is not None and abs(utc_ns - self._under_way[0]) >= LATE_NS
        return LATE if late else ""

    def _search(self, picture: Picture, utc_ns: int) -> None:
        parts = strips(picture.shape)
        left, right = parts[self._turn % len(parts)]
        self._turn += 1
        self._searched_utc_ns = utc_ns
        part = np.ascontiguousarray(picture[:, left:right])
        self._under_way = (utc_ns, self._executor.submit(self._score_of, part))

    def _take_answer(self, *, wanted: bool) -> None:
        if self._under_way is None:
            return
        utc_ns, run = self._under_way
        if self._waits:
            if not wanted:
                return
            wait([run])
        if not run.done():
            return
        self._under_way = None
        self._note(utc_ns, found=_found(run))

    def _note(self, utc_ns: int, *, found: bool) -> None:
        if found:
            self._found_utc_ns, self._clean = utc_ns, 0
            return
        self._clean += 1
        if self._clean >= CLEAN_SEARCHES and abs(utc_ns - (self._found_utc_ns or utc_ns)) >= CLEAN_NS:
            self._found_utc_ns = None


def _found(run: Future[float]) -> bool:
    """Say whether a search found a face; one that failed is no clean one, any other error is raised."""
    error = run.exception()
    if isinstance(error, DetectorError):
        return True
    return run.result() >= SURE_SCORE

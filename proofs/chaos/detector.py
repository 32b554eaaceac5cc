"""A detector that finds planted people exactly by their stripes, until it is told to go wrong; and whoever runs it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, Final

import cv2
import numpy as np

from proofs.chaos.faults import Faults, Kind
from proofs.chaos.planted import GROUND_LEVEL, Picture
from vision.boxes import Boxes
from vision.engine import DetectorError

LOUD_LEVELS: Final = 30
"""Stripes stand out from the ground by more than this; the ground by less."""
TAKES_S: Final = 0.05
BLINKS_WITHIN_S: Final = 0.5
"""A blink follows a good look by no more; what a first look misses after a gap, nothing can know."""
SLOW_S: Final = (0.2, 0.9)


class DetectorBrokenError(Exception):
    """An error that no detector should raise."""


def found_stripes(picture: Picture) -> Boxes:
    """Return the boxes of all that is striped, in the picture's pixels; people who overlap share one."""
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    loud = (cv2.absdiff(grey, np.full_like(grey, GROUND_LEVEL)) > LOUD_LEVELS).astype(np.uint8)
    reach = max(3, picture.shape[0] // 20) | 1
    joined = cv2.morphologyEx(loud, cv2.MORPH_CLOSE, np.ones((reach, 3), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    left, top, width, height, area = stats[1:].astype(np.float32).T
    boxes = np.stack([left, top, left + width, top + height], axis=1)[area > 6]
    return Boxes(xyxy=boxes, scores=np.ones(len(boxes), np.float32))


class StripeDetector:
    """Stands for both networks; `at_s` is the run's time of the look.

    Args:
        faults: what goes wrong with it.
        finds: False finds nobody ever, as a face detector here must.
    """

    def __init__(self, faults: Faults, *, finds: bool) -> None:
        self._faults = faults
        self._finds = finds
        self._blinked_at_s: float | None = None
        self._looked_at_s = -1.0
        self.at_s = 0.0

    def find(self, picture: Picture, *, threshold: float, scale: float = 1.0) -> Boxes:  # noqa: ARG002 - the networks'
        """Return what is found, in the picture's pixels.

        Raises:
            DetectorError: it fails as a detector does.
            DetectorBrokenError: it fails as nothing should.
        """
        found = found_stripes(picture) if self._finds else Boxes.none()
        wrong, self._looked_at_s, looked_at_s = self._wrong(), self.at_s, self._looked_at_s
        match wrong:
            case Kind.DETECTOR_FAILS:
                raise DetectorError("the detector failed")
            case Kind.DETECTOR_RAISES:
                raise DetectorBrokenError
            case Kind.DETECTOR_NAN:
                return Boxes(xyxy=np.full((2, 4), np.nan, np.float32), scores=np.full(2, np.inf, np.float32))
            case Kind.DETECTOR_INSIDE_OUT:
                return found.moved_to(found.xyxy[:, [2, 3, 0, 1]])
            case Kind.DETECTOR_BLINKS if self._blinks(looked_at_s):
                return Boxes.none()
        return found

    def _wrong(self) -> Kind | None:
        kinds = (
            Kind.DETECTOR_FAILS,
            Kind.DETECTOR_RAISES,
            Kind.DETECTOR_NAN,
            Kind.DETECTOR_INSIDE_OUT,
            Kind.DETECTOR_BLINKS,
        )
        fault = self._faults.one(self.at_s, *kinds)
        return None if fault is None else fault.kind

    def _blinks(self, looked_at_s: float) -> bool:
        """Say whether this look finds nobody: one look between good ones, and no other for a while."""
        between = self.at_s - looked_at_s < BLINKS_WITHIN_S
        blinks = between and (self._blinked_at_s is None or self.at_s - self._blinked_at_s > 1.0)
        if blinks:
            self._blinked_at_s = self.at_s
        return blinks


class SimulatedThread(Executor):
    """Runs one thing after the other in the run's own time.

    Args:
        takes_s: how long a run takes that begins at an instant; None for one that hangs now.
        began: told the instant of each run, before it runs.
    """

    def __init__(self, takes_s: Callable[[float], float | None], began: Callable[[float], None]) -> None:
        self._takes_s = takes_s
        self._began = began
        self._given: deque[tuple[Future[Any], Callable[..., Any], tuple[Any, ...], float]] = deque()
        self.now_s = 0.0

    def submit(self, run: Callable[..., Any], /, *arguments: Any, **_: Any) -> Future[Any]:
        """Take a run; it begins now."""
        future: Future[Any] = Future()
        self._given.append((future, run, arguments, self.now_s))
        return future

    def advance(self, now_s: float) -> None:
        """Finish what is over by now."""
        self.now_s = now_s
        while self._given:
            future, run, arguments, begun_s = self._given[0]
            takes_s = self._takes_s(now_s)
            if takes_s is None or begun_s + takes_s > now_s:
                return
            self._given.popleft()
            self._began(now_s)
            _run_into(future, run, arguments)


def _run_into(future: Future[Any], run: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        future.set_result(run(*arguments))
    except Exception as error:  # noqa: BLE001 - a thread pool hands on whatever a run raises
        future.set_exception(error)


def look_takes_s(faults: Faults, now_s: float) -> float | None:
    """Return how long a look takes; None while the detector hangs."""
    if faults.one(now_s, Kind.DETECTOR_STOPS):
        return None
    slow = faults.one(now_s, Kind.DETECTOR_SLOW)
    return SLOW_S[0] + (SLOW_S[1] - SLOW_S[0]) * slow.size if slow else TAKES_S

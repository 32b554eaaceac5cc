"""The guests of a worker at work: their people become added looks, and what is wrong with one is named.

An added look is never mixed with those of the shipped detectors: it masks beside them (`vision.gate`), decides on no
frame, counts nobody, and nobody waits for it. A guest that fails adds nothing; one that finds everything keeps masking,
because a mask is the closed side and a dense crowd may truly fill a picture. Counts go on: a crush must not be missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

import cv2
import numpy as np

from vision.boxes import Boxes, union
from vision.capped import CappedFrame
from vision.detectors import Detector
from vision.engine import DetectorError
from vision.masks import Look
from vision.models.card import FileState, WeightsError
from vision.models.guest import Guest
from vision.models.store import bytes_of_guest
from vision.yolo import GuestError, YoloDetector

MISSING: Final = "guest_detector_missing"
CHANGED: Final = "guest_detector_changed"
FAILED: Final = "guest_detector_failed"
FINDS_EVERYTHING: Final = "guest_detector_finds_everything"
FINDS_NOTHING: Final = "guest_detector_finds_nothing"
LATE: Final = "guest_detector_late"
BROKE: Final = "guest_detector_broke"

EVERYTHING_SHARE: Final = 0.9
"""Of the picture: even a close crowd leaves more than a tenth free."""
EVERYTHING_LOOKS: Final = 5
NOTHING_LOOKS: Final = 50
"""Looks on end in which the shipped detectors surely found `SURELY_SOME`, and the guest nobody."""
SURELY_SOME: Final = 3
GRID_PX: Final = 96


def covered_share(found: Boxes, width_px: int, height_px: int) -> float:
    """Return the share of a picture that boxes cover together, to about a hundredth."""
    small = found.scaled(GRID_PX / width_px, GRID_PX / height_px).clipped(GRID_PX, GRID_PX)
    grid = np.zeros((GRID_PX, GRID_PX), np.uint8)
    for left, top, right, bottom in np.rint(small.xyxy).astype(np.int64).tolist():
        grid[top:bottom, left:right] = 1
    return float(np.mean(grid))


@dataclass(slots=True, kw_only=True)
class Member:
    """One guest that runs, and how it fares."""

    name: str
    detector: Detector
    mask_score: float
    cause: str = ""
    _everything: int = 0
    _nothing: int = 0

    def people(self, frame: CappedFrame, *, surely_there: int) -> Boxes:
        """Return its people in a frame, nobody where it fails; notes what is wrong with it."""
        try:
            found = self.detector.find(frame.pixels, threshold=self.mask_score)
        except (DetectorError, cv2.error):
            self.cause = FAILED
            return Boxes.none()
        share = covered_share(found, frame.width_px, frame.height_px)
        self._everything = self._everything + 1 if share > EVERYTHING_SHARE else 0
        if len(found):
            self._nothing = 0
        elif surely_there >= SURELY_SOME:
            self._nothing += 1
        self.cause = self._judged()
        return found

    def _judged(self) -> str:
        if self._everything >= EVERYTHING_LOOKS:
            return FINDS_EVERYTHING
        return FINDS_NOTHING if self._nothing >= NOTHING_LOOKS else ""


@dataclass(slots=True, kw_only=True)
class Guests:
    """The guests of one worker; one thread lets them look, another reads their causes."""

    members: list[Member] = field(default_factory=list)
    absent: dict[str, str] = field(default_factory=dict)
    """Name -> why it does not run at all."""
    late: bool = False
    """Live: no added look is near the newest pictures, because they take too long for their share of the machine."""
    _at_work: Member | None = None

    def look(self, frame: CappedFrame, *, surely_there: int) -> Look:
        """Return the added look of a frame: the people of all guests.

        Args:
            frame: what they look at.
            surely_there: how many people the shipped detectors were sure of, lately.
        """
        found = [self._people(member, frame, surely_there) for member in self.members]
        return Look(
            utc_ns=frame.utc_ns, boxes=union(*found), pose=frame.pose, bound=frame.bound,
            cap_px_per_m=frame.cap_px_per_m,
        )  # fmt: skip

    def _people(self, member: Member, frame: CappedFrame, surely_there: int) -> Boxes:
        self._at_work = member
        found = member.people(frame, surely_there=surely_there)
        self._at_work = None
        return found

    def broke(self, run: Future[Any]) -> bool:
        """Say of a run of `look` that is done whether a guest broke off in it; that one is then dropped and named.

        Only the guest's own errors are forgiven so: whatever else ended the run is raised.
        """
        error = run.exception()
        if error is None:
            return False
        guest, self._at_work = self._at_work, None
        if guest is None or not isinstance(error, Exception):
            raise error
        self.absent[guest.name] = BROKE
        self.members = [member for member in self.members if member is not guest]
        return True

    def causes(self) -> dict[str, str]:
        """Return what is wrong with each guest, by name; empty text for one that works."""
        late = LATE if self.late else ""
        return {**self.absent, **{member.name: member.cause or late for member in self.members}}


def guests_from(told: Iterable[Guest]) -> Guests:
    """Load the guests and run each once; one that cannot be used is named, and the others go on."""
    guests = Guests()
    with ThreadPoolExecutor(1, "guest") as loader:
        for guest in told:
            run = loader.submit(_loaded, guest)
            if cause := _absent_because(run.exception()):
                guests.absent[guest.name] = cause
            else:
                guests.members.append(run.result())
    return guests


def _loaded(guest: Guest) -> Member:
    detector = YoloDetector(bytes_of_guest(guest), class_ids=guest.class_ids)
    return Member(name=guest.name, detector=detector, mask_score=guest.mask_score)


def _absent_because(error: BaseException | None) -> str:
    """Return the cause of a guest that did not load, empty where it did; what nobody foresaw is named as well."""
    match error:
        case None:
            return ""
        case WeightsError():
            return CHANGED if error.state is FileState.WRONG_HASH else MISSING
        case DetectorError() | GuestError():
            return FAILED
        case Exception():
            return BROKE
        case _:
            raise error

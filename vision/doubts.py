"""Layer three of gate 1: reasons to close that come from what is seen, not from what is told. One for each worker.

Asked for every picture that would pass, after mask and caps: is its scale what people's size says, does it move as its
pose says, does the ground slide the way the camera flies, does a standing camera stand where it stood, is there no face
in it? Nothing here opens anything.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.capped import CappedFrame
from vision.crosscheck import CrossCheck
from vision.exposure import ExposureWatch
from vision.eyes import Eyes
from vision.facewatch import FaceWatch
from vision.flat_views import FlatCrowds
from vision.glimpse import glimpse_of, shift_between
from vision.heading import HeadingWatch, slide_between
from vision.masks import Look
from vision.palette import PaletteWatch
from vision.steady import WAS_MOVED, PictureWatch, StandingWatch
from vision.turning.watch import OffsetWatch

Picture = NDArray[np.uint8]

ASIDE_DEG: Final = 1e-4
"""Eleven metres: far enough for the ground to have slid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """The checks of one source; a frame without a pose has no bound that could be doubted, and says so itself."""

    eyes: Eyes
    """Whose detectors are tried, and who sees whether people stand upright."""
    sizes: CrossCheck
    faces: FaceWatch
    picture: PictureWatch
    standing: StandingWatch | None
    """None for a camera that moves."""
    heading: HeadingWatch | None
    """None for a camera that stands."""
    offset: OffsetWatch | None = None
    """Measures how late the pictures' times are, and doubts nothing; None for files and for a camera that stands."""
    exposure: ExposureWatch = field(default_factory=ExposureWatch)
    flat_crowds: FlatCrowds = field(default_factory=FlatCrowds)
    palette: PaletteWatch = field(default_factory=PaletteWatch)

    def of_frame(self, frame: CappedFrame) -> str:
        """Return why no picture of this instant may pass, before one is made; empty for no reason."""
        cause = self._of_eyes() or self.palette.doubt(frame)
        return cause or ("" if frame.pose is None else self.sizes.of_picture(frame.utc_ns))

    def of_picture(self, frame: CappedFrame, looks: list[Look], picture: Picture, hidden: Picture) -> str:
        """Return why a picture may not pass, empty for no reason.

        Args:
            frame: What it was made of.
            looks: The looks that masked it.
            picture: As it would be published, uint8 (height, width) or (height, width, 3).
            hidden: uint8 (height, width), 255 where it is fill.
        """
        now = glimpse_of(frame, picture, hidden)
        if now is None:
            return ""
        cause = self.picture.doubt(now, looked_utc_ns={look.utc_ns for look in looks})
        if self.standing is not None:
            self.standing.note(now)
            cause = WAS_MOVED if self.standing.moved else cause
        if self.offset is not None:
            self.offset.note(now)
        if self.heading is not None:
            self.heading.note(now)
            cause = self.heading.doubt(now.utc_ns) or cause
        return cause or self.faces.doubt(picture, frame.utc_ns)

    def of_count(self, frame: CappedFrame) -> str:
        """Return why the people of this instant may not be counted, empty for no reason."""
        if cause := self._of_eyes():
            return cause
        if self.standing is not None and self.standing.moved:
            return WAS_MOVED
        if self.heading is not None and (cause := self.heading.doubt(frame.utc_ns)):
            return cause
        return self.exposure.doubt(frame) or self.palette.doubt(frame) or self.sizes.of_count(frame.utc_ns)

    def least_counted_deg(self, frame: CappedFrame) -> float:
        """Return the depression from which the ground of a frame is counted."""
        return self.flat_crowds.least_counted_deg(frame.utc_ns)

    def _of_eyes(self) -> str:
        return self.eyes.trial.fault or self.eyes.upright.cause


def doubts_of(eyes: Eyes, searcher: Executor, *, stands: bool, waits: bool) -> Doubts:
    """Return the checks for one source.

    Args:
        eyes: Whose finds are weighed, and whose face detector searches.
        searcher: Runs the searches for faces; no frame waits for it.
        stands: Whether the camera's pose is fixed.
        waits: True for files, whose answers take effect at the same frame in every run.
    """
    return Doubts(
        sizes=CrossCheck(eyes.sizes),
        faces=FaceWatch(eyes.face_score, searcher, waits=waits),
        picture=PictureWatch(),
        standing=StandingWatch() if stands else None,
        heading=None if stands else HeadingWatch(),
        offset=None if stands or waits else OffsetWatch(searcher),
        flat_crowds=eyes.flat_crowds,
        eyes=eyes,
    )


def rehearse_doubts(frame: CappedFrame) -> None:
    """Compare two pictures once, so that every library has loaded all it needs before the seal."""
    row, column = np.indices((frame.height_px, frame.width_px))
    noise = ((row * 7919 + column * 104_729) % 251 * (row // 5 + column // 7) % 256).astype(np.uint8)
    glimpse = glimpse_of(frame, noise, np.zeros_like(noise))
    if glimpse is not None:
        shift_between(glimpse, glimpse)
        aside = replace(glimpse.pose, lat_deg=glimpse.pose.lat_deg + ASIDE_DEG)
        slide_between(glimpse, replace(glimpse, pose=aside))

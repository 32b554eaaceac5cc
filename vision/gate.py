"""Gate 1: the output starts as fill, and a pixel is let through only if every condition holds.

Conditions for a frame: a pose (or a closed local file, which says aloud that it has no density bound), the mission's
time and altitude band, and a look of the detectors near enough in time. Conditions for a pixel: its ground point lies
in the authorised area, is placed well enough and has a known scale. What is let through is masked, filled from its
surroundings, and brought under the publishing cap, in this order. Nothing turns any of it off.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from flightlink.mission import DEFAULT_PUBLISHED_PX_PER_M, HARD_CEILING_PX_PER_M, Mission, RedactionLevel
from vision.capped import CappedFrame
from vision.encode import Fragment, FragmentEncoder, jpeg
from vision.errors import VisionError
from vision.fill import NEUTRAL, filled
from vision.frames import FrameMaker, Media, RedactedFrame
from vision.ground import AuthorisedGround
from vision.lowpass import LowPass, lowpass_for
from vision.masks import OLDEST_LOOK_NS, Look, mask_for
from vision.scale import DensityBound
from vision.unlooked import unlooked

Picture = NDArray[np.uint8]
Doubting = Callable[[CappedFrame, list[Look], Picture, Picture], str]
"""Given a frame, its looks, the picture that would be shown and where it is fill: why it must not be, or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Released:
    """One picture as the world may see it, not encoded yet; lives between the gate's two steps."""

    picture: Picture
    """At the working size; luma in `strict`, BGR in `floor`."""
    hidden: Picture
    """uint8 (height, width), 255 where the picture is fill of either kind."""
    masked_share: float
    """Share of the picture under the masks of people."""
    closed_because: str
    utc_ns: int


def refusal_of(mission: Mission, frame: CappedFrame) -> str:
    """Say why a mission forbids to show or count a frame; empty when it does not."""
    if frame.pose is None:
        return frame.refusal or "no_pose"
    if not mission.min_agl_m <= frame.pose.alt_agl_m <= mission.max_agl_m:
        return "outside_altitude_band"
    return mission.refusal_at(frame.utc_ns) or ""


class Gate:
    """Decides on frames of one camera. It keeps the last plan of the publishing cap, and nothing of any picture."""

    def __init__(
        self,
        *,
        mission: Mission | None,
        level: RedactionLevel = RedactionLevel.STRICT,
        published_px_per_m: float = DEFAULT_PUBLISHED_PX_PER_M,
        without_pose: bool = False,
    ) -> None:
        """Set what is enforced.

        Args:
            mission: Area, time and altitude band; None for a closed local file.
            level: `strict` or `floor`.
            published_px_per_m: Nothing finer is published; lowered to the ceiling if above it.
            without_pose: True for closed local files alone: frames without a pose pass, masked, without a bound.

        Raises:
            VisionError: the publishing cap is not above 0.
        """
        if not published_px_per_m > 0:
            raise VisionError(f"published_px_per_m is {published_px_per_m}, it must be above 0")
        self._mission = mission
        self._level: Final = level
        self._cap_px_per_m: Final = min(published_px_per_m, HARD_CEILING_PX_PER_M)
        self._without_pose = without_pose
        self._ground = AuthorisedGround(mission.area if mission else None)
        self._lowpass: tuple[DensityBound, LowPass] | None = None
        self._source_px: tuple[int, int] | None = None

    @property
    def cap_px_per_m(self) -> float:
        """The publishing cap in force."""
        return self._cap_px_per_m

    def released(
        self,
        frame: CappedFrame,
        looks: list[Look],
        *,
        late: str = "",
        doubt: str = "",
        doubting: Doubting | None = None,
        added: Sequence[Look] = (),
    ) -> Released:
        """Return what may be shown of a frame.

        Args:
            frame: A capped frame.
            looks: The looks that count for it (`Looks.for_frame`).
            late: Why the frame must stay closed for reasons of the caller's (late, out of order); empty for none.
            doubt: Why it must by what was seen lately (`vision.doubts`), where the gate itself has no cause.
            doubting: Asked last, of the picture itself (`vision.doubts`): can close, never open.
            added: Looks of guests: they mask as well, and decide nothing (decision 0068).
        """
        cause = late or self._closed_because(frame, looks) or doubt
        if cause:
            return self._closed(frame, cause)
        parts = [part for part in (self._closed_ground(frame), unlooked(frame, looks)) if part is not None]
        closed = np.bitwise_or.reduce(parts) if parts else None
        if closed is not None and closed.all():
            return self._closed(frame, "no_open_ground")
        people = _masks(frame, looks, added)
        hidden = people if closed is None else cv2.bitwise_or(people, closed).astype(np.uint8, copy=False)
        picture = self._capped_again(self._shown(frame.pixels, people, hidden, closed), frame)
        if closed is not None:
            picture[closed > 0] = NEUTRAL
        if doubting is not None and (cause := doubting(frame, looks, picture, hidden)):
            return self._closed(frame, cause)
        return Released(
            picture=picture,
            hidden=hidden,
            masked_share=float(np.count_nonzero(people)) / people.size,
            closed_because="",
            utc_ns=frame.utc_ns,
        )

    def _closed_because(self, frame: CappedFrame, looks: list[Look]) -> str:
        if frame.pose is None and (cause := self._refusal_without_pose(frame)):
            return cause
        if self._mission is not None and (cause := refusal_of(self._mission, frame)):
            return cause
        near = [look for look in looks if abs(look.utc_ns - frame.utc_ns) <= OLDEST_LOOK_NS]
        return "" if near else "detector_late"

    def _refusal_without_pose(self, frame: CappedFrame) -> str:
        """Say why a frame without a pose may not pass; in a file, another size than before would misplace its boxes."""
        if not self._without_pose:
            return frame.refusal or "no_pose"
        source_px = (frame.source_width_px, frame.source_height_px)
        self._source_px = self._source_px or source_px
        return "" if source_px == self._source_px else "picture_size_changed"

    def _closed(self, frame: CappedFrame, cause: str) -> Released:
        return self.fill(cause, width_px=frame.width_px, height_px=frame.height_px, utc_ns=frame.utc_ns)

    def fill(self, cause: str, *, width_px: int, height_px: int, utc_ns: int) -> Released:
        """Return a closed picture; also for when there is no frame at all."""
        size = (height_px, width_px)
        return Released(
            picture=np.full(size if self._level is RedactionLevel.STRICT else (*size, 3), NEUTRAL, np.uint8),
            hidden=np.full(size, 255, np.uint8),
            masked_share=0.0,
            closed_because=cause,
            utc_ns=utc_ns,
        )

    def _closed_ground(self, frame: CappedFrame) -> Picture | None:
        """Return where the ground forbids to look; None when it does nowhere."""
        if frame.pose is None or frame.bound is None:
            return None
        parts = (
            self._ground.closed(frame.pose, frame.terrain),
            frame.unbounded,
            self._plan(frame, frame.bound).unbounded,
        )
        closed = [part for part in parts if part is not None]
        return np.bitwise_or.reduce(closed) if closed else None

    def _shown(self, pixels: Picture, people: Picture, hidden: Picture, closed: Picture | None) -> Picture:
        """Return the picture with people filled from what is open around them, and closed ground in neutral grey."""
        luma_only = self._level is RedactionLevel.STRICT and pixels.ndim == 3
        picture = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False) if luma_only else pixels
        shown = filled(picture, hidden if closed is not None else people)
        if closed is not None:
            shown[closed > 0] = NEUTRAL
        return shown

    def _capped_again(self, picture: Picture, frame: CappedFrame) -> Picture:
        return picture if frame.bound is None else self._plan(frame, frame.bound).applied(picture)

    def _plan(self, frame: CappedFrame, bound: DensityBound) -> LowPass:
        """Return the publishing cap's low-pass; the last one is kept, because a camera that stands still has one."""
        if self._lowpass is None or self._lowpass[0] is not bound:
            plan = lowpass_for(
                bound, cap_px_per_m=self._cap_px_per_m, width_px=frame.width_px, height_px=frame.height_px
            )
            self._lowpass = (bound, plan)
        return self._lowpass[1]


def _masks(frame: CappedFrame, looks: list[Look], added: Sequence[Look]) -> Picture:
    """Return uint8 (height, width): the masks of the looks, and those of guests beside them, each made by itself."""
    masks = mask_for(frame, looks)
    for look in added:  # each for itself: looks compared with one another cost the square of what a guest finds
        masks = cv2.bitwise_or(masks, mask_for(frame, [look])).astype(np.uint8, copy=False)
    return masks


class RedactedStream:
    """Gate 1's last step: released pictures of one camera become `RedactedFrame`s, and only here."""

    def __init__(
        self,
        source: str,
        *,
        width_px: int,
        height_px: int,
        fps: float,
        threads: int = 1,
        replay_speed: float | None = None,
        live: bool = False,
    ) -> None:
        """Open the stream at one picture size; smaller working pictures are enlarged to it. Live ones leave at once."""
        self._source = source
        self._encoder = FragmentEncoder(
            width_px=width_px, height_px=height_px, fps=fps, threads=threads, replay_speed=replay_speed, live=live
        )
        self._sequence = 0
        self._was_closed = False
        self._causes: deque[str] = deque()

    @property
    def codec(self) -> str:
        """RFC 6381 name of the stream."""
        return self._encoder.codec

    def opening(self) -> RedactedFrame:
        """Return the bytes that a player needs first."""
        return self._frame(Media.FMP4_INIT, 0, self._encoder.init_segment, keyframe=False, cause="")

    def taken(self, released: Released) -> list[RedactedFrame]:
        """Encode one picture and return the fragments that are complete by now: of a file that before it."""
        picture = self._sized(released.picture)
        closes = bool(released.closed_because) and not self._was_closed
        self._was_closed = bool(released.closed_because)
        self._causes.append(released.closed_because)
        return self._fragments(self._encoder.fragments(picture, utc_ns=released.utc_ns, keyframe=closes))

    def closing(self) -> list[RedactedFrame]:
        """Return the last fragment."""
        return self._fragments(self._encoder.closed())

    def _fragments(self, fragments: list[Fragment]) -> list[RedactedFrame]:
        return [
            self._frame(Media.FMP4_FRAGMENT, one.utc_ns, one.data, keyframe=one.keyframe, cause=self._causes.popleft())
            for one in fragments
        ]

    def snapshot(self, released: Released) -> RedactedFrame:
        """Return one picture as JPEG."""
        data = jpeg(self._sized(released.picture))
        return self._frame(Media.JPEG, released.utc_ns, data, keyframe=True, cause=released.closed_because)

    def _sized(self, picture: Picture) -> Picture:
        size = (self._encoder.width_px, self._encoder.height_px)
        if (picture.shape[1], picture.shape[0]) == size:
            return picture
        return cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)

    def _frame(self, media: Media, utc_ns: int, data: bytes, *, keyframe: bool, cause: str) -> RedactedFrame:
        self._sequence += media is Media.FMP4_FRAGMENT
        return RedactedFrame(
            source=self._source,
            sequence=self._sequence,
            utc_ns=utc_ns,
            media=media,
            keyframe=keyframe,
            width_px=self._encoder.width_px,
            height_px=self._encoder.height_px,
            closed_because=cause,
            data=data,
            made_by=FrameMaker.GATE,
        )

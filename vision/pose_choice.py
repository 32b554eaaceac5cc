"""`PoseChoice`: of all that tells where a live camera is, the best that does so now, and when its picture was taken.

The thread that decodes asks and tells; others read `placed`, a frozen value that is replaced as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from flightlink.pose import CameraPose, PoseRefusal
from flightlink.time_error import with_time_error
from flightlink.track import FixedPose, PoseSource, brisk_sigma
from flightlink.video_pose import WRONG_TIME, PoseFrom, ToldTime, VideoPoses
from vision.frame_time import Arrived, FrameTime, frame_time
from vision.second_word import UNLIKE_LINK, held_against

HEARD_WITHIN_NS: Final = 1_000_000_000
"""A source that was silent for longer is gone. One that had a pose so lately is waited for: poses of two sources
differ, and masks would jump between them."""
NEARBY_NS: Final = 50_000_000
CLEAR_ERROR_MS: Final = 5.0
"""Up to here a time error is the poses' own."""
AUTO: Final = "auto"
POSES_WANTED: Final = (AUTO, PoseFrom.MAVLINK.value, PoseFrom.KLV.value, PoseFrom.SEI.value)
"""What a camera's settings may ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where and when the last picture was taken, and what told it."""

    pose: CameraPose | None
    refusal: str
    """Cause; empty with a pose."""
    pose_from: PoseFrom
    time: FrameTime
    video_refused: dict[str, int] = field(default_factory=dict)
    """Cause -> records of the video that gave no pose."""


class PoseChoice:
    """Chooses, frame by frame.

    Args:
        link: poses that the station sends, or the one of a camera that stands still.
        video: poses of the video itself; None where they are not asked for.
        wanted: `auto`, or the one source that may be used.
        is_calibrated: whether the latency of the video was measured.
        on_model: whether heights will be those over a height model.
    """

    def __init__(
        self,
        link: PoseSource,
        video: VideoPoses | None,
        *,
        wanted: str = AUTO,
        is_calibrated: bool = True,
        on_model: bool = False,
    ) -> None:
        self._link, self._on_model = link, on_model
        self._is_calibrated = is_calibrated
        self._link_is = PoseFrom.FIXED if isinstance(link, FixedPose) else PoseFrom.MAVLINK
        self.video = video if wanted in (AUTO, PoseFrom.SEI, PoseFrom.KLV) else None
        self._asked = self._sources(wanted)
        self._posed_ns: dict[PoseFrom, int] = {}
        self._told: dict[PoseFrom, ToldTime] = {}
        self.placed: Placed | None = None

    def _sources(self, wanted: str) -> tuple[PoseFrom, ...]:
        if self._link_is is PoseFrom.FIXED:
            return (PoseFrom.FIXED,)
        beside = (PoseFrom.SEI, PoseFrom.KLV) if self.video is not None else ()
        return (*beside, self._link_is) if wanted == AUTO else (PoseFrom(wanted),)

    @property
    def reads_klv(self) -> bool:
        """Whether packets of a KLV stream are asked for at all."""
        return self.video is not None and PoseFrom.KLV in self._asked

    @property
    def reads_sei(self) -> bool:
        """Whether the user data of frames are asked for at all."""
        return self.video is not None and PoseFrom.SEI in self._asked

    def take_sei(self, payload: bytes, arrival_utc_ns: int) -> None:
        """Take one payload of the user data of the frame that is placed next."""
        told = None if self.video is None else self.video.take_sei(payload, arrival_utc_ns)
        if told is not None:
            self._told[PoseFrom.SEI] = told

    def take_klv(self, data: bytes, *, stamp_ns: int, arrival_utc_ns: int) -> None:
        """Take the bytes of one packet of the KLV stream."""
        if self.video is not None:
            self.video.take_klv(data, stamp_ns=stamp_ns, arrival_utc_ns=arrival_utc_ns)

    def place(self, *, by_arrival_ns: int, stamp_ns: int, arrival_utc_ns: int, rtcp_utc_ns: int | None) -> int:
        """Place the frame that has just come and return when it was taken, UTC in nanoseconds.

        Args:
            by_arrival_ns: arrival less the latency, smoothed.
            stamp_ns: of the frame, on the stream's clock.
            arrival_utc_ns: when it came.
            rtcp_utc_ns: when it was taken by the sender's reports, None without any.
        """
        told, self._told = self._told, {}
        by_klv = self.video.time_by_klv(stamp_ns) if self.video is not None and self.reads_klv else None
        if by_klv is not None:
            told[PoseFrom.KLV] = by_klv
        arrived = Arrived(utc_ns=by_arrival_ns, told=told, rtcp_utc_ns=rtcp_utc_ns)
        self.placed = self._placed(arrived, arrival_utc_ns)
        return self.placed.time.utc_ns

    def pose_at(self, utc_ns: int) -> CameraPose | PoseRefusal:
        """Return the pose of the frame that was placed last; for any other instant what the link says."""
        placed = self.placed
        if placed is None or placed.time.utc_ns != utc_ns:
            return self._link.pose_at(utc_ns)
        if placed.pose is not None:
            return placed.pose
        return PoseRefusal(cause=placed.refusal, detail="told by the video")

    def _placed(self, arrived: Arrived, arrival_utc_ns: int) -> Placed:
        first: Placed | None = None
        for source in self._asked:
            placed = self._asked_of(source, arrived, arrival_utc_ns)
            if placed is None:
                continue
            if placed.pose is not None:
                self._posed_ns[source] = arrival_utc_ns
                return placed
            if placed.refusal == UNLIKE_LINK:  # nobody knows which of both is wrong: neither is used
                return placed
            if arrival_utc_ns - self._posed_ns.get(source, 0) <= HEARD_WITHIN_NS:
                return placed
            first = first or placed
        return self._explained(first or self._nothing(arrived))

    def _asked_of(self, source: PoseFrom, arrived: Arrived, arrival_utc_ns: int) -> Placed | None:
        """Return what one source says of a frame; None where it has said nothing lately."""
        video = self.video
        is_video = source in (PoseFrom.SEI, PoseFrom.KLV)
        if is_video and (video is None or not video.is_heard(source, arrival_utc_ns, within_ns=HEARD_WITHIN_NS)):
            return None
        time = frame_time(arrived, pose_from=source, is_calibrated=self._is_calibrated)
        answer = self._answer(source, time.utc_ns)
        if isinstance(answer, CameraPose) and time.error_ms > CLEAR_ERROR_MS:
            answer = self._doubted(source, answer, time.error_ms)
        if isinstance(answer, CameraPose) and is_video:
            answer = self._second_word(answer, arrived.utc_ns)
        return self._said(source, time, answer)

    def _second_word(self, told: CameraPose, utc_ns: int) -> CameraPose | PoseRefusal:
        """Hold the video's pose against the link's, by the station's clock, where both may be used and are there."""
        link = self._link.pose_at(utc_ns) if self._link_is in self._asked else None
        if self.video is None or not isinstance(link, CameraPose):
            return told
        answer = held_against(told, link, on_model=self._on_model)
        self.video.refused[UNLIKE_LINK] += isinstance(answer, PoseRefusal)
        return answer

    def _said(self, source: PoseFrom, time: FrameTime, answer: CameraPose | PoseRefusal) -> Placed:
        refused = {} if self.video is None else {name: count for name, count in self.video.refused.items() if count}
        pose, refusal = (answer, "") if isinstance(answer, CameraPose) else (None, answer.cause)
        return Placed(pose=pose, refusal=refusal, pose_from=source, time=time, video_refused=refused)

    def _answer(self, source: PoseFrom, utc_ns: int) -> CameraPose | PoseRefusal:
        if self.video is not None and source in (PoseFrom.SEI, PoseFrom.KLV):
            return self.video.pose_at(source, utc_ns)
        return self._link.pose_at(utc_ns)

    def _doubted(self, source: PoseFrom, pose: CameraPose, error_ms: float) -> CameraPose:
        """Return the pose with what its frame's doubtful time costs; where nothing tells the motion, a brisk one."""
        if source is PoseFrom.FIXED:
            return pose
        before = self._answer(source, pose.utc_ns - NEARBY_NS)
        if isinstance(before, CameraPose):
            return with_time_error(pose, before, error_ms)
        return _briskly_doubted(pose, error_ms)

    def _nothing(self, arrived: Arrived) -> Placed:
        """Return the answer where the one source that may be used has said nothing."""
        time = frame_time(arrived, pose_from=self._link_is, is_calibrated=self._is_calibrated)
        return self._said(self._asked[0], time, PoseRefusal(cause="no_pose", detail="the video tells no pose"))

    def _explained(self, placed: Placed) -> Placed:
        """Return it with the cause that can be mended, where the video did tell poses, but of another time."""
        is_wrong = self.video is not None and self.video.refused[WRONG_TIME] > 0 and placed.refusal == "no_pose"
        return replace(placed, refusal=WRONG_TIME) if is_wrong else placed


def _briskly_doubted(pose: CameraPose, error_ms: float) -> CameraPose:
    """Return the pose with the error of a brisk flight in so much time."""
    return replace(pose, sigma=brisk_sigma(pose.sigma, age_s=error_ms / 1000))

"""`VideoPoses`: the poses and times that a live video tells of itself, by the JSON of its frames and by KLV packets.

Bytes and their arrival come in, values go out; no input or output. A record whose time lies too far from the station's
clock is no record: neither its pose nor its time is used. Not for several threads; the sealed worker has it.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import replace
from enum import StrEnum
from statistics import median, median_low
from typing import Final, NamedTuple

from flightlink.alignment import Alignment, aligned
from flightlink.klv.local_set import local_set_from
from flightlink.klv.packets import PacketReader
from flightlink.klv.pose import pose_from_local_set
from flightlink.optics import Optics
from flightlink.pose import CameraPose, PoseRefusal
from flightlink.sei.record import SeiReader
from flightlink.sei.track import SeiTrack
from flightlink.track import PoseTrack

MOST_AHEAD_NS: Final = 500_000_000
"""A sender's clock may run so far ahead of the station's."""
MOST_BEHIND_NS: Final = 3_000_000_000
"""A record may be so old when it comes: the way of the video, and the clocks' difference."""
OPENING_NS: Final = 3_000_000_000
MOST_BACKLOG_NS: Final = 10_000_000_000
"""What piled up while a stream was opened comes in one burst at its beginning: late, and no fault of a clock."""
WRONG_TIME: Final = "wrong_time"

_STAMPS_KEPT: Final = 32
_JUMP_NS: Final = 1_000_000_000


class PoseFrom(StrEnum):
    """Where a pose comes from."""

    SEI = "sei"
    """The JSON of each frame."""
    KLV = "klv"
    """MISB ST 0601 packets beside the video."""
    MAVLINK = "mavlink"
    """The link of the vehicle, or a telemetry file."""
    FIXED = "fixed"
    """A camera that stands still."""


class ToldTime(NamedTuple):
    """When a frame was taken, as the video itself says."""

    utc_ns: int
    error_ms: float
    """Against the instants of the video's own poses."""


class VideoPoses:
    """The poses of one live video.

    Args:
        alignment: of the camera, taken off every attitude.
    """

    def __init__(self, optics: Optics, *, alignment: Alignment | None = None) -> None:
        self._optics = optics
        self._alignment = alignment
        self._sei, self._sei_track = SeiReader(), SeiTrack()
        self._klv, self._klv_track = PacketReader(), PoseTrack()
        self._klv_refusal: PoseRefusal | None = None
        self._stamps: deque[int] = deque(maxlen=_STAMPS_KEPT)
        self._heard_ns: dict[PoseFrom, int] = {}
        self._begun_ns: int | None = None
        self.refused: Counter[str] = Counter()
        """Cause -> records and packets that gave no pose."""

    def take_sei(self, payload: bytes, arrival_utc_ns: int) -> ToldTime | None:
        """Take one payload of a frame's user data; return when the frame was taken, if it says so soundly."""
        damaged = self._sei.damaged
        record = self._sei.record(payload)
        self.refused["damaged"] += self._sei.damaged - damaged
        if record is None or not self._is_timely(record.utc_us * 1000, arrival_utc_ns):
            return None
        self._heard_ns[PoseFrom.SEI] = arrival_utc_ns
        self._sei_track.take(record)
        return ToldTime(record.utc_us * 1000, SEI_ERROR_MS)

    def take_klv(self, data: bytes, *, stamp_ns: int, arrival_utc_ns: int) -> None:
        """Take the bytes of a data packet with its time stamp on the stream's clock."""
        damaged = self._klv.damaged
        for items in self._klv.feed(data):
            told = local_set_from(items)
            if told.utc_us is not None and self._is_timely(told.utc_us * 1000, arrival_utc_ns):
                self._note_stamp(told.utc_us * 1000 - stamp_ns)
                self._heard_ns[PoseFrom.KLV] = arrival_utc_ns
                self._add(pose_from_local_set(told, self._optics))
        self.refused["damaged"] += self._klv.damaged - damaged

    def _add(self, answer: CameraPose | PoseRefusal) -> None:
        self._klv_refusal = answer if isinstance(answer, PoseRefusal) else None
        if isinstance(answer, PoseRefusal):
            self.refused[answer.cause] += 1
        else:
            self._klv_track.add(answer)

    def _is_timely(self, utc_ns: int, arrival_utc_ns: int) -> bool:
        late_ns = arrival_utc_ns - utc_ns
        is_timely = -MOST_AHEAD_NS <= late_ns <= MOST_BEHIND_NS
        self._begun_ns = arrival_utc_ns if self._begun_ns is None else self._begun_ns
        is_backlog = 0 < late_ns <= MOST_BACKLOG_NS and arrival_utc_ns - self._begun_ns < OPENING_NS
        self.refused[WRONG_TIME] += not is_timely and not is_backlog
        return is_timely

    def _note_stamp(self, utc_less_stamp_ns: int) -> None:
        if self._stamps and abs(utc_less_stamp_ns - self._stamps[-1]) > _JUMP_NS:
            self._stamps.clear()
        self._stamps.append(utc_less_stamp_ns)

    def time_by_klv(self, stamp_ns: int) -> ToldTime | None:
        """Return when a frame of a stamp was taken, by the stamps and times of the last packets; None without any."""
        if not self._stamps:
            return None
        middle_ns = median_low(self._stamps)
        spread_ns = median(abs(one - middle_ns) for one in self._stamps)
        return ToldTime(stamp_ns + middle_ns, SEI_ERROR_MS + 3 * spread_ns / 1e6)

    def is_heard(self, source: PoseFrom, utc_ns: int, *, within_ns: int) -> bool:
        """Say whether the video told anything sound of this kind lately."""
        heard_ns = self._heard_ns.get(source)
        return heard_ns is not None and utc_ns - heard_ns <= within_ns

    def pose_at(self, source: PoseFrom, utc_ns: int) -> CameraPose | PoseRefusal:
        """Return the pose of one kind at an instant, or why there is none: its readers' causes, or `no_pose`."""
        if source is PoseFrom.SEI:
            answer = self._sei_track.pose_at(utc_ns, self._optics)
        else:
            answer = self._klv_track.pose_at(utc_ns)
            if isinstance(answer, PoseRefusal) and self._klv_refusal is not None:
                answer = self._klv_refusal
        return aligned(answer, self._alignment) if isinstance(answer, CameraPose) else answer

    def resized(self, picture_px: tuple[int, int]) -> None:
        """Say how large the video's picture is."""
        self._optics = replace(self._optics, picture_px=picture_px)


SEI_ERROR_MS: Final = 5.0
"""Of a frame's own time stamp against the samples beside it: rounding, and what lies between exposure and stamp."""

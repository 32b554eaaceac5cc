"""When a live picture was taken, by the best that tells it, and how far that may be wrong. Pure.

In order: what the video says of its frames (SEI, then KLV), arrival less a calibrated latency, the sender's clock by
RTCP, arrival alone. A time of the video counts against poses of the same video as it stands. Against poses of another
source it is a clock nobody has compared with ours, so it must agree with what arrival says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from flightlink.video_pose import PoseFrom, ToldTime

RTCP_LATE_NS: Final = 30_000_000
"""Measured on connections of FFmpeg's sender: its reports lie 13 to 51 ms after capture (mavlink reference, 5)."""
RTCP_ERROR_MS: Final = 30.0
CALIBRATED_ERROR_MS: Final = 30.0
"""Of a latency that was measured once: it is another one in each connection, by some 20 ms."""
UNKNOWN_ERROR_MS: Final = 150.0
"""Of an arrival whose latency nobody has measured: usual ones are 100 to 400 ms."""
OTHER_CLOCK_ERROR_MS: Final = 100.0
"""Of a time by the sender's clock where neither poses nor a latency compare it with ours."""
AGREES_NS: Final = 100_000_000
MOST_LATENCY_NS: Final = 1_000_000_000


class TimeFrom(StrEnum):
    """What told when a picture was taken."""

    SEI = "sei"
    KLV = "klv"
    RTCP = "rtcp"
    ARRIVAL = "arrival"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameTime:
    """When a picture was taken."""

    utc_ns: int
    source: TimeFrom
    error_ms: float
    """One standard deviation, against the poses of the source it was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What is known of one frame's time."""

    utc_ns: int
    """Arrival less the latency that is told, smoothed by the stream's own clock."""
    told: Mapping[PoseFrom, ToldTime]
    """By the video itself."""
    rtcp_utc_ns: int | None
    """By the sender's reports."""


def frame_time(arrived: Arrived, *, pose_from: PoseFrom, is_calibrated: bool) -> FrameTime:
    """Return when a frame was taken, for a pose of the given source.

    Args:
        arrived: what is known of its time.
        pose_from: whose poses it will be asked of.
        is_calibrated: whether the latency was measured; else `arrived.utc_ns` is the arrival itself.
    """
    for source in (PoseFrom.SEI, PoseFrom.KLV):
        told = arrived.told.get(source)
        found = None if told is None else _by_video(arrived, told, source, pose_from, is_calibrated=is_calibrated)
        if found is not None:
            return found
    if is_calibrated:
        return FrameTime(utc_ns=arrived.utc_ns, source=TimeFrom.ARRIVAL, error_ms=CALIBRATED_ERROR_MS)
    if (
        arrived.rtcp_utc_ns is not None
        and 0 <= arrived.utc_ns - (arrived.rtcp_utc_ns - RTCP_LATE_NS) <= MOST_LATENCY_NS
    ):
        return FrameTime(utc_ns=arrived.rtcp_utc_ns - RTCP_LATE_NS, source=TimeFrom.RTCP, error_ms=RTCP_ERROR_MS)
    return FrameTime(utc_ns=arrived.utc_ns, source=TimeFrom.ARRIVAL, error_ms=UNKNOWN_ERROR_MS)


def _by_video(
    arrived: Arrived, told: ToldTime, source: PoseFrom, pose_from: PoseFrom, *, is_calibrated: bool
) -> FrameTime | None:
    """Return the time that the video tells, None where it may not be believed."""
    named = TimeFrom(source.value)
    late_ns = arrived.utc_ns - told.utc_ns
    if pose_from is source:
        return FrameTime(utc_ns=told.utc_ns, source=named, error_ms=told.error_ms)
    if pose_from in (PoseFrom.SEI, PoseFrom.KLV):
        return None  # its own source tells its time, or nobody does
    if is_calibrated:
        error_ms = max(CALIBRATED_ERROR_MS, abs(late_ns) / 1e6)
        return FrameTime(utc_ns=told.utc_ns, source=named, error_ms=error_ms) if abs(late_ns) <= AGREES_NS else None
    is_plausible = 0 <= late_ns <= MOST_LATENCY_NS
    return FrameTime(utc_ns=told.utc_ns, source=named, error_ms=OTHER_CLOCK_ERROR_MS) if is_plausible else None

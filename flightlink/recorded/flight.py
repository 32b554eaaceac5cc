"""`FlightPoses`: what every reader of a recorded flight gives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from flightlink.alignment import Alignment, aligned
from flightlink.pose import CameraPose


class FlightClock(StrEnum):
    """What the instants of a recorded flight are counted from."""

    UTC = "utc"
    LOCAL = "local"
    """A wall clock that does not say its zone; its hours are written into `utc_ns` as they stand."""
    VIDEO = "video"
    """Nothing but the time since the first frame; `utc_ns` counts from 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightPoses:
    """The camera poses of one recorded flight."""

    poses: tuple[CameraPose, ...]
    """In order; gaps where a pose was refused."""
    refusals: dict[str, int]
    """Cause -> instants without a pose."""
    first_utc_ns: int
    """Stamp of the log's first message."""
    last_utc_ns: int
    system_id: int | None
    """None for a kind of file that knows no system ids."""
    truncated: bool
    """Whether the log ends in the middle of a message or holds damaged bytes."""
    clock: FlightClock = FlightClock.UTC
    video_starts_utc_ns: int | None = None
    """When the first frame of the video to which the file belongs was taken, on the file's own clock; None for a file
    that belongs to no video."""
    notes: tuple[str, ...] = ()
    """What a reader of a position must know besides: the datum taken, what the file leaves out."""

    def aligned(self, alignment: Alignment | None) -> FlightPoses:
        """Return the flight with its poses put right; those that a reader has aligned already stay as they are."""
        return (
            self if alignment is None else replace(self, poses=tuple(aligned(pose, alignment) for pose in self.poses))
        )

    def with_video_started(self, utc_ns: int) -> FlightPoses:
        """Return the flight in UTC, moved so that its video starts at the instant; one in UTC stays as it is."""
        if self.clock is FlightClock.UTC or self.video_starts_utc_ns is None:
            return self
        later_ns = utc_ns - self.video_starts_utc_ns
        return replace(
            self,
            poses=tuple(replace(pose, utc_ns=pose.utc_ns + later_ns) for pose in self.poses),
            first_utc_ns=self.first_utc_ns + later_ns,
            last_utc_ns=self.last_utc_ns + later_ns,
            clock=FlightClock.UTC,
            video_starts_utc_ns=utc_ns,
        )

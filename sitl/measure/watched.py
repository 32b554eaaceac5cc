"""The station at work on a recording, exactly as on any: a sealed worker counts, and the poses come from the log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flightlink.track import PoseTrack
from groundstation.counting import counted
from groundstation.flight import Flight, FlightFiles, load_flight
from groundstation.recording import Worked
from maps.cells import CellCounts
from sitl.measure.recorded import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What the station made of one flight."""

    recorded: Recorded
    flight: Flight
    counts: tuple[CellCounts, ...]
    """In order of time."""
    worked: Worked

    def poses(self) -> PoseTrack:
        """Return the station's poses by time."""
        track = PoseTrack(capacity=max(1, len(self.flight.poses)))
        for pose in self.flight.poses:
            track.add(pose)
        return track


def flight_from(recorded: Recorded) -> Flight:
    """Return the flight as `groundstation replay` would load it from these files.

    Raises:
        BadInputError: the telemetry gives no pose.
        FlightlinkError: a file cannot be read.
    """
    return load_flight(
        FlightFiles(
            video=recorded.video,
            telemetry=recorded.telemetry,
            system_id=recorded.system_id,
            camera=recorded.camera,
            mission=recorded.mission,
            video_starts_utc_ns=recorded.starts_utc_ns,
        )
    )


async def watch(recorded: Recorded, told: Callable[[int], None]) -> Watched:
    """Let the station work through a recording; `told` hears how many frames are done.

    Raises:
        SourceFailedError: the worker cannot read the video.
        WorkerLostError: it ended before it was done.
    """
    flight = flight_from(recorded)
    seen = await counted(flight, told)
    return Watched(recorded=recorded, flight=flight, counts=seen.counts, worked=seen.worked)

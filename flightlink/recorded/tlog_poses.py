"""The camera poses of a MAVLink log (`.tlog`), through the same tracker that serves live vehicles."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final, NamedTuple

from flightlink.camera_file import CameraFile
from flightlink.errors import TelemetryError
from flightlink.mavlink.messages import AUTOPILOT_INVALID, HEARTBEAT, MessageDecoder
from flightlink.mavlink.tlog import TlogReader, read_tlog
from flightlink.pose import CameraPose, PoseRefusal
from flightlink.recorded.flight import FlightPoses
from flightlink.vehicle.pump import PosePump
from flightlink.vehicle.tracker import VehicleTracker

_LAG_NS: Final = 500_000_000
"""A pose is asked this long after its instant, when what was on its way has arrived."""
_ASK_EVERY_NS: Final = 100_000_000


class _Asked:
    """Poses and refusals so far."""

    def __init__(self, tracker: VehicleTracker, since_utc_ns: int) -> None:
        self._pump = PosePump(tracker)
        self._tracker = tracker
        self._since_utc_ns = since_utc_ns
        self.poses: list[CameraPose] = []
        self.refusals: Counter[str] = Counter()

    def catch_up(self) -> None:
        """Ask for every instant whose data have arrived."""
        newest_ns = self._tracker.newest_utc_ns()
        if newest_ns is not None:
            self.ask_until(newest_ns - _LAG_NS)

    def ask_until(self, until_utc_ns: int) -> None:
        """Ask for every instant not asked for yet."""
        for answer in self._pump.answers(self._since_utc_ns, until_utc_ns):
            if isinstance(answer, PoseRefusal):
                self.refusals[answer.cause] += 1
            else:
                self.poses.append(answer)
        self._since_utc_ns = max(self._since_utc_ns, until_utc_ns)


def poses_from_tlog(
    path: Path,
    camera: CameraFile | None,
    system_id: int | None = None,
    *,
    picture_px: tuple[int, int] | None = None,
) -> FlightPoses:
    """Return the camera poses of one vehicle over a whole log.

    Args:
        path: the log.
        camera: intrinsics and mount; None leaves them to the log.
        system_id: which vehicle; needed only where the log holds several.
        picture_px: width and height of the video, where the log tells only a field of view.

    Raises:
        TelemetryError: the file is no log, holds no vehicle, or several of which none was named.
    """
    reader = read_tlog(path)
    contents = _contents(reader)
    chosen = _chosen(path, sorted(contents.vehicles), system_id)
    tracker = VehicleTracker(chosen, camera, picture_px=picture_px)
    asked = _Asked(tracker, contents.first_utc_ns)
    _replay(reader, tracker, asked)
    asked.ask_until(contents.last_utc_ns)
    return FlightPoses(
        poses=tuple(asked.poses),
        refusals=dict(asked.refusals),
        first_utc_ns=contents.first_utc_ns,
        last_utc_ns=contents.last_utc_ns,
        system_id=chosen,
        truncated=reader.truncated,
    )


def _replay(reader: TlogReader, tracker: VehicleTracker, asked: _Asked) -> None:
    next_ask_ns = 0
    for utc_us, message, frame in reader:
        if frame.system_id != tracker.system_id:
            continue
        tracker.take(message, frame.component_id, utc_us * 1000)
        if utc_us * 1000 >= next_ask_ns:
            asked.catch_up()
            next_ask_ns = utc_us * 1000 + _ASK_EVERY_NS


class _Contents(NamedTuple):
    """What a log holds."""

    vehicles: set[int]
    """System ids with an autopilot: stations, cameras and gimbals are none."""
    first_utc_ns: int
    last_utc_ns: int


def _contents(reader: TlogReader) -> _Contents:
    decoder, vehicles, first_us, last_us = MessageDecoder(), set[int](), None, 0
    for utc_us, frame in reader.frames():
        first_us, last_us = utc_us if first_us is None else first_us, utc_us
        if frame.message_id == HEARTBEAT and frame.system_id not in vehicles:
            message = decoder.decode(frame.raw)
            if message is not None and message.autopilot != AUTOPILOT_INVALID:
                vehicles.add(frame.system_id)
    return _Contents(vehicles, (first_us or 0) * 1000, last_us * 1000)


def _chosen(path: Path, vehicles: list[int], system_id: int | None) -> int:
    names = ", ".join(str(vehicle) for vehicle in vehicles)
    if not vehicles:
        raise TelemetryError(f"{path}: holds no heartbeat of a vehicle; record the log on the vehicle's link")
    if system_id is None and len(vehicles) > 1:
        raise TelemetryError(f"{path}: holds vehicles with system ids {names}; say which one is meant (--system-id)")
    if system_id is not None and system_id not in vehicles:
        raise TelemetryError(f"{path}: holds no vehicle with system id {system_id}, only {names}; name one of these")
    return vehicles[0] if system_id is None else system_id

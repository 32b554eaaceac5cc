"""`Readings`: all that an on-board log says of place and attitude, by time since boot; and the poses made of it."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Generic, NamedTuple, TypeVar

from flightlink.attitude import Quaternion
from flightlink.camera_file import CameraFile
from flightlink.errors import PoseInvalidError, TelemetryError
from flightlink.pose import BODY_ATTITUDE, CONSUMER_GIMBAL, CameraPose, HeightDatum, PoseRefusal
from flightlink.recorded.flight import FlightPoses
from flightlink.timeline import Around, Timeline
from flightlink.track import MAX_AGE_MS
from flightlink.vehicle.compose import CameraAttitude, camera_from_gimbal, camera_from_mount, position_at
from flightlink.vehicle.gimbal import GimbalReading
from flightlink.vehicle.readings import HomeReading, PositionReading

STEP_NS: Final = 50_000_000
MOST_STEPS: Final = 20 * 3600 * 12
"""Half a day of flight; a log that claims more has a damaged clock."""
_MAX_AGE_NS: Final = MAX_AGE_MS * 1e6
_CAPACITY: Final = 10_000_000
_LEAST_US: Final = 946_684_800_000_000
"""The year 2000: a time since boot beyond it is UTC itself, as simulators write."""
Value = TypeVar("Value")


class Stamped(NamedTuple, Generic[Value]):
    """A reading and when it was taken."""

    boot_us: int
    value: Value


@dataclass(slots=True, kw_only=True)
class Readings:
    """What one log holds; readings in any order."""

    bodies: list[Stamped[Quaternion]] = field(default_factory=list)
    places: list[Stamped[PositionReading]] = field(default_factory=list)
    gimbals: list[Stamped[GimbalReading]] = field(default_factory=list)
    utc_of_boot_us: list[int] = field(default_factory=list)
    """Satellite UTC less time since boot, by each fix; a fix that is logged late makes it smaller."""
    place_refusal: PoseRefusal = field(
        default_factory=lambda: PoseRefusal(cause="no_position", detail="the log holds no position")
    )
    """Why there is no place, where there is none."""
    horizontal_sigma_m: float = 0.0
    """As the log states it, at worst."""
    home: HomeReading | None = None


def flight_from_readings(path: Path, readings: Readings, camera: CameraFile | None, *, truncated: bool) -> FlightPoses:
    """Return the poses of a flight, 20 a second between its first and last reading.

    Raises:
        TelemetryError: no reading, or no satellite time that ties the log to UTC.
    """
    stamps_us = [reading.boot_us for part in (readings.bodies, readings.places) for reading in part]
    if not stamps_us:
        raise TelemetryError(f"{path}: the log holds neither attitude nor position; log both on board")
    offset_ns = _utc_of_boot_ns(path, readings, stamps_us)
    first_ns, last_ns = min(stamps_us) * 1000, max(stamps_us) * 1000
    if last_ns - first_ns > MOST_STEPS * STEP_NS:
        raise TelemetryError(
            f"{path}: claims a flight of {(last_ns - first_ns) / 3.6e12:.0f} hours; its clock is damaged"
        )
    composer = _Composer(readings, camera)
    answers = [composer.pose_at(boot_ns, offset_ns) for boot_ns in range(first_ns, last_ns + 1, STEP_NS)]
    return FlightPoses(
        poses=tuple(answer for answer in answers if isinstance(answer, CameraPose)),
        refusals=dict(Counter(answer.cause for answer in answers if isinstance(answer, PoseRefusal))),
        first_utc_ns=first_ns + offset_ns,
        last_utc_ns=last_ns + offset_ns,
        system_id=None,
        truncated=truncated,
    )


def _utc_of_boot_ns(path: Path, readings: Readings, stamps_us: Sequence[int]) -> int:
    """Return UTC less time since boot: of the fixes that were logged with the least delay."""
    if min(stamps_us) > _LEAST_US:
        return 0
    offsets_us = readings.utc_of_boot_us
    if not offsets_us:
        raise TelemetryError(
            f"{path}: holds no satellite time, so its instants cannot be told in UTC; log GPS on board"
        )
    prompt_us = offsets_us[0] if len(offsets_us) == 1 else statistics.quantiles(offsets_us, n=10)[-1]
    return round(prompt_us) * 1000


class _Composer:
    """Timelines of the readings, and the pose between them."""

    def __init__(self, readings: Readings, camera: CameraFile | None) -> None:
        self._readings, self._camera = readings, camera
        self._bodies, self._places = _timeline(readings.bodies), _timeline(readings.places)
        self._gimbals = _timeline(readings.gimbals)

    def pose_at(self, boot_ns: int, offset_ns: int) -> CameraPose | PoseRefusal:
        """Return the pose, by the same rules as of a live vehicle."""
        place = self._places.around(boot_ns, max_age_ns=_MAX_AGE_NS)
        if place is None:
            return self._readings.place_refusal if not len(self._places) else _stale("position")
        attitude = self._attitude_at(boot_ns)
        if isinstance(attitude, PoseRefusal):
            return attitude
        if self._camera is None:
            return PoseRefusal(cause="no_intrinsics", detail="the log says nothing of the lens; give a camera file")
        try:
            return self._pose(boot_ns + offset_ns, place, attitude, self._camera)
        except PoseInvalidError as error:
            return PoseRefusal(cause="no_position", detail=str(error))

    def _attitude_at(self, boot_ns: int) -> CameraAttitude | PoseRefusal:
        """Return where the camera looks: a mount that the camera file states wins, then the gimbal's own word."""
        stated = None if self._camera is None else self._camera.sigma
        if self._camera is not None and self._camera.mount is not None:
            body = self._body_at(boot_ns)
            if isinstance(body, PoseRefusal):
                return body
            return camera_from_mount(body, self._camera.mount, usual=stated or BODY_ATTITUDE)
        if not len(self._gimbals):
            detail = "the log holds no gimbal attitude; state how the camera is fixed in the camera file ([mount])"
            return PoseRefusal(cause="no_gimbal", detail=detail)
        gimbal = self._gimbals.around(boot_ns, max_age_ns=_MAX_AGE_NS)
        if gimbal is None:
            return _stale("gimbal attitude")
        return camera_from_gimbal(gimbal, lambda: self._body_at(boot_ns), usual=stated or CONSUMER_GIMBAL)

    def _body_at(self, boot_ns: int) -> Around[Quaternion] | PoseRefusal:
        if not len(self._bodies):
            return PoseRefusal(cause="no_attitude", detail="the log holds no attitude of the vehicle")
        return self._bodies.around(boot_ns, max_age_ns=_MAX_AGE_NS) or _stale("attitude")

    def _pose(
        self, utc_ns: int, around: Around[PositionReading], attitude: CameraAttitude, camera: CameraFile
    ) -> CameraPose:
        place, home = position_at(around), self._readings.home
        horizontal_m = max(attitude.sigma.horizontal_m, self._readings.horizontal_sigma_m)
        return CameraPose(
            utc_ns=utc_ns,
            lat_deg=place.lat_deg,
            lon_deg=place.lon_deg,
            alt_m=place.alt_home_m,
            ground_alt_m=0.0,
            yaw_deg=attitude.attitude.yaw_deg,
            pitch_deg=attitude.attitude.pitch_deg,
            roll_deg=attitude.attitude.roll_deg,
            intrinsics=camera.intrinsics,
            sigma=replace(attitude.sigma, horizontal_m=horizontal_m + place.doubt_m),
            age_ms=max(attitude.age_ms, around.distance_ns / 1e6),
            height_datum=HeightDatum.HOME,
            home_lat_deg=None if home is None else home.lat_deg,
            home_lon_deg=None if home is None else home.lon_deg,
        )


def _timeline(readings: Sequence[Stamped[Value]]) -> Timeline[Value]:
    timeline: Timeline[Value] = Timeline(capacity=_CAPACITY)
    for reading in sorted(readings, key=lambda reading: reading.boot_us):
        timeline.add(reading.boot_us * 1000, reading.value)
    return timeline


def _stale(what: str) -> PoseRefusal:
    return PoseRefusal(cause="stale_pose", detail=f"the log holds no {what} within {MAX_AGE_MS / 1000:.2f} s")

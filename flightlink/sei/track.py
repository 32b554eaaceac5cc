"""`SeiTrack`: the camera's pose at any instant out of the records of the frames so far. Pure; the sealed worker has it.

Each record tells samples with their age. Place, vehicle and gimbal are samples of their own instants, interpolated
apart; beside their samples the motion is carried on for at most 250 ms, and all of it is added to the error.
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeVar

from flightlink.attitude import (
    Quaternion,
    angle_between_deg,
    attitude_from_quaternion,
    slerp,
    turned_about_down,
    wrapped_deg,
)
from flightlink.errors import PoseInvalidError
from flightlink.geodesy import distance_m
from flightlink.optics import Optics, lens_at
from flightlink.pose import CONSUMER_GIMBAL, CameraPose, HeightDatum, PoseRefusal, PoseSigma
from flightlink.sei.record import SeiPlace, SeiRecord
from flightlink.timeline import Around, Timeline
from flightlink.track import MAX_AGE_MS, brisk_sigma, grown_sigma, jumped_deg

SAME_NS: Final = 8_000_000
"""Two samples nearer to each other are one, told by two frames: no autopilot tells anything 125 times a second."""
_MS: Final = 1_000_000
_S: Final = 1_000_000_000


Value = TypeVar("Value")


class _Held(NamedTuple):
    """By how much a value was carried on beyond its samples."""

    moved_m: float = 0.0
    turned_deg: float = 0.0
    alone_s: float = 0.0
    """Held for so long by a sample with no other beside it."""


class SeiTrack:
    """The samples of one camera's records; bounded, the oldest are dropped.

    Args:
        capacity: greatest number of samples of a kind.
    """

    def __init__(self, *, capacity: int = 512) -> None:
        self._places: Timeline[SeiPlace] = Timeline(capacity=capacity)
        self._vehicle: Timeline[Quaternion] = Timeline(capacity=capacity)
        self._gimbal: Timeline[Quaternion] = Timeline(capacity=capacity)
        self._hfov_deg: float | None = None

    def take(self, record: SeiRecord) -> None:
        """Take the samples of a record; those that an earlier one told already change nothing."""
        self._hfov_deg = record.hfov_deg
        utc_ns = record.utc_us * 1000
        if record.place is not None:
            _add(self._places, utc_ns, record.place.age_ms, record.place)
        for timeline, turn in ((self._vehicle, record.vehicle), (self._gimbal, record.gimbal)):
            if turn is not None:
                _add(timeline, utc_ns, turn.age_ms, turn.attitude)

    def pose_at(self, utc_ns: int, optics: Optics) -> CameraPose | PoseRefusal:
        """Return the pose at an instant.

        Causes: `no_position`, `no_attitude`, `no_gimbal`, `stale_pose`, `no_height`, `no_intrinsics`,
        `fov_unlike_camera_file`.
        """
        place = _around(self._places, utc_ns, what="position", cause="no_position")
        vehicle = _around(self._vehicle, utc_ns, what="attitude", cause="no_attitude")
        gimbal = _around(self._gimbal, utc_ns, what="gimbal attitude", cause="no_gimbal")
        lens = lens_at(optics, hfov_deg=self._hfov_deg)
        if isinstance(place, PoseRefusal):
            return place
        if isinstance(vehicle, PoseRefusal):
            return vehicle
        if isinstance(gimbal, PoseRefusal):
            return gimbal
        if isinstance(lens, PoseRefusal):
            return lens
        here = _place_at(place)
        if here.alt_home_m is None:
            return PoseRefusal(cause="no_height", detail="the video tells no height above home")
        heading_deg = attitude_from_quaternion(_turn_at(vehicle)).yaw_deg
        camera = attitude_from_quaternion(turned_about_down(_turn_at(gimbal), yaw_deg=heading_deg))
        try:
            return CameraPose(
                utc_ns=utc_ns,
                lat_deg=here.lat_deg,
                lon_deg=here.lon_deg,
                alt_m=here.alt_home_m,
                ground_alt_m=0.0,
                yaw_deg=camera.yaw_deg,
                pitch_deg=camera.pitch_deg,
                roll_deg=camera.roll_deg,
                intrinsics=lens,
                sigma=_sigma(
                    optics.sigma or CONSUMER_GIMBAL, _held_place(place), _held_turn(vehicle), _held_turn(gimbal)
                ),
                age_ms=max(place.distance_ns, vehicle.distance_ns, gimbal.distance_ns) / _MS,
                height_datum=HeightDatum.HOME,
                alt_amsl_m=here.alt_amsl_m,
            )
        except PoseInvalidError as error:
            return PoseRefusal(cause="no_position", detail=f"the video tells an impossible pose: {error}")


def _add(timeline: Timeline[Value], utc_ns: int, age_ms: float, value: Value) -> None:
    sampled_ns = utc_ns - round(age_ms * _MS)
    nearest_ns = timeline.distance_ns(sampled_ns)
    if nearest_ns is None or nearest_ns > SAME_NS:
        timeline.add(sampled_ns, value)


def _around(timeline: Timeline[Value], utc_ns: int, *, what: str, cause: str) -> Around[Value] | PoseRefusal:
    distance_ns = timeline.distance_ns(utc_ns)
    if distance_ns is None:
        return PoseRefusal(cause=cause, detail=f"the video tells no {what}")
    around = timeline.around(utc_ns, max_age_ns=MAX_AGE_MS * _MS)
    if around is None or (around.is_held and around.distance_ns > MAX_AGE_MS * _MS):
        detail = f"the video's {what} is {distance_ns / _S:.2f} s away; the limit is {MAX_AGE_MS / 1000:.2f} s"
        return PoseRefusal(cause="stale_pose", detail=detail)
    return around


def _turn_at(around: Around[Quaternion]) -> Quaternion:
    return slerp(around.before, around.after, around.share)


def _place_at(around: Around[SeiPlace]) -> SeiPlace:
    """Return the place, linear between or beside the samples, across the antimeridian too."""
    one, other, share = around.before, around.after, around.share
    home_m = (one.alt_home_m, other.alt_home_m)
    return SeiPlace(
        lat_deg=max(-90.0, min(90.0, one.lat_deg + (other.lat_deg - one.lat_deg) * share)),
        lon_deg=wrapped_deg(one.lon_deg + wrapped_deg(other.lon_deg - one.lon_deg) * share),
        alt_amsl_m=one.alt_amsl_m + (other.alt_amsl_m - one.alt_amsl_m) * share,
        alt_home_m=None if home_m[0] is None or home_m[1] is None else home_m[0] + (home_m[1] - home_m[0]) * share,
        age_ms=0.0,
    )


def _held_place(around: Around[SeiPlace]) -> _Held:
    if not around.is_held:
        return _Held()
    if around.before is around.after:
        return _Held(alone_s=around.distance_ns / _S)
    here, sample = _place_at(around), around.nearest
    along_m = distance_m(sample.lat_deg, sample.lon_deg, here.lat_deg, here.lon_deg)
    return _Held(moved_m=max(along_m, abs(here.alt_amsl_m - sample.alt_amsl_m)))


def _held_turn(around: Around[Quaternion]) -> _Held:
    """Return what a turn beside its samples may be wrong by, and between them where the camera may have jumped."""
    if around.before is around.after:
        return _Held(alone_s=around.distance_ns / _S)
    if not around.is_held:
        return _Held(turned_deg=jumped_deg(angle_between_deg(around.before, around.after), around.share))
    return _Held(turned_deg=angle_between_deg(around.nearest, _turn_at(around)))


def _sigma(usual: PoseSigma, *held: _Held) -> PoseSigma:
    grown = grown_sigma(usual, moved_m=sum(one.moved_m for one in held), turned_deg=sum(one.turned_deg for one in held))
    return brisk_sigma(grown, age_s=max(one.alone_s for one in held))

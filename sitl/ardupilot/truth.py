"""What is true of one simulated flight at any instant: the simulator's own state and the gimbal's pulses, in time.

SIM_STATE is the state of ArduPilot's physics: SIMSTATE, which comes by default, is the same without the height. The
autopilot's estimate, which the station uses, is never asked. Neither message carries a time: each is of the instant
of the ATTITUDE that the same pass of the autopilot sent before it.
"""

from __future__ import annotations

import math
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from flightlink.attitude import (
    Quaternion,
    attitude_from_quaternion,
    slerp,
    unit_quaternion,
)
from flightlink.errors import PoseInvalidError
from flightlink.timeline import Around, Timeline
from flightlink.vehicle.boot_clock import BootClock
from sitl.ardupilot.errors import AutopilotError, TruthHoleError
from sitl.ardupilot.gimbal import Gimbal, GimbalAngles
from sitl.ardupilot.place import east_north_m
from sitl.world.route import FlightInstant
from sitl.world.world import Home

LONGEST_GAP_NS: Final = 500_000_000
"""Truth is interpolated between samples at most this far apart."""
_SPAN_NS: Final = 20_000_000_000
_CAPACITY: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueState:
    """The airframe; east, north, up from home."""

    place_m: tuple[float, float, float]
    velocity_m_s: tuple[float, float, float]
    ned_from_body: Quaternion
    yaw_rate_deg_s: float


class FlightTruth:
    """The last seconds of one flight's truth. Messages come in one thread, the camera may ask in another.

    Args:
        home: origin of the world.
        gimbal: what the vehicle carries.
        patience_s: how long an asker waits for truth that is still on its way.
    """

    def __init__(self, home: Home, gimbal: Gimbal, *, patience_s: float = 2.0) -> None:
        self._home = home
        self._gimbal = gimbal
        self._patience_s = patience_s
        self._clock = BootClock()
        self._boot_ns: int | None = None
        self._states: Timeline[TrueState] = Timeline(capacity=_CAPACITY, span_ns=_SPAN_NS)
        self._joints: Timeline[GimbalAngles] = Timeline(capacity=_CAPACITY, span_ns=_SPAN_NS)
        self._changed = threading.Condition()

    def take(self, message: Any, received_ns: int) -> None:
        """Take one message of the autopilot and when it arrived, nanoseconds of the world's clock."""
        with self._changed:
            match message.get_type():
                case "ATTITUDE":
                    self._tick(message.time_boot_ms * 1_000_000, received_ns)
                case "SIM_STATE" if self._boot_ns is not None:
                    with suppress(PoseInvalidError):
                        self._states.add(self._boot_ns, state_from_message(message, self._home))
                case "SERVO_OUTPUT_RAW" if self._boot_ns is not None and message.port == 0:
                    self._joints.add(self._boot_ns, self._angles(message))
            self._changed.notify_all()

    def _tick(self, boot_ns: int, received_ns: int) -> None:
        is_good, restarted = self._clock.take(boot_ns, received_ns)
        if restarted:
            self._states.clear()
            self._joints.clear()
        self._boot_ns = boot_ns if is_good else None

    def _angles(self, message: Any) -> GimbalAngles:
        return self._gimbal.angles(roll_us=message.servo5_raw, tilt_us=message.servo6_raw, pan_us=message.servo7_raw)

    def newest_s(self) -> float | None:
        """Return until when the truth is known, seconds since the world began; None before it is."""
        with self._changed:
            return self._newest_s()

    def _newest_s(self) -> float | None:
        ends = (self._states.newest_ns, self._joints.newest_ns)
        if ends[0] is None or ends[1] is None:
            return None
        world_ns = self._clock.utc_ns(min(ends[0], ends[1]))
        return None if world_ns is None else world_ns / 1e9

    def at(self, t_s: float) -> FlightInstant:
        """Return the truth at seconds since the world began; waits while it is still on its way.

        Raises:
            AutopilotError: it does not come; `TruthHoleError` where there is a hole in it.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._reaches(t_s), self._patience_s):
                raise AutopilotError(
                    f"no truth came from the simulator for {self._patience_s:g} s (SIM_STATE, SERVO_OUTPUT_RAW); "
                    "has it ended, or is this machine too busy for it?"
                )
            boot_ns = self._clock.boot_ns(round(t_s * 1e9)) or 0
            states = self._states.around(boot_ns, max_age_ns=LONGEST_GAP_NS / 2)
            joints = self._joints.around(boot_ns, max_age_ns=LONGEST_GAP_NS / 2)
        if states is None or joints is None or states.is_held or joints.is_held:
            raise TruthHoleError(f"the simulator's truth has a hole at {t_s:.2f} s; is this machine too busy for it?")
        return instant_between(states, joints, self._gimbal)

    def _reaches(self, t_s: float) -> bool:
        newest_s = self._newest_s()
        return newest_s is not None and newest_s >= t_s


def state_from_message(message: Any, home: Home) -> TrueState:
    """Return what SIM_STATE says.

    Raises:
        PoseInvalidError: it holds no attitude, as in the simulator's first moments.
    """
    lat_deg, lon_deg = message.lat_int / 1e7, message.lon_int / 1e7
    east_m, north_m = east_north_m(home, lat_deg=lat_deg, lon_deg=lon_deg, alt_amsl_m=message.alt)
    return TrueState(
        place_m=(east_m, north_m, message.alt - home.alt_amsl_m),
        velocity_m_s=(message.ve, message.vn, -message.vd),
        ned_from_body=unit_quaternion(message.q1, message.q2, message.q3, message.q4),
        yaw_rate_deg_s=math.degrees(message.zgyro),
    )


def instant_between(states: Around[TrueState], joints: Around[GimbalAngles], gimbal: Gimbal) -> FlightInstant:
    """Return vehicle and camera between samples: linear in place and joints, the shortest arc in attitude."""
    before, after, share = states.before, states.after, states.share
    ned_from_body = slerp(before.ned_from_body, after.ned_from_body, share)
    body = attitude_from_quaternion(ned_from_body)
    camera = attitude_from_quaternion(gimbal.ned_from_camera(ned_from_body, _joints_between(joints)))
    place_m = [_between(a, b, share) for a, b in zip(before.place_m, after.place_m, strict=True)]
    velocity = [_between(a, b, share) for a, b in zip(before.velocity_m_s, after.velocity_m_s, strict=True)]
    return FlightInstant(
        east_m=place_m[0],
        north_m=place_m[1],
        up_m=place_m[2],
        velocity_east_m_s=velocity[0],
        velocity_north_m_s=velocity[1],
        velocity_up_m_s=velocity[2],
        roll_deg=body.roll_deg,
        pitch_deg=body.pitch_deg,
        yaw_deg=body.yaw_deg,
        yaw_rate_deg_s=_between(before.yaw_rate_deg_s, after.yaw_rate_deg_s, share),
        camera_yaw_deg=camera.yaw_deg,
        camera_pitch_deg=camera.pitch_deg,
        camera_roll_deg=camera.roll_deg,
    )


def _joints_between(joints: Around[GimbalAngles]) -> GimbalAngles:
    before, after, share = joints.before, joints.after, joints.share
    return GimbalAngles(
        roll_deg=_between(before.roll_deg, after.roll_deg, share),
        tilt_deg=_between(before.tilt_deg, after.tilt_deg, share),
        pan_deg=_between(before.pan_deg, after.pan_deg, share),
    )


def _between(start: float, end: float, share: float) -> float:
    return start + (end - start) * share

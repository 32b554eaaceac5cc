"""`Ear`: how often each message of a vehicle comes, and what its gimbal, its lens and its home said last. Bounded."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from flightlink.attitude import Quaternion, attitude_from_quaternion, unit_quaternion, wrapped_deg
from flightlink.errors import PoseInvalidError
from flightlink.mavlink.messages import GIMBAL_DEVICE_ATTITUDE_STATUS, MOUNT_STATUS, Message
from flightlink.vehicle.readings import fov_from_message, home_from_message

WINDOW_NS: Final = 10_000_000_000
_MOST_STAMPS: Final = 1024
_MOST_VEHICLES: Final = 32
_MOST_KINDS: Final = 64
_TURNED_DEG: Final = 5.0
"""A gimbal must turn so far, within a second, before its sense counts as tried."""
_RATE_DEG_PER_S: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GimbalHeard:
    """What a gimbal said last, and whether its yaw turned as its rate did."""

    flags: int
    failure_flags: int
    delta_yaw_deg: float | None
    """Its own idea of the vehicle's heading."""
    turns_with_rate: bool | None
    """None until it turned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What one vehicle sent."""

    rates_hz: dict[int, float]
    """Message id -> mean rate over the last ten seconds, or since the vehicle was first heard."""
    gimbal: GimbalHeard | None
    mount_status: bool
    """Whether the gimbal's message of old firmware came."""
    hfov_deg: float | None
    home_known: bool


NOTHING: Final = Heard(rates_hz={}, gimbal=None, mount_status=False, hfov_deg=None, home_known=False)


@dataclass(slots=True, kw_only=True)
class _Vehicle:
    since_utc_ns: int
    stamps: dict[int, deque[int]] = field(default_factory=dict)
    gimbal: GimbalHeard | None = None
    turns_with_rate: bool | None = None
    last_yaw: tuple[int, float] | None = None
    """(when, degrees) of the gimbal's last attitude."""
    hfov_deg: float | None = None
    home_known: bool = False


class Ear:
    """Listens to every decoded message of the adopted vehicles."""

    def __init__(self) -> None:
        self._vehicles: dict[int, _Vehicle] = {}

    def take(self, system_id: int, _component_id: int, message: Message, received_utc_ns: int) -> None:
        """Take one message; too many vehicles or kinds are left out."""
        if system_id not in self._vehicles and len(self._vehicles) >= _MOST_VEHICLES:
            return
        vehicle = self._vehicles.setdefault(system_id, _Vehicle(since_utc_ns=received_utc_ns))
        _note_stamp(vehicle, message.get_msgId(), received_utc_ns)
        match message.get_type():
            case "GIMBAL_DEVICE_ATTITUDE_STATUS":
                _note_gimbal(vehicle, message, received_utc_ns)
            case "CAMERA_FOV_STATUS":
                fov = fov_from_message(message)
                vehicle.hfov_deg = fov.hfov_deg if fov is not None else None
            case "HOME_POSITION":
                vehicle.home_known = home_from_message(message) is not None

    def heard(self, system_id: int | None, utc_ns: int) -> Heard:
        """Return what a vehicle sent in the ten seconds before an instant."""
        vehicle = None if system_id is None else self._vehicles.get(system_id)
        if vehicle is None:
            return NOTHING
        span_s = min(WINDOW_NS, max(1_000_000_000, utc_ns - vehicle.since_utc_ns)) / 1e9
        rates_hz = {
            message_id: sum(stamp > utc_ns - WINDOW_NS for stamp in stamps) / span_s
            for message_id, stamps in vehicle.stamps.items()
        }
        return Heard(
            rates_hz=rates_hz,
            gimbal=vehicle.gimbal if rates_hz.get(GIMBAL_DEVICE_ATTITUDE_STATUS) else None,
            mount_status=bool(rates_hz.get(MOUNT_STATUS)),
            hfov_deg=vehicle.hfov_deg,
            home_known=vehicle.home_known,
        )


def _note_stamp(vehicle: _Vehicle, message_id: int, received_utc_ns: int) -> None:
    if message_id in vehicle.stamps or len(vehicle.stamps) < _MOST_KINDS:
        vehicle.stamps.setdefault(message_id, deque(maxlen=_MOST_STAMPS)).append(received_utc_ns)


def _note_gimbal(vehicle: _Vehicle, message: Message, received_utc_ns: int) -> None:
    yaw_deg = _yaw_deg(message)
    if yaw_deg is not None:
        _note_turn(vehicle, yaw_deg, message.angular_velocity_z, received_utc_ns)
    vehicle.gimbal = GimbalHeard(
        flags=message.flags,
        failure_flags=message.failure_flags,
        delta_yaw_deg=_delta_yaw_deg(message),
        turns_with_rate=vehicle.turns_with_rate,
    )


def _yaw_deg(message: Message) -> float | None:
    try:
        attitude: Quaternion = unit_quaternion(*message.q)
    except PoseInvalidError:
        return None
    return attitude_from_quaternion(attitude).yaw_deg


def _note_turn(vehicle: _Vehicle, yaw_deg: float, rate_rad_per_s: float, received_utc_ns: int) -> None:
    """Compare how far the yaw turned in about a second with its own rate: both must have one sign."""
    if vehicle.last_yaw is None or received_utc_ns - vehicle.last_yaw[0] > 2_000_000_000:
        vehicle.last_yaw = received_utc_ns, yaw_deg
        return
    since_ns, before_deg = vehicle.last_yaw
    turned_deg = wrapped_deg(yaw_deg - before_deg)
    if abs(turned_deg) < _TURNED_DEG and received_utc_ns - since_ns < 1_000_000_000:
        return
    vehicle.last_yaw = received_utc_ns, yaw_deg
    rate_deg_per_s = math.degrees(rate_rad_per_s) if math.isfinite(rate_rad_per_s) else 0.0
    if _TURNED_DEG <= abs(turned_deg) < 90 and abs(rate_deg_per_s) >= _RATE_DEG_PER_S:
        vehicle.turns_with_rate = (turned_deg > 0) == (rate_deg_per_s > 0)


def _delta_yaw_deg(message: Message) -> float | None:
    known = math.isfinite(message.delta_yaw) and message.delta_yaw != 0
    return math.degrees(message.delta_yaw) if known else None

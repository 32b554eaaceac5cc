"""The newest plain facts of a vehicle (mode, battery, fix, identity, lens), folded from its messages. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from flightlink.mavlink.messages import AUTOPILOT_INVALID, Message, mode_name
from flightlink.pose import Intrinsics
from flightlink.vehicle.readings import (
    FovReading,
    HomeReading,
    fov_from_message,
    geoid_separation_m,
    has_fix,
    home_from_message,
    horizontal_sigma_m,
    intrinsics_from_information,
)

_ARMED: Final = 128
"""MAV_MODE_FLAG_SAFETY_ARMED."""
_SIMULATED: Final = 32
"""MAV_MODE_FLAG_HIL_ENABLED: motors and sensors are a simulator's."""
_IDENTITY_HOLDS_NS: Final = 60_000_000_000
"""Two identities within this time are two vehicles; after a longer time one took the other's place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """What GPS_RAW_INT said last."""

    received_utc_ns: int
    is_3d: bool
    horizontal_sigma_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What one vehicle said of itself; None where it said nothing."""

    autopilot_component: int | None = None
    mode: str | None = None
    armed: bool | None = None
    is_simulated: bool = False
    """Its autopilot said once that it is; then it stays so."""
    battery_percent: float | None = None
    fix: Fix | None = None
    home: HomeReading | None = None
    geoid_m: float | None = None
    """Height of the geoid above the ellipsoid, as the satellite receiver has it."""
    fov: FovReading | None = None
    intrinsics: Intrinsics | None = None
    identities: tuple[tuple[str, int], ...] = ()
    """(uid2, when heard) of the last minute, newest last."""
    utc_of_boot_by_gps_ns: int | None = None
    """Satellite UTC minus time since boot."""

    def is_two_vehicles(self, utc_ns: int) -> bool:
        """Return whether two autopilots spoke under this system id in the minute before an instant."""
        return sum(heard_ns > utc_ns - _IDENTITY_HOLDS_NS for _, heard_ns in self.identities) > 1


NOTHING_HEARD: Final = Facts()


def facts_after(facts: Facts, message: Message, component_id: int, received_utc_ns: int) -> Facts:
    """Return the facts after one more message."""
    fold = _FOLDS.get(message.get_type())
    return facts if fold is None else fold(facts, message, component_id, received_utc_ns)


def _after_heartbeat(facts: Facts, message: Message, component_id: int, _received_utc_ns: int) -> Facts:
    """Take the autopilot's heartbeat; cameras, gimbals and other stations say autopilot INVALID in theirs."""
    if message.autopilot == AUTOPILOT_INVALID or facts.autopilot_component not in (None, component_id):
        return facts
    mode = mode_name(autopilot=message.autopilot, vehicle_type=message.type, custom_mode=message.custom_mode)
    is_armed = bool(message.base_mode & _ARMED)
    is_simulated = facts.is_simulated or bool(message.base_mode & _SIMULATED)
    return replace(facts, autopilot_component=component_id, mode=mode, armed=is_armed, is_simulated=is_simulated)


def _after_battery(facts: Facts, message: Message, _component_id: int, _received_utc_ns: int) -> Facts:
    is_known = 0 <= message.battery_remaining <= 100 and message.battery_remaining != facts.battery_percent
    return replace(facts, battery_percent=float(message.battery_remaining)) if is_known else facts


def _after_one_battery(facts: Facts, message: Message, component_id: int, received_utc_ns: int) -> Facts:
    """Take the first battery; others may feed a payload."""
    return _after_battery(facts, message, component_id, received_utc_ns) if message.id == 0 else facts


def _after_gps(facts: Facts, message: Message, _component_id: int, received_utc_ns: int) -> Facts:
    fix = Fix(received_utc_ns=received_utc_ns, is_3d=has_fix(message), horizontal_sigma_m=horizontal_sigma_m(message))
    geoid_m = geoid_separation_m(message)
    return replace(facts, fix=fix, geoid_m=facts.geoid_m if geoid_m is None else geoid_m)


def _after_home(facts: Facts, message: Message, _component_id: int, _received_utc_ns: int) -> Facts:
    return replace(facts, home=home_from_message(message) or facts.home)


def _after_version(facts: Facts, message: Message, _component_id: int, received_utc_ns: int) -> Facts:
    uid2 = bytes(message.uid2).hex()
    if not uid2.strip("0"):
        return facts
    since_ns = received_utc_ns - _IDENTITY_HOLDS_NS
    kept = tuple(entry for entry in facts.identities if entry[0] != uid2 and entry[1] > since_ns)
    return replace(facts, identities=(*kept[-3:], (uid2, received_utc_ns)))


def _after_fov(facts: Facts, message: Message, _component_id: int, _received_utc_ns: int) -> Facts:
    return replace(facts, fov=fov_from_message(message))


def _after_information(facts: Facts, message: Message, _component_id: int, _received_utc_ns: int) -> Facts:
    return replace(facts, intrinsics=intrinsics_from_information(message) or facts.intrinsics)


def _after_system_time(facts: Facts, message: Message, component_id: int, _received_utc_ns: int) -> Facts:
    if message.time_unix_usec == 0 or component_id != facts.autopilot_component:
        return facts
    boot_utc_ns = message.time_unix_usec * 1000 - message.time_boot_ms * 1_000_000
    return replace(facts, utc_of_boot_by_gps_ns=boot_utc_ns)


_FOLDS: Final[dict[str, Callable[[Facts, Message, int, int], Facts]]] = {
    "HEARTBEAT": _after_heartbeat,
    "SYS_STATUS": _after_battery,
    "BATTERY_STATUS": _after_one_battery,
    "GPS_RAW_INT": _after_gps,
    "HOME_POSITION": _after_home,
    "AUTOPILOT_VERSION": _after_version,
    "CAMERA_FOV_STATUS": _after_fov,
    "CAMERA_INFORMATION": _after_information,
    "SYSTEM_TIME": _after_system_time,
}

"""`GimbalChannels`: the gimbals of one vehicle apart from one another, and which of them carries the camera. Pure.

The first one heard is taken, unless the camera's file or the camera itself names another. Two that tell different
attitudes, with nobody to say which one carries the camera, give no pose. One gimbal told twice (by itself and by its
autopilot) agrees with itself.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from flightlink.attitude import angle_between_deg, attitude_from_quaternion
from flightlink.pose import PoseRefusal
from flightlink.vehicle.boot_clock import BootClock
from flightlink.vehicle.channel import SPAN_NS, Channel
from flightlink.vehicle.gimbal import GimbalReading

_APART_DEG: Final = 10.0
_SURE: Final = 10
"""So many more readings apart than together, and these are two gimbals."""
_MOST_APART: Final = 30
_MOST: Final = 6


class GimbalKey(NamedTuple):
    """Who tells of a gimbal, and of which: 0 where the gimbal is the component itself."""

    component_id: int
    device_id: int


class GimbalChannels:
    """Readings by gimbal.

    Args:
        named: device or component id of the gimbal that carries the camera, as its file says; None where it does not.
    """

    def __init__(self, named: int | None) -> None:
        self.named = named
        self.told: int | None = None
        """The same as the camera itself tells it; asked only where two gimbals differ, for cameras err in it."""
        self._channels: dict[GimbalKey, Channel[GimbalReading]] = {}
        self._received_ns: dict[GimbalKey, int] = {}
        self._apart: dict[GimbalKey, int] = {}

    @property
    def was_heard(self) -> bool:
        """Whether any reading ever came."""
        return bool(self._channels)

    def add(
        self,
        key: GimbalKey,
        clock: BootClock,
        *,
        boot_ns: int,
        received_utc_ns: int,
        value: GimbalReading | PoseRefusal,
    ) -> None:
        """Take one reading, or the reason why the message held none."""
        if key not in self._channels:
            if len(self._channels) >= _MOST:
                return
            self._channels[key] = empty_channel()
        self._received_ns[key] = received_utc_ns
        self._drop_silent(received_utc_ns)
        self._compare(key, value)
        self._channels[key].add(clock, boot_ns=boot_ns, received_utc_ns=received_utc_ns, value=value)

    def _drop_silent(self, now_ns: int) -> None:
        """Let another gimbal take the place of one that fell silent; the last one is kept, for its silence to show."""
        for key in [key for key, heard_ns in self._received_ns.items() if now_ns - heard_ns > SPAN_NS]:
            del self._channels[key], self._received_ns[key]
            self._apart.pop(key, None)

    def _compare(self, key: GimbalKey, value: GimbalReading | PoseRefusal) -> None:
        first = next(iter(self._channels))
        newest = self._channels[first].newest
        if key == first or newest is None or isinstance(value, PoseRefusal):
            return
        step = 1 if _apart_deg(newest, value) > _APART_DEG else -1
        self._apart[key] = max(0, min(_MOST_APART, self._apart.get(key, 0) + step))

    def _of(self, number: int) -> Channel[GimbalReading] | None:
        """Return the gimbal of a device id, or of a component that is a gimbal itself."""
        keys = [key for key in self._channels if number in (key.device_id, key.device_id or key.component_id)]
        return self._channels[keys[0]] if keys else None

    def forget(self, clock: BootClock) -> None:
        """Drop the readings of a component whose clock began anew."""
        for channel in self._channels.values():
            channel.forget(clock)

    def chosen(self) -> Channel[GimbalReading] | PoseRefusal:
        """Return the readings of the gimbal that carries the camera, or why nobody knows which one it is."""
        if self.named is not None:
            return self._of(self.named) or empty_channel()
        if any(apart >= _SURE for apart in self._apart.values()):
            told = None if self.told is None else self._of(self.told)
            if told is not None:
                return told
            detail = "two gimbals point to different places; say in the camera's file which one carries it: gimbal = 1"
            return PoseRefusal(cause="two_gimbals", detail=detail)
        return next(iter(self._channels.values()), empty_channel())


def empty_channel() -> Channel[GimbalReading]:
    """Return a channel of gimbal readings with nothing in it."""
    return Channel(name="gimbal attitude", missing_cause="no_gimbal")


def _apart_deg(one: GimbalReading, other: GimbalReading) -> float:
    """Return by how much two readings differ; where their yaws count from different zeros, in pitch alone."""
    if one.frame is other.frame:
        return angle_between_deg(one.attitude, other.attitude)
    pitches = (attitude_from_quaternion(reading.attitude).pitch_deg for reading in (one, other))
    return abs(next(pitches) - next(pitches))

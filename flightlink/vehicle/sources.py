"""`PoseSources`: clocks and channels of one vehicle: everything that a pose is composed of, in time."""

from __future__ import annotations

from typing import Any, Final

from flightlink.attitude import Attitude, Quaternion
from flightlink.mavlink.messages import Message
from flightlink.pose import BODY_ATTITUDE, CONSUMER_GIMBAL, PoseRefusal, PoseSigma
from flightlink.vehicle.boot_clock import BootClock
from flightlink.vehicle.channel import Channel
from flightlink.vehicle.compose import CameraAttitude, camera_from_gimbal, camera_from_mount
from flightlink.vehicle.gimbal import GimbalReading, gimbal_from_device_status, gimbal_from_mount_status
from flightlink.vehicle.gimbal_choice import GimbalChannels, GimbalKey
from flightlink.vehicle.joints import JointWatches
from flightlink.vehicle.jumps import JumpGuard, Velocity
from flightlink.vehicle.readings import PositionReading, body_from_message, position_from_message

_MS: Final = 1_000_000
STAMPED: Final = frozenset({"ATTITUDE", "GLOBAL_POSITION_INT", "GIMBAL_DEVICE_ATTITUDE_STATUS", "MOUNT_STATUS"})
"""Messages that a pose is made of."""
_NO_ATTITUDE: Final = PoseRefusal(cause="no_attitude", detail="the vehicle sends no attitude; wait for its sensors")
_MOST_COMPONENTS: Final = 16
"""Components whose clocks are kept; a vehicle has a handful, a stranger could claim 255."""


class PoseSources:
    """Readings of one vehicle in the time of the component that sent them.

    Args:
        mount: attitude of a camera fixed to the airframe; None for a gimbal.
        gimbal: device or component id of the gimbal that carries the camera; None where nobody says.
    """

    def __init__(self, mount: Attitude | None, gimbal: int | None = None) -> None:
        self._fixed_mount = mount
        self._clocks: dict[int, BootClock] = {}
        self.body: Channel[Quaternion] = Channel(name="attitude", missing_cause="no_attitude")
        self.position: Channel[PositionReading] = Channel(name="position", missing_cause="no_position")
        self.gimbals = GimbalChannels(gimbal)
        self.fix_sigma_m: float | None = None
        """Horizontal error that the satellite receiver states."""
        self._jumps = JumpGuard()
        self.reboots = 0
        """Of all components."""
        self._joints = JointWatches()
        self._mount_status: Channel[GimbalReading] = Channel(name="mount attitude", missing_cause="no_gimbal")

    def clock(self, component_id: int) -> BootClock | None:
        """Return the clock of a component, None for one too many."""
        if component_id not in self._clocks and len(self._clocks) < _MOST_COMPONENTS:
            self._clocks[component_id] = BootClock()
        return self._clocks.get(component_id)

    def take(self, message: Message, component_id: int, received_utc_ns: int, *, from_autopilot: bool) -> None:
        """Take one message; body attitude and position count from the autopilot alone (a gimbal sends its own)."""
        clock, kind = self._clocks.get(component_id) or self.clock(component_id), message.get_type()
        if clock is None:
            return
        if kind == "MOUNT_STATUS":
            self._take_mount_status(message, clock, received_utc_ns)
            return
        boot_ns = message.time_boot_ms * _MS
        if not self._is_usable(clock, boot_ns, received_utc_ns):
            return
        if kind == "ATTITUDE" and from_autopilot:
            value = body_from_message(message) or _NO_ATTITUDE
            self.body.add(clock, boot_ns=boot_ns, received_utc_ns=received_utc_ns, value=value)
        elif kind == "GIMBAL_DEVICE_ATTITUDE_STATUS":
            key = GimbalKey(component_id, message.gimbal_device_id)
            gimbal = self._gimbal(key, message)
            self.gimbals.add(key, clock, boot_ns=boot_ns, received_utc_ns=received_utc_ns, value=gimbal)
        elif kind == "GLOBAL_POSITION_INT" and from_autopilot:
            place = self._place(message, boot_ns)
            self.position.add(clock, boot_ns=boot_ns, received_utc_ns=received_utc_ns, value=place)

    def _gimbal(self, key: GimbalKey, message: Message) -> GimbalReading | PoseRefusal:
        reading = gimbal_from_device_status(message)
        if isinstance(reading, PoseRefusal):
            return reading
        return self._joints.read(key, message.flags, reading, self.body.newest)

    def _is_usable(self, clock: BootClock, boot_ns: int, received_utc_ns: int) -> bool:
        is_usable, began_anew = clock.take(boot_ns, received_utc_ns)
        if began_anew:
            for channel in (self.body, self.position, self.gimbals, self._mount_status):
                channel.forget(clock)
            self._jumps.forget()
            self.reboots = sum(one.reboots for one in self._clocks.values())
        return is_usable

    def _place(self, message: Message, boot_ns: int) -> PositionReading | PoseRefusal:
        place = position_from_message(message)
        if isinstance(place, PoseRefusal):
            return place
        velocity = Velocity(message.vx / 100, message.vy / 100, -message.vz / 100)
        return self._jumps.judged(place, velocity, boot_ns=boot_ns, sigma_m=self.fix_sigma_m)

    def _take_mount_status(self, message: Message, clock: BootClock, received_utc_ns: int) -> None:
        """Take a message without a stamp: its arrival stands for it, less half of the quickest round trip."""
        boot_ns = clock.boot_ns(received_utc_ns - round((clock.round_trip_ms or 0.0) * _MS / 2))
        if boot_ns is not None:
            value = gimbal_from_mount_status(message)
            self._mount_status.add(clock, boot_ns=boot_ns, received_utc_ns=received_utc_ns, value=value)

    def camera_attitude_at(self, utc_ns: int, stated: PoseSigma | None = None) -> CameraAttitude | PoseRefusal:
        """Return where the camera looks at an instant; its sigma is the stated one, or the usual one of its kind.

        A mount stated in the camera file wins, because that camera has no gimbal. Else the gimbal's own message; once
        it was heard, its silence is a refusal and never a reason to fall back to anything weaker.
        """
        if self._fixed_mount is not None:
            body = self.body.at(utc_ns)
            if isinstance(body, PoseRefusal):
                return body
            return camera_from_mount(body, self._fixed_mount, usual=stated or BODY_ATTITUDE)
        channel = self._gimbal_channel()
        gimbal = channel if isinstance(channel, PoseRefusal) else channel.at(utc_ns)
        if isinstance(gimbal, PoseRefusal):
            return gimbal
        return camera_from_gimbal(gimbal, lambda: self.body.at(utc_ns), usual=stated or CONSUMER_GIMBAL)

    def covered_until_utc_ns(self) -> int | None:
        """Return the latest instant up to which all sources of a pose have data, None where one never had."""
        gimbal = () if self._fixed_mount else (self._gimbal_channel(),)
        newest = [_newest_utc_ns(channel) for channel in (self.position, self.body, *gimbal)]
        known = [utc_ns for utc_ns in newest if utc_ns is not None]
        return min(known) if len(known) == len(newest) else None

    def newest_utc_ns(self) -> int | None:
        """Return the latest instant of any reading."""
        newest = [_newest_utc_ns(channel) for channel in (self.body, self.position, self._gimbal_channel())]
        return max((utc_ns for utc_ns in newest if utc_ns is not None), default=None)

    def _gimbal_channel(self) -> Channel[GimbalReading] | PoseRefusal:
        prefers_status = self._mount_status.was_heard and not self.gimbals.was_heard
        return self._mount_status if prefers_status else self.gimbals.chosen()


def _newest_utc_ns(channel: Channel[Any] | PoseRefusal) -> int | None:
    return None if isinstance(channel, PoseRefusal) else channel.newest_utc_ns()

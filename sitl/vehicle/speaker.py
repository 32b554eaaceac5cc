"""One component of a vehicle (autopilot, camera) on its link: its messages, their intervals and its own numbering."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.vehicle.camera_messages import (
    CAMERA_COMPONENT,
    CAMERA_COMPONENT_MESSAGES,
    CAMERA_MESSAGES,
    STREAM_MESSAGES,
    camera_heartbeat,
)
from sitl.vehicle.commands_obeyed import Command
from sitl.vehicle.report import Report
from sitl.vehicle.telemetry import AUTOPILOT_MESSAGES, MESSAGES
from sitl.world.profile import CameraMaker, Profile

Makes = Mapping[int, Callable[[Report], Any]]

AUTOPILOT: Final = mavlink.MAV_COMP_ID_AUTOPILOT1
HEARTBEAT: Final = mavlink.MAVLINK_MSG_ID_HEARTBEAT
HEARTBEAT_NS: Final = 1_000_000_000
SHORTEST_INTERVAL_US: Final = 10_000
NEVER_BY_INTERVAL: Final = frozenset({mavlink.MAVLINK_MSG_ID_MOUNT_STATUS})
NEVER_SENT: Final = frozenset({mavlink.MAVLINK_MSG_ID_CAMERA_THERMAL_RANGE})
"""Accepted, and nothing comes: a request that was acknowledged proves nothing."""


@dataclass(slots=True, kw_only=True)
class _Stream:
    interval_ns: int
    next_ns: int


def next_after(due_ns: int, interval_ns: int, now_ns: int) -> int:
    """Return when to send again: in step, or anew from now after a stall, so that nothing missed is made up for."""
    in_step_ns = due_ns + interval_ns
    return in_step_ns if in_step_ns > now_ns else now_ns + interval_ns


class Speaker:
    """One component: quiet but for its heartbeat until asked, then as asked.

    Args:
        system_id: of all its messages.
        component_id: of all its messages.
        makes: the messages that it can send.
        silent: message ids that it accepts and never sends.
    """

    def __init__(self, *, system_id: int, component_id: int, makes: Makes, silent: frozenset[int] = NEVER_SENT) -> None:
        self.component_id = component_id
        self._makes = makes
        self._silent = silent
        self._link = mavlink.MAVLink(None, srcSystem=system_id, srcComponent=component_id)
        self._streams: dict[int, _Stream] = {}
        self.forget()

    def forget(self) -> None:
        """Be as after a boot: no intervals but the heartbeat's, numbers from 0."""
        self._streams = {HEARTBEAT: _Stream(interval_ns=HEARTBEAT_NS, next_ns=0)}
        self._link.seq = 0

    def ready(self, boot_ns: int) -> list[int]:
        """Return the ids of the messages due since the last call; each is taken as sent."""
        ready = [message_id for message_id, stream in self._streams.items() if stream.next_ns <= boot_ns]
        for message_id in ready:
            stream = self._streams[message_id]
            stream.next_ns = next_after(stream.next_ns, stream.interval_ns, boot_ns)
        return ready

    def made(self, message_id: int, report: Report, part: int = 0) -> list[Any]:
        """Return the messages of an id; `part` is the number of a video stream, 0 for all."""
        if message_id in self._silent:
            return []
        if message_id in STREAM_MESSAGES:
            return STREAM_MESSAGES[message_id](report, part)
        return [self._makes[message_id](report)]

    def packed(self, message: Any) -> bytes:
        """Return a message's frame with the next number."""
        data = bytes(message.pack(self._link))
        self._link.seq = (self._link.seq + 1) % 256
        return data

    def is_meant(self, command: Command) -> bool:
        """Say whether a command is for this component."""
        return command.system_id in {0, self._link.srcSystem} and command.component_id in {0, self.component_id}

    def knows(self, message_id: int) -> bool:
        """Say whether a message can be asked for."""
        return message_id in self._makes or message_id in self._silent

    def set_interval(self, message_id: int, interval_us: float, boot_ns: int) -> int:
        """Obey SET_MESSAGE_INTERVAL: 0 is the usual rate, below 0 is never; return the result."""
        if not self.knows(message_id):
            refused = mavlink.MAV_RESULT_DENIED if message_id in NEVER_BY_INTERVAL else mavlink.MAV_RESULT_FAILED
            return int(refused)
        if interval_us > 0:
            interval_ns = 1000 * max(SHORTEST_INTERVAL_US, int(interval_us))
            self._streams[message_id] = _Stream(interval_ns=interval_ns, next_ns=boot_ns)
        elif message_id == HEARTBEAT:
            self._streams[message_id] = _Stream(interval_ns=HEARTBEAT_NS, next_ns=boot_ns)
        else:
            self._streams.pop(message_id, None)
        return int(mavlink.MAV_RESULT_ACCEPTED)


def speakers_of(system_id: int, profile: Profile) -> tuple[Speaker, ...]:
    """Return the autopilot, and the camera where it is a component of its own."""
    own_camera = profile.camera is CameraMaker.COMPONENT
    without = (
        NEVER_SENT | profile.silent | (frozenset(CAMERA_MESSAGES) if profile.camera is CameraMaker.NONE else set())
    )
    tables: list[tuple[int, Makes]] = [(AUTOPILOT, AUTOPILOT_MESSAGES if own_camera else MESSAGES)]
    if own_camera:
        tables.append((CAMERA_COMPONENT, {**CAMERA_COMPONENT_MESSAGES, HEARTBEAT: camera_heartbeat}))
    return tuple(
        Speaker(system_id=system_id, component_id=number, makes=_allowed(makes, profile), silent=frozenset(without))
        for number, makes in tables
    )


def _allowed(makes: Makes, profile: Profile) -> Makes:
    return {message_id: make for message_id, make in makes.items() if message_id not in profile.refused}

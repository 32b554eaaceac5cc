"""The built-in vehicle's end of a MAVLink link: what it answers, what is due when. Bytes and times in, bytes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.telemetry import MESSAGES, Report

HEARTBEAT_NS: Final = 1_000_000_000
ASKS_TIME_NS: Final = 10_000_000_000
"""An autopilot asks for the time by itself every 10 s."""
SHORTEST_INTERVAL_US: Final = 10_000
NEVER_BY_INTERVAL: Final = frozenset({mavlink.MAVLINK_MSG_ID_MOUNT_STATUS})
AUTOPILOT: Final = mavlink.MAV_COMP_ID_AUTOPILOT1


@dataclass(slots=True, kw_only=True)
class _Stream:
    interval_ns: int
    next_ns: int


def next_after(due_ns: int, interval_ns: int, now_ns: int) -> int:
    """Return when to send again: in step, or anew from now after a stall, so that nothing missed is made up for."""
    in_step_ns = due_ns + interval_ns
    return in_step_ns if in_step_ns > now_ns else now_ns + interval_ns


class Vehicle:
    """One vehicle on one link: quiet until asked, then as asked.

    Args:
        system_id: of all its messages.
        report_at: gives the truth at nanoseconds since boot.
    """

    def __init__(self, *, system_id: int, report_at: Callable[[int], Report]) -> None:
        self._report_at = report_at
        self._link = mavlink.MAVLink(None, srcSystem=system_id, srcComponent=AUTOPILOT)
        self._link.robust_parsing = True
        self._streams = {mavlink.MAVLINK_MSG_ID_HEARTBEAT: _Stream(interval_ns=HEARTBEAT_NS, next_ns=0)}
        self._ask_time_ns = ASKS_TIME_NS

    def due(self, boot_ns: int) -> list[bytes]:
        """Return the messages due since the last call."""
        ready = [message_id for message_id, stream in self._streams.items() if stream.next_ns <= boot_ns]
        for message_id in ready:
            stream = self._streams[message_id]
            stream.next_ns = next_after(stream.next_ns, stream.interval_ns, boot_ns)
        if not ready:
            return []
        report = self._report_at(boot_ns)
        messages = [MESSAGES[message_id](report) for message_id in ready]
        if boot_ns >= self._ask_time_ns:
            self._ask_time_ns = next_after(self._ask_time_ns, ASKS_TIME_NS, boot_ns)
            messages.append(mavlink.MAVLink_timesync_message(0, boot_ns))
        return [self._packed(message) for message in messages]

    def received(self, datagram: bytes, boot_ns: int) -> list[bytes]:
        """Return the answers to a datagram; junk gets none."""
        found = self._link.parse_buffer(datagram) or []
        return [self._packed(answer) for message in found for answer in self._answers(message, boot_ns)]

    def _packed(self, message: Any) -> bytes:
        data = bytes(message.pack(self._link))
        self._link.seq = (self._link.seq + 1) % 256
        return data

    def _answers(self, message: Any, boot_ns: int) -> list[Any]:
        match message.get_type():
            case "TIMESYNC" if message.tc1 == 0:
                return [mavlink.MAVLink_timesync_message(boot_ns, message.ts1)]
            case "COMMAND_LONG" if message.target_system in {0, self._link.srcSystem}:
                return self._obeyed(message, boot_ns)
            case _:
                return []

    def _obeyed(self, command: Any, boot_ns: int) -> list[Any]:
        sent: list[Any] = []
        match command.command:
            case mavlink.MAV_CMD_SET_MESSAGE_INTERVAL:
                result = self._set_interval(int(command.param1), command.param2, boot_ns)
            case mavlink.MAV_CMD_REQUEST_MESSAGE:
                result, sent = self._requested(int(command.param1), boot_ns)
            case _:
                result = mavlink.MAV_RESULT_UNSUPPORTED
        asker = (command.get_srcSystem(), command.get_srcComponent())
        return [mavlink.MAVLink_command_ack_message(command.command, result, 0, 0, *asker), *sent]

    def _set_interval(self, message_id: int, interval_us: float, boot_ns: int) -> int:
        if message_id not in MESSAGES:
            refused = mavlink.MAV_RESULT_DENIED if message_id in NEVER_BY_INTERVAL else mavlink.MAV_RESULT_FAILED
            return int(refused)
        if interval_us > 0:
            interval_ns = 1000 * max(SHORTEST_INTERVAL_US, int(interval_us))
            self._streams[message_id] = _Stream(interval_ns=interval_ns, next_ns=boot_ns)
        elif message_id == mavlink.MAVLINK_MSG_ID_HEARTBEAT:
            self._streams[message_id] = _Stream(interval_ns=HEARTBEAT_NS, next_ns=boot_ns)
        else:
            self._streams.pop(message_id, None)
        return int(mavlink.MAV_RESULT_ACCEPTED)

    def _requested(self, message_id: int, boot_ns: int) -> tuple[int, list[Any]]:
        if message_id not in MESSAGES:
            return mavlink.MAV_RESULT_FAILED, []
        return mavlink.MAV_RESULT_ACCEPTED, [MESSAGES[message_id](self._report_at(boot_ns))]

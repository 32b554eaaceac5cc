"""The built-in vehicle's end of a MAVLink link: what it answers, what is due when. Bytes and times in, bytes out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.vehicle.commands_obeyed import Command, aim_of, command_from_message
from sitl.vehicle.gimbal import Aim
from sitl.vehicle.report import Report
from sitl.vehicle.speaker import AUTOPILOT, Speaker, next_after, speakers_of
from sitl.world.profile import Profile

ASKS_TIME_NS: Final = 10_000_000_000
"""An autopilot asks for the time by itself every 10 s."""
AIMING: Final = frozenset(
    {
        mavlink.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW,
        mavlink.MAV_CMD_DO_SET_ROI_LOCATION,
        mavlink.MAV_CMD_DO_SET_ROI_NONE,
    }
)
Turn = Callable[[Aim, int], None]
"""Aims the gimbal from an instant of the vehicle's clock on."""


class Vehicle:
    """One vehicle on one link: quiet until asked, then as asked.

    Args:
        system_id: of all its messages.
        report_at: gives what the vehicle believes at nanoseconds since boot.
        profile: its habits.
        turn: turns the gimbal; None where commands to it are not supported.
    """

    def __init__(
        self,
        *,
        system_id: int,
        report_at: Callable[[int], Report],
        profile: Profile | None = None,
        turn: Turn | None = None,
    ) -> None:
        self._report_at = report_at
        self._turn = turn
        self._speakers = speakers_of(system_id, profile or Profile())
        self._reader = mavlink.MAVLink(None)
        self._reader.robust_parsing = True
        self._ask_time_ns = ASKS_TIME_NS
        self.gimbal_owner = (0, 0)

    def reboot(self) -> None:
        """Forget what stations asked for, as a reboot does; the clock is whoever's calls with it."""
        for speaker in self._speakers:
            speaker.forget()
        self.gimbal_owner = (0, 0)

    def due(self, boot_ns: int) -> list[bytes]:
        """Return the messages due since the last call."""
        ready = [(speaker, message_id) for speaker in self._speakers for message_id in speaker.ready(boot_ns)]
        sent = []
        if ready:
            report = self._report(boot_ns)
            made = [(speaker, message) for speaker, number in ready for message in speaker.made(number, report)]
            sent = [speaker.packed(message) for speaker, message in made]
        if boot_ns >= self._ask_time_ns:
            self._ask_time_ns = next_after(self._ask_time_ns, ASKS_TIME_NS, boot_ns)
            sent.append(self._autopilot.packed(mavlink.MAVLink_timesync_message(0, boot_ns)))
        return sent

    def received(self, datagram: bytes, boot_ns: int) -> list[bytes]:
        """Return the answers to a datagram; junk gets none."""
        found = self._reader.parse_buffer(datagram) or []
        return [answer for message in found for answer in self._answers(message, boot_ns)]

    @property
    def _autopilot(self) -> Speaker:
        return self._speakers[0]

    def _report(self, boot_ns: int) -> Report:
        return replace(self._report_at(boot_ns), gimbal_owner=self.gimbal_owner)

    def _answers(self, message: Any, boot_ns: int) -> list[bytes]:
        if message.get_type() == "TIMESYNC":
            is_question = message.tc1 == 0
            answer = mavlink.MAVLink_timesync_message(boot_ns, message.ts1)
            return [self._autopilot.packed(answer)] if is_question else []
        command = command_from_message(message)
        if command is None:
            return []
        meant = [speaker for speaker in self._speakers if speaker.is_meant(command)]
        return [frame for speaker in meant for frame in self._obeyed(speaker, command, boot_ns)]

    def _obeyed(self, speaker: Speaker, command: Command, boot_ns: int) -> list[bytes]:
        result, sent = self._done(speaker, command, boot_ns)
        ack = mavlink.MAVLink_command_ack_message(command.number, result, 0, 0, *command.asker)
        return [speaker.packed(message) for message in (ack, *sent)]

    def _done(self, speaker: Speaker, command: Command, boot_ns: int) -> tuple[int, list[Any]]:
        first, second = (part if math.isfinite(part) else 0.0 for part in command.parts[:2])
        if command.number == mavlink.MAV_CMD_SET_MESSAGE_INTERVAL:
            return speaker.set_interval(int(first), second, boot_ns), []
        if command.number == mavlink.MAV_CMD_REQUEST_MESSAGE:
            return self._requested(speaker, int(first), int(second), boot_ns)
        if speaker.component_id == AUTOPILOT and self._turn is not None:
            return self._aimed(command, self._turn, boot_ns), []
        return mavlink.MAV_RESULT_UNSUPPORTED, []

    def _requested(self, speaker: Speaker, message_id: int, part: int, boot_ns: int) -> tuple[int, list[Any]]:
        if not speaker.knows(message_id):
            return mavlink.MAV_RESULT_FAILED, []
        return mavlink.MAV_RESULT_ACCEPTED, speaker.made(message_id, self._report(boot_ns), part)

    def _aimed(self, command: Command, turn: Turn, boot_ns: int) -> int:
        if command.number == mavlink.MAV_CMD_DO_GIMBAL_MANAGER_CONFIGURE:
            self.gimbal_owner = command.asker
            return int(mavlink.MAV_RESULT_ACCEPTED)
        if command.number not in AIMING:
            return int(mavlink.MAV_RESULT_UNSUPPORTED)
        aim = aim_of(command, self._report(boot_ns))
        if aim is None:
            return int(mavlink.MAV_RESULT_FAILED)
        turn(aim, boot_ns)
        return int(mavlink.MAV_RESULT_ACCEPTED)

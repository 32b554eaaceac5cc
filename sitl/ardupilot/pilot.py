"""The scripted pilot of one simulated vehicle: carries out a script step by step, each with its time limit.

This is the simulator's pilot, on the simulator's own line: the station beside it only listens.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Any, Final

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from flightlink.geodesy import distance_m
from sitl.ardupilot.errors import AutopilotError
from sitl.ardupilot.known import Known
from sitl.ardupilot.link import AutopilotLink
from sitl.ardupilot.place import lat_lon_deg
from sitl.ardupilot.script import (
    AwaitFix,
    Follow,
    GoTo,
    Land,
    Point,
    Restart,
    SetParameter,
    Step,
    TakeOff,
    watched_point_m,
)
from sitl.world.route import instant_at
from sitl.world.world import Home

GUIDED: Final = 4
LAND: Final = 9
FIRST_HEARTBEAT_S: Final = 30.0
FIX_S: Final = 180.0
ANSWER_S: Final = 2.0
TRIES: Final = 5
PAUSE_S: Final = 0.5
"""Between two tries."""
LEAST_CLIMB_M_PER_S: Final = 0.5
LEAST_SPEED_M_PER_S: Final = 0.7
START_S: Final = 30.0
"""On top of every manoeuvre's own time."""
ARRIVED_M: Final = 2.0
ARRIVED_HEIGHT_M: Final = 1.0
TICK_S: Final = 0.05
GIMBAL_TICK_S: Final = 0.1
FOLLOW_TICK_S: Final = 0.2
LOST_M: Final = 30.0
TRUTH_HZ: Final = 50.0

_PLACE_AND_YAW: Final = 0b100111111000
"""Type mask: velocity, acceleration and yaw rate are not given."""
_PLACE_VELOCITY_AND_YAW: Final = 0b100111000000

Target = tuple[int, int, float]
"""Latitude and longitude in ten-millionths of a degree, metres over the vehicle's home."""

WANTED_HZ: Final[dict[int, float]] = {
    mavlink.MAVLINK_MSG_ID_ATTITUDE: TRUTH_HZ,
    mavlink.MAVLINK_MSG_ID_SIM_STATE: TRUTH_HZ,
    mavlink.MAVLINK_MSG_ID_SERVO_OUTPUT_RAW: TRUTH_HZ,
    mavlink.MAVLINK_MSG_ID_GIMBAL_DEVICE_ATTITUDE_STATUS: 5,
    mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT: 5,
    mavlink.MAVLINK_MSG_ID_GPS_RAW_INT: 2,
    mavlink.MAVLINK_MSG_ID_EKF_STATUS_REPORT: 2,
}
"""What truth and pilot need, asked for at every start of the autopilot."""


class Pilot:
    """Flies one vehicle.

    Args:
        name: of the vehicle, begins every error.
        system_id: of the vehicle.
        home: origin of the world.
    """

    def __init__(self, *, name: str, system_id: int, home: Home, link: AutopilotLink) -> None:
        self.known = Known()
        self._name = name
        self._address = (system_id, int(mavlink.MAV_COMP_ID_AUTOPILOT1))
        self._home = home
        self._link = link
        link.subscribe(self.known.take)

    async def keep_in_touch(self) -> None:
        """Send a heartbeat each second, as every ground station does."""
        while True:
            kind, none = mavlink.MAV_TYPE_GCS, mavlink.MAV_AUTOPILOT_INVALID
            self._link.send(mavlink.MAVLink_heartbeat_message(kind, none, 0, 0, mavlink.MAV_STATE_ACTIVE, 3))
            await asyncio.sleep(1.0)

    async def greet(self) -> None:
        """Wait for the first heartbeats and ask for what truth and pilot need.

        Raises:
            AutopilotError: nothing was heard in time.
        """
        await self._until(lambda: self.known.heartbeats > 1, FIRST_HEARTBEAT_S, "sent no heartbeat")
        for message_id, rate_hz in WANTED_HZ.items():
            await self._command(mavlink.MAV_CMD_SET_MESSAGE_INTERVAL, message_id, 1e6 / rate_hz)
        await self._until(lambda: self.known.boot_ms > 0, ANSWER_S, "sent no attitude though asked for it")

    async def fly(self, script: tuple[Step, ...]) -> None:
        """Carry out a script.

        Raises:
            AutopilotError: a step was refused or did not end in time; one line.
        """
        for step in script:
            await self._carry_out(step)

    async def _carry_out(self, step: Step) -> None:
        match step:
            case SetParameter():
                await self._set_parameter(step)
            case Restart():
                await self._restart()
            case AwaitFix():
                await self._until(self._has_fix, FIX_S, "found no place: no fix, or an estimator that is not sure")
            case TakeOff():
                await self._take_off(step)
            case Point():
                await self._point(step)
            case GoTo():
                await self._go_to(step)
            case Follow():
                await self._follow(step)
            case Land():
                await self._land()

    def _has_fix(self) -> bool:
        return self.known.has_fix and self.known.has_place

    async def _set_parameter(self, step: SetParameter) -> None:
        name = step.name.encode()
        self.known.parameters.pop(step.name, None)
        for _ in range(TRIES):
            self._link.send(
                mavlink.MAVLink_param_set_message(*self._address, name, step.value, mavlink.MAV_PARAM_TYPE_REAL32)
            )
            if await self._comes_true(lambda: self.known.parameters.get(step.name) == step.value, ANSWER_S):
                return
        raise self._failure(
            f"did not take parameter {step.name} {step.value:g}; is it a Copter of version 4.5 or newer?"
        )

    async def _restart(self) -> None:
        before_ms = self.known.boot_ms
        await self._command(mavlink.MAV_CMD_PREFLIGHT_REBOOT_SHUTDOWN, 1)
        self.known.heartbeats, self.known.boot_ms = 0, 0
        self.known.has_fix = self.known.has_place = False
        await asyncio.sleep(1.0)  # the old life may still have something to say
        self.known.heartbeats, self.known.boot_ms = 0, 0
        await self.greet()
        if self.known.boot_ms >= before_ms + 1000 * FIRST_HEARTBEAT_S:
            raise self._failure("did not restart when told to")

    async def _take_off(self, step: TakeOff) -> None:
        await self._enter(GUIDED, "GUIDED")
        await self._command(mavlink.MAV_CMD_COMPONENT_ARM_DISARM, 1)
        await self._until(lambda: self.known.is_armed, ANSWER_S + 1, "did not arm")
        await self._command(mavlink.MAV_CMD_NAV_TAKEOFF, 0, 0, 0, 0, 0, 0, step.height_m)
        limit_s = START_S + step.height_m / LEAST_CLIMB_M_PER_S
        await self._until(
            lambda: self.known.height_m > step.height_m - ARRIVED_HEIGHT_M,
            limit_s,
            f"did not climb to {step.height_m:g} m",
        )

    async def _enter(self, mode: int, name: str) -> None:
        await self._command(mavlink.MAV_CMD_DO_SET_MODE, mavlink.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED, mode)
        await self._until(lambda: self.known.mode == mode, ANSWER_S + 1, f"did not enter {name}")

    async def _point(self, step: Point) -> None:
        start, end = self.known.gimbal_deg, (step.pitch_deg, step.yaw_deg)
        turn_deg = max(abs(b - a) for a, b in zip(start, end, strict=True))
        ticks = max(1, math.ceil(turn_deg / step.rate_deg_s / GIMBAL_TICK_S))
        loop = asyncio.get_running_loop()
        begin_s = loop.time()
        for tick in range(1, ticks + 1):
            aim = (a + (b - a) * tick / ticks for a, b in zip(start, end, strict=True))
            await self._command(mavlink.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW, *aim, math.nan, math.nan, 0, 0, 0)
            await asyncio.sleep(begin_s + tick * GIMBAL_TICK_S - loop.time())

    async def _go_to(self, step: GoTo) -> None:
        here = self._target(step.east_m, step.north_m, step.height_m)
        limit_s = START_S + self._away_m(here) / LEAST_SPEED_M_PER_S
        for _ in range(math.ceil(limit_s / ANSWER_S)):
            self._send_target(here, yaw_deg=step.yaw_deg)  # again and again: it has no answer and may be lost
            if await self._comes_true(lambda: self._is_at(here), ANSWER_S):
                return
        raise self._failure(f"did not reach {step.east_m:.0f} m east, {step.north_m:.0f} m north in {limit_s:.0f} s")

    async def _follow(self, step: Follow) -> None:
        loop = asyncio.get_running_loop()
        begin_s = loop.time()
        while (t_s := loop.time() - begin_s) < step.lasts_s:
            instant = instant_at(step.route, t_s)
            there = self._target(instant.east_m, instant.north_m, instant.up_m)
            velocity = (instant.velocity_north_m_s, instant.velocity_east_m_s, -instant.velocity_up_m_s)
            self._send_target(there, yaw_deg=instant.yaw_deg, velocity_ned_m_s=velocity)
            if self._away_m(there) > LOST_M:
                raise self._failure(f"is {self._away_m(there):.0f} m away from its route")
            await self._watch(*watched_point_m(step.route, t_s))
            await asyncio.sleep(begin_s + t_s + FOLLOW_TICK_S - loop.time())

    async def _watch(self, east_m: float, north_m: float) -> None:
        lat_e7, lon_e7, _ = self._target(east_m, north_m, 0.0)
        frame, command = mavlink.MAV_FRAME_GLOBAL, mavlink.MAV_CMD_DO_SET_ROI_LOCATION
        place = (lat_e7, lon_e7, self._home.alt_amsl_m)
        message = mavlink.MAVLink_command_int_message(*self._address, frame, command, 0, 0, 0, 0, 0, 0, *place)
        await self._sent_and_accepted(command, lambda _: message)

    def _target(self, east_m: float, north_m: float, height_m: float) -> Target:
        lat_deg, lon_deg = lat_lon_deg(self._home, east_m, north_m)
        return round(lat_deg * 1e7), round(lon_deg * 1e7), height_m

    def _away_m(self, target: Target) -> float:
        return distance_m(self.known.lat_deg, self.known.lon_deg, target[0] / 1e7, target[1] / 1e7)

    def _is_at(self, target: Target) -> bool:
        return self._away_m(target) < ARRIVED_M and abs(self.known.height_m - target[2]) < ARRIVED_HEIGHT_M

    def _send_target(
        self, target: Target, *, yaw_deg: float, velocity_ned_m_s: tuple[float, float, float] | None = None
    ) -> None:
        mask = _PLACE_AND_YAW if velocity_ned_m_s is None else _PLACE_VELOCITY_AND_YAW
        frame, unused = mavlink.MAV_FRAME_GLOBAL_RELATIVE_ALT_INT, (0.0, 0.0, 0.0)
        self._link.send(
            mavlink.MAVLink_set_position_target_global_int_message(
                *(0, *self._address, frame, mask, *target),
                *(*(velocity_ned_m_s or unused), *unused, math.radians(yaw_deg), 0.0),
            )
        )

    async def _land(self) -> None:
        limit_s = START_S + self.known.height_m / LEAST_CLIMB_M_PER_S
        await self._enter(LAND, "LAND")
        await self._until(lambda: not self.known.is_armed, limit_s, "did not land and disarm")

    async def _command(self, command: int, *parameters: float) -> None:
        padded = (*parameters, *[0.0] * (7 - len(parameters)))

        def message(confirmation: int) -> Any:
            return mavlink.MAVLink_command_long_message(*self._address, command, confirmation, *padded)

        await self._sent_and_accepted(command, message)

    async def _sent_and_accepted(self, command: int, message: Callable[[int], Any]) -> None:
        """Send a command until it is accepted; a refusal may be for the moment only, so it is sent again."""
        result = None
        for confirmation in range(TRIES):
            self.known.acknowledged.pop(command, None)
            self._link.send(message(confirmation))
            await self._comes_true(lambda: command in self.known.acknowledged, ANSWER_S)
            result = self.known.acknowledged.get(command)
            if result == mavlink.MAV_RESULT_ACCEPTED:
                return
            await asyncio.sleep(PAUSE_S)
        name = mavlink.enums["MAV_CMD"][command].name
        how = "did not answer" if result is None else f"refused ({mavlink.enums['MAV_RESULT'][result].name})"
        raise self._failure(f"{how} {name}")

    async def _until(self, is_so: Callable[[], bool], within_s: float, complaint: str) -> None:
        if not await self._comes_true(is_so, within_s):
            raise self._failure(f"{complaint} within {within_s:.0f} s")

    async def _comes_true(self, is_so: Callable[[], bool], within_s: float) -> bool:
        loop = asyncio.get_running_loop()
        end_s = loop.time() + within_s
        while not is_so():
            if loop.time() > end_s:
                return False
            await asyncio.sleep(TICK_S)
        return True

    def _failure(self, complaint: str) -> AutopilotError:
        return AutopilotError(f"vehicle {self._name}: the autopilot {complaint}{self.known.last_words}")

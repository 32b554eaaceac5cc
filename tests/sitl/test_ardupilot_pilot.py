"""The scripted pilot against an autopilot that refuses or is silent, over real sockets, and the recorded servos."""

import asyncio
import math
import os
import socket
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from flightlink.attitude import Quaternion, attitude_from_quaternion, quaternion_from_attitude, unit_quaternion
from flightlink.mavlink.messages import GIMBAL_DEVICE_ATTITUDE_STATUS
from flightlink.mavlink.tlog import TlogReader
from sitl.ardupilot import pilot as pilot_module
from sitl.ardupilot.errors import AutopilotError
from sitl.ardupilot.gimbal import Gimbal, GimbalKind
from sitl.ardupilot.link import HOST, AutopilotLink
from sitl.ardupilot.pilot import Pilot
from sitl.ardupilot.script import AwaitFix, GoTo, Land, Point, SetParameter, TakeOff
from sitl.world.world import Home

HOME = Home(lat_deg=48.857, lon_deg=2.352, alt_amsl_m=35.0)
SIM_STATES = frozenset(
    {mavlink.MAVLINK_MSG_ID_SIMSTATE, mavlink.MAVLINK_MSG_ID_SERVO_OUTPUT_RAW, GIMBAL_DEVICE_ATTITUDE_STATUS}
)


class Stubborn(asyncio.DatagramProtocol):
    """An autopilot that answers every command with one result, and says why."""

    def __init__(self, result: int | None) -> None:
        self._result = result
        self._mavlink = mavlink.MAVLink(None, srcSystem=1, srcComponent=1)
        self._transport: Any = None
        self.heard: list[Any] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self.say(mavlink.MAVLink_heartbeat_message(2, 3, 1, 0, 3, 3))

    def say(self, message: Any) -> None:
        self._transport.sendto(message.pack(self._mavlink))

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for message in self._mavlink.parse_buffer(data) or []:
            self.heard.append(message)
            if message.get_type() in {"COMMAND_LONG", "COMMAND_INT"} and self._result is not None:
                self.say(mavlink.MAVLink_statustext_message(4, b"PreArm: not today"))
                self.say(mavlink.MAVLink_command_ack_message(message.command, self._result, 0, 0, 254, 190))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("ANSWER_S", 0.15),
        ("FIRST_HEARTBEAT_S", 0.3),
        ("FIX_S", 0.2),
        ("START_S", 0.3),
        ("TRIES", 2),
        ("PAUSE_S", 0.01),
    ):
        monkeypatch.setattr(pilot_module, name, value)


MakePilot = Callable[[int | None], Awaitable[tuple[Pilot, Stubborn]]]


@pytest.fixture
async def link() -> AsyncIterator[AutopilotLink]:
    link = AutopilotLink(lambda: 0)
    yield link
    link.close()


@pytest.fixture
async def pilot_with(link: AutopilotLink) -> AsyncIterator[MakePilot]:
    transports: list[asyncio.DatagramTransport] = []

    async def made(result: int | None) -> tuple[Pilot, Stubborn]:
        pilot = Pilot(name="D1", system_id=1, home=HOME, link=link)
        port, loop = await link.open(), asyncio.get_running_loop()
        transport, autopilot = await loop.create_datagram_endpoint(lambda: Stubborn(result), remote_addr=(HOST, port))
        transports.append(transport)
        await asyncio.sleep(0.05)
        return pilot, autopilot

    yield made
    for transport in transports:
        transport.close()
    await asyncio.sleep(0)


async def test_a_refusal_is_one_line_with_the_commands_name_and_the_autopilots_reason(pilot_with: MakePilot) -> None:
    pilot, autopilot = await pilot_with(mavlink.MAV_RESULT_FAILED)
    with pytest.raises(AutopilotError) as caught:
        await pilot.fly((TakeOff(height_m=20),))
    line = "vehicle D1: the autopilot refused (MAV_RESULT_FAILED) MAV_CMD_DO_SET_MODE; it last said: PreArm: not today"
    assert str(caught.value).startswith(line)
    assert len(autopilot.heard) == 2
    assert all(message.get_srcSystem() == 254 for message in autopilot.heard)


async def test_no_answer_is_told_apart_from_a_refusal(pilot_with: MakePilot) -> None:
    pilot, _ = await pilot_with(None)
    with pytest.raises(AutopilotError, match=r"did not answer MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW$"):
        await pilot.fly((Point(pitch_deg=-30, yaw_deg=0),))


async def test_an_autopilot_that_never_speaks_is_told(link: AutopilotLink) -> None:
    pilot = Pilot(name="D1", system_id=1, home=HOME, link=link)
    await link.open()
    with pytest.raises(AutopilotError, match=r"vehicle D1: the autopilot sent no heartbeat within 0 s$"):
        await pilot.greet()


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (SetParameter(name="CAM1_TYPE", value=1), "did not take parameter CAM1_TYPE 1"),
        (AwaitFix(), "found no place"),
        (Land(), "did not enter LAND within"),
        (TakeOff(height_m=20), "did not enter GUIDED within"),
        (GoTo(east_m=0, north_m=0, height_m=20, yaw_deg=0), "did not reach 0 m east, 0 m north"),
    ],
)
async def test_what_does_not_happen_in_time_is_told(
    pilot_with: MakePilot, monkeypatch: pytest.MonkeyPatch, step: Any, says: str
) -> None:
    pilot, _ = await pilot_with(mavlink.MAV_RESULT_ACCEPTED)
    monkeypatch.setattr(pilot_module, "LEAST_SPEED_M_PER_S", 1e9)
    with pytest.raises(AutopilotError, match=says):
        await pilot.fly((step,))


async def test_the_gimbal_turns_in_small_steps(pilot_with: MakePilot) -> None:
    pilot, autopilot = await pilot_with(mavlink.MAV_RESULT_ACCEPTED)
    await pilot.fly((Point(pitch_deg=-30, yaw_deg=15, rate_deg_s=60),))
    aims = [(message.param1, message.param2) for message in autopilot.heard]
    assert np.allclose(aims, [(-6, 3), (-12, 6), (-18, 9), (-24, 12), (-30, 15)])


async def test_the_gimbal_begins_where_it_points(pilot_with: MakePilot) -> None:
    pilot, autopilot = await pilot_with(mavlink.MAV_RESULT_ACCEPTED)
    q = quaternion_from_attitude(yaw_deg=-20.0, pitch_deg=-50.0, roll_deg=0.0)
    autopilot.say(mavlink.MAVLink_gimbal_device_attitude_status_message(0, 0, 1, 44, q, 0, 0, 0, 0))
    await asyncio.sleep(0.05)
    await pilot.fly((Point(pitch_deg=-40, yaw_deg=0, rate_deg_s=100),))
    aims = [(message.param1, message.param2) for message in autopilot.heard]
    assert np.allclose(aims, [(-45, -10), (-40, 0)], atol=1e-3)


async def test_junk_and_other_components_do_not_reach_the_pilot(link: AutopilotLink) -> None:
    heard: list[Any] = []
    link.subscribe(lambda message, _: heard.append(message))
    port = await link.open()
    camera = mavlink.MAVLink(None, srcSystem=1, srcComponent=mavlink.MAV_COMP_ID_CAMERA)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for data in (b"", b"\xfd\xff\x00junk", mavlink.MAVLink_heartbeat_message(30, 8, 0, 0, 3, 3).pack(camera)):
            stranger.sendto(data, (HOST, port))
        await asyncio.sleep(0.05)
    assert not heard


@pytest.fixture(params=[1, 2])
def sitl_log(request: pytest.FixtureRequest) -> Path:
    beside = Path(__file__).resolve().parents[2].parent / "shared"
    path = Path(os.environ.get("GROUNDSTATION_SHARED", beside)) / "data" / "sitl_tlog" / f"sitl_v{request.param}.tlog"
    if not path.is_file():
        pytest.skip(
            "the recorded flights are not here; set GROUNDSTATION_SHARED to the folder that holds data/sitl_tlog"
        )
    return path


@pytest.mark.data
def test_a_recorded_servo_mount_reports_its_joints_and_holds_the_camera_level(sitl_log: Path) -> None:
    gimbal = Gimbal(kind=GimbalKind.SERVO)
    body, joints, sums_deg, from_joints_deg, from_truth_deg = None, None, [], [], []
    for record in TlogReader(sitl_log, SIM_STATES):
        message = record.message
        match message.get_type():
            case "SIMSTATE":
                body = message
            case "SERVO_OUTPUT_RAW" if message.port == 0:
                pulses = {"roll_us": message.servo5_raw, "tilt_us": message.servo6_raw, "pan_us": message.servo7_raw}
                joints = gimbal.angles(**pulses)
            case "GIMBAL_DEVICE_ATTITUDE_STATUS" if body is not None and joints is not None:
                lean_deg = math.degrees(body.pitch)
                reported = attitude_from_quaternion(unit_quaternion(*message.q))
                if lean_deg < -15 and abs(joints.pan_deg) < 1:
                    camera = gimbal.ned_from_camera(ned_from_body(body), joints)
                    sums_deg.append(lean_deg)
                    from_joints_deg.append(abs(reported.pitch_deg - joints.tilt_deg))
                    from_truth_deg.append(abs(reported.pitch_deg - attitude_from_quaternion(camera).pitch_deg))
    assert len(sums_deg) > 50
    assert statistics.median(from_joints_deg) < 1.0
    assert statistics.median(from_truth_deg) == pytest.approx(-statistics.median(sums_deg), abs=3.0)


def ned_from_body(simstate: Any) -> Quaternion:
    yaw_deg, pitch_deg, roll_deg = (math.degrees(angle) for angle in (simstate.yaw, simstate.pitch, simstate.roll))
    return quaternion_from_attitude(yaw_deg=yaw_deg, pitch_deg=pitch_deg, roll_deg=roll_deg)

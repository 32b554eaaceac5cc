import asyncio
import itertools
import math
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from flightlink.attitude import attitude_from_quaternion, turned_about_down, unit_quaternion
from sitl.simulate import VehicleLink, fly
from sitl.vehicle.flown import FlownVehicle
from sitl.vehicle.telemetry import MESSAGES, Report
from sitl.vehicle.vehicle import Vehicle
from sitl.world.clock import WorldClock
from sitl.world.route import instant_at
from sitl.world.world import World

SECOND = 1_000_000_000


def report_maker(world: World, number: int = 0) -> Any:
    plan = world.vehicles[number]

    def report_at(boot_ns: int) -> Report:
        return Report(
            system_id=plan.system_id,
            home=world.home,
            camera=world.camera,
            flight=instant_at(plan.route, boot_ns / 1e9),
            boot_ns=boot_ns,
            utc_us=1_700_000_000_000_000 + boot_ns // 1000,
        )

    return report_at


@pytest.fixture
def vehicle(world: World) -> Vehicle:
    return Vehicle(system_id=1, report_at=report_maker(world))


def decoded(datagrams: list[bytes]) -> list[Any]:
    reader = mavlink.MAVLink(None)
    return [message for datagram in datagrams for message in reader.parse_buffer(datagram) or []]


def from_station(message: Any) -> bytes:
    return bytes(message.pack(mavlink.MAVLink(None, srcSystem=255, srcComponent=190)))


def command(number: int, *parts: float, system_id: int = 1) -> bytes:
    return from_station(
        mavlink.MAVLink_command_long_message(system_id, 1, number, 0, *parts, *[0.0] * (7 - len(parts)))
    )


def interval(message_id: int, interval_us: float) -> bytes:
    return command(mavlink.MAV_CMD_SET_MESSAGE_INTERVAL, message_id, interval_us)


def run_for(vehicle: Vehicle, start_s: float, seconds: float) -> list[Any]:
    ticks = range(int(start_s * 200), int((start_s + seconds) * 200))
    return [message for tick in ticks for message in decoded(vehicle.due(tick * SECOND // 200))]


def test_it_is_quiet_until_asked(vehicle: Vehicle) -> None:
    heard = [message.get_type() for message in run_for(vehicle, 0, 21)]
    assert set(heard) == {"HEARTBEAT", "TIMESYNC"}
    assert len(heard) <= 2 * 21


def test_it_keeps_the_rates_asked_for(vehicle: Vehicle) -> None:
    for message_id, hertz in ((30, 20), (33, 10), (285, 10)):
        (ack,) = decoded(vehicle.received(interval(message_id, 1e6 / hertz), 10 * SECOND))
        assert (ack.get_type(), ack.command, ack.result) == ("COMMAND_ACK", 511, 0)
        assert (ack.target_system, ack.target_component) == (255, 190)
    heard = [message.get_type() for message in run_for(vehicle, 10, 10)]
    assert heard.count("ATTITUDE") == pytest.approx(200, abs=4)
    assert heard.count("GLOBAL_POSITION_INT") == pytest.approx(100, abs=2)
    assert heard.count("GIMBAL_DEVICE_ATTITUDE_STATUS") == pytest.approx(100, abs=2)
    vehicle.received(interval(30, -1), 20 * SECOND)
    assert "ATTITUDE" not in [message.get_type() for message in run_for(vehicle, 20, 2)]


@pytest.mark.parametrize(
    ("request_bytes", "result"),
    [
        (interval(158, 1e5), mavlink.MAV_RESULT_DENIED),
        (interval(12901, 1e5), mavlink.MAV_RESULT_FAILED),
        (command(mavlink.MAV_CMD_REQUEST_MESSAGE, 283), mavlink.MAV_RESULT_FAILED),
        (command(mavlink.MAV_CMD_COMPONENT_ARM_DISARM, 1), mavlink.MAV_RESULT_UNSUPPORTED),
    ],
)
def test_what_it_cannot_do_it_refuses(vehicle: Vehicle, request_bytes: bytes, result: int) -> None:
    answers = decoded(vehicle.received(request_bytes, SECOND))
    assert [answer.get_type() for answer in answers] == ["COMMAND_ACK"]
    assert answers[0].result == result


@pytest.mark.parametrize("message_id", sorted(MESSAGES))
def test_every_message_comes_when_asked_for(vehicle: Vehicle, message_id: int) -> None:
    ack, message = decoded(vehicle.received(command(mavlink.MAV_CMD_REQUEST_MESSAGE, message_id), 9 * SECOND))
    assert ack.result == mavlink.MAV_RESULT_ACCEPTED
    assert message.get_msgId() == message_id


def test_commands_to_another_vehicle_are_not_its_own(vehicle: Vehicle) -> None:
    assert vehicle.received(command(511, 30, 1e5, system_id=7), SECOND) == []


def test_timesync_is_answered_in_nanoseconds_since_boot(vehicle: Vehicle) -> None:
    (answer,) = decoded(vehicle.received(from_station(mavlink.MAVLink_timesync_message(0, 12345)), 7 * SECOND))
    assert (answer.tc1, answer.ts1) == (7 * SECOND, 12345)
    assert vehicle.received(from_station(mavlink.MAVLink_timesync_message(5, 12345)), 7 * SECOND) == []


@given(junk=st.binary(max_size=400))
def test_junk_gets_no_answer_and_does_no_harm(world: World, junk: bytes) -> None:
    vehicle = Vehicle(system_id=1, report_at=report_maker(world))
    assert vehicle.received(junk, SECOND) == []
    assert decoded(vehicle.due(SECOND))


@given(t_s=st.floats(2, 2000), number=st.integers(0, 1))
def test_gimbal_and_attitude_together_give_the_cameras_attitude(world: World, t_s: float, number: int) -> None:
    report = report_maker(world, number)(round(t_s * 1e9))
    attitude, gimbal = MESSAGES[30](report), MESSAGES[285](report)
    assert gimbal.flags == 44
    assert math.isnan(gimbal.angular_velocity_z)
    earth = turned_about_down(unit_quaternion(*gimbal.q), yaw_deg=math.degrees(attitude.yaw))
    seen = attitude_from_quaternion(earth)
    turn = (seen.yaw_deg - report.flight.camera_yaw_deg + 180) % 360 - 180
    assert turn == pytest.approx(0, abs=0.01)
    assert seen.pitch_deg == pytest.approx(report.flight.camera_pitch_deg, abs=0.01)
    assert seen.roll_deg == pytest.approx(0, abs=0.01)


def test_before_the_first_fix_there_is_no_place_and_no_gps_time(world: World) -> None:
    early, later = (report_maker(world)(boot_ns) for boot_ns in (SECOND, 5 * SECOND))
    assert (MESSAGES[33](early).lat, MESSAGES[2](early).time_unix_usec, MESSAGES[24](early).fix_type) == (0, 0, 1)
    assert MESSAGES[33](later).lat == pytest.approx(world.home.lat_deg * 1e7, abs=1e4)
    assert MESSAGES[2](later).time_unix_usec > 1.6e15
    assert MESSAGES[33](later).relative_alt == round(later.flight.up_m * 1000)


def test_two_vehicles_have_two_uids(world: World) -> None:
    first, second = (MESSAGES[148](report_maker(world, number)(SECOND)) for number in (0, 1))
    assert (first.uid, second.uid) == (0, 0)
    assert list(first.uid2) != list(second.uid2)


async def test_it_answers_on_a_real_udp_socket(world: World) -> None:
    loop = asyncio.get_running_loop()
    clock = WorldClock(epoch_utc_ns=1_700_000_000 * SECOND)
    vehicle = FlownVehicle(world, world.vehicles[0], epoch_utc_ns=1_700_000_000 * SECOND)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as station:
        station.bind(("127.0.0.1", 0))
        station.setblocking(False)
        transport, link = await loop.create_datagram_endpoint(
            lambda: VehicleLink(vehicle, clock), remote_addr=station.getsockname()
        )
        flight = asyncio.create_task(fly(link))
        try:
            async with asyncio.timeout(10):
                data, peer = await loop.sock_recvfrom(station, 2048)
                assert decoded([data])[0].get_type() == "HEARTBEAT"
                await loop.sock_sendto(station, interval(30, 50_000), peer)
                heard = [decoded([(await loop.sock_recvfrom(station, 2048))[0]])[0] for _ in range(12)]
        finally:
            flight.cancel()
            transport.close()
    attitudes = [message for message in heard if message.get_type() == "ATTITUDE"]
    assert len(attitudes) >= 9
    steps = [b.time_boot_ms - a.time_boot_ms for a, b in itertools.pairwise(attitudes)]
    assert sum(steps) / len(steps) == pytest.approx(50, abs=25)

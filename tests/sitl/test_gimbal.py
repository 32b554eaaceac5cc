"""The built-in gimbal and camera as a station meets them: commands, slew, truth, and what is told of it."""

import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from flightlink.attitude import attitude_from_quaternion, turned_about_down, unit_quaternion, wrapped_deg
from sitl.vehicle.flown import FlownVehicle, flight_of, true_flight_of
from sitl.vehicle.gimbal import PITCH_LIMITS_DEG, AngleAim, Gimbal, PlaceAim
from sitl.vehicle.true_camera import stuck_flight, true_intrinsics
from sitl.world.faults import Fault, FaultBoard, FaultKind
from sitl.world.profile import CameraMaker, GimbalYaw, Profile
from sitl.world.route import FlightInstant, instant_at
from sitl.world.world import World

EPOCH_NS = 1_900_000_000 * 1_000_000_000
PITCHYAW = mavlink.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW
REQUEST = mavlink.MAV_CMD_REQUEST_MESSAGE
NAN = math.nan


def flown(world: World, *faults: Fault, profile: Profile | None = None, uris: tuple[str, ...] = ()) -> FlownVehicle:
    plan = replace(world.vehicles[0], profile=profile or Profile())
    return FlownVehicle(replace(world, faults=faults), plan, epoch_utc_ns=EPOCH_NS, video_uris=uris)


def told(vehicle: FlownVehicle, message: Any, t_s: float) -> list[Any]:
    """Say something to the vehicle and return its answers."""
    vehicle.said(t_s)
    vehicle.hear(bytes(message.pack(mavlink.MAVLink(None, srcSystem=255, srcComponent=190))), t_s)
    reader = mavlink.MAVLink(None)
    return [heard for _, frame in vehicle.said(t_s) for heard in reader.parse_buffer(frame) or []]


def command(number: int, *parts: float, component: int = 1) -> Any:
    return mavlink.MAVLink_command_long_message(1, component, number, 0, *parts, *[0.0] * (7 - len(parts)))


def roi(world: World, east_m: float, north_m: float, up_m: float) -> Any:
    lat = world.home.lat_deg + north_m / 111_320
    lon = world.home.lon_deg + east_m / 111_320 / math.cos(math.radians(world.home.lat_deg))
    frame = mavlink.MAV_FRAME_GLOBAL_RELATIVE_ALT_INT
    number = mavlink.MAV_CMD_DO_SET_ROI_LOCATION
    return mavlink.MAVLink_command_int_message(
        1, 1, frame, number, 0, 0, 0.0, 0.0, 0.0, 0.0, round(lat * 1e7), round(lon * 1e7), up_m
    )


def asked(vehicle: FlownVehicle, message_id: int, part: float = 0, component: int = 1, t_s: float = 5.0) -> list[Any]:
    return told(vehicle, command(REQUEST, message_id, part, component=component), t_s)


def test_a_command_turns_the_true_camera_at_a_finite_rate(world: World) -> None:
    vehicle = flown(world, profile=Profile(slew_deg_s=30))
    script_at = flight_of(world.vehicles[0])
    (ack,) = told(vehicle, command(PITCHYAW, -80.0, 0.0, NAN, NAN, 0), 5.0)
    assert (ack.command, ack.result) == (PITCHYAW, mavlink.MAV_RESULT_ACCEPTED)
    assert vehicle.flight_at(5.0).camera_pitch_deg == pytest.approx(script_at(5.0).camera_pitch_deg)
    assert vehicle.flight_at(4.9) == script_at(4.9), "the past stays"
    steps = [vehicle.flight_at(5 + step / 10).camera_pitch_deg for step in range(30)]
    assert max(abs(b - a) for a, b in pairwise(steps)) <= 3.01
    arrived = vehicle.flight_at(9.0)
    assert arrived.camera_pitch_deg == pytest.approx(-80)
    assert wrapped_deg(arrived.camera_yaw_deg - arrived.yaw_deg) == pytest.approx(0, abs=1e-6), "follows the nose"
    (ack,) = told(vehicle, command(PITCHYAW, -45.0, 90.0, NAN, NAN, mavlink.GIMBAL_MANAGER_FLAGS_YAW_LOCK), 9.0)
    assert vehicle.flight_at(15.0).camera_yaw_deg == pytest.approx(90), "kept from north"


def test_a_place_is_kept_in_view_and_let_go_again(world: World) -> None:
    vehicle = flown(world)
    assert told(vehicle, roi(world, 5.0, -3.0, 0.0), 5.0)[0].result == mavlink.MAV_RESULT_ACCEPTED
    for t_s in (12.0, 30.0):
        f = vehicle.flight_at(t_s)
        away_m = math.hypot(5.0 - f.east_m, -3.0 - f.north_m)
        assert f.camera_yaw_deg == pytest.approx(
            math.degrees(math.atan2(5.0 - f.east_m, -3.0 - f.north_m)) % 360, abs=0.1
        )
        assert f.camera_pitch_deg == pytest.approx(-math.degrees(math.atan2(f.up_m, away_m)), abs=0.1)
    assert told(vehicle, command(mavlink.MAV_CMD_DO_SET_ROI_NONE), 30.0)[0].result == mavlink.MAV_RESULT_ACCEPTED
    assert vehicle.flight_at(40.0) == flight_of(world.vehicles[0])(40.0)


def test_rates_turn_steadily_up_to_the_limit(world: World) -> None:
    vehicle = flown(world)
    before = vehicle.flight_at(5.0)
    told(vehicle, command(PITCHYAW, NAN, NAN, -10.0, 0.0, 0), 5.0)
    assert vehicle.flight_at(6.0).camera_pitch_deg == pytest.approx(before.camera_pitch_deg - 10)
    assert vehicle.flight_at(60.0).camera_pitch_deg == PITCH_LIMITS_DEG[0]


@pytest.mark.parametrize(
    ("message", "result"),
    [
        (command(PITCHYAW, 200.0, 0.0, NAN, NAN, 0), mavlink.MAV_RESULT_FAILED),
        (command(PITCHYAW, NAN, NAN, NAN, NAN, 0), mavlink.MAV_RESULT_FAILED),
        (command(mavlink.MAV_CMD_DO_SET_ROI_LOCATION, 0, 0, 0, 0, NAN, 0, 0), mavlink.MAV_RESULT_FAILED),
        (command(mavlink.MAV_CMD_DO_GIMBAL_MANAGER_CONFIGURE, 255, 190), mavlink.MAV_RESULT_ACCEPTED),
        (command(mavlink.MAV_CMD_NAV_TAKEOFF), mavlink.MAV_RESULT_UNSUPPORTED),
    ],
)
def test_what_cannot_be_obeyed_is_said(world: World, message: Any, result: int) -> None:
    vehicle = flown(world)
    assert told(vehicle, message, 5.0)[0].result == result
    assert vehicle.flight_at(9.0) == flight_of(world.vehicles[0])(9.0)


@given(
    pitch_deg=st.floats(-90, 90),
    yaw_deg=st.floats(-180, 180),
    at_s=st.floats(0, 50),
    slew=st.floats(5, 200),
    lock=st.booleans(),
)
def test_the_camera_never_jumps(
    world: World, pitch_deg: float, yaw_deg: float, at_s: float, slew: float, lock: bool
) -> None:
    gimbal = Gimbal(flight_of(world.vehicles[0]), slew_deg_s=slew)
    gimbal.turn(AngleAim(yaw_deg=yaw_deg, pitch_deg=pitch_deg, from_north=lock), at_s)
    gimbal.turn(PlaceAim(east_m=0.0, north_m=3.0, up_m=0.0), at_s + 0.7)
    angles = [gimbal.flight_at(at_s - 0.1 + step * 0.02) for step in range(60)]
    route_deg_s = 25
    for a, b in pairwise(angles):
        assert abs(wrapped_deg(b.camera_yaw_deg - a.camera_yaw_deg)) <= (slew + route_deg_s) * 0.02
        assert abs(b.camera_pitch_deg - a.camera_pitch_deg) <= (slew + route_deg_s) * 0.02
        assert -90 <= b.camera_pitch_deg <= 90


def test_the_gimbal_tells_what_it_does(world: World) -> None:
    vehicle = flown(world)
    told(vehicle, command(PITCHYAW, -60.0, 30.0, NAN, NAN, 0), 5.0)
    told(vehicle, command(mavlink.MAV_CMD_DO_GIMBAL_MANAGER_CONFIGURE, 255, 190), 5.0)
    _, status = asked(vehicle, mavlink.MAVLINK_MSG_ID_GIMBAL_DEVICE_ATTITUDE_STATUS, t_s=12.0)
    seen = attitude_from_quaternion(unit_quaternion(*status.q))
    assert seen.yaw_deg == pytest.approx(30, abs=0.01)
    assert seen.pitch_deg == pytest.approx(-60, abs=0.01)
    _, limits = asked(vehicle, mavlink.MAVLINK_MSG_ID_GIMBAL_MANAGER_INFORMATION, t_s=12.0)
    assert math.degrees(limits.pitch_min) == pytest.approx(-90)
    _, manager = asked(vehicle, mavlink.MAVLINK_MSG_ID_GIMBAL_MANAGER_STATUS, t_s=12.0)
    assert (manager.primary_control_sysid, manager.primary_control_compid) == (255, 190)
    (refused,) = asked(vehicle, mavlink.MAVLINK_MSG_ID_GIMBAL_DEVICE_INFORMATION, t_s=12.0)
    assert refused.result == mavlink.MAV_RESULT_FAILED


def test_a_camera_of_its_own_has_a_heartbeat_and_answers_alone(world: World) -> None:
    uris = ("rtsp://127.0.0.1:8554/D1",)
    profile = Profile(camera=CameraMaker.COMPONENT, fills_information=True, tells_zoom=True, video_streams=2)
    vehicle, reader = flown(world, profile=profile, uris=uris), mavlink.MAVLink(None)
    said = [message for _, frame in vehicle.said(0.0) for message in reader.parse_buffer(frame)]
    beats = [message for message in said if message.get_type() == "HEARTBEAT"]
    assert [(beat.get_srcComponent(), beat.type) for beat in beats] == [(1, 2), (100, mavlink.MAV_TYPE_CAMERA)]
    assert beats[1].autopilot == mavlink.MAV_AUTOPILOT_INVALID
    ack, camera = asked(vehicle, 259, component=100)
    assert (ack.get_srcComponent(), ack.result) == (100, 0)
    k = world.camera.intrinsics
    assert (camera.resolution_h, camera.resolution_v) == (k.width_px, k.height_px)
    assert camera.focal_length / camera.sensor_size_h * k.width_px == pytest.approx(k.fx_px, rel=1e-5)
    assert asked(vehicle, 259, component=1)[0].result == mavlink.MAV_RESULT_FAILED
    assert asked(vehicle, 260, component=100)[1].zoomLevel == 0
    _, *streams = asked(vehicle, 269, component=100)
    assert [(one.stream_id, one.count, one.uri, one.type) for one in streams] == [
        (1, 2, uris[0], 0),
        (2, 2, uris[0], 0),
    ]
    assert [one.stream_id for one in asked(vehicle, 269, 2, component=100)[1:]] == [2]
    assert asked(vehicle, 269, 7, component=100)[1:] == []
    assert len(asked(vehicle, 270, component=100)) == 3
    everyone = asked(vehicle, 259, component=0)
    assert sorted(message.get_type() for message in everyone) == ["CAMERA_INFORMATION", "COMMAND_ACK", "COMMAND_ACK"]


def test_a_camera_through_the_autopilot_tells_as_little_as_real_ones(world: World) -> None:
    vehicle = flown(world, uris=("udp://127.0.0.1:5600",))
    _, camera = asked(vehicle, 259)
    assert (camera.focal_length, camera.resolution_h, set(camera.vendor_name)) == (0, 0, {0})
    assert math.isnan(asked(vehicle, 260)[1].zoomLevel)
    _, stream = asked(vehicle, 269)
    assert (stream.count, stream.uri, stream.type) == (1, "udp://127.0.0.1:5600", mavlink.VIDEO_STREAM_TYPE_MPEG_TS)
    assert asked(vehicle, 270)[0].result == mavlink.MAV_RESULT_FAILED
    _, none = asked(flown(world, profile=Profile(video_streams=0)), 269)
    assert (none.count, none.uri) == (0, "")
    _, *nothing = asked(vehicle, mavlink.MAVLINK_MSG_ID_CAMERA_THERMAL_RANGE)
    assert nothing == [], "accepted, and nothing sent"


def test_accepted_and_silent_or_refused_as_the_profile_says(world: World) -> None:
    vehicle = flown(world, profile=Profile(camera=CameraMaker.NONE, silent=frozenset({30}), refused=frozenset({33})))
    for message_id in (259, 271, 30):
        ack, *nothing = asked(vehicle, message_id)
        assert (ack.result, nothing) == (mavlink.MAV_RESULT_ACCEPTED, [])
    assert [answer.result for answer in asked(vehicle, 33)] == [mavlink.MAV_RESULT_FAILED]


def test_field_of_view_status_has_its_traps(world: World) -> None:
    unknown = 2**31 - 1
    _, usual = asked(flown(world), 271)
    assert (usual.lat_image, usual.hfov) == (unknown, pytest.approx(world.camera.hfov_deg))
    vehicle = flown(world, profile=Profile(image_point=True, fov_alt_in_m=True))
    _, known = asked(vehicle, 271)
    f = vehicle.flight_at(5.0)
    assert known.alt_camera == round(world.home.alt_amsl_m + f.up_m), "metres where millimetres belong"
    north_m = (known.lat_image / 1e7 - world.home.lat_deg) * 111_200
    assert north_m == pytest.approx(world.vehicles[0].route.centre_m[1], abs=0.2)


def test_what_is_told_of_a_mislabelled_gimbal_is_wrong(world: World) -> None:
    vehicle = flown(world, profile=Profile(gimbal_yaw=GimbalYaw.MISLABELLED))
    _, status = asked(vehicle, 285)
    assert status.flags & mavlink.GIMBAL_DEVICE_FLAGS_YAW_IN_EARTH_FRAME
    f = vehicle.flight_at(5.0)
    true = attitude_from_quaternion(turned_about_down(unit_quaternion(*status.q), yaw_deg=f.yaw_deg))
    assert wrapped_deg(true.yaw_deg - f.camera_yaw_deg) == pytest.approx(0, abs=0.01)


def test_a_stuck_gimbal_turns_with_the_airframe_and_frees_itself_slowly(world: World) -> None:
    plan = world.vehicles[0]
    stuck = Fault(kind=FaultKind.GIMBAL_STUCK, from_s=5, lasts_s=20)
    board = FaultBoard((stuck,), vehicle=plan.name, seed=1)
    flight_at = stuck_flight(lambda t_s: instant_at(plan.route, t_s), board, slew_deg_s=10)
    assert flight_at(4.9) == instant_at(plan.route, 4.9)
    start = instant_at(plan.route, 5.0)
    for t_s in (5.0, 12.0, 24.9):
        held = flight_at(t_s)
        assert wrapped_deg(held.camera_yaw_deg - held.yaw_deg - start.camera_yaw_deg + start.yaw_deg) == pytest.approx(
            0
        )
        assert held.camera_pitch_deg == start.camera_pitch_deg
    after = [flight_at(25 + step / 50) for step in range(200)]
    assert max(abs(wrapped_deg(b.camera_yaw_deg - a.camera_yaw_deg)) for a, b in pairwise(after)) < 0.4
    told_at, true_at = instant_at(plan.route, 24.0), flight_at(24.0)
    assert abs(wrapped_deg(told_at.camera_yaw_deg - true_at.camera_yaw_deg)) > 2, "the report goes on as told"
    assert true_flight_of(replace(world, faults=(stuck,)), plan)(12.0) == flight_at(12.0)


def test_a_gimbal_that_stuck_before_the_truth_was_known_is_stuck_as_it_was_then(world: World) -> None:
    plan, asked_s = world.vehicles[0], list[float]()
    board = FaultBoard((Fault(kind=FaultKind.GIMBAL_STUCK, from_s=5),), vehicle=plan.name, seed=1)

    def known_at(t_s: float) -> FlightInstant:
        asked_s.append(t_s)
        return instant_at(plan.route, t_s)

    flight_at = stuck_flight(known_at, board, slew_deg_s=10, since_s=60.0)
    assert (
        flight_at(61.0).camera_pitch_deg
        == flight_at(70.0).camera_pitch_deg
        == instant_at(plan.route, 60.0).camera_pitch_deg
    )
    assert sorted(asked_s) == [60.0, 61.0, 70.0], "the past is asked for once"


def test_an_unreported_zoom_changes_the_lens_alone(world: World) -> None:
    zoom = Fault(kind=FaultKind.ZOOM_UNREPORTED, factor=2.0, from_s=5, lasts_s=5)
    vehicle = flown(world, zoom)
    k = world.camera.intrinsics
    assert [vehicle.intrinsics_at(t_s).fx_px / k.fx_px for t_s in (4.9, 5.0, 9.9, 10.0)] == [1, 2, 2, 1]
    assert asked(vehicle, 271, t_s=7.0)[1].hfov == pytest.approx(world.camera.hfov_deg)
    assert true_intrinsics(k, FaultBoard((), vehicle="D1", seed=1))(7.0) == k


def test_the_battery_drains(world: World) -> None:
    vehicle = flown(world, profile=Profile(battery_lasts_s=600))
    states = [asked(vehicle, 147, t_s=t_s)[1] for t_s in (0.0, 100.0, 300.0, 900.0)]
    assert [state.battery_remaining for state in states] == [93, 77, 43, 0]
    assert all(b.voltages[0] < a.voltages[0] for a, b in pairwise(states))
    assert all(b.current_consumed > a.current_consumed for a, b in pairwise(states))
    assert states[-1].time_remaining == 0

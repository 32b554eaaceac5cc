"""The script of a flight and the autopilot's parameters, as plain values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.pose import Intrinsics
from sitl.ardupilot.gimbal import Gimbal, GimbalKind
from sitl.ardupilot.parameters import defaults_text
from sitl.ardupilot.place import east_north_m, lat_lon_deg
from sitl.ardupilot.script import (
    PREPARATION,
    AwaitFix,
    Follow,
    GoTo,
    Land,
    Point,
    Restart,
    SetParameter,
    TakeOff,
    flight_script,
    launch_place,
    watched_point_m,
)
from sitl.world.route import Route, instant_at, place_at
from sitl.world.shot import shot_from
from sitl.world.world import CameraPlan, Home, VehiclePlan

ROUTE = Route(centre_m=(2, 3), radius_m=46, height_m=34, bearing_deg=200, swing_deg=20, period_s=100, pan_m=6)
PLAN = VehiclePlan(name="D7", system_id=7, route=ROUTE)
LENS = Intrinsics(width_px=960, height_px=540, fx_px=1522, fy_px=1522, cx_px=479.5, cy_px=269.5)
HOME = Home(lat_deg=48.857, lon_deg=2.352, alt_amsl_m=35.0)


def test_the_camera_is_set_up_and_the_place_known_before_anything_flies() -> None:
    assert (SetParameter(name="CAM1_TYPE", value=1), Restart(), AwaitFix()) == PREPARATION


def test_a_flight_takes_off_sweeps_the_gimbal_flies_its_laps_and_lands_where_it_began() -> None:
    script = flight_script(PLAN, laps=2)
    assert isinstance(script[0], TakeOff)
    assert isinstance(script[-1], Land)
    assert script.count(Land()) == 1
    assert Follow(route=ROUTE, laps=2) in script
    assert Follow(route=ROUTE, laps=2).lasts_s == 200
    aims = [step for step in script if isinstance(step, Point)]
    assert min(aim.pitch_deg for aim in aims) == -90
    assert max(aim.yaw_deg for aim in aims) - min(aim.yaw_deg for aim in aims) == 140


def test_before_and_after_the_route_the_vehicle_is_over_its_launch_place() -> None:
    script = flight_script(PLAN, laps=1)
    follow = next(number for number, step in enumerate(script) if isinstance(step, Follow))
    for step in (script[follow - 1], script[follow + 1]):
        assert isinstance(step, GoTo)
        assert (step.east_m, step.north_m, step.height_m) == pytest.approx(place_at(ROUTE, 0.0))
        assert (step.east_m, step.north_m, step.yaw_deg) == launch_place(ROUTE)


@given(t_s=st.floats(0, 200))
def test_the_gimbal_watches_what_the_routes_camera_has_in_its_middle(t_s: float) -> None:
    shot = shot_from(instant_at(ROUTE, t_s), LENS)
    image = shot.image_from_ground @ [*watched_point_m(ROUTE, t_s), 1.0]
    assert image[0] / image[2] == pytest.approx(LENS.cx_px, abs=1e-6)
    assert image[1] / image[2] == pytest.approx(LENS.cy_px, abs=1e-6)


@pytest.mark.parametrize(("kind", "mount"), [(GimbalKind.LEVEL, 7), (GimbalKind.SERVO, 1)])
def test_the_parameter_file_has_a_gimbal_a_camera_and_the_vehicles_number(kind: GimbalKind, mount: int) -> None:
    camera = CameraPlan(intrinsics=LENS, fps=10, video_delay_s=0.1)
    lines = defaults_text(camera, Gimbal(kind=kind), system_id=7).splitlines()
    table = {name: float(value) for name, value in (line.split(" ") for line in lines)}
    assert len(table) == len(lines)
    assert all(len(name) <= 16 for name in table)
    assert (table["MNT1_TYPE"], table["MNT1_PITCH_MIN"], table["MNT1_PITCH_MAX"]) == (mount, -90, 20)
    assert [table[f"SERVO{number}_FUNCTION"] for number in (5, 6, 7)] == [8, 7, 6]
    assert table["CAM1_HFOV"] == pytest.approx(camera.hfov_deg, abs=1e-3)
    assert table["MAV_SYSID"] == table["SYSID_THISMAV"] == 7
    assert table["SERIAL2_PROTOCOL"] == -1


@given(east_m=st.floats(-3000, 3000), north_m=st.floats(-3000, 3000))
def test_a_place_comes_back_from_the_earth(east_m: float, north_m: float) -> None:
    lat_deg, lon_deg = lat_lon_deg(HOME, east_m, north_m)
    back = east_north_m(HOME, lat_deg=lat_deg, lon_deg=lon_deg, alt_amsl_m=HOME.alt_amsl_m)
    assert back == pytest.approx((east_m, north_m), abs=2e-3)

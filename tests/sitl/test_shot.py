"""The camera's axes against the station's own convention of yaw, pitch and roll."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from flightlink.attitude import Quaternion, quaternion_from_attitude
from flightlink.pose import Intrinsics
from sitl.world.route import Route, instant_at
from sitl.world.shot import shot_from

ROUTE = Route(centre_m=(0, 0), radius_m=40, height_m=30, bearing_deg=180, swing_deg=10, period_s=100)
LENS = Intrinsics(width_px=640, height_px=360, fx_px=500, fy_px=500, cx_px=319.5, cy_px=179.5)


def turned(q: Quaternion, vector: tuple[float, float, float]) -> list[float]:
    """Return a vector of the camera frame (forward, right, down) as east, north, up."""
    turned_by = q.times(Quaternion(0.0, *vector)).times(Quaternion(q.w, -q.x, -q.y, -q.z))
    return [turned_by.y, turned_by.x, -turned_by.z]


@given(yaw_deg=st.floats(0, 360), pitch_deg=st.floats(-90, 30), roll_deg=st.floats(-40, 40))
def test_right_down_and_forward_are_those_of_the_stations_quaternion(
    yaw_deg: float, pitch_deg: float, roll_deg: float
) -> None:
    instant = replace(
        instant_at(ROUTE, 0.0), camera_yaw_deg=yaw_deg, camera_pitch_deg=pitch_deg, camera_roll_deg=roll_deg
    )
    axes = shot_from(instant, LENS).axes
    q = quaternion_from_attitude(yaw_deg=yaw_deg, pitch_deg=pitch_deg, roll_deg=roll_deg)
    expected = [turned(q, vector) for vector in ((0, 1, 0), (0, 0, 1), (1, 0, 0))]
    assert np.allclose(axes, expected, atol=1e-9)

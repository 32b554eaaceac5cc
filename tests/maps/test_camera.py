import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.pose import NO_DISTORTION, CameraPose
from maps.camera import (
    Distortion,
    camera_axes,
    distorted_from_ideal,
    fold_radius_squared,
    ideal_from_distorted,
    image_from_enu,
    rays_from_image,
)

BARREL: Distortion = (-0.12, 0.03, 0.0005, -0.0004, 0.0)
STRONG_BARREL: Distortion = (-0.35, 0.0, 0.0, 0.0, 0.0)
PINCUSHION: Distortion = (0.2, 0.05, -0.001, 0.001, 0.0)

coefficients = st.tuples(
    st.floats(-0.4, 0.4),
    st.floats(-0.1, 0.1),
    st.floats(-0.005, 0.005),
    st.floats(-0.005, 0.005),
    st.floats(-0.05, 0.05),
)
wild = st.tuples(st.floats(-1.5, 1.5), st.floats(-2, 2), st.just(0.0), st.just(0.0), st.floats(-1, 1))
angles = st.tuples(st.floats(-360, 360), st.floats(-90, 90), st.floats(-180, 180))


def grid(half: float) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.meshgrid(np.linspace(-half, half, 41), np.linspace(-half, half, 41))
    return x.ravel(), y.ravel()


@pytest.mark.parametrize("distortion", [BARREL, PINCUSHION, (-0.15768447, 0.07352682, 0.0, 0.0, -0.03668175)])
def test_undistorting_solves_the_forward_model(distortion: Distortion) -> None:
    x, y = grid(0.6)
    x_back, y_back, valid = ideal_from_distorted(distortion, *distorted_from_ideal(distortion, x, y))
    assert valid.all()
    np.testing.assert_allclose(x_back, x, atol=1e-9)
    np.testing.assert_allclose(y_back, y, atol=1e-9)


def test_the_forward_polynomial_is_not_its_own_inverse() -> None:
    x, y = np.array([0.7]), np.array([0.4])
    wrong, _ = distorted_from_ideal(tuple(-value for value in BARREL), *distorted_from_ideal(BARREL, x, y))  # type: ignore[arg-type]  # five values stay five
    assert abs(wrong[0] - x[0]) > 1e-3
    right, _, valid = ideal_from_distorted(BARREL, *distorted_from_ideal(BARREL, x, y))
    assert valid[0]
    assert right[0] == pytest.approx(x[0], abs=1e-9)


@given(distortion=coefficients, x=st.floats(-0.9, 0.9), y=st.floats(-0.9, 0.9))
def test_a_valid_answer_is_a_true_solution_inside_the_fold(distortion: Distortion, x: float, y: float) -> None:
    observed = np.array([x]), np.array([y])
    x_ideal, y_ideal, valid = ideal_from_distorted(distortion, *observed)
    if valid[0]:
        again = distorted_from_ideal(distortion, x_ideal, y_ideal)
        assert max(abs(again[0] - observed[0])[0], abs(again[1] - observed[1])[0]) < 1e-9
        assert x_ideal[0] ** 2 + y_ideal[0] ** 2 <= fold_radius_squared(distortion) * (1 + 1e-12)


@given(distortion=wild, share=st.floats(0.0, 0.97), turn=st.floats(0, 2 * math.pi))
def test_every_point_well_inside_the_fold_is_found(distortion: Distortion, share: float, turn: float) -> None:
    radial = (distortion[0], distortion[1], 0.0, 0.0, distortion[4])
    radius = share * min(math.sqrt(fold_radius_squared(radial)), 1.0)
    x, y = np.array([radius * math.cos(turn)]), np.array([radius * math.sin(turn)])
    x_back, y_back, valid = ideal_from_distorted(radial, *distorted_from_ideal(radial, x, y))
    assert valid[0]
    assert math.hypot(x_back[0] - x[0], y_back[0] - y[0]) < 1e-7


def test_a_pixel_beyond_the_fold_is_flagged_not_answered() -> None:
    fold = math.sqrt(fold_radius_squared(STRONG_BARREL))
    assert fold == pytest.approx(math.sqrt(1 / (3 * 0.35)))
    edge, _ = distorted_from_ideal(STRONG_BARREL, np.array([fold]), np.array([0.0]))
    for factor, expected in ((0.999, True), (1.001, False), (3.0, False)):
        _, _, valid = ideal_from_distorted(STRONG_BARREL, edge * factor, np.array([0.0]))
        assert bool(valid[0]) is expected


@pytest.mark.parametrize("distortion", [NO_DISTORTION, BARREL])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_flagged(distortion: Distortion, bad: float) -> None:
    _, _, valid = ideal_from_distorted(distortion, np.array([bad, 0.1]), np.array([0.1, 0.1]))
    assert valid.tolist() == [False, True]


@given(angles)
def test_axes_are_a_right_handed_frame(
    make_pose: Callable[..., CameraPose], turned: tuple[float, float, float]
) -> None:
    yaw, pitch, roll = turned
    axes = camera_axes(make_pose(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll))
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(np.cross(axes[0], axes[1]), axes[2], atol=1e-12)


def test_angles_turn_the_way_they_say(make_pose: Callable[..., CameraPose]) -> None:
    east = camera_axes(make_pose(yaw_deg=90, pitch_deg=0))
    np.testing.assert_allclose(east[2], [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(east[0], [0, -1, 0], atol=1e-12)
    down = camera_axes(make_pose(yaw_deg=0, pitch_deg=-90))
    np.testing.assert_allclose(down[2], [0, 0, -1], atol=1e-12)
    rolled = camera_axes(make_pose(yaw_deg=0, pitch_deg=0, roll_deg=90))
    np.testing.assert_allclose(rolled[0], [0, 0, -1], atol=1e-12)


@given(angles, st.floats(0, 1919), st.floats(0, 1079))
def test_a_ray_comes_back_to_its_pixel(
    make_pose: Callable[..., CameraPose], turned: tuple[float, float, float], u_px: float, v_px: float
) -> None:
    yaw, pitch, roll = turned
    pose = make_pose(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll, distortion=BARREL)
    rays = rays_from_image(pose, np.array([u_px]), np.array([v_px]))
    u_back, v_back, in_front = image_from_enu(pose, rays * 73.0)
    assert in_front[0]
    assert math.hypot(u_back[0] - u_px, v_back[0] - v_px) < 1e-6


def test_a_point_behind_or_beyond_the_fold_has_no_image(make_pose: Callable[..., CameraPose]) -> None:
    pose = make_pose(yaw_deg=0, pitch_deg=0, distortion=STRONG_BARREL)
    points = np.array([[0.0, 10.0, 0.0], [0.0, -10.0, 0.0], [0.0, 0.0, 0.0], [30.0, 10.0, 0.0]])
    u_px, v_px, in_front = image_from_enu(pose, points)
    assert in_front.tolist() == [True, False, False, False]
    assert np.isnan(u_px[1:]).all()
    assert np.isnan(v_px[1:]).all()
    folded, _ = distorted_from_ideal(STRONG_BARREL, np.array([3.0]), np.array([0.0]))
    assert abs(folded[0] * 1371) < 20000, "without the guard this point would land on a pixel"


def test_a_start_beyond_the_fold_still_finds_the_solution_inside() -> None:
    bulging: Distortion = (1.0, -1.0, 0.0, 0.0, 0.0)
    fold = math.sqrt(fold_radius_squared(bulging))
    turn = np.linspace(0, 2 * math.pi, 60)
    radius = np.linspace(0, 0.995, 60) * fold
    x, y = (axis.ravel() for axis in (np.outer(radius, np.cos(turn)), np.outer(radius, np.sin(turn))))
    x_observed, y_observed = distorted_from_ideal(bulging, x, y)
    assert np.hypot(x_observed, y_observed).max() > fold, "else this test proves nothing"
    x_back, y_back, valid = ideal_from_distorted(bulging, x_observed, y_observed)
    assert valid.all()
    np.testing.assert_allclose(np.hypot(x_back - x, y_back - y), 0, atol=1e-7)

"""The bound on px/m: never below what a pixel shows, of ground, heads and people who stand raised."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flightlink.alignment import Alignment, Bias, aligned
from flightlink.pose import CONSUMER_GIMBAL, PoseSigma
from maps.camera import image_from_enu, rays_from_image
from tests.vision.scene import UTC_NS, capped, lens, pose, textured
from vision.scale import HEAD_PLANE_M, DensityBound, clearance_m, density_bound, raised_m_for

SURE = PoseSigma(horizontal_m=0.0, vertical_m=0.0, yaw_deg=0.0, pitch_deg=0.0, roll_deg=0.0)


@settings(max_examples=60, deadline=None)
@given(
    pitch_deg=st.floats(-90, -3),
    roll_deg=st.floats(-180, 180),
    alt_m=st.floats(2.5, 120),
    focal_px=st.floats(80, 5000),
    barrel=st.floats(-0.25, 0.25),
    u=st.floats(0, 1),
    v=st.floats(0, 1),
    share_of_height=st.floats(0, 1),
    towards_deg=st.floats(0, 180),
)
@example(pitch_deg=-90, roll_deg=0, alt_m=3, focal_px=100, barrel=0, u=0.5, v=0.5, share_of_height=1, towards_deg=0)
@example(pitch_deg=-90, roll_deg=0, alt_m=20, focal_px=120, barrel=0, u=0.01, v=0.01, share_of_height=1, towards_deg=45)
def test_no_pixel_shows_more_than_its_bound(
    pitch_deg: float, roll_deg: float, alt_m: float, focal_px: float, barrel: float, u: float, v: float,
    share_of_height: float, towards_deg: float,
) -> None:  # fmt: skip
    """A millimetre across the line of sight, in any direction, on the ground or on a raised head, is never finer."""
    optics = replace(lens(focal_px=focal_px), distortion=(barrel, 0.0, 0.0, 0.0, 0.0))
    camera = pose(pitch_deg=pitch_deg, roll_deg=roll_deg, alt_m=alt_m, intrinsics=optics, sigma=SURE)
    bound = density_bound(camera)
    u_px, v_px = u * 319, v * 239
    block = bound.blocks[int(v_px + 0.5) // bound.step_px, int(u_px + 0.5) // bound.step_px]
    ray = rays_from_image(camera, np.array([u_px]), np.array([v_px]))[0]
    if not ray[2] < 0:
        return
    height_m = share_of_height * (HEAD_PLANE_M + raised_m_for(camera))
    point = ray * (alt_m - height_m) / -ray[2]
    across = np.cross(ray, [0.0, 0.0, 1.0]) if abs(ray[2]) < 0.99 * np.linalg.norm(ray) else np.cross(ray, [1.0, 0, 0])
    up = np.cross(across, ray)
    turn = math.radians(towards_deg)
    direction = math.cos(turn) * across / np.linalg.norm(across) + math.sin(turn) * up / np.linalg.norm(up)
    seen_u, seen_v, in_front = image_from_enu(camera, np.stack([point - direction / 2000, point + direction / 2000]))
    if in_front.all():
        assert 1000 * np.hypot(seen_u[1] - seen_u[0], seen_v[1] - seen_v[0]) <= block * 1.001


@pytest.mark.parametrize(("alt_m", "raised_m"), [(60, 3.0), (20, 3.0), (12, 2.0), (7, 1.0), (2, 0.0), (1, 0.0)])
def test_people_may_stand_higher_than_the_ground(alt_m: float, raised_m: float) -> None:
    assert raised_m_for(pose(alt_m=alt_m)) == pytest.approx(raised_m)
    assert raised_m_for(pose(alt_m=alt_m), 6.0) == 6.0
    assert raised_m_for(pose(alt_m=alt_m), 0.0) == raised_m_for(pose(alt_m=alt_m)), "it may only be raised"


def test_a_balcony_that_the_mission_names_makes_both_caps_stricter() -> None:
    camera = pose(pitch_deg=-90, alt_m=20, sigma=SURE)
    assert density_bound(camera, raised_m=6.0).least == pytest.approx(density_bound(camera).least * 15 / 12)
    frame = capped(textured(240, 320), camera, raised_m=18.0)
    assert frame.unbounded is not None
    assert (frame.unbounded == 255).all(), "people at the camera's own height"


@pytest.mark.parametrize("alt_m", [20.0, 30.0, 60.0])
@pytest.mark.parametrize(("balcony_m", "published", "analysed"), [(3.0, 20.1, 40.2), (6.0, 25.1, 50.2)])
def test_what_a_person_on_a_balcony_is_seen_at(
    alt_m: float, balcony_m: float, published: float, analysed: float
) -> None:
    """The caps hold up to 3 m above the ground; 6 m above it the published cap still leaves half of the ceiling."""
    camera = pose(alt_m=alt_m, sigma=SURE)
    gain = clearance_m(camera) / (alt_m - HEAD_PLANE_M - balcony_m)
    assert 20 * gain <= published
    assert 40 * gain <= analysed


def test_an_uncertain_height_makes_the_cap_stricter() -> None:
    sure, unsure = density_bound(pose()), density_bound(pose(sigma=CONSUMER_GIMBAL))
    assert (unsure.px_per_m > sure.px_per_m).all()


def test_the_bound_at_a_point_outside_is_the_rim_s() -> None:
    bound = DensityBound(np.array([[1, 2], [3, 4]], np.float32), 8, 1.0)
    assert bound.at(np.array([-1e9, 1e9, 0.0]), np.array([-1e9, 1e9, 7.0])).tolist() == [1, 4, 3]
    assert bound.least == 1


@settings(max_examples=60, deadline=None)
@given(
    pitch_deg=st.floats(-90, -5), roll_deg=st.floats(-20, 20), yaw=st.floats(-180, 180), off_pitch=st.floats(-20, 20),
    off_roll=st.floats(-20, 20),
)  # fmt: skip
def test_an_alignment_never_makes_the_bound_smaller(
    pitch_deg: float, roll_deg: float, yaw: float, off_pitch: float, off_roll: float
) -> None:
    """Whatever was clicked, the cap is at least as strict as without."""
    reported = pose(pitch_deg=pitch_deg, roll_deg=roll_deg)
    found = Alignment(
        bias=Bias(yaw, off_pitch, off_roll), sigma_deg=(0.2, 0.2, 0.2), utc_ns=UTC_NS, points=5, residual_m=0.3
    )
    put_right = aligned(reported, found)
    here, there = (density_bound(one).px_per_m for one in (put_right, reported))
    assert (here >= there * (1 - 1e-5)).all()
    alone = density_bound(replace(put_right, aligned_deg=(0.0, 0.0, 0.0))).px_per_m
    assert (here >= alone * (1 - 1e-5)).all()

"""The area: not one pixel is shown whose ground lies outside it or nowhere."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely

from flightlink.pose import CONSUMER_GIMBAL, CameraPose
from maps.georeference import ground_from_image
from tests.vision.scene import (
    frame_of,
    lens,
    lon_lat,
    look_at,
    mission,
    pose,
    square,
)
from tests.vision.test_gate import release
from vision.capped import CappedFrame
from vision.fill import NEUTRAL
from vision.gate import Gate, Released
from vision.ground import AuthorisedGround

NOTCHED = (
    lon_lat(-60, 0), lon_lat(-0.15, 0), lon_lat(0, 58), lon_lat(0.15, 0), lon_lat(60, 0), lon_lat(60, 60),
    lon_lat(-60, 60),
)  # fmt: skip
"""A square north of the camera with a slit that runs almost through it: narrower than a block, between its corners."""
AREAS = {"small": square(9), "north half": (lon_lat(-90, 14), lon_lat(90, 14), lon_lat(90, 60), lon_lat(-90, 60)),
         "notched": NOTCHED}  # fmt: skip
VIEWS = {
    "oblique": pose(),
    "nadir": pose(pitch_deg=-90, yaw_deg=30),
    "horizon": pose(pitch_deg=-8, yaw_deg=-20),
    "rolled": pose(pitch_deg=-25, roll_deg=40, yaw_deg=15),
    "long lens": pose(pitch_deg=-30, intrinsics=lens(focal_px=1500)),
    "wide and distorted": pose(
        pitch_deg=-40, intrinsics=replace(lens(focal_px=160), distortion=(-0.2, 0.03, 0.001, 0.0, 0.0))
    ),
    "unsure": pose(pitch_deg=-20, sigma=CONSUMER_GIMBAL),
}


def outside(frame: CappedFrame, area: tuple[tuple[float, float], ...]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Say of each pixel whether its ground point lies outside the area, or nowhere: one by one, not in blocks."""
    assert frame.pose is not None
    v_px, u_px = np.mgrid[0 : frame.height_px, 0 : frame.width_px].astype(np.float64)
    points = ground_from_image(frame.pose, u_px.ravel(), v_px.ravel())
    inside = points.ok & shapely.contains_xy(shapely.Polygon(area), points.lon_deg, points.lat_deg)
    result: np.ndarray[Any, np.dtype[np.bool_]] = ~inside.reshape(u_px.shape)
    return result


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("area", AREAS)
def test_outside_the_authorised_area_every_pixel_is_neutral_grey(view: str, area: str) -> None:
    frame = frame_of(VIEWS[view])
    released = release(frame, mission=mission(area=AREAS[area]))
    # blocks of the picture reach beyond a small area seen from afar: then nothing is left, and the cause says so
    assert released.closed_because == ("no_open_ground" if (released.hidden == 255).all() else "")
    beyond = outside(frame, AREAS[area])
    assert beyond.any() or (view, area) == ("long lens", "north half")
    assert (released.picture[beyond] == NEUTRAL).all()
    assert (released.hidden[beyond] == 255).all()


@pytest.mark.parametrize(("view", "area", "least"), [("oblique", "north half", 0.3), ("nadir", "small", 0.2)])
def test_most_of_what_lies_inside_is_released(view: str, area: str, least: float) -> None:
    frame = frame_of(VIEWS[view])
    looks = [look_at(frame)]
    shown = Gate(mission=mission(area=AREAS[area])).released(frame, looks).hidden == 0
    inside = ~outside(frame, AREAS[area])
    assert np.count_nonzero(shown) / shown.size > least
    assert np.count_nonzero(shown & inside) > 0.75 * np.count_nonzero(inside)


def test_the_slit_lies_between_the_corners_of_blocks() -> None:
    """The area's own test: with corners alone the slit would have been shown."""
    frame = frame_of(VIEWS["oblique"])
    slit = outside(frame, NOTCHED) & ~outside(
        frame, (lon_lat(-60, 0), lon_lat(60, 0), lon_lat(60, 60), lon_lat(-60, 60))
    )
    assert 0 < np.flatnonzero(slit.any(axis=0)).size <= 8
    assert slit.sum() > 100


@pytest.mark.parametrize("camera", VIEWS.values(), ids=VIEWS)
def test_sky_and_ground_that_cannot_be_placed_are_closed_without_any_area(camera: CameraPose) -> None:
    frame = frame_of(camera)
    released = release(frame, mission=None)
    nowhere = outside(frame, square(50_000))
    assert (released.picture[nowhere] == NEUTRAL).all()


def test_what_lies_on_closed_ground_does_not_bleed_into_what_is_shown() -> None:
    camera = pose(pitch_deg=-50, alt_m=7)
    area = square(6)
    first = frame_of(camera)
    closed = outside(first, area)
    other = replace(first, pixels=np.where(closed, np.uint8(255), first.pixels))
    one, another = (release(frame, mission=mission(area=area)).picture for frame in (first, other))
    assert np.array_equal(one, another)


def test_an_answer_for_one_pose_is_not_kept_for_another() -> None:
    ground = AuthorisedGround(AREAS["small"])
    first = ground.closed(pose())
    assert ground.closed(pose(utc_ns=1, age_ms=80.0)) is first
    turned = ground.closed(pose(yaw_deg=120))
    assert turned is not first
    assert AuthorisedGround(None).closed(pose(pitch_deg=-90)) is None


def test_a_new_pose_costs_little() -> None:
    ground = AuthorisedGround(NOTCHED)
    cameras = [pose(yaw_deg=yaw, intrinsics=lens(1280, 720, 1000)) for yaw in range(12)]
    spent_s = []
    for camera in cameras:
        begun_s = time.thread_time()
        ground.closed(camera)
        spent_s.append(time.thread_time() - begun_s)
    assert min(spent_s) < 0.01


def test_a_mission_whose_area_is_elsewhere_shows_nothing_at_all() -> None:
    area = tuple((lon + 1, lat) for lon, lat in square(100))
    assert is_grey(release(frame_of(), mission=mission(area=area)))


def is_grey(released: Released) -> bool:
    return bool((released.picture == NEUTRAL).all())

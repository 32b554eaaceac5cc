"""How the picture moved, beside how the poses say: true motions, lies, and that nothing under a mask has a say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightlink.pose import CameraPose
from tests.vision.paved import CAMERA, HEIGHT_PX, WIDTH_PX, frame_of, glimpse, paving, seen_from
from tests.vision.scene import REFUSAL, capped, lens
from vision.glimpse import Shift, glimpse_of, shift_between
from vision.masks import same_view

STILL = seen_from(CAMERA)


def shift(told: CameraPose, true: CameraPose | None = None, *, later_s: float = 0.2) -> Shift | None:
    """Return the shift from `CAMERA` to a later frame whose pose is told as one thing and is another."""
    first = frame_of(CAMERA, seen_from(CAMERA))
    then = frame_of(told, seen_from(true or told), later_s=later_s)
    return shift_between(glimpse(first), glimpse(then))


MOTIONS: dict[str, dict[str, Any]] = {
    "stands": {},
    "turns": {"yaw_deg": 6.0},
    "tilts": {"pitch_deg": -38.0},
    "rolls": {"roll_deg": 8.0},
    "climbs": {"alt_m": 22.0},
    "flies": {"lat_deg": CAMERA.lat_deg + 2.0 / 111_320, "lon_deg": CAMERA.lon_deg + 1.5 / 73_252},
    "zooms": {"intrinsics": lens(WIDTH_PX, HEIGHT_PX, 690.0)},
}


@pytest.mark.parametrize("motion", MOTIONS.values(), ids=MOTIONS.keys())
def test_a_picture_that_moves_as_its_pose_says_shows_no_shift(motion: dict[str, Any]) -> None:
    found = shift(replace(CAMERA, **motion))
    assert found is not None
    assert found.found
    assert found.metres < 0.1


@pytest.mark.parametrize("name", [name for name in MOTIONS if name != "stands"])
def test_a_picture_that_moves_while_its_pose_stands_does(name: str) -> None:
    found = shift(CAMERA, replace(CAMERA, **MOTIONS[name]))
    assert found is not None
    assert not found.found or found.metres > 0.5


def test_the_shift_is_the_true_one() -> None:
    found = shift(CAMERA, replace(CAMERA, yaw_deg=1.0))
    assert found is not None
    assert 600 * np.radians(1.0) * np.cos(np.radians(35)) < found.px < 600 * np.radians(1.0)


def test_a_jump_beyond_all_reach_is_another_scene() -> None:
    found = shift(CAMERA, replace(CAMERA, yaw_deg=70.0))
    assert found is None or not found.found


@pytest.mark.parametrize("east_m", [15.0, 40.0, 1000.0])
def test_poses_that_leave_nothing_of_the_earlier_picture_in_view_are_doubted(east_m: float) -> None:
    """A false place carries every mask out of the picture; that nothing is left to compare is no excuse."""
    found = shift(replace(CAMERA, lon_deg=CAMERA.lon_deg + east_m / 73_252), CAMERA)
    assert found is not None
    assert not found.found or found.metres > 0.9 * east_m


def test_an_even_or_dark_picture_says_nothing() -> None:
    even = np.full((HEIGHT_PX, WIDTH_PX), 40, np.uint8)
    first, then = frame_of(CAMERA, even), frame_of(CAMERA, even, later_s=0.1)
    assert shift_between(glimpse(first), glimpse(then)) is None


def test_light_and_shade_are_no_motion() -> None:
    picture = seen_from(CAMERA)
    first, then = frame_of(CAMERA, picture), frame_of(CAMERA, (picture * 0.4 + 20).astype(np.uint8), later_s=0.1)
    found = shift_between(glimpse(first), glimpse(then))
    assert found is not None
    assert found.found
    assert found.px < 1


def test_a_picture_of_another_size_says_nothing() -> None:
    first = frame_of(CAMERA, seen_from(CAMERA))
    small = np.asarray(cv2.resize(seen_from(CAMERA), (WIDTH_PX // 4, HEIGHT_PX // 4)), np.uint8)
    then = frame_of(CAMERA, small, later_s=0.1)
    assert shift_between(glimpse(first), glimpse(then)) is None


def test_points_that_end_under_a_mask_say_nothing_but_all_outside_is_another_scene() -> None:
    first, then = frame_of(CAMERA, seen_from(CAMERA)), frame_of(CAMERA, seen_from(CAMERA), later_s=0.1)
    hidden = np.full((HEIGHT_PX, WIDTH_PX), 255, np.uint8)
    assert shift_between(glimpse(first), glimpse(then, hidden)) is None
    away = frame_of(replace(CAMERA, yaw_deg=180.0), seen_from(CAMERA), later_s=0.1)
    found = shift_between(glimpse(first), glimpse(away))
    assert found is not None
    assert not found.found


def test_few_points_that_cannot_be_found_again_are_another_scene() -> None:
    first, then = frame_of(CAMERA, seen_from(CAMERA)), frame_of(CAMERA, seen_from(CAMERA, paving(9)), later_s=0.1)
    found = shift_between(glimpse(first), glimpse(then))
    assert found is None or not found.found


def test_without_a_pose_there_is_no_glimpse() -> None:
    frame = capped(STILL, REFUSAL, without_pose=True)
    assert glimpse_of(frame, frame.pixels, np.zeros_like(frame.pixels)) is None


def test_colour_is_taken_as_its_luma() -> None:
    grey = seen_from(CAMERA)
    frame = frame_of(CAMERA, grey)
    of_colour = glimpse_of(frame, np.repeat(frame.pixels[..., None], 3, axis=2), np.zeros_like(grey))
    assert of_colour is not None
    np.testing.assert_array_equal(of_colour.texture, glimpse(frame).texture)


@settings(max_examples=8)
@given(seed=st.integers(0, 2**16), left=st.integers(0, 500), top=st.integers(0, 380))
def test_what_the_gate_filled_decides_alone(seed: int, left: int, top: int) -> None:
    """Whatever stood under a mask is gone before a glimpse is taken: equal released pictures give equal answers."""
    released = seen_from(CAMERA).copy()
    hidden = np.zeros_like(released)
    hidden[top : top + 100, left : left + 60] = 255
    released[hidden > 0] = seed % 256
    rng = np.random.default_rng(seed)
    beneath = [np.where(hidden > 0, rng.integers(0, 256, hidden.shape), released).astype(np.uint8) for _ in range(2)]
    frames = [frame_of(CAMERA, picture) for picture in beneath]
    one, other = (glimpse_of(frame, released, hidden) for frame in frames)
    assert one is not None
    assert other is not None
    np.testing.assert_array_equal(one.texture, other.texture)
    np.testing.assert_array_equal(one.points, other.points)


def test_only_time_may_differ_in_the_same_view() -> None:
    assert same_view(CAMERA, replace(CAMERA, utc_ns=1, age_ms=9.0))
    assert not same_view(CAMERA, replace(CAMERA, yaw_deg=0.1))


def test_poses_that_claim_a_way_which_nothing_left_in_view_confirms_are_doubted() -> None:
    """With texture enough in the earlier picture, that too few points are left to compare is no excuse."""
    first = frame_of(CAMERA, seen_from(CAMERA))
    told = replace(CAMERA, lon_deg=CAMERA.lon_deg + 4.0 / 73_252)
    then = frame_of(told, seen_from(CAMERA), later_s=0.1)
    hidden = np.full((HEIGHT_PX, WIDTH_PX), 255, np.uint8)
    found = shift_between(glimpse(first), glimpse(then, hidden))
    assert found is not None
    assert not found.found

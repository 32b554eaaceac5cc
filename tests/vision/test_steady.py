"""The picture against the pose: what moved, what stood, what was bumped, and that nothing under a mask has a say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightlink.pose import CameraPose
from maps.camera import image_from_enu
from tests.vision.scene import REFUSAL, UTC_NS, Picture, capped, lens, pose
from vision.capped import CappedFrame
from vision.glimpse import Glimpse, Shift, glimpse_of, same_view, shift_between
from vision.steady import (
    CHECKS,
    STANDS_EVERY_NS,
    UNLIKE_POSE,
    WAS_MOVED,
    PictureWatch,
    StandingWatch,
    allowed_m,
    most_px,
)

SECOND = 10**9
WIDTH_PX, HEIGHT_PX = 640, 480
CAMERA = pose(intrinsics=lens(WIDTH_PX, HEIGHT_PX, 600.0))
GROUND_PX_PER_M = 8.0
GROUND_M = 80.0


def paving(seed: int = 3) -> Picture:
    """Return a texture for 160 m of ground: blotches of all sizes."""
    rng = np.random.default_rng(seed)
    side = round(2 * GROUND_M * GROUND_PX_PER_M)
    ground = np.zeros((side, side), np.float32)
    for size in (3, 9, 30):
        noise = rng.random((side // size + 2, side // size + 2), np.float32)
        ground += np.asarray(cv2.resize(noise, (side, side), interpolation=cv2.INTER_CUBIC))
    return np.asarray(cv2.normalize(ground, ground, 0, 255, cv2.NORM_MINMAX), np.float32).astype(np.uint8)


PAVING = paving()


def seen_from(camera: CameraPose, ground: Picture = PAVING) -> Picture:
    """Return what a camera sees of textured flat ground about its foot; grey where there is none."""
    corners_m = np.array([[-60, 10], [60, 10], [60, 70], [-60, 70]], np.float64)
    places = np.column_stack([corners_m, np.full(4, -camera.alt_agl_m)])
    east_north = np.array([(camera.lon_deg - CAMERA.lon_deg) * 73_252, (camera.lat_deg - CAMERA.lat_deg) * 111_320])
    in_texture = (corners_m + east_north + GROUND_M) * GROUND_PX_PER_M
    u, v, _ = image_from_enu(camera, places)
    warp = cv2.getPerspectiveTransform(in_texture.astype(np.float32), np.column_stack([u, v]).astype(np.float32))
    return np.asarray(
        cv2.warpPerspective(ground, warp, (WIDTH_PX, HEIGHT_PX), flags=cv2.INTER_AREA, borderValue=118), np.uint8
    )


def frame_of(camera: CameraPose, picture: Picture, *, later_s: float = 0.0) -> CappedFrame:
    utc_ns = UTC_NS + round(later_s * SECOND)
    return capped(picture, replace(camera, utc_ns=utc_ns), utc_ns=utc_ns)


def glimpse(frame: CappedFrame, hidden: Picture | None = None) -> Glimpse:
    nothing = np.zeros((frame.height_px, frame.width_px), np.uint8)
    found = glimpse_of(frame, frame.pixels, nothing if hidden is None else hidden)
    assert found is not None
    return found


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


# frame by frame


def watch(*frames: tuple[CappedFrame, bool]) -> list[str]:
    picture = PictureWatch()
    return [picture.doubt(glimpse(frame), looked_at=looked_at) for frame, looked_at in frames]


def test_a_bump_withholds_frames_until_the_next_look() -> None:
    still, bumped = seen_from(CAMERA), seen_from(replace(CAMERA, yaw_deg=4.0))
    assert watch(
        (frame_of(CAMERA, still), True),
        (frame_of(CAMERA, still, later_s=0.1), False),
        (frame_of(CAMERA, bumped, later_s=0.2), False),
        (frame_of(CAMERA, bumped, later_s=0.3), True),
        (frame_of(CAMERA, bumped, later_s=0.4), False),
    ) == ["", "", UNLIKE_POSE, "", ""]


def test_another_scene_within_a_look_is_withheld() -> None:
    first, then = frame_of(CAMERA, PAVING[:HEIGHT_PX, :WIDTH_PX]), seen_from(CAMERA, paving(9))
    assert watch((first, True), (frame_of(CAMERA, then, later_s=0.1), False)) == ["", UNLIKE_POSE]


def test_a_pose_that_comes_late_in_a_turn_withholds() -> None:
    """Half a second late in a turn of 30 degrees a second."""
    told, true = replace(CAMERA, yaw_deg=0.0), replace(CAMERA, yaw_deg=6.0)
    assert watch(
        (frame_of(CAMERA, seen_from(CAMERA)), True), (frame_of(told, seen_from(true), later_s=0.2), False)
    ) == ["", UNLIKE_POSE]


def test_less_than_masks_grow_is_let_through() -> None:
    sway = replace(CAMERA, yaw_deg=0.4)
    assert watch(
        (frame_of(CAMERA, seen_from(CAMERA)), True), (frame_of(CAMERA, seen_from(sway), later_s=0.2), False)
    ) == ["", ""]
    assert allowed_m(SECOND // 5) == pytest.approx(0.635)


def test_without_a_look_lately_there_is_nothing_to_compare_with() -> None:
    bumped = seen_from(replace(CAMERA, yaw_deg=4.0))
    assert watch((frame_of(CAMERA, bumped), False)) == [""]
    assert watch((frame_of(CAMERA, seen_from(CAMERA)), True), (frame_of(CAMERA, bumped, later_s=0.6), False)) == [
        "",
        "",
    ]


# a camera that stands


def standing(*pictures: Picture) -> list[bool]:
    """Return, of pictures a second apart, whether the camera has been moved by then."""
    stands, told = StandingWatch(), []
    glimpses = {id(picture): glimpse(frame_of(CAMERA, picture)) for picture in pictures}
    for second, picture in enumerate(pictures):
        stands.note(replace(glimpses[id(picture)], utc_ns=UTC_NS + second * SECOND))
        told.append(stands.moved)
    return told


STILL = seen_from(CAMERA)
SWAYED = seen_from(replace(CAMERA, yaw_deg=0.5))
MOVED = seen_from(replace(CAMERA, yaw_deg=5.0))
ELSEWHERE = seen_from(CAMERA, paving(5))
EVEN = np.full((HEIGHT_PX, WIDTH_PX), 40, np.uint8)
OTHER_LIGHT = seen_from(CAMERA, paving(8))


def test_a_camera_that_sways_stands() -> None:
    assert standing(*[STILL, SWAYED] * 4) == [False] * 8


def test_a_moved_camera_closes_and_opens_when_it_is_back() -> None:
    assert standing(STILL, MOVED, MOVED, MOVED, STILL, STILL, STILL) == [
        False, False, True, True, True, False, False,
    ]  # fmt: skip


def test_one_check_alone_moves_nothing() -> None:
    assert standing(STILL, MOVED, STILL, MOVED, STILL) == [False] * 5


def test_a_camera_that_points_elsewhere_since_a_blow_is_moved() -> None:
    told = standing(STILL, STILL, *[ELSEWHERE] * (CHECKS + 2))
    assert told[:3] == [False] * 3
    assert told[-1]


def test_a_blow_in_the_dark_of_a_moment_is_forgiven_when_the_first_view_is_back() -> None:
    assert not standing(STILL, OTHER_LIGHT, STILL, STILL, STILL)[-1]


def test_darkness_is_no_contradiction() -> None:
    assert standing(STILL, *[EVEN] * 6, STILL) == [False] * 8


def test_a_view_that_was_lost_without_a_blow_is_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision.steady.RENEWED_AFTER", 5)
    pictures = [STILL, EVEN, *[OTHER_LIGHT] * 9]
    told = standing(*pictures)
    assert told == [False] * len(pictures)
    assert standing(*pictures, MOVED, MOVED, MOVED)[-1]


def test_checks_are_a_second_apart_and_a_first_view_without_texture_waits() -> None:
    stands = StandingWatch()
    for later_s, picture in ((0.0, EVEN), (1.0, STILL), (1.2, MOVED), (1.4, MOVED), (1.6, MOVED)):
        frame = frame_of(CAMERA, picture, later_s=later_s)
        stands.note(glimpse(frame))
    assert not stands.moved
    assert STANDS_EVERY_NS == SECOND


def test_an_unsure_pose_allows_for_more() -> None:
    sure = glimpse(frame_of(CAMERA, STILL))
    unsure = replace(CAMERA, sigma=replace(CAMERA.sigma, yaw_deg=3.0))
    assert most_px(glimpse(frame_of(unsure, STILL))) > 5 * most_px(sure)
    assert WAS_MOVED == "camera_was_moved"

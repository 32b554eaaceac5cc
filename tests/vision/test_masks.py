"""Masks: whatever box a detector gives, what it meant is hidden; masks keep up with walkers and with the camera."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from flightlink.mission import RedactionLevel
from flightlink.pose import CameraPose
from maps.camera import image_from_enu, rays_from_image
from maps.georeference import ground_from_image
from tests.vision.scene import (
    METRES_PER_DEG_LAT,
    METRES_PER_DEG_LON,
    REFUSAL,
    boxes,
    capped,
    frame_of,
    lens,
    look_at,
    mission,
    pose,
    textured,
)
from vision.boxes import BoxesError
from vision.capped import CappedFrame
from vision.gate import Gate
from vision.lowpass import lowpass_for
from vision.masks import (
    WALKER_M_PER_S,
    boxes_for,
    mask_for,
)
from vision.plausible import MID_BODY_M, plausible, scale_at

FOLDING = replace(lens(focal_px=170), distortion=(-0.5, 0.0, 0.0, 0.0, 0.0))
FRAMES = {
    "posed": frame_of(),
    "nadir": frame_of(pose(pitch_deg=-90)),
    "horizon": frame_of(pose(pitch_deg=-5)),
    "low": frame_of(pose(alt_m=2.2, pitch_deg=-20)),
    "among heads": frame_of(pose(alt_m=1.0)),
    "folding lens": frame_of(pose(intrinsics=FOLDING)),
    "no pose": capped(textured(240, 320), REFUSAL, without_pose=True),
}
MOVES: dict[str, dict[str, Any]] = {
    "still": {},
    "turned": {"yaw_deg": 4.0},
    "turned away": {"yaw_deg": 170.0},
    "rolled": {"roll_deg": 30.0},
    "flown": {"lat_deg": pose().lat_deg + 3 / METRES_PER_DEG_LAT, "alt_m": 22.0},
}
PX = st.one_of(
    st.floats(-400, 700, width=32),
    st.sampled_from([0.0, -0.5, 319.0, 320.0, 1e5, -1e5, 3.4e38, -3.4e38, 1e-38]),
)
BOX = st.tuples(PX, PX, PX, PX)


def intended(box: tuple[float, float, float, float]) -> tuple[slice, slice]:
    """Return rows and columns of the picture that a box means, whichever way round it is."""
    left, right = sorted(np.clip([box[0], box[2]], -1, 321))
    top, bottom = sorted(np.clip([box[1], box[3]], -1, 241))
    return (
        slice(int(max(0, np.ceil(top))), int(min(239, np.floor(bottom))) + 1),
        slice(int(max(0, np.ceil(left))), int(min(319, np.floor(right))) + 1),
    )


@settings(max_examples=60)
@given(found=st.lists(BOX, max_size=5), name=st.sampled_from(sorted(FRAMES)), later_s=st.floats(-0.5, 0.16))
@example(found=[(200.0, 200.0, 100.0, 100.0)], name="no pose", later_s=-0.3)
@example(found=[(319.0, 239.0, 0.0, 0.0)], name="folding lens", later_s=-0.3)
@example(found=[(0.0, 0.0, 6.0, 6.0)], name="folding lens", later_s=0.1)
def test_no_box_however_odd_fails_or_leaves_a_pixel_under_it(
    found: list[tuple[float, float, float, float]], name: str, later_s: float
) -> None:
    frame = FRAMES[name]
    mask = mask_for(frame, [look_at(frame, *found, later_s=later_s)])
    assert mask.shape == frame.pixels.shape
    for box in found:
        assert (mask[intended(box)] == 255).all()


@settings(max_examples=50)
@given(
    found=st.lists(BOX, max_size=4), name=st.sampled_from(sorted(FRAMES)), move=st.sampled_from(sorted(MOVES)),
    later_s=st.floats(-0.5, 0.16),
)  # fmt: skip
def test_no_box_and_no_move_of_the_camera_makes_the_gate_fail(
    found: list[tuple[float, float, float, float]], name: str, move: str, later_s: float
) -> None:
    frame = FRAMES[name]
    look = look_at(frame, *found, later_s=later_s)
    if look.pose is not None:
        look = replace(look, pose=replace(look.pose, **MOVES[move]))
    released = Gate(mission=None, without_pose=True).released(frame, [look])
    assert released.picture.shape == frame.pixels.shape


@settings(max_examples=40)
@given(found=st.lists(BOX, min_size=1, max_size=4))
def test_under_boxes_nothing_original_is_shown_and_outside_everything_is_the_low_pass(
    found: list[tuple[float, float, float, float]],
) -> None:
    frame = FRAMES["posed"]
    look = look_at(frame, *found)
    released = Gate(mission=mission()).released(frame, [look])
    again = Gate(mission=mission()).released(replace(frame, pixels=hidden_changed(frame, released.hidden)), [look])
    assert np.array_equal(released.picture, again.picture)
    assert frame.bound is not None
    plan = lowpass_for(frame.bound, cap_px_per_m=20, width_px=320, height_px=240)
    support = np.ones((25, 25), np.uint8)
    near = np.asarray(cv2.dilate(released.hidden, support))
    assert np.array_equal(released.picture[near == 0], plan.applied(frame.pixels)[near == 0])


def hidden_changed(frame: CappedFrame, hidden: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.where(hidden > 0, ~frame.pixels, frame.pixels)


@pytest.mark.parametrize("corner", [np.nan, np.inf, -np.inf])
def test_a_box_that_is_no_number_is_refused_before_it_becomes_a_look(corner: float) -> None:
    with pytest.raises(BoxesError, match="not finite"):
        boxes((0, 0, corner, 10))


# growth

PERSON = (140.0, 100.0, 160.0, 150.0)


@pytest.mark.parametrize("age_s", [0.1, 0.25, 0.5])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_mask_grows_by_as_far_as_a_walker_gets(age_s: float, sign: int) -> None:
    frame = FRAMES["nadir"]
    at_once, later = (boxes_for(frame, [look_at(frame, PERSON, later_s=s)])[0] for s in (0.0, sign * age_s))
    px_per_m = 300 / (20 - MID_BODY_M)
    walked_px = WALKER_M_PER_S * age_s * px_per_m
    np.testing.assert_allclose((at_once - later)[:2], walked_px, atol=1.5)
    np.testing.assert_allclose((later - at_once)[2:], walked_px, atol=1.5)


@settings(max_examples=25)
@given(course_deg=st.floats(0, 360), age_s=st.floats(0, 0.5), pitch_deg=st.sampled_from([-90.0, -60.0, -35.0, -15.0]))
def test_nobody_walks_out_of_a_mask(course_deg: float, age_s: float, pitch_deg: float) -> None:
    """A body of 0.5 m by 1.8 m that starts inside its box and walks at 2.5 m/s stays under the mask."""
    frame = frame_of(pose(pitch_deg=pitch_deg))
    assert frame.pose is not None
    start = standing_at(frame.pose, 160.0, 120.0)
    step = WALKER_M_PER_S * age_s * np.array([np.sin(np.radians(course_deg)), np.cos(np.radians(course_deg))])
    left, top, right, bottom = boxes_for(frame, [look_at(frame, body(frame.pose, start), later_s=-age_s)])[0]
    now = body(frame.pose, start + step)
    assert left <= now[0]
    assert top <= now[1]
    assert right >= now[2]
    assert bottom >= now[3]


def standing_at(camera: CameraPose, u_px: float, v_px: float) -> NDArray[np.float64]:
    """Return east and north, metres from the camera, of who is seen at a pixel."""
    ray = rays_from_image(camera, np.array([u_px]), np.array([v_px]))[0]
    return np.asarray(ray[:2] / -ray[2] * camera.alt_agl_m)


def body(camera: CameraPose, at_m: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Return the box of a person who stands there."""
    corners = [
        (at_m[0] + x, at_m[1] + y, z - camera.alt_agl_m) for x in (-0.25, 0.25) for y in (-0.25, 0.25) for z in (0, 1.8)
    ]
    u_px, v_px, in_front = image_from_enu(camera, np.array(corners))
    assert in_front.all()
    return float(u_px.min()), float(v_px.min()), float(u_px.max()), float(v_px.max())


@pytest.mark.parametrize(
    "changes",
    [
        {"yaw_deg": 6.0}, {"pitch_deg": -40.0}, {"yaw_deg": -3.0, "pitch_deg": -33.0, "roll_deg": 2.0},
        {"lat_deg": pose().lat_deg + 1.5 / METRES_PER_DEG_LAT}, {"lon_deg": pose().lon_deg - 2 / METRES_PER_DEG_LON},
        {"alt_m": 21.5}, {"intrinsics": lens(focal_px=360.0)}, {"intrinsics": lens(160, 120, 150.0)},
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", [(160.0, 120.0), (60.0, 200.0), (250.0, 70.0)])
def test_a_box_follows_the_ground_point_when_the_camera_moves(
    changes: dict[str, Any], place: tuple[float, float]
) -> None:
    camera = pose()
    at_m = standing_at(camera, *place)
    then = frame_of(camera)
    now = frame_of(replace(camera, **changes))
    assert now.pose is not None
    moved_m = np.array([
        (now.pose.lon_deg - camera.lon_deg) * METRES_PER_DEG_LON,
        (now.pose.lat_deg - camera.lat_deg) * METRES_PER_DEG_LAT,
    ])  # fmt: skip
    truth = body(now.pose, at_m - moved_m)
    left, top, right, bottom = boxes_for(now, [look_at(then, body(camera, at_m))])[0]
    assert left <= truth[0] + 1
    assert top <= truth[1] + 1
    assert right >= truth[2] - 1
    assert bottom >= truth[3] - 1
    assert abs((left + right) / 2 - (truth[0] + truth[2]) / 2) < 4
    assert abs((top + bottom) / 2 - (truth[1] + truth[3]) / 2) < 8


def test_a_box_that_has_left_the_view_masks_nothing() -> None:
    then, now = frame_of(), frame_of(pose(yaw_deg=180))
    assert len(boxes_for(now, [look_at(then, PERSON)])) == 0
    assert not mask_for(now, [look_at(then, PERSON)]).any()


def test_a_box_in_the_sky_is_taken_to_be_far_away() -> None:
    """Somebody on a bridge or a balcony, seen above the horizon."""
    camera = pose(pitch_deg=0)
    then, now = frame_of(camera), frame_of(replace(camera, yaw_deg=2.0))
    left, _, right, _ = boxes_for(now, [look_at(then, (150, 40, 170, 90))])[0]
    assert (left + right) / 2 == pytest.approx(160 - 300 * np.tan(np.radians(2)), abs=2)


# sizes


def test_a_person_s_size_is_plausible_where_a_person_can_stand_so_and_not_elsewhere() -> None:
    frame = FRAMES["posed"]
    assert frame.pose is not None
    truth = body(frame.pose, standing_at(frame.pose, 160.0, 120.0))
    assert plausible(boxes(truth), frame).tolist() == [True]
    high = truth[3] - truth[1]
    tiny = (truth[0], truth[1] + 0.4 * high, truth[2], truth[1] + 0.6 * high)
    huge = (truth[0], truth[1] - 2 * high, truth[2], truth[3] + 2 * high)
    assert plausible(boxes(tiny, huge), frame).tolist() == [False, False]


def test_without_a_pose_every_size_is_plausible() -> None:
    frame = FRAMES["no pose"]
    assert plausible(boxes((0, 0, 1, 1), (0, 0, 300, 200)), frame).all()
    assert scale_at(frame, np.zeros(1), np.zeros(1)) is None


def test_the_scale_is_that_of_the_ground_s_own_geometry() -> None:
    frame = FRAMES["posed"]
    assert frame.pose is not None
    scale = scale_at(frame, np.array([160.0]), np.array([120.0]))
    assert scale is not None
    here, beside = (
        ground_from_image(frame.pose, np.array([u]), np.array([120.0]), height_m=MID_BODY_M) for u in (160.0, 161.0)
    )
    assert scale.px_per_m[0] == pytest.approx(1 / (beside.east_m[0] - here.east_m[0]), rel=0.05)
    assert scale.steepness[0] == pytest.approx(np.sin(np.radians(35)), abs=0.01)
    assert np.isnan(scale_at(FRAMES["among heads"], np.zeros(1), np.zeros(1)).px_per_m).all()  # type: ignore[union-attr]


def test_the_smear_of_the_cap_is_masked_too() -> None:
    """A small far person in a picture that the cap smoothed a lot: the mask reaches beyond the box."""
    frame = frame_of(pose(pitch_deg=-90, alt_m=6))
    assert frame.bound is not None
    left, _, right, _ = boxes_for(frame, [look_at(frame, (100, 100, 101, 101))])[0]
    assert left <= 98
    assert right >= 103


@pytest.mark.parametrize("level", list(RedactionLevel))
def test_the_share_under_masks_is_told(level: RedactionLevel) -> None:
    frame = frame_of(colour=level is RedactionLevel.FLOOR)
    look = look_at(frame, (0, 0, 319, 119))
    released = Gate(mission=mission(), level=level).released(frame, [look])
    assert 0.5 < released.masked_share < 0.75

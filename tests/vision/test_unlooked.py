"""Who was in no look's view may be anywhere that a walker, or a turn of the camera, has brought into the picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightlink.pose import CameraPose
from maps.camera import image_from_enu
from tests.vision.scene import REFUSAL, Picture, capped, frame_of, look_at, mission, pose, textured
from vision.capped import CappedFrame
from vision.fill import NEUTRAL
from vision.gate import Gate
from vision.masks import WALKER_M_PER_S, Look
from vision.unlooked import SLIVER_M, unlooked


def closed_in(frame: CappedFrame, *looks: Look) -> Picture:
    closed = unlooked(frame, list(looks))
    return np.zeros((frame.height_px, frame.width_px), np.uint8) if closed is None else closed


def earlier(camera: CameraPose, age_s: float) -> Look:
    """Return a look that found nobody, so long before a frame of `scene`."""
    return look_at(frame_of(camera), later_s=-age_s)


def test_with_a_look_of_the_frame_or_behind_it_the_rim_is_open() -> None:
    frame = frame_of()
    before = earlier(pose(), 0.2)
    for later_s in (0.0, 0.1):
        assert unlooked(frame, [before, look_at(frame, later_s=later_s)]) is None
    assert unlooked(frame, []) is None


def test_without_a_pose_nothing_is_known_and_the_rim_is_not_closed() -> None:
    unposed = capped(textured(24, 32), REFUSAL, without_pose=True)
    assert unlooked(unposed, [look_at(unposed, later_s=-0.2)]) is None
    assert unlooked(frame_of(), [look_at(unposed, later_s=-0.2)]) is None


@settings(max_examples=40, deadline=None)
@given(
    age_s=st.floats(0.02, 0.5), pitch_deg=st.floats(-80, -25), from_left=st.booleans(), along=st.floats(0.1, 0.9),
    yaw_deg=st.floats(-180, 180),
)  # fmt: skip
def test_a_walker_who_was_outside_the_picture_is_still_behind_its_rim(
    age_s: float, pitch_deg: float, from_left: bool, along: float, yaw_deg: float
) -> None:
    """Somebody just outside the side of the picture walks in, straight across it; half a body shows nobody."""
    camera = pose(pitch_deg=pitch_deg, yaw_deg=yaw_deg)
    frame = frame_of(camera)
    closed = closed_in(frame, earlier(camera, age_s))
    row, outside = along * frame.height_px, -1.0 if from_left else float(frame.width_px)
    assert frame.bound is not None
    px_per_m = frame.bound.at(np.array([outside]), np.array([row]))[0] * frame.bound.on_the_ground
    walked_px = 0.8 * max(0.0, WALKER_M_PER_S * age_s - SLIVER_M) * px_per_m
    at = round(outside + walked_px if from_left else outside - walked_px)
    if walked_px >= 2:
        assert closed[int(row), at] == 255


def test_what_a_turn_of_the_camera_has_brought_into_view_is_closed() -> None:
    looked, turned = pose(), pose(yaw_deg=12.0)
    closed = closed_in(frame_of(turned), earlier(looked, 0.1))
    assert closed[120, 300] == 255, "new on the right"
    assert closed[120, 20] == 0, "seen before"
    foot = image_from_enu(looked, np.array([[3.0, 25.0, -20.0]]))
    now = image_from_enu(turned, np.array([[3.0, 25.0, -20.0]]))
    assert 20 < foot[0][0] < 300
    assert closed[round(now[1][0]), round(now[0][0])] == 0


@pytest.mark.parametrize("yaw_deg", [90.0, 180.0])
def test_a_camera_that_looks_elsewhere_shows_nothing(yaw_deg: float) -> None:
    frame = frame_of(pose(yaw_deg=yaw_deg))
    looks = [earlier(pose(), 0.1)]
    assert closed_in(frame, *looks).all()
    assert Gate(mission=mission()).released(frame, looks).closed_because == "no_open_ground"


def test_the_gate_keeps_the_rim_filled_whatever_is_there() -> None:
    frame = frame_of()
    looks = [earlier(pose(), 0.3)]
    rim = closed_in(frame, *looks) > 0
    assert 0.01 < rim.mean() < 0.4
    released = Gate(mission=mission()).released(frame, looks)
    assert released.closed_because == ""
    assert (released.picture[rim] == NEUTRAL).all()
    assert (released.hidden[rim] == 255).all()
    other = replace(frame, pixels=np.where(rim, 255 - frame.pixels, frame.pixels))
    assert np.array_equal(Gate(mission=mission()).released(other, looks).picture, released.picture)


def test_without_a_known_scale_all_is_closed() -> None:
    assert closed_in(replace(frame_of(), bound=None), earlier(pose(), 0.1)).all()


def test_a_fresh_look_costs_no_rim() -> None:
    frame = frame_of()
    assert unlooked(frame, [earlier(pose(), 0.09)]) is None

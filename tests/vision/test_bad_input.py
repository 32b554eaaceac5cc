"""Bad input: poses that lie or are absurd, frames out of order, sizes that change: withheld or stricter, no error.

Poses of the wrong time, bumps and moved cameras: `test_steady`. Clocks that jump and broken lines: `test_delay`,
`test_posts`. False heights and zooms: `test_crosscheck`; with the real detectors, here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields, replace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flightlink.errors import FlightlinkError, PoseInvalidError
from flightlink.pose import CameraPose, Intrinsics, PoseSigma
from sitl.picture.drawn_faces import drawn_face
from tests.vision.clips import pictures
from tests.vision.scene import UTC_NS, Picture, boxes, capped, frame_of, lens, look_at, mission, pose, square, textured
from tests.vision.test_room import eyes_with, pipe, room, sent
from tests.vision.test_worker import CAMERA as CLIP_CAMERA
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.crosscheck import TOO_LARGE
from vision.delay import Ready, file_order
from vision.doubts import doubts_of
from vision.errors import SourceLostError
from vision.facewatch import FOUND
from vision.gate import Gate
from vision.live import LiveTurns
from vision.live_order import LiveOrder
from vision.models.store import models_dir
from vision.outlet import Outlet
from vision.room import eyes_from_models
from vision.wire import WireError, pose_from_line, pose_line

__all__ = ["pipe"]
SECOND = 10**9
NO_NUMBERS = ("utc_ns", "intrinsics", "sigma", "height_datum", "aligned_deg")
NUMBERS = [field.name for field in fields(CameraPose) if field.name not in NO_NUMBERS]
ABSURD = st.sampled_from(
    [0.0, 1e-300, 1e-3, 1.0, 20.0, 60.0, 300.0, -90.0, 1e4, -1e4, 1e6, 9e6, -9e6, 1e9, 1e300, -1e300]
)


# poses


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_pose_with_a_number_that_is_none_cannot_be_made_nor_come_over_the_wire(name: str, value: float) -> None:
    with pytest.raises(PoseInvalidError):
        pose(**{name: value})
    told = json.loads(pose_line(pose()))
    told["pose"][name] = value
    with pytest.raises(WireError):
        pose_from_line(json.dumps(told).encode())


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_an_alignment_with_a_number_that_is_none_cannot_either(value: float) -> None:
    with pytest.raises(PoseInvalidError):
        pose(aligned_deg=(0.0, value, 0.0))
    told = json.loads(pose_line(pose()))
    told["pose"]["aligned_deg"] = [0.0, value, 0.0]
    with pytest.raises(WireError):
        pose_from_line(json.dumps(told).encode())


@pytest.mark.parametrize("told_as", ["", "sea", 3, None, math.nan])
def test_heights_from_nowhere_do_not_come_over_the_wire(told_as: object) -> None:
    told = json.loads(pose_line(pose()))
    told["pose"]["height_datum"] = told_as
    with pytest.raises(WireError):
        pose_from_line(json.dumps(told).encode())


@pytest.mark.parametrize("name", ["fx_px", "fy_px", "cx_px", "cy_px"])
def test_optics_with_a_number_that_is_none_cannot_either(name: str) -> None:
    with pytest.raises(PoseInvalidError):
        pose(intrinsics=Intrinsics(**{**asdict(lens()), name: math.nan}))


@settings(max_examples=100)
@given(alt_m=ABSURD, yaw_deg=ABSURD, pitch_deg=st.floats(-90, 90), roll_deg=ABSURD, focal_px=ABSURD, sigma_m=ABSURD)
@example(alt_m=9e6, yaw_deg=0.0, pitch_deg=-35.0, roll_deg=0.0, focal_px=300.0, sigma_m=1.0)
@example(alt_m=20.0, yaw_deg=0.0, pitch_deg=-35.0, roll_deg=0.0, focal_px=9e6, sigma_m=0.0)
@example(alt_m=20.0, yaw_deg=0.0, pitch_deg=-35.0, roll_deg=0.0, focal_px=1e-3, sigma_m=0.0)
def test_an_absurd_pose_is_closed_by_the_mission_or_stays_under_the_cap(
    alt_m: float, yaw_deg: float, pitch_deg: float, roll_deg: float, focal_px: float, sigma_m: float
) -> None:
    try:
        told = pose(
            alt_m=alt_m, yaw_deg=yaw_deg, pitch_deg=pitch_deg, roll_deg=roll_deg,
            intrinsics=replace(lens(64, 48), fx_px=focal_px, fy_px=focal_px),
            sigma=PoseSigma(horizontal_m=abs(sigma_m), vertical_m=abs(sigma_m), yaw_deg=1, pitch_deg=1, roll_deg=1),
        )  # fmt: skip
    except FlightlinkError:
        return
    frame = capped(textured(48, 64), told)
    released = Gate(mission=mission(area=square(60))).released(frame, [look_at(frame, (20, 10, 30, 30))])
    if not 2 <= told.alt_agl_m <= 120:
        assert released.closed_because == "outside_altitude_band"
    shown = released.hidden == 0
    assert not shown.any() or (frame.bound is not None and np.isfinite(frame.bound.px_per_m).any())


# frames


def out_of(frames: list[CappedFrame]) -> Iterator[tuple[int, str]]:
    gate = Gate(mission=mission())
    with ThreadPoolExecutor(1) as executor:
        for item in file_order(iter(frames), eyes_with(boxes((150, 100, 170, 145))), executor, stride=2):
            if isinstance(item, Ready):
                released = gate.released(item.frame, item.looks, late=item.late)
                yield item.frame.index, released.closed_because


def test_frames_of_a_file_that_are_stamped_backwards_are_withheld_in_their_place() -> None:
    tenths = [0, 1, 2, 3, 1, 2, 4, 5, 6, 7]
    frames = [
        replace(frame_of(utc_ns=UTC_NS + tenth * SECOND // 10), index=index) for index, tenth in enumerate(tenths)
    ]
    told = list(out_of(frames))
    assert [index for index, _ in told] == list(range(10))
    assert {index for index, cause in told if cause == "frames_out_of_order"} == {4, 5}
    assert [cause for index, cause in told if index not in (4, 5)] == [""] * 8


def test_a_live_picture_that_changes_its_size_ends_the_worker(pipe: tuple[Outlet, Any]) -> None:
    outlet, out = pipe
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        turns = LiveTurns(room(outlet), LiveOrder(eyes_with(Boxes.none()), one, other, core_share=1.0), now_ns=0)
        turns.turn(frame_of(), 1)
        small = pose(intrinsics=lens(160, 120, 150.0))
        with pytest.raises(SourceLostError, match="320 x 240 to 160 x 120"):
            turns.turn(frame_of(small, utc_ns=UTC_NS + SECOND), 2)
    assert sent(out) is not None


def test_boxes_follow_a_picture_of_another_size_where_a_pose_tells_how() -> None:
    large, small = frame_of(), frame_of(pose(intrinsics=lens(160, 120, 150.0)), utc_ns=UTC_NS + SECOND // 10)
    hidden = Gate(mission=mission()).released(small, [look_at(large, (150, 100, 170, 145))]).hidden
    assert (hidden[52:70, 76:84] == 255).all()


# a pose that lies, with the real detectors


def seconds_until(cause: str, *, alt: float = 1.0, focal: float = 1.0) -> float | None:
    """Return when the clips' person, told to be seen from another height or zoom, closes the picture, None: never."""
    eyes = eyes_from_models(models_dir(), level=mission().level, threads=1)
    told = replace(
        CLIP_CAMERA, alt_m=CLIP_CAMERA.alt_m * alt,
        intrinsics=replace(
            CLIP_CAMERA.intrinsics, fx_px=CLIP_CAMERA.intrinsics.fx_px * focal,
            fy_px=CLIP_CAMERA.intrinsics.fy_px * focal,
        ),
    )  # fmt: skip
    with ThreadPoolExecutor(1) as executor:
        checks = doubts_of(eyes, executor, stands=True, waits=True)
        for index, picture in enumerate(pictures(20)):
            frame = capped(luma(picture), told, utc_ns=UTC_NS + index * SECOND // 10)
            if index % 3 == 0:
                eyes.look(frame)
            if checks.of_frame(frame) == cause:
                return index / 10
    return None


def luma(picture: Picture) -> Picture:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)


@pytest.mark.model
@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize(
    ("lie", "closes"),
    [({}, False), ({"alt": 2.0}, True), ({"focal": 0.25}, True), ({"focal": 1 / 7}, True)],
    ids=["true", "height x2", "zoom x4 not told", "zoom x7 not told"],
)
def test_a_height_or_zoom_that_is_not_told_closes_within_two_seconds(lie: dict[str, float], *, closes: bool) -> None:
    seconds = seconds_until(TOO_LARGE, **lie)
    assert (seconds is not None and seconds <= 2) is closes


def with_faces(height_px: int) -> Picture:
    """Return a paving with drawn faces of nobody on shoulders, in a row; each `height_px` high with its hair."""
    picture = np.repeat(np.random.default_rng(2).integers(100, 130, (30, 40), np.uint8), 12, 0).repeat(12, 1)
    width_px = round(height_px * 160 / 208)
    for seed in range(6):
        face = np.asarray(cv2.resize(drawn_face(seed), (width_px, height_px), interpolation=cv2.INTER_AREA), np.float32)
        top, left = 120, 40 + 72 * seed
        body = (left - width_px // 2, top + height_px - height_px // 8), (left + 3 * width_px // 2, top + 4 * height_px)
        cv2.rectangle(picture, *body, 80, cv2.FILLED)
        part, share = picture[top : top + height_px, left : left + width_px], face[..., 3] / 255
        part[...] = part * (1 - share) + luma(face[..., :3].astype(np.uint8)) * share
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.8), np.uint8)


@pytest.mark.model
@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize(("height_px", "found"), [(40, True), (6, False), (0, False)], ids=["x7", "true", "nobody"])
def test_faces_that_no_true_cap_lets_through_close_what_no_mask_covers(height_px: int, *, found: bool) -> None:
    """At 20 px/m a head with its hair is 5 px high; with a zoom of 7 that nobody told it is 36."""
    eyes = eyes_from_models(models_dir(), level=mission().level, threads=1)
    picture = with_faces(height_px) if height_px else textured(360, 480)
    gate, camera = Gate(mission=mission()), pose(alt_m=40.0, intrinsics=lens(480, 360, 450.0))
    causes = []
    with ThreadPoolExecutor(1) as executor:
        checks = doubts_of(eyes, executor, stands=True, waits=True)
        for second in range(5):
            frame = capped(picture, camera, utc_ns=UTC_NS + second * SECOND)
            causes.append(gate.released(frame, [look_at(frame)], doubting=checks.of_picture).closed_because)
    assert (FOUND in causes) is found
    assert set(causes) <= {"", FOUND}

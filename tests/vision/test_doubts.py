"""Layer three as a whole: each check has its say, in its order, over pictures and over counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.vision.paved import CAMERA, frame_of
from tests.vision.scene import REFUSAL, UTC_NS, Picture, capped, look_at, textured
from tests.vision.test_crosscheck import sizes
from tests.vision.test_heading import NADIR, flown, seen
from tests.vision.test_room import AtOnce, eyes_with
from tests.vision.test_steady import MOVED, STILL
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.crosscheck import TOO_LARGE, TOO_SMALL
from vision.doubts import Doubts, doubts_of, rehearse_doubts
from vision.exposure import BLACK, FROZEN
from vision.eyes import Eyes
from vision.facewatch import FOUND
from vision.heading import REVERSED
from vision.raw.rehearsal import rehearsal_frame
from vision.steady import UNLIKE_POSE, WAS_MOVED

SECOND = 10**9
FACE = Boxes(xyxy=np.array([[10, 10, 24, 28]], np.float32), scores=np.array([0.8], np.float32))


def doubts(eyes: Eyes, *, stands: bool = False) -> Doubts:
    return doubts_of(eyes, AtOnce(), stands=stands, waits=False)


def asked(checks: Doubts, frame: CappedFrame, *, looked_at: bool = True, picture: Picture | None = None) -> str:
    looks = [look_at(frame, later_s=0.0 if looked_at else 0.1)]
    hidden = np.zeros((frame.height_px, frame.width_px), np.uint8)
    return checks.of_picture(frame, looks, frame.pixels if picture is None else picture, hidden)


def test_where_all_is_as_told_nothing_is_doubted() -> None:
    checks = doubts(eyes_with(Boxes.none()), stands=True)
    for tenth in range(30):
        frame = frame_of(CAMERA, STILL, later_s=tenth / 10)
        assert checks.of_frame(frame) == asked(checks, frame, looked_at=tenth % 2 == 0) == checks.of_count(frame) == ""


def test_a_face_in_what_would_be_published_closes() -> None:
    checks = doubts(eyes_with(Boxes.none(), faces=FACE))
    assert asked(checks, frame_of(CAMERA, STILL)) == ""
    assert asked(checks, frame_of(CAMERA, STILL, later_s=0.1)) == FOUND


def test_people_too_large_close_before_a_picture_is_made() -> None:
    eyes = eyes_with(Boxes.none())
    checks, frame = doubts(eyes), frame_of(CAMERA, STILL)
    for _ in range(2):
        eyes.sizes.note(sizes(too_large=5))
    assert checks.of_frame(frame) == checks.of_count(frame) == TOO_LARGE


def test_people_too_small_hold_back_counts() -> None:
    eyes = eyes_with(Boxes.none())
    for _ in range(3):
        eyes.sizes.note(sizes(judged=9, too_small=9))
    checks, frame = doubts(eyes), frame_of(CAMERA, STILL)
    assert (checks.of_frame(frame), checks.of_count(frame)) == ("", TOO_SMALL)


def test_a_black_picture_holds_back_counts_and_a_frozen_one_after_a_while() -> None:
    checks = doubts(eyes_with(Boxes.none()))
    assert checks.of_count(frame_of(CAMERA, np.zeros_like(STILL))) == BLACK
    told = [checks.of_count(frame_of(CAMERA, STILL, later_s=later_s)) for later_s in (0.0, 6.0, 12.0)]
    assert told == ["", "", FROZEN]


def test_a_bump_withholds_a_frame() -> None:
    checks = doubts(eyes_with(Boxes.none()))
    asked(checks, frame_of(CAMERA, STILL))
    assert asked(checks, frame_of(CAMERA, MOVED, later_s=0.1), looked_at=False) == UNLIKE_POSE


@pytest.mark.parametrize("stands", [True, False])
def test_a_standing_camera_that_was_moved_closes_pictures_and_counts(*, stands: bool) -> None:
    checks = doubts(eyes_with(Boxes.none()), stands=stands)
    told = []
    for second, picture in enumerate((STILL, MOVED, MOVED, MOVED)):
        frame = frame_of(CAMERA, picture, later_s=float(second))
        told.append((asked(checks, frame), checks.of_count(frame)))
    assert told[0] == ("", "")
    assert told[-1] == ((WAS_MOVED, WAS_MOVED) if stands else ("", ""))


def test_a_frame_without_a_pose_has_nothing_that_could_be_doubted() -> None:
    checks = doubts(eyes_with(Boxes.none(), faces=FACE))
    for tenth in range(3):
        frame = capped(textured(48, 64), REFUSAL, without_pose=True, utc_ns=UTC_NS + tenth * SECOND // 10)
        assert checks.of_frame(frame) == asked(checks, frame) == ""


def test_the_rehearsal_compares_two_pictures_and_takes_a_frame_without_a_pose() -> None:
    frame = rehearsal_frame(lat_deg=48.0, lon_deg=2.0, colour=False)
    rehearse_doubts(frame)
    rehearse_doubts(replace(frame, pose=None, bound=None))


def test_a_reversed_yaw_closes_pictures_and_counts_of_a_camera_that_flies() -> None:
    checks, told = doubts(eyes_with(Boxes.none())), []
    for step in range(8):
        true = flown(NADIR, east_m=0.8 * step)
        frame = frame_of(replace(true, yaw_deg=true.yaw_deg + 180), seen(true), later_s=0.4 * step)
        told.append((asked(checks, frame), checks.of_count(frame)))
    assert told[0] == ("", "")
    assert told[-1] == (REVERSED, REVERSED)


def test_a_camera_that_stands_has_no_heading_to_doubt() -> None:
    assert doubts(eyes_with(Boxes.none()), stands=True).heading is None

"""The picture against the pose in time: bumps, wrong pose times, cameras that stand and were moved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.vision.paved import CAMERA, HEIGHT_PX, PAVING, SECOND, WIDTH_PX, frame_of, glimpse, paving, seen_from
from tests.vision.scene import UTC_NS, Picture
from vision.capped import CappedFrame
from vision.steady import (
    CHECKS,
    LATE,
    STANDS_EVERY_NS,
    UNLIKE_POSE,
    WAS_MOVED,
    PictureWatch,
    StandingWatch,
    allowed_m,
    most_px,
)

# frame by frame


def watch(*frames: tuple[CappedFrame, bool]) -> list[str]:
    picture = PictureWatch()
    return [picture.doubt(glimpse(one), looked_utc_ns=[one.utc_ns] if looked_at else []) for one, looked_at in frames]


def watch_late(late_s: float, *frames: CappedFrame, every: int = 3) -> list[str]:
    """Return what is told where each look is done so long after its frame has gone out."""
    picture, looks_ns = PictureWatch(), [frame.utc_ns for frame in frames[::every]]
    late_ns = round(late_s * SECOND)
    return [
        picture.doubt(glimpse(frame), looked_utc_ns=[utc_ns for utc_ns in looks_ns if utc_ns + late_ns <= frame.utc_ns])
        for frame in frames
    ]


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


def test_without_a_look_behind_it_a_picture_is_withheld() -> None:
    """Whatever masks it lies ahead, and nothing can tell whether the poses carry those masks rightly."""
    still = seen_from(CAMERA)
    assert watch((frame_of(CAMERA, still), False)) == [LATE]
    assert watch((frame_of(CAMERA, still), True), (frame_of(CAMERA, still, later_s=1.0), False)) == ["", ""]
    assert watch((frame_of(CAMERA, still), True), (frame_of(CAMERA, still, later_s=1.1), False)) == ["", LATE]


def test_long_after_a_look_a_picture_that_tells_nothing_is_withheld() -> None:
    still, dark = seen_from(CAMERA), np.full_like(EVEN, 40)
    for later_s, told in ((0.4, ""), (0.6, LATE)):
        assert watch((frame_of(CAMERA, still), True), (frame_of(CAMERA, dark, later_s=later_s), False)) == ["", told]


def test_a_bump_long_after_a_look_is_withheld_too() -> None:
    first, bumped = seen_from(CAMERA), seen_from(replace(CAMERA, yaw_deg=9.0))
    assert watch((frame_of(CAMERA, first), True), (frame_of(CAMERA, bumped, later_s=0.9), False)) == ["", UNLIKE_POSE]


def test_looks_that_are_done_after_their_frames_went_out_serve_the_frames_behind() -> None:
    still = seen_from(CAMERA)
    frames = [frame_of(CAMERA, still, later_s=tenth / 10) for tenth in range(30)]
    assert watch_late(0.35, *frames) == [LATE] * 4 + [""] * 26
    assert set(watch_late(1.1, *frames)) == {LATE}


def test_a_bump_after_a_late_look_is_withheld_until_a_look_behind_it_is_done() -> None:
    still, bumped = seen_from(CAMERA), seen_from(replace(CAMERA, yaw_deg=9.0))
    frames = [frame_of(CAMERA, still if tenth < 7 else bumped, later_s=tenth / 10) for tenth in range(16)]
    # looked at: 0, 3, 6 still, 9 bumped; done three frames later
    assert watch_late(0.3, *frames) == [LATE] * 3 + [""] * 4 + [UNLIKE_POSE] * 5 + [""] * 4


def test_a_late_look_alone_ends_no_doubt() -> None:
    """The picture went dark after the bump: nothing says that the poses are right since the look."""
    still, bumped, dark = seen_from(CAMERA), seen_from(replace(CAMERA, yaw_deg=9.0)), np.full_like(EVEN, 40)
    pictures = [still, still, bumped, dark, dark, dark]
    frames = [frame_of(CAMERA, picture, later_s=tenth / 10) for tenth, picture in enumerate(pictures)]
    picture, looks = PictureWatch(), [(0,), (0,), (0,), (0,), (0, 1), (0, 1)]
    told = [
        picture.doubt(glimpse(frame), looked_utc_ns=[frames[number].utc_ns for number in numbers])
        for frame, numbers in zip(frames, looks, strict=True)
    ]
    assert told == ["", "", *[UNLIKE_POSE] * 4]


def test_a_clock_that_is_set_back_forgets_what_was_before() -> None:
    still = seen_from(CAMERA)
    frames = [frame_of(CAMERA, still, later_s=later_s) for later_s in (5.0, 5.1, 0.0, 0.1, 0.2)]
    picture = PictureWatch()
    looked = [frames[0].utc_ns, frames[3].utc_ns]
    assert [picture.doubt(glimpse(one), looked_utc_ns=looked) for one in frames] == ["", "", LATE, "", ""]


def test_a_doubt_lasts_while_pictures_tell_nothing_and_ends_with_one_that_does() -> None:
    still, bumped, dark = seen_from(CAMERA), seen_from(replace(CAMERA, yaw_deg=4.0)), np.full_like(EVEN, 40)
    assert watch(
        (frame_of(CAMERA, still), True),
        (frame_of(CAMERA, dark, later_s=0.1), False),
        (frame_of(CAMERA, bumped, later_s=0.2), False),
        (frame_of(CAMERA, dark, later_s=0.3), False),
        (frame_of(CAMERA, still, later_s=0.4), False),
    ) == ["", "", UNLIKE_POSE, UNLIKE_POSE, ""]


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

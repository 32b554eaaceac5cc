"""A turned video is told by its people; an upright one never, nor one that is seen steeply or that shows nobody."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.camera_file import load_camera
from tests.vision.scene import REFUSAL, UTC_NS, Picture, boxes, capped, frame_of, lens, pose, textured
from tests.vision.test_room import AtOnce, eyes_with
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.detectors import PersonDetector
from vision.doubts import doubts_of
from vision.models.store import models_dir, verified_bytes
from vision.plan import LOOK_BUDGET_PX
from vision.self_test import known_people
from vision.upright import (
    AGAIN_NS,
    EVERY_NS,
    LEAST_SURE,
    LOOKS,
    LOOKS_TURNED,
    QUARTERS,
    REMEMBERED,
    UprightWatch,
    part_of,
    stands_upright,
)

STREET: Final = (
    Path(os.environ.get("GROUNDSTATION_SHARED", Path(__file__).parents[3] / "shared")) / "data/opencv_videos"
)
WIDE: Final = pose(intrinsics=lens(640, 480, 600.0))
MARKED: Final = np.zeros((480, 640), np.uint8)
MARKED[:240] = 255
"""A picture whose upper half is bright: where it is bright, this world is up."""


@dataclass
class HeadsAreBright:
    """Finds people where the bright side is up; as many when it is not as it is told."""

    upright: float = 3.0
    turned: float = 0.0
    asked: list[int] = field(default_factory=list)

    def find(self, picture: Picture, *, threshold: float, scale: float = 1.0) -> Boxes:
        self.asked.append(picture.size)
        is_up = picture[0].mean() > 128 and picture[-1].mean() < 128
        sure = self.upright if is_up else self.turned
        return Boxes(xyxy=np.zeros((1, 4), np.float32), scores=np.array([sure], np.float32))


def seen(watch: UprightWatch, picture: Picture, *, many: int, every_ns: int = EVERY_NS, first: int = 0) -> list[str]:
    causes = []
    for number in range(first, first + many):
        watch.turn(capped(picture, WIDE, utc_ns=UTC_NS + number * every_ns), Boxes.none())
        causes.append(watch.cause)
    return causes


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_video_is_told_within_a_round_of_turns_and_an_upright_one_never(quarters: int) -> None:
    turned = np.asarray(cv2.resize(np.rot90(MARKED, quarters), (640, 480)), np.uint8)
    assert seen(UprightWatch(HeadsAreBright()), turned, many=LOOKS + len(QUARTERS))[-1] == LOOKS_TURNED
    assert seen(UprightWatch(HeadsAreBright()), MARKED, many=9) == [""] * 9


def test_after_a_first_sign_it_looks_again_soon_and_without_one_seldom() -> None:
    eager, calm = HeadsAreBright(), HeadsAreBright()
    seen(UprightWatch(eager), np.ascontiguousarray(MARKED[::-1]), many=10, every_ns=AGAIN_NS)
    seen(UprightWatch(calm), MARKED, many=10, every_ns=AGAIN_NS)
    assert (len(eager.asked) // 2, len(calm.asked) // 2) == (LOOKS + 1, 2)  # once told, seldom as well


def test_it_is_forgiven_only_when_people_stand_upright_again() -> None:
    detector = HeadsAreBright()
    watch, turned = UprightWatch(detector), np.ascontiguousarray(MARKED[::-1])
    assert seen(watch, turned, many=3)[-1] == LOOKS_TURNED
    detector.upright = 0.0  # everybody has gone
    assert seen(watch, turned, many=9, first=3) == [LOOKS_TURNED] * 9
    detector.upright = 3.0
    assert seen(watch, MARKED, many=3, first=12) == [LOOKS_TURNED, LOOKS_TURNED, ""]


@given(st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9)), min_size=1, max_size=12))
def test_it_is_never_told_while_the_upright_picture_is_as_sure_nor_of_few_people(
    pairs: list[tuple[float, float]],
) -> None:
    detector = HeadsAreBright()
    watch = UprightWatch(detector)
    for number, (upright, turned) in enumerate(pairs):
        detector.upright, detector.turned = max(upright, turned), turned
        assert seen(watch, MARKED, many=1, first=number) == [""]
    few = UprightWatch(HeadsAreBright(upright=0.0, turned=0.99 * LEAST_SURE / REMEMBERED))
    assert set(seen(few, MARKED, many=9)) == {""}


@pytest.mark.parametrize(
    ("changes", "asked"),
    [({}, True), ({"pitch_deg": -80.0}, False), ({"roll_deg": 180.0}, False), ({"roll_deg": -355.0}, True)],
    ids=["oblique", "steep", "hung upside down, as told", "upright, told the long way"],
)
def test_nothing_is_asked_where_the_pose_says_that_up_has_no_meaning(changes: dict[str, float], *, asked: bool) -> None:
    detector = HeadsAreBright()
    frame = frame_of(pose(**changes))
    UprightWatch(detector).turn(frame, Boxes.none())
    assert stands_upright(frame) is asked is bool(detector.asked)


def test_without_a_pose_nothing_is_asked() -> None:
    assert not stands_upright(capped(textured(48, 64), REFUSAL, without_pose=True))


@given(st.integers(80, 900), st.integers(80, 900), st.floats(50, 3000), st.floats(-45, -1), st.floats(-500, 1500))
def test_the_part_lies_in_the_picture_and_costs_no_more_than_a_look(
    width_px: int, height_px: int, focal_px: float, pitch_deg: float, at_px: float
) -> None:
    camera = pose(pitch_deg=pitch_deg, intrinsics=lens(width_px, height_px, focal_px))
    frame = capped(np.zeros((height_px, width_px), np.uint8), camera)
    part, scale = part_of(frame, boxes((at_px, at_px, at_px + 9, at_px + 20)))
    assert 1 <= part.shape[0] <= frame.height_px
    assert 1 <= part.shape[1] <= frame.width_px
    assert part.size * scale**2 <= LOOK_BUDGET_PX * 1.01


def test_neither_picture_nor_count_passes() -> None:
    eyes = eyes_with(Boxes.none())
    checks, frame = doubts_of(eyes, AtOnce(), stands=True, waits=False), frame_of()
    assert checks.of_frame(frame) == checks.of_count(frame) == ""
    eyes.upright.cause = LOOKS_TURNED
    assert checks.of_frame(frame) == checks.of_count(frame) == LOOKS_TURNED


# the shipped network


def street() -> PersonDetector:
    return PersonDetector(verified_bytes("person", models_dir()), threads=1)


def told_after(pictures: list[Picture], camera: CappedFrame, turned: Callable[[Picture], Picture]) -> list[str]:
    detector = street()
    watch = UprightWatch(detector)
    causes = []
    for number, picture in enumerate(pictures):
        size = picture.shape[1], picture.shape[0]
        sent = np.asarray(cv2.resize(np.ascontiguousarray(turned(picture)), size), np.uint8)  # as an encoder sends it
        assert camera.pose is not None
        people = detector.find(sent, threshold=0.24, scale=0.6)
        watch.turn(capped(sent, camera.pose, utc_ns=UTC_NS + number * EVERY_NS), people)
        causes.append(watch.cause)
    return causes


@pytest.mark.model
@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_drawn_people_are_told_to_stand_or_not(quarters: int) -> None:
    picture = np.asarray(cv2.cvtColor(known_people().picture, cv2.COLOR_BGR2GRAY), np.uint8)
    camera = frame_of(pose(alt_m=29.0, pitch_deg=-31.0, intrinsics=lens(320, 240, 2326.0)))
    causes = told_after([picture] * 6, camera, lambda one: np.asarray(np.rot90(one, quarters), np.uint8))
    assert causes[-1] == (LOOKS_TURNED if quarters else "")


@pytest.mark.model
@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_street_video_is_told_when_it_is_turned_and_only_then(quarters: int) -> None:
    if not (STREET / "vtest.avi").is_file():
        pytest.skip("needs the street video of the shared data")
    told = load_camera(STREET / "vtest_camera.toml").fixed_pose
    assert told is not None
    video, pictures = cv2.VideoCapture(str(STREET / "vtest.avi")), []
    for _ in range(7):
        there, picture = video.read()
        assert there
        pictures.append(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8))
        for _ in range(90):
            video.grab()
    camera = capped(pictures[0], replace(told, utc_ns=UTC_NS))
    causes = told_after(pictures, camera, lambda one: np.asarray(np.rot90(one, quarters), np.uint8))
    assert causes[-1] == (LOOKS_TURNED if quarters else "")

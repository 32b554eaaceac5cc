"""The live offset: found from released glimpses while a camera pans, and never without motion."""

from __future__ import annotations

import math
from concurrent.futures import Executor, Future
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from flightlink.pose import CONSUMER_GIMBAL, CameraPose, Intrinsics
from vision.glimpse import Glimpse
from vision.scale import DensityBound
from vision.turning.watch import MATCHED_EVERY_NS, OffsetWatch, motion_of

BEGUN_NS = 1_790_000_000 * 10**9
WIDTH_PX, HEIGHT_PX, FOCAL_PX = 240, 134, 330.0
POSE = CameraPose(
    utc_ns=0, lat_deg=48.0, lon_deg=2.0, alt_m=60.0, ground_alt_m=0.0, yaw_deg=0.0, pitch_deg=0.0, roll_deg=0.0,
    intrinsics=Intrinsics(
        width_px=WIDTH_PX, height_px=HEIGHT_PX, fx_px=FOCAL_PX, fy_px=FOCAL_PX, cx_px=119.5, cy_px=66.5
    ),
    sigma=CONSUMER_GIMBAL,
)  # fmt: skip
BOUND = DensityBound(np.ones((2, 2), np.float32), 128, 1.0)
ROUGH = np.random.default_rng(5).integers(0, 255, (34, 300), np.uint8)
HILLS = np.asarray(cv2.resize(ROUGH, (2400, HEIGHT_PX), interpolation=cv2.INTER_CUBIC), np.uint8)


class AtOnce(Executor):
    """Runs what it is given before it returns."""

    def submit(self, run: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(run(*arguments, **named))
        return done


def yaw_deg(t_s: float) -> float:
    return 12 * math.sin(0.9 * t_s) + 5 * math.sin(2.3 * t_s + 1)


def glimpse(t_s: float, *, late_s: float, hidden: bool = False, turns: bool = True) -> Glimpse:
    """What a camera shows at an instant, given the pose of another one."""
    turned_px = math.radians(yaw_deg(t_s)) * FOCAL_PX if turns else 0.0
    shift = np.array([[1.0, 0, WIDTH_PX / 2 - 1200 - turned_px], [0, 1, 0]])
    utc_ns = BEGUN_NS + round(t_s * 1e9)
    return Glimpse(
        utc_ns=utc_ns, pose=replace(POSE, utc_ns=utc_ns, yaw_deg=yaw_deg(t_s + late_s) if turns else 0.0), bound=BOUND,
        texture=np.asarray(cv2.warpAffine(HILLS, shift, (WIDTH_PX, HEIGHT_PX)), np.uint8),
        clear=np.full((HEIGHT_PX, WIDTH_PX), 0 if hidden else 255, np.uint8), shrink=4,
    )  # fmt: skip


def watched(seconds: float, **shown: Any) -> OffsetWatch:
    watch = OffsetWatch(AtOnce())
    for number in range(int(seconds * 10)):
        watch.note(glimpse(number / 10, **shown))
    return watch


@pytest.mark.parametrize("late_s", [0.18, -0.09])
def test_pictures_that_are_late_against_their_poses_are_told_with_an_error(late_s: float) -> None:
    """A pose of `late_s` later belongs to each picture, so the pictures were taken so much earlier than is assumed."""
    found = watched(22, late_s=late_s).found
    assert found is not None
    assert found.refusal == ""
    assert found.offset_s == pytest.approx(-late_s, abs=0.02)
    assert 0 < found.sigma_s < 0.02


def test_a_camera_that_hovers_tells_no_offset() -> None:
    found = watched(22, late_s=0.2, turns=False).found
    assert found is not None
    assert found.refusal == "no rotation to match"


def test_what_is_hidden_tells_nothing() -> None:
    assert motion_of(glimpse(0, late_s=0, hidden=True), glimpse(0.1, late_s=0)) is None
    assert motion_of(glimpse(0, late_s=0), glimpse(0.1, late_s=0, hidden=True)) is None
    assert watched(22, late_s=0.2, hidden=True).found is None


def test_it_is_matched_now_and_then_and_begins_anew_after_a_gap() -> None:
    watch = watched(MATCHED_EVERY_NS / 1e9 - 1, late_s=0.1)
    first = watch.found
    watch.note(glimpse(500, late_s=0.1))
    assert len(watch._turns) == 0
    assert watch.found is first
    for number in range(3000):
        watch._poses.append(replace(POSE, utc_ns=number))
    assert len(watch._poses) <= 1800

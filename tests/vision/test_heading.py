"""A yaw that is reversed, or counted from the wrong side: the ground slides the other way than the camera flies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest

from flightlink.pose import CameraPose
from maps.camera import image_from_enu
from tests.vision.paved import CAMERA, GROUND_M, GROUND_PX_PER_M, HEIGHT_PX, PAVING, WIDTH_PX, frame_of, glimpse
from tests.vision.scene import Picture
from vision.glimpse import Glimpse
from vision.heading import CLEAN_NS, REVERSED, WRONG, HeadingWatch, slide_between
from vision.steady import UNLIKE_POSE

NADIR = replace(CAMERA, pitch_deg=-84.0, yaw_deg=40.0)
EVERY_S = 0.4


def flown(start: CameraPose, *, east_m: float = 0.0, north_m: float = 0.0, yaw_deg: float = 0.0) -> CameraPose:
    return replace(
        start,
        lat_deg=start.lat_deg + north_m / 111_320,
        lon_deg=start.lon_deg + east_m / (111_320 * np.cos(np.radians(start.lat_deg))),
        yaw_deg=start.yaw_deg + yaw_deg,
    )


def seen(camera: CameraPose) -> Picture:
    """Return textured ground as a camera sees it that looks down steeply."""
    k = camera.intrinsics
    edge = np.array([[0, 0], [WIDTH_PX, 0], [WIDTH_PX, HEIGHT_PX], [0, HEIGHT_PX]], np.float64)
    around = np.array([[-20, -20], [20, -20], [20, 20], [-20, 20]], np.float64)
    u, v, _ = image_from_enu(camera, np.column_stack([around, np.full(4, -camera.alt_agl_m)]))
    place_m = np.array([(camera.lon_deg - CAMERA.lon_deg) * 73_252, (camera.lat_deg - CAMERA.lat_deg) * 111_320])
    in_texture = (around + place_m + GROUND_M) * GROUND_PX_PER_M
    warp = cv2.getPerspectiveTransform(in_texture.astype(np.float32), np.column_stack([u, v]).astype(np.float32))
    assert (k.width_px, k.height_px, len(edge)) == (WIDTH_PX, HEIGHT_PX, 4)
    return np.asarray(cv2.warpPerspective(PAVING, warp, (WIDTH_PX, HEIGHT_PX), flags=cv2.INTER_AREA), np.uint8)


def told_as(true: CameraPose, *, off_deg: float, later_s: float) -> Glimpse:
    """Return the glimpse of a true picture whose yaw is told less by an angle."""
    return glimpse(frame_of(replace(true, yaw_deg=true.yaw_deg - off_deg), seen(true), later_s=later_s))


def flight(
    start: CameraPose, *, off_deg: float, steps: int, step_m: float = 1.2, turn_deg: float = 0.0
) -> Iterator[Glimpse]:
    for step in range(steps):
        true = flown(start, east_m=step_m * step, north_m=0.4 * step_m * step, yaw_deg=turn_deg * step)
        yield told_as(true, off_deg=off_deg, later_s=EVERY_S * step)


@pytest.mark.parametrize("start", [NADIR, replace(NADIR, pitch_deg=-60.0)], ids=["nadir", "steep"])
@pytest.mark.parametrize(
    ("off_deg", "step_m"), [(0.0, 0.8), (60.0, 0.8), (-90.0, 0.8), (180.0, 0.8), (0.0, 2.5), (180.0, 2.5)]
)
@pytest.mark.parametrize("turn_deg", [0.0, 4.0])
def test_the_way_the_ground_slides_tells_the_error_of_the_yaw(
    start: CameraPose, off_deg: float, step_m: float, turn_deg: float
) -> None:
    before, now = flight(start, off_deg=off_deg, steps=2, step_m=step_m, turn_deg=turn_deg)
    slide = slide_between(before, now)
    assert slide is not None
    assert slide.off_deg is not None
    assert abs((slide.off_deg - off_deg + 180) % 360 - 180) <= 8


def cause_after(glimpses: Iterator[Glimpse]) -> str:
    watch, utc_ns = HeadingWatch(), 0
    for now in glimpses:
        watch.note(now)
        utc_ns = now.utc_ns
    return watch.doubt(utc_ns)


@pytest.mark.parametrize(
    ("off_deg", "cause"), [(0.0, ""), (9.0, ""), (-20.0, ""), (180.0, REVERSED), (160.0, REVERSED), (90.0, WRONG)]
)
def test_a_yaw_that_contradicts_the_flight_has_its_cause(off_deg: float, cause: str) -> None:
    assert cause_after(flight(NADIR, off_deg=off_deg, steps=10)) == cause


def test_a_camera_that_hovers_and_turns_says_nothing_of_its_yaw() -> None:
    assert cause_after(flight(NADIR, off_deg=180.0, steps=8, step_m=0.02, turn_deg=5.0)) == ""


def test_two_contradictions_are_not_enough() -> None:
    assert cause_after(flight(NADIR, off_deg=180.0, steps=3, step_m=2.5)) == ""


def test_a_place_that_jumps_contradicts_the_picture_and_no_yaw_is_blamed() -> None:
    """The receiver glitches by 30 m each second; the camera hovers."""
    told = [glimpse(frame_of(flown(NADIR, east_m=30.0 * (n % 2)), seen(NADIR), later_s=0.5 * n)) for n in range(12)]
    assert cause_after(iter(told)) == UNLIKE_POSE


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_height_that_is_wrong_by_far_contradicts_the_picture(factor: float) -> None:
    trues = [flown(NADIR, east_m=1.2 * step, north_m=0.5 * step) for step in range(10)]
    told = [
        glimpse(frame_of(replace(true, alt_m=true.alt_m * factor), seen(true), later_s=EVERY_S * step))
        for step, true in enumerate(trues)
    ]
    assert cause_after(iter(told)) == UNLIKE_POSE


def test_a_gimbal_that_is_stuck_while_its_report_turns_contradicts_the_picture() -> None:
    trues = [flown(NADIR, east_m=1.2 * step) for step in range(10)]
    told = [
        glimpse(frame_of(replace(true, yaw_deg=true.yaw_deg + 12 * step), seen(true), later_s=EVERY_S * step))
        for step, true in enumerate(trues)
    ]
    assert cause_after(iter(told)) in {UNLIKE_POSE, WRONG}


@pytest.mark.parametrize("factor", [0.85, 1.15])
def test_a_height_as_wrong_as_barometers_are_is_let_through(factor: float) -> None:
    trues = [flown(NADIR, east_m=1.0 * step, north_m=0.5 * step, yaw_deg=3.0 * step) for step in range(10)]
    told = [
        glimpse(frame_of(replace(true, alt_m=true.alt_m * factor), seen(true), later_s=EVERY_S * step))
        for step, true in enumerate(trues)
    ]
    assert cause_after(iter(told)) == ""


def test_ground_without_texture_says_nothing() -> None:
    even = np.full((HEIGHT_PX, WIDTH_PX), 90, np.uint8)
    told = [glimpse(frame_of(flown(NADIR, east_m=1.5 * n), even, later_s=0.4 * n)) for n in range(8)]
    assert cause_after(iter(told)) == ""


def test_it_opens_again_when_the_yaw_is_right_for_a_while_and_not_while_the_camera_stands() -> None:
    watch = HeadingWatch()
    for now in flight(NADIR, off_deg=180.0, steps=8):
        watch.note(now)
    assert watch.doubt(now.utc_ns) == REVERSED
    assert watch.doubt(now.utc_ns + 2 * CLEAN_NS) == REVERSED, "nothing new was seen"
    later = flown(NADIR, east_m=8.0)
    for n, right in enumerate(flight(later, off_deg=0.0, steps=10)):
        after = replace(right, utc_ns=now.utc_ns + round((n + 1) * EVERY_S * 1e9))
        watch.note(after)
    assert watch.doubt(after.utc_ns) == REVERSED, "too soon"
    assert watch.doubt(now.utc_ns + CLEAN_NS + 10**9) == ""

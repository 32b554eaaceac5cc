"""The offset between pictures and poses: known ones come back with an honest error, doubtful ones are refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from flightlink.pose import CONSUMER_GIMBAL, CameraPose, Intrinsics
from maps.camera import image_from_enu
from vision.turning.match import Offset
from vision.turning.measured import WIDTH_PX, Turn, turn_between
from vision.turning.predicted import motion_between
from vision.turning.task import figures_of, matched

BEGUN_NS = 1_790_000_000 * 10**9
APART_S = 0.08
LENS = Intrinsics(width_px=1280, height_px=720, fx_px=1000, fy_px=1000, cx_px=639.5, cy_px=359.5)
POSE = CameraPose(
    utc_ns=BEGUN_NS, lat_deg=48.0, lon_deg=2.0, alt_m=60.0, ground_alt_m=0.0, yaw_deg=0.0, pitch_deg=-45.0,
    roll_deg=0.0, intrinsics=LENS, sigma=CONSUMER_GIMBAL,
)  # fmt: skip
Flight = Callable[[float], CameraPose]


def panning(t_s: float) -> CameraPose:
    """A camera that pans unevenly while it flies north."""
    return replace(
        POSE,
        utc_ns=BEGUN_NS + round(t_s * 1e9),
        yaw_deg=20 * math.sin(0.7 * t_s) + 7 * math.sin(1.9 * t_s + 1),
        pitch_deg=-45 + 6 * math.sin(0.5 * t_s + 2),
        lat_deg=48 + 5 * t_s / 111_320,
    )


def swinging(t_s: float) -> CameraPose:
    """A camera that repeats itself every two seconds."""
    return replace(POSE, utc_ns=BEGUN_NS + round(t_s * 1e9), yaw_deg=10 * math.sin(math.pi * t_s))


def turns(flight: Flight, *, late_s: float, count: int = 90, noise: float = 0.004, begun_s: float = 5.0) -> list[Turn]:
    """What pictures of a flight show, by a clock that is `late_s` late."""
    rng = np.random.default_rng(7)
    made = []
    for number in range(count):
        at_s = begun_s + number * APART_S
        before, after = flight(at_s - late_s), flight(at_s + APART_S - late_s)
        rates = motion_between(before, after) / APART_S + rng.normal(0, noise, 3)
        made.append(Turn(at_s + APART_S / 2, APART_S, *(float(rate) for rate in rates)))
    return made


def told(flight: Flight, *, seconds: int = 20) -> list[CameraPose]:
    return [flight(number / 20) for number in range(seconds * 20)]


def match(flight: Flight, *, late_s: float, search_s: float = 4.0, noise: float = 0.004, count: int = 90) -> Offset:
    seen = turns(flight, late_s=late_s, noise=noise, count=count)
    return matched(seen, told(flight), starts_utc_ns=BEGUN_NS, search_s=search_s)


@settings(max_examples=4, deadline=None)
@given(late_s=st.floats(-3, 3))
def test_a_known_offset_comes_back_between_the_steps(late_s: float) -> None:
    found = match(panning, late_s=late_s, search_s=5.0)
    assert found.refusal == ""
    assert found.offset_s == pytest.approx(-late_s, abs=0.005)
    assert found.sigma_s <= 0.01
    assert found.correlation > 0.97


def test_the_error_that_is_told_grows_with_the_noise() -> None:
    clean, noisy = match(panning, late_s=0.237), match(panning, late_s=0.237, noise=0.06)
    assert noisy.refusal == ""
    assert noisy.sigma_s > 2 * clean.sigma_s
    assert abs(noisy.offset_s + 0.237) < 4 * noisy.sigma_s


def test_without_rotation_there_is_nothing_to_match() -> None:
    def hovering(t_s: float) -> CameraPose:
        return replace(POSE, utc_ns=BEGUN_NS + round(t_s * 1e9))

    assert match(hovering, late_s=0.2, noise=0.0).refusal == "no rotation to match"
    still, moving = turns(hovering, late_s=0.0, noise=0.0), turns(panning, late_s=0.0)
    assert matched(still, told(panning), starts_utc_ns=BEGUN_NS, search_s=3).refusal == "no rotation to match"
    assert matched(moving, told(hovering), starts_utc_ns=BEGUN_NS, search_s=3).refusal != ""


def test_a_motion_that_repeats_itself_is_ambiguous() -> None:
    assert match(swinging, late_s=0.3).refusal == "ambiguous"


def test_pictures_of_another_flight_do_not_match() -> None:
    rng = np.random.default_rng(1)
    other = [turn._replace(right_per_s=float(rng.normal(0, 0.2))) for turn in turns(panning, late_s=0.0)]
    assert matched(other, told(panning), starts_utc_ns=BEGUN_NS, search_s=5).refusal == "no match"


def test_what_cannot_be_searched_is_refused() -> None:
    assert match(panning, late_s=0.2, count=30).refusal == "too short"
    seen = turns(panning, late_s=0.0)
    assert matched(seen, told(panning), starts_utc_ns=BEGUN_NS + 10**12, search_s=5).refusal == "no poses of this time"
    assert matched(seen, [], starts_utc_ns=BEGUN_NS, search_s=5).refusal == "no poses of this time"
    assert matched([], told(panning), starts_utc_ns=BEGUN_NS, search_s=5).refusal == "too short"
    assert match(panning, late_s=2.0, search_s=1.0).refusal in ("at the limit of the search", "no match")


def test_only_a_handful_of_figures_leaves() -> None:
    figures = figures_of(match(panning, late_s=0.1))
    assert figures.keys() == {"refusal", "offset_s", "sigma_s", "correlation", "pairs"}
    assert all(type(value) in (str, float, int) for value in figures.values())


@pytest.mark.parametrize("changed", [{"yaw_deg": 1.0}, {"pitch_deg": -44.0}, {"roll_deg": 2.0}, {"lat_deg": 48.00001}])
def test_the_motion_of_the_poses_is_that_of_the_cameras_model(changed: dict[str, float]) -> None:
    after = replace(POSE, **changed)  # type: ignore[arg-type]
    ground = np.array([[0.0, 60.0, -60.0], [0.5, 60.0, -60.0]])
    moved = np.array([0.0, (after.lat_deg - POSE.lat_deg) * 111_320, 0.0])
    u_px, v_px, _ = image_from_enu(after, ground - moved)
    right, down, turned = motion_between(POSE, after)
    assert (right * 1280, down * 1280) == pytest.approx((u_px[0] - 639.5, v_px[0] - 359.5), abs=0.01)
    assert turned == pytest.approx(math.atan2(v_px[1] - v_px[0], u_px[1] - u_px[0]), abs=1e-3)


def noise_picture(seed: int) -> NDArray[np.uint8]:
    rough = np.random.default_rng(seed).integers(0, 255, (60, 90), np.uint8)
    return np.asarray(cv2.resize(rough, (480, 320), interpolation=cv2.INTER_CUBIC), np.uint8)


def crop(picture: NDArray[np.uint8], right_px: float, down_px: float, turned: float) -> NDArray[np.uint8]:
    """The middle of a picture whose content has moved and turned about the middle of the crop."""
    cosine, sine = math.cos(turned), math.sin(turned)
    matrix = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0]])
    matrix[:, 2] = np.array([159.5 + right_px, 89.5 + down_px]) - matrix[:, :2] @ np.array([239.5, 159.5])
    return np.asarray(cv2.warpAffine(picture, matrix, (WIDTH_PX, 180)), np.uint8)


@pytest.mark.parametrize(("right_px", "down_px", "turned"), [(6.3, -2.4, 0.0), (0.0, 0.0, 0.03), (-14.0, 5.0, -0.02)])
def test_the_motion_of_a_picture_is_measured(right_px: float, down_px: float, turned: float) -> None:
    picture = noise_picture(3)
    found = turn_between(crop(picture, 0, 0, 0), crop(picture, right_px, down_px, turned), begun_s=1.0, ended_s=1.1)
    assert found is not None
    assert found.time_s == pytest.approx(1.05)
    assert found.right_per_s * WIDTH_PX * 0.1 == pytest.approx(right_px, abs=0.1)
    assert found.down_per_s * WIDTH_PX * 0.1 == pytest.approx(down_px, abs=0.1)
    assert found.turned_per_s * 0.1 == pytest.approx(turned, abs=0.001)


def test_a_picture_that_tells_nothing_gives_no_motion() -> None:
    blank = np.full((180, WIDTH_PX), 90, np.uint8)
    assert turn_between(blank, blank, begun_s=0, ended_s=0.1) is None
    one, other = crop(noise_picture(3), 0, 0, 0), crop(noise_picture(4), 0, 0, 0)
    assert turn_between(one, other, begun_s=0, ended_s=0.1) is None


def stops(t_s: float, *, at_s: float) -> CameraPose:
    """A camera that pans and from some instant on does not move at all."""
    return replace(panning(min(t_s, at_s)), utc_ns=BEGUN_NS + round(t_s * 1e9))


@pytest.mark.parametrize(("at_s", "refusal"), [(9.0, ""), (5.5, "no rotation to match")])
def test_a_camera_that_pans_and_then_stands_still_tells_a_finite_error_or_none(at_s: float, refusal: str) -> None:
    """The worker's health and the tool's figures hold no infinite number."""
    found = match(lambda t_s: stops(t_s, at_s=at_s), late_s=0.2, noise=0.0)
    assert found.refusal == refusal
    assert math.isfinite(found.sigma_s)
    if not refusal:
        assert found.offset_s == pytest.approx(-0.2, abs=0.01)

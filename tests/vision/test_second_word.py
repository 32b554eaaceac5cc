"""A pose that the video tells opens no finer picture than the link of the same camera lets pass."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightlink.optics import Optics
from flightlink.pose import CameraPose, HeightDatum, Intrinsics, PoseRefusal
from flightlink.track import PoseTrack
from flightlink.video_pose import VideoPoses
from tests.flightlink.test_video_pose import POSE
from tests.vision.test_pose_choice import BEGUN_NS, MS, Feed
from vision.pose_choice import PoseChoice
from vision.scale import density_bound
from vision.second_word import UNLIKE_LINK, held_against

LENS = Intrinsics(width_px=1280, height_px=720, fx_px=1065, fy_px=1065, cx_px=639.5, cy_px=359.5)
TRUE = replace(POSE, lat_deg=48.8566, lon_deg=2.3522, intrinsics=LENS, yaw_deg=12.0, pitch_deg=-40.1, roll_deg=0.0)
"""As `told` of the frames: 60 m over home, 62 degrees wide."""


def linked(wanted: str = "auto", *, alt_m: float = 60.0, pitch_deg: float = -40.1, roll_deg: float = 0.0) -> Feed:
    track = PoseTrack()
    said = replace(TRUE, alt_m=alt_m, pitch_deg=pitch_deg, roll_deg=roll_deg)
    for number in range(200):
        track.add(replace(said, utc_ns=BEGUN_NS + number * 50 * MS))
    return Feed(PoseChoice(track, VideoPoses(Optics(picture_px=(1280, 720))), wanted=wanted))


def last(one: Feed, frames: int = 8) -> CameraPose | PoseRefusal:
    for _ in range(frames):
        utc_ns = one.frame()
    return one.choice.pose_at(utc_ns)


def test_a_height_that_the_link_denies_opens_no_finer_picture() -> None:
    alone, honest, forged = last(linked("sei")), last(linked()), last(linked(alt_m=20.0))
    assert honest == alone
    assert isinstance(forged, CameraPose)
    assert density_bound(forged).least >= density_bound(replace(forged, alt_m=20.0, sigma=TRUE.sigma)).least


@settings(max_examples=60, deadline=None)
@given(
    alt_m=st.floats(8, 400), times=st.floats(1, 50), vertical_m=st.floats(0.05, 8), link_m=st.floats(0.05, 8),
    pitch_deg=st.floats(-90, -20),
)  # fmt: skip
def test_the_stricter_height_decides(
    alt_m: float, times: float, vertical_m: float, link_m: float, pitch_deg: float
) -> None:
    link = replace(TRUE, alt_m=alt_m, pitch_deg=pitch_deg, sigma=replace(TRUE.sigma, vertical_m=link_m))
    told = replace(link, alt_m=alt_m * times, sigma=replace(TRUE.sigma, vertical_m=vertical_m))
    answer = held_against(told, link, on_model=False)
    assert isinstance(answer, CameraPose)
    strict, allowed = density_bound(answer).px_per_m, density_bound(link).px_per_m
    assert (strict >= allowed * 0.97).all(), "but for some centimetres of people who stand raised"


@pytest.mark.parametrize(("pitch_deg", "roll_deg"), [(-60.0, 0.0), (-89.0, 0.0), (-40.1, 12.0)])
def test_another_tilt_is_refused_and_neither_is_used(pitch_deg: float, roll_deg: float) -> None:
    one = linked(pitch_deg=pitch_deg, roll_deg=roll_deg)
    answer = last(one)
    assert isinstance(answer, PoseRefusal)
    assert answer.cause == UNLIKE_LINK
    assert one.choice.placed is not None
    assert one.choice.placed.video_refused[UNLIKE_LINK] > 0


def test_a_wider_lens_is_refused_a_narrower_one_is_the_stricter() -> None:
    wider = replace(TRUE, intrinsics=replace(LENS, fx_px=900.0))
    assert isinstance(held_against(wider, TRUE, on_model=False), PoseRefusal)
    assert held_against(TRUE, wider, on_model=False) == TRUE


def test_what_two_honest_sources_differ_by_is_believed() -> None:
    told = replace(TRUE, yaw_deg=TRUE.yaw_deg + 25, lat_deg=TRUE.lat_deg + 2e-4, alt_m=30.0)
    assert held_against(told, TRUE, on_model=False) == told


@pytest.mark.parametrize("told", [replace(TRUE, yaw_deg=192.0), replace(TRUE, lat_deg=48.858)])
def test_ground_outside_the_area_passes_for_none_inside(told: CameraPose) -> None:
    answer = held_against(told, TRUE, on_model=False)
    assert isinstance(answer, PoseRefusal)
    assert answer.cause == UNLIKE_LINK


LINK = replace(TRUE, alt_amsl_m=100.0, geoid_m=45.0, height_datum=HeightDatum.HOME)


@pytest.mark.parametrize(
    ("datum", "alt_m", "alt_amsl_m", "higher_m"),
    [
        (HeightDatum.AMSL, 100.0, 100.0, 0),
        (HeightDatum.HOME, 60.0, 100.0, 0),
        (HeightDatum.ELLIPSOID, 145.0, 100.0, 0),
        (HeightDatum.AMSL, 500.0, 100.0, 400),
        (HeightDatum.HOME, 60.0, 500.0, 400),
        (HeightDatum.ELLIPSOID, 545.0, 100.0, 400),
    ],
)
def test_over_a_model_the_height_that_is_used_is_the_one_compared(
    datum: HeightDatum, alt_m: float, alt_amsl_m: float, higher_m: float
) -> None:
    told = replace(TRUE, alt_m=alt_m, ground_alt_m=alt_m - 90, alt_amsl_m=alt_amsl_m, height_datum=datum)
    answer = held_against(told, LINK, on_model=True)
    assert isinstance(answer, CameraPose)
    assert answer.sigma.vertical_m - told.sigma.vertical_m == pytest.approx((higher_m + min(higher_m, 3)) / 2)


def test_over_a_model_a_height_that_nothing_confirms_is_refused() -> None:
    told = replace(TRUE, alt_m=500.0, height_datum=HeightDatum.AMSL)
    assert isinstance(held_against(told, replace(LINK, alt_amsl_m=None), on_model=True), PoseRefusal)


def test_where_the_settings_name_one_source_it_is_not_held_against_another() -> None:
    assert isinstance(last(linked("sei", pitch_deg=-89.0)), CameraPose)

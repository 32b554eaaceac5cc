"""A pose that the video tells opens no finer picture than the link of the same camera lets pass."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightlink.optics import Optics
from flightlink.pose import CameraPose, Intrinsics, PoseRefusal
from flightlink.track import PoseTrack
from flightlink.video_pose import VideoPoses
from tests.flightlink.test_video_pose import POSE
from tests.vision.test_pose_choice import BEGUN_NS, MS, Feed
from vision.pose_choice import PoseChoice
from vision.scale import density_bound
from vision.second_word import UNLIKE_LINK, held_against

LENS = Intrinsics(width_px=1280, height_px=720, fx_px=1065, fy_px=1065, cx_px=639.5, cy_px=359.5)
TRUE = replace(POSE, intrinsics=LENS, pitch_deg=-40.1, roll_deg=0.0)
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


def test_yaw_and_a_lower_height_are_believed() -> None:
    told = replace(TRUE, yaw_deg=120.0, alt_m=30.0)
    assert held_against(told, TRUE, on_model=False) == told


def test_over_a_model_heights_above_the_sea_are_compared() -> None:
    link = replace(TRUE, alt_amsl_m=100.0)
    hill = replace(TRUE, alt_m=90.0, alt_amsl_m=100.0)
    assert held_against(hill, link, on_model=True) == hill
    forged = held_against(replace(TRUE, alt_amsl_m=500.0), link, on_model=True)
    assert isinstance(forged, CameraPose)
    assert forged.sigma.vertical_m > 200


def test_where_the_settings_name_one_source_it_is_not_held_against_another() -> None:
    assert isinstance(last(linked("sei", pitch_deg=-89.0)), CameraPose)

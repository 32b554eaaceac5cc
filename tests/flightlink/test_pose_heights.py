"""What the heights of a pose are counted from: stated, carried over the wire, and never mixed."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.errors import PoseInvalidError
from flightlink.pose import CONSUMER_GIMBAL, CameraPose, HeightDatum, Intrinsics
from flightlink.track import PoseTrack
from vision.wire import pose_from_line, pose_line

MS = 1_000_000
AT_HOME = CameraPose(
    utc_ns=0, lat_deg=48.0, lon_deg=2.0, alt_m=50.0, ground_alt_m=0.0, yaw_deg=0.0, pitch_deg=-45.0, roll_deg=0.0,
    intrinsics=Intrinsics(width_px=640, height_px=480, fx_px=500, fy_px=500, cx_px=319.5, cy_px=239.5),
    sigma=replace(CONSUMER_GIMBAL, focal_share=0.01), height_datum=HeightDatum.HOME, home_lat_deg=48.0,
    home_lon_deg=2.0, alt_amsl_m=150.0, geoid_m=44.6,
)  # fmt: skip


def between(one: CameraPose, other: CameraPose, utc_ns: int) -> CameraPose:
    track = PoseTrack()
    track.add(one)
    track.add(other)
    pose = track.pose_at(utc_ns)
    assert isinstance(pose, CameraPose)
    return pose


@given(st.sampled_from(HeightDatum), st.floats(-100, 9000) | st.none(), st.floats(-110, 90) | st.none())
def test_the_datum_goes_over_the_wire(datum: HeightDatum, alt_amsl_m: float | None, geoid_m: float | None) -> None:
    pose = replace(AT_HOME, height_datum=datum, alt_amsl_m=alt_amsl_m, geoid_m=geoid_m)
    assert pose_from_line(pose_line(pose)) == pose


def test_between_two_samples_both_heights_are_interpolated() -> None:
    pose = between(AT_HOME, replace(AT_HOME, utc_ns=100 * MS, alt_m=60.0, alt_amsl_m=160.0), 25 * MS)
    assert (pose.alt_m, pose.alt_amsl_m) == pytest.approx((52.5, 152.5))
    assert pose.height_reference == AT_HOME.height_reference
    assert pose.sigma.focal_share == 0.01


@pytest.mark.parametrize(
    "other",
    [{"height_datum": HeightDatum.EGM96, "home_lat_deg": None, "home_lon_deg": None}, {"home_lat_deg": 48.001}],
)
def test_heights_from_two_references_are_never_mixed(other: dict[str, Any]) -> None:
    later = replace(AT_HOME, utc_ns=100 * MS, alt_m=150.0, **other)
    early, late = between(AT_HOME, later, 25 * MS), between(AT_HOME, later, 75 * MS)
    assert (early.alt_m, late.alt_m) == (50.0, 150.0)
    assert (early.height_reference, late.height_reference) == (AT_HOME.height_reference, later.height_reference)
    assert min(early.sigma.vertical_m, late.sigma.vertical_m) > CONSUMER_GIMBAL.vertical_m


def test_a_height_that_only_one_sample_tells_is_not_invented() -> None:
    assert between(AT_HOME, replace(AT_HOME, utc_ns=100 * MS, alt_amsl_m=None), 25 * MS).alt_amsl_m is None


@pytest.mark.parametrize(
    "bad", [{"home_lat_deg": None}, {"home_lon_deg": None}, {"alt_amsl_m": float("nan")}, {"geoid_m": float("inf")}]
)
def test_half_a_home_and_undefined_heights_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(PoseInvalidError):
        replace(AT_HOME, **bad)

"""One packet's pose: the chain of angles, one datum, the refusals with their causes, the errors that are stated."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.attitude import quaternion_from_attitude
from flightlink.klv.local_set import LocalSet, local_set_from
from flightlink.klv.pose import INERTIAL_TURRET, contradiction_deg, pose_from_local_set
from flightlink.optics import Optics
from flightlink.pose import CONSUMER_GIMBAL, SURVEYED, CameraPose, HeightDatum, Intrinsics, PoseRefusal
from tests.flightlink.klv_bytes import UTC_US, items, signed, unsigned

TOLD = local_set_from(items())
LENS = Intrinsics(width_px=1280, height_px=720, fx_px=3897.0, fy_px=3897.0, cx_px=630.0, cy_px=350.0)


def pose_of(told: LocalSet, optics: Optics = Optics()) -> CameraPose:  # noqa: B008 - a frozen value
    pose = pose_from_local_set(told, optics)
    assert isinstance(pose, CameraPose), pose
    return pose


def cause_of(told: LocalSet, optics: Optics = Optics()) -> str:  # noqa: B008 - a frozen value
    refusal = pose_from_local_set(told, optics)
    assert isinstance(refusal, PoseRefusal), refusal
    return refusal.cause


def test_the_platform_leans_the_camera() -> None:
    """The first recorded packet's angles; its frame centre lies where the axis meets the ground."""
    pose = pose_of(TOLD)
    assert pose.utc_ns == UTC_US * 1000
    assert (pose.lat_deg, pose.lon_deg) == pytest.approx((41.14384566, -104.80559675), abs=1e-7)
    assert (pose.alt_m, pose.ground_alt_m) == pytest.approx((2155, 1855), abs=0.2)
    assert pose.height_datum is HeightDatum.AMSL
    ground_m = pose.alt_agl_m / math.tan(math.radians(-pose.pitch_deg))
    # recorded: centre 41.13830837, -104.78550390 from 1081 m over it, that is 1688 m east and 615 m south
    assert pose.yaw_deg == pytest.approx(math.degrees(math.atan2(1688, -615)), abs=0.3)
    assert ground_m / pose.alt_agl_m == pytest.approx(math.hypot(1688, 615) / 1081, rel=0.01)


angles = st.floats(-179.9, 179.9)


@given(st.floats(0, 359), st.floats(-19, 19), st.floats(-49, 49), st.floats(0, 359), st.floats(-89, 89), angles)
def test_the_chain_is_two_turns_one_after_the_other(
    heading: float, pitch: float, roll: float, azimuth: float, elevation: float, turn: float
) -> None:
    told = replace(
        TOLD, heading_deg=heading, pitch_deg=pitch, roll_deg=roll, azimuth_deg=azimuth, elevation_deg=elevation,
        sensor_roll_deg=turn,
    )  # fmt: skip
    pose = pose_of(told)
    one = quaternion_from_attitude(yaw_deg=heading, pitch_deg=pitch, roll_deg=roll)
    other = quaternion_from_attitude(yaw_deg=azimuth, pitch_deg=elevation, roll_deg=turn)
    found = quaternion_from_attitude(yaw_deg=pose.yaw_deg, pitch_deg=pose.pitch_deg, roll_deg=pose.roll_deg)
    assert abs(found.dot(one.times(other))) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(
    ("lacks", "cause"),
    [
        ("utc_us", "no_clock"),
        ("lat_deg", "no_position"),
        ("lon_deg", "no_position"),
        ("heading_deg", "no_attitude"),
        ("pitch_deg", "no_attitude"),
        ("roll_deg", "no_attitude"),
        ("azimuth_deg", "no_gimbal"),
        ("elevation_deg", "no_gimbal"),
        ("alt_amsl_m", "no_height"),
        ("centre_alt_amsl_m", "no_height"),
        ("hfov_deg", "no_intrinsics"),
    ],
)
def test_what_a_packet_lacks_is_the_cause(lacks: str, cause: str) -> None:
    assert cause_of(replace(TOLD, **{lacks: None})) == cause


def test_a_place_of_zero_is_none() -> None:
    assert cause_of(replace(TOLD, lat_deg=0.0, lon_deg=0.0)) == "no_position"


def test_an_unset_time_stamp_is_none() -> None:
    for utc_us in (0, 5_000_000, 2**63):
        assert cause_of(local_set_from(items(utc_us))) == "no_clock"


def test_reserved_values_give_no_pose() -> None:
    reserved = {6: b"\x80\x00", 13: b"\x80\x00\x00\x00", 19: b"\x80\x00\x00\x00"}
    causes = {tag: cause_of(local_set_from(items() | {tag: value})) for tag, value in reserved.items()}
    assert causes == {6: "no_attitude", 13: "no_position", 19: "no_gimbal"}


def test_two_data_are_never_mixed() -> None:
    """Ellipsoid height over a ground above sea level would be wrong by the geoid."""
    only_hae = replace(TOLD, alt_amsl_m=None, alt_hae_m=2140.0)
    assert cause_of(only_hae) == "no_height"
    pose = pose_of(replace(only_hae, centre_alt_hae_m=1840.0))
    assert (pose.alt_m, pose.ground_alt_m, pose.height_datum) == (2140.0, 1840.0, HeightDatum.ELLIPSOID)


def test_the_slant_range_tells_the_ground_where_nothing_else_does() -> None:
    known = pose_of(TOLD)
    slant_m = known.alt_agl_m / math.sin(math.radians(-known.pitch_deg))
    pose = pose_of(replace(TOLD, centre_alt_amsl_m=None, slant_range_m=slant_m))
    assert pose.ground_alt_m == pytest.approx(known.ground_alt_m, abs=0.01)


def test_fields_of_view_make_the_pinhole() -> None:
    lens = pose_of(TOLD, Optics(picture_px=(1280, 720))).intrinsics
    assert (lens.width_px, lens.height_px, lens.cx_px, lens.cy_px) == (1280, 720, 639.5, 359.5)
    assert lens.fx_px == pytest.approx(640 / math.tan(math.radians(18.65 / 2)), rel=1e-3)
    assert lens.fy_px == pytest.approx(360 / math.tan(math.radians(10.49 / 2)), rel=1e-3)


def test_a_calibrated_lens_holds_until_the_camera_zooms() -> None:
    optics = Optics(calibrated=LENS)
    assert pose_of(TOLD, optics).intrinsics == LENS
    zoomed = replace(TOLD, hfov_deg=9.0)
    assert pose_of(zoomed, optics).intrinsics.fx_px == pytest.approx(640 / math.tan(math.radians(4.5)))
    assert cause_of(zoomed, replace(optics, may_zoom=False)) == "fov_unlike_camera_file"


def test_the_better_class_of_error_is_kept_for_what_flies_high() -> None:
    assert pose_of(TOLD).sigma == CONSUMER_GIMBAL
    assert pose_of(replace(TOLD, alt_amsl_m=2955.0)).sigma == INERTIAL_TURRET
    assert pose_of(TOLD, Optics(sigma=SURVEYED)).sigma == SURVEYED


def centred(pose: CameraPose, *, off_deg: float) -> LocalSet:
    """The packet with a frame centre that lies so far to the right of its axis."""
    along_m = pose.alt_agl_m / math.tan(math.radians(-pose.pitch_deg))
    yaw = math.radians(pose.yaw_deg + off_deg)
    lat_deg = pose.lat_deg + along_m * math.cos(yaw) / 111_320
    lon_deg = pose.lon_deg + along_m * math.sin(yaw) / 111_320 / math.cos(math.radians(pose.lat_deg))
    return replace(TOLD, centre_lat_deg=lat_deg, centre_lon_deg=lon_deg)


def test_a_frame_centre_that_contradicts_the_angles_widens_the_error_then_refuses() -> None:
    known = pose_of(TOLD)
    agreed = pose_of(centred(known, off_deg=0.0))
    assert contradiction_deg(known, centred(known, off_deg=0.0)) == pytest.approx(0, abs=0.05)
    assert agreed.sigma.yaw_deg == pytest.approx(3.0, abs=0.01)
    doubted = pose_of(centred(known, off_deg=4.0))
    assert doubted.sigma.pitch_deg > 1.4
    assert cause_of(centred(known, off_deg=12.0)) == "frame_centre_unlike_angles"


def test_a_frame_centre_says_nothing_of_a_level_view() -> None:
    level = replace(TOLD, pitch_deg=0.0, roll_deg=0.0, elevation_deg=-2.0, centre_lat_deg=41.0, centre_lon_deg=-104.0)
    assert pose_of(level).sigma == CONSUMER_GIMBAL


@given(st.dictionaries(st.sampled_from(range(2, 110)), st.binary(max_size=8), max_size=25))
def test_any_packet_is_a_pose_or_a_refusal(told: dict[int, bytes]) -> None:
    for one in (local_set_from(told), local_set_from(items() | told)):
        answer = pose_from_local_set(one, Optics())
        assert isinstance(answer, CameraPose | PoseRefusal)


def test_heights_beyond_the_short_scale_come_from_tag_75() -> None:
    told = local_set_from(items() | {75: unsigned(2100, -900, 19_000, 2), 90: signed(-31.5, 90, 4)})
    assert told.alt_hae_m == pytest.approx(2100, abs=0.2)
    assert told.pitch_deg == pytest.approx(-31.5, abs=1e-6)


def test_a_frame_centre_beyond_the_antimeridian_lies_where_the_angles_point() -> None:
    east_deg, centre = 104.80559675 - 104.78550390, replace(TOLD, centre_lat_deg=41.13830837)
    here = replace(centre, lon_deg=2.0, centre_lon_deg=2.0 + east_deg)
    there = replace(centre, lon_deg=180 - east_deg / 2, centre_lon_deg=-180 + east_deg / 2)
    off_deg = [contradiction_deg(pose_of(replace(told, centre_lat_deg=None)), told) for told in (here, there)]
    assert off_deg[1] == pytest.approx(off_deg[0], abs=1e-6)

"""Poses between, beside and far from samples."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.attitude import wrapped_deg
from flightlink.pose import CONSUMER_GIMBAL, SURVEYED, CameraPose, Intrinsics, PoseRefusal
from flightlink.track import FixedPose, PoseTrack

MS = 1_000_000
LENS = Intrinsics(width_px=640, height_px=480, fx_px=500, fy_px=500, cx_px=319.5, cy_px=239.5)
START = CameraPose(
    utc_ns=0,
    lat_deg=48.0,
    lon_deg=2.0,
    alt_m=50,
    ground_alt_m=0,
    yaw_deg=0,
    pitch_deg=-45,
    roll_deg=0,
    intrinsics=LENS,
    sigma=CONSUMER_GIMBAL,
)


def track(*poses: CameraPose) -> PoseTrack:
    filled = PoseTrack()
    for pose in poses:
        filled.add(pose)
    return filled


def pose_of(answer: CameraPose | PoseRefusal) -> CameraPose:
    assert isinstance(answer, CameraPose), answer
    return answer


def refusal_of(answer: CameraPose | PoseRefusal) -> PoseRefusal:
    assert isinstance(answer, PoseRefusal), answer
    return answer


def test_an_empty_track_refuses() -> None:
    assert refusal_of(PoseTrack().pose_at(0)).cause == "no_pose"


def test_between_two_samples_the_pose_is_interpolated() -> None:
    later = replace(START, utc_ns=100 * MS, lat_deg=48.001, alt_m=60, yaw_deg=4, sigma=SURVEYED)
    pose = pose_of(track(START, later).pose_at(25 * MS))
    assert pose.lat_deg == pytest.approx(48.00025)
    assert pose.alt_m == pytest.approx(52.5)
    assert pose.yaw_deg == pytest.approx(1, abs=1e-3)
    assert pose.sigma == CONSUMER_GIMBAL
    assert pose.age_ms == pytest.approx(25)
    assert pose.utc_ns == 25 * MS


def test_the_pose_of_a_sample_is_the_sample() -> None:
    later = replace(START, utc_ns=100 * MS)
    assert track(START, later).pose_at(100 * MS) == later
    assert track(START, later).pose_at(0) == START


def test_longitude_and_yaw_take_the_short_way_round() -> None:
    west = replace(START, lon_deg=179.9999, yaw_deg=358)
    east = replace(START, utc_ns=100 * MS, lon_deg=-179.9999, yaw_deg=4)
    pose = pose_of(track(west, east).pose_at(75 * MS))
    assert pose.lon_deg == pytest.approx(-179.99995)
    assert wrapped_deg(pose.yaw_deg - 2.5) == pytest.approx(0, abs=1e-2)


def test_through_nadir_the_camera_does_not_spin() -> None:
    before = replace(START, yaw_deg=0, pitch_deg=-88, roll_deg=0)
    after = replace(START, utc_ns=100 * MS, yaw_deg=180, pitch_deg=-88, roll_deg=-180)
    middle = pose_of(track(before, after).pose_at(50 * MS))
    assert middle.pitch_deg == pytest.approx(-90, abs=1e-4)


def test_a_jump_between_two_samples_enters_the_sigma() -> None:
    jumped = track(START, replace(START, utc_ns=100 * MS, pitch_deg=-60))
    assert pose_of(jumped.pose_at(40 * MS)).sigma.pitch_deg == pytest.approx(CONSUMER_GIMBAL.pitch_deg + 6)
    assert pose_of(jumped.pose_at(100 * MS)).sigma == CONSUMER_GIMBAL


def test_beside_the_newest_sample_motion_goes_on_and_its_size_enters_the_sigma() -> None:
    later = replace(START, utc_ns=100 * MS, lat_deg=48.0001, yaw_deg=3)
    pose = pose_of(track(START, later).pose_at(200 * MS))
    assert pose.lat_deg == pytest.approx(48.0002)
    assert pose.sigma.horizontal_m == pytest.approx(CONSUMER_GIMBAL.horizontal_m + 11.1, abs=0.1)
    assert pose.sigma.yaw_deg > CONSUMER_GIMBAL.yaw_deg + 2
    assert pose.age_ms == pytest.approx(100)


def test_a_single_sample_is_held_with_the_sigma_of_brisk_flight() -> None:
    pose = pose_of(track(START).pose_at(200 * MS))
    assert (pose.lat_deg, pose.yaw_deg) == (START.lat_deg, START.yaw_deg)
    assert pose.sigma.horizontal_m == pytest.approx(CONSUMER_GIMBAL.horizontal_m + 3)
    assert pose.sigma.pitch_deg == pytest.approx(CONSUMER_GIMBAL.pitch_deg + 6)


@pytest.mark.parametrize("at_ms", [-251, 251, 800, -10_000])
def test_an_old_pose_is_refused_and_the_age_said(at_ms: int) -> None:
    refusal = refusal_of(track(START).pose_at(at_ms * MS))
    assert refusal.cause == "stale_pose"
    assert f"{abs(at_ms) / 1000:.2f} s" in refusal.detail


def test_the_age_of_a_sample_counts_towards_the_limit() -> None:
    assert refusal_of(track(replace(START, age_ms=200)).pose_at(100 * MS)).cause == "stale_pose"


def test_inside_a_long_gap_only_the_edges_have_a_pose() -> None:
    gap = track(START, replace(START, utc_ns=1000 * MS, lat_deg=48.01))
    assert pose_of(gap.pose_at(240 * MS)).lat_deg == START.lat_deg
    assert refusal_of(gap.pose_at(500 * MS)).cause == "stale_pose"
    assert pose_of(gap.pose_at(800 * MS)).lat_deg == 48.01


def test_the_limit_cannot_be_raised() -> None:
    lax = PoseTrack(max_age_ms=5000)
    lax.add(START)
    assert refusal_of(lax.pose_at(300 * MS)).cause == "stale_pose"


def test_when_full_the_oldest_sample_goes() -> None:
    small = PoseTrack(capacity=3)
    for step in (0, 100, 200, 300, 50):
        small.add(replace(START, utc_ns=step * MS))
    assert len(small) == 3
    assert small.pose_at(100 * MS) == replace(START, utc_ns=100 * MS)
    assert small.newest == replace(START, utc_ns=300 * MS)


@given(st.permutations(range(12)), st.integers(0, 1100))
def test_the_order_of_arrival_does_not_matter(order: list[int], at_ms: int) -> None:
    poses = [replace(START, utc_ns=step * 100 * MS, alt_m=50 + step**2, yaw_deg=step * 7.0) for step in range(12)]
    assert track(*(poses[step] for step in order)).pose_at(at_ms * MS) == track(*poses).pose_at(at_ms * MS)


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=30), st.integers(-1000, 6000))
def test_a_pose_is_never_further_than_the_limit_from_a_sample(times_ms: list[int], at_ms: int) -> None:
    answer = track(*(replace(START, utc_ns=time * MS) for time in times_ms)).pose_at(at_ms * MS)
    near_ms = min(abs(time - at_ms) for time in times_ms)
    if near_ms > 250:
        assert isinstance(answer, PoseRefusal)
    else:
        assert pose_of(answer).age_ms == pytest.approx(near_ms)


def test_a_fixed_camera_always_has_its_pose() -> None:
    assert FixedPose(START).pose_at(77) == replace(START, utc_ns=77)

"""A live video's own poses and times: timely ones only, and what a doubtful time costs."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.alignment import Alignment, Bias
from flightlink.optics import Optics
from flightlink.pose import CONSUMER_GIMBAL, CameraPose, Intrinsics, PoseRefusal
from flightlink.time_error import with_time_error
from flightlink.video_pose import MOST_AHEAD_NS, MOST_BACKLOG_NS, MOST_BEHIND_NS, PoseFrom, VideoPoses
from tests.flightlink.klv_bytes import UTC_US as KLV_US
from tests.flightlink.klv_bytes import items, packet
from tests.flightlink.test_sei import FRAME_US, payload, told
from tests.flightlink.test_sei import UTC_US as SEI_US

OPTICS = Optics(picture_px=(1280, 720))
LATE_NS = 150_000_000


def filled(count: int, *, late_ns: int = LATE_NS) -> VideoPoses:
    video = VideoPoses(OPTICS)
    for number in range(count):
        video.take_sei(payload(told(number)), (SEI_US + number * FRAME_US) * 1000 + late_ns)
    return video


def klv(count: int, *, late_ns: int = LATE_NS, jitter_ns: int = 0) -> VideoPoses:
    video = VideoPoses(OPTICS)
    for number in range(count):
        utc_ns = (KLV_US + number * 100_000) * 1000
        stamp_ns = number * 100_000_000 + (jitter_ns if number % 2 else 0)
        video.take_klv(packet(items(utc_ns // 1000)), stamp_ns=stamp_ns, arrival_utc_ns=utc_ns + late_ns)
    return video


def test_a_frame_tells_its_time_and_its_pose() -> None:
    video = filled(10)
    at = video.take_sei(payload(told(10)), (SEI_US + 10 * FRAME_US) * 1000 + LATE_NS)
    assert at is not None
    assert at.utc_ns == (SEI_US + 10 * FRAME_US) * 1000
    assert isinstance(video.pose_at(PoseFrom.SEI, at.utc_ns), CameraPose)
    assert video.is_heard(PoseFrom.SEI, at.utc_ns + LATE_NS, within_ns=0)
    assert not video.is_heard(PoseFrom.KLV, at.utc_ns, within_ns=10**12)


@pytest.mark.parametrize("late_ns", [-MOST_AHEAD_NS - 10**6, MOST_BACKLOG_NS + 10**6, 10**18, -(10**18)])
def test_what_is_off_the_stations_clock_is_refused(late_ns: int) -> None:
    sei, packets = filled(5, late_ns=late_ns), klv(5, late_ns=late_ns)
    for video, source, utc_us in ((sei, PoseFrom.SEI, SEI_US), (packets, PoseFrom.KLV, KLV_US)):
        assert video.refused["wrong_time"] == 5
        assert not video.is_heard(source, utc_us * 1000 + late_ns, within_ns=10**12)
        assert isinstance(video.pose_at(source, utc_us * 1000), PoseRefusal)
    assert klv(5, late_ns=late_ns).time_by_klv(0) is None


def test_what_piled_up_while_the_stream_was_opened_is_no_fault_of_a_clock() -> None:
    video = VideoPoses(OPTICS)
    for number in range(125):
        record = payload(told(number))
        video.take_sei(record, (SEI_US + number * FRAME_US) * 1000 + MOST_BEHIND_NS + 10**6)
    assert video.refused["wrong_time"] == 125 - 75
    assert not video.is_heard(PoseFrom.SEI, SEI_US * 1000, within_ns=10**12)


def test_packets_tell_the_time_of_frames_by_their_stamps() -> None:
    at = klv(10).time_by_klv(450_000_000)
    assert at is not None
    assert at.utc_ns == (KLV_US + 450_000) * 1000
    assert at.error_ms < 10
    loose = klv(10, jitter_ns=20_000_000).time_by_klv(450_000_000)
    assert loose is not None
    assert loose.error_ms > 20


def test_a_jump_of_the_streams_clock_begins_anew() -> None:
    video = klv(10)
    utc_ns = (KLV_US + 1_000_000) * 1000
    video.take_klv(packet(items(utc_ns // 1000)), stamp_ns=77 * 10**9, arrival_utc_ns=utc_ns)
    at = video.time_by_klv(77 * 10**9)
    assert at is not None
    assert at.utc_ns == utc_ns


def test_a_packet_without_a_pose_says_why() -> None:
    video = VideoPoses(OPTICS)
    lacking = {tag: value for tag, value in items().items() if tag != 13}
    video.take_klv(packet(lacking), stamp_ns=0, arrival_utc_ns=KLV_US * 1000)
    answer = video.pose_at(PoseFrom.KLV, KLV_US * 1000)
    assert isinstance(answer, PoseRefusal)
    assert answer.cause == "no_position"
    assert video.refused["no_position"] == 1


def test_damage_is_counted_and_is_no_place() -> None:
    video = VideoPoses(OPTICS)
    broken = bytearray(packet(items()))
    broken[40] ^= 1
    video.take_klv(bytes(broken) + packet(items())[:50], stamp_ns=0, arrival_utc_ns=KLV_US * 1000)
    video.take_sei(payload(told())[:-4], SEI_US * 1000)
    assert video.refused["damaged"] == 2
    assert isinstance(video.pose_at(PoseFrom.KLV, KLV_US * 1000), PoseRefusal)


@given(st.binary(max_size=300), st.integers(0, 2**62))
def test_any_bytes_are_taken(data: bytes, arrival_utc_ns: int) -> None:
    video = filled(1)
    video.take_sei(data, arrival_utc_ns)
    video.take_klv(packet(items())[:20] + data, stamp_ns=0, arrival_utc_ns=arrival_utc_ns)


def test_the_cameras_alignment_is_taken_off() -> None:
    bias = Alignment(bias=Bias(3.0, 0.0, 0.0), sigma_deg=(0.3, None, None), utc_ns=0, points=5, residual_m=0.4)
    video = VideoPoses(OPTICS, alignment=bias)
    utc_ns = KLV_US * 1000
    video.take_klv(packet(items()), stamp_ns=0, arrival_utc_ns=utc_ns)
    plain, put_right = klv(1).pose_at(PoseFrom.KLV, utc_ns), video.pose_at(PoseFrom.KLV, utc_ns)
    assert isinstance(plain, CameraPose)
    assert isinstance(put_right, CameraPose)
    assert plain.yaw_deg - put_right.yaw_deg == pytest.approx(3, abs=0.01)


def test_a_picture_of_another_size_has_its_own_lens() -> None:
    video = filled(5)
    video.resized((640, 360))
    pose = video.pose_at(PoseFrom.SEI, SEI_US * 1000)
    assert isinstance(pose, CameraPose)
    assert pose.intrinsics.fx_px == pytest.approx(320 / math.tan(math.radians(31)))


POSE = CameraPose(
    utc_ns=10**18, lat_deg=48.0, lon_deg=2.0, alt_m=60.0, ground_alt_m=0.0, yaw_deg=359.0, pitch_deg=-45.0,
    roll_deg=0.0,
    intrinsics=Intrinsics(width_px=100, height_px=100, fx_px=90, fy_px=90, cx_px=50, cy_px=50), sigma=CONSUMER_GIMBAL,
)  # fmt: skip


def test_a_doubtful_time_costs_what_the_camera_moves_in_it() -> None:
    before = replace(POSE, utc_ns=POSE.utc_ns - 50_000_000, yaw_deg=358.0, lat_deg=48.0 - 0.5 / 111_320, alt_m=59.9)
    sigma = with_time_error(POSE, before, 100.0).sigma
    assert sigma.yaw_deg == pytest.approx(3 + 2, abs=1e-6)
    assert sigma.pitch_deg == CONSUMER_GIMBAL.pitch_deg
    assert sigma.horizontal_m == pytest.approx(1.5 + 1.0, abs=0.01)
    assert sigma.vertical_m == pytest.approx(3 + 0.2, abs=1e-6)


def test_a_camera_that_stands_costs_nothing_and_near_nadir_all_axes_pay() -> None:
    assert with_time_error(POSE, replace(POSE, utc_ns=POSE.utc_ns - 10**7), 500.0) == POSE
    assert with_time_error(POSE, POSE, 500.0) == POSE
    nadir = replace(POSE, pitch_deg=-89.9)
    turned = replace(nadir, utc_ns=nadir.utc_ns - 10**8, yaw_deg=nadir.yaw_deg - 2)
    sigma = with_time_error(nadir, turned, 100.0).sigma
    assert sigma.pitch_deg == pytest.approx(CONSUMER_GIMBAL.pitch_deg + 2, abs=0.01)

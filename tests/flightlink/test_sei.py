"""Records of single frames: what they say, what is refused, poses between and beside their samples, whole videos."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.errors import TelemetryError
from flightlink.optics import Optics
from flightlink.pose import CONSUMER_GIMBAL, CameraPose, HeightDatum, PoseRefusal
from flightlink.recorded.kinds import poses_from_file
from flightlink.sei.record import MOST_BYTES, TELEMETRY_UUID, SeiReader, SeiRecord, payloads_in, record_from_text
from flightlink.sei.track import SeiTrack
from tests.flightlink.test_klv_recorded import pes, section, transport

UTC_US = 1_790_000_000_000_000
FRAME_US = 40_000
OPTICS = Optics(picture_px=(1280, 720))


def told(number: int = 0, **changed: Any) -> dict[str, Any]:
    """The record of a frame of a camera flying north at 10 m/s, turning 20 deg/s; samples come at 10 Hz."""
    utc_us = UTC_US + number * FRAME_US
    sampled_us = (utc_us - 30_000) // 100_000 * 100_000
    age_ms, since_s = round((utc_us - sampled_us) / 1000), (sampled_us - UTC_US) / 1e6
    turned = math.radians(20 * since_s)
    return {
        "schema": "apcg.telemetry.v1", "pts90k": number * 3600, "utc_us": utc_us,
        "position": {
            "lat_e7": round(488_566_000 + 10 * since_s / 111_320 * 1e7), "lon_e7": 23_522_000, "alt_amsl_m": 95.0,
            "alt_relative_m": 60.0, "age_ms": age_ms,
        },
        "velocity": None,
        "vehicle_attitude": {"roll_rad": 0.05, "pitch_rad": -0.1, "yaw_rad": turned, "age_ms": age_ms},
        "gimbal_attitude": {"roll_rad": 0.0, "pitch_rad": -0.7, "yaw_rad": 0.2, "age_ms": age_ms},
        "heading_rad": turned, "zoom": 1, "hfov_deg": 62.0,
    } | changed  # fmt: skip


def payload(record: dict[str, Any]) -> bytes:
    return TELEMETRY_UUID + json.dumps(record, separators=(",", ":")).encode()


def record(number: int = 0, **changed: Any) -> SeiRecord:
    found = record_from_text(json.dumps(told(number, **changed)).encode())
    assert found is not None
    return found


def filled(numbers: range) -> SeiTrack:
    track = SeiTrack()
    for number in numbers:
        track.take(record(number))
    return track


def test_a_record_says_place_vehicle_and_gimbal() -> None:
    found = record()
    assert found.place is not None
    assert (found.place.lat_deg, found.place.lon_deg) == pytest.approx((48.8566, 2.3522), abs=2e-5)
    assert (found.place.alt_amsl_m, found.place.alt_home_m, found.hfov_deg) == (95.0, 60.0, 62.0)


@pytest.mark.parametrize(
    "text",
    [
        b"", b"{", b"[]", b"7", b'{"schema":"apcg.telemetry.v2","utc_us":1790000000000000}', b'{"utc_us":1}', b"\xff",
        b'{"schema":"apcg.telemetry.v1","utc_us":NaN}', b'{"schema":"apcg.telemetry.v1","utc_us":true}',
        b'{"schema":"apcg.telemetry.v1","utc_us":1790000000000000.5}', b'{"schema":"apcg.telemetry.v1","utc_us":0}',
        b"[" * 3000, b" " * (MOST_BYTES + 1),
    ],
)  # fmt: skip
def test_no_record_comes_of_anything_else(text: bytes) -> None:
    reader = SeiReader()
    assert reader.record(TELEMETRY_UUID + text) is None
    assert (reader.sound, reader.damaged) == (0, 1)


def test_another_makers_payload_is_no_damage() -> None:
    reader = SeiReader()
    assert reader.record(bytes(16) + b"x264") is None
    assert reader.damaged == 0


@pytest.mark.parametrize("bad", [None, True, "3", 1e99, math.nan, [], {}, -1])
@pytest.mark.parametrize(
    ("part", "name"),
    [("position", "age_ms"), ("position", "lat_e7"), ("vehicle_attitude", "yaw_rad"), ("gimbal_attitude", "age_ms")],
)
def test_a_field_that_is_no_number_takes_its_part_with_it(part: str, name: str, bad: Any) -> None:
    if bad == -1 and name != "age_ms":
        return  # a place or an angle may be negative
    changed = told()
    changed[part] = changed[part] | {name: bad}
    track = SeiTrack()
    found = record_from_text(json.dumps(changed).encode())
    assert found is not None
    track.take(found)
    answer = track.pose_at(UTC_US * 1000, OPTICS)
    assert isinstance(answer, PoseRefusal)
    assert answer.cause in ("no_position", "no_attitude", "no_gimbal")


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_record_or_damage(data: bytes) -> None:
    for one in payloads_in(data + TELEMETRY_UUID + data):
        SeiReader().record(one)


def test_between_samples_the_pose_is_where_the_camera_was() -> None:
    track = filled(range(25))
    pose = track.pose_at((UTC_US + 350_000) * 1000, OPTICS)
    assert isinstance(pose, CameraPose)
    assert (pose.lat_deg - 48.8566) * 111_320 == pytest.approx(3.5, abs=0.02)
    assert pose.yaw_deg == pytest.approx(20 * 0.35 + math.degrees(0.2), abs=0.01)
    assert (pose.pitch_deg, pose.roll_deg) == pytest.approx((math.degrees(-0.7), 0), abs=1e-6)
    assert (pose.alt_m, pose.ground_alt_m, pose.height_datum) == (60.0, 0.0, HeightDatum.HOME)
    assert pose.sigma == CONSUMER_GIMBAL
    assert pose.intrinsics.fx_px == pytest.approx(640 / math.tan(math.radians(31)))


def test_beside_its_samples_the_motion_is_carried_on_and_doubted() -> None:
    """As in a live stream: the newest sample is up to 100 ms old."""
    track = filled(range(11))
    pose = track.pose_at((UTC_US + 400_000) * 1000, OPTICS)
    assert isinstance(pose, CameraPose)
    assert pose.yaw_deg == pytest.approx(20 * 0.4 + math.degrees(0.2), abs=0.01)
    assert pose.age_ms == pytest.approx(100, abs=2)
    assert pose.sigma.yaw_deg == pytest.approx(CONSUMER_GIMBAL.yaw_deg + 20 * 0.1, abs=0.1)
    assert pose.sigma.horizontal_m == pytest.approx(CONSUMER_GIMBAL.horizontal_m + 10 * 0.1, abs=0.1)


def test_one_sample_alone_is_held_with_all_that_it_may_have_moved() -> None:
    pose = filled(range(1)).pose_at((UTC_US + 100_000) * 1000, OPTICS)
    assert isinstance(pose, CameraPose)
    assert pose.sigma.yaw_deg > CONSUMER_GIMBAL.yaw_deg + 3


def test_nothing_is_carried_on_beyond_a_quarter_of_a_second() -> None:
    answer = filled(range(11)).pose_at((UTC_US + 600_000) * 1000, OPTICS)
    assert isinstance(answer, PoseRefusal)
    assert answer.cause == "stale_pose"


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"position": None}, "no_position"),
        ({"vehicle_attitude": None}, "no_attitude"),
        ({"gimbal_attitude": None}, "no_gimbal"),
        ({"hfov_deg": None}, "no_intrinsics"),
        ({"position": {"lat_e7": 0, "lon_e7": 0, "alt_amsl_m": 0, "alt_relative_m": 0, "age_ms": 0}}, "no_position"),
        ({"position": {"lat_e7": 1, "lon_e7": 1, "alt_amsl_m": 0, "age_ms": 0}}, "no_height"),
    ],
)
def test_what_a_record_lacks_is_the_cause(changed: dict[str, Any], cause: str) -> None:
    track = SeiTrack()
    track.take(record(**changed))
    answer = track.pose_at(UTC_US * 1000, OPTICS)
    assert isinstance(answer, PoseRefusal)
    assert answer.cause == cause


def sei_unit(number: int) -> bytes:
    """A NAL unit as an encoder's muxer writes it into a bare stream."""
    data = payload(told(number))
    size = b"\xff" * (len(data) // 255) + bytes([len(data) % 255])
    return b"\x00\x00\x00\x01\x06\x05" + size + data + b"\x80" + b"\x00\x00\x01\x65" + bytes(range(1, 200)) * 40


@pytest.mark.parametrize("chunk_bytes", [997, 1 << 20])
def test_a_bare_stream_gives_each_frame_its_pose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk_bytes: int
) -> None:
    monkeypatch.setattr("flightlink.recorded.sei_poses.CHUNK_BYTES", chunk_bytes)
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"".join(sei_unit(number) for number in range(20)))
    flight = poses_from_file(path, None, picture_px=(1280, 720))
    assert [pose.utc_ns for pose in flight.poses] == [(UTC_US + n * FRAME_US) * 1000 for n in range(20)]
    assert flight.video_starts_utc_ns == UTC_US * 1000
    assert (flight.truncated, flight.refusals) == (False, {})


def test_a_transport_stream_without_klv_is_asked_for_records(tmp_path: Path) -> None:
    streams = b"\x1b\xe1\x01\xf0\x00"
    data = transport(0, section(0, b"\x00\x01\xe1\x00")) + transport(256, section(2, b"\xe1\x01\xf0\x00" + streams))
    for number in range(5):
        whole = pes(sei_unit(number)[:900], pts_s=number / 25)
        for at in range(0, len(whole), 184):
            data += transport(257, whole[at : at + 184], begins=at == 0)
    path = tmp_path / "clip.ts"
    path.write_bytes(data)
    assert len(poses_from_file(path, None).poses) == 5


def test_a_video_without_records_says_so(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"\x00\x00\x00\x18ftypisom" + bytes(1000))
    with pytest.raises(TelemetryError, match="no telemetry in its frames"):
        poses_from_file(path, None)
    path.write_bytes(transport(0, section(0, b"\x00\x01\xe1\x00")) * 9)
    with pytest.raises(TelemetryError, match=r"no sound KLV packet.*no telemetry in its frames"):
        poses_from_file(path, None)

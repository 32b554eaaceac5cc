"""Recordings with packets: bare and in MPEG-TS, damaged ones too, and the public recording with its own truth."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flightlink.errors import TelemetryError
from flightlink.geodesy import distance_m
from flightlink.klv.local_set import local_set_from
from flightlink.klv.mpegts import Payload, TransportStream, looks_like_mpegts, packets_of
from flightlink.klv.packets import packets_from_bytes
from flightlink.klv.pose import pose_from_local_set
from flightlink.optics import Optics
from flightlink.pose import CameraPose
from flightlink.recorded.kinds import poses_from_file
from flightlink.recorded.klv_poses import poses_from_klv
from maps.georeference import ground_from_image
from tests.flightlink.klv_bytes import UTC_US, items, packet

SHARED = Path(os.environ.get("GROUNDSTATION_SHARED", Path(__file__).parents[3] / "shared"))
RECORDED = SHARED / "data" / "misb_klv" / "Cheyenne.bin"
STEP_US = 200_000


def recording(count: int) -> list[bytes]:
    return [packet(items(UTC_US + n * STEP_US)) for n in range(count)]


def test_a_bare_recording_is_found_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "flight.anything"
    path.write_bytes(b"".join(recording(5)))
    flight = poses_from_file(path, None)
    assert [pose.utc_ns for pose in flight.poses] == [(UTC_US + n * STEP_US) * 1000 for n in range(5)]
    assert (flight.first_utc_ns, flight.last_utc_ns) == (flight.poses[0].utc_ns, flight.poses[-1].utc_ns)
    assert (flight.system_id, flight.truncated, flight.refusals) == (None, False, {})
    assert "1920 x 1080" in flight.notes[0]


def test_damaged_packets_are_left_out_and_told(tmp_path: Path) -> None:
    told = recording(5)
    told[1] = told[1][:40]
    told[3] = told[3][:30] + b"\x00" + told[3][31:]
    path = tmp_path / "flight.klv"
    path.write_bytes(b"".join(told))
    flight = poses_from_klv(path, None, picture_px=(1280, 720))
    assert [(pose.utc_ns // 1000 - UTC_US) // STEP_US for pose in flight.poses] == [0, 2, 4]
    assert flight.truncated
    assert any("2 of 5 packets" in note for note in flight.notes)
    assert flight.poses[0].intrinsics.width_px == 1280


def test_a_file_without_a_sound_packet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "flight.klv"
    path.write_bytes(recording(1)[0][:-1] + b"\x00")
    with pytest.raises(TelemetryError, match="no sound KLV packet; 1 are cut"):
        poses_from_klv(path, None)
    with pytest.raises(TelemetryError, match="cannot be read"):
        poses_from_klv(tmp_path / "absent.klv", None)


def section(table: int, body: bytes) -> bytes:
    """A table's section; its CRC is not looked at, a damaged one names streams that are not there."""
    return bytes([0, table, 0xB0, len(body) + 9]) + b"\x00\x01\xc1\x00\x00" + body + bytes(4)


def transport(pid: int, body: bytes, *, begins: bool = True) -> bytes:
    """One transport packet, stuffed."""
    head = bytes([0x47, 0x40 * begins | pid >> 8, pid & 255])
    if len(body) == 184:
        return head + b"\x10" + body
    stuffing = 183 - len(body)
    return head + b"\x30" + bytes([stuffing]) + (b"\x00" + b"\xff" * (stuffing - 1))[:stuffing] + body


def pes(data: bytes, *, pts_s: float) -> bytes:
    pts = round(pts_s * 90_000)
    stamp = bytes([0x21 | pts >> 29 & 0x0E, pts >> 22 & 255, 1 | pts >> 14 & 254, pts >> 7 & 255, 1 | pts << 1 & 254])
    return b"\x00\x00\x01\xbd" + (len(data) + 8).to_bytes(2, "big") + b"\x80\x80\x05" + stamp + data


def stream_of(*klv: bytes, kind: int = 0x06) -> bytes:
    """A transport stream with KLV on PID 257 and something else on PID 258."""
    registered = b"\x05\x04KLVA"
    streams = bytes([kind, 0xE1, 0x01, 0xF0, len(registered)]) + registered + b"\x06\xe1\x02\xf0\x00"
    tables = transport(0, section(0, b"\x00\x01\xe1\x00")) + transport(256, section(2, b"\xe1\x01\xf0\x00" + streams))
    out = tables
    for number, data in enumerate(klv):
        whole = pes(data, pts_s=number / 5)
        out += transport(258, pes(b"other", pts_s=0.0))
        for at in range(0, len(whole), 184):
            out += transport(257, whole[at : at + 184], begins=at == 0)
    return out


@pytest.mark.parametrize("kind", [0x06, 0x15])
def test_packets_beside_a_video_are_found(tmp_path: Path, kind: int) -> None:
    path = tmp_path / "flight.bin"
    path.write_bytes(stream_of(*recording(6), kind=kind))
    assert [pose.utc_ns for pose in poses_from_file(path, None).poses] == [
        (UTC_US + n * STEP_US) * 1000 for n in range(6)
    ]


def test_a_stream_with_pictures_says_when_they_begin(tmp_path: Path) -> None:
    """Pictures lie half a second before the first packet on the stream's clock, and come out of order."""
    streams = b"\x06\xe1\x01\xf0\x06\x05\x04KLVA" + b"\x1b\xe1\x02\xf0\x00"
    data = transport(0, section(0, b"\x00\x01\xe1\x00")) + transport(256, section(2, b"\xe1\x01\xf0\x00" + streams))
    for pts_s in (9.58, 9.5, 9.54, 9.62):
        data += transport(258, pes(b"picture", pts_s=pts_s))
    for number, told in enumerate(recording(4)):
        whole = pes(told, pts_s=10 + number / 5)
        for at in range(0, len(whole), 184):
            data += transport(257, whole[at : at + 184], begins=at == 0)
    path = tmp_path / "flight.ts"
    path.write_bytes(data)
    flight = poses_from_file(path, None)
    assert flight.video_starts_utc_ns == pytest.approx((UTC_US - 500_000) * 1000, abs=100_000)
    assert len(flight.poses) == 4
    (tmp_path / "bare.klv").write_bytes(b"".join(recording(3)))
    assert poses_from_file(tmp_path / "bare.klv", None).video_starts_utc_ns is None


def payloads(data: bytes) -> list[Payload]:
    return list(TransportStream().payloads(packets_of([data[:1000], data[1000:]])))


def test_a_payload_has_its_time_and_nothing_else_is_given() -> None:
    found = payloads(b"noise" + stream_of(*recording(3)))
    assert [payload.is_klv for payload in found] == [True] * 3
    assert [payload.pts_s for payload in found] == pytest.approx([0, 0.2, 0.4], abs=1e-4)
    assert looks_like_mpegts(b"noise" + stream_of(*recording(3)))
    assert not looks_like_mpegts(b"G" * 100)


@given(st.data())
def test_a_damaged_stream_gives_sound_packets_or_none(data: st.DataObject) -> None:
    whole = bytearray(stream_of(*recording(3)))
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=12)):
        whole[at] = data.draw(st.integers(0, 255))
    cut = bytes(whole[data.draw(st.integers(0, 300)) :])
    for payload in payloads(cut) if len(cut) > 1000 else []:
        for one in packets_from_bytes(payload.data)[0]:
            assert one[2] in {(UTC_US + n * STEP_US).to_bytes(8, "big") for n in range(3)}


@given(st.binary(max_size=600))
def test_any_bytes_as_a_stream_raise_nothing(data: bytes) -> None:
    list(TransportStream(with_video=True).payloads(packets_of([stream_of(recording(1)[0])[:376] + data])))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.data())
def test_any_file_gives_poses_or_one_clear_error(tmp_path: Path, data: st.DataObject) -> None:
    begins = data.draw(st.sampled_from([b"", recording(1)[0], recording(1)[0][:30], stream_of(recording(1)[0])]))
    path = tmp_path / "flight.bin"
    path.write_bytes(data.draw(st.binary(max_size=40)) + begins + data.draw(st.binary(max_size=300)))
    assert instants_of(path) <= {UTC_US * 1000}


def instants_of(path: Path) -> set[int]:
    """The instants of a file's poses; none where it is refused in words."""
    try:
        return {pose.utc_ns for pose in poses_from_file(path, None).poses}
    except TelemetryError:
        return set()


@pytest.mark.data
def test_the_recorded_frame_centres_are_found_within_one_percent() -> None:
    if not RECORDED.is_file():
        pytest.skip(f"{RECORDED.name} is not here; set GROUNDSTATION_SHARED")
    packets, damaged = packets_from_bytes(RECORDED.read_bytes())
    assert (len(packets), damaged) == (407, 0)
    shares, held = [], 0
    for one in packets:
        told = local_set_from(one)
        pose = pose_from_local_set(told, Optics())
        assert isinstance(pose, CameraPose)
        assert told.centre_lat_deg is not None
        assert told.centre_lon_deg is not None
        assert told.slant_range_m is not None
        lens = pose.intrinsics
        point = ground_from_image(pose, np.array([lens.cx_px]), np.array([lens.cy_px]), limit_m=np.inf)
        off_m = distance_m(float(point.lat_deg[0]), float(point.lon_deg[0]), told.centre_lat_deg, told.centre_lon_deg)
        shares.append(off_m / told.slant_range_m)
        held += off_m <= point.ce90_m[0]
    assert np.percentile(shares, 90) <= 0.01
    assert held / len(packets) >= 0.9

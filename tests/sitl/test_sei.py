"""SEI in H.264: inserted bytes change no picture, escape every start code and come back as they went in."""

from __future__ import annotations

import io
import json
import math
import re
from fractions import Fraction
from typing import Any, cast
from uuid import UUID

import av
import numpy as np
import pytest
from av.sidedata.sidedata import Type
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.vehicle.believed import believed_from
from sitl.video.nal import SEI, annex_b_from, escaped, is_slice, nal_type, nal_units, with_sei
from sitl.video.sei import TELEMETRY_UUID, sei_from, telemetry, unregistered_sei
from tests.sitl.heard import UTC_US, believed


def encoded(count: int) -> list[bytes]:
    codec = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt, codec.time_base = 64, 48, "yuv420p", Fraction(1, 25)
    codec.options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": "keyint=4:repeat-headers=1"}
    noise = np.random.default_rng(5)
    found = []
    for number in range(count):
        picture = noise.integers(0, 256, (48, 64, 3), np.uint8)
        frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
        frame.pts = number
        found += [bytes(packet) for packet in codec.encode(frame)]
    return found


def side_data(frame: av.VideoFrame) -> list[Any]:
    return list(cast("Any", frame).side_data)  # PyAV's types say that it yields text


def decoded(units: list[bytes]) -> list[av.VideoFrame]:
    with av.open(io.BytesIO(b"".join(units)), "r", format="h264") as source:
        return list(source.decode(video=0))


def test_every_frame_gives_its_record_back_and_no_picture_changes() -> None:
    units = encoded(9)
    marked = [with_sei(unit, sei_from(believed(), pts90k=3600 * n)) for n, unit in enumerate(units)]
    plain, carrying = decoded(units), decoded(marked)
    assert len(plain) == len(carrying) == 9
    for number, (before, after) in enumerate(zip(plain, carrying, strict=True)):
        assert np.array_equal(before.to_ndarray(), after.to_ndarray())
        found = [bytes(side) for side in side_data(after) if side.type == Type.SEI_UNREGISTERED]
        records = [json.loads(data[16:]) for data in found if data[:16] == TELEMETRY_UUID.bytes]
        assert records == [telemetry(believed(), pts90k=3600 * number)]


def test_the_record_has_the_fields_of_its_schema() -> None:
    record = telemetry(believed(), pts90k=2**32 + 7)
    assert record["schema"] == "apcg.telemetry.v1"
    assert (record["pts90k"], record["utc_us"], record["zoom"]) == (7, UTC_US, None)
    assert record["position"] == {
        "lat_e7": 488_566_000, "lon_e7": 23_522_000, "alt_amsl_m": 80.25, "alt_relative_m": 35.0, "age_ms": 70,
    }  # fmt: skip
    assert record["velocity"] == {"vn_m_s": 3.1, "ve_m_s": -0.2, "vd_m_s": 0.05, "age_ms": 70}
    assert record["gimbal_attitude"]["yaw_rad"] == pytest.approx(math.radians(-20), abs=1e-5)
    assert record["gimbal_attitude"]["pitch_rad"] == pytest.approx(math.radians(-40), abs=1e-5)
    assert record["vehicle_attitude"]["age_ms"] == 20
    assert record["heading_rad"] == pytest.approx(math.radians(300), abs=1e-5)
    assert record["hfov_deg"] == 62.0


def test_a_gimbal_of_the_earth_frame_is_told_against_the_vehicle() -> None:
    earth = believed(flags=64, gimbal_yaw_deg=280.0).gimbal
    vehicle = believed(flags=44, gimbal_yaw_deg=-20.0).gimbal
    assert earth is not None
    assert vehicle is not None
    assert earth.attitude.yaw_deg == pytest.approx(vehicle.attitude.yaw_deg, abs=1e-6)


def test_what_nobody_told_is_null() -> None:
    record = telemetry(believed_from({}, utc_us=UTC_US), pts90k=0)
    unknown = {"position", "velocity", "vehicle_attitude", "gimbal_attitude", "heading_rad", "zoom", "hfov_deg"}
    assert {name for name, value in record.items() if value is None} == unknown
    no_fix = mavlink.MAVLink_global_position_int_message(9, 0, 0, 0, 0, 0, 0, 0, 0)
    assert believed_from({33: (no_fix, 0)}, utc_us=UTC_US).place is None
    assert believed(hfov_deg=math.nan).hfov_deg is None


@given(st.binary(max_size=700), st.uuids())
def test_no_payload_can_forge_a_start_code(user_data: bytes, uuid: UUID) -> None:
    nal = unregistered_sei(uuid, user_data)
    assert not re.search(rb"\x00\x00[\x00-\x02]", nal)
    assert nal_type(nal) == SEI
    raw = re.sub(rb"\x00\x00\x03", b"\0\0", nal[1:])
    assert raw.endswith(uuid.bytes + user_data + b"\x80")
    sizes = raw[1 : len(raw) - len(user_data) - 17]
    assert raw[0] == 5
    assert sum(sizes) == 16 + len(user_data)


@given(st.lists(st.sampled_from([b"\0", b"\1", b"\2", b"\3", b"\xff"]), max_size=60).map(b"".join))
def test_escaping_is_undone_by_any_decoder(payload: bytes) -> None:
    assert re.sub(rb"\x00\x00\x03", b"\0\0", escaped(payload)) == payload


nals = st.binary(max_size=40).map(lambda body: b"\x41" + escaped(body + b"\x80"))


@given(st.lists(nals, max_size=6), st.sampled_from([b"\0\0\1", b"\0\0\0\1", b"\0\0\0\0\1"]))
def test_units_are_found_behind_any_start_code(units: list[bytes], code: bytes) -> None:
    assert nal_units(b"".join(code + unit for unit in units)) == units
    assert nal_units(annex_b_from(units)) == units


def test_a_message_stands_behind_the_parameter_sets_and_before_the_first_slice() -> None:
    sei = unregistered_sei(TELEMETRY_UUID, b"here")
    units = nal_units(with_sei(encoded(1)[0], sei))
    at = units.index(sei)
    assert [nal_type(unit) for unit in units[:2]] == [7, 8]
    assert not any(is_slice(unit) for unit in units[:at])
    assert is_slice(units[at + 1])

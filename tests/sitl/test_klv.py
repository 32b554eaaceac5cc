"""MISB ST 0601 packets: read back by a reader of our own, and compared with packets of another maker."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.attitude import Attitude, Quaternion, angle_between_deg, quaternion_from_attitude
from sitl.vehicle.believed import Believed, Turn, believed_from, camera_in_vehicle
from sitl.video.klv import CHECKSUM, SCALES, UAS_LOCAL_SET, UTC_US, VERSION, checksum, packet_from, values_of
from tests.sitl.heard import UTC_US as NOW_US
from tests.sitl.heard import believed

SHARED = Path(os.environ.get("GROUNDSTATION_SHARED", Path(__file__).parents[3] / "shared"))
RECORDED = SHARED / "data" / "misb_klv" / "Cheyenne.bin"


def length_at(data: bytes, at: int) -> tuple[int, int]:
    """BER length at a place, and where the value begins."""
    if data[at] < 128:
        return data[at], at + 1
    count = data[at] & 127
    return int.from_bytes(data[at + 1 : at + 1 + count], "big"), at + 1 + count


def packets_of(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        assert data[at : at + 16] == UAS_LOCAL_SET
        size, begin = length_at(data, at + 16)
        yield data[at : begin + size]
        at = begin + size


def items_of(packet: bytes) -> list[tuple[int, bytes]]:
    size, at = length_at(packet, 16)
    assert at + size == len(packet)
    items = []
    while at < len(packet):
        tag = packet[at]
        size, begin = length_at(packet, at + 1)
        items.append((tag, packet[begin : begin + size]))
        at = begin + size
    return items


def number(tag: int, data: bytes) -> float:
    """The value as ST 0601's tables of LSB and offset give it, written another way than the encoder."""
    scale, steps = SCALES[tag], float(2 ** (8 * len(data)))
    if scale.low < 0 and scale.low == -scale.high:
        return int.from_bytes(data, "big", signed=True) * (2 * scale.high / (steps - 2))
    return int.from_bytes(data, "big") * ((scale.high - scale.low) / (steps - 1)) + scale.low


def word_sum(data: bytes) -> int:
    """The running sum of ST 0601's example."""
    total = 0
    for index, byte in enumerate(data):
        total = (total + (byte << (8 * ((index + 1) % 2)))) % 2**16
    return total


def test_a_packet_says_what_the_vehicle_believes() -> None:
    items = items_of(packet_from(believed()))
    values = {tag: number(tag, data) for tag, data in items if tag in SCALES}
    assert items[0] == (UTC_US, NOW_US.to_bytes(8, "big"))
    assert [tag for tag, _ in items[-2:]] == [VERSION, CHECKSUM]
    assert values[5] == pytest.approx(300, abs=0.01)
    assert values[6] == pytest.approx(math.degrees(-0.1), abs=0.001)
    assert values[7] == pytest.approx(math.degrees(0.05), abs=0.001)
    assert (values[13], values[14]) == pytest.approx((48.8566, 2.3522), abs=1e-7)
    assert values[15] == pytest.approx(80.25, abs=0.16)
    assert (values[16], values[17]) == pytest.approx((62, 37), abs=0.002)
    assert values[21] == pytest.approx(35 / math.sin(math.radians(40)), abs=0.01)
    assert values[25] == pytest.approx(45.25, abs=0.16)


def test_the_frame_centre_lies_ahead_of_the_camera() -> None:
    values = values_of(believed())
    along_m = 35 / math.tan(math.radians(40))
    north_m = (values[23] - 48.8566) * 111_200
    east_m = (values[24] - 2.3522) * 111_200 * math.cos(math.radians(48.8566))
    assert math.hypot(north_m, east_m) == pytest.approx(along_m, rel=0.01)
    assert math.degrees(math.atan2(east_m, north_m)) % 360 == pytest.approx(280, abs=0.5)


def test_above_the_horizon_there_is_no_slant_range() -> None:
    told = believed()
    assert told.gimbal is not None
    level = Attitude(yaw_deg=0.0, pitch_deg=5.0, roll_deg=0.0)
    assert not {21, 23, 24, 25} & set(values_of(replace(told, gimbal=Turn(attitude=level, age_ms=0))))


def test_what_is_unknown_is_left_out() -> None:
    items = items_of(packet_from(believed_from({}, utc_us=NOW_US)))
    assert [tag for tag, _ in items] == [UTC_US, VERSION, CHECKSUM]


def test_a_steep_lean_is_told_by_the_wide_tags() -> None:
    steep = Turn(attitude=Attitude(yaw_deg=0.0, pitch_deg=-31.5, roll_deg=64.0), age_ms=0)
    values = values_of(replace(believed(), vehicle=steep))
    assert (values[90], values[91]) == (-31.5, 64.0)
    assert not {6, 7} & set(values)


angles = st.floats(-180, 180)
attitudes = st.builds(Attitude, yaw_deg=st.floats(0, 359.9), pitch_deg=st.floats(-90, 90), roll_deg=angles)


@given(attitudes, attitudes)
def test_platform_and_sensor_angles_together_aim_the_camera(vehicle: Attitude, gimbal: Attitude) -> None:
    def q(one: Attitude) -> Quaternion:
        return quaternion_from_attitude(yaw_deg=one.yaw_deg, pitch_deg=one.pitch_deg, roll_deg=one.roll_deg)

    relative = camera_in_vehicle(vehicle, gimbal)
    chained = q(vehicle).times(q(relative))
    aimed = replace(gimbal, yaw_deg=gimbal.yaw_deg + vehicle.yaw_deg)
    assert angle_between_deg(chained, q(aimed)) < 1e-4


@given(attitudes, attitudes, st.integers(0, 2**63))
def test_any_belief_makes_a_sound_packet(vehicle: Attitude, gimbal: Attitude, utc_us: int) -> None:
    told = replace(
        believed(), utc_us=utc_us, vehicle=Turn(attitude=vehicle, age_ms=0), gimbal=Turn(attitude=gimbal, age_ms=0)
    )
    packet = packet_from(told)
    items = items_of(packet)
    assert word_sum(packet[:-2]) == int.from_bytes(packet[-2:], "big")
    assert len({tag for tag, _ in items}) == len(items)
    values = values_of(told)
    for tag, data in items:
        if tag in SCALES:
            step = (SCALES[tag].high - SCALES[tag].low) / (2 ** (8 * len(data)) - 2)
            assert abs(number(tag, data) - values[tag]) <= step


@given(st.sampled_from(sorted(SCALES)), st.floats(0, 1))
def test_a_number_comes_back_within_half_a_step(tag: int, share: float) -> None:
    scale = SCALES[tag]
    value = scale.low + share * (scale.high - scale.low)
    data = scale.encoded(min(max(value, scale.low), scale.high))
    assert len(data) == scale.size
    assert abs(number(tag, data) - value) <= 0.51 * (scale.high - scale.low) / (2 ** (8 * scale.size) - 2) + 1e-12


@pytest.mark.parametrize(("tag", "value"), [(5, 360.1), (6, -20.1), (13, math.nan), (15, 19_001.0), (21, math.inf)])
def test_a_number_off_its_scale_is_refused(tag: int, value: float) -> None:
    with pytest.raises(ValueError, match="outside"):
        SCALES[tag].encoded(value)


@given(st.binary(max_size=99))
def test_the_checksum_is_the_standards(data: bytes) -> None:
    assert checksum(data) == word_sum(data)


@pytest.mark.data
def test_another_makers_packets_read_and_written_again_are_the_same_bytes() -> None:
    if not RECORDED.is_file():
        pytest.skip(f"{RECORDED.name} is not here; set GROUNDSTATION_SHARED")
    packets = list(packets_of(RECORDED.read_bytes()))
    assert len(packets) > 100
    compared = set()
    for packet in packets:
        assert checksum(packet[:-2]) == int.from_bytes(packet[-2:], "big")
        for tag, data in items_of(packet):
            if tag in SCALES and len(data) == SCALES[tag].size:
                assert SCALES[tag].encoded(number(tag, data)) == data
                compared.add(tag)
    assert compared >= {5, 6, 7, 13, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25}


def test_believed_is_made_of_finite_numbers() -> None:
    assert all(np.isfinite(value) for value in values_of(believed()).values())
    assert isinstance(believed(), Believed)

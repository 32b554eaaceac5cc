"""Faults in what any autopilot says: only what they touch is changed, and it stays a good frame."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import all as dialect

from flightlink.mavlink.framing import Framer
from flightlink.mavlink.messages import MessageDecoder
from sitl.faulty.rewrite import Rewriter
from sitl.world.faults import Fault, FaultBoard, FaultKind

POSITION = dialect.MAVLink_global_position_int_message(90_000, 488_570_000, 23_520_000, 65_000, 30_000, 1, 2, 3, 9_000)
GPS = dialect.MAVLink_gps_raw_int_message(90_000_000, 3, 488_570_000, 23_520_000, 65_000, 80, 120, 0, 0, 14)
TEXT = dialect.MAVLink_statustext_message(6, b"hello")
TIME = dialect.MAVLink_system_time_message(1_900_000_000_000_000, 90_000)
BATTERY = dialect.MAVLink_battery_status_message(0, 0, 3, 3000, [16_000] + [65_535] * 9, 1400, -1, -1, 80)
ANSWER = dialect.MAVLink_timesync_message(90_000_000_000, 5)
QUESTION = dialect.MAVLink_timesync_message(0, 90_000_000_000)


def rewriter(*faults: Fault) -> Rewriter:
    return Rewriter(FaultBoard(faults, vehicle="D1", seed=1))


def packed(message: Any, *, sequence: int = 77, version_1: bool = False, key: bytes | None = None) -> bytes:
    packer = dialect.MAVLink(None, srcSystem=5, srcComponent=1)
    packer.seq = sequence
    if key is not None:
        packer.signing.secret_key, packer.signing.sign_outgoing = key, True
    return bytes(message.pack(packer, force_mavlink1=version_1))


def read(datagram: bytes) -> list[Any]:
    decoder = MessageDecoder()
    return [decoder.decode(frame.raw) for frame in Framer().feed_datagram(datagram)]


@given(junk=st.binary(max_size=60), faults=st.sampled_from([FaultKind.GPS_GLITCH, FaultKind.RESTART]))
def test_what_is_no_message_passes_as_it_is(junk: bytes, faults: FaultKind) -> None:
    assert rewriter().rewritten(1.0, packed(POSITION) + junk) == packed(POSITION) + junk
    if not Framer().feed_datagram(junk):
        assert rewriter(Fault(kind=faults)).rewritten(1.0, junk) == junk


def test_several_frames_of_a_datagram_stay_together_and_keep_their_numbers() -> None:
    both = packed(TEXT, sequence=7) + packed(POSITION, sequence=8) + b"\xfd\xff\x00" + packed(GPS, sequence=9)
    text, position, gps = read(rewriter(Fault(kind=FaultKind.GPS_GLITCH, east_m=100.0)).rewritten(1.0, both))
    assert (text.text, text.get_seq(), position.get_seq(), gps.get_seq()) == ("hello", 7, 8, 9)
    assert position.lon - 23_520_000 == pytest.approx(100 / 73_300 * 1e7, rel=0.01)
    assert (gps.lon, gps.fix_type, position.relative_alt) == (position.lon, 3, 30_000)


def test_versions_stay_and_signed_frames_are_left_alone() -> None:
    glitch = rewriter(Fault(kind=FaultKind.GPS_GLITCH, north_m=50.0))
    old = glitch.rewritten(1.0, packed(POSITION, version_1=True))
    assert old[0] == 0xFE
    assert read(old)[0].lat > POSITION.lat
    signed = packed(POSITION, key=b"k" * 32)
    assert glitch.rewritten(1.0, signed) == signed


def test_no_fix_is_not_moved() -> None:
    nowhere = dialect.MAVLink_global_position_int_message(1, 0, 0, 0, 0, 0, 0, 0, 0)
    (moved,) = read(rewriter(Fault(kind=FaultKind.GPS_GLITCH, east_m=50.0)).rewritten(1.0, packed(nowhere)))
    assert (moved.lat, moved.lon) == (0, 0)


def test_a_clock_jumps_in_stamps_and_answers_alike_and_comes_back() -> None:
    jump = rewriter(Fault(kind=FaultKind.CLOCK_JUMP, by_s=30.0, from_s=5, lasts_s=5))
    datagram = packed(POSITION) + packed(ANSWER) + packed(QUESTION) + packed(GPS)
    position, answer, question, gps = read(jump.rewritten(6.0, datagram))
    assert (position.time_boot_ms, gps.time_usec) == (120_000, 120_000_000)
    assert (answer.tc1, answer.ts1, question.tc1, question.ts1) == (120_000_000_000, 5, 0, 120_000_000_000)
    assert jump.rewritten(10.0, datagram) == datagram


def test_after_a_restart_clock_and_numbers_begin_at_nothing_and_there_is_no_place_yet() -> None:
    restart = rewriter(Fault(kind=FaultKind.RESTART, from_s=10, lasts_s=3, fix_after_s=8))
    early = packed(TEXT) + packed(POSITION) + packed(TIME) + packed(GPS)
    text, position, time, gps = read(restart.rewritten(14.0, early))
    assert [message.get_seq() for message in (text, position, time, gps)] == [0, 1, 2, 3]
    assert (position.time_boot_ms, position.lat, time.time_unix_usec, gps.fix_type) == (4000, 0, 0, 1)
    later = dialect.MAVLink_global_position_int_message(96_000, 488_570_000, 23_520_000, 0, 30_000, 0, 0, 0, 0)
    (position,) = read(restart.rewritten(20.0, packed(later)))
    assert (position.time_boot_ms, position.lat, position.get_seq()) == (10_000, 488_570_000, 4)


def test_a_battery_fails_and_another_one_does_not() -> None:
    failure = rewriter(Fault(kind=FaultKind.BATTERY_FAILURE, percent=5))
    payload = dialect.MAVLink_battery_status_message(1, 0, 3, 3000, [12_000] + [65_535] * 9, 1400, -1, -1, 80)
    first, second = read(failure.rewritten(1.0, packed(BATTERY) + packed(payload)))
    assert (first.battery_remaining, second.battery_remaining) == (5, 80)
    assert first.voltages[0] < 14_000
    assert first.charge_state == dialect.MAV_BATTERY_CHARGE_STATE_CRITICAL


def test_a_twin_is_every_other_place_and_nothing_else() -> None:
    twin = rewriter(Fault(kind=FaultKind.TWIN, north_m=111.2))
    messages = read(
        twin.rewritten(1.0, b"".join(packed(message) for message in (POSITION, TEXT, POSITION, GPS, POSITION)))
    )
    places = [message.lat for message in messages if message.get_type() == "GLOBAL_POSITION_INT"]
    assert places == [pytest.approx(488_580_000, abs=30), POSITION.lat, pytest.approx(488_580_000, abs=30)]
    assert messages[3].lat == GPS.lat


FROM_NOSE, FROM_NORTH, LOCK_ALONE = 44, 92, 28


@pytest.mark.parametrize(("flags", "turns"), [(FROM_NOSE, False), (FROM_NORTH, True), (LOCK_ALONE, True)])
def test_a_compass_turns_the_heading_and_a_yaw_that_counts_from_north(flags: int, *, turns: bool) -> None:
    nan, ahead = float("nan"), [1.0, 0.0, 0.0, 0.0]
    gimbal = dialect.MAVLink_gimbal_device_attitude_status_message(0, 0, 90_000, flags, ahead, nan, nan, nan, 0)
    body = dialect.MAVLink_attitude_message(90_000, 0.1, 0.2, 0.0, 0, 0, 0)
    compass = rewriter(Fault(kind=FaultKind.COMPASS, by_deg=180))
    told, place, aim = read(compass.rewritten(1.0, packed(body) + packed(POSITION) + packed(gimbal)))
    assert (abs(told.yaw), told.roll) == pytest.approx((3.14159, 0.1), abs=1e-4)
    assert place.hdg == 27_000
    assert [abs(part) for part in aim.q] == pytest.approx([0, 0, 0, 1] if turns else ahead, abs=1e-6)


def test_a_height_is_stretched_over_home_and_unknown_is_said_as_mavlink_does() -> None:
    (position,) = read(rewriter(Fault(kind=FaultKind.HEIGHT, factor=2)).rewritten(1.0, packed(POSITION)))
    assert (position.relative_alt, position.alt) == (60_000, 95_000)
    (unknown,) = read(rewriter(Fault(kind=FaultKind.UNKNOWN_VALUES)).rewritten(1.0, packed(POSITION)))
    assert (unknown.lat, unknown.lon, unknown.relative_alt) == (2**31 - 1,) * 3


def test_a_mute_clock_answers_nothing_and_goes_on_asking() -> None:
    mute = rewriter(Fault(kind=FaultKind.TIMESYNC_SILENT))
    assert mute.rewritten(1.0, packed(ANSWER)) == b""
    question, text = read(mute.rewritten(1.0, packed(QUESTION) + packed(ANSWER) + packed(TEXT)))
    assert (question.tc1, text.text) == (0, "hello")

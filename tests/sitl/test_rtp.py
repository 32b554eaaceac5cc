"""RTP and RTCP: what is packed comes apart again, and a report says when a frame was taken."""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitl.video.encoder import parameter_sets
from sitl.video.nal import AccessUnit, annex_b_from, escaped, nal_units
from sitl.video.rtp import MAX_PAYLOAD_BYTES, RtpPacker, RtpUnit, ntp_from, payloads_of, session_description
from sitl.video.unit_queue import UnitQueue
from sitl.world.video_plan import VideoPlan
from tests.sitl.streams import SHAPE

EPOCH_UTC_NS = 1_900_000_000_000_000_000


def nal(size: int, kind: int = 0x65) -> bytes:
    return bytes([kind]) + b"\xab" * (size - 1)


def joined(payloads: list[bytes]) -> list[bytes]:
    """NAL units from payloads, as RFC 6184 says in its section 5.8."""
    found: list[bytes] = []
    for payload in payloads:
        if payload[0] & 0x1F != 28:
            found.append(payload)
        elif payload[1] & 0x80:
            found.append(bytes([payload[0] & 0xE0 | payload[1] & 0x1F]) + payload[2:])
        else:
            found[-1] += payload[2:]
    return found


def packer(sequence: int = 0) -> RtpPacker:
    return RtpPacker(epoch_utc_ns=EPOCH_UTC_NS, ssrc=0xCAFE, sequence=sequence)


@pytest.mark.parametrize("size", [1, 2, MAX_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES + 1, 2 * MAX_PAYLOAD_BYTES - 3, 9999])
def test_a_unit_of_any_size_is_cut_and_joined(size: int) -> None:
    payloads = list(payloads_of(nal(size)))
    assert joined(payloads) == [nal(size)]
    assert all(len(payload) <= MAX_PAYLOAD_BYTES for payload in payloads)
    if len(payloads) > 1:
        assert [payload[1] >> 6 for payload in payloads] == [2, *[0] * (len(payloads) - 2), 1]


bodies = st.binary(min_size=1, max_size=5000).map(lambda body: b"\x41" + escaped(body + b"\x80"))


@given(st.lists(bodies, min_size=1, max_size=5), st.integers(0, 2**40), st.integers(0, 2**16 - 1))
def test_a_picture_comes_apart_into_the_packets_it_was_packed_in(nals: list[bytes], stamp: int, first: int) -> None:
    packed = packer(first).packed(AccessUnit(data=annex_b_from(nals), stamp=stamp, is_keyframe=False))
    heads = [struct.unpack("!BBHII", packet[:12]) for packet in packed.packets]
    assert joined([packet[12:] for packet in packed.packets]) == nals
    assert [kind >> 7 for _, kind, *_ in heads] == [0] * (len(heads) - 1) + [1]
    assert {(version, kind & 0x7F, at, ssrc) for version, kind, _, at, ssrc in heads} == {
        (0x80, 96, stamp % 2**32, 0xCAFE)
    }
    assert [sequence for _, _, sequence, *_ in heads] == [(first + n) % 2**16 for n in range(len(heads))]
    assert packed.report == b""


def test_a_keyframe_is_announced_by_the_utc_of_its_capture() -> None:
    source = packer()
    source.packed(AccessUnit(data=annex_b_from([nal(3000)]), stamp=0, is_keyframe=True))
    report = source.packed(AccessUnit(data=annex_b_from([nal(10)]), stamp=2**32 + 45_000, is_keyframe=True)).report
    head, kind, words, ssrc, ntp, stamp, packets, octets = struct.unpack("!BBHIQIII", report[:28])
    assert (head, kind, words, ssrc) == (0x80, 200, 6, 0xCAFE)
    captured_s = (ntp >> 32) - 2_208_988_800 + (ntp & 0xFFFFFFFF) / 2**32
    assert captured_s == pytest.approx(1_900_000_000 + (2**32 + 45_000) / 90_000, abs=1e-6)
    assert stamp == 45_000
    assert (packets, octets) == (3, 3000 - 1 + 3 * 2)
    name = report[28:]
    assert struct.unpack("!BBHI", name[:8]) == (0x81, 202, len(name) // 4 - 1, 0xCAFE)
    assert len(name) % 4 == 0
    assert name[8:10] + name[10 : 10 + name[9]] == b"\x01\x06camera"
    assert name.endswith(b"\0")


@given(st.integers(0, 2_080_000_000 * 10**9))
def test_ntp_time_is_exact_to_a_nanosecond(utc_ns: int) -> None:
    ntp = ntp_from(utc_ns)
    seconds = (ntp >> 32) - 2_208_988_800
    assert 0 <= utc_ns - seconds * 10**9 - (ntp & 0xFFFFFFFF) * 10**9 / 2**32 < 1


def test_a_description_carries_the_parameter_sets() -> None:
    sets = parameter_sets(SHAPE, VideoPlan())
    text = session_description(sets, name="D1", host="127.0.0.1", port=5004, fps=12.5)
    lines = text.split("\r\n")
    assert "m=video 5004 RTP/AVP 96" in lines
    assert "a=rtpmap:96 H264/90000" in lines
    assert "a=framerate:12.5" in lines
    assert f"profile-level-id={nal_units(sets)[0][1:4].hex()}" in text
    assert text.endswith("\r\n")


def unit(number: int, *, is_keyframe: bool) -> RtpUnit:
    return RtpUnit(is_keyframe=is_keyframe, packets=(number.to_bytes(2, "big"),), report=b"")


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=80), st.integers(1, 9))
def test_what_a_slow_client_takes_can_always_be_decoded(steps: list[tuple[bool, int]], limit: int) -> None:
    queue, taken, keys = UnitQueue(limit), [], set()
    for number, (is_keyframe, takes) in enumerate(steps):
        keys |= {number} if is_keyframe else set()
        queue.put(unit(number, is_keyframe=is_keyframe))
        got = [queue.take() for _ in range(takes)]
        taken += [int.from_bytes(one.packets[0], "big") for one in got if one is not None]
    while (rest := queue.take()) is not None:
        taken.append(int.from_bytes(rest.packets[0], "big"))
    assert all(later == earlier + 1 or later in keys for earlier, later in pairwise(taken))
    assert not taken or taken[0] in keys
    assert len(taken) + queue.dropped == len(steps)


def test_a_full_queue_keeps_its_newest_keyframe_and_what_follows() -> None:
    queue = UnitQueue(4)
    for number, is_keyframe in enumerate([True, False, True, False, False]):
        queue.put(unit(number, is_keyframe=is_keyframe))
    numbers = []
    while (one := queue.take()) is not None:
        numbers.append(int.from_bytes(one.packets[0], "big"))
    assert numbers == [2, 3, 4]
    assert queue.dropped == 2

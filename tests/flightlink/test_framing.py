"""Frames out of bytes: junk costs nothing but itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.mavlink.framing import Framer
from flightlink.mavlink.messages import MessageDecoder
from tests.flightlink.packets import FakeVehicle

JUNK_OF_A_STRANGER = b"\xfd\xff\x00"


def frames_of(count: int) -> list[bytes]:
    vehicle = FakeVehicle()
    return [vehicle.gimbal(index) if index % 2 else vehicle.attitude(index) for index in range(count)]


def chunks(data: bytes, sizes: list[int]) -> list[bytes]:
    parts, begin = [], 0
    for size in sizes:
        parts.append(data[begin : begin + size])
        begin += size
    return [*parts, data[begin:]]


junk = st.one_of(
    st.binary(max_size=300),
    st.lists(st.sampled_from([b"\xfd", b"\xfe", b"\xff", b"\x00", JUNK_OF_A_STRANGER]), max_size=20).map(b"".join),
)


@given(st.lists(junk, min_size=6, max_size=6), st.lists(st.integers(0, 200), max_size=20))
def test_every_good_frame_between_junk_is_found_in_a_stream(between: list[bytes], sizes: list[int]) -> None:
    good = frames_of(5)
    data = b"".join(piece for pair in zip(between, [*good, b""], strict=True) for piece in pair)
    framer = Framer()
    found = [frame.raw for chunk in chunks(data, sizes) for frame in framer.feed(chunk)]
    found += [frame.raw for frame in framer.feed(bytes(600))]
    assert found == good


@given(st.lists(junk, min_size=6, max_size=6))
def test_every_good_frame_between_junk_is_found_in_its_own_datagram(between: list[bytes]) -> None:
    good, framer = frames_of(6), Framer()
    for rubbish, frame in zip(between, good, strict=True):
        assert [found.raw for found in framer.feed_datagram(rubbish + frame)] == [frame]
    assert framer.counters.frames == 6
    assert framer.counters.junk_bytes == sum(len(rubbish) for rubbish in between)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_a_frame_cut_by_a_bridge_is_put_together_again(sizes: list[int]) -> None:
    good, framer = frames_of(8), Framer()
    found = [frame.raw for chunk in chunks(b"".join(good), sizes) for frame in framer.feed_datagram(chunk)]
    assert found == good
    assert framer.counters.junk_bytes == 0


@given(st.integers(0, 7), st.integers(0, 255))
def test_a_flipped_byte_costs_one_frame_at_most(which: int, mask: int) -> None:
    good = frames_of(8)
    hurt = bytearray(good[which])
    hurt[len(hurt) // 2] ^= mask
    framer = Framer()
    found = [frame.raw for frame in framer.feed_datagram(b"".join([*good[:which], bytes(hurt), *good[which + 1 :]]))]
    assert found == [frame for index, frame in enumerate(good) if index != which or mask == 0]


def test_a_wrong_length_loses_only_its_own_frame() -> None:
    good = frames_of(6)
    hurt = bytearray(good[2])
    hurt[1] = 255
    framer = Framer()
    stream = b"".join([*good[:2], bytes(hurt), *good[3:]])
    assert len(framer.feed_datagram(stream)) == 5


def test_memory_stays_bounded_under_a_flood_of_beginnings() -> None:
    framer = Framer()
    for _ in range(200):
        framer.feed_datagram(JUNK_OF_A_STRANGER * 50)
    assert len(framer._pending) <= 280
    assert framer.counters.frames == 0


def test_both_versions_and_unknown_flags() -> None:
    vehicle, framer = FakeVehicle(), Framer()
    first = vehicle.packed(vehicle.mavlink.heartbeat_encode(2, 3, 0, 0, 0), version_1=True)
    second = bytearray(vehicle.heartbeat())
    assert [frame.raw[0] for frame in framer.feed(first + bytes(second))] == [0xFE, 0xFD]
    second[2] = 0x02
    assert framer.feed_datagram(bytes(second)) == []


def test_a_signed_frame_is_whole_with_its_signature() -> None:
    vehicle, framer = FakeVehicle(), Framer()
    vehicle.mavlink.signing.secret_key = bytes(32)
    vehicle.mavlink.signing.sign_outgoing = True
    signed = vehicle.attitude(5)
    assert [frame.raw for frame in framer.feed(signed + signed)] == [signed, signed]
    message = MessageDecoder().decode(signed)
    assert message is not None
    assert message.time_boot_ms == 5


def test_an_unknown_message_id_is_no_frame() -> None:
    unknown = bytes([0xFD, 2, 0, 0, 0, 1, 1, 0x35, 0xD4, 0, 1, 2, 3, 4])
    framer = Framer()
    assert framer.feed_datagram(unknown + frames_of(1)[0])[0].message_id == 30


@pytest.mark.parametrize("count", [0, 1, 5, 11])
def test_a_beginning_alone_is_no_frame_yet(count: int) -> None:
    frame, framer = frames_of(1)[0], Framer()
    assert framer.feed(frame[:count]) == []
    assert [found.raw for found in framer.feed(frame[count:])] == [frame]

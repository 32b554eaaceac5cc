"""Any bytes: the sound packets and nothing else come out, and what was damaged is counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.klv.local_set import extended_height_m, local_set_from
from flightlink.klv.packets import MOST_BYTES, MOST_WAITING_BYTES, PacketReader, checksum, packets_from_bytes
from tests.flightlink.klv_bytes import KEY, UTC_US, ber, items, packet, word_sum

SOUND = packet(items())


def test_a_packet_gives_its_items() -> None:
    found, damaged = packets_from_bytes(SOUND)
    assert damaged == 0
    assert [{tag: value for tag, value in one.items() if tag != 1} for one in found] == [items()]


def test_junk_between_packets_costs_nothing() -> None:
    found, damaged = packets_from_bytes(b"\x06\x0e" + SOUND + KEY[:9] + b"junk" + SOUND + KEY[:5])
    assert (len(found), damaged) == (2, 0)


@given(st.lists(st.integers(1, 60), max_size=40))
def test_the_cuts_of_a_stream_do_not_matter(sizes: list[int]) -> None:
    data, reader, found, at = b"noise" + SOUND + SOUND, PacketReader(), 0, 0
    for size in sizes:
        found += len(reader.feed(data[at : at + size]))
        at += size
    assert found + len(reader.feed(data[at:], ends=True)) == 2
    assert (reader.sound, reader.damaged) == (2, 0)


@given(st.integers(0, len(SOUND) - 1), st.integers(1, 255))
def test_one_changed_byte_is_never_read_as_a_place(at: int, change: int) -> None:
    broken = bytearray(SOUND)
    broken[at] ^= change
    found, damaged = packets_from_bytes(bytes(broken) + SOUND)
    assert len(found) == 1
    assert damaged == (at >= len(KEY))  # a broken key is no key


@given(st.integers(0, len(SOUND) - 1))
def test_a_cut_packet_is_counted_and_the_next_one_read(cut: int) -> None:
    found, damaged = packets_from_bytes(SOUND[:cut] + SOUND)
    assert len(found) == 1
    assert damaged == (cut >= len(KEY))
    found, damaged = packets_from_bytes(SOUND + SOUND[:cut])
    assert len(found) == 1
    assert damaged == (cut >= len(KEY))


@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_are_packets_or_damage(data: bytes, has_key: bool) -> None:
    reader = PacketReader()
    for one in reader.feed(KEY * has_key + data, ends=True):
        local_set_from(one)


@given(st.dictionaries(st.integers(2, 200), st.binary(max_size=12), max_size=30))
def test_any_items_of_a_sound_packet_are_a_local_set(told: dict[int, bytes]) -> None:
    found, damaged = packets_from_bytes(packet(told))
    assert damaged == 0
    assert {tag: value for tag, value in found[0].items() if tag != 1} == told
    local_set_from(found[0])


def test_a_length_beyond_reason_holds_up_nothing() -> None:
    reader = PacketReader()
    assert reader.feed(KEY + b"\x88" + b"\x7f" * 8) == []
    assert len(reader.feed(SOUND)) == 1
    assert reader.damaged == 1


def test_what_waits_is_bounded() -> None:
    reader = PacketReader()
    reader.feed(KEY + ber(MOST_BYTES - 1))
    for _ in range(20):
        reader.feed(b"\x00" * 4096)
    assert reader.damaged
    assert len(reader._waiting) <= MOST_WAITING_BYTES
    assert len(reader.feed(SOUND)) == 1


@pytest.mark.parametrize("told", [{}, {2: UTC_US.to_bytes(8, "big")}])
def test_a_packet_whose_sum_is_not_last_is_damaged(told: dict[int, bytes]) -> None:
    body = b"\x01\x02\x00\x00" + b"".join(bytes([tag, len(value)]) + value for tag, value in told.items())
    head = KEY + ber(len(body) + 3) + body
    assert packets_from_bytes(head + b"\x41\x01\x10")[0] == []


def test_a_tag_that_is_there_twice_is_damage() -> None:
    body = b"\x41\x01\x10" * 2 + b"\x01\x02"
    head = KEY + ber(len(body) + 2) + body
    assert packets_from_bytes(head + word_sum(head).to_bytes(2, "big")) == ([], 1)


@given(st.binary(max_size=99))
def test_the_checksum_is_the_standards(data: bytes) -> None:
    assert checksum(data) == word_sum(data)


@pytest.mark.parametrize("tag", [6, 7, 13, 14, 19, 23, 24, 90, 91])
def test_the_reserved_value_is_no_number(tag: int) -> None:
    size = 2 if tag in (6, 7) else 4
    told = local_set_from({tag: b"\x80" + bytes(size - 1)})
    assert told == local_set_from({})


def test_what_was_never_set_is_none() -> None:
    assert local_set_from({2: bytes(8), 16: bytes(2), 17: b"", 21: bytes(4), 22: bytes(2)}) == local_set_from({})


def test_extended_heights_follow_st_1201() -> None:
    assert extended_height_m(b"\x80\x00\x00") is not None  # the top of the scale is a number
    assert extended_height_m(b"\x80\x00\x01") is None
    assert extended_height_m(b"") is None
    # ST 1201: y = trunc(2^(8 L - 1 - ceil(log2(40900))) (x - low) + offset)
    for size, step_m in ((3, 2**-7), (4, 2**-15)):
        code = int((1234.5 + 900) / step_m).to_bytes(size, "big")
        assert extended_height_m(code) == pytest.approx(1234.5, abs=2 * step_m)

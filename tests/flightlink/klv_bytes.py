"""ST 0601 packets made for tests, written apart from the reader."""

from __future__ import annotations

from collections.abc import Mapping

KEY = bytes.fromhex("060e2b34020b01010e01030101000000")
UTC_US = 1_348_087_244_105_000
"""2012-09-19T20:40:44.105Z."""


def ber(length: int) -> bytes:
    """A BER length, long form from 128 on."""
    return bytes([length]) if length < 128 else b"\x82" + length.to_bytes(2, "big")


def word_sum(data: bytes) -> int:
    """The running sum of ST 0601's example."""
    total = 0
    for index, byte in enumerate(data):
        total = (total + (byte << (8 * ((index + 1) % 2)))) % 65536
    return total


def packet(items: Mapping[int, bytes]) -> bytes:
    """A sound packet of these items."""
    body = b"".join(tag_bytes(tag) + ber(len(value)) + value for tag, value in items.items()) + b"\x01\x02"
    head = KEY + ber(len(body) + 2) + body
    return head + word_sum(head).to_bytes(2, "big")


def tag_bytes(tag: int) -> bytes:
    """A tag as BER-OID."""
    return bytes([tag]) if tag < 128 else bytes([0x80 | tag >> 7, tag & 0x7F])


def unsigned(value: float, low: float, high: float, size: int) -> bytes:
    """An integer from `low` to `high`."""
    return int.to_bytes(round((value - low) / (high - low) * ((1 << 8 * size) - 1)), size, "big")


def signed(value: float, high: float, size: int) -> bytes:
    """An integer symmetric about 0."""
    return int.to_bytes(round(value / high * ((1 << 8 * size - 1) - 1)), size, "big", signed=True)


def items(utc_us: int = UTC_US, **changed: float) -> dict[int, bytes]:
    """The items of a camera 300 m over the ground of the first recorded packet's place, looking ahead and down."""
    told = {
        "heading": 201.2726, "pitch": 4.1798, "roll": -4.2634, "lat": 41.14384566, "lon": -104.80559675,
        "alt": 2155.0, "hfov": 18.65, "vfov": 10.49, "azimuth": 266.4063, "elevation": -26.6016, "turn": 0.0,
        "ground": 1855.0,
    } | changed  # fmt: skip
    return {
        2: utc_us.to_bytes(8, "big"),
        5: unsigned(told["heading"], 0, 360, 2),
        6: signed(told["pitch"], 20, 2),
        7: signed(told["roll"], 50, 2),
        13: signed(told["lat"], 90, 4),
        14: signed(told["lon"], 180, 4),
        15: unsigned(told["alt"], -900, 19_000, 2),
        16: unsigned(told["hfov"], 0, 180, 2),
        17: unsigned(told["vfov"], 0, 180, 2),
        18: unsigned(told["azimuth"], 0, 360, 4),
        19: signed(told["elevation"], 180, 4),
        20: unsigned(told["turn"], 0, 360, 4),
        25: unsigned(told["ground"], -900, 19_000, 2),
        72: bytes(8),
    }

"""Signed packets for tests, made by our own hands: any key, any time stamp."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pymavlink.generator.mavcrc import x25crc

from flightlink.links.admission.key_file import SigningKey
from flightlink.links.admission.signing import Guard
from flightlink.links.admission.stamps import StampBook, stamp_from_utc_ns
from flightlink.mavlink.messages import CRC_EXTRA

SECRET = hashlib.sha256(b"a passphrase").digest()
NOW_NS = 1_800_000_000_000_000_000
NOW = stamp_from_utc_ns(NOW_NS)
SECOND = 100_000


def signed(raw: bytes, stamp: int, *, secret: bytes = SECRET, link_id: int = 0) -> bytes:
    """Return an unsigned frame of version 2 with a signature, as a vehicle would send it."""
    crc_at = 10 + raw[1]
    body = raw[1:2] + b"\x01" + raw[3:crc_at]
    seed = CRC_EXTRA[int.from_bytes(raw[7:10], "little")]
    crc = int(x25crc(body + bytes((seed,))).crc).to_bytes(2, "little")
    frame = raw[:1] + body + crc + bytes((link_id,)) + stamp.to_bytes(6, "little")
    return frame + hashlib.sha256(secret + frame).digest()[:6]


def guard_of(book: StampBook | None = None) -> Guard:
    """Return a guard with the key of the tests, and nothing heard yet."""
    return Guard(SigningKey(path=Path("key"), secret=SECRET), book or StampBook({}, lambda _: None))

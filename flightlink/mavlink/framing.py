"""Frames of MAVLink 1 and 2 out of bytes: own framing, one `Framer` per peer, checksum always.

Junk costs nothing but itself: whatever fails its checksum is skipped by one byte, not by the length it claims.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from pymavlink.generator.mavcrc import mcrf4xx, x25crc

from flightlink.mavlink.messages import CRC_EXTRA

MAGIC_1: Final = 0xFE
MAGIC_2: Final = 0xFD
SIGNED: Final = 0x01
_SIGNATURE_BYTES: Final = 13
_CRC_BYTES: Final = 2
_HEADER_BYTES: Final = {MAGIC_1: 6, MAGIC_2: 10}
_KINDS: Final = {
    message_id.to_bytes(3, "little"): (message_id, bytes((seed,))) for message_id, seed in CRC_EXTRA.items()
}
"""Message id as it stands in a frame -> itself as a number, and the seed of its checksum."""
_SEEDS: Final = {message_id: bytes((seed,)) for message_id, seed in CRC_EXTRA.items()}
_OVERHEAD_2: Final = _HEADER_BYTES[MAGIC_2] + _CRC_BYTES


_TAIL: Final = _CRC_BYTES
_SIGNED_TAIL: Final = _CRC_BYTES + _SIGNATURE_BYTES


def _crc_in_python(data: bytes) -> int:
    return int(x25crc(data).crc)


crc_of: Final[Callable[[bytes], int]] = _crc_in_python if mcrf4xx is None else mcrf4xx
"""CRC-16/MCRF4XX; compiled where pymavlink has it compiled."""


class Frame(NamedTuple):
    """One frame with a good checksum."""

    message_id: int
    system_id: int
    component_id: int
    sequence: int
    raw: bytes
    """As received, signature included."""


class Header(NamedTuple):
    """What the first bytes of a frame say, unchecked."""

    message_id: int
    system_id: int
    component_id: int
    sequence: int
    payload_from: int
    """Bytes before the payload."""
    crc_from: int
    """Bytes before the checksum."""
    frame_bytes: int
    """Length of the whole frame."""


@dataclass(slots=True, kw_only=True)
class FramerCounters:
    """What one peer sent."""

    frames: int = 0
    junk_bytes: int = 0
    """Bytes that belong to no good frame."""


_new_frame: Final = tuple.__new__
"""Makes a `Frame` in half the time of its own constructor; this is done for every message."""


def header_at(data: bytes | bytearray, start: int) -> Header | None:
    """Return the header at `start`, or None where the bytes are too few or cannot begin a frame."""
    magic = data[start]
    header_bytes = _HEADER_BYTES.get(magic)
    if header_bytes is None or len(data) < start + header_bytes:
        return None
    if magic == MAGIC_1:
        return _header_1(data, start)
    incompatible = data[start + 2]
    if incompatible & ~SIGNED:
        return None
    crc_from = header_bytes + data[start + 1]
    return Header(
        int.from_bytes(data[start + 7 : start + 10], "little"),
        data[start + 5],
        data[start + 6],
        data[start + 4],
        header_bytes,
        crc_from,
        crc_from + _CRC_BYTES + (_SIGNATURE_BYTES if incompatible else 0),
    )


def _header_1(data: bytes | bytearray, start: int) -> Header:
    _, length, sequence, system_id, component_id, message_id = data[start : start + 6]
    crc_from = 6 + length
    return Header(message_id, system_id, component_id, sequence, 6, crc_from, crc_from + _CRC_BYTES)


def checksum_is_good(data: bytes | bytearray, start: int, header: Header) -> bool:
    """Return whether the whole frame at `start` carries the checksum of its message id; unknown ids never do."""
    seed = _SEEDS.get(header.message_id)
    if seed is None:
        return False
    crc_at = start + header.crc_from
    claimed = int.from_bytes(data[crc_at : crc_at + _CRC_BYTES], "little")
    return crc_of(bytes(data[start + 1 : crc_at]) + seed) == claimed


def only_frame(data: bytes) -> Frame | None:
    """Return the frame of version 2 that these bytes are, all of them and nothing else; the quick way for datagrams."""
    size = len(data)
    if size < _OVERHEAD_2 or data[0] != MAGIC_2:
        return None
    crc_at, kind = data[1] + 10, _KINDS.get(data[7:10])
    tail = size - crc_at
    if kind is None or tail != (_TAIL if data[2] == 0 else _SIGNED_TAIL if data[2] == SIGNED else 0):
        return None
    if crc_of(data[1:crc_at] + kind[1]) != data[crc_at] | data[crc_at + 1] << 8:
        return None
    return _new_frame(Frame, (kind[0], data[5], data[6], data[4], data))


class Framer:
    """Cuts the bytes of one peer into frames; holds at most one unfinished frame."""

    def __init__(self) -> None:
        self.counters = FramerCounters()
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that these bytes complete, in order; for streams."""
        return self._cut(data, look_past=False)

    def feed_datagram(self, data: bytes) -> list[Frame]:
        """Return the frames of a datagram.

        What seems an unfinished frame at its end hides no whole one behind it.

        A real frame cut in two by a bridge is still completed by the next datagram.
        """
        frame = only_frame(data)
        if frame is None:
            return self._cut(data, look_past=True)
        if self._pending:
            self._drop(len(self._pending), [])
        self.counters.frames += 1
        return [frame]

    def _cut(self, data: bytes, *, look_past: bool) -> list[Frame]:
        self._pending += data
        pending, frames = self._pending, []
        begin, unfinished_from = 0, None
        while (begin := _next_magic(pending, begin)) < len(pending):
            header = header_at(pending, begin)
            if _is_unfinished(pending, begin, header):
                unfinished_from = begin if unfinished_from is None else unfinished_from
                if not look_past:
                    break
                begin += 1
            elif header is not None and checksum_is_good(pending, begin, header):
                frames.append(_frame(pending, begin, header))
                begin, unfinished_from = begin + header.frame_bytes, None
            else:
                begin += 1
        self._drop(len(pending) if unfinished_from is None else unfinished_from, frames)
        return frames

    def _drop(self, count: int, frames: list[Frame]) -> None:
        """Forget the first bytes; those that are in no frame were junk."""
        self.counters.frames += len(frames)
        self.counters.junk_bytes += count - sum(len(frame.raw) for frame in frames)
        del self._pending[:count]


def _next_magic(data: bytearray, start: int) -> int:
    if start < len(data) and data[start] in _HEADER_BYTES:
        return start
    found = [place for place in (data.find(MAGIC_1, start), data.find(MAGIC_2, start)) if place >= 0]
    return min(found, default=len(data))


def _is_unfinished(data: bytearray, begin: int, header: Header | None) -> bool:
    """Return whether more bytes could still complete a frame that begins here."""
    if header is not None:
        return header.message_id in CRC_EXTRA and len(data) - begin < header.frame_bytes
    has_flags = data[begin] == MAGIC_2 and len(data) - begin > 2
    if has_flags and data[begin + 2] & ~SIGNED:
        return False
    return len(data) - begin < _HEADER_BYTES[data[begin]]


def _frame(data: bytes | bytearray, begin: int, header: Header) -> Frame:
    raw = bytes(data[begin : begin + header.frame_bytes])
    return Frame(header.message_id, header.system_id, header.component_id, header.sequence, raw)


def frame_at(data: bytes, begin: int) -> Frame | None:
    """Return the whole frame with a good checksum at `begin`, if there is one."""
    header = header_at(data, begin)
    if header is None or begin + header.frame_bytes > len(data) or not checksum_is_good(data, begin, header):
        return None
    return _frame(data, begin, header)

"""The KLV and video payloads of an MPEG transport stream (ISO/IEC 13818-1; KLV by MISB ST 1402). Pure.

Only the tables and the two payloads are looked at; what is cut or scrambled is skipped. No picture is decoded here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

PACKET_BYTES: Final = 188
SYNC: Final = 0x47
MOST_PES_BYTES: Final = 8 * 1024 * 1024
"""Of one payload; policy: a longer one is cut there."""

_PAT_PID: Final = 0
_PRIVATE_PES: Final = 0x06
_METADATA_PES: Final = 0x15
_VIDEO_TYPES: Final = (0x01, 0x02, 0x10, 0x1B, 0x24)
_REGISTRATION: Final = 0x05
_KLVA: Final = b"KLVA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """One whole PES payload."""

    is_klv: bool
    """False: of the video."""
    data: bytes
    pts_s: float | None
    """Its time stamp on the stream's clock."""


@dataclass(slots=True)
class _Growing:
    is_klv: bool
    data: bytearray = field(default_factory=bytearray)
    is_begun: bool = False


class TransportStream:
    """Takes the packets of a stream one by one.

    Args:
        with_video: whether the video's payloads are given, too.
    """

    def __init__(self, *, with_video: bool = False) -> None:
        self._with_video = with_video
        self._tables: set[int] = set()
        self._growing: dict[int, _Growing] = {}

    def payloads(self, packets: Iterable[bytes]) -> Iterator[Payload]:
        """Yield each payload when the next one begins, the last ones at the end."""
        for packet in packets:
            yield from self._take(packet)
        for growing in self._growing.values():
            yield from _finished(growing)

    def _take(self, packet: bytes) -> Iterator[Payload]:
        pid = (packet[1] & 0x1F) << 8 | packet[2]
        if pid not in self._growing and pid != _PAT_PID and pid not in self._tables:
            return
        begins, body = bool(packet[1] & 0x40), _body(packet)
        if packet[1] & 0x80 or not body:
            return
        if pid in self._growing:
            yield from self._grown(self._growing[pid], body, begins=begins)
        elif begins:
            section = body[1 + body[0] :]
            self._tables.update(_programs(section)) if pid == _PAT_PID else self._note_streams(section)

    def _grown(self, growing: _Growing, body: bytes, *, begins: bool) -> Iterator[Payload]:
        if begins:
            yield from _finished(growing)
            growing.data, growing.is_begun = bytearray(), True
        if growing.is_begun and len(growing.data) < MOST_PES_BYTES:
            growing.data += body

    def _note_streams(self, section: bytes) -> None:
        for kind, pid, descriptors in _streams(section):
            is_klv = kind in (_PRIVATE_PES, _METADATA_PES) and _is_klv(kind, descriptors)
            if is_klv or (self._with_video and kind in _VIDEO_TYPES):
                self._growing.setdefault(pid, _Growing(is_klv))


def packets_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the packets in a stream's bytes; bytes beside them are skipped until packets follow each other again."""
    waiting = b""
    for chunk in chunks:
        data = waiting + chunk
        at = 0
        while at + PACKET_BYTES < len(data):
            if data[at] == SYNC and data[at + PACKET_BYTES] == SYNC:
                yield data[at : at + PACKET_BYTES]
                at += PACKET_BYTES
            else:
                at = _next_sync(data, at + 1)
        waiting = data[at:]
    if len(waiting) == PACKET_BYTES and waiting[0] == SYNC:
        yield waiting


def _next_sync(data: bytes, at: int) -> int:
    found = data.find(SYNC, at)
    return len(data) if found < 0 else found


def looks_like_mpegts(beginning: bytes) -> bool:
    """Say whether a file's beginning holds five packets in a row, perhaps behind some other bytes."""
    for at in range(min(PACKET_BYTES, len(beginning))):
        if all(beginning[at + n * PACKET_BYTES : at + n * PACKET_BYTES + 1] == bytes([SYNC]) for n in range(5)):
            return True
    return False


def _body(packet: bytes) -> bytes:
    """Return what a packet carries behind its header; nothing where it is scrambled or carries none."""
    if packet[3] & 0xC0 or not packet[3] & 0x10:
        return b""
    return packet[5 + packet[4] :] if packet[3] & 0x20 else packet[4:]


def _programs(section: bytes) -> Iterator[int]:
    """Yield the PIDs of the program tables that a PAT names."""
    end = _section_end(section)
    for at in range(8, end - 3, 4):
        if section[at : at + 2] != b"\x00\x00":
            yield (section[at + 2] & 0x1F) << 8 | section[at + 3]


def _streams(section: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield kind, PID and descriptors of each stream of a program table."""
    end = _section_end(section)
    if end < 12 or section[0] != 0x02:
        return
    at = 12 + ((section[10] & 0x0F) << 8 | section[11])
    while at + 5 <= end:
        size = (section[at + 3] & 0x0F) << 8 | section[at + 4]
        yield section[at], (section[at + 1] & 0x1F) << 8 | section[at + 2], section[at + 5 : at + 5 + size]
        at += 5 + size


def _section_end(section: bytes) -> int:
    """Return where a table's entries end: before its CRC, and never beyond the bytes that are there."""
    return min(len(section), 3 + ((section[1] & 0x0F) << 8 | section[2]) - 4) if len(section) >= 3 else 0


def _is_klv(kind: int, descriptors: bytes) -> bool:
    """Say whether a stream is registered as KLV; metadata in PES (0x15) may name it in a metadata descriptor."""
    at = 0
    while at + 2 <= len(descriptors):
        tag, body = descriptors[at], descriptors[at + 2 : at + 2 + descriptors[at + 1]]
        if (tag == _REGISTRATION and body[:4] == _KLVA) or (kind == _METADATA_PES and _KLVA in body):
            return True
        at += 2 + descriptors[at + 1]
    return False


def _finished(growing: _Growing) -> Iterator[Payload]:
    """Yield the payload of a whole PES packet: start code, flags, an optional time stamp, data."""
    data = bytes(growing.data)
    if len(data) < 9 or data[:3] != b"\x00\x00\x01":
        return
    pts_s = _pts_s(data[9:14]) if data[7] & 0x80 and len(data) >= 14 else None
    yield Payload(is_klv=growing.is_klv, data=data[9 + data[8] :], pts_s=pts_s)


def _pts_s(five: bytes) -> float:
    """Return a time stamp of 33 bits in 90 kHz, spread over five bytes."""
    high, middle, low = five[0] >> 1 & 0x07, (five[1] << 8 | five[2]) >> 1, (five[3] << 8 | five[4]) >> 1
    return (high << 30 | middle << 15 | low) / 90_000
